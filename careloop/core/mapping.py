"""The mapping file of an import (TOML): whose columns are whose fields, whose words are whose values. Pure.

[source]
name = "servicenow"            # together with the key it tells records apart; a second run finds them again
key = "{number}"               # template of their columns; without it the importer's own key fields
encoding = "gb18030"           # else told from the content; also: sheet, delimiter, header_row = 3 or [2, 3]
date_format = "MDY"            # for 11/19/2026; also time_zone = "Europe/Rome", decimal = ","
blanks = ["?", "n/a"]          # cells that mean "nothing"

[columns]                      # our field = their column, or a template of columns
title = "Short description"
symptom = "{category} / {subcategory}"

[values.urgency]               # their word = our value; "*" stands for all others
"1 - High" = "stopped"
"*" = "none"

[constants]                    # our field = the same for all rows
station = "suzhou"

[events]                       # a log: one row per event; rows with the same key become one record
at = "sys_updated_at"          # time of the event; rows are put in this order, equal times in file order
activity = "incident_state"    # what happened, in their words
person = "sys_updated_by"
text = "{comments}"
facts = { "Group" = "assignment_group" }   # what else the event tells; changes are found by comparing neighbours
first = ["received_at"]        # fields taken from the first event of a record; all others from the last

[events.moments]               # our field = time of the last (or first) event with this activity
resolved_at = "Resolve ticket"
responded_at = { activity = "Take in charge ticket", pick = "first" }
"""

import re
import tomllib
from collections.abc import Mapping as Dictionary
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.utils.translation import gettext as _

from careloop.core.cells import Cell, folded, plain
from careloop.core.errors import DomainError

HOLE = re.compile(r"\{([^{}]+)\}")
SECTIONS = {"source", "columns", "values", "constants", "events"}
SOURCE_KEYS = {
    "name", "key", "encoding", "sheet", "delimiter", "header_row", "date_format", "time_zone", "decimal", "blanks",
}  # fmt: skip
EVENT_KEYS = {"at", "activity", "person", "text", "facts", "first", "moments"}


class MappingError(DomainError):
    code = "bad-mapping"


@lru_cache(maxsize=512)
def _holes(pattern: str) -> tuple[str, ...]:
    return tuple(HOLE.findall(pattern))


@dataclass(frozen=True, slots=True)
class Pick:
    """One column, or a template whose holes are columns."""

    pattern: str

    @property
    def columns(self) -> tuple[str, ...]:
        return _holes(self.pattern) or (self.pattern,)

    @property
    def is_template(self) -> bool:
        return bool(_holes(self.pattern))

    def of(self, cells: Dictionary[str, Cell]) -> Cell:
        """The cell itself, or the filled template: blank when all holes are; separators of blank holes vanish."""
        if not self.is_template:
            return cells.get(self.pattern)
        parts = [plain(cells.get(name)) for name in self.columns]
        if not any(parts):
            return None
        filled = HOLE.sub(lambda hole: plain(cells.get(hole[1])), self.pattern)
        return re.sub(r"\s{2,}", " ", filled).strip(" /|·,;-\u3000")


@dataclass(frozen=True, slots=True)
class Moment:
    activity: str
    is_first: bool = False


@dataclass(frozen=True, slots=True)
class EventPlan:
    """How rows of a log become events."""

    at: Pick
    activity: Pick
    person: Pick | None = None
    text: Pick | None = None
    facts: Dictionary[str, Pick] = field(default_factory=dict)
    first: frozenset[str] = frozenset()
    moments: Dictionary[str, Moment] = field(default_factory=dict)

    def picks(self) -> list[Pick]:
        return [pick for pick in (self.at, self.activity, self.person, self.text, *self.facts.values()) if pick]


@dataclass(frozen=True, slots=True)
class Mapping:
    name: str = "file"
    key: Pick | None = None
    encoding: str = ""
    sheet: str = ""
    delimiter: str = ""
    header_rows: tuple[int, ...] = ()
    order: str = "YMD"
    zone: str = "Asia/Shanghai"
    comma: str = "."
    blanks: frozenset[str] = frozenset()
    columns: Dictionary[str, Pick] = field(default_factory=dict)
    values: Dictionary[str, Dictionary[str, Any]] = field(default_factory=dict)
    constants: Dictionary[str, Any] = field(default_factory=dict)
    events: EventPlan | None = None

    def translated(self, name: str, cell: Cell) -> Cell:
        """Blank words become nothing, their words become ours."""
        if not self.blanks and name not in self.values:
            return cell
        text = folded(cell)
        if text in self.blanks:
            cell, text = None, ""
        table = self.values.get(name)
        if table is None:
            return cell
        found: Cell = table.get(text, table.get("*", cell) if text else cell)
        return found

    def names(self) -> set[str]:
        """All fields of ours that the mapping speaks of."""
        found = {*self.columns, *self.values, *self.constants}
        return found | ({*self.events.first, *self.events.moments} if self.events else set())

    def their_columns(self) -> set[str]:
        picks = [
            *self.columns.values(),
            *([self.key] if self.key else []),
            *(self.events.picks() if self.events else []),
        ]
        return {column for pick in picks for column in pick.columns}


def read(path: Path) -> Mapping:
    """Raises MappingError: not there, not TOML, or something in it that nobody would heed."""
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError as error:
        raise MappingError(_("There is no mapping file %(path)s.") % {"path": path}) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as error:
        raise MappingError(
            _("The mapping file %(path)s cannot be read: %(why)s") % {"path": path, "why": error}
        ) from error
    return parse(data)


def parse(data: Dictionary[str, Any]) -> Mapping:
    _only(data, SECTIONS, "")
    source = _table(data, "source")
    _only(source, SOURCE_KEYS, "source")
    order = str(source.get("date_format", "YMD")).upper()
    zone = str(source.get("time_zone", "Asia/Shanghai"))
    if order not in ("YMD", "MDY", "DMY"):
        raise MappingError(_("date_format must be “YMD”, “MDY” or “DMY”."))
    try:
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise MappingError(_("There is no time zone “%(name)s”.") % {"name": zone}) from error
    rows = source.get("header_row", ())
    return Mapping(
        name=str(source.get("name", "file"))[:40].replace(":", "-"),
        key=_pick(source["key"], "source.key") if "key" in source else None,
        encoding=str(source.get("encoding", "")),
        sheet=str(source.get("sheet", "")),
        delimiter=str(source.get("delimiter", ""))[:1],
        header_rows=tuple(rows) if isinstance(rows, list) else (int(rows),) if rows else (),
        order=order,
        zone=zone,
        comma="," if source.get("decimal") == "," else ".",
        blanks=frozenset(folded(word) for word in source.get("blanks", ())),
        columns={name: _pick(value, f"columns.{name}") for name, value in _table(data, "columns").items()},
        values={name: _words(words, name) for name, words in _table(data, "values").items()},
        constants=dict(_table(data, "constants")),
        events=_events(_table(data, "events")) if "events" in data else None,
    )


def _words(words: Any, name: str) -> dict[str, Any]:
    if not isinstance(words, dict):
        raise MappingError(_("[values.%(name)s] must be a table: their word = our value.") % {"name": name})
    return {their if their == "*" else folded(their): ours for their, ours in words.items()}


def _events(table: Dictionary[str, Any]) -> EventPlan:
    _only(table, EVENT_KEYS, "events")
    if "at" not in table or "activity" not in table:
        raise MappingError(_("[events] needs “at” and “activity”: the columns with the time and with what happened."))
    optional = {name: _pick(table[name], f"events.{name}") for name in ("person", "text") if name in table}
    return EventPlan(
        at=_pick(table["at"], "events.at"),
        activity=_pick(table["activity"], "events.activity"),
        facts={label: _pick(value, f"events.facts.{label}") for label, value in _table(table, "facts").items()},
        first=frozenset(table.get("first", ())),
        moments={name: _moment(value, name) for name, value in _table(table, "moments").items()},
        **optional,
    )


def _moment(value: Any, name: str) -> Moment:
    if isinstance(value, str):
        return Moment(folded(value))
    if isinstance(value, dict) and isinstance(value.get("activity"), str) and value.get("pick") in ("first", "last"):
        return Moment(folded(value["activity"]), value["pick"] == "first")
    raise MappingError(
        _('[events.moments] %(name)s must be an activity, or { activity = …, pick = "first" or "last" }.')
        % {"name": name}
    )


def _pick(value: Any, place: str) -> Pick:
    if not isinstance(value, str) or not value.strip():
        raise MappingError(
            _("%(place)s must be the name of a column, or a template like “{a} {b}”.") % {"place": place}
        )
    return Pick(value)


def _table(data: Dictionary[str, Any], name: str) -> Dictionary[str, Any]:
    found = data.get(name, {})
    if not isinstance(found, dict):
        raise MappingError(_("[%(name)s] must be a table.") % {"name": name})
    return found


def _only(table: Dictionary[str, Any], allowed: set[str], place: str) -> None:
    unknown = sorted(set(table) - allowed)
    if unknown:
        raise MappingError(
            _("The mapping file knows no “%(name)s” in [%(place)s]. Possible are: %(allowed)s.")
            % {"name": unknown[0], "place": place, "allowed": ", ".join(sorted(allowed))}
        )
