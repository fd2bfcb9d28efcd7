"""F31: tests of the three-guarantees rule for household cars (SAMR order 43, in force 2022-01-01)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum

from careloop.measures.errors import MeasureError
from careloop.measures.warranty import WarrantyEnd, is_covered, warranty_end

DAY = timedelta(days=1)
LOAN_CAR_AFTER_DAYS = 5
REPAIR_DAYS_ALLOWED = 30
SAME_PROBLEM_ALLOWED = 4
REPLACEMENTS_ALLOWED = 2
HIGHEST_COEFFICIENT = Decimal("0.005")
KILOMETERS_STEP = Decimal(1000)


class ExchangeGround(StrEnum):
    """Why the customer may ask for exchange or return inside the period."""

    REPAIR_DAYS = "repair_days"
    SAME_PROBLEM = "same_problem"
    PART_REPLACED_TWICE = "part_replaced_twice"
    SAFETY_FAULT_TWICE = "safety_fault_twice"


@dataclass(frozen=True, slots=True)
class CarRepairs:
    """What was done on one car inside its period.

    Attributes:
        repair_days: counted repair days in total (see `repair_days`).
        same_problem_repairs: repairs of the most repaired single problem.
        part_replacements: replacements of the same main part or assembly.
        still_not_usable: the car cannot be used after those replacements.
        safety_fault_repairs: repairs of a serious safety fault.
        safety_fault_remains: it is still there, or a new one came.
    """

    repair_days: int = 0
    same_problem_repairs: int = 0
    part_replacements: int = 0
    still_not_usable: bool = False
    safety_fault_repairs: int = 0
    safety_fault_remains: bool = False


def repair_days(agreed: datetime, done: datetime, excluded: timedelta = timedelta()) -> int:
    """Days of one repair: each full 24 h from agreement to completion, the rest as one day.

    `excluded` is transport time of parts made to the VIN or of the traction battery, and travel of
    road rescue.

    Raises:
        MeasureError: done before agreed, or more excluded than passed.
    """
    passed = done - agreed - excluded
    if passed < timedelta() or excluded < timedelta():
        raise MeasureError("the repair ends before it begins; check its times and the excluded time")
    return -(-passed // DAY)


def loan_car_due_from_day(days: int) -> int | None:
    """Day from which a loan car or travel money is due (day 6), None for up to five days."""
    return LOAN_CAR_AFTER_DAYS + 1 if days > LOAN_CAR_AFTER_DAYS else None


def exchange_period(start: date) -> WarrantyEnd:
    """Exchange/return period: two years or 50 000 km from invoice or delivery."""
    return warranty_end(start, months=24, meter=50_000.0)


def free_repair_period(start: date) -> WarrantyEnd:
    """Free repair period: three years or 60 000 km."""
    return warranty_end(start, months=36, meter=60_000.0)


def exchange_grounds(car: CarRepairs) -> tuple[ExchangeGround, ...]:
    """Grounds met; empty = no right. More than 30 days, more than 4 repairs of one problem, a main
    part replaced twice and still not usable, a safety fault repaired twice and still there.

    Raises:
        MeasureError: a negative count.
    """
    counts = (car.repair_days, car.same_problem_repairs, car.part_replacements, car.safety_fault_repairs)
    if min(counts) < 0:
        raise MeasureError("days, repairs and replacements must not be negative")
    tests = (
        (ExchangeGround.REPAIR_DAYS, car.repair_days > REPAIR_DAYS_ALLOWED),
        (ExchangeGround.SAME_PROBLEM, car.same_problem_repairs > SAME_PROBLEM_ALLOWED),
        (
            ExchangeGround.PART_REPLACED_TWICE,
            car.part_replacements >= REPLACEMENTS_ALLOWED and car.still_not_usable,
        ),
        (
            ExchangeGround.SAFETY_FAULT_TWICE,
            car.safety_fault_repairs >= REPLACEMENTS_ALLOWED and car.safety_fault_remains,
        ),
    )
    return tuple(ground for ground, is_met in tests if is_met)


def has_exchange_right(car: CarRepairs, *, start: date, on: date, kilometers: float) -> bool:
    """True when a ground is met inside the exchange period (two years or 50 000 km)."""
    return bool(exchange_grounds(car)) and is_covered(exchange_period(start), on, kilometers)


def use_compensation(price: Decimal, kilometers: Decimal, coefficient: Decimal = HIGHEST_COEFFICIENT) -> Decimal:
    """Price × km/1000 × n, n at most 0.5 %, in the currency of the price.

    Raises:
        MeasureError: a negative number, or n above 0.5 %.
    """
    if price < 0 or kilometers < 0 or not 0 <= coefficient <= HIGHEST_COEFFICIENT:
        raise MeasureError("price and kilometers must be at least 0, the coefficient at most 0.5 %")
    return price * kilometers / KILOMETERS_STEP * coefficient
