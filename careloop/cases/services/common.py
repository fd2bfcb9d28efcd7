"""What the services of a request share: lock, clocks, first response, search entry."""

import datetime as dt
from functools import cache
from typing import Any

from django.urls import reverse
from django.utils import timezone

from careloop.cases import rules
from careloop.cases.models import Case, Pause
from careloop.core import calendar, search
from careloop.core.actor import Actor
from careloop.core.models import Event
from careloop.entitlements import queries as entitlements
from careloop.entitlements.queries import Clocks
from careloop.staff.models import Station

WORDS = ("case.note", "case.reply", "case.hear")  # events whose text belongs to the conversation


def locked(case_id: int) -> Case:
    """The row, locked, with its station (the clocks need its calendar)."""
    case = Case.objects.lock(case_id)
    case.station = station_of(case.station_id)
    return case


def station_of(station_id: int) -> Station:
    return Station.objects.select_related("calendar").get(pk=station_id)


def start_clocks(case: Case, clocks: Clocks) -> None:
    """Set codes and due times from the standards of the day; both clocks start with the request."""
    start = case.received_at
    if clocks.response is not None:
        case.response_standard = clocks.response.code
        case.response_due_at = clocks.response.due_at(start)
    if clocks.resolution is not None:
        case.resolution_standard = clocks.resolution.code
        case.resolution_target = clocks.resolution.minutes
        case.resolution_due_at = clocks.resolution.due_at(start)


def first_response(case: Case, *, actor: Actor, at: dt.datetime) -> dict[str, Any]:
    """Fields that stamp the first answer of a human (R84). Empty when there was one, or when a program answers."""
    if case.responded_at is not None or actor.is_system or not actor.person_id or at < case.received_at:
        return {}
    return {
        "responded_at": at,
        "responded_by_id": actor.person_id,
        "response_minutes": working_minutes(case, case.received_at, at),
    }


def reacted(case: Case, actor: Actor) -> dict[str, Any]:
    """Fields that end the wait for the next level: somebody of it did something, not who handed it on (R83)."""
    if case.escalation_due_at is None or actor.person_id in (None, case.escalated_by_id):
        return {}
    asked = case.level.department_id if case.level is not None else None
    if asked is not None and asked not in actor.department_ids:
        return {}
    return {"escalation_due_at": None}


def working_minutes(case: Case, start: dt.datetime, end: dt.datetime) -> int:
    """In the working time of the case's station."""
    clock = entitlements.working_time_of(case.station)
    return calendar.minutes_between(clock, start, end, zone=case.station.time_zone)


def open_pause(case: Case, *, reason: str, at: dt.datetime) -> None:
    Pause.objects.create(case=case, reason=reason, started_at=at)


def end_pause(case: Case, *, at: dt.datetime) -> dict[str, Any]:
    """Close the open pause; return the fields that move the due time of the resolution by its working minutes."""
    pause = Pause.objects.filter(case=case, ended_at=None).first()
    if pause is None:
        return {}
    minutes = working_minutes(case, pause.started_at, at)
    Pause.objects.filter(pk=pause.pk).update(ended_at=max(at, pause.started_at), minutes=minutes)
    paused = case.paused_minutes + minutes
    return {"paused_minutes": paused, "resolution_due_at": resolution_due(case, paused=paused)}


def resolution_due(case: Case, *, paused: int = 0, start: dt.datetime | None = None) -> dt.datetime | None:
    """Due time of the resolution in the working time of its own standard."""
    if case.resolution_target is None:
        return None
    begin = start or case.received_at
    day = timezone.localtime(case.received_at).date()
    clock, zone = entitlements.calendar_of(case.resolution_standard, case.station, day)
    return calendar.add_minutes(clock, begin, case.resolution_target + paused, zone=zone)


def verdict(case: Case, *, resolved_at: dt.datetime, responded_at: dt.datetime | None) -> bool | None:
    """Kept or not; a standard once missed stays missed when the request is opened again."""
    kept = rules.is_kept(
        response_due_at=case.response_due_at,
        responded_at=responded_at,
        resolution_due_at=case.resolution_due_at,
        resolved_at=resolved_at,
    )
    return False if case.is_sla_kept is False else kept


@cache
def _prefix() -> str:
    return reverse("cases:list")


def url_of(number: str) -> str:
    """Path of the request's page; one reverse for the process, because lists and bulk need many."""
    return f"{_prefix()}{number}/"


def doc_of(case: Case, *, words: str = "") -> search.Doc:
    """The request as it is found. `case` comes with customer and asset; `words` are those of the conversation."""
    customer = case.customer.name if case.customer is not None else ""
    asset = case.asset
    codes = " ".join(filter(None, (asset.serial_no, asset.plate, asset.vin))) if asset is not None else ""
    parts = (customer, codes, case.verbatim, case.symptom, case.alarm_no, case.circumstances, case.resolution, words)
    return search.Doc(
        kind="case",
        object_id=case.pk,
        station_id=case.station_id,
        title=f"{case.number} {case.title}",
        subtitle=customer,
        url=url_of(case.number),
        body="\n".join(part for part in parts if part),
        names=f"{case.title} {customer}",
        at=case.received_at,
    )


def make_findable(case: Case, *, is_new: bool = False) -> None:
    """Drafts are not found by others; everything else is, with the words of its conversation."""
    if case.state == "draft":
        return
    words = (
        ""
        if is_new
        else "\n".join(
            Event.objects.filter(subject_type="case", subject_id=case.pk, kind__in=WORDS)
            .exclude(text="")
            .order_by("pk")
            .values_list("text", flat=True)
        )
    )
    search.bulk_index([doc_of(case, words=words)], is_new=is_new)
