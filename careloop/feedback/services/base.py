"""What all services of follow-up share."""

import datetime as dt
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from careloop.core import access, flow
from careloop.core.actor import Actor
from careloop.core.models import AccessLog, Event
from careloop.feedback.models import VIEW_TASK, FollowUpTask
from careloop.feedback.states import FOLLOW_UP
from careloop.workorders import services as workorders

# Nobody holds this right: what tells the outcome is not on any timeline before the answer is locked, because a seal
# by right cannot keep apart a caller who took part in the service from one who did not (R13).
SEALED = "feedback.sealed"
OPEN_TO_ALL = ("plan", "open", "cancel", "waive", "waive_auto", "take_back")


def locked(task_id: int) -> FollowUpTask:
    rows = FollowUpTask.objects.select_related("station", "contact", "customer", "asset__model", "version", "caller")
    return rows.lock(task_id)


def take_step(
    task: FollowUpTask, action: str, *, actor: Actor, at: dt.datetime, reason: str = "", **rest: Any
) -> Event:
    """`flow.apply`; the steps of the conversation are sealed for those who may see follow-ups."""
    sealed = rest.pop("sealed", "" if action in OPEN_TO_ALL else VIEW_TASK)
    if reason.strip():
        task.reason = reason.strip()[:300]
    return flow.apply(FOLLOW_UP, task, action, actor=actor, at=at, reason=reason, sealed=sealed, **rest)


def close_file(task: FollowUpTask, *, actor: Actor, at: dt.datetime, reason: str = "") -> None:
    """The follow-up has ended: the work order, and those whose follow-up was merged into it, go to the archive."""
    merged = FollowUpTask.objects.filter(merged_into=task).exclude(order=None).values_list("order_id", flat=True)
    for order_id in [task.order_id, *merged]:
        if order_id is not None:
            workorders.archive_order(order_id, actor=actor, at=at, person_id=actor.person_id, reason=reason)


def own_service() -> str:
    return _("You took part in this service. Its follow-up is made by somebody else, and you do not see it.")


def own_rating() -> str:
    return _("This answer rates your own work or unit. You see it when it is locked.")


def kept_for_good() -> str:
    return _("A follow-up is never removed and keeps whom it rates. It may be waived with a reason.")


@transaction.atomic
def note_refusal(task: FollowUpTask | None, what: str, *, actor: Actor, at: dt.datetime) -> AccessLog:
    """Somebody without the right, or of the rated side, tried to see or change it: refused, and kept here (R13).

    `what`: `follow_up`, `answer`, or the list or export that was asked for.
    """
    return access.log("refused", actor=actor, at=at, subject=task, rows=0, detail={"what": what})
