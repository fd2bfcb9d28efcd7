"""Duties from the customer files: data that are to be asked again (R38)."""

import datetime as dt

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from careloop.core.actor import Actor
from careloop.core.timeline import day_label
from careloop.core.today import Duty
from careloop.customers import queries


def due(actor: Actor, *, now: dt.datetime, limit: int = 100) -> list[Duty]:
    """Customers of the actor with outdated data. One query."""
    today = timezone.localdate(now)
    return [_duty(row, now=now) for row in queries.due_for_refresh(actor, today=today, limit=min(limit, 20))]


def _duty(row: dict[str, object], *, now: dt.datetime) -> Duty:
    due_on = row["refresh_due_on"]
    assert isinstance(due_on, dt.date)
    due_at = timezone.make_aware(dt.datetime.combine(due_on, dt.time(17, 0)))
    url = reverse("customers:detail", kwargs={"code": row["code"]})
    return Duty(
        key=f"refresh-{row['id']}",
        view="data",
        due_at=due_at,
        what=_("Confirm customer data"),
        why=_("the period for asking again ended on %(date)s") % {"date": day_label(due_on, timezone.localdate(now))},
        url=url,
        action_label=_("Confirm"),
        action_url=reverse("customers:confirm", kwargs={"code": row["code"]}),
        action_icon="checks",
        customer_name=str(row["name"]),
        customer_url=url,
        grade=str(row["grade"]),
    )
