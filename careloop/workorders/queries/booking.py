"""Reads for the desk: who stands before us, and which slots are free."""

import datetime as dt
from dataclasses import dataclass, field
from typing import Any
from zoneinfo import ZoneInfo

from careloop.assets.models import Asset
from careloop.assets.queries import asset_by_code
from careloop.cases.models import Case
from careloop.core import calendar
from careloop.core.actor import Actor
from careloop.core.phones import mask, show
from careloop.customers.models import ContactChannel
from careloop.customers.queries import contacts_of
from careloop.staff.models import Person, Station
from careloop.workorders import rules
from careloop.workorders.models import WorkOrder
from careloop.workorders.queries.people import people_at
from careloop.workorders.states import OrderState


@dataclass(frozen=True, slots=True)
class Choice:
    pk: int
    label: str


@dataclass(frozen=True, slots=True)
class Party:
    """Machine, customer and contacts of an order that is about to be opened; from a request when there is one."""

    asset: Asset
    contacts: list[Choice]
    unverified: list[Choice]
    stations: list[Station]
    advisers: list[Person]
    station_id: int | None
    contact_id: int | None
    adviser_id: int | None = None
    case_number: str = ""
    words: str = ""
    work_class: str = "small"
    rework_of: WorkOrder | None = None
    has_verified: bool = False
    promised_at: dt.datetime | None = None
    open_orders: list[dict[str, str]] = field(default_factory=list)
    state: str = field(default="")
    pk: None = None


SHOWN_OPEN = 5


def open_orders(actor: Actor, asset_id: int) -> list[dict[str, str]]:
    """Orders of the machine that are under way: whoever opens another one should know of them."""
    rows = WorkOrder.objects.visible_to(actor).open().filter(asset=asset_id).order_by("-pk")
    return [
        {"number": number, "state": str(OrderState(state).label)}
        for number, state in rows.values_list("number", "state")[:SHOWN_OPEN]
    ]


def numbers_of(actor: Actor, channels: list[ContactChannel]) -> list[Choice]:
    hide = not actor.may("customers.view_phone")
    return [Choice(row.pk, mask(row.value) if hide else show(row.value)) for row in channels]


def party(actor: Actor, *, asset_code: str, case_number: str = "", stations: list[Station]) -> Party | None:
    """Everything the forms of booking and reception start from; None when the machine is not visible."""
    cases = Case.objects.visible_to(actor).select_related("asset")
    case = cases.filter(number=case_number).first() if case_number else None
    code = asset_code or (case.asset.code if case and case.asset else "")
    asset = asset_by_code(actor, code) if code else None
    if asset is None:
        return None
    contacts = contacts_of(asset.customer_id)
    numbers = [row for contact in contacts for row in contact.channels.all() if row.is_number]
    station_id = _station(case, asset, stations)
    first = next((contact.pk for contact in contacts), None)
    return Party(
        asset=asset,
        contacts=[Choice(contact.pk, _contact_label(contact, actor)) for contact in contacts],
        unverified=numbers_of(actor, [row for row in numbers if row.verified_at is None and row.wrong_since is None]),
        stations=stations,
        advisers=list(people_at(station_id, "workorders.receive")),
        station_id=station_id,
        contact_id=(case.contact_id if case else None) or first,
        adviser_id=asset.customer.service_owner_id,
        case_number=case.number if case else "",
        open_orders=open_orders(actor, asset.pk),
        words=_words(case),
        has_verified=any(row.verified_at for row in numbers),
        promised_at=case.promise_at if case else None,
    )


def _station(case: Case | None, asset: Asset, stations: list[Station]) -> int | None:
    known = [station.pk for station in stations]
    wanted = [case.station_id if case else None, asset.station_id, *known]
    return next((pk for pk in wanted if pk in known), None)


def _contact_label(contact: Any, actor: Actor) -> str:
    numbers = [row for row in contact.channels.all() if row.is_number and row.wrong_since is None]
    shown = numbers_of(actor, numbers[:1])
    return " ".join([contact.name, *(choice.label for choice in shown)])


def _words(case: Case | None) -> str:
    if case is None:
        return ""
    return "\n".join(part for part in (case.verbatim or case.title, case.symptom) if part)


def unverified_channels(contact_id: int | None) -> list[Choice]:
    rows = ContactChannel.objects.filter(
        contact=contact_id, kind__in=["mobile", "phone"], verified_at=None, wrong_since=None
    )
    return [Choice(row.pk, mask(row.value)) for row in rows]


# --- slots ----------------------------------------------------------------------------------------------------------


def taken_on(station: Station, day: dt.date) -> list[rules.Taken]:
    zone = ZoneInfo(station.time_zone)
    start = dt.datetime.combine(day, dt.time.min, zone)
    rows = WorkOrder.objects.filter(
        is_open=True,
        station=station,
        booked_for__gte=start - dt.timedelta(days=1),
        booked_for__lt=start + dt.timedelta(days=1),
    ).exclude(state="no_show")
    return [
        rules.Taken(begin, minutes, adviser)
        for begin, minutes, adviser in rows.values_list("booked_for", "booked_minutes", "adviser_id")
        if begin is not None
    ]


def slots(station: Station, day: dt.date, *, minutes: int, now: dt.datetime) -> list[dict[str, Any]]:
    """Starts of the day, every half hour of working time, with the number of free bays. One query."""
    zone = ZoneInfo(station.time_zone)
    clock = calendar.working_time(station.calendar)
    taken = taken_on(station, day)
    moment = dt.datetime.combine(day, dt.time.min, zone)
    found = []
    for _step in range(48):
        quarter = moment + dt.timedelta(minutes=15)
        if moment > now and calendar.minutes_between(clock, moment, quarter, zone=station.time_zone) == 15:
            found.append(
                {
                    "value": moment.strftime("%Y-%m-%dT%H:%M"),
                    "label": moment.strftime("%H:%M"),
                    "free": rules.free_bays(moment, minutes, taken, station.bays),
                }
            )
        moment += rules.SLOT_STEP
    return found
