"""kano and value-ratio."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from careloop.measures.charts import Chart, Spot
from careloop.measures.command import Block, Command, Options, Report, Role
from careloop.measures.errors import MeasureError
from careloop.measures.kano import ANSWERS, KanoResult, kano_from_counts, kano_from_pairs
from careloop.measures.survey_scores import value_ratio
from careloop.measures.tables import Table


def run_value_ratio(table: Table | None, options: Options) -> Report:
    assert table is not None
    scores, weights = table.numbers("score"), table.numbers("weight", minimum=0)
    sides: dict[str, tuple[list[float], list[float]]] = {"value": ([], []), "cost": ([], [])}
    kept = ~(np.isnan(scores) | np.isnan(weights))
    table.select(kept, "blank score or weight")
    for kind, score, weight, is_kept in zip(table.texts("kind"), scores, weights, kept, strict=True):
        if kind.strip() not in sides:
            raise MeasureError("kind must be value or cost, not “{kind}”", kind=kind)
        if is_kept:
            sides[kind.strip()][0].append(float(score))
            sides[kind.strip()][1].append(float(weight))
    result = value_ratio(*sides["value"], *sides["cost"])
    data = {"value": result.value, "cost": result.cost, "ratio": result.ratio, "verdict": result.verdict}
    rows = [(result.value, result.cost, result.ratio, str(result.verdict))]
    return Report(data, [Block("", ("total value", "total cost", "ratio", "verdict"), rows, 3)])


def run_kano(table: Table | None, options: Options) -> Report:
    assert table is not None
    if table.has("item") and all(letter in table.cells for letter in "AOMI"):
        results = _from_counts(table)
    else:
        results = _from_answers(table)
    items = {name: _kano_data(result) for name, result in results.items()}
    rows = [
        (name, r.category, r.label, r.better, r.worse, r.n, *(r.counts[letter] for letter in "MOAIRQ"))
        for name, r in results.items()
    ]
    headers = ("item", "class", "label", "better", "worse", "n", "M", "O", "A", "I", "R", "Q")
    spots = [Spot(n, -r.worse, r.better) for n, r in results.items() if r.worse is not None and r.better is not None]
    chart = Chart("Kano", spots=spots, cross=(0.5, 0.5), x_title="−Worse", y_title="Better") if spots else None
    notes = [r.reason for r in results.values() if r.reason]
    return Report({"items": items}, [Block("", headers, rows, 3)], notes, chart)


def _kano_data(result: KanoResult) -> dict[str, Any]:
    return {
        "class": result.category,
        "better": result.better,
        "worse": result.worse,
        "label": result.label,
        "stable": result.stable,
        "needed_difference": result.needed_difference,
        "counts": result.counts,
        "n": result.n,
        "total_strength": result.total_strength,
        "category_strength": result.category_strength,
        "reason": result.reason,
    }


def _from_counts(table: Table) -> dict[str, KanoResult]:
    letters = [letter for letter in "AOMIRQ" if letter in table.cells]
    numbers = {letter: table.numbers(letter, minimum=0, whole=True) for letter in letters}
    return {
        name: kano_from_counts({letter: int(np.nan_to_num(numbers[letter][i])) for letter in letters})
        for i, name in enumerate(table.texts("item"))
    }


def _from_answers(table: Table) -> dict[str, KanoResult]:
    names = [n[:-2] for n in table.names if n.endswith("_f") and f"{n[:-2]}_d" in table.cells]
    if not names:
        raise MeasureError("no pair of columns item_f and item_d was found; columns are {columns}",
                           columns=", ".join(table.names[:40]))  # fmt: skip
    results = {}
    for name in names:
        sides = [
            table.parsed(f"{name}{end}", _answer, "like, must, neutral, live, dislike or 1 to 5")
            for end in ("_f", "_d")
        ]
        pairs = [(f, d) for f, d in zip(*sides, strict=True) if f is not None and d is not None]
        if len(pairs) < len(table):
            table.rejected["blank Kano answer"] += len(table) - len(pairs)
        results[name] = kano_from_pairs(pairs)
    return results


def _answer(text: str) -> int | None:
    word = text.strip().lower()
    if word in ANSWERS:
        return ANSWERS.index(word) + 1
    try:
        value = float(word)
    except ValueError:
        return None
    return int(value) if math.isfinite(value) and value in (1, 2, 3, 4, 5) else None


COMMANDS = (
    Command(
        "value-ratio",
        "total value to total cost (F10)",
        (
            Role("kind", "value or cost"),
            Role("name", "what is rated", required=False),
            Role("weight", "its weight"),
            Role("score", "rating 1–10"),
        ),
        "kind,name,weight,score\nvalue,product,0.4,8.5\nvalue,service,0.6,8\ncost,money,0.5,6\ncost,time,0.5,5",
        run_value_ratio,
        keys="value cost ratio verdict",
        source="F10",
    ),
    Command(
        "kano",
        "Kano classes with Better and Worse (F7)",
        (
            Role("item", "name of the item, in a file of counts A O M I R Q", required=False),
            Role("resp", "respondent", required=False),
        ),
        "resp,wifi_f,wifi_d,brake_f,brake_d\n1,like,neutral,must,dislike\n2,like,live,neutral,dislike\n"
        "3,like,dislike,must,dislike\n4,neutral,neutral,like,dislike",
        run_kano,
        keys="items: {class better worse label stable counts n total_strength category_strength}",
        source="Berger et al. (1993); Sauerwein et al. (1996); Fong (1996)",
    ),
)  # fmt: skip
