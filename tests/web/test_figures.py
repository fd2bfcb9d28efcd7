"""Figures and charts: data for the picture, the same data as a table."""

from decimal import Decimal

import pytest
from django.template import Context, Template
from django.utils import translation

from careloop.web.parts import figures

TREND = {
    "id": "t", "title": "走势", "kind": "line", "x": ["22", "23"], "unit": "",
    "series": [{"name": "指数", "data": [Decimal("75.8"), None], "low": [72.1, None], "high": [79.5, None], "n": [12, 0],
                "urls": ["/a/?p=1&q=2", None]}],
    "goal": {"value": 75, "label": "目标"},
}  # fmt: skip


@pytest.fixture(autouse=True)
def english():
    with translation.override("en"):
        yield


def test_data_cannot_end_its_block():
    block = figures.json_block("x", {"name": "</script><script>alert(1)</script>&"})
    assert block.count("<") == 2
    assert "\\u003c/script\\u003e" in block


def test_decimals_become_numbers_for_the_picture():
    assert figures.chart_data(TREND)["series"][0]["data"] == [75.8, None]


def test_the_table_holds_every_value_of_the_picture():
    made = figures.chart_table(TREND)
    assert made["rows"] == [
        {"x": {"text": "22", "url": "/a/?p=1&q=2"}, "v0": "75.8", "i0": "72.1 – 79.5", "n0": 12},
        {"x": {"text": "23"}, "v0": None, "n0": 0},
    ]


def test_a_scatter_without_limits_gets_them_from_its_points():
    spec = figures.chart_data(
        {"kind": "scatter", "points": [{"name": "a", "x": 1, "y": 2}, {"name": "b", "x": 3, "y": 4}]}
    )
    assert (spec["x_min"], spec["x_max"], spec["y_min"], spec["y_max"]) == (0.7, 3.3, 1.7, 4.3)


def test_a_scatter_of_small_values_keeps_its_points_off_the_edges():
    points = [{"name": "a", "x": 79.9, "y": 0.1}, {"name": "b", "x": 90.0, "y": 0.3}]
    spec = figures.chart_data({"kind": "scatter", "points": points})
    assert (spec["x_min"], spec["x_max"], spec["y_min"], spec["y_max"]) == (78.4, 91.5, 0.07, 0.33)


def test_the_whisker_keeps_everything_inside():
    made = figures.whisker({"min": 60, "max": 90, "low": 10, "high": 75, "value": 75, "goal": 200})
    assert 'x1="2.0" x2="100.0"' in made
    assert 'cx="100.0"' in made
    assert 'class="goal" x1="198.0"' in made


def test_a_figure_says_how_sure_it_is():
    f = {
        "label": "CSI", "value": "79.2", "n": 15, "N": 22, "interval": ("76.6", "81.8"), "goal": "75",
        "verdict": {"label": "met", "tone": "ok"}, "definition": "weighted", "url": "/answers/",
    }  # fmt: skip
    page = Template("{% figure f %}").render(Context({"f": f}))
    for part in (
        "79.2",
        "95% interval 76.6–81.8",
        "n = 15 / N = 22",
        "goal 75",
        "cl-chip is-ok",
        "weighted",
        'href="/answers/"',
    ):
        assert part in page


def test_a_chart_is_named_and_has_its_table_beside_it():
    page = Template("{% chart c %}").render(Context({"c": TREND}))
    assert 'data-chart="t-data" role="img" aria-label="走势"' in page
    assert '<script type="application/json" id="t-data">' in page
    assert "72.1 – 79.5" in page
    assert " style=" not in page
