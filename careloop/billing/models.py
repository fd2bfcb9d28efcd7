"""Bills, their lines and payments. Money is Decimal in the station's currency, rounded to fen."""

from decimal import Decimal
from typing import Self

from django.db import models
from django.db.models import F, Q, Value
from django.utils.translation import gettext_lazy as _

from careloop.billing.states import BillState
from careloop.core.actor import Actor
from careloop.core.models import LockingQuerySet

ZERO = Decimal("0.00")


def money(label: object, **options: object) -> "models.DecimalField[Decimal, Decimal]":
    """A column for an amount: two decimals, never a float."""
    return models.DecimalField(label, max_digits=12, decimal_places=2, **{"default": ZERO, **options})  # type: ignore[arg-type]  # reason: options of a column are of many types


class Payer(models.TextChoices):
    """Who bears a line. Only lines of the customer count for his consent and his bill."""

    CUSTOMER = "customer", _("customer pays")
    WARRANTY = "warranty", _("under warranty")
    GUARANTEE = "guarantee", _("repair guarantee")
    CONTRACT = "contract", _("service contract")
    GOODWILL = "goodwill", _("goodwill")


class LineKind(models.TextChoices):
    LABOUR = "labour", _("labour")
    MATERIAL = "material", _("material")
    OTHER = "other", _("other fee")


# SQLite adds in binary floating point; half a fen of room on both sides means equality in fen.
HALF_FEN = Value(Decimal("0.005"), output_field=models.DecimalField(max_digits=12, decimal_places=3))
PARTS = (
    F("labour_amount")
    + F("material_amount")
    + F("other_amount")
    + F("tax_amount")
    - F("discount_amount")
    + F("rounding_amount")
)


class BillQuerySet(LockingQuerySet["Bill"]):
    def visible_to(self, actor: Actor) -> Self:
        if not actor.may("billing.view_bill"):
            return self.none()
        return self if actor.stations is None else self.filter(station_id__in=actor.stations)


class Bill(models.Model):
    """What the customer has to pay for one order, or the credit note that takes such a bill back.

    Labour, material and other fees hold the customer's share only; `free_amount` is what others bear.
    Total = labour + material + other + tax − discount + rounding (rounding is zero or below zero).
    """

    class Kind(models.TextChoices):
        BILL = "bill", _("bill")
        CREDIT_NOTE = "credit_note", _("credit note")

    number = models.CharField(_("settlement number"), max_length=20, unique=True)
    kind = models.CharField(_("kind"), max_length=12, choices=Kind, default=Kind.BILL)
    customer = models.ForeignKey(
        "customers.Customer", on_delete=models.PROTECT, related_name="+", verbose_name=_("customer")
    )
    station = models.ForeignKey("staff.Station", on_delete=models.PROTECT, related_name="+", verbose_name=_("station"))
    order_number = models.CharField(_("order number"), max_length=20, blank=True)
    state = models.CharField(_("state"), max_length=12, choices=BillState, editable=False)
    labour_amount = money(_("labour fee"))
    material_amount = money(_("material fee"))
    other_amount = money(_("other fees"))
    discount_amount = money(_("discount"))
    rounding_amount = money(_("rounding"))
    tax_amount = money(_("tax"))
    total_amount = money(_("total"))
    free_amount = money(_("free of charge"))
    paid_amount = money(_("paid amount"))
    disputed_amount = money(_("disputed amount"))
    currency = models.CharField(_("currency"), max_length=3, default="CNY")
    issued_at = models.DateTimeField(_("issued at"), null=True)
    issued_by = models.ForeignKey(
        "staff.Person", on_delete=models.PROTECT, null=True, related_name="+", verbose_name=_("issued by")
    )
    due_on = models.DateField(_("due on"), null=True)
    replaces = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, related_name="replaced_by", verbose_name=_("replaces")
    )
    note = models.CharField(_("note"), max_length=200, blank=True)

    objects = BillQuerySet.as_manager()

    class Meta:
        verbose_name = _("bill")
        verbose_name_plural = _("bills")
        constraints = [
            models.CheckConstraint(
                name="bill_state_known",
                condition=Q(state__in=["issued", "partly_paid", "paid", "void", "credited", "disputed", "written_off"]),
            ),
            models.CheckConstraint(name="bill_kind_known", condition=Q(kind__in=["bill", "credit_note"])),
            models.CheckConstraint(
                name="bill_amounts_not_negative",
                condition=Q(
                    labour_amount__gte=0,
                    material_amount__gte=0,
                    other_amount__gte=0,
                    discount_amount__gte=0,
                    tax_amount__gte=0,
                    total_amount__gte=0,
                    free_amount__gte=0,
                    paid_amount__gte=0,
                    disputed_amount__gte=0,
                ),
            ),
            models.CheckConstraint(
                name="bill_total_is_sum_of_parts",
                condition=Q(total_amount__gt=PARTS - HALF_FEN, total_amount__lt=PARTS + HALF_FEN),
            ),
            models.CheckConstraint(
                name="bill_rounding_in_favour", condition=Q(rounding_amount__lte=0, rounding_amount__gt=-10)
            ),
            models.CheckConstraint(name="bill_not_overpaid", condition=Q(paid_amount__lte=F("total_amount"))),
            models.CheckConstraint(
                name="bill_paid_means_all", condition=~Q(state="paid") | Q(paid_amount=F("total_amount"))
            ),
            models.CheckConstraint(name="bill_void_means_unpaid", condition=~Q(state="void") | Q(paid_amount=0)),
            models.CheckConstraint(
                name="bill_disputed_within_total", condition=Q(disputed_amount__lte=F("total_amount"))
            ),
            models.CheckConstraint(name="bill_issued_has_time", condition=Q(issued_at__isnull=False)),
            models.UniqueConstraint(
                name="bill_one_valid_per_order",
                fields=["order_number"],
                condition=Q(kind="bill")
                & ~Q(order_number="")
                & Q(state__in=["issued", "partly_paid", "paid", "disputed", "written_off"]),
            ),
        ]
        indexes = [
            models.Index(fields=["station", "id"], name="bill_station"),
            models.Index(fields=["customer", "id"], name="bill_customer"),
            models.Index(fields=["order_number"], name="bill_order"),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def open_amount(self) -> Decimal:
        return self.total_amount - self.paid_amount

    def event_refs(self) -> dict[str, int | None]:
        return {"customer": self.customer_id, "asset": None, "station": self.station_id}

    def event_label(self) -> str:
        return self.number


class BillLine(models.Model):
    """One line as it was when the bill was issued; it does not change with the order."""

    bill = models.ForeignKey(Bill, on_delete=models.PROTECT, related_name="lines")
    position = models.PositiveSmallIntegerField(default=0)
    kind = models.CharField(_("kind"), max_length=10, choices=LineKind)
    name = models.CharField(_("item"), max_length=120)
    part_no = models.CharField(_("part number"), max_length=60, blank=True)
    brand = models.CharField(_("brand"), max_length=60, blank=True)
    part_origin = models.CharField(_("part class"), max_length=20, blank=True)
    quantity = models.DecimalField(_("quantity"), max_digits=9, decimal_places=2)
    unit = models.CharField(_("unit"), max_length=12, blank=True)
    unit_price = money(_("unit price"))
    amount = money(_("amount"))
    payer = models.CharField(_("borne by"), max_length=12, choices=Payer, default=Payer.CUSTOMER)
    old_part = models.CharField(_("old part"), max_length=12, blank=True)
    remark = models.CharField(_("remark"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("bill line")
        verbose_name_plural = _("bill lines")
        ordering = ["position", "pk"]
        constraints = [
            models.CheckConstraint(name="billline_kind_known", condition=Q(kind__in=["labour", "material", "other"])),
            models.CheckConstraint(
                name="billline_payer_known",
                condition=Q(payer__in=["customer", "warranty", "guarantee", "contract", "goodwill"]),
            ),
            models.CheckConstraint(
                name="billline_amounts_not_negative", condition=Q(amount__gte=0, unit_price__gte=0, quantity__gt=0)
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Payment(models.Model):
    """Money received. It is never changed; a mistake is taken back by a second entry that names it."""

    class Method(models.TextChoices):
        CASH = "cash", _("cash")
        WECHAT = "wechat", _("WeChat Pay")
        ALIPAY = "alipay", _("Alipay")
        CARD = "card", _("bank card")
        TRANSFER = "transfer", _("bank transfer")
        OTHER = "other", _("other")

    bill = models.ForeignKey(Bill, on_delete=models.PROTECT, related_name="payments")
    amount = money(_("amount"))
    method = models.CharField(_("way of payment"), max_length=10, choices=Method)
    received_at = models.DateTimeField(_("paid in at"))
    received_by = models.ForeignKey(
        "staff.Person", on_delete=models.PROTECT, null=True, related_name="+", verbose_name=_("taken in by")
    )
    reference = models.CharField(_("reference"), max_length=60, blank=True)
    reverses = models.OneToOneField(
        "self", on_delete=models.PROTECT, null=True, related_name="reversed_by", verbose_name=_("reverses")
    )

    class Meta:
        verbose_name = _("payment")
        verbose_name_plural = _("payments")
        constraints = [
            models.CheckConstraint(name="payment_positive", condition=Q(amount__gt=0)),
            models.CheckConstraint(
                name="payment_method_known",
                condition=Q(method__in=["cash", "wechat", "alipay", "card", "transfer", "other"]),
            ),
            models.CheckConstraint(name="payment_not_its_own_reverse", condition=~Q(reverses=F("id"))),
        ]

    def __str__(self) -> str:
        return f"{self.bill_id}: {self.amount}"
