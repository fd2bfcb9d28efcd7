"""Step 1, appointment: book, move, remind, missed, cancel (R60)."""

import datetime as dt
from collections.abc import Collection
from decimal import Decimal
from typing import TypedDict
from zoneinfo import ZoneInfo

from django.db import transaction
from django.utils.translation import gettext as _

from careloop.core import calendar, flow, numbering
from careloop.core.actor import Actor
from careloop.core.errors import DomainError
from careloop.inventory import services as stock
from careloop.staff.models import Station
from careloop.workorders import rules
from careloop.workorders.models import BookingDay, WorkOrder
from careloop.workorders.services import cases, loading, parties, stamps
from careloop.workorders.states import FLOW, NO_SHOW_AFTER, REMIND_BEFORE, Step


class PartWish(TypedDict):
    """A part to put aside: its number, and how many as text or number."""

    number: str
    quantity: str


@transaction.atomic
def book_order(
    *,
    station_id: int,
    customer_id: int,
    contact_id: int,
    asset_id: int,
    booked_for: dt.datetime,
    booked_minutes: int,
    actor: Actor,
    at: dt.datetime,
    adviser_id: int | None = None,
    wanted: str = "",
    work_class: str = "small",
    case_number: str = "",
    verify_channel_id: int | None = None,
    parts: Collection[PartWish] = (),
    accept_shortage: bool = False,
) -> WorkOrder:
    """Give a slot away, put the parts aside and open the order.

    The slot of the day and the stock of each part are locked meanwhile, so the last bay and the last part go once.

    Raises:
        inventory.services.Shortage: a part is not there, and nobody has said that the appointment stands all the same.
    """
    actor.require("workorders.book")
    station = loading.station(station_id)
    loading.person(adviser_id, station_id=station_id, field="adviser")
    parties.check(actor, station_id=station_id, customer_id=customer_id, contact_id=contact_id, asset_id=asset_id)
    parties.verify(verify_channel_id, contact_id=contact_id, actor=actor, at=at)
    require_slot(station, booked_for, booked_minutes, adviser_id=adviser_id, at=at)
    order = WorkOrder(
        station=station,
        customer_id=customer_id,
        contact_id=contact_id,
        asset_id=asset_id,
        created_at=at,
        created_by_id=actor.person_id,
        adviser_id=adviser_id,
        booked_for=booked_for,
        booked_minutes=booked_minutes,
        wanted=wanted.strip(),
        work_class=work_class,
        case_id=cases.id_of(case_number, actor=actor),
        reminded_at=at if booked_for - at <= REMIND_BEFORE else None,  # booking so shortly before is the reminder
    )
    order.number = numbering.next_number("WX", at)
    flow.start(
        FLOW,
        order,
        "book",
        actor=actor,
        at=at,
        text=order.wanted,
        data={"booked_for": booked_for.isoformat(), "minutes": booked_minutes},
    )
    stamps.begin(order, Step.APPOINTMENT, at=at, person_id=actor.person_id)
    stamps.end(order, Step.APPOINTMENT, at=at, person_id=actor.person_id)
    _put_aside(order, parts, accept_shortage=accept_shortage, actor=actor, at=at)
    cases.started(order, actor=actor, at=at)
    loading.index(order, is_new=True)
    return order


def _put_aside(
    order: WorkOrder, parts: Collection[PartWish], *, accept_shortage: bool, actor: Actor, at: dt.datetime
) -> None:
    if parts:
        stock.reserve(
            order_number=order.number,
            station_id=order.station_id,
            wanted=[stock.Wanted(row["number"], Decimal(row["quantity"])) for row in parts],
            accept_shortage=accept_shortage,
            actor=actor,
            at=at,
        )


def require_slot(
    station: Station,
    start: dt.datetime,
    minutes: int,
    *,
    adviser_id: int | None,
    at: dt.datetime,
    without_order: int | None = None,
) -> None:
    """Refuse a slot in the past, outside working time, without a free bay, or while the adviser receives somebody."""
    loading.future(start, at=at, field="booked_for")
    if not 15 <= minutes <= 24 * 60:
        raise DomainError(_("Plan between 15 minutes and one day."), field="booked_minutes")
    if not station.bays:
        raise DomainError(
            _("%(station)s has no bays, so nothing can be booked there. Enter its bays first.")
            % {"station": station.name},
            field="booked_for",
        )
    clock = calendar.working_time(station.calendar)
    if calendar.minutes_between(clock, start, start + dt.timedelta(minutes=15), zone=station.time_zone) < 15:
        raise DomainError(
            _("%(station)s is closed then. Choose a time within its hours.") % {"station": station.name},
            field="booked_for",
        )
    taken = _taken_locked(station, start, minutes, without_order)
    if not rules.free_bays(start, minutes, taken, station.bays):
        raise DomainError(
            _("All %(bays)d bays are taken then. Choose another time; free ones are listed beside the field.")
            % {"bays": station.bays},
            field="booked_for",
        )
    if not rules.adviser_is_free(start, adviser_id, taken):
        raise DomainError(
            _("The adviser receives another customer then. Choose another time or another adviser."), field="adviser"
        )


def _taken_locked(station: Station, start: dt.datetime, minutes: int, without: int | None) -> list[rules.Taken]:
    """Appointments near the slot, read after its days have been locked."""
    zone = ZoneInfo(station.time_zone)
    end = start + dt.timedelta(minutes=minutes)
    days = {start.astimezone(zone).date(), end.astimezone(zone).date()}
    for day in sorted(days):
        row, _is_new = BookingDay.objects.get_or_create(station=station, day=day)
        BookingDay.objects.lock(row.pk)
    return taken_between(station.pk, start - dt.timedelta(days=1), end, without=without)


def taken_between(
    station_id: int, first: dt.datetime, last: dt.datetime, *, without: int | None = None
) -> list[rules.Taken]:
    """Slots given away from `first` to `last`, those of orders that came already included."""
    rows = (
        WorkOrder.objects.filter(is_open=True, station_id=station_id, booked_for__gte=first, booked_for__lt=last)
        .exclude(state="no_show")
        .exclude(pk__in=[without] if without else [])
    )
    return [
        rules.Taken(start, minutes, adviser)
        for start, minutes, adviser in rows.values_list("booked_for", "booked_minutes", "adviser_id")
        if start is not None
    ]


@transaction.atomic
def move_order(
    order_id: int,
    *,
    booked_for: dt.datetime,
    reason: str,
    actor: Actor,
    at: dt.datetime,
    booked_minutes: int | None = None,
    adviser: int | None = None,
) -> WorkOrder:
    """Another time, also after the customer did not come."""
    order = loading.lock(order_id)
    minutes = booked_minutes or order.booked_minutes
    adviser_id = adviser or order.adviser_id
    loading.person(adviser, station_id=order.station_id, field="adviser")
    require_slot(order.station, booked_for, minutes, adviser_id=adviser_id, at=at, without_order=order.pk)
    before = order.booked_for.isoformat() if order.booked_for else ""
    flow.apply(
        FLOW,
        order,
        "move",
        actor=actor,
        at=at,
        reason=reason,
        data={"booked_before": before, "booked_for": booked_for.isoformat()},
        booked_for=booked_for,
        booked_minutes=minutes,
        adviser_id=adviser_id,
        reminded_at=at if booked_for - at <= REMIND_BEFORE else None,
    )
    return order


@transaction.atomic
def remind_customer(order_id: int, *, channel: str, actor: Actor, at: dt.datetime) -> WorkOrder:
    """Note that the customer was reminded of the appointment; a second time is refused."""
    order = loading.lock(order_id)
    flow.apply(FLOW, order, "remind", actor=actor, at=at, data={"channel": channel}, reminded_at=at)
    return order


@transaction.atomic
def miss_order(order_id: int, *, actor: Actor, at: dt.datetime) -> WorkOrder:
    """The customer did not come within half an hour of the slot; the slot is free again."""
    order = loading.lock(order_id)
    flow.apply(
        FLOW,
        order,
        "miss",
        actor=actor,
        at=at,
        missed_at=at,
        missed_count=order.missed_count + 1,
        data={"booked_for": order.booked_for.isoformat() if order.booked_for else ""},
    )
    return order


def missed_ids(*, now: dt.datetime, limit: int = 200) -> list[int]:
    rows = WorkOrder.objects.filter(
        is_open=True, state="booked", booked_for__lte=now - NO_SHOW_AFTER, reminded_at__isnull=False
    )
    return list(rows.order_by("booked_for").values_list("pk", flat=True)[:limit])


@transaction.atomic
def cancel_order(
    order_id: int, *, reason: str, actor: Actor, at: dt.datetime, by: str = "customer", new_offer: str = ""
) -> WorkOrder:
    """The slot is given back. When the shop cancels, the customer must have been offered something else."""
    order = loading.lock(order_id)
    if by == "shop" and not new_offer.strip():
        raise DomainError(_("Say what was offered to the customer instead."), field="new_offer")
    flow.apply(
        FLOW,
        order,
        "cancel",
        actor=actor,
        at=at,
        reason=reason,
        data={"by": by, **({"new_offer": new_offer.strip()} if new_offer.strip() else {})},
    )
    stock.release(order.number, actor=actor, at=at)
    cases.finished(order, is_done=False, actor=actor, at=at)
    return order
