"""Shifted-beta-geometric renewals of contract customers (sBG), and F36 retention."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import betaln, psi, zeta

from careloop.measures.errors import MeasureError
from careloop.measures.newton import maximize

Floats = npt.NDArray[np.float64]

STARTS = ((1.0, 1.0), (0.5, 2.0), (5.0, 20.0))


@dataclass(frozen=True, slots=True)
class ShiftedBetaGeometric:
    """Renewal model: churn probabilities are beta(alpha, beta) over customers.

    `survival[t]` is the fitted share still active after t renewals, `retention[t]` the rate of the
    (t+1)-th renewal; `log_likelihood` is per unit of the counts given.
    """

    alpha: float
    beta: float
    log_likelihood: float
    fit_periods: int
    survival: tuple[float, ...]
    retention: tuple[float, ...]
    standard_errors: tuple[float | None, ...]


def fit_sbg(
    survivors: Sequence[float], *, fit_periods: int | None = None, horizon: int | None = None
) -> ShiftedBetaGeometric:
    """Maximum likelihood alpha, beta from customers (or shares) active after 0, 1, 2, … periods.

    P(lost at renewal t) = B(α+1, β+t−1)/B(α, β), S(t) = B(α, β+t)/B(α, β).

    Args:
        survivors: active at the start of each period, first value = all; never rising.
        fit_periods: periods used for the fit (default all); the rest is for comparison.
        horizon: last period of the projection (default: last of the data).

    Raises:
        MeasureError: fewer than two renewals, rising or negative numbers, nobody lost, or no
            convergence.

    Source: Fader & Hardie (2007), Journal of Interactive Marketing 21(1), 76–90.
    """
    active = np.asarray(survivors, dtype=np.float64)
    periods = active.size - 1 if fit_periods is None else fit_periods
    if not 2 <= periods <= active.size - 1:
        raise MeasureError(
            "the fit needs at least two periods and at most the {known} in the data",
            known=max(active.size - 1, 0),
        )
    if not np.isfinite(active).all() or active[0] <= 0 or bool((active < 0).any()):
        raise MeasureError("survivors must be numbers of at least 0, the first above 0")
    rise = np.diff(active) > 1e-12 * active[0]
    if rise.any():
        raise MeasureError("survivors rise after period {period}", period=int(rise.argmax()))
    lost = -np.diff(active[: periods + 1])
    if lost.sum() <= 0:
        raise MeasureError("nobody was lost, so there is nothing to fit")
    best = maximize(_Likelihood(lost, float(active[periods])), STARTS, what="sBG")
    alpha, beta = (float(p) for p in best.parameters)
    last = max(active.size - 1, horizon or 0)
    steps = np.arange(last + 1)
    survival = np.exp(betaln(alpha, beta + steps) - betaln(alpha, beta))
    retention = (beta + steps[1:] - 1.0) / (alpha + beta + steps[1:] - 1.0)
    return ShiftedBetaGeometric(
        alpha,
        beta,
        best.log_likelihood,
        periods,
        tuple(float(s) for s in survival),
        tuple(float(r) for r in retention),
        best.standard_errors,
    )


class _Likelihood:
    def __init__(self, lost: Floats, still: float) -> None:
        self.steps = np.arange(1, lost.size + 1, dtype=np.float64)
        self.lost, self.still = lost, still

    def __call__(self, theta: Floats) -> tuple[float, Floats, Floats]:
        alpha, beta = theta
        t, last = self.steps, float(self.steps[-1])
        value, gradient, hessian = 0.0, np.zeros(2), np.zeros((2, 2))
        groups = (
            (self.lost, alpha + 1.0, beta + t - 1.0),
            (np.array([self.still]), np.array([alpha]), np.array([beta + last])),
            (np.array([-float(self.lost.sum()) - self.still]), np.array([alpha]), np.array([beta])),
        )
        for weight, first, second in groups:
            both = psi(first + second)
            curve = zeta(2.0, first + second)
            value += float(weight @ betaln(first, second))
            gradient += [weight @ (psi(first) - both), weight @ (psi(second) - both)]
            hessian[0, 0] += weight @ (zeta(2.0, first) - curve)
            hessian[1, 1] += weight @ (zeta(2.0, second) - curve)
            hessian[0, 1] -= float(np.sum(weight * curve))
        hessian[1, 0] = hessian[0, 1]
        return value, gradient, hessian


def retention_rate(start_active: int, new: int, end_active: int) -> float:
    """F36: (active at the end − new)/active at the start, as a fraction.

    Raises:
        MeasureError: nobody at the start, negative counts, or more kept than there were.
    """
    kept = end_active - new
    if min(start_active, new, end_active) < 0 or start_active == 0 or not 0 <= kept <= start_active:
        raise MeasureError("of {start} active customers {kept} cannot have been kept", start=start_active, kept=kept)
    return kept / start_active


def churn_rate(start_active: int, lost: int) -> float:
    """F14: lost in the period ÷ active at its start, as a fraction."""
    return 1.0 - retention_rate(start_active, 0, start_active - lost)
