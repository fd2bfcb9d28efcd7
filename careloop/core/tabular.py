"""Tables in files: read row by row with line numbers, written without a surprise for the spreadsheet.

CSV is read in constant memory, whatever its size; workbooks by calamine. What cannot be read is told with its line.
"""

import codecs
import csv
import datetime as dt
import io
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

import python_calamine
import xlsxwriter
from django.utils import timezone
from django.utils.translation import gettext as _

from careloop.core.cells import Cell, folded, guarded, plain, unguarded
from careloop.core.errors import DomainError

LONGEST_CELL = 100_000  # characters; no field of ours takes more
LONGEST_RECORD = 48 * 1024 * 1024  # characters; beyond it a quotation mark was never closed
MOST_COLUMNS = 1_000
SHEET_ROWS = 1_048_575  # of an XLSX sheet, without the header
HEADER_DEPTH = 25  # rows in which the header is looked for
PIECE = 1 << 20
MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
WORKBOOKS = (".xlsx", ".xlsm", ".xls", ".ods", ".xlsb")

csv.field_size_limit(sys.maxsize)  # the limit is ours, with a reason and a line


class TableError(DomainError):
    """The file as a whole cannot be read, or not from a certain line on (`line`)."""

    code = "unreadable-file"

    def __init__(self, message: str, *, line: int = 0):
        super().__init__(message)
        self.line = line


class Row(NamedTuple):
    """One row: its first line in the file (from 1), its cells, and why it cannot be used (empty: it can)."""

    line: int
    cells: tuple[Cell, ...]
    fault: str = ""


@dataclass(frozen=True, slots=True)
class Header:
    """Names of the columns, one per place, and how many of the file's first rows are above the data."""

    names: tuple[str, ...]
    depth: int


class Table:
    """An opened file. `rows` may be asked for several times; each time reading starts again."""

    def __init__(self, rows: Callable[[], Iterator[Row]], *, sheet: str = "", encoding: str = "", delimiter: str = ""):
        self.rows = rows
        self.sheet = sheet
        self.encoding = encoding
        self.delimiter = delimiter


def open_table(path: Path, *, encoding: str = "", sheet: str = "", delimiter: str = "") -> Table:
    """Open CSV or a workbook by its ending.

    Args:
        encoding: empty: told from the content (UTF-8, UTF-16, GB18030).
        sheet: name of the sheet; empty: the first one that is visible and not empty.

    Raises:
        TableError: no such file, not readable, empty, wrong encoding, no such sheet.
    """
    if not path.is_file():
        raise TableError(_("There is no file %(path)s.") % {"path": path})
    if path.stat().st_size == 0:
        raise TableError(_("The file %(path)s is empty.") % {"path": path.name})
    if path.suffix.lower() in WORKBOOKS:
        return _workbook(path, sheet)
    with path.open("rb") as file:
        if file.read(4) == b"PK\x03\x04":
            return _workbook(path, sheet)
    found = encoding or detect_encoding(path)
    separator = delimiter or _sniff(path, found)
    return Table(lambda: _csv_rows(path, found, separator), encoding=found, delimiter=separator)


# --- CSV ----------------------------------------------------------------------------------------------------------


def detect_encoding(path: Path) -> str:
    """UTF-8 before GB18030, over the whole file: Chinese text in one is hardly ever valid in the other.

    Raises:
        TableError: neither; with the place of the first byte that does not fit.
    """
    with path.open("rb") as file:
        head = file.read(4096)
        for mark, name in MARKS:
            if head.startswith(mark):
                return name
        if head[1::2].count(0) > len(head) // 4:
            return "utf-16-le"
        if head[::2].count(0) > len(head) // 4:
            return "utf-16-be"
        wide, damage = _measure(file, "utf-8")
        if damage is None:
            return "utf-8"
        if wide >= 50:  # so much valid UTF-8 is no accident: the file is UTF-8 with a few broken bytes
            return "utf-8"
        if _measure(file, "gb18030")[1] is None:
            return "gb18030"
    raise TableError(
        _("The encoding of %(path)s was not recognised (byte %(place)d). Save it as UTF-8, or name its encoding.")
        % {"path": path.name, "place": damage + 1}
    )


def _measure(file: BinaryIO, encoding: str) -> tuple[int, int | None]:
    """How many characters beyond ASCII were read, and the first byte that does not fit (None: all fit)."""
    file.seek(0)
    decoder = codecs.getincrementaldecoder(encoding)("strict")
    wide, place = 0, 0
    while True:
        piece = file.read(PIECE)
        try:
            text = decoder.decode(piece, final=not piece)
        except UnicodeDecodeError as error:
            valid = error.object[: error.start].decode(encoding, "replace")
            return wide + sum(c > "\x7f" for c in valid), max(0, place + error.start)
        wide += 0 if text.isascii() else sum(c > "\x7f" for c in text)
        place += len(piece)
        if not piece:
            return wide, None


def _opened(path: Path, encoding: str) -> io.TextIOWrapper:
    try:
        codecs.lookup(encoding)
    except LookupError as error:
        raise TableError(_("There is no encoding called “%(name)s”.") % {"name": encoding}) from error
    return path.open("r", encoding=encoding, errors="replace", newline="")


def _sniff(path: Path, encoding: str) -> str:
    """The separator that stands equally often in most of the first lines, outside quotation marks."""
    with _opened(path, encoding) as file:
        lines = [line for line in file.read(65536).splitlines()[:60] if line.strip()]
    best, best_score = ",", 0.0
    for separator in ",;\t|":
        counts = [line.count(separator) - _quoted(line, separator) for line in lines]
        counts = [count for count in counts if count]
        if counts:
            usual = max(set(counts), key=counts.count)
            score = counts.count(usual) / max(1, len(lines)) + min(usual, 20) / 100
            if score > best_score:
                best, best_score = separator, score
    return best


def _quoted(line: str, separator: str) -> int:
    return sum(part.count(separator) for part in line.split('"')[1::2])


def _csv_rows(path: Path, encoding: str, separator: str) -> Iterator[Row]:
    with _opened(path, encoding) as file:
        size = 0

        def lines() -> Iterator[str]:
            nonlocal size
            while line := file.readline(LONGEST_RECORD):
                size += len(line)
                if size >= LONGEST_RECORD:
                    raise TableError(
                        _("A quotation mark opened in line %(line)d is never closed. From there on nothing was read.")
                        % {"line": start},
                        line=start,
                    )
                yield line.replace("\0", "") if "\0" in line else line

        start = 1
        reader = csv.reader(lines(), delimiter=separator)
        for cells in reader:
            line, start, size = start, reader.line_num + 1, 0
            if any(cells):
                yield _checked(line, [_text(cell) for cell in cells])


def _text(text: str) -> str | None:
    text = text.strip()
    return (unguarded(text) if text[0] == "'" else text) if text else None


def _checked(line: int, cells: Sequence[Cell]) -> Row:
    """Find what no field can take; such cells are cut, so that the list of rejected rows stays readable."""
    if len(cells) <= MOST_COLUMNS:
        text = "".join([cell for cell in cells if isinstance(cell, str)])
        if len(text) <= LONGEST_CELL and "\ufffd" not in text:  # nearly all rows
            return Row(line, tuple(cells))
    fault = ""
    if len(cells) > MOST_COLUMNS:
        fault = _("The row has %(count)d cells.") % {"count": len(cells)}
        cells = cells[:MOST_COLUMNS]
    for place, cell in enumerate(cells):
        if isinstance(cell, str):
            if len(cell) > LONGEST_CELL:
                fault = _("Cell %(place)d holds %(count)d characters; at most %(limit)d are taken.") % {
                    "place": place + 1, "count": len(cell), "limit": LONGEST_CELL,
                }  # fmt: skip
                cells = [*cells[:place], cell[:200] + "…", *cells[place + 1 :]]
            elif "\ufffd" in cell:
                fault = _("Cell %(place)d holds bytes that do not fit the encoding.") % {"place": place + 1}
    return Row(line, tuple(cells), fault)


# --- workbooks ----------------------------------------------------------------------------------------------------


def _workbook(path: Path, sheet: str) -> Table:
    try:
        book = python_calamine.CalamineWorkbook.from_path(str(path))
    except python_calamine.PasswordError as error:
        raise TableError(_("The workbook %(path)s is locked by a password.") % {"path": path.name}) from error
    except (python_calamine.CalamineError, OSError, ValueError) as error:
        raise TableError(
            _("The workbook %(path)s cannot be opened: damaged, or no .xlsx. Save it as .xlsx once more.")
            % {"path": path.name}
        ) from error
    name = sheet or _first_sheet(book)
    if name not in book.sheet_names:
        raise TableError(
            _("There is no sheet “%(name)s”. There are: %(others)s.")
            % {"name": name, "others": ", ".join(book.sheet_names)}
        )
    return Table(lambda: _sheet_rows(book, name, path), sheet=name)


def _first_sheet(book: Any) -> str:
    visible = [
        found.name for found in book.sheets_metadata if found.visible == python_calamine.SheetVisibleEnum.Visible
    ]
    for name in visible:
        if book.get_sheet_by_name(name).start is not None:
            return str(name)
    return str((visible or book.sheet_names)[0])


def _sheet_rows(book: Any, name: str, path: Path) -> Iterator[Row]:
    try:
        sheet = book.get_sheet_by_name(name)
    except (python_calamine.CalamineError, OSError, ValueError) as error:
        raise TableError(
            _("The workbook %(path)s cannot be opened: damaged, or no .xlsx. Save it as .xlsx once more.")
            % {"path": path.name}
        ) from error
    for line, cells in enumerate(sheet.iter_rows(), start=1):
        row = [_cell(cell) for cell in cells]
        if any(cell is not None for cell in row):
            yield _checked(line, row)


def _cell(value: Any) -> Cell:
    if isinstance(value, str):
        return unguarded(value.strip().replace("\0", "")) or None
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return int(value)
    return None if value is None else value


# --- header -------------------------------------------------------------------------------------------------------


def find_header(
    first: Sequence[Row], known: Callable[[str], bool], *, wanted: Sequence[str] = (), rows: Sequence[int] = ()
) -> Header:
    """Find the header among the first rows: titles above it are passed over, two merged rows are joined.

    Args:
        known: whether a name belongs to a field; the row (or pair of rows) with most known names is the header.
        wanted: names to show when none is found.
        rows: line numbers of the header when the mapping names them.

    Raises:
        TableError: no row holds any known name.
    """
    if rows:
        return _named_header(first, rows)
    best: tuple[float, Header] | None = None
    for place, row in enumerate(first):
        single = _names([row])
        candidates = [single]
        if place:
            candidates.append(_names([first[place - 1], row]))
        for extra, names in enumerate(candidates):
            score = len({name for name in names if name and known(name)}) - extra * 0.5 - place * 0.001
            if score > 0 and (best is None or score > best[0]):
                best = (score, Header(names, place + 1))
    if best is None:
        found = next((" | ".join(name for name in _names([row]) if name)[:300] for row in first if row.cells), "")
        if not found:
            raise TableError(_("The file holds no rows."))
        raise TableError(
            _("No row with known column names was found. The first row reads: %(row)s. Known are: %(known)s.")
            % {"row": found, "known": ", ".join(wanted)[:300]}
        )
    return best[1]


def _named_header(first: Sequence[Row], lines: Sequence[int]) -> Header:
    chosen = [row for row in first if row.line in lines]
    if len(chosen) != len(lines):
        raise TableError(_("There is no header in line %(line)s.") % {"line": ", ".join(map(str, lines))})
    return Header(_names(chosen), first.index(chosen[-1]) + 1)


def _names(rows: Sequence[Row]) -> tuple[str, ...]:
    """Column names; of merged cells only the first holds the text, so upper rows are carried to the right."""
    width = max(len(row.cells) for row in rows)
    lines: list[list[str]] = []
    for depth, row in enumerate(rows, 1):
        line = [header_text(cell) for cell in row.cells] + [""] * (width - len(row.cells))
        if depth < len(rows):
            for place in range(1, width):
                line[place] = line[place] or line[place - 1]
        lines.append(line)
    return tuple(" ".join(dict.fromkeys(part for part in column if part)) for column in zip(*lines, strict=True))


def header_text(cell: Cell) -> str:
    return " ".join(plain(cell).split())


def header_key(name: str) -> str:
    """For comparing names of columns: `客户名称（必填）*`, `客户名称` and `客户 名称` are the same."""
    text = folded(name)
    for opening, closing in ("()", "[]", "【】"):
        start = text.find(opening)
        while start > 0 and (end := text.find(closing, start)) != -1:
            text = text[:start] + text[end + 1 :]
            start = text.find(opening)
    return "".join(c for c in text if c.isalnum())


# --- writing ------------------------------------------------------------------------------------------------------


@contextmanager
def replaced(path: Path) -> Iterator[Path]:
    """A temporary name beside `path` that becomes `path` when all went well, so nobody finds half a file."""
    draft = path.with_name(f".{path.name}.part")
    try:
        yield draft
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)


def write_table(path: Path, headers: Sequence[str], rows: Iterable[Sequence[Any]]) -> int:
    """Write CSV (UTF-8 with mark, as Excel wants it), XLSX or Parquet by the ending; return the number of rows.

    Raises:
        DomainError: another ending, more rows than the format takes, or the library for Parquet is not installed.
    """
    writers = {".csv": _write_csv, ".xlsx": _write_xlsx, ".parquet": _write_parquet}
    writer = writers.get(path.suffix.lower())
    if writer is None:
        raise DomainError(_("The file must end in .csv, .xlsx or .parquet."), field="file")
    if not path.parent.is_dir():
        raise DomainError(_("There is no folder %(path)s.") % {"path": path.parent}, field="file")
    with replaced(path) as draft:
        return writer(draft, headers, rows)


def _write_csv(path: Path, headers: Sequence[str], rows: Iterable[Sequence[Any]]) -> int:
    count = 0
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow([guarded(name) for name in headers])
        for row in rows:
            writer.writerow([_csv_cell(value) for value in row])
            count += 1
    return count


def _csv_cell(value: Any) -> Any:
    if isinstance(value, dt.datetime):
        return _local(value).isoformat(" ", "seconds")
    if isinstance(value, bool):
        return int(value)
    return guarded(value)


def _local(value: dt.datetime) -> dt.datetime:
    return timezone.localtime(value) if value.tzinfo else value


def _write_xlsx(path: Path, headers: Sequence[str], rows: Iterable[Sequence[Any]]) -> int:
    """Text is written as text: no formula and no link comes out of it."""
    count = 0
    with xlsxwriter.Workbook(str(path), {"constant_memory": True, "remove_timezone": True}) as book:
        sheet = book.add_worksheet()
        bold = book.add_format({"bold": True})
        formats = {
            dt.datetime: book.add_format({"num_format": "yyyy-mm-dd hh:mm"}),
            dt.date: book.add_format({"num_format": "yyyy-mm-dd"}),
        }
        for place, name in enumerate(headers):
            sheet.write_string(0, place, name, bold)
        sheet.freeze_panes(1, 0)
        for row in rows:
            count += 1
            if count > SHEET_ROWS:
                raise DomainError(
                    _("A sheet holds at most 1,048,575 rows. Choose .csv, or a narrower filter."), field="file"
                )
            for place, value in enumerate(row):
                _xlsx_cell(sheet, count, place, value, formats)
    return count


def _xlsx_cell(sheet: Any, line: int, place: int, value: Any, formats: Mapping[Any, Any]) -> None:
    if value is None or value == "":
        return
    if isinstance(value, bool):
        sheet.write_boolean(line, place, value)
    elif isinstance(value, int | float | Decimal):
        sheet.write_number(line, place, value)
    elif isinstance(value, dt.datetime):
        sheet.write_datetime(line, place, _local(value).replace(tzinfo=None), formats[dt.datetime])
    elif isinstance(value, dt.date):
        sheet.write_datetime(line, place, value, formats[dt.date])
    else:
        sheet.write_string(line, place, str(value)[:32767])


def _write_parquet(path: Path, headers: Sequence[str], rows: Iterable[Sequence[Any]]) -> int:
    try:
        import pyarrow as pa  # optional: extra "analytics"
        from pyarrow import parquet  # optional: as above
    except ImportError as error:
        raise DomainError(
            _("Parquet needs a library that is not installed: pip install careloop[analytics]."), field="file"
        ) from error
    count, writer, schema, batch = 0, None, None, []
    try:
        for row in rows:
            batch.append(row)
            count += 1
            if len(batch) == 10_000:
                schema = schema or _schema(pa, headers, batch)
                writer = writer or parquet.ParquetWriter(str(path), schema)
                writer.write_table(_arrow(pa, schema, batch))
                batch = []
        schema = schema or _schema(pa, headers, batch)
        writer = writer or parquet.ParquetWriter(str(path), schema)
        writer.write_table(_arrow(pa, schema, batch))
    finally:
        if writer is not None:
            writer.close()
    return count


def _schema(pa: Any, headers: Sequence[str], rows: Sequence[Sequence[Any]]) -> Any:
    """Types from the first rows; a column without values, or of mixed ones, is text."""
    kinds = {
        bool: pa.bool_(), int: pa.int64(), float: pa.float64(), Decimal: pa.decimal128(24, 6), dt.date: pa.date32(),
        dt.datetime: pa.timestamp("us", tz="UTC"),
    }  # fmt: skip
    fields = []
    for place, name in enumerate(headers):
        types = {type(row[place]) for row in rows if row[place] is not None}
        fields.append((name, kinds.get(next(iter(types)), pa.string()) if len(types) == 1 else pa.string()))
    return pa.schema(fields)


def _arrow(pa: Any, schema: Any, rows: Sequence[Sequence[Any]]) -> Any:
    columns = []
    for place, field in enumerate(schema):
        values = [row[place] for row in rows]
        if field.type == pa.string():
            values = [None if value is None else plain(value) for value in values]
        elif pa.types.is_decimal(field.type):
            values = [None if value is None else Decimal(value).quantize(Decimal("0.000001")) for value in values]
        columns.append(pa.array(values, field.type))
    return pa.Table.from_arrays(columns, schema=schema)
