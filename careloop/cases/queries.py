"""Reads of requests: lists and their counters, one request with its context, what is due."""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.db import connection
from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Subquery
from django.db.models.expressions import RawSQL
from django.utils import timezone
from django.utils.translation import gettext as _

from careloop.cases.models import Case, CaseQuerySet, Pause, Promise, SupportLevel
from careloop.cases.states import CaseState, PromiseState
from careloop.core import paging, search
from careloop.core.actor import Actor
from careloop.core.errors import NotFound
from careloop.core.kept import Kept
from careloop.core.models import Event, StoredFile
from careloop.core.prepared import Prepared, Unread
from careloop.staff.models import Person, Station
from careloop.staff.queries import station_by_code

KIND = "case"
COUNT_LIMIT = 1000
NEGLECTED_AFTER = dt.timedelta(days=14)
MANY_STATIONS = 50
LEFT_OUT = (CaseState.DRAFT, CaseState.CANCELLED, CaseState.MERGED)  # of the figures of the service desk

LIST_COLUMNS = (
    "id",
    "number",
    "title",
    "state",
    "kind",
    "channel",
    "urgency",
    "is_safety",
    "priority",
    "received_at",
    "response_due_at",
    "responded_at",
    "resolution_due_at",
    "resolved_at",
    "promise_at",
    "waiting_for",
    "closed_at",
    "is_sla_kept",
    "reopen_count",
    "handover_count",
    "customer__code",
    "customer__name",
    "customer__grade",
    "asset__code",
    "asset__kind",
    "asset__name",
    "asset__plate",
    "asset__vin",
    "asset__serial_no",
    "asset__model_text",
    "asset__model__brand",
    "asset__model__name",
    "assignee_id",
    "assignee__name",
    "station__name",
    "station_id",
)


def cases(actor: Actor) -> CaseQuerySet:
    return Case.objects.visible_to(actor)


def case_by_number(actor: Actor, number: str) -> Case | None:
    """One request with everything its page shows beside the timeline: one query."""
    return (
        cases(actor)
        .with_levels()
        .select_related(
            "station__calendar",
            "customer__service_owner",
            "contact",
            "asset__model__family",
            "asset__site",
            "assignee",
            "received_by",
            "responded_by",
            "closed_by",
            "escalated_by",
            "merged_into",
            "repeat_of",
        )
        .filter(number=number)
        .first()
    )


def case_list(actor: Actor, filters: Mapping[str, Any], *, now: dt.datetime) -> "QuerySet[Case, dict[str, Any]]":
    """Rows of the list, the export and the API as plain dicts."""
    rows: QuerySet[Case, dict[str, Any]] = filtered(actor, filters, now=now).values(*LIST_COLUMNS)
    return rows


IN_FILTERS = ("state", "kind", "channel", "urgency", "charge_kind", "result", "cause_code", "follow_up")


def filtered(actor: Actor, filters: Mapping[str, Any], *, now: dt.datetime) -> CaseQuerySet:
    """`filters`: view, q, station, customer (code), asset (code), assignee (id or `none`), open, from, to (dates as
    aware datetimes), ids, and lists for the names of `IN_FILTERS`."""
    rows = _view(cases(actor), str(filters.get("view") or ""), actor, now=now)
    if q := str(filters.get("q") or "").strip():
        rows = rows.filter(pk__in=search.find_ids(q, actor=actor, kind=KIND))
    for name in IN_FILTERS:
        if values := filters.get(name):
            rows = rows.filter(**{f"{name}__in": values if isinstance(values, list) else [values]})
    if filters.get("priority"):
        rows = rows.filter(priority__in=filters["priority"])
    if filters.get("station"):
        rows = rows.filter(station_id=filters["station"])
    if filters.get("customer"):
        rows = rows.filter(customer__code=filters["customer"])
    if filters.get("asset"):
        rows = rows.filter(asset__code=filters["asset"])
    if person := filters.get("assignee"):
        rows = rows.filter(assignee=None) if person == "none" else rows.filter(assignee_id=person)
    if filters.get("open"):
        rows = rows.open()
    return _in_period(rows, filters)


def _in_period(rows: CaseQuerySet, filters: Mapping[str, Any]) -> CaseQuerySet:
    if filters.get("from"):
        rows = rows.filter(received_at__gte=filters["from"])
    if filters.get("to"):
        rows = rows.filter(received_at__lt=filters["to"])
    if (kept := filters.get("kept")) is not None:
        rows = rows.filter(is_sla_kept=kept)
    if filters.get("imported"):
        rows = rows.filter(source_key__startswith=f"{filters['imported']}:")
    if filters.get("own"):
        rows = rows.filter(is_imported=False)
    if filters.get("in_figures"):
        rows = rows.exclude(state__in=LEFT_OUT)
    if filters.get("reopened"):
        rows = rows.filter(reopen_count__gt=0)
    if filters.get("reassigned"):
        rows = rows.filter(handover_count__gt=0)
    return rows


VIEWS = ("mine", "unassigned", "due", "waiting", "drafts", "neglected", "open", "all")


def _view(rows: CaseQuerySet, view: str, actor: Actor, *, now: dt.datetime) -> CaseQuerySet:
    """The saved views of the list; an unknown one is all."""
    if view == "mine":
        return rows.open().filter(assignee_id=actor.person_id or 0)
    if view == "unassigned":
        return rows.open().filter(assignee=None)
    if view == "due":
        return rows.open().filter(due_by(_end_of_day(now)))
    if view == "waiting":
        return rows.open().filter(state=CaseState.WAITING)
    if view == "drafts":
        return rows.filter(state=CaseState.DRAFT)
    if view == "neglected":
        return rows.open().filter(last_contact_at__lt=now - NEGLECTED_AFTER)
    return rows.open() if view == "open" else rows


def due_by(moment: dt.datetime) -> Q:
    """Something is owed to the customer until `moment`: first answer, promise, or (clock running) the solution."""
    running = Q(state__in=[CaseState.ACCEPTED, CaseState.REMOTE, CaseState.CONVERTED])
    return (
        Q(responded_at=None, response_due_at__lte=moment)
        | Q(promise_at__lte=moment)
        | (running & Q(resolved_at=None, resolution_due_at__lte=moment))
    )


def _end_of_day(now: dt.datetime) -> dt.datetime:
    midnight = timezone.localtime(now).replace(hour=0, minute=0, second=0, microsecond=0)
    return midnight + dt.timedelta(days=1)


_counts: Kept[dict[str, int]] = Kept(seconds=30)


def view_counts(actor: Actor, *, now: dt.datetime, event: int) -> dict[str, int]:
    """Counters of the saved views, made again when something happened or 30 s passed."""
    key = (actor.person_id, actor.stations, actor.may("cases.view_case"), actor.is_system)
    return _counts.get(key, lambda: _count(actor, now=now), event=event)


def _count(actor: Actor, *, now: dt.datetime) -> dict[str, int]:
    """One query over the open rows, which a partial index holds."""
    day = _end_of_day(now)
    mine = Q(assignee_id=actor.person_id or 0)
    found = (
        cases(actor)
        .open()
        .aggregate(
            open=Count("pk"),
            mine=Count("pk", filter=mine),
            unassigned=Count("pk", filter=Q(assignee=None)),
            waiting=Count("pk", filter=Q(state=CaseState.WAITING)),
            due=Count("pk", filter=due_by(day)),
            late=Count("pk", filter=due_by(now)),
            neglected=Count("pk", filter=Q(last_contact_at__lt=now - NEGLECTED_AFTER)),
        )
    )
    return {name: int(value or 0) for name, value in found.items()}


def newest(rows: CaseQuerySet, actor: Actor, *, before: int | None, limit: int) -> CaseQuerySet:
    """The newest `limit` of `rows` by id, without the plan that walks the whole table.

    PostgreSQL walks the primary key when an actor has several stations, which takes long when their rows are old; one
    walk a station along `(station, id)` stops at the limit. SQLite, one station and all stations need none of this.
    """
    stations = actor.stations
    if before is not None:
        rows = rows.filter(pk__lt=before)
    if connection.vendor != "postgresql" or stations is None or not 2 <= len(stations) <= MANY_STATIONS:
        return paging.first(rows, "-pk", limit)
    inner = rows.filter(station_id=RawSQL("s.station", [])).order_by("-pk").values("id")[:limit]  # column `id`
    sql, params = inner.query.sql_with_params()
    several = ", ".join(["(%s::bigint)"] * len(stations))
    ids = RawSQL(
        f"SELECT x.id FROM (VALUES {several}) AS s(station) CROSS JOIN LATERAL ({sql}) x "
        f"ORDER BY x.id DESC LIMIT {int(limit)}",
        [*sorted(stations), *params],
    )
    return Case.objects.filter(pk__in=ids).order_by("-pk")


PLAIN_VIEWS = ("all", "open", "mine", "unassigned", "waiting", "drafts")  # ask for nothing that moves with the clock


def first_rows(
    actor: Actor,
    filters: Mapping[str, Any],
    columns: tuple[str, ...],
    *,
    now: dt.datetime,
    before: int | None,
    limit: int,
) -> list[dict[str, Any]]:
    """The newest rows of the list; a view without further filters by a statement made before."""
    if view := _plain_one(filters):
        return _plain(view, columns, limit, actor=actor, before=before)
    rows = newest(filtered(actor, filters, now=now), actor, before=before, limit=limit)
    return list(rows.values(*columns))


def first_unread(
    actor: Actor, filters: Mapping[str, Any], *, now: dt.datetime, before: int | None, limit: int
) -> "Sequence[dict[str, Any] | Unread[dict[str, Any]]]":
    """`first_rows` for the page, which has most of its rows ready from the last time somebody asked for them."""
    if view := _plain_one(filters):
        return _plain.unread(view, LIST_COLUMNS, limit, actor=actor, before=before)
    return first_rows(actor, filters, LIST_COLUMNS, now=now, before=before, limit=limit)


def _plain_one(filters: Mapping[str, Any]) -> str:
    """The view, when nothing is asked for besides and it does not move with the clock; else empty."""
    asked = {name for name, value in filters.items() if value not in (None, "", [])}
    view = str(filters.get("view") or "all")
    return view if asked <= {"view"} and view in PLAIN_VIEWS else ""


def _plain_view(
    view: str, columns: tuple[str, ...], limit: int, *, actor: Actor, before: int | None
) -> "QuerySet[Case, dict[str, Any]]":
    rows = _view(cases(actor), view, actor, now=NEVER)
    found: QuerySet[Case, dict[str, Any]] = newest(rows, actor, before=before, limit=limit).values(*columns)
    return found


NEVER = dt.datetime.min.replace(tzinfo=dt.UTC)
_plain = Prepared(_plain_view)


def ids_by_source(source_keys: Sequence[str], numbers: Sequence[str] = ()) -> dict[str, int]:
    """Requests that are here already, by their key in the source or their number. Two queries."""
    by_key = Case.objects.filter(source_key__in=source_keys).values_list("source_key", "pk")
    by_number = Case.objects.filter(number__in=numbers).values_list("number", "pk") if numbers else ()
    return {str(key): pk for key, pk in (*by_number, *by_key)}


# --- one request ------------------------------------------------------------------------------------------------


def pauses_of(case_id: int) -> list[Pause]:
    return list(Pause.objects.filter(case=case_id).order_by("started_at"))


_newest_events = Prepared(
    lambda actor, case_id: (
        Event.objects.visible_to(actor)
        .filter(subject_type=KIND, subject_id=case_id)
        .order_by("-pk")
        .values_list("id", "kind", "at", "actor_name", "text", "data")[:50]
    )
)


def events_of(actor: Actor, case_id: int) -> list[dict[str, Any]]:
    """The newest 50 events of a request, as the API gives them."""
    return [_event(*row) for row in _newest_events(actor=actor, case_id=case_id)]


def events_told(case: Case) -> list[dict[str, Any]]:
    """The same for a request that was registered a moment ago: what was written of it, without reading it again."""
    own = [event for event in case.told or () if event.subject_type == KIND and not event.sealed]
    return [
        _event(event.pk, event.kind, event.at.astimezone(dt.UTC), event.actor_name, event.text, event.data)
        for event in reversed(own)
    ]


def _event(pk: int, kind: str, at: dt.datetime, by: str, text: str, data: dict[str, Any]) -> dict[str, Any]:
    return {"id": pk, "kind": kind, "at": at, "by": by, "text": text, "data": data}


def files_of(case_id: int) -> list[StoredFile]:
    return list(StoredFile.objects.of(KIND, case_id))


def may_see_files(actor: Actor, case_id: int) -> bool:
    """Files of a request are for those who see the request."""
    return cases(actor).filter(pk=case_id).exists()


def promises_of(case_id: int) -> list[Promise]:
    """Newest first."""
    return list(Promise.objects.filter(case=case_id).select_related("given_by").order_by("-pk"))


def promise_in(actor: Actor, promise_id: int, case: Case) -> Promise | None:
    return Promise.objects.visible_to(actor).filter(pk=promise_id, case=case).first()


RELATED_COLUMNS = (
    "number", "title", "state", "received_at", "merged_into_id", "repeat_of_id", "contact__name", "channel", "verbatim",
    "is_open",
)  # fmt: skip


def related(actor: Actor, case: Case) -> dict[str, list[dict[str, Any]]]:
    """Other requests: merged into this one, following it, open ones of the same machine or customer. One query."""
    near = Q(merged_into=case) | Q(repeat_of=case)
    if case.asset_id:
        near |= Q(asset=case.asset_id)
    elif case.customer_id:
        near |= Q(customer=case.customer_id, is_open=True)
    rows: Iterable[dict[str, Any]] = (
        cases(actor).filter(near).exclude(pk=case.pk).order_by("-pk").values(*RELATED_COLUMNS)[:20]
    )
    found: dict[str, list[dict[str, Any]]] = {"merged": [], "repeats": [], "open": [], "earlier": []}
    for row in rows:
        if row["merged_into_id"] == case.pk:
            found["merged"].append(row)
        elif row["repeat_of_id"] == case.pk:
            found["repeats"].append(row)
        else:
            found["open" if row["is_open"] else "earlier"].append(row)
    return found


def possible_duplicates(actor: Actor, *, customer_id: int | None, asset_id: int | None) -> list[dict[str, Any]]:
    """Open requests of the same machine, else of the same customer: shown before a second one is registered."""
    if not (customer_id or asset_id):
        return []
    same = Q(asset_id=asset_id) if asset_id else Q(customer_id=customer_id)
    names = ("number", "title", "state", "received_at", "channel", "assignee__name")
    rows: Iterable[dict[str, Any]] = cases(actor).open().filter(same).order_by("-pk").values(*names)[:5]
    return list(rows)


def colleagues(station_id: int | None = None) -> list[tuple[int, str]]:
    """Who may work on requests, at a station or anywhere: two queries."""
    rows = Person.objects.holding("cases.work_case")
    if station_id is not None:
        rows = rows.filter(stations=station_id)
    return list(rows.order_by("name").values_list("pk", "name"))


def station_id(code: str) -> int:
    """Raises NotFound: no such station."""
    found = station_by_code(code)
    if found is None:
        raise NotFound(_("There is no station “%(code)s”.") % {"code": code}, field="station")
    return found.pk


def stations(actor: Actor) -> list[Station]:
    return list(Station.objects.visible_to(actor).filter(is_active=True).order_by("pk"))


# --- duties -------------------------------------------------------------------------------------------------------

DUTY_COLUMNS = (
    "id",
    "number",
    "title",
    "state",
    "kind",
    "urgency",
    "is_safety",
    "received_at",
    "response_due_at",
    "responded_at",
    "response_standard",
    "resolution_due_at",
    "resolution_standard",
    "waiting_for",
    "waiting_since",
    "asked_count",
    "last_asked_at",
    "assignee_id",
    "draft_listed_at",
    "received_by__name",
    "customer__name",
    "customer__code",
    "customer__grade",
    "asset__code",
    "asset__kind",
    "asset__name",
    "asset__plate",
    "asset__vin",
    "asset__serial_no",
    "asset__model_text",
    "asset__model__brand",
    "asset__model__name",
    "station_id",
    "station__time_zone",
    "station__calendar__days",
    "station__calendar__hours",
)


LEVEL_COLUMNS = (
    "support_level", "escalated_at", "escalated_by_id", "escalated_by__name", "escalation_due_at", "level_name",
    "level_name_en", "is_asked",
)  # fmt: skip


def open_for_duties(actor: Actor, *, limit: int) -> list[dict[str, Any]]:
    """Open requests that are the actor's, or nobody's at his stations; listed drafts of others too. One query."""
    rows, person = cases(actor), actor.person_id or 0
    drafts = rows.filter(Q(received_by_id=person) | Q(draft_listed_at__isnull=False), state=CaseState.DRAFT)
    parts = (rows.filter(is_open=True, assignee_id=person), rows.filter(is_open=True, assignee=None), drafts)
    level = SupportLevel.objects.filter(number=OuterRef("support_level"))
    asked = level.filter(Q(department=None) | Q(department__in=actor.department_ids))
    found = Case.objects.filter(pk__in=_ids_of(parts).order_by("-pk")[: limit * 3]).annotate(
        level_name=Subquery(level.values("name")[:1]), level_name_en=Subquery(level.values("name_en")[:1]),
        is_asked=Exists(asked),
    )  # fmt: skip
    return list(found.order_by("-pk").values(*DUTY_COLUMNS, *LEVEL_COLUMNS))


def open_promises(actor: Actor, *, limit: int) -> list[Promise]:
    """Promises that are the actor's to keep, soonest first; broken ones until they are made good. One query."""
    own = Q(case__assignee_id=actor.person_id or 0) | Q(given_by_id=actor.person_id or 0)
    rows = Promise.objects.visible_to(actor).filter(own)
    parts = (rows.filter(state=PromiseState.OPEN), rows.filter(state=PromiseState.BROKEN, case__is_open=True))
    found = paging.first(Promise.objects.filter(pk__in=_ids_of(parts)), "due_at", limit)
    return list(found.select_related("case__customer", "case__asset__model", "case__station__calendar", "given_by"))


def _ids_of(parts: Iterable["QuerySet[Any]"]) -> "QuerySet[Any, Any]":
    """Each part is found along an index of its own; one condition with OR would walk the whole table."""
    first, *others = (part.order_by().values("pk") for part in parts)
    return first.union(*others, all=True)


# --- sweeps -------------------------------------------------------------------------------------------------------


def overdue_promises(*, now: dt.datetime, limit: int) -> Sequence[int]:
    rows = Promise.objects.filter(state=PromiseState.OPEN, due_at__lt=now).order_by("due_at")
    return list(rows.values_list("pk", flat=True)[:limit])


def unlisted_drafts(*, before: dt.datetime, limit: int) -> list[Case]:
    rows = Case.objects.filter(is_hidden_draft=True, received_at__lt=before).select_related("station__calendar")
    return list(rows.order_by("pk")[:limit])
