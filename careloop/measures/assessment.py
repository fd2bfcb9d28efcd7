"""F28: fair figures of persons — minimum n, shrinkage, case mix, funnel limits, composite."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from careloop.measures.errors import MeasureError, Message
from careloop.measures.intervals import normal_quantile

MINIMUM_N = 10
SHRINKAGE = 20.0


@dataclass(frozen=True, slots=True)
class PersonFigure:
    """Share k of n against the common level; fractions.

    With n below the minimum `shrunk`, limits and `differs` are None and the reason says too few.
    """

    k: int
    n: int
    raw: float | None
    shrunk: float | None
    low_limit: float | None
    high_limit: float | None
    differs: bool | None
    reason: Message | None = None


@dataclass(frozen=True, slots=True)
class CaseMix:
    """Observed successes, expected from the class rates, O/E, and the adjusted share O/E·overall."""

    observed: int
    expected: float
    ratio: float
    n: int


@dataclass(frozen=True, slots=True)
class Composite:
    """Weighted score of the parts that have enough data; `left_out` names the others."""

    score: float
    weights: tuple[tuple[str, float], ...]
    left_out: tuple[str, ...]


def shrunk_share(k: int, n: int, overall: float, *, strength: float = SHRINKAGE) -> float:
    """(k + K·p₀)/(n + K): a small sample is drawn towards the common share p₀."""
    if n < 0 or not 0 <= k <= n or not 0.0 <= overall <= 1.0 or not strength >= 0 or n + strength == 0:
        raise MeasureError("0 ≤ k ≤ n, a common share from 0 to 1 and K ≥ 0 are needed")
    return (k + strength * overall) / (n + strength)


def funnel_limits(overall: float, n: int, *, level: float = 0.95) -> tuple[float, float]:
    """p₀ ± z·√(p₀(1−p₀)/n), kept inside 0…1; only points outside are different.

    Source: Spiegelhalter (2005), Statistics in Medicine 24, 1185–1202.
    """
    if n < 1 or not 0.0 <= overall <= 1.0:
        raise MeasureError("funnel limits need n ≥ 1 and a common share from 0 to 1")
    half = normal_quantile(level) * math.sqrt(overall * (1.0 - overall) / n)
    return max(0.0, overall - half), min(1.0, overall + half)


def person_figure(
    k: int,
    n: int,
    overall: float,
    *,
    minimum: int = MINIMUM_N,
    strength: float = SHRINKAGE,
    level: float = 0.95,
) -> PersonFigure:
    """One person's share with shrinkage and funnel limits, or "too few" below the minimum n.

    Persons are ordered by `shrunk`, never by `raw`, and never shown as a public league table.
    """
    value = shrunk_share(k, n, overall, strength=strength)
    raw = k / n if n else None
    if n < minimum:
        reason = Message("too few: {n} of at least {minimum} cases", {"n": n, "minimum": minimum})
        return PersonFigure(k, n, raw, None, None, None, None, reason)
    low, high = funnel_limits(overall, n, level=level)
    return PersonFigure(k, n, raw, value, low, high, not low <= k / n <= high)


def case_mix(classes: Sequence[tuple[int, float]], observed: int) -> CaseMix:
    """Observed ÷ expected, expected = Σ cases·rate of the class.

    Args:
        classes: (cases of the person, common success rate of the class).
        observed: successes of the person.

    Raises:
        MeasureError: a negative count, a rate outside 0…1, nothing expected.
    """
    n = sum(count for count, _ in classes)
    if any(count < 0 or not 0.0 <= rate <= 1.0 for count, rate in classes) or not 0 <= observed <= n:
        raise MeasureError("cases must be at least 0, rates from 0 to 1, successes at most the cases")
    expected = sum(count * rate for count, rate in classes)
    if expected <= 0.0:
        raise MeasureError("no success is expected, so there is nothing to compare with")
    return CaseMix(observed, expected, observed / expected, n)


def composite(parts: Sequence[tuple[str, float, float | None]]) -> Composite:
    """Σ weight·score over the parts with a score; their weights are rescaled to 1.

    Args:
        parts: (name, weight, score 0–100 or None for "too few").

    Raises:
        MeasureError: no part with a score and a weight above 0, or a negative weight.
    """
    if any(weight < 0 for _, weight, _ in parts):
        raise MeasureError("weights must be at least 0")
    known = [(name, weight, score) for name, weight, score in parts if score is not None]
    total = sum(weight for _, weight, _ in known)
    if total <= 0:
        raise MeasureError("no part has enough data, so there is no composite")
    return Composite(
        sum(weight * score for _, weight, score in known) / total,
        tuple((name, weight / total) for name, weight, _ in known),
        tuple(name for name, _, score in parts if score is None),
    )
