"""Parts on the shelves of the stations, their movements, and what is put aside for an order."""

from decimal import Decimal
from typing import Self

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from careloop.core.actor import Actor
from careloop.core.models import LockingQuerySet


def quantity(label: object, **options: object) -> "models.DecimalField[Decimal, Decimal]":
    """A column for a number of pieces, litres or metres: two decimals."""
    return models.DecimalField(label, max_digits=9, decimal_places=2, **{"default": Decimal(0), **options})  # type: ignore[arg-type]  # reason: options of a column are of many types


class PartQuerySet(LockingQuerySet["Part"]):
    def visible_to(self, actor: Actor) -> Self:
        return self if actor.may("inventory.view_part") else self.none()


class Part(models.Model):
    """A spare part of the price list. `number` is written in capitals without spaces, so one part has one row."""

    number = models.CharField(_("part number"), max_length=60, unique=True)
    name = models.CharField(_("name"), max_length=120)
    unit = models.CharField(_("unit"), max_length=12, blank=True)

    objects = PartQuerySet.as_manager()

    class Meta:
        verbose_name = _("part")
        verbose_name_plural = _("parts")
        constraints = [
            models.CheckConstraint(name="part_has_number", condition=~Q(number="")),
            models.CheckConstraint(name="part_has_name", condition=~Q(name="")),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.name}"


class StockQuerySet(LockingQuerySet["Stock"]):
    def visible_to(self, actor: Actor) -> Self:
        if not actor.may("inventory.view_part"):
            return self.none()
        return self if actor.stations is None else self.filter(station_id__in=actor.stations)


class Stock(models.Model):
    """How many of a part lie at a station, and how many of them are put aside. Changed by movements only."""

    part = models.ForeignKey(Part, on_delete=models.PROTECT, related_name="stocks", verbose_name=_("part"))
    station = models.ForeignKey("staff.Station", on_delete=models.PROTECT, related_name="+", verbose_name=_("station"))
    on_hand = quantity(_("on hand"))
    held = quantity(_("put aside"))

    objects = StockQuerySet.as_manager()

    class Meta:
        verbose_name = _("stock of a part")
        verbose_name_plural = _("stock of parts")
        constraints = [
            models.UniqueConstraint(name="stock_once_per_station", fields=["part", "station"]),
            models.CheckConstraint(name="stock_not_negative", condition=Q(on_hand__gte=0, held__gte=0)),
            models.CheckConstraint(name="stock_held_is_there", condition=Q(held__lte=F("on_hand"))),
        ]

    def __str__(self) -> str:
        return f"{self.part_id}@{self.station_id}: {self.on_hand}"

    def event_refs(self) -> dict[str, int | None]:
        return {"customer": None, "asset": None, "station": self.station_id}

    def event_label(self) -> str:
        return self.part.number


class StockMovement(models.Model):
    """One signed entry that is never edited: what came, what was fitted, what a count corrected."""

    class Kind(models.TextChoices):
        COUNT = "count", _("counted")
        RECEIPT = "receipt", _("came in")
        ISSUE = "issue", _("fitted")
        RETURN = "return", _("put back")

    stock = models.ForeignKey(Stock, on_delete=models.PROTECT, related_name="movements")
    kind = models.CharField(_("kind"), max_length=10, choices=Kind)
    quantity = quantity(_("quantity"))
    at = models.DateTimeField(_("at"))
    by = models.CharField(_("entered by"), max_length=80, blank=True)
    reference = models.CharField(_("belongs to order"), max_length=40, blank=True)

    class Meta:
        verbose_name = _("stock movement")
        verbose_name_plural = _("stock movements")
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                name="stockmovement_kind_known", condition=Q(kind__in=["count", "receipt", "issue", "return"])
            ),
            models.CheckConstraint(name="stockmovement_moves", condition=~Q(quantity=0)),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.quantity}"


class Reservation(models.Model):
    """A part put aside for one order. `held` of the `wanted` pieces are there; the rest must still come."""

    class Outcome(models.TextChoices):
        RELEASED = "released", _("free again")
        USED = "used", _("fitted")

    stock = models.ForeignKey(Stock, on_delete=models.PROTECT, related_name="reservations")
    order_number = models.CharField(_("order number"), max_length=20)
    wanted = quantity(_("wanted"))
    held = quantity(_("put aside"))
    outcome = models.CharField(_("what became of it"), max_length=10, choices=Outcome, blank=True)
    made_at = models.DateTimeField(_("made at"))
    ended_at = models.DateTimeField(_("ended at"), null=True)

    class Meta:
        verbose_name = _("reservation")
        verbose_name_plural = _("reservations")
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(name="reservation_outcome_known", condition=Q(outcome__in=["", "released", "used"])),
            models.CheckConstraint(
                name="reservation_holds_no_more_than_wanted",
                condition=Q(wanted__gt=0, held__gte=0, held__lte=F("wanted")),
            ),
            models.CheckConstraint(
                name="reservation_ended_has_outcome",
                condition=Q(outcome="", ended_at=None) | (~Q(outcome="") & Q(ended_at__isnull=False)),
            ),
            models.UniqueConstraint(
                name="reservation_once_per_order", fields=["stock", "order_number"], condition=Q(ended_at=None)
            ),
        ]
        indexes = [models.Index(fields=["order_number"], name="reservation_order")]

    def __str__(self) -> str:
        return f"{self.order_number}: {self.held}/{self.wanted}"
