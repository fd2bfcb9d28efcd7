"""Figures of the satisfaction report: rows in, measured values out. F1, F2, F3, F6 come from `measures`."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from careloop.feedback.models import HistoricalResult
from careloop.insight.disclosure import Count
from careloop.insight.rules import MIN_SHOWN, AnswerRow, Version
from careloop.measures.intervals import Change, Group, Mean, goal_state, mean_interval, welch_trend
from careloop.measures.satisfaction import IndexMethod, IndexResult, TopBox, satisfaction_index, top_box

VALUE_RATIO = "total value : total cost"  # no key of a question: those have no spaces


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
    gap: "Gap | None" = None
    rival: "Gap | None" = None
    asked_after: int = 0


@dataclass(frozen=True, slots=True)
class Gap:
    """Mean difference of levels: experience − expectation, or ours − the competitor's. `mean` None: too few."""

    mean: float | None
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


def counter(version: Version | None) -> Count:
    """How the units of a version are counted: customers, or answers when each answer counts."""
    if version is not None and not version.company_average:
        return lambda rows: sum(1 for _row in rows)
    return lambda rows: len({row.customer for row in rows})


def rated(rows: Sequence[AnswerRow], version: Version, key: str = "") -> list[AnswerRow]:
    """Rows of this version that rated anything, the item `key`, or (VALUE_RATIO) both value and cost."""
    return [row for row in rows if row.version == version.id and _rates(row, version, key)]


def _rates(row: AnswerRow, version: Version, key: str) -> bool:
    if key == VALUE_RATIO:
        return row.rated_both(version)
    return row.scores.get(key) is not None if key else any_score(row)


def index_of(
    rows: Sequence[AnswerRow], version: Version | None, *, population: int | None, goal: float, is_allowed: bool = True
) -> Figure:
    """F1 over the answers of one version; fewer than five units are not shown, nor what `is_allowed` forbids.

    `population` counts companies when the version averages inside companies, else services.
    """
    own = [row for row in rows if version is not None and row.version == version.id and any_score(row)]
    n = units(own, version) if version else 0
    if version is None or n < MIN_SHOWN or not is_allowed:
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


def index_of_history(row: HistoricalResult, version: Version | None, *, goal: float) -> Figure:
    """Interval and state of the goal from the published spread and counts, where they are known (F3)."""
    index, n, sd = float(row.index), row.n or 0, float(row.sd) if row.sd else None
    mean = mean_interval(index, sd, n, population=row.population) if n and sd else None
    low, high = (mean.low, mean.high) if mean else (None, None)
    method = IndexMethod(version.method) if version else IndexMethod.ITEM_MEAN
    result = IndexResult(
        index, low, high, n, row.population, goal_state(index, low, goal), (), n, "company", method,
        "mean" if mean else "none", 0.95, goal, sd=sd,
    )  # fmt: skip
    return Figure(result, n, row.population, version)


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


def pairs_of(rows: Sequence[AnswerRow], version: Version, key: str) -> list[int]:
    """Experience − expectation of an item, in levels, where both were given (R110)."""
    return [row.pairs[key][0] - row.pairs[key][1] for row in rows if row.version == version.id and key in row.pairs]


def after_count(rows: Sequence[AnswerRow], version: Version, key: str) -> int:
    """Expectations of this item that were asked after the service, and so are biased."""
    return sum(row.pairs[key][2] for row in rows if row.version == version.id and key in row.pairs)


def rivals_of(rows: Sequence[AnswerRow], version: Version, key: str) -> list[int]:
    """Ours − the main competitor's level; who did not compare is left out, not counted as equal (R118)."""
    return [row.rivals[key][0] - row.rivals[key][1] for row in rows if row.version == version.id and key in row.rivals]


def gap_of(differences: Sequence[int]) -> Gap | None:
    """None when nobody was asked; without mean below five."""
    if not differences:
        return None
    return Gap(float(np.mean(differences)) if len(differences) >= MIN_SHOWN else None, len(differences))


def items_of(
    rows: Sequence[AnswerRow],
    before: Sequence[AnswerRow],
    version: Version,
    *,
    population: int | None,
    population_before: int | None,
    allowed: Callable[[str], bool] = lambda key: True,
) -> list[ItemFigure]:
    """`allowed` says of an item's key whether its figure may be shown (disclosure)."""
    found = []
    for item in version.items:
        now, then = item_means(rows, version, item.key), item_means(before, version, item.key)
        change = None
        is_shown = len(now) >= MIN_SHOWN and allowed(item.key)
        if is_shown and len(then) >= MIN_SHOWN:
            change = welch_trend(group_of(then, population_before), group_of(now, population))
        found.append(
            ItemFigure(
                item.key,
                item.label,
                item.weight,
                item.step,
                mean_of(now, population) if is_shown else None,
                change,
                len(now),
                gap_of(pairs_of(rows, version, item.key)) if is_shown else None,
                gap_of(rivals_of(rows, version, item.key)) if is_shown else None,
                after_count(rows, version, item.key) if is_shown else 0,
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
    """F6: how many found the service below, as, above expectation, and the mean gap where a pair was asked.

    `kinds`: those near equality, fairly satisfied or ordinary. Hidden: fewer than five, only `n` is known.
    """

    counts: Mapping[str, int]
    n: int
    gap: float | None
    gap_n: int
    kinds: Mapping[str, int] = field(default_factory=dict)
    is_hidden: bool = False


def expectation_of(rows: Sequence[AnswerRow], *, is_allowed: bool = True) -> Expectation:
    said = [row for row in rows if row.expectation]
    gaps = [row.gap for row in said if row.gap is not None]
    if said and (len(said) < MIN_SHOWN or not is_allowed):
        return Expectation({}, len(said), None, len(gaps), is_hidden=True)
    counts = Counter(row.expectation for row in said)
    kinds = Counter(row.met_kind for row in said if row.met_kind)
    gap = float(np.mean(gaps)) if len(gaps) >= MIN_SHOWN else None
    return Expectation(counts, len(said), gap, len(gaps), kinds)


def top_box_of(rows: Sequence[AnswerRow], population: int | None, *, is_allowed: bool = True) -> TopBox | None:
    """F2 of the overall question: the share of satisfied answers, which is not the index."""
    levels = Counter(row.overall for row in rows if row.overall)
    if not levels or max(levels) > 5 or sum(levels.values()) < MIN_SHOWN or not is_allowed:
        return None
    return top_box(levels, population=at_least(population, sum(levels.values())))
