"""F18 and F20, mean cumulative function: worked examples, published results, refusals."""

from __future__ import annotations

import csv
import json

import pytest

from careloop.measures.availability import availability
from careloop.measures.errors import MeasureError
from careloop.measures.recurrence import histories, mean_cumulative, power_law
from careloop.measures.replacement import cost_rate, optimal_replacement
from careloop.measures.weibull import fit_weibull


def lives(path):
    with path.open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    return [[float(row[k]) for row in rows] for k in ("time", "failed", "count")]


def test_weibull_of_four_failures_and_three_running_units():
    fit = fit_weibull([410, 620, 790, 905, 1000, 1000, 1000], [1, 1, 1, 1, 0, 0, 0])
    assert (round(fit.beta, 3), round(fit.eta, 1), round(fit.b10, 1)) == (2.911, 1047.2, 483.4)
    assert (fit.n_failed, fit.n_censored) == (4, 3)
    assert fit.note is not None
    assert fit.beta_low < fit.beta < fit.beta_high
    assert fit.eta_low < fit.eta < fit.eta_high


@pytest.mark.shared_data
@pytest.mark.parametrize("name", ["shock_absorber", "bearing_cage"])
def test_weibull_of_the_literature(shared_data, name):
    reference = json.loads((shared_data / "reliability" / "reference.json").read_text(encoding="utf-8"))[name]
    fit = fit_weibull(*lives(shared_data / "reliability" / f"{name}.csv"))
    assert round(fit.beta, 5) == reference["beta"]
    assert fit.eta == pytest.approx(reference["eta"], rel=1e-7)
    assert round(fit.log_likelihood, 4) == round(reference["loglik"], 4)
    assert fit.beta_wald == pytest.approx(reference["beta_ci95"], abs=1e-4)
    assert fit.eta_wald == pytest.approx(reference["eta_ci95"], rel=1e-5)
    assert (fit.b10, fit.b50, fit.mean) == pytest.approx(
        (reference["B10"], reference["B50"], reference["mean"]), rel=1e-6
    )
    assert fit.n_failed == reference["failures"]


@pytest.mark.parametrize(
    ("time", "failed", "count", "part"),
    [
        ([5, 6], [0, 0], None, "no failures"),
        ([5, 5], [1, 1], None, "no finite shape"),
        ([0, 5], [1, 1], None, "above 0"),
        ([5], [2], None, "0 or 1"),
        ([5], [1], [-1], "whole numbers"),
        ([5], [1], [0], "counts are 0"),
        ([], [], None, "at least one"),
    ],
)
def test_impossible_lives_are_refused(time, failed, count, part):
    with pytest.raises(MeasureError, match=part):
        fit_weibull(time, failed, count)


def test_unit_of_time_scales_eta_only():
    hours = fit_weibull([410, 620, 790, 905, 1000], [1, 1, 1, 1, 0])
    minutes = fit_weibull([24600, 37200, 47400, 54300, 60000], [1, 1, 1, 1, 0])
    assert minutes.beta == pytest.approx(hours.beta)
    assert minutes.eta == pytest.approx(60 * hours.eta)


def test_optimal_replacement_age():
    result = optimal_replacement(beta=2.5, eta=1000, planned_cost=1, failure_cost=5)
    assert result.cost_rate == pytest.approx(0.0034620427, abs=1e-9)
    assert result.age == pytest.approx(493.05, abs=0.01)
    assert result.run_to_failure_rate == pytest.approx(0.0056353, abs=1e-7)
    assert round(100 * result.saving, 1) == 38.6
    near = [cost_rate(result.age * f, beta=2.5, eta=1000, planned_cost=1, failure_cost=5) for f in (0.9, 1.1)]
    assert min(near) > result.cost_rate


@pytest.mark.parametrize(
    ("beta", "costs"), [(1.0, (1, 5)), (0.8, (1, 5)), (2.5, (5, 5)), (2.5, (6, 5)), (1.0001, (1, 1.0001))]
)
def test_no_preventive_replacement_has_a_reason(beta, costs):
    result = optimal_replacement(beta=beta, eta=1000, planned_cost=costs[0], failure_cost=costs[1])
    assert result.age is None
    assert result.reason is not None


def test_replacement_refuses_what_is_not_above_zero():
    with pytest.raises(MeasureError):
        optimal_replacement(beta=2, eta=0)
    with pytest.raises(MeasureError):
        cost_rate(0, beta=2, eta=1, planned_cost=1, failure_cost=2)


def test_mtbf_availability_and_bounds():
    result = availability(4380, 3, repair_hours=12, down_hours=90)
    assert (result.mttr, result.mtbf) == (4.0, 1460.0)
    assert round(100 * result.inherent, 3) == 99.727
    assert round(100 * result.operational, 3) == 97.987
    assert (round(result.mtbf_low), round(result.mtbf_high)) == (565, 5357)


def test_no_failures_give_a_lower_bound_only():
    result = availability(4380, 0)
    assert (result.mtbf, result.mtbf_high, round(result.mtbf_low)) == (None, None, 1902)
    assert result.reason is not None
    for bad in ((0, 1), (10, -1)):
        with pytest.raises(MeasureError):
            availability(*bad)
    with pytest.raises(MeasureError):
        availability(10, 1, repair_hours=5, down_hours=4)


@pytest.mark.shared_data
def test_mean_cumulative_function_of_valve_seats(shared_data):
    folder = shared_data / "reliability"
    with (folder / "valve_seat.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    data = histories([r["engine"] for r in rows], [float(r["days"]) for r in rows], [r["event"] == "end" for r in rows])
    result = mean_cumulative(data)
    with (folder / "valve_seat_mcf.csv").open(encoding="utf-8") as file:
        published = list(csv.DictReader(file))
    assert [round(v, 6) for v in result.mcf] == [float(r["MCF"]) for r in published]
    assert [round(v, 6) for v in result.standard_errors] == [float(r["se_robust"]) for r in published]
    law = power_law(data)
    assert (round(law.beta, 5), round(law.eta, 3)) == (1.39958, 553.643)


@pytest.mark.parametrize(
    ("unit", "time", "end"),
    [(["a"], [5], [False]), (["a", "a"], [5, 6], [True, True]), (["a", "a"], [5, 9], [True, False]), ([], [], [])],
)
def test_impossible_histories_are_refused(unit, time, end):
    with pytest.raises(MeasureError):
        histories(unit, time, end)


def test_machines_without_events_have_no_function():
    data = histories(["a"], [5], [True])
    with pytest.raises(MeasureError):
        mean_cumulative(data)
    assert power_law(data).reason is not None
