"""What stands beside the day's work: whose promised time comes next, and how much work each technician has in hand."""

import datetime as dt
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from django.db.models import Sum

from careloop.billing.models import LineKind
from careloop.core import calendar
from careloop.core.actor import Actor
from careloop.staff.models import Station
from careloop.workorders.models import OrderLine, WorkOrder
from careloop.workorders.queries.lists import COLUMNS, label, why
from careloop.workorders.queries.show import plate, promise_clock
from careloop.workorders.states import WORKING, LineConsent

AHEAD = dt.timedelta(hours=24)
FULL = Decimal("0.8")  # of the working time ahead; above it new work does not fit


def soonest(
    actor: Actor, *, stations: Mapping[int, Station], station: int | None, now: dt.datetime, limit: int = 5
) -> list[dict[str, Any]]:
    """Open orders by promised time: `{"url", "plate", "label", "sub", "clock"}`. One query."""
    rows = WorkOrder.objects.visible_to(actor).open().filter(promised_at__isnull=False)
    if station:
        rows = rows.filter(station_id=station)
    return [
        {
            "url": f"/work-orders/{row['number']}/",
            "plate": plate(row["asset__plate"]),
            "label": label(row),
            "sub": why(row, now),
            "clock": promise_clock(
                promised_at=row["promised_at"], received_at=row["received_at"], state=row["state"],
                station=stations[row["station_id"]], delivered_at=None, now=now,
            ),
        }
        for row in rows.order_by("promised_at", "pk").values(*COLUMNS)[:limit]
        if row["station_id"] in stations
    ]  # fmt: skip


def load(
    actor: Actor, *, stations: Sequence[Station], station: int | None, now: dt.datetime, limit: int = 8
) -> list[dict[str, Any]]:
    """Hours still to work and hours ahead for each technician with work: `{"name", "width", "tone", "text"}`."""
    lines = OrderLine.objects.filter(
        order__in=WorkOrder.objects.visible_to(actor).filter(state__in=WORKING), order__technician__isnull=False,
        kind=LineKind.LABOUR, consent=LineConsent.CONSENTED, done_at=None,
    )  # fmt: skip
    if station:
        lines = lines.filter(order__station_id=station)
    rows = (
        lines.values("order__technician__name", "order__station_id").annotate(hours=Sum("quantity")).order_by("-hours")
    )
    ahead = {
        row.pk: Decimal(calendar.minutes_between(calendar.working_time(row.calendar), now, now + AHEAD)) / 60
        for row in stations
    }
    return [
        _bar(
            str(row["order__technician__name"]), Decimal(row["hours"]), ahead.get(row["order__station_id"], Decimal(0))
        )
        for row in rows[:limit]
    ]


def _bar(name: str, hours: Decimal, ahead: Decimal) -> dict[str, Any]:
    share = hours / ahead if ahead else Decimal(1)
    return {
        "name": name,
        "width": int(min(share, Decimal(1)) * 100),
        "tone": "bad" if share > 1 else "warn" if share > FULL else "",
        "text": f"{hours:.1f} / {ahead:.1f}",
    }
