"""Common content of a month: why customers were dissatisfied, grouped by step and standard, largest first (R102).

The group of an answer is the step and the standard item that stand at its deviation, so the same data always give the
same groups; nothing is guessed from words.
"""

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from careloop.insight.rules import Period
from careloop.measures.intervals import poisson_tail

USUAL_PERIODS = 6  # what was usual: the six periods before
LEAST_COMMON = 3  # fewer are single cases
LEVEL = 0.05


@dataclass(frozen=True, slots=True)
class Deviation:
    """One deviating answer to one question; `day` is the day of its service."""

    answer: int
    day: dt.date
    step: str
    norm: str


@dataclass(frozen=True, slots=True)
class Group:
    """`usual`: how many were to be expected from the periods before, None when there were no answers before."""

    step: str
    norm: str
    n: int
    share: float
    cumulative: float
    usual: float | None
    is_common: bool


@dataclass(frozen=True, slots=True)
class Reasons:
    """All groups of a period, largest first. `n` counts deviations, `answers` the finished answers behind them."""

    period: Period
    groups: list[Group]
    n: int
    answers: int


def reasons(period: Period, deviations: Sequence[Deviation], answer_days: Iterable[dt.date]) -> Reasons:
    """Group the deviations of `period`; those of the periods before tell what is usual.

    A group is common content when it has at least three deviations and so many would come by chance, at the usual
    rate per answer, in fewer than 5 of 100 periods (Poisson).
    """
    earlier = [period.before(step) for step in range(1, USUAL_PERIODS + 1)]
    days = list(answer_days)
    answers = sum(period.holds(day) for day in days)
    answers_before = sum(any(p.holds(day) for p in earlier) for day in days)
    now = Counter((row.step, row.norm) for row in deviations if period.holds(row.day))
    before = Counter((row.step, row.norm) for row in deviations if any(p.holds(row.day) for p in earlier))
    total = sum(now.values())
    found: list[Group] = []
    running = 0
    for (step, norm), n in sorted(now.items(), key=lambda pair: (-pair[1], pair[0])):
        running += n
        usual = before[(step, norm)] * answers / answers_before if answers_before else None
        is_common = usual is not None and n >= LEAST_COMMON and poisson_tail(n, usual) < LEVEL
        found.append(Group(step, norm, n, n / total, running / total, usual, is_common))
    return Reasons(period, found, total, answers)
