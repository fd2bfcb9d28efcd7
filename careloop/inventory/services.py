"""Every change of stock: entered, put aside for an order, released, fitted."""

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext as _

from careloop.core import events, words
from careloop.core.actor import Actor
from careloop.core.errors import DomainError, NotFound
from careloop.inventory.models import Part, Reservation, Stock, StockMovement
from careloop.inventory.queries import tidy_number
from careloop.staff.models import Station

ZERO = Decimal(0)
Kind = StockMovement.Kind
Outcome = Reservation.Outcome


class Shortage(DomainError):
    """Fewer pieces are free than wanted. Told before anything is confirmed; accepting it is a decision of a person."""

    code = "shortage"


@dataclass(frozen=True, slots=True)
class Wanted:
    number: str
    quantity: Decimal


@transaction.atomic
def count_stock(
    *, number: str, name: str, on_hand: Decimal, station_id: int, actor: Actor, at: dt.datetime, unit: str = ""
) -> Stock:
    """Enter how many pieces lie at a station; a new part number makes the part. The difference is a movement."""
    actor.require("inventory.change_stock")
    number = tidy_number(number)
    if not number:
        raise DomainError(_("Enter the part number."), field="number")
    if on_hand < 0:
        raise DomainError(_("There cannot be fewer than none."), field="on_hand")
    if not actor.sees_station(station_id) or not Station.objects.filter(pk=station_id, is_active=True).exists():
        raise NotFound(_("There is no such station."), field="station")
    part = Part.objects.filter(number=number).first()
    if part is None:
        if not name.strip():
            raise DomainError(_("This part number is new. Enter the name of the part."), field="name")
        part = Part.objects.create(number=number, name=name.strip()[:120], unit=unit.strip()[:12])
    row, _is_new = Stock.objects.get_or_create(part=part, station_id=station_id)
    stock = Stock.objects.lock(row.pk)
    if on_hand < stock.held:
        raise DomainError(
            _("%(held)s of them are put aside for orders. Release a reservation first.")
            % {"held": words.plain(stock.held)},
            field="on_hand",
        )
    before = stock.on_hand
    _move(stock, Kind.COUNT, on_hand - before, actor=actor, at=at)
    events.record(
        "stock.count",
        stock,
        actor=actor,
        at=at,
        data={"before": words.plain(before), "after": words.plain(Decimal(on_hand))},
    )
    return stock


def _move(stock: Stock, kind: str, change: Decimal, *, actor: Actor, at: dt.datetime, reference: str = "") -> None:
    if not change:
        return
    StockMovement.objects.create(
        stock=stock, kind=kind, quantity=change, at=at, by=actor.name[:80], reference=reference
    )
    stock.on_hand += change
    stock.save(update_fields=["on_hand", "held"])


def _locked(wanted: Iterable[Wanted], station_id: int) -> list[tuple[Stock, Decimal]]:
    """The stock rows in one order for everybody, so that two bookings cannot wait for each other."""
    total: dict[str, Decimal] = {}
    for row in wanted:
        if row.quantity <= 0:
            raise DomainError(_("The quantity must be above zero."), field="parts")
        total[tidy_number(row.number)] = total.get(tidy_number(row.number), ZERO) + row.quantity
    found = []
    for number in sorted(total):
        part = Part.objects.filter(number=number).first()
        if part is None:
            raise DomainError(
                _("There is no part %(number)s. Enter it on the page “Parts” first.") % {"number": number},
                field="parts",
            )
        shelf, _is_new = Stock.objects.get_or_create(part=part, station_id=station_id)
        found.append((Stock.objects.lock(shelf.pk), total[number]))
    return found


@transaction.atomic
def reserve(
    *,
    order_number: str,
    station_id: int,
    wanted: Iterable[Wanted],
    accept_shortage: bool,
    actor: Actor,
    at: dt.datetime,
) -> list[Reservation]:
    """Put parts aside for an order. The stock rows are locked, so the last piece is given once (R60).

    Raises:
        Shortage: fewer are free than wanted, and the shortage was not accepted. Nothing is put aside.
    """
    rows = _locked(wanted, station_id)
    short = [(stock, number) for stock, number in rows if stock.on_hand - stock.held < number]
    if short and not accept_shortage:
        raise Shortage(
            _(
                "Not enough parts: %(parts)s. Order them and tick “Book although parts are missing”, or change "
                "the parts."
            )
            % {"parts": "; ".join(_shortage(stock, number) for stock, number in short)},
            field="accept_shortage",
        )
    made = []
    for stock, number in rows:
        held = min(stock.on_hand - stock.held, number)
        stock.held += held
        stock.save(update_fields=["held"])
        made.append(
            Reservation.objects.create(stock=stock, order_number=order_number, wanted=number, held=held, made_at=at)
        )
        data = {"order": order_number, "wanted": words.plain(number), "held": words.plain(held)}
        events.record("stock.reserve", stock, actor=actor, at=at, data=data)
    return made


def _shortage(stock: Stock, wanted: Decimal) -> str:
    return _("%(part)s: %(wanted)s wanted, %(free)s free") % {
        "part": f"{stock.part.number} {stock.part.name}",
        "wanted": words.plain(wanted),
        "free": words.plain(stock.on_hand - stock.held),
    }


def _active(order_number: str) -> list[tuple[Stock, Reservation]]:
    rows = Reservation.objects.filter(order_number=order_number, ended_at=None).order_by("stock__part__number")
    return [(Stock.objects.lock(row.stock_id), row) for row in rows]


@transaction.atomic
def release(order_number: str, *, actor: Actor, at: dt.datetime) -> int:
    """What was put aside for the order is free again; return for how many parts."""
    rows = _active(order_number)
    for stock, row in rows:
        _end(stock, row, Outcome.RELEASED, at=at)
        data = {"order": order_number, "held": words.plain(row.held)}
        events.record("stock.release", stock, actor=actor, at=at, data=data)
    return len(rows)


@transaction.atomic
def use(order_number: str, fitted: Mapping[str, Decimal], *, actor: Actor, at: dt.datetime) -> None:
    """The order is done: of what was put aside, the fitted pieces leave the shelf, the rest is free again."""
    for stock, row in _active(order_number):
        pieces = min(row.held, fitted.get(stock.part.number, ZERO))
        _end(stock, row, Outcome.USED if pieces else Outcome.RELEASED, at=at)
        if pieces:
            _move(stock, Kind.ISSUE, -pieces, actor=actor, at=at, reference=order_number)


@transaction.atomic
def put_back(order_number: str, *, actor: Actor, at: dt.datetime) -> None:
    """The hand-over was undone: what had been fitted stands as put aside again."""
    for row in Reservation.objects.filter(order_number=order_number, outcome=Outcome.USED).select_related(
        "stock__part"
    ):
        stock = Stock.objects.lock(row.stock_id)
        issued = stock.movements.filter(kind=Kind.ISSUE, reference=order_number).order_by("-pk").first()
        if issued is None:
            continue
        _move(stock, Kind.RETURN, -issued.quantity, actor=actor, at=at, reference=order_number)
        stock.held += -issued.quantity
        stock.save(update_fields=["held"])
        Reservation.objects.filter(pk=row.pk).update(outcome="", ended_at=None, held=-issued.quantity)


def _end(stock: Stock, row: Reservation, outcome: str, *, at: dt.datetime) -> None:
    stock.held -= row.held
    stock.save(update_fields=["held"])
    Reservation.objects.filter(pk=row.pk).update(outcome=outcome, ended_at=at)
