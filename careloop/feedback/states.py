"""State tables of follow-up tasks (domain file 5.5) and questionnaire versions, with the guards of their steps."""

import datetime as dt
from typing import Any

from django.db import models
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from careloop.core import flow
from careloop.core.actor import Actor
from careloop.core.clock import short_time
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
    when = short_time(task.not_before, at)
    return _("Too early: the window opens at %(when)s.") % {"when": when} if at < task.not_before else None


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


def is_conversation(task: Any, *, actor: Actor, at: dt.datetime) -> Text | None:
    if not task.is_conversation:
        return _("This customer is asked in writing: %(method)s. Send it, or choose another method.") % {
            "method": task.get_method_display()}  # fmt: skip
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
    is_conversation,
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
        flow.step(
            "change_method",
            [T.PLANNED, T.DUE, T.RESCHEDULED],
            None,
            CALL,
            _l("Another method"),
            did_not_serve,
            icon="arrows-exchange",
        ),
        flow.step(
            "enter_reply",
            [T.LINK_SENT],
            T.IN_CALL,
            CALL,
            _l("Enter the written answer"),
            did_not_serve,
            competent,
            icon="pencil",
        ),
        flow.step(
            "cancel",
            [T.PLANNED, T.DUE, T.RESCHEDULED, T.LINK_SENT, T.WAIVED],
            T.CANCELLED,
            "",
            _l("Cancel"),
            auto=True,
        ),
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


def asks_no_value_yet(version: Any, *, actor: Actor, at: dt.datetime) -> Text | None:
    if any(item.is_rating for item in version.items.all()):
        return _("This version asks about value and cost already.")
    return None


QUESTIONNAIRE = flow.table(
    "questionnaire",
    VersionState,
    (
        flow.step("draft", [flow.START], VersionState.DRAFT, CHANGE_QUESTIONNAIRE, _l("New version")),
        flow.step(
            "add_value",
            [VersionState.DRAFT],
            None,
            CHANGE_QUESTIONNAIRE,
            _l("Ask about value and cost"),
            asks_no_value_yet,
            icon="scale",
        ),
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


# --- plans, measures, recovery -----------------------------------------------------------------------------------

PLAN_RIGHT, APPROVE_PLAN = "feedback.plan", "feedback.approve_plan"


class PlanState(models.TextChoices):
    DRAFT = "draft", _l("draft")
    SUBMITTED = "submitted", _l("submitted")
    APPROVED = "approved", _l("approved, running")
    STOPPED = "stopped", _l("stopped")
    EVALUATED = "evaluated", _l("evaluated")


def four_points(plan: Any, *, actor: Actor, at: dt.datetime) -> Text | None:
    """Time, persons, method and content (R96)."""
    missing = plan.missing_points()
    if missing:
        return _("The plan still lacks: %(points)s.") % {"points": listed(missing)}
    return None


def not_of_rated_unit(plan: Any, *, actor: Actor, at: dt.datetime) -> Text | None:
    if plan.is_rated_unit(actor.person_id):
        return _("Your unit is rated by this plan. Top management approves it.")
    return None


def measure_done(plan: Any, *, actor: Actor, at: dt.datetime) -> Text | None:
    if plan.measure is not None and plan.measure.state != MeasureState.VERIFYING:
        return _("The measure is not carried out yet.")
    return None


P = PlanState
PLAN = flow.table(
    "follow_up_plan",
    PlanState,
    (
        flow.step("draft", [flow.START], P.DRAFT, PLAN_RIGHT, _l("New plan")),
        flow.step("submit", [P.DRAFT], P.SUBMITTED, PLAN_RIGHT, _l("Submit to management"), four_points, icon="send"),
        flow.step(
            "approve", [P.SUBMITTED], P.APPROVED, APPROVE_PLAN, _l("Approve"), four_points, not_of_rated_unit,
            icon="check",
        ),
        flow.step(
            "send_back", [P.SUBMITTED], P.DRAFT, APPROVE_PLAN, _l("Send back"), needs_reason=True,
            icon="arrow-back-up",
        ),
        flow.step("stop", [P.APPROVED], P.STOPPED, PLAN_RIGHT, _l("Stop"), needs_reason=True, icon="circle-x"),
        flow.step("replace", [P.APPROVED], P.STOPPED, "", _l("Replaced by a newer plan"), auto=True),
        flow.step(
            "evaluate", [P.APPROVED], P.EVALUATED, PLAN_RIGHT, _l("Evaluate"), measure_done, icon="chart-line"
        ),
    ),
    final=[P.STOPPED, P.EVALUATED],
)  # fmt: skip


class MeasureState(models.TextChoices):
    DRAFT = "draft", _l("draft")
    ISSUED = "issued", _l("issued by follow-up")
    EXECUTING = "executing", _l("being carried out")
    VERIFYING = "verifying", _l("to be verified by follow-up")
    CLOSED = "closed", _l("closed, effective")


M = MeasureState
MEASURE = flow.table(
    "measure",
    MeasureState,
    (
        flow.step("draft", [flow.START], M.DRAFT, PLAN_RIGHT, _l("New measure")),
        flow.step("issue", [M.DRAFT], M.ISSUED, PLAN_RIGHT, _l("Issue"), icon="send"),
        flow.step("approve", [M.ISSUED], M.EXECUTING, APPROVE_PLAN, _l("Approve"), icon="check"),
        flow.step(
            "reject", [M.ISSUED], M.DRAFT, APPROVE_PLAN, _l("Send back"), needs_reason=True, icon="arrow-back-up"
        ),
        flow.step("carry_out", [M.EXECUTING], M.VERIFYING, PLAN_RIGHT, _l("Carried out"), icon="circle-check"),
        flow.step("close", [M.VERIFYING], M.CLOSED, "", _l("Effective"), auto=True),
        flow.step("back", [M.VERIFYING], M.EXECUTING, "", _l("Not effective, back"), auto=True),
    ),
    final=[M.CLOSED],
)


class RecoveryState(models.TextChoices):
    OPEN = "open", _l("to be recovered")
    ACTED = "acted", _l("acted, to be asked again")
    CLOSED = "closed", _l("asked again")
    UNCONFIRMED = "unconfirmed", _l("not reached again")


def somebody_else(recovery: Any, *, actor: Actor, at: dt.datetime) -> Text | None:
    if actor.person_id is not None and recovery.is_concerned(actor.person_id):
        return _("Who granted it or took part in the service does not ask again. Somebody else does.")
    return None


R = RecoveryState
RECOVERY = flow.table(
    "recovery",
    RecoveryState,
    (
        flow.step("open", [flow.START], R.OPEN, "", _l("Recovery opened"), auto=True),
        flow.step("act", [R.OPEN], R.ACTED, "complaints.grant_remedy", _l("Act"), icon="mood-smile"),
        flow.step("ask_again", [R.ACTED], R.CLOSED, CALL, _l("Ask again"), somebody_else, icon="phone"),
        flow.step(
            "give_up", [R.OPEN, R.ACTED], R.UNCONFIRMED, CALL, _l("Not reached again"), needs_reason=True,
            icon="phone-off",
        ),
    ),
    final=[R.CLOSED, R.UNCONFIRMED],
)  # fmt: skip
