"""Structural satisfaction index with reliability, index 0–100 and bootstrap intervals."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from careloop.measures.errors import MeasureError, Message
from careloop.measures.pls import PathModel, Scheme, Solution, Structure, solve, structure
from careloop.measures.scales import cronbach_alpha

Floats = npt.NDArray[np.float64]

OUTSIDE = "{count} respondents have an answer outside the scale {low} to {high}; they are kept as they are"

BLOCK = 250  # resamples solved at a time


@dataclass(frozen=True, slots=True)
class PathResult:
    """One path with percentile bounds (None without bootstrap)."""

    source: str
    target: str
    value: float
    low: float | None = None
    high: float | None = None
    standard_error: float | None = None


@dataclass(frozen=True, slots=True)
class Construct:
    """One construct.

    index 0–100 with bounds; r2 None for a construct without causes; alpha, rho_c (Dillon–Goldstein),
    eigenvalues and ave None for formative blocks (mode B) and alpha for single indicators.
    """

    name: str
    mode: str
    index: float
    index_low: float | None
    index_high: float | None
    r2: float | None
    communality: float
    redundancy: float
    ave: float | None
    alpha: float | None
    rho: float | None
    first_eigenvalue: float | None
    second_eigenvalue: float | None


@dataclass(frozen=True, slots=True)
class Indicator:
    """Outer model: weight of the (scaled or centred) indicator, loading, communality, redundancy."""

    name: str
    construct: str
    weight: float
    loading: float
    communality: float
    redundancy: float


@dataclass(frozen=True, slots=True)
class StructuralIndex:
    """Result of a PLS path model on n complete respondents.

    `effects[source, target]` = (direct, indirect, total). `gof` is the goodness of fit
    √(mean communality × mean R²). `failed` resamples did not converge and are left out.
    """

    constructs: tuple[Construct, ...]
    indicators: tuple[Indicator, ...]
    paths: tuple[PathResult, ...]
    effects: dict[tuple[str, str], tuple[float, float, float]]
    gof: float
    n: int
    iterations: int
    scheme: Scheme
    scaled: bool
    bootstrap: int
    failed: int
    cross_loadings: Floats
    notes: tuple[Message, ...] = ()


def structural_index(
    data: npt.ArrayLike,
    model: PathModel,
    *,
    scheme: Scheme | str = Scheme.CENTROID,
    scaled: bool = True,
    scale_ends: tuple[float, float] = (1.0, 10.0),
    bootstrap: int = 0,
    seed: int = 1,
    level: float = 0.95,
) -> StructuralIndex:
    """Estimate the model and the index of each construct.

    index = 100·(Σ w_i·m_i − Σ w_i·low)/(Σ w_i·(high − low)), m_i = indicator mean and w_i = outer
    weight per raw unit (the standardized weight ÷ standard deviation when scaled).

    Args:
        data: respondents × indicators in the order of `model.indicators`, no missing values.
        scaled: z-scored indicators (divisor n); False keeps the raw spread.
        scale_ends: lowest and highest answer.
        bootstrap: resamples for percentile bounds, 0 = none.
        seed: start of the resampling.

    Returns:
        Estimates; a note counts respondents with an answer outside the scale (they are kept).

    Raises:
        MeasureError: fewer respondents than twice the largest block, an indicator without
            variance, no convergence.

    Source: GB/T 19038-2009; Tenenhaus et al. (2005), see `pls.solve`.
    """
    answers = _checked(data, model)
    shape = structure(model)
    kind = Scheme(scheme)
    solution = solve(_covariance(answers, scaled)[None], shape, kind)
    if not bool(solution.converged[0]):
        raise MeasureError("the outer weights do not settle within 500 rounds; try another scheme or mode A")
    samples = _bootstrap(answers, shape, kind, scaled, scale_ends, bootstrap, seed) if bootstrap else None
    index = _index(answers.mean(axis=0), solution.weights[0], _unit(answers, scaled), shape, scale_ends)
    result = _result(answers, shape, solution, index, samples, kind, scaled, level, bootstrap)
    outside = int(((answers < scale_ends[0]) | (answers > scale_ends[1])).any(axis=1).sum())
    if not outside:
        return result
    ends = {"count": outside, "low": scale_ends[0], "high": scale_ends[1]}
    return replace(result, notes=(Message(OUTSIDE, ends),))


def _checked(data: npt.ArrayLike, model: PathModel) -> Floats:
    answers = np.asarray(data, dtype=np.float64)
    names = model.indicators
    if answers.ndim != 2 or answers.shape[1] != len(names):
        raise MeasureError("the data must have one column per indicator ({count})", count=len(names))
    if not np.isfinite(answers).all():
        raise MeasureError("answers are missing; leave such respondents out first")
    need = 2 * max(len(block) for block in model.blocks.values())
    if len(answers) < need:
        raise MeasureError("{n} respondents are too few; at least {need} are needed", n=len(answers), need=need)
    flat = np.flatnonzero(np.ptp(answers, axis=0) == 0)
    if flat.size:
        raise MeasureError("{name} has the same answer throughout; leave it out", name=names[flat[0]])
    return answers


def _unit(answers: Floats, scaled: bool) -> Floats:
    return answers.std(axis=0) if scaled else np.ones(answers.shape[1])


def _covariance(answers: Floats, scaled: bool) -> Floats:
    centred = (answers - answers.mean(axis=0)) / _unit(answers, scaled)
    result: Floats = centred.T @ centred / len(answers)
    return result


def _index(means: Floats, weights: Floats, unit: Floats, shape: Structure, ends: tuple[float, float]) -> Floats:
    own = weights[np.arange(len(unit)), shape.block_of] / unit
    k = len(shape.links)
    top = np.bincount(shape.block_of, own * (means - ends[0]), k)
    bottom = np.bincount(shape.block_of, own * (ends[1] - ends[0]), k)
    result: Floats = 100.0 * np.divide(top, bottom, out=np.full(k, np.nan), where=bottom != 0)
    return result


@dataclass(frozen=True, slots=True)
class _Samples:
    paths: Floats
    index: Floats
    failed: int


def _bootstrap(
    answers: Floats,
    shape: Structure,
    scheme: Scheme,
    scaled: bool,
    ends: tuple[float, float],
    count: int,
    seed: int,
) -> _Samples:
    rng = np.random.default_rng(seed)
    n = len(answers)
    paths, indices = [], []
    for start in range(0, count, BLOCK):
        draws = rng.integers(0, n, size=(min(BLOCK, count - start), n))
        picked = [answers[draw] for draw in draws]
        usable = [sample for sample in picked if (np.ptp(sample, axis=0) > 0).all()]
        if not usable:
            continue
        solution = solve(np.array([_covariance(s, scaled) for s in usable]), shape, scheme)
        for place in np.flatnonzero(solution.converged):
            sample = usable[place]
            weights = solution.weights[place]
            indices.append(_index(sample.mean(axis=0), weights, _unit(sample, scaled), shape, ends))
            paths.append(solution.paths[place])
    if len(paths) < max(2, count // 2):
        raise MeasureError("more than half of the resamples fail; the sample is too small for this model")
    return _Samples(np.array(paths), np.array(indices), count - len(paths))


def _result(
    answers: Floats,
    shape: Structure,
    solution: Solution,
    index: Floats,
    samples: _Samples | None,
    scheme: Scheme,
    scaled: bool,
    level: float,
    bootstrap: int,
) -> StructuralIndex:
    names = shape.model.constructs
    r2 = solution.r2[0]
    communality = solution.loadings[0] ** 2
    own = solution.weights[0][np.arange(len(shape.block_of)), shape.block_of]
    indicators = tuple(
        Indicator(
            name,
            names[shape.block_of[i]],
            float(own[i]),
            float(solution.loadings[0][i]),
            float(communality[i]),
            float(communality[i] * r2[shape.block_of[i]]),
        )
        for i, name in enumerate(shape.model.indicators)
    )
    constructs = tuple(_construct(j, answers, shape, communality, r2, index, samples, level) for j in range(len(names)))
    place = {name: i for i, name in enumerate(names)}
    paths = tuple(_path(a, b, solution.paths[0], samples, level, place) for a, b in shape.model.paths)
    caused = [j for j, causes in enumerate(shape.causes) if causes.size]
    several = np.bincount(shape.block_of)[shape.block_of] > 1
    mean = float(communality[several].mean()) if several.any() else float(communality.mean())
    return StructuralIndex(
        constructs,
        indicators,
        paths,
        _effects(solution.paths[0], names),
        float(np.sqrt(mean * r2[caused].mean())),
        len(answers),
        solution.iterations,
        scheme,
        scaled,
        bootstrap,
        samples.failed if samples else 0,
        solution.cross[0],
    )


def _bounds(values: Floats, level: float) -> tuple[float, float]:
    tail = (1.0 - level) / 2.0
    low, high = np.quantile(values, [tail, 1.0 - tail])
    return float(low), float(high)


def _path(
    source: str, target: str, paths: Floats, samples: _Samples | None, level: float, place: dict[str, int]
) -> PathResult:
    i, j = place[source], place[target]
    if samples is None:
        return PathResult(source, target, float(paths[i, j]))
    drawn = samples.paths[:, i, j]
    low, high = _bounds(drawn, level)
    return PathResult(source, target, float(paths[i, j]), low, high, float(drawn.std(ddof=1)))


def _construct(
    j: int,
    answers: Floats,
    shape: Structure,
    communality: Floats,
    r2: Floats,
    index: Floats,
    samples: _Samples | None,
    level: float,
) -> Construct:
    name = shape.model.constructs[j]
    rows = np.flatnonzero(shape.block_of == j)
    mode = shape.model.modes[name]
    mean = float(communality[rows].mean())
    low, high = _bounds(samples.index[:, j], level) if samples else (None, None)
    alpha = rho = first = second = None
    if mode == "A" and rows.size > 1:
        block = answers[:, rows]
        alpha = cronbach_alpha(block).standardized
        values, vectors = np.linalg.eigh(np.corrcoef(block, rowvar=False))
        first, second = float(values[-1]), float(values[-2])
        loadings = vectors[:, -1] * np.sqrt(values[-1])
        total = float(loadings.sum()) ** 2
        rho = total / (total + float((1.0 - loadings**2).sum()))
    has_causes = shape.causes[j].size > 0
    return Construct(
        name,
        mode,
        float(index[j]),
        low,
        high,
        float(r2[j]) if has_causes else None,
        mean,
        mean * float(r2[j]),
        mean if mode == "A" else None,
        alpha,
        rho,
        first,
        second,
    )


def _effects(paths: Floats, names: tuple[str, ...]) -> dict[tuple[str, str], tuple[float, float, float]]:
    """Direct, indirect and total effect of every construct on every later one."""
    total, power = paths.copy(), paths.copy()
    for _ in names:
        power = power @ paths
        total = total + power
    return {
        (names[i], names[j]): (float(paths[i, j]), float(total[i, j] - paths[i, j]), float(total[i, j]))
        for i in range(len(names))
        for j in range(i + 1, len(names))
    }
