"""Many requests at once, with their history: imports and the bench. Same checks of the tables, few statements."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from django.db import transaction
from django.utils import timezone

from careloop.assets.models import Asset
from careloop.cases import rules
from careloop.cases.models import Case
from careloop.cases.services.common import doc_of, start_clocks, url_of
from careloop.cases.states import CaseState, ChargeKind
from careloop.core import bulk, events, numbering, search
from careloop.core.actor import Actor
from careloop.customers.models import Customer
from careloop.entitlements.queries import StandardBook
from careloop.staff.models import Station

PORTION = 500
COLUMNS = [f.attname for f in Case._meta.concrete_fields if not f.generated]


@dataclass(frozen=True, slots=True)
class BulkEvent:
    """One fact of the past, under the name of the person who did it then."""

    kind: str
    at: dt.datetime
    actor_name: str = ""
    text: str = ""
    data: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class BulkCase:
    """A request as it stands, and how it came there.

    `fields`: columns of `Case`; at least station_id, customer_id, received_at, verbatim. What is missing is derived:
    number, title, state (accepted), channel (phone), kind (question), clocks from the standards of the day unless the
    request is imported.
    """

    fields: Mapping[str, Any]
    events: Sequence[BulkEvent] = ()
    names: str = ""  # customer and machine, for the search entry, when the caller knows them


def bulk_accept(rows: Iterable[BulkCase], *, actor: Actor, at: dt.datetime, size: int = PORTION) -> list[int]:
    """Write requests with their events, numbers and search entries; return their ids in order.

    One transaction for each portion of `size`, so another writer waits for a moment only. A row that the tables
    refuse stops its whole portion. Take a kind without handlers for facts of the past (`case.history`), or the
    worker reacts to them as to news.
    """
    actor.require("cases.create_case")
    stations = {s.pk: s for s in Station.objects.select_related("calendar")}
    written: list[int] = []
    rest = iter(rows)
    while portion := list(islice(rest, size)):
        with transaction.atomic():
            written += _write(portion, stations, actor=actor, at=at)
    return written


def _write(rows: Sequence[BulkCase], stations: Mapping[int, Station], *, actor: Actor, at: dt.datetime) -> list[int]:
    days = [timezone.localtime(row.fields["received_at"]).date() for row in rows]
    book = StandardBook.of(min(days), max(days))
    cases = [_case(row, stations[row.fields["station_id"]], book, actor) for row in rows]
    for case, pk in zip(cases, bulk.reserve_ids(Case, len(cases)), strict=True):
        case.pk = pk
    _number(cases, days)
    _attach_parties([case for case, row in zip(cases, rows, strict=True) if not row.names])
    entries = search.begin(_doc(case, row) for case, row in zip(cases, rows, strict=True))
    bulk.insert(Case, COLUMNS, ([getattr(case, name) for name in COLUMNS] for case in cases))
    events.record_many(_facts(cases, rows, actor), actor=actor, recorded_at=at)
    search.finish(entries)
    return [case.pk for case in cases]


def _attach_parties(cases: Sequence[Case]) -> None:
    """Customer and machine of the portion in two queries, for the search entries."""
    customers = Customer.objects.only("name").in_bulk({case.customer_id for case in cases} - {None})
    assets = Asset.objects.only("serial_no", "plate", "vin").in_bulk({case.asset_id for case in cases} - {None})
    for case in cases:
        case.customer = customers.get(case.customer_id or 0)
        case.asset = assets.get(case.asset_id or 0)


def _case(row: BulkCase, station: Station, book: StandardBook, actor: Actor) -> Case:
    fields = dict(row.fields)
    case = Case(
        **{
            "channel": "phone",
            "kind": "question",
            "urgency": "none",
            "state": CaseState.ACCEPTED,
            "is_asset_unknown": not fields.get("asset_id"),
            "charge_kind": ChargeKind.PAID,
            "received_by_id": actor.person_id,
            **fields,
        }
    )
    case.station = station
    case.title = (case.title or rules.title_of(case.verbatim))[:200]
    if "priority" not in fields:
        case.priority = rules.priority_of(case.urgency, case.is_safety)
    if not case.is_imported:
        start_clocks(case, book.clocks(kind=case.kind, urgency=case.urgency, station=station, at=case.received_at))
        case.last_contact_at = case.last_contact_at or case.received_at
    return case


def _number(cases: Sequence[Case], days: Sequence[dt.date]) -> None:
    """One visit to the counter for each day, in the order of the days."""
    waiting: dict[str, list[Case]] = defaultdict(list)
    for case, day in zip(cases, days, strict=True):
        if not case.number:
            waiting[day.strftime("%y%m%d")].append(case)
    for period in sorted(waiting):
        for case, value in zip(waiting[period], numbering.reserve("FW", period, len(waiting[period])), strict=True):
            case.number = f"FW-{period}-{value:03d}"


def _facts(cases: Sequence[Case], rows: Sequence[BulkCase], actor: Actor) -> Iterator[events.Fact]:
    for case, row in zip(cases, rows, strict=True):
        for fact in row.events or (BulkEvent("case.accept", case.received_at, actor.name, case.verbatim),):
            yield events.Fact(
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


def _doc(case: Case, row: BulkCase) -> search.Doc:
    words = "\n".join(fact.text for fact in row.events if fact.text)
    if row.names:
        title = f"{case.number} {case.title}"
        body = "\n".join(part for part in (row.names, case.verbatim, case.symptom, case.resolution, words) if part)
        return search.Doc(
            "case",
            case.pk,
            case.station_id,
            title,
            row.names,
            url_of(case.number),
            body,
            f"{case.title} {row.names}",
            case.received_at,
        )
    return doc_of(case, words=words)
