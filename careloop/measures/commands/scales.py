"""servqual, ipa, alpha, acsi."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from careloop.measures.charts import Bar, Chart, Spot
from careloop.measures.command import Block, Command, Option, Options, Report, Role
from careloop.measures.commands.models import groups_of, load_model, numbers_of
from careloop.measures.errors import MeasureError, Message
from careloop.measures.intervals import mean_interval
from careloop.measures.ipa import Quadrant, importance_performance
from careloop.measures.scales import (
    Alpha,
    correlation,
    cronbach_alpha,
    service_quality,
    standardized_regression,
)
from careloop.measures.survey_scores import acsi_score
from careloop.measures.tables import Table

Floats = npt.NDArray[np.float64]


MODEL = Option("--model", "TOML file: [dimensions] name = [columns], overall, ideal, [weights]")


OVERALL = Option("--overall", "column with the overall answer")


ITEMS = Option("--items", "item columns, comma between (default: all columns of numbers)")


MODEL_SAMPLE = """overall = "sat"
ideal = 5
[dimensions]
Reliability = ["r1", "r2"]
Empathy = ["e1", "e2"]
[weights]
Reliability = 60
Empathy = 40"""


RESPONDENTS = "resp,r1,r2,e1,e2,sat\n1,4,5,3,4,4\n2,3,3,2,2,2\n3,5,4,4,5,5\n4,2,3,3,1,2"


@dataclass
class Battery:
    """Items by dimension, with what the model says about them."""

    dimensions: dict[str, list[str]]
    weights: dict[str, float]
    overall: str | None
    ideal: float | None
    suffix: str

    @property
    def items(self) -> list[str]:
        return [item for items in self.dimensions.values() for item in items]


def battery(table: Table, options: Options) -> Battery:
    """Dimensions of the model, or all columns of numbers as one dimension."""
    overall = options.overall
    if options.model:
        model = load_model(options.model)
        dimensions = groups_of(model, "dimensions", options.model)
        weights = numbers_of(model, "weights", options.model)
        overall = overall or model.get("overall")
        ideal = getattr(options, "ideal", None)
        ideal = model.get("ideal") if ideal is None else ideal
        suffix = str(model.get("expectation_suffix", "_e"))
        return Battery(dimensions, weights, overall, ideal, suffix)
    items = options.items.split(",") if options.items else _numeric(table, overall)
    if not items:
        raise MeasureError("no column holds answers; name them with --items a,b,c")
    whole = {"all": [item.strip() for item in items]}
    return Battery(whole, {}, overall, getattr(options, "ideal", None), "_e")


def _numeric(table: Table, overall: str | None) -> list[str]:
    found = []
    for name in table.names:
        if name in (overall, "resp", "respondent", "id", "customer_id", "") or name.endswith("_e"):
            continue
        try:
            table.numbers(name)
        except MeasureError:
            continue
        found.append(name)
    return found


def columns(table: Table, names: list[str]) -> Floats:
    """Respondents × the columns named."""
    return np.column_stack([table.numbers(name) for name in names])


def _alpha_data(alpha: Alpha) -> dict[str, Any]:
    return {
        "alpha": alpha.raw,
        "low": alpha.low,
        "high": alpha.high,
        "standardized": alpha.standardized,
        "items": alpha.items,
        "n": alpha.rows,
        "left_out": alpha.left_out,
        "reason": alpha.reason,
    }


def run_alpha(table: Table | None, options: Options) -> Report:
    assert table is not None
    plan = battery(table, options)
    parts = {
        name: cronbach_alpha(columns(table, items), level=options.level)
        for name, items in plan.dimensions.items()
        if len(items) > 1
    }
    if not parts:
        raise MeasureError("alpha needs a table of respondents × at least two items")
    rows = [(n, a.raw, a.low, a.high, a.standardized, a.items, a.rows) for n, a in parts.items()]
    headers = ("", "alpha", "low", "high", "standardized", "items", "n")
    data: dict[str, Any] = {"dimensions": {name: _alpha_data(alpha) for name, alpha in parts.items()}}
    if len(plan.items) > 1:
        whole = cronbach_alpha(columns(table, plan.items), level=options.level)
        data |= _alpha_data(whole)
        if len(parts) > 1:
            rows.append(("all", whole.raw, whole.low, whole.high, whole.standardized, whole.items, whole.rows))
    notes = [alpha.reason for alpha in parts.values() if alpha.reason]
    bars = [Bar(name, a.raw, a.low, a.high) for name, a in parts.items()]
    return Report(data, [Block("", headers, rows, 3)], notes, Chart("Cronbach α", bars=bars))


def run_servqual(table: Table | None, options: Options) -> Report:
    assert table is not None
    plan = battery(table, options)
    felt = columns(table, plan.items)
    place = {item: i for i, item in enumerate(plan.items)}
    index = {name: [place[i] for i in items] for name, items in plan.dimensions.items()}
    expected = _expected(table, plan)
    result = None
    if expected is not None:
        result = service_quality(felt, expected, index, plan.weights or None)
    overall = table.numbers(plan.overall) if plan.overall else None
    means = np.column_stack([_row_means(felt[:, index[name]]) for name in index])
    betas, r2 = _betas(means, overall)
    data: dict[str, Any] = {
        "unweighted": result.unweighted if result else None,
        "weighted": result.weighted if result else None,
        "n": int((~np.isnan(felt).all(axis=1)).sum()),
        "r2": r2,
        "reason": None if result else Message("no expectation columns; give them as item_e, or --ideal"),
        "dimensions": {},
    }
    rows: list[tuple[Any, ...]] = []
    for j, name in enumerate(index):
        gap = result.gaps[j] if result else None
        column = means[:, j][~np.isnan(means[:, j])]
        alpha = cronbach_alpha(felt[:, index[name]]) if len(index[name]) > 1 else None
        entry = {
            "mean": float(column.mean()) if column.size else None,
            "sd": float(column.std(ddof=1)) if column.size > 1 else None,
            "expectation": gap.expectation if gap else None,
            "gap": gap.gap if gap else None,
            "n": int(column.size),
            "alpha": alpha.raw if alpha else None,
            "alpha_standardized": alpha.standardized if alpha else None,
            "r_with_overall": correlation(means[:, j], overall) if overall is not None else None,
            "beta": betas[j] if betas else None,
        }
        data["dimensions"][name] = entry
        rows.append(
            (
                name,
                *(entry[k] for k in ("mean", "expectation", "gap", "n", "alpha", "r_with_overall", "beta")),
            )
        )
    blocks = [
        Block("", ("dimension", "mean", "expected", "gap", "n", "alpha", "r", "beta"), rows, 3),
        Block("", ("unweighted gap", "weighted gap", "R²"), [(data["unweighted"], data["weighted"], r2)], 3),
    ]
    bars = [Bar(str(r[0]), r[3] if result else r[1]) for r in rows]
    notes = [data["reason"]] if data["reason"] else []
    return Report(data, blocks, notes, Chart("SERVQUAL", bars=bars))


def _row_means(part: Floats) -> Floats:
    known = ~np.isnan(part)
    count = known.sum(axis=1)
    total = np.where(known, part, 0.0).sum(axis=1)
    result: Floats = np.divide(total, count, out=np.full(len(part), np.nan), where=count > 0)
    return result


def _expected(table: Table, plan: Battery) -> Floats | float | None:
    names = [item + plan.suffix for item in plan.items]
    if all(name in table.cells for name in names):
        return columns(table, names)
    return plan.ideal


def _betas(means: Floats, overall: Floats | None) -> tuple[tuple[float, ...] | None, float | None]:
    if overall is None:
        return None, None
    try:
        fit = standardized_regression(means, overall)
    except MeasureError:
        return None, None
    return fit.betas, fit.r2


def run_ipa(table: Table | None, options: Options) -> Report:
    assert table is not None
    if table.has("item") and table.has("importance") and table.has("performance"):
        importance, performance = table.numbers("importance"), table.numbers("performance")
        kept = ~(np.isnan(importance) | np.isnan(performance))
        table.select(kept, "blank importance or performance")
        names = [n for n, k in zip(table.texts("item"), kept, strict=True) if k]
        importance, performance = importance[kept], performance[kept]
    else:
        names, importance, performance = _derived(table, options)
    at = None
    if options.at:
        try:
            first, second = (float(part) for part in options.at.split(","))
        except ValueError:
            raise MeasureError("--at wants importance,performance as two numbers") from None
        at = (first, second)
    kind = "mean" if at is None else "goal"
    result = importance_performance(importance.tolist(), performance.tolist(), crosshair=kind, at=at)
    items: dict[str, dict[str, Any]] = {
        name: {"importance": float(i), "performance": float(p), "quadrant": q}
        for name, i, p, q in zip(names, importance, performance, result.quadrants, strict=True)
    }
    cross = {"importance": result.importance, "performance": result.performance}
    rows: list[tuple[Any, ...]] = [
        (n, v["importance"], v["performance"], QUADRANTS[v["quadrant"]]) for n, v in items.items()
    ]
    blocks = [
        Block("", ("item", "importance", "performance", "quadrant"), rows, 3),
        Block("", ("cross-hairs: importance", "performance"), [(result.importance, result.performance)], 3),
    ]
    spots = [Spot(str(n), float(p), float(i)) for n, i, p, _ in rows]
    chart = Chart(
        "IPA",
        spots=spots,
        cross=(result.performance, result.importance),
        x_title="performance",
        y_title="importance",
    )
    return Report({"items": items, "crosshair": cross, "n": len(table)}, blocks, chart=chart)


QUADRANTS = {
    Quadrant.CONCENTRATE: "concentrate here",
    Quadrant.KEEP: "keep up",
    Quadrant.LOW: "low priority",
    Quadrant.OVERKILL: "possible overkill",
}


def _derived(table: Table, options: Options) -> tuple[list[str], Floats, Floats]:
    """Importance = correlation of the item with the overall answer, performance = its mean."""
    plan = battery(table, options)
    if not plan.overall:
        raise MeasureError("give columns item, importance, performance, or the overall answer with --overall")
    overall = table.numbers(plan.overall)
    names, importance, performance = [], [], []
    for item in plan.items:
        values = table.numbers(item)
        r = correlation(values, overall)
        if r is None:
            raise MeasureError("{item} has no variance, so it has no correlation with the overall answer", item=item)
        names.append(item)
        importance.append(r)
        performance.append(float(np.nanmean(values)))
    return names, np.array(importance), np.array(performance)


def run_acsi(table: Table | None, options: Options) -> Report:
    assert table is not None
    plan = battery(table, options)
    answers = columns(table, plan.items)
    kept = np.asarray(~np.isnan(answers).any(axis=1), dtype=np.bool_)
    table.select(kept, "not all questions answered")
    if not kept.any():
        raise MeasureError("there are no valid answers")
    answers = answers[kept]
    weights = None
    if options.weights:
        try:
            weights = [float(w) for w in options.weights.split(",")]
        except ValueError:
            raise MeasureError("--weights wants numbers, 0.39,0.32,0.29") from None
    elif plan.weights:
        weights = [plan.weights.get(item, 0.0) for item in plan.items]
    means = [float(m) for m in answers.mean(axis=0)]
    ends = {"lowest": options.lowest, "highest": options.highest}
    score = acsi_score(means, weights, **ends)
    share = np.ones(len(means)) if weights is None else np.array(weights)
    own = 100.0 * ((answers - options.lowest) @ share) / (share.sum() * (options.highest - options.lowest))
    sd = float(own.std(ddof=1)) if own.size > 1 else 0.0
    interval = mean_interval(score, sd, own.size, population=options.population, level=options.level)
    data = {
        "score": score,
        "low": interval.low,
        "high": interval.high,
        "n": own.size,
        "population": options.population,
        "means": dict(zip(plan.items, means, strict=True)),
        "weights": dict(zip(plan.items, (share / share.sum()).tolist(), strict=True)),
        "reason": interval.reason,
    }
    rows = [(score, interval.low, interval.high, own.size, options.population)]
    parts = [(i, m, w) for i, m, w in zip(plan.items, means, (share / share.sum()).tolist(), strict=True)]
    blocks = [
        Block("", ("ACSI", "low", "high", "n", "N"), rows),
        Block("", ("question", "mean", "weight"), parts, 4),
    ]
    chart = Chart("ACSI", bars=[Bar("ACSI", score, interval.low, interval.high)])
    return Report(data, blocks, [interval.reason] if interval.reason else [], chart)


NO_ROLES: tuple[Role, ...] = ()


COMMANDS = (
    Command(
        "servqual",
        "gaps of perception and expectation per dimension (F5)",
        (Role("items", "one column per item, perception; expectation in item_e", required=False),),
        RESPONDENTS,
        run_servqual,
        (
            MODEL,
            ITEMS,
            OVERALL,
            Option("--ideal", "expectation of everybody, when it was not asked", "float"),
        ),
        model_sample=MODEL_SAMPLE,
        sample_options="--model model.toml",
        keys="unweighted weighted n r2 dimensions: {mean sd expectation gap n alpha r_with_overall beta}",
        source="Parasuraman, Zeithaml & Berry (1988)",
    ),
    Command(
        "ipa",
        "importance and performance of items, four quadrants (F8)",
        (
            Role("item", "name of the item", required=False),
            Role("importance", "its importance", required=False),
            Role("performance", "its performance", required=False),
        ),
        "item,importance,performance\nresponse,4.6,3.4\nskill,4.5,4.3\nattitude,3.8,4.5\ntraining,3.4,3.5",
        run_ipa,
        (MODEL, ITEMS, OVERALL, Option("--at", "cross-hairs importance,performance (default: means)")),
        keys="items: {importance performance quadrant} crosshair n",
        source="Martilla & James (1977)",
    ),
    Command(
        "alpha",
        "Cronbach's alpha with Feldt interval (F33)",
        (Role("items", "one column per item", required=False),),
        "a,b,c\n4,5,4\n3,3,4\n5,5,5\n2,3,2",
        run_alpha,
        (MODEL, ITEMS, OVERALL),
        keys="alpha low high standardized items n left_out dimensions",
        source="Cronbach (1951); Feldt (1965)",
    ),
    Command(
        "acsi",
        "ACSI score from three questions 1–10 (F9)",
        (Role("items", "one column per question", required=False),),
        "overall,expectation,ideal\n8,8,7\n9,7,8\n7,8,7\n10,9,9",
        run_acsi,
        (
            MODEL,
            ITEMS,
            OVERALL,
            Option("--weights", "weights of the questions, 0.3885,0.3190,0.2925"),
            Option("--lowest", "lowest answer", "float", 1.0),
            Option("--highest", "highest answer", "float", 10.0),
            Option("--population", "eligible customers N, for the finite-population correction", "int"),
        ),
        keys="score low high n population means weights",
        source="American Customer Satisfaction Index, methodology",
    ),
)  # fmt: skip
