"""Versions of an estimate and the customer's decision about each of them."""

from typing import Self

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from careloop.billing.models import money
from careloop.core.models import LockingQuerySet


class EstimateQuerySet(LockingQuerySet["Estimate"]):
    def standing(self) -> Self:
        return self.filter(void_at=None)


class Estimate(models.Model):
    """One version of items, prices and time as shown to the customer. It is never changed, only voided."""

    order = models.ForeignKey("workorders.WorkOrder", on_delete=models.CASCADE, related_name="estimates")
    version = models.PositiveSmallIntegerField(_("version"))
    lines = models.JSONField(_("items"), default=list)
    amount = money(_("amount"))
    free_amount = money(_("free of charge"))
    discount_amount = money(_("discount"))
    promised_at = models.DateTimeField(_("promised time"), null=True)
    diagnosis_limit = models.DecimalField(_("diagnosis limit"), max_digits=12, decimal_places=2, null=True)
    digest = models.CharField(_("fingerprint"), max_length=64)
    created_at = models.DateTimeField(_("created at"))
    created_by = models.ForeignKey(
        "staff.Person", on_delete=models.PROTECT, null=True, related_name="+", verbose_name=_("created by")
    )
    void_at = models.DateTimeField(_("void since"), null=True)

    objects = EstimateQuerySet.as_manager()

    class Meta:
        verbose_name = _("estimate")
        verbose_name_plural = _("estimates")
        ordering = ["version"]
        constraints = [
            models.UniqueConstraint(name="estimate_version_once", fields=["order", "version"]),
            models.UniqueConstraint(name="estimate_one_standing", fields=["order"], condition=Q(void_at=None)),
            models.CheckConstraint(
                name="estimate_amounts_not_negative",
                condition=Q(amount__gte=0, free_amount__gte=0, discount_amount__gte=0),
            ),
            models.CheckConstraint(name="estimate_version_from_one", condition=Q(version__gte=1)),
        ]

    def __str__(self) -> str:
        return f"{self.order_id}/{self.version}"


class EstimateConsent(models.Model):
    """The customer's decision about exactly one version: who, how, when, which items, up to which amount."""

    class Method(models.TextChoices):
        SIGNATURE = "signature", _("signature on screen")
        CODE = "code", _("confirmation code")
        LINK = "link", _("customer's own page")
        RECORDED = "recorded", _("recorded message")

    estimate = models.OneToOneField(Estimate, on_delete=models.PROTECT, related_name="consent")
    method = models.CharField(_("way"), max_length=10, choices=Method)
    given_at = models.DateTimeField(_("decided at"))
    given_by = models.CharField(_("decided by"), max_length=60)
    taken_by = models.ForeignKey(
        "staff.Person", on_delete=models.PROTECT, null=True, related_name="+", verbose_name=_("taken by")
    )
    is_refused = models.BooleanField(_("refused"), default=False)
    line_ids = models.JSONField(_("accepted items"), default=list)
    declined_ids = models.JSONField(_("declined items"), default=list)
    amount = money(_("amount"))
    file = models.ForeignKey(
        "core.StoredFile", on_delete=models.PROTECT, null=True, related_name="+", verbose_name=_("signature")
    )
    device = models.CharField(_("device"), max_length=200, blank=True)
    words = models.CharField(_("words"), max_length=300, blank=True)

    class Meta:
        verbose_name = _("consent to estimate")
        verbose_name_plural = _("consents to estimates")
        constraints = [
            models.CheckConstraint(
                name="estimateconsent_method_known", condition=Q(method__in=["signature", "code", "link", "recorded"])
            ),
            models.CheckConstraint(name="estimateconsent_has_name", condition=~Q(given_by="")),
            models.CheckConstraint(
                name="estimateconsent_signature_has_file", condition=~Q(method="signature") | Q(file__isnull=False)
            ),
            models.CheckConstraint(name="estimateconsent_amount_not_negative", condition=Q(amount__gte=0)),
        ]

    def __str__(self) -> str:
        return f"{self.estimate_id}: {self.method}"


class ConsentCode(models.Model):
    """A six-digit code for one version of an estimate. Only its keyed digest is kept."""

    estimate = models.ForeignKey(Estimate, on_delete=models.CASCADE, related_name="codes")
    digest = models.CharField(max_length=64)
    sent_at = models.DateTimeField(_("sent at"))
    sent_to = models.CharField(_("sent to"), max_length=40)
    expires_at = models.DateTimeField(_("valid until"))
    tries = models.PositiveSmallIntegerField(default=0)
    used_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("consent code")
        verbose_name_plural = _("consent codes")
        constraints = [
            models.CheckConstraint(name="consentcode_expires_later", condition=Q(expires_at__gt=F("sent_at"))),
        ]

    def __str__(self) -> str:
        return f"{self.estimate_id}"
