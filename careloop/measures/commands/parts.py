"""abc-xyz, stock, demand, fill-rate, eoq."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from careloop.measures.abc_xyz import abc_classes, xyz_class
from careloop.measures.charts import Bar, Chart
from careloop.measures.command import (
    SHARE_HEADERS,
    Block,
    Command,
    Option,
    Options,
    Report,
    Role,
    share_data,
    share_row,
)
from careloop.measures.demand import (
    Accuracy,
    Method,
    accuracy,
    classify,
    demand_scale,
    forecast,
    forecast_path,
)
from careloop.measures.demand_choice import WARM_UP, choose
from careloop.measures.errors import MeasureError, Message
from careloop.measures.stock import (
    ReorderPoint,
    economic_order_quantity,
    fill_rates,
    reorder_intermittent,
    reorder_normal,
    reorder_poisson,
)
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
ABSENT = Option(
    "--absent", "a month without a row in a long file", default="zero", choices=("zero", "missing")
)


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
    overall = _overall(result, complete)
    counts: dict[str, int] = {}
    for kind, is_complete in zip(classes, complete, strict=True):
        if is_complete:
            counts[str(kind)] = counts.get(str(kind), 0) + 1
    found: dict[str, Any] = {
        "overall": overall,
        "classes": counts,
        "incomplete_series": int((~complete).sum()),
        "method": options.method,
        "alpha": options.alpha,
        "beta": options.beta,
        "start": options.start,
        "test": options.test,
        "accuracy": basis,
        "series": series,
    }
    notes = []
    if not complete.all():
        found["overall_with_incomplete"] = _overall(result, np.ones_like(complete))
        notes.append(
            Message(
                "{count} series have missing periods; they are forecast, "
                "but “overall” is over the complete ones",
                {"count": int((~complete).sum())},
            )
        )
    if data.filled:
        notes.append(
            Message("{count} months without a row were taken as 0 (--absent)", {"count": data.filled})
        )
    rows = [
        (n, s["method"], s["forecast"], s["mase"], s["scaled_bias"], str(s["class"]))
        for n, s in series.items()
    ]
    summary = [(overall["series"], overall["n_mase"], overall["mase"], overall["scaled_bias"], overall["me"],
                overall["mae"], overall["rmse"])]  # fmt: skip
    blocks = [
        Block("Overall", ("series", "with MASE", "MASE", "scaled bias", "ME", "MAE", "RMSE"), summary, 5),
        Block("", ("class", "n"), sorted(counts.items())),
        Block("Series", ("series", "method", "forecast", "MASE", "scaled bias", "class"), rows, 4),
    ]
    bars = [Bar(str(r[0]), r[2]) for r in rows]
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
        result: Floats = np.divide(
            values.sum(axis=1), count, out=np.full(len(values), np.nan), where=count > 0
        )
        return result

    me, mae = mean(kept), mean(np.abs(kept))
    with np.errstate(invalid="ignore", divide="ignore"):
        usable = scale > 0
        mase, bias = (np.where(usable, v / scale, np.nan) for v in (mae, me))
    return Accuracy(
        me, mae, np.sqrt(mean(kept**2)), mase, bias, scale, count.astype(np.int64)
    ), "rolling_origin"


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


def run_abc(table: Table | None, options: Options) -> Report:
    assert table is not None
    data = series_of(table, options, ("price",))
    months = data.values[:, -options.months :]
    prices = table.numbers("price", minimum=0) if table.has("price") else np.ones(len(data.names))
    if len(prices) != len(data.names):
        raise MeasureError("a price per part needs a wide file: one row per part")
    pieces = np.where(np.isnan(months), 0.0, months).sum(axis=1)
    values = pieces * np.nan_to_num(prices)
    letters = abc_classes(values.tolist(), a=options.a, b=options.b)
    items, rows = {}, []
    for i, name in enumerate(data.names):
        known = months[i][~np.isnan(months[i])]
        regular = xyz_class(known.tolist()) if known.size else None
        entry: dict[str, Any] = {
            "abc": letters[i].abc,
            "xyz": regular.xyz if regular else None,
            "value": float(values[i]),
            "share_before": letters[i].share_before,
            "cv": regular.cv if regular else None,
            "n": int(known.size),
        }
        if regular is None or regular.reason:
            entry["reason"] = regular.reason if regular else Message("no month has a value")
        items[name] = entry
        rows.append(tuple(entry[k] for k in ("abc", "xyz", "value", "share_before", "cv", "n")))
    table_rows = [(name, *row) for name, row in zip(data.names, rows, strict=True)]
    counts: dict[str, int] = {}
    for entry in items.values():
        kind = f"{entry['abc']}{entry['xyz'] or '-'}"
        counts[kind] = counts.get(kind, 0) + 1
    blocks = [
        Block("", ("class", "n"), sorted(counts.items())),
        Block("Items", ("part", "ABC", "XYZ", "value", "share before", "CV", "months"), table_rows, 3),
    ]
    bars = [Bar(kind, count) for kind, count in sorted(counts.items())]
    return Report({"classes": counts, "items": items}, blocks, chart=Chart("ABC/XYZ", bars=bars, x_title="n"))


def _point(point: ReorderPoint) -> dict[str, Any]:
    return {
        "safety_stock": point.safety_stock,
        "reorder_point": point.reorder_point,
        "reorder_at": point.reorder_at,
        "service_level": point.service_level,
        "method": point.method,
    }


def run_stock(table: Table | None, options: Options) -> Report:
    assert table is not None
    points = _from_rates(table, options) if table.has("demand") else _from_series(table, options)
    items = {name: _point(point) for name, point in points.items()}
    rows = [
        (name, p.safety_stock, p.reorder_point, p.reorder_at, p.service_level, p.method)
        for name, p in points.items()
    ]
    headers = ("part", "safety stock", "reorder point", "reorder at", "service level", "method")
    bars = [Bar(str(r[0]), r[2]) for r in rows]
    return Report({"items": items}, [Block("", headers, rows, 3)], chart=Chart("Reorder point", bars=bars))


def _from_rates(table: Table, options: Options) -> dict[str, ReorderPoint]:
    demand = table.numbers("demand", minimum=0)
    sd = table.numbers("demand_sd", minimum=0) if table.has("demand_sd") else np.full(len(table), np.nan)
    lead = (
        table.numbers("lead_time", minimum=0)
        if table.has("lead_time")
        else np.full(len(table), options.lead_time)
    )
    spread = (
        table.numbers("lead_time_sd", minimum=0)
        if table.has("lead_time_sd")
        else np.full(len(table), options.lead_sd)
    )
    kept = ~(np.isnan(demand) | np.isnan(lead))
    table.select(kept, "blank demand or lead time")
    found = {}
    for i in np.flatnonzero(kept):
        name = table.texts("series_id")[i].strip()
        if np.isnan(sd[i]) or options.model == "poisson":
            found[name] = reorder_poisson(float(demand[i] * lead[i]), service_level=options.service)
        else:
            found[name] = reorder_normal(
                float(demand[i]), float(sd[i]), float(lead[i]), float(np.nan_to_num(spread[i])),
                service_level=options.service,
            )  # fmt: skip
    if not found:
        raise MeasureError("there are no valid rows")
    return found


def _from_series(table: Table, options: Options) -> dict[str, ReorderPoint]:
    data = series_of(table, options)
    found = {}
    for name, row in zip(data.names, data.values, strict=True):
        known = row[~np.isnan(row)]
        if not known.size:
            table.rejected["no period has a value"] += 1
            continue
        sizes = known[known > 0]
        model = options.model
        if model == "auto":
            model = "normal" if sizes.size and known.size / sizes.size <= 1.32 else "intermittent"
        mean = float(known.mean())
        if model == "normal":
            sd = float(known.std(ddof=1)) if known.size > 1 else 0.0
            point = reorder_normal(
                mean, sd, options.lead_time, options.lead_sd, service_level=options.service
            )
        elif model == "poisson" or sizes.size == 0:
            point = reorder_poisson(mean * options.lead_time, service_level=options.service)
        else:
            sd = float(sizes.std(ddof=1)) if sizes.size > 1 else 0.0
            interval = known.size / sizes.size
            point = reorder_intermittent(
                float(sizes.mean()), interval, sd, options.lead_time, service_level=options.service
            )
        found[name] = point
    if not found:
        raise MeasureError("there are no valid rows")
    return found


def run_fill_rate(table: Table | None, options: Options) -> Report:
    assert table is not None
    ordered, delivered = table.numbers("ordered"), table.numbers("delivered", minimum=0)
    kept = ~(np.isnan(ordered) | np.isnan(delivered))
    table.select(kept, "blank ordered or delivered")
    orders = [o.strip() for o, k in zip(table.texts("order_id"), kept, strict=True) if k]
    result = fill_rates(orders, ordered[kept], delivered[kept], level=options.level)
    kinds = (("orders", result.orders), ("lines", result.lines), ("pieces", result.pieces))
    rows = [share_row(name, share) for name, share in kinds]
    bars = [Bar(name, s.percent, s.low_percent, s.high_percent) for name, s in kinds]
    data = {name: share_data(share) for name, share in kinds}
    return Report(data, [Block("", SHARE_HEADERS, rows)], chart=Chart("Fill rate", bars=bars, x_title="%"))


def run_eoq(table: Table | None, options: Options) -> Report:
    assert table is not None
    roles = ("demand", "order_cost", "price", "holding_rate")
    columns = [table.numbers(role, minimum=0) for role in roles]
    kept = np.asarray(~np.isnan(np.column_stack(columns)).any(axis=1), dtype=np.bool_)
    table.select(kept, "blank cell")
    names = table.texts("part") if table.has("part") else [str(i + 1) for i in range(len(table))]
    items, rows = {}, []
    for i in np.flatnonzero(kept):
        numbers = [float(column[i]) for column in columns]
        quantity = economic_order_quantity(*numbers)
        orders = numbers[0] / quantity if quantity > 0 else None
        items[names[i]] = {"eoq": quantity, "orders_per_year": orders}
        rows.append((names[i], quantity, orders))
    if not rows:
        raise MeasureError("there are no valid rows")
    return Report({"items": items}, [Block("", ("part", "EOQ", "orders a year"), rows)])


COMMANDS = (
    Command(
        "abc-xyz",
        "ABC by value and XYZ by regularity (F15)",
        (*SERIES, Role("price", "price per piece (default 1: value = pieces)", required=False)),
        "series_id,price,2025-01,2025-02,2025-03\nA1,1200,4,5,4\nB2,30,0,2,1\nC3,8,3,0,9\nD4,50,0,0,1",
        run_abc,
        (
            Option("--months", "last months that count", "int", 12),
            Option("--a", "border of A (share before)", "float", 0.80),
            Option("--b", "border of B", "float", 0.95),
            ABSENT,
        ),
        keys="classes items: {abc xyz value share_before cv n}",
        source="F15",
    ),
    Command(
        "stock",
        "safety stock and reorder point (F16)",
        (
            *SERIES,
            Role("demand", "or: mean pieces per period", required=False),
            Role("demand_sd", "its standard deviation; blank = Poisson", required=False),
            Role("lead_time", "periods", required=False),
            Role("lead_time_sd", "its standard deviation", required=False),
        ),
        "series_id,demand,demand_sd,lead_time,lead_time_sd\nP1,4,1.5,3,0.5\nP2,0.4,,3,\nP3,10,3,2,0",
        run_stock,
        (
            Option("--service", "service level", "float", 0.95),
            Option("--lead-time", "lead time in periods, when the file has none", "float", 1.0),
            Option("--lead-sd", "its standard deviation", "float", 0.0),
            Option("--model", "distribution of the demand", default="auto",
                   choices=("auto", "normal", "poisson", "intermittent")),
            ABSENT,
        ),
        keys="items: {safety_stock reorder_point reorder_at service_level method}",
        source="F16; Syntetos & Boylan (2006)",
    ),
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
    Command(
        "fill-rate",
        "complete orders, lines and pieces (F26)",
        (
            Role("order_id", "order"),
            Role("sku", "part", required=False),
            Role("ordered", "pieces ordered"),
            Role("delivered", "pieces delivered at once"),
        ),
        "order_id,sku,ordered,delivered\n1,A,2,2\n1,B,1,1\n2,A,4,3\n3,C,1,1",
        run_fill_rate,
        keys="orders lines pieces: {k n percent low high}",
        source="F26",
    ),
    Command(
        "eoq",
        "economic order quantity (F33)",
        (
            Role("part", "part", required=False),
            Role("demand", "pieces a year"),
            Role("order_cost", "money per order"),
            Role("price", "money per piece"),
            Role("holding_rate", "yearly holding cost as a fraction of the price"),
        ),
        "part,demand,order_cost,price,holding_rate\nP1,208,120,150,0.2\nP2,1000,80,12,0.25\nP3,50,60,400,0.2",
        run_eoq,
        keys="items: {eoq orders_per_year}",
        source="Harris (1913)",
    ),
)  # fmt: skip
