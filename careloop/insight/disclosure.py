"""Which figures may stand: a group is shown only when no subtraction of shown groups gives away single customers.

Fewer than five units are individual voices (R121). A group is hidden too when what is left of the set around it would
be fewer than five, because the difference of two shown figures would then be theirs. Filters are checked in every
order in which they can be combined.
"""

import datetime as dt
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from functools import partial

from careloop.insight.rules import GRAINS, MIN_SHOWN, AnswerRow, Grain, Period, period_at

DIMENSIONS = ("station", "model", "technician", "kind")
LEAST_LEFT_IN_TIME = 3  # periods overlap only as wholes; one or two customers alone would show

Count = Callable[[Iterable[AnswerRow]], int]


def shown_groups(
    rows: Sequence[AnswerRow], key: Callable[[AnswerRow], Hashable | None], count: Count, *, least_left: int = MIN_SHOWN
) -> set[Hashable]:
    """Keys of the groups of `rows` that may be shown beside the whole.

    The smallest shown groups are hidden as well while those left over, together, are fewer than `least_left`.
    """
    groups: dict[Hashable, list[AnswerRow]] = {}
    left: list[AnswerRow] = []
    for row in rows:
        value = key(row)
        (left if value is None else groups.setdefault(value, [])).append(row)
    shown: dict[Hashable, int] = {}
    for value, members in groups.items():
        if (n := count(members)) < MIN_SHOWN:
            left += members
        else:
            shown[value] = n
    while shown and 0 < count(left) < least_left:
        smallest = min(shown, key=lambda value: (shown[value], str(value)))
        left += groups[smallest]
        del shown[smallest]
    return set(shown)


class Disclosure:
    """Verdicts over one set of answers; `count` counts the units (customers, or answers)."""

    def __init__(self, rows: Sequence[AnswerRow], count: Count):
        self.rows, self.count = rows, count
        self._verdicts: dict[frozenset[tuple[str, Hashable]], bool] = {}
        self._groups: dict[tuple[frozenset[tuple[str, Hashable]], str], set[Hashable]] = {}

    def allows(self, chosen: Mapping[str, Hashable]) -> bool:
        """Whether the figure of `chosen` (dimension → value) may be shown."""
        return self._allows(frozenset(chosen.items()))

    def _allows(self, chosen: frozenset[tuple[str, Hashable]]) -> bool:
        if chosen not in self._verdicts:
            self._verdicts[chosen] = self.count(self._within(chosen)) >= MIN_SHOWN and all(
                self._allows(chosen - {part}) and part[1] in self._shown(chosen - {part}, part[0]) for part in chosen
            )
        return self._verdicts[chosen]

    def _shown(self, around: frozenset[tuple[str, Hashable]], dimension: str) -> set[Hashable]:
        key = (around, dimension)
        if key not in self._groups:
            self._groups[key] = shown_groups(
                self._within(around), lambda row: getattr(row, dimension) or None, self.count
            )
        return self._groups[key]

    def _within(self, chosen: frozenset[tuple[str, Hashable]]) -> list[AnswerRow]:
        return [row for row in self.rows if all(getattr(row, name) == value for name, value in chosen)]


def allows_in_time(rows: Sequence[AnswerRow], period: Period, count: Count) -> bool:
    """Whether `period` may be shown beside the longer periods around it, up to the year.

    `rows` are the answers of the same scope over the whole years that `period` touches.
    """
    if period.grain not in GRAINS:
        return not period.is_months or months_stand(rows, period, count)
    grains = GRAINS[: GRAINS.index(period.grain)]
    inner = period
    for grain in reversed(grains):
        outer = period_at(inner.start, grain)
        own = [row for row in rows if outer.holds(row.day)]
        starts = partial(_start, grain=inner.grain)
        shown = shown_groups(own, starts, count, least_left=LEAST_LEFT_IN_TIME)
        if inner.start not in shown:
            return False
        inner = outer
    return True


def months_stand(rows: Sequence[AnswerRow], period: Period, count: Count) -> bool:
    """Whether every month of the years that `period` touches could stand alone.

    Periods of any whole months differ by months, so that then no difference of two of them is a single customer.
    """
    around = years_around(period, period)
    months: dict[dt.date, list[AnswerRow]] = {}
    for row in rows:
        if around.holds(row.day):
            months.setdefault(_start(row, "month"), []).append(row)
    return all(count(members) >= LEAST_LEFT_IN_TIME for members in months.values())


def _start(row: AnswerRow, grain: Grain) -> dt.date:
    return period_at(row.day, grain).start


def years_around(first: Period, last: Period) -> Period:
    """Whole years from `first` to `last`."""
    return Period(period_at(first.start, "year").start, period_at(last.last, "year").end, "free")
