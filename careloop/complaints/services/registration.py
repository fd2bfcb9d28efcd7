"""A complaint comes in: from anybody, by any channel, with its first severity and clocks at once."""

import datetime as dt
from collections.abc import Iterable
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from careloop.complaints import queries, rules
from careloop.complaints.models import SEALED, Complaint
from careloop.complaints.services.base import put_into_search, take_step
from careloop.complaints.states import COMPLAINT, Category, Reclassified
from careloop.core import calendar, events, flow, numbering
from careloop.core.actor import Actor
from careloop.core.errors import DomainError
from careloop.staff.models import Station


def _clocks(severity: str, start: dt.datetime, station: Station) -> rules.Clocks:
    return rules.clocks(severity, start, calendar.working_time(station.calendar), station.time_zone)


@transaction.atomic
def register_complaint(
    *,
    actor: Actor,
    at: dt.datetime,
    customer_id: int,
    contact_id: int | None,
    words: str,
    source: str,
    station_id: int,
    asset_id: int | None = None,
    order_id: int | None = None,
    case_id: int | None = None,
    involved: Iterable[int] = frozenset(),
    step: str = "",
    norm: str = "",
    desired_remedy: str = "",
    category: str = Category.OTHER,
    accused_id: int | None = None,
    first_rating: int | None = None,
    repeat_of_id: int | None = None,
    demands_result: bool = True,
    is_stopped: bool = False,
    is_sealed: bool = False,
) -> Complaint:
    """Write down what the customer demands; severity and clocks follow from words and kind, never from the grade.

    `involved`: persons who took part in the service; none of them owns or decides it. `is_sealed`: it comes from an
    answer that is not locked, so the rated unit does not see it yet. Without a demand it is noted as a grumble.

    Raises:
        DomainError: no words, or the customer belongs to a station the actor does not see.
    """
    if not words.strip():
        raise DomainError(_("Write down the customer's own words. They decide how urgent it is."), field="words")
    customer = queries.customer_for(customer_id, contact_id=contact_id, asset_id=asset_id)
    station = Station.objects.select_related("calendar").get(pk=station_id)
    if not actor.sees_station(station.pk):
        raise DomainError(_("You do not work for this station."), field="station")
    severity, reasons = rules.first_severity(words, category=category, source=source, is_stopped=is_stopped)
    due = _clocks(severity, at, station)
    complaint = Complaint(
        number=numbering.next_number("TS", at), station=station, customer=customer, contact_id=contact_id,
        asset_id=asset_id, order_id=order_id, case_id=case_id, source=source, words=words.strip(),
        desired_remedy=desired_remedy.strip(), category=category, step=step, norm=norm, accused_id=accused_id,
        severity=severity, first_severity=severity, severity_reasons=reasons, registered_at=at,
        first_registered_at=at, registered_by=actor.name, ack_due_at=due.ack_due_at, answer_due_at=due.answer_due_at,
        solution_due_at=due.solution_due_at, first_rating=first_rating, repeat_of_id=repeat_of_id,
        is_sealed=is_sealed, reclassified_as="" if demands_result else Reclassified.GRUMBLE,
    )  # fmt: skip
    flow.start(
        COMPLAINT, complaint, "register" if demands_result else "note_grumble", actor=actor, at=at,
        text=complaint.words, sealed=SEALED if is_sealed else "",
        data={"severity": severity, "reasons": reasons, "source": source, "category": category},
    )  # fmt: skip
    complaint.involved.set(sorted({*involved, *((accused_id,) if accused_id else ())}))
    put_into_search(complaint, is_new=True)
    return complaint


@transaction.atomic
def unseal_complaint(complaint_id: int, *, actor: Actor, at: dt.datetime) -> Complaint:
    """The answer behind it is locked: from now on the department sees the complaint too."""
    complaint = Complaint.objects.lock(complaint_id)
    if complaint.is_sealed:
        complaint.is_sealed = False
        complaint.save(update_fields=["is_sealed"])
        events.record("complaint.unseal", complaint, actor=actor, at=at, text=complaint.words)
    return complaint


@transaction.atomic
def reclassify(complaint_id: int, *, actor: Actor, at: dt.datetime, kind: str, has_agreed: bool, reason: str) -> Any:
    """It is no complaint: a grumble, a question or a wish, and the customer agrees."""
    complaint = Complaint.objects.lock(complaint_id)
    if not has_agreed:
        raise DomainError(_("Ask the customer first. Without agreement it stays a complaint."), field="has_agreed")
    take_step(
        complaint, "reclassify", actor=actor, at=at, reason=reason, data={"kind": kind}, reclassified_as=kind,
        closed_at=at,
    )  # fmt: skip
    return complaint


@transaction.atomic
def demand(complaint_id: int, *, actor: Actor, at: dt.datetime, reason: str, desired_remedy: str = "") -> Complaint:
    """He demands a result after all: the clocks start now, the first time stamp is kept."""
    complaint = Complaint.objects.select_related("station__calendar").lock(complaint_id)
    due = _clocks(complaint.first_severity, at, complaint.station)
    take_step(
        complaint, "demand", actor=actor, at=at, reason=reason, registered_at=at, ack_due_at=due.ack_due_at,
        answer_due_at=due.answer_due_at, solution_due_at=due.solution_due_at, reclassified_as="", closed_at=None,
        ack_at=None, ack_by="", desired_remedy=desired_remedy.strip() or complaint.desired_remedy,
    )  # fmt: skip
    put_into_search(complaint)
    return complaint
