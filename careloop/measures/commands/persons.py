"""technician, assessment, sanbao, failure-cost, gbt27922."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import numpy as np

from careloop.measures.assessment import case_mix, person_figure
from careloop.measures.charts import Bar, Chart
from careloop.measures.command import Block, Command, Option, Options, Report, Role
from careloop.measures.errors import MeasureError, Message
from careloop.measures.failure_cost import failure_cost, service_strategy
from careloop.measures.gbt27922 import self_score
from careloop.measures.repairs import technician_figures
from careloop.measures.sanbao import (
    CarRepairs,
    exchange_grounds,
    exchange_period,
    loan_car_due_from_day,
    repair_days,
    use_compensation,
)
from careloop.measures.tables import Table
from careloop.measures.warranty import is_covered


def _names(table: Table, role: str) -> list[str]:
    if table.has(role):
        return [name.strip() for name in table.texts(role)]
    return [str(i + 1) for i in range(len(table))]


def _money(value: float) -> Decimal:
    return Decimal(repr(float(value)))


def run_technician(table: Table | None, options: Options) -> Report:
    assert table is not None
    roles = ("available", "job", "sold")
    columns = [table.numbers(role, minimum=0) for role in roles]
    travel = table.numbers("travel", minimum=0) if table.has("travel") else None
    names = _names(table, "name")
    people, rows = [], []
    for place, name in enumerate(names):
        hours = [float(column[place]) for column in columns]
        if any(np.isnan(h) for h in hours):
            table.rejected["blank hours"] += 1
            continue
        own = None if travel is None or np.isnan(travel[place]) else float(travel[place])
        figures = technician_figures(hours[0], hours[1], hours[2], own)
        percent = {k: None if (v := getattr(figures, k)) is None else 100.0 * v for k in figures.__slots__}
        people.append({"name": name, **percent})
        rows.append((name, *percent.values()))
    if not rows:
        raise MeasureError("there are no valid rows")
    headers = ("name", "utilization %", "efficiency %", "productivity %", "travel %")
    note = Message("never reward productivity without the first-time-fix rate")
    return Report({"persons": people}, [Block("", headers, rows, 1)], [note])


def run_assessment(table: Table | None, options: Options) -> Report:
    assert table is not None
    counts, successes = (table.numbers(role, minimum=0, whole=True) for role in ("n", "k"))
    kept = ~(np.isnan(counts) | np.isnan(successes))
    table.select(kept, "blank n or k")
    wrong = kept & (successes > counts)
    if wrong.any():
        file, line = table.origin[int(wrong.argmax())]
        raise MeasureError("{file}, line {line}: k is larger than n", file=file, line=line)
    if not kept.any() or counts[kept].sum() == 0:
        raise MeasureError("there are no valid rows")
    names, classes = _names(table, "person"), _names(table, "class") if table.has("class") else None
    overall = options.overall
    if overall is None:
        overall = float(successes[kept].sum() / counts[kept].sum())
    people = sorted({name for name, k in zip(names, kept, strict=True) if k})
    rates = _class_rates(table, classes, counts, successes, kept)
    persons: list[dict[str, Any]] = []
    rows: list[tuple[Any, ...]] = []
    for name in people:
        own = [i for i in np.flatnonzero(kept) if names[i] == name]
        n, k = int(sum(counts[i] for i in own)), int(sum(successes[i] for i in own))
        figure = person_figure(k, n, overall, minimum=options.minimum, strength=options.strength, level=options.level)
        ratio = None
        if classes is not None and n:
            mix = [(int(counts[i]), rates[classes[i]]) for i in own]
            ratio = case_mix(mix, k).ratio if sum(c * r for c, r in mix) > 0 else None
        persons.append(
            {
                "person": name,
                "n": n,
                "k": k,
                "raw": figure.raw,
                "shrunk": figure.shrunk,
                "low_limit": figure.low_limit,
                "high_limit": figure.high_limit,
                "differs": figure.differs,
                "observed_to_expected": ratio if figure.shrunk is not None else None,
                "reason": figure.reason,
            }
        )
        state = "too few" if figure.differs is None else "different" if figure.differs else "usual"
        rows.append((name, n, k, figure.raw, figure.shrunk, persons[-1]["observed_to_expected"], state))
    headers = ("person", "n", "k", "raw", "shrunk", "O/E", "")
    data = {"overall": overall, "class_rates": rates, "persons": persons}
    bars = [Bar(str(r[0]), r[4]) for r in rows]
    note = Message("for the person and the manager, not for a public ranking")
    return Report(data, [Block("", headers, rows, 3)], [note], Chart("Shrunk share", bars=bars, goal=overall))


def _class_rates(table: Table, classes: list[str] | None, counts: Any, successes: Any, kept: Any) -> dict[str, float]:
    """Common success rate of each class: the column class_rate, or computed over all persons."""
    if classes is None:
        return {}
    given = table.numbers("class_rate", minimum=0, maximum=1) if table.has("class_rate") else None
    rates: dict[str, float] = {}
    for name in sorted(set(classes)):
        rows = [i for i in np.flatnonzero(kept) if classes[i] == name]
        if given is not None and rows and not np.isnan(given[rows[0]]):
            rates[name] = float(given[rows[0]])
        else:
            n = float(sum(counts[i] for i in rows))
            rates[name] = float(sum(successes[i] for i in rows)) / n if n else 0.0
    return rates


def run_sanbao(table: Table | None, options: Options) -> Report:
    assert table is not None
    agreed, done = table.moments("agreed"), table.moments("done")
    problems = _names(table, "problem")
    cars: dict[str, list[int]] = {}
    for place, car in enumerate(_names(table, "car")):
        if agreed[place] is None or done[place] is None:
            table.rejected["blank agreed or done"] += 1
        else:
            cars.setdefault(car, []).append(place)
    if not cars:
        raise MeasureError("there are no valid rows")
    found, rows = [], []
    for car, places in sorted(cars.items()):
        entry = _one_car(table, car, places, agreed, done, problems)
        found.append(entry)
        grounds = " ".join(str(g) for g in entry["grounds"]) or "–"
        rows.append((car, entry["repair_days"], entry["longest_repair_days"], entry["loan_car_from_day"],
                     entry["same_problem_repairs"], grounds, entry["compensation"]))  # fmt: skip
    headers = (
        "car",
        "repair days",
        "longest",
        "loan car from day",
        "same problem",
        "grounds",
        "compensation",
    )
    note = Message("counted from the rows given; a lawyer decides borderline cases")
    return Report({"cars": found}, [Block("", headers, rows)], [note])


def _one_car(
    table: Table, car: str, places: list[int], agreed: list[Any], done: list[Any], problems: list[str]
) -> dict[str, Any]:
    def flag(role: str, place: int) -> bool:
        return table.has(role) and table.flags(role)[place] == 1.0

    days = [repair_days(agreed[p], done[p]) for p in places]
    same = max(sum(problems[p] == problems[q] for q in places) for p in places)
    parts = _names(table, "part_replaced") if table.has("part_replaced") else [""] * len(problems)
    replaced = [parts[p] for p in places if parts[p]]
    state = CarRepairs(
        sum(days),
        same,
        max((replaced.count(part) for part in replaced), default=0),
        any(flag("not_usable", p) for p in places),
        sum(flag("safety", p) for p in places),
        any(flag("safety_remains", p) for p in places),
    )
    grounds: list[Any] = list(exchange_grounds(state))
    last = max(done[p] for p in places)
    start = next((d for d in (table.dates("start")[p] for p in places) if d), None) if table.has("start") else None
    km = _largest(table, "km", places)
    inside = _inside(start, last.date(), km)
    price = _largest(table, "price", places)
    compensation = None
    if price is not None and km is not None:
        compensation = float(use_compensation(_money(price), _money(km)))
    return {
        "car": car,
        "repair_days": sum(days),
        "longest_repair_days": max(days),
        "loan_car_from_day": loan_car_due_from_day(max(days)),
        "same_problem_repairs": same,
        "grounds": grounds,
        "inside_period": inside,
        "right": None if inside is None else bool(grounds) and inside,
        "compensation": compensation,
        "reason": Message("no start or kilometers, so the period is not tested") if inside is None else None,
    }


def _largest(table: Table, role: str, places: list[int]) -> float | None:
    if not table.has(role):
        return None
    known = [v for v in table.numbers(role, minimum=0)[places] if not np.isnan(v)]
    return float(max(known)) if known else None


def _inside(start: date | None, on: date, km: float | None) -> bool | None:
    return None if start is None or km is None else is_covered(exchange_period(start), on, km)


def run_failure_cost(table: Table | None, options: Options) -> Report:
    assert table is not None
    roles = ("fixed", "per_hour", "wait_hours", "repair_hours", "events_per_year")
    columns = [table.numbers(role, minimum=0) for role in roles]
    names = _names(table, "asset")
    items, rows = [], []
    for place, name in enumerate(names):
        cells = [float(column[place]) for column in columns]
        if any(np.isnan(c) for c in cells):
            table.rejected["blank cell"] += 1
            continue
        fixed, hour, wait, repair, events = (_money(c) for c in cells)
        cost = failure_cost(fixed, hour, wait_hours=wait, repair_hours=repair, events_per_year=events)
        strategy = None
        if options.fixed_border is not None and options.hour_border is not None:
            strategy = service_strategy(
                fixed,
                hour,
                fixed_border=_money(options.fixed_border),
                per_hour_border=_money(options.hour_border),
            )
        items.append({"asset": name, "per_event": cost.per_event, "per_year": cost.per_year, "strategy": strategy})
        rows.append((name, float(cost.per_event), float(cost.per_year), str(strategy) if strategy else None))
    if not rows:
        raise MeasureError("there are no valid rows")
    bars = [Bar(r[0], r[2]) for r in rows]
    headers = ("asset", "per event", "per year", "strategy")
    return Report({"items": items}, [Block("", headers, rows)], chart=Chart("Cost of failure a year", bars=bars))


def run_gbt27922(table: Table | None, options: Options) -> Report:
    assert table is not None
    got, points = table.numbers("got", minimum=0), table.numbers("points", minimum=0)
    applicable = table.flags("applicable") if table.has("applicable") else np.ones(len(table))
    kept = (applicable != 0.0) & ~np.isnan(points)
    missing = kept & np.isnan(got)
    if missing.any():
        file, line = table.origin[int(missing.argmax())]
        raise MeasureError("{file}, line {line}: an applicable indicator has no points", file=file, line=line)
    over = kept & (got > points)
    if over.any():
        file, line = table.origin[int(over.argmax())]
        raise MeasureError("{file}, line {line}: more points got than there are", file=file, line=line)
    table.select(kept, "not applicable")
    result = self_score(
        float(got[kept].sum()), float(points[kept].sum()), deductions=options.deductions, bonus=options.bonus
    )
    data = {
        "score": result.score,
        "converted": result.converted,
        "level": result.level,
        "got": float(got[kept].sum()),
        "applicable": float(points[kept].sum()),
        "deductions": options.deductions,
        "bonus": options.bonus,
    }
    rows = [(result.score, result.converted, str(result.level), data["got"], data["applicable"])]
    headers = ("score", "converted", "level", "points got", "applicable")
    chart = Chart("GB/T 27922", bars=[Bar("score", result.score)], goal=70.0)
    return Report(data, [Block("", headers, rows)], chart=chart)


COMMANDS = (
    Command(
        "technician",
        "utilization, efficiency, productivity (F25)",
        (
            Role("name", "technician", required=False),
            Role("available", "hours available"),
            Role("job", "hours on jobs"),
            Role("sold", "standard hours sold"),
            Role("travel", "hours of travel", required=False),
        ),
        "name,available,job,sold\nT1,160,128,140\nT2,152,130,118\nT3,80,40,50",
        run_technician,
        keys="persons: [{name utilization efficiency productivity travel}] in percent",
        source="F25",
    ),
    Command(
        "assessment",
        "fair figures of persons: minimum n, shrinkage, case mix, funnel (F28)",
        (
            Role("person", "person"),
            Role("n", "cases"),
            Role("k", "successes"),
            Role("class", "class of difficulty", required=False),
            Role("class_rate", "its common success rate (default: computed)", required=False),
        ),
        "person,class,class_rate,n,k\nA,easy,0.95,30,29\nA,hard,0.6,10,4\nB,easy,0.95,10,10\nB,hard,0.6,30,19",
        run_assessment,
        (
            Option("--overall", "common share p₀ (default: computed)", "float"),
            Option("--minimum", "smallest n that is shown", "int", 10),
            Option("--strength", "K of the shrinkage", "float", 20.0),
        ),
        keys="overall class_rates persons: [{person n k raw shrunk low_limit high_limit differs …}]",
        source="Spiegelhalter (2005)",
    ),
    Command(
        "sanbao",
        "three-guarantees tests of household cars (F31)",
        (
            Role("car", "vehicle"),
            Role("agreed", "time at which the repair was agreed"),
            Role("done", "time of completion"),
            Role("problem", "problem code", required=False),
            Role("part_replaced", "main part replaced", required=False),
            Role("not_usable", "1 = still not usable", required=False),
            Role("safety", "1 = serious safety fault", required=False),
            Role("safety_remains", "1 = still there or a new one", required=False),
            Role("start", "day of invoice or delivery", required=False),
            Role("km", "kilometers", required=False),
            Role("price", "price of the car", required=False),
        ),
        "car,agreed,done,problem,start,km,price\nV1,2026-03-02T10:00,2026-03-07T13:00,P1,2025-06-01,12000,150000\n"
        "V1,2026-04-02T10:00,2026-04-03T09:00,P1,2025-06-01,13000,150000\n"
        "V2,2026-03-02T10:00,2026-03-02T18:00,P7,2025-01-10,30000,98000",
        run_sanbao,
        keys="cars: [{car repair_days longest_repair_days loan_car_from_day grounds right compensation}]",
        source="SAMR order 43 (2021)",
    ),
    Command(
        "failure-cost",
        "what failures cost the customer (F32)",
        (
            Role("asset", "machine", required=False),
            Role("fixed", "money per failure"),
            Role("per_hour", "money per hour of stop"),
            Role("wait_hours", "hours of waiting"),
            Role("repair_hours", "hours of repair"),
            Role("events_per_year", "failures a year"),
        ),
        "asset,fixed,per_hour,wait_hours,repair_hours,events_per_year\nM1,2000,8000,24,4,3\n"
        "M1 fast,2000,8000,4,4,3\nM2,500,200,24,2,5",
        run_failure_cost,
        (
            Option("--fixed-border", "money from which the fixed cost is high", "float"),
            Option("--hour-border", "money from which the hourly cost is high", "float"),
        ),
        keys="items: [{asset per_event per_year strategy}]",
        source="Lele (1997)",
    ),
    Command(
        "gbt27922",
        "self-score of after-sales service by GB/T 27922 (F34)",
        (
            Role("indicator", "indicator", required=False),
            Role("points", "points it can give"),
            Role("got", "points got"),
            Role("applicable", "0 = deleted", required=False),
        ),
        "indicator,points,got,applicable\n组织架构,40,33,1\n维修,32,26,1\n投诉处理,20,19,1\n废弃商品回收,8,0,0",
        run_gbt27922,
        (
            Option("--deductions", "special deductions", "int", 0),
            Option("--bonus", "special bonus, 0 or 1", "int", 0),
        ),
        sample_options="--deductions 2",
        keys="score converted level got applicable deductions bonus",
        source="GB/T 27922-2011",
    ),
)  # fmt: skip
