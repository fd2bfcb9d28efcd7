"""The customer's own page of an order: a random address, kept as a digest, open until the file is archived."""

import datetime as dt
import secrets

from django.db import transaction

from careloop.core import events
from careloop.core.actor import Actor
from careloop.workorders.models import OrderLink
from careloop.workorders.queries.public import digest
from careloop.workorders.services import loading


@transaction.atomic
def create_link(order_id: int, *, actor: Actor, at: dt.datetime, sent_to: str = "") -> str:
    """A new address for the customer; returns the token, which cannot be read again."""
    actor.require("workorders.book")
    order = loading.lock(order_id)
    token = secrets.token_urlsafe(24)
    OrderLink.objects.create(
        order=order,
        digest=digest(token),
        created_at=at,
        created_by_id=actor.person_id,
        sent_to=sent_to[:40],
        expires_at=at if order.state in ("archived", "cancelled") else None,
    )
    events.record("workorder.link", order, actor=actor, at=at, data={"sent_to": sent_to})
    return token


@transaction.atomic
def note_opened(link_id: int, *, at: dt.datetime) -> None:
    """The customer has opened his page for the first time: shown to whoever waits for the answer."""
    link = OrderLink.objects.select_related("order").get(pk=link_id)
    if OrderLink.objects.filter(pk=link_id, opened_at=None).update(opened_at=at):
        customer = Actor(None, None, link.order.contact.name, entrance="link")
        events.record("workorder.link_open", link.order, actor=customer, at=at)
