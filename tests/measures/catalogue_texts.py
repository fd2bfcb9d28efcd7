"""Collect every text of the formulas and their command line that a person can read."""

from __future__ import annotations

import ast
import importlib
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path

from careloop.measures.cli import COMMON, USAGE
from careloop.measures.commands import NAMES, find

PACKAGE = Path(importlib.import_module("careloop.measures").__file__ or "").parent
SPEAKERS = {"MeasureError", "Message", "word"}
TITLES = {"title", "x_title", "y_title"}


def _constants(tree: ast.Module) -> dict[str, str]:
    return {
        node.targets[0].id: node.value.value
        for node in tree.body
        if isinstance(node, ast.Assign)
        and isinstance(node.targets[0], ast.Name)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
    }


def _strings(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.Tuple):
        for element in node.elts:
            yield from _strings(element)


def _called(node: ast.Call) -> str:
    return node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")


def _in_module(path: Path, imported: dict[str, str]) -> Iterator[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    known = imported | _constants(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") in ("headers", "text", "SHARE_HEADERS"):
            yield from _strings(node.value)
        if not isinstance(node, ast.Call) or not node.args:
            continue
        name = _called(node)
        if name in SPEAKERS:
            first = node.args[0]
            if isinstance(first, ast.Name) and first.id in known:
                yield known[first.id]
            yield from _strings(first)
        if name in ("Block", "Chart"):
            for argument in node.args[:2]:
                yield from _strings(argument)
            for keyword in node.keywords:
                if keyword.arg in TITLES:
                    yield from _strings(keyword.value)


def texts() -> set[str]:
    """All texts except bare symbols."""
    files = sorted(PACKAGE.rglob("*.py"))
    constants: dict[str, str] = {}
    for file in files:
        constants |= _constants(ast.parse(file.read_text(encoding="utf-8")))
    found = {text for file in files for text in _in_module(file, constants)}
    for name in NAMES:
        command = find(name)
        found.add(command.summary)
        found |= {role.meaning for role in command.roles} | {option.meaning for option in command.options}
    found |= {meaning for _, meaning in COMMON} | {template for _, template in USAGE}
    found |= set(_states())
    return {text for text in found if any(letter.isalpha() for letter in text) and len(text) > 1}


def _states() -> Iterator[str]:
    for file in sorted(PACKAGE.glob("*.py")):
        module = importlib.import_module(f"careloop.measures.{file.stem}") if file.stem != "__main__" else None
        for value in vars(module).values() if module else ():
            if isinstance(value, type) and issubclass(value, StrEnum) and value is not StrEnum:
                yield from (str(member) for member in value)
