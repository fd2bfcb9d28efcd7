"""Re-rating and closing, and the ways back: withdrawn, merged, outside bodies, reopened."""

import datetime as dt
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from careloop.complaints import queries
from careloop.complaints.models import Complaint
from careloop.complaints.services.base import first_owner, officer, put_into_search, take_step
from careloop.complaints.states import ComplaintState
from careloop.core.actor import Actor
from careloop.core.errors import DomainError


@transaction.atomic
def record_rerating(
    complaint_id: int,
    *,
    actor: Actor,
    at: dt.datetime,
    rating: int,
    was_friendly: bool | None = None,
    was_respected: bool | None = None,
    is_solved: bool | None = None,
    in_time: bool | None = None,
    words: str = "",
) -> Complaint:
    """The customer rates the handling; asked by somebody who neither handled it nor granted the remedy."""
    if not 1 <= rating <= 5:
        raise DomainError(_("The rating is a number from 1 to 5."), field="rating")
    complaint = Complaint.objects.lock(complaint_id)
    details = {"friendly": was_friendly, "respected": was_respected, "solved": is_solved, "in_time": in_time}
    take_step(
        complaint, "rerate", actor=actor, at=at, rerating=rating, rerating_details=details, rerated_at=at,
        rerated_by_id=actor.person_id, closed_at=at, text=words.strip(),
        data={"rating": rating, "first_rating": complaint.first_rating, **details},
    )  # fmt: skip
    return complaint


@transaction.atomic
def try_rerating(complaint_id: int, *, actor: Actor, at: dt.datetime, note: str = "") -> Complaint:
    complaint = Complaint.objects.lock(complaint_id)
    take_step(
        complaint, "try_rerating", actor=actor, at=at, rerating_attempts=complaint.rerating_attempts + 1,
        data={"attempt": complaint.rerating_attempts + 1, "note": note.strip()},
    )  # fmt: skip
    return complaint


@transaction.atomic
def not_done(complaint_id: int, *, actor: Actor, at: dt.datetime, reason: str) -> Complaint:
    """The customer says it is not done, or not right."""
    complaint = Complaint.objects.lock(complaint_id)
    take_step(complaint, "not_done", actor=actor, at=at, reason=reason, executed_at=None)
    return complaint


@transaction.atomic
def close_unconfirmed(complaint_id: int, *, actor: Actor, at: dt.datetime) -> Complaint:
    """Three attempts without answer: closed, marked “not confirmed”, left out of the recovery rate."""
    complaint = Complaint.objects.lock(complaint_id)
    take_step(complaint, "close_unconfirmed", actor=actor, at=at, is_unconfirmed=True, closed_at=at)
    return complaint


@transaction.atomic
def withdraw_complaint(complaint_id: int, *, actor: Actor, at: dt.datetime, reason: str) -> Complaint:
    """He withdraws unasked; the reason is in his words."""
    complaint = Complaint.objects.lock(complaint_id)
    take_step(complaint, "withdraw", actor=actor, at=at, reason=reason, closed_at=at)
    return complaint


@transaction.atomic
def merge_complaint(complaint_id: int, *, actor: Actor, at: dt.datetime, into: str) -> Complaint:
    """Same person, same matter: the other one goes on, with the earliest clocks of both."""
    target_id = queries.number_to_id(actor, into)
    if target_id is None or target_id == complaint_id:
        raise DomainError(_("There is no other complaint with this number."), field="into")
    first, second = sorted((complaint_id, target_id))  # one order of locking for everybody
    rows = {pk: Complaint.objects.lock(pk) for pk in (first, second)}
    complaint, target = rows[complaint_id], rows[target_id]
    if target.customer_id != complaint.customer_id:
        raise DomainError(_("%(number)s is from another customer.") % {"number": target.number}, field="into")
    if not target.is_open or target.ack_at is None:
        raise DomainError(
            _("%(number)s is not open, or its receipt is not confirmed yet.") % {"number": target.number}, field="into"
        )
    before = complaint.state
    take_step(
        complaint, "merge", actor=actor, at=at, merged_into=target, state_before=before, closed_at=at,
        data={"into": target.number},
    )  # fmt: skip
    target.answer_due_at = min(target.answer_due_at, complaint.answer_due_at)
    target.solution_due_at = min(target.solution_due_at, complaint.solution_due_at)
    target.save(update_fields=["answer_due_at", "solution_due_at"])
    return complaint


@transaction.atomic
def unmerge_complaint(complaint_id: int, *, actor: Actor, at: dt.datetime, reason: str) -> Complaint:
    complaint = Complaint.objects.lock(complaint_id)
    take_step(complaint, "unmerge", actor=actor, at=at, reason=reason, merged_into=None, closed_at=None)
    return complaint


@transaction.atomic
def go_outside(
    complaint_id: int,
    *,
    actor: Actor,
    at: dt.datetime,
    authority: str,
    reason: str,
    authority_number: str = "",
    authority_due_at: dt.datetime | None = None,
) -> Complaint:
    """12315, court or media have it now: their deadline counts beside ours."""
    if not authority.strip():
        raise DomainError(_("Name the outside body."), field="authority")
    complaint = Complaint.objects.lock(complaint_id)
    before = complaint.state
    take_step(
        complaint, "go_outside", actor=actor, at=at, reason=reason, state_before=before, authority=authority.strip(),
        authority_number=authority_number.strip(), authority_due_at=authority_due_at, closed_at=None,
        data={"authority": authority.strip(), "number": authority_number.strip()},
    )  # fmt: skip
    put_into_search(complaint)
    return complaint


@transaction.atomic
def back_inside(complaint_id: int, *, actor: Actor, at: dt.datetime, reason: str) -> Complaint:
    complaint = Complaint.objects.lock(complaint_id)
    was_closed = complaint.state_before in (ComplaintState.CLOSED, ComplaintState.CLOSED_NOT_ACCEPTED)
    take_step(complaint, "back_inside", actor=actor, at=at, reason=reason, closed_at=at if was_closed else None)
    return complaint


@transaction.atomic
def ruling(
    complaint_id: int, *, actor: Actor, at: dt.datetime, reason: str, execution_due_at: dt.datetime
) -> Complaint:
    """A ruling or an agreement outside is carried out like a remedy."""
    complaint = Complaint.objects.lock(complaint_id)
    take_step(
        complaint, "ruling", actor=actor, at=at, reason=reason, execution_due_at=execution_due_at,
        decision=complaint.decision or reason.strip(), communicated_at=complaint.communicated_at or at,
        ack_at=complaint.ack_at or at,
    )  # fmt: skip
    return complaint


@transaction.atomic
def settled_outside(complaint_id: int, *, actor: Actor, at: dt.datetime, reason: str) -> Complaint:
    complaint = Complaint.objects.lock(complaint_id)
    take_step(complaint, "settled_outside", actor=actor, at=at, reason=reason, closed_at=at)
    return complaint


@transaction.atomic
def refused_outside(
    complaint_id: int, *, actor: Actor, at: dt.datetime, reason: str, alternatives: str = ""
) -> Complaint:
    complaint = Complaint.objects.lock(complaint_id)
    named = alternatives.strip() or complaint.alternatives
    if not named:
        raise DomainError(_("Name the alternatives that are left to the customer."), field="alternatives")
    take_step(
        complaint, "refused_outside", actor=actor, at=at, reason=reason, alternatives=named, closed_at=at,
        ack_at=complaint.ack_at or at,
    )  # fmt: skip
    return complaint


@transaction.atomic
def reopen_complaint(complaint_id: int, *, actor: Actor, at: dt.datetime, reason: str) -> Complaint:
    """Within 90 days it keeps its number; afterwards a new one is linked to it."""
    complaint = Complaint.objects.lock(complaint_id)
    take_step(
        complaint, "reopen", actor=actor, at=at, reason=reason, closed_at=None,
        reopen_count=complaint.reopen_count + 1, is_unconfirmed=False, rerating_attempts=0,
    )  # fmt: skip
    return complaint


@transaction.atomic
def take_up(complaint_id: int, *, actor: Actor, at: dt.datetime) -> Complaint:
    complaint = Complaint.objects.lock(complaint_id)
    owner: dict[str, Any] = {}
    if complaint.owner_id is None and actor.person_id is not None:
        owner = first_owner(complaint, officer(complaint, actor.person_id))
        for name, value in owner.items():
            setattr(complaint, name, value)
    take_step(
        complaint, "take_up", actor=actor, at=at, ack_at=complaint.ack_at or at,
        ack_by=complaint.ack_by or actor.name, executed_at=None, **owner,
    )  # fmt: skip
    return complaint
