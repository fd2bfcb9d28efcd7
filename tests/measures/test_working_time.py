"""F21: elapsed minutes and due times, worked examples and the public calendar examples."""

from __future__ import annotations

import csv
import json
from datetime import date, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from careloop.measures.errors import MeasureError
from careloop.measures.working_time import Pause, SpecialDay, WorkingTime, parse_clock

OFFICE = [("08:30", "12:00"), ("13:00", "17:30")]
SPRING_2025 = {date(2025, 1, 26): "makeup_workday", date(2025, 2, 8): "makeup_workday"} | {
    date(2025, 1, 28) + timedelta(days=i): "statutory_off" for i in range(8)
}


@pytest.fixture
def office():
    return WorkingTime("workday", OFFICE, SPRING_2025, [2025])


def at(text):
    return datetime.fromisoformat(text)


def test_minutes_over_a_weekend(office):
    assert office.minutes_between(at("2026-03-06T16:30"), at("2026-03-09T09:10")) == 100


def test_minutes_from_a_makeup_sunday_over_spring_festival(office):
    assert office.minutes_between(at("2025-01-26T16:00"), at("2025-02-05T09:00")) == 600


def test_years_without_a_list_are_not_covered(office):
    assert office.is_covered(2025)
    assert not office.is_covered(2027)
    assert WorkingTime("all", [("00:00", "24:00")]).is_covered(2027)


@pytest.mark.parametrize(
    ("moment", "is_open", "opening"),
    [
        ("2025-01-27T08:29:59", False, "2025-01-27T08:30"),
        ("2025-01-27T08:30", True, "2025-01-27T08:30"),
        ("2025-01-27T12:00", False, "2025-01-27T13:00"),
        ("2025-01-27T17:30", False, "2025-02-05T08:30"),
        ("2025-01-26T10:00", True, "2025-01-26T10:00"),
    ],
)
def test_opening(office, moment, is_open, opening):
    assert office.is_open(at(moment)) is is_open
    assert office.next_opening(at(moment)) == at(opening)


@pytest.mark.parametrize(
    ("start", "minutes", "due"),
    [
        ("2025-01-24T17:00", 30, "2025-01-24T17:30"),
        ("2025-01-24T17:00", 31, "2025-01-26T08:31"),
        ("2025-01-24T18:00", 0, "2025-01-26T08:30"),
        ("2025-01-24T08:30", 480, "2025-01-24T17:30"),
        ("2025-01-24T08:30", 210, "2025-01-24T12:00"),
        ("2025-01-24T08:30:30", 1, "2025-01-24T08:31:30"),
    ],
)
def test_due_times(office, start, minutes, due):
    assert office.add_minutes(at(start), minutes) == at(due)


def test_end_before_start_has_no_minutes(office):
    assert office.minutes_between(at("2025-02-06T12:00"), at("2025-02-06T10:00")) == 0


def test_pauses_that_overlap_count_once(office):
    pauses = [
        Pause(at("2025-02-06T09:00"), at("2025-02-06T10:00")),
        Pause(at("2025-02-06T09:30"), at("2025-02-06T10:30")),
    ]
    start = at("2025-02-06T08:30")
    assert office.due_with_pauses(start, 60, pauses) == at("2025-02-06T11:00")
    assert office.minutes_between_pauses(start, at("2025-02-06T11:00"), pauses) == 60


@pytest.mark.parametrize(
    ("days", "hours"),
    [
        ("sometimes", OFFICE),
        ("workday", []),
        ("workday", [("12:00", "09:00")]),
        ("workday", [("09:00", "12:00"), ("11:00", "15:00")]),
        ("workday", [("9", "12:00")]),
        ("workday", [("09:00", "24:01")]),
        ("workday", [(-5, 10)]),
    ],
)
def test_impossible_calendars_are_refused(days, hours):
    with pytest.raises(MeasureError):
        WorkingTime(days, hours)


def test_negative_target_zone_and_backward_pause_are_refused(office):
    with pytest.raises(MeasureError):
        office.add_minutes(at("2025-02-06T09:00"), -1)
    with pytest.raises(MeasureError):
        office.is_open(at("2025-02-06T09:00+08:00"))
    with pytest.raises(MeasureError):
        office.due_with_pauses(at("2025-02-06T09:00"), 5, [Pause(at("2025-02-06T10:00"), at("2025-02-06T09:00"))])


def test_touching_intervals_are_one_opening():
    calendar = WorkingTime("all", [("08:00", "12:00"), ("12:00", "18:00")])
    assert calendar.hours == ((480, 1080),)
    assert parse_clock("24:00") == 1440


CALENDARS = st.sampled_from(
    [
        WorkingTime("workday", OFFICE, SPRING_2025, [2025]),
        WorkingTime("workday_or_saturday", [("09:00", "18:00")], SPRING_2025, [2025]),
        WorkingTime("workday", [("00:00", "02:00"), ("20:00", "24:00")], SPRING_2025, [2025]),
        WorkingTime("all", [("00:00", "24:00")]),
    ]
)
MOMENTS = st.datetimes(datetime(2024, 11, 1), datetime(2026, 3, 1)).map(lambda t: t.replace(microsecond=0))


@given(calendar=CALENDARS, start=MOMENTS, minutes=st.integers(0, 9000))
def test_due_time_and_elapsed_minutes_agree(calendar, start, minutes):
    due = calendar.add_minutes(start, minutes)
    assert calendar.minutes_between(start, due) == minutes
    assert due >= start


@given(calendar=CALENDARS, moments=st.tuples(MOMENTS, MOMENTS, MOMENTS).map(sorted))
def test_whole_minutes_of_two_parts_make_the_whole(calendar, moments):
    start, middle, end = (m.replace(second=0) for m in moments)
    parts = calendar.minutes_between(start, middle) + calendar.minutes_between(middle, end)
    assert parts == calendar.minutes_between(start, end)


@given(calendar=CALENDARS, pairs=st.lists(st.tuples(MOMENTS, MOMENTS), min_size=1, max_size=30))
def test_arrays_give_the_same_minutes(calendar, pairs):
    starts = np.array([a for a, _ in pairs], dtype="datetime64[us]")
    ends = np.array([b for _, b in pairs], dtype="datetime64[us]")
    expected = [calendar.minutes_between(a, b) for a, b in pairs]
    assert calendar.minutes_between_many(starts, ends).tolist() == expected


def test_arrays_refuse_missing_times_and_odd_lengths(office):
    moments = np.array(["2025-02-06T09:00", "NaT"], dtype="datetime64[s]")
    with pytest.raises(MeasureError):
        office.minutes_between_many(moments, moments)
    with pytest.raises(MeasureError):
        office.minutes_between_many(moments[:1], moments)
    assert office.minutes_between_many(moments[:0], moments[:0]).size == 0


def read(path):
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture
def calendars(shared_data):
    folder = shared_data / "cn_calendar"
    kinds = {str(kind) for kind in SpecialDay}
    special = {
        date.fromisoformat(row["date"]): row["kind"]
        for row in read(folder / "days_2024_2026.csv")
        if row["kind"] in kinds
    }
    patterns = json.loads((folder / "calendars.json").read_text(encoding="utf-8"))
    return folder, {
        name: WorkingTime.from_pattern(pattern, special, [2024, 2025, 2026]) for name, pattern in patterns.items()
    }


@pytest.mark.shared_data
def test_public_examples_of_due_times(calendars):
    folder, known = calendars
    for row in read(folder / "example_due.csv"):
        due = known[row["calendar"]].add_minutes(at(row["start"]), int(row["target_minutes"]))
        assert due == at(row["due"]), row


@pytest.mark.shared_data
def test_public_examples_of_elapsed_minutes(calendars):
    folder, known = calendars
    for row in read(folder / "example_elapsed.csv"):
        minutes = known[row["calendar"]].minutes_between(at(row["start"]), at(row["end"]))
        assert minutes == int(row["business_minutes"]), row


@pytest.mark.shared_data
def test_public_examples_of_pauses(calendars):
    folder, known = calendars
    for row in read(folder / "example_pause.csv"):
        pause = Pause(at(row["pause_from"]), at(row["pause_to"]))
        calendar = known[row["calendar"]]
        due = calendar.due_with_pauses(at(row["start"]), int(row["target_minutes"]), [pause])
        assert due == at(row["due"]), row
