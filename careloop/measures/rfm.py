"""F11: recency, frequency and monetary classes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from careloop.measures.errors import MeasureError

CLASSES = 5

TYPES = {
    "HHH": "important_value",
    "HLH": "important_develop",
    "LHH": "important_keep",
    "LLH": "important_win_back",
    "HHL": "general_value",
    "HLL": "general_develop",
    "LHL": "general_keep",
    "LLL": "general_win_back",
}


@dataclass(frozen=True, slots=True)
class RfmResult:
    """Classes 1–5 (5 best) in the order of the input, high/low pattern, and type of each customer."""

    recency: tuple[int, ...]
    frequency: tuple[int, ...]
    monetary: tuple[int, ...]
    patterns: tuple[str, ...]
    types: tuple[str, ...]
    n: int


def rfm(
    days_since_last: Sequence[float],
    orders: Sequence[float],
    value: Sequence[float],
    *,
    ties: str = "better",
) -> RfmResult:
    """Quintile classes over active customers, few days since the last order are good.

    class = ceil(5·(customers not better)/n), so equal values get the better class. The eight types
    compare each class with the mean of the classes; high = at or above it. For equipment bought
    once a year compare recency with the customer's own rhythm instead (`churn`).

    Args:
        days_since_last: days, ≥ 0.
        orders: number of orders in the window.
        value: money in the window.
        ties: `better` as above; `order` ranks equal values by their place in the input and cuts the
            ranks at their interpolated quintiles, as tables made with quantile cuts do.

    Raises:
        MeasureError: no customers, lengths that differ, a value that is not a number.

    Source: Hughes (1994), Strategic Database Marketing.
    """
    columns = [np.asarray(c, dtype=np.float64) for c in (days_since_last, orders, value)]
    if not columns[0].size or len({c.size for c in columns}) != 1:
        raise MeasureError("recency, frequency and value must have one number per customer")
    if not all(np.isfinite(c).all() for c in columns):
        raise MeasureError("recency, frequency and value must be numbers")
    if ties not in ("better", "order"):
        raise MeasureError("ties must be better or order, not {ties}", ties=ties)
    scores = [_classes(sign * column, ties) for sign, column in zip((-1.0, 1.0, 1.0), columns, strict=True)]
    high = np.column_stack([score >= score.mean() - 1e-12 for score in scores])
    patterns = tuple("".join("H" if h else "L" for h in row) for row in high)
    recency, frequency, monetary = (tuple(int(s) for s in score) for score in scores)
    types = tuple(TYPES[pattern] for pattern in patterns)
    return RfmResult(recency, frequency, monetary, patterns, types, len(patterns))


def _classes(good: npt.NDArray[np.float64], ties: str) -> npt.NDArray[np.int64]:
    if ties == "order":
        rank = np.empty(good.size, dtype=np.int64)
        rank[np.argsort(good, kind="stable")] = np.arange(good.size)
        return np.maximum(1, -(-CLASSES * rank // max(1, good.size - 1)))
    not_better = np.searchsorted(np.sort(good), good, side="right")
    return -(-CLASSES * not_better // good.size)
