"""The conversation: take a call, note the answers, end it in one of the ways there are."""

import datetime as dt
from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction
from django.utils.translation import gettext as _

from careloop.complaints.models import Complaint
from careloop.core import flow
from careloop.core.actor import Actor
from careloop.core.errors import DomainError, TransitionRefused
from careloop.customers import queries as customer_queries
from careloop.customers import services as customers
from careloop.feedback import queries, rules
from careloop.feedback.models import Answer, CallAttempt, FollowUpTask, Method
from careloop.feedback.services.answering import close_answer, open_complaint, write_answer
from careloop.feedback.services.base import SEALED, close_file, locked, take_step
from careloop.feedback.services.links import link_fields
from careloop.feedback.states import FOLLOW_UP, MAX_ATTEMPTS, TaskState, my_call
from careloop.workorders import services as workorders

Result = CallAttempt.Result
NOBODY = (Result.NO_ANSWER, Result.BUSY, Result.WRONG_NUMBER)


@transaction.atomic
def take_call(task_id: int, *, actor: Actor, at: dt.datetime) -> FollowUpTask:
    """Start the call. Of two callers one gets it; the other is told who has it."""
    task = locked(task_id)
    if task.state == TaskState.IN_CALL and task.caller is not None:
        raise TransitionRefused(_("%(name)s is in this call already. Take the next one.") % {"name": task.caller.name})
    take_step(
        task, "take", actor=actor, at=at, caller_id=actor.person_id, taken_at=at, next_at=None,
        first_tried_at=task.first_tried_at or at,
    )  # fmt: skip
    if task.order_id is not None:
        workorders.start_follow_up(task.order_id, actor=actor, at=at)
    return task


def _require_my_call(task: FollowUpTask, actor: Actor, at: dt.datetime) -> None:
    actor.require("feedback.call")
    if task.state != TaskState.IN_CALL:
        raise TransitionRefused(_("This call is not running. Start it first."))
    if (refusal := my_call(task, actor=actor, at=at)) is not None:
        raise TransitionRefused(refusal)


@transaction.atomic
def save_answer(task_id: int, values: dict[str, Any], *, actor: Actor, at: dt.datetime) -> Answer:
    """Note one or more answers during the call; each is kept at once, so a broken line loses none."""
    task = locked(task_id)
    _require_my_call(task, actor, at)
    return write_answer(task, values, actor=actor, at=at, channel=channel_of(task))


def channel_of(task: FollowUpTask) -> str:
    """How this answer came: the task's method; an answer by link that a caller types in came on paper."""
    return Answer.Channel.PAPER if task.method == Method.LINK else task.method


@transaction.atomic
def register_call_complaint(
    task_id: int, *, actor: Actor, at: dt.datetime, words: str, desired_remedy: str = ""
) -> Complaint:
    """The complaint button: the customer complains, whatever he rated. His words stay in the answer too."""
    task = locked(task_id)
    _require_my_call(task, actor, at)
    if not words.strip():
        raise DomainError(_("Write down the customer's own words."), field="words")
    answer = write_answer(task, {}, actor=actor, at=at, channel=channel_of(task))
    if answer.complaint_id is not None:
        raise DomainError(_("The complaint is registered already: %(number)s.") % {"number": answer.complaint})
    if not answer.verbatim.strip():
        write_answer(task, {"verbatim": words}, actor=actor, at=at, channel=channel_of(task))
    return open_complaint(task, answer, actor=actor, at=at, words=words, desired_remedy=desired_remedy)


@transaction.atomic
def finish_call(task_id: int, *, actor: Actor, at: dt.datetime) -> FollowUpTask:
    """End of the conversation. A dissatisfied answer needs its complaint first, with the customer's words (R101)."""
    task = locked(task_id)
    _require_my_call(task, actor, at)
    answer = task.answer_or_none
    if answer is None:
        raise TransitionRefused(_("Nothing is answered yet. If the customer does not want to, choose that."))
    if answer.is_dissatisfied and answer.complaint_id is None:
        if not answer.verbatim.strip():
            raise DomainError(
                _("The customer is dissatisfied: write down his words, they open the complaint."), field="verbatim"
            )
        open_complaint(task, answer, actor=actor, at=at, words=answer.verbatim)
    flow.check(FOLLOW_UP, task, "finish_satisfied", actor=actor, at=at)
    outcome = close_answer(task, answer, actor=actor, at=at)
    _attempt(task, Result.REACHED, actor=actor, at=at)
    take_step(
        task, f"finish_{outcome}", actor=actor, at=at, sealed=SEALED, ended_at=at, asked_at=task.asked_at or at,
        is_late=at > task.due_at,
    )  # fmt: skip
    close_file(task, actor=actor, at=at)
    return task


def _attempt(task: FollowUpTask, result: str, *, actor: Actor, at: dt.datetime, note: str = "") -> CallAttempt:
    zone = task.station.time_zone
    start = task.taken_at or at
    return CallAttempt.objects.create(
        task=task, at=start, ended_at=max(at, start), day=start.astimezone(ZoneInfo(zone)).date(),
        daypart=rules.daypart(start, zone), caller_id=actor.person_id, result=result, counts=result in NOBODY,
        method=task.method,
        note=note.strip()[:300],
    )  # fmt: skip


@transaction.atomic
def miss_call(
    task_id: int, *, actor: Actor, at: dt.datetime, result: str = Result.NO_ANSWER, note: str = ""
) -> FollowUpTask:
    """Nobody answered. After the third attempt, on another day and time of day each, the customer gets the link."""
    if result not in NOBODY:
        raise DomainError(_("Choose what happened: nobody answers, busy, or wrong number."), field="result")
    task = locked(task_id)
    _require_my_call(task, actor, at)
    _attempt(task, result, actor=actor, at=at, note=note)
    count = task.attempt_count + 1
    fields: dict[str, Any] = {"attempt_count": count, "data": {"result": result, "attempt": count}}
    if count >= MAX_ATTEMPTS:
        take_step(task, "miss_last", actor=actor, at=at, confirm_contact=True, **link_fields(task, at=at), **fields)
    else:
        take_step(task, "miss", actor=actor, at=at, **fields)
    if result == Result.WRONG_NUMBER and task.contact_id is not None:
        _mark_wrong(task.contact_id, actor=actor, at=at)
    return task


def _mark_wrong(contact_id: int, *, actor: Actor, at: dt.datetime) -> None:
    channel = customer_queries.main_number(contact_id)
    if channel is not None and actor.may("customers.verify_contact"):
        customers.mark_wrong(channel.pk, actor=actor, at=at)


@transaction.atomic
def break_off(task_id: int, *, actor: Actor, at: dt.datetime, note: str = "") -> FollowUpTask:
    """The line broke: the answers so far are kept, the call goes on later; it counts as no attempt."""
    task = locked(task_id)
    take_step(task, "break_off", actor=actor, at=at)
    _attempt(task, Result.LINE_BROKEN, actor=actor, at=at, note=note)
    return task


@transaction.atomic
def reschedule(task_id: int, *, actor: Actor, at: dt.datetime, next_at: dt.datetime, note: str = "") -> FollowUpTask:
    """Not convenient now: a time the customer names, outside quiet hours."""
    if next_at <= at:
        raise DomainError(_("Agree on a time in the future."), field="next_at")
    task = locked(task_id)
    if (refusal := task.quiet_refusal(next_at)) is not None:
        raise DomainError(refusal, field="next_at")
    was_in_call = task.state == TaskState.IN_CALL
    take_step(task, "reschedule", actor=actor, at=at, next_at=next_at, data={"next_at": next_at.isoformat()})
    if was_in_call:
        _attempt(task, Result.NOT_CONVENIENT, actor=actor, at=at, note=note)
    return task


@transaction.atomic
def change_method(task_id: int, *, actor: Actor, at: dt.datetime, method: str, note: str = "") -> FollowUpTask:
    """Another way to ask: the customer wants it so, or the one before failed (R98)."""
    if method not in Method.values:
        raise DomainError(_("Choose how the customer is asked."), field="method")
    task = locked(task_id)
    before = task.method
    take_step(
        task, "change_method", actor=actor, at=at, method=method, sealed="",
        data={"before": before, "method": method, "note": note.strip()[:200]},
    )  # fmt: skip
    return task


@transaction.atomic
def enter_reply(task_id: int, *, actor: Actor, at: dt.datetime) -> FollowUpTask:
    """The answer came in writing, by letter or message: the caller types it in, word for word."""
    task = locked(task_id)
    take_step(
        task, "enter_reply", actor=actor, at=at, caller_id=actor.person_id, taken_at=at, link_digest="", link_nonce="",
        link_expires_at=None, first_tried_at=task.first_tried_at or at,
    )  # fmt: skip
    return task


@transaction.atomic
def refuse_call(task_id: int, *, actor: Actor, at: dt.datetime, reason: str) -> FollowUpTask:
    """The customer does not want to answer: he was asked, that uses the budget too."""
    task = locked(task_id)
    take_step(task, "refuse", actor=actor, at=at, reason=reason, asked_at=at, ended_at=at)
    _attempt(task, Result.REFUSED, actor=actor, at=at)
    close_file(task, actor=actor, at=at, reason=_("customer did not want to answer"))
    return task


def release_stale(*, now: dt.datetime, limit: int = 100) -> int:
    """Calls that nobody ended for two hours go back to the queue; their answers are kept."""
    found = queries.ids_of_stale_calls(now - dt.timedelta(hours=2), limit)
    for pk in found:
        break_off(pk, actor=Actor.system(), at=now, note=_("released by the program"))
    return len(found)
