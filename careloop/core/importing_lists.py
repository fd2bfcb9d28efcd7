"""Lists beside an import that do not fit into memory: keys seen in this file, and the rows that were rejected."""

import csv
import sqlite3
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Self, TextIO

from django.conf import settings
from django.utils.translation import gettext as _

from careloop.core import cells
from careloop.core.importing_types import Problem
from careloop.core.tabular import Row

MOST_PROBLEMS = 1_000


class Seen:
    """Keys of this run with line and digest, on disk rather than in memory: a file may have millions."""

    def __init__(self) -> None:
        self._db = sqlite3.connect("")
        self._db.execute("CREATE TABLE seen (key TEXT PRIMARY KEY, line INTEGER, digest TEXT) WITHOUT ROWID")

    def get(self, key: str) -> tuple[int, str] | None:
        found: tuple[int, str] | None = self._db.execute(
            "SELECT line, digest FROM seen WHERE key = ?", [key]
        ).fetchone()
        return found

    def put(self, key: str, line: int, digest: str) -> None:
        self._db.execute("INSERT OR REPLACE INTO seen VALUES (?, ?, ?)", [key, line, digest])

    def close(self) -> None:
        self._db.close()


class Rejects:
    """The list of rejected rows: `FILE.rejected.csv`, written as they come."""

    def __init__(self, path: Path, columns: Sequence[str], *, is_kept: bool):
        self.path = path.with_name(f"{path.name}.rejected.csv")
        self.columns = columns
        self.is_kept = is_kept
        self.records = 0
        self.problems: list[Problem] = []
        self._file: TextIO | None = None
        self._writer: Any = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        if self._file is not None:
            self._file.close()
        elif self.is_kept:
            self.path.unlink(missing_ok=True)  # a list of an earlier run would mislead

    def kept_as(self) -> str | None:
        return str(self.path) if self._file is not None else None

    def add(self, rows: Sequence[Row], problems: Sequence[Problem]) -> None:
        """One record, with all its rows and all that is wrong with them."""
        self.records += 1
        self.problems.extend(problems[: max(0, MOST_PROBLEMS - len(self.problems))])
        if not self.is_kept:
            return
        reasons: dict[int, list[str]] = {}
        for problem in problems:
            text = f"{problem.column}: {problem.why()}" if problem.column else problem.why()
            reasons.setdefault(problem.line, []).append(text)
        rest = _("Belongs to a record that was rejected (see line %(line)d).") % {"line": problems[0].line}
        width = len(self.columns)
        for row in rows or [Row(problems[0].line, ())]:
            texts = [cells.guarded(cells.plain(cell)) for cell in row.cells[:width]]
            reason = "; ".join(reasons.get(row.line, [rest]))
            self._open().writerow([*texts, *[""] * (width - len(texts)), row.line, reason])

    def _open(self) -> Any:
        if self._writer is None:
            try:
                self._file = self.path.open("w", encoding="utf-8-sig", newline="")
            except OSError:  # the file lies where nobody may write: the list goes into the home
                self.path = settings.HOME / self.path.name
                self._file = self.path.open("w", encoding="utf-8-sig", newline="")
            self._writer = csv.writer(self._file)
            self._writer.writerow([*map(cells.guarded, self.columns), _("line in the file"), _("reason")])
        return self._writer
