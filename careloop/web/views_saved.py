"""Saved views of lists: the menu behind “Views”, keeping and removing one (R184)."""

from typing import Any
from urllib.parse import urlsplit

from django import forms
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from careloop.accounts.roles import role_label
from careloop.core import saved_views
from careloop.core.actions import put_errors
from careloop.core.errors import DomainError
from careloop.core.http import Request, fragment, is_fragment
from careloop.core.models import SavedView

EVERYBODY = "*"


class ViewForm(forms.Form):
    """`share`: empty for the own account, a role's code, or a star for everybody."""

    page = forms.CharField(max_length=60, widget=forms.HiddenInput)
    query = forms.CharField(max_length=2000, required=False, widget=forms.HiddenInput)
    name = forms.CharField(max_length=60)
    share = forms.CharField(max_length=40, required=False)


@require_http_methods(["GET", "POST"])
def views(request: Request) -> HttpResponse:
    """The views of one list; a POST keeps the present filter under a name."""
    if request.method == "GET":
        return menu(request, request.GET.get("page", ""), here(request))
    form = ViewForm(request.POST)
    page, query = request.POST.get("page", "")[:60], request.POST.get("query", "")
    if form.is_valid():
        share = form.cleaned_data["share"]
        try:
            view = saved_views.keep(
                page=page,
                name=form.cleaned_data["name"],
                query=with_station(request, page, query),
                is_shared=share == EVERYBODY,
                role="" if share == EVERYBODY else share,
                actor=request.actor,
            )
        except DomainError as error:
            put_errors(form, error)
        else:
            return menu(request, page, query) if is_fragment(request) else redirect(address(view))
    return menu(request, page, query, form=form, status=422)


@require_POST
def remove(request: Request, pk: int) -> HttpResponse:
    view = saved_views.remove(pk, actor=request.actor)
    if is_fragment(request):
        return menu(request, view.page, here(request))
    return redirect(view.page)


def here(request: Request) -> str:
    """The filter of the page behind the menu; htmx says where it is."""
    return request.GET.get("query", "") or urlsplit(request.headers.get("HX-Current-URL", "")).query


def with_station(request: Request, page: str, query: str) -> str:
    """The station chosen in the frame narrows the list on the screen, so it belongs to the view."""
    station = request.session.get("station")
    return f"{query}&station={station}" if station and "station=" not in query else query


def address(view: SavedView) -> str:
    return f"{view.page}?{view.query}" if view.query else view.page


def menu(request: Request, page: str, query: str, *, form: Any = None, status: int = 200) -> HttpResponse:
    rows = list(saved_views.visible(request.actor, page)) if page else []
    own = [row for row in rows if row.owner_id == request.actor.user_id]
    roles = {row.code: role_label(row.code, row.name) for row in getattr(request, "roles", [])}
    context = {
        "page": page,
        "query": saved_views.tidy(query),
        "own": [_item(row, roles) for row in own],
        "shared": [_item(row, roles) for row in rows if row not in own],
        "roles": list(roles.items()),
        "everybody": EVERYBODY,
        "errors": [text for texts in form.errors.values() for text in texts] if form is not None else [],
    }
    return fragment(request, "web/views.html", "menu", context, status=status)


def _item(row: SavedView, roles: dict[str, str]) -> dict[str, Any]:
    with_whom = roles.get(row.role, row.role) if row.role else _("everybody") if row.is_shared else ""
    return {
        "name": row.name,
        "url": address(row),
        "sub": _("shared: %(whom)s") % {"whom": with_whom} if with_whom else "",
        "remove": reverse("web:view-remove", args=[row.pk]),
    }
