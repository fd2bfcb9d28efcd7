"""What the page and the paper of a request show, in display-ready values."""

import datetime as dt
from collections.abc import Iterator
from typing import Any

import segno
from django.conf import settings
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.safestring import mark_safe  # reason: a drawing made by segno
from django.utils.translation import gettext as _

from careloop.assets import queries as assets
from careloop.assets.rules import show_plate
from careloop.cases import escalations, queries
from careloop.cases.display import (
    asset_url,
    clock_words,
    customer_url,
    long_moment,
    moment,
    promise_chip,
    reading_words,
    state_chip,
    titled,
    urgency_chip,
)
from careloop.cases.models import Case, Pause, Promise
from careloop.cases.services.common import url_of
from careloop.cases.states import CaseState, Cause, PromiseState
from careloop.core import files, timeline
from careloop.core.actor import Actor
from careloop.core.clock import clock_of, duration
from careloop.core.http import Request
from careloop.customers import queries as customers
from careloop.entitlements import queries as entitlements

TALK = ("case.accept", "case.reply", "case.hear", "case.note", "case.wait", "case.remind", "case.solve", "case.absorb")
SHOWN_EVENTS = 60


def of(case: Case, actor: Actor, *, request: Request, now: dt.datetime) -> dict[str, Any]:
    """Everything of the page but its buttons. At most 6 queries beside the one of the request itself."""
    events, older = timeline.page(request, limit=SHOWN_EVENTS, subject=("case", case.pk))
    promises = queries.promises_of(case.pk)
    only_talk = request.GET.get("show") == "talk"
    facts = [event for event in events if not only_talk or event.kind in TALK]
    return {
        "case": case,
        "number": case.number,
        "record": head(case, now=now),
        "entries": entries(case, now=now),
        "readings": reading_words(case.readings),
        "events": timeline.shown(facts, now=now),
        "older": older,
        "only_talk": only_talk,
        "escalation": escalation(case, actor, now=now),
        "party": party(case, actor, now=now),
        "promises": [promise_row(row, case, actor, now=now) for row in promises],
        "may_promise": actor.may("cases.create_case")
        and case.state not in (CaseState.CLOSED, CaseState.CANCELLED, CaseState.MERGED, CaseState.DRAFT),
        "pauses": [pause_row(row, now) for row in queries.pauses_of(case.pk)],
        "paused": duration(case.paused_minutes) if case.paused_minutes else "",
        "related": related(case, actor, now=now),
        "files": [files.shown(row) for row in queries.files_of(case.pk)],
        "may_upload": actor.may("core.upload_file"),
        "upload_url": reverse("cases:file-add", args=[case.number]),
        "max_mib": settings.MAX_UPLOAD_BYTES >> 20,
    }


def head(case: Case, *, now: dt.datetime) -> dict[str, Any]:
    parts: list[dict[str, Any]] = [{"label": case.number}]
    if case.customer is not None:
        parts.append({"label": case.customer.name, "url": customer_url(case.customer.code)})
    if case.asset is not None:
        url = asset_url(case.asset.code)
        if case.asset.plate:
            parts.append({"plate": show_plate(case.asset.plate), "label": assets.model_name(case.asset), "url": url})
        else:
            parts.append({"label": assets.label_of(case.asset), "url": url})
    elif case.is_asset_unknown:
        parts.append({"label": _("machine unknown")})
    urgency = urgency_chip(case.urgency, is_safety=case.is_safety)
    return {
        "title": case.title,
        "state": state_chip(case.state),
        "states": [urgency] if urgency else [],
        "grade": case.customer.grade if case.customer is not None else "",
        "parts": parts,
        "clocks": clocks(case, now=now),
        "crumbs": [{"label": _("Service requests"), "url": reverse("cases:list")}],
        "recent_icon": "message-2",
    }


def clocks(case: Case, *, now: dt.datetime) -> list[Any]:
    """First response and resolution, each running, paused, or done in time or late."""
    words, hours = clock_words(), entitlements.working_time_of(case.station)
    if case.state in (CaseState.CANCELLED, CaseState.MERGED, CaseState.DRAFT):
        return []
    found = [
        clock_of(
            case.response_due_at,
            case.received_at,
            now=now,
            calendar=hours,
            done_at=case.responded_at,
            lead=words["response"],
        ),
        clock_of(
            case.resolution_due_at,
            case.received_at,
            now=now,
            calendar=hours,
            done_at=case.resolved_at,
            paused_for=_("the customer") if case.state == CaseState.WAITING else "",
            lead=words["resolution"],
        ),
    ]
    if case.escalation_due_at is not None and case.escalated_at is not None and case.state in escalations.OPEN:
        lead = level_words(case)
        found.append(clock_of(case.escalation_due_at, case.escalated_at, now=now, calendar=hours, lead=lead))
    return [clock for clock in found if clock is not None]


def level_words(case: Case) -> str:
    """“level 2, engineer”."""
    name = case.level.label if case.level is not None else ""
    return _("level %(n)d, %(name)s") % {"n": case.support_level, "name": name} if name else str(case.support_level)


def escalation(case: Case, actor: Actor, *, now: dt.datetime) -> dict[str, Any] | None:
    """Who has been asked, until when, who comes after that, and the page that shows the customer the same."""
    if case.escalated_at is None:
        return None
    upper = case.next_level
    waits = case.escalation_due_at is not None and case.state in escalations.OPEN
    pairs = [
        (_("Escalation level"), level_words(case)),
        (_("Handed on"), _("%(time)s by %(name)s") % {
            "time": long_moment(case.escalated_at),
            "name": case.escalated_by.name if case.escalated_by else _("the program, for want of a reaction")}),
        (_("Reacts until"), long_moment(case.escalation_due_at) if waits else _("has reacted")),
        (_("After that"), (upper.label if upper is not None else _("nobody above")) if waits else ""),
    ]  # fmt: skip
    return {"pairs": [pair for pair in pairs if pair[1]], "customer_url": customer_page(case)}


def customer_page(case: Case) -> str:
    try:
        return reverse("portal:request", args=[escalations.token_of(case.pk)])
    except NoReverseMatch:
        return ""


def entries(case: Case, *, now: dt.datetime) -> list[tuple[Any, Any]]:
    """The register's entries in the order of form 2.4; empty ones are left out on the screen."""
    pairs = [
        (
            _("Received"),
            _("%(time)s by %(name)s") % {"time": long_moment(case.received_at), "name": case.received_by or "–"},
        ),
        (_("Channel"), case.get_channel_display()),
        (_("Kind"), case.get_kind_display()),
        (_("Urgency"), case.get_urgency_display()),
        (_("Stopped since"), long_moment(case.stopped_since)),
        (_("Symptom"), case.symptom),
        (_("Alarm number"), case.alarm_no),
        (_("How it happened"), case.circumstances),
        (_("Place"), case.place),
        (_("Mileage or hours"), meter_text(case)),
        (_("Wanted for"), long_moment(case.requested_for)),
        (_("Charge"), charge_words(case)),
        (_("Assigned to"), case.assignee.name if case.assignee else _("nobody")),
        (_("Hand-overs"), case.handover_count or ""),
        (_("Opened again"), case.reopen_count or ""),
        (_("First response"), _response(case)),
        (_("Waiting for"), case.waiting_for),
        (_("What was done or answered"), case.resolution),
        (_("Result"), case.get_result_display()),
        (_("Cause"), cause_text(case)),
        (_("Follow-up"), " · ".join(filter(None, (case.get_follow_up_display(), case.follow_up_reason)))),
        (_("More than expected"), extra_text(case)),
        (
            _("Closed at"),
            _("%(time)s by %(name)s") % {"time": long_moment(case.closed_at), "name": case.closed_by or "–"}
            if case.closed_at
            else "",
        ),
    ]
    return [(label, value) for label, value in pairs if value not in ("", None)]


def _response(case: Case) -> str:
    if case.responded_at is None:
        return ""
    parts = {
        "time": long_moment(case.responded_at),
        "name": case.responded_by or "–",
        "minutes": duration(case.response_minutes or 0),
    }
    return _("%(time)s by %(name)s, after %(minutes)s of working time") % parts


def meter_text(case: Case) -> str:
    if case.meter is None:
        return ""
    unit = case.asset.meter_unit if case.asset is not None else ""
    return f"{case.meter:,} {unit}".replace(",", " ").strip()


def cause_text(case: Case) -> str:
    labels = {str(value): str(label) for value, label in Cause.choices}
    return labels.get(case.cause_code, case.cause_code)


def extra_text(case: Case) -> str:
    if not case.extra_service:
        return ""
    cost = f"¥{case.extra_service_cost:,.2f}" if case.extra_service_cost is not None else ""
    return " · ".join(filter(None, (case.get_extra_service_display(), case.extra_service_text, cost)))


def party(case: Case, actor: Actor, *, now: dt.datetime) -> dict[str, Any]:
    """The right-hand side: who it is, how to reach him, which machine, and whether it is in warranty."""
    found: dict[str, Any] = {"customer": None, "asset": None}
    if case.customer is not None:
        found["customer"] = {
            "name": case.customer.name,
            "url": customer_url(case.customer.code),
            "grade": case.customer.grade,
            "why": case.customer.why,
            "owner": case.customer.service_owner,
        }
    if case.contact is not None:
        channel = customers.main_number(case.contact.pk)
        found["contact"] = {
            "name": case.contact.name,
            "phone": customers.number_for(actor, channel) if channel is not None else "",
            "state": {"label": _("not verified"), "tone": "warn"} if case.is_contact_unverified else {},
        }
    if case.asset is not None:
        warranty = entitlements.warranty_of(case.asset, on=timezone.localdate(now), meter=case.meter)
        found["asset"] = {
            "label": assets.label_of(case.asset),
            "url": asset_url(case.asset.code),
            "plate": show_plate(case.asset.plate),
            "model": assets.model_name(case.asset),
            "place": case.place,
            "warranty": entitlements.warranty_words(warranty, unit=case.asset.meter_unit),
        }
    return found


def promise_row(promise: Promise, case: Case, actor: Actor, *, now: dt.datetime) -> dict[str, Any]:
    hours = entitlements.working_time_of(case.station)
    is_open = promise.state == PromiseState.OPEN
    row: dict[str, Any] = {
        "text": promise.text,
        "who": promise.given_by.name if promise.given_by else "",
        "due": long_moment(promise.due_at),
        "state": promise_chip(promise.state),
        "clock": clock_of(promise.due_at, promise.given_at, now=now, calendar=hours) if is_open else None,
        "actions": [],
    }
    if not actor.may("cases.work_case"):
        return row

    def link(action: str) -> str:
        return reverse("cases:promise-step", args=[case.number, promise.pk, action])

    if is_open:
        row["actions"] = [{"label": _("Kept"), "url": link("keep"), "method": "post", "icon": "check"}]
        if now <= promise.due_at:
            row["actions"] += [{"label": _("Agree another time"), "url": link("renew"), "sheet": True}]
    elif promise.state == PromiseState.BROKEN:
        row["actions"] = [{"label": _("Make good"), "url": link("make_good"), "method": "post", "icon": "check"}]
    return row


def pause_row(pause: Pause, now: dt.datetime) -> dict[str, str]:
    return {
        "reason": pause.reason,
        "from": moment(pause.started_at, now),
        "to": moment(pause.ended_at, now) if pause.ended_at else "",
        "minutes": duration(pause.minutes) if pause.minutes is not None else "",
    }


def related(case: Case, actor: Actor, *, now: dt.datetime) -> list[dict[str, Any]]:
    """Groups of other requests, the merged callers first: all of them are to be kept informed."""
    rows = queries.related(actor, case)
    titles = {
        "merged": _("Reported by others too"),
        "repeats": _("Follows this one"),
        "open": _("Open requests"),
        "earlier": _("Earlier requests"),
    }
    groups = [
        {"title": title, "rows": [_other(row, now, is_caller=key == "merged") for row in rows[key]]}
        for key, title in titles.items()
        if rows[key]
    ]
    for other, title in ((case.merged_into, _("Merged into")), (case.repeat_of, _("Follows"))):
        if other is not None:
            link = {
                "number": other.number,
                "title": other.title,
                "url": url_of(other.number),
                "chip": state_chip(other.state),
                "when": moment(other.received_at, now),
            }
            groups.insert(0, {"title": title, "rows": [link]})
    return groups


def _other(row: dict[str, Any], now: dt.datetime, *, is_caller: bool) -> dict[str, Any]:
    who = titled(row["contact__name"], row["verbatim"][:60]) if is_caller and row["contact__name"] else row["title"]
    return {
        "number": row["number"],
        "title": who,
        "url": url_of(row["number"]),
        "chip": state_chip(row["state"]),
        "when": moment(row["received_at"], now),
    }


# --- form 2.4 on paper ------------------------------------------------------------------------------------------


def qr(address: str) -> str:
    """The address of the page as a drawing without any script or style."""
    drawing = segno.make(address, error="m").svg_inline(scale=2, border=0, omitsize=True)
    return mark_safe(drawing)  # reason: drawn by segno from plain modules, no text of ours in it


def sheet(case: Case | None, actor: Actor, *, now: dt.datetime, address: str = "") -> dict[str, Any]:
    """Every field of the register, also the empty ones: the paper is filled in by hand where the screen was not."""
    number = case.number if case is not None else ""
    values = _values(case, actor, now) if case is not None else {}
    rows = [[(label, values.get(key, "")) for key, label in pair] for pair in _layout()]
    return {
        "case": case,
        "number": number,
        "qr": qr(address) if address else "",
        "rows": rows,
        "station": case.station if case is not None else None,
        "words": values.get("verbatim", ""),
        "circumstances": values.get("circumstances", ""),
        "readings": reading_words(case.readings) if case is not None else [{"label": "", "value": ""}] * 4,
        "resolution": values.get("resolution", ""),
        "printed_at": long_moment(now) if case is not None else "",
        "title": _("Service register %(number)s") % {"number": number} if number else _("Service register"),
    }


def sheet_lines(sheet: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """The values of the printed form, one line each."""
    yield _("Number"), sheet["number"]
    for pair in sheet["rows"]:
        for label, value in pair:
            yield str(label), str(value)
    yield _("Customer's words"), sheet["words"]
    yield _("How it happened"), sheet["circumstances"]
    for row in sheet["readings"]:
        mark = row["state"]["label"] if row["state"] else ""
        yield row["label"], " · ".join(str(part) for part in (row["value"], mark) if part)
    yield _("What was done or answered"), sheet["resolution"]


def _layout() -> list[list[tuple[str, str]]]:
    """Two entries a line, in the order of the form."""
    return [
        [("received", _("Received at")), ("received_by", _("Received by"))],
        [("channel", _("Channel")), ("kind", _("Kind of request"))],
        [("customer", _("Customer")), ("contact", _("Contact person, telephone"))],
        [("asset", _("Machine or vehicle")), ("place", _("Place"))],
        [("meter", _("Mileage or hours")), ("warranty", _("Warranty"))],
        [("charge", _("Charge")), ("urgency", _("Urgency"))],
        [("stopped", _("Stopped since")), ("symptom", _("Symptom, alarm number"))],
        [("requested", _("Wanted for")), ("promised", _("Promised for"))],
        [("response_due", _("First response due")), ("responded", _("First response"))],
        [("resolution_due", _("Resolution due")), ("resolved", _("Resolved at"))],
        [("assignee", _("Assigned to")), ("result", _("Result"))],
        [("cause", _("Cause")), ("orders", _("Orders"))],
        [("follow_up", _("Follow-up")), ("closed", _("Closed at, by"))],
    ]


def promised_text(case: Case) -> str:
    """The newest promise with how it stands: `2026年11月19日 16:30 · 回电（兑现）`."""
    newest = next(iter(queries.promises_of(case.pk)), None)
    if newest is None:
        return long_moment(case.promise_at)
    return f"{long_moment(newest.due_at)} · {newest.text} ({newest.get_state_display()})"


def charge_words(case: Case) -> str:
    """An unknown warranty is a question to the customer, not a bill to him (R180)."""
    if not case.charge_kind and case.warranty_state == "unknown":
        return _("not decided: ask for invoice or acceptance certificate")
    return case.get_charge_kind_display()


def _values(case: Case, actor: Actor, now: dt.datetime) -> dict[str, Any]:
    contact = ""
    if case.contact is not None:
        channel = customers.main_number(case.contact.pk)
        contact = f"{case.contact.name} {customers.number_for(actor, channel) if channel else ''}".strip()
    warranty = {
        "in": _("in warranty"),
        "out": _("warranty over, paid repair"),
        "contract": _("by service contract"),
        "unknown": _("warranty not known"),
    }.get(case.warranty_state, "")
    if case.warranty_until:
        warranty = f"{warranty} ({case.warranty_until:%Y-%m-%d})"
    return {
        "received": long_moment(case.received_at),
        "received_by": case.received_by or "",
        "channel": case.get_channel_display(),
        "kind": case.get_kind_display(),
        "customer": case.customer.name if case.customer else "",
        "contact": contact,
        "asset": assets.label_of(case.asset) if case.asset else _("machine unknown") if case.is_asset_unknown else "",
        "place": case.place,
        "meter": meter_text(case),
        "warranty": warranty,
        "charge": charge_words(case),
        "urgency": case.get_urgency_display(),
        "stopped": long_moment(case.stopped_since),
        "symptom": " · ".join(filter(None, (case.symptom, case.alarm_no))),
        "requested": long_moment(case.requested_for),
        "promised": promised_text(case),
        "response_due": long_moment(case.response_due_at),
        "responded": long_moment(case.responded_at),
        "resolution_due": long_moment(case.resolution_due_at),
        "resolved": long_moment(case.resolved_at),
        "assignee": case.assignee or "",
        "result": case.get_result_display(),
        "cause": cause_text(case),
        "orders": _("%(open)d running, %(done)d finished")
        % {"open": case.open_child_count, "done": case.finished_child_count}
        if case.open_child_count or case.finished_child_count
        else "",
        "follow_up": " · ".join(filter(None, (case.get_follow_up_display(), case.follow_up_reason))),
        "closed": f"{long_moment(case.closed_at)} {case.closed_by or ''}".strip(),
        "verbatim": case.verbatim,
        "circumstances": case.circumstances,
        "resolution": case.resolution,
    }
