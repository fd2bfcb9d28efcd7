"""How a request ends, and how it comes back."""

import datetime as dt
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from careloop.cases.models import Case
from careloop.cases.services import promises
from careloop.cases.services.common import (
    end_pause,
    first_response,
    locked,
    make_findable,
    resolution_due,
    verdict,
)
from careloop.cases.states import CASE_FLOW, CaseState, Extra, FollowUp, Result
from careloop.core import flow
from careloop.core.actor import Actor
from careloop.core.errors import DomainError


@transaction.atomic
def solve_case(
    case_id: int,
    *,
    actor: Actor,
    at: dt.datetime,
    resolution: str,
    knowledge: str = "",
    is_confirmed: bool | None = None,
    is_told: bool = True,
) -> Case:
    """Record that the fault is gone or the question answered.

    Args:
        knowledge: article or document that helped; empty is kept as “none”.
        is_confirmed: the customer confirmed it; False: asked three times without an answer; None: not asked yet.
        is_told: the customer heard it from us now; that is a human response.
    """
    case = locked(case_id)
    flow.check(CASE_FLOW, case, "solve", actor=actor, at=at)
    if not resolution.strip():
        raise DomainError(_("Say what was done, or what the answer was."), field="resolution")
    fields: dict[str, Any] = first_response(case, actor=actor, at=at) if is_told else {}
    kept = verdict(case, resolved_at=at, responded_at=fields.get("responded_at", case.responded_at))
    flow.apply(
        CASE_FLOW,
        case,
        "solve",
        actor=actor,
        at=at,
        text=resolution.strip(),
        data={"knowledge": knowledge.strip() or "none", "confirmed": is_confirmed, "kept": kept},
        resolution=resolution.strip(),
        knowledge=knowledge.strip(),
        is_confirmed=is_confirmed,
        resolved_at=at,
        is_sla_kept=kept,
        last_contact_at=at if is_told else case.last_contact_at,
        escalation_due_at=None,
        **fields,
    )
    promises.settle_all(case, actor=actor, at=at)
    make_findable(case)
    return case


@transaction.atomic
def not_solved(case_id: int, *, actor: Actor, at: dt.datetime, reason: str, is_remote: bool = False) -> Case:
    """The customer says it is not: back to work, counted against the first-time fix."""
    case = locked(case_id)
    flow.apply(
        CASE_FLOW,
        case,
        "not_solved_remote" if is_remote else "not_solved",
        actor=actor,
        at=at,
        reason=reason,
        resolved_at=None,
        is_confirmed=None,
        is_sla_kept=_still_missed(case),
        reopen_count=case.reopen_count + 1,
        last_contact_at=at,
    )
    return case


def _still_missed(case: Case) -> bool | None:
    """What was late once stays late; what was in time is decided again."""
    return False if case.is_sla_kept is False else None


@transaction.atomic
def close_case(
    case_id: int,
    *,
    actor: Actor,
    at: dt.datetime,
    result: str,
    cause_code: str,
    follow_up: str,
    follow_up_reason: str = "",
    extra_service: str = "",
    extra_service_text: str = "",
    extra_service_cost: Decimal | None = None,
    resolution: str = "",
) -> Case:
    """Close with result, cause, follow-up decision (R109) and the answer to “what more can I do?” (R56).

    Raises:
        DomainError: one of them is missing; TransitionRefused: an order still runs, or none was finished.
    """
    case = locked(case_id)
    flow.check(CASE_FLOW, case, "close", actor=actor, at=at)
    words = resolution.strip() or case.resolution
    _check_ending(case, result, cause_code, words)
    _check_follow_up(follow_up, follow_up_reason)
    _check_extra(extra_service, extra_service_text, extra_service_cost)
    resolved = case.resolved_at or at
    flow.apply(
        CASE_FLOW,
        case,
        "close",
        actor=actor,
        at=at,
        data={
            "result": result,
            "cause": cause_code,
            "follow_up": follow_up,
            "follow_up_reason": follow_up_reason,
            "extra": extra_service,
            "extra_text": extra_service_text,
            "extra_cost": str(extra_service_cost) if extra_service_cost is not None else None,
        },
        result=result,
        cause_code=cause_code,
        follow_up=follow_up,
        follow_up_reason=follow_up_reason.strip(),
        extra_service=extra_service,
        extra_service_text=extra_service_text.strip(),
        extra_service_cost=extra_service_cost,
        resolution=words,
        resolved_at=resolved,
        closed_at=at,
        closed_by_id=actor.person_id,
        is_sla_kept=verdict(case, resolved_at=resolved, responded_at=case.responded_at),
    )
    promises.settle_all(case, actor=actor, at=at)
    make_findable(case)
    return case


def _check_ending(case: Case, result: str, cause_code: str, words: str) -> None:
    missing = {}
    if result not in Result.values:
        missing["result"] = _("Say how it ended.")
    if not cause_code.strip():
        missing["cause_code"] = _("Name the cause; figures and improvement live on it.")
    if not words:
        missing["resolution"] = _("Say what was done, or what the answer was.")
    if missing:
        raise DomainError(_("The record is not complete, so the request stays open."), details=missing)


def _check_follow_up(decision: str, reason: str) -> None:
    if decision not in FollowUp.values:
        raise DomainError(
            _("Decide about the follow-up: planned, done, or not needed with a reason."), field="follow_up"
        )
    if decision == FollowUp.NOT_NEEDED and not reason.strip():
        raise DomainError(_("Say why no follow-up is needed."), field="follow_up_reason")


def _check_extra(answer: str, text: str, cost: Decimal | None) -> None:
    if answer not in Extra.values:
        raise DomainError(
            _("Beyond what was expected: what more can I do for the customer? Answer the question."),
            field="extra_service",
        )
    if not text.strip():
        raise DomainError(_("Say what was done, or why nothing."), field="extra_service_text")
    if answer == Extra.GIVEN and (cost is None or cost < 0):
        raise DomainError(_("Give the cost; 0 when there was none."), field="extra_service_cost")


@transaction.atomic
def close_unanswered(
    case_id: int, *, actor: Actor, at: dt.datetime, follow_up: str = FollowUp.NOT_NEEDED, follow_up_reason: str = ""
) -> Case:
    """Close a request whose customer did not answer two questions; never one about safety, nor a complaint."""
    case = locked(case_id)
    flow.check(CASE_FLOW, case, "close_unanswered", actor=actor, at=at)
    reason = follow_up_reason.strip() or (_("customer did not answer") if follow_up == FollowUp.NOT_NEEDED else "")
    _check_follow_up(follow_up, reason)
    paused = end_pause(case, at=at)
    flow.apply(
        CASE_FLOW,
        case,
        "close_unanswered",
        actor=actor,
        at=at,
        data={"asked": case.asked_count},
        result=Result.NO_ANSWER,
        cause_code="not_found",
        follow_up=follow_up,
        follow_up_reason=reason,
        closed_at=at,
        closed_by_id=actor.person_id,
        waiting_for="",
        waiting_since=None,
        waiting_from="",
        **paused,
    )
    promises.settle_all(case, actor=actor, at=at)
    return case


@transaction.atomic
def cancel_case(case_id: int, *, actor: Actor, at: dt.datetime, reason: str) -> Case:
    """The customer withdraws; what is held for him is given back."""
    case = locked(case_id)
    fields = end_pause(case, at=at) if case.state == CaseState.WAITING else {}
    flow.apply(
        CASE_FLOW,
        case,
        "cancel",
        actor=actor,
        at=at,
        reason=reason,
        cancelled_at=at,
        waiting_for="",
        waiting_since=None,
        waiting_from="",
        promise_at=None,
        **fields,
    )
    promises.release_all(case, reason=reason, actor=actor, at=at)
    return case


@transaction.atomic
def take_back(case_id: int, *, actor: Actor, at: dt.datetime, reason: str) -> Case:
    """Undo a cancellation within 30 days; the clocks go on from their own start."""
    case = locked(case_id)
    flow.apply(CASE_FLOW, case, "take_back", actor=actor, at=at, reason=reason, cancelled_at=None, asked_count=0)
    return case


@transaction.atomic
def reopen_case(case_id: int, *, actor: Actor, at: dt.datetime, reason: str) -> Case:
    """The same fault within 30 days: open again, counted as a repeat; the resolution clock starts anew."""
    case = locked(case_id)
    due = resolution_due(case, start=at)
    flow.apply(
        CASE_FLOW,
        case,
        "reopen",
        actor=actor,
        at=at,
        reason=reason,
        data={"closed_at": case.closed_at.isoformat() if case.closed_at else None},
        reopen_count=case.reopen_count + 1,
        resolved_at=None,
        closed_at=None,
        closed_by_id=None,
        result="",
        follow_up="",
        follow_up_reason="",
        extra_service="",
        extra_service_text="",
        extra_service_cost=None,
        is_confirmed=None,
        is_sla_kept=_still_missed(case),
        resolution_due_at=due,
        paused_minutes=0,
        asked_count=0,
        finished_child_count=0,
        last_contact_at=at,
    )
    return case
