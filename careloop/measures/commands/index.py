"""satisfaction: the weighted index from a file of answers."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import numpy as np

from careloop.measures.charts import Bar, Chart
from careloop.measures.command import (
    Block,
    Command,
    Option,
    Options,
    Report,
    Role,
)
from careloop.measures.commands.answers import GOAL, POPULATION, WEIGHT, Floats
from careloop.measures.errors import MeasureError, Message
from careloop.measures.satisfaction import MAPS, IndexMethod, satisfaction_index
from careloop.measures.tables import Table


def _mapped(levels: Floats, name: str) -> tuple[Floats, str]:
    """Scores 0–100 of a table of answers, and the name of the map used."""
    known = levels[~np.isnan(levels)]
    if name == "auto":
        whole = bool((known % 1 == 0).all())
        low, high = (float(known.min()), float(known.max())) if known.size else (0.0, 0.0)
        name = "none"
        if whole and low >= 1 and high <= 5:
            name = "five_level"
        elif whole and low >= 1 and high <= 10:
            name = "linear:1:10"
    if name == "none":
        if known.size and not 0 <= known.min() <= known.max() <= 100:
            raise MeasureError("scores must be from 0 to 100, or name a map with --map")
        return levels, name
    if name.startswith("linear:"):
        low, high = _ends(name)
        outside = (known < low) | (known > high)
        if outside.any():
            raise MeasureError("level {level} is not in the map of this question", level=float(known[outside][0]))
        return 100.0 * (levels - low) / (high - low), name
    mapping = MAPS.get(name) or _own_map(name)
    wrong = known[~np.isin(known, list(mapping))]
    if wrong.size:
        raise MeasureError("level {level} is not in the map of this question", level=float(wrong[0]))
    scores = np.full_like(levels, np.nan)
    for answer, score in mapping.items():
        scores[levels == answer] = score
    return scores, name


def _ends(name: str) -> tuple[float, float]:
    try:
        _, low, high = name.split(":")
        if float(low) < float(high):
            return float(low), float(high)
    except ValueError:
        pass
    raise MeasureError("“{name}” is not a map; write linear:1:10", name=name)


def _own_map(name: str) -> dict[int, float]:
    try:
        return {int(k): float(v) for k, _, v in (pair.partition("=") for pair in name.split(","))}
    except ValueError:
        raise MeasureError(
            "“{name}” is not a map; choose auto, none, five_level, four_level, three_level, "
            "linear:1:10 or 3=100,2=70,1=50",
            name=name,
        ) from None


def _item_table(table: Table, options: Options) -> tuple[Floats, list[str], list[str] | None]:
    """Respondents × items, item names, company of each respondent (long or wide file)."""
    companies = None
    if table.has("item") and table.has("score") and table.has("respondent"):
        return _from_long(table)
    if options.items:
        items = [name.strip() for name in options.items.split(",")]
    else:
        special = {table.column_name(r) for r in ("respondent", "company", "weight")} | {options.by}
        items = [n for n in table.names if n not in special and _is_numeric(table, n)]
    if not items:
        raise MeasureError("no column holds answers; name them with --items a,b,c")
    levels = np.column_stack([table.numbers(name) for name in items])
    if table.has("company"):
        companies = [c.strip() for c in table.texts("company")]
    return levels, items, companies


def _is_numeric(table: Table, name: str) -> bool:
    for cell in table.cells[name]:
        text = cell.strip()
        if text and text.lower() not in ("na", "n/a", "nan", "不适用"):
            try:
                float(text)
            except ValueError:
                return False
    return True


def _from_long(table: Table) -> tuple[Floats, list[str], list[str] | None]:
    people = list(dict.fromkeys(table.texts("respondent")))
    items = list(dict.fromkeys(c.strip() for c in table.texts("item")))
    row = {p: i for i, p in enumerate(people)}
    column = {p: i for i, p in enumerate(items)}
    levels = np.full((len(people), len(items)), np.nan)
    scores = table.numbers("score")
    taken: set[tuple[int, int]] = set()
    companies = [""] * len(people) if table.has("company") else None
    for place, (person, item) in enumerate(zip(table.texts("respondent"), table.texts("item"), strict=True)):
        cell = (row[person], column[item.strip()])
        if cell in taken:
            raise MeasureError(
                "{file}, line {line}: respondent {person} answers {item} twice",
                file=table.origin[place][0],
                line=table.origin[place][1],
                person=person,
                item=item,
            )
        taken.add(cell)
        levels[cell] = scores[place]
        if companies is not None:
            companies[cell[0]] = table.texts("company")[place].strip()
    return levels, items, companies


def _weights(options: Options, items: list[str]) -> list[float]:
    text = options.weights
    given: dict[str, float] = {}
    if options.model:
        try:
            model = tomllib.loads(Path(options.model).read_text(encoding="utf-8"))
            given = {str(k): float(v) for k, v in model.get("weights", {}).items()}
        except (OSError, tomllib.TOMLDecodeError, UnicodeDecodeError, ValueError, AttributeError) as error:
            raise MeasureError("{file} cannot be read: {error}", file=options.model, error=error) from None
    elif text:
        try:
            if "=" in text:
                given = {k.strip(): float(v) for k, _, v in (p.partition("=") for p in text.split(","))}
            else:
                numbers = [float(part) for part in text.split(",")]
                if len(numbers) != len(items):
                    raise MeasureError("{items} items but {weights} weights", items=len(items), weights=len(numbers))
                return numbers
        except ValueError as error:
            if isinstance(error, MeasureError):
                raise
            raise MeasureError("--weights wants numbers, a=0.5,b=0.3 or 0.5,0.3", error=error) from None
    else:
        return [1.0] * len(items)
    missing = [name for name in items if name not in given]
    if missing:
        raise MeasureError("item {item} has no weight", item=missing[0])
    return [given[name] for name in items]


def run_satisfaction(table: Table | None, options: Options) -> Report:
    assert table is not None
    levels, items, companies = _item_table(table, options)
    scores, used = _mapped(levels, options.map)
    empty = np.asarray(np.isnan(scores).all(axis=1), dtype=np.bool_)
    if len(scores) == len(table):
        table.select(~empty, "no answer to any item")
    units, values = companies, None
    if table.has("weight") and len(scores) == len(table):
        weights = table.numbers("weight", minimum=0)
        units = companies if companies is not None else [str(i) for i in range(len(scores))]
        sums: dict[Any, float] = {}
        for unit, weight in zip(units, np.nan_to_num(weights).tolist(), strict=True):
            sums[unit] = max(sums.get(unit, 0.0), weight)
        values = sums
    result = satisfaction_index(
        scores,
        _weights(options, items),
        companies=units,
        company_weights=values,
        method=options.method,
        population=options.population,
        goal=options.goal,
        level=options.level,
        interval=options.interval,
        seed=options.seed,
        item_names=items,
    )
    fields = (
        "index",
        "low",
        "high",
        "n",
        "population",
        "goal_state",
        "items",
        "respondents",
        "unit",
        "method",
    )
    data = {name: getattr(result, name) for name in fields}
    data |= {
        "unit": "respondent" if companies is None else "company",
        "interval_method": result.interval_method,
        "goal": result.goal,
        "level": result.level,
        "map": used,
        "reason": result.reason,
    }
    row = (result.index, result.low, result.high, result.n, result.population, str(result.goal_state))
    parts = [(i.name, i.mean, i.weight, i.n) for i in result.items]
    blocks = [
        Block("", ("index", "low", "high", "n", "N", "goal"), [row]),
        Block("Items", ("item", "mean", "weight", "n"), parts, 3),
    ]
    notes = [*result.notes, Message("scores mapped by {map}; interval: {method}",
                                    {"map": used, "method": result.interval_method})]  # fmt: skip
    bars = [Bar("index", result.index, result.low, result.high), *(Bar(i.name, i.mean) for i in result.items)]
    chart = Chart("Satisfaction index", bars=bars, goal=options.goal)
    return Report(data, blocks, notes + ([result.reason] if result.reason else []), chart)


COMMANDS = (
    Command(
        "satisfaction",
        "weighted satisfaction index 0–100 with interval and goal (F1, F3)",
        (
            Role("respondent", "name or number of the respondent", required=False),
            Role("company", "company of the respondent: each counts once", required=False),
            Role("item", "item, in a long file with respondent and score", required=False),
            Role("score", "answer, in a long file", required=False),
            WEIGHT,
        ),
        "respondent,company,quality,delivery,price\n1,A,3,3,2\n2,A,3,2,2\n3,B,2,3,1\n4,C,3,1,",
        run_satisfaction,
        (
            Option("--items", "item columns, comma between (default: all columns of numbers)"),
            Option("--weights", "weights, 0.5,0.3,0.2 or quality=0.5,… (default: equal)"),
            Option("--model", "TOML file with a table [weights]"),
            Option("--map", "auto, none, five_level, four_level, three_level, linear:1:10, 3=100,2=70,1=50",
                   default="auto"),
            Option("--method", "item means, or each respondent's own index", default="item_mean",
                   choices=tuple(str(m) for m in IndexMethod)),
            Option("--interval", "t interval or bootstrap over units", default="auto",
                   choices=("auto", "mean", "bootstrap")),
            Option("--seed", "start of the bootstrap", "int", 20_260_101),
            POPULATION,
            GOAL,
        ),
        sample_options="--weights 0.5,0.3,0.2 --map three_level --population 40",
        keys="index low high n population goal_state items respondents unit method interval_method map",
        source="domain file F1; Efron & Tibshirani (1993); Cochran (1977)",
        compare=None,
    ),
)  # fmt: skip
