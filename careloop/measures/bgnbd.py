"""F13: BG/NBD — repeat purchases and survival of customers without contract."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import gammaln, hyp2f1, psi, zeta

from careloop.measures.errors import MeasureError
from careloop.measures.newton import Maximum, maximize

Floats = npt.NDArray[np.float64]

SAMPLE = 5_000  # customers of the first, rough fit
CHUNK = 1 << 15
SMALLEST = 300  # below this the figures are shaky
STARTS = ((0.5, 0.5, 0.5, 1.5), (1.0, 1.0, 1.0, 1.0), (0.2, 0.2, 0.2, 3.0), (2.0, 3.0, 0.5, 5.0))


@dataclass(frozen=True, slots=True)
class BgNbd:
    """Fitted parameters with standard errors (None when the curvature does not give one).

    Time unit of alpha is that of the data; `n` customers.
    """

    r: float
    alpha: float
    a: float
    b: float
    log_likelihood: float
    n: int
    standard_errors: tuple[float | None, ...] = ()


def check_histories(x: npt.ArrayLike, t_x: npt.ArrayLike, total: npt.ArrayLike) -> tuple[Floats, Floats, Floats]:
    """x repeat purchases, t_x time of the last, T age, as float arrays.

    Raises:
        MeasureError: lengths differ, a value is missing or negative, t_x > T, or x = 0 with t_x > 0.
    """
    repeats, last, age = (np.asarray(v, dtype=np.float64).ravel() for v in (x, t_x, total))
    if not repeats.size or not repeats.size == last.size == age.size:
        raise MeasureError("x, t_x and T must have one value per customer, for at least one customer")
    for name, values in (("x", repeats), ("t_x", last), ("T", age)):
        wrong = ~np.isfinite(values) | (values < 0)
        if wrong.any():
            raise MeasureError(
                "{name} of customer {row} is missing or negative", name=name, row=int(wrong.argmax()) + 1
            )
    late = last > age * (1 + 1e-12)
    if late.any():
        raise MeasureError("customer {row} has its last purchase after T", row=int(late.argmax()) + 1)
    odd = (repeats == 0) != (last == 0)
    if odd.any():
        raise MeasureError(
            "customer {row}: x is 0 exactly when t_x is 0 (purchases of one day are one)",
            row=int(odd.argmax()) + 1,
        )
    return repeats, last, age


def fit_bgnbd(x: npt.ArrayLike, t_x: npt.ArrayLike, total: npt.ArrayLike) -> BgNbd:
    """Maximum likelihood r, alpha, a, b.

    Purchases of an active customer are Poisson with a gamma(r, alpha) rate; after each purchase
    the customer leaves with a beta(a, b) probability. Newton steps with exact derivatives; large
    data start from the fit of a systematic sample, so every run gives the same answer.

    Args:
        x: repeat purchase occasions (purchases of one day are one), ≥ 0.
        t_x: time from first to last purchase, 0 when x = 0.
        total: T, time from first purchase to the end of observation.

    Raises:
        MeasureError: bad histories (`check_histories`), no repeat buyer, no convergence.

    Source: Fader, Hardie & Lee (2005), Marketing Science 24(2), 275–284.
    """
    repeats, last, age = check_histories(x, t_x, total)
    if not (repeats > 0).any():
        raise MeasureError("no customer bought again, so there is nothing to fit")
    if not (age > 0).any():
        raise MeasureError("every customer was observed for no time (T = 0)")
    unit = float(age.max()) / 10.0  # keeps alpha near 1 whatever the time unit
    data = (repeats, last / unit, age / unit)
    starts: list[tuple[float, ...]] = list(STARTS)
    if repeats.size > 2 * SAMPLE:
        step = repeats.size // SAMPLE
        rough = _fit(data[0][::step], data[1][::step], data[2][::step], starts[:2])
        starts = [tuple(float(p) for p in rough.parameters)]  # one maximum is left to follow
    best = _fit(*data, starts)
    r, alpha, a, b = (float(p) for p in best.parameters)
    errors = list(best.standard_errors)
    errors[1] = None if errors[1] is None else errors[1] * unit
    value = float(best.log_likelihood) - float(repeats.sum()) * float(np.log(unit))
    return BgNbd(r, alpha * unit, a, b, value, repeats.size, tuple(errors))


def _fit(repeats: Floats, last: Floats, age: Floats, starts: list[tuple[float, ...]]) -> Maximum:
    likelihood = _Likelihood(repeats, last, age)
    return maximize(likelihood, starts, what="BG/NBD")


class _Likelihood:
    """Log-likelihood with derivatives; equal rows are added up once, one-time buyers apart."""

    def __init__(self, repeats: Floats, last: Floats, age: Floats) -> None:
        again = repeats > 0
        self.x, self.last, self.age, self.count = _distinct(repeats[again], last[again], age[again])
        _, _, self.once_age, self.once = _distinct(repeats[~again], last[~again], age[~again])
        values, times = _by_value(self.x, self.count)
        self.values = np.r_[0.0, values]
        self.times = np.r_[self.once.sum(), times]

    def __call__(self, theta: Floats) -> tuple[float, Floats, Floats]:
        r, alpha = theta[0], theta[1]
        value, gradient, hessian = self._by_repeats(*theta)
        for start in range(0, self.x.size, CHUNK):
            value += self._add(theta, slice(start, start + CHUNK), gradient, hessian)
        at_end = alpha + self.once_age
        logs, inverse = float(self.once @ np.log(at_end)), float(self.once @ (1.0 / at_end))
        gradient[0] -= logs
        gradient[1] -= r * inverse
        hessian[0, 1] -= inverse
        hessian[1, 1] += r * float(self.once @ (1.0 / at_end**2))
        return value - r * logs, gradient, np.triu(hessian) + np.triu(hessian, 1).T

    def _by_repeats(self, r: float, alpha: float, a: float, b: float) -> tuple[float, Floats, Floats]:
        """Terms that depend on x only."""
        x, n = self.values, self.times
        size = float(n.sum())
        value = n @ (gammaln(r + x) + gammaln(b + x) - gammaln(a + b + x))
        value += size * (r * np.log(alpha) - gammaln(r) + gammaln(a + b) - gammaln(b))
        shared = n @ (psi(a + b) - psi(a + b + x))
        gradient = np.array(
            [
                n @ (psi(r + x) - psi(r)) + size * np.log(alpha),
                size * r / alpha,
                shared,
                shared + n @ (psi(b + x) - psi(b)),
            ]
        )
        both = n @ (_trigamma(a + b) - _trigamma(a + b + x))
        hessian = np.zeros((4, 4))
        hessian[0, 0] = n @ (_trigamma(r + x) - _trigamma(r))
        hessian[0, 1] = size / alpha
        hessian[1, 1] = -size * r / alpha**2
        hessian[2, 2] = hessian[2, 3] = both
        hessian[3, 3] = both + n @ (_trigamma(b + x) - _trigamma(b))
        return float(value), gradient, hessian

    def _add(self, theta: Floats, part: slice, gradient: Floats, hessian: Floats) -> float:
        """Terms per repeat buyer: ln(e^A3 + e^A4) = A3 + softplus(odds)."""
        r, alpha, a, b = theta
        x, n = self.x[part], self.count[part]
        at_end, at_last = alpha + self.age[part], alpha + self.last[part]
        log_end = np.log(at_end)
        shape = r + x
        gap = log_end - np.log(at_last)
        rest = b + x - 1.0
        odds = np.log(a / rest) + shape * gap
        small = np.exp(-np.abs(odds))
        left = np.where(odds >= 0.0, 1.0, small) / (1.0 + small)
        inverse_end, inverse_last = 1.0 / at_end, 1.0 / at_last
        slope = inverse_end - inverse_last
        first = np.stack([gap, shape * slope, -1.0 / rest])
        weight = n * left
        weighted = first @ weight
        lost = float(weight.sum())
        gradient[0] += weighted[0] - n @ log_end
        gradient[1] += weighted[1] - n @ (shape * inverse_end)
        gradient[2] += lost / a
        gradient[3] += weighted[2]
        spread = weight * (1.0 - left)
        products, sums = (first * spread) @ first.T, first @ spread
        hessian[np.ix_((0, 1, 3), (0, 1, 3))] += products
        hessian[0, 2] += sums[0] / a
        hessian[1, 2] += sums[1] / a
        hessian[2, 3] += sums[2] / a
        hessian[0, 1] += weight @ slope - n @ inverse_end
        hessian[1, 1] += n @ (shape * inverse_end**2) - weight @ (first[1] * (inverse_end + inverse_last))
        hessian[2, 2] += (float(spread.sum()) - lost) / a**2
        hessian[3, 3] += weight @ (first[2] ** 2)
        return float(n @ (np.maximum(odds, 0.0) + np.log1p(small) - shape * log_end))


def _trigamma(value: npt.ArrayLike) -> Floats:
    result: Floats = zeta(2.0, np.asarray(value, dtype=np.float64))
    return result


def _by_value(x: Floats, count: Floats) -> tuple[Floats, Floats]:
    """Distinct x in order, with the number of customers of each."""
    if not x.size:
        return x, count
    if x.max() < 1e6 and not (x % 1).any():
        times = np.bincount(x.astype(np.int64), weights=count)
        present = np.flatnonzero(times)
        return present.astype(np.float64), times[present].astype(np.float64)
    values, where = np.unique(x, return_inverse=True)
    return values, np.bincount(where, weights=count).astype(np.float64)


def _distinct(repeats: Floats, last: Floats, age: Floats) -> tuple[Floats, Floats, Floats, Floats]:
    """Distinct rows with counts when that saves work; otherwise the rows as they are."""
    step = max(1, repeats.size // 2000)
    probe = np.column_stack([repeats[::step], last[::step], age[::step]])
    if repeats.size < 2000 or len(np.unique(probe, axis=0)) > 0.8 * len(probe):
        return repeats, last, age, np.ones(repeats.size)
    if not last.any():
        total, times = np.unique(age, return_counts=True)
        nothing = np.zeros(total.size)
        return nothing, nothing, total, times.astype(np.float64)
    order = np.lexsort((age, last, repeats))
    x, t, total = repeats[order], last[order], age[order]
    new = np.r_[True, (x[1:] != x[:-1]) | (t[1:] != t[:-1]) | (total[1:] != total[:-1])]
    starts = np.flatnonzero(new)
    count = np.diff(np.r_[starts, x.size]).astype(np.float64)
    return x[starts], t[starts], total[starts], count


def probability_alive(model: BgNbd, x: npt.ArrayLike, t_x: npt.ArrayLike, total: npt.ArrayLike) -> Floats:
    """1/(1 + a/(b+x−1)·((α+T)/(α+t_x))^(r+x)) for x > 0; 1 for x = 0 (do not show it there)."""
    repeats, last, age = check_histories(x, t_x, total)
    alive: Floats = np.ones(repeats.size)
    some = np.flatnonzero(repeats > 0)
    count = repeats[some]
    ratio = np.log((model.alpha + age[some]) / (model.alpha + last[some]))
    power = (model.r + count) * ratio + np.log(model.a / (model.b + count - 1.0))
    alive[some] = 1.0 / (1.0 + np.exp(np.minimum(power, 700.0)))
    return alive


def expected_purchases(
    model: BgNbd, horizon: float, x: npt.ArrayLike, t_x: npt.ArrayLike, total: npt.ArrayLike
) -> Floats:
    """Expected repeat purchases per customer in the next `horizon` (time unit of the model).

    (a+b+x−1)/(a−1)·[1 − (1−z)^(a−1)·₂F₁(a+b−1−r, a−1; a+b+x−1; z)]·P(alive), z = t/(α+T+t):
    Euler's transformation of the published form, which does not overflow for frequent buyers.

    Raises:
        MeasureError: negative horizon.
    """
    if not 0.0 <= horizon < np.inf:
        raise MeasureError("the horizon must be at least 0, not {horizon}", horizon=horizon)
    repeats, last, age = check_histories(x, t_x, total)
    a = model.a if abs(model.a - 1.0) > 1e-6 else 1.0 + 1e-6
    pairs = repeats + 1j * age
    distinct, where = np.unique(pairs, return_inverse=True)
    count, observed = distinct.real, distinct.imag
    z = horizon / (model.alpha + observed + horizon)
    series = hyp2f1(a + model.b - 1.0 - model.r, a - 1.0, a + model.b + count - 1.0, z)
    growth = (a + model.b + count - 1.0) / (a - 1.0) * (1.0 - (1.0 - z) ** (a - 1.0) * series)
    expected: Floats = growth[where] * probability_alive(model, repeats, last, age)
    return expected
