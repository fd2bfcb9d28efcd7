"""A table as a file: CSV that Excel opens with its Chinese right, or XLSX."""

import csv
import datetime as dt
import io
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from typing import Any
from urllib.parse import quote

import xlsxwriter
from django.http import FileResponse, Http404, HttpResponse, StreamingHttpResponse
from django.utils import timezone

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
FORMULA = ("=", "+", "-", "@", "\t", "\r")
PORTION = 500


def table(
    form: str, name: str, header: Sequence[str], rows: Iterable[Sequence[Any]]
) -> HttpResponse | StreamingHttpResponse | FileResponse:
    """`form`: `csv` or `xlsx`; `name` without ending. Rows are written as they come, never all in memory.

    Raises:
        Http404: another form.
    """
    if form == "csv":
        response = StreamingHttpResponse(_csv(header, rows), content_type="text/csv; charset=utf-8")
        response["Content-Disposition"] = disposition(f"{name}.csv")
        return response
    if form == "xlsx":
        return FileResponse(_xlsx(header, rows), as_attachment=True, filename=f"{name}.xlsx", content_type=XLSX)
    raise Http404


def disposition(name: str) -> str:
    return f"attachment; filename*=UTF-8''{quote(name)}"


def plain(value: Any) -> Any:
    """Dates and times in the firm's zone, as people and spreadsheets read them; nothing stays nothing."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, dt.datetime):
        return timezone.localtime(value).strftime("%Y-%m-%d %H:%M")
    if isinstance(value, dt.date):
        return value.isoformat()
    return value


def safe(value: Any) -> Any:
    """Text that a spreadsheet would take for a formula gets an apostrophe before it."""
    shown = plain(value)
    if isinstance(shown, str) and shown.startswith(FORMULA) and not _is_number(shown):
        return f"'{shown}"
    return shown


def _is_number(text: str) -> bool:
    return text[1:].replace(".", "", 1).isdigit()


def _csv(header: Sequence[str], rows: Iterable[Sequence[Any]]) -> Iterator[str]:
    buffer = io.StringIO()
    buffer.write("\ufeff")
    writer = csv.writer(buffer)
    writer.writerow(header)
    for count, row in enumerate(rows, 1):
        writer.writerow([safe(value) for value in row])
        if count % PORTION == 0:
            yield _taken(buffer)
    yield _taken(buffer)


def _taken(buffer: io.StringIO) -> str:
    text = buffer.getvalue()
    buffer.seek(0)
    buffer.truncate()
    return text


def _xlsx(header: Sequence[str], rows: Iterable[Sequence[Any]]) -> Any:
    file = tempfile.TemporaryFile()  # noqa: SIM115  # reason: the response closes it
    book = xlsxwriter.Workbook(file, {"constant_memory": True, "in_memory": False})
    sheet = book.add_worksheet()
    bold = book.add_format({"bold": True})
    sheet.freeze_panes(1, 0)
    for column, text in enumerate(header):
        sheet.write_string(0, column, str(text), bold)
    for number, row in enumerate(rows, 1):
        for column, value in enumerate(row):
            shown = plain(value)
            if isinstance(shown, int | float | Decimal):
                sheet.write_number(number, column, float(shown))
            elif shown:
                sheet.write_string(number, column, str(shown))
    book.close()
    file.seek(0)
    return file
