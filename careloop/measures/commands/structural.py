"""structural-index."""

from __future__ import annotations

from typing import Any

import numpy as np

from careloop.measures.charts import Bar, Chart
from careloop.measures.command import Block, Command, Option, Options, Report, Role
from careloop.measures.commands.models import groups_of, load_model, numbers_of
from careloop.measures.errors import MeasureError
from careloop.measures.pls import PathModel, path_model
from careloop.measures.structural_index import StructuralIndex, structural_index
from careloop.measures.tables import Table

MODEL_SAMPLE = """[scale]
low = 1
high = 10
[blocks]
IMAGE = ["im1", "im2"]
SAT = ["sa1", "sa2"]
[paths]   # construct = its causes; or paths = [["IMAGE", "SAT"]] at the top
SAT = ["IMAGE"]"""


def _paths(model: dict[str, Any], path: str) -> list[tuple[str, str]]:
    """Pairs (cause, effect) from a list of pairs, or from a table effect = [causes]."""
    found = model.get("paths")
    if isinstance(found, dict):
        return [(source, to) for to, sources in groups_of(model, "paths", path).items() for source in sources]
    if not isinstance(found, list) or not all(
        isinstance(p, list) and len(p) == 2 and all(isinstance(n, str) for n in p) for p in found
    ):
        raise MeasureError('{file} needs paths = [["CAUSE", "EFFECT"], …] or a table [paths]', file=path)
    return [(p[0], p[1]) for p in found]


def _model(options: Options) -> tuple[PathModel, tuple[float, float], dict[str, Any]]:
    if not options.model:
        raise MeasureError("the structural index needs --model M.toml; see --help for a sample")
    model = load_model(options.model)
    modes = model.get("modes", {})
    if not isinstance(modes, dict):
        raise MeasureError('{file}: [modes] must be a table NAME = "A" or "B"', file=options.model)
    chosen: Any = options.mode if options.mode else {str(k): str(v) for k, v in modes.items()}
    scale = numbers_of(model, "scale", options.model)
    ends = (scale.get("low", scale.get("min", 1.0)), scale.get("high", scale.get("max", 10.0)))
    if not ends[0] < ends[1]:
        raise MeasureError("the low end of the scale must be below its high end")
    blocks = groups_of(model, "blocks", options.model)
    return path_model(blocks, _paths(model, options.model), chosen), ends, model


def run_structural(table: Table | None, options: Options) -> Report:
    assert table is not None
    model, ends, settings = _model(options)
    answers = np.column_stack([table.numbers(name) for name in model.indicators])
    kept = np.asarray(~np.isnan(answers).any(axis=1), dtype=np.bool_)
    table.select(kept, "not all questions answered")
    if options.bootstrap < 0:
        raise MeasureError("the number of resamples must not be negative")
    result = structural_index(
        answers[kept],
        model,
        scheme=options.scheme or settings.get("scheme", "centroid"),
        scaled=not options.unscaled,
        scale_ends=ends,
        bootstrap=options.bootstrap,
        seed=options.seed,
        level=options.level,
    )
    return Report(_data(result), _blocks(result), list(result.notes), _chart(result))


def _data(result: StructuralIndex) -> dict[str, Any]:
    return {
        "paths": [
            {"from": p.source, "to": p.target, "value": p.value, "low": p.low, "high": p.high,
             "standard_error": p.standard_error}
            for p in result.paths
        ],
        "r2": {c.name: c.r2 for c in result.constructs if c.r2 is not None},
        "index": {c.name: c.index for c in result.constructs},
        "index_interval": {c.name: {"low": c.index_low, "high": c.index_high} for c in result.constructs},
        "constructs": {c.name: {k: getattr(c, k) for k in CONSTRUCT_KEYS} for c in result.constructs},
        "outer": {
            i.name: {k: getattr(i, k) for k in INDICATOR_KEYS}
            for i in result.indicators
        },
        "cross_loadings": {
            i.name: dict(zip((c.name for c in result.constructs), row.tolist(), strict=True))
            for i, row in zip(result.indicators, result.cross_loadings, strict=True)
        },
        "effects": [
            {"from": a, "to": b, "direct": e[0], "indirect": e[1], "total": e[2]}
            for (a, b), e in result.effects.items()
        ],
        "gof": result.gof,
        "n": result.n,
        "iterations": result.iterations,
        "scheme": result.scheme,
        "scaled": result.scaled,
        "bootstrap": result.bootstrap,
        "bootstrap_failed": result.failed,
    }  # fmt: skip


INDICATOR_KEYS = ("construct", "weight", "loading", "communality", "redundancy")
CONSTRUCT_KEYS = (
    "mode", "communality", "redundancy", "ave", "alpha", "rho", "first_eigenvalue", "second_eigenvalue"
)  # fmt: skip


def _blocks(result: StructuralIndex) -> list[Block]:
    constructs = [(c.name, c.index, c.index_low, c.index_high, c.r2, c.ave, c.alpha, c.rho) for c in result.constructs]
    paths = [(f"{p.source} → {p.target}", p.value, p.low, p.high) for p in result.paths]
    outer = [(i.name, i.construct, i.weight, i.loading, i.communality) for i in result.indicators]
    return [
        Block("", ("n", "goodness of fit", "rounds"), [(result.n, result.gof, result.iterations)], 4),
        Block("Constructs", ("", "index", "low", "high", "R²", "AVE", "alpha", "rho"), constructs, 3),
        Block("Paths", ("", "value", "low", "high"), paths, 4),
        Block("Indicators", ("", "construct", "weight", "loading", "communality"), outer, 4),
    ]


def _chart(result: StructuralIndex) -> Chart:
    bars = [Bar(c.name, c.index, c.index_low, c.index_high) for c in result.constructs]
    return Chart("Index 0–100", bars=bars)


COMMANDS = (
    Command(
        "structural-index",
        "structural satisfaction index (PLS path model, GB/T 19038, ECSI, ACSI)",
        (Role("items", "one column per indicator of the model", required=False),),
        "im1,im2,sa1,sa2\n8,9,8,9\n5,4,5,5\n7,8,6,8\n9,9,10,8",
        run_structural,
        (
            Option("--model", "TOML file with [blocks] and paths"),
            Option("--scheme", "inner weights (default: the model's, else centroid)",
                   choices=("centroid", "factorial", "path")),
            Option("--mode", "A reflective, B formative, for all constructs", choices=("A", "B")),
            Option("--scaled", "z-scored indicators (the default)", "flag"),
            Option("--unscaled", "indicators with their own spread", "flag"),
            Option("--bootstrap", "resamples for the intervals (0 = none)", "int", 500),
            Option("--seed", "start of the bootstrap", "int", 1),
        ),
        model_sample=MODEL_SAMPLE,
        sample_options="--model model.toml --bootstrap 0",
        keys="paths: [{from to value low high}] r2 index index_interval constructs outer effects gof n",
        source="GB/T 19038-2009; Tenenhaus et al. (2005)",
    ),
)  # fmt: skip
