"""Parts: what lies where, what is put aside, and the entering of a count."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from careloop.core.actions import put_errors
from careloop.core.errors import DomainError
from careloop.core.http import Request, fragment, is_fragment, keyset
from careloop.inventory import queries, services
from careloop.inventory.forms import StockForm

VIEW, CHANGE = "inventory.view_part", "inventory.change_stock"


@require_safe
def stock_list(request: Request) -> HttpResponse:
    request.actor.require(VIEW)
    query = request.GET
    rows = queries.stock_list(request.actor, q=query.get("q", ""), station=query.get("station", ""))
    columns: list[dict[str, Any]] = [
        {"key": "number", "label": _("Spare part"), "kind": "main"},
        {"key": "station", "label": _("Station")},
        {"key": "on_hand", "label": _("On hand"), "kind": "num"},
        {"key": "held", "label": _("Put aside"), "kind": "num"},
        {"key": "free", "label": _("Free"), "kind": "state"},
    ]
    context = {
        "page": keyset(request, rows, prepare=queries.stock_row),
        "columns": columns,
        "fields": [
            {"name": "q", "label": _("Number or name"), "kind": "search"},
            {
                "name": "station",
                "label": _("Station"),
                "kind": "select",
                "options": [(str(row.pk), row.name) for row in request.stations],
            },
        ],
        "actions": [_enter_button()] if request.actor.may(CHANGE) else [],
        "empty": {
            "title": _("No parts here"),
            "text": _("Look for another number or name, or enter what lies on the shelf."),
            "icon": "package",
        },
    }
    return fragment(request, "inventory/list.html", "rows", context)


def _enter_button() -> dict[str, Any]:
    return {
        "label": _("Enter stock"),
        "icon": "plus",
        "url": reverse("inventory:count"),
        "sheet": True,
        "primary": True,
    }


@require_http_methods(["GET", "POST"])
def count(request: Request) -> HttpResponse:
    """How many of a part lie at a station; also the way to a new part number."""
    request.actor.require(CHANGE)
    form = StockForm(request.POST or None, obj=request.stations, actor=request.actor)
    back = reverse("inventory:list")
    if request.method == "POST" and form.is_valid():
        data = dict(form.cleaned_data)
        try:
            services.count_stock(station_id=data.pop("station"), actor=request.actor, at=request.now, **data)
        except DomainError as error:
            put_errors(form, error)
        else:
            messages.success(request, _("Stock entered."))
            if is_fragment(request):
                return HttpResponse(status=204, headers={"HX-Redirect": back})
            return redirect(back)
    is_refused = request.method == "POST"
    context = {
        "title": _("Enter stock"),
        "form": form,
        "submit": _("Save"),
        "action_url": reverse("inventory:count"),
        "back_url": back,
    }
    return fragment(request, "action.html", "sheet", context, status=422 if is_refused else 200)
