"""Pages of complaints: list, record with clocks and steps, registration, tasks of departments."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from careloop.complaints import display, queries, services
from careloop.complaints.actions import ACTIONS, SETTLE
from careloop.complaints.forms import RegisterForm, TaskResultForm, next_contact
from careloop.complaints.models import Complaint, ComplaintTask
from careloop.complaints.states import COMPLAINT, Category, ComplaintState, Severity, Source
from careloop.core import actions as core_actions
from careloop.core import search
from careloop.core import timeline as core_timeline
from careloop.core.actions import put_errors
from careloop.core.address import number_of
from careloop.core.errors import DomainError
from careloop.core.http import Request, fragment, keyset

VIEW = "complaints.view_complaint"
QUEUE = 300
FRESH = {"source": Source.PHONE, "demands_result": True, "category": Category.OTHER}


@require_safe
def complaint_list(request: Request) -> HttpResponse:
    request.actor.require(VIEW)
    filters = read_filters(request)
    rows = queries.complaint_list(request.actor, filters)
    counts = queries.counts(request.actor, now=request.now)
    chosen = request.GET.get("view", "open")
    if chosen == "all":
        page: Any = keyset(request, rows, prepare=lambda found: display.row(found, request.now))
    else:  # open ones are few: the most severe first, then the clock that runs out next
        queue = queries.place_in_queue(rows.order_by("ack_due_at")[:QUEUE])
        page = {"rows": [display.row(found, request.now) for found in queue], "newer": None, "older": None}
    context = {
        "page": page,
        "columns": display.columns(),
        "filters": filter_fields(request),
        "views": [
            {"label": label, "url": f"?view={name}", "count": count, "current": chosen == name, "tone": tone}
            for name, label, count, tone in (
                ("open", _("Open"), counts.open, ""),
                ("unclaimed", _("Receipt not confirmed"), counts.unclaimed, "bad" if counts.unclaimed else ""),
                ("late", _("Late"), counts.late, "bad" if counts.late else ""),
                ("mine", _("Mine"), counts.mine, ""),
                ("all", _("All"), None, ""),
            )
        ],
        "empty": {
            "title": _("No complaints here"),
            "text": _("Complaints come from every channel and from follow-up answers."),
            "icon": "mood-smile",
        },
        "head_actions": head_actions(request),
    }
    return fragment(request, "complaints/list.html", "rows", context)


def read_filters(request: Request) -> dict[str, Any]:
    """The query string of the list as `queries.complaint_list` takes it; the API reads it the same way."""
    given = request.GET
    view = given.get("view", "open")
    filters: dict[str, Any] = {name: given.get(name, "") for name in ("severity", "category", "source", "q", "state")}
    filters["station_id"] = number_of(given.get("station", ""))
    if not filters["state"] and view in ("open", "mine"):
        filters["state"] = "open"
    filters["mine"] = view == "mine"
    filters["unclaimed"] = view == "unclaimed"
    if view == "late":
        filters["late_at"] = request.now
    return filters


def filter_fields(request: Request) -> list[dict[str, Any]]:
    return [
        {"name": "q", "label": _("Words, number, customer"), "kind": "search"},
        {"name": "severity", "label": _("Severity"), "kind": "select", "options": Severity.choices},
        {"name": "state", "label": _("State"), "kind": "select", "options": ComplaintState.choices},
        {"name": "category", "label": _("About"), "kind": "select", "options": Category.choices},
        {"name": "source", "label": _("Source"), "kind": "select", "options": Source.choices},
        {"name": "station", "label": _("Station"), "kind": "select",
         "options": [(row.pk, row.name) for row in queries.stations(request.actor)]},
    ]  # fmt: skip


def head_actions(request: Request) -> list[dict[str, Any]]:
    if not request.actor.may("complaints.register_complaint"):
        return []
    return [{"label": _("Register complaint"), "url": reverse("complaints:create"), "icon": "message-report",
             "primary": True, "key": "n"}]  # fmt: skip


def load(request: Request, number: str) -> Complaint:
    request.actor.require(VIEW)
    complaint = queries.complaint_by_number(request.actor, number)
    if complaint is None:
        raise Http404
    return complaint


@require_safe
def detail(request: Request, number: str) -> HttpResponse:
    complaint = load(request, number)
    actor, now = request.actor, request.now
    options = [*settle_option(complaint, request), *core_actions.options(COMPLAINT, ACTIONS, complaint, actor=actor,
                                                                          at=now)]  # fmt: skip
    context = {
        "complaint": complaint,
        "head": display.head(complaint, now, actor=actor),
        "facts": display.facts(complaint, actor, now),
        "options": options,
        "pairs": display.answer_pairs(complaint, actor, now),
        "rules": display.rules_kept(complaint, now),
        "tasks": [display.task_row(task, actor, now) for task in queries.tasks_of(complaint)],
        "events": core_timeline.shown(queries.timeline_of(complaint), now=now),
        "similar": [
            {"number": row.number, "words": row.words[:40], "url": reverse("complaints:detail", args=[row.number]),
             "state": display.state_chip(row.state)}
            for row in queries.similar(actor, complaint)
        ],
    }  # fmt: skip
    return fragment(request, "complaints/detail.html", "record", context)


def settle_option(complaint: Complaint, request: Request) -> list[dict[str, Any]]:
    """“Settle at once” stands beside the steps while the complaint is new and the actor may grant (R16)."""
    if complaint.state != ComplaintState.REGISTERED or not request.actor.may("complaints.grant_remedy"):
        return []
    return [{"action": "settle_at_once", "label": _("Settle at once"), "icon": "bolt", "allowed": True,
             "needs_input": True, "hint": _("Within your authority, in this one call")}]  # fmt: skip


@require_http_methods(["GET", "HEAD", "POST"])
def step(request: Request, number: str, action: str) -> HttpResponse:
    """One step of the state table: its form in a sheet, its service when it is sent."""
    complaint = load(request, number)
    chosen = SETTLE if action == SETTLE.name else ACTIONS.get(action)
    if chosen is None:
        raise Http404
    row = COMPLAINT.named(action) if action in ACTIONS else None
    label = row.label if row is not None else _("Settle at once")
    back = reverse("complaints:detail", args=[number])
    request.actor.require(row.permission if row is not None else "complaints.grant_remedy")
    if request.method == "POST":
        form, done = core_actions.perform(chosen, complaint, request.POST, actor=request.actor, at=request.now)
        if done is not None:
            messages.success(request, _("Done: %(step)s.") % {"step": label})
            return gone(request, back)
    else:
        form = chosen.form(obj=complaint, actor=request.actor, initial={"next_contact_at": next_contact(request.now)})
    refused = getattr(form, "refusal", None)
    context = {
        "form": form,
        "title": label,
        "intro": (row.hint or "") if row is not None else _("Each step is written singly; the rating stays untouched."),
        "submit": label,
        "submit_icon": row.icon if row is not None else "bolt",
        "action_url": request.path,
        "back_url": back,
        "danger": chosen.is_danger,
        "key": f"complaint-{action}-{complaint.pk}",
    }
    status = (refused.http_status if refused else 422) if form.errors else 200
    return fragment(request, "action.html", "sheet", context, status=status)


def gone(request: Request, url: str) -> HttpResponse:
    """After success: a redirect, which htmx follows by its own header."""
    if request.headers.get("HX-Request"):
        return HttpResponse(status=204, headers={"HX-Redirect": url})
    return redirect(url)


@require_http_methods(["GET", "HEAD", "POST"])
def create(request: Request) -> HttpResponse:
    """Register a complaint: any employee, any channel. `?customer=…&order=…` come from the page it was opened on."""
    request.actor.require("complaints.register_complaint")
    initial = queries.origin(request.actor, request.GET)
    if request.method != "POST" and not initial:
        return choose(request)
    initial.setdefault("station", request.session.get("station") or "")
    if request.method == "POST":
        form = RegisterForm(request.POST, actor=request.actor)
        if form.is_valid() and (made := register(request, form)) is not None:
            messages.success(request, registered_words(made))
            may_see = queries.complaint_by_number(request.actor, made.number) is not None
            return redirect("complaints:detail", made.number) if may_see else redirect("web:today")
    else:
        form = RegisterForm(initial={**FRESH, **initial}, actor=request.actor)
    return fragment(
        request, "complaints/create.html", "form", {"form": form, "customer_name": form.customer_name},
        status=422 if form.errors else 200,
    )  # fmt: skip


def choose(request: Request) -> HttpResponse:
    """Who complains, or about which machine or order: search by name, plate, number, telephone."""
    q = request.GET.get("q", "").strip()
    hits = search.find(q, actor=request.actor, kinds=["customer", "asset", "workorder"], limit=12) if q else []
    names = {"customer": "customer", "asset": "asset", "workorder": "order"}
    icons = {"customer": "building", "asset": "engine", "workorder": "clipboard-list"}
    rows = [
        {"title": hit.title, "sub": hit.subtitle, "icon": icons[hit.kind],
         "url": f"?{names[hit.kind]}={hit.url.rstrip('/').rsplit('/', 1)[-1]}"}
        for hit in hits
    ]  # fmt: skip
    return fragment(
        request, "complaints/choose.html", "hits", {"q": q, "hits": rows, "not_found": bool(q) and not rows}
    )


def register(request: Request, form: RegisterForm) -> Complaint | None:
    """The service with what the form read; refusals are put at their fields."""
    try:
        return services.register_complaint(actor=request.actor, at=request.now, **form.as_arguments())
    except DomainError as error:
        put_errors(form, error)
        return None


def registered_words(complaint: Complaint) -> str:
    if complaint.state == ComplaintState.RECLASSIFIED:
        return _("Grumble %(number)s noted.") % {"number": complaint.number}
    return _("Complaint %(number)s registered: %(severity)s.") % {
        "number": complaint.number, "severity": Severity(complaint.severity).label}  # fmt: skip


@require_http_methods(["GET", "HEAD", "POST"])
def task(request: Request, pk: int) -> HttpResponse:
    """A department's task: its result, or why it does not do it."""
    found = queries.task_for(request.actor, pk)
    if found is None:
        raise Http404
    form = TaskResultForm(request.POST or None, actor=request.actor)
    if request.method == "POST" and form.is_valid() and end_task(request, found, form):
        messages.success(request, _("Answer given to the complaint officer."))
        may_see = queries.complaint_by_number(request.actor, found.complaint.number) is not None
        back = reverse("complaints:detail", args=[found.complaint.number]) if may_see else reverse("web:today")
        return gone(request, back)
    context = {
        "form": form,
        "task": display.task_row(found, request.actor, request.now),
        "number": found.complaint.number,
        "is_open": found.state == ComplaintTask.State.OPEN,
    }
    return fragment(request, "complaints/task.html", "form", context, status=422 if form.errors else 200)


def end_task(request: Request, found: ComplaintTask, form: TaskResultForm) -> bool:
    end = services.refuse_task if request.POST.get("refuse") else services.finish_task
    try:
        end(found.pk, actor=request.actor, at=request.now, result=form.cleaned_data["result"])
    except DomainError as error:
        put_errors(form, error)
        return False
    return True
