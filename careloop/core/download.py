"""A table as an answer to a browser: CSV that Excel opens with its Chinese right, or XLSX."""

import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from django.http import FileResponse, Http404

from careloop.core import tabular

TYPES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


def table(form: str, name: str, header: Sequence[str], rows: Iterable[Sequence[Any]]) -> FileResponse:
    """`form`: `csv` or `xlsx`; `name` without ending. Rows are written as they come, never all in memory.

    Raises:
        Http404: another form.
    """
    if form not in TYPES:
        raise Http404
    with tempfile.TemporaryDirectory(prefix="careloop-export-") as folder:
        path = Path(folder) / f"table.{form}"
        tabular.write_table(path, list(header), rows)
        file = path.open("rb")  # stays readable after its name is gone; the response closes it
    return FileResponse(file, as_attachment=True, filename=f"{name}.{form}", content_type=TYPES[form])
