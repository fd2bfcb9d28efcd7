"""F5 and F33: SERVQUAL gaps, Cronbach's alpha, dimensions against an overall answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import fdtri

from careloop.measures.errors import MeasureError, Message
from careloop.measures.satisfaction import rescale_weights

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Alpha:
    """Internal consistency: raw with Feldt's interval, and from standardized items.

    `rows` respondents answered every item; `left_out` did not. None with a reason when undefined.
    """

    raw: float | None
    low: float | None
    high: float | None
    standardized: float | None
    items: int
    rows: int
    left_out: int
    reason: Message | None = None


@dataclass(frozen=True, slots=True)
class Gap:
    """One dimension: mean perception, mean expectation, mean of P − E over n pairs."""

    name: str
    perception: float
    expectation: float
    gap: float
    n: int


@dataclass(frozen=True, slots=True)
class ServiceQuality:
    """F5: gap per dimension, unweighted mean, and mean with weights rescaled to 1."""

    gaps: tuple[Gap, ...]
    unweighted: float
    weighted: float | None


@dataclass(frozen=True, slots=True)
class Regression:
    """Standardized coefficients of an overall answer on dimension means, with R²."""

    betas: tuple[float, ...]
    r2: float
    n: int


def cronbach_alpha(scores: npt.ArrayLike, *, level: float = 0.95) -> Alpha:
    """F33: k/(k−1)·(1 − Σ var(item)/var(sum)), sample variances, complete rows only.

    Args:
        scores: respondents × items, NaN = no answer.

    Raises:
        MeasureError: not a table with at least two items.

    Source: Cronbach (1951), Psychometrika 16, 297–334; interval: Feldt (1965), 30, 357–370.
    """
    data = np.asarray(scores, dtype=np.float64)
    if data.ndim != 2 or data.shape[1] < 2:
        raise MeasureError("alpha needs a table of respondents × at least two items")
    complete = data[~np.isnan(data).any(axis=1)]
    rows, items = complete.shape
    left_out = data.shape[0] - rows
    if rows < 2:
        reason = Message("fewer than two respondents answered every item")
        return Alpha(None, None, None, None, items, rows, left_out, reason)
    variances = complete.var(axis=0, ddof=1)
    total = float(complete.sum(axis=1).var(ddof=1))
    if total <= 1e-12 * max(1.0, float(variances.sum())):
        reason = Message("the sum of the items has no variance")
        return Alpha(None, None, None, None, items, rows, left_out, reason)
    factor = items / (items - 1)
    raw = factor * (1.0 - float(variances.sum()) / total)
    standardized = None
    if bool((variances > 0).all()):
        correlation = float(np.corrcoef(complete, rowvar=False).sum())
        standardized = factor * (1.0 - items / correlation) if correlation > 0 else None
    tail = (1.0 - level) / 2.0
    free, both = rows - 1, (rows - 1) * (items - 1)
    low = 1.0 - (1.0 - raw) * float(fdtri(free, both, 1.0 - tail))
    high = 1.0 - (1.0 - raw) * float(fdtri(free, both, tail))
    return Alpha(raw, low, high, standardized, items, rows, left_out)


def service_quality(
    perceptions: npt.ArrayLike,
    expectations: npt.ArrayLike,
    dimensions: Mapping[str, Sequence[int]],
    weights: Mapping[str, float] | None = None,
) -> ServiceQuality:
    """F5: G_d = mean(P − E) over all answered pairs of a dimension, in steps of the scale.

    Args:
        perceptions: respondents × items, NaN = no answer.
        expectations: same shape, or one row or number for an ideal.
        dimensions: name → columns of its items.
        weights: importance per dimension, any positive scale (usually summing to 100).

    Raises:
        MeasureError: shapes that do not fit, a dimension without pairs, a weight missing.

    Source: Parasuraman, Zeithaml & Berry (1988), Journal of Retailing 64(1), 12–40.
    """
    felt = np.asarray(perceptions, dtype=np.float64)
    try:
        expected = np.broadcast_to(np.asarray(expectations, dtype=np.float64), felt.shape)
    except ValueError:
        raise MeasureError("as many expectations as perceptions are needed") from None
    difference = felt - expected
    gaps = []
    for name, columns in dimensions.items():
        part = difference[:, list(columns)]
        known = ~np.isnan(part)
        if not known.any():
            raise MeasureError("nobody answered a pair of dimension {name}", name=name)
        sides = [float(side[:, list(columns)][known].mean()) for side in (felt, expected)]
        gaps.append(Gap(name, sides[0], sides[1], float(part[known].mean()), int(known.sum())))
    if not gaps:
        raise MeasureError("at least one dimension is needed")
    return ServiceQuality(tuple(gaps), *_mean_gaps([(g.name, g.gap) for g in gaps], weights))


def _mean_gaps(gaps: Sequence[tuple[str, float]], weights: Mapping[str, float] | None) -> tuple[float, float | None]:
    values = np.array([gap for _, gap in gaps])
    if weights is None:
        return float(values.mean()), None
    missing = [name for name, _ in gaps if name not in weights]
    if missing:
        raise MeasureError("dimension {name} has no weight", name=missing[0])
    return float(values.mean()), float(values @ rescale_weights([weights[name] for name, _ in gaps]))


def weighted_gaps(gaps: Mapping[str, float], weights: Mapping[str, float]) -> tuple[float, float]:
    """F5 from known dimension gaps: (unweighted mean, mean with weights rescaled to 1)."""
    unweighted, weighted = _mean_gaps(list(gaps.items()), weights)
    return unweighted, float(weighted if weighted is not None else unweighted)


def correlation(first: npt.ArrayLike, second: npt.ArrayLike) -> float | None:
    """Pearson's r over rows that have both values; None without spread or with fewer than 3 rows."""
    a, b = np.asarray(first, dtype=np.float64), np.asarray(second, dtype=np.float64)
    both = ~(np.isnan(a) | np.isnan(b))
    a, b = a[both], b[both]
    if a.size < 3 or np.ptp(a) == 0 or np.ptp(b) == 0:
        return None
    return float(np.corrcoef(a, b)[0, 1])


def standardized_regression(predictors: npt.ArrayLike, target: npt.ArrayLike) -> Regression:
    """Least squares of a z-scored target on z-scored predictors (complete rows).

    Raises:
        MeasureError: too few rows, no spread, or predictors that determine one another.
    """
    x, y = np.asarray(predictors, dtype=np.float64), np.asarray(target, dtype=np.float64)
    complete = ~(np.isnan(x).any(axis=1) | np.isnan(y))
    x, y = x[complete], y[complete]
    n, k = x.shape
    if n <= k + 1:
        raise MeasureError("{n} complete rows are too few for {k} predictors", n=n, k=k)
    if bool((np.ptp(x, axis=0) == 0).any()) or np.ptp(y) == 0:
        raise MeasureError("a column has no variance, so there is no coefficient")
    scaled = (x - x.mean(axis=0)) / x.std(axis=0)
    wanted = (y - y.mean()) / y.std()
    betas, _, rank, _ = np.linalg.lstsq(scaled, wanted, rcond=None)
    if rank < k:
        raise MeasureError("some predictors are combinations of others; leave one out")
    rest = wanted - scaled @ betas
    return Regression(tuple(float(b) for b in betas), 1.0 - float(rest @ rest) / n, n)
