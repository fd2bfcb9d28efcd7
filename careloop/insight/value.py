"""F10 of the report: total value to total cost. It is a ratio around 1, not a percentage, and stays apart from F1."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from careloop.insight.figures import VALUE_RATIO, at_least, rated
from careloop.insight.rules import MIN_SHOWN, AnswerRow, Item, Version
from careloop.measures.intervals import Mean
from careloop.measures.survey_scores import ValueRatio, value_ratio, value_ratio_interval


@dataclass(frozen=True, slots=True)
class ValueFigure:
    """The ratio of one set of answers; `result` None when there are too few to show (`n` tells how many).

    `interval` None: a result from before CareLoop, of which only the means are known.
    """

    result: ValueRatio | None
    interval: Mean | None
    n: int | None
    population: int | None
    version: Version

    @property
    def is_hidden(self) -> bool:
        return self.result is None and bool(self.n)

    @property
    def bounds(self) -> tuple[float | None, float | None]:
        return (self.interval.low, self.interval.high) if self.interval else (None, None)


def value_ratio_of(
    rows: Sequence[AnswerRow], version: Version, *, population: int | None, is_allowed: bool = True
) -> ValueFigure | None:
    """None when the version does not ask about value and cost.

    Units are companies or answers as in the index. Only answers count that rated both sides; a question marked “not
    applicable” is left out of the mean, as in the index.
    """
    if not version.asks_value:
        return None
    people = by_unit(rated(rows, version, VALUE_RATIO), version)
    n = len(people)
    if n < MIN_SHOWN or not is_allowed:
        return ValueFigure(None, None, n, population, version)
    values, costs = sides(people, version.values), sides(people, version.costs)
    result = value_ratio(*values, *costs)
    own = [(total(unit, version.values), total(unit, version.costs)) for unit in people]
    interval = value_ratio_interval(
        result.ratio, [value for value, _cost in own], [cost for _value, cost in own],
        population=at_least(population, n),
    )  # fmt: skip
    return ValueFigure(result, interval, n, population, version)


def by_unit(rows: Sequence[AnswerRow], version: Version) -> list[dict[str, float]]:
    """Question → mean rating of each company, or of each answer."""
    unit: Callable[[AnswerRow], int] = (lambda row: row.customer) if version.company_average else (lambda row: row.id)
    found: dict[int, dict[str, list[int]]] = {}
    for row in rows:
        for key, rating in row.ratings.items():
            found.setdefault(unit(row), {}).setdefault(key, []).append(rating)
    return [{key: float(np.mean(ratings)) for key, ratings in given.items()} for given in found.values()]


def sides(people: Sequence[Mapping[str, float]], items: Sequence[Item]) -> tuple[list[float], list[float]]:
    """Means of the questions of one side that anybody rated, and their weights."""
    means, weights = [], []
    for item in items:
        given = [unit[item.key] for unit in people if item.key in unit]
        if given:
            means.append(float(np.mean(given)))
            weights.append(item.weight)
    return means, weights


def total(unit: Mapping[str, float], items: Sequence[Item]) -> float:
    """The unit's own weighted mean of one side, over the questions it rated."""
    known = [item for item in items if item.key in unit]
    return sum(unit[item.key] * item.weight for item in known) / sum(item.weight for item in known)


def history_ratio(
    means: Mapping[str, float], version: Version | None, *, n: int | None, population: int | None
) -> ValueFigure | None:
    """The ratio of a result entered from before CareLoop; None when value and cost were not asked then."""
    if version is None or not version.asks_value or not means:
        return None
    known = [{key: float(value) for key, value in means.items()}]
    result = value_ratio(*sides(known, version.values), *sides(known, version.costs))
    return ValueFigure(result, None, n, population, version)
