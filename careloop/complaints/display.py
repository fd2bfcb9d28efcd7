"""How complaints look: signs, clocks, list rows as plain dicts; page, export and API take the same."""

import datetime as dt
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from careloop.assets.queries import label_of
from careloop.complaints import queries
from careloop.complaints.models import Complaint, ComplaintTask
from careloop.complaints.states import ComplaintState, Severity
from careloop.complaints.timeline import reason_words
from careloop.complaints.today import clock
from careloop.core.actor import Actor
from careloop.core.address import link
from careloop.core.clock import clock_of, short_time

S = ComplaintState
TONES = {
    S.REGISTERED: "warn",
    S.WAITING: "wait",
    S.CONTAINED: "bad",
    S.PENDING: "wait",
    S.COMMUNICATED: "act",
    S.CONFIRMING: "wait",
    S.CLOSED: "ok",
    S.CLOSED_NOT_ACCEPTED: "idle",
    S.EXTERNAL: "warn",
    S.REOPENED: "warn",
    S.WITHDRAWN: "idle",
    S.MERGED: "idle",
    S.RECLASSIFIED: "idle",
}
SEVERITY_TONES = {Severity.URGENT: "bad", Severity.MAJOR: "warn", Severity.ORDINARY: "idle"}


def state_chip(state: str) -> dict[str, str]:
    return {"label": str(S(state).label), "tone": TONES.get(S(state), "act")}


def severity_chip(severity: str) -> dict[str, str]:
    return {"label": str(Severity(severity).label), "tone": SEVERITY_TONES[Severity(severity)]}


def moment(at: dt.datetime | None, now: dt.datetime) -> str:
    return short_time(at, now) if at is not None else "–"


def columns() -> list[dict[str, Any]]:
    return [
        {"key": "number", "label": _("Complaint"), "kind": "main"},
        {"key": "severity", "label": _("Severity"), "kind": "state"},
        {"key": "state", "label": _("State"), "kind": "state"},
        {"key": "clock", "label": _("Clock"), "kind": "clock"},
        {"key": "customer", "label": _("Customer"), "kind": "party"},
        {"key": "about", "label": _("About"), "phone": "hide"},
        {"key": "owner", "label": _("Officer"), "kind": "person"},
        {"key": "registered", "label": _("Registered"), "kind": "time", "phone": "hide"},
        {"key": "source", "label": _("Source"), "optional": True},
        {"key": "station", "label": _("Station"), "optional": True},
    ]


def row(complaint: Complaint, now: dt.datetime) -> dict[str, Any]:
    url = reverse("complaints:detail", args=[complaint.number])
    late = complaint.is_open and queries.next_due(complaint) < now and complaint.state != S.WAITING
    return {
        "id": complaint.pk,
        "url": url,
        "tone": "bad" if late else "",
        "number": {"text": complaint.number, "sub": complaint.words[:48], "url": url},
        "severity": severity_chip(complaint.severity),
        "state": state_chip(complaint.state),
        "clock": clock(complaint, now) if complaint.is_open else None,
        "customer": {
            "name": complaint.customer.name,
            "url": link("customers:detail", complaint.customer.code),
            "sub": label_of(complaint.asset) if complaint.asset else "",
        },
        "about": str(complaint.get_category_display()),
        "owner": complaint.owner.name if complaint.owner else "",
        "registered": moment(complaint.registered_at, now),
        "source": str(complaint.get_source_display()),
        "station": complaint.station.name,
    }


def head(complaint: Complaint, now: dt.datetime, *, actor: Actor) -> dict[str, Any]:
    """Record header: number, state, severity, customer, machine, both clocks."""
    parts: list[dict[str, Any]] = [
        {"label": complaint.customer.name, "url": link("customers:detail", complaint.customer.code)}
    ]
    if complaint.asset:
        parts.append({"label": label_of(complaint.asset), "url": link("assets:detail", complaint.asset.code)})
    if complaint.order:
        url = link("workorders:detail", complaint.order.number, actor=actor, right="workorders.view_workorder")
        parts.append({"label": complaint.order.number, "url": url})
    if complaint.case:
        parts.append({"label": complaint.case.number, "url": link("cases:detail", complaint.case.number)})
    return {
        "title": complaint.number,
        "state": state_chip(complaint.state),
        "parts": parts,
        "clocks": [c for c in clocks(complaint, now) if c is not None],
        "crumbs": [{"label": _("Complaints"), "url": reverse("complaints:list")}],
    }


def clocks(complaint: Complaint, now: dt.datetime) -> list[Any]:
    """Receipt, answer and solution; what is done shows whether it was in time, for good (R130)."""
    if complaint.state in (S.RECLASSIFIED, S.MERGED):
        return []
    start = complaint.registered_at
    waits = _("customer") if complaint.state == S.WAITING else ""
    ended = complaint.executed_at or complaint.closed_at
    return [
        clock_of(complaint.ack_due_at, start, now=now, done_at=complaint.ack_at, lead=_("receipt")),
        clock_of(complaint.answer_due_at, start, now=now, done_at=complaint.communicated_at or ended,
                 lead=_("reply")),
        clock_of(complaint.solution_due_at, start, now=now, done_at=ended, paused_for=waits, lead=_("solution")),
    ]  # fmt: skip


def facts(complaint: Complaint, actor: Actor, now: dt.datetime) -> list[dict[str, Any]]:
    """Short facts below the head. Who is accused is for those who handle it only (R134)."""
    why = reason_words(complaint.severity_reasons)
    shown = [
        {"label": _("Severity"), "value": str(complaint.get_severity_display()), "sub": why},
        {"label": _("Officer"), "value": complaint.owner.name if complaint.owner else _("nobody yet")},
        {"label": _("About"), "value": str(complaint.get_category_display()),
         "sub": str(complaint.get_step_display()) if complaint.step else ""},
        {"label": _("Complaint came in"), "value": moment(complaint.registered_at, now),
         "sub": str(complaint.get_source_display())},
        {"label": _("Customer hears from us by"), "value": moment(complaint.next_contact_at, now)},
    ]  # fmt: skip
    if complaint.accused is not None and actor.may("complaints.handle"):
        shown.append({"label": _("Person complained about"), "value": complaint.accused.name})
    return shown


def answer_pairs(complaint: Complaint, actor: Actor, now: dt.datetime) -> list[tuple[str, str]]:
    """Decision and what followed, in the order of the process."""
    pairs = [
        (_("Contact"), complaint.contact.name if complaint.contact else ""),
        (_("What the customer wants"), complaint.desired_remedy),
        (_("Facts and evidence"), complaint.facts),
        (_("Cause of the complaint"), complaint.cause),
        (_("Measure against spreading"), complaint.containment),
        (_("Remedy"), str(complaint.get_remedy_kind_display()) if complaint.remedy_kind else ""),
        (_("Cost"), f"¥{complaint.remedy_cost}" if complaint.remedy_cost is not None else ""),
        (_("Answer to the customer"), complaint.decision),
        (_("Told at"), moment(complaint.communicated_at, now) if complaint.communicated_at else ""),
        (_("To be carried out by"), moment(complaint.execution_due_at, now) if complaint.execution_due_at else ""),
        (_("What was carried out"), complaint.execution),
        (_("Alternatives offered"), complaint.alternatives),
        (_("Outside body"), f"{complaint.authority} {complaint.authority_number}".strip()),
    ]
    if complaint.rerating is not None:
        pairs.append((_("Rating before and after"), f"{complaint.first_rating or '–'} → {complaint.rerating}"))
    if complaint.merged_into is not None:
        pairs.append((_("Merged into"), complaint.merged_into.number))
    return [(label, value) for label, value in pairs if value]


def rules_kept(complaint: Complaint, now: dt.datetime) -> list[dict[str, Any]]:
    """The ten rules of handling, each bound to a field, a clock or a rating question (R129)."""
    details = complaint.rerating_details or {}
    ended = complaint.executed_at or complaint.closed_at
    is_paused = complaint.state == S.WAITING
    rows = [
        (_("taken seriously"), in_time(complaint.ack_at, complaint.ack_due_at, now)),
        (_("treated alike"), True),
        (_("listened to"), bool(complaint.words)),
        (_("friendly"), details.get("friendly")),
        (_("facts cleared"), bool(complaint.facts) or None),
        (_("respected"), details.get("respected")),
        (_("handled in time"), None if is_paused else in_time(ended, complaint.solution_due_at, now)),
        (_("answered fast"), in_time(complaint.communicated_at or ended, complaint.answer_due_at, now)),
        (_("carried out"), bool(complaint.executed_at) or None),
        (_("recorded"), bool(complaint.cause) or None),
    ]
    tones = {True: ("ok", _("yes")), False: ("bad", _("no")), None: ("idle", _("not yet"))}
    return [{"label": label, "chip": {"tone": tones[kept][0], "label": tones[kept][1]}} for label, kept in rows]


def in_time(done_at: dt.datetime | None, due_at: dt.datetime, now: dt.datetime) -> bool | None:
    """Whether a clock was kept; None while it runs."""
    if done_at is None and now <= due_at:
        return None
    return (done_at or now) <= due_at


def task_row(task: ComplaintTask, actor: Actor, now: dt.datetime) -> dict[str, Any]:
    is_open = task.state == ComplaintTask.State.OPEN
    mine = actor.may("complaints.handle") or task.department_id in actor.department_ids
    tones = {"open": "act", "done": "ok", "refused": "warn"}
    return {
        "department": task.department.name,
        "text": task.text,
        "result": task.result,
        "state": {"label": str(task.get_state_display()), "tone": tones[task.state]},
        "clock": clock_of(task.due_at, task.given_at, now=now, done_at=task.done_at),
        "given": f"{task.given_by} {short_time(task.given_at, now)}",
        "url": reverse("complaints:task", args=[task.pk]) if is_open and mine else "",
    }
