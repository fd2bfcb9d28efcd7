"""demand, and series of demand in wide or long files."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from careloop.measures.charts import Bar, Chart
from careloop.measures.command import (
    Block,
    Command,
    Option,
    Options,
    Report,
    Role,
)
from careloop.measures.demand import (
    Accuracy,
    DemandClass,
    Method,
    accuracy,
    classify,
    demand_scale,
    forecast,
    forecast_path,
)
from careloop.measures.demand_choice import WARM_UP, choose
from careloop.measures.errors import MeasureError, Message
from careloop.measures.tables import Table

Floats = npt.NDArray[np.float64]


SERIES = (
    Role("series_id", "part"),
    Role("period", "month, in a long file", required=False),
    Role("quantity", "pieces, in a long file", required=False),
)


WIDE = """series_id,2025-01,2025-02,2025-03,2025-04,2025-05,2025-06
A1,0,0,3,0,0,2
B2,4,5,3,4,6,5
C3,0,1,0,0,0,0"""


ABSENT = Option("--absent", "a month without a row in a long file", default="zero", choices=("zero", "missing"))


@dataclass
class SeriesSet:
    """Series × periods with their names; NaN = missing."""

    names: list[str]
    periods: list[str]
    values: Floats
    filled: int = 0


def series_of(table: Table, options: Options, extra: tuple[str, ...] = ()) -> SeriesSet:
    """Wide file (one column per period) or long file (series_id, period, quantity)."""
    if table.has("period") and table.has("quantity"):
        return _long(table, options)
    skip = {table.column_name("series_id"), options.by, *(table.column_name(e) for e in extra)}
    periods = [name for name in table.names if name not in skip]
    if not periods:
        raise MeasureError("no period columns; write series_id,2025-01,… or series_id,period,quantity")
    values = np.column_stack([table.numbers(name, minimum=0) for name in periods])
    names = [name.strip() for name in table.texts("series_id")]
    seen: dict[str, int] = {}
    for place, name in enumerate(names):
        if name in seen:
            raise MeasureError(
                "{file}, line {line}: series {name} stands there twice (first in line {first})",
                file=table.origin[place][0],
                line=table.origin[place][1],
                name=name,
                first=table.origin[seen[name]][1],
            )
        seen[name] = place
    return SeriesSet(names, periods, values)


def _long(table: Table, options: Options) -> SeriesSet:
    names = list(dict.fromkeys(name.strip() for name in table.texts("series_id")))
    periods = sorted({period.strip() for period in table.texts("period")})
    quantities = table.numbers("quantity", minimum=0)
    row, column = {n: i for i, n in enumerate(names)}, {p: i for i, p in enumerate(periods)}
    values = np.full((len(names), len(periods)), np.nan)
    present = np.zeros(values.shape, dtype=np.bool_)
    cells = zip(table.texts("series_id"), table.texts("period"), strict=True)
    for place, (name, period) in enumerate(cells):
        cell = (row[name.strip()], column[period.strip()])
        if present[cell]:
            raise MeasureError(
                "{file}, line {line}: series {name} has two rows for {period}",
                file=table.origin[place][0],
                line=table.origin[place][1],
                name=name,
                period=period,
            )
        present[cell] = True
        values[cell] = quantities[place]
    filled = 0
    if options.absent == "zero":
        filled = int((~present).sum())
        values[~present] = 0.0
    return SeriesSet(names, periods, values, filled)


def _optional(value: float) -> float | None:
    return None if math.isnan(value) else float(value)


def run_demand(table: Table | None, options: Options) -> Report:
    assert table is not None
    data = series_of(table, options)
    periods = data.values.shape[1]
    if not 0 <= options.test < periods:
        raise MeasureError(
            "--test {test} leaves no training period of the {periods} in the file",
            test=options.test,
            periods=periods,
        )
    training = data.values[:, : periods - options.test]
    test = data.values[:, periods - options.test :]
    settings = {"alpha": options.alpha, "beta": options.beta, "start": options.start}
    classes, adi, cv2 = classify(data.values, ddof=options.ddof)
    if options.method == "auto":
        choice = choose(training, **settings)
        methods, forecasts = [str(m) for m in choice.methods], choice.forecasts
    else:
        methods = [options.method] * len(data.names)
        forecasts = forecast(training, options.method, **settings)
    result, basis = _accuracy(training, test, forecasts, methods, options, settings)
    complete = np.asarray(~np.isnan(data.values).any(axis=1), dtype=np.bool_)
    series: dict[str, dict[str, Any]] = {}
    for i, name in enumerate(data.names):
        value, mase = _optional(forecasts[i]), _optional(result.mase[i])
        series[name] = {
            "method": methods[i],
            "forecast": value,
            "mase": mase,
            "scaled_bias": _optional(result.scaled_bias[i]),
            "class": classes[i],
            "adi": _optional(adi[i]),
            "cv2": _optional(cv2[i]),
        }
        if value is None or mase is None:
            series[name]["reason"] = _why(value, result, i)
    found = {
        "overall": _overall(result, complete),
        "classes": _count(classes, complete),
        "incomplete_series": int((~complete).sum()),
        **{key: getattr(options, key) for key in ("method", "alpha", "beta", "start", "test")},
        "accuracy": basis,
        "series": series,
    }
    notes = []
    if not complete.all():
        found["overall_with_incomplete"] = _overall(result, np.ones_like(complete))
        notes.append(Message(INCOMPLETE, {"count": int((~complete).sum())}))
    if data.filled:
        notes.append(Message("{count} months without a row were taken as 0 (--absent)", {"count": data.filled}))
    return _demand_report(found, notes)


INCOMPLETE = "{count} series have missing periods; they are forecast, but “overall” is over the complete ones"


def _count(classes: list[DemandClass], complete: npt.NDArray[np.bool_]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for kind, is_complete in zip(classes, complete, strict=True):
        if is_complete:
            counts[str(kind)] = counts.get(str(kind), 0) + 1
    return counts


def _demand_report(found: dict[str, Any], notes: list[Message]) -> Report:
    keys = ("method", "forecast", "mase", "scaled_bias", "class")
    rows = [(name, *(entry[key] for key in keys)) for name, entry in found["series"].items()]
    overall = tuple(found["overall"][k] for k in ("series", "n_mase", "mase", "scaled_bias", "me", "mae", "rmse"))
    blocks = [
        Block("Overall", ("series", "with MASE", "MASE", "scaled bias", "ME", "MAE", "RMSE"), [overall], 5),
        Block("", ("class", "n"), sorted(found["classes"].items())),
        Block("Series", ("series", "method", "forecast", "MASE", "scaled bias", "class"), rows, 4),
    ]
    bars = [Bar(str(row[0]), row[2]) for row in rows]
    return Report(found, blocks, notes, Chart("Forecast per period", bars=bars))


def _why(value: float | None, result: Accuracy, place: int) -> Message:
    if value is None:
        return Message("the series has no value before the test")
    if not result.periods[place]:
        return Message("the series has no period to compare with")
    return Message("the series does not change in training, so errors cannot be scaled")


def _accuracy(
    training: Floats,
    test: Floats,
    forecasts: Floats,
    methods: list[str],
    options: Options,
    settings: dict[str, Any],
) -> tuple[Accuracy, str]:
    """Errors over the test periods, or one step ahead by rolling origin when there are none."""
    if options.test:
        return accuracy(training, test, forecasts), "test"
    first = min(WARM_UP, training.shape[1] - 1)
    errors = np.full((len(training), max(training.shape[1] - first - 1, 0)), np.nan)
    for method in set(methods):
        rows = np.array([m == method for m in methods])
        path = forecast_path(training[rows], method, **settings)
        errors[rows] = training[rows, first + 1 :] - path[first:-1].T
    known = ~np.isnan(errors)
    count = known.sum(axis=1)
    kept, scale = np.where(known, errors, 0.0), demand_scale(training)

    def mean(values: Floats) -> Floats:
        result: Floats = np.divide(values.sum(axis=1), count, out=np.full(len(values), np.nan), where=count > 0)
        return result

    me, mae = mean(kept), mean(np.abs(kept))
    with np.errstate(invalid="ignore", divide="ignore"):
        usable = scale > 0
        mase, bias = (np.where(usable, v / scale, np.nan) for v in (mae, me))
    return Accuracy(me, mae, np.sqrt(mean(kept**2)), mase, bias, scale, count.astype(np.int64)), "rolling_origin"


def _overall(result: Accuracy, chosen: npt.NDArray[np.bool_]) -> dict[str, Any]:
    def mean(values: Floats) -> float | None:
        part = values[chosen & ~np.isnan(values)]
        return float(part.mean()) if part.size else None

    return {
        "series": int(chosen.sum()),
        "n_mase": int((chosen & ~np.isnan(result.mase)).sum()),
        "mase": mean(result.mase),
        "scaled_bias": mean(result.scaled_bias),
        "me": mean(result.me),
        "mae": mean(result.mae),
        "rmse": mean(result.rmse),
    }


COMMANDS = (
    Command(
        "demand",
        "forecast of intermittent demand with accuracy (F17)",
        SERIES,
        WIDE,
        run_demand,
        (
            Option("--method", "forecast; auto chooses by class and rolling origin", default="auto",
                   choices=("auto", *(str(m) for m in Method))),
            Option("--alpha", "smoothing of level and size", "float", 0.1),
            Option("--beta", "smoothing of TSB's probability", "float", 0.1),
            Option("--test", "last periods kept for the test (0: rolling origin)", "int", 0),
            Option("--start", "start of TSB: first period's 0/1, or first interval", default="library",
                   choices=("library", "first-interval")),
            Option("--ddof", "divisor n − ddof of CV²", "int", 0),
            ABSENT,
        ),
        sample_options="--test 2",
        keys="overall classes series: {method forecast mase scaled_bias class adi cv2}",
        source="Croston (1972); Syntetos & Boylan (2005); Teunter et al. (2011); Hyndman & Koehler (2006)",
    ),
)  # fmt: skip
