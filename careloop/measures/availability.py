"""F20: mean time between failures, mean time to repair, availability."""

from __future__ import annotations

from dataclasses import dataclass

from scipy.special import chdtri

from careloop.measures.errors import MeasureError, Message


@dataclass(frozen=True, slots=True)
class Availability:
    """Hours and fractions; a figure that has no data is None.

    With failures `mtbf_low`/`mtbf_high` are two-sided bounds (observation ended by time). Without,
    mtbf and mtbf_high are None and mtbf_low is the one-sided lower bound: never infinity.
    """

    failures: int
    operating_hours: float
    mtbf: float | None
    mtbf_low: float
    mtbf_high: float | None
    mttr: float | None
    inherent: float | None
    operational: float | None
    level: float
    reason: Message | None = None


def availability(
    operating_hours: float,
    failures: int,
    *,
    repair_hours: float | None = None,
    down_hours: float | None = None,
    level: float = 0.90,
) -> Availability:
    """MTBF = T/n, MTTR = repair/n, inherent A = MTBF/(MTBF+MTTR), operational with mean down time.

    Bounds of MTBF: 2T/χ²(1−α/2; 2n+2) and 2T/χ²(α/2; 2n); no failures: lower 2T/χ²(level; 2).

    Args:
        operating_hours: T, hours of operation of all machines together, > 0.
        failures: n ≥ 0.
        repair_hours: sum of active repair time.
        down_hours: sum of down time including waiting.

    Raises:
        MeasureError: T ≤ 0, negative numbers, down time below repair time.

    Source: IEC 60050-192; bounds: Epstein & Sobel (1953), JASA 48, 486–502.
    """
    if not 0 < operating_hours < float("inf") or failures < 0 or not 0 < level < 1:
        raise MeasureError("operating hours must be above 0, failures at least 0, level between 0 and 1")
    for hours in (repair_hours, down_hours):
        if hours is not None and not 0 <= hours < float("inf"):
            raise MeasureError("repair and down time must be at least 0")
    if repair_hours is not None and down_hours is not None and down_hours < repair_hours:
        raise MeasureError("down time includes repair time, so it cannot be shorter")
    if failures == 0:
        low = 2.0 * operating_hours / float(chdtri(2, 1.0 - level))
        reason = Message("no failures: only a lower bound of the MTBF can be given")
        return Availability(0, operating_hours, None, low, None, None, None, None, level, reason)
    tail = (1.0 - level) / 2.0
    low = 2.0 * operating_hours / float(chdtri(2 * failures + 2, tail))
    high = 2.0 * operating_hours / float(chdtri(2 * failures, 1.0 - tail))
    mtbf = operating_hours / failures
    mttr = None if repair_hours is None else repair_hours / failures
    inherent = None if mttr is None else mtbf / (mtbf + mttr)
    operational = None if down_hours is None else mtbf / (mtbf + down_hours / failures)
    return Availability(failures, operating_hours, mtbf, low, high, mttr, inherent, operational, level)
