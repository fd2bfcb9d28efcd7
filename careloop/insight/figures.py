"""Figures of the satisfaction report: rows in, measured values out. F1, F2, F3, F6 come from `measures`."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from careloop.insight.rules import MIN_SHOWN, AnswerRow, Version
from careloop.measures.intervals import Change, Group, Mean, mean_interval, welch_trend
from careloop.measures.satisfaction import IndexResult, TopBox, satisfaction_index, top_box


@dataclass(frozen=True, slots=True)
class ItemFigure:
    """An item over companies (or persons): mean with interval, and the change against the period before."""

    key: str
    label: str
    weight: float
    step: str
    result: Mean | None
    change: Change | None
    n: int


@dataclass(frozen=True, slots=True)
class Figure:
    """The index of one set of answers. `result` is None when there are too few to show (`n` tells how many)."""

    result: IndexResult | None
    n: int
    population: int | None
    version: Version | None

    @property
    def is_hidden(self) -> bool:
        return self.result is None and self.n > 0


def units(rows: Sequence[AnswerRow], version: Version) -> int:
    return len({row.customer for row in rows}) if version.company_average else len(rows)


def index_of(
    rows: Sequence[AnswerRow], version: Version | None, *, population: int | None, goal: float, is_capped: bool = True
) -> Figure:
    """F1 over the answers of one version; fewer than five units are not shown.

    `population` counts companies when the version averages inside companies, else services.
    """
    own = [row for row in rows if version is not None and row.version == version.id and any_score(row)]
    n = units(own, version) if version else 0
    if version is None or n == 0 or (is_capped and n < MIN_SHOWN):
        return Figure(None, n, population, version)
    result = satisfaction_index(
        table(own, version),
        [item.weight for item in version.items],
        companies=[row.customer for row in own] if version.company_average else None,
        method=version.method,
        population=max(population, n) if population else None,
        goal=goal,
        item_names=[item.key for item in version.items],
    )
    return Figure(result, n, population, version)


def any_score(row: AnswerRow) -> bool:
    return any(score is not None for score in row.scores.values())


def table(rows: Sequence[AnswerRow], version: Version) -> list[list[float]]:
    """Respondents × items, NaN where an item was not applicable or had not its turn."""
    keys = [item.key for item in version.items]
    return [[nan_if_none(row.scores.get(key)) for key in keys] for row in rows]


def nan_if_none(score: float | None) -> float:
    return float("nan") if score is None else score


def change_of(now: Figure, before: Figure) -> Change | None:
    """Welch's test between two periods of one version; never across a break of the method (R178)."""
    if now.result is None or before.result is None or now.version != before.version:
        return None
    return welch_trend(as_group(before), as_group(now))


def as_group(figure: Figure) -> Group:
    assert figure.result is not None
    return Group(figure.result.index, figure.result.sd or 0.0, figure.result.n, figure.result.population)


def item_means(rows: Sequence[AnswerRow], version: Version, key: str) -> list[float]:
    """One value per company (its mean) or per person, of those who rated the item."""
    values: dict[int, list[float]] = {}
    for row in rows:
        score = row.scores.get(key)
        if row.version == version.id and score is not None:
            values.setdefault(row.customer if version.company_average else row.id, []).append(score)
    return [float(np.mean(scores)) for scores in values.values()]


def items_of(
    rows: Sequence[AnswerRow],
    before: Sequence[AnswerRow],
    version: Version,
    *,
    population: int | None,
    population_before: int | None,
) -> list[ItemFigure]:
    found = []
    for item in version.items:
        now, then = item_means(rows, version, item.key), item_means(before, version, item.key)
        change = None
        if len(now) >= MIN_SHOWN and len(then) >= MIN_SHOWN:
            change = welch_trend(group_of(then, population_before), group_of(now, population))
        found.append(
            ItemFigure(
                item.key,
                item.label,
                item.weight,
                item.step,
                mean_of(now, population) if len(now) >= MIN_SHOWN else None,
                change,
                len(now),
            )
        )
    return found


def group_of(values: Sequence[float], population: int | None) -> Group:
    return Group(float(np.mean(values)), float(np.std(values, ddof=1)), len(values), at_least(population, len(values)))


def mean_of(values: Sequence[float], population: int | None) -> Mean:
    spread = float(np.std(values, ddof=1)) if len(values) > 1 else 0.0
    return mean_interval(float(np.mean(values)), spread, len(values), population=at_least(population, len(values)))


def at_least(population: int | None, n: int) -> int | None:
    return max(population, n) if population else None


@dataclass(frozen=True, slots=True)
class Expectation:
    """F6: how many found the service below, as, above expectation, and the mean gap where a pair was asked."""

    counts: Mapping[str, int]
    n: int
    gap: float | None
    gap_n: int


def expectation_of(rows: Sequence[AnswerRow]) -> Expectation:
    counts = Counter(row.expectation for row in rows if row.expectation)
    gaps = [row.gap for row in rows if row.gap is not None]
    return Expectation(counts, sum(counts.values()), float(np.mean(gaps)) if gaps else None, len(gaps))


def top_box_of(rows: Sequence[AnswerRow], population: int | None) -> TopBox | None:
    """F2 of the overall question: the share of satisfied answers, which is not the index."""
    levels = Counter(row.overall for row in rows if row.overall)
    if not levels or max(levels) > 5:
        return None
    return top_box(levels, population=at_least(population, sum(levels.values())))
