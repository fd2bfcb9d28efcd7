"""Duties from the machine files: data that are to be compared again (R38)."""

import datetime as dt

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from careloop.assets import queries, rules
from careloop.assets.models import Asset
from careloop.core.actor import Actor
from careloop.core.timeline import day_label
from careloop.core.today import Duty
from careloop.customers.queries import refresh_periods
from careloop.customers.rules import refresh_due


def due(actor: Actor, *, now: dt.datetime, limit: int = 100) -> list[Duty]:
    """Machines of the actor's customers with outdated data. Two queries."""
    rows = queries.due_for_refresh(actor, today=timezone.localdate(now), limit=min(limit, 20))
    months = refresh_periods() if rows else {}
    return [_duty(asset, months, now=now) for asset in rows]


def _duty(asset: Asset, months: dict[str, int], *, now: dt.datetime) -> Duty:
    assert asset.confirmed_since is not None  # the query asks for a day
    since = timezone.make_aware(dt.datetime.combine(asset.confirmed_since, dt.time(12, 0)))
    due_on = refresh_due(since, months[asset.customer.grade])
    due_at = timezone.make_aware(dt.datetime.combine(due_on, dt.time(17, 0)))
    return Duty(
        key=f"refresh-asset-{asset.pk}",
        view="data",
        due_at=due_at,
        what=_("Confirm machine data"),
        why=_("the period for asking again ended on %(date)s") % {"date": day_label(due_on, timezone.localdate(now))},
        url=reverse("assets:detail", kwargs={"code": asset.code}),
        action_label=_("Confirm"),
        action_url=reverse("assets:confirm", kwargs={"code": asset.code}),
        action_icon="checks",
        customer_name=asset.customer.name,
        customer_url=reverse("customers:detail", kwargs={"code": asset.customer.code}),
        grade=asset.customer.grade,
        object_label=rules.show_plate(asset.plate) or queries.label_of(asset),
        is_plate=bool(asset.plate),
    )
