"""What a measure on the command line consists of."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from careloop.measures.charts import Chart
from careloop.measures.errors import Message
from careloop.measures.intervals import Share
from careloop.measures.tables import Table

Cell = str | float | int | None
Options = argparse.Namespace


@dataclass(frozen=True, slots=True)
class Role:
    """A column: its role and default name, what it holds, and whether it must be there."""

    name: str
    meaning: str
    required: bool = True


@dataclass(frozen=True, slots=True)
class Option:
    """An option; `kind` is float, int, str or flag; `choices` limits a text."""

    flag: str
    meaning: str
    kind: str = "str"
    default: Any = None
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Block:
    """A readable table of the plain output; `digits` per column for numbers."""

    title: str
    headers: tuple[str, ...]
    rows: Sequence[Sequence[Cell]]
    digits: int = 2


@dataclass
class Report:
    """Result of a measure: the object for --json, the blocks for people, notes and a chart."""

    data: dict[str, Any]
    blocks: list[Block] = field(default_factory=list)
    notes: list[Message] = field(default_factory=list)
    chart: Chart | None = None


@dataclass(frozen=True, slots=True)
class Command:
    """One NAME of `careloop measure`.

    `run` gets the table (None when the measure allows options instead of a file) and the options.
    `own_groups` measures use --by themselves; the others are run once per group.
    """

    name: str
    summary: str
    roles: tuple[Role, ...]
    sample: str
    run: Callable[[Table | None, Options], Report]
    options: tuple[Option, ...] = ()
    needs_file: bool = True
    own_groups: bool = False
    model_sample: str = ""
    sample_options: str = ""
    compare: Callable[[Mapping[str, Report], Options], tuple[dict[str, Any], list[Block]]] | None = None
    keys: str = ""
    source: str = ""


def share_data(share: Share) -> dict[str, Any]:
    """A share for --json: k, n, population, percent with its bounds, reason."""
    return {
        "k": share.k,
        "n": share.n,
        "population": share.population,
        "percent": share.percent,
        "low": share.low_percent,
        "high": share.high_percent,
        "reason": share.reason,
    }


def share_row(name: str, share: Share) -> tuple[Cell, ...]:
    """A share for people: name, percent, bounds, k, n."""
    return (name, share.percent, share.low_percent, share.high_percent, share.k, share.n)


SHARE_HEADERS = ("", "%", "low", "high", "k", "n")
