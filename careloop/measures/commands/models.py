"""Small TOML models: dimensions → items, or constructs → indicators and paths."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from careloop.measures.errors import MeasureError


def load_model(path: str) -> dict[str, Any]:
    """A TOML file as a dictionary.

    Raises:
        MeasureError: the file is missing or is not TOML (the message has the line).
    """
    try:
        return tomllib.loads(Path(path).read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise MeasureError("{file} does not exist", file=path) from None
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise MeasureError("{file} cannot be read: {error}", file=path, error=error) from None


def groups_of(model: Mapping[str, Any], table: str, path: str) -> dict[str, list[str]]:
    """A table of name → list of columns.

    Raises:
        MeasureError: the table is missing, or an entry is not a list of names.
    """
    found = model.get(table)
    if not isinstance(found, dict) or not found:
        raise MeasureError('{file} needs a table [{table}] with name = ["column", …]', file=path, table=table)
    for name, columns in found.items():
        if not isinstance(columns, list) or not columns or not all(isinstance(c, str) for c in columns):
            raise MeasureError("{file}: {name} must be a list of column names", file=path, name=name)
    return {str(name): list(columns) for name, columns in found.items()}


def numbers_of(model: Mapping[str, Any], table: str, path: str) -> dict[str, float]:
    """A table of name → number; empty when it is absent."""
    found = model.get(table, {})
    if not isinstance(found, dict) or not all(
        isinstance(v, (int, float)) and not isinstance(v, bool) for v in found.values()
    ):
        raise MeasureError("{file}: [{table}] must hold numbers", file=path, table=table)
    return {str(name): float(value) for name, value in found.items()}
