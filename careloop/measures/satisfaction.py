"""F1 and F2: weighted satisfaction index and top-box shares; F3 and F6 are re-exported here.

Scores are mapped to 0–100 before they come in (`map_levels`); NaN is "not applicable".
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import numpy.typing as npt

from careloop.measures.errors import MeasureError, Message
from careloop.measures.expectation import (
    ExpectationRule,
    ExpectationState,
    MetKind,
    expectation_state,
    expectation_states,
    met_kind,
    state_of_answer,
)
from careloop.measures.intervals import (
    Change,
    GoalState,
    Group,
    Mean,
    Share,
    Trend,
    finite_population_factor,
    goal_state,
    mean_interval,
    normal_quantile,
    sample_size,
    welch_trend,
    wilson,
)
from careloop.measures.resampling import bootstrap_index

__all__ = [
    "Change", "ExpectationRule", "ExpectationState", "GoalState", "Group", "IndexMethod", "IndexResult",
    "ItemResult", "Mean", "MetKind", "Share", "TopBox", "Trend", "MAPS", "expectation_state",
    "expectation_states", "goal_state", "map_levels", "mean_interval", "met_kind", "rescale_weights",
    "sample_size", "satisfaction_index", "state_of_answer", "top_box", "weighted_index", "welch_trend",
    "wilson",
]  # fmt: skip

Floats = npt.NDArray[np.float64]

BOOTSTRAP_SAMPLES = 2000
BOOTSTRAP_UNITS = 20_000  # above this the resampling costs seconds and the t interval is as good

LEFT_OUT = "nobody rated {item}; it leaves the index and the other weights are rescaled"
ONE_UNIT = "one unit has no spread; at least two are needed for an interval"

MAPS: Mapping[str, Mapping[int, float]] = {
    "five_level": {5: 100.0, 4: 75.0, 3: 50.0, 2: 25.0, 1: 0.0},
    "four_level": {4: 100.0, 3: 80.0, 2: 60.0, 1: 40.0},
    "three_level": {3: 100.0, 2: 70.0, 1: 50.0},
}


class IndexMethod(StrEnum):
    """Item means first, or each respondent's own index first (weights renormalized per person)."""

    ITEM_MEAN = "item_mean"
    RESPONDENT = "respondent"


@dataclass(frozen=True, slots=True)
class ItemResult:
    """One item: its mean over the units that rated it, weight after rescaling, valid answers."""

    name: str
    mean: float | None
    weight: float
    n: int


@dataclass(frozen=True, slots=True)
class IndexResult:
    """F1 with interval and goal; `n` counts companies when companies were given, else respondents.

    interval_method: `mean` (t over units), `bootstrap` (over units, percentile), `census`, `none`.
    `reason` says why there is no interval; `notes` lists items left out.
    """

    index: float
    low: float | None
    high: float | None
    n: int
    population: int | None
    goal_state: GoalState
    items: tuple[ItemResult, ...]
    respondents: int
    unit: str
    method: IndexMethod
    interval_method: str
    level: float
    goal: float
    reason: Message | None = None
    notes: tuple[Message, ...] = ()
    sd: float | None = None  # sample standard deviation of the units' own indices


@dataclass(frozen=True, slots=True)
class TopBox:
    """F2: shares of the best class, the best two and the worst two, with the mean of the levels."""

    top1: Share
    top2: Share
    bottom2: Share
    mean: float | None
    n: int
    counts: dict[int, int]


def map_levels(levels: Sequence[int | None], mapping: Mapping[int, float]) -> Floats:
    """Scores 0–100 of answer levels; None becomes NaN (not applicable).

    Raises:
        MeasureError: a level the map does not know.
    """
    unknown = sorted({level for level in levels if level is not None and level not in mapping})
    if unknown:
        raise MeasureError("level {level} is not in the map of this question", level=unknown[0])
    return np.array([np.nan if level is None else mapping[level] for level in levels], dtype=np.float64)


def rescale_weights(weights: Sequence[float] | Floats) -> Floats:
    """Weights divided by their sum (scores 24 21 21 18 17 sum to 101 and are allowed to).

    Raises:
        MeasureError: none, a negative or unreadable weight, or a sum of 0.
    """
    values = np.asarray(weights, dtype=np.float64)
    if values.ndim != 1 or values.size == 0 or not np.isfinite(values).all() or bool((values < 0).any()):
        raise MeasureError("weights must be numbers of at least 0, one per item")
    total = float(values.sum())
    if total <= 0.0:
        raise MeasureError("the weights sum to 0; give at least one item a weight")
    scaled: Floats = values / total
    return scaled


def weighted_index(means: Sequence[float | None], weights: Sequence[float]) -> float:
    """Σ w_j·x̄_j with the weights of the rated items rescaled to 1 (None = nobody rated it).

    F35 (1000-point index) is the same sum on another scale.
    """
    if len(means) != len(weights):
        raise MeasureError("{items} items but {weights} weights", items=len(means), weights=len(weights))
    rated = [(m, w) for m, w in zip(means, weights, strict=True) if m is not None]
    if not rated:
        raise MeasureError("nobody rated any item")
    share = rescale_weights([w for _, w in rated])
    return float(sum(m * w for (m, _), w in zip(rated, share, strict=True)))


def satisfaction_index(
    scores: npt.ArrayLike,
    weights: Sequence[float],
    *,
    companies: Sequence[Hashable] | None = None,
    company_weights: Mapping[Hashable, float] | None = None,
    method: IndexMethod | str = IndexMethod.ITEM_MEAN,
    population: int | None = None,
    goal: float = 75.0,
    level: float = 0.95,
    interval: str = "auto",
    seed: int = 20_260_101,
    item_names: Sequence[str] | None = None,
) -> IndexResult:
    """F1: weighted satisfaction index CSI = Σ w_j·x̄_j, 0–100, with interval and goal state.

    With companies, each item is averaged inside the company first, then over companies; without,
    every respondent is a unit. An item nobody rated leaves, the other weights are rescaled to 1.

    Args:
        scores: respondents × items, mapped to 0–100; NaN = not applicable.
        weights: one per item, any positive scale.
        companies: company of each respondent, or None for the person average.
        company_weights: value of each company, optional.
        method: item_mean (default) or respondent, fixed per questionnaire.
        population: eligible units N (companies when companies are given).
        interval: auto = t over unit indices (F3), bootstrap when item means have N/A gaps or
            companies are weighted; or force `mean` or `bootstrap`.
        seed: start of the bootstrap; row order does not change the interval.

    Raises:
        MeasureError: no answers at all, weights that do not fit, N below n.

    Source: domain file F1; percentile bootstrap: Efron & Tibshirani (1993), ch. 13.
    """
    chosen, plan = IndexMethod(method), _interval_plan(interval)
    data, share, names = _checked_scores(scores, weights, item_names)
    answered = np.asarray(~np.isnan(data[:, share > 0]).all(axis=1), dtype=np.bool_)
    units = _units(data[answered], share, chosen, _kept(companies, answered), company_weights)
    means = _weighted_means(units.items, units.weight)
    index = _weighted_means(units.own[:, None], units.weight)[0]
    if chosen is IndexMethod.ITEM_MEAN:
        index = float((means[share > 0] * share[share > 0]).sum())
    bounds = _bounds(units, share, float(index), chosen, plan, population, level, seed)
    items = _items(data, names, means, share)
    return IndexResult(
        index=float(index),
        low=bounds.low,
        high=bounds.high,
        n=int(units.own.size),
        population=population,
        goal_state=goal_state(float(index), bounds.low, goal),
        items=items,
        respondents=int(answered.sum()),
        unit="respondent" if companies is None else "company",
        method=chosen,
        interval_method=bounds.method,
        level=level,
        goal=goal,
        reason=bounds.reason,
        notes=tuple(Message(LEFT_OUT, {"item": item.name}) for item in items if item.n == 0),
        sd=float(units.own.std(ddof=1)) if units.own.size > 1 else None,
    )


def _items(data: Floats, names: Sequence[str], means: Floats, share: Floats) -> tuple[ItemResult, ...]:
    counts = (~np.isnan(data)).sum(axis=0)
    return tuple(
        ItemResult(names[j], None if np.isnan(means[j]) else float(means[j]), float(share[j]), int(counts[j]))
        for j in range(data.shape[1])
    )


@dataclass(frozen=True, slots=True)
class _Units:
    items: Floats  # units × items, NaN where nobody of the unit rated the item
    own: Floats  # index of each unit
    weight: Floats


@dataclass(frozen=True, slots=True)
class _Bounds:
    low: float | None
    high: float | None
    method: str
    reason: Message | None = None


def _interval_plan(interval: str) -> str:
    if interval not in ("auto", "mean", "bootstrap"):
        raise MeasureError("interval must be auto, mean or bootstrap, not {interval}", interval=interval)
    return interval


def _checked_scores(
    scores: npt.ArrayLike, weights: Sequence[float], item_names: Sequence[str] | None
) -> tuple[Floats, Floats, Sequence[str]]:
    """Scores as a table, weights rescaled over the rated items, names of the items."""
    data = np.asarray(scores, dtype=np.float64)
    if data.ndim != 2 or data.shape[1] != len(weights):
        raise MeasureError(
            "the scores must be a table of respondents × {items} items, one column per weight",
            items=len(weights),
        )
    if bool(np.isinf(data).any()):
        raise MeasureError("a score is infinite; scores are numbers from 0 to 100")
    rescale_weights(weights)
    share = np.where(np.isnan(data).all(axis=0), 0.0, np.asarray(weights, dtype=np.float64))
    if data.shape[0] == 0 or not bool((share > 0).any()):
        raise MeasureError("nobody rated any item that has a weight")
    names = item_names if item_names is not None else [f"item {j + 1}" for j in range(data.shape[1])]
    if len(names) != data.shape[1]:
        raise MeasureError("{names} names for {items} items", names=len(names), items=data.shape[1])
    return data, rescale_weights(share), names


def _kept(companies: Sequence[Hashable] | None, answered: npt.NDArray[np.bool_]) -> list[Hashable] | None:
    if companies is None:
        return None
    if len(companies) != answered.size:
        raise MeasureError("{companies} companies for {rows} respondents", companies=len(companies), rows=answered.size)
    return [company for company, keep in zip(companies, answered, strict=True) if keep]


def _units(
    data: Floats,
    share: Floats,
    method: IndexMethod,
    companies: list[Hashable] | None,
    company_weights: Mapping[Hashable, float] | None,
) -> _Units:
    own = _own_index(data, share)
    if companies is None:
        return _Units(data, own, np.ones(len(data)))
    place = {company: i for i, company in enumerate(dict.fromkeys(companies))}
    codes = np.array([place[company] for company in companies])
    items = np.column_stack([_group_mean(codes, data[:, j], len(place)) for j in range(data.shape[1])])
    by_item = method is IndexMethod.ITEM_MEAN
    own = _own_index(items, share) if by_item else _group_mean(codes, own, len(place))
    weight = np.ones(len(place))
    if company_weights is not None:
        missing = [company for company in place if company not in company_weights]
        if missing:
            raise MeasureError("company {company} has no weight", company=missing[0])
        weight = len(place) * rescale_weights([company_weights[company] for company in place])
    return _Units(items, own, weight)


def _own_index(data: Floats, share: Floats) -> Floats:
    """Index of each row over the items it rated, weights rescaled per row."""
    rated = ~np.isnan(data)
    own: Floats = (np.where(rated, data, 0.0) @ share) / (rated @ share)
    return own


def _group_mean(codes: npt.NDArray[np.int64], values: Floats, groups: int) -> Floats:
    known = ~np.isnan(values)
    total = np.bincount(codes[known], values[known], groups)
    count = np.bincount(codes[known], minlength=groups)
    means: Floats = np.divide(total, count, out=np.full(groups, np.nan), where=count > 0)
    return means


def _weighted_means(items: Floats, weight: Floats) -> Floats:
    rated = ~np.isnan(items)
    mass = weight @ rated
    total = weight @ np.where(rated, items, 0.0)
    means: Floats = np.divide(total, mass, out=np.full(items.shape[1], np.nan), where=mass > 0)
    return means


def _bounds(
    units: _Units,
    share: Floats,
    index: float,
    method: IndexMethod,
    plan: str,
    population: int | None,
    level: float,
    seed: int,
) -> _Bounds:
    n = int(units.own.size)
    factor = finite_population_factor(n, population)
    normal_quantile(level)
    if factor == 0.0:
        return _Bounds(index, index, "census")
    if n == 1:
        return _Bounds(None, None, "none", Message(ONE_UNIT))
    by_item = method is IndexMethod.ITEM_MEAN
    uneven = bool(np.ptp(units.weight) > 0)
    gaps = by_item and bool(np.isnan(units.items[:, share > 0]).any())
    if plan == "bootstrap" or (plan == "auto" and (gaps or uneven) and n <= BOOTSTRAP_UNITS):
        table = units.items if by_item else units.own[:, None]
        low, high = bootstrap_index(
            table,
            units.weight,
            share if by_item else np.ones(1),
            samples=BOOTSTRAP_SAMPLES,
            level=level,
            seed=seed,
        )
        return _Bounds(index - factor * (index - low), index + factor * (high - index), "bootstrap")
    interval = mean_interval(index, float(units.own.std(ddof=1)), n, population=population, level=level)
    return _Bounds(interval.low, interval.high, "mean")


def top_box(
    counts: Mapping[int, int],
    *,
    levels: int = 5,
    population: int | None = None,
    level: float = 0.95,
) -> TopBox:
    """F2: T1 = n(best)/n, T2B = n(best two)/n, B2B = n(worst two)/n with Wilson intervals.

    Args:
        counts: level (1 = worst … `levels` = best) → number of answers.
        levels: steps of the scale, at least 4 so that best two and worst two do not overlap.

    Returns:
        Shares with n; all None with a reason when there are no answers.

    Raises:
        MeasureError: a level outside 1…levels, a negative count, N below n.
    """
    if levels < 4:
        raise MeasureError("top-box figures need a scale of at least 4 steps, not {levels}", levels=levels)
    for answer, count in counts.items():
        if not 1 <= answer <= levels or count < 0:
            raise MeasureError(
                "level {answer} with {count} answers is not valid on a scale of 1 to {levels}",
                answer=answer,
                count=count,
                levels=levels,
            )
    full = {answer: int(counts.get(answer, 0)) for answer in range(levels, 0, -1)}
    n = sum(full.values())
    top1, top2, bottom2 = (
        wilson(k, n, population=population, level=level)
        for k in (full[levels], full[levels] + full[levels - 1], full[1] + full[2])
    )
    mean = sum(answer * count for answer, count in full.items()) / n if n else None
    return TopBox(top1, top2, bottom2, mean, n, full)
