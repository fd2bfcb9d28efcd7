"""F17: forecasts of intermittent demand for many parts at once, and their accuracy.

All functions take series × periods (oldest first, equal periods, NaN = missing); a period without
demand is 0. Missing periods are passed over as if they were not there.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import numpy.typing as npt

from careloop.measures.errors import MeasureError

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

ADI_CUT = 1.32
CV2_CUT = 0.49


class Method(StrEnum):
    """Forecasting methods; all give the same number for every later period."""

    SES = "ses"
    CROSTON = "croston"
    SBA = "sba"
    TSB = "tsb"
    NAIVE = "naive"
    MEAN = "mean"
    ZERO = "zero"


class TsbStart(StrEnum):
    """Start of TSB's probability: the first period's 0/1, or 1/(periods up to the first demand)."""

    LIBRARY = "library"
    FIRST_INTERVAL = "first-interval"


class DemandClass(StrEnum):
    """Syntetos–Boylan–Croston classes by ADI (cut 1.32) and CV² of the sizes (cut 0.49)."""

    SMOOTH = "smooth"
    ERRATIC = "erratic"
    INTERMITTENT = "intermittent"
    LUMPY = "lumpy"
    NO_DEMAND = "no_demand"


@dataclass(frozen=True, slots=True)
class Accuracy:
    """Errors (actual − forecast) of each series over its test periods; NaN where undefined.

    scale = mean |y_t − y_(t−1)| in training; mase = MAE/scale, scaled_bias = ME/scale.
    """

    me: Floats
    mae: Floats
    rmse: Floats
    mase: Floats
    scaled_bias: Floats
    scale: Floats
    periods: npt.NDArray[np.int64]


def check_series(series: npt.ArrayLike) -> Floats:
    """Series × periods as floats.

    Raises:
        MeasureError: not a table, no periods, a negative or infinite quantity.
    """
    data = np.asarray(series, dtype=np.float64)
    data = data[None, :] if data.ndim == 1 else data
    if data.ndim != 2 or data.shape[1] == 0:
        raise MeasureError("demand must be a table of series × periods")
    wrong = np.isinf(data) | (data < 0)
    if wrong.any():
        row, column = np.argwhere(wrong)[0]
        raise MeasureError(
            "series {row} has a negative or infinite quantity in period {column}",
            row=row + 1,
            column=column + 1,
        )
    return data


def forecast(
    series: npt.ArrayLike,
    method: Method | str,
    *,
    alpha: float = 0.1,
    beta: float = 0.1,
    start: TsbStart | str = TsbStart.LIBRARY,
) -> Floats:
    """Pieces per period expected after the last period, one number per series.

    SES starts at the first value. Croston smooths size Z and interval P at each demand, started at
    the first size and its position: Z/P. SBA = Croston·(1 − α/2). TSB smooths the size at each
    demand (α) and the probability in every period (β): falls when demand stops, so use it for
    ageing machines. A series without demand gives 0, one without any value NaN.

    Args:
        alpha: smoothing of level and size, 0 < α ≤ 1.
        beta: smoothing of TSB's probability, 0 < β ≤ 1.
        start: start of TSB's probability.

    Raises:
        MeasureError: bad series, unknown method, constant outside its range.

    Source: Croston (1972), Operational Research Quarterly 23, 289–303; Syntetos & Boylan (2005),
        International Journal of Forecasting 21, 303–314; Teunter, Syntetos & Babai (2011), European
        Journal of Operational Research 214, 606–615.
    """
    last: Floats = forecast_path(series, method, alpha=alpha, beta=beta, start=start)[-1]
    return last


def forecast_path(
    series: npt.ArrayLike,
    method: Method | str,
    *,
    alpha: float = 0.1,
    beta: float = 0.1,
    start: TsbStart | str = TsbStart.LIBRARY,
) -> Floats:
    """Forecasts made after each period, periods × series (rolling origin); see `forecast`."""
    data = check_series(series)
    for name, constant in (("alpha", alpha), ("beta", beta)):
        if not 0.0 < constant <= 1.0:
            raise MeasureError("{name} must be above 0 and at most 1, not {value}", name=name, value=constant)
    chosen = Method(method)
    columns = np.ascontiguousarray(data.T)
    if chosen in (Method.CROSTON, Method.SBA):
        path = _croston(columns, alpha)
        return path * (1.0 - alpha / 2.0) if chosen is Method.SBA else path
    if chosen is Method.TSB:
        return _tsb(columns, alpha, beta, TsbStart(start))
    if chosen is Method.SES:
        return _ses(columns, alpha)
    return _simple(columns, chosen)


def _croston(columns: Floats, alpha: float) -> Floats:
    size = np.zeros(columns.shape[1])
    interval = np.ones(columns.shape[1])
    since = np.zeros(columns.shape[1])
    started = np.zeros(columns.shape[1], dtype=np.bool_)
    seen = np.zeros(columns.shape[1], dtype=np.bool_)
    path = np.empty_like(columns)
    for period, demand in enumerate(columns):
        known = ~np.isnan(demand)
        seen |= known
        since += known
        here = known & (demand > 0)
        first = here & ~started
        later = here & started
        size = np.where(first, demand, np.where(later, size + alpha * (demand - size), size))
        interval = np.where(first, since, np.where(later, interval + alpha * (since - interval), interval))
        since = np.where(here, 0.0, since)
        started |= here
        path[period] = np.where(seen, size / interval, np.nan)
    return path


def _tsb(columns: Floats, alpha: float, beta: float, start: TsbStart) -> Floats:
    size = np.zeros(columns.shape[1])
    chance = np.zeros(columns.shape[1])
    periods = np.zeros(columns.shape[1])
    started = np.zeros(columns.shape[1], dtype=np.bool_)
    path = np.empty_like(columns)
    for period, demand in enumerate(columns):
        known = ~np.isnan(demand)
        periods += known
        here = known & (demand > 0)
        first, later = here & ~started, here & started
        size = np.where(first, demand, np.where(later, size + alpha * (demand - size), size))
        moved = chance + beta * (here - chance)
        if start is TsbStart.LIBRARY:
            chance = np.where(known, np.where(periods == 1, here, moved), chance)
        else:
            begin = np.divide(1.0, periods, out=np.zeros_like(periods), where=periods > 0)
            chance = np.where(known & started, moved, np.where(first, begin, chance))
        started |= here
        path[period] = np.where(periods > 0, size * chance, np.nan)
    return path


def _ses(columns: Floats, alpha: float) -> Floats:
    level = np.full(columns.shape[1], np.nan)
    path = np.empty_like(columns)
    for period, demand in enumerate(columns):
        known = ~np.isnan(demand)
        level = np.where(known, np.where(np.isnan(level), demand, level + alpha * (demand - level)), level)
        path[period] = level
    return path


def _simple(columns: Floats, method: Method) -> Floats:
    known = ~np.isnan(columns)
    seen = known.cumsum(axis=0)
    if method is Method.ZERO:
        return np.where(seen > 0, 0.0, np.nan)
    if method is Method.NAIVE:
        place = np.where(known, np.arange(len(columns))[:, None], 0)
        latest = np.maximum.accumulate(place, axis=0)
        return np.take_along_axis(columns, latest, axis=0)
    total = np.where(known, columns, 0.0).cumsum(axis=0)
    means: Floats = np.divide(total, seen, out=np.full_like(total, np.nan), where=seen > 0)
    return means


def demand_scale(training: npt.ArrayLike) -> Floats:
    """Mean |y_t − y_(t−1)| over neighbouring known periods per series; NaN without a pair."""
    data = check_series(training)
    steps = np.abs(np.diff(data, axis=1))
    known = ~np.isnan(steps)
    count = known.sum(axis=1)
    total = np.where(known, steps, 0.0).sum(axis=1)
    scale: Floats = np.divide(total, count, out=np.full(len(data), np.nan), where=count > 0)
    return scale


def accuracy(training: npt.ArrayLike, test: npt.ArrayLike, forecasts: npt.ArrayLike) -> Accuracy:
    """Errors of flat forecasts over the test periods, missing periods left out.

    Source: Hyndman & Koehler (2006), International Journal of Forecasting 22, 679–688.
    """
    actual = check_series(test)
    expected = np.asarray(forecasts, dtype=np.float64).reshape(-1, 1)
    scale = demand_scale(training)
    if len(actual) != len(expected) or len(scale) != len(actual):
        raise MeasureError("training, test and forecasts must have the same series")
    errors = actual - expected
    known = ~np.isnan(errors)
    count = known.sum(axis=1)
    kept = np.where(known, errors, 0.0)

    def mean(values: Floats) -> Floats:
        result: Floats = np.divide(values.sum(axis=1), count, out=np.full(len(values), np.nan), where=count > 0)
        return result

    me, mae, rmse = mean(kept), mean(np.abs(kept)), np.sqrt(mean(kept**2))
    usable = scale > 0

    def scaled(values: Floats) -> Floats:
        result: Floats = np.divide(values, scale, out=np.full(len(values), np.nan), where=usable)
        return result

    return Accuracy(me, mae, rmse, scaled(mae), scaled(me), scale, count.astype(np.int64))


def classify(series: npt.ArrayLike, *, ddof: int = 0) -> tuple[list[DemandClass], Floats, Floats]:
    """Class, ADI = periods/periods with demand, CV² of the non-zero sizes (divisor n − ddof).

    A single demand has CV² 0. ADI and CV² are NaN without demand.

    Source: Syntetos, Boylan & Croston (2005), Journal of the Operational Research Society 56, 495–503.
    """
    data = check_series(series)
    known, demanded = ~np.isnan(data), np.nan_to_num(data) > 0
    periods, count = known.sum(axis=1), demanded.sum(axis=1)
    nothing = np.full(len(data), np.nan)
    adi = np.divide(periods, count, out=nothing.copy(), where=count > 0)
    sizes = np.where(demanded, data, 0.0)
    mean = np.divide(sizes.sum(axis=1), count, out=nothing.copy(), where=count > 0)
    spread = np.where(demanded, data - mean[:, None], 0.0)
    divisor = np.maximum(count - ddof, 1)
    cv2 = (spread**2).sum(axis=1) / divisor / mean**2
    names = [DemandClass.SMOOTH, DemandClass.ERRATIC, DemandClass.INTERMITTENT, DemandClass.LUMPY]
    codes = 2 * (adi > ADI_CUT) + (cv2 > CV2_CUT)
    classes = [names[code] if has else DemandClass.NO_DEMAND for code, has in zip(codes, count > 0, strict=True)]
    return classes, adi, cv2
