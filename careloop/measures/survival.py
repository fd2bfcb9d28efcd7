"""Kaplan–Meier survival with Greenwood intervals, and the log-rank test."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import chdtrc

from careloop.measures.errors import MeasureError, Message
from careloop.measures.intervals import normal_quantile

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Survival:
    """Survival at 0 and at every observed time.

    `low`/`high` are None where the variance is not defined (survival 0). `median` is the first time
    with survival ≤ 0.5, None with a reason when it is not reached; its bounds likewise.
    """

    times: tuple[float, ...]
    survival: tuple[float, ...]
    low: tuple[float | None, ...]
    high: tuple[float | None, ...]
    at_risk: tuple[int, ...]
    events: tuple[int, ...]
    median: float | None
    median_low: float | None
    median_high: float | None
    n: int
    n_events: int
    level: float
    reason: Message | None = None


@dataclass(frozen=True, slots=True)
class LogRank:
    """Test of equal survival in all groups: χ², degrees of freedom, p, observed and expected events."""

    chi2: float
    df: int
    p: float
    observed: tuple[int, ...]
    expected: tuple[float, ...]


def _checked(duration: npt.ArrayLike, event: npt.ArrayLike) -> tuple[Floats, Floats]:
    time, died = np.asarray(duration, dtype=np.float64).ravel(), np.asarray(event, dtype=np.float64).ravel()
    if not time.size or time.size != died.size:
        raise MeasureError("one duration and one event flag per unit are needed")
    if not np.isfinite(time).all() or bool((time < 0).any()):
        raise MeasureError("durations must be numbers of at least 0")
    if not np.isin(died, (0.0, 1.0)).all():
        raise MeasureError("event flags must be 0 or 1")
    return time, died


def kaplan_meier(duration: npt.ArrayLike, event: npt.ArrayLike, *, level: float = 0.95) -> Survival:
    """S(t) = Π (1 − d_i/n_i); variance by Greenwood, interval on the log(−log) scale.

    Args:
        duration: time under observation, ≥ 0, any unit.
        event: 1 = event at that time, 0 = right-censored (after events of the same time).

    Raises:
        MeasureError: empty or negative data.

    Source: Kaplan & Meier (1958), JASA 53, 457–481; Greenwood (1926); Kalbfleisch & Prentice (1980).
    """
    time, died = _checked(duration, event)
    z = normal_quantile(level)
    times, where = np.unique(time, return_inverse=True)
    events = np.bincount(where, weights=died)
    leaving = np.bincount(where)
    at_risk = leaving[::-1].cumsum()[::-1].astype(np.float64)
    survival: Floats = np.asarray(np.cumprod(1.0 - events / at_risk), dtype=np.float64)
    rest = at_risk - events
    steps = np.divide(events, at_risk * rest, out=np.zeros_like(events), where=rest > 0)
    low, high = _log_log(survival, np.cumsum(steps), z)
    if times[0] > 0:
        times, survival = np.r_[0.0, times], np.r_[1.0, survival]
        low, high = np.r_[1.0, low], np.r_[1.0, high]
        at_risk, events = np.r_[float(time.size), at_risk], np.r_[0.0, events]
    median = _first_at_half(times, survival)
    reason = None if median is not None else Message("fewer than half had the event, so no median")
    return Survival(
        tuple(times.tolist()),
        tuple(survival.tolist()),
        _optional(low),
        _optional(high),
        tuple(int(v) for v in at_risk),
        tuple(int(v) for v in events),
        median,
        _first_at_half(times, low),
        _first_at_half(times, high),
        int(time.size),
        int(died.sum()),
        level,
        reason,
    )


def _log_log(survival: Floats, greenwood: Floats, z: float) -> tuple[Floats, Floats]:
    inner = (survival > 0.0) & (survival < 1.0)
    logs = np.log(survival, out=np.full_like(survival, -1.0), where=inner)
    shift = np.exp(z * np.sqrt(greenwood) / np.abs(logs))
    low = np.where(inner, survival**shift, np.where(survival >= 1.0, 1.0, np.nan))
    high = np.where(inner, survival ** (1.0 / shift), np.where(survival >= 1.0, 1.0, np.nan))
    return low, high


def _optional(values: Floats) -> tuple[float | None, ...]:
    return tuple(None if np.isnan(v) else float(v) for v in values)


def _first_at_half(times: npt.ArrayLike, curve: npt.ArrayLike) -> float | None:
    below = np.nan_to_num(np.asarray(curve), nan=1.0) <= 0.5 + 1e-12
    return float(np.asarray(times)[below.argmax()]) if below.any() else None


def log_rank(duration: npt.ArrayLike, event: npt.ArrayLike, group: Sequence[object]) -> LogRank:
    """Log-rank test of two or more groups (order of first appearance).

    Raises:
        MeasureError: fewer than two groups, no events, or no time with two groups at risk.

    Source: Mantel (1966), Cancer Chemotherapy Reports 50, 163–170; Peto & Peto (1972).
    """
    time, died = _checked(duration, event)
    place = {name: i for i, name in enumerate(dict.fromkeys(group))}
    if len(group) != time.size or len(place) < 2:
        raise MeasureError("the log-rank test needs at least two groups")
    codes = np.array([place[name] for name in group])
    times, where = np.unique(time, return_inverse=True)
    k = len(place)
    cells = where * k + codes
    events = np.bincount(cells, weights=died, minlength=times.size * k).reshape(-1, k)
    leaving = np.bincount(cells, minlength=times.size * k).reshape(-1, k)
    risk = leaving[::-1].cumsum(axis=0)[::-1].astype(np.float64)
    total, dead = risk.sum(axis=1), events.sum(axis=1)
    share = risk / total[:, None]
    expected = (share * dead[:, None]).sum(axis=0)
    spread = np.divide(dead * (total - dead), total - 1.0, out=np.zeros_like(total), where=total > 1)
    covariance = np.diag(spread @ share) - (share * spread[:, None]).T @ share
    difference = (events.sum(axis=0) - expected)[:-1]
    matrix = covariance[:-1, :-1]
    if not dead.any() or np.linalg.matrix_rank(matrix) < k - 1:
        raise MeasureError("the groups were not at risk together when events happened")
    chi2 = float(difference @ np.linalg.solve(matrix, difference))
    return LogRank(
        chi2,
        k - 1,
        float(chdtrc(k - 1, chi2)),
        tuple(int(v) for v in events.sum(axis=0)),
        tuple(float(v) for v in expected),
    )
