"""F18: Weibull life from failures and running units."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import chdtri, gamma

from careloop.measures.errors import MeasureError, Message
from careloop.measures.intervals import normal_quantile
from careloop.measures.roots import find_root

Floats = npt.NDArray[np.float64]

FEW_FAILURES = 5
LARGEST_SHAPE = 1e4


@dataclass(frozen=True, slots=True)
class WeibullFit:
    """Shape beta (no unit) and scale eta (unit of time) with profile-likelihood bounds.

    `beta_wald`, `eta_wald` are the log-normal-approximation bounds. b10, b50 and mean in the unit of
    time. `note` is set with fewer than five failures: show an experience interval, not a Weibull.
    A bound is None when the likelihood does not fall far enough on that side.
    """

    beta: float
    eta: float
    log_likelihood: float
    n_failed: int
    n_censored: int
    beta_low: float | None
    beta_high: float | None
    eta_low: float | None
    eta_high: float | None
    beta_wald: tuple[float, float]
    eta_wald: tuple[float, float]
    b10: float
    b50: float
    mean: float
    level: float
    note: Message | None = None


def fit_weibull(
    time: npt.ArrayLike, failed: npt.ArrayLike, count: npt.ArrayLike | None = None, *, level: float = 0.95
) -> WeibullFit:
    """Maximum likelihood of R(t) = exp(−(t/η)^β) with right-censored units.

    Args:
        time: age at failure or at the end of observation, > 0.
        failed: 1 failed, 0 still running (censored).
        count: units per row, whole numbers ≥ 0 (default 1).

    Raises:
        MeasureError: bad rows, no failures, or failures at a single time that nobody outlived.

    Source: Meeker & Escobar (1998), Statistical Methods for Reliability Data, ch. 8.
    """
    age, dead, units = _checked(time, failed, count)
    failures = float(units @ dead)
    if failures == 0:
        raise MeasureError("no failures: a Weibull life cannot be fitted; use the MTBF bound instead")
    unit = float(np.exp((units @ np.log(age)) / units.sum()))
    profile = _Profile(np.log(age / unit), dead, units)
    beta = profile.maximum()
    eta = profile.scale(beta)
    top = profile.value(beta)
    drop = float(chdtri(1, 1.0 - level)) / 2.0
    low, high = (_cross(profile.value, beta, top - drop, up) for up in (False, True))
    eta_low, eta_high = (_cross(profile.value_at_scale, eta, top - drop, up) for up in (False, True))
    z = normal_quantile(level)
    errors = profile.log_errors(beta, eta)
    few = Message("fewer than five failures: show an experience interval, not a Weibull life")
    return WeibullFit(
        beta=beta,
        eta=eta * unit,
        log_likelihood=top - failures * math.log(unit),
        n_failed=int(failures),
        n_censored=int(units.sum() - failures),
        beta_low=low,
        beta_high=high,
        eta_low=None if eta_low is None else eta_low * unit,
        eta_high=None if eta_high is None else eta_high * unit,
        beta_wald=(beta * math.exp(-z * errors[0]), beta * math.exp(z * errors[0])),
        eta_wald=(eta * unit * math.exp(-z * errors[1]), eta * unit * math.exp(z * errors[1])),
        b10=eta * unit * (-math.log(0.9)) ** (1.0 / beta),
        b50=eta * unit * math.log(2.0) ** (1.0 / beta),
        mean=eta * unit * float(gamma(1.0 + 1.0 / beta)),
        level=level,
        note=few if failures < FEW_FAILURES else None,
    )


def _checked(time: npt.ArrayLike, failed: npt.ArrayLike, count: npt.ArrayLike | None) -> tuple[Floats, Floats, Floats]:
    age, dead = np.asarray(time, dtype=np.float64).ravel(), np.asarray(failed, dtype=np.float64).ravel()
    units = np.ones(age.size) if count is None else np.asarray(count, dtype=np.float64).ravel()
    if not age.size or not age.size == dead.size == units.size:
        raise MeasureError("time, failed and count must have one value per row, for at least one row")
    if not np.isfinite(age).all() or bool((age <= 0).any()):
        raise MeasureError("times must be numbers above 0")
    if not np.isin(dead, (0.0, 1.0)).all():
        raise MeasureError("failed must be 0 or 1")
    if not np.isfinite(units).all() or bool((units < 0).any() or (units % 1 != 0).any()):
        raise MeasureError("counts must be whole numbers of at least 0")
    kept = units > 0
    if not kept.any():
        raise MeasureError("all counts are 0")
    return age[kept], dead[kept], units[kept]


class _Profile:
    """Likelihood of the shape with the best scale, and of the scale with the best shape."""

    def __init__(self, logs: Floats, dead: Floats, units: Floats) -> None:
        self.logs, self.units, self.failed = logs, units, units * dead
        self.failures = float(self.failed.sum())
        self.mean_log = float(self.failed @ logs) / self.failures
        self.top = float(logs.max())

    def _moments(self, beta: float) -> tuple[float, float, float]:
        """ln Σ t^β, weighted mean of ln t and of (ln t)² with weights t^β."""
        weight = self.units * np.exp(beta * (self.logs - self.top))
        total = float(weight.sum())
        mean = float(weight @ self.logs) / total
        return beta * self.top + math.log(total), mean, float(weight @ self.logs**2) / total

    def score(self, beta: float) -> float:
        _, mean, _ = self._moments(beta)
        return 1.0 / beta + self.mean_log - mean

    def maximum(self) -> float:
        low, high = 1e-4, 1.0
        while self.score(high) > 0:
            low, high = high, high * 2.0
            if high > LARGEST_SHAPE:
                raise MeasureError("all failures happened at one time that no unit outlived: no finite shape")
        return find_root(self.score, low, high)

    def scale(self, beta: float) -> float:
        return math.exp((self._moments(beta)[0] - math.log(self.failures)) / beta)

    def value(self, beta: float) -> float:
        log_sum = self._moments(beta)[0]
        fit = math.log(beta) + math.log(self.failures) - log_sum + (beta - 1.0) * self.mean_log - 1.0
        return self.failures * fit

    def value_at_scale(self, eta: float) -> float:
        """Best likelihood over the shape for a given scale (concave in the shape)."""
        ratio = self.logs - math.log(eta)

        def slope(beta: float) -> float:
            power = np.exp(np.minimum(beta * ratio, 700.0))
            return self.failures / beta + float(self.failed @ ratio) - float((self.units * power) @ ratio)

        low, high = 1e-4, 1.0
        while slope(high) > 0 and high < LARGEST_SHAPE:
            low, high = high, high * 2.0
        beta = find_root(slope, low, high) if slope(high) < 0 < slope(low) else high
        power = np.exp(np.minimum(beta * ratio, 700.0))
        rest = self.failures * (math.log(beta) - math.log(eta))
        return rest + (beta - 1.0) * float(self.failed @ ratio) - float(self.units @ power)

    def log_errors(self, beta: float, eta: float) -> tuple[float, float]:
        """Standard errors of ln beta and ln eta from the observed information."""
        ratio = self.logs - math.log(eta)
        power = self.units * np.exp(beta * ratio)
        shape = self.failures + beta**2 * float(power @ ratio**2)
        both = -(beta**2) * float(power @ ratio)
        scale = beta**2 * float(power.sum())
        determinant = shape * scale - both**2
        return math.sqrt(scale / determinant), math.sqrt(shape / determinant)


def _cross(function: Callable[[float], float], best: float, height: float, up: bool) -> float | None:
    """Where a likelihood falls to `height` above or below its maximum; None when it never does."""
    step, edge = (2.0 if up else 0.5), best
    for _ in range(60):
        inner, edge = edge, edge * step
        if function(edge) < height:
            break
    else:
        return None
    log_root = find_root(lambda log: function(math.exp(log)) - height, math.log(inner), math.log(edge))
    return math.exp(log_root)
