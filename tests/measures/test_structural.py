"""Structural index: the published R plspm solution, reliability, bootstrap, bad models."""

from __future__ import annotations

import csv
import json

import numpy as np
import pytest

from careloop.measures.errors import MeasureError
from careloop.measures.pls import path_model
from careloop.measures.structural_index import structural_index


@pytest.fixture
def spanish(shared_data):
    folder = shared_data / "satisfaction_pls"
    reference = json.loads((folder / "reference.json").read_text(encoding="utf-8"))
    model = path_model(reference["model"]["blocks"], [tuple(p) for p in reference["model"]["paths"]])
    with (folder / "data.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    data = np.array([[float(row[name]) for name in model.indicators] for row in rows])
    return folder, reference, model, data


def table(path):
    with path.open(encoding="utf-8") as file:
        return list(csv.reader(file))[1:]


@pytest.mark.shared_data
@pytest.mark.parametrize(("scaled", "key"), [(False, "unscaled_published"), (True, "standardised")])
def test_paths_r2_and_index_of_the_published_model(spanish, scaled, key):
    _, reference, model, data = spanish
    result = structural_index(data, model, scaled=scaled)
    for path in result.paths:
        assert path.value == pytest.approx(reference[key]["paths"][f"{path.source} -> {path.target}"], abs=1e-6)
    for construct in result.constructs:
        if construct.r2 is not None:
            assert construct.r2 == pytest.approx(reference[key]["r2"][construct.name], abs=1e-6)
        if scaled:
            assert construct.index == pytest.approx(reference[key]["index_0_100"][construct.name], abs=1e-3)
    if not scaled:
        assert result.gof == pytest.approx(0.6097, abs=1e-4)


@pytest.mark.shared_data
@pytest.mark.parametrize(
    ("file", "scheme"),
    [
        ("published_outer-model.csv", "centroid"),
        ("published_outer-model-factorial.csv", "factorial"),
        ("published_outer-model-path.csv", "path"),
    ],
)
def test_outer_model_in_each_scheme(spanish, file, scheme):
    folder, _, model, data = spanish
    found = {i.name: i for i in structural_index(data, model, scaled=False, scheme=scheme).indicators}
    for name, _, weight, loading, communality, redundancy in table(folder / file):
        own = found[name]
        values = (own.weight, own.loading, own.communality, own.redundancy)
        assert values == pytest.approx([float(v) for v in (weight, loading, communality, redundancy)], abs=2e-6)


@pytest.mark.shared_data
def test_reliability_effects_and_cross_loadings(spanish):
    folder, _, model, data = spanish
    result = structural_index(data, model, scaled=False)
    constructs = {c.name: c for c in result.constructs}
    for name, _, _, alpha, rho, first, second in table(folder / "published_unidim.csv"):
        c = constructs[name]
        expected = [float(v) for v in (alpha, rho, first, second)]
        assert [c.alpha, c.rho, c.first_eigenvalue, c.second_eigenvalue] == pytest.approx(expected, abs=1e-9)
    for row in table(folder / "published_effects.csv"):
        direct, indirect, total = (float(v) for v in row[3:6])
        assert result.effects[row[1], row[2]] == pytest.approx((direct, indirect, total), abs=2e-6)
    for i, row in enumerate(table(folder / "published_crossloadings.csv")):
        assert result.cross_loadings[i].tolist() == pytest.approx([float(v) for v in row[2:]], abs=2e-6)


@pytest.mark.shared_data
@pytest.mark.parametrize(
    ("file", "mode"), [("published_inner-summary.csv", "A"), ("published_modeb.inner-summary.csv", "B")]
)
def test_inner_summary_in_both_modes(spanish, file, mode):
    folder, reference, model, data = spanish
    own = path_model(reference["model"]["blocks"], model.paths, mode)
    found = {c.name: c for c in structural_index(data, own, scaled=False).constructs}
    for name, _, r2, communality, redundancy, _ in table(folder / file):
        c = found[name]
        values = [c.r2 or 0.0, c.communality, c.redundancy]
        assert values == pytest.approx([float(v) for v in (r2, communality, redundancy)], abs=5e-5)


@pytest.mark.shared_data
def test_bootstrap_errors_are_near_the_published_ones_and_repeatable(spanish):
    folder, _, model, data = spanish
    result = structural_index(data, model, scaled=False, bootstrap=300, seed=5)
    again = structural_index(data, model, scaled=False, bootstrap=300, seed=5)
    assert result.paths == again.paths
    found = {f"{p.source} -> {p.target}": p for p in result.paths}
    for name, _, _, error, _, _ in table(folder / "published_boot_paths.csv"):
        assert found[name].standard_error == pytest.approx(float(error), rel=0.3)
        assert found[name].low < found[name].value < found[name].high


BLOCKS = {"A": ["a1", "a2"], "B": ["b1", "b2"]}


@pytest.mark.parametrize(
    ("blocks", "paths", "modes", "part"),
    [
        (BLOCKS, [("A", "B"), ("B", "A")], "A", "circle"),
        (BLOCKS, [("A", "C")], "A", "no block"),
        (BLOCKS, [], "A", "no path"),
        ({"A": [], "B": ["b1"]}, [("A", "B")], "A", "no indicators"),
        ({"A": ["x"], "B": ["x"]}, [("A", "B")], "A", "stands in"),
        (BLOCKS, [("A", "B"), ("A", "B")], "A", "twice"),
        (BLOCKS, [("A", "B")], "C", "A or B"),
    ],
)
def test_impossible_models_are_refused(blocks, paths, modes, part):
    with pytest.raises(MeasureError, match=part):
        path_model(blocks, paths, modes)


def test_impossible_data_are_refused():
    model = path_model(BLOCKS, [("A", "B")])
    rng = np.random.default_rng(3)
    good = np.round(rng.uniform(1, 10, size=(30, 4)))
    flat = good.copy()
    flat[:, 2] = 5.0
    missing = good.copy()
    missing[0, 0] = np.nan
    for data, part in ((good[:2], "too few"), (flat, "same answer"), (missing, "missing"), (good[:, :3], "column")):
        with pytest.raises(MeasureError, match=part):
            structural_index(data, model)


def test_answers_outside_the_scale_are_kept_and_counted():
    model = path_model(BLOCKS, [("A", "B")])
    rng = np.random.default_rng(3)
    base = rng.normal(6, 1.5, size=(40, 1))
    data = np.clip(base + rng.normal(0, 0.7, size=(40, 4)), 1, 10)
    data[0, 0] = 0.0
    assert "1 respondents" in str(structural_index(data, model).notes[0])


def test_formative_block_with_one_indicator_twice_is_refused():
    model = path_model({"A": ["a1", "a2"], "B": ["b1", "b2"]}, [("A", "B")], {"A": "B"})
    rng = np.random.default_rng(3)
    data = rng.uniform(1, 10, size=(40, 4))
    data[:, 1] = data[:, 0]
    with pytest.raises(MeasureError):
        structural_index(data, model)
