"""F30: end of a warranty by date and meter."""

from __future__ import annotations

import calendar
from dataclasses import dataclass
from datetime import date

from careloop.measures.errors import MeasureError


@dataclass(frozen=True, slots=True)
class WarrantyEnd:
    """Last covered day and last covered meter reading; whichever comes first ends the warranty."""

    last_day: date | None
    last_meter: float | None


def add_months(start: date, months: int) -> date:
    """The corresponding day; the last day of the month when there is none (31 August + 6 → 28 February)."""
    index = start.year * 12 + start.month - 1 + months
    year, month = divmod(index, 12)
    if not date.min.year <= year <= date.max.year:
        raise MeasureError("{start} plus {months} months is outside the calendar", start=start, months=months)
    return date(year, month + 1, min(start.day, calendar.monthrange(year, month + 1)[1]))


def warranty_end(
    start: date, *, months: int | None = None, meter: float | None = None, start_meter: float = 0.0
) -> WarrantyEnd:
    """The start day is not counted; the corresponding day is the last one.

    Args:
        start: shipment, delivery or repair day.
        months: length in months, or None when only the meter counts.
        meter: allowed hours or kilometers, or None when only the date counts.
        start_meter: reading at the start.

    Raises:
        MeasureError: neither limit, or a negative one.

    Source: Civil Code art. 201–202.
    """
    if (months is None and meter is None) or min(months or 0, meter or 0.0, start_meter) < 0:
        raise MeasureError("a warranty needs months or a meter limit, none negative")
    day = None if months is None else add_months(start, months)
    return WarrantyEnd(day, None if meter is None else start_meter + meter)


def is_covered(end: WarrantyEnd, on: date, meter: float | None = None) -> bool:
    """True on the last day and at the last reading.

    Raises:
        MeasureError: the warranty counts a meter and no reading is given.
    """
    if end.last_meter is not None and meter is None:
        raise MeasureError("this warranty needs a meter reading")
    in_time = end.last_day is None or on <= end.last_day
    return in_time and (end.last_meter is None or (meter is not None and meter <= end.last_meter))
