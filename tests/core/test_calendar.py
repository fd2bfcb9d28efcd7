"""F21: working time of a Chinese office, with holidays and make-up days as published."""

import datetime as dt
from types import SimpleNamespace
from zoneinfo import ZoneInfo

from careloop.core import calendar

ZONE = ZoneInfo("Asia/Shanghai")
OFFICE = calendar.working_time(SimpleNamespace(days="workday", hours=[["08:30", "12:00"], ["13:00", "17:30"]]))


def at(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text).replace(tzinfo=ZONE)


def test_a_weekend_does_not_count():
    assert calendar.minutes_between(OFFICE, at("2026-03-06T16:30"), at("2026-03-09T09:10")) == 100


def test_a_make_up_sunday_counts_and_the_spring_festival_does_not():
    assert calendar.minutes_between(OFFICE, at("2025-01-26T16:00"), at("2025-02-05T09:00")) == 600


def test_due_time_is_the_inverse_of_elapsed_time():
    due = calendar.add_minutes(OFFICE, at("2025-01-26T16:00"), 600)

    assert due == at("2025-02-05T09:00")


def test_times_of_other_zones_are_converted_first():
    start = dt.datetime(2026, 3, 6, 8, 30, tzinfo=dt.UTC)

    assert calendar.minutes_between(OFFICE, start, at("2026-03-09T09:10")) == 100


def test_a_year_without_a_published_list_is_named():
    later = dt.datetime(calendar.LAST_YEAR + 1, 3, 1, tzinfo=ZONE)

    assert calendar.uncovered_years(later) == [calendar.LAST_YEAR + 1]
    assert calendar.uncovered_years(dt.datetime(calendar.LAST_YEAR, 3, 1, tzinfo=ZONE)) == []
