"""first-time-fix, complaint-rate, repeat-repair, follow-up, warranty."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import numpy as np

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
from careloop.measures.errors import MeasureError, Message
from careloop.measures.followup import follow_up
from careloop.measures.repairs import (
    RepairJob,
    first_time_fix,
    first_time_fix_of_jobs,
    is_within_guarantee,
    repeat_repair,
)
from careloop.measures.sla import complaint_rate
from careloop.measures.tables import Table, parse_day
from careloop.measures.warranty import warranty_end


def run_complaints(table: Table | None, options: Options) -> Report:
    assert table is not None
    complaints = table.numbers("complaints", minimum=0, whole=True)
    services = table.numbers("services", minimum=0)
    kept = ~(np.isnan(complaints) | np.isnan(services))
    table.select(kept, "blank complaints or services")
    if not kept.any():
        raise MeasureError("there are no valid rows")
    names = table.texts("period") if table.has("period") else [str(i + 1) for i in range(len(table))]
    total = complaint_rate(
        int(complaints[kept].sum()), float(services[kept].sum()), per=options.per, level=options.level
    )
    rows, periods = [], []
    for place in np.flatnonzero(kept):
        try:
            rate = complaint_rate(int(complaints[place]), float(services[place]), per=options.per, level=options.level)
        except MeasureError as error:
            periods.append({"period": names[place], "rate": None, "reason": error.message})
            continue
        periods.append({"period": names[place], **{k: getattr(rate, k) for k in RATE}})
        rows.append((names[place], rate.rate, rate.low, rate.high, rate.count, rate.exposure))
    data = {**{k: getattr(total, k) for k in RATE}, "n": total.exposure, "periods": periods}
    rows.append(("all", total.rate, total.low, total.high, total.count, total.exposure))
    bars = [Bar(str(r[0]), r[1], r[2], r[3]) for r in rows]
    headers = ("", "rate", "low", "high", "complaints", "services")
    return Report(data, [Block("", headers, rows)], chart=Chart("Complaint rate", bars=bars))


RATE = ("rate", "low", "high", "count", "exposure", "per")


def run_first_time_fix(table: Table | None, options: Options) -> Report:
    assert table is not None
    if table.has("jobs"):
        counts = [
            int(np.nansum(table.numbers(r, minimum=0, whole=True))) for r in ("jobs", "several_visits", "came_back")
        ]
        share = first_time_fix(*counts, level=options.level)
        data = {**share_data(share), "several_visits": counts[1], "came_back": counts[2]}
        return Report(data, [Block("", SHARE_HEADERS, [share_row("", share)])])
    jobs = _jobs(table)
    until = parse_day(options.until) if options.until else max(job.closed_on for job in jobs)
    late = [job for job in jobs if job.closed_on > until]
    if late:
        table.rejected["after --until"] += len(late)
    result = first_time_fix_of_jobs(
        [job for job in jobs if job.closed_on <= until],
        until=until,
        window_days=options.window,
        level=options.level,
    )
    rest = {k: getattr(result, k) for k in ("several_visits", "came_back", "too_young", "diagnosis_only", "remote")}
    data = {**share_data(result.share), **rest, "until": until, "window_days": options.window}
    blocks = [
        Block("", SHARE_HEADERS, [share_row("", result.share)]),
        Block("", tuple(k.replace("_", " ") for k in rest), [tuple(rest.values())]),
    ]
    return Report(data, blocks, [result.share.reason] if result.share.reason else [])


def _jobs(table: Table) -> list[RepairJob]:
    closed = table.dates("closed_on")
    visits = table.numbers("visits", minimum=0, whole=True)
    flags = {
        role: table.flags(role) if table.has(role) else np.zeros(len(table)) for role in ("diagnosis_only", "remote")
    }
    faults = list(zip(table.texts("asset"), table.texts("component"), strict=True))
    jobs = []
    for place, (day, count) in enumerate(zip(closed, visits, strict=True)):
        if day is None or np.isnan(count):
            table.rejected["blank closing day or visits"] += 1
            continue
        kinds = {role: bool(np.nan_to_num(flag[place])) for role, flag in flags.items()}
        if count < 1 and not kinds["remote"]:
            file, line = table.origin[place]
            raise MeasureError("{file}, line {line}: a job on site needs at least one visit", file=file, line=line)
        jobs.append(RepairJob(faults[place], day, int(count), kinds["diagnosis_only"], kinds["remote"]))
    if not jobs:
        raise MeasureError("there are no valid rows")
    return jobs


def run_repeat_repair(table: Table | None, options: Options) -> Report:
    assert table is not None
    left, back = table.dates("left_on"), table.dates("back_on")
    left_km, back_km = table.numbers("left_km", minimum=0), table.numbers("back_km", minimum=0)
    jobs = returns = 0
    rows: list[dict[str, Any]] = []
    for place in range(len(table)):
        left_day, back_day = left[place], back[place]
        if left_day is None or np.isnan(left_km[place]):
            table.rejected["blank leaving day or kilometers"] += 1
            continue
        jobs += 1
        if back_day is None:
            continue
        inside = is_within_guarantee(
            table.texts("vehicle")[place].strip(),
            table.texts("repair")[place].strip(),
            left_on=left_day,
            left_at_km=float(left_km[place]),
            back_on=back_day,
            back_at_km=float(left_km[place] if np.isnan(back_km[place]) else back_km[place]),
        )
        returns += inside
        rows.append({"line": table.origin[place][1], "inside": inside})
    share = repeat_repair(returns, jobs, level=options.level)
    data = {**share_data(share), "returned": rows}
    blocks = [
        Block("", SHARE_HEADERS, [share_row("", share)]),
        Block("", ("line", "inside"), [(r["line"], "yes" if r["inside"] else "no") for r in rows]),
    ]
    return Report(data, blocks, [share.reason] if share.reason else [])


def run_follow_up(table: Table | None, options: Options) -> Report:
    assert table is not None
    roles = ("due", "done_in_window", "tried", "reached", "valid_answers", "dissatisfied", "answered_in_time")
    sums = {r: int(np.nansum(table.numbers(r, minimum=0, whole=True))) for r in roles}
    result = follow_up(**sums, level=options.level)
    parts = {name: getattr(result, name) for name in result.__slots__}
    data = {name: share_data(share) for name, share in parts.items()}
    rows = [share_row(name, share) for name, share in parts.items()]
    bars = [Bar(name, s.percent, s.low_percent, s.high_percent) for name, s in parts.items()]
    notes = [share.reason for share in parts.values() if share.reason]
    return Report(data, [Block("", SHARE_HEADERS, rows, 1)], notes[:1], Chart("Follow-up", bars=bars, x_title="%"))


def run_warranty(table: Table | None, options: Options) -> Report:
    assert table is not None
    starts = table.dates("start")
    empty = np.full(len(table), np.nan)
    columns = {
        role: table.numbers(role, minimum=0, whole=role == "months") if table.has(role) else empty
        for role in ("months", "meter", "start_meter")
    }
    rows: list[dict[str, Any]] = []
    for place, start in enumerate(starts):
        if start is None:
            rows.append({"last_day": None, "last_meter": None, "reason": Message("start is missing")})
            table.rejected["blank start"] += 1
            continue
        rows.append(_one_warranty(start, {role: float(c[place]) for role, c in columns.items()}))
    block = Block("", ("row", "last day", "last meter"), [
        (i + 1, None if r["last_day"] is None else r["last_day"].isoformat(), r["last_meter"])
        for i, r in enumerate(rows)
    ])  # fmt: skip
    return Report({"rows": rows}, [block])


def _one_warranty(start: date, cells: Mapping[str, float]) -> dict[str, Any]:
    known = {role: None if np.isnan(value) else value for role, value in cells.items()}
    months, meter = known["months"], known["meter"]
    end = warranty_end(
        start,
        months=None if months is None else int(months),
        meter=meter,
        start_meter=known["start_meter"] or 0.0,
    )
    return {"last_day": end.last_day, "last_meter": end.last_meter}


COMMANDS = (
    Command(
        "first-time-fix",
        "repairs done in one visit without return (F19)",
        (
            Role("asset", "machine", required=False),
            Role("component", "component code: same fault = same machine and component", required=False),
            Role("closed_on", "day of closing", required=False),
            Role("visits", "visits on site", required=False),
            Role("diagnosis_only", "1 = diagnosis only, agreed beforehand", required=False),
            Role("remote", "1 = fixed remotely", required=False),
            Role("jobs", "or counts: jobs old enough", required=False),
            Role("several_visits", "of them with more than one visit", required=False),
            Role("came_back", "of them with the same fault again", required=False),
        ),
        "asset,component,closed_on,visits\nM1,pump,2026-01-05,1\nM1,pump,2026-01-20,1\nM2,fan,2026-01-08,2\n"
        "M3,pump,2026-01-09,1",
        run_first_time_fix,
        (
            Option("--until", "day of the report (default: last closing day)"),
            Option("--window", "days within which the same fault counts as come back", "int", 30),
        ),
        sample_options="--until 2026-03-31",
        keys="percent low high k n several_visits came_back too_young diagnosis_only remote",
        source="F19",
    ),
    Command(
        "complaint-rate",
        "complaints per thousand services with Poisson interval (F23)",
        (
            Role("period", "name of the period", required=False),
            Role("complaints", "number of complaints"),
            Role("services", "number of services (or vehicles, parts)"),
        ),
        "period,complaints,services\n2026-01,6,480\n2026-02,4,510\n2026-03,0,120",
        run_complaints,
        (Option("--per", "services the rate refers to (1000000: PPM)", "float", 1000.0),),
        keys="rate low high count exposure per n periods",
        source="Garwood (1936)",
    ),
    Command(
        "repeat-repair",
        "returns inside the repair guarantee (F24)",
        (
            Role("vehicle", "car, motorcycle, other_vehicle"),
            Role("repair", "whole_or_assembly, level_2, minor"),
            Role("left_on", "day of leaving (day 0)"),
            Role("left_km", "kilometers then"),
            Role("back_on", "day of return for the same item, blank = none"),
            Role("back_km", "kilometers then"),
        ),
        "vehicle,repair,left_on,left_km,back_on,back_km\ncar,minor,2026-05-01,30000,2026-05-09,31900\n"
        "car,minor,2026-05-01,30000,2026-05-12,30500\ncar,level_2,2026-05-01,30000,,\ncar,minor,2026-05-03,12000,,",
        run_repeat_repair,
        keys="percent low high k n returned",
        source="机动车维修管理规定 art. 37",
    ),
    Command(
        "follow-up",
        "coverage, contact, response, dissatisfied, answered (F29)",
        (
            Role("due", "contacts due"),
            Role("done_in_window", "done inside the window"),
            Role("tried", "contacts tried"),
            Role("reached", "customer reached"),
            Role("valid_answers", "valid answers"),
            Role("dissatisfied", "dissatisfied"),
            Role("answered_in_time", "handed over and answered in time"),
        ),
        "due,done_in_window,tried,reached,valid_answers,dissatisfied,answered_in_time\n120,96,96,84,70,7,6\n"
        "80,70,72,60,55,3,3",
        run_follow_up,
        keys="coverage contact response dissatisfied answered: {k n percent low high}",
        source="F29",
    ),
    Command(
        "warranty",
        "end of a warranty by date and meter (F30)",
        (
            Role("start", "day of shipment, delivery or repair"),
            Role("months", "length in months", required=False),
            Role("meter", "hours or kilometers allowed", required=False),
            Role("start_meter", "reading at the start", required=False),
        ),
        "start,months,meter\n2026-01-15,24,3000\n2026-08-31,6,\n2026-02-01,12,1000",
        run_warranty,
        keys="rows: [{last_day last_meter}]",
        source="Civil Code art. 201–202",
    ),
)  # fmt: skip
