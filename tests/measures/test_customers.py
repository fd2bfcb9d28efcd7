"""F11–F14, F27, F36, sBG, Gamma-Gamma and survival: worked examples, published results, refusals."""

from __future__ import annotations

import csv
import json
from decimal import Decimal

import numpy as np
import pytest

from careloop.measures.bgnbd import (
    BgNbd,
    expected_purchases,
    fit_bgnbd,
    probability_alive,
)
from careloop.measures.churn import rhythm_state, segment_rhythm
from careloop.measures.contracts import churn_rate, fit_sbg, retention_rate
from careloop.measures.credit import (
    CreditTier,
    Invoice,
    credit_limit,
    credit_score,
    credit_tier,
    overdue_interest,
)
from careloop.measures.customer_value import lifetime_value
from careloop.measures.errors import MeasureError
from careloop.measures.gamma_gamma import expected_value, fit_gamma_gamma
from careloop.measures.rfm import rfm
from careloop.measures.survival import kaplan_meier, log_rank

PAPER = BgNbd(0.243, 4.414, 0.793, 2.426, -9582.4, 2357)


def summary(shared_data):
    with (shared_data / "cdnow" / "calibration_summary.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    return [np.array([float(row[k]) for row in rows]) for k in ("x", "t_x", "T", "zbar")]


def test_rfm_classes_and_types():
    days = [5, 12, 20, 33, 45, 60, 90, 150, 210, 400]
    orders = [8, 3, 12, 5, 2, 9, 1, 6, 4, 1]
    value = [120, 30, 200, 80, 15, 160, 10, 90, 60, 5]
    result = rfm(days, orders, value)
    triples = list(zip(result.recency, result.frequency, result.monetary, strict=True))
    assert [triples[i] for i in (0, 2, 5, 7, 9)] == [(5, 4, 4), (4, 5, 5), (3, 5, 5), (2, 4, 4), (1, 1, 1)]
    assert result.patterns[7] == "LHH"
    assert result.types[7] == "important_keep"


def test_rfm_equal_values_get_the_better_class():
    result = rfm([1, 1, 1, 1, 1], [2, 2, 2, 2, 9], [5, 5, 5, 5, 5])
    assert result.recency == (5, 5, 5, 5, 5)
    assert result.frequency == (4, 4, 4, 4, 5)
    with pytest.raises(MeasureError):
        rfm([], [], [])
    with pytest.raises(MeasureError):
        rfm([1], [1, 2], [1])


def test_lifetime_value_variants():
    result = lifetime_value(40_000, 0.85, 0.10)
    assert result.end_of_year == pytest.approx(136_000)
    assert result.now == pytest.approx(176_000)
    assert round(result.years_sum, 2) == 98_531.17
    for bad in ((40_000, 1.1, 0.1), (40_000, 1.0, 0.0), (float("nan"), 0.5, 0.1)):
        with pytest.raises(MeasureError):
            lifetime_value(*bad)


def test_probability_alive_and_expected_purchases_of_the_paper():
    alive = probability_alive(PAPER, [2, 2, 0], [30.43, 5, 0], [38.86] * 3)
    assert [round(float(v), 4) for v in alive] == [0.7266, 0.1237, 1.0]
    expected = expected_purchases(PAPER, 39, [2], [30.43], [38.86])
    assert round(float(expected[0]), 4) == 1.2260


def test_expected_purchases_near_the_singular_parameter_and_for_frequent_buyers():
    near = [BgNbd(0.3, 4.0, a, 2.0, 0.0, 0) for a in (1.0 - 1e-4, 1.0, 1.0 + 1e-4)]
    values = [float(expected_purchases(m, 10, [3], [20.0], [30.0])[0]) for m in near]
    assert values[1] == pytest.approx(values[0], rel=1e-3)
    assert values[1] == pytest.approx(values[2], rel=1e-3)
    many = float(expected_purchases(PAPER, 39, [900], [38.0], [38.5])[0])
    assert 0 < many < 2000


@pytest.mark.shared_data
def test_bgnbd_and_gamma_gamma_of_cdnow(shared_data):
    x, t_x, total, zbar = summary(shared_data)
    model = fit_bgnbd(x, t_x, total)
    shown = [round(v, 3) for v in (model.r, model.alpha, model.a, model.b)]
    assert shown == [0.243, 4.414, 0.793, 2.426]
    assert round(model.log_likelihood, 1) == -9582.4
    assert all(error is not None and error > 0 for error in model.standard_errors)
    money = fit_gamma_gamma(x, zbar)
    assert [round(v, 2) for v in (money.p, money.q, money.v)] == [6.25, 3.74, 15.44]
    assert money.n == 946


def simulated(customers, seed):
    """Histories of customers who follow the model."""
    rng = np.random.default_rng(seed)
    rate, leave, total = (
        rng.gamma(0.6, 1 / 4.0, customers),
        rng.beta(0.8, 2.5, customers),
        rng.uniform(20, 40, customers),
    )
    x, t_x = np.zeros(customers), np.zeros(customers)
    for i in range(customers):
        now = 0.0
        while True:
            now += rng.exponential(1 / rate[i])
            if now > total[i]:
                break
            x[i], t_x[i] = x[i] + 1, now
            if rng.random() < leave[i]:
                break
    return x, t_x, total


def test_unit_of_time_changes_alpha_only():
    x, t_x, total = simulated(3000, 5)
    weeks, days = fit_bgnbd(x, t_x, total), fit_bgnbd(x, t_x * 7, total * 7)
    assert (days.r, days.alpha / 7, days.a, days.b) == pytest.approx((weeks.r, weeks.alpha, weeks.a, weeks.b), rel=1e-6)


def test_large_data_start_from_a_sample_and_agree():
    x, t_x, total = simulated(2500, 6)
    many = [np.tile(v, 20) for v in (x, t_x, total)]
    small, large = fit_bgnbd(x, t_x, total), fit_bgnbd(*many)
    assert (large.r, large.alpha, large.a, large.b) == pytest.approx((small.r, small.alpha, small.a, small.b), rel=1e-6)
    assert large.log_likelihood == pytest.approx(20 * small.log_likelihood)


@pytest.mark.parametrize(
    ("x", "t_x", "total", "part"),
    [
        ([0, 0], [0, 0], [5, 6], "nobody|no customer"),
        ([1], [6], [5], "after T"),
        ([-1], [0], [5], "negative"),
        ([1], [0], [5], "x is 0"),
        ([0], [3], [5], "x is 0"),
        ([1, 2], [1], [5, 5], "one value per customer"),
        ([], [], [], "at least one"),
        ([float("nan")], [0], [5], "missing"),
    ],
)
def test_impossible_histories_are_refused(x, t_x, total, part):
    with pytest.raises(MeasureError, match=part):
        fit_bgnbd(x, t_x, total)


def test_customers_all_alike_do_not_converge():
    with pytest.raises(MeasureError, match="does not converge"):
        fit_bgnbd([3.0] * 50, [10.0] * 50, [12.0] * 50)


def test_gamma_gamma_refusals_and_unknown_mean():
    for x, z in (([0, 0], [0, 0]), ([1, 2], [5, 5]), ([1, 2], [0, 5]), ([1], [5]), ([1, 2], [1])):
        with pytest.raises(MeasureError):
            fit_gamma_gamma(x, z)
    model = fit_gamma_gamma([2, 1, 4, 3, 1], [22.35, 11.77, 30.2, 90, 8])
    assert float(expected_value(model, [0], [0])[0]) == pytest.approx(model.mean_value)


@pytest.mark.shared_data
def test_sbg_of_the_regular_segment(shared_data):
    reference = json.loads((shared_data / "retention_sbg" / "reference.json").read_text(encoding="utf-8"))["regular"]
    model = fit_sbg(reference["percent_surviving_year_0_12"], fit_periods=7)
    assert (round(model.alpha, 3), round(model.beta, 3)) == (0.704, 1.182)
    assert [round(100 * s, 2) for s in model.survival] == reference["model_survival_percent"]


@pytest.mark.parametrize(
    ("survivors", "part"),
    [([100, 90], "at least two"), ([100, 90, 95], "rise"), ([100, 100, 100], "nobody"), ([0, 0, 0], "above 0")],
)
def test_sbg_refusals(survivors, part):
    with pytest.raises(MeasureError, match=part):
        fit_sbg(survivors)


def test_rhythm_of_one_customer():
    intervals = [60, 75, 90, 80, 95]
    result = rhythm_state(intervals, 150)
    assert (result.median_days, round(result.active_until, 6), round(result.slipping_until, 6)) == (80, 93.0, 139.5)
    assert [str(rhythm_state(intervals, d).state) for d in (93, 94, 139, 150, 240, 241)] == [
        "active", "slipping", "slipping", "dormant", "dormant", "lost",
    ]  # fmt: skip
    assert str(rhythm_state(intervals, 5, confirmed_lost=True).state) == "lost"


def test_few_intervals_use_the_segment_or_say_why_not():
    segment = segment_rhythm([30, 40, 50])
    assert rhythm_state([10], 45, segment=segment).source == "segment"
    unknown = rhythm_state([10], 45)
    assert unknown.state is None
    assert unknown.reason is not None
    assert segment_rhythm([]) is None
    with pytest.raises(MeasureError):
        rhythm_state([-5], 3)


def test_retention_and_churn():
    assert retention_rate(200, 30, 210) == pytest.approx(0.9)
    assert churn_rate(200, 20) == pytest.approx(0.1)
    for bad in ((0, 0, 0), (10, 0, 12), (10, 5, 3)):
        with pytest.raises(MeasureError):
            retention_rate(*bad)


@pytest.mark.shared_data
def test_survival_and_log_rank_of_the_telephone_customers(shared_data):
    with (shared_data / "telco_churn" / "customers.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    reference = json.loads((shared_data / "telco_churn" / "reference.json").read_text(encoding="utf-8"))
    time, event = [float(r["tenure"]) for r in rows], [r["Churn"] == "Yes" for r in rows]
    curve = kaplan_meier(time, event)
    at = dict(zip(curve.times, curve.survival, strict=True))
    for month, value in reference["km_all"].items():
        assert at[float(month)] == pytest.approx(value, abs=1e-6)
    contracts = [r["Contract"] for r in rows]
    test = log_rank(time, event, contracts)
    assert test.chi2 == pytest.approx(reference["logrank_contract"]["chi2"], abs=1e-4)
    assert test.df == 2
    for name, own in reference["km_by_contract"].items():
        chosen = [i for i, c in enumerate(contracts) if c == name]
        part = kaplan_meier([time[i] for i in chosen], [event[i] for i in chosen])
        assert (part.n, part.median) == (own["n"], own["median"])


def test_survival_borders():
    curve = kaplan_meier([1, 2, 3], [1, 1, 1])
    assert (curve.survival[-1], curve.low[-1], curve.median) == (0.0, None, 2.0)
    quiet = kaplan_meier([1, 2], [0, 0])
    assert quiet.median is None
    assert quiet.reason is not None
    for bad in (([], []), ([1], [2]), ([-1], [0]), ([1, 2], [1])):
        with pytest.raises(MeasureError):
            kaplan_meier(*bad)
    for groups, events in ((["a", "a"], [1, 1]), (["a", "b"], [0, 0])):
        with pytest.raises(MeasureError):
            log_rank([1, 2], events, groups)


INVOICES = [
    Invoice(100_000, 0, 5),
    Invoice(60_000, 20, 3),
    Invoice(40_000, 30, 1, is_open=True),
]


def test_credit_score_and_tier():
    result = credit_score(INVOICES, history_years=4)
    assert round(result.days_beyond_terms, 2) == 13.13
    assert round(result.on_time_share, 4) == 0.4593
    assert (round(result.score, 2), result.tier) == (68.04, CreditTier.C)


def test_disputed_invoice_is_left_out():
    disputed = [*INVOICES[:2], Invoice(40_000, 30, 1, is_open=True, is_excluded=True)]
    result = credit_score(disputed, history_years=4)
    assert round(result.days_beyond_terms, 2) == 8.05
    assert round(result.on_time_share, 4) == 0.5976
    assert (round(result.score, 2), result.tier, result.excluded) == (83.23, CreditTier.B, 1)


def test_credit_without_invoices_limits_and_interest():
    assert credit_score([], history_years=0).tier is CreditTier.NEW
    assert credit_limit(Decimal(80_000), Decimal(2), Decimal("0.8")) == Decimal("128000.0")
    assert overdue_interest(Decimal(100_000), 12, Decimal("0.0005")) == Decimal(600)
    assert [credit_tier(s) for s in (85, 84.9, 70, 50, 49.9)] == list("ABBCD")
    with pytest.raises(MeasureError):
        credit_score([Invoice(0, 1, 1)], history_years=1)
    with pytest.raises(MeasureError):
        overdue_interest(Decimal(-1), 1, Decimal(1))


def test_early_payment_counts_as_on_time():
    assert credit_score([Invoice(100, -9, 1)], history_years=3).days_beyond_terms == 0.0
