"""State tables of follow-up tasks (domain file 5.5) and questionnaire versions, with the guards of their steps."""

import datetime as dt
from typing import Any

from django.db import models
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from careloop.core import flow
from careloop.core.actor import Actor
from careloop.core.errors import Text
from careloop.core.words import listed

CALL = "feedback.call"
WAIVE = "feedback.waive"
CHANGE_QUESTIONNAIRE = "feedback.change_questionnaire"
MAX_ATTEMPTS = 3
RECOVER_WITHIN = dt.timedelta(days=30)


class TaskState(models.TextChoices):
    PLANNED = "planned", _l("planned")
    DUE = "due", _l("to call")
    IN_CALL = "in_call", _l("in call")
    RESCHEDULED = "rescheduled", _l("time agreed")
    LINK_SENT = "link_sent", _l("link sent")
    SATISFIED = "done_satisfied", _l("done, satisfied")
    REMARKS = "done_remarks", _l("done, with remarks")
    COMPLAINT = "done_complaint", _l("done, complaint")
    UNREACHABLE = "unreachable", _l("not reached")
    REFUSED = "refused", _l("no answer wanted")
    WAIVED = "waived", _l("waived")
    CANCELLED = "cancelled", _l("cancelled")


class WaiveReason(models.TextChoices):
    """Why a closed service was not asked about; it stays in the count of the eligible ones (R114)."""

    BUDGET = "budget", _l("asked recently (contact budget)")
    DO_NOT_CALL = "do_not_call", _l("wants no calls")
    NO_CONTACT = "no_contact", _l("no contact known")
    NO_CONSENT = "no_consent", _l("consent withdrawn")
    INTERNAL = "internal", _l("internal order")
    NOT_NEEDED = "not_needed", _l("not needed")
    OTHER = "other", _l("other reason")


T = TaskState
DONE = (T.SATISFIED, T.REMARKS, T.COMPLAINT)
FINAL = (*DONE, T.UNREACHABLE, T.REFUSED, T.WAIVED, T.CANCELLED)
OPEN = (T.PLANNED, T.DUE, T.IN_CALL, T.RESCHEDULED, T.LINK_SENT)
CALLABLE = (T.PLANNED, T.DUE, T.RESCHEDULED)


def not_too_early(task: Any, *, actor: Actor, at: dt.datetime) -> Text | None:
    if at < task.not_before:
        return _("The window of this follow-up is not open yet.")
    return None


def at_agreed_time(task: Any, *, actor: Actor, at: dt.datetime) -> Text | None:
    if task.next_at is not None and at < task.next_at - dt.timedelta(minutes=15):
        return _("A later time is agreed with the customer.")
    return None


def not_quiet(task: Any, *, actor: Actor, at: dt.datetime) -> Text | None:
    refusal: Text | None = task.quiet_refusal(at)
    return refusal


def may_be_called(task: Any, *, actor: Actor, at: dt.datetime) -> Text | None:
    refusal: Text | None = task.contact_refusal()
    return refusal


def inside_budget(task: Any, *, actor: Actor, at: dt.datetime) -> Text | None:
    refusal: Text | None = task.budget_refusal(at)
    return refusal


def did_not_serve(task: Any, *, actor: Actor, at: dt.datetime) -> Text | None:
    """Nobody asks about a service that he took part in; the customer's own link can replace the call."""
    if actor.person_id is not None and task.took_part(actor.person_id):
        return _("You took part in this service. Somebody else calls, or the customer answers by link.")
    return None


def competent(task: Any, *, actor: Actor, at: dt.datetime) -> Text | None:
    if not task.is_competent(actor.person_id):
        return _("This call needs knowledge of the product that your record does not show.")
    return None


def my_call(task: Any, *, actor: Actor, at: dt.datetime) -> Text | None:
    if not actor.is_system and actor.person_id != task.caller_id:
        return _("%(name)s is in this call.") % {"name": task.caller.name if task.caller else "—"}
    return None


def has_version(task: Any, *, actor: Actor, at: dt.datetime) -> Text | None:
    return None if task.version_id else _("No questionnaire is published for this kind of service.")


def attempts_left(task: Any, *, actor: Actor, at: dt.datetime) -> Text | None:
    if task.attempt_count >= MAX_ATTEMPTS:
        return _("Three attempts were made. The customer gets the link.")
    return None


def another_daypart(task: Any, *, actor: Actor, at: dt.datetime) -> Text | None:
    """Three attempts on three different days and times of day."""
    refusal: Text | None = task.attempt_refusal(at)
    return refusal


def complaint_registered(task: Any, *, actor: Actor, at: dt.datetime) -> Text | None:
    """A dissatisfied answer has its complaint before the call can be finished (R101)."""
    answer = task.answer_or_none
    if answer is not None and answer.is_dissatisfied and answer.complaint_id is None:
        return _("The customer is dissatisfied. Register the complaint before you finish.")
    return None


def everything_asked(task: Any, *, actor: Actor, at: dt.datetime) -> Text | None:
    missing = task.unanswered_labels()
    if missing:
        return _("Still to ask: %(questions)s. “Not applicable” counts as an answer.") % {"questions": listed(missing)}
    return None


def inside_window(task: Any, *, actor: Actor, at: dt.datetime) -> Text | None:
    if at > task.due_at:
        return _("The window has ended; the follow-up stays waived.")
    return None


def recent_enough(task: Any, *, actor: Actor, at: dt.datetime) -> Text | None:
    if task.ended_at is not None and at - task.ended_at > RECOVER_WITHIN:
        return _("More than 30 days have passed since the last attempt.")
    return None


def contact_verified(task: Any, *, actor: Actor, at: dt.datetime) -> Text | None:
    if not task.has_verified_contact():
        return _("Verify a contact of the customer first.")
    return None


def link_open(task: Any, *, actor: Actor, at: dt.datetime) -> Text | None:
    if task.link_expires_at is None or at >= task.link_expires_at:
        return _("This link has ended.")
    return None


CALL_GUARDS = (
    did_not_serve,
    competent,
    not_too_early,
    at_agreed_time,
    not_quiet,
    may_be_called,
    inside_budget,
    has_version,
    attempts_left,
    another_daypart,
)

FOLLOW_UP = flow.table(
    "follow_up",
    TaskState,
    (
        # action      from              to          right  label
        flow.step("plan", [flow.START], T.PLANNED, "", _l("Plan"), auto=True),
        flow.step("open", [T.PLANNED, T.RESCHEDULED], T.DUE, "", _l("Window opens"), auto=True),
        flow.step("take", CALLABLE, T.IN_CALL, CALL, _l("Call now"), *CALL_GUARDS, icon="phone"),
        flow.step("break_off", [T.IN_CALL], T.DUE, CALL, _l("Line broken"), my_call, icon="phone-x"),
        flow.step("miss", [T.IN_CALL], T.DUE, CALL, _l("Nobody answers"), my_call, icon="phone-off"),
        flow.step("miss_last", [T.IN_CALL], T.LINK_SENT, CALL, _l("Third time nobody answers"), my_call),
        flow.step(
            "reschedule",
            [T.IN_CALL, T.DUE],
            T.RESCHEDULED,
            CALL,
            _l("Agree on another time"),
            did_not_serve,
            icon="calendar-time",
        ),
        flow.step(
            "refuse",
            [T.IN_CALL],
            T.REFUSED,
            CALL,
            _l("Customer does not want to answer"),
            my_call,
            needs_reason=True,
            icon="hand-stop",
        ),
        flow.step(
            "finish_satisfied",
            [T.IN_CALL],
            T.SATISFIED,
            CALL,
            _l("End of the call"),
            my_call,
            everything_asked,
            complaint_registered,
        ),
        flow.step(
            "finish_remarks",
            [T.IN_CALL],
            T.REMARKS,
            CALL,
            _l("End of the call"),
            my_call,
            everything_asked,
            complaint_registered,
        ),
        flow.step(
            "finish_complaint",
            [T.IN_CALL],
            T.COMPLAINT,
            CALL,
            _l("End of the call"),
            my_call,
            everything_asked,
            complaint_registered,
        ),
        flow.step(
            "send_link",
            [T.DUE, T.RESCHEDULED],
            T.LINK_SENT,
            CALL,
            _l("Send the link"),
            not_too_early,
            inside_budget,
            has_version,
            icon="send",
        ),
        flow.step(
            "answer_satisfied",
            [T.LINK_SENT],
            T.SATISFIED,
            "",
            _l("Answered by link"),
            link_open,
            everything_asked,
            complaint_registered,
            auto=True,
        ),
        flow.step(
            "answer_remarks",
            [T.LINK_SENT],
            T.REMARKS,
            "",
            _l("Answered by link"),
            link_open,
            everything_asked,
            complaint_registered,
            auto=True,
        ),
        flow.step(
            "answer_complaint",
            [T.LINK_SENT],
            T.COMPLAINT,
            "",
            _l("Answered by link"),
            link_open,
            everything_asked,
            complaint_registered,
            auto=True,
        ),
        flow.step("expire", [T.LINK_SENT], T.UNREACHABLE, "", _l("Link ended"), auto=True),
        flow.step(
            "recover", [T.UNREACHABLE], T.DUE, CALL, _l("Call again"), recent_enough, contact_verified, icon="rotate"
        ),
        flow.step(
            "waive",
            [T.PLANNED, T.DUE, T.RESCHEDULED],
            T.WAIVED,
            WAIVE,
            _l("Waive"),
            did_not_serve,
            needs_reason=True,
            icon="circle-minus",
        ),
        flow.step("waive_auto", [T.PLANNED, T.DUE, T.RESCHEDULED], T.WAIVED, "", _l("Waived by rule"), auto=True),
        flow.step(
            "take_back",
            [T.WAIVED],
            T.PLANNED,
            WAIVE,
            _l("Take the waiver back"),
            inside_window,
            did_not_serve,
            needs_reason=True,
            icon="arrow-back-up",
        ),
        flow.step("cancel", [T.PLANNED, T.DUE, T.RESCHEDULED, T.LINK_SENT], T.CANCELLED, "", _l("Cancel"), auto=True),
    ),
    final=FINAL,
)


class VersionState(models.TextChoices):
    DRAFT = "draft", _l("draft")
    PUBLISHED = "published", _l("released")
    RETIRED = "retired", _l("retired")


def publishable(version: Any, *, actor: Actor, at: dt.datetime) -> Text | None:
    problems = version.publishing_problems()
    return problems[0] if problems else None


QUESTIONNAIRE = flow.table(
    "questionnaire",
    VersionState,
    (
        flow.step("draft", [flow.START], VersionState.DRAFT, CHANGE_QUESTIONNAIRE, _l("New version")),
        flow.step(
            "publish",
            [VersionState.DRAFT],
            VersionState.PUBLISHED,
            CHANGE_QUESTIONNAIRE,
            _l("Release"),
            publishable,
            icon="rocket",
        ),
        flow.step(
            "retire", [VersionState.PUBLISHED], VersionState.RETIRED, CHANGE_QUESTIONNAIRE, _l("Retire"), icon="archive"
        ),
    ),
    final=[VersionState.RETIRED],
)
