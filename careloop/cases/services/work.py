"""Working on a request: who does it, what was said, waiting, remote diagnosis."""

import datetime as dt
from collections.abc import Sequence
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from careloop.cases.models import Case
from careloop.cases.services import parties
from careloop.cases.services.common import end_pause, first_response, locked, make_findable, open_pause, reacted
from careloop.cases.services.escalating import facts_of, fields_of
from careloop.cases.services.promises import keep_call_backs
from careloop.cases.states import CASE_FLOW, CaseState, Channel
from careloop.core import flow
from careloop.core.actor import Actor
from careloop.core.errors import Conflict, DomainError


@transaction.atomic
def assign_case(
    case_id: int, *, actor: Actor, at: dt.datetime, person_id: int, reason: str = "", seen: int | None = -1
) -> Case:
    """Give the request to a colleague of the station. Each change of person counts as a hand-over.

    Args:
        seen: the person that the page showed (None: nobody; -1: not checked). Somebody else by now: refused.
    """
    case = locked(case_id)
    flow.check(CASE_FLOW, case, "assign", actor=actor, at=at)
    if seen != -1 and seen != case.assignee_id:
        raise Conflict(
            _("%(name)s has it by now. Look again before assigning it.") % {"name": case.assignee or _("Nobody")}
        )
    person = parties.colleague(person_id, case.station_id)
    if person.pk == case.assignee_id:
        raise DomainError(_("%(name)s has this request already.") % {"name": person}, field="person_id")
    _give_to(case, person.pk, person.name, "assign", actor=actor, at=at, reason=reason)
    return case


def _give_to(
    case: Case, person_id: int, name: str, action: str, *, actor: Actor, at: dt.datetime, reason: str = ""
) -> None:
    data = {"before": str(case.assignee) if case.assignee else "", "after": name}
    handovers = case.handover_count + (case.assignee_id is not None)
    flow.apply(
        CASE_FLOW,
        case,
        action,
        actor=actor,
        at=at,
        reason=reason,
        data=data,
        assignee_id=person_id,
        handover_count=handovers,
        **reacted(case, actor),
    )


@transaction.atomic
def assign_many(numbers: Sequence[str], *, actor: Actor, at: dt.datetime, person_id: int) -> list[tuple[str, str]]:
    """Assign several; return (number, reason) of those that were refused. All others are assigned."""
    refused = []
    for pk, number in (
        Case.objects.visible_to(actor).filter(number__in=numbers).order_by("pk").values_list("pk", "number")
    ):
        try:
            with transaction.atomic():
                assign_case(pk, actor=actor, at=at, person_id=person_id)
        except DomainError as error:
            refused.append((number, str(error.message)))
    return refused


@transaction.atomic
def take_case(case_id: int, *, actor: Actor, at: dt.datetime) -> Case:
    """Take an unassigned request. Of two who take it at once one gets it, the other is told who."""
    case = locked(case_id)
    flow.check(CASE_FLOW, case, "take", actor=actor, at=at)
    if actor.person_id is None:
        raise DomainError(_("Your account belongs to no person of the staff, so nothing can be assigned to it."))
    if case.assignee_id is not None:
        raise Conflict(_("%(name)s has taken it already.") % {"name": case.assignee})
    _give_to(case, actor.person_id, actor.name, "take", actor=actor, at=at)
    return case


@transaction.atomic
def add_note(case_id: int, *, actor: Actor, at: dt.datetime, text: str) -> Case:
    """Words for colleagues. Not a response to the customer."""
    case = locked(case_id)
    flow.apply(CASE_FLOW, case, "note", actor=actor, at=at, text=_words(text))
    make_findable(case)
    return case


@transaction.atomic
def reply(case_id: int, *, actor: Actor, at: dt.datetime, text: str, channel: str = "") -> Case:
    """Record what the customer was answered, and how. The first one by a human stamps the response (R84)."""
    case = locked(case_id)
    flow.check(CASE_FLOW, case, "reply", actor=actor, at=at)
    words = _words(text)
    fields = first_response(case, actor=actor, at=at)
    data = {"channel": _channel(channel, case), **({"first": True} if fields else {})}
    fields |= reacted(case, actor)
    flow.apply(CASE_FLOW, case, "reply", actor=actor, at=at, text=words, data=data, last_contact_at=at, **fields)
    keep_call_backs(case, actor=actor, at=at)
    make_findable(case)
    return case


@transaction.atomic
def hear(case_id: int, *, actor: Actor, at: dt.datetime, text: str, channel: str = "") -> Case:
    """Record what the customer said. While the request waited for him, it goes on."""
    case = locked(case_id)
    flow.apply(
        CASE_FLOW,
        case,
        "hear",
        actor=actor,
        at=at,
        text=_words(text),
        data={"channel": _channel(channel, case)},
        last_contact_at=at,
    )
    if case.state == CaseState.WAITING and actor.may("cases.work_case"):
        _go_on(case, actor=actor, at=at, reason="")
    make_findable(case)
    return case


def _words(text: str) -> str:
    if not text.strip():
        raise DomainError(_("Nothing was written yet."), field="text")
    return text.strip()


def _channel(channel: str, case: Case) -> str:
    if channel and channel not in Channel.values:
        raise DomainError(_("This channel is not known."), field="channel")
    return channel or str(case.channel)


@transaction.atomic
def wait(case_id: int, *, actor: Actor, at: dt.datetime, waiting_for: str) -> Case:
    """Ask the customer for something. The resolution clock pauses with the reason; the response clock does not.

    The question is an answer by a human, so it stamps the first response.
    """
    case = locked(case_id)
    flow.check(CASE_FLOW, case, "wait", actor=actor, at=at)
    question = _words(waiting_for)[:200]
    came_from = case.state
    flow.apply(
        CASE_FLOW,
        case,
        "wait",
        actor=actor,
        at=at,
        text=question,
        waiting_for=question,
        waiting_since=at,
        waiting_from=came_from,
        asked_count=1,
        last_asked_at=at,
        last_contact_at=at,
        **first_response(case, actor=actor, at=at),
        **reacted(case, actor),
    )
    open_pause(case, reason=question, at=at)
    keep_call_backs(case, actor=actor, at=at)
    return case


@transaction.atomic
def remind(case_id: int, *, actor: Actor, at: dt.datetime, text: str = "") -> Case:
    """Ask again; two messages must be sent before a request may be closed without an answer."""
    case = locked(case_id)
    flow.apply(
        CASE_FLOW,
        case,
        "remind",
        actor=actor,
        at=at,
        text=text.strip() or case.waiting_for,
        data={"count": case.asked_count + 1},
        asked_count=case.asked_count + 1,
        last_asked_at=at,
        last_contact_at=at,
    )
    return case


@transaction.atomic
def resume(case_id: int, *, actor: Actor, at: dt.datetime, reason: str = "") -> Case:
    """The answer is there, or one goes on without it: back to the state before, the clock runs again."""
    case = locked(case_id)
    _go_on(case, actor=actor, at=at, reason=reason)
    return case


def _go_on(case: Case, *, actor: Actor, at: dt.datetime, reason: str) -> None:
    action = "resume_remote" if case.waiting_from == CaseState.REMOTE else "resume"
    fields = end_pause(case, at=at)
    flow.apply(
        CASE_FLOW,
        case,
        action,
        actor=actor,
        at=at,
        reason=reason,
        data={"paused_minutes": fields.get("paused_minutes", case.paused_minutes)},
        waiting_for="",
        waiting_since=None,
        waiting_from="",
        asked_count=0,
        last_asked_at=None,
        **fields,
    )


@transaction.atomic
def take_remote(case_id: int, *, actor: Actor, at: dt.datetime) -> Case:
    """An engineer takes over for remote diagnosis."""
    case = locked(case_id)
    fields: dict[str, Any] = {}
    if actor.person_id is not None and actor.person_id != case.assignee_id:
        fields = {
            "assignee_id": actor.person_id,
            "handover_count": case.handover_count + (case.assignee_id is not None),
        }
    flow.apply(CASE_FLOW, case, "take_remote", actor=actor, at=at, **fields, **reacted(case, actor))
    return case


@transaction.atomic
def hand_on(case_id: int, *, actor: Actor, at: dt.datetime, reason: str, person_id: int | None = None) -> Case:
    """Hand a hard case to the next level, with the reason; without a name it is unclaimed there."""
    case = locked(case_id)
    flow.check(CASE_FLOW, case, "hand_on", actor=actor, at=at, reason=reason)
    person = parties.colleague(person_id, case.station_id) if person_id is not None else None
    level = case.next_level or case.levels[-1]
    flow.apply(
        CASE_FLOW,
        case,
        "hand_on",
        actor=actor,
        at=at,
        reason=reason,
        data={**facts_of(case, level, at), "after": person.name if person else ""},
        **fields_of(case, level, actor=actor, at=at),
        assignee_id=person.pk if person else None,
        handover_count=case.handover_count + (case.assignee_id is not None),
    )
    return case
