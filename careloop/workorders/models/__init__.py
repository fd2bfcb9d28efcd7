"""Work orders of the shop: the order, its six stamps, items, estimates, consents, inspections."""

from careloop.workorders.models.estimates import ConsentCode, Estimate, EstimateConsent
from careloop.workorders.models.lines import Advice, OrderLine, Reading
from careloop.workorders.models.order import (
    HANDED_OVER,
    OPEN,
    BookingDay,
    OrderLink,
    OrderPerson,
    Stamp,
    WorkOrder,
    WorkOrderQuerySet,
)
from careloop.workorders.models.work import Inspection, WorkLog

__all__ = [
    "Advice",
    "BookingDay",
    "ConsentCode",
    "Estimate",
    "EstimateConsent",
    "HANDED_OVER",
    "Inspection",
    "OPEN",
    "OrderLine",
    "OrderLink",
    "OrderPerson",
    "Reading",
    "Stamp",
    "WorkLog",
    "WorkOrder",
    "WorkOrderQuerySet",
]
