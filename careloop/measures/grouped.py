"""F1–F3 for millions of answers grouped by station, in one pass of numpy."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import ndtri, stdtrit

from careloop.measures.errors import MeasureError
from careloop.measures.satisfaction import rescale_weights

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class GroupedIndex:
    """One entry per group; NaN where a group has no answers (index) or one unit (interval).

    `goal_state`: 0 not met, 1 met but not proven, 2 met and shown. Shares of the best two levels
    are over all answers of the group, with Wilson's interval.
    """

    index: Floats
    low: Floats
    high: Floats
    n: Ints
    goal_state: npt.NDArray[np.int8]
    top2: Floats
    top2_low: Floats
    top2_high: Floats
    answers: Ints
    item_means: Floats


def grouped_index(
    group: npt.ArrayLike,
    levels: npt.ArrayLike,
    weights: Sequence[float],
    *,
    groups: int,
    mapping: Sequence[float] = (0.0, 25.0, 50.0, 75.0, 100.0),
    population: npt.ArrayLike | None = None,
    goal: float = 75.0,
    level: float = 0.95,
) -> GroupedIndex:
    """Item-mean index per group, respondents as units, t interval over respondents' own indices.

    Args:
        group: number 0…groups−1 per respondent.
        levels: respondents × items, whole levels 1…len(mapping), 0 = not applicable.
        weights: one per item.
        mapping: score 0–100 of level 1, 2, ….
        population: eligible respondents per group, for the finite-population factor.

    Raises:
        MeasureError: shapes that do not fit, a level or group outside its range.
    """
    codes, answers = np.asarray(group), np.asarray(levels)
    share = rescale_weights(weights)
    if answers.ndim != 2 or answers.shape != (codes.size, share.size):
        raise MeasureError("levels must be a table of respondents × items that fits groups and weights")
    if codes.size and (codes.min() < 0 or codes.max() >= groups):
        raise MeasureError("a group number is outside 0 to {last}", last=groups - 1)
    if answers.size and (answers.min() < 0 or answers.max() > len(mapping)):
        raise MeasureError("a level is outside 0 to {last}", last=len(mapping))
    codes = codes.astype(np.int64, copy=False)
    scores = np.r_[0.0, np.asarray(mapping, dtype=np.float64)]
    counts = np.empty((share.size, groups, scores.size))
    own, mass = np.zeros(codes.size), np.zeros(codes.size)
    for j in range(share.size):
        column = answers[:, j]
        counts[j] = np.bincount(codes * scores.size + column, minlength=groups * scores.size).reshape(groups, -1)
        own += (scores * share[j])[column]
        mass += np.where(np.arange(scores.size) > 0, share[j], 0.0)[column]
    rated = counts[:, :, 1:].sum(axis=2)
    means = _divide(counts @ scores, rated)
    present = rated > 0
    weight = present * share[:, None]
    index = _divide((np.nan_to_num(means) * weight).sum(axis=0), weight.sum(axis=0))
    n, low, high = _t_bounds(codes, own, mass, index, groups, population, level)
    top = counts[:, :, -2:].sum(axis=(0, 2))
    total = rated.sum(axis=0)
    top2, top2_low, top2_high = _wilson(top, total, level)
    with np.errstate(invalid="ignore"):
        state = np.where(index >= goal, np.where(low >= goal, 2, 1), 0).astype(np.int8)
    return GroupedIndex(index, low, high, n, state, top2, top2_low, top2_high, total.astype(np.int64), means.T)


def _divide(top: Floats, bottom: Floats) -> Floats:
    result: Floats = np.divide(top, bottom, out=np.full(top.shape, np.nan), where=bottom > 0)
    return result


def _t_bounds(
    codes: Ints,
    own: Floats,
    mass: Floats,
    index: Floats,
    groups: int,
    population: npt.ArrayLike | None,
    level: float,
) -> tuple[Ints, Floats, Floats]:
    complete = bool((mass > 0).all())
    units = codes if complete else codes[mass > 0]
    values = own / mass if complete else own[mass > 0] / mass[mass > 0]
    n = np.bincount(units, minlength=groups)
    mean = _divide(np.asarray(np.bincount(units, values, groups), dtype=np.float64), n.astype(np.float64))
    centred = values - mean[units]
    centred *= centred
    spread = np.asarray(np.bincount(units, centred, groups), dtype=np.float64)
    variance = _divide(spread, np.maximum(n - 1, 0).astype(np.float64))
    factor = np.ones(groups)
    if population is not None:
        size = np.asarray(population, dtype=np.float64)
        if size.shape != (groups,) or bool((size < n).any()):
            raise MeasureError("the population must have one number per group, none below its respondents")
        factor = np.sqrt(np.maximum(size - n, 0.0) / np.maximum(size - 1.0, 1.0))
    quantile = stdtrit(np.maximum(n - 1, 1), 0.5 + level / 2.0)
    half = quantile * np.sqrt(variance / np.maximum(n, 1)) * factor
    half = np.where((population is not None) & (factor == 0.0) & (n > 0), 0.0, half)
    return n.astype(np.int64), index - half, index + half


def _wilson(k: Floats, n: Floats, level: float) -> tuple[Floats, Floats, Floats]:
    z = float(ndtri(0.5 + level / 2.0))
    share = _divide(k, n)
    size = np.maximum(n, 1.0)
    scale = 1.0 + z * z / size
    centre = (share + z * z / (2.0 * size)) / scale
    half = z * np.sqrt(share * (1.0 - share) / size + z * z / (4.0 * size * size)) / scale
    return share, centre - half, centre + half
