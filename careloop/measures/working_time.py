"""F21: minutes of working time between two moments and due times, over arbitrary calendars.

Times are naive and local to the calendar; the caller converts zones. The module imports neither
numpy nor scipy, because the web process uses it for every clock.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from careloop.measures.errors import MeasureError

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

DAY_MINUTES = 24 * 60
MINUTE = 60_000_000  # microseconds
SATURDAY = 5
SEARCH_YEARS = 20  # a calendar without an opening for so long is taken to be closed for good


class DayKind(StrEnum):
    """Which days a calendar opens on."""

    WORKDAY = "workday"
    ALL = "all"
    WORKDAY_OR_SATURDAY = "workday_or_saturday"


class SpecialDay(StrEnum):
    """What the published list says about a date that its weekday does not."""

    STATUTORY_OFF = "statutory_off"
    MAKEUP_WORKDAY = "makeup_workday"


@dataclass(frozen=True, slots=True)
class Pause:
    """The clock stands in [start, end)."""

    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class _Year:
    first: int  # ordinal of 1 January
    opened: tuple[int, ...]  # opened[i] = open days among the first i days of the year
    days: tuple[int, ...]  # ordinals of the open days

    @property
    def total(self) -> int:
        return len(self.days)


def parse_clock(text: str) -> int:
    """Minutes after midnight of "HH:MM", 00:00 to 24:00."""
    hours, _, minutes = text.partition(":")
    if not (hours.isdigit() and len(minutes) == 2 and minutes.isdigit()):
        raise MeasureError("“{text}” is not a time of day; write HH:MM, 00:00 to 24:00", text=text)
    value = int(hours) * 60 + int(minutes)
    if int(minutes) > 59 or value > DAY_MINUTES:
        raise MeasureError("“{text}” is not a time of day; write HH:MM, 00:00 to 24:00", text=text)
    return value


def _merge(hours: Sequence[tuple[str | int, str | int]]) -> list[tuple[int, int]]:
    spans = sorted((_clock(a), _clock(b)) for a, b in hours)
    if not spans:
        raise MeasureError("a calendar needs at least one opening interval")
    merged: list[tuple[int, int]] = []
    for opening, closing in spans:
        if opening >= closing:
            raise MeasureError(
                "opening {opening} is not before closing {closing} minutes after midnight; "
                "split a shift over midnight into two intervals",
                opening=opening,
                closing=closing,
            )
        if merged and opening < merged[-1][1]:
            raise MeasureError("two opening intervals overlap at minute {minute} of the day", minute=opening)
        if merged and opening == merged[-1][1]:
            merged[-1] = (merged[-1][0], closing)
        else:
            merged.append((opening, closing))
    return merged


def _clock(value: str | int) -> int:
    if isinstance(value, str):
        return parse_clock(value)
    if not 0 <= value <= DAY_MINUTES:
        raise MeasureError("{value} is not a minute of the day (0 to 1440)", value=value)
    return value


class WorkingTime:
    """Working-time arithmetic of one calendar.

    Args:
        days: which days open; make-up workdays count as workdays, statutory days off never do
            (`all` opens on every day).
        hours: (opening, closing) pairs, "HH:MM" or minutes after midnight; closing may be 24:00.
        special_days: date → statutory_off or makeup_workday.
        years: years for which the published list is known; other years follow the weekdays only,
            and `is_covered` tells the caller to warn.

    Raises:
        MeasureError: bad or overlapping hours, unknown kind of day.
    """

    def __init__(
        self,
        days: DayKind | str,
        hours: Sequence[tuple[str | int, str | int]],
        special_days: Mapping[date, SpecialDay | str] | None = None,
        years: Iterable[int] = (),
    ) -> None:
        try:
            self.days = DayKind(days)
            special = {day: SpecialDay(kind) for day, kind in (special_days or {}).items()}
        except ValueError as error:
            raise MeasureError("unknown kind of day: {error}", error=error) from None
        self.hours = tuple(_merge(hours))
        self.special_days: Mapping[date, SpecialDay] = special
        self.years = frozenset(years)
        self._opens = [a * MINUTE for a, _ in self.hours]
        self._closes = [b * MINUTE for _, b in self.hours]
        self._before = [0]
        for opening, closing in self.hours:
            self._before.append(self._before[-1] + (closing - opening) * MINUTE)
        self._daily = self._before[-1]
        self._tables: dict[int, _Year] = {}

    @classmethod
    def from_pattern(
        cls,
        pattern: Mapping[str, Any],
        special_days: Mapping[date, SpecialDay | str] | None = None,
        years: Iterable[int] = (),
    ) -> WorkingTime:
        """Build from one entry of a calendars.json: {"days": kind, "hours": [["09:00", "12:00"], …]}."""
        try:
            hours = [(str(opening), str(closing)) for opening, closing in pattern["hours"]]
            days = str(pattern["days"])
        except (KeyError, TypeError, ValueError):
            raise MeasureError('a calendar needs "days" and "hours": [["09:00", "12:00"], …]') from None
        return cls(days, hours, special_days, years)

    @property
    def minutes_per_day(self) -> int:
        """Working minutes of one open day."""
        return self._daily // MINUTE

    def is_covered(self, year: int) -> bool:
        """True when the published list of days off is known for that year, or none is needed."""
        return self.days is DayKind.ALL or year in self.years

    def is_working_day(self, day: date) -> bool:
        """True when the calendar opens on that day."""
        if self.days is DayKind.ALL:
            return True
        kind = self.special_days.get(day)
        if kind is not None:
            return kind is SpecialDay.MAKEUP_WORKDAY
        last = SATURDAY if self.days is DayKind.WORKDAY_OR_SATURDAY else SATURDAY - 1
        return day.weekday() <= last

    def is_open(self, at: datetime) -> bool:
        """True in [opening, closing) of an open day."""
        if not self.is_working_day(at.date()):
            return False
        now = _time_of_day(at)
        place = bisect_right(self._opens, now) - 1
        return place >= 0 and now < self._closes[place]

    def next_opening(self, at: datetime) -> datetime:
        """`at` itself when open, otherwise the next moment of opening.

        Raises:
            MeasureError: the calendar does not open within 20 years.
        """
        if self.is_open(at):
            return at
        ordinal, now = at.toordinal(), _time_of_day(at)
        if self.is_working_day(at.date()):
            place = bisect_right(self._opens, now)
            if place < len(self._opens):
                return _moment(ordinal, self._opens[place])
        return _moment(self._open_day(ordinal + 1, 0), self._opens[0])

    def minutes_between(self, start: datetime, end: datetime) -> int:
        """Whole working minutes in [start, end); 0 when end is not after start."""
        if end <= start:
            return 0
        return (self._position(end) - self._position(start, base=end)) // MINUTE

    def add_minutes(self, start: datetime, minutes: int) -> datetime:
        """The moment at which `minutes` of working time have passed since `start`.

        A start outside working time counts from the next opening; a target reached exactly at
        closing time is due at that closing time. 0 minutes give the next opening.

        Raises:
            MeasureError: negative minutes, or no opening within 20 years.
        """
        if minutes < 0:
            raise MeasureError("target minutes must not be negative, but are {minutes}", minutes=minutes)
        begin = self.next_opening(start)
        if minutes == 0:
            return begin
        target = self._elapsed(_time_of_day(begin)) + minutes * MINUTE
        days, rest = divmod(target, self._daily)
        if rest == 0:  # reached at the last closing of a day, not at the next opening
            days, rest = days - 1, self._daily
        ordinal = self._open_day(begin.toordinal(), days)
        place = bisect_left(self._before, rest) - 1
        return _moment(ordinal, self._opens[place] + rest - self._before[place])

    def due_with_pauses(self, start: datetime, minutes: int, pauses: Iterable[Pause]) -> datetime:
        """Due time of a clock that stands in each pause.

        A pause after the target was reached changes nothing; pauses may overlap.

        Raises:
            MeasureError: a pause that ends before it starts, and as `add_minutes`.
        """
        position, left = start, minutes
        for pause in sorted(pauses, key=lambda p: p.start):
            if pause.end < pause.start:
                raise MeasureError(
                    "the pause ends ({end}) before it starts ({start})", end=pause.end, start=pause.start
                )
            due = self.add_minutes(position, left)
            if due <= pause.start:
                return due
            left -= self.minutes_between(position, pause.start)
            position = max(position, pause.end)
        return self.add_minutes(position, left)

    def minutes_between_pauses(self, start: datetime, end: datetime, pauses: Iterable[Pause]) -> int:
        """Working minutes in [start, end) outside the pauses, each moment counted once."""
        total, position = 0, start
        for pause in sorted(pauses, key=lambda p: p.start):
            total += self.minutes_between(position, min(pause.start, end))
            position = max(position, pause.end)
        return total + self.minutes_between(position, end)

    def minutes_between_many(
        self, starts: npt.NDArray[np.datetime64], ends: npt.NDArray[np.datetime64]
    ) -> npt.NDArray[np.int64]:
        """`minutes_between` for arrays of equal length (datetime64, naive local); 0 where end ≤ start.

        Raises:
            MeasureError: different lengths, or a missing time (NaT).
        """
        from careloop.measures.working_time_arrays import minutes_between_many  # slow: numpy

        return minutes_between_many(self, starts, ends)

    def _position(self, at: datetime, base: datetime | None = None) -> int:
        """Open microseconds from 1 January of the base's year to `at`; negative for earlier years."""
        year = at.year
        table = self._year(year)
        ordinal, now = at.toordinal(), _time_of_day(at)
        opened = table.opened[ordinal - table.first]
        if base is not None:
            opened -= sum(self._year(y).total for y in range(year, base.year))
        inside = self._elapsed(now) if self.is_working_day(at.date()) else 0
        return opened * self._daily + inside

    def _elapsed(self, now: int) -> int:
        """Open microseconds of an open day before the time `now`."""
        place = bisect_right(self._opens, now) - 1
        if place < 0:
            return 0
        return self._before[place] + min(now, self._closes[place]) - self._opens[place]

    def _year(self, year: int) -> _Year:
        table = self._tables.get(year)
        if table is None:
            first = date(year, 1, 1).toordinal()
            last = date(year, 12, 31).toordinal()
            days = tuple(o for o in range(first, last + 1) if self.is_working_day(date.fromordinal(o)))
            counts, opened = 0, [0]
            known = set(days)
            for ordinal in range(first, last + 1):
                counts += ordinal in known
                opened.append(counts)
            table = self._tables[year] = _Year(first, tuple(opened), days)
        return table

    def _open_day(self, ordinal: int, skip: int) -> int:
        """Ordinal of the open day that follows `skip` open days, counted from `ordinal` on."""
        year = date.fromordinal(ordinal).year
        table = self._year(year)
        place, empty = table.opened[ordinal - table.first] + skip, 0
        while place >= table.total:
            empty = 0 if table.total else empty + 1
            if empty > SEARCH_YEARS or year >= date.max.year:
                raise MeasureError("the calendar never opens again after {year}", year=year)
            place -= table.total
            year += 1
            table = self._year(year)
        return table.days[place]


def _time_of_day(at: datetime) -> int:
    if at.tzinfo is not None:
        raise MeasureError("working time wants local times without a zone; convert {at} first", at=at)
    return ((at.hour * 60 + at.minute) * 60 + at.second) * 1_000_000 + at.microsecond


def _moment(ordinal: int, microseconds: int) -> datetime:
    return datetime.fromordinal(ordinal) + timedelta(microseconds=microseconds)
