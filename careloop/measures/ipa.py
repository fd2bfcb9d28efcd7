"""F8: importance–performance analysis."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from careloop.measures.errors import MeasureError


class Quadrant(StrEnum):
    """What to do with an item."""

    CONCENTRATE = "concentrate"
    KEEP = "keep"
    LOW = "low"
    OVERKILL = "overkill"


class Crosshair(StrEnum):
    """Where the axes cross: mean of the items, middle of the scale, or a goal."""

    MEAN = "mean"
    SCALE = "scale"
    GOAL = "goal"


@dataclass(frozen=True, slots=True)
class IpaResult:
    """Quadrant per item in the order given, and the cross-hairs used."""

    quadrants: tuple[Quadrant, ...]
    importance: float
    performance: float


def importance_performance(
    importance: Sequence[float],
    performance: Sequence[float],
    *,
    crosshair: Crosshair | str = Crosshair.MEAN,
    at: tuple[float, float] | None = None,
) -> IpaResult:
    """Quadrants: importance ≥ ī and performance < p̄ → concentrate; ≥, ≥ keep; <, < low; <, ≥ overkill.

    Args:
        importance: one value per item, any unit (stated, or a correlation with overall).
        performance: one value per item, any unit.
        crosshair: mean of the items; or `scale`/`goal` with the point given in `at`.
        at: (importance, performance) of the cross-hairs.

    Raises:
        MeasureError: no items, different lengths, or a missing cross-hair.

    Source: Martilla & James (1977), Journal of Marketing 41(1), 77–79.
    """
    if not importance or len(importance) != len(performance):
        raise MeasureError("one importance and one performance per item are needed")
    if Crosshair(crosshair) is Crosshair.MEAN:
        middle = (sum(importance) / len(importance), sum(performance) / len(performance))
    elif at is None:
        raise MeasureError("give importance and performance of the cross-hairs")
    else:
        middle = at
    pairs = zip(importance, performance, strict=True)
    quadrants = tuple(_quadrant(i >= middle[0] - 1e-12, p >= middle[1] - 1e-12) for i, p in pairs)
    return IpaResult(quadrants, *middle)


def _quadrant(important: bool, good: bool) -> Quadrant:
    if important:
        return Quadrant.KEEP if good else Quadrant.CONCENTRATE
    return Quadrant.OVERKILL if good else Quadrant.LOW
