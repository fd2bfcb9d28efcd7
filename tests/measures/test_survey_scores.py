"""F4, F4b, F5, F7, F8, F9, F10, F33: worked examples, borders and refusals."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest

from careloop.measures.errors import MeasureError
from careloop.measures.ipa import importance_performance
from careloop.measures.kano import ANSWERS, TABLE, kano_cell, kano_from_counts, kano_from_pairs
from careloop.measures.scales import (
    correlation,
    cronbach_alpha,
    service_quality,
    standardized_regression,
    weighted_gaps,
)
from careloop.measures.survey_scores import (
    acsi_score,
    compare_net_promoters,
    count_recommendations,
    customer_effort,
    net_promoter,
    value_ratio,
)


def test_net_promoter_with_both_intervals():
    result = net_promoter(27, 15, 8)
    assert result.nps == pytest.approx(38.0)
    assert (round(result.wald_low, 1), round(result.wald_high, 1)) == (17.3, 58.7)
    assert round(result.centre, 2) == 35.85
    assert (round(result.low, 1), round(result.high, 1)) == (15.7, 56.0)


@pytest.mark.shared_data
def test_net_promoter_of_the_public_examples(shared_data):
    reference = json.loads((shared_data / "survey_metrics" / "reference.json").read_text(encoding="utf-8"))
    for case in reference["nps"]:
        result = net_promoter(case["promoters"], case["passives"], case["detractors"])
        assert result.nps == pytest.approx(case["nps"])
        assert round(result.standard_error, 4) == case["se_points"]
        assert [round(result.low, 3), round(result.high, 3)] == case["adjusted_wald_3T_95"]
        assert [round(result.wald_low, 3), round(result.wald_high, 3)] == case["wald95"]
    for case in reference["nps_two_sample"]:
        change = compare_net_promoters(net_promoter(*case["b"]), net_promoter(*case["a"]))
        assert change.difference == pytest.approx(case["diff"])
        assert (change.standard_error, change.z) == pytest.approx((case["se"], case["z"]), abs=1e-4)


def test_net_promoter_census_extremes_and_refusals():
    assert net_promoter(5, 3, 2, population=10).low == pytest.approx(30.0)
    assert net_promoter(20, 0, 0).high <= 100.0
    assert compare_net_promoters(net_promoter(5, 0, 0), net_promoter(7, 0, 0)).z is None
    assert count_recommendations([10, 9, 8, 7, 6, 0]) == (2, 2, 2)
    for bad in ((0, 0, 0), (-1, 2, 3)):
        with pytest.raises(MeasureError):
            net_promoter(*bad)
    with pytest.raises(MeasureError, match="11"):
        count_recommendations([11])
    with pytest.raises(MeasureError, match="smaller"):
        net_promoter(5, 3, 2, population=9)


def test_effort_in_three_variants():
    counts = dict(zip(range(1, 8), (80, 210, 140, 110, 160, 180, 120), strict=True))
    result = customer_effort(counts)
    assert round(result.mean.mean, 2) == 4.08
    assert result.net == pytest.approx(-13.0)
    assert result.agree.percent == pytest.approx(46.0)
    with pytest.raises(MeasureError):
        customer_effort({8: 1})
    with pytest.raises(MeasureError):
        customer_effort({})


def test_servqual_gaps_weighted_and_not():
    gaps = {"reliability": -0.5, "responsiveness": -0.8, "assurance": -0.2, "empathy": -0.3, "tangibles": 0.1}
    weights = dict(zip(gaps, (32, 22, 19, 16, 11), strict=True))
    unweighted, weighted = weighted_gaps(gaps, weights)
    assert (round(unweighted, 3), round(weighted, 3)) == (-0.340, -0.411)


def test_servqual_from_answers_leaves_out_missing_pairs():
    felt = [[4.0, 5.0], [3.0, math.nan]]
    result = service_quality(felt, [[5.0, 5.0], [5.0, 5.0]], {"one": [0], "two": [1]}, {"one": 3, "two": 1})
    assert [(g.gap, g.n) for g in result.gaps] == [(-1.5, 2), (0.0, 1)]
    assert result.weighted == pytest.approx(-1.125)
    for bad in ({"one": 1.0}, {}):
        with pytest.raises(MeasureError):
            service_quality(felt, 5.0, {"one": [0], "two": [1]}, bad)
    with pytest.raises(MeasureError):
        service_quality([[math.nan]], 5.0, {"one": [0]})
    with pytest.raises(MeasureError):
        service_quality(felt, [1.0, 2.0, 3.0], {"one": [0]})


@pytest.mark.parametrize(("weights", "score"), [(None, 76.30), ((0.3885, 0.3190, 0.2925), 76.66)])
def test_acsi_score(weights, score):
    assert round(acsi_score([8.2, 7.9, 7.5], weights), 2) == score


def test_acsi_refuses_answers_outside_the_scale():
    with pytest.raises(MeasureError):
        acsi_score([11.0, 5.0, 5.0])
    with pytest.raises(MeasureError):
        acsi_score([5.0], [0.0])


def test_value_ratio():
    result = value_ratio([8.5, 8, 8, 7], [0.4, 0.3, 0.2, 0.1], [6, 5, 4], [0.5, 0.3, 0.2])
    assert (round(result.value, 9), round(result.cost, 9), round(result.ratio, 3)) == (8.1, 5.3, 1.528)
    assert str(value_ratio([5], [1], [5], [1]).verdict) == "balance"
    assert str(value_ratio([4], [1], [5], [1]).verdict) == "poor_value"
    for bad in (([11], [1]), ([5], [-1]), ([], [])):
        with pytest.raises(MeasureError):
            value_ratio(*bad, [5], [1])


def test_kano_class_with_coefficients_and_stability():
    result = kano_from_counts({"A": 12, "O": 9, "M": 15, "I": 10, "R": 3, "Q": 1})
    assert result.category == "M"
    assert (round(result.better, 4), round(result.worse, 4)) == (0.4565, -0.5217)
    assert round(result.needed_difference, 2) == 7.33
    assert (result.stable, result.label) == (False, "M/A")


def test_kano_ties_and_all_reversed():
    assert kano_from_counts({"A": 5, "O": 5, "M": 5, "I": 5}).category == "M"
    assert kano_from_counts({"A": 5, "O": 5, "I": 5}).category == "O"
    result = kano_from_counts({"R": 3})
    assert (result.better, result.category) == (None, "R")
    assert result.reason is not None
    for bad in ({}, {"X": 3}, {"A": -1}):
        with pytest.raises(MeasureError):
            kano_from_counts(bad)


def test_kano_table_has_its_borders():
    assert kano_cell(1, 1) == "Q"
    assert kano_cell(1, 5) == "O"
    assert kano_cell(5, 1) == "R"
    assert kano_from_pairs([(2, 5), (3, 5), (1, 3)]).category == "M"
    with pytest.raises(MeasureError):
        kano_cell(0, 3)


@pytest.mark.shared_data
def test_kano_table_of_the_literature(shared_data):
    reference = json.loads((shared_data / "survey_metrics" / "reference.json").read_text(encoding="utf-8"))
    for functional, dysfunctional, letter in reference["kano_table"]:
        assert TABLE[ANSWERS.index(functional)][ANSWERS.index(dysfunctional)] == letter


def test_importance_performance_quadrants():
    result = importance_performance([4.6, 4.5, 4.2, 3.8, 3.4], [3.4, 4.3, 3.3, 4.5, 3.5])
    assert (round(result.importance, 9), round(result.performance, 9)) == (4.10, 3.80)
    assert [str(q) for q in result.quadrants] == ["concentrate", "keep", "concentrate", "overkill", "low"]


def test_importance_performance_with_other_crosshairs():
    result = importance_performance([4.6, 3.0], [3.4, 3.6], crosshair="scale", at=(3.0, 3.5))
    assert [str(q) for q in result.quadrants] == ["concentrate", "keep"]
    with pytest.raises(MeasureError):
        importance_performance([4.6], [3.4], crosshair="goal")
    with pytest.raises(MeasureError):
        importance_performance([], [])


def test_cronbach_alpha():
    result = cronbach_alpha([[4, 5, 4], [3, 3, 4], [5, 5, 5], [2, 3, 2], [4, 4, 5]])
    assert round(result.raw, 3) == 0.918
    assert result.low < result.raw < result.high


@pytest.mark.parametrize("rows", [[[3, 3], [3, 3]], [[3, 4]], [[math.nan, 1], [2, math.nan]]])
def test_alpha_without_variance_or_rows_has_a_reason(rows):
    result = cronbach_alpha(rows)
    assert (result.raw, result.low) == (None, None)
    assert result.reason is not None


def test_alpha_needs_two_items():
    with pytest.raises(MeasureError):
        cronbach_alpha([[1.0], [2.0]])


def test_regression_refuses_what_has_no_answer():
    rng = np.random.default_rng(1)
    x = rng.normal(size=(20, 2))
    assert standardized_regression(x, x[:, 0]).betas == pytest.approx((1.0, 0.0), abs=1e-9)
    for bad in (x[:3], np.column_stack([x[:, 0], x[:, 0]]), np.ones((20, 2))):
        with pytest.raises(MeasureError):
            standardized_regression(bad, np.arange(len(bad), dtype=float))
    assert correlation([1, 1, 1], [1, 2, 3]) is None
