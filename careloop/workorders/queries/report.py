"""Times from stamp to stamp per step, steps left out, and how soon records were entered (R59, R35)."""

import datetime as dt
import math
import statistics
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.db.models import Count, F, Q

from careloop.core import calendar
from careloop.core.actor import Actor
from careloop.core.models import Event
from careloop.staff.models import Station
from careloop.workorders.models import Inspection, Stamp, WorkOrder
from careloop.workorders.states import Step

LIMIT = 50_000
ENTERED_WITHIN = dt.timedelta(days=1)


@dataclass(frozen=True, slots=True)
class StepTimes:
    """Minutes of working time from the beginning to the end of a step; `skipped` counts orders that left it out."""

    step: str
    n: int
    median: int | None
    p90: int | None
    skipped: int
    open: int


@dataclass(frozen=True, slots=True)
class Share:
    n: int
    N: int

    @property
    def percent(self) -> float | None:
        return 100 * self.n / self.N if self.N else None


def p90(values: Sequence[int]) -> int:
    """The smallest value that at least 90 % do not exceed."""
    ordered = sorted(values)
    return ordered[math.ceil(0.9 * len(ordered)) - 1]


def step_times(
    actor: Actor, *, since: dt.datetime, until: dt.datetime, stations: Mapping[int, Station]
) -> tuple[list[StepTimes], list[tuple[str, str, int]]]:
    """Per step, and (step, reason, count) of what was left out. One query."""
    rows = Stamp.objects.filter(
        order__in=WorkOrder.objects.visible_to(actor), started_at__gte=since, started_at__lt=until
    ).values_list("step", "started_at", "done_at", "is_skipped", "skipped_reason", "order__station")[:LIMIT]
    minutes: dict[str, list[int]] = defaultdict(list)
    skipped: Counter[tuple[str, str]] = Counter()
    running: Counter[str] = Counter()
    for step, start, end, is_skipped, reason, station_id in rows:
        if is_skipped:
            skipped[step, reason] += 1
        elif end is None:
            running[step] += 1
        elif (station := stations.get(station_id)) is not None:
            clock = calendar.working_time(station.calendar)
            minutes[step].append(calendar.minutes_between(clock, start, end, zone=station.time_zone))
    found = [
        StepTimes(
            step.value,
            len(minutes[step]),
            int(statistics.median(minutes[step])) if minutes[step] else None,
            p90(minutes[step]) if minutes[step] else None,
            sum(n for (s, _r), n in skipped.items() if s == step),
            running[step],
        )
        for step in Step
    ]
    return found, [(step, reason, n) for (step, reason), n in skipped.most_common(20)]


def entered_in_time(actor: Actor, *, since: dt.datetime, until: dt.datetime) -> Share:
    """Records of work orders that were entered within one day after what they tell."""
    late = Q(recorded_at__gt=F("at") + ENTERED_WITHIN)
    found = (
        Event.objects.visible_to(actor)
        .filter(kind__startswith="workorder.", at__gte=since, at__lt=until)
        .aggregate(all=Count("pk"), late=Count("pk", filter=late))
    )
    return Share(int(found["all"]) - int(found["late"]), int(found["all"]))


def first_pass(actor: Actor, *, since: dt.datetime, until: dt.datetime) -> Share:
    """Orders whose first inspection was passed, among all that were inspected in the period."""
    rows = Inspection.objects.filter(
        order__in=WorkOrder.objects.visible_to(actor), at__gte=since, at__lt=until
    ).order_by("order", "at", "pk")
    first: dict[int, bool] = {}
    for order_id, passed in rows.values_list("order_id", "passed"):
        first.setdefault(order_id, passed)
    return Share(sum(first.values()), len(first))
