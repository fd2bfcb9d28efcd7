"""Maximum of a smooth likelihood in a few positive parameters, from fixed starts only."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from careloop.measures.errors import MeasureError

Floats = npt.NDArray[np.float64]
Likelihood = Callable[[Floats], tuple[float, Floats, Floats]]

NO_MAXIMUM = "the {what} model does not converge on these data; they may be too few or too uniform"
MAX_STEPS = 200
LARGEST_STEP = 1.5  # on the log scale
VAGUE = 50.0  # a standard error of that many times the parameter means a flat ridge, not a maximum
BOUND = 25.0  # |log parameter| beyond which the likelihood has no inner maximum


@dataclass(frozen=True, slots=True)
class Maximum:
    """Parameters at the maximum, log-likelihood, and standard errors (None when not positive)."""

    parameters: Floats
    log_likelihood: float
    standard_errors: tuple[float | None, ...]


def maximize(likelihood: Likelihood, starts: Sequence[Sequence[float]], *, what: str) -> Maximum:
    """Best maximum over the given starts by damped Newton steps in log parameters.

    Args:
        likelihood: parameters → (log-likelihood, gradient, Hessian).
        starts: positive starting values; the same starts give the same answer in every run.
        what: name of the model for the message.

    Raises:
        MeasureError: no start converges, or the maximum is a flat ridge.
    """
    best: tuple[float, Floats] | None = None
    for start in starts:
        found = _climb(likelihood, np.log(np.asarray(start, dtype=np.float64)))
        if found is not None and (best is None or found[0] > best[0] + 1e-9 * abs(best[0])):
            best = found
    if best is None:
        raise MeasureError(NO_MAXIMUM, what=what)
    parameters = np.exp(best[1])
    value, _, hessian = likelihood(parameters)
    errors = _errors(hessian)
    if any(e is None or e > VAGUE * p for e, p in zip(errors, parameters, strict=True)):
        raise MeasureError(NO_MAXIMUM, what=what)
    return Maximum(parameters, value, errors)


def _errors(hessian: Floats) -> tuple[float | None, ...]:
    try:
        variances = np.diag(np.linalg.inv(-hessian))
    except np.linalg.LinAlgError:
        return tuple(None for _ in hessian)
    return tuple(float(np.sqrt(v)) if np.isfinite(v) and v > 0 else None for v in variances)


def _climb(likelihood: Likelihood, logs: Floats) -> tuple[float, Floats] | None:
    damping = 1e-3
    value, gradient, hessian = _in_logs(likelihood, logs)
    for _ in range(MAX_STEPS):
        if not np.isfinite(value) or np.abs(logs).max() > BOUND:
            return None
        scale = max(1.0, abs(value))
        step = _step(gradient, hessian, damping)
        if np.abs(gradient).max() <= 1e-9 * scale or gradient @ step <= 1e-14 * scale:
            return value, logs
        trial = _in_logs(likelihood, logs + step)
        if np.isfinite(trial[0]) and trial[0] >= value:
            if trial[0] - value <= 1e-15 * scale and np.abs(step).max() < 1e-7:
                return trial[0], logs + step
            logs = logs + step
            value, gradient, hessian = trial
            damping = max(damping / 10.0, 1e-12)
        else:
            damping *= 10.0
            if damping > 1e12:
                return (value, logs) if np.abs(gradient).max() <= 1e-5 * scale else None
    return None


def _step(gradient: Floats, hessian: Floats, damping: float) -> Floats:
    """Ascent step: the curvature is made positive definite before it is used."""
    values, vectors = np.linalg.eigh(-hessian)
    largest = max(float(np.abs(values).max()), 1e-300)
    curvature = np.maximum(np.abs(values), 1e-10 * largest) + damping * largest
    step: Floats = vectors @ ((vectors.T @ gradient) / curvature)
    size = float(np.abs(step).max())
    return step if size <= LARGEST_STEP else step * (LARGEST_STEP / size)


def _in_logs(likelihood: Likelihood, logs: Floats) -> tuple[float, Floats, Floats]:
    if np.abs(logs).max() > BOUND:
        return -np.inf, np.zeros_like(logs), np.eye(logs.size)
    parameters = np.exp(logs)
    with np.errstate(all="ignore"):
        value, gradient, hessian = likelihood(parameters)
    if not (np.isfinite(value) and np.isfinite(gradient).all() and np.isfinite(hessian).all()):
        return -np.inf, np.zeros_like(logs), np.eye(logs.size)
    in_logs = hessian * np.outer(parameters, parameters) + np.diag(gradient * parameters)
    return value, gradient * parameters, in_logs
