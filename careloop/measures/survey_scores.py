"""F4, F4b, F9 and F10: net promoter score, customer effort, ACSI score, value ratio."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from statistics import fmean, stdev

from scipy.special import ndtr

from careloop.measures.errors import MeasureError
from careloop.measures.intervals import Mean, Share, mean_interval, normal_quantile, wilson

PROMOTER_FROM = 9
DETRACTOR_TO = 6
EFFORT_LEVELS = 7


@dataclass(frozen=True, slots=True)
class NetPromoter:
    """F4 in points (−100…100); `low`/`high` are the adjusted-Wald bounds, Wald stands beside."""

    nps: float
    low: float
    high: float
    n: int
    promoters: int
    passives: int
    detractors: int
    centre: float
    standard_error: float
    wald_low: float
    wald_high: float
    level: float
    population: int | None = None


@dataclass(frozen=True, slots=True)
class NetPromoterChange:
    """Difference of two independent scores in points with the two-sample z test."""

    difference: float
    standard_error: float
    z: float | None
    p: float | None


@dataclass(frozen=True, slots=True)
class Effort:
    """F4b on 1–7, 7 = very easy: `mean`, `net` = %6–7 − %1–3, `agree` = %5–7; name the variant."""

    mean: Mean
    net: float
    net_low: float
    net_high: float
    agree: Share
    n: int


class ValueVerdict(StrEnum):
    """Value against cost: below 1, exactly 1, above 1."""

    POOR = "poor_value"
    BALANCE = "balance"
    GOOD = "good_value"


@dataclass(frozen=True, slots=True)
class ValueRatio:
    """F10: total value, total cost and their ratio; never on one axis with a percentage index."""

    value: float
    cost: float
    ratio: float
    verdict: ValueVerdict


def count_recommendations(scores: Iterable[int]) -> tuple[int, int, int]:
    """Promoters (9–10), passives (7–8), detractors (0–6) of answers 0–10."""
    promoters = passives = detractors = 0
    for score in scores:
        if not 0 <= score <= 10 or score != int(score):
            raise MeasureError("{score} is not a whole number from 0 to 10", score=score)
        promoters += score >= PROMOTER_FROM
        detractors += score <= DETRACTOR_TO
        passives += DETRACTOR_TO < score < PROMOTER_FROM
    return promoters, passives, detractors


def net_promoter(
    promoters: int, passives: int, detractors: int, *, population: int | None = None, level: float = 0.95
) -> NetPromoter:
    """F4: 100·(p − d) with variance p + d − (p − d)².

    The main interval is adjusted Wald: ¾ is added to promoters and detractors, 3 to n, and the
    bounds stay inside ±100; the plain Wald interval is reported beside it, not cut. A finite
    population N replaces n by n(N−1)/(N−n) as in F3.

    Raises:
        MeasureError: negative counts, no answers, N below n.

    Source: Rocks (2016), The American Statistician 70(4), 365–372.
    """
    n = promoters + passives + detractors
    if min(promoters, passives, detractors) < 0 or n == 0:
        raise MeasureError("a net promoter score needs at least one answer and no negative count")
    if population is not None and population < n:
        raise MeasureError("population {population} is smaller than the {n} valid answers", population=population, n=n)
    z = normal_quantile(level)
    p, d = promoters / n, detractors / n
    nps = 100.0 * (p - d)
    if population == n:
        return NetPromoter(nps, nps, nps, n, promoters, passives, detractors, nps, 0.0, nps, nps, level, population)
    size = float(n) if population is None else n * (population - 1) / (population - n)
    error = math.sqrt(max(p + d - (p - d) ** 2, 0.0) / size)
    p_adjusted, d_adjusted = (p * size + 0.75) / (size + 3.0), (d * size + 0.75) / (size + 3.0)
    centre = p_adjusted - d_adjusted
    half = z * math.sqrt((p_adjusted + d_adjusted - centre**2) / (size + 3.0))
    return NetPromoter(
        nps=nps,
        low=max(-100.0, 100.0 * (centre - half)),
        high=min(100.0, 100.0 * (centre + half)),
        n=n,
        promoters=promoters,
        passives=passives,
        detractors=detractors,
        centre=100.0 * centre,
        standard_error=100.0 * error,
        wald_low=nps - 100.0 * z * error,
        wald_high=nps + 100.0 * z * error,
        level=level,
        population=population,
    )


def compare_net_promoters(first: NetPromoter, second: NetPromoter) -> NetPromoterChange:
    """Second minus first with z = difference/√(se₁² + se₂²); z is None when both errors are 0."""
    error = math.hypot(first.standard_error, second.standard_error)
    difference = second.nps - first.nps
    if error == 0.0:
        return NetPromoterChange(difference, 0.0, None, None)
    z = difference / error
    return NetPromoterChange(difference, error, z, 2.0 * float(ndtr(-abs(z))))


def customer_effort(counts: Mapping[int, int], *, population: int | None = None, level: float = 0.95) -> Effort:
    """F4b from level (1–7) → answers, all three published variants with intervals.

    Raises:
        MeasureError: a level outside 1–7, negative counts, no answers.
    """
    for answer, count in counts.items():
        if not 1 <= answer <= EFFORT_LEVELS or count < 0:
            raise MeasureError(
                "level {answer} with {count} answers is not valid on a scale of 1 to 7",
                answer=answer,
                count=count,
            )
    n = sum(counts.values())
    if n == 0:
        raise MeasureError("there are no valid answers")
    mean = sum(answer * count for answer, count in counts.items()) / n
    spread = sum(count * (answer - mean) ** 2 for answer, count in counts.items())
    sd = math.sqrt(spread / (n - 1)) if n > 1 else 0.0
    easy = sum(count for answer, count in counts.items() if answer >= 6)
    hard = sum(count for answer, count in counts.items() if answer <= 3)
    agree = sum(count for answer, count in counts.items() if answer >= 5)
    net = net_promoter(easy, n - easy - hard, hard, population=population, level=level)
    return Effort(
        mean_interval(mean, sd, n, population=population, level=level),
        net.nps,
        net.low,
        net.high,
        wilson(agree, n, population=population, level=level),
        n,
    )


def acsi_score(
    means: Sequence[float],
    weights: Sequence[float] | None = None,
    *,
    lowest: float = 1.0,
    highest: float = 10.0,
) -> float:
    """F9: Σ w_j·(x̄_j − 1)/9·100 of overall, against expectation, against ideal; weights rescaled to 1.

    Raises:
        MeasureError: a mean outside the scale, weights that do not fit.

    Source: American Customer Satisfaction Index, methodology.
    """
    share = [1.0] * len(means) if weights is None else [float(w) for w in weights]
    if not means or len(share) != len(means) or min(share) < 0 or sum(share) <= 0:
        raise MeasureError("one weight of at least 0 per question is needed, not all 0")
    for mean in means:
        if not lowest <= mean <= highest:
            raise MeasureError(
                "{mean} is outside the scale {lowest} to {highest}",
                mean=mean,
                lowest=lowest,
                highest=highest,
            )
    raw = sum(w * (m - lowest) for w, m in zip(share, means, strict=True))
    return 100.0 * raw / (sum(share) * (highest - lowest))


def value_ratio(
    values: Sequence[float],
    value_weights: Sequence[float],
    costs: Sequence[float],
    cost_weights: Sequence[float],
) -> ValueRatio:
    """F10: V = Σ a_i·v_i (product, service, staff, image) over C = Σ b_k·c_k (money, time, effort).

    Ratings 1–10; each set of weights is rescaled to 1. Below 1 poor value, 1 balance.

    Raises:
        MeasureError: weights that do not fit, or a rating outside 1–10.
    """
    value, cost = _weighted(values, value_weights), _weighted(costs, cost_weights)
    ratio = value / cost
    if math.isclose(ratio, 1.0, abs_tol=1e-9):
        verdict = ValueVerdict.BALANCE
    else:
        verdict = ValueVerdict.GOOD if ratio > 1.0 else ValueVerdict.POOR
    return ValueRatio(value, cost, ratio, verdict)


def value_ratio_interval(
    ratio: float,
    values: Sequence[float],
    costs: Sequence[float],
    *,
    population: int | None = None,
    level: float = 0.95,
) -> Mean:
    """F10 with its interval: the ratio of two means over the same respondents, by linearization.

    The residuals (V_u − R·C_u) / C̄ of the respondents' own totals have the variance of the ratio to first order;
    the interval is the t interval of their mean, moved to the ratio, never below 0.

    Args:
        ratio: the published ratio R.
        values: each respondent's total value V_u, 1–10.
        costs: each respondent's total cost C_u, 1–10, in the same order.
        population: eligible respondents N, or None for unlimited.

    Raises:
        MeasureError: sides of different length, nobody, or a rating outside 1–10.

    Source: Cochran (1977), Sampling Techniques, 6.4.
    """
    if not values or len(values) != len(costs):
        raise MeasureError("one weight of at least 0 per rating is needed, not all 0")
    if not all(1.0 <= rating <= 10.0 for rating in (*values, *costs)):
        raise MeasureError("ratings of value and cost go from 1 to 10")
    mean_cost = fmean(costs)
    residuals = [(value - ratio * cost) / mean_cost for value, cost in zip(values, costs, strict=True)]
    spread = stdev(residuals) if len(residuals) > 1 else 0.0
    found = mean_interval(ratio, spread, len(residuals), population=population, level=level)
    return replace(found, low=None if found.low is None else max(0.0, found.low))


def _weighted(ratings: Sequence[float], weights: Sequence[float]) -> float:
    if not ratings or len(ratings) != len(weights) or min(weights) < 0 or sum(weights) <= 0:
        raise MeasureError("one weight of at least 0 per rating is needed, not all 0")
    if not all(1.0 <= rating <= 10.0 for rating in ratings):
        raise MeasureError("ratings of value and cost go from 1 to 10")
    return sum(r * w for r, w in zip(ratings, weights, strict=True)) / sum(weights)
