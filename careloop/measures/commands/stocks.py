"""abc-xyz, stock, fill-rate, eoq."""

from __future__ import annotations

from typing import Any

import numpy as np

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
from careloop.measures.commands.parts import ABSENT, SERIES, series_of
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
        (name, p.safety_stock, p.reorder_point, p.reorder_at, p.service_level, p.method) for name, p in points.items()
    ]
    headers = ("part", "safety stock", "reorder point", "reorder at", "service level", "method")
    bars = [Bar(str(r[0]), r[2]) for r in rows]
    return Report({"items": items}, [Block("", headers, rows, 3)], chart=Chart("Reorder point", bars=bars))


def _from_rates(table: Table, options: Options) -> dict[str, ReorderPoint]:
    demand = table.numbers("demand", minimum=0)
    sd = table.numbers("demand_sd", minimum=0) if table.has("demand_sd") else np.full(len(table), np.nan)
    lead = table.numbers("lead_time", minimum=0) if table.has("lead_time") else np.full(len(table), options.lead_time)
    spread = (
        table.numbers("lead_time_sd", minimum=0) if table.has("lead_time_sd") else np.full(len(table), options.lead_sd)
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
            point = reorder_normal(mean, sd, options.lead_time, options.lead_sd, service_level=options.service)
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
