"""Mean cumulative function and power law of repairable machines."""

from __future__ import annotations

import math
from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from careloop.measures.errors import MeasureError, Message
from careloop.measures.intervals import normal_quantile
from careloop.measures.roots import find_root

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class MeanCumulative:
    """Events per machine up to each event time, with robust standard error and bounds."""

    times: tuple[float, ...]
    events: tuple[int, ...]
    at_risk: tuple[int, ...]
    mcf: tuple[float, ...]
    standard_errors: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]
    units: int
    n_events: int
    level: float


@dataclass(frozen=True, slots=True)
class PowerLaw:
    """Expected events per machine (t/eta)^beta; beta above 1 = machines get worse."""

    beta: float | None
    eta: float | None
    n_events: int
    units: int
    reason: Message | None = None


@dataclass(frozen=True, slots=True)
class Histories:
    """Event times per machine and the end of its observation, equal units of time."""

    units: tuple[Hashable, ...]
    ends: Floats
    unit_of_event: npt.NDArray[np.int64]
    event_time: Floats


def histories(unit: Sequence[Hashable], time: npt.ArrayLike, is_end: Sequence[bool]) -> Histories:
    """Collect rows (machine, age, event or end of observation).

    Raises:
        MeasureError: no rows, bad times, a machine without exactly one end, an event after it.
    """
    ages = np.asarray(time, dtype=np.float64)
    if not ages.size or not len(unit) == ages.size == len(is_end):
        raise MeasureError("unit, time and event are needed for every row, at least one row")
    if not np.isfinite(ages).all() or bool((ages < 0).any()):
        raise MeasureError("times must be numbers of at least 0")
    place = {name: i for i, name in enumerate(dict.fromkeys(unit))}
    codes = np.array([place[name] for name in unit])
    flags = np.asarray(is_end, dtype=np.bool_)
    counts = np.bincount(codes[flags], minlength=len(place))
    wrong = np.flatnonzero(counts != 1)
    names = tuple(place)
    if wrong.size:
        raise MeasureError("unit {unit} needs exactly one row with its end of observation", unit=names[wrong[0]])
    ends = np.empty(len(place))
    ends[codes[flags]] = ages[flags]
    late = np.flatnonzero(~flags & (ages > ends[codes]))
    if late.size:
        raise MeasureError("unit {unit} has an event after its end of observation", unit=names[codes[late[0]]])
    return Histories(names, ends, codes[~flags], ages[~flags])


def mean_cumulative(data: Histories, *, level: float = 0.95) -> MeanCumulative:
    """M(t) = Σ d_k/n_k over event times, robust variance Σ_i (Σ_k (d_ik − d̄_k)/n_k)².

    Bounds are on the log scale: M·exp(±z·se/M).

    Source: Nelson (1995), Technometrics 37, 147–157; Lawless & Nadeau (1995), 37, 158–168.
    """
    if not data.event_time.size:
        raise MeasureError("no machine had an event, so the mean cumulative function is 0 throughout")
    z = normal_quantile(level)
    times, where = np.unique(data.event_time, return_inverse=True)
    events = np.bincount(where)
    risk = (data.ends[:, None] >= times).sum(axis=0)
    mcf = np.cumsum(events / risk)
    own = np.zeros((len(data.units), times.size))
    np.add.at(own, (data.unit_of_event, where), 1.0)
    residual = np.where(data.ends[:, None] >= times, own - events / risk, 0.0) / risk
    errors = np.sqrt((residual.cumsum(axis=1) ** 2).sum(axis=0))
    spread = np.exp(z * errors / mcf)
    return MeanCumulative(
        tuple(times.tolist()),
        tuple(events.tolist()),
        tuple(risk.tolist()),
        tuple(mcf.tolist()),
        tuple(errors.tolist()),
        tuple((mcf / spread).tolist()),
        tuple((mcf * spread).tolist()),
        len(data.units),
        int(events.sum()),
        level,
    )


def power_law(data: Histories) -> PowerLaw:
    """Maximum likelihood of the power-law process, machines observed from age 0 to their end.

    Solves n/β + Σ ln t = n·Σ T^β ln T/Σ T^β and η = (Σ T^β/n)^(1/β).

    Source: Crow (1974), Reliability Analysis for Complex, Repairable Systems.
    """
    times, ends = data.event_time, data.ends[data.ends > 0]
    if times.size < 2 or bool((times <= 0).any()):
        reason = Message("a power law needs at least two events at ages above 0")
        return PowerLaw(None, None, int(times.size), len(data.units), reason)
    unit = float(ends.max())
    log_times, log_ends = float(np.log(times / unit).sum()), np.log(ends / unit)
    n = times.size

    def score(beta: float) -> float:
        weight = np.exp(beta * log_ends)
        return n / beta + log_times - n * float(weight @ log_ends) / float(weight.sum())

    low, high = 1e-6, 1.0
    while score(high) > 0:
        low, high = high, high * 2.0
        if high > 1e6:
            reason = Message("all events happened at the end of observation: no finite power")
            return PowerLaw(None, None, int(n), len(data.units), reason)
    beta = find_root(score, low, high)
    eta = unit * math.exp(math.log(float(np.exp(beta * log_ends).sum()) / n) / beta)
    return PowerLaw(beta, eta, int(n), len(data.units))
