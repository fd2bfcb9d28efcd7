"""working-time and sla."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import numpy as np

from careloop.measures.charts import Bar, Chart
from careloop.measures.command import (
    Block,
    Command,
    Option,
    Options,
    Report,
    Role,
    share_data,
)
from careloop.measures.commands.calendars import load_calendars, special_days
from careloop.measures.errors import MeasureError, Message
from careloop.measures.sla import attainment
from careloop.measures.tables import Table, parse_moment
from careloop.measures.working_time import Pause, WorkingTime

ARRAY_FROM = 10_000  # rows from which minutes are computed with arrays


def run_working_time(table: Table | None, options: Options) -> Report:
    assert table is not None
    calendars, years = _calendars(table, options)
    names = _calendar_names(table, options, calendars)
    starts = table.moments("start")
    if table.has("target_minutes"):
        rows = _due_rows(table, starts, names, calendars)
        block = Block("", ("row", "due"), [(i + 1, r["due"]) for i, r in enumerate(rows)])
    elif table.has("end"):
        rows = _minute_rows(table, starts, names, calendars)
        block = Block("", ("row", "minutes"), [(i + 1, r["minutes"]) for i, r in enumerate(rows)])
    else:
        raise MeasureError("working-time needs a column end (→ minutes) or target_minutes (→ due)")
    notes: list[Message] = []
    missing = _uncovered(starts, table, names, calendars)
    if missing:
        text = "no published days off for {years}: only weekdays were used there; give --days days.csv"
        notes.append(Message(text, {"years": ", ".join(str(y) for y in missing)}))
    reasons = sum("reason" in row for row in rows)
    if reasons:
        table.rejected["blank start, end or target"] += reasons
    data = {
        "rows": rows,
        "n": len(rows) - reasons,
        "years_covered": sorted(years),
        "years_not_covered": missing,
    }
    return Report(data, [block], notes)


def _calendars(table: Table, options: Options) -> tuple[dict[str, WorkingTime], frozenset[int]]:
    special, years = special_days(options.days)
    if options.calendars:
        return load_calendars(options.calendars, special, years), years
    return {"default": WorkingTime("workday", [("08:30", "12:00"), ("13:00", "17:30")], special, years)}, years


def _calendar_names(table: Table, options: Options, calendars: Mapping[str, WorkingTime]) -> list[str]:
    """Calendar of each row: its own column, else --calendar, else the only one there is."""
    fallback = options.calendar or (next(iter(calendars)) if len(calendars) == 1 else "")
    cells = table.texts("calendar") if table.has("calendar") else [""] * len(table)
    if not table.has("calendar") and options.calendar is None and len(calendars) > 1:
        raise MeasureError("name one of the calendars with --calendar: {names}", names=", ".join(calendars))
    names = [cell.strip() or fallback for cell in cells]
    if not options.calendars and options.calendar is None:
        names = ["default"] * len(names)
    for place, name in enumerate(names):
        if name not in calendars:
            raise MeasureError(
                "{file}, line {line}: there is no calendar “{name}”; known are {names}",
                file=table.origin[place][0],
                line=table.origin[place][1],
                name=name,
                names=", ".join(calendars),
            )
    return names


def _minute_rows(
    table: Table, starts: list[datetime | None], names: list[str], calendars: Mapping[str, WorkingTime]
) -> list[dict[str, Any]]:
    ends = table.moments("end")
    pauses = _pauses(table)
    if len(starts) >= ARRAY_FROM and pauses is None and None not in starts and None not in ends:
        return _minute_arrays(starts, ends, names, calendars)
    rows: list[dict[str, Any]] = []
    for place, (start, end) in enumerate(zip(starts, ends, strict=True)):
        if start is None or end is None:
            rows.append({"minutes": None, "reason": Message("start or end is missing")})
            continue
        calendar, own = calendars[names[place]], [] if pauses is None else pauses[place]
        rows.append({"minutes": calendar.minutes_between_pauses(start, end, own)})
    return rows


def _minute_arrays(
    starts: list[datetime | None],
    ends: list[datetime | None],
    names: list[str],
    calendars: Mapping[str, WorkingTime],
) -> list[dict[str, Any]]:
    first, last = (np.array(side, dtype="datetime64[s]") for side in (starts, ends))
    labels = np.array(names, dtype=object)
    minutes = np.zeros(len(names), dtype=np.int64)
    for name in set(names):
        rows = labels == name
        minutes[rows] = calendars[name].minutes_between_many(first[rows], last[rows])
    return [{"minutes": m} for m in minutes.tolist()]


def _due_rows(
    table: Table, starts: list[datetime | None], names: list[str], calendars: Mapping[str, WorkingTime]
) -> list[dict[str, Any]]:
    targets = table.numbers("target_minutes", minimum=0, whole=True)
    pauses = _pauses(table)
    rows: list[dict[str, Any]] = []
    for place, start in enumerate(starts):
        if start is None or np.isnan(targets[place]):
            rows.append({"due": None, "reason": Message("start or target is missing")})
            continue
        own = [] if pauses is None else pauses[place]
        due = calendars[names[place]].due_with_pauses(start, int(targets[place]), own)
        rows.append({"due": due.isoformat(timespec="minutes")})
    return rows


def _pauses(table: Table) -> list[list[Pause]] | None:
    if not (table.has("pause_from") and table.has("pause_to")):
        return None
    found: list[list[Pause]] = []
    for begin, end in zip(table.moments("pause_from"), table.moments("pause_to"), strict=True):
        if (begin is None) != (end is None):
            file, line = table.origin[len(found)]
            raise MeasureError("{file}, line {line}: a pause needs both ends", file=file, line=line)
        found.append([] if begin is None or end is None else [Pause(begin, end)])
    return found


def _uncovered(
    starts: list[datetime | None], table: Table, names: list[str], calendars: Mapping[str, WorkingTime]
) -> list[int]:
    moments = list(zip(starts, names, strict=True))
    if table.has("end"):
        moments += list(zip(table.moments("end"), names, strict=True))
    return sorted({m.year for m, name in moments if m is not None and not calendars[name].is_covered(m.year)})


def run_sla(table: Table | None, options: Options) -> Report:
    assert table is not None
    now = parse_moment(options.now) if options.now else None
    if options.now and now is None:
        raise MeasureError("“{text}” is not a local time; write 2026-03-06T16:30", text=options.now)
    if table.has("met"):
        flags = table.flags("met")
        table.select(~np.isnan(flags), "blank met")
        counts = {"met": int(np.nansum(flags)), "breached": int((flags == 0).sum())}
    elif table.has("due"):
        counts = _by_times(table, now)
    else:
        raise MeasureError("sla needs a column met (yes/no), or due and done")
    result = attainment(**counts, population=options.population, level=options.level)
    share = result.share
    data = {
        **share_data(share),
        "met": result.met,
        "breached": result.breached,
        "open_overdue": result.open_overdue,
        "open_not_due": result.open_not_due,
    }
    rows = [(share.percent, share.low_percent, share.high_percent, share.n, options.population, result.met,
             result.breached, result.open_overdue, result.open_not_due)]  # fmt: skip
    headers = ("%", "low", "high", "n", "N", "kept", "breached", "open overdue", "open not due")
    chart = Chart("SLA", bars=[Bar("SLA", share.percent, share.low_percent, share.high_percent)], x_title="%")
    return Report(data, [Block("", headers, rows)], [share.reason] if share.reason else [], chart)


def _by_times(table: Table, now: datetime | None) -> dict[str, int]:
    due = table.moments("due")
    done = table.moments("done")
    known = [moment for moment in (*due, *done) if moment is not None]
    if not known:
        raise MeasureError("there are no valid rows")
    now = now or max(known)
    counts = {"met": 0, "breached": 0, "open_overdue": 0, "open_not_due": 0}
    for limit, end in zip(due, done, strict=True):
        if limit is None:
            table.rejected["blank due time"] += 1
        elif end is not None:
            counts["met" if end <= limit else "breached"] += 1
        else:
            counts["open_overdue" if limit < now else "open_not_due"] += 1
    return counts


COMMANDS = (
    Command(
        "working-time",
        "working minutes between two times, or due times (F21)",
        (
            Role("calendar", "name of the calendar", required=False),
            Role("start", "local time"),
            Role("end", "local time → minutes", required=False),
            Role("target_minutes", "working minutes → due", required=False),
            Role("pause_from", "the clock stands from", required=False),
            Role("pause_to", "the clock stands until", required=False),
        ),
        "start,end\n2026-03-06T16:30,2026-03-09T09:10\n2025-01-26T16:00,2025-02-05T09:00\n"
        "2026-03-02T08:30,2026-03-02T17:30\n2026-03-07T10:00,2026-03-07T11:00",
        run_working_time,
        (
            Option("--calendars", 'JSON {"NAME": {"days": "workday", "hours": [["09:00", "12:00"]]}}'),
            Option("--calendar", "calendar of rows that name none"),
            Option("--days", "CSV date,kind with statutory_off and makeup_workday (default: built in)"),
        ),
        keys="rows: [{minutes}] or [{due}] in file order; n years_covered years_not_covered",
        source="State Council notices (chinesecalendar)",
    ),
    Command(
        "sla",
        "promises kept in time (F22)",
        (
            Role("due", "due time", required=False),
            Role("done", "time of completion, blank = open", required=False),
            Role("met", "or yes/no", required=False),
        ),
        "case,due,done\n1,2026-03-02T12:00,2026-03-02T11:10\n2,2026-03-02T12:00,2026-03-02T13:00\n"
        "3,2026-03-03T12:00,\n4,2026-03-09T12:00,",
        run_sla,
        (
            Option("--now", "time of the report (default: last time of the file)"),
            Option("--population", "eligible cases N, for the finite-population correction", "int"),
        ),
        sample_options="--now 2026-03-05T09:00",
        keys="percent low high k n met breached open_overdue open_not_due",
        source="F22",
    ),
)  # fmt: skip
