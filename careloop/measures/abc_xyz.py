"""F15: ABC classes by value and XYZ classes by regularity of demand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from careloop.measures.errors import MeasureError, Message

ROUNDING = 1e-12


@dataclass(frozen=True, slots=True)
class AbcItem:
    """Class of one item in the order of the input; `share_before` is the value share of larger items."""

    abc: str
    share_before: float
    share: float


@dataclass(frozen=True, slots=True)
class Regularity:
    """XYZ class with the coefficient of variation; cv None with a reason without any demand."""

    xyz: str
    cv: float | None
    reason: Message | None = None


def abc_classes(values: Sequence[float], *, a: float = 0.80, b: float = 0.95) -> tuple[AbcItem, ...]:
    """A when the cumulative share **before** the item is below `a`, B when below `b`, else C.

    Items are ordered by value, equal values by their place in the input.

    Args:
        values: yearly value per item in money, ≥ 0.

    Raises:
        MeasureError: no items, a negative value, a sum of 0, or borders out of order.
    """
    money = np.asarray(values, dtype=np.float64)
    if not money.size or not np.isfinite(money).all() or bool((money < 0).any()):
        raise MeasureError("values must be numbers of at least 0, for at least one item")
    if not 0.0 < a < b <= 1.0:
        raise MeasureError("borders must satisfy 0 < A < B ≤ 1")
    total = float(money.sum())
    if total <= 0.0:
        raise MeasureError("all values are 0, so there is nothing to classify")
    order = np.argsort(-money, kind="stable")
    before = np.empty(money.size)
    before[order] = np.r_[0.0, np.cumsum(money[order])[:-1]] / total
    return tuple(
        AbcItem(
            "A" if share < a - ROUNDING else "B" if share < b - ROUNDING else "C",
            float(share),
            float(v) / total,
        )
        for share, v in zip(before, money, strict=True)
    )


def xyz_class(demand: Sequence[float], *, x: float = 0.5, y: float = 1.0) -> Regularity:
    """CV = population standard deviation ÷ mean; X ≤ 0.5, Y ≤ 1.0, Z above.

    Args:
        demand: pieces per period, usually 12 months, ≥ 0; a month without demand is 0.

    Raises:
        MeasureError: no periods, or a negative or missing quantity.
    """
    pieces = np.asarray(demand, dtype=np.float64)
    if not pieces.size or not np.isfinite(pieces).all() or bool((pieces < 0).any()):
        raise MeasureError("demand must be numbers of at least 0, for at least one period")
    mean = float(pieces.mean())
    if mean == 0.0:
        return Regularity("Z", None, Message("there was no demand"))
    cv = float(pieces.std()) / mean
    border = cv - ROUNDING
    return Regularity("X" if border <= x else "Y" if border <= y else "Z", cv)
