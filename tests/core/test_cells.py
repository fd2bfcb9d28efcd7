"""Values as people write them in tables."""

import datetime as dt
from decimal import Decimal

import pytest

from careloop.core import cells
from careloop.core.cells import BadValue

DAY = dt.date(2026, 11, 19)


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-19", "2026/11/19", "2026.11.19", "2026年11月19日", "20261119", "2026/11/9".replace("/9", "/19"),
        "２０２６－１１－１９", " 2026-11-19 ", "2026 年 11 月 19 日", "19 Nov 2026", "19-Nov-2026", "Nov 19, 2026",
        "November 19th, 2026", 46345, 46345.604, "46345", dt.date(2026, 11, 19), dt.datetime(2026, 11, 19, 8),
        "2026-11-19 14:30", "2026-11-19T14:30:05Z", "2026年11月19日 星期四",
    ],
)  # fmt: skip
def test_a_date_is_read_in_its_spelling(text):
    assert cells.date(text) == DAY


def test_a_date_with_the_year_last_is_read_only_when_the_order_is_known():
    assert cells.date("11/19/2026", order="MDY") == cells.date("19.11.2026", order="DMY") == DAY
    with pytest.raises(BadValue) as refused:
        cells.date("11/12/2026")
    assert "date_format" in refused.value.remedy


@pytest.mark.parametrize(
    "text",
    [
        "",
        "soon",
        "2026-13-01",
        "2026-02-30",
        "0001-01-01",
        5,
        1e9,
        "19/11",
        "2026-11-19 later",
        "9999-01-01",
        True,
        "\U0001f600",
    ],
)
def test_what_is_no_date_is_refused_with_a_remedy(text):
    with pytest.raises(BadValue) as refused:
        cells.date(text)
    assert refused.value.remedy


@pytest.mark.parametrize(
    ("text", "utc"),
    [
        ("2026-11-19 14:30", "06:30:00"),
        ("2026-11-19T14:30:05", "06:30:05"),
        ("2026-11-19 14:30:05.25", "06:30:05.250000"),
        ("2026/11/19 下午2:30", "06:30:00"),
        ("2026年11月19日14时30分", "06:30:00"),
        ("2026-11-19 2:30 PM", "06:30:00"),
        ("2026-11-19 06:30:00Z", "06:30:00"),
        ("2026-11-19 08:30:00+02:00", "06:30:00"),
        (46345 + 14.5 / 24, "06:30:00"),
        (dt.datetime(2026, 11, 19, 14, 30), "06:30:00"),
        ("2026-11-19", "-8"),
    ],
)
def test_a_moment_is_aware_and_local_when_no_zone_is_given(text, utc):
    found = cells.moment(text).astimezone(dt.UTC)

    expected = (
        dt.datetime(2026, 11, 18, 16, tzinfo=dt.UTC)
        if utc == "-8"
        else dt.datetime.fromisoformat(f"2026-11-19T{utc}+00:00")
    )
    assert found == expected


@pytest.mark.parametrize("text", ["2026-11-19 25:00", "2026-11-19 14:99", "2026-11-19 x"])
def test_an_impossible_time_is_refused(text):
    with pytest.raises(BadValue):
        cells.moment(text)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1,234.50", "1234.50"), ("1234.5", "1234.5"), ("￥1,234", "1234"), ("１２３", "123"), ("-5", "-5"), ("(12.5)", "-12.5"),
        ("3.5万", "35000"), ("1 234", "1234"), (12, "12"), (0.1, "0.1"), ("98元", "98"), (".5", "0.5"), ("1e3", "1000"), ("+7", "7"),
    ],
)  # fmt: skip
def test_a_number_is_read(text, value):
    assert cells.number(text) == Decimal(value)


def test_a_decimal_comma_is_read_when_the_mapping_says_so():
    assert cells.number("1.234,50", comma=",") == Decimal("1234.50")


@pytest.mark.parametrize(
    "text", ["", "x", "12,34", "1,2,3", "nan", "inf", float("nan"), float("inf"), "1e400", "12a", "1-2", "٣x"]
)
def test_what_is_no_number_is_refused(text):
    with pytest.raises(BadValue):
        cells.number(text)


def test_a_fraction_is_no_whole_number():
    assert cells.whole("12.0") == 12
    with pytest.raises(BadValue):
        cells.whole("12.5")


def test_yes_and_no_in_both_languages():
    assert [cells.yes_no(x) for x in ("是", "TRUE", "Y", True, 1)] == [True] * 5
    assert [cells.yes_no(x) for x in ("否", "false", "", False, None)] == [False] * 5
    with pytest.raises(BadValue):
        cells.yes_no("maybe")


@pytest.mark.parametrize("text", ["=1+1", "@SUM(A1)", "+cmd|' /C calc'!A0", "-2+3+cmd|' /C calc'!A0", "\t=1"])
def test_a_formula_is_disarmed_and_can_be_read_back(text):
    assert cells.guarded(text) == "'" + text
    assert cells.unguarded(cells.guarded(text)) == text


@pytest.mark.parametrize("text", ["-5", "+8613812345678", "-1,234.50", "text", "", "'quoted'", 5, None])
def test_harmless_cells_stay_as_they_are(text):
    assert cells.guarded(text) == text
