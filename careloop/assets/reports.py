"""How good the machine files are: complete, fresh, quickly entered (R38, R160)."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass

from dateutil.relativedelta import relativedelta
from django.utils import timezone

from careloop.assets import queries, rules
from careloop.assets.models import AssetConfirmation
from careloop.core.actor import Actor
from careloop.customers.queries import refresh_periods
from careloop.customers.reports import MONTHS, FreshFields
from careloop.customers.rules import Entered, EntryQuality, entry_quality, refresh_due


@dataclass(frozen=True, slots=True)
class Files:
    count: int
    complete: int
    average: float


def files(actor: Actor) -> Files:
    total, full, percent = 0, 0, 0
    for value in queries.assets(actor).in_hand().values_list("completeness", flat=True).iterator():
        total, full, percent = total + 1, full + (value == 100), percent + value
    return Files(total, full, percent / total if total else 0.0)


def fresh_fields(actor: Actor, *, today: dt.date) -> FreshFields:
    """Three queries. Never confirmed counts from the day of the file."""
    visible = queries.assets(actor).in_hand()
    known: dict[int, dict[str, dt.datetime]] = {}
    told = AssetConfirmation.objects.filter(asset__in=visible).values_list("asset", "field", "confirmed_at")
    for asset_id, name, at in told.iterator():
        known.setdefault(asset_id, {})[name] = at
    months = refresh_periods()
    fresh, total = 0, 0
    rows = visible.values_list("pk", "customer__grade", "created_at", *rules.CONFIRMABLE)
    for pk, grade, created_at, *values in rows.iterator():
        dates = known.get(pk, {})
        for name in rules.confirmable(dict(zip(rules.CONFIRMABLE, values, strict=True))):
            total += 1
            fresh += refresh_due(dates.get(name, created_at), months[grade]) > today
    return FreshFields(fresh, total)


def entered(actor: Actor, *, today: dt.date) -> list[EntryQuality]:
    """Files of the last twelve months, per person and month; the event is the shipment, or the hand-over."""
    first = today.replace(day=1) - relativedelta(months=MONTHS - 1)
    since = timezone.make_aware(dt.datetime.combine(first, dt.time.min))
    rows = queries.assets(actor).filter(created_at__gte=since)
    made = rows.values_list("created_by__name", "created_at", "completeness", "shipped_on", "delivered_on")

    def read() -> Iterator[Entered]:
        for person, created_at, percent, shipped_on, delivered_on in made.iterator():
            day, local = shipped_on or delivered_on, timezone.localdate(created_at)
            hours = 24.0 * (local - day).days if day is not None and day <= local else None
            yield Entered(person or "CareLoop", local.replace(day=1), percent, hours)

    return entry_quality(read())
