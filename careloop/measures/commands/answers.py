"""top-box, interval, nps, ces, expectation."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from careloop.measures.charts import Bar, Chart
from careloop.measures.command import (
    SHARE_HEADERS,
    Block,
    Command,
    Option,
    Options,
    Report,
    Role,
    share_data,
    share_row,
)
from careloop.measures.errors import MeasureError
from careloop.measures.expectation import (
    ExpectationRule,
    ExpectationState,
    expectation_states,
    met_kind,
    state_of_answer,
)
from careloop.measures.intervals import Group, goal_state, mean_interval, welch_trend, wilson
from careloop.measures.satisfaction import top_box
from careloop.measures.survey_scores import (
    compare_net_promoters,
    customer_effort,
    net_promoter,
)
from careloop.measures.tables import Table

Floats = npt.NDArray[np.float64]


SCORE = Role("score", "the answer, one row per answer or per score with its count")


COUNT = Role("count", "how many answers (default 1 per row)", required=False)


WEIGHT = Role("weight", "weight of the row (--weight NAME)", required=False)


POPULATION = Option("--population", "eligible customers N, for the finite-population correction", "int")


GOAL = Option("--goal", "goal to compare with", "float", 75.0)


BLANK = "blank score"


def scored(table: Table, minimum: float | None = None, maximum: float | None = None) -> tuple[Floats, Floats]:
    """Scores and whole counts of the rows that have a score; blank ones are rejected with a reason."""
    scores = table.numbers("score", minimum=minimum, maximum=maximum)
    kept = ~np.isnan(scores)
    counts = np.ones(len(table))
    if table.has("count"):
        counts = table.numbers("count", minimum=0, whole=True)
        kept &= ~np.isnan(counts)
    table.select(kept, BLANK)
    if counts[kept].sum() <= 0:
        raise MeasureError("there are no valid answers")
    return scores[kept], counts[kept]


def _weighted(table: Table, minimum: float | None, maximum: float | None) -> tuple[Floats, Floats]:
    """Scores and counts; with --weight the counts are weights scaled to the effective sample size."""
    if not table.has("weight"):
        return scored(table, minimum, maximum)
    scores = table.numbers("score", minimum=minimum, maximum=maximum)
    weights = table.numbers("weight", minimum=0)
    kept = ~(np.isnan(scores) | np.isnan(weights))
    table.select(kept, "blank score or weight")
    total = float(weights[kept].sum())
    if total <= 0:
        raise MeasureError("the weights sum to 0; give at least one item a weight")
    effective = total**2 / float((weights[kept] ** 2).sum())
    return scores[kept], weights[kept] * effective / total


def _counted(scores: Floats, counts: Floats) -> dict[int, int]:
    wrong = scores % 1 != 0
    if wrong.any():
        raise MeasureError("{score} is not a whole level of the scale", score=float(scores[wrong][0]))
    found: Counter[int] = Counter()
    for score, count in zip(scores.astype(int).tolist(), counts.tolist(), strict=True):
        found[score] += int(count) if count == int(count) else count
    return dict(found)


def run_nps(table: Table | None, options: Options) -> Report:
    assert table is not None
    scores, counts = _weighted(table, 0, 10)
    by_score = _counted(scores, counts)
    groups = [sum(c for s, c in by_score.items() if low <= s <= high) for low, high in ((9, 10), (7, 8), (0, 6))]
    result = net_promoter(*groups, population=options.population, level=options.level)
    data = {
        "nps": result.nps,
        "low": result.low,
        "high": result.high,
        "n": result.n,
        "population": result.population,
        "promoters": result.promoters,
        "passives": result.passives,
        "detractors": result.detractors,
        "standard_error": result.standard_error,
        "adjusted_centre": result.centre,
        "wald_low": result.wald_low,
        "wald_high": result.wald_high,
        "level": result.level,
    }
    rows = [(result.nps, result.low, result.high, result.n, result.population, *groups)]
    headers = ("NPS", "low", "high", "n", "N", "promoters", "passives", "detractors")
    report = Report(data, [Block("", headers, rows, 1)])
    report.chart = Chart("NPS", bars=[Bar("NPS", result.nps, result.low, result.high)])
    return report


def compare_nps(reports: Mapping[str, Report], options: Options) -> tuple[dict[str, Any], list[Block]]:
    """Each group against the one before it."""
    names = list(reports)
    found, rows = [], []
    for first, second in zip(names, names[1:], strict=False):
        sides = [
            net_promoter(*(reports[n].data[k] for k in ("promoters", "passives", "detractors")))
            for n in (first, second)
        ]
        change = compare_net_promoters(*sides)
        found.append({"from": first, "to": second, **_fields(change)})
        rows.append((f"{first} → {second}", change.difference, change.standard_error, change.z, change.p))
    return {"changes": found}, [Block("Changes", ("", "difference", "standard error", "z", "p"), rows, 3)]


def _fields(value: Any) -> dict[str, Any]:
    return {name: getattr(value, name) for name in value.__slots__}


def run_top_box(table: Table | None, options: Options) -> Report:
    assert table is not None
    scores, counts = _weighted(table, 1, options.levels)
    by_level = _counted(scores, counts)
    result = top_box(by_level, levels=options.levels, population=options.population, level=options.level)
    top2 = result.top2
    state = goal_state(top2.percent or 0.0, top2.low_percent, options.goal)
    data = {
        "percent": top2.percent,
        "low": top2.low_percent,
        "high": top2.high_percent,
        "n": result.n,
        "population": options.population,
        "goal_state": state,
        "mean": result.mean,
        "top1": share_data(result.top1),
        "top2": share_data(top2),
        "bottom2": share_data(result.bottom2),
        "counts": result.counts,
        "level": options.level,
    }
    shares = (("T1", result.top1), ("T2B", top2), ("B2B", result.bottom2))
    blocks = [
        Block("", SHARE_HEADERS, [share_row(name, share) for name, share in shares]),
        Block("", ("mean", "n", "N", "goal"), [(result.mean, result.n, options.population, str(state))]),
    ]
    bars = [Bar(name, s.percent, s.low_percent, s.high_percent) for name, s in shares]
    return Report(data, blocks, chart=Chart("Top-box", bars=bars, goal=options.goal, x_title="%"))


def run_interval(table: Table | None, options: Options) -> Report:
    assert table is not None
    scores, counts = _weighted(table, None, None)
    n = float(counts.sum())
    mean = float(scores @ counts) / n
    spread = float(counts @ (scores - mean) ** 2)
    size = int(n) if n == int(n) else max(1, math.floor(n))
    sd = math.sqrt(spread / (n - 1)) if n > 1 else 0.0
    result = mean_interval(mean, sd, size, population=options.population, level=options.level)
    state = goal_state(mean, result.low, options.goal)
    data: dict[str, Any] = {
        "mean": mean,
        "low": result.low,
        "high": result.high,
        "n": size,
        "population": options.population,
        "sd": sd if n > 1 else None,
        "standard_error": result.standard_error,
        "goal": options.goal,
        "goal_state": state,
        "level": options.level,
        "reason": result.reason,
    }
    rows = [(mean, result.low, result.high, size, options.population, data["sd"], str(state))]
    blocks = [Block("", ("mean", "low", "high", "n", "N", "sd", "goal"), rows)]
    if set(np.unique(scores)) <= {0.0, 1.0} and not table.has("weight"):
        share = wilson(int(scores @ counts), size, population=options.population, level=options.level)
        data["share"] = share_data(share)
        blocks.append(Block("", SHARE_HEADERS, [share_row("Wilson", share)]))
    report = Report(data, blocks, [result.reason] if result.reason else [])
    report.chart = Chart("Mean", bars=[Bar("mean", mean, result.low, result.high)], goal=options.goal)
    return report


def compare_means(reports: Mapping[str, Report], options: Options) -> tuple[dict[str, Any], list[Block]]:
    """Welch's test of each group against the one before it."""
    names = list(reports)
    found, rows = [], []
    for first, second in zip(names, names[1:], strict=False):
        one, two = (
            Group(d["mean"], d["sd"] or 0.0, d["n"], d["population"])
            for d in (reports[first].data, reports[second].data)
        )
        change = welch_trend(one, two, level=options.level)
        found.append({"from": first, "to": second, **_fields(change)})
        rows.append((f"{first} → {second}", change.difference, change.t, change.df, change.p, str(change.trend)))
    return {"changes": found}, [Block("Changes", ("", "difference", "t", "df", "p", "trend"), rows, 3)]


def run_ces(table: Table | None, options: Options) -> Report:
    assert table is not None
    scores, counts = _weighted(table, 1, 7)
    result = customer_effort(_counted(scores, counts), population=options.population, level=options.level)
    mean, agree = result.mean, result.agree
    data = {
        "mean": {"value": mean.mean, "low": mean.low, "high": mean.high},
        "net": {"value": result.net, "low": result.net_low, "high": result.net_high},
        "agree": share_data(agree),
        "n": result.n,
        "population": options.population,
        "level": options.level,
    }
    rows = [
        ("mean 1–7", mean.mean, mean.low, mean.high, result.n),
        ("%6–7 − %1–3", result.net, result.net_low, result.net_high, result.n),
        ("% 5–7", agree.percent, agree.low_percent, agree.high_percent, result.n),
    ]
    report = Report(data, [Block("", ("variant", "value", "low", "high", "n"), rows)])
    report.chart = Chart("CES", bars=[Bar(str(r[0]), *r[1:4]) for r in rows[1:]])
    return report


def run_expectation(table: Table | None, options: Options) -> Report:
    assert table is not None
    if table.has("answer"):
        states = [state_of_answer(a.strip()) for a in table.texts("answer") if a.strip()]
        if not states:
            raise MeasureError("there are no valid answers")
        counts, mean = {s: states.count(s) for s in ExpectationState}, None
        kinds: list[str | None] = [None] * len(states)
    else:
        states, counts, mean, kinds = _pairs(table, options)
    n = len(states)
    shares = {str(s): share_data(wilson(c, n, level=options.level)) for s, c in counts.items()}
    data = {
        "n": n,
        "mean_difference": mean,
        "counts": counts,
        "shares": shares,
        "states": states,
        "met_kinds": kinds,
    }
    rows = [share_row(str(s), wilson(c, n, level=options.level)) for s, c in counts.items()]
    blocks = [Block("", SHARE_HEADERS, rows), Block("", ("mean difference", "n"), [(mean, n)], 3)]
    bars = [Bar(name, s["percent"], s["low"], s["high"]) for name, s in shares.items()]
    return Report(data, blocks, chart=Chart("Expectation", bars=bars, x_title="%"))


def _pairs(
    table: Table, options: Options
) -> tuple[list[ExpectationState], dict[ExpectationState, int], float, list[str | None]]:
    felt, expected = table.numbers("perception"), table.numbers("expectation")
    kept = ~(np.isnan(felt) | np.isnan(expected))
    table.select(kept, "blank perception or expectation")
    if not kept.any():
        raise MeasureError("there are no valid answers")
    overall = table.numbers("overall")[kept] if table.has("overall") else np.full(int(kept.sum()), np.nan)
    defaults = (1.0, 3.0) if options.scale == 10 else (0.0, 2.0)
    tau = defaults[0] if options.tolerance is None else options.tolerance
    delta = defaults[1] if options.delight is None else options.delight
    felt_list, expected_list = felt[kept].tolist(), expected[kept].tolist()
    result = expectation_states(felt_list, expected_list, ExpectationRule(tau, delta))
    kinds = [
        str(met_kind(o, lowest=1, highest=options.scale)) if s is ExpectationState.MET and not math.isnan(o) else None
        for s, o in zip(result.states, overall.tolist(), strict=True)
    ]
    return list(result.states), result.counts, result.mean_difference, kinds


COMMANDS = (
    Command(
        "top-box",
        "share of the best answers with Wilson interval (F2, F3)",
        (SCORE, COUNT, WEIGHT),
        "score,count\n5,18\n4,14\n3,5\n2,2\n1,1",
        run_top_box,
        (Option("--levels", "steps of the scale", "int", 5), POPULATION, GOAL),
        keys="percent low high n population goal_state mean top1 top2 bottom2 counts",
        source="Wilson (1927)",
    ),
    Command(
        "interval",
        "mean with t interval, goal, and trend between groups (F3)",
        (SCORE, COUNT, WEIGHT),
        "year,score\n2001,70\n2001,82\n2002,76\n2002,88",
        run_interval,
        (POPULATION, GOAL),
        sample_options="--by year --population 20",
        keys="mean low high n population sd standard_error goal_state; with --by: groups changes",
        source="Cochran (1977); Welch (1947)",
        compare=compare_means,
    ),
    Command(
        "nps",
        "net promoter score with adjusted-Wald interval (F4)",
        (SCORE, COUNT, WEIGHT),
        "score,count\n10,20\n9,7\n8,15\n5,8",
        run_nps,
        (POPULATION,),
        keys="nps low high n population promoters passives detractors standard_error wald_low wald_high",
        source="Rocks (2016)",
        compare=compare_nps,
    ),
    Command(
        "ces",
        "customer effort 1–7 (7 very easy), three variants (F4b)",
        (SCORE, COUNT, WEIGHT),
        "score,count\n7,120\n6,180\n4,110\n2,210",
        run_ces,
        (POPULATION,),
        keys="mean net agree n population",
        source="F4b",
    ),
    Command(
        "expectation",
        "experience against expectation: below, met, above, delight (F6)",
        (
            Role("perception", "what was felt", required=False),
            Role("expectation", "what was expected, same scale", required=False),
            Role("overall", "overall score, for the sub-state of met", required=False),
            Role("answer", "or one answer: much_worse … much_better, or − 0 +", required=False),
        ),
        "perception,expectation,overall\n8,8,8\n9,7,9\n6,8,5\n10,6,10",
        run_expectation,
        (
            Option("--scale", "highest step of the scale", "int", 10, ()),
            Option("--tolerance", "τ in steps (default 1 on 1–10, 0 on 1–5)", "float"),
            Option("--delight", "δ in steps (default 3 on 1–10, 2 on 1–5)", "float"),
        ),
        keys="n mean_difference counts shares states met_kinds",
        source="F6",
    ),
)  # fmt: skip
