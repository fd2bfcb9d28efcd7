"""bgnbd, gamma-gamma, clv, rfm, sbg: figures from purchases and renewals."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import numpy.typing as npt

from careloop.measures.bgnbd import SMALLEST, BgNbd, expected_purchases, fit_bgnbd, probability_alive
from careloop.measures.charts import Bar, Chart, Curve
from careloop.measures.command import Block, Command, Option, Options, Report, Role
from careloop.measures.contracts import fit_sbg
from careloop.measures.customer_value import lifetime_value
from careloop.measures.errors import MeasureError, Message
from careloop.measures.gamma_gamma import expected_value, fit_gamma_gamma
from careloop.measures.rfm import rfm
from careloop.measures.tables import Table, parse_day

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

UNIT_DAYS = {"day": 1.0, "week": 7.0, "month": 365.25 / 12.0, "year": 365.25}
MOST_STEPS = 60
CENTS = 6  # digits of a sum of money, so that equal sums are equal

CUSTOMER = Role("customer_id", "customer", required=False)
TRANSACTIONS = (
    CUSTOMER,
    Role("date", "day of a purchase", required=False),
    Role("value", "money of the purchase", required=False),
    Role("x", "or a summary: repeat purchase days", required=False),
    Role("t_x", "time of the last one since the first", required=False),
    Role("T", "time since the first purchase", required=False),
    Role("zbar", "mean value per repeat purchase day", required=False),
)
UNTIL = Option("--until", "last day that counts (default: last day of the file)")
UNIT = Option("--unit", "unit of time", default="week", choices=tuple(UNIT_DAYS))
HORIZON = Option("--horizon", "units ahead for the expected purchases", "float", 39.0)
SAMPLE = "customer_id,x,t_x,T\n00004,12,37,38.86\n00018,0,0,38.43\n00021,1,1.71,38.86\n00050,3,9,39\n00060,0,0,38.43"
MONEY_SAMPLE = "customer_id,x,zbar\nA,2,22.35\nB,1,11.77\nC,4,30.20\nD,3,90\nE,1,8"


@dataclass
class Purchases:
    """Purchase days per customer: codes into `names`, ordered by customer and day."""

    names: list[str]
    customer: Ints
    day: Ints
    value: Floats | None
    until: int


@dataclass
class Histories:
    """Summary per customer in units of time."""

    names: list[str]
    x: Floats
    t_x: Floats
    total: Floats
    zbar: Floats | None


def purchases(table: Table, until: str | None) -> Purchases:
    """Purchases up to `until`, those of one customer on one day made one."""
    dates = table.dates("date")
    end = parse_day(until).toordinal() if until else max((d.toordinal() for d in dates if d), default=0)
    days = np.array([0 if d is None else d.toordinal() for d in dates], dtype=np.int64)
    value = table.numbers("value") if table.has("value") else None
    names = np.array([name.strip() for name in table.texts("customer_id")], dtype=object)
    known = days > 0
    if value is not None:
        known &= ~np.isnan(value)
    known &= np.array([bool(name) for name in names])
    table.select(known, "blank customer, date or value")
    in_time = days <= end
    if (known & ~in_time).any():
        table.rejected["after --until"] += int((known & ~in_time).sum())
    kept = known & in_time
    if not kept.any():
        raise MeasureError("no purchase is left up to {until}", until=date.fromordinal(max(end, 1)))
    found = sorted(set(names[kept]))
    place = {name: i for i, name in enumerate(found)}
    codes = np.array([place[name] for name in names[kept]], dtype=np.int64)
    keys, where = np.unique(codes * 10_000_000 + days[kept], return_inverse=True)
    sums = None if value is None else np.bincount(where, weights=value[kept]).astype(np.float64)
    return Purchases([str(n) for n in found], keys // 10_000_000, keys % 10_000_000, sums, end)


def histories(table: Table, options: Options) -> Histories:
    """Summary of the file, or computed from its transactions."""
    if table.has("x") and not table.has("date"):
        return _summary(table)
    data = purchases(table, options.until)
    size = len(data.names)
    first = np.full(size, np.iinfo(np.int64).max)
    np.minimum.at(first, data.customer, data.day)
    last = np.zeros(size, dtype=np.int64)
    np.maximum.at(last, data.customer, data.day)
    x: Floats = np.bincount(data.customer, minlength=size).astype(np.float64) - 1.0
    zbar = None
    if data.value is not None:
        again = data.day > first[data.customer]
        total = np.bincount(data.customer[again], weights=data.value[again], minlength=size)
        zbar = np.divide(total, x, out=np.zeros(size), where=x > 0)
    unit = UNIT_DAYS[options.unit]
    return Histories(data.names, x, (last - first) / unit, (data.until - first) / unit, zbar)


def _summary(table: Table) -> Histories:
    roles = ["x", "t_x", "T"] if table.has("t_x") or table.has("T") else ["x"]
    columns = [table.numbers(role, minimum=0) for role in roles]
    zbar = table.numbers("zbar", minimum=0) if table.has("zbar") else None
    kept = np.asarray(~np.isnan(np.column_stack(columns)).any(axis=1), dtype=np.bool_)
    table.select(kept, "blank x, t_x or T")
    names = table.texts("customer_id") if table.has("customer_id") else [str(i + 1) for i in range(len(table))]
    x = columns[0][kept]
    t_x, total = (columns[1][kept], columns[2][kept]) if len(columns) > 1 else (x, x)
    chosen = [name for name, k in zip(names, kept, strict=True) if k]
    return Histories(chosen, x, t_x, total, None if zbar is None else np.nan_to_num(zbar[kept]))


def _bgnbd_data(model: BgNbd) -> dict[str, Any]:
    errors = dict(zip(("r", "alpha", "a", "b"), model.standard_errors, strict=True))
    return {
        "r": model.r,
        "alpha": model.alpha,
        "a": model.a,
        "b": model.b,
        "log_likelihood": model.log_likelihood,
        "n": model.n,
        "standard_errors": errors,
    }


def run_bgnbd(table: Table | None, options: Options) -> Report:
    assert table is not None
    data = histories(table, options)
    model = fit_bgnbd(data.x, data.t_x, data.total)
    found = {**_bgnbd_data(model), "unit": options.unit, "horizon": options.horizon}
    errors = found["standard_errors"]
    rows = [(name, getattr(model, name), errors[name]) for name in ("r", "alpha", "a", "b")]
    blocks = [
        Block("", ("", "value", "standard error"), rows, 4),
        Block("", ("log-likelihood", "n"), [(model.log_likelihood, model.n)], 1),
    ]
    notes = []
    if model.n < SMALLEST:
        notes.append(Message("fewer than {least} customers: the figures are shaky", {"least": SMALLEST}))
    if options.customers:
        alive = probability_alive(model, data.x, data.t_x, data.total)
        expected = expected_purchases(model, options.horizon, data.x, data.t_x, data.total)
        found["customers"] = [
            {"customer_id": name, "x": int(x), "p_alive": float(p), "expected": float(e)}
            for name, x, p, e in zip(data.names, data.x, alive, expected, strict=True)
        ]
        table_rows = [
            (name, int(x), float(p) if x > 0 else None, float(e))
            for name, x, p, e in zip(data.names, data.x, alive, expected, strict=True)
        ]
        blocks.append(Block("Customers", ("customer", "x", "P(alive)", "expected"), table_rows, 4))
        notes.append(Message("P(alive) is 1 by definition for customers who bought once; do not show it"))
    return Report(found, blocks, notes, _expected_chart(model))


def _expected_chart(model: BgNbd) -> Chart:
    weeks = np.linspace(0.0, 52.0, 27)
    once = [float(expected_purchases(model, w, [0.0], [0.0], [0.0])[0]) for w in weeks]
    return Chart("Expected repeat purchases of a new customer", curves=[Curve("", weeks.tolist(), once)])


def run_gamma_gamma(table: Table | None, options: Options) -> Report:
    assert table is not None
    data = histories(table, options)
    if data.zbar is None:
        raise MeasureError("Gamma-Gamma needs a column value (transactions) or zbar (summary)")
    model = fit_gamma_gamma(data.x, data.zbar)
    errors = dict(zip("pqv", model.standard_errors, strict=True))
    found: dict[str, Any] = {
        "p": model.p,
        "q": model.q,
        "v": model.v,
        "n": model.n,
        "log_likelihood": model.log_likelihood,
        "mean_value": model.mean_value,
        "standard_errors": errors,
        "reason": model.reason,
    }
    rows = [(name, getattr(model, name), errors[name]) for name in "pqv"]
    blocks = [
        Block("", ("", "value", "standard error"), rows, 4),
        Block("", ("mean value", "n"), [(model.mean_value, model.n)]),
    ]
    if options.customers and model.reason is None:
        values = expected_value(model, data.x, data.zbar)
        found["customers"] = [
            {"customer_id": n, "expected_value": float(v)} for n, v in zip(data.names, values, strict=True)
        ]
        pairs = [(n, float(v)) for n, v in zip(data.names, values, strict=True)]
        blocks.append(Block("Customers", ("customer", "expected value"), pairs))
    return Report(found, blocks, [model.reason] if model.reason else [])


def run_clv(table: Table | None, options: Options) -> Report:
    assert table is not None
    if table.has("margin") and table.has("retention"):
        return _closed_form(table, options)
    data = histories(table, options)
    if data.zbar is None:
        raise MeasureError("lifetime value needs a column value (transactions) or zbar (summary)")
    model, money = fit_bgnbd(data.x, data.t_x, data.total), fit_gamma_gamma(data.x, data.zbar)
    if money.reason is not None:
        raise MeasureError("q is not above 1, so the mean value is not finite")
    values = expected_value(money, data.x, data.zbar) * options.margin_share
    steps = max(1, min(MOST_STEPS, int(np.ceil(options.horizon))))
    edges = np.linspace(0.0, options.horizon, steps + 1)[1:]
    rate = (1.0 + options.discount) ** (UNIT_DAYS[options.unit] / 365.25)
    before, worth = np.zeros(len(data.names)), np.zeros(len(data.names))
    for edge in edges:
        until = expected_purchases(model, float(edge), data.x, data.t_x, data.total)
        worth += (until - before) * values / rate**edge
        before = until
    customers: list[dict[str, Any]] = [
        {"customer_id": n, "expected": float(e), "expected_value": float(v), "clv": float(w)}
        for n, e, v, w in zip(data.names, before, values, worth, strict=True)
    ]
    found = {
        "variant": "bgnbd_gamma_gamma",
        "n": len(customers),
        "total": float(worth.sum()),
        "mean": float(worth.mean()),
        "horizon": options.horizon,
        "unit": options.unit,
        "discount": options.discount,
        "bgnbd": _bgnbd_data(model),
        "gamma_gamma": {"p": money.p, "q": money.q, "v": money.v, "n": money.n},
        "customers": customers,
    }
    rows = [(c["customer_id"], c["expected"], c["expected_value"], c["clv"]) for c in customers]
    blocks = [
        Block("", ("total", "mean", "n"), [(found["total"], found["mean"], found["n"])]),
        Block("Customers", ("customer", "expected", "expected value", "CLV"), rows),
    ]
    return Report(found, blocks)


def _closed_form(table: Table, options: Options) -> Report:
    margin, retention = table.numbers("margin"), table.numbers("retention", minimum=0, maximum=1)
    discount = table.numbers("discount") if table.has("discount") else np.full(len(table), options.discount)
    kept = ~(np.isnan(margin) | np.isnan(retention) | np.isnan(discount))
    table.select(kept, "blank margin, retention or discount")
    names = table.texts("customer_id") if table.has("customer_id") else [str(i + 1) for i in range(len(table))]
    rows, customers = [], []
    for place in np.flatnonzero(kept):
        value = lifetime_value(
            float(margin[place]), float(retention[place]), float(discount[place]), years=options.years
        )
        customers.append(
            {
                "customer_id": names[place],
                "end_of_year": value.end_of_year,
                "now": value.now,
                "years_sum": value.years_sum,
                "years": value.years,
            }
        )
        rows.append((names[place], value.end_of_year, value.now, value.years_sum))
    if not rows:
        raise MeasureError("there are no valid rows")
    headers = ("customer", "first margin after a year", "first margin now", f"Σ {options.years}")
    return Report({"variant": "closed_form", "n": len(rows), "customers": customers}, [Block("", headers, rows)])


def run_rfm(table: Table | None, options: Options) -> Report:
    assert table is not None
    if table.has("days") and table.has("orders"):
        names = table.texts("customer_id")
        columns = [table.numbers(role, minimum=0) for role in ("days", "orders")] + [table.numbers("value")]
        kept = np.asarray(~np.isnan(np.column_stack(columns)).any(axis=1), dtype=np.bool_)
        table.select(kept, "blank days, orders or value")
        names = [n for n, k in zip(names, kept, strict=True) if k]
        days, orders, value = (c[kept] for c in columns)
    else:
        names, days, orders, value = _recency(table, options)
    result = rfm(days.tolist(), orders.tolist(), value.tolist(), ties=options.ties)
    customers = [
        {"customer_id": n, "days": float(d), "orders": float(o), "value": float(v), "r": r, "f": f, "m": m,
         "pattern": p, "type": t}
        for n, d, o, v, r, f, m, p, t in zip(names, days, orders, value, result.recency, result.frequency,
                                             result.monetary, result.patterns, result.types, strict=True)
    ]  # fmt: skip
    counts: dict[str, int] = {}
    for kind in result.types:
        counts[kind] = counts.get(kind, 0) + 1
    rows = [(c["customer_id"], c["days"], c["orders"], c["value"], f"{c['r']}-{c['f']}-{c['m']}", c["type"])
            for c in customers]  # fmt: skip
    blocks = [
        Block("", ("type", "n"), sorted(counts.items())),
        Block("Customers", ("customer", "days", "orders", "value", "R-F-M", "type"), rows),
    ]
    bars = [Bar(name, count) for name, count in sorted(counts.items())]
    data = {"n": result.n, "types": counts, "customers": customers}
    return Report(data, blocks, chart=Chart("RFM", bars=bars, x_title="n"))


def _recency(table: Table, options: Options) -> tuple[list[str], Floats, Floats, Floats]:
    data = purchases(table, options.until)
    if data.value is None:
        raise MeasureError("RFM needs a column value")
    size = len(data.names)
    last = np.zeros(size, dtype=np.int64)
    np.maximum.at(last, data.customer, data.day)
    inside = np.ones(data.day.size, dtype=np.bool_)
    if options.window_months:
        inside = data.day > data.until - options.window_months * UNIT_DAYS["month"]
    orders = np.bincount(data.customer[inside], minlength=size).astype(np.float64)
    value = np.bincount(data.customer[inside], weights=data.value[inside], minlength=size).astype(np.float64)
    return data.names, (data.until - last).astype(np.float64), orders, np.round(value, CENTS)


def run_sbg(table: Table | None, options: Options) -> Report:
    assert table is not None
    periods, survivors = table.numbers("period", minimum=0, whole=True), table.numbers("survivors", minimum=0)
    kept = ~(np.isnan(periods) | np.isnan(survivors))
    table.select(kept, "blank period or survivors")
    order = np.argsort(periods[kept], kind="stable")
    steps, active = periods[kept][order], survivors[kept][order]
    if steps.size and steps[0] == 1 and active[0] <= 1.0:
        steps, active = np.r_[0.0, steps], np.r_[1.0, active]
    if not steps.size or not np.array_equal(steps, np.arange(steps.size)):
        raise MeasureError("periods must be 0, 1, 2, … without gaps or doubles; period 0 holds all customers")
    model = fit_sbg(active.tolist(), fit_periods=options.fit_periods, horizon=options.horizon)
    observed = (active / active[0]).tolist()
    data = {
        "alpha": model.alpha,
        "beta": model.beta,
        "log_likelihood": model.log_likelihood,
        "fit_periods": model.fit_periods,
        "standard_errors": dict(zip(("alpha", "beta"), model.standard_errors, strict=True)),
        "survival": list(model.survival),
        "retention": list(model.retention),
        "observed": observed,
        "n": float(active[0]),
    }
    rows = [
        (t, observed[t] if t < len(observed) else None, s, model.retention[t - 1] if t else None)
        for t, s in enumerate(model.survival)
    ]
    blocks = [
        Block("", ("alpha", "beta", "fit periods"), [(model.alpha, model.beta, model.fit_periods)], 3),
        Block("", ("period", "observed", "model", "renewal rate"), rows, 4),
    ]
    steps_all = list(range(len(model.survival)))
    curves = [
        Curve("model", steps_all, list(model.survival)),
        Curve("observed", steps_all[: len(observed)], observed),
    ]
    return Report(data, blocks, chart=Chart("sBG", curves=curves, x_title="period"))


COMMANDS = (
    Command(
        "bgnbd",
        "BG/NBD: repeat purchases and P(alive) without contract (F13)",
        TRANSACTIONS,
        SAMPLE,
        run_bgnbd,
        (UNTIL, UNIT, HORIZON, Option("--customers", "add P(alive) and expected purchases", "flag")),
        sample_options="--customers --horizon 39",
        keys="r alpha a b log_likelihood n standard_errors; customers: [{customer_id x p_alive expected}]",
        source="Fader, Hardie & Lee (2005)",
    ),
    Command(
        "gamma-gamma",
        "Gamma-Gamma: expected value per purchase",
        TRANSACTIONS,
        MONEY_SAMPLE,
        run_gamma_gamma,
        (UNTIL, UNIT, Option("--customers", "add the expected value per customer", "flag")),
        keys="p q v n log_likelihood mean_value standard_errors; customers: [{customer_id expected_value}]",
        source="Fader & Hardie (2013)",
    ),
    Command(
        "clv",
        "customer lifetime value, closed form (F12) or from purchases",
        (*TRANSACTIONS, Role("margin", "yearly margin", required=False),
         Role("retention", "yearly retention 0–1", required=False),
         Role("discount", "yearly discount rate", required=False)),
        "customer_id,margin,retention,discount\nA,40000,0.85,0.10\nB,12000,0.6,0.10\nC,8000,0.9,0.08",
        run_clv,
        (
            UNTIL,
            UNIT,
            HORIZON,
            Option("--discount", "yearly discount rate", "float", 0.10),
            Option("--years", "years of the finite sum", "int", 5),
            Option("--margin-share", "margin as a fraction of the value", "float", 1.0),
        ),
        keys="variant n customers: [{customer_id end_of_year now years_sum}] or [{… expected clv}]",
        source="Gupta & Lehmann (2003); Fader, Hardie & Lee (2005)",
    ),
    Command(
        "rfm",
        "recency, frequency, monetary classes and eight types (F11)",
        (CUSTOMER, Role("date", "day of a purchase", required=False),
         Role("value", "money", required=False),
         Role("days", "or: days since the last order", required=False),
         Role("orders", "orders in the window", required=False)),
        "customer_id,days,orders,value\nC1,5,8,120\nC3,20,12,200\nC6,60,9,160\nC8,150,6,90",
        run_rfm,
        (
            UNTIL,
            Option("--ties", "equal values: the better class, or by order of customer_id", default="better",
                   choices=("better", "order")),
            Option("--window-months", "months that count for orders and value (default: all)", "int"),
        ),
        keys="n types customers: [{customer_id days orders value r f m pattern type}]",
        source="Hughes (1994)",
    ),
    Command(
        "sbg",
        "renewal of contracts (shifted-beta-geometric)",
        (Role("period", "0, 1, 2, …"), Role("survivors", "customers still active, or their share")),
        "period,survivors\n0,1000\n1,631\n2,468\n3,382",
        run_sbg,
        (
            Option("--fit-periods", "periods used for the fit (default: all)", "int"),
            Option("--horizon", "last period of the projection", "int"),
        ),
        keys="alpha beta log_likelihood fit_periods survival retention observed n standard_errors",
        source="Fader & Hardie (2007)",
    ),
)  # fmt: skip
