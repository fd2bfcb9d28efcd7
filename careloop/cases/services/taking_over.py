"""Requests of another system, with their history, as they stood there."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from careloop.assets.models import Asset
from careloop.assets.rules import serial_key
from careloop.cases.models import Case
from careloop.cases.services.bulk import BulkCase, BulkEvent, bulk_accept
from careloop.cases.services.common import make_findable
from careloop.cases.states import CASE_FLOW, CaseState, FollowUp, Result, Urgency
from careloop.core import events, flow
from careloop.core.actor import Actor
from careloop.core.errors import DomainError
from careloop.core.models import Event
from careloop.customers import services as customers
from careloop.customers.models import Customer
from careloop.staff.models import Station

HISTORY = "case.history"


@dataclass(frozen=True, slots=True)
class TakenOver:
    """One request of the other system. `fields`: columns of `Case` by name, plus `customer`, `contact`, `asset` and
    `station` as text; `names`: who had to do with it there, for the record."""

    source_key: str
    fields: Mapping[str, Any]
    events: Sequence[BulkEvent] = ()
    names: Mapping[str, str] = field(default_factory=dict)


@transaction.atomic
def take_over(rows: Sequence[TakenOver], *, actor: Actor, at: dt.datetime) -> list[int]:
    """Write new requests with customers, events and search entries; return their ids in the order of the rows.

    Raises:
        DomainError: a row that contradicts itself; nothing of the call is written.
    """
    actor.require("cases.create_case")
    stations = _stations(rows)
    people = _customers(rows, stations, actor=actor, at=at)
    machines = _machines(rows)
    made = []
    for row in rows:
        station = stations[str(row.fields.get("station") or "")]
        customer = people[_name(row)]
        columns = _columns(row, station)
        asset = machines.get(_plain(row.fields.get("asset")))
        columns["asset_id"] = asset.pk if asset is not None and asset.customer_id == customer.pk else None
        columns |= {
            "customer_id": customer.pk,
            "station_id": station.pk,
            "is_asset_unknown": columns["asset_id"] is None,
        }
        made.append(BulkCase(columns, _facts(row), customer.name))
    return bulk_accept(made, actor=actor, at=at)


@transaction.atomic
def take_over_again(case_id: int, row: TakenOver, *, actor: Actor, at: dt.datetime) -> bool:
    """The other system says something new: bring the record up to date and add the events that are new.

    Returns False when nothing is different.

    Raises:
        DomainError: somebody has worked on the request here since; it is no longer overwritten.
    """
    case = Case.objects.lock(case_id)
    own = Event.objects.filter(subject_type="case", subject_id=case_id).exclude(kind__in=[HISTORY, "case.overwrite"])
    if own.exists():
        raise DomainError(
            _("%(number)s was worked on here after it was taken over; it stays as it is.") % {"number": case.number}
        )
    columns = _columns(row, case.station)
    changed = {name: value for name, value in columns.items() if getattr(case, name) != value}
    known = Event.objects.filter(subject_type="case", subject_id=case_id, kind=HISTORY).count()
    new = list(_facts(row))[known:]
    if not changed and not new:
        return False
    events.record_many(
        (
            events.Fact(
                fact.kind,
                fact.at,
                "case",
                case.pk,
                case.number,
                case.customer_id,
                case.asset_id,
                case.station_id,
                fact.data,
                fact.text,
                actor_name=fact.actor_name[:80],
            )
            for fact in new
        ),
        actor=actor,
        recorded_at=at,
    )
    flow.apply(CASE_FLOW, case, "overwrite", actor=actor, at=at, data={"fields": sorted(changed)}, **changed)
    make_findable(case)
    return True


def _plain(value: Any) -> str:
    return str(value or "").strip()


def _name(row: TakenOver) -> str:
    """Nobody named: one customer stands for all who are not known."""
    return _plain(row.fields.get("customer")) or row.source_key.partition(":")[0]


def _stations(rows: Sequence[TakenOver]) -> dict[str, Station]:
    """By code; a file without stations goes to the only one there is."""
    found = {station.code: station for station in Station.objects.filter(is_active=True).select_related("calendar")}
    wanted = {_plain(row.fields.get("station")) for row in rows}
    for code in wanted - set(found):
        if code or len(found) != 1:
            raise DomainError(
                _("There is no station “%(code)s”. Possible are: %(codes)s.")
                % {"code": code, "codes": ", ".join(sorted(found))},
                field="station",
            )
        found[""] = next(iter(found.values()))
    return found


def _customers(
    rows: Sequence[TakenOver], stations: Mapping[str, Station], *, actor: Actor, at: dt.datetime
) -> dict[str, Customer]:
    """By number, else by exact name; unknown ones get an incomplete file. Two queries and one bulk insert."""
    wanted: dict[str, TakenOver] = {}
    for row in rows:
        wanted.setdefault(_name(row), row)
    found: dict[str, Customer] = {}
    for customer in Customer.objects.filter(code__in=wanted):
        found[customer.code] = customer
    for customer in Customer.objects.filter(name__in=set(wanted) - set(found)).order_by("-pk"):
        found[customer.name] = customer
    missing = [name for name in wanted if name not in found]
    made = (
        customers.create_many(
            [
                customers.CustomerRow(
                    {
                        "name": name[:120],
                        "type": "company",
                        "station": stations[_plain(wanted[name].fields.get("station"))].pk,
                    },
                    created_at=wanted[name].fields["received_at"],
                )
                for name in missing
            ],
            actor=actor,
            at=at,
        )
        if missing
        else []
    )
    rows_of = Customer.objects.in_bulk([one.pk for one in made])
    return found | {name: rows_of[one.pk] for name, one in zip(missing, made, strict=True)}


def _machines(rows: Sequence[TakenOver]) -> dict[str, Asset]:
    """By file number, plate or serial number."""
    wanted = {_plain(row.fields.get("asset")) for row in rows} - {""}
    if not wanted:
        return {}
    keys = {serial_key(text): text for text in wanted}
    found: dict[str, Asset] = {}
    for asset in Asset.objects.filter(serial_key__in=keys):
        found[keys[asset.serial_key]] = asset
    for name in ("plate", "code"):
        for asset in Asset.objects.filter(**{f"{name}__in": wanted}):
            found[getattr(asset, name)] = asset
    return found


COLUMNS = (
    "number", "title", "verbatim", "symptom", "place", "channel", "kind", "urgency", "priority", "received_at",
    "responded_at", "resolved_at", "closed_at", "is_sla_kept", "reopen_count", "handover_count", "cause_code", "result",
    "resolution",
)  # fmt: skip


def _columns(row: TakenOver, station: Station) -> dict[str, Any]:
    """Columns of the request; what a closed one must have and the file does not tell is filled in honestly."""
    values = {name: row.fields[name] for name in COLUMNS if row.fields.get(name) is not None}
    state = CaseState(row.fields.get("state") or CaseState.ACCEPTED)
    received, last = values["received_at"], max((e.at for e in row.events), default=values["received_at"])
    _check_times(values, received)
    values |= {"state": state, "is_imported": True, "source_key": row.source_key[:240]}
    values["verbatim"] = values.get("verbatim") or values.get("title") or row.source_key
    values["last_contact_at"] = max(last, received)
    if "handover_count" not in values:
        people = [event.actor_name for event in row.events]
        values["handover_count"] = sum(a != b for a, b in zip(people, people[1:], strict=False))
    if values.get("urgency") == Urgency.STOPPED:
        values.setdefault("stopped_since", received)
    return values | _ending(values, state, last=max(last, received), row=row)


def _check_times(values: Mapping[str, Any], received: dt.datetime) -> None:
    for name in ("responded_at", "resolved_at", "closed_at"):
        if values.get(name) is not None and values[name] < received:
            raise DomainError(_("This time lies before the request was received."), field=name)


def _ending(values: Mapping[str, Any], state: str, *, last: dt.datetime, row: TakenOver) -> dict[str, Any]:
    if state == CaseState.CLOSED:
        return {
            "closed_at": values.get("closed_at") or last,
            "result": values.get("result") or Result.ANSWERED,
            "cause_code": values.get("cause_code") or "other",
            "follow_up": FollowUp.NOT_NEEDED,
            "follow_up_reason": _("taken over from another system"),
        }
    if state == CaseState.SOLVED:
        return {"resolved_at": values.get("resolved_at") or last, "closed_at": None}
    if state == CaseState.WAITING:
        waiting_for = row.events[-1].data.get("activity") if row.events else ""
        return {
            "waiting_since": last,
            "waiting_for": str(waiting_for or _("the customer"))[:200],
            "closed_at": None,
            "waiting_from": CaseState.ACCEPTED,
            "asked_count": 1,
            "last_asked_at": last,
        }
    if state == CaseState.CANCELLED:
        return {"cancelled_at": values.get("closed_at") or last, "closed_at": None}
    return {"closed_at": None}


def _facts(row: TakenOver) -> Sequence[BulkEvent]:
    if row.events:
        return row.events
    names = {name: text for name, text in row.names.items() if text}
    return [
        BulkEvent(
            HISTORY,
            row.fields["received_at"],
            text=_plain(row.fields.get("verbatim")),
            data={"activity": _("Taken over"), "facts": names},
        )
    ]
