"""The queue of follow-ups with its coverage, and the page of one follow-up."""

import datetime as dt
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from careloop.assets.queries import label_of
from careloop.core import actions as core_actions
from careloop.core import timeline as core_timeline
from careloop.core.actor import Actor
from careloop.core.address import link, number_of
from careloop.core.http import Request, fragment, keyset
from careloop.core.words import clauses
from careloop.feedback import context as contexts
from careloop.feedback import display, queries, services
from careloop.feedback.actions import ACTIONS
from careloop.feedback.door import require, task_or_refusal
from careloop.feedback.models import VIEW_ANSWER, VIEW_TASK, FollowUpTask, Method, ServiceType
from careloop.feedback.states import CALL, FOLLOW_UP, TaskState
from careloop.feedback.views.desk import tabs
from careloop.measures.followup import follow_up

PERIOD_DAYS = 30


def days(request: Request) -> int:
    value = request.GET.get("days", "")
    return int(value) if value in ("7", "30", "90", "365") else PERIOD_DAYS


@require_safe
def queue(request: Request) -> HttpResponse:
    """All follow-ups with what became of them; none is ever removed (R114)."""
    require(request, VIEW_TASK, "queue")
    now, span = request.now, days(request)
    chosen = request.GET.get("view", "due")
    filters = {
        "view": chosen, "service_type": request.GET.get("service", ""), "q": request.GET.get("q", ""),
        "station_id": number_of(request.GET.get("station", "")),
    }  # fmt: skip
    rows = queries.task_list(request.actor, filters, now=now)
    counts = queries.queue_counts(request.actor, now=now)
    context = {
        "page": keyset(request, rows, prepare=lambda task: display.task_row(task, now)),
        "columns": display.task_columns(),
        "empty": {
            "title": _("No follow-up here"),
            "text": _("Deliveries and closed requests plan their follow-up by themselves."),
            "icon": "headset",
        },
        "views": tabs("queue", request.actor),
        "tabs": [
            {"label": label, "url": f"?view={name}", "count": counts.get(name), "current": chosen == name,
             "tone": "bad" if name == "late" and counts.get("late") else ""}
            for name, label in (
                ("due", _("To call")), ("late", _("Overdue")), ("open", _("Open")), ("done", _("Done")),
                ("not_asked", _("Not asked")), ("nobody", _("Nobody competent")), ("all", _("All")),
            )
        ],
        "filters": [
            {"name": "q", "label": _("Number, customer, plate"), "kind": "search"},
            {"name": "service", "label": _("Kind of service"), "kind": "select", "options": ServiceType.choices},
            {"name": "station", "label": _("Station"), "kind": "select",
             "options": [(row.pk, row.name) for row in queries.stations(request.actor)]},
        ],
        "figures": figures(request, span),
        "span": span,
        "periods": [
            {"label": _("%(n)d days") % {"n": n}, "url": f"?days={n}", "current": n == span} for n in (7, 30, 90, 365)
        ],
    }  # fmt: skip
    return fragment(request, "feedback/queue.html", "rows", context)


def figures(request: Request, span: int) -> list[dict[str, Any]]:
    """F29 over all closed services of the period: coverage, contact, response, dissatisfied, each with its counts."""
    now = request.now
    found = queries.coverage(request.actor, now - dt.timedelta(days=span), now, now=now)
    if not found.eligible:
        return []
    rates = follow_up(
        due=found.due, done_in_window=min(found.done_in_window, found.due), tried=found.tried,
        reached=min(found.reached, found.tried), valid_answers=min(found.answered, found.due),
        dissatisfied=min(found.dissatisfied, found.answered), answered_in_time=found.answered_in_time,
    )  # fmt: skip
    reasons = clauses(f"{display.NOT_ASKED.get(name, name)} {count}" for name, count in sorted(found.reasons.items()))
    cards = (
        (_("Follow-up coverage"), rates.coverage, _("done in their window ÷ due")),
        (_("Contact rate"), rates.contact, _("reached ÷ tried")),
        (_("Response rate"), rates.response, _("answered ÷ due")),
        (_("Dissatisfied"), rates.dissatisfied, _("dissatisfied ÷ answered")),
        (_("Answered in 24 h"), rates.answered, _("complaint confirmed within 24 h ÷ dissatisfied")),
    )
    text = _("%(eligible)d closed services") % {"eligible": found.eligible}
    shown = [_card(label, share, sub) for label, share, sub in cards]
    shown[0]["text"] = clauses((text, reasons)) if reasons else text
    return shown


def _card(label: str, share: Any, definition: str) -> dict[str, Any]:
    base: dict[str, Any] = {"label": label, "unit": "%", "definition": definition}
    if share.percent is None:
        return {**base, "unit": "", "value": "–", "text": _("no cases yet")}
    return {**base, "value": f"{share.percent:.1f}", "n": share.k, "N": share.n,
            "interval": (f"{share.low_percent:.1f}", f"{share.high_percent:.1f}"), "level": "95%"}  # fmt: skip


@require_safe
def detail(request: Request, number: str) -> HttpResponse:
    task = task_or_refusal(request, number)
    actor, now = request.actor, request.now
    answer = task.answer_or_none
    may_see = answer is not None and actor.may(VIEW_ANSWER) and answer.finished_at is not None
    context = {
        "task": task,
        "head": {
            "title": task.number,
            "state": display.state_chip(task.state),
            "parts": parts(task, actor),
            "clocks": [clock for clock in [display.task_clock(task, now)] if clock],
            "crumbs": [{"label": _("All follow-ups"), "url": reverse("feedback:queue")}],
        },
        "options": core_actions.options(FOLLOW_UP, ACTIONS, task, actor=actor, at=now),
        "facts": facts(task, now),
        "events": core_timeline.shown(queries.timeline_of(task), now=now),
        "answer_url": reverse("feedback:answer", args=[number]) if may_see else "",
        "link_url": link_url(request, task),
        "next_visit": contexts.next_visit(task, actor),
        "can_thank": task.thank_due_at is not None and task.thanked_at is None and actor.may(CALL),
        "desk_url": f"{reverse('feedback:desk')}?task={number}",
    }
    return fragment(request, "feedback/task.html", "record", context)


def parts(task: FollowUpTask, actor: Actor) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = [{"label": task.customer.name, "url": link("customers:detail", task.customer.code)}]
    if task.asset:
        found.append({"label": label_of(task.asset), "url": link("assets:detail", task.asset.code)})
    if task.order:
        url = link("workorders:detail", task.order.number, actor=actor, right="workorders.view_workorder")
        found.append({"label": task.order.number, "url": url})
    if task.case:
        found.append({"label": task.case.number, "url": link("cases:detail", task.case.number)})
    return found


def facts(task: FollowUpTask, now: dt.datetime) -> list[dict[str, Any]]:
    window = f"{display.moment(task.not_before, now)} – {display.moment(task.due_at, now)}"
    rows = [
        {"label": _("Window"), "value": window, "sub": _("late") if task.is_late else ""},
        {"label": _("Kind of service"), "value": str(task.get_service_type_display())},
        {"label": _("Contact"), "value": task.contact.name if task.contact else _("none known")},
        {"label": _("Method"), "value": str(task.get_method_display()), "sub": proposal(task)},
        {"label": _("Attempts"), "value": str(task.attempt_count)},
        {"label": _("Questionnaire"), "value": task.version.event_label() if task.version else "–"},
    ]
    if task.reason:
        rows.append({"label": _("Why not asked"), "value": task.reason})
    if task.merged_into:
        rows.append({"label": _("Asked together with"), "value": task.merged_into.number})
    if task.confirm_contact:
        rows.append({"label": _("At the next visit"), "value": _("confirm the contact")})
    return rows


def proposal(task: FollowUpTask) -> str:
    """After a failure the next method is proposed (R98)."""
    if not task.is_open or not any(row.counts for row in task.attempts.all()):
        return ""
    return _("next: %(method)s") % {"method": Method(task.next_method()).label}


def link_url(request: Request, task: FollowUpTask) -> str:
    """The customer's link, to be sent by message; only while it lives, and only for callers."""
    is_alive = task.state == TaskState.LINK_SENT or (task.thanked_at is not None and bool(task.link_nonce))
    if not is_alive or not request.actor.may(CALL):
        return ""
    return request.build_absolute_uri(reverse("feedback_public:form", args=[services.token_of(task)]))


@require_POST
def thank(request: Request, number: str) -> HttpResponse:
    """The thank-you to a customer who is not asked because of the budget."""
    task = task_or_refusal(request, number)
    services.send_thanks(task.pk, actor=request.actor, at=request.now)
    messages.success(request, _("Thank-you noted. Copy the link into the message."))
    return redirect("feedback:task", number)


def period(request: Request, span: int) -> tuple[dt.datetime, dt.datetime]:
    """[start, now) in whole local days."""
    today = timezone.localtime(request.now).replace(hour=0, minute=0, second=0, microsecond=0)
    return today - dt.timedelta(days=span), request.now
