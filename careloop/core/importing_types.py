"""What an import is made of: fields, records on their way, refusals. Public through `core.importing`."""

import datetime as dt
import hashlib
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import override

from careloop.core.cells import Cell
from careloop.core.tabular import Row, header_key

FieldKind = Literal["text", "whole", "number", "date", "moment", "yes_no", "choice"]
LONGEST_KEY = 200
LANGUAGES = ("zh-hans", "zh-hant", "en")


@dataclass(frozen=True, slots=True)
class Field:
    """One field that a file may fill.

    `aliases`: names under which columns are known, in any language, besides `name` and `label`. `choices`: our value →
    other words for it. `longest`: characters of a text. `convert(cell) → value` replaces the reading by `kind`; it
    raises `cells.BadValue(reason, remedy)`, ValidationError or DomainError.
    """

    name: str
    label: str | Promise
    kind: FieldKind = "text"
    aliases: tuple[str, ...] = ()
    is_required: bool = False
    choices: Mapping[str, Collection[str]] = field(default_factory=dict)
    longest: int = 0
    convert: Callable[[Cell], Any] | None = None

    def known_as(self) -> set[str]:
        """Under which names a column is this field."""
        found = {header_key(name) for name in (self.name, self.name.replace("_", " "), *self.aliases)}
        for language in LANGUAGES:
            with override(language):
                found.add(header_key(str(self.label)))
        return found


@dataclass(frozen=True, slots=True)
class PastEvent:
    """One row of an event log, in the words of the other system.

    `facts` is what the row tells besides (label → text), `changes` what is different from the event before:
    `{"label", "before", "after"}`, as the timeline shows them.
    """

    at: dt.datetime
    activity: str
    person: str = ""
    text: str = ""
    facts: Mapping[str, str] = field(default_factory=dict)
    changes: Sequence[Mapping[str, str]] = ()
    line: int = 0


class Incoming(NamedTuple):
    """A record of the file, converted.

    `values` holds only fields that the file or the mapping has; None is a blank cell. `object_id`: the record that an
    earlier run made from the same key. `source_key`: `source:key`, for importers that keep it on their record.
    """

    line: int
    key: str
    values: Mapping[str, Any]
    events: tuple[PastEvent, ...] = ()
    object_id: int | None = None
    source_key: str = ""


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a row was not taken: line of the file, their column (or none), reason and what to do."""

    line: int
    column: str
    reason: str
    remedy: str

    def __str__(self) -> str:
        where = _("line %(line)d") % {"line": self.line}
        if self.column:
            where = _("%(where)s, column “%(column)s”") % {"where": where, "column": self.column}
        return f"{where}: {self.why()}"

    def why(self) -> str:
        return f"{self.reason} {self.remedy}".strip()


class Item(NamedTuple):
    """A converted record with the rows it came from."""

    line: int
    key: str
    digest: str
    values: Mapping[str, Any]
    events: tuple[PastEvent, ...]
    rows: tuple[Row, ...]

    def incoming(self, source: str, object_id: int | None) -> Incoming:
        return Incoming(self.line, self.key, self.values, self.events, object_id, f"{source}:{self.key}")


def stored_key(key: str) -> str:
    return key if len(key) <= LONGEST_KEY else "sha256:" + hashlib.sha256(key.encode()).hexdigest()


def digest_of(values: Mapping[str, Any], events: Sequence[PastEvent]) -> str:
    """A short mark of all that a record says; equal marks mean that nothing changed."""
    said = [f"{name}\x1e{value}" for name, value in sorted(values.items()) if value is not None]
    said += [f"\x1d{e.at}\x1e{e.activity}\x1e{e.person}\x1e{e.text}\x1e{sorted(e.facts.items())}" for e in events]
    return hashlib.sha256("\x1f".join(said).encode(errors="surrogatepass")).hexdigest()[:32]
