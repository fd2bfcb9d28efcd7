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
    best: _Point | None = None
    for start in starts:
        found = _climb(likelihood, np.log(np.asarray(start, dtype=np.float64)))
        if found is not None and (best is None or found.value > best.value + 1e-9 * abs(best.value)):
            best = found
    if best is None:
        raise MeasureError(NO_MAXIMUM, what=what)
    parameters, value = np.exp(best.logs), best.value
    errors = _errors(best.plain_hessian)
    if any(e is None or e > VAGUE * p for e, p in zip(errors, parameters, strict=True)):
        raise MeasureError(NO_MAXIMUM, what=what)
    return Maximum(parameters, value, errors)


def _errors(hessian: Floats) -> tuple[float | None, ...]:
    try:
        variances = np.diag(np.linalg.inv(-hessian))
    except np.linalg.LinAlgError:
        return tuple(None for _ in hessian)
    return tuple(float(np.sqrt(v)) if np.isfinite(v) and v > 0 else None for v in variances)


@dataclass(frozen=True, slots=True)
class _Point:
    """A place on the log scale with its likelihood, derivatives there, and the plain Hessian."""

    logs: Floats
    value: float
    gradient: Floats
    hessian: Floats
    plain_hessian: Floats


def _climb(likelihood: Likelihood, logs: Floats) -> _Point | None:
    damping = 1e-3
    at = _in_logs(likelihood, logs)
    for _ in range(MAX_STEPS):
        if not np.isfinite(at.value) or np.abs(at.logs).max() > BOUND:
            return None
        scale = max(1.0, abs(at.value))
        step = _step(at.gradient, at.hessian, damping)
        if np.abs(at.gradient).max() <= 1e-9 * scale or at.gradient @ step <= 1e-14 * scale:
            return at
        trial = _in_logs(likelihood, at.logs + step)
        if np.isfinite(trial.value) and trial.value >= at.value:
            if trial.value - at.value <= 1e-15 * scale and np.abs(step).max() < 1e-7:
                return trial
            at = trial
            damping = max(damping / 10.0, 1e-12)
        else:
            damping *= 10.0
            if damping > 1e12:
                return at if np.abs(at.gradient).max() <= 1e-5 * scale else None
    return None


def _step(gradient: Floats, hessian: Floats, damping: float) -> Floats:
    """Ascent step: the curvature is made positive definite before it is used."""
    values, vectors = np.linalg.eigh(-hessian)
    largest = max(float(np.abs(values).max()), 1e-300)
    curvature = np.maximum(np.abs(values), 1e-10 * largest) + damping * largest
    step: Floats = vectors @ ((vectors.T @ gradient) / curvature)
    size = float(np.abs(step).max())
    return step if size <= LARGEST_STEP else step * (LARGEST_STEP / size)


def _in_logs(likelihood: Likelihood, logs: Floats) -> _Point:
    nowhere = _Point(logs, -np.inf, np.zeros_like(logs), np.eye(logs.size), np.eye(logs.size))
    if np.abs(logs).max() > BOUND:
        return nowhere
    parameters = np.exp(logs)
    with np.errstate(all="ignore"):
        value, gradient, hessian = likelihood(parameters)
    if not (np.isfinite(value) and np.isfinite(gradient).all() and np.isfinite(hessian).all()):
        return nowhere
    in_logs = hessian * np.outer(parameters, parameters) + np.diag(gradient * parameters)
    return _Point(logs, value, gradient * parameters, in_logs, hessian)
