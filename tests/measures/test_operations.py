"""F19, F21, F24, F25, F28, F30–F34: worked examples, borders and refusals."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal

import numpy as np
import pytest

from careloop.measures.assessment import case_mix, composite, funnel_limits, person_figure, shrunk_share
from careloop.measures.errors import MeasureError
from careloop.measures.failure_cost import failure_cost, service_strategy
from careloop.measures.gbt27922 import self_score, star_level
from careloop.measures.grouped import grouped_index
from careloop.measures.repairs import (
    RepairJob,
    first_time_fix,
    first_time_fix_of_jobs,
    is_within_guarantee,
    plan_compliance,
    repeat_repair,
    summarize_times,
    technician_figures,
)
from careloop.measures.sanbao import (
    CarRepairs,
    exchange_grounds,
    has_exchange_right,
    loan_car_due_from_day,
    repair_days,
    use_compensation,
)
from careloop.measures.satisfaction import satisfaction_index
from careloop.measures.warranty import add_months, is_covered, warranty_end


def test_first_time_fix_from_counts():
    share = first_time_fix(200, 31, 9)
    assert share.percent == pytest.approx(80.0)
    assert (round(share.low_percent, 1), round(share.high_percent, 1)) == (73.9, 85.0)
    with pytest.raises(MeasureError):
        first_time_fix(10, 8, 3)


def test_first_time_fix_from_jobs():
    day = date(2026, 1, 5)
    jobs = [
        RepairJob(("M1", "pump"), day, 1),
        RepairJob(("M1", "pump"), day + timedelta(days=30), 1),  # makes the first one "came back"
        RepairJob(("M2", "fan"), day, 2),
        RepairJob(("M3", "fan"), day, 1),
        RepairJob(("M4", "fan"), day, 1, is_diagnosis_only=True),
        RepairJob(("M5", "fan"), day, 0, is_remote=True),
        RepairJob(("M6", "fan"), date(2026, 3, 20), 1),
    ]
    result = first_time_fix_of_jobs(jobs, until=date(2026, 3, 31))
    assert (result.share.k, result.share.n) == (2, 4)
    assert (result.several_visits, result.came_back, result.too_young) == (1, 1, 1)
    assert (result.diagnosis_only, result.remote) == (1, 1)
    with pytest.raises(MeasureError):
        first_time_fix_of_jobs([RepairJob("x", day, 0)], until=date(2026, 3, 31))


def test_response_times_show_median_and_p90():
    result = summarize_times([10, 20, 25, 40, 305])
    assert (result.mean, result.median, round(result.p90, 6)) == (80, 25, 199)
    assert summarize_times([]).reason is not None
    with pytest.raises(MeasureError):
        summarize_times([-1])


@pytest.mark.parametrize(
    ("back_on", "back_at", "inside"),
    [((5, 9), 31_900, True), ((5, 12), 31_900, False), ((5, 9), 32_001, False), ((5, 11), 32_000, True)],
)
def test_repair_guarantee(back_on, back_at, inside):
    assert (
        is_within_guarantee(
            "car",
            "minor",
            left_on=date(2026, 5, 1),
            left_at_km=30_000,
            back_on=date(2026, *back_on),
            back_at_km=back_at,
        )
        is inside
    )


def test_repair_guarantee_refusals_and_shares():
    kwargs = {"left_on": date(2026, 5, 1), "left_at_km": 10, "back_on": date(2026, 4, 1), "back_at_km": 20}
    with pytest.raises(MeasureError, match="before"):
        is_within_guarantee("car", "minor", **kwargs)
    with pytest.raises(MeasureError, match="no guarantee"):
        is_within_guarantee("ship", "minor", **kwargs)
    assert repeat_repair(3, 60).percent == 5.0
    assert plan_compliance(46, 50).percent == 92.0


def test_technician_figures():
    result = technician_figures(160, 128, 140)
    shown = [round(100 * v, 1) for v in (result.utilization, result.efficiency, result.productivity)]
    assert shown == [80.0, 109.4, 87.5]
    assert technician_figures(0, 0, 0).utilization is None
    assert technician_figures(100, 50, 50, 25).travel == 0.25
    with pytest.raises(MeasureError):
        technician_figures(100, 90, 50, 20)


def test_assessment_is_fair_to_small_samples():
    assert round(shrunk_share(5, 5, 0.85), 3) == 0.880
    assert round(shrunk_share(46, 50, 0.85), 3) == 0.900
    assert person_figure(5, 5, 0.85).shrunk is None
    assert "too few" in str(person_figure(5, 5, 0.85).reason)
    low, high = funnel_limits(0.85, 50)
    assert (round(100 * low, 1), round(100 * high, 1)) == (75.1, 94.9)
    assert person_figure(46, 50, 0.85).differs is False
    assert person_figure(30, 50, 0.85).differs is True


def test_case_mix_reverses_the_raw_order():
    a = case_mix([(30, 0.95), (10, 0.60)], 33)
    b = case_mix([(10, 0.95), (30, 0.60)], 29)
    assert (round(a.expected, 9), round(a.ratio, 3)) == (34.5, 0.957)
    assert (round(b.expected, 9), round(b.ratio, 3)) == (27.5, 1.055)
    with pytest.raises(MeasureError):
        case_mix([(5, 0.0)], 0)


def test_composite_rescales_over_parts_with_data():
    parts = [("csi", 0.30, 88), ("ftf", 0.25, 90), ("sla", 0.20, 95), ("records", 0.15, 100), ("repeat", 0.10, 92)]
    assert composite(parts).score == pytest.approx(92.1)
    fewer = composite([*parts[:4], ("repeat", 0.10, None)])
    assert fewer.left_out == ("repeat",)
    assert sum(weight for _, weight in fewer.weights) == pytest.approx(1.0)
    with pytest.raises(MeasureError):
        composite([("csi", 1.0, None)])


def test_warranty_ends():
    end = warranty_end(date(2026, 1, 15), months=24, meter=3000)
    assert end.last_day == date(2028, 1, 15)
    assert is_covered(end, date(2028, 1, 15), 3000)
    assert not is_covered(end, date(2028, 1, 16), 10)
    assert not is_covered(end, date(2027, 1, 1), 3000.5)
    assert add_months(date(2026, 8, 31), 6) == date(2027, 2, 28)
    assert add_months(date(2026, 1, 31), -2) == date(2025, 11, 30)
    with pytest.raises(MeasureError):
        is_covered(end, date(2027, 1, 1))
    with pytest.raises(MeasureError):
        warranty_end(date(2026, 1, 1))


@pytest.mark.parametrize(("hours", "days"), [(123, 6), (120, 5), (24, 1), (1, 1), (0, 0)])
def test_repair_days_of_the_car_rule(hours, days):
    start = datetime(2026, 3, 2, 10)
    assert repair_days(start, start + timedelta(hours=hours)) == days


def test_loan_car_and_compensation():
    assert [loan_car_due_from_day(d) for d in (5, 6)] == [None, 6]
    assert use_compensation(Decimal(150_000), Decimal(12_000)) == Decimal(9_000)
    with pytest.raises(MeasureError):
        use_compensation(Decimal(1), Decimal(1), Decimal("0.006"))
    with pytest.raises(MeasureError):
        repair_days(datetime(2026, 3, 2), datetime(2026, 3, 1))


@pytest.mark.parametrize(
    ("car", "grounds"),
    [
        (CarRepairs(repair_days=30), []),
        (CarRepairs(repair_days=31), ["repair_days"]),
        (CarRepairs(same_problem_repairs=4), []),
        (CarRepairs(same_problem_repairs=5), ["same_problem"]),
        (CarRepairs(part_replacements=2), []),
        (CarRepairs(part_replacements=2, still_not_usable=True), ["part_replaced_twice"]),
        (CarRepairs(safety_fault_repairs=2, safety_fault_remains=True), ["safety_fault_twice"]),
        (CarRepairs(safety_fault_repairs=2), []),
    ],
)
def test_exchange_grounds(car, grounds):
    assert [str(g) for g in exchange_grounds(car)] == grounds


def test_exchange_right_only_inside_the_period():
    car = CarRepairs(repair_days=31)
    start = date(2025, 1, 10)
    assert has_exchange_right(car, start=start, on=date(2027, 1, 10), kilometers=50_000)
    assert not has_exchange_right(car, start=start, on=date(2027, 1, 11), kilometers=1)
    assert not has_exchange_right(car, start=start, on=date(2026, 1, 11), kilometers=50_001)


def test_cost_of_failure():
    numbers = {"repair_hours": Decimal(4), "events_per_year": Decimal(3)}
    slow = failure_cost(Decimal(2000), Decimal(8000), wait_hours=Decimal(24), **numbers)
    fast = failure_cost(Decimal(2000), Decimal(8000), wait_hours=Decimal(4), **numbers)
    assert (slow.per_year, fast.per_year) == (Decimal(678_000), Decimal(198_000))
    borders = {"fixed_border": Decimal(1000), "per_hour_border": Decimal(1000)}
    names = [
        str(service_strategy(Decimal(f), Decimal(v), **borders))
        for f, v in ((0, 0), (2000, 0), (0, 2000), (2000, 2000))
    ]
    assert names == [
        "exchange_or_mail_in", "planned_visit_and_remote", "spare_on_site_and_hotline",
        "redundancy_or_resident_engineer",
    ]  # fmt: skip
    with pytest.raises(MeasureError):
        failure_cost(Decimal(-1), Decimal(0), wait_hours=Decimal(0), **numbers)


def test_self_score_of_gbt27922():
    result = self_score(78, 92, deductions=2)
    assert (round(result.converted, 2), round(result.score, 2), str(result.level)) == (84.78, 82.78, "three_star")
    assert [str(star_level(s)) for s in (94.9, 95.0, 69.9, 70.0)] == ["four_star", "five_star", "fail", "qualified"]
    assert str(self_score(96, deductions=5).level) == "fail"
    for bad in ((93, 92), (50, 0)):
        with pytest.raises(MeasureError):
            self_score(*bad)


def test_grouped_index_equals_one_group_at_a_time():
    rng = np.random.default_rng(11)
    group = rng.integers(0, 5, 800)
    levels = rng.integers(0, 6, (800, 3))
    result = grouped_index(group, levels, [3, 2, 1], groups=6, population=[1000] * 6)
    for g in range(5):
        own = levels[group == g]
        scores = np.where(own == 0, np.nan, (own - 1) * 25.0)
        one = satisfaction_index(scores, [3, 2, 1], population=1000, interval="mean")
        assert (result.index[g], result.low[g], result.high[g], result.n[g]) == pytest.approx(
            (one.index, one.low, one.high, one.n)
        )
    assert np.isnan(result.index[5])
    for bad in ({"groups": 2}, {"groups": 5, "population": [1] * 5}):
        with pytest.raises(MeasureError):
            grouped_index(group, levels, [3, 2, 1], **bad)
