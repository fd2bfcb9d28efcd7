"""F3: intervals of shares, means and counts, finite populations, goals, trends, sample size.

Scalars only and no scipy.stats: the web process imports this module.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum
from statistics import NormalDist

from scipy.special import gammainc, gammaincinv, stdtr, stdtrit

from careloop.measures.errors import MeasureError, Message

NO_ANSWERS = "there are no valid answers"
ONE_ANSWER = "one answer has no spread; at least two are needed for an interval"
NO_SPREAD = "the spread is not known, so there is nothing to test"


class GoalState(StrEnum):
    """A goal compared with an estimate and its lower bound."""

    MET_SHOWN = "met_shown"
    MET_NOT_PROVEN = "met_not_proven"
    NOT_MET = "not_met"


class Trend(StrEnum):
    """Direction of a change and whether the test shows it."""

    RISING = "rising"
    RISING_NOT_PROVEN = "rising_not_proven"
    FALLING = "falling"
    FALLING_NOT_PROVEN = "falling_not_proven"
    UNCHANGED = "unchanged"


@dataclass(frozen=True, slots=True)
class Share:
    """k of n as a fraction with its interval; all None when n = 0, and `reason` says so."""

    k: int
    n: int
    share: float | None
    low: float | None
    high: float | None
    level: float = 0.95
    population: int | None = None
    reason: Message | None = None

    @property
    def percent(self) -> float | None:
        """The share times 100."""
        return None if self.share is None else 100.0 * self.share

    @property
    def low_percent(self) -> float | None:
        """The lower bound times 100."""
        return None if self.low is None else 100.0 * self.low

    @property
    def high_percent(self) -> float | None:
        """The upper bound times 100."""
        return None if self.high is None else 100.0 * self.high


@dataclass(frozen=True, slots=True)
class Mean:
    """A mean with its t interval; `low` and `high` are None when n < 2, and `reason` says so."""

    mean: float
    low: float | None
    high: float | None
    n: int
    standard_error: float | None
    population: int | None = None
    level: float = 0.95
    reason: Message | None = None


@dataclass(frozen=True, slots=True)
class Rate:
    """A Poisson count per `per` units of exposure with its exact interval."""

    count: int
    exposure: float
    rate: float
    low: float
    high: float
    per: float
    level: float = 0.95


@dataclass(frozen=True, slots=True)
class Group:
    """One side of a comparison: mean, sample standard deviation, valid answers, population."""

    mean: float
    sd: float
    n: int
    population: int | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """Welch's test of `second` against `first`; `p` is two-sided, None when it cannot be tested."""

    difference: float
    standard_error: float | None
    t: float | None
    df: float | None
    p: float | None
    trend: Trend
    reason: Message | None = None


def normal_quantile(level: float) -> float:
    """Two-sided z of a confidence level: 0.95 → 1.959964."""
    if not 0.0 < level < 1.0:
        raise MeasureError("the confidence level must be between 0 and 1, not {level}", level=level)
    return NormalDist().inv_cdf(0.5 + level / 2.0)


def _check_population(n: int, population: int | None) -> None:
    if population is not None and population < n:
        raise MeasureError(
            "population {population} is smaller than the {n} valid answers; count again who was eligible",
            population=population,
            n=n,
        )


def finite_population_factor(n: int, population: int | None) -> float:
    """√((N−n)/(N−1)); 1 for an unlimited population, 0 for a census."""
    _check_population(n, population)
    if population is None:
        return 1.0
    return 0.0 if population <= 1 else math.sqrt((population - n) / (population - 1))


def wilson(k: int, n: int, *, population: int | None = None, level: float = 0.95) -> Share:
    """Share k/n with Wilson's score interval (fractions of 1).

    centre = (p + z²/2n)/(1 + z²/n), half = z·√(p(1−p)/n + z²/4n²)/(1 + z²/n). A finite
    population N replaces n by n(N−1)/(N−n); n = N is a census and has width 0.

    Args:
        k: answers that count, 0 ≤ k ≤ n.
        n: valid answers; 0 gives None with a reason.
        population: eligible units N ≥ n, or None for unlimited.
        level: two-sided confidence level.

    Raises:
        MeasureError: k outside 0…n, N below n, level outside (0, 1).

    Source: Wilson (1927), JASA 22, 209–212.
    """
    z = normal_quantile(level)
    if n < 0 or not 0 <= k <= max(n, 0):
        raise MeasureError("{k} of {n} is not a share: 0 ≤ k ≤ n is needed", k=k, n=n)
    _check_population(n, population)
    if n == 0:
        return Share(k, n, None, None, None, level, population, Message(NO_ANSWERS))
    p = k / n
    if population is not None and population == n:
        return Share(k, n, p, p, p, level, population)
    size = float(n) if population is None else n * (population - 1) / (population - n)
    scale = 1.0 + z * z / size
    centre = (p + z * z / (2.0 * size)) / scale
    half = z * math.sqrt(p * (1.0 - p) / size + z * z / (4.0 * size * size)) / scale
    low = 0.0 if k == 0 else max(0.0, centre - half)
    high = 1.0 if k == n else min(1.0, centre + half)
    return Share(k, n, p, low, high, level, population)


def mean_interval(mean: float, sd: float, n: int, *, population: int | None = None, level: float = 0.95) -> Mean:
    """Mean with t interval: m ± t(n−1)·s/√n·√((N−n)/(N−1)), in the unit of the data.

    Args:
        mean: mean of n valid answers.
        sd: sample standard deviation (divisor n−1), ≥ 0.
        n: valid answers ≥ 1; one answer has no interval unless it is the whole population.
        population: eligible units N, or None for unlimited.

    Raises:
        MeasureError: n < 1, sd < 0, N < n.

    Source: Cochran (1977), Sampling Techniques, 2.8.
    """
    normal_quantile(level)
    if n < 1:
        raise MeasureError(NO_ANSWERS)
    if sd < 0 or not math.isfinite(sd) or not math.isfinite(mean):
        raise MeasureError("mean {mean} and standard deviation {sd} must be numbers, sd ≥ 0", mean=mean, sd=sd)
    factor = finite_population_factor(n, population)
    if factor == 0.0:
        return Mean(mean, mean, mean, n, 0.0, population, level)
    if n == 1:
        return Mean(mean, None, None, n, None, population, level, Message(ONE_ANSWER))
    error = sd / math.sqrt(n) * factor
    half = float(stdtrit(n - 1, 0.5 + level / 2.0)) * error
    return Mean(mean, mean - half, mean + half, n, error, population, level)


def goal_state(value: float, low: float | None, goal: float = 75.0) -> GoalState:
    """Met and shown when the lower bound reaches the goal; met, not proven when only the value does."""
    if value < goal:
        return GoalState.NOT_MET
    if low is not None and low >= goal:
        return GoalState.MET_SHOWN
    return GoalState.MET_NOT_PROVEN


def welch_trend(first: Group, second: Group, *, level: float = 0.95) -> Change:
    """Change from `first` to `second` with Welch's t test, finite populations respected.

    Each standard error is s/√n·√((N−n)/(N−1)); the degrees of freedom follow
    Welch–Satterthwaite. The change is proven when p < 1 − level. Two censuses need no test:
    any difference is real.

    Raises:
        MeasureError: a group without answers, negative sd, N < n.

    Source: Welch (1947), Biometrika 34, 28–35.
    """
    sides = [mean_interval(g.mean, g.sd, g.n, population=g.population, level=level) for g in (first, second)]
    difference = second.mean - first.mean
    errors = [side.standard_error for side in sides]
    if errors[0] is None or errors[1] is None:
        return Change(difference, None, None, None, None, _trend(difference, False), Message(ONE_ANSWER))
    variances = (errors[0] ** 2, errors[1] ** 2)
    error = math.sqrt(sum(variances))
    if error == 0.0:
        census = all(s.population == s.n for s in sides)
        reason = None if census else Message("neither group has any spread, so there is nothing to test")
        return Change(difference, 0.0, None, None, None, _trend(difference, census), reason)
    t = difference / error
    spread = sum(v * v / (g.n - 1) for v, g in zip(variances, (first, second), strict=True) if v > 0)
    df = error**4 / spread
    p = 2.0 * float(stdtr(df, -abs(t)))
    return Change(difference, error, t, df, p, _trend(difference, p < 1.0 - level))


def untested(difference: float) -> Change:
    """A change between two figures of which only the values are known."""
    return Change(difference, None, None, None, None, _trend(difference, False), Message(NO_SPREAD))


def _trend(difference: float, proven: bool) -> Trend:
    if difference == 0.0:
        return Trend.UNCHANGED
    if difference > 0.0:
        return Trend.RISING if proven else Trend.RISING_NOT_PROVEN
    return Trend.FALLING if proven else Trend.FALLING_NOT_PROVEN


def sample_size(margin: float, *, share: float = 0.5, population: int | None = None, level: float = 0.95) -> int:
    """Answers needed so that a share is known to ± `margin`, rounded up.

    n0 = z²·p(1−p)/e², n = n0/(1 + (n0−1)/N). A result of N means: ask everybody.

    Args:
        margin: half width e as a fraction, 0 < e < 1.
        share: expected share p; 0.5 is the safe choice.
        population: eligible units N ≥ 1, or None for unlimited.

    Source: Cochran (1977), Sampling Techniques, 4.4.
    """
    z = normal_quantile(level)
    if not 0.0 < margin < 1.0 or not 0.0 <= share <= 1.0:
        raise MeasureError("margin must be between 0 and 1 and share from 0 to 1")
    if population is not None and population < 1:
        raise MeasureError("population must be at least 1, not {population}", population=population)
    unlimited = z * z * share * (1.0 - share) / (margin * margin)
    needed = unlimited if population is None else unlimited / (1.0 + (unlimited - 1.0) / population)
    size = max(1, math.ceil(round(needed, 9)))
    return size if population is None else min(size, population)


def poisson_rate(count: int, exposure: float, *, per: float = 1.0, level: float = 0.95) -> Rate:
    """Count per `per` units of exposure with the exact (Garwood) interval.

    low = χ²(α/2; 2c)/2, high = χ²(1−α/2; 2c+2)/2, both divided by the exposure; 0 events have
    low 0 and a finite upper bound.

    Raises:
        MeasureError: count < 0 or exposure ≤ 0.

    Source: Garwood (1936), Biometrika 28, 437–442.
    """
    normal_quantile(level)
    if count < 0 or not exposure > 0 or not math.isfinite(exposure):
        raise MeasureError(
            "a rate needs a count ≥ 0 and an exposure above 0, not {count} in {exposure}",
            count=count,
            exposure=exposure,
        )
    tail = (1.0 - level) / 2.0
    low = 0.0 if count == 0 else float(gammaincinv(count, tail))
    high = float(gammaincinv(count + 1, 1.0 - tail))
    unit = per / exposure
    return Rate(count, exposure, count * unit, low * unit, high * unit, per, level)


def poisson_tail(count: int, expected: float) -> float:
    """Probability of `count` or more events when `expected` are usual; 1 for no event, 0 when none is usual.

    Raises:
        MeasureError: count or expected below 0.
    """
    if count < 0 or not 0 <= expected < math.inf:
        raise MeasureError("count and expected number must be at least 0")
    if count == 0:
        return 1.0
    return float(gammainc(count, expected))
