"""After the answer: recovery of disappointed customers (R112) and valuable ones at risk (R113)."""

import datetime as dt
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext as _

from careloop.complaints import services as complaints
from careloop.core import events, flow
from careloop.core.actor import Actor
from careloop.core.errors import DomainError
from careloop.feedback import queries
from careloop.feedback.models import Answer, Recovery, RiskEntry
from careloop.feedback.models.tasks import ContactPolicy
from careloop.feedback.services.base import SEALED
from careloop.feedback.states import RECOVERY

AUTHORITY_OF = {"gift": "compensation", "rework": "rework", "check": "check", "other": "other"}


def follow_answer(answer: Answer, *, at: dt.datetime) -> None:
    """What a finished answer leads to: recovery below expectation, the list of those at risk, or off that list."""
    if answer.expectation_state == Answer.Expectation.BELOW:
        recovery = Recovery(answer=answer, opened_at=at, state_before=answer.expectation_state)
        flow.start(RECOVERY, recovery, "open", actor=Actor.system(), at=at, sealed=SEALED)
        return
    entry = queries.open_risk(answer.customer_id)
    is_ordinary = answer.met_kind == Answer.MetKind.ORDINARY
    if entry is not None and answer.expectation_state and not is_ordinary:
        _release(entry, RiskEntry.Release.BETTER, "", actor=Actor.system(), at=at)
    elif entry is None and is_ordinary:
        policy = ContactPolicy.objects.first() or ContactPolicy()
        value = queries.business_of(answer.customer_id, at)
        if value >= policy.risk_value:
            entry = RiskEntry.objects.create(
                customer_id=answer.customer_id, answer=answer, value=value, limit=policy.risk_value, listed_at=at
            )
            events.record("risk.list", entry, actor=Actor.system(), at=at, sealed=SEALED, data={"value": str(value)})


def _release(entry: RiskEntry, why: str, reason: str, *, actor: Actor, at: dt.datetime) -> None:
    entry.released_at, entry.release, entry.reason, entry.released_by = at, why, reason[:300], actor.name
    entry.save(update_fields=["released_at", "release", "reason", "released_by"])
    events.record("risk.release", entry, actor=actor, at=at, sealed=SEALED, data={"why": why, "reason": reason[:300]})


@transaction.atomic
def release_risk(entry_id: int, *, actor: Actor, at: dt.datetime, reason: str) -> RiskEntry:
    """A manager takes a customer off the list, with his reason."""
    actor.require("feedback.approve_plan")
    if not reason.strip():
        raise DomainError(_("Say why he is no longer at risk."), field="reason")
    entry = RiskEntry.objects.lock(entry_id)
    if entry.released_at is not None:
        raise DomainError(_("He is off the list already."))
    _release(entry, RiskEntry.Release.REASON, reason.strip(), actor=actor, at=at)
    return entry


@transaction.atomic
def note_outcome(entry_id: int, *, actor: Actor, at: dt.datetime, outcome: str) -> RiskEntry:
    """Whether a listed customer bought again or was lost."""
    actor.require("feedback.call")
    if outcome not in RiskEntry.Outcome.values:
        raise DomainError(_("Choose what became of the customer."), field="outcome")
    entry = RiskEntry.objects.lock(entry_id)
    entry.outcome, entry.outcome_at = outcome, at
    entry.save(update_fields=["outcome", "outcome_at"])
    events.record("risk.outcome", entry, actor=actor, at=at, sealed=SEALED, data={"outcome": outcome})
    return entry


@transaction.atomic
def act_on(recovery_id: int, *, actor: Actor, at: dt.datetime, kind: str, text: str, cost: Decimal) -> Recovery:
    """A gift, rework or something else, within one's authority (the table of remedies)."""
    if kind not in Recovery.Kind.values:
        raise DomainError(_("Choose what is done for the customer."), field="kind")
    if not text.strip():
        raise DomainError(_("Describe what is done."), field="text")
    recovery = Recovery.objects.select_related("answer__task").lock(recovery_id)
    complaints.require_authority(actor, AUTHORITY_OF[kind], cost)
    recovery.text = text.strip()
    flow.apply(
        RECOVERY, recovery, "act", actor=actor, at=at, sealed=SEALED, kind=kind, cost=cost,
        granted_by_id=actor.person_id, granted_at=at, data={"kind": kind, "cost": str(cost)},
    )  # fmt: skip
    return recovery


@transaction.atomic
def ask_again(recovery_id: int, *, actor: Actor, at: dt.datetime, state_after: str, words: str = "") -> Recovery:
    """The customer says how he finds it now; asked by somebody who neither granted it nor took part."""
    if state_after not in Answer.Expectation.values:
        raise DomainError(_("Choose how the customer finds it now."), field="state_after")
    recovery = Recovery.objects.select_related("answer__task").lock(recovery_id)
    flow.apply(
        RECOVERY, recovery, "ask_again", actor=actor, at=at, sealed=SEALED, state_after=state_after, words_after=words,
        asked_by_id=actor.person_id, closed_at=at, data={"before": recovery.state_before, "after": state_after},
    )  # fmt: skip
    return recovery


@transaction.atomic
def give_up(recovery_id: int, *, actor: Actor, at: dt.datetime, reason: str) -> Recovery:
    """He was not reached again: not counted as turned."""
    recovery = Recovery.objects.select_related("answer__task").lock(recovery_id)
    flow.apply(RECOVERY, recovery, "give_up", actor=actor, at=at, reason=reason, sealed=SEALED, closed_at=at)
    return recovery
