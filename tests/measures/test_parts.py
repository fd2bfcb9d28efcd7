"""F15, F16, F17, F26, EOQ: worked examples, published accuracies, refusals."""

from __future__ import annotations

import csv
import json
import math

import numpy as np
import pytest

from careloop.measures.abc_xyz import abc_classes, xyz_class
from careloop.measures.demand import (
    DemandClass,
    accuracy,
    classify,
    forecast,
    forecast_path,
)
from careloop.measures.demand_choice import choose
from careloop.measures.errors import MeasureError
from careloop.measures.stock import (
    economic_order_quantity,
    fill_rates,
    reorder_intermittent,
    reorder_normal,
    reorder_poisson,
)

DEMAND = [0, 0, 3, 0, 0, 0, 2, 0, 4, 0, 0, 1]


def test_abc_by_the_share_before():
    items = abc_classes([57_600, 27_000, 14_000, 6_000, 3_000, 2_400])
    assert [i.abc for i in items] == list("AAABCC")
    assert [round(100 * i.share_before, 2) for i in items] == [0, 52.36, 76.91, 89.64, 95.09, 97.82]
    for bad in ([], [0, 0], [-1, 2], [float("nan")]):
        with pytest.raises(MeasureError):
            abc_classes(bad)


def test_xyz_by_population_deviation():
    lumpy = xyz_class([0, 2, 1, 0, 3, 0, 1, 0, 2, 1, 0, 2])
    steady = xyz_class([3, 4, 3, 3, 4, 3, 4, 3, 3, 4, 3, 3])
    assert (lumpy.xyz, round(lumpy.cv, 3)) == ("Y", 1.0)
    assert (steady.xyz, round(steady.cv, 4)) == ("X", 0.1414)
    nothing = xyz_class([0, 0])
    assert (nothing.xyz, nothing.cv) == ("Z", None)
    with pytest.raises(MeasureError):
        xyz_class([])


def test_reorder_points():
    normal = reorder_normal(4, 1.5, 3, 0.5)
    assert (round(normal.safety_stock, 3), round(normal.reorder_point, 3), normal.reorder_at) == (5.393, 17.393, 18)
    assert reorder_poisson(1.2).reorder_at == 3
    assert reorder_poisson(0.0).reorder_at == 0


def test_intermittent_reorder_point_covers_more_than_poisson():
    part = reorder_intermittent(8.0, 4.0, 3.0, 2.0)
    assert part.reorder_at > reorder_poisson(4.0).reorder_at
    assert reorder_intermittent(1.0, 10.0, 0.0, 3.0).reorder_at == 1
    for bad in ((-1, 2, 0, 1), (5, 0.5, 0, 1), (float("nan"), 2, 0, 1)):
        with pytest.raises(MeasureError):
            reorder_intermittent(*bad)


def test_stock_refusals():
    with pytest.raises(MeasureError):
        reorder_normal(4, 1.5, 3, service_level=1.0)
    with pytest.raises(MeasureError):
        reorder_normal(-4, 1.5, 3)
    with pytest.raises(MeasureError):
        reorder_poisson(1e12)


def test_croston_sba_and_tsb_by_hand():
    assert round(float(forecast(DEMAND, "croston")[0]), 4) == 0.9392
    assert round(float(forecast(DEMAND, "sba")[0]), 4) == 0.8922
    tsb = {"method": "tsb", "beta": 0.05, "start": "first-interval"}
    assert round(float(forecast(DEMAND, **tsb)[0]), 4) == 0.9597
    later = [*DEMAND, *[0] * 12]
    assert round(float(forecast(later, "croston")[0]), 4) == 0.9392
    assert round(float(forecast(later, **tsb)[0]), 4) == 0.5186


def test_missing_periods_are_passed_over():
    gaps = [0, 0, math.nan, 3, 0, 0, 0, math.nan, 2, 0, 4, 0, 0, 1]
    for method in ("ses", "croston", "sba", "tsb", "naive", "mean", "zero"):
        assert float(forecast(gaps, method)[0]) == pytest.approx(float(forecast(DEMAND, method)[0]))
    assert math.isnan(float(forecast([math.nan, math.nan], "sba")[0]))
    assert float(forecast([0, 0, 0], "sba")[0]) == 0.0


def test_rolling_path_is_the_forecast_after_each_period():
    path = forecast_path(DEMAND, "tsb")
    for period in range(1, len(DEMAND) + 1):
        assert float(path[period - 1, 0]) == pytest.approx(float(forecast(DEMAND[:period], "tsb")[0]))


@pytest.mark.shared_data
@pytest.mark.parametrize(("name", "horizon"), [("carparts", 12), ("spareparts_raf", 12), ("spareparts_auto", 6)])
def test_accuracy_of_the_public_series(shared_data, name, horizon):
    with (shared_data / name / "series.csv").open(encoding="utf-8") as file:
        rows = list(csv.reader(file))[1:]
    values = np.array([[float(v) if v else math.nan for v in row[1:]] for row in rows])
    values = values[~np.isnan(values).any(axis=1)]
    reference = json.loads((shared_data / name / "reference.json").read_text(encoding="utf-8"))
    training, test = values[:, :-horizon], values[:, -horizon:]
    for method, expected in reference["developer"]["metrics"].items():
        result = accuracy(training, test, forecast(training, method))
        assert round(float(result.me.mean()), 5) == expected["ME"]
        assert round(float(result.mae.mean()), 5) == expected["MAE"]
        assert round(float(result.rmse.mean()), 5) == expected["RMSE_mean_of_series"]
        assert round(float(np.nanmean(result.mase)), 5) == expected["MASE"]
        assert int((~np.isnan(result.mase)).sum()) == expected["MASE_n"]
    for key, ddof in (("sd_ddof0", 0), ("sd_ddof1", 1)):
        classes = classify(values, ddof=ddof)[0]
        assert {str(c): classes.count(c) for c in DemandClass} == reference["classification"][key]


def test_choice_follows_the_pattern_of_the_series():
    rng = np.random.default_rng(2)
    dying = [0, 4, 0, 3, 5, 0, 4, 0, 3, 0, 0, 4, *[0] * 24]
    smooth = (20 + rng.normal(0, 2, 36)).tolist()
    result = choose([dying, smooth, [0] * 36])
    assert str(result.methods[0]) == "tsb"
    assert str(result.classes[1]) == "smooth"
    assert str(result.classes[2]) == "no_demand"
    assert float(result.forecasts[2]) == 0.0
    assert float(result.forecasts[0]) < 1.0


def test_demand_refusals():
    for series, options in (
        ([[-1.0, 2.0]], {}),
        ([[math.inf]], {}),
        ([[1.0]], {"alpha": 0.0}),
        ([[1.0]], {"beta": 1.5}),
    ):
        with pytest.raises(MeasureError):
            forecast(series, "sba", **options)
    with pytest.raises(MeasureError):
        accuracy([[1.0, 2.0]], [[1.0]], [1.0, 2.0])


def test_fill_rates_by_order_line_and_piece():
    orders = ["1", "1", "2", "3"]
    result = fill_rates(orders, [2, 1, 4, 1], [2, 1, 3, 1])
    assert (result.orders.k, result.orders.n) == (2, 3)
    assert (result.lines.k, result.lines.n) == (3, 4)
    assert (result.pieces.k, result.pieces.n) == (7, 8)
    for ordered, delivered in (([0], [0]), ([1], [-1]), ([1.5], [1]), ([], [])):
        with pytest.raises(MeasureError):
            fill_rates(["1"] * len(ordered), ordered, delivered)


def test_economic_order_quantity():
    assert round(economic_order_quantity(208, 120, 150, 0.2), 1) == 40.8
    with pytest.raises(MeasureError):
        economic_order_quantity(208, 120, 0, 0.2)
