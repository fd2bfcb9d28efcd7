"""Remedy, authority, the answer to the customer, and carrying it out."""

import datetime as dt
from dataclasses import replace
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext as _

from careloop.complaints import queries, rules
from careloop.complaints.models import Complaint, RemedyLimit
from careloop.complaints.services.base import first_owner, officer, put_into_search, take_step
from careloop.complaints.states import APPROVE, APPROVE_ANY, COMPLAINT, GRANT, HANDLE, RemedyKind
from careloop.core import calendar, flow
from careloop.core.actor import Actor
from careloop.core.errors import DomainError
from careloop.staff.models import Person

APPROVAL_DAYS = 1
EXECUTION_DAYS = 5


@transaction.atomic
def ensure_limits() -> int:
    """The authority table as proposed (domain file 5.3); rows that exist are the firm's own and stay."""
    created = 0
    for row in rules.DEFAULT_AUTHORITIES:
        _row, is_new = RemedyLimit.objects.get_or_create(
            right=row.right, kind=row.kind, defaults={"limit": row.limit, "is_never": row.is_never}
        )
        created += is_new
    return created


def _may_grant(actor: Actor, kind: str, cost: Decimal) -> bool:
    if actor.is_system:
        return True
    rights = [right for right in (GRANT, APPROVE, APPROVE_ANY) if actor.may(right)]
    return rules.may_grant(kind, cost, rights, queries.authorities())


def require_authority(actor: Actor, kind: str, cost: Decimal) -> None:
    """Refuse what is beyond the authority table; recovery after an answer uses the same table (R16, R112).

    Raises:
        DomainError: none of the actor's rights covers this remedy at this cost.
    """
    if not _may_grant(actor, kind, cost):
        raise DomainError(
            _("“%(remedy)s” for ¥%(cost)s is beyond your authority. Propose it, then the next level decides.")
            % {"remedy": RemedyKind(kind).label, "cost": cost},
            field="cost",
        )


def _check_kind(kind: str) -> None:
    if kind not in RemedyKind.values:
        known = ", ".join(RemedyKind.values)
        raise DomainError(
            _("“%(kind)s” is no remedy. Possible are: %(known)s.") % {"kind": kind[:40], "known": known}, field="kind"
        )


def _working_days(complaint: Complaint, at: dt.datetime, days: int) -> dt.datetime:
    station = complaint.station
    return rules.working_days_after(at, days, calendar.working_time(station.calendar), station.time_zone)


def _locked(complaint_id: int) -> Complaint:
    return Complaint.objects.select_related("station__calendar").lock(complaint_id)


@transaction.atomic
def propose_remedy(
    complaint_id: int,
    *,
    actor: Actor,
    at: dt.datetime,
    kind: str,
    cost: Decimal,
    remedy: str,
    is_justified: bool,
    fault_share: int | None = None,
    answer: str = "",
) -> Complaint:
    """Put a remedy (or “not justified”, with reasons) to the next level, with a due time for its decision."""
    if not remedy.strip():
        raise DomainError(_("Describe the remedy, or why nothing is owed."), field="remedy")
    _check_kind(kind)
    complaint = _locked(complaint_id)
    take_step(
        complaint, "propose", actor=actor, at=at, remedy_kind=kind, remedy_cost=cost, remedy=remedy.strip(),
        is_justified=is_justified, fault_share=fault_share, proposed_by_id=actor.person_id, decision=answer.strip(),
        approval_due_at=_working_days(complaint, at, APPROVAL_DAYS),
        data={"kind": kind, "cost": str(cost), "justified": is_justified}, text=remedy.strip(),
    )  # fmt: skip
    return complaint


@transaction.atomic
def approve_remedy(
    complaint_id: int, *, actor: Actor, at: dt.datetime, answer: str, alternatives: str = ""
) -> Complaint:
    """The level above agrees; the customer is told."""
    complaint = _locked(complaint_id)
    flow.check(COMPLAINT, complaint, "approve", actor=actor, at=at)
    text = answer.strip() or complaint.decision
    if not text:
        raise DomainError(_("Write what the customer was told."), field="answer")
    require_authority(actor, complaint.remedy_kind, complaint.remedy_cost or Decimal(0))
    take_step(
        complaint, "approve", actor=actor, at=at, decision=text, decided_by_id=actor.person_id, communicated_at=at,
        alternatives=alternatives.strip(), must_change_decider=False, approval_due_at=None, text=text,
        data={"cost": str(complaint.remedy_cost or 0)},
    )  # fmt: skip
    return complaint


@transaction.atomic
def reject_proposal(complaint_id: int, *, actor: Actor, at: dt.datetime, reason: str) -> Complaint:
    """Back to the officer with the reason; the clock goes on."""
    complaint = _locked(complaint_id)
    take_step(complaint, "reject", actor=actor, at=at, reason=reason, approval_due_at=None)
    return complaint


@transaction.atomic
def decide(
    complaint_id: int,
    *,
    actor: Actor,
    at: dt.datetime,
    kind: str,
    cost: Decimal,
    answer: str,
    is_justified: bool = True,
    remedy: str = "",
    fault_share: int | None = None,
    alternatives: str = "",
    offer_until: dt.date | None = None,
) -> Complaint:
    """Decide within one's authority and tell the customer (R16)."""
    if not answer.strip():
        raise DomainError(_("Write what the customer was told."), field="answer")
    _check_kind(kind)
    complaint = _locked(complaint_id)
    flow.check(COMPLAINT, complaint, "decide", actor=actor, at=at)
    require_authority(actor, kind, cost)
    take_step(
        complaint, "decide", actor=actor, at=at, remedy_kind=kind, remedy_cost=cost, remedy=remedy.strip(),
        is_justified=is_justified, fault_share=fault_share, decision=answer.strip(), decided_by_id=actor.person_id,
        communicated_at=at, alternatives=alternatives.strip(), offer_until=offer_until, must_change_decider=False,
        data={"kind": kind, "cost": str(cost), "justified": is_justified}, text=answer.strip(),
    )  # fmt: skip
    return complaint


@transaction.atomic
def object_to_decision(complaint_id: int, *, actor: Actor, at: dt.datetime, reason: str) -> Complaint:
    """New facts, or he asks for more: another person decides the second time."""
    complaint = _locked(complaint_id)
    take_step(complaint, "object", actor=actor, at=at, reason=reason, must_change_decider=True)
    return complaint


@transaction.atomic
def accept_decision(
    complaint_id: int, *, actor: Actor, at: dt.datetime, execution_due_at: dt.datetime | None = None
) -> Complaint:
    complaint = _locked(complaint_id)
    due = execution_due_at or _working_days(complaint, at, EXECUTION_DAYS)
    take_step(
        complaint, "accept", actor=actor, at=at, accepted_at=at, execution_due_at=due,
        data={"execution_due_at": due.isoformat()},
    )  # fmt: skip
    return complaint


@transaction.atomic
def accept_later(
    complaint_id: int, *, actor: Actor, at: dt.datetime, execution_due_at: dt.datetime | None = None
) -> Complaint:
    """He accepts after all, while the offer is valid."""
    complaint = _locked(complaint_id)
    due = execution_due_at or _working_days(complaint, at, EXECUTION_DAYS)
    take_step(complaint, "accept_later", actor=actor, at=at, accepted_at=at, execution_due_at=due, closed_at=None)
    return complaint


@transaction.atomic
def refuse_decision(complaint_id: int, *, actor: Actor, at: dt.datetime, alternatives: str = "") -> Complaint:
    """He refuses the final decision: alternatives and outside bodies are named (ISO 10003)."""
    complaint = _locked(complaint_id)
    named = alternatives.strip() or complaint.alternatives
    if not named:
        raise DomainError(
            _("Name the alternatives: another offer, mediation, 12315, the consumer association."), field="alternatives"
        )
    take_step(complaint, "refuse", actor=actor, at=at, alternatives=named, closed_at=at)
    return complaint


@transaction.atomic
def cannot_execute(complaint_id: int, *, actor: Actor, at: dt.datetime, reason: str) -> Complaint:
    complaint = _locked(complaint_id)
    take_step(
        complaint, "cannot_execute", actor=actor, at=at, reason=reason, proposed_by_id=actor.person_id,
        approval_due_at=_working_days(complaint, at, APPROVAL_DAYS),
    )  # fmt: skip
    return complaint


@transaction.atomic
def record_execution(complaint_id: int, *, actor: Actor, at: dt.datetime, execution: str, cause: str = "") -> Complaint:
    """The remedy is done; now somebody else asks the customer."""
    if not execution.strip():
        raise DomainError(_("Write down what was carried out, when and by whom."), field="execution")
    complaint = _locked(complaint_id)
    take_step(
        complaint, "executed", actor=actor, at=at, execution=execution.strip(), executed_at=at,
        executed_by_id=actor.person_id, cause=cause.strip() or complaint.cause, text=execution.strip(),
    )  # fmt: skip
    put_into_search(complaint)
    return complaint


@transaction.atomic
def settle_at_once(
    complaint_id: int,
    *,
    actor: Actor,
    at: dt.datetime,
    facts: str,
    cause: str,
    kind: str,
    cost: Decimal,
    answer: str,
    execution: str = "",
) -> Complaint:
    """One-call settlement (R16): each step from receipt to execution is checked and written singly.

    Whoever may grant the remedy may take these steps in the call; the rating stays untouched, and the re-rating
    comes from somebody else.
    """
    actor.require(GRANT)
    full = replace(actor, permissions=actor.permissions | {HANDLE})
    complaint = _locked(complaint_id)
    require_authority(actor, kind, cost)
    named = complaint.owner_id or actor.person_id
    owner = first_owner(complaint, _settler(complaint, named)) if named is not None else {}
    take_step(complaint, "acknowledge", actor=full, at=at, ack_at=at, ack_by=actor.name, next_contact_at=at, **owner)
    take_step(
        complaint, "assess", actor=full, at=at, assessed_by_id=actor.person_id, data={"severity": complaint.severity}
    )
    take_step(complaint, "investigate", actor=full, at=at)
    record = {"facts": facts.strip(), "cause": cause.strip()}
    take_step(complaint, "record_facts", actor=full, at=at, text=facts.strip(), **record)
    complaint = decide(complaint.pk, actor=full, at=at, kind=kind, cost=cost, answer=answer)
    complaint = accept_decision(complaint.pk, actor=full, at=at)
    if execution.strip():
        complaint = record_execution(complaint.pk, actor=full, at=at, execution=execution)
    return complaint


def _settler(complaint: Complaint, person_id: int) -> Person:
    """The caller himself may settle; another owner must be a complaint officer."""
    person = queries.person(person_id)
    if person.pk == complaint.accused_id or person.pk in complaint.involved_ids:
        return officer(complaint, person_id)
    return person
