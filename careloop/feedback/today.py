"""Duties from follow-up: calls in their window, and thank-yous to those who are not asked."""

import datetime as dt

from django.urls import reverse
from django.utils.translation import gettext as _

from careloop.assets.queries import label_of
from careloop.core.actor import Actor
from careloop.core.address import link
from careloop.core.today import Duty
from careloop.feedback import queries
from careloop.feedback.context import why
from careloop.feedback.display import task_clock
from careloop.feedback.models import FollowUpTask
from careloop.feedback.states import CALL


def due(actor: Actor, *, now: dt.datetime, limit: int = 100) -> list[Duty]:
    """Calls this person may make now, and thank-yous. Three queries at most."""
    if not actor.may(CALL):
        return []
    calls = [_call(task, now) for task in queries.due_calls(actor, now=now, limit=limit)]
    return [*calls, *(_thanks(task) for task in queries.thanks_due(actor, limit=limit))]


def _call(task: FollowUpTask, now: dt.datetime) -> Duty:
    name = task.contact.name if task.contact else task.customer.name
    url = reverse("feedback:task", args=[task.number])
    return Duty(
        key=f"call-{task.pk}", view="calls", due_at=task.next_at or task.due_at,
        what=_("Follow-up with %(name)s") % {"name": name}, why=why(task, now), url=url,
        action_label=_("Call"), action_url=f"{reverse('feedback:desk')}?task={task.number}", action_icon="phone",
        customer_name=task.customer.name, customer_url=link("customers:detail", task.customer.code),
        object_label=label_of(task.asset) if task.asset else "", clock=task_clock(task, now),
    )  # fmt: skip


def _thanks(task: FollowUpTask) -> Duty:
    url = reverse("feedback:task", args=[task.number])
    assert task.thank_due_at is not None
    return Duty(
        key=f"thanks-{task.pk}", view="calls", due_at=task.thank_due_at, what=_("Thank-you message"),
        why=_("not asked because of the contact budget; a thank-you with a reply link goes out instead"), url=url,
        action_label=_("Thank"), action_url=url, action_icon="send", customer_name=task.customer.name,
        customer_url=link("customers:detail", task.customer.code),
        object_label=label_of(task.asset) if task.asset else "",
    )  # fmt: skip
