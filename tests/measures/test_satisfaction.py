"""F1, F2, F3 and F6: worked examples, borders and refusals."""

from __future__ import annotations

import math

import numpy as np
import pytest

from careloop.measures.errors import MeasureError
from careloop.measures.intervals import poisson_rate
from careloop.measures.satisfaction import (
    MAPS,
    ExpectationState,
    GoalState,
    Group,
    IndexMethod,
    MetKind,
    Trend,
    expectation_state,
    expectation_states,
    goal_state,
    map_levels,
    mean_interval,
    met_kind,
    sample_size,
    satisfaction_index,
    state_of_answer,
    top_box,
    weighted_index,
    welch_trend,
    wilson,
)

NAN = math.nan


def test_three_level_questionnaire_gives_item_means_and_index():
    levels = {"quality": (8, 2, 0), "delivery": (6, 3, 1), "price": (3, 5, 2)}
    columns = []
    for good, fair, poor in levels.values():
        columns.append(map_levels([3] * good + [2] * fair + [1] * poor, MAPS["three_level"]))

    result = satisfaction_index(np.column_stack(columns), [0.5, 0.3, 0.2], item_names=list(levels))

    assert [item.mean for item in result.items] == pytest.approx([94.0, 86.0, 75.0])
    assert result.index == pytest.approx(87.8)
    assert result.n == 10


@pytest.mark.parametrize(("means", "index"), [((78, 74, 76, 70, 82), 75.8), ((81, 78, 80, 74, 83), 79.2)])
def test_index_of_item_means(means, index):
    assert weighted_index(means, (0.30, 0.25, 0.20, 0.15, 0.10)) == pytest.approx(index)


def test_thousand_point_index_normalizes_weights_that_sum_to_101():
    value = weighted_index((820, 790, 800, 830, 760), (24, 21, 21, 18, 17))
    assert round(value, 1) == 801.3


@pytest.mark.parametrize(("method", "index"), [("item_mean", 45.0), ("respondent", 65.0)])
def test_not_applicable_by_method(method, index):
    scores = [[100.0, NAN], [50.0, 0.0]]
    assert satisfaction_index(scores, [0.6, 0.4], method=method).index == pytest.approx(index)


def test_company_average_counts_each_company_once():
    scores = [[90.0], [70.0], [50.0], [100.0]]

    by_company = satisfaction_index(scores, [1.0], companies=["A", "A", "A", "B"])
    by_person = satisfaction_index(scores, [1.0])

    assert (by_company.index, by_company.n, by_company.unit) == (85.0, 2, "company")
    assert (by_person.index, by_person.n, by_person.unit) == (77.5, 4, "respondent")


def test_company_weights_change_the_index():
    result = satisfaction_index([[70.0], [100.0]], [1.0], companies=["A", "B"], company_weights={"A": 3.0, "B": 1.0})
    assert result.index == pytest.approx(77.5)


def test_company_and_item_gaps_average_inside_company_first():
    scores = [[80.0, NAN], [60.0, 40.0], [100.0, NAN]]
    result = satisfaction_index(scores, [0.5, 0.5], companies=["A", "A", "B"])
    assert [item.mean for item in result.items] == pytest.approx([85.0, 40.0])
    assert result.index == pytest.approx(62.5)


def test_item_nobody_rated_leaves_the_index_and_is_reported():
    result = satisfaction_index([[80.0, NAN], [60.0, NAN]], [0.6, 0.4], item_names=["speed", "parts"])
    assert result.index == pytest.approx(70.0)
    assert [item.weight for item in result.items] == [1.0, 0.0]
    assert "parts" in str(result.notes[0])


def test_interval_of_an_index_without_gaps_is_the_t_interval():
    scores = [[60.0], [70.0], [80.0], [95.0]]
    result = satisfaction_index(scores, [1.0], population=9)
    expected = mean_interval(76.25, float(np.std([60, 70, 80, 95], ddof=1)), 4, population=9)
    assert (result.low, result.high) == pytest.approx((expected.low, expected.high))
    assert result.interval_method == "mean"


def test_interval_with_gaps_is_a_bootstrap_that_ignores_row_order():
    rng = np.random.default_rng(7)
    scores = rng.choice([0.0, 25.0, 50.0, 75.0, 100.0, NAN], size=(60, 4))
    first = satisfaction_index(scores, [4, 3, 2, 1])
    second = satisfaction_index(scores[rng.permutation(60)], [4, 3, 2, 1])
    assert first.interval_method == "bootstrap"
    assert first.low < first.index < first.high
    assert (first.low, first.high) == pytest.approx((second.low, second.high), abs=1e-9)


def test_census_has_an_interval_of_width_zero():
    result = satisfaction_index([[60.0], [80.0]], [1.0], population=2)
    assert (result.low, result.high, result.interval_method) == (70.0, 70.0, "census")


def test_one_respondent_has_an_index_without_interval():
    result = satisfaction_index([[80.0]], [1.0])
    assert (result.index, result.low, result.high) == (80.0, None, None)
    assert result.reason is not None
    assert result.goal_state is GoalState.MET_NOT_PROVEN


@pytest.mark.parametrize(
    ("scores", "weights", "part"),
    [
        ([[NAN, NAN]], [1, 1], "nobody rated"),
        ([[80.0, 70.0]], [1], "one column per weight"),
        ([[80.0]], [0], "sum to 0"),
        ([[80.0]], [-1], "at least 0"),
        ([[math.inf]], [1], "infinite"),
    ],
)
def test_impossible_questionnaires_are_refused(scores, weights, part):
    with pytest.raises(MeasureError, match=part):
        satisfaction_index(scores, weights)


def test_population_smaller_than_the_answers_is_refused():
    with pytest.raises(MeasureError, match="population 1"):
        satisfaction_index([[80.0], [70.0]], [1.0], population=1)


def test_top_box_shares_and_mean():
    result = top_box({5: 18, 4: 14, 3: 5, 2: 2, 1: 1})
    assert (result.top1.percent, result.top2.percent, result.bottom2.percent) == (45.0, 80.0, 7.5)
    assert result.mean == pytest.approx(4.15)
    assert round(result.top2.low_percent, 2) == 65.24
    assert round(result.top2.high_percent, 2) == 89.50
    assert round(result.top1.low_percent, 2) == 30.71
    assert round(result.top1.high_percent, 2) == 60.17


def test_top_box_without_answers_has_a_reason():
    result = top_box({})
    assert (result.top1.share, result.mean, result.n) == (None, None, 0)
    assert result.top1.reason is not None


@pytest.mark.parametrize(
    ("k", "n", "population", "low", "high"),
    [
        (32, 40, 60, 71.89, 86.22),
        (12, 12, None, 75.75, 100.0),
        (0, 12, None, 0.0, 24.25),
        (5, 5, None, 56.55, 100.0),
        (46, 50, None, 81.16, 96.85),
        (20, 40, 40, 50.0, 50.0),
    ],
)
def test_wilson_interval(k, n, population, low, high):
    share = wilson(k, n, population=population)
    assert (round(share.low_percent, 2), round(share.high_percent, 2)) == (low, high)


def test_mean_interval_with_and_without_finite_population():
    with_population = mean_interval(75.8, 9.0, 12, population=20)
    without = mean_interval(75.8, 9.0, 12)
    assert (round(with_population.low, 2), round(with_population.high, 2)) == (72.09, 79.51)
    assert (round(without.low, 2), round(without.high, 2)) == (70.08, 81.52)


@pytest.mark.parametrize(
    ("value", "low", "state"),
    [
        (75.8, 72.09, GoalState.MET_NOT_PROVEN),
        (80.0, 75.0, GoalState.MET_SHOWN),
        (74.9, 70.0, GoalState.NOT_MET),
        (80.0, None, GoalState.MET_NOT_PROVEN),
    ],
)
def test_goal_state(value, low, state):
    assert goal_state(value, low) is state


def test_trend_of_two_small_years_is_rising_but_not_proven():
    change = welch_trend(Group(75.8, 9.0, 12, 20), Group(79.2, 8.0, 15, 22))
    assert change.difference == pytest.approx(3.4)
    assert round(change.standard_error, 3) == 2.065
    assert round(change.t, 3) == 1.646
    assert round(change.df, 1) == 20.7
    assert round(change.p, 3) == 0.115
    assert change.trend is Trend.RISING_NOT_PROVEN


@pytest.mark.parametrize(
    ("first", "second", "trend"),
    [
        (Group(70, 2, 50), Group(75, 2, 50), Trend.RISING),
        (Group(75, 2, 50), Group(70, 2, 50), Trend.FALLING),
        (Group(75, 9, 5), Group(74, 9, 5), Trend.FALLING_NOT_PROVEN),
        (Group(75, 9, 5), Group(75, 9, 5), Trend.UNCHANGED),
        (Group(75, 9, 5, 5), Group(76, 9, 5, 5), Trend.RISING),
        (Group(75, 0, 5), Group(76, 0, 5), Trend.RISING_NOT_PROVEN),
        (Group(75, 0, 1), Group(76, 2, 5), Trend.RISING_NOT_PROVEN),
    ],
)
def test_trend_verdicts(first, second, trend):
    assert welch_trend(first, second).trend is trend


@pytest.mark.parametrize(("population", "size"), [(120, 92), (20, 20), (None, 385)])
def test_sample_size(population, size):
    assert sample_size(0.05, population=population) == size


def test_poisson_rate_matches_the_worked_example():
    rate = poisson_rate(6, 480, per=1000)
    assert rate.rate == pytest.approx(12.5)
    assert (round(rate.low, 1), round(rate.high, 1)) == (4.6, 27.2)
    assert poisson_rate(0, 10).low == 0.0


def test_expectation_states_of_the_worked_example():
    summary = expectation_states([8, 9, 6, 7, 10, 5], [8, 7, 8, 7, 6, 8])
    assert [str(s) for s in summary.states] == ["met", "above", "below", "met", "delight", "below"]
    assert round(summary.mean_difference, 3) == 0.167


@pytest.mark.parametrize(
    ("difference", "state"), [(-2, "below"), (-1, "met"), (1, "met"), (2, "above"), (3, "delight")]
)
def test_expectation_borders(difference, state):
    assert expectation_state(5 + difference, 5) == state


@pytest.mark.parametrize(
    ("answer", "state"),
    [("much_worse", "below"), ("worse", "below"), ("as_expected", "met"), ("better", "above"),
     ("much_better", "delight"), ("-", "below"), ("0", "met"), ("+", "above"), ("−", "below")],
)  # fmt: skip
def test_single_question_answers(answer, state):
    assert state_of_answer(answer) == ExpectationState(state)


def test_sub_state_of_met():
    assert met_kind(7) is MetKind.FAIRLY_SATISFIED
    assert met_kind(6) is MetKind.ORDINARY
    assert met_kind(4, lowest=1, highest=5) is MetKind.FAIRLY_SATISFIED
    with pytest.raises(MeasureError):
        met_kind(11)


def test_method_names_are_stable():
    assert {str(m) for m in IndexMethod} == {"item_mean", "respondent"}
    assert {str(s) for s in GoalState} == {"met_shown", "met_not_proven", "not_met"}
