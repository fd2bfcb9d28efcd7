"""From the rows of a file to records: columns found, cells converted, events of a log gathered."""

import datetime as dt
import pickle
import sqlite3
from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Any, Self

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from careloop.core import cells, tabular
from careloop.core.cells import BadValue, Cell
from careloop.core.errors import DomainError
from careloop.core.importing_lists import Rejects
from careloop.core.importing_types import Field, Item, PastEvent, Problem, digest_of
from careloop.core.mapping import Mapping as MappingFile
from careloop.core.mapping import MappingError, Pick
from careloop.core.tabular import Row, TableError, header_key


class Columns:
    """Which column of the file fills which field."""

    def __init__(self, names: Sequence[str], fields: Sequence[Field], key: Sequence[str], mapping: MappingFile):
        self.mapping = mapping
        self.fields = {one.name: one for one in fields}
        self.key = tuple(key)
        self.words = {one.name: _words(one) for one in fields if one.kind == "choice"}
        self.names = _unique(names)
        self.picks = self._mapped() if mapping.columns else self._recognised()
        self.constants = {name: self._constant(name, value) for name, value in mapping.constants.items()}
        self._plan = [(self.fields[name], pick, self._column(name, pick)) for name, pick in self.picks.items()]
        self._require()
        used = {column for pick in self.picks.values() for column in pick.columns} | mapping.their_columns()
        self.ignored = tuple(name for name in self.names if name and name not in used)

    def _mapped(self) -> dict[str, Pick]:
        unknown = sorted(self.mapping.names() - set(self.fields))
        if unknown:
            raise MappingError(
                _("There is no field “%(name)s” here. Possible are: %(fields)s.")
                % {"name": unknown[0], "fields": ", ".join(self.fields)}
            )
        missing = sorted(self.mapping.their_columns() - set(self.names))
        if missing:
            raise MappingError(
                _("The file has no column “%(name)s”. It has: %(columns)s.")
                % {"name": missing[0], "columns": ", ".join(self.names)}
            )
        return dict(self.mapping.columns)

    def _recognised(self) -> dict[str, Pick]:
        places = {header_key(name): name for name in reversed(self.names) if name}
        picks: dict[str, Pick] = {}
        for one in self.fields.values():
            found = next((places[key] for key in one.known_as() if key in places), None)
            if found is not None:
                picks[one.name] = Pick(found)
        return picks

    def _require(self) -> None:
        moments = self.mapping.events.moments if self.mapping.events else {}
        missing = [
            one
            for one in self.fields.values()
            if one.is_required and one.name not in {*self.picks, *self.constants, *moments}
        ]
        if missing:
            raise MappingError(
                _("The file lacks the column “%(label)s” (%(name)s). It has: %(columns)s.")
                % {"label": missing[0].label, "name": missing[0].name, "columns": ", ".join(n for n in self.names if n)}
            )

    def _constant(self, name: str, value: Any) -> Any:
        if name not in self.fields:
            raise MappingError(_("There is no field “%(name)s” here.") % {"name": name})
        try:
            return self.value(self.fields[name], value)
        except (BadValue, ValidationError, DomainError) as error:
            why = error.reason if isinstance(error, BadValue) else str(error)
            raise MappingError(f"[constants] {name}: {why}") from error

    def _column(self, name: str, pick: Pick) -> str | None:
        """The column that is taken as it stands: neither template nor translation."""
        is_plain = not pick.is_template and not self.mapping.blanks and name not in self.mapping.values
        return pick.pattern if is_plain else None

    def named(self, row: Row) -> dict[str, Cell]:
        return dict(zip(self.names, row.cells, strict=False))

    def fault(self, row: Row) -> str:
        if row.fault:
            return row.fault
        if len(row.cells) > len(self.names) and any(cell is not None for cell in row.cells[len(self.names) :]):
            return _("The row has %(count)d cells, the header %(width)d; is there a separator inside a text?") % {
                "count": len(row.cells), "width": len(self.names),
            }  # fmt: skip
        return ""

    def key_of(self, named: Mapping[str, Cell], values: Mapping[str, Any]) -> str:
        if self.mapping.key is not None:
            return cells.plain(self.mapping.key.of(named))
        parts = [cells.folded(str(values[name])) if values.get(name) is not None else "" for name in self.key]
        return " | ".join(parts) if any(parts) else ""

    def values(
        self, row: Row, named: Mapping[str, Cell], only: Collection[str] | None = None
    ) -> tuple[dict[str, Any], list[Problem]]:
        """The fields of a row, and all that is wrong with it."""
        found: dict[str, Any] = {}
        problems: list[Problem] = []
        for one, pick, column in self._plan:
            name = one.name
            if only is not None and name not in only:
                continue
            try:
                cell = named.get(column) if column else self.mapping.translated(name, pick.of(named))
                found[name] = self.value(one, cell)
            except BadValue as error:
                problems.append(Problem(row.line, pick.pattern, error.reason, error.remedy))
            except ValidationError as error:
                problems.append(Problem(row.line, pick.pattern, " ".join(error.messages), ""))
            except DomainError as error:
                problems.append(Problem(row.line, pick.pattern, str(error.message), ""))
        return found, problems

    def value(self, one: Field, cell: Cell) -> Any:
        if cell is None or cell == "":
            if one.is_required:
                raise BadValue(_("“%(label)s” is missing.") % {"label": one.label}, _("Fill in the cell."))
            return None
        if one.convert is not None:
            return one.convert(cell)
        match one.kind:
            case "text":
                return _text(one, cell)
            case "whole":
                return cells.whole(cell, comma=self.mapping.comma)
            case "number":
                return cells.number(cell, comma=self.mapping.comma)
            case "date":
                return cells.date(cell, order=self.mapping.order)
            case "moment":
                return cells.moment(cell, order=self.mapping.order, zone=self.mapping.zone)
            case "yes_no":
                return cells.yes_no(cell)
            case "choice":
                return self._choice(one, cell)

    def _choice(self, one: Field, cell: Cell) -> str:
        ours = self.words[one.name].get(cells.folded(cell))
        if ours is not None:
            return ours
        known = ", ".join(f"{ours} ({'/'.join(others)})" if others else ours for ours, others in one.choices.items())
        raise BadValue(
            _("“%(text)s” is not known here.") % {"text": cells.plain(cell)[:40]},
            _("Possible are: %(known)s. Other words go into [values.%(name)s] of the mapping file.")
            % {"known": known[:300], "name": one.name},
        )

    def column_of(self, name: str) -> str:
        return (
            self.picks[name].pattern
            if name in self.picks
            else str(self.fields[name].label)
            if name in self.fields
            else ""
        )


def _unique(names: Sequence[str]) -> list[str]:
    """A name that comes twice gets a number, so that no column is lost."""
    found: list[str] = []
    for name in names:
        again = name
        number = 2
        while again and again in found:
            again, number = f"{name} ({number})", number + 1
        found.append(again)
    return found


def _words(one: Field) -> dict[str, str]:
    """Every word for a choice → ours; an earlier choice wins."""
    found: dict[str, str] = {}
    for ours, others in one.choices.items():
        for word in (ours.casefold(), *map(cells.folded, others)):
            found.setdefault(word, ours)
    return found


def _text(one: Field, cell: Cell) -> str:
    text = cells.plain(cell)
    if one.longest and len(text) > one.longest:
        raise BadValue(
            _("The text has %(count)d characters, at most %(limit)d fit.") % {"count": len(text), "limit": one.longest},
            _("Shorten it."),
        )
    return text


class Reading:
    """A file on its way to records. Use it as a context manager."""

    def __init__(self, path: Path, fields: Sequence[Field], key: Sequence[str], mapping: MappingFile):
        self.mapping = mapping
        self.table = tabular.open_table(
            path, encoding=mapping.encoding, sheet=mapping.sheet, delimiter=mapping.delimiter
        )
        first = self._first_rows()
        their = {header_key(name) for name in mapping.their_columns()} if mapping.columns else set()
        known = their or {key for one in fields for key in one.known_as()}
        wanted = sorted(mapping.their_columns()) if their else [str(one.label) for one in fields]
        self.header = tabular.find_header(
            first, lambda name: header_key(name) in known, wanted=wanted, rows=mapping.header_rows
        )
        self.columns = Columns(self.header.names, fields, key, mapping)
        self.read = 0
        self._spool: sqlite3.Connection | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        if self._spool is not None:
            self._spool.close()

    def _first_rows(self) -> list[Row]:
        found: list[Row] = []
        try:
            for row in islice(self.table.rows(), tabular.HEADER_DEPTH):
                found.append(row)
        except TableError as error:
            if not error.line or not found:  # told when the reading comes there
                raise
        return found

    def items(self, rejects: Rejects) -> Iterator[Item]:
        """Records that can be taken; the others go to `rejects`. Each record counts as read once."""
        if self.mapping.events is not None:
            yield from self._records(rejects)
            return
        for row in self._rows(rejects):
            self.read += 1
            item = self._item(row, rejects)
            if item is not None:
                yield item

    def _rows(self, rejects: Rejects) -> Iterator[Row]:
        """Data rows. A file that cannot be read to its end ends there, with an entry in the list."""
        try:
            yield from islice(self.table.rows(), self.header.depth, None)
        except TableError as error:
            if not error.line:
                raise
            self.read += 1
            rejects.add(
                [], [Problem(error.line, "", str(error.message), _("Correct the line and import the file again."))]
            )

    def _item(self, row: Row, rejects: Rejects) -> Item | None:
        fault = self.columns.fault(row)
        if fault:
            rejects.add([row], [Problem(row.line, "", fault, _("Correct the row in the file."))])
            return None
        named = self.columns.named(row)
        values, problems = self.columns.values(row, named)
        if problems:
            rejects.add([row], problems)
            return None
        values |= self.columns.constants
        digest = digest_of(values, ())
        return Item(row.line, self.columns.key_of(named, values) or f"#{digest}", digest, values, (), (row,))

    # --- event logs

    def _records(self, rejects: Rejects) -> Iterator[Item]:
        """Rows of a log, put in order on disk, one record after the other in the order of their first rows."""
        self._fill(rejects)
        if self._spool is None:
            return
        found = self._spool.execute(
            "SELECT r.key, r.row FROM log r JOIN first f ON f.key = r.key ORDER BY f.seq, r.at, r.seq"
        )
        record: list[Row] = []
        key = None
        for next_key, packed in found:
            if record and next_key != key:
                yield from self._record(str(key), record, rejects)
                record = []
            key = next_key
            record.append(pickle.loads(packed))
        if record:
            yield from self._record(str(key), record, rejects)

    def _fill(self, rejects: Rejects) -> None:
        plan = self.mapping.events
        if plan is None:
            raise AssertionError
        spool = self._spool = sqlite3.connect("")
        spool.execute("CREATE TABLE log (key TEXT, at TEXT, seq INTEGER, row BLOB)")
        spool.execute("CREATE TABLE first (key TEXT PRIMARY KEY, seq INTEGER) WITHOUT ROWID")
        for seq, row in enumerate(self._rows(rejects)):
            named = self.columns.named(row)
            key = self.columns.key_of(named, self._key_values(row, named))
            if not key:
                self.read += 1
                rejects.add([row], [Problem(row.line, "", _("The row does not say which record it belongs to."), "")])
                continue
            spool.execute("INSERT OR IGNORE INTO first VALUES (?, ?)", [key, seq])
            spool.execute("INSERT INTO log VALUES (?, ?, ?, ?)", [key, self._order(named), seq, pickle.dumps(row)])

    def _key_values(self, row: Row, named: Mapping[str, Cell]) -> dict[str, Any]:
        return {} if self.mapping.key is not None else self.columns.values(row, named, self.columns.key)[0]

    def _moment(self, named: Mapping[str, Cell]) -> dt.datetime:
        plan = self.mapping.events
        if plan is None:
            raise AssertionError
        cell = self.mapping.translated("", plan.at.of(named))
        return cells.moment(cell, order=self.mapping.order, zone=self.mapping.zone)

    def _order(self, named: Mapping[str, Cell]) -> str:
        try:
            return self._moment(named).astimezone(dt.UTC).isoformat()
        except BadValue:
            return ""  # told later, with the record

    def _record(self, key: str, rows: list[Row], rejects: Rejects) -> Iterator[Item]:
        self.read += 1
        problems: list[Problem] = []
        past: list[tuple[Row, dict[str, Cell], dt.datetime]] = []
        for row in rows:
            named = self.columns.named(row)
            if fault := self.columns.fault(row):
                problems.append(Problem(row.line, "", fault, _("Correct the row in the file.")))
                continue
            try:
                past.append((row, named, self._moment(named)))
            except BadValue as error:
                at = self.mapping.events.at.pattern if self.mapping.events else ""
                problems.append(Problem(row.line, at, error.reason, error.remedy))
        values = self._record_values(past, problems) if not problems else {}
        if problems:
            rejects.add(rows, problems)
            return
        events = tuple(self._events(past))
        yield Item(past[0][0].line, key, digest_of(values, events), values, events, tuple(rows))

    def _record_values(
        self, past: list[tuple[Row, dict[str, Cell], dt.datetime]], problems: list[Problem]
    ) -> dict[str, Any]:
        plan = self.mapping.events
        if plan is None:
            raise AssertionError
        values: dict[str, Any] = {}
        for place, only in ((0, plan.first), (-1, set(self.columns.picks) - plan.first)):
            found, wrong = self.columns.values(past[place][0], past[place][1], only)
            values.update(found)
            problems.extend(wrong)
        for name, moment in plan.moments.items():
            times = [at for _row, named, at in past if cells.folded(plan.activity.of(named)) == moment.activity]
            values[name] = (times[0] if moment.is_first else times[-1]) if times else None
        return {**values, **self.columns.constants}

    def _events(self, past: list[tuple[Row, dict[str, Cell], dt.datetime]]) -> Iterator[PastEvent]:
        """Rows of one record as events, with what changed between neighbours."""
        plan = self.mapping.events
        if plan is None:
            return
        before: dict[str, str] = {}
        for row, named, at in past:

            def text(pick: Pick | None, named: Mapping[str, Cell] = named) -> str:
                return cells.plain(self.mapping.translated("", pick.of(named))) if pick else ""

            facts = {label: text(pick) for label, pick in plan.facts.items()}
            changes = [
                {"label": label, "before": before[label], "after": now}
                for label, now in facts.items()
                if label in before and before[label] != now
            ]
            shown = {label: now for label, now in facts.items() if now}
            yield PastEvent(at, text(plan.activity), text(plan.person), text(plan.text), shown, changes, row.line)
            before = facts
