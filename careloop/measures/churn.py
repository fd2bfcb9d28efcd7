"""F14: loss of customers without contract, from their own rhythm."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from careloop.measures.errors import MeasureError, Message

OWN_RHYTHM_FROM = 4


class ChurnState(StrEnum):
    """How far the time since the last service is outside the rhythm."""

    ACTIVE = "active"
    SLIPPING = "slipping"
    DORMANT = "dormant"
    LOST = "lost"


@dataclass(frozen=True, slots=True)
class Rhythm:
    """State of a customer with its borders in days; `source` is own, segment or none."""

    state: ChurnState | None
    median_days: float | None
    active_until: float | None
    slipping_until: float | None
    lost_after: float | None
    intervals: int
    source: str
    reason: Message | None = None


def rhythm_state(
    intervals: Sequence[float],
    days_since_last: float,
    *,
    segment: tuple[float, float] | None = None,
    confirmed_lost: bool = False,
) -> Rhythm:
    """Active ≤ P90 of the own intervals; slipping ≤ 1.5·P90; dormant above; lost > 3·median.

    A confirmed reason makes a customer lost at once. Lost needs both borders (3·median and
    1.5·P90) to be passed, so an irregular customer inside his own rhythm stays active.

    Args:
        intervals: days between consecutive services, oldest first; fewer than 4 use the segment.
        days_since_last: days since the last service.
        segment: (median, P90) of the customer's segment in days.

    Returns:
        State and borders; state None with a reason when neither rhythm is known. A machine
        sold, scrapped or shut down is not churn: leave such customers out.

    Raises:
        MeasureError: a negative or missing number.
    """
    values = np.asarray(intervals, dtype=np.float64)
    if not np.isfinite(values).all() or bool((values < 0).any()) or not days_since_last >= 0:
        raise MeasureError("intervals and days since the last service must be at least 0")
    if values.size >= OWN_RHYTHM_FROM:
        median, border = float(np.median(values)), float(np.quantile(values, 0.9))
        source = "own"
    elif segment is not None:
        (median, border), source = segment, "segment"
    else:
        state = ChurnState.LOST if confirmed_lost else None
        reason = Message("fewer than four intervals and no segment to compare with")
        return Rhythm(state, None, None, None, None, values.size, "none", reason)
    state = _state(days_since_last, border, 3.0 * median, confirmed_lost)
    return Rhythm(state, median, border, 1.5 * border, 3.0 * median, values.size, source)


def _state(days: float, border: float, lost_after: float, confirmed_lost: bool) -> ChurnState:
    if confirmed_lost:
        return ChurnState.LOST
    if days <= border:
        return ChurnState.ACTIVE
    if days <= 1.5 * border:
        return ChurnState.SLIPPING
    return ChurnState.LOST if days > lost_after else ChurnState.DORMANT


def segment_rhythm(intervals: Sequence[float]) -> tuple[float, float] | None:
    """(median, P90) of all intervals of a segment, or None without any."""
    values = np.asarray(intervals, dtype=np.float64)
    return (float(np.median(values)), float(np.quantile(values, 0.9))) if values.size else None
