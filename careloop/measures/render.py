"""Plain and JSON output of the command line."""

from __future__ import annotations

import json
import math
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields, is_dataclass
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from enum import Enum
from typing import Any

from careloop.measures.command import Block, Cell, Report
from careloop.measures.errors import Message

Translate = Callable[[Message], str]
MOST_ROWS = 60


def to_plain(value: Any, translate: Translate) -> Any:
    """A value that JSON can hold; what is not a finite number becomes null."""
    if value is None or isinstance(value, (bool, str)) and not isinstance(value, Enum):
        return value
    if isinstance(value, Message):
        return translate(value)
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, (datetime, date)):
        return value.isoformat()
    if isinstance(value, int):
        return int(value)
    if isinstance(value, (float, Decimal)):
        number = float(value)
        return number if math.isfinite(number) else None
    if isinstance(value, Mapping):
        return {str(to_plain(k, translate)): to_plain(v, translate) for k, v in value.items()}
    if is_dataclass(value):
        return {f.name: to_plain(getattr(value, f.name), translate) for f in fields(value)}
    if hasattr(value, "tolist"):
        return to_plain(value.tolist(), translate)
    return [to_plain(item, translate) for item in value]


def as_json(report: Report, translate: Translate) -> str:
    """The report as one JSON object in full precision."""
    data = to_plain(report.data, translate)
    if report.notes:
        data["notes"] = [translate(note) for note in report.notes]
    return json.dumps(data, ensure_ascii=False, allow_nan=False, indent=1)


def number(value: float, digits: int) -> str:
    """A number for people: rounded half up, no trailing noise for whole numbers."""
    if isinstance(value, int):
        return str(value)
    if not math.isfinite(value):
        return "–"
    size = abs(value)
    if value == 0 or 10.0 ** (-digits) <= size < 1e9:
        return str(Decimal(repr(value)).quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP))
    return f"{value:.4g}"


def as_text(report: Report, translate: Translate, word: Callable[[str], str]) -> str:
    """The report as readable tables, long ones cut with the number of rows left out."""
    parts = [_block(block, word) for block in report.blocks]
    parts += [translate(note) for note in report.notes]
    return "\n\n".join(part for part in parts if part)


def _block(block: Block, word: Callable[[str], str]) -> str:
    shown = block.rows[:MOST_ROWS]
    rows = [[_cell(cell, block.digits, word) for cell in row] for row in shown]
    table = [[word(header) for header in block.headers], *rows]
    numeric = [
        all(isinstance(row[i], (int, float)) or row[i] is None for row in shown) and bool(shown)
        for i in range(len(block.headers))
    ]
    widths = [max(_width(row[i]) for row in table) for i in range(len(block.headers))]
    lines = [_line(row, widths, numeric) for row in table]
    rule = "  ".join("-" * width for width in widths)
    body = [lines[0], rule, *lines[1:]] if any(block.headers) else lines[1:]
    if len(block.rows) > len(shown):
        body.append(f"… +{len(block.rows) - len(shown)} (--json)")
    return "\n".join([*([word(block.title)] if block.title else []), *body])


def _cell(cell: Cell, digits: int, word: Callable[[str], str]) -> str:
    if cell is None:
        return "–"
    if isinstance(cell, (int, float)) and not isinstance(cell, bool):
        return number(cell if isinstance(cell, int) else float(cell), digits)
    return word(str(cell))


def _line(row: Sequence[str], widths: Sequence[int], numeric: Sequence[bool]) -> str:
    cells = []
    for text, width, right in zip(row, widths, numeric, strict=True):
        gap = " " * (width - _width(text))
        cells.append(gap + text if right else text + gap)
    return "  ".join(cells).rstrip()


def _width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in text)
