"""F22 and F23: on-time attainment, complaint rate, incidents per thousand vehicles, closure."""

from __future__ import annotations

from dataclasses import dataclass

from careloop.measures.errors import MeasureError
from careloop.measures.intervals import Rate, Share, poisson_rate, wilson


@dataclass(frozen=True, slots=True)
class Attainment:
    """Share of promises kept, with what it is made of."""

    share: Share
    met: int
    breached: int
    open_overdue: int
    open_not_due: int


def attainment(
    *,
    met: int,
    breached: int,
    open_overdue: int = 0,
    open_not_due: int = 0,
    population: int | None = None,
    level: float = 0.95,
) -> Attainment:
    """F22: met/(met + breached + open overdue), with Wilson's interval.

    Args:
        met: closed in time.
        breached: closed too late.
        open_overdue: open and past the due time: they count as missed.
        open_not_due: open and not yet due: left out of the share, reported beside it.

    Returns:
        `share` is None with a reason when nothing was due yet.

    Raises:
        MeasureError: a negative count.
    """
    if min(met, breached, open_overdue, open_not_due) < 0:
        raise MeasureError("counts must not be negative")
    share = wilson(met, met + breached + open_overdue, population=population, level=level)
    return Attainment(share, met, breached, open_overdue, open_not_due)


def complaint_rate(complaints: int, services: float, *, per: float = 1000.0, level: float = 0.95) -> Rate:
    """F23: complaints per `per` services (default: per mille) with the exact Poisson interval.

    Show it with contact coverage: a new channel raises the number at first.

    Raises:
        MeasureError: negative count or no services.
    """
    return poisson_rate(complaints, services, per=per, level=level)


def incidents_per_thousand(incidents: int, vehicles: float, *, level: float = 0.95) -> Rate:
    """F23: incidents per thousand vehicles (IPTV)."""
    return poisson_rate(incidents, vehicles, per=1000.0, level=level)


def parts_per_million(defects: int, delivered: float, *, level: float = 0.95) -> Rate:
    """F23: defective parts per million delivered (PPM)."""
    return poisson_rate(defects, delivered, per=1_000_000.0, level=level)


def closed_in_time(in_time: int, closed: int, *, level: float = 0.95) -> Share:
    """F23: share of closed complaints that were closed in time, with Wilson's interval."""
    return wilson(in_time, closed, level=level)
