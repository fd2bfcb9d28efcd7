"""The page of service standards: what is promised, and how far it is kept."""

import datetime as dt
from decimal import Decimal
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import formats, timezone
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from careloop.core import actions as core_actions
from careloop.core import words
from careloop.core.actions import put_errors
from careloop.core.clock import duration
from careloop.core.errors import DomainError
from careloop.core.http import Request, fragment, one_or_404
from careloop.entitlements import queries, services
from careloop.entitlements.actions import ACTIONS
from careloop.entitlements.forms import SCOPES, GuaranteeForm, StandardForm
from careloop.entitlements.models import RepairGuarantee, ServiceStandard, VehicleClass, WorkClass
from careloop.entitlements.states import STANDARD_FLOW, Measure, StandardState
from careloop.measures.sla import Attainment

PERIODS = (30, 90, 365)


@require_safe
def standard_list(request: Request) -> HttpResponse:
    """Each published standard with its attainment F22 in the chosen period, and the guarantees on repairs."""
    today = timezone.localdate(request.now)
    days = _period(request)
    since = request.now - dt.timedelta(days=days)
    kept = queries.attainment_of(request.actor, since=since, until=request.now, now=request.now)
    rows = queries.standards_on(request.actor, today)
    may_change = request.actor.may("entitlements.change_standard")
    drafts = queries.drafts(request.actor) if may_change else []
    context = {
        "periods": [
            {"label": ngettext("%(n)d day", "%(n)d days", n) % {"n": n}, "url": f"?days={n}", "current": n == days}
            for n in PERIODS
        ],
        "groups": [
            {
                "title": Measure(measure).label,
                "cards": [card(row, kept.get(row.code)) for row in rows if row.measure == measure],
            }
            for measure in Measure.values
            if any(row.measure == measure for row in rows)
        ],
        "drafts": [draft_row(row) for row in drafts],
        "draft_columns": draft_columns(),
        "columns": guarantee_columns(),
        "guarantees": guarantee_rows(queries.guarantees_on(today)),
        "head_actions": head_actions() if may_change else [],
    }
    return fragment(request, "entitlements/list.html", "standards", context)


def _period(request: Request) -> int:
    value = request.GET.get("days", "")
    return int(value) if value in {str(n) for n in PERIODS} else 90


def head_actions() -> list[dict[str, Any]]:
    return [
        {"label": _("New standard"), "url": reverse("entitlements:create"), "icon": "plus", "primary": True},
        {"label": _("Own guarantee"), "url": reverse("entitlements:guarantee"), "icon": "shield-check", "sheet": True},
    ]


def wording(row: ServiceStandard) -> str:
    """The sentence in the reader's language; the English one only where it was written."""
    return row.text_en if (get_language() or "").startswith("en") and row.text_en else row.text


def scope_words(row: ServiceStandard) -> str:
    """“fault report · production stopped · Suzhou station”."""
    labels = {name: {str(value): str(label) for value, label in pairs} for name, pairs in SCOPES.items()}
    parts = [
        labels.get("kind", {}).get(row.kind, row.kind) if row.kind else _("all requests"),
        labels.get("urgency", {}).get(row.urgency, row.urgency) if row.urgency else "",
        row.station.name if row.station else "",
    ]
    return " · ".join(part for part in parts if part)


def working_words(minutes: int) -> str:
    """Hours of working time, never days: a working day is not the same everywhere."""
    hours, left = divmod(minutes, 60)
    return duration(minutes) if minutes < 1440 or left else _("%(hours)d h") % {"hours": hours}


def card(row: ServiceStandard, kept: Attainment | None) -> dict[str, Any]:
    return {
        "code": row.code,
        "name": row.name,
        "url": reverse("entitlements:detail", args=[row.code]),
        "text": wording(row),
        "scope": scope_words(row),
        "limit": working_words(row.target_minutes),
        "since": formats.date_format(row.valid_from, "DATE_FORMAT"),
        "figure": figure(row, kept),
    }


def figure(row: ServiceStandard, kept: Attainment | None) -> dict[str, Any]:
    """F22 as a figure card: value, interval, counts, goal and verdict."""
    goal = words.plain(row.goal_percent)
    base: dict[str, Any] = {"label": _("On-time rate"), "unit": "%", "goal": goal, "definition": definition()}
    if kept is None or kept.share.percent is None:
        return {**base, "value": "–", "text": _("Nothing was due in this period.")}
    share = kept.share
    assert share.percent is not None and share.low_percent is not None and share.high_percent is not None
    return {
        **base,
        "value": f"{share.percent:.1f}",
        "n": share.n,
        "interval": (f"{share.low_percent:.1f}", f"{share.high_percent:.1f}"),
        "level": "95%",
        "verdict": verdict(share.percent, share.low_percent, row.goal_percent),
        "text": _("%(met)d in time, %(late)d late, %(overdue)d open and late; %(open)d not yet due are left out")
        % {"met": kept.met, "late": kept.breached, "overdue": kept.open_overdue, "open": kept.open_not_due},
    }


def definition() -> str:
    return _(
        "Requests done in time ÷ (done in time + done late + open and late). Open requests that are not yet due are "
        "left out. Times are working time of the station; the version valid at acceptance counts."
    )


def verdict(value: float, low: float, goal: Decimal) -> dict[str, str]:
    if value < goal:
        return {"label": _("goal not met"), "tone": "bad"}
    if low < goal:
        return {"label": _("met, not proven"), "tone": "warn"}
    return {"label": _("goal met"), "tone": "ok"}


def draft_columns() -> list[dict[str, Any]]:
    return [
        {"key": "code", "label": _("Standard"), "kind": "main"},
        {"key": "scope", "label": _("For")},
        {"key": "limit", "label": _("Limit"), "kind": "num"},
        {"key": "from", "label": _("Valid from"), "kind": "time"},
    ]


def draft_row(row: ServiceStandard) -> dict[str, Any]:
    return {
        "code": {"text": row.name, "sub": row.code, "url": reverse("entitlements:detail", args=[row.code])},
        "url": reverse("entitlements:detail", args=[row.code]),
        "scope": scope_words(row),
        "limit": working_words(row.target_minutes),
        "from": formats.date_format(row.valid_from, "DATE_FORMAT"),
    }


def guarantee_columns() -> list[dict[str, Any]]:
    return [
        {"key": "what", "label": _("Class of work"), "kind": "main"},
        *({"key": str(value), "label": label, "wrap": True} for value, label in VehicleClass.choices),
    ]


def guarantee_rows(rows: list[RepairGuarantee]) -> list[dict[str, Any]]:
    """One line for each class of work, one column for each class of vehicle."""
    found: dict[str, dict[str, Any]] = {
        str(work): {"what": {"text": work.label}} for work in WorkClass if any(r.work_class == work for r in rows)
    }
    for row in rows:
        found[row.work_class][row.vehicle_class] = guarantee_words(row)
    return list(found.values())


def guarantee_words(row: RepairGuarantee) -> str:
    """`20 000 km or 100 days`, with whose promise it is when it is not the law's."""
    distance = f"{row.km:,} km" if row.km else f"{row.hours:,} h" if row.hours else ""
    time = (
        ngettext("%(n)d day", "%(n)d days", row.days) % {"n": row.days}
        if row.days
        else ngettext("%(n)d month", "%(n)d months", row.months or 0) % {"n": row.months}
    )
    both = _("%(distance)s or %(time)s") % {"distance": distance.replace(",", " "), "time": time}
    return both if distance else time


@require_safe
def standard_detail(request: Request, code: str) -> HttpResponse:
    """All versions of one standard, the valid one first, with the steps that are possible."""
    versions = queries.versions(request.actor, code)
    if not versions:
        one_or_404(queries.standards(request.actor), code=code)
    today = timezone.localdate(request.now)
    return fragment(
        request,
        "entitlements/detail.html",
        "versions",
        {
            "code": code,
            "head": versions[0],
            "versions": [version(row, request, today) for row in versions],
            "head_actions": [_next_version(code)] if request.actor.may("entitlements.change_standard") else [],
            "crumbs": crumbs(),
        },
    )


def _next_version(code: str) -> dict[str, Any]:
    url = f"{reverse('entitlements:create')}?from={code}"
    return {"label": _("Write the next version"), "url": url, "icon": "pencil"}


def crumbs() -> list[dict[str, str]]:
    return [{"label": _("Service standards"), "url": reverse("entitlements:standards")}]


def version(row: ServiceStandard, request: Request, today: dt.date) -> dict[str, Any]:
    options = core_actions.options(STANDARD_FLOW, ACTIONS, row, actor=request.actor, at=request.now)
    return {
        "text": wording(row),
        "valid": period(row),
        "state": state_of(row, today),
        "facts": [
            (_("For"), scope_words(row)),
            (_("Limit"), _("%(limit)s of working time") % {"limit": working_words(row.target_minutes)}),
            (_("Goal"), f"{words.plain(row.goal_percent)} %"),
            (_("Working calendar"), row.calendar.name if row.calendar else _("that of the station")),
        ],
        "buttons": [step_button(row, option) for option in options],
        "edit_url": reverse("entitlements:change", args=[row.code, row.pk])
        if row.state == StandardState.DRAFT and request.actor.may("entitlements.change_standard")
        else "",
    }


def step_button(row: ServiceStandard, option: core_actions.Option) -> dict[str, Any]:
    return {
        "label": option.label,
        "url": reverse("entitlements:step", args=[row.code, row.pk, option.action]),
        "icon": option.icon,
        "primary": option.is_primary,
        "danger": option.is_danger,
        "refusal": "" if option.allowed else option.refusal,
        **({"sheet": True} if option.needs_input else {"method": "post"}),
    }


def period(row: ServiceStandard) -> str:
    first = formats.date_format(row.valid_from, "DATE_FORMAT")
    if row.valid_to is None:
        return _("from %(day)s") % {"day": first}
    return _("%(first)s to %(last)s") % {"first": first, "last": formats.date_format(row.valid_to, "DATE_FORMAT")}


def state_of(row: ServiceStandard, today: dt.date) -> dict[str, str]:
    if row.state != StandardState.PUBLISHED:
        return {"label": row.get_state_display(), "tone": "wait" if row.state == StandardState.DRAFT else "idle"}
    if row.valid_from > today:
        return {"label": _("begins later"), "tone": "act"}
    if row.valid_to is not None and row.valid_to < today:
        return {"label": _("replaced"), "tone": "idle"}
    return {"label": _("valid"), "tone": "ok"}


@require_http_methods(["GET", "HEAD", "POST"])
def standard_create(request: Request) -> HttpResponse:
    """Write a standard, or with `?from=` the next version of one."""
    request.actor.require("entitlements.change_standard")
    source = queries.version_for_copy(request.actor, request.GET.get("from", ""))
    form = StandardForm(request.POST or None, initial=queries.copy_of(source, timezone.localdate(request.now)))
    title = _("New version of %(code)s") % {"code": source.code} if source else _("New standard")
    return _save(
        request, form, title, lambda data: services.draft_standard(actor=request.actor, at=request.now, **data)
    )


@require_http_methods(["GET", "HEAD", "POST"])
def standard_change(request: Request, code: str, pk: int) -> HttpResponse:
    request.actor.require("entitlements.change_standard")
    row = one_or_404(queries.standards(request.actor), code=code, pk=pk)
    form = StandardForm(request.POST or None, initial=queries.fields_of(row), obj=row, actor=request.actor)
    return _save(
        request,
        form,
        _("Change the draft"),
        lambda data: services.change_draft(row.pk, actor=request.actor, at=request.now, **data),
    )


def _save(request: Request, form: StandardForm, title: str, save: Any) -> HttpResponse:
    if request.method == "POST" and form.is_valid():
        try:
            row = save(form.cleaned_data)
        except DomainError as error:
            put_errors(form, error)
        else:
            messages.success(request, _("Saved as a draft. Publish it to make it hold."))
            return redirect("entitlements:detail", code=row.code)
    context = {
        "form": form,
        "title": title,
        "back_url": reverse("entitlements:standards"),
        "submit": _("Save draft"),
        "key": "standard",
        "crumbs": crumbs(),
    }
    return fragment(request, "action.html", "sheet", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
def guarantee_create(request: Request) -> HttpResponse:
    request.actor.require("entitlements.change_standard")
    form = GuaranteeForm(request.POST or None, initial={"valid_from": timezone.localdate(request.now)})
    if request.method == "POST" and form.is_valid():
        try:
            services.set_guarantee(actor=request.actor, at=request.now, **form.cleaned_data)
        except DomainError as error:
            put_errors(form, error)
        else:
            messages.success(request, _("The guarantee is promised from its first day on."))
            return _gone(request, reverse("entitlements:standards"))
    context = {
        "form": form,
        "title": _("Own guarantee on repairs"),
        "back_url": reverse("entitlements:standards"),
        "intro": _("At least what the law demands; more is allowed."),
        "submit": _("Promise"),
    }
    return fragment(request, "action.html", "sheet", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
def standard_step(request: Request, code: str, pk: int, action: str) -> HttpResponse:
    """One step of the state table, as a sheet with its form."""
    if action not in ACTIONS:
        one_or_404(queries.standards(request.actor).none())
    row = one_or_404(queries.standards(request.actor), code=code, pk=pk)
    chosen = ACTIONS[action]
    back = reverse("entitlements:detail", args=[code])
    if request.method == "POST":
        form, done = core_actions.perform(chosen, row, request.POST, actor=request.actor, at=request.now)
        if done is not None:
            messages.success(request, _("Done: %(step)s.") % {"step": STANDARD_FLOW.named(action).label})
            return _gone(request, back)
    else:
        form = chosen.form(obj=row, actor=request.actor)
    step = STANDARD_FLOW.named(action)
    context = {
        "form": form,
        "title": step.label,
        "intro": step.hint or "",
        "submit": step.label,
        "back_url": back,
        "action_url": request.path,
        "danger": chosen.is_danger,
    }
    return fragment(request, "action.html", "sheet", context, status=422 if form.errors else 200)


def _gone(request: Request, url: str) -> HttpResponse:
    """After success: a redirect, which htmx follows by its own header."""
    if request.headers.get("HX-Request"):
        return HttpResponse(status=204, headers={"HX-Redirect": url})
    return redirect(url)
