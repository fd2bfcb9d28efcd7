"""Calendars of working-time: patterns from JSON, days off from a file or the built-in list."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import date
from pathlib import Path

from careloop.measures.errors import MeasureError
from careloop.measures.tables import read_tables
from careloop.measures.working_time import SpecialDay, WorkingTime


def special_days(path: str | None) -> tuple[dict[date, SpecialDay], frozenset[int]]:
    """Days that differ from their weekday, and the years known: from a CSV date,kind or built in.

    Raises:
        MeasureError: the file is not readable or lacks the columns.
    """
    return _built_in() if path is None else _from_file(path)


def _built_in() -> tuple[dict[date, SpecialDay], frozenset[int]]:
    import chinese_calendar  # slow: only for working-time

    found = dict.fromkeys(chinese_calendar.holidays, SpecialDay.STATUTORY_OFF)
    found |= dict.fromkeys(chinese_calendar.workdays, SpecialDay.MAKEUP_WORKDAY)
    return found, frozenset(day.year for day in chinese_calendar.holidays)


def _from_file(path: str) -> tuple[dict[date, SpecialDay], frozenset[int]]:
    table = read_tables([path], {})
    days, kinds = table.dates("date"), table.texts("kind")
    known = {str(kind) for kind in SpecialDay}
    found = {
        day: SpecialDay(kind.strip())
        for day, kind in zip(days, kinds, strict=True)
        if day is not None and kind.strip() in known
    }
    return found, frozenset(day.year for day in days if day is not None)


def load_calendars(path: str, special: Mapping[date, SpecialDay], years: Iterable[int]) -> dict[str, WorkingTime]:
    """All calendars of a JSON file {"NAME": {"days": …, "hours": […]}}.

    Raises:
        MeasureError: not JSON, or a pattern that is not a calendar (the message names it).
    """
    try:
        patterns = json.loads(Path(path).read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise MeasureError("{file} does not exist", file=path) from None
    except (OSError, ValueError) as error:
        raise MeasureError("{file} cannot be read: {error}", file=path, error=error) from None
    if not isinstance(patterns, dict) or not patterns:
        raise MeasureError('{file} must hold {{"NAME": {{"days": …, "hours": […]}}}}', file=path)
    found = {}
    for name, pattern in patterns.items():
        if not isinstance(pattern, dict):
            raise MeasureError("{file}, calendar {name}: {reason}", file=path, name=name, reason="not a table")
        try:
            found[str(name)] = WorkingTime.from_pattern(pattern, special, years)
        except MeasureError as error:
            raise MeasureError(
                "{file}, calendar {name}: {reason}", file=path, name=name, reason=error.message
            ) from None
    return found
