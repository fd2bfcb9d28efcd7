"""F32: what a failure costs the customer, and the service that fits."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from careloop.measures.errors import MeasureError


class ServiceStrategy(StrEnum):
    """By fixed cost per failure (F) and cost per hour of stop (V)."""

    EXCHANGE = "exchange_or_mail_in"
    PLANNED_VISIT = "planned_visit_and_remote"
    SPARE_AND_HOTLINE = "spare_on_site_and_hotline"
    REDUNDANCY = "redundancy_or_resident_engineer"


@dataclass(frozen=True, slots=True)
class FailureCost:
    """Money per event and per year."""

    per_event: Decimal
    per_year: Decimal


def failure_cost(
    fixed: Decimal, per_hour: Decimal, *, wait_hours: Decimal, repair_hours: Decimal, events_per_year: Decimal
) -> FailureCost:
    """Loss per event = F + V·(wait + repair).

    Raises:
        MeasureError: a negative number.

    Source: Lele (1997), framework of after-sales service strategies by cost of failure.
    """
    if min(fixed, per_hour, wait_hours, repair_hours, events_per_year) < 0:
        raise MeasureError("costs, hours and events must not be negative")
    event = fixed + per_hour * (wait_hours + repair_hours)
    return FailureCost(event, event * events_per_year)


def service_strategy(
    fixed: Decimal, per_hour: Decimal, *, fixed_border: Decimal, per_hour_border: Decimal
) -> ServiceStrategy:
    """Segment by two borders that the company sets; at or above a border counts as high."""
    if fixed >= fixed_border:
        return ServiceStrategy.REDUNDANCY if per_hour >= per_hour_border else ServiceStrategy.PLANNED_VISIT
    return ServiceStrategy.SPARE_AND_HOTLINE if per_hour >= per_hour_border else ServiceStrategy.EXCHANGE
