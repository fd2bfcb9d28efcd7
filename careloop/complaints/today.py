"""Duties from complaints: whose clock runs out next, and why."""

import datetime as dt

from django.urls import reverse
from django.utils.translation import gettext as _

from careloop.complaints import queries
from careloop.complaints.models import Complaint, ComplaintTask
from careloop.complaints.states import ComplaintState, Severity
from careloop.complaints.timeline import reason_words
from careloop.core.actor import Actor
from careloop.core.clock import Clock, clock_of, short_time
from careloop.core.today import Duty
from careloop.core.words import clauses

S = ComplaintState


def due(actor: Actor, *, now: dt.datetime, limit: int = 100) -> list[Duty]:
    """Complaints that wait for this person, and tasks of his department. Two queries."""
    found = [_duty(row, actor, now) for row in queries.place_in_queue(queries.due_for(actor, limit=limit))]
    return [*found, *(_task(row, now) for row in queries.tasks_due_for(actor, limit=limit))]


def clock(complaint: Complaint, now: dt.datetime) -> Clock | None:
    """The clock that runs next, with its name; paused while we wait for the customer."""
    due_at = queries.next_due(complaint)
    waits = _("customer") if complaint.state == S.WAITING else ""
    leads = {S.REGISTERED: _("confirm receipt by"), S.EXECUTING: _("carry out by")}
    usual = _("answer by") if complaint.communicated_at is None else _("solve by")
    lead = leads.get(S(complaint.state), usual)
    return clock_of(due_at, complaint.registered_at, now=now, paused_for=waits, lead=lead)


def _duty(complaint: Complaint, actor: Actor, now: dt.datetime) -> Duty:
    action, label, icon = _next_step(complaint, actor)
    url = reverse("complaints:detail", args=[complaint.number])
    return Duty(
        key=f"complaint-{complaint.pk}", view="complaints", due_at=queries.next_due(complaint),
        what=_("%(severity)s complaint: %(words)s") % {
            "severity": Severity(complaint.severity).label, "words": complaint.words[:40]},
        why=_why(complaint, now), url=url, action_label=label, action_url=f"{url}#{action}", action_icon=icon,
        customer_name=complaint.customer.name,
        customer_url=f"/customers/{complaint.customer.code}/", clock=clock(complaint, now),
    )  # fmt: skip


def _next_step(complaint: Complaint, actor: Actor) -> tuple[str, str, str]:
    """Step, its words and its sign, as the person on this page would take it next."""
    if complaint.state == S.CONFIRMING and actor.may("complaints.rerate"):
        return "rerate", _("Ask the customer"), "phone"
    if complaint.proposed_owner_id is not None and complaint.proposed_owner_id == actor.person_id:
        return "accept_owner", _("Accept"), "user-check"
    steps = {
        S.REGISTERED: ("acknowledge", _("Confirm receipt"), "phone-outgoing"),
        S.ACKNOWLEDGED: ("assess", _("Assess"), "gauge"),
        S.ASSESSED: ("investigate", _("Investigate"), "search"),
        S.INVESTIGATING: ("decide", _("Decide"), "gavel"),
        S.PENDING: ("approve", _("Decide on the remedy"), "check"),
        S.COMMUNICATED: ("accept", _("Note the customer's answer"), "thumb-up"),
        S.EXECUTING: ("executed", _("Carry out"), "checks"),
        S.REOPENED: ("take_up", _("Take up again"), "search"),
    }
    return steps.get(ComplaintState(complaint.state), ("", _("Look into it"), "chevron-right"))


def _why(complaint: Complaint, now: dt.datetime) -> str:
    """“registered 09:20 by follow-up, fire or smoke; receipt within 2 h”"""
    limits = {Severity.URGENT: 2, Severity.MAJOR: 12, Severity.ORDINARY: 24}
    parts = [
        _("registered %(time)s by %(source)s")
        % {"time": short_time(complaint.registered_at, now), "source": complaint.get_source_display()}
    ]
    if reasons := reason_words(complaint.severity_reasons):
        parts.append(reasons)
    if complaint.ack_at is None:
        parts.append(_("receipt is confirmed within %(hours)d h") % {"hours": limits[Severity(complaint.severity)]})
    elif complaint.state == S.PENDING:
        parts.append(_("a remedy waits for your approval"))
    elif complaint.state == S.CONFIRMING:
        parts.append(_("the remedy is done; somebody uninvolved asks the customer"))
    return clauses(parts)


def _task(task: ComplaintTask, now: dt.datetime) -> Duty:
    url = reverse("complaints:task", args=[task.pk])
    return Duty(
        key=f"complaint-task-{task.pk}", view="complaints", due_at=task.due_at, what=task.text[:60],
        why=_("task from complaint %(number)s, given by %(name)s")
        % {"number": task.complaint.number, "name": task.given_by},
        url=url, action_label=_("Give the result"), action_url=url, action_icon="check",
        customer_name=task.complaint.customer.name, clock=clock_of(task.due_at, task.given_at, now=now),
    )  # fmt: skip
