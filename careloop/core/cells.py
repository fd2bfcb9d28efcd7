"""Values of table cells as people write them: dates in many spellings, numbers, yes and no. Pure."""

import datetime as dt
import re
import unicodedata
from decimal import Decimal
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

Cell = str | int | float | bool | dt.date | dt.datetime | dt.time | dt.timedelta | None

EPOCH = dt.date(1899, 12, 30)  # Excel's day 0, as all days since 1900-03-01 count
FIRST_SERIAL, LAST_SERIAL = 20_000, 80_000  # 1954 to 2119: a smaller or larger number is no date
FIRST_YEAR, LAST_YEAR = 1900, 2120
YES = frozenset({"1", "yes", "y", "true", "t", "是", "有", "对", "真", "√", "✓", "x"})
NO = frozenset({"0", "no", "n", "false", "f", "否", "无", "错", "假", "×", "-", ""})
MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
ISO = re.compile(r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*[日号]?")
COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})(?=\D|$)")
TWO_ENDED = re.compile(r"(\d{1,2})[-/.](\d{1,2})[-/.](\d{4})")
DAY_NAME = re.compile(r"(\d{1,2})[ -]([a-z]{3})[a-z]*\.?[ ,-]+(\d{4})")
NAME_DAY = re.compile(r"([a-z]{3})[a-z]*\.? (\d{1,2})(?:st|nd|rd|th)?,? +(\d{4})")
CLOCK = re.compile(
    r"(?P<half>上午|下午|凌晨|中午|晚上|am|pm)?\s*(?P<hour>\d{1,2})[:时点](?P<minute>\d{1,2})?分?"
    r"(?::?(?P<second>\d{1,2})(?:\.(?P<part>\d{1,6})\d*)?秒?)?\s*(?P<late>am|pm)?"
    r"\s*(?P<zone>z|utc|[+-]\d{2}:?\d{2})?"
)
CURRENCY = re.compile(r"(人民币|cny|rmb|usd|eur|[¥￥$€元圆])")
GROUPED = re.compile(r"[+-]?\d{1,3}(?:,\d{3})+(?:\.\d*)?")
INVISIBLE = "\u3000\ufeff\u200b"
SCALES = {"万": Decimal(10_000), "亿": Decimal(100_000_000)}


class BadValue(ValueError):
    """The cell cannot be read. `reason` says what is wrong, `remedy` what to do."""

    def __init__(self, reason: str, remedy: str):
        super().__init__(reason)
        self.reason = reason
        self.remedy = remedy


def plain(value: Cell) -> str:
    """The cell as text, without the blanks around it; a whole number loses `.0`, a moment is ISO."""
    if isinstance(value, str):
        return value.strip().strip(INVISIBLE)
    if value is None:
        return ""
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    if isinstance(value, dt.datetime):
        return (
            value.isoformat(" ", "seconds") if value.time() != dt.time() or value.tzinfo else value.date().isoformat()
        )
    return str(value).strip()


def folded(value: Cell) -> str:
    """For comparing: half width, small letters, no blanks at the ends."""
    return unicodedata.normalize("NFKC", plain(value)).casefold().strip()


def _shown(value: Cell) -> str:
    text = plain(value)
    return text if len(text) <= 40 else f"{text[:37]}…"


def number(value: Cell, *, comma: str = ".") -> Decimal:
    """`1,234.50`, `￥1 234`, `１２`, `(12)`, `3.5万`; `comma` is the decimal mark.

    Raises:
        BadValue: not a number, or not finite.
    """
    if isinstance(value, bool):
        return Decimal(int(value))
    if isinstance(value, int | float):
        return _finite(Decimal(repr(value)), value)
    text = CURRENCY.sub("", folded(value)).replace(" ", "").replace("'", "").replace("\u00a0", "")
    scale = SCALES.get(text[-1:], Decimal(1))
    text = text[:-1] if scale != 1 else text
    negative = text.startswith("(") and text.endswith(")")
    text = text[1:-1] if negative else text.replace("−", "-")
    if comma == ",":
        text = text.replace(".", "").replace(",", ".")
    elif GROUPED.fullmatch(text):
        text = text.replace(",", "")
    if not re.fullmatch(r"[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d{1,3})?", text):
        raise BadValue(
            _("“%(text)s” is not a number.") % {"text": _shown(value)}, _("Write digits, for instance 1234.50.")
        )
    return _finite(Decimal(text), value) * scale * (-1 if negative else 1)


def _finite(found: Decimal, value: Cell) -> Decimal:
    if not found.is_finite() or abs(found) > Decimal(10) ** 18:
        raise BadValue(
            _("“%(text)s” is too large for a number here.") % {"text": _shown(value)}, _("Correct the cell.")
        )
    return found


def whole(value: Cell, *, comma: str = ".") -> int:
    """Raises BadValue: not a number, or with a fraction."""
    found = number(value, comma=comma)
    if found != found.to_integral_value():
        raise BadValue(
            _("“%(text)s” is not a whole number.") % {"text": _shown(value)}, _("Write it without a fraction.")
        )
    return int(found)


def yes_no(value: Cell) -> bool:
    text = folded(value)
    if text in YES:
        return True
    if text in NO:
        return False
    raise BadValue(_("“%(text)s” is neither yes nor no.") % {"text": _shown(value)}, _("Write 是 or 否, yes or no."))


def date(value: Cell, *, order: str = "YMD") -> dt.date:
    """`2026-11-19`, `2026/11/19`, `2026.11.19`, `2026年11月19日`, `20261119`, `19 Nov 2026`, Excel's 46345.

    `11/19/2026` is read only when `order` says `MDY` or `DMY`, because nobody can know otherwise.

    Raises:
        BadValue: not a date.
    """
    if isinstance(value, dt.datetime):
        return value.date()
    if isinstance(value, dt.date):
        return value
    return _read_date(value, order)


@lru_cache(maxsize=4096)
def _read_date(value: str | float | bool | dt.time | dt.timedelta | None, order: str) -> dt.date:
    """The same few days come again and again in a file."""
    found, rest = _date_in(value, order)
    if rest and not CLOCK.fullmatch(rest):
        raise _no_date(value)
    return found


def moment(value: Cell, *, order: str = "YMD", zone: str = "Asia/Shanghai") -> dt.datetime:
    """A date with or without time of day; without zone it is local time of `zone`. Aware.

    Raises:
        BadValue: not a moment.
    """
    if isinstance(value, dt.datetime):
        return value if value.tzinfo else value.replace(tzinfo=ZoneInfo(zone))
    if isinstance(value, dt.date):
        return dt.datetime.combine(value, dt.time(), ZoneInfo(zone))
    day, rest = _date_in(value, order)
    if isinstance(value, int | float):
        seconds = round(float(value) % 1 * 86400)
        return dt.datetime.combine(day, dt.time(), ZoneInfo(zone)) + dt.timedelta(seconds=seconds)
    if not rest:
        return dt.datetime.combine(day, dt.time(), ZoneInfo(zone))
    return _with_clock(day, rest, value, zone)


def _with_clock(day: dt.date, rest: str, value: Cell, zone: str) -> dt.datetime:
    found = CLOCK.fullmatch(rest)
    if found is None:
        raise _no_date(value)
    hour = int(found["hour"])
    half = found["half"] or found["late"] or ""
    if half in ("下午", "晚上", "pm") and hour < 12:
        hour += 12
    if half in ("上午", "凌晨", "am") and hour == 12:
        hour = 0
    part = int((found["part"] or "").ljust(6, "0") or 0)
    try:
        clock = dt.time(hour, int(found["minute"] or 0), int(found["second"] or 0), part)
    except ValueError as error:
        raise _no_date(value) from error
    return dt.datetime.combine(day, clock, _zone(found["zone"]) or ZoneInfo(zone))


def _zone(text: str | None) -> dt.tzinfo | None:
    if not text:
        return None
    if text in ("z", "utc"):
        return dt.UTC
    sign = -1 if text[0] == "-" else 1
    digits = text[1:].replace(":", "")
    return dt.timezone(sign * dt.timedelta(hours=int(digits[:2]), minutes=int(digits[2:])))


def _date_in(value: Cell, order: str) -> tuple[dt.date, str]:
    """The date at the start of the cell, and what stands behind it."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return _serial(float(value), value), ""
    text = re.sub(r"星期.|周[一二三四五六日天]|\(.\)", " ", folded(value)).strip()
    for pattern, places in _patterns(order):
        if (found := pattern.match(text)) is not None:
            year, month, day = (_month(found[place]) for place in places)
            rest = text[found.end() :].strip().removeprefix("t").strip(", ")
            return _day(year, month, day, value), rest
    if re.fullmatch(r"\d{5}(\.\d+)?", text):
        return _serial(float(text), value), ""
    if TWO_ENDED.match(text):
        raise BadValue(
            _("“%(text)s” can be two different days.") % {"text": _shown(value)},
            _("Write it as 2026-11-19, or set date_format to “MDY” or “DMY” in the mapping file."),
        )
    raise _no_date(value)


def _patterns(order: str) -> list[tuple[re.Pattern[str], tuple[int, int, int]]]:
    known = [(ISO, (1, 2, 3)), (COMPACT, (1, 2, 3)), (DAY_NAME, (3, 2, 1)), (NAME_DAY, (3, 1, 2))]
    if order in ("MDY", "DMY"):
        known.append((TWO_ENDED, (3, 1, 2) if order == "MDY" else (3, 2, 1)))
    return known


def _month(text: str) -> int:
    return MONTHS.index(text) + 1 if text in MONTHS else int(text) if text.isdigit() else 0


def _day(year: int, month: int, day: int, value: Cell) -> dt.date:
    try:
        found = dt.date(year, month, day)
    except ValueError as error:
        raise _no_date(value) from error
    if not FIRST_YEAR <= found.year <= LAST_YEAR:
        raise _no_date(value)
    return found


def _serial(days: float, value: Cell) -> dt.date:
    if not FIRST_SERIAL <= days <= LAST_SERIAL:
        raise _no_date(value)
    return EPOCH + dt.timedelta(days=int(days))


def _no_date(value: Cell) -> BadValue:
    return BadValue(
        _("“%(text)s” is not a date.") % {"text": _shown(value)}, _("Write it as 2026-11-19 or 2026-11-19 14:30.")
    )


def guarded(text: Any) -> Any:
    """Text that a spreadsheet would run as a formula gets an apostrophe in front; numbers and phone numbers do not."""
    if not isinstance(text, str) or not text or text[0] not in "=+-@\t\r":
        return text
    return text if text[0] in "+-" and re.fullmatch(r"[+-][\d ().,;-]*", text) else f"'{text}"


def unguarded(text: str) -> str:
    """Undo `guarded`, so that what we wrote can be read back."""
    return text[1:] if len(text) > 1 and text[0] == "'" and text[1] in "=+-@\t\r" else text
