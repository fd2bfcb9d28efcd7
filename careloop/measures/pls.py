"""Structural satisfaction index: PLS path model (GB/T 19038, ECSI, ACSI).

Everything is computed from the covariance matrix of the indicators, so that resamples can be solved
together as one stack of small matrices.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import numpy.typing as npt

from careloop.measures.errors import MeasureError

Floats = npt.NDArray[np.float64]

TOLERANCE = 1e-12
MAX_ITERATIONS = 500


class Scheme(StrEnum):
    """Inner weights: sign of the correlation, the correlation, or path coefficients towards causes."""

    CENTROID = "centroid"
    FACTORIAL = "factorial"
    PATH = "path"


@dataclass(frozen=True, slots=True)
class PathModel:
    """Constructs in an order in which causes come first, their indicators, paths, and modes.

    `modes`: A (reflective) or B (formative) per construct.
    """

    blocks: Mapping[str, tuple[str, ...]]
    paths: tuple[tuple[str, str], ...]
    modes: Mapping[str, str]

    @property
    def constructs(self) -> tuple[str, ...]:
        """Names of the constructs in order."""
        return tuple(self.blocks)

    @property
    def indicators(self) -> tuple[str, ...]:
        """Names of all indicators, block by block."""
        return tuple(name for block in self.blocks.values() for name in block)


def path_model(
    blocks: Mapping[str, Sequence[str]],
    paths: Sequence[tuple[str, str]],
    modes: Mapping[str, str] | str = "A",
) -> PathModel:
    """Check a model and put its constructs in causal order.

    Raises:
        MeasureError: unknown names, an indicator in two blocks, a circle of paths, a construct
            without indicators or without paths, a mode other than A or B.
    """
    _check_blocks(blocks, paths)
    order: list[str] = []
    left = list(blocks)
    while left:
        ready = [name for name in left if not any(to == name and source in left for source, to in paths)]
        if not ready:
            raise MeasureError("the paths form a circle through {name}", name=left[0])
        order.append(ready[0])
        left.remove(ready[0])
    mode_of = {name: (modes if isinstance(modes, str) else modes.get(name, "A")) for name in blocks}
    wrong = [name for name, mode in mode_of.items() if mode not in ("A", "B")]
    if wrong:
        raise MeasureError("the mode of {name} must be A or B", name=wrong[0])
    return PathModel({name: tuple(blocks[name]) for name in order}, tuple((a, b) for a, b in paths), mode_of)


def _check_blocks(blocks: Mapping[str, Sequence[str]], paths: Sequence[tuple[str, str]]) -> None:
    seen: dict[str, str] = {}
    for name, block in blocks.items():
        if not block:
            raise MeasureError("construct {name} has no indicators", name=name)
        for indicator in block:
            if indicator in seen:
                raise MeasureError(
                    "indicator {indicator} stands in {first} and {second}",
                    indicator=indicator,
                    first=seen[indicator],
                    second=name,
                )
            seen[indicator] = name
    named = {name for path in paths for name in path}
    unknown, alone = sorted(named - set(blocks)), sorted(set(blocks) - named)
    if unknown:
        raise MeasureError("a path names {name}, which has no block of indicators", name=unknown[0])
    if alone or not paths:
        raise MeasureError("construct {name} has no path", name=alone[0] if alone else "?")
    if len(set(paths)) != len(paths) or any(a == b for a, b in paths):
        raise MeasureError("a path is given twice or leads to its own construct")


@dataclass(frozen=True, slots=True)
class Structure:
    """Index arrays of a model for the solver."""

    model: PathModel
    block_of: npt.NDArray[np.int64]  # construct of each indicator
    links: Floats  # links[i, j] = 1 when construct i is a cause of construct j

    @property
    def causes(self) -> list[npt.NDArray[np.int64]]:
        """Indices of the causes of each construct."""
        return [np.flatnonzero(self.links[:, j]) for j in range(len(self.links))]


def structure(model: PathModel) -> Structure:
    """Index arrays of a model."""
    place = {name: i for i, name in enumerate(model.constructs)}
    owner = np.array([place[name] for name, block in model.blocks.items() for _ in block])
    links = np.zeros((len(place), len(place)))
    for source, target in model.paths:
        links[place[source], place[target]] = 1.0
    return Structure(model, owner, links)


@dataclass(frozen=True, slots=True)
class Solution:
    """Stack of solutions: outer weights (…, p, k), correlations of scores (…, k, k), and more.

    `paths[…, i, j]` is the coefficient of cause i on j; `converged` per member of the stack.
    """

    weights: Floats
    correlations: Floats
    loadings: Floats  # (…, p): correlation of each indicator with its own score
    cross: Floats  # (…, p, k): correlation of each indicator with every score
    paths: Floats
    r2: Floats
    converged: npt.NDArray[np.bool_]
    iterations: int


def solve(covariance: Floats, shape: Structure, scheme: Scheme) -> Solution:
    """PLS on a stack of indicator covariance matrices (m, p, p), scores scaled to variance 1.

    Outer weights start at 1 and are changed in turn with the inner weights of the scheme until the
    squared change is below 1e-12. Scores are turned so that their loadings sum to a positive number.

    Source: Tenenhaus, Esposito Vinzi, Chatelin & Lauro (2005), Computational Statistics & Data
        Analysis 48, 159–205.
    """
    stack, p = covariance.shape[0], covariance.shape[1]
    k = len(shape.links)
    pattern = np.zeros((p, k))
    pattern[np.arange(p), shape.block_of] = 1.0
    inverses = _inverses(covariance, shape)
    weights = _scaled(np.broadcast_to(pattern, (stack, p, k)), covariance)
    old = weights.sum(axis=2)
    converged = np.zeros(stack, dtype=np.bool_)
    iterations = 0
    while iterations < MAX_ITERATIONS:
        iterations += 1
        scores = _scaled(weights, covariance)
        correlations = _between(scores, covariance)
        inner = _inner(correlations, shape, scheme)
        signals = covariance @ scores @ inner  # covariance of indicators with inner estimates
        spread = np.sqrt(np.einsum("mij,mik,mkj->mj", inner, correlations, inner))
        signals = signals / np.where(spread > 0, spread, np.nan)[:, None, :]
        for j, inverse in inverses.items():
            rows = np.flatnonzero(shape.block_of == j)
            signals[:, rows, j] = np.einsum("mab,mb->ma", inverse, signals[:, rows, j])
        weights = signals * pattern
        new = weights.sum(axis=2)
        change = ((np.abs(new) - np.abs(old)) ** 2).sum(axis=1)
        old = new
        converged = change < TOLERANCE
        if converged.all() or not np.isfinite(change).any():
            break
    return _finish(_scaled(weights, covariance), covariance, shape, converged, iterations)


def _finish(
    weights: Floats, covariance: Floats, shape: Structure, converged: npt.NDArray[np.bool_], iterations: int
) -> Solution:
    deviation = np.sqrt(np.einsum("mii->mi", covariance))
    cross = (covariance @ weights) / deviation[:, :, None]
    rows = np.arange(len(shape.block_of))
    loadings = cross[:, rows, shape.block_of]
    owner = np.eye(len(shape.links))[shape.block_of]
    totals = loadings @ owner
    sign = np.where(totals < 0, -1.0, 1.0)
    weights, cross = weights * sign[:, None, :], cross * sign[:, None, :]
    loadings = cross[:, rows, shape.block_of]
    correlations = _between(weights, covariance)
    paths, r2 = _regressions(correlations, shape)
    return Solution(weights, correlations, loadings, cross, paths, r2, converged, iterations)


def _scaled(weights: Floats, covariance: Floats) -> Floats:
    variance = np.einsum("mij,mik,mkj->mj", weights, covariance, weights)
    scaled: Floats = weights / np.sqrt(np.where(variance > 0, variance, np.nan))[:, None, :]
    return scaled


def _between(weights: Floats, covariance: Floats) -> Floats:
    """Covariance of the (unscaled) scores, turned into correlations."""
    product: Floats = weights.transpose(0, 2, 1) @ covariance @ weights
    deviation = np.sqrt(np.einsum("mii->mi", product))
    result: Floats = product / (deviation[:, :, None] * deviation[:, None, :])
    return result


def _inverses(covariance: Floats, shape: Structure) -> dict[int, Floats]:
    """Inverse covariance of each Mode B block."""
    found: dict[int, Floats] = {}
    for j, name in enumerate(shape.model.constructs):
        if shape.model.modes[name] == "B":
            rows = np.flatnonzero(shape.block_of == j)
            block = covariance[:, rows[:, None], rows]
            try:
                found[j] = np.asarray(np.linalg.inv(block), dtype=np.float64)
            except np.linalg.LinAlgError:
                raise MeasureError(
                    "indicators of {name} determine one another; leave one out or use mode A", name=name
                ) from None
    return found


def _inner(correlations: Floats, shape: Structure, scheme: Scheme) -> Floats:
    neighbors = shape.links + shape.links.T
    if scheme is Scheme.CENTROID:
        return np.sign(correlations) * neighbors
    if scheme is Scheme.FACTORIAL:
        return correlations * neighbors
    paths, _ = _regressions(correlations, shape)
    return paths + correlations * shape.links.T


def _regressions(correlations: Floats, shape: Structure) -> tuple[Floats, Floats]:
    """Path coefficients (m, k, k) and R² (m, k) of each construct on its causes."""
    paths = np.zeros_like(correlations)
    r2 = np.zeros(correlations.shape[:2])
    for j, causes in enumerate(shape.causes):
        if causes.size:
            known = correlations[:, causes[:, None], causes]
            wanted = correlations[:, causes, j]
            try:
                beta = np.linalg.solve(known, wanted[:, :, None])[:, :, 0]
            except np.linalg.LinAlgError:
                raise MeasureError("two causes of one construct have the same scores") from None
            paths[:, causes, j] = beta
            r2[:, j] = np.einsum("mi,mi->m", beta, wanted)
    return paths, r2
