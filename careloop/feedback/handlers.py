"""What follow-up does when something happened below: one short function per event."""

import datetime as dt

from careloop.core.actor import Actor
from careloop.core.models import Event
from careloop.feedback import services


def on_delivered(event: Event, *, now: dt.datetime) -> None:
    """A delivery plans exactly one follow-up, also when the event comes twice (R65)."""
    services.plan_for_order(event.subject_id, actor=Actor.system(), at=now)


def on_delivery_undone(event: Event, *, now: dt.datetime) -> None:
    services.cancel_for_order(event.subject_id, actor=Actor.system(), at=now)


def on_case_closed(event: Event, *, now: dt.datetime) -> None:
    """A request closed without an order: its follow-up decision becomes a task, or a reason (R109)."""
    services.plan_for_case(event.subject_id, actor=Actor.system(), at=now)


def on_case_undone(event: Event, *, now: dt.datetime) -> None:
    """A closing was taken back: so is the follow-up that came from it."""
    if event.data.get("undone") == "close":
        services.cancel_for_case(event.subject_id, actor=Actor.system(), at=now)
