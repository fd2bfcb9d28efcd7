"""Working time and inspections."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from careloop.workorders.states import ReworkReason


class WorkLog(models.Model):
    """Working time of one person on one order."""

    order = models.ForeignKey("workorders.WorkOrder", on_delete=models.CASCADE, related_name="work_logs")
    person = models.ForeignKey("staff.Person", on_delete=models.PROTECT, related_name="+", verbose_name=_("technician"))
    started_at = models.DateTimeField(_("started at"))
    ended_at = models.DateTimeField(_("ended at"), null=True)
    is_rework = models.BooleanField(_("rework"), default=False)

    class Meta:
        verbose_name = _("working time")
        verbose_name_plural = _("working times")
        ordering = ["started_at", "pk"]
        constraints = [
            models.CheckConstraint(
                name="worklog_ends_after_start", condition=Q(ended_at=None) | Q(ended_at__gte=F("started_at"))
            ),
            models.UniqueConstraint(name="worklog_one_open", fields=["order", "person"], condition=Q(ended_at=None)),
        ]

    def __str__(self) -> str:
        return f"{self.person_id}: {self.started_at}"


class Inspection(models.Model):
    """One inspection with its result. `technician` is who had the order then: never the inspector himself."""

    order = models.ForeignKey("workorders.WorkOrder", on_delete=models.CASCADE, related_name="inspections")
    inspector = models.ForeignKey(
        "staff.Person", on_delete=models.PROTECT, related_name="+", verbose_name=_("inspector")
    )
    technician = models.ForeignKey(
        "staff.Person", on_delete=models.PROTECT, null=True, related_name="+", verbose_name=_("technician")
    )
    at = models.DateTimeField(_("at"))
    passed = models.BooleanField(_("passed"))
    reason_code = models.CharField(_("reason code"), max_length=12, choices=ReworkReason, blank=True)
    reason = models.CharField(_("reason"), max_length=300, blank=True)
    checklist = models.JSONField(_("checklist"), default=list)
    certificate_no = models.CharField(_("certificate number"), max_length=40, blank=True)
    needs_certificate = models.BooleanField(default=False)

    class Meta:
        verbose_name = _("inspection")
        verbose_name_plural = _("inspections")
        ordering = ["at", "pk"]
        constraints = [
            models.CheckConstraint(
                name="inspection_inspector_is_not_technician",
                condition=Q(technician=None) | ~Q(inspector=F("technician")),
            ),
            models.CheckConstraint(name="inspection_failed_has_reason", condition=Q(passed=True) | ~Q(reason_code="")),
            models.CheckConstraint(
                name="inspection_passed_has_certificate",
                condition=Q(passed=False) | Q(needs_certificate=False) | ~Q(certificate_no=""),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.order_id}: {self.passed}"
