"""Items of an order, advice that follows from them, and measured values."""

from typing import Any

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from careloop.billing.models import LineKind, Payer, money
from careloop.core.models import StoredFile
from careloop.workorders.states import LineConsent, OldPart, PartOrigin


class OrderLineQuerySet(models.QuerySet["OrderLine"]):
    @staticmethod
    def photos() -> Any:
        """Number of photos of a line, for `annotate`."""
        files = StoredFile.objects.filter(subject_type="orderline", subject_id=models.OuterRef("pk"), removed_at=None)
        counted = files.order_by().values("subject_id").annotate(n=models.Count("pk")).values("n")
        return Coalesce(models.Subquery(counted), 0)


class OrderLine(models.Model):
    """One item of an order: labour, material or another fee. `amount` = quantity × unit price, rounded to fen."""

    order = models.ForeignKey("workorders.WorkOrder", on_delete=models.CASCADE, related_name="lines")
    position = models.PositiveSmallIntegerField(default=0)
    kind = models.CharField(_("kind"), max_length=10, choices=LineKind)
    name = models.CharField(_("item"), max_length=120)
    part_no = models.CharField(_("part number"), max_length=60, blank=True)
    brand = models.CharField(_("brand"), max_length=60, blank=True)
    part_origin = models.CharField(_("part class"), max_length=12, choices=PartOrigin, blank=True)
    quantity = models.DecimalField(_("quantity"), max_digits=9, decimal_places=2)
    unit = models.CharField(_("unit"), max_length=12, blank=True)
    unit_price = money(_("unit price"))
    amount = money(_("amount"))
    payer = models.CharField(_("borne by"), max_length=12, choices=Payer, default=Payer.CUSTOMER)
    is_added = models.BooleanField(_("added item"), default=False)
    found_by = models.ForeignKey(
        "staff.Person", on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("found by")
    )
    found_at = models.DateTimeField(_("found at"), null=True, blank=True)
    reason = models.CharField(_("what was found"), max_length=300, blank=True)
    consent = models.CharField(
        _("consent"), max_length=10, choices=LineConsent, default=LineConsent.PROPOSED, editable=False
    )
    consented_version = models.PositiveSmallIntegerField(_("consented in version"), null=True, blank=True)
    done_at = models.DateTimeField(_("done at"), null=True, blank=True)
    technician = models.ForeignKey(
        "staff.Person", on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("technician")
    )
    old_part = models.CharField(_("old part"), max_length=10, choices=OldPart, blank=True)
    old_part_note = models.CharField(_("note on old part"), max_length=120, blank=True)

    objects = OrderLineQuerySet.as_manager()

    class Meta:
        verbose_name = _("order item")
        verbose_name_plural = _("order items")
        ordering = ["position", "pk"]
        constraints = [
            models.CheckConstraint(name="orderline_kind_known", condition=Q(kind__in=["labour", "material", "other"])),
            models.CheckConstraint(
                name="orderline_consent_known",
                condition=Q(consent__in=["proposed", "consented", "declined", "withdrawn"]),
            ),
            models.CheckConstraint(
                name="orderline_payer_known",
                condition=Q(payer__in=["customer", "warranty", "guarantee", "contract", "goodwill"]),
            ),
            models.CheckConstraint(
                name="orderline_origin_known",
                condition=Q(part_origin__in=["", "oem", "aftermarket", "refurbished", "used", "customer"]),
            ),
            models.CheckConstraint(
                name="orderline_old_part_known",
                condition=Q(old_part__in=["", "returned", "kept", "scrapped", "sent_back"]),
            ),
            models.CheckConstraint(
                name="orderline_amounts_not_negative", condition=Q(amount__gte=0, unit_price__gte=0, quantity__gt=0)
            ),
            models.CheckConstraint(
                name="orderline_consent_has_version",
                condition=~Q(consent="consented") | Q(consented_version__isnull=False, consented_version__gte=1),
            ),
            models.CheckConstraint(
                name="orderline_done_only_with_consent", condition=Q(done_at=None) | Q(consent="consented")
            ),
            models.CheckConstraint(name="orderline_added_says_why", condition=Q(is_added=False) | ~Q(reason="")),
        ]
        indexes = [models.Index(fields=["order", "position"], name="orderline_order")]

    def __str__(self) -> str:
        return self.name

    def event_refs(self) -> dict[str, int | None]:
        return self.order.event_refs()

    def event_label(self) -> str:
        return self.order.number

    @property
    def has_photo(self) -> bool:
        return bool(getattr(self, "photo_count", 0))


class Reading(models.Model):
    """A measured value of an order, with its limits."""

    order = models.ForeignKey("workorders.WorkOrder", on_delete=models.CASCADE, related_name="readings")
    name = models.CharField(_("what was measured"), max_length=80)
    value = models.DecimalField(_("value"), max_digits=12, decimal_places=3)
    unit = models.CharField(_("unit"), max_length=12, blank=True)
    low = models.DecimalField(_("lower limit"), max_digits=12, decimal_places=3, null=True, blank=True)
    high = models.DecimalField(_("upper limit"), max_digits=12, decimal_places=3, null=True, blank=True)
    at = models.DateTimeField(_("at"))
    person = models.ForeignKey("staff.Person", on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        verbose_name = _("reading")
        verbose_name_plural = _("readings")
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                name="reading_limits_in_order", condition=Q(low=None) | Q(high=None) | Q(low__lte=F("high"))
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Advice(models.Model):
    """What the customer should have done later: declined items and the technician's hints, shown at the next visit."""

    order = models.ForeignKey("workorders.WorkOrder", on_delete=models.CASCADE, related_name="advice")
    asset = models.ForeignKey("assets.Asset", on_delete=models.PROTECT, related_name="+")
    line = models.OneToOneField(OrderLine, on_delete=models.CASCADE, null=True, related_name="advice")
    text = models.CharField(_("advice"), max_length=300)
    is_safety = models.BooleanField(_("concerns safety"), default=False)
    given_at = models.DateTimeField(_("advised at"))
    given_by = models.CharField(_("advised by"), max_length=60, blank=True)
    done_in = models.ForeignKey(
        "workorders.WorkOrder",
        on_delete=models.SET_NULL,
        null=True,
        related_name="followed_advice",
        verbose_name=_("done in"),
    )
    dropped_reason = models.CharField(_("no longer needed because"), max_length=120, blank=True)

    class Meta:
        verbose_name = _("advice")
        verbose_name_plural = _("advice")
        ordering = ["pk"]
        constraints = [models.CheckConstraint(name="advice_has_text", condition=~Q(text=""))]
        indexes = [models.Index(fields=["asset", "id"], name="advice_asset")]

    def __str__(self) -> str:
        return self.text
