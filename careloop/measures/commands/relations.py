"""churn-rhythm, survival, retention, credit."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import numpy as np
import numpy.typing as npt

from careloop.measures.charts import Bar, Chart, Curve
from careloop.measures.churn import rhythm_state, segment_rhythm
from careloop.measures.command import SHARE_HEADERS, Block, Command, Option, Options, Report, Role, share_data
from careloop.measures.commands.lifetimes import purchases
from careloop.measures.contracts import retention_rate
from careloop.measures.credit import LIMIT_FACTORS, Invoice, credit_limit, credit_score
from careloop.measures.errors import MeasureError, Message
from careloop.measures.intervals import wilson
from careloop.measures.survival import Survival, kaplan_meier, log_rank
from careloop.measures.tables import Table, parse_day

MONTH_DAYS = 365.25 / 12.0


def run_churn(table: Table | None, options: Options) -> Report:
    assert table is not None
    data = purchases(table, options.until)
    lost = _confirmed(table) if table.has("lost") else set()
    gaps: dict[int, list[float]] = {i: [] for i in range(len(data.names))}
    last = dict.fromkeys(gaps, 0)
    for customer, day in zip(data.customer.tolist(), data.day.tolist(), strict=True):
        if last[customer]:
            gaps[customer].append(float(day - last[customer]))
        last[customer] = day
    segment = segment_rhythm([gap for own in gaps.values() for gap in own])
    customers: list[dict[str, Any]] = []
    counts: dict[str, int] = {}
    for place, name in enumerate(data.names):
        days = data.until - last[place]
        found = rhythm_state(gaps[place], days, segment=segment, confirmed_lost=name in lost)
        state = str(found.state) if found.state else None
        counts[str(state)] = counts.get(str(state), 0) + 1
        customers.append(
            {
                "customer_id": name,
                "state": state,
                "days_since_last": days,
                "median_days": found.median_days,
                "active_until": found.active_until,
                "slipping_until": found.slipping_until,
                "lost_after": found.lost_after,
                "intervals": found.intervals,
                "source": found.source,
                "reason": found.reason,
            }
        )
    keys = (
        "customer_id",
        "state",
        "days_since_last",
        "median_days",
        "active_until",
        "slipping_until",
        "source",
    )
    rows = [tuple(c[k] for k in keys) for c in customers]
    until = date.fromordinal(data.until).isoformat()
    blocks = [
        Block("", ("state", "n"), sorted(counts.items())),
        Block("Customers", ("customer", "state", "days", "median", "active ≤", "slipping ≤", "rhythm"), rows, 1),
    ]
    bars = [Bar(name, count) for name, count in sorted(counts.items())]
    found_data = {"n": len(customers), "until": until, "counts": counts, "customers": customers}
    return Report(found_data, blocks, chart=Chart("Rhythm", bars=bars, x_title="n"))


def _confirmed(table: Table) -> set[str]:
    flags = table.flags("lost")
    return {n.strip() for n, f in zip(table.texts("customer_id"), flags, strict=True) if f == 1.0}


def _survival_data(result: Survival) -> dict[str, Any]:
    return {
        "times": result.times,
        "survival": result.survival,
        "low": result.low,
        "high": result.high,
        "median": result.median,
        "median_low": result.median_low,
        "median_high": result.median_high,
        "at_risk": result.at_risk,
        "events": result.events,
        "n": result.n,
        "n_events": result.n_events,
        "level": result.level,
        "reason": result.reason,
    }


def run_survival(table: Table | None, options: Options) -> Report:
    assert table is not None
    durations, events = table.numbers("duration", minimum=0), table.flags("event")
    kept = ~(np.isnan(durations) | np.isnan(events))
    part = table.select(kept, "blank duration or event")
    if not kept.any():
        raise MeasureError("there are no valid rows")
    time, died = durations[kept], events[kept]
    whole = kaplan_meier(time, died, level=options.level)
    data, notes = _survival_data(whole), [whole.reason] if whole.reason else []
    results = {"all": whole}
    if options.by:
        labels = np.array([g.strip() for g in _column(part, options.by)], dtype=object)
        names = sorted(set(labels))
        results = {str(g): kaplan_meier(time[labels == g], died[labels == g], level=options.level) for g in names}
        data["groups"] = {name: _survival_data(result) for name, result in results.items()}
        try:
            test = log_rank(time, died, labels.tolist())
            data["log_rank"] = {"chi2": test.chi2, "df": test.df, "p": test.p}
        except MeasureError as error:
            data["log_rank"] = {"chi2": None, "df": None, "p": None, "reason": error.message}
            notes.append(error.message)
    rows = [(g, r.n, r.n_events, r.median, r.median_low, r.median_high) for g, r in results.items()]
    blocks = [Block("", ("group", "n", "events", "median", "low", "high"), rows)]
    if options.by and data["log_rank"]["chi2"] is not None:
        test_row = data["log_rank"]
        blocks.append(Block("Log-rank test", ("χ²", "df", "p"), [(test_row["chi2"], test_row["df"], test_row["p"])], 4))
    if not options.by:
        points = list(zip(whole.times, whole.at_risk, whole.events, whole.survival, whole.low, whole.high, strict=True))
        blocks.append(Block("", ("time", "at risk", "events", "survival", "low", "high"), points, 4))
    curves = [Curve(g, r.times, r.survival, r.low, r.high, steps=True) for g, r in results.items()]
    return Report(data, blocks, notes, Chart("Survival", curves=curves, x_title="time"))


def _column(table: Table, name: str) -> list[str]:
    if name not in table.cells:
        raise MeasureError(
            "{file}: column “{name}” for --by is missing; columns are {columns}",
            file=", ".join(table.files),
            name=name,
            columns=", ".join(table.names[:40]),
        )
    return table.cells[name]


def run_retention(table: Table | None, options: Options) -> Report:
    assert table is not None
    start, new, end = (table.numbers(role, minimum=0, whole=True) for role in ("start", "new", "end"))
    kept = ~(np.isnan(start) | np.isnan(new) | np.isnan(end))
    table.select(kept, "blank start, new or end")
    names = table.texts("period") if table.has("period") else [str(i + 1) for i in range(len(table))]
    periods, rows = [], []
    for place in np.flatnonzero(kept):
        s, a, e = int(start[place]), int(new[place]), int(end[place])
        rate = retention_rate(s, a, e)
        share = wilson(e - a, s, level=options.level)
        periods.append({"period": names[place], **share_data(share), "retention": rate, "churn": 1.0 - rate})
        rows.append((names[place], share.percent, share.low_percent, share.high_percent, share.k, share.n))
    if not rows:
        raise MeasureError("there are no valid rows")
    bars = [Bar(str(r[0]), r[1], r[2], r[3]) for r in rows]
    return Report(
        {"periods": periods},
        [Block("", SHARE_HEADERS, rows)],
        chart=Chart("Retention", bars=bars, x_title="%"),
    )


def _invoices(
    table: Table, today: date, kept: npt.NDArray[np.bool_]
) -> tuple[dict[str, list[Invoice]], dict[str, date]]:
    """Invoices and first due date of each customer, as of `today`."""
    excluded = np.zeros(len(table), dtype=np.bool_)
    for role in ("disputed", "retention"):
        if table.has(role):
            excluded |= table.flags(role) == 1.0
    amounts, due, paid = table.numbers("amount"), table.dates("due"), table.dates("paid")
    names = [name.strip() for name in table.texts("customer_id")]
    invoices: dict[str, list[Invoice]] = {}
    first: dict[str, date] = {}
    for place in np.flatnonzero(kept):
        due_day, paid_day, name = due[place], paid[place], names[place]
        assert due_day is not None
        is_open = paid_day is None or paid_day > today
        until = today if is_open or paid_day is None else paid_day
        age = max(0.0, (today - due_day).days / MONTH_DAYS)
        invoice = Invoice(float(amounts[place]), (until - due_day).days, age, is_open, bool(excluded[place]))
        invoices.setdefault(name, []).append(invoice)
        first[name] = min(first.get(name, due_day), due_day)
    return invoices, first


def run_credit(table: Table | None, options: Options) -> Report:
    assert table is not None
    today = parse_day(options.until) if options.until else None
    amounts = table.numbers("amount")
    due, paid = table.dates("due"), table.dates("paid")
    if today is None:
        today = max((d for d in (*due, *paid) if d), default=date.min)
    kept = np.array([d is not None and not np.isnan(a) for d, a in zip(due, amounts, strict=True)])
    table.select(kept, "blank amount or due date")
    invoices, first = _invoices(table, today, kept)
    if not invoices:
        raise MeasureError("there are no valid rows")
    customers, rows = [], []
    for name, own in sorted(invoices.items()):
        years = options.history_years
        if years is None:
            years = max(0.0, (today - first[name]).days / 365.25)
        score = credit_score(own, history_years=years)
        limit = None
        if options.monthly_sales is not None:
            term = Decimal(str(options.term_months))
            limit = credit_limit(Decimal(str(options.monthly_sales)), term, LIMIT_FACTORS[score.tier])
        customers.append(
            {
                "customer_id": name,
                "score": score.score,
                "tier": score.tier,
                "days_beyond_terms": score.days_beyond_terms,
                "on_time_share": score.on_time_share,
                "oldest_open_days": score.oldest_open_days,
                "history_share": score.history_share,
                "n": score.n,
                "excluded": score.excluded,
                "limit": limit,
                "reason": score.reason,
            }
        )
        rows.append(
            (name, score.score, str(score.tier), score.days_beyond_terms, score.on_time_share,
             score.oldest_open_days, score.n, score.excluded)
        )  # fmt: skip
    headers = ("customer", "score", "tier", "DBT", "on time", "oldest open", "n", "excluded")
    bars = [Bar(str(r[0]), r[1]) for r in rows]
    note = Message("as of {day}; a person decides, the customer may ask why", {"day": today.isoformat()})
    return Report(
        {"until": today, "customers": customers},
        [Block("", headers, rows)],
        [note],
        Chart("Credit", bars=bars),
    )


COMMANDS = (
    Command(
        "churn-rhythm",
        "customers outside their own rhythm (F14)",
        (
            Role("customer_id", "customer"),
            Role("date", "day of a service or purchase"),
            Role("lost", "1 when a loss is confirmed", required=False),
        ),
        "customer_id,date\nA,2025-01-01\nA,2025-03-02\nA,2025-05-16\nB,2025-04-01",
        run_churn,
        (Option("--until", "last day that counts (default: last day of the file)"),),
        sample_options="--until 2025-12-31",
        keys="n until counts customers: [{customer_id state days_since_last median_days active_until …}]",
        source="F14",
    ),
    Command(
        "survival",
        "Kaplan–Meier survival with intervals; log-rank test with --by",
        (Role("duration", "time under observation"), Role("event", "1 = event, 0 = still there")),
        "duration,event,plan\n5,1,month\n8,0,month\n12,1,year\n20,0,year",
        run_survival,
        (Option("--duration", "column with the duration"), Option("--event", "column with the event flag")),
        own_groups=True,
        sample_options="--by plan",
        keys="times survival low high median at_risk events n n_events; with --by: groups log_rank",
        source="Kaplan & Meier (1958); Kalbfleisch & Prentice (1980); Mantel (1966)",
    ),
    Command(
        "retention",
        "customers kept: (end − new)/start (F36)",
        (
            Role("period", "name of the period", required=False),
            Role("start", "active at the start"),
            Role("new", "gained in the period"),
            Role("end", "active at the end"),
        ),
        "period,start,new,end\n2023,200,30,210\n2024,210,25,212\n2025,212,18,205",
        run_retention,
        keys="periods: [{period retention churn k n percent low high}]",
        source="F36",
    ),
    Command(
        "credit",
        "credit score and tier from payments (F27)",
        (
            Role("customer_id", "customer"),
            Role("amount", "money of the invoice"),
            Role("due", "due date"),
            Role("paid", "day of payment, blank = open"),
            Role("disputed", "1 = disputed with an open complaint: left out", required=False),
            Role("retention", "1 = retention money not yet due: left out", required=False),
        ),
        "customer_id,amount,due,paid,disputed\nA,100000,2025-07-01,2025-07-01,0\nA,60000,2025-09-01,2025-09-21,0\n"
        "A,40000,2025-11-01,,0\nB,5000,2025-10-01,2025-10-03,0",
        run_credit,
        (
            Option("--until", "today (default: last date of the file)"),
            Option("--history-years", "years of business (default: since the first due date)", "float"),
            Option("--monthly-sales", "average monthly sales, for the limit", "float"),
            Option("--term-months", "payment term in months, for the limit", "float", 1.0),
        ),
        sample_options="--until 2025-12-01 --history-years 4",
        keys="until customers: [{customer_id score tier days_beyond_terms on_time_share …}]",
        source="F27",
    ),
)
