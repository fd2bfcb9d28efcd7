"""Percentile bootstrap of a weighted index over units (companies or respondents)."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

CELLS = 4_000_000  # draws held at a time


def bootstrap_index(
    items: Floats, weight: Floats, share: Floats, *, samples: int, level: float, seed: int
) -> tuple[float, float]:
    """Bounds of Σ_j share_j · (Σ_u w_u x_uj / Σ_u w_u over units that rated j).

    Units are put in a fixed order first, so the order of rows does not change the result. In a
    resample where nobody rated an item, the other shares are rescaled to 1.

    Args:
        items: units × items, NaN = not rated.
        weight: one positive weight per unit.
        share: one per item, sum 1.
        samples: resamples drawn.
        level: two-sided level of the percentile interval.
        seed: start of the random numbers.
    """
    known = np.nan_to_num(items, nan=-1.0)
    order = np.lexsort((*known.T[::-1], weight))
    values, mass = items[order], weight[order]
    rated = ~np.isnan(values)
    sums = np.where(rated, values, 0.0) * mass[:, None]
    masses = rated * mass[:, None]
    rng = np.random.default_rng(seed)
    count = values.shape[0]
    step = max(1, CELLS // count)
    results = []
    for start in range(0, samples, step):
        rows = min(step, samples - start)
        draws = rng.integers(0, count, size=(rows, count))
        draws += np.arange(rows)[:, None] * count
        times = np.bincount(draws.ravel(), minlength=rows * count).reshape(rows, count).astype(np.float64)
        numerator, denominator = times @ sums, times @ masses
        present = denominator > 0
        means = np.divide(numerator, denominator, out=np.zeros_like(numerator), where=present)
        shares = present * share
        total = shares.sum(axis=1)
        index = np.divide((means * shares).sum(axis=1), total, out=np.full(rows, np.nan), where=total > 0)
        results.append(index[~np.isnan(index)])
    tail = (1.0 - level) / 2.0
    low, high = np.quantile(np.concatenate(results), [tail, 1.0 - tail])
    return float(low), float(high)
