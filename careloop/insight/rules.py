"""The satisfaction report, computed from plain rows: index, coverage, change, expectation, items, groups, trend.

A period holds the services that were closed in it; an answer belongs to the period of its service, so that the
answers are a part of the population (contradiction 12 of the domain file).
"""

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Literal, TypeVar

Grain = Literal["year", "half", "quarter", "month", "free"]
GRAINS: tuple[Grain, ...] = ("year", "half", "quarter", "month")
MONTHS: Mapping[Grain, int] = {"year": 12, "half": 6, "quarter": 3, "month": 1}  # "free" has no months
P = TypeVar("P")
MIN_SHOWN = 5  # fewer units are individual voices, not a figure (R121)
TREND_POINTS = 8


@dataclass(frozen=True, slots=True, order=True)
class Period:
    """First day, and the day after the last."""

    start: dt.date
    end: dt.date
    grain: Grain = field(compare=False)

    @property
    def last(self) -> dt.date:
        return self.end - dt.timedelta(days=1)

    @property
    def is_months(self) -> bool:
        """Whether it consists of whole months."""
        return (self.start.day, self.end.day) == (1, 1)

    @property
    def key(self) -> str:
        """`2026`, `2026H1`, `2026Q3`, `2026-07`, or `2026-03-01_2026-04-15`: stands in URLs and files."""
        if self.grain == "free":
            return f"{self.start}_{self.last}"
        if self.grain == "year":
            return f"{self.start.year}"
        if self.grain == "month":
            return f"{self.start:%Y-%m}"
        letter, months = ("H", 6) if self.grain == "half" else ("Q", 3)
        return f"{self.start.year}{letter}{(self.start.month - 1) // months + 1}"

    def holds(self, day: dt.date) -> bool:
        return self.start <= day < self.end

    def before(self, steps: int = 1) -> "Period":
        """The period `steps` earlier (later when negative), of the same length in months, or in days."""
        if not self.is_months:
            shift = (self.end - self.start) * steps
            return Period(self.start - shift, self.end - shift, self.grain)
        length = (self.end.year - self.start.year) * 12 + self.end.month - self.start.month
        start, end = (first_of_month(day, -steps * length) for day in (self.start, self.end))
        return Period(start, end, self.grain)


def first_of_month(day: dt.date, later: int) -> dt.date:
    """The first of the month that is `later` months after that of `day`."""
    months = day.year * 12 + day.month - 1 + later
    return dt.date(months // 12, months % 12 + 1, 1)


def period_at(day: dt.date, grain: Grain) -> Period:
    length = MONTHS[grain]
    first = (day.month - 1) // length * length + 1
    start = dt.date(day.year, first, 1)
    last = first + length
    end = dt.date(day.year + (last - 1) // 12, (last - 1) % 12 + 1, 1)
    return Period(start, end, grain)


def period_of(start: dt.date, end: dt.date) -> Period:
    """The period [start, end): a year, half-year, quarter or month when it is one, else a free one."""
    for grain in GRAINS:
        if (whole := period_at(start, grain)) == Period(start, end, grain):
            return whole
    return Period(start, end, "free")


def shown_period(key: str) -> Period | None:
    """A period of a page or a program: whole months only, so that no two periods differ by a single day (R121)."""
    period = parse_period(key)
    return period if period is not None and period.is_months else None


def parse_period(key: str) -> Period | None:
    """The period of a key, None when it is none."""
    try:
        if len(key) == 4:
            return period_at(dt.date(int(key), 1, 1), "year")
        if len(key) == 21 and key[10] == "_":
            start, last = dt.date.fromisoformat(key[:10]), dt.date.fromisoformat(key[11:])
            return period_of(start, last + dt.timedelta(days=1)) if start <= last else None
        if len(key) == 7 and key[4] == "-":
            return period_at(dt.date(int(key[:4]), int(key[5:]), 1), "month")
        if len(key) == 6 and key[4] in "HQ":
            grain: Grain = "half" if key[4] == "H" else "quarter"
            number = int(key[5])
            if 1 <= number <= 12 // MONTHS[grain]:
                return period_at(dt.date(int(key[:4]), (number - 1) * MONTHS[grain] + 1, 1), grain)
    except ValueError:
        return None
    return None


@dataclass(frozen=True, slots=True)
class Item:
    key: str
    label: str
    weight: float
    step: str


@dataclass(frozen=True, slots=True)
class Version:
    """How the questions of a version are turned into an index."""

    id: int
    number: int
    method: str
    company_average: bool
    valid_from: dt.date
    note: str
    items: tuple[Item, ...]
    values: tuple[Item, ...] = ()
    costs: tuple[Item, ...] = ()

    @property
    def asks_value(self) -> bool:
        return bool(self.values and self.costs)


@dataclass(frozen=True, slots=True)
class AnswerRow:
    """One finished answer. `scores` maps item keys to 0–100, None = not applicable.

    `pairs`: item key → level, expected level, asked after the service. `rivals`: item key → level, the competitor's.
    `ratings`: item key → 1–10 of value and cost questions.
    """

    id: int
    day: dt.date
    customer: int
    station: int
    model: int | None
    technician: int | None
    version: int
    scores: Mapping[str, float | None]
    overall: int | None
    expectation: str
    gap: int | None
    is_locked: bool
    kind: str = ""
    met_kind: str = ""
    pairs: Mapping[str, tuple[int, int, bool]] = field(default_factory=dict)
    rivals: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    ratings: Mapping[str, int] = field(default_factory=dict)

    def rated_both(self, version: Version) -> bool:
        """Whether value and cost were both rated: only such an answer enters the value ratio."""
        return all(any(item.key in self.ratings for item in side) for side in (version.values, version.costs))


@dataclass(frozen=True, slots=True)
class ServiceRow:
    """One closed service that is to be asked about, and what became of the asking."""

    day: dt.date
    customer: int
    station: int
    model: int | None
    technician: int | None
    is_asked: bool
    is_reached: bool
    is_answered: bool
    in_window: bool
    reason: str


@dataclass(frozen=True, slots=True)
class Coverage:
    """Eligible, asked, reached, answered: in services and in companies, with the reasons of those not asked."""

    services: int
    asked: int
    reached: int
    answered: int
    companies: int
    companies_answered: int
    reasons: Mapping[str, int]


def coverage(services: Sequence[ServiceRow], answers: Sequence[AnswerRow], *, unplanned: int = 0) -> Coverage:
    """`unplanned`: closed services that have no follow-up yet; they are eligible and have that as their reason."""
    companies = {row.customer for row in services}
    answering = {row.customer for row in answers}
    reasons = Counter(row.reason for row in services if not row.is_asked and row.reason)
    if unplanned:
        reasons["unplanned"] = unplanned
    return Coverage(
        services=len(services) + unplanned,
        asked=sum(row.is_asked for row in services),
        reached=sum(row.is_reached for row in services),
        answered=sum(row.is_answered for row in services),
        companies=len(companies | answering),
        companies_answered=len(answering),
        reasons=reasons,
    )


def version_of(rows: Sequence[AnswerRow], versions: Mapping[int, Version]) -> Version | None:
    """The newest version with answers: the one whose index the period shows."""
    found = [versions[row.version] for row in rows if row.version in versions]
    return max(found, key=lambda version: version.number, default=None)


def by_period(rows: Iterable[AnswerRow], periods: Sequence[Period]) -> dict[Period, list[AnswerRow]]:
    found: dict[Period, list[AnswerRow]] = {period: [] for period in periods}
    for row in rows:
        for period in periods:
            if period.holds(row.day):
                found[period].append(row)
                break
    return found


def grouped(rows: Iterable[AnswerRow], key: Callable[[AnswerRow], Hashable | None]) -> dict[Hashable, list[AnswerRow]]:
    found: dict[Hashable, list[AnswerRow]] = defaultdict(list)
    for row in rows:
        if (value := key(row)) is not None:
            found[value].append(row)
    return dict(found)


def breaks(points: Sequence[tuple[P, Version | None]]) -> list[tuple[P, Version]]:
    """Where the method changes: the period (or point) from which a newer version counts (R178)."""
    known = [(period, version) for period, version in points if version is not None]
    return [(period, version) for (_p, before), (period, version) in pairwise(known) if before.id != version.id]
