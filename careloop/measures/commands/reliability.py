"""weibull, replacement, mtbf, mcf."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from careloop.measures.availability import availability
from careloop.measures.charts import Chart, Curve
from careloop.measures.command import Block, Command, Option, Options, Report, Role
from careloop.measures.errors import MeasureError, Message
from careloop.measures.recurrence import histories, mean_cumulative, power_law
from careloop.measures.replacement import cost_rate, optimal_replacement
from careloop.measures.tables import Table
from careloop.measures.weibull import WeibullFit, fit_weibull

Floats = npt.NDArray[np.float64]

LIVES = (
    Role("time", "age at failure or end of observation"),
    Role("failed", "1 failed, 0 still running"),
    Role("count", "units of the row (default 1)", required=False),
)
LIFE_SAMPLE = "time,failed,count\n410,1,1\n620,1,1\n790,1,1\n905,1,1\n1000,0,3"
COSTS = (
    Option("--planned-cost", "money per planned replacement", "float", 1.0),
    Option("--failure-cost", "money per failure", "float", 10.0),
)
ENDS = frozenset({"end", "0", "censored", "stop"})


def _lives(table: Table) -> tuple[Floats, Floats, Floats]:
    time, failed = table.numbers("time"), table.flags("failed")
    count = table.numbers("count", minimum=0, whole=True) if table.has("count") else np.ones(len(table))
    kept = ~(np.isnan(time) | np.isnan(failed) | np.isnan(count))
    table.select(kept, "blank time, failed or count")
    if not kept.any():
        raise MeasureError("there are no valid rows")
    wrong = kept & ~(time > 0)
    if wrong.any():
        place = int(wrong.argmax())
        raise MeasureError(
            "{file}, line {line}: time must be above 0, not {value}",
            file=table.origin[place][0],
            line=table.origin[place][1],
            value=float(time[place]),
        )
    return time[kept], failed[kept], count[kept]


def _fit(table: Table, options: Options) -> WeibullFit:
    return fit_weibull(*_lives(table), level=options.level)


def _fit_data(fit: WeibullFit) -> dict[str, Any]:
    return {
        "beta": fit.beta,
        "eta": fit.eta,
        "log_likelihood": fit.log_likelihood,
        "n_failed": fit.n_failed,
        "n_censored": fit.n_censored,
        "beta_low": fit.beta_low,
        "beta_high": fit.beta_high,
        "eta_low": fit.eta_low,
        "eta_high": fit.eta_high,
        "beta_wald": fit.beta_wald,
        "eta_wald": fit.eta_wald,
        "b10": fit.b10,
        "b50": fit.b50,
        "mean": fit.mean,
        "level": fit.level,
    }


def run_weibull(table: Table | None, options: Options) -> Report:
    assert table is not None
    fit = _fit(table, options)
    rows = [
        ("beta", fit.beta, fit.beta_low, fit.beta_high, *fit.beta_wald),
        ("eta", fit.eta, fit.eta_low, fit.eta_high, *fit.eta_wald),
    ]
    rest = [(fit.b10, fit.b50, fit.mean, fit.log_likelihood, fit.n_failed, fit.n_censored)]
    blocks = [
        Block("", ("", "value", "low", "high", "Wald low", "Wald high"), rows, 3),
        Block("", ("B10", "B50", "mean", "log-likelihood", "failed", "running"), rest, 2),
    ]
    x = np.linspace(0.0, 2.0 * fit.eta, 60)
    chart = Chart("Weibull R(t)", curves=[Curve("R(t)", x.tolist(), np.exp(-((x / fit.eta) ** fit.beta)).tolist())])
    return Report(_fit_data(fit), blocks, [fit.note] if fit.note else [], chart)


def run_replacement(table: Table | None, options: Options) -> Report:
    notes: list[Message] = []
    beta, eta = options.beta, options.eta
    data: dict[str, Any] = {}
    if table is not None:
        fit = _fit(table, options)
        beta, eta = fit.beta, fit.eta
        data["weibull"] = _fit_data(fit)
        notes += [fit.note] if fit.note else []
    if beta is None or eta is None:
        raise MeasureError("give a file of lives, or --beta and --eta")
    costs = {"planned_cost": options.planned_cost, "failure_cost": options.failure_cost}
    result = optimal_replacement(beta=beta, eta=eta, **costs)
    data = {
        "age": result.age,
        "cost_rate": result.cost_rate,
        "run_to_failure_rate": result.run_to_failure_rate,
        "saving": result.saving,
        "mean_life": result.mean_life,
        "beta": beta,
        "eta": eta,
        **costs,
        "reason": result.reason,
        **data,
    }
    row = (result.age, result.cost_rate, result.run_to_failure_rate, result.saving, beta, eta)
    blocks = [Block("", ("replace at", "cost rate", "run to failure", "saving", "beta", "eta"), [row], 7)]
    notes += [result.reason] if result.reason else []
    ages = np.linspace(0.1, 2.0, 60) * (result.age or eta)
    curve = [cost_rate(float(a), beta=beta, eta=eta, **costs) for a in ages]
    chart = Chart("Cost rate by replacement age", curves=[Curve("", ages.tolist(), curve)], x_title="age")
    return Report(data, blocks, notes, chart)


def run_mtbf(table: Table | None, options: Options) -> Report:
    assert table is not None
    if table.has("operating"):
        totals = {}
        for role in ("operating", "failures", "repair", "down"):
            if table.has(role):
                column = table.numbers(role, minimum=0, whole=role == "failures")
                totals[role] = float(np.nansum(column))
        table.texts("failures")
        hours, failures = totals["operating"], int(totals["failures"])
        repair, down = totals.get("repair"), totals.get("down")
    else:
        time, failed, count = _lives(table)
        hours, failures, repair, down = float(time @ count), int(failed @ count), None, None
    result = availability(hours, failures, repair_hours=repair, down_hours=down, level=options.level)
    data = {name: getattr(result, name) for name in result.__slots__}
    data["n"] = failures
    rows = [(result.mtbf, result.mtbf_low, result.mtbf_high, failures, hours)]
    more = [(result.mttr, *(None if v is None else 100.0 * v for v in (result.inherent, result.operational)))]
    blocks = [
        Block("", ("MTBF", "low", "high", "failures", "hours"), rows),
        Block("", ("MTTR", "inherent %", "operational %"), more, 3),
    ]
    return Report(data, blocks, [result.reason] if result.reason else [])


def run_mcf(table: Table | None, options: Options) -> Report:
    assert table is not None
    time = table.numbers("time", minimum=0)
    units = [u.strip() for u in table.texts("unit")]
    kept = ~np.isnan(time) & np.array([bool(u) for u in units])
    table.select(kept, "blank unit or time")
    ends = [e.strip().lower() in ENDS for e, k in zip(table.texts("event"), kept, strict=True) if k]
    data = histories([u for u, k in zip(units, kept, strict=True) if k], time[kept], ends)
    result, law = mean_cumulative(data, level=options.level), power_law(data)
    found = {
        "times": result.times,
        "mcf": result.mcf,
        "low": result.low,
        "high": result.high,
        "standard_errors": result.standard_errors,
        "events": result.events,
        "at_risk": result.at_risk,
        "n": result.units,
        "n_events": result.n_events,
        "power_law": {"beta": law.beta, "eta": law.eta, "reason": law.reason},
        "level": result.level,
    }
    rows = list(zip(result.times, result.events, result.at_risk, result.mcf, result.low, result.high, strict=True))
    blocks = [
        Block(
            "",
            ("machines", "events", "power-law beta", "eta"),
            [(result.units, result.n_events, law.beta, law.eta)],
            4,
        ),
        Block("", ("time", "events", "at risk", "MCF", "low", "high"), rows, 4),
    ]
    curve = Curve("MCF", result.times, result.mcf, result.low, result.high, steps=True)
    return Report(found, blocks, [law.reason] if law.reason else [], Chart("MCF", curves=[curve], x_title="time"))


COMMANDS = (
    Command(
        "weibull",
        "Weibull life with running units, profile intervals (F18)",
        LIVES,
        LIFE_SAMPLE,
        run_weibull,
        keys="beta eta log_likelihood n_failed n_censored beta_low beta_high eta_low eta_high b10 b50 mean",
        source="Meeker & Escobar (1998), ch. 8",
    ),
    Command(
        "replacement",
        "best age for planned replacement (F18)",
        tuple(Role(r.name, r.meaning, required=False) for r in LIVES),
        LIFE_SAMPLE,
        run_replacement,
        (
            *COSTS,
            Option("--beta", "Weibull shape, instead of a file", "float"),
            Option("--eta", "Weibull scale, instead of a file", "float"),
        ),
        needs_file=False,
        sample_options="--planned-cost 1 --failure-cost 5",
        keys="age cost_rate run_to_failure_rate saving mean_life beta eta weibull",
        source="Barlow & Hunter (1960)",
    ),
    Command(
        "mtbf",
        "MTBF, MTTR and availability with χ² bounds (F20)",
        (
            Role("operating", "operating hours of the row", required=False),
            Role("failures", "failures in them", required=False),
            Role("repair", "hours of active repair", required=False),
            Role("down", "hours down including waiting", required=False),
            Role("time", "or lives: age", required=False),
            Role("failed", "1 failed, 0 still running", required=False),
            Role("count", "units of the row (default 1)", required=False),
        ),
        "machine,operating,failures,repair,down\nM1,1500,1,4,30\nM2,1440,2,8,60\nM3,1440,0,0,0",
        run_mtbf,
        (Option("--level", "confidence level of the bounds", "float", 0.90),),
        keys="mtbf mtbf_low mtbf_high mttr inherent operational failures operating_hours n",
        source="IEC 60050-192; Epstein & Sobel (1953)",
    ),
    Command(
        "mcf",
        "mean cumulative function of repairable machines",
        (
            Role("unit", "machine"),
            Role("time", "its age at the event"),
            Role("event", "end, or 0 = end of observation; anything else is an event"),
        ),
        "unit,time,event\nM1,98,repair\nM1,300,end\nM2,120,repair\nM2,250,repair\nM2,310,end",
        run_mcf,
        keys="times mcf low high standard_errors events at_risk n n_events power_law",
        source="Nelson (1995); Lawless & Nadeau (1995); Crow (1974)",
    ),
)
