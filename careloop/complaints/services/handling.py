"""From the receipt to the facts: acknowledge, assess, investigate, hand over, contain."""

import datetime as dt
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from careloop.complaints import queries, rules
from careloop.complaints.models import Complaint, ComplaintTask
from careloop.complaints.services.base import first_owner, officer, put_into_search, take_step
from careloop.core import calendar
from careloop.core.actor import Actor
from careloop.core.errors import DomainError


@transaction.atomic
def acknowledge(
    complaint_id: int, *, actor: Actor, at: dt.datetime, next_contact_at: dt.datetime, owner: int | None = None
) -> Complaint:
    """A human confirmed the receipt, said his name and when the customer hears from us next.

    Whoever confirms becomes the officer unless another one is named.
    """
    if next_contact_at <= at:
        raise DomainError(_("Say a time in the future: when the customer hears from us next."), field="next_contact_at")
    complaint = Complaint.objects.lock(complaint_id)
    chosen = owner or complaint.owner_id or actor.person_id
    person = officer(complaint, chosen) if chosen is not None else None
    named = first_owner(complaint, person) if person is not None else {}
    take_step(
        complaint, "acknowledge", actor=actor, at=at, ack_at=at, ack_by=actor.name, next_contact_at=next_contact_at,
        data={"next_contact_at": next_contact_at.isoformat(), "owner": person.name if person else None}, **named,
    )  # fmt: skip
    return complaint


@transaction.atomic
def assess(
    complaint_id: int,
    *,
    actor: Actor,
    at: dt.datetime,
    severity: str,
    category: str,
    impact: str = "",
    is_complex: bool = False,
    step: str = "",
    norm: str = "",
    accused: int | None = None,
) -> Complaint:
    """Severity, kind and impact. Raising counts at once and moves the clocks; lowering waits for a second person."""
    complaint = Complaint.objects.select_related("station__calendar").lock(complaint_id)
    fields: dict[str, Any] = {
        "category": category, "impact": impact.strip(), "is_complex": is_complex, "assessed_by_id": actor.person_id,
        "step": step or complaint.step, "norm": norm.strip() or complaint.norm,
    }  # fmt: skip
    if accused is not None:
        _check_accused(complaint, accused)
        fields["accused_id"] = accused
    if rules.is_lower(severity, complaint.severity):
        fields["proposed_severity"] = severity
    elif severity != complaint.severity:
        fields |= _new_clocks(complaint, severity)
    take_step(complaint, "assess", actor=actor, at=at, data={"severity": severity, "category": category}, **fields)
    return complaint


def _check_accused(complaint: Complaint, accused_id: int) -> None:
    if accused_id == complaint.owner_id:
        raise DomainError(
            _("The officer cannot be the person complained about. Hand the complaint over first."), field="accused"
        )


def _new_clocks(complaint: Complaint, severity: str) -> dict[str, Any]:
    """Clocks of another severity, still counted from the registration; the receipt clock is over by now."""
    due = rules.clocks(
        severity, complaint.registered_at, calendar.working_time(complaint.station.calendar),
        complaint.station.time_zone,
    )  # fmt: skip
    pause = dt.timedelta(minutes=complaint.paused_minutes)
    return {
        "severity": severity, "answer_due_at": due.answer_due_at, "solution_due_at": due.solution_due_at + pause,
    }  # fmt: skip


@transaction.atomic
def confirm_severity(complaint_id: int, *, actor: Actor, at: dt.datetime, agrees: bool = True) -> Complaint:
    """The second person agrees to the lower severity, or keeps the first one."""
    complaint = Complaint.objects.select_related("station__calendar").lock(complaint_id)
    fields: dict[str, Any] = {"proposed_severity": ""}
    if agrees and complaint.proposed_severity:
        fields |= _new_clocks(complaint, complaint.proposed_severity)
    data = {"proposed": complaint.proposed_severity, "agrees": agrees}
    take_step(complaint, "confirm_severity", actor=actor, at=at, data=data, **fields)
    return complaint


@transaction.atomic
def hand_over(complaint_id: int, *, actor: Actor, at: dt.datetime, owner: int, note: str = "") -> Complaint:
    """Offer it to another officer. It changes hands when he accepts by name; the clocks go on."""
    complaint = Complaint.objects.lock(complaint_id)
    person = officer(complaint, owner)
    if person.pk == complaint.owner_id:
        raise DomainError(_("%(name)s owns it already.") % {"name": person.name}, field="owner")
    data = {"to": person.name, "note": note.strip()}
    take_step(complaint, "hand_over", actor=actor, at=at, proposed_owner=person, data=data)
    return complaint


@transaction.atomic
def accept_owner(complaint_id: int, *, actor: Actor, at: dt.datetime) -> Complaint:
    complaint = Complaint.objects.select_related("proposed_owner").lock(complaint_id)
    before = complaint.owner.name if complaint.owner else ""
    named = first_owner(complaint, complaint.proposed_owner) if complaint.proposed_owner else {}
    take_step(
        complaint, "accept_owner", actor=actor, at=at, proposed_owner=None,
        handover_count=complaint.handover_count + 1, data={"before": before}, **named,
    )  # fmt: skip
    return complaint


@transaction.atomic
def assign_second(complaint_id: int, *, actor: Actor, at: dt.datetime, owner: int) -> Complaint:
    """After reopening a second officer takes it; the first one is not alone with it."""
    complaint = Complaint.objects.lock(complaint_id)
    person = officer(complaint, owner)
    take_step(
        complaint, "assign_second", actor=actor, at=at, data={"owner": person.name}, **first_owner(complaint, person)
    )
    return complaint


@transaction.atomic
def investigate(complaint_id: int, *, actor: Actor, at: dt.datetime) -> Complaint:
    """Start clearing the facts. From now on the department may be heard, so the complaint is not sealed any more."""
    complaint = Complaint.objects.lock(complaint_id)
    take_step(complaint, "investigate", actor=actor, at=at, is_sealed=False)
    return complaint


@transaction.atomic
def record_facts(complaint_id: int, *, actor: Actor, at: dt.datetime, facts: str, cause: str = "") -> Complaint:
    if not facts.strip():
        raise DomainError(_("Write down what was found and where the evidence is."), field="facts")
    complaint = Complaint.objects.lock(complaint_id)
    before = complaint.facts
    take_step(
        complaint, "record_facts", actor=actor, at=at, facts=facts.strip(), cause=cause.strip() or complaint.cause,
        data={"before": before[:500]} if before else {}, text=facts.strip(),
    )  # fmt: skip
    put_into_search(complaint)
    return complaint


@transaction.atomic
def ask_customer(complaint_id: int, *, actor: Actor, at: dt.datetime, reason: str) -> Complaint:
    """Facts, a photo or a date are needed from him: only the solution clock pauses."""
    complaint = Complaint.objects.lock(complaint_id)
    take_step(complaint, "ask_customer", actor=actor, at=at, reason=reason, paused_since=at)
    return complaint


@transaction.atomic
def resume(complaint_id: int, *, actor: Actor, at: dt.datetime, answer: str = "") -> Complaint:
    complaint = Complaint.objects.lock(complaint_id)
    paused = at - (complaint.paused_since or at)
    take_step(
        complaint, "resume", actor=actor, at=at, paused_since=None, text=answer.strip(),
        paused_minutes=complaint.paused_minutes + int(paused.total_seconds() // 60),
        solution_due_at=complaint.solution_due_at + paused,
    )  # fmt: skip
    return complaint


@transaction.atomic
def contain(complaint_id: int, *, actor: Actor, at: dt.datetime, measure: str) -> Complaint:
    """Safety, or it may spread: stop, warn or replace before the cause is known."""
    if not measure.strip():
        raise DomainError(_("Say what is stopped, and who was warned."), field="measure")
    complaint = Complaint.objects.lock(complaint_id)
    take_step(complaint, "contain", actor=actor, at=at, containment=measure.strip(), text=measure.strip())
    return complaint


@transaction.atomic
def lift(complaint_id: int, *, actor: Actor, at: dt.datetime, reason: str) -> Complaint:
    complaint = Complaint.objects.lock(complaint_id)
    take_step(complaint, "lift", actor=actor, at=at, reason=reason)
    return complaint


@transaction.atomic
def give_task(
    complaint_id: int, *, actor: Actor, at: dt.datetime, department: int, text: str, due_at: dt.datetime
) -> ComplaintTask:
    """A department finds out or does something; the complaint stays with its officer and its clock goes on (R17).

    When the head of the department is the person complained about, the next level gets the task.
    """
    if not text.strip():
        raise DomainError(_("Say what the department is to do."), field="text")
    if due_at <= at:
        raise DomainError(_("The due time must lie in the future."), field="due_at")
    complaint = Complaint.objects.lock(complaint_id)
    chosen = queries.department(department)
    if chosen.head_id is not None and chosen.head_id == complaint.accused_id and chosen.parent is not None:
        chosen = chosen.parent
    task = ComplaintTask.objects.create(
        complaint=complaint, department=chosen, text=text.strip(), due_at=due_at, given_at=at, given_by=actor.name
    )
    take_step(
        complaint, "give_task", actor=actor, at=at, text=text.strip(),
        data={"task": task.pk, "department": chosen.name, "due_at": due_at.isoformat()},
    )  # fmt: skip
    return task
