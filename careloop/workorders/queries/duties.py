"""Open orders with what the Today page needs: since when they stand, when the customer was asked."""

import datetime as dt
from typing import Any

from django.db.models import OuterRef, Subquery
from django.db.models.functions import Coalesce

from careloop.core.actor import Actor
from careloop.workorders.models import Estimate, OrderLine, OrderLink, Stamp, WorkOrder
from careloop.workorders.queries.lists import COLUMNS


def open_rows(actor: Actor, *, now: dt.datetime, limit: int) -> list[dict[str, Any]]:
    """One query."""
    stamps = Stamp.objects.filter(order=OuterRef("pk")).order_by("-pk")
    estimates = Estimate.objects.filter(order=OuterRef("pk"), void_at=None)
    links = OrderLink.objects.filter(order=OuterRef("pk"), opened_at__isnull=False)
    items = OrderLine.objects.filter(order=OuterRef("pk")).order_by("position", "pk")
    rows = (
        WorkOrder.objects.visible_to(actor)
        .open()
        .exclude(state="booked", booked_for__gt=now + dt.timedelta(days=2))
        .annotate(
            state_since=Subquery(stamps.values("started_at")[:1]),
            asked_at=Subquery(estimates.values("created_at")[:1]),
            link_opened_at=Subquery(links.values("opened_at")[:1]),
            first_item=Subquery(items.values("name")[:1]),
            urgent_at=Coalesce("promised_at", "booked_for", "created_at"),
        )
    )
    names = (
        *COLUMNS, "wanted", "missed_at", "created_at", "state_since", "asked_at", "link_opened_at", "first_item",
        "station__calendar__days", "station__calendar__hours",
    )  # fmt: skip
    return list(rows.order_by("urgent_at", "pk").values(*names)[:limit])
