"""Gamma-Gamma: expected value per purchase of a customer."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import gammaln, psi, zeta

from careloop.measures.errors import MeasureError, Message
from careloop.measures.newton import maximize

Floats = npt.NDArray[np.float64]

STARTS = ((1.0, 2.0, 1.0), (5.0, 4.0, 1.0), (1.0, 4.0, 5.0), (20.0, 2.0, 0.1))


@dataclass(frozen=True, slots=True)
class GammaGamma:
    """p, q without unit, v (γ in the paper) in money; `mean_value` is None when q ≤ 1."""

    p: float
    q: float
    v: float
    log_likelihood: float
    n: int
    mean_value: float | None
    standard_errors: tuple[float | None, ...] = ()
    reason: Message | None = None


def fit_gamma_gamma(x: npt.ArrayLike, zbar: npt.ArrayLike) -> GammaGamma:
    """Maximum likelihood p, q, v over customers with x > 0.

    The mean value of a purchase is gamma(p, ν) and ν is gamma(q, v) over customers; value must
    not depend on how often a customer buys.

    Args:
        x: repeat purchases that the mean is taken over; customers with 0 are left out.
        zbar: mean value per repeat purchase, > 0 where x > 0.

    Raises:
        MeasureError: fewer than two repeat buyers, a value not above 0, all values equal,
            no convergence.

    Source: Fader & Hardie (2013), "The Gamma-Gamma Model of Monetary Value".
    """
    count, value = np.asarray(x, dtype=np.float64).ravel(), np.asarray(zbar, dtype=np.float64).ravel()
    if count.size != value.size:
        raise MeasureError("x and zbar must have one value per customer")
    if not np.isfinite(count).all() or bool((count < 0).any()):
        raise MeasureError("x is missing or negative for some customer")
    again = count > 0
    count, value = count[again], value[again]
    if count.size < 2:
        raise MeasureError("fewer than two customers bought again, so there is nothing to fit")
    if not np.isfinite(value).all() or bool((value <= 0).any()):
        raise MeasureError("a repeat buyer has no mean value above 0; leave returns and gifts out")
    if np.ptp(value) <= 1e-12 * value.max():
        raise MeasureError("all customers have the same value, so there is no spread to fit")
    unit = float(np.median(value))
    likelihood = _Likelihood(count, value / unit)
    best = maximize(likelihood, STARTS, what="Gamma-Gamma")
    p, q, v = (float(t) for t in best.parameters)
    errors = list(best.standard_errors)
    errors[2] = None if errors[2] is None else errors[2] * unit
    mean = p * v * unit / (q - 1.0) if q > 1.0 else None
    reason = None if mean is not None else Message("q is not above 1, so the mean value is not finite")
    log_likelihood = best.log_likelihood - count.size * float(np.log(unit))
    return GammaGamma(p, q, v * unit, log_likelihood, count.size, mean, tuple(errors), reason)


class _Likelihood:
    def __init__(self, count: Floats, value: Floats) -> None:
        self.value, self.total = np.log(value), count * value
        self.count, where = np.unique(count, return_inverse=True)
        self.x = count
        self.times = np.bincount(where).astype(np.float64)
        self.fixed = float(count @ np.log(count))
        self.log_sum = float(count @ self.value)
        self.values = float(self.value.sum())

    def __call__(self, theta: Floats) -> tuple[float, Floats, Floats]:
        p, q, v = theta
        x, times, size = self.count, self.times, float(self.x.size)
        shape = p * self.x + q
        log_total, inverse = np.log(v + self.total), 1.0 / (v + self.total)
        value = times @ (gammaln(p * x + q) - gammaln(p * x)) + size * (q * np.log(v) - gammaln(q))
        value += p * self.log_sum - self.values + p * self.fixed - shape @ log_total
        gradient = np.array(
            [
                times @ (x * (psi(p * x + q) - psi(p * x))) + self.log_sum + self.fixed - self.x @ log_total,
                times @ psi(p * x + q) - size * psi(q) + size * np.log(v) - log_total.sum(),
                size * q / v - shape @ inverse,
            ]
        )
        curve = zeta(2.0, p * x + q)
        hessian = np.empty((3, 3))
        hessian[0, 0] = times @ (x**2 * (curve - zeta(2.0, p * x)))
        hessian[0, 1] = hessian[1, 0] = times @ (x * curve)
        hessian[1, 1] = times @ curve - size * zeta(2.0, q)
        hessian[0, 2] = hessian[2, 0] = -(self.x @ inverse)
        hessian[1, 2] = hessian[2, 1] = size / v - inverse.sum()
        hessian[2, 2] = -size * q / v**2 + shape @ inverse**2
        return float(value), gradient, hessian


def expected_value(model: GammaGamma, x: npt.ArrayLike, zbar: npt.ArrayLike) -> Floats:
    """Expected value per future purchase, p·(v + x·z̄)/(p·x + q − 1), in money.

    A customer without repeat purchase gets the mean of all.

    Raises:
        MeasureError: p·x + q ≤ 1 for a customer (the mean is not finite).
    """
    count, value = np.asarray(x, dtype=np.float64), np.asarray(zbar, dtype=np.float64)
    below = model.p * count + model.q - 1.0
    if bool((below <= 0).any()):
        raise MeasureError("q is not above 1, so the mean value is not finite")
    expected: Floats = model.p * (model.v + count * value) / below
    return expected
