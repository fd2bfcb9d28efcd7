"""The escalation levels as a page: who is asked after whom, and how long each has to react (R83)."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from careloop.cases import escalations, services
from careloop.cases.forms import LevelForm
from careloop.cases.models import SupportLevel
from careloop.cases.views.record import gone
from careloop.core.actions import put_errors
from careloop.core.clock import duration
from careloop.core.errors import DomainError
from careloop.core.http import Request, fragment, refusal

CHANGE = "entitlements.change_standard"


@require_safe
def level_list(request: Request) -> HttpResponse:
    request.actor.require("cases.view_case")
    may_change = request.actor.may(CHANGE)
    rows, counts = escalations.levels(), escalations.open_counts()
    add = {"label": _("Add a level"), "url": reverse("cases:level-add"), "icon": "plus", "sheet": True, "primary": True}
    context = {
        "actions": [add] if may_change else [],
        "columns": [
            {"key": "name", "label": _("Escalation level"), "kind": "main"},
            {"key": "minutes", "label": _("Reacts within"), "kind": "num"},
            {"key": "department", "label": _("Department that is asked")},
            {"key": "open", "label": _("Open requests"), "kind": "num"},
        ],
        "rows": [shown(row, counts.get(row.number, 0), may_change) for row in rows],
        "removable": rows[-1] if may_change and len(rows) > 1 else None,
    }
    return fragment(request, "cases/levels.html", "rows", context)


def shown(row: SupportLevel, count: int, may_change: bool) -> dict[str, Any]:
    url = reverse("cases:level-edit", args=[row.number]) if may_change else ""
    return {
        "url": url,
        "name": {"text": f"{row.number} {row.label}", "url": url},
        "minutes": _("%(time)s of working time") % {"time": duration(row.minutes)},
        "department": row.department.name if row.department is not None else _("everybody who works on requests"),
        "open": count,
    }


@require_http_methods(["GET", "HEAD", "POST"])
def level_add(request: Request) -> HttpResponse:
    number = escalations.levels()[-1].number + 1
    return _form(request, None, number, _("Add a level"))


@require_http_methods(["GET", "HEAD", "POST"])
def level_edit(request: Request, number: int) -> HttpResponse:
    request.actor.require(CHANGE)
    row = next((level for level in escalations.levels() if level.number == number), None)
    if row is None:
        raise Http404
    return _form(request, row, number, _("Level %(n)d") % {"n": number})


def _form(request: Request, row: SupportLevel | None, number: int, title: str) -> HttpResponse:
    request.actor.require(CHANGE)
    form = LevelForm(request.POST or None, obj=row, actor=request.actor)
    if request.method == "POST" and form.is_valid():
        try:
            services.save_level(number, actor=request.actor, at=request.now, **form.cleaned_data)
        except DomainError as error:
            put_errors(form, error)
        else:
            messages.success(request, _("Level saved."))
            return gone(request, reverse("cases:levels"))
    context = {
        "form": form, "title": title, "submit": _("Save"), "submit_icon": "check", "action_url": request.path,
        "back_url": reverse("cases:levels"), "key": f"level-{number}",
    }  # fmt: skip
    return fragment(request, "action.html", "sheet", context, status=422 if form.errors else 200)


@require_POST
def level_remove(request: Request, number: int) -> HttpResponse:
    """The highest level, while nobody waits for it."""
    request.actor.require(CHANGE)
    try:
        services.remove_level(number, actor=request.actor, at=request.now)
    except DomainError as error:
        return refusal(request, error)
    messages.success(request, _("Level removed."))
    return gone(request, reverse("cases:levels"))
