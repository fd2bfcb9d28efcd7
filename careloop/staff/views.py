"""The organisation tree, the people, the stations and their calendars."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_safe

from careloop.accounts import queries as accounts
from careloop.accounts.roles import role_label
from careloop.core.actions import put_errors
from careloop.core.errors import DomainError
from careloop.core.http import Request, fragment, keyset
from careloop.staff import queries, services
from careloop.staff.forms import CalendarForm, DepartmentForm, PersonForm, StationForm
from careloop.staff.models import Person

FORM = require_http_methods(["GET", "HEAD", "POST"])


def step(
    request: Request, form: Any, run: Callable[[], Any], *, title: str, back: str, text: str, intro: str = ""
) -> HttpResponse:
    """One form: as a sheet on the page or as a page of its own."""
    if request.method == "POST" and form.is_valid():
        try:
            run()
        except DomainError as error:
            put_errors(form, error)
        else:
            messages.success(request, text)
            if request.headers.get("HX-Request"):
                return HttpResponse(status=204, headers={"HX-Redirect": back})
            return redirect(back)
    context = {
        "form": form,
        "title": title,
        "intro": intro,
        "submit": _("Save"),
        "back_url": back,
        "action_url": request.path,
    }
    return fragment(request, "action.html", "sheet", context, status=422 if form.errors else 200)


# --- departments ------------------------------------------------------------------------------------------------


@require_safe
def departments(request: Request) -> HttpResponse:
    """The tree; a follow-up unit below a business unit carries its warning (R1)."""
    request.actor.require("staff.change_department")
    rows = [
        {
            "pk": node.department.pk,
            "name": node.department.name,
            "kind": node.department.get_kind_display(),
            "indent": range(node.depth),
            "path": node.path,
            "people": ngettext("%(n)d person", "%(n)d persons", node.people) % {"n": node.people},
            "head": node.department.head.name if node.department.head else "",
            "is_dependent": queries.independence_warning_of(node.department),
        }
        for node in queries.tree()
    ]
    context = {
        "rows": rows,
        "warned": any(row["is_dependent"] for row in rows),
        "stations": list(queries.all_stations()),
        "calendars": [calendar_row(row) for row in queries.calendars()],
        "actions": [
            {
                "label": _("New department"),
                "url": reverse("staff:department-add"),
                "icon": "plus",
                "primary": True,
                "sheet": True,
            }
        ],
    }
    return render(request, "staff/departments.html", context)


def calendar_row(row: Any) -> dict[str, Any]:
    return {
        "pk": row.pk,
        "name": row.name,
        "days": row.get_days_display(),
        "hours": " · ".join(f"{start}–{end}" for start, end in row.hours),
    }


@FORM
def department_add(request: Request) -> HttpResponse:
    request.actor.require("staff.change_department")
    form = DepartmentForm(request.POST or None, actor=request.actor)
    return step(
        request,
        form,
        title=_("New department"),
        back=reverse("staff:departments"),
        text=_("The department is kept."),
        run=lambda: services.save_department(None, actor=request.actor, at=request.now, **form.cleaned_data),
    )


@FORM
def department_edit(request: Request, pk: int) -> HttpResponse:
    request.actor.require("staff.change_department")
    row = next((one for one in queries.departments() if one.pk == pk), None)
    if row is None:
        raise Http404
    initial = {"name": row.name, "kind": row.kind, "parent_id": row.parent_id, "head_id": row.head_id}
    form = DepartmentForm(request.POST or None, actor=request.actor, pk=pk, initial=initial)
    return step(
        request,
        form,
        title=_("Change %(name)s") % {"name": row.name},
        back=reverse("staff:departments"),
        text=_("The department is kept."),
        intro=_("Moving a department changes its place in the tree; cases, rights and reports stay as they are."),
        run=lambda: services.save_department(pk, actor=request.actor, at=request.now, **form.cleaned_data),
    )


# --- people -----------------------------------------------------------------------------------------------------


@require_safe
def people(request: Request) -> HttpResponse:
    request.actor.require("staff.view_person")
    rows = queries.person_list(
        request.actor, {name: request.GET.get(name, "") for name in ("q", "station", "role", "department", "left")}
    )
    add = {"label": _("New person"), "url": reverse("staff:person-add"), "icon": "user-plus", "primary": True}
    context = {
        "columns": [
            {"key": "name", "label": _("Person"), "kind": "main"},
            {"key": "department", "label": _("Department")},
            {"key": "roles", "label": _("Roles"), "kind": "tags"},
            {"key": "stations", "label": _("Stations"), "kind": "tags"},
            {"key": "account", "label": _("Account"), "kind": "state"},
        ],
        "page": keyset(request, rows, prepare=person_row),
        "fields": person_filters(),
        "actions": [add] if request.actor.may("staff.change_person") else [],
    }
    return render(request, "staff/people.html", context)


def person_row(person: Person) -> dict[str, Any]:
    url = reverse("staff:person", args=[person.pk])
    user = person.user
    return {
        "id": person.pk,
        "url": url,
        "name": {"text": person.name, "sub": person.title, "url": url},
        "department": person.department.name,
        "roles": [role_label(role.code, role.name) for role in user.roles.all()] if user else [],
        "stations": [station.name for station in person.stations.all()],
        "account": account_chip(person),
    }


def account_chip(person: Person) -> dict[str, str]:
    if person.user is None:
        return {"label": _("no account"), "tone": "idle"}
    if not person.user.is_active:
        return {"label": _("blocked"), "tone": "bad"}
    return {"label": person.user.username, "tone": "ok"}


def person_filters() -> list[dict[str, Any]]:
    return [
        {"name": "q", "label": _("Search people"), "kind": "search", "placeholder": _("Name or post")},
        {
            "name": "role",
            "label": _("Role in the firm"),
            "kind": "select",
            "options": [(role.code, role_label(role.code, role.name)) for role in accounts.roles()],
        },
        {
            "name": "station",
            "label": _("Station"),
            "kind": "select",
            "options": [(row.code, row.name) for row in queries.all_stations()],
        },
        {
            "name": "department",
            "label": _("Department"),
            "kind": "select",
            "options": [(node.department.pk, node.path) for node in queries.tree()],
        },
        {"name": "left", "label": _("Have left"), "kind": "check"},
    ]


def person_or_404(request: Request, pk: int) -> Person:
    person = queries.person_by_id(request.actor, pk)
    if person is None:
        raise Http404
    return person


@require_safe
def person(request: Request, pk: int) -> HttpResponse:
    request.actor.require("staff.view_person")
    row = person_or_404(request, pk)
    edit = {"label": _("Edit"), "url": reverse("staff:person-edit", args=[pk]), "icon": "edit", "key": "e"}
    user = row.user
    context = {
        "person": row,
        "state": account_chip(row),
        "crumbs": [{"label": _("People"), "url": reverse("staff:people")}, {"label": row.name}],
        "actions": [edit] if request.actor.may("staff.change_person") else [],
        "pairs": [
            (_("Department"), row.department.name),
            (_("Post"), row.title or "–"),
            (_("Telephone"), row.phone or "–"),
            (_("Stations"), " · ".join(station.name for station in row.stations.all()) or "–"),
            (_("Joined on"), str(row.joined_on or "–")),
            (_("Left on"), str(row.left_on or "–")),
        ],
        "roles": [role_label(role.code, role.name) for role in user.roles.all()] if user else [],
    }
    return render(request, "staff/person.html", context)


@FORM
def person_add(request: Request) -> HttpResponse:
    request.actor.require("staff.change_person")
    form = PersonForm(request.POST or None, has_account=False)
    return step(
        request,
        form,
        title=_("New person"),
        back=reverse("staff:people"),
        text=_("The person is kept."),
        run=lambda: services.save_person(None, actor=request.actor, at=request.now, **form.cleaned_data),
    )


@FORM
def person_edit(request: Request, pk: int) -> HttpResponse:
    request.actor.require("staff.change_person")
    row = person_or_404(request, pk)
    initial = {
        "name": row.name,
        "title": row.title,
        "department_id": row.department_id,
        "phone": row.phone,
        "station_ids": [station.pk for station in row.stations.all()],
        "joined_on": row.joined_on,
        "left_on": row.left_on,
        "roles": [role.code for role in row.user.roles.all()] if row.user else [],
    }
    form = PersonForm(request.POST or None, has_account=row.user is not None, initial=initial)
    return step(
        request,
        form,
        title=_("Change %(name)s") % {"name": row.name},
        back=reverse("staff:person", args=[pk]),
        text=_("The person is kept."),
        run=lambda: services.save_person(pk, actor=request.actor, at=request.now, **form.cleaned_data),
    )


# --- stations and calendars -------------------------------------------------------------------------------------


@FORM
def station_add(request: Request) -> HttpResponse:
    request.actor.require("staff.change_department")
    form = StationForm(request.POST or None)
    return step(
        request,
        form,
        title=_("New station"),
        back=reverse("staff:departments"),
        text=_("The station is kept."),
        run=lambda: services.save_station(None, actor=request.actor, at=request.now, **form.cleaned_data),
    )


@FORM
def station_edit(request: Request, code: str) -> HttpResponse:
    request.actor.require("staff.change_department")
    row = queries.station_by_code(code)
    if row is None:
        raise Http404
    form = StationForm(request.POST or None, initial={name: getattr(row, name) for name in StationForm.base_fields})
    return step(
        request,
        form,
        title=_("Change %(name)s") % {"name": row.name},
        back=reverse("staff:departments"),
        text=_("The station is kept."),
        run=lambda: services.save_station(row.pk, actor=request.actor, at=request.now, **form.cleaned_data),
    )


@FORM
def calendar_add(request: Request) -> HttpResponse:
    request.actor.require("staff.change_department")
    form = CalendarForm(request.POST or None, label_suffix="")
    return step(
        request,
        form,
        title=_("New calendar"),
        back=reverse("staff:departments"),
        text=_("The calendar is kept."),
        run=lambda: services.save_calendar(None, actor=request.actor, at=request.now, **form.cleaned_data),
    )


@FORM
def calendar_edit(request: Request, pk: int) -> HttpResponse:
    request.actor.require("staff.change_department")
    row = queries.calendars().filter(pk=pk).first()
    if row is None:
        raise Http404
    hours = " ".join(f"{start}-{end}" for start, end in row.hours)
    form = CalendarForm(
        request.POST or None,
        label_suffix="",
        initial={"code": row.code, "name": row.name, "days": row.days, "hours": hours},
    )
    return step(
        request,
        form,
        title=_("Change %(name)s") % {"name": row.name},
        back=reverse("staff:departments"),
        text=_("The calendar is kept."),
        intro=_("Clocks that run already are counted with the new time."),
        run=lambda: services.save_calendar(pk, actor=request.actor, at=request.now, **form.cleaned_data),
    )
