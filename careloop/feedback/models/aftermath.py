"""What follows from answers: measures with their verification, recovery of disappointed customers, those at risk."""

from collections.abc import Mapping

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from careloop.complaints.states import ServiceStep
from careloop.core.models import LockingQuerySet
from careloop.feedback.models.answers import Answer
from careloop.feedback.states import MeasureState, RecoveryState

NOBODY: Mapping[str, int | None] = {"customer": None, "asset": None, "station": None}


class Measure(models.Model):
    """A written corrective measure out of follow-up; closed only when answers show that it works (R97)."""

    number = models.CharField(_("number"), max_length=20, unique=True)
    title = models.CharField(_("title"), max_length=80)
    step = models.CharField(_("step"), max_length=20, choices=ServiceStep, blank=True)
    problem = models.TextField(_("what was found"))
    action = models.TextField(_("what is to be done"))
    department = models.ForeignKey(
        "staff.Department", on_delete=models.PROTECT, related_name="+", verbose_name=_("department")
    )
    due_on = models.DateField(_("due on"))
    state = models.CharField(_("state"), max_length=12, choices=MeasureState, editable=False)
    carried_out = models.TextField(_("what was carried out"), blank=True)
    created_at = models.DateTimeField(_("created at"))
    closed_at = models.DateTimeField(_("closed at"), null=True)
    result = models.CharField(_("result"), max_length=200, blank=True)

    objects = LockingQuerySet["Measure"].as_manager()

    class Meta:
        verbose_name = _("corrective measure")
        verbose_name_plural = _("corrective measures")
        constraints = [
            models.CheckConstraint(name="measure_state_known", condition=Q(state__in=MeasureState.values)),
            models.CheckConstraint(name="measure_has_words", condition=~Q(problem="") & ~Q(action="")),
            models.CheckConstraint(
                name="measure_closed_has_result",
                condition=~Q(state="closed") | (Q(closed_at__isnull=False) & ~Q(result="")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.title}"

    def event_refs(self) -> Mapping[str, int | None]:
        return NOBODY

    def event_label(self) -> str:
        return self.number


class Recovery(models.Model):
    """Experience below expectation: what was done about it, what it cost, and whether the customer turned (R112)."""

    class Kind(models.TextChoices):
        GIFT = "gift", _("gift")
        REWORK = "rework", _("free rework")
        CHECK = "check", _("free check")
        OTHER = "other", _("other")

    answer = models.OneToOneField(Answer, on_delete=models.PROTECT, related_name="recovery")
    state = models.CharField(_("state"), max_length=12, choices=RecoveryState, editable=False)
    opened_at = models.DateTimeField(_("opened at"))
    state_before = models.CharField(_("state before"), max_length=10, choices=Answer.Expectation)
    kind = models.CharField(_("action"), max_length=10, choices=Kind, blank=True)
    text = models.TextField(_("in words"), blank=True)
    cost = models.DecimalField(_("cost"), max_digits=12, decimal_places=2, null=True)
    granted_by = models.ForeignKey("staff.Person", on_delete=models.PROTECT, null=True, related_name="+")
    granted_at = models.DateTimeField(_("granted at"), null=True)
    state_after = models.CharField(_("state after"), max_length=10, choices=Answer.Expectation, blank=True)
    words_after = models.TextField(_("customer's own words"), blank=True)
    asked_by = models.ForeignKey("staff.Person", on_delete=models.PROTECT, null=True, related_name="+")
    closed_at = models.DateTimeField(_("closed at"), null=True)
    reason = models.CharField(_("reason"), max_length=300, blank=True)

    objects = LockingQuerySet["Recovery"].as_manager()
    ALWAYS_SAVED = ("reason", "text")

    class Meta:
        verbose_name = _("recovery")
        verbose_name_plural = _("recoveries")
        constraints = [
            models.CheckConstraint(name="recovery_state_known", condition=Q(state__in=RecoveryState.values)),
            models.CheckConstraint(
                name="recovery_acted_has_cost",
                condition=~Q(state__in=["acted", "closed"])
                | (~Q(kind="") & ~Q(text="") & Q(cost__gte=0) & Q(granted_at__isnull=False)),
            ),
            models.CheckConstraint(
                name="recovery_asked_by_somebody_else",
                condition=Q(asked_by=None) | Q(granted_by=None) | ~Q(asked_by=models.F("granted_by")),
            ),
            models.CheckConstraint(name="recovery_closed_has_state", condition=~Q(state="closed") | ~Q(state_after="")),
        ]

    def __str__(self) -> str:
        return str(self.answer)

    def event_refs(self) -> Mapping[str, int | None]:
        return self.answer.event_refs()

    def event_label(self) -> str:
        return self.answer.event_label()

    def is_concerned(self, person_id: int) -> bool:
        task = self.answer.task
        return person_id == self.granted_by_id or (task is not None and person_id in task.served_ids)

    @property
    def has_turned(self) -> bool:
        return self.state_after not in ("", Answer.Expectation.BELOW)


class RiskEntry(models.Model):
    """A valuable customer who found the service ordinary: he may buy elsewhere (R113). One open entry a customer."""

    class Release(models.TextChoices):
        BETTER = "better", _("better rating")
        REASON = "reason", _("manager's reason")

    class Outcome(models.TextChoices):
        REPURCHASE = "repurchase", _("bought again")
        LOST = "lost", _("lost")

    customer = models.ForeignKey("customers.Customer", on_delete=models.PROTECT, related_name="+")
    answer = models.ForeignKey(Answer, on_delete=models.PROTECT, related_name="+")
    value = models.DecimalField(_("business of 12 months"), max_digits=12, decimal_places=2)
    limit = models.DecimalField(_("limit"), max_digits=12, decimal_places=2)
    listed_at = models.DateTimeField(_("listed at"))
    released_at = models.DateTimeField(_("taken out at"), null=True)
    release = models.CharField(_("why taken out"), max_length=8, choices=Release, blank=True)
    reason = models.CharField(_("reason"), max_length=300, blank=True)
    released_by = models.CharField(_("taken out by"), max_length=80, blank=True)
    outcome = models.CharField(_("outcome"), max_length=12, choices=Outcome, blank=True)
    outcome_at = models.DateTimeField(_("outcome noted at"), null=True)

    objects = LockingQuerySet["RiskEntry"].as_manager()

    class Meta:
        verbose_name = _("customer at risk")
        verbose_name_plural = _("customers at risk")
        constraints = [
            models.UniqueConstraint(fields=["customer"], condition=Q(released_at=None), name="risk_one_open"),
            models.CheckConstraint(name="risk_above_limit", condition=Q(value__gte=models.F("limit"))),
            models.CheckConstraint(
                name="risk_released_has_reason",
                condition=Q(released_at=None) | Q(release="better") | (Q(release="reason") & ~Q(reason="")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.customer_id}"

    def event_refs(self) -> Mapping[str, int | None]:
        return {**self.answer.event_refs(), "asset": None}

    def event_label(self) -> str:
        return self.answer.event_label()
