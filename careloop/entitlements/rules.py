"""Pure calculation: which promise applies, how long a warranty and the guarantee on a repair last."""

import calendar as months_
import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal, Protocol

WarrantyState = Literal["in", "out", "unknown", "contract"]
Basis = Literal["date", "meter", "contract", "no_data", "no_meter"]


def add_months(day: dt.date, months: int) -> dt.date:
    """The corresponding day `months` later, the last of the month where there is none: 31 August + 6 → 28 February.

    A period that starts on `day` ends with this day; the day of start is not counted (Civil Code art. 201–202).
    """
    index = day.year * 12 + day.month - 1 + months
    year, month = divmod(index, 12)
    return dt.date(year, month + 1, min(day.day, months_.monthrange(year, month + 1)[1]))


class AssetLike(Protocol):
    """What a machine or vehicle brings (`assets.Asset`)."""

    warranty_end: dt.date | None
    warranty_meter: int | None


@dataclass(frozen=True, slots=True)
class Warranty:
    """State of the free warranty on a day. `until` is its last day, `until_meter` the reading that ends it.

    `basis` names what decided; `no_data` and `no_meter` are questions to the customer, not answers.
    """

    state: WarrantyState
    basis: Basis
    until: dt.date | None
    until_meter: int | None

    @property
    def is_question(self) -> bool:
        return self.state == "unknown"


def warranty_of(asset: AssetLike, *, on: dt.date, meter: int | None = None) -> Warranty:
    """F30: the first of date and meter ends the warranty; what is not known is asked, not guessed.

    Args:
        on: the day of the fault.
        meter: reading on that day in the unit of the machine (h or km); None: not known.

    Returns:
        `out` as soon as one of the two limits is passed; `in` only when no limit is left open.
    """
    until, limit = asset.warranty_end, asset.warranty_meter
    if until is None and limit is None:
        return Warranty("unknown", "no_data", None, None)
    if until is not None and on > until:
        return Warranty("out", "date", until, limit)
    if limit is not None and meter is not None and meter >= limit:
        return Warranty("out", "meter", until, limit)
    if limit is not None and meter is None:
        return Warranty("unknown", "no_meter", until, limit)
    if until is None:
        return Warranty("in", "meter", None, limit)
    return Warranty("in", "date", until, limit)


@dataclass(frozen=True, slots=True)
class Guarantee:
    """Guarantee on a repair from the day of leaving: whichever of distance, hours and last day comes first.

    All None: no period is laid down for this class of work.
    """

    km: int | None
    hours: int | None
    days: int | None
    until: dt.date | None
    source: str = ""

    def covers(self, *, on: dt.date, run: int | None) -> bool:
        """Whether a return on day `on`, after `run` km or hours since leaving, is inside. Day 0 = leaving day."""
        limit = self.km if self.km is not None else self.hours
        if self.until is None and limit is None:
            return False
        in_time = self.until is None or on <= self.until
        return in_time and (limit is None or run is None or run <= limit)


NO_GUARANTEE = Guarantee(None, None, None, None)


def guarantee_from(row: Any, leaving: dt.date) -> Guarantee:
    """`row`: a `RepairGuarantee`. Days count from the leaving day as day 0, months to the corresponding day."""
    until = leaving + dt.timedelta(days=row.days) if row.days else add_months(leaving, row.months)
    return Guarantee(row.km, row.hours, row.days, until, row.source)


def is_at_least(own: Any, statutory: Any) -> bool:
    """A firm may promise more than the law, never less; compared in each of the limits that the law sets."""
    day = dt.date(2026, 1, 1)
    own_end, least_end = guarantee_from(own, day).until, guarantee_from(statutory, day).until
    in_time = own_end is not None and least_end is not None and own_end >= least_end
    in_km = statutory.km is None or own.km is None or own.km >= statutory.km
    return in_time and in_km


def best_match(
    rows: Iterable[Any], *, measure: str, kind: str, urgency: str, station_id: int | None, day: dt.date
) -> Any | None:
    """The most special published standard: station before kind before urgency; None when nothing was promised.

    Args:
        rows: `ServiceStandard` versions; those of other scopes and days are passed over.
    """
    found = [
        row
        for row in rows
        if row.measure == measure
        and row.kind in ("", kind)
        and row.urgency in ("", urgency)
        and row.station_id in (None, station_id)
        and row.valid_from <= day
        and (row.valid_to is None or day <= row.valid_to)
    ]
    return max(found, key=lambda row: (row.station_id is not None, bool(row.kind), bool(row.urgency)), default=None)
