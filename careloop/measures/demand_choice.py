"""F17: which forecast for which part — candidates by class, choice by rolling origin."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from careloop.measures.demand import (
    DemandClass,
    Floats,
    Method,
    TsbStart,
    check_series,
    classify,
    demand_scale,
    forecast_path,
)

WARM_UP = 6  # periods before the first rolling-origin forecast
CLOSE = 1e-9
BLOCK = 8192  # series a step, so that the working set stays small

CANDIDATES: dict[DemandClass, tuple[Method, ...]] = {
    DemandClass.SMOOTH: (Method.SES, Method.CROSTON, Method.SBA),
    DemandClass.ERRATIC: (Method.SBA, Method.SES),
    DemandClass.INTERMITTENT: (Method.SBA, Method.TSB),
    DemandClass.LUMPY: (Method.SBA, Method.TSB),
    DemandClass.NO_DEMAND: (Method.SBA,),
}
TRIED = (Method.SES, Method.CROSTON, Method.SBA, Method.TSB)


@dataclass(frozen=True, slots=True)
class DemandChoice:
    """Per series: class, method chosen, forecast, and rolling-origin accuracy of the choice.

    mase and scaled_bias are one-step errors (actual − forecast) over the scale of the series; NaN
    where the series is too short or constant.
    """

    classes: tuple[DemandClass, ...]
    methods: tuple[Method, ...]
    forecasts: Floats
    mase: Floats
    scaled_bias: Floats
    adi: Floats
    cv2: Floats


def choose(
    series: npt.ArrayLike,
    *,
    alpha: float = 0.1,
    beta: float = 0.1,
    start: TsbStart | str = TsbStart.LIBRARY,
) -> DemandChoice:
    """Choose SES, Croston, SBA or TSB per series.

    The Syntetos–Boylan class gives the candidates, the first of them is the default; another one
    takes its place when its rolling-origin mean squared error is smaller. Squared errors decide
    because the absolute error (MASE) of an intermittent part is smallest for a forecast near 0.

    Raises:
        MeasureError: as `forecast`.
    """
    data = check_series(series)
    blocks = [
        _choose(data[place : place + BLOCK], alpha, beta, TsbStart(start)) for place in range(0, len(data), BLOCK)
    ]
    return DemandChoice(
        tuple(c for block in blocks for c in block.classes),
        tuple(m for block in blocks for m in block.methods),
        np.concatenate([block.forecasts for block in blocks]),
        np.concatenate([block.mase for block in blocks]),
        np.concatenate([block.scaled_bias for block in blocks]),
        np.concatenate([block.adi for block in blocks]),
        np.concatenate([block.cv2 for block in blocks]),
    )


def _choose(data: Floats, alpha: float, beta: float, start: TsbStart) -> DemandChoice:
    classes, adi, cv2 = classify(data)
    scale = demand_scale(data)
    results = [_rolling(data, forecast_path(data, m, alpha=alpha, beta=beta, start=start)) for m in TRIED]
    squared = np.array([r[1] for r in results])
    picked = np.array([_pick(kind, squared[:, i]) for i, kind in enumerate(classes)], dtype=np.int64)
    rows = np.arange(len(data))

    def take(column: int) -> Floats:
        values: Floats = np.array([r[column] for r in results])[picked, rows]
        return values

    usable = scale > 0
    mase, bias = (np.divide(take(c), scale, out=np.full(len(data), np.nan), where=usable) for c in (2, 3))
    return DemandChoice(tuple(classes), tuple(TRIED[p] for p in picked), take(0), mase, bias, adi, cv2)


def _pick(kind: DemandClass, squared: Floats) -> int:
    candidates = [TRIED.index(method) for method in CANDIDATES[kind]]
    best = candidates[0]
    for other in candidates[1:]:
        if squared[other] < squared[best] * (1.0 - CLOSE):
            best = other
    return best


def _rolling(data: Floats, path: Floats) -> tuple[Floats, Floats, Floats, Floats]:
    """Last forecast, and mean squared, absolute and plain one-step error after the warm-up."""
    first = min(WARM_UP, data.shape[1] - 1)
    errors = data.T[first + 1 :] - path[first:-1] if data.shape[1] > first + 1 else np.empty((0, len(data)))
    known = ~np.isnan(errors)
    count = known.sum(axis=0)
    kept = np.where(known, errors, 0.0)

    def mean(values: Floats) -> Floats:
        result: Floats = np.divide(values.sum(axis=0), count, out=np.full(len(data), np.nan), where=count > 0)
        return result

    return path[-1], mean(kept**2), mean(np.abs(kept)), mean(kept)
