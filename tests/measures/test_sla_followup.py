"""F22, F23 and F29: worked examples and refusals."""

from __future__ import annotations

import pytest

from careloop.measures.errors import MeasureError
from careloop.measures.followup import follow_up
from careloop.measures.sla import (
    attainment,
    closed_in_time,
    complaint_rate,
    incidents_per_thousand,
    parts_per_million,
)

WAVE = {
    "due": 120,
    "done_in_window": 96,
    "tried": 96,
    "reached": 84,
    "valid_answers": 70,
    "dissatisfied": 7,
    "answered_in_time": 6,
}


def test_attainment_counts_overdue_and_leaves_out_what_is_not_due():
    result = attainment(met=80, breached=9, open_overdue=5, open_not_due=12)
    assert round(result.share.percent, 2) == 85.11
    assert result.share.n == 94


def test_attainment_without_due_promises_has_a_reason():
    result = attainment(met=0, breached=0, open_not_due=3)
    assert result.share.share is None
    assert result.share.reason is not None


def test_negative_counts_are_refused():
    with pytest.raises(MeasureError):
        attainment(met=-1, breached=2)


def test_complaint_figures():
    rate = complaint_rate(6, 480)
    assert rate.rate == pytest.approx(12.5)
    assert (round(rate.low, 1), round(rate.high, 1)) == (4.6, 27.2)
    assert incidents_per_thousand(18, 1200).rate == pytest.approx(15.0)
    assert parts_per_million(7, 250_000).rate == pytest.approx(28.0)
    closed = closed_in_time(17, 20)
    assert closed.percent == 85.0
    assert (round(closed.low_percent, 1), round(closed.high_percent, 1)) == (64.0, 94.8)


def test_complaints_without_services_are_refused():
    with pytest.raises(MeasureError):
        complaint_rate(3, 0)


def test_follow_up_figures():
    result = follow_up(**WAVE)
    shown = [
        round(share.percent, 1)
        for share in (
            result.coverage,
            result.contact,
            result.response,
            result.dissatisfied,
            result.answered,
        )
    ]
    assert shown == [80.0, 87.5, 58.3, 10.0, 85.7]


def test_follow_up_without_dissatisfied_has_no_answer_share():
    result = follow_up(**WAVE | {"dissatisfied": 0, "answered_in_time": 0})
    assert result.answered.share is None
    assert result.dissatisfied.share == 0.0


@pytest.mark.parametrize("name", ["done_in_window", "reached", "valid_answers"])
def test_a_part_larger_than_its_whole_is_refused(name):
    with pytest.raises(MeasureError, match=name):
        follow_up(**WAVE | {name: 121})
