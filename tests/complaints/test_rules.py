import datetime as dt
from decimal import Decimal

import pytest

from careloop.complaints import rules
from careloop.complaints.rules import Authority
from careloop.complaints.states import Category, Severity, Source
from careloop.core import calendar

OFFICE = calendar.working_time(
    type("Row", (), {"days": "workday", "hours": [["08:30", "12:00"], ["13:00", "17:30"]]})()
)
THURSDAY = dt.datetime(2026, 11, 19, 2, 0, tzinfo=dt.UTC)  # 10:00 in Shanghai


@pytest.mark.parametrize(
    ("words", "severity", "reasons"),
    [
        ("修完第二天发动机冒烟了", Severity.URGENT, ["fire"]),
        ("电源箱着火，工人烫伤", Severity.URGENT, ["injury", "fire"]),
        ("设备一坏我们全线停了", Severity.URGENT, ["stop"]),
        ("再不处理我就打 12315", Severity.URGENT, ["authority"]),
        ("已经找了律师", Severity.URGENT, ["legal"]),
        ("我要发抖音曝光", Severity.URGENT, ["media"]),
        ("The press caught fire and one man was hurt", Severity.URGENT, ["injury", "fire"]),
        ("还是老毛病，修了三次", Severity.MAJOR, ["major_words"]),
        ("多收了我两百块", Severity.MAJOR, ["major_words"]),
        ("前台没人接电话", Severity.ORDINARY, []),
        ("没有着火，也没有人受伤，就是等太久", Severity.ORDINARY, []),
        ("Please answer immediately, the staff was courteous", Severity.ORDINARY, []),
    ],
)
def test_first_severity_comes_from_the_words(words: str, severity: Severity, reasons: list[str]) -> None:
    assert rules.first_severity(words) == (severity, reasons)


def test_kind_and_channel_raise_the_first_severity() -> None:
    assert rules.first_severity("转来的信", source=Source.AUTHORITY) == (Severity.URGENT, ["authority"])
    assert rules.first_severity("不公平", category=Category.UNFAIR) == (Severity.MAJOR, ["kind"])
    assert rules.first_severity("等了很久", is_stopped=True) == (Severity.URGENT, ["stop"])


@pytest.mark.parametrize(
    ("severity", "ack", "answer", "solution"),
    [
        ("urgent", "2026-11-19 12:00", "2026-11-20 10:00", "2026-11-20 10:00"),
        ("major", "2026-11-19 22:00", "2026-11-23 10:00", "2026-11-26 10:00"),
        ("ordinary", "2026-11-20 10:00", "2026-11-20 10:00", "2026-11-24 10:00"),
    ],
)
def test_clocks_of_each_severity(severity: str, ack: str, answer: str, solution: str) -> None:
    found = rules.clocks(severity, THURSDAY, OFFICE, "Asia/Shanghai")

    shown = [
        f"{moment + dt.timedelta(hours=8):%Y-%m-%d %H:%M}"
        for moment in (
            found.ack_due_at.astimezone(dt.UTC),
            found.answer_due_at.astimezone(dt.UTC),
            found.solution_due_at.astimezone(dt.UTC),
        )
    ]
    assert shown == [ack, answer, solution]


def test_working_days_leave_out_statutory_holidays() -> None:
    before_national_day = dt.datetime(2026, 9, 30, 2, 0, tzinfo=dt.UTC)

    due = rules.working_days_after(before_national_day, 1, OFFICE, "Asia/Shanghai")

    assert due.date() == dt.date(2026, 10, 8)


TABLE = [
    Authority("grant", "", Decimal(200)),
    Authority("grant", "check", None),
    Authority("grant", "exchange", Decimal(0), is_never=True),
    Authority("any", "", None),
]


@pytest.mark.parametrize(
    ("kind", "cost", "rights", "allowed"),
    [
        ("compensation", "200", ["grant"], True),
        ("compensation", "201", ["grant"], False),
        ("check", "900", ["grant"], True),
        ("exchange", "0", ["grant"], False),
        ("exchange", "90000", ["grant", "any"], True),
        ("compensation", "1", [], False),
    ],
)
def test_authority_by_kind_and_money(kind: str, cost: str, rights: list[str], allowed: bool) -> None:
    assert rules.may_grant(kind, Decimal(cost), rights, TABLE) is allowed


def test_recovery_needs_both_ratings() -> None:
    assert [rules.recovery(1, 4), rules.recovery(2, 2), rules.recovery(4, 5), rules.recovery(None, 5)] == [
        True,
        False,
        False,
        None,
    ]
