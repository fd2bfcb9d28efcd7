"""Input files of the command line: CSV (UTF-8 or GB18030) or Parquet, columns by role."""

from __future__ import annotations

import csv
import gc
import io
import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

from careloop.measures.errors import MeasureError, Message

Floats = npt.NDArray[np.float64]
T = TypeVar("T")

BLANKS = frozenset({"", "na", "n/a", "nan", "null", "none", "?", "不适用", "无"})
YES = frozenset({"1", "1.0", "yes", "y", "true", "t", "是", "有"})
NO = frozenset({"0", "0.0", "no", "n", "false", "f", "否", "无"})
MOMENT = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?(?:[ T]+(\d{1,2}):(\d{2})(?::(\d{2})(?:\.\d+)?)?)?$")
LARGEST_NUMBER = 1e15  # whole numbers beyond it are not exact, and squares and products stay finite
LARGEST_FIELD = 10_000_000


@dataclass
class Table:
    """Rows as text, with the file and line each came from, and what was rejected on the way."""

    names: list[str]
    cells: dict[str, list[str]]
    origin: list[tuple[str, int]]
    roles: dict[str, str] = field(default_factory=dict)
    read: int = 0
    rejected: Counter[str] = field(default_factory=Counter)
    files: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.origin)

    def column_name(self, role: str) -> str:
        """Name of the column that plays a role."""
        return self.roles.get(role, role)

    def has(self, role: str) -> bool:
        """True when the file has the column of that role."""
        return self.column_name(role) in self.cells

    def texts(self, role: str) -> list[str]:
        """Cells of a column.

        Raises:
            MeasureError: no such column; the message lists the columns there are.
        """
        name = self.column_name(role)
        if name not in self.cells:
            raise MeasureError(
                "{file}: column “{name}” is missing; columns are {columns}. Name another one with --column {role}=NAME",
                file=", ".join(self.files),
                name=name,
                columns=", ".join(self.names[:40]),
                role=role,
            )
        return self.cells[name]

    def numbers(
        self, role: str, *, minimum: float | None = None, maximum: float | None = None, whole: bool = False
    ) -> Floats:
        """Column as numbers, NaN for a blank cell.

        Raises:
            MeasureError: text, infinity, or a number outside the limits, with file, line and column.
        """
        cells = self.texts(role)
        try:
            values = np.array(cells, dtype=np.float64)
        except ValueError:
            values = self._slow_numbers(role, cells)
        wrong = np.abs(values) > LARGEST_NUMBER
        for test, limit in ((np.less, minimum), (np.greater, maximum)):
            if limit is not None:
                wrong |= test(values, limit)
        if whole:
            wrong |= ~np.isnan(values) & (values % 1 != 0)
        if wrong.any():
            place = int(wrong.argmax())
            if not np.abs(values[place]) <= LARGEST_NUMBER:
                minimum, maximum = (-LARGEST_NUMBER if minimum is None else minimum), LARGEST_NUMBER
            kind = "a whole number" if whole else "a number"
            raise self._wrong(role, place, _range_text(kind, minimum, maximum))
        return values

    def _slow_numbers(self, role: str, cells: Sequence[str]) -> Floats:
        values = np.full(len(cells), np.nan)
        for place, cell in enumerate(cells):
            text = cell.strip()
            if text.lower() not in BLANKS:
                try:
                    values[place] = float(text)
                except ValueError:
                    raise self._wrong(role, place, "a number") from None
        return values

    def _wrong(self, role: str, place: int, wanted: str | Message) -> MeasureError:
        file, line = self.origin[place]
        return MeasureError(
            "{file}, line {line}, column {column}: “{text}” is not {wanted}; correct it or leave it blank",
            file=file,
            line=line,
            column=self.column_name(role),
            text=self.texts(role)[place][:60],
            wanted=wanted,
        )

    def parsed(self, role: str, parse: Callable[[str], T | None], wanted: str) -> list[T | None]:
        """Column through a parser (None = blank); what it cannot read is an error with its line."""
        found: list[T | None] = []
        for place, cell in enumerate(self.texts(role)):
            text = cell.strip()
            value = None if text.lower() in BLANKS else parse(text)
            if value is None and text.lower() not in BLANKS:
                raise self._wrong(role, place, wanted)
            found.append(value)
        return found

    def dates(self, role: str) -> list[date | None]:
        """Column as dates (2026-03-06, 2026/3/6, 2026年3月6日; a time of day is dropped)."""
        known: dict[str, date | None] = {}

        def parse(text: str) -> date | None:
            if text not in known:
                moment = parse_moment(text)
                known[text] = moment.date() if moment else None
            return known[text]

        return self.parsed(role, parse, "a date (write 2026-03-06)")

    def moments(self, role: str) -> list[datetime | None]:
        """Column as local times without zone (2026-03-06T16:30)."""
        return self.parsed(role, parse_moment, "a local time (write 2026-03-06T16:30, no zone)")

    def flags(self, role: str) -> Floats:
        """Column as 1/0 (1, yes, true, 是 … / 0, no, false, 否), NaN for a blank."""
        cells = self.texts(role)
        values = np.full(len(cells), np.nan)
        for place, cell in enumerate(cells):
            text = cell.strip().lower()
            if text in YES:
                values[place] = 1.0
            elif text in NO:
                values[place] = 0.0
            elif text not in BLANKS:
                raise self._wrong(role, place, "yes or no (1 or 0)")
        return values

    def select(self, kept: npt.ArrayLike, reason: str | None = None) -> Table:
        """Rows with True; the others are counted as rejected for the reason given."""
        chosen = np.flatnonzero(kept).tolist()
        cells, origin = self.cells, self.origin
        if len(chosen) < len(self):
            cells = {name: [column[i] for i in chosen] for name, column in cells.items()}
            origin = [origin[i] for i in chosen]
        table = Table(self.names, cells, origin, self.roles, self.read, self.rejected, self.files)
        if reason is not None and len(chosen) < len(self):
            self.rejected[reason] += len(self) - len(chosen)
        return table

    def groups(self, name: str) -> dict[str, Table]:
        """Sub-tables by the values of a column, in sorted order."""
        if name not in self.cells:
            raise MeasureError(
                "{file}: column “{name}” for --by is missing; columns are {columns}",
                file=", ".join(self.files),
                name=name,
                columns=", ".join(self.names[:40]),
            )
        column = np.array([cell.strip() for cell in self.cells[name]], dtype=object)
        found = {}
        for value in sorted(set(column)):
            part = self.select(column == value)
            part.rejected, part.read = Counter(), len(part)
            found[str(value)] = part
        return found


def _range_text(kind: str, minimum: float | None, maximum: float | None) -> Message:
    limits = {"kind": Message(kind), "minimum": minimum, "maximum": maximum}
    if minimum is not None and maximum is not None:
        return Message("{kind} from {minimum} to {maximum}", limits)
    if minimum is not None:
        return Message("{kind} of at least {minimum}", limits)
    return Message(kind) if maximum is None else Message("{kind} of at most {maximum}", limits)


def parse_moment(text: str) -> datetime | None:
    """A local time in one of the usual forms, or None."""
    if text.isdigit() and len(text) == 8:
        text = f"{text[:4]}-{text[4:6]}-{text[6:]}"
    match = MOMENT.match(text.strip())
    if match is None:
        return None
    year, month, day, hour, minute, second = (int(part or 0) for part in match.groups())
    try:
        return datetime.fromisoformat(f"{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}")
    except ValueError:
        return None


def parse_day(text: str) -> date:
    """A date given as an option.

    Raises:
        MeasureError: not a date.
    """
    moment = parse_moment(text)
    if moment is None:
        raise MeasureError("“{text}” is not a date; write 2026-03-06", text=text)
    return moment.date()


def read_tables(paths: Sequence[str], roles: Mapping[str, str]) -> Table:
    """Read one or more files with the same columns into one table.

    Raises:
        MeasureError: a file that cannot be read, is empty, has a broken row, or other columns.
    """
    parts = [_read(Path(path)) for path in paths]
    first = parts[0]
    for part in parts[1:]:
        if set(part.names) != set(first.names):
            raise MeasureError("{file} has other columns than {first}", file=part.files[0], first=first.files[0])
        for name in first.names:
            first.cells[name].extend(part.cells[name])
        first.origin.extend(part.origin)
    first.files = tuple(Path(path).name for path in paths)
    first.roles = dict(roles)
    first.read = len(first)
    if not first.read:
        raise MeasureError("{file} has a header but no rows", file=", ".join(first.files))
    return first


def _read(path: Path) -> Table:
    try:
        if path.suffix.lower() in (".parquet", ".pq"):
            return _read_parquet(path)
        return _read_csv(path)
    except FileNotFoundError:
        raise MeasureError("{file} does not exist", file=path) from None
    except IsADirectoryError:
        raise MeasureError("{file} is a folder, not a file", file=path) from None
    except OSError as error:
        raise MeasureError("{file} cannot be read: {error}", file=path, error=error.strerror) from None


def _decode(raw: bytes, path: Path) -> str:
    if b"\0" in raw:
        raise MeasureError("{file} is not a text table; save it as CSV (UTF-8) or Parquet", file=path.name)
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise MeasureError("{file} is neither UTF-8 nor GB18030; save it as UTF-8", file=path.name)


def _read_csv(path: Path) -> Table:
    text = _decode(path.read_bytes(), path)
    header_line = text.split("\n", 1)[0]
    delimiter = max((",", "\t", ";"), key=header_line.count)
    csv.field_size_limit(LARGEST_FIELD)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    collecting = gc.isenabled()
    gc.disable()  # a million small lists would be walked over and over
    try:
        header = [name.strip() for name in next(reader, [])]
        _check_header(header, path)
        rows, lines = _rows(reader, len(header), path)
        columns = [list(column) for column in zip(*rows, strict=True)] if rows else [[] for _ in header]
    except csv.Error as error:
        raise MeasureError("{file}, line {line}: {error}", file=path.name, line=reader.line_num, error=error) from None
    finally:
        if collecting:
            gc.enable()
    name = path.name
    origin = [(name, line) for line in lines]
    return Table(header, dict(zip(header, columns, strict=True)), origin, files=(name,))


def _rows(reader: Any, width: int, path: Path) -> tuple[list[list[str]], list[int]]:
    """Rows that are not blank, with the line each starts on."""
    rows: list[list[str]] = []
    lines: list[int] = []
    start = reader.line_num + 1
    for row in reader:
        if len(row) == width and row[0].strip():  # the usual row, tested cheaply
            rows.append(row)
            lines.append(start)
        elif any(cell.strip() for cell in row):
            if len(row) != width:
                raise MeasureError(
                    "{file}, line {line}: {found} cells, but the header has {wanted}; put text with commas in quotes",
                    file=path.name,
                    line=start,
                    found=len(row),
                    wanted=width,
                )
            rows.append(row)
            lines.append(start)
        start = reader.line_num + 1
    return rows, lines


def _check_header(header: Sequence[str], path: Path) -> None:
    if not any(header):
        raise MeasureError("{file} is empty; the first line must name the columns", file=path.name)
    twice = [name for name, count in Counter(header).items() if count > 1]
    if twice:
        raise MeasureError("{file} has two columns named “{name}”; rename one", file=path.name, name=twice[0])


def _read_parquet(path: Path) -> Table:
    try:
        import pyarrow.parquet as parquet  # optional: extra "analytics"
    except ImportError:
        raise MeasureError(
            "reading {file} needs pyarrow; install it with pip install 'careloop[analytics]', or save as CSV",
            file=path.name,
        ) from None
    try:
        data: Any = parquet.read_table(path)
    except (ValueError, TypeError) as error:  # pyarrow's own errors derive from ValueError
        raise MeasureError("{file} is not a readable Parquet file", file=path.name) from error
    names = [str(name) for name in data.column_names]
    _check_header(names, path)
    cells = {
        name: ["" if value is None else str(value) for value in data.column(place).to_pylist()]
        for place, name in enumerate(names)
    }
    return Table(names, cells, [(path.name, row + 1) for row in range(data.num_rows)], files=(path.name,))
