"""Plans with their running state, and the measures that they verify (R96, R97)."""

from typing import Any

from django.http import Http404, HttpResponse
from django.urls import reverse
from django.utils import formats
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from careloop.core import actions as core_actions
from careloop.core.actions import put_errors
from careloop.core.errors import DomainError
from careloop.core.http import Request, fragment
from careloop.feedback import display, queries, services
from careloop.feedback.actions import MEASURE_ACTIONS, PLAN_ACTIONS
from careloop.feedback.forms_after import MeasureForm, PlanForm
from careloop.feedback.models import VIEW_TASK, FollowUpPlan, Measure
from careloop.feedback.states import MEASURE, PLAN, PLAN_RIGHT, PlanState
from careloop.feedback.views.base import gone, step_sheet
from careloop.feedback.views.desk import tabs

TONES = {"draft": "wait", "submitted": "warn", "approved": "ok", "stopped": "idle", "evaluated": "idle",
         "issued": "warn", "executing": "act", "verifying": "wait", "closed": "ok"}  # fmt: skip


def chip(obj: FollowUpPlan | Measure) -> dict[str, str]:
    return {"label": str(obj.get_state_display()), "tone": TONES[obj.state]}


def load(request: Request, pk: int) -> FollowUpPlan:
    request.actor.require(VIEW_TASK)
    plan = queries.plan_by_id(pk, request.now)
    if plan is None:
        raise Http404
    return plan


@require_safe
def plan_list(request: Request) -> HttpResponse:
    request.actor.require(VIEW_TASK)
    may_plan = request.actor.may(PLAN_RIGHT)
    context = {
        "views": tabs("plans", request.actor),
        "heading": _("Follow-up plans"),
        "subtitle": _("Time, persons, method and content; set by top management, not by the unit that is rated."),
        "actions": [
            {"label": _("New plan"), "url": reverse("feedback:plan-new"), "icon": "plus", "primary": True},
            {"label": _("New measure"), "url": reverse("feedback:measure-new"), "icon": "tool"},
        ] if may_plan else [],
        "columns": [
            {"key": "plan", "label": _("Plan"), "kind": "main"},
            {"key": "state", "label": _("State"), "kind": "state"},
            {"key": "time", "label": _("Time")},
            {"key": "method", "label": _("Method")},
            {"key": "persons", "label": _("Persons"), "phone": "hide"},
            {"key": "due", "label": _("To be asked"), "kind": "num"},
            {"key": "done", "label": _("Done"), "kind": "num"},
            {"key": "left", "label": _("Left"), "kind": "num"},
        ],
        "rows": [plan_row(plan) for plan in queries.plans(request.now)[:100]],
        "measure_columns": [
            {"key": "measure", "label": _("Corrective measure"), "kind": "main"},
            {"key": "state", "label": _("State"), "kind": "state"},
            {"key": "department", "label": _("Department")},
            {"key": "due", "label": _("Due on"), "kind": "time"},
            {"key": "result", "label": _("What the answers say")},
            {"key": "steps", "label": _("Next step"), "kind": "buttons"},
        ],
        "measures": [measure_row(row, request) for row in queries.measures()[:50]],
    }  # fmt: skip
    return fragment(request, "feedback/plans.html", "rows", context)


def window(plan: FollowUpPlan) -> str:
    if plan.not_before_hours is None or plan.due_hours is None:
        return "–"
    return _("%(first)d–%(last)d h after") % {"first": plan.not_before_hours, "last": plan.due_hours}


def plan_row(plan: Any) -> dict[str, Any]:
    url = reverse("feedback:plan", args=[plan.pk])
    kind = str(plan.get_service_type_display())
    return {
        "url": url,
        "plan": {"text": str(plan), "sub": kind if kind != str(plan) else "", "url": url},
        "state": chip(plan),
        "time": window(plan),
        "method": str(plan.get_method_display()) if plan.method else "–",
        "persons": plan.persons or "–",
        "due": plan.due_count,
        "done": plan.done_count,
        "left": plan.left_count,
    }


def measure_row(measure: Measure, request: Request) -> dict[str, Any]:
    options = core_actions.options(MEASURE, MEASURE_ACTIONS, measure, actor=request.actor, at=request.now)
    return {
        "measure": {"text": measure.title, "sub": measure.number},
        "state": chip(measure),
        "department": measure.department.name,
        "due": formats.date_format(measure.due_on, "DATE_FORMAT"),
        "result": measure.result or "–",
        "steps": [
            {"label": str(option.label), "icon": option.icon, "sheet": True,
             "url": reverse("feedback:measure-step", args=[measure.pk, option.action])}
            for option in options if option.allowed
        ],
    }  # fmt: skip


@require_safe
def plan_page(request: Request, pk: int) -> HttpResponse:
    plan: Any = load(request, pk)
    options = core_actions.options(PLAN, PLAN_ACTIONS, plan, actor=request.actor, at=request.now)
    points = [
        (_("Time"), window(plan)),
        (_("Persons"), plan.persons or "–"),
        (_("Method"), str(plan.get_method_display()) if plan.method else "–"),
        (_("Content"), plan.content or "–"),
    ]
    facts = [
        {"label": _("Kind of service"), "value": str(plan.get_service_type_display())},
        {"label": _("Questionnaire"), "value": plan.questionnaire.name},
        {"label": _("Approved by"), "value": plan.approved_by or "–"},
        {"label": _("To be asked"), "value": str(plan.due_count),
         "sub": _("%(done)d done, %(left)d left, %(late)d overdue") % {
             "done": plan.done_count, "left": plan.left_count, "late": plan.late_count}},
    ]  # fmt: skip
    if plan.measure is not None:
        facts.append({"label": _("Corrective measure"), "value": str(plan.measure)})
        facts.append({"label": _("Question"), "value": f"{plan.question} ≥ {plan.target:g}"})
    if plan.evaluated_at is not None:
        facts.append(
            {"label": _("What the answers say"), "value": str(plan.get_result_display()), "sub": outcome(plan)}
        )
    context = {
        "head": {
            "title": str(plan),
            "state": chip(plan),
            "parts": [],
            "crumbs": [{"label": _("Follow-up plans"), "url": reverse("feedback:plans")}],
            "actions": [{"label": _("Edit"), "url": reverse("feedback:plan-edit", args=[pk]), "icon": "pencil"}]
            if plan.state == PlanState.DRAFT and request.actor.may(PLAN_RIGHT) else [],
        },
        "plan": plan,
        "facts": facts,
        "points": points,
        "options": options,
    }  # fmt: skip
    return fragment(request, "feedback/plan.html", "record", context)


def outcome(plan: FollowUpPlan) -> str:
    low, high = display.number(plan.result_low), display.number(plan.result_high)
    return f"{display.number(plan.result_mean)} ({low}–{high}), n = {plan.result_n}"


def form_page(request: Request, form: Any, title: str, back: str) -> HttpResponse:
    context = {"form": form, "title": title, "submit": _("Save"), "action_url": request.path, "back_url": back,
               "key": request.path}  # fmt: skip
    return fragment(request, "action.html", "sheet", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
def plan_new(request: Request) -> HttpResponse:
    request.actor.require(PLAN_RIGHT)
    form = PlanForm(request.POST or None, actor=request.actor)
    if request.method == "POST" and form.is_valid():
        try:
            plan = services.draft_plan(actor=request.actor, at=request.now, **form.cleaned_data)
        except DomainError as error:
            put_errors(form, error)
        else:
            return gone(request, reverse("feedback:plan", args=[plan.pk]))
    return form_page(request, form, _("New plan"), reverse("feedback:plans"))


@require_http_methods(["GET", "HEAD", "POST"])
def plan_edit(request: Request, pk: int) -> HttpResponse:
    request.actor.require(PLAN_RIGHT)
    plan = load(request, pk)
    page = reverse("feedback:plan", args=[pk])
    form = PlanForm(request.POST or None, obj=plan, actor=request.actor)
    if request.method == "POST" and form.is_valid():
        try:
            services.change_plan(pk, actor=request.actor, at=request.now, **form.cleaned_data)
        except DomainError as error:
            put_errors(form, error)
        else:
            return gone(request, page)
    return form_page(request, form, _("Change the plan"), page)


@require_http_methods(["GET", "HEAD", "POST"])
def plan_step(request: Request, pk: int, action: str) -> HttpResponse:
    plan = load(request, pk)
    if action not in PLAN_ACTIONS:
        raise Http404
    row = PLAN.named(action)
    page = reverse("feedback:plan", args=[pk])
    return step_sheet(
        request, plan, PLAN_ACTIONS[action], label=row.label, permission=row.permission, icon=row.icon,
        back=lambda _done: page,
    )  # fmt: skip


@require_http_methods(["GET", "HEAD", "POST"])
def measure_new(request: Request) -> HttpResponse:
    request.actor.require(PLAN_RIGHT)
    form = MeasureForm(request.POST or None, actor=request.actor)
    if request.method == "POST" and form.is_valid():
        try:
            services.draft_measure(actor=request.actor, at=request.now, **form.cleaned_data)
        except DomainError as error:
            put_errors(form, error)
        else:
            return gone(request, reverse("feedback:plans"))
    return form_page(request, form, _("New measure"), reverse("feedback:plans"))


@require_http_methods(["GET", "HEAD", "POST"])
def measure_step(request: Request, pk: int, action: str) -> HttpResponse:
    request.actor.require(VIEW_TASK)
    measure = queries.measures().filter(pk=pk).first()
    if measure is None or action not in MEASURE_ACTIONS:
        raise Http404
    row = MEASURE.named(action)
    page = reverse("feedback:plans")
    return step_sheet(
        request, measure, MEASURE_ACTIONS[action], label=row.label, permission=row.permission, icon=row.icon,
        back=lambda _done: page,
    )  # fmt: skip
