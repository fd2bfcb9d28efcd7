"""Complaints that were written down as something else: a note of any colleague, or a service request."""

import datetime as dt

from django.db import transaction

from careloop.cases import services as cases
from careloop.cases.models import Case
from careloop.cases.states import CaseState
from careloop.complaints.models import Complaint
from careloop.complaints.services.registration import register_complaint
from careloop.complaints.states import FINAL, ComplaintState, Source
from careloop.core.actor import Actor
from careloop.core.models import Event

SOURCES = {"phone": Source.PHONE, "sms": Source.SMS, "email": Source.EMAIL, "chat": Source.CHAT,
           "letter": Source.LETTER, "face": Source.FACE}  # fmt: skip
SERVED = (ComplaintState.CLOSED, ComplaintState.CLOSED_NOT_ACCEPTED)


@transaction.atomic
def register_from_note(note: Event, *, actor: Actor, at: dt.datetime) -> Complaint | None:
    """The words of the note as a complaint that runs since the note was written. `at`: when the program gets to it."""
    if note.customer_id is None or note.station_id is None:
        return None
    return register_complaint(
        actor=actor,
        at=note.at,
        customer_id=note.customer_id,
        contact_id=note.data.get("contact_id"),
        words=note.text,
        source=Source.STAFF,
        station_id=note.station_id,
    )


@transaction.atomic
def register_from_case(case_id: int, *, actor: Actor, at: dt.datetime) -> Complaint | None:
    """One complaint for a request of that kind, with the words, people and machine of the request.

    The request waits for it as for an order. None: it has its complaint already, or was cancelled or merged meanwhile.
    """
    case = Case.objects.lock(case_id)
    is_over = case.state in (CaseState.CANCELLED, CaseState.MERGED, CaseState.CLOSED)
    if is_over or case.customer_id is None or Complaint.objects.filter(case=case_id).exists():
        return None
    complaint = register_complaint(
        actor=actor,
        at=case.received_at,
        customer_id=case.customer_id,
        contact_id=case.contact_id,
        words=case.verbatim,
        source=SOURCES.get(case.channel, Source.STAFF),
        station_id=case.station_id,
        asset_id=case.asset_id,
        case_id=case.pk,
        is_stopped=case.urgency == "stopped",
    )
    if case.state in (CaseState.ACCEPTED, CaseState.REMOTE, CaseState.CONVERTED):
        cases.child_started(case.pk, actor=Actor.system(), at=at, number=complaint.number, kind="complaint")
    return complaint


@transaction.atomic
def tell_case(complaint_id: int, *, actor: Actor, at: dt.datetime) -> None:
    """A complaint that ended with a decision was the service; one that was withdrawn or was none gave no result."""
    complaint = Complaint.objects.lock(complaint_id)
    if complaint.case_id is None or complaint.state not in FINAL:
        return
    case = Case.objects.lock(complaint.case_id)
    if case.open_child_count:
        cases.child_finished(case.pk, actor=actor, at=at, number=complaint.number, done=complaint.state in SERVED)
