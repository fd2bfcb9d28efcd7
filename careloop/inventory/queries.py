"""Reads of parts, stock and reservations."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _

from careloop.core import words
from careloop.core.actor import Actor
from careloop.core.address import number_of
from careloop.inventory.models import Reservation, Stock, StockQuerySet


def tidy_number(number: str) -> str:
    """One spelling of a part number: capitals, no spaces."""
    return "".join(number.upper().split())


def stock_list(actor: Actor, *, q: str = "", station: str = "") -> StockQuerySet:
    rows = Stock.objects.visible_to(actor).select_related("part", "station")
    if q.strip():
        rows = rows.filter(Q(part__number__contains=tidy_number(q)) | Q(part__name__icontains=q.strip()))
    station_id = number_of(station)
    return rows if station_id is None else rows.filter(station_id=station_id)


def stock_row(stock: Stock) -> dict[str, Any]:
    free = stock.on_hand - stock.held
    return {
        "id": stock.pk,
        "number": {"text": stock.part.number, "sub": stock.part.name},
        "station": stock.station.name,
        "on_hand": f"{words.plain(stock.on_hand)} {stock.part.unit}".strip(),
        "held": words.plain(stock.held) if stock.held else "",
        "free": {"label": words.plain(free), "tone": "ok" if free else "warn"},
    }


def stock_out(stock: Stock) -> dict[str, Any]:
    """The same for programs."""
    return {
        "id": stock.pk,
        "number": stock.part.number,
        "name": stock.part.name,
        "unit": stock.part.unit,
        "station": stock.station_id,
        "on_hand": stock.on_hand,
        "held": stock.held,
        "free": stock.on_hand - stock.held,
    }


@dataclass(frozen=True, slots=True)
class Held:
    """What is put aside for an order, and what is missing of it."""

    number: str
    name: str
    wanted: Decimal
    held: Decimal

    @property
    def missing(self) -> Decimal:
        return self.wanted - self.held

    def words(self) -> str:
        found = f"{self.number} {self.name} × {words.plain(self.wanted)}"
        if not self.missing:
            return found
        return _("%(part)s, %(n)s missing") % {"part": found, "n": words.plain(self.missing)}


def held_for(order_number: str) -> list[Held]:
    """The active reservations of an order that was read through `visible_to`. One query."""
    rows = Reservation.objects.filter(order_number=order_number, ended_at=None)
    return [
        Held(row.stock.part.number, row.stock.part.name, row.wanted, row.held)
        for row in rows.select_related("stock__part")
    ]
