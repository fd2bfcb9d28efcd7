"""Figures of the service desk, from the rows as they stand: nothing is stored, each figure can be opened to its cases.

Hours are hours of the wall clock where another system measured so (time to repair of an incident, F20), minutes of
working time where the firm promises so (first response, F21).
"""

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from statistics import fmean, median
from typing import Any

from django.db.models import Count, F, Q
from django.db.models.functions import Coalesce
from django.utils import timezone

from careloop.cases.models import Case, CaseQuerySet, Promise
from careloop.cases.queries import LEFT_OUT, cases
from careloop.cases.states import PromiseState
from careloop.core.actor import Actor
from careloop.core.models import Event
from careloop.entitlements.queries import Counts
from careloop.measures.intervals import Share, wilson
from careloop.staff.queries import station_by_code

HISTORY = "case.history"
ASSIGNEE = "Assigned to"  # name of the fact in the mapping files


@dataclass(frozen=True, slots=True)
class Spread:
    """A skewed time: median and P90 first, the mean only beside them. None without any value."""

    n: int
    mean: float | None
    median: float | None
    p90: float | None
    longest: float | None


def spread(values: Sequence[float]) -> Spread:
    if not values:
        return Spread(0, None, None, None, None)
    return Spread(len(values), fmean(values), float(median(values)), percentile(values, 0.9), float(max(values)))


def percentile(values: Sequence[float], share: float) -> float:
    """Linear between the neighbours, as in F21: 10 20 25 40 305 → P90 199."""
    ordered = sorted(values)
    place = (len(ordered) - 1) * share
    low = int(place)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (ordered[high] - ordered[low]) * (place - low)


@dataclass(frozen=True, slots=True)
class Group:
    """Figures of some requests: `sla` is kept ÷ judged, `repair` hours from receipt to solution."""

    key: str
    n: int
    sla: Share
    repair: Spread


@dataclass(frozen=True, slots=True)
class ServiceDesk:
    """One period. `reopened` and `reassigned` count requests, `handovers` changes of person.

    First contact: solved by the first person, never opened again.
    """

    n: int
    sla: Share
    repair: Spread
    reopened: int
    reassigned: int
    handovers: int
    first_contact: Share
    by_priority: tuple[Group, ...]
    by_kind: Mapping[str, int]
    response: Mapping[str, Spread] = field(default_factory=dict)
    promises: Share | None = None


COLUMNS = (
    "priority",
    "is_sla_kept",
    "received_at",
    "resolved_at",
    "reopen_count",
    "handover_count",
    "channel",
    "kind",
    "response_minutes",
)


def population(
    actor: Actor, *, since: dt.datetime, until: dt.datetime, station_id: int | None = None, source: str = ""
) -> CaseQuerySet:
    """Requests received in [since, until), without drafts, cancelled and merged ones.

    Args:
        source: name of an import (`servicenow`), `own` for what was registered here, "" for all.
    """
    rows = cases(actor).filter(received_at__gte=since, received_at__lt=until).exclude(state__in=LEFT_OUT)
    if station_id is not None:
        rows = rows.filter(station_id=station_id)
    if source == "own":
        rows = rows.filter(is_imported=False)
    elif source:
        rows = rows.filter(source_key__startswith=f"{source}:")
    return rows


def service_desk(rows: CaseQuerySet) -> ServiceDesk:
    """All figures from one pass over the rows, and one query for the promises."""
    found = list(rows.values_list(*COLUMNS))
    repairs = _repair_hours(found)
    handovers = [row[5] for row in found]
    return ServiceDesk(
        n=len(found),
        sla=_sla(found),
        repair=spread(repairs),
        reopened=sum(row[4] > 0 for row in found),
        reassigned=sum(count > 0 for count in handovers),
        handovers=sum(handovers),
        first_contact=wilson(sum(row[4] == 0 and row[5] == 0 for row in found), len(found)),
        by_priority=tuple(_groups(found)),
        by_kind=Counter(row[7] for row in found),
        response=_responses(found),
        promises=_promises(rows),
    )


def _repair_hours(found: Iterable[tuple[Any, ...]]) -> list[float]:
    return [(row[3] - row[2]).total_seconds() / 3600 for row in found if row[3] is not None]


def _sla(found: Sequence[tuple[Any, ...]]) -> Share:
    judged = [row[1] for row in found if row[1] is not None]
    return wilson(sum(judged), len(judged))


def _groups(found: Sequence[tuple[Any, ...]]) -> Iterable[Group]:
    parts: dict[int, list[tuple[Any, ...]]] = defaultdict(list)
    for row in found:
        parts[row[0]].append(row)
    for priority in sorted(parts):
        rows = parts[priority]
        yield Group(str(priority), len(rows), _sla(rows), spread(_repair_hours(rows)))


def _responses(found: Iterable[tuple[Any, ...]]) -> dict[str, Spread]:
    """R84: working minutes to the first human response, by channel."""
    minutes: dict[str, list[float]] = defaultdict(list)
    for row in found:
        if row[8] is not None:
            minutes[row[6]].append(row[8])
    return {channel: spread(values) for channel, values in sorted(minutes.items())}


def _promises(rows: CaseQuerySet) -> Share:
    """R196: kept ÷ ended; a promise made good late counts as broken, renewed and released ones count as neither."""
    ended = Promise.objects.filter(case__in=rows.values("pk")).aggregate(
        kept=Count("pk", filter=Q(state=PromiseState.KEPT)),
        all=Count("pk", filter=Q(state__in=[PromiseState.KEPT, PromiseState.BROKEN, PromiseState.MADE_GOOD])),
    )
    return wilson(ended["kept"], ended["all"])


@dataclass(frozen=True, slots=True)
class History:
    """Figures of an event log that was taken over: what a process analyst asks for."""

    cases: int
    events: int
    activities: int
    people: int
    handovers: int
    self_loops: int
    repeated: int
    duration_hours: Spread
    events_per_case: Spread
    first_at: dt.datetime | None
    last_at: dt.datetime | None


def history(rows: CaseQuerySet) -> History:
    """From the events on the timelines: hand-overs are consecutive events of a request by different persons."""
    facts = (
        Event.objects.filter(kind=HISTORY, subject_type="case", subject_id__in=rows.values("pk"))
        .order_by("subject_id", "pk")
        .values_list("subject_id", "at", "actor_name", "data")
    )
    traces: dict[int, list[tuple[dt.datetime, str, str, Mapping[str, str]]]] = defaultdict(list)
    for subject, at, person, data in facts.iterator(chunk_size=5000):
        facts_of = data.get("facts", {})
        traces[subject].append((at, str(data.get("person", person)), str(data.get("activity", "")), facts_of))
    return _history(_by_assignee(list(traces.values())))


Trace = list[tuple[dt.datetime, str, str]]


def _by_assignee(traces: Sequence[Sequence[tuple[dt.datetime, str, str, Mapping[str, str]]]]) -> list[Trace]:
    """Where the log tells whom a request was assigned to, that person counts, not who wrote the entry."""
    is_told = any(ASSIGNEE in event[3] for trace in traces for event in trace)
    return [
        [(at, facts.get(ASSIGNEE, "") if is_told else person, activity) for at, person, activity, facts in trace]
        for trace in traces
    ]


def _history(traces: Sequence[Sequence[tuple[dt.datetime, str, str]]]) -> History:
    pairs = [(a, b) for trace in traces for a, b in zip(trace, trace[1:], strict=False)]
    flat = [event for trace in traces for event in trace]
    times = [event[0] for event in flat]
    hours = [(max(e[0] for e in trace) - min(e[0] for e in trace)).total_seconds() / 3600 for trace in traces]
    return History(
        cases=len(traces),
        events=len(flat),
        activities=len({event[2] for event in flat}),
        people=len({event[1] for event in flat}),
        handovers=sum(a[1] != b[1] for a, b in pairs),
        self_loops=sum(a[2] == b[2] for a, b in pairs),
        repeated=sum(len({e[2] for e in trace}) < len(trace) for trace in traces),
        duration_hours=spread(hours),
        events_per_case=spread([float(len(trace)) for trace in traces]),
        first_at=min(times, default=None),
        last_at=max(times, default=None),
    )


def sources(actor: Actor) -> list[str]:
    """Names of the imports that brought requests."""
    rows = cases(actor).filter(is_imported=True, source_key__isnull=False)
    found: list[str] = []
    while (key := rows.order_by("pk").values_list("source_key", flat=True).first()) is not None:
        found.append(str(key).partition(":")[0])
        rows = rows.exclude(source_key__startswith=f"{found[-1]}:")
    return found


def attainment_by_standard(
    actor: Actor, *, since: dt.datetime, until: dt.datetime, now: dt.datetime
) -> dict[str, Counts]:
    """How the requests of a period stand against the standards they carry (F22). Two queries."""
    rows = (
        Case.objects.visible_to(actor)
        .filter(received_at__gte=since, received_at__lt=until)
        .exclude(state__in=LEFT_OUT)
        .order_by()
    )
    found: dict[str, Counts] = {}
    for which, done in (
        ("response", Coalesce("responded_at", "resolved_at", "closed_at")),
        ("resolution", F("resolved_at")),
    ):
        due = f"{which}_due_at"
        counted = (
            rows.filter(**{f"{due}__isnull": False})
            .annotate(done=done, code=F(f"{which}_standard"))
            .values("code")
            .annotate(
                met=Count("pk", filter=Q(done__lte=F(due))),
                breached=Count("pk", filter=Q(done__gt=F(due))),
                open_overdue=Count("pk", filter=Q(done=None, is_open=True) & Q(**{f"{due}__lt": now})),
                open_not_due=Count("pk", filter=Q(done=None, is_open=True) & Q(**{f"{due}__gte": now})),
            )
        )
        for row in counted:
            found[row["code"]] = Counts(row["met"], row["breached"], row["open_overdue"], row["open_not_due"])
    return found


# --- for programs and the command line ----------------------------------------------------------------------------


def as_data(
    actor: Actor, *, since: dt.date | None, until: dt.date | None, options: Mapping[str, str]
) -> dict[str, Any]:
    """The report `service-desk`: the figures of the page as plain data. Shares are fractions, times hours."""
    source = options.get("source", "")
    start = timezone.make_aware(dt.datetime.combine(since or dt.date(1990, 1, 1), dt.time()))
    end = timezone.make_aware(dt.datetime.combine(until or dt.date(2200, 1, 1), dt.time()))
    station = station_by_code(options["station"]) if options.get("station") else None
    rows = population(actor, since=start, until=end, station_id=station.pk if station else None, source=source)
    desk = service_desk(rows)
    found: dict[str, Any] = {
        "n": desk.n,
        "source": source,
        "sla": share_data(desk.sla),
        "time_to_repair_hours": asdict(desk.repair),
        "by_priority": {
            group.key: {"n": group.n, "sla": share_data(group.sla), "time_to_repair_hours": asdict(group.repair)}
            for group in desk.by_priority
        },
        "reopened": desk.reopened,
        "reassigned": desk.reassigned,
        "reassignments": desk.handovers,
        "first_contact": share_data(desk.first_contact),
        "first_response_minutes": {name: asdict(value) for name, value in desk.response.items()},
        "promises_kept": share_data(desk.promises) if desk.promises else None,
    }
    if source and source != "own":
        found["event_log"] = asdict(history(rows))
    return found


def share_data(share: Share) -> dict[str, Any]:
    return {"k": share.k, "n": share.n, "share": share.share, "low": share.low, "high": share.high}
