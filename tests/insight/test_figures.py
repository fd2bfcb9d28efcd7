"""The satisfaction report computed from plain rows: index, goal, trend, hidden groups, breaks of the method."""

import datetime as dt

import pytest

from careloop.insight import figures, words
from careloop.insight.rules import (
    AnswerRow,
    Item,
    ServiceRow,
    Version,
    breaks,
    coverage,
    parse_period,
    period_at,
    period_of,
)

DAY = dt.date(2026, 3, 2)
ITEMS = (Item("overall", "总体", 0.6, ""), Item("repair", "维修", 0.4, "repair"))
V1 = Version(1, 1, "item_mean", True, DAY, "", ITEMS)
V2 = Version(2, 2, "item_mean", True, DAY, "权重调整", ITEMS)


def row(
    customer: int, overall: float | None, repair: float | None = None, *, version: int = 1, pk: int = 0
) -> AnswerRow:
    scores = {"overall": overall, "repair": repair}
    return AnswerRow(pk or customer, DAY, customer, 1, None, None, version, scores, None, "", None, True)


def test_companies_count_once_and_not_applicable_is_left_out():
    rows = [row(1, 90, pk=1), row(1, 70, pk=2), row(1, 50, pk=3), *(row(c, 100, pk=c + 10) for c in range(2, 6))]

    figure = figures.index_of(rows, V1, population=5, goal=75)

    assert figure.n == 5
    assert figure.result is not None
    assert figure.result.index == pytest.approx((70 + 4 * 100) / 5)
    assert (figure.result.low, figure.result.high) == (figure.result.index, figure.result.index)  # a census


def test_fewer_than_five_customers_are_individual_voices():
    figure = figures.index_of([row(c, 80) for c in range(1, 5)], V1, population=20, goal=75)

    assert (figure.result, figure.n, figure.is_hidden) == (None, 4, True)


def test_answers_of_another_version_are_not_mixed_in():
    rows = [row(c, 80) for c in range(1, 7)] + [row(c, 0, version=2) for c in range(11, 17)]

    figure = figures.index_of(rows, V1, population=None, goal=75)

    assert figure.result is not None
    assert (figure.result.index, figure.n) == (80, 6)


def test_no_trend_is_tested_across_a_change_of_method():
    before = figures.index_of([row(c, 70 + c) for c in range(1, 8)], V1, population=None, goal=75)
    now = figures.index_of([row(c, 80 + c, version=2) for c in range(1, 8)], V2, population=None, goal=75)

    assert figures.change_of(now, before) is None
    h1, h2 = period_at(DAY, "half"), period_at(DAY, "half").before(-1)
    assert breaks([(h1, V1), (h2, V2)]) == [(h2, V2)]


def test_a_rise_that_the_test_does_not_show_is_called_not_proven():
    before = figures.index_of([row(c, 60 + 3 * c) for c in range(1, 9)], V1, population=20, goal=75)
    now = figures.index_of([row(c, 62 + 3 * c) for c in range(1, 9)], V1, population=20, goal=75)

    change = figures.change_of(now, before)

    assert change is not None
    assert change.difference == pytest.approx(2)
    assert words.trend_state(change)["tone"] == "idle"


def test_every_closed_service_counts_and_the_unasked_have_reasons():
    def service(customer: int, reason: str = "", *, answered: bool = False) -> ServiceRow:
        return ServiceRow(DAY, customer, 1, None, None, answered, answered, answered, answered, reason)

    found = coverage([service(1, answered=True), service(2, "budget"), service(2, "budget")], [row(1, 80)])

    assert (found.services, found.asked, found.answered) == (3, 1, 1)
    assert (found.companies, found.companies_answered, found.reasons) == (2, 1, {"budget": 2})


@pytest.mark.parametrize(
    ("key", "start", "end"),
    [
        ("2026", dt.date(2026, 1, 1), dt.date(2027, 1, 1)),
        ("2026H2", dt.date(2026, 7, 1), dt.date(2027, 1, 1)),
        ("2026Q1", dt.date(2026, 1, 1), dt.date(2026, 4, 1)),
        ("2026-12", dt.date(2026, 12, 1), dt.date(2027, 1, 1)),
        ("2026-03-02_2026-03-08", dt.date(2026, 3, 2), dt.date(2026, 3, 9)),
    ],
)
def test_periods_have_keys(key, start, end):
    period = parse_period(key)

    assert period is not None
    assert (period.start, period.end, period.key) == (start, end, key)
    assert period_of(start, end) == period


@pytest.mark.parametrize("key", ["", "26H1", "2026H3", "2026Q5", "2026-13", "2026-03-08_2026-03-02", "abcd"])
def test_what_is_no_period_is_none(key):
    assert parse_period(key) is None


def test_the_period_before_january_lies_in_the_year_before():
    assert period_at(dt.date(2026, 1, 15), "half").before().key == "2025H2"
    assert period_at(dt.date(2026, 1, 15), "month").before(2).key == "2025-11"
