"""Working time of a station: hours and days as data, statutory holidays and make-up days as published.

The arithmetic is `measures.working_time`; here it meets the published list (`chinese_calendar`), time zones and the
calendar rows of `staff`, which are passed in as plain values.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, Protocol
from zoneinfo import ZoneInfo

import chinese_calendar
from chinese_calendar.constants import holidays, in_lieu_days, workdays

from careloop.measures.working_time import WorkingTime

FIRST_YEAR = min(day.year for day in holidays)
LAST_YEAR = max(day.year for day in holidays)
LIST_VERSION = getattr(chinese_calendar, "__version__", "")


class CalendarRow(Protocol):
    """What a `staff.WorkCalendar` brings."""

    days: str
    hours: Sequence[Sequence[str]]


@lru_cache(maxsize=1)
def special_days() -> dict[dt.date, str]:
    """Statutory days off and make-up working days of all published years."""
    off = {day: "statutory_off" for day in (*holidays, *in_lieu_days)}
    return {**off, **{day: "makeup_workday" for day in workdays}}


@lru_cache(maxsize=64)
def _working_time(days: str, hours: tuple[tuple[str, str], ...]) -> WorkingTime:
    return WorkingTime(days, hours, special_days(), years=range(FIRST_YEAR, LAST_YEAR + 1))


def _of(days: str, hours: Sequence[Sequence[str]]) -> WorkingTime:
    return _working_time(days, tuple((str(a), str(b)) for a, b in hours))


def working_time(row: CalendarRow) -> WorkingTime:
    return _of(row.days, row.hours)


def working_time_in(row: Mapping[str, Any]) -> WorkingTime:
    """The same for a row of `values("station__calendar__days", "station__calendar__hours")`."""
    return _of(row["station__calendar__days"], row["station__calendar__hours"])


ALWAYS = ("all", (("00:00", "24:00"),))


def around_the_clock() -> WorkingTime:
    """24×7, for emergencies."""
    return _working_time(*ALWAYS)


def _local(moment: dt.datetime, zone: str) -> dt.datetime:
    return moment.astimezone(ZoneInfo(zone)).replace(tzinfo=None)


def minutes_between(clock: WorkingTime, start: dt.datetime, end: dt.datetime, *, zone: str = "Asia/Shanghai") -> int:
    """Working minutes in [start, end); both aware."""
    return clock.minutes_between(_local(start, zone), _local(end, zone))


def add_minutes(clock: WorkingTime, start: dt.datetime, minutes: int, *, zone: str = "Asia/Shanghai") -> dt.datetime:
    """When `minutes` of working time after `start` are used up; aware."""
    return clock.add_minutes(_local(start, zone), minutes).replace(tzinfo=ZoneInfo(zone))


def uncovered_years(now: dt.datetime, *, ahead: int = 60) -> list[int]:
    """Years within the next `ahead` days (and this one) without a published list: shown as a warning, never guessed."""
    years = {now.year, (now + dt.timedelta(days=ahead)).year}
    return sorted(year for year in years if not FIRST_YEAR <= year <= LAST_YEAR)
