"""What must not change a figure: order of rows, scale of weights, unit of time or money, copies."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from careloop.measures.abc_xyz import abc_classes
from careloop.measures.assessment import shrunk_share
from careloop.measures.bgnbd import BgNbd, expected_purchases, probability_alive
from careloop.measures.demand import Method, classify, forecast
from careloop.measures.duplicates import near_duplicates
from careloop.measures.errors import MeasureError
from careloop.measures.intervals import mean_interval, sample_size, wilson
from careloop.measures.kano import kano_from_counts
from careloop.measures.replacement import optimal_replacement
from careloop.measures.rfm import rfm
from careloop.measures.satisfaction import satisfaction_index
from careloop.measures.scales import cronbach_alpha
from careloop.measures.sentiment import opinion
from careloop.measures.survey_scores import net_promoter
from careloop.measures.survival import kaplan_meier, log_rank
from careloop.measures.weibull import fit_weibull

settings.register_profile("measures", deadline=None, max_examples=60)
settings.load_profile("measures")

SCORE = st.sampled_from([0.0, 25.0, 50.0, 75.0, 100.0, math.nan])
TABLES = st.integers(1, 4).flatmap(
    lambda k: st.tuples(
        st.lists(st.lists(SCORE, min_size=k, max_size=k), min_size=2, max_size=12),
        st.lists(st.floats(0.1, 10), min_size=k, max_size=k),
    )
)


def index_of(rows, weights, **options):
    try:
        return satisfaction_index(rows, weights, **options)
    except MeasureError:
        assume(False)


@given(table=TABLES, factor=st.floats(0.01, 100), seed=st.integers(0, 9))
def test_index_ignores_row_order_and_scale_of_weights(table, factor, seed):
    rows, weights = table
    order = np.random.default_rng(seed).permutation(len(rows))
    base = index_of(rows, weights)
    moved = index_of([rows[i] for i in order], [w * factor for w in weights])
    assert moved.index == pytest.approx(base.index, abs=1e-9)
    assert (moved.n, moved.goal_state) == (base.n, base.goal_state)
    if base.low is not None:
        assert (moved.low, moved.high) == pytest.approx((base.low, base.high), abs=1e-6)


@given(table=TABLES, method=st.sampled_from(["item_mean", "respondent"]))
def test_copies_keep_the_index_and_narrow_the_interval(table, method):
    rows, weights = table
    base = index_of(rows, weights, method=method, interval="mean")
    twice = index_of(rows * 2, weights, method=method, interval="mean")
    assert twice.index == pytest.approx(base.index, abs=1e-9)
    assert 0 - 1e-9 <= base.index <= 100 + 1e-9
    if base.low is not None:
        assert twice.high - twice.low <= base.high - base.low + 1e-9


@given(table=TABLES)
def test_company_of_one_each_is_the_person_average(table):
    rows, weights = table
    people = index_of(rows, weights, interval="mean")
    companies = index_of(rows, weights, interval="mean", companies=[str(i) for i in range(len(rows))])
    assert companies.index == pytest.approx(people.index, abs=1e-9)


@given(k=st.integers(0, 60), extra=st.integers(0, 60), more=st.integers(0, 500), level=st.floats(0.5, 0.999))
def test_wilson_stays_inside_and_narrows_with_the_population(k, extra, more, level):
    n = k + extra
    assume(n > 0)
    whole = wilson(k, n, level=level)
    part = wilson(k, n, population=n + more, level=level)
    assert 0.0 <= whole.low <= whole.share <= whole.high <= 1.0
    assert part.high - part.low <= whole.high - whole.low + 1e-12
    mirrored = wilson(extra, n, level=level)
    assert mirrored.low == pytest.approx(1 - whole.high, abs=1e-12)


@given(mean=st.floats(-1e6, 1e6), sd=st.floats(0, 1e3), n=st.integers(2, 500), factor=st.floats(0.001, 1000))
def test_mean_interval_follows_the_unit(mean, sd, n, factor):
    base = mean_interval(mean, sd, n)
    scaled = mean_interval(mean * factor, sd * factor, n)
    assert (scaled.low, scaled.high) == pytest.approx((base.low * factor, base.high * factor), rel=1e-9, abs=1e-6)


@given(margin=st.floats(0.01, 0.5), population=st.integers(1, 10_000))
def test_sample_size_never_exceeds_the_population(margin, population):
    assert 1 <= sample_size(margin, population=population) <= min(population, sample_size(margin))


@given(counts=st.tuples(*[st.integers(0, 300)] * 3))
def test_net_promoter_is_mirrored_and_bounded(counts):
    assume(sum(counts) > 0)
    promoters, passives, detractors = counts
    one, other = net_promoter(promoters, passives, detractors), net_promoter(detractors, passives, promoters)
    assert -100.0 <= one.low <= one.high <= 100.0
    assert (other.nps, other.low, other.high) == pytest.approx((-one.nps, -one.high, -one.low))


@given(counts=st.fixed_dictionaries({letter: st.integers(0, 99) for letter in "AOMIRQ"}), times=st.integers(2, 5))
def test_kano_class_does_not_depend_on_copies(counts, times):
    assume(sum(counts.values()) > 0)
    base = kano_from_counts(counts)
    more = kano_from_counts({k: v * times for k, v in counts.items()})
    assert (more.category, more.better, more.worse) == (base.category, base.better, base.worse)
    if base.better is not None:
        assert 0 <= base.better <= 1
        assert -1 <= base.worse <= 0


@given(
    rows=st.lists(st.lists(st.integers(1, 7), min_size=3, max_size=3), min_size=3, max_size=20),
    factor=st.floats(0.1, 10),
)
def test_alpha_ignores_order_of_items_and_unit(rows, factor):
    base, moved = cronbach_alpha(rows), cronbach_alpha([[v * factor for v in reversed(row)] for row in rows])
    assume(base.raw is not None and moved.raw is not None)
    assert moved.raw == pytest.approx(base.raw, abs=1e-6)


@given(values=st.lists(st.integers(0, 10_000), min_size=1, max_size=20), factor=st.sampled_from([0.01, 7.0, 1000.0]))
def test_abc_follows_the_money_unit(values, factor):
    assume(sum(values) > 0)
    base = [i.abc for i in abc_classes(values)]
    assert [i.abc for i in abc_classes([v * factor for v in values])] == base
    assert "A" in base


@given(data=st.lists(st.tuples(*[st.integers(0, 500)] * 3), min_size=1, max_size=25), seed=st.integers(0, 9))
def test_rfm_ignores_the_order_of_customers(data, seed):
    order = np.random.default_rng(seed).permutation(len(data))
    columns = list(zip(*data, strict=True))
    base = rfm(*columns)
    moved = rfm(*[[column[i] for i in order] for column in columns])
    assert moved.recency == tuple(base.recency[i] for i in order)
    assert moved.types == tuple(base.types[i] for i in order)


DEMANDS = st.lists(st.integers(0, 20), min_size=2, max_size=24)


@given(demand=DEMANDS, factor=st.sampled_from([0.5, 3.0, 1000.0]), method=st.sampled_from(list(Method)))
def test_forecasts_follow_the_unit_of_pieces(demand, factor, method):
    base, scaled = forecast(demand, method), forecast([d * factor for d in demand], method)
    assert scaled.tolist() == pytest.approx((base * factor).tolist(), rel=1e-9)
    assert classify([demand])[0] == classify([[d * factor for d in demand]])[0]


@given(first=DEMANDS, second=DEMANDS, method=st.sampled_from(list(Method)))
def test_a_series_does_not_depend_on_its_neighbors(first, second, method):
    size = min(len(first), len(second))
    both = forecast([first[:size], second[:size]], method)
    assert both.tolist() == pytest.approx(
        [float(forecast(first[:size], method)[0]), float(forecast(second[:size], method)[0])]
    )


LIVES = st.lists(st.tuples(st.integers(1, 1000), st.booleans()), min_size=3, max_size=20)


@given(lives=LIVES, factor=st.sampled_from([1 / 24, 60.0, 3600.0]), seed=st.integers(0, 9))
def test_weibull_follows_the_unit_of_time_and_ignores_order(lives, factor, seed):
    time, failed = zip(*lives, strict=True)
    try:
        base = fit_weibull(time, failed)
    except MeasureError:
        assume(False)
    order = np.random.default_rng(seed).permutation(len(lives))
    moved = fit_weibull([time[i] * factor for i in order], [failed[i] for i in order])
    assert moved.beta == pytest.approx(base.beta, rel=1e-6)
    assert moved.eta == pytest.approx(base.eta * factor, rel=1e-6)
    counted = fit_weibull(time, failed, [3] * len(time))
    assert counted.beta == pytest.approx(base.beta, rel=1e-6)


@given(beta=st.floats(1.2, 8), eta=st.floats(1, 1e5), ratio=st.floats(1.2, 50), factor=st.sampled_from([0.01, 24.0]))
def test_replacement_follows_the_units(beta, eta, ratio, factor):
    base = optimal_replacement(beta=beta, eta=eta, planned_cost=1, failure_cost=ratio)
    assume(base.age is not None)
    other = optimal_replacement(beta=beta, eta=eta * factor, planned_cost=10, failure_cost=10 * ratio)
    assert other.age == pytest.approx(base.age * factor, rel=1e-6)
    assert other.cost_rate == pytest.approx(10 * base.cost_rate / factor, rel=1e-6)
    assert base.cost_rate <= base.run_to_failure_rate * (1 + 1e-9)


@given(lives=LIVES, seed=st.integers(0, 9))
def test_survival_ignores_order_and_copies(lives, seed):
    time, event = zip(*lives, strict=True)
    order = np.random.default_rng(seed).permutation(len(lives))
    base = kaplan_meier(time, event)
    moved = kaplan_meier([time[i] for i in order], [event[i] for i in order])
    assert moved == base
    assert kaplan_meier(time * 2, event * 2).survival == pytest.approx(base.survival)
    assert all(a >= b - 1e-12 for a, b in zip(base.survival, base.survival[1:], strict=False))
    assert all(
        low is None or 0 <= low <= s <= high <= 1
        for low, s, high in zip(base.low, base.survival, base.high, strict=True)
    )


@given(lives=LIVES, names=st.permutations(["x", "y"]))
def test_log_rank_ignores_the_names_of_groups(lives, names):
    time, event = zip(*lives, strict=True)
    groups = [names[i % 2] for i in range(len(lives))]
    try:
        base = log_rank(time, event, groups)
    except MeasureError:
        assume(False)
    swapped = log_rank(time, event, [{"x": "y", "y": "x"}[g] for g in groups])
    assert swapped.chi2 == pytest.approx(base.chi2, rel=1e-6, abs=1e-9)


MODELS = st.builds(
    BgNbd,
    *[st.floats(0.05, 5) for _ in range(4)],
    st.just(0.0),
    st.just(1),
)


@given(model=MODELS, x=st.integers(0, 60), share=st.floats(0.01, 1), age=st.floats(1, 200), horizon=st.floats(0, 100))
def test_customers_are_alive_with_a_probability_and_buy_a_finite_number(model, x, share, age, horizon):
    last = share * age if x else 0.0
    alive = float(probability_alive(model, [x], [last], [age])[0])
    expected = float(expected_purchases(model, horizon, [x], [last], [age])[0])
    assert 0.0 <= alive <= 1.0
    assert -1e-6 <= expected <= (model.r + x) / (model.alpha + age) * horizon * (1 + 1e-6) + 1e-6


@given(k=st.integers(0, 100), extra=st.integers(0, 100), overall=st.floats(0, 1))
def test_shrinkage_lies_between_own_and_common_share(k, extra, overall):
    assume(k + extra > 0)
    own = k / (k + extra)
    value = shrunk_share(k, k + extra, overall)
    assert min(own, overall) - 1e-12 <= value <= max(own, overall) + 1e-12


@given(
    texts=st.lists(st.text(alphabet="空调不制冷请尽快派人ab ，。", max_size=15), max_size=12),
    threshold=st.floats(0.3, 1),
)
def test_duplicates_are_exactly_the_pairs_above_the_threshold(texts, threshold):
    from careloop.measures.duplicates import shingles

    found = {(p.first, p.second) for p in near_duplicates(texts, threshold=threshold).pairs}
    sets = [shingles(text) for text in texts]
    expected = {
        (i, j)
        for i in range(len(texts))
        for j in range(i + 1, len(texts))
        if sets[i] and sets[j] and len(sets[i] & sets[j]) / len(sets[i] | sets[j]) >= threshold - 1e-12
    }
    assert found == expected


@given(text=st.text(max_size=60))
def test_any_text_has_a_finite_opinion(text):
    assert math.isfinite(opinion(text).score)
