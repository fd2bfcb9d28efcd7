"""List, board, export, and the panels on the pages of customers and machines."""

from typing import Any

from django.http import Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from careloop.core import access, download, paging
from careloop.core.address import number_of
from careloop.core.http import Request, fragment, keyset
from careloop.entitlements.models import WorkClass
from careloop.workorders import queries
from careloop.workorders.queries import lists
from careloop.workorders.states import OrderState, Step

VIEW = "workorders.view_workorder"


def filters_of(request: Request) -> dict[str, Any]:
    return lists.read_filters(request.GET)


def columns() -> list[dict[str, Any]]:
    return [
        {"key": "main", "label": _("Order"), "kind": "main"},
        {"key": "plate", "label": _("Plate"), "kind": "plate"},
        {"key": "party", "label": _("Customer"), "kind": "party"},
        {"key": "state", "label": _("State"), "kind": "state"},
        {"key": "clock", "label": _("Promised time"), "kind": "clock"},
        {"key": "adviser", "label": _("Adviser"), "kind": "person", "phone": "hide"},
        {"key": "technician", "label": _("Technician"), "kind": "person", "phone": "hide"},
        {"key": "received", "label": _("Came in"), "kind": "time", "optional": True},
        {"key": "booked", "label": _("Appointment"), "kind": "time", "optional": True},
        {"key": "delivered", "label": _("Delivered"), "kind": "time", "optional": True},
    ]


def fields(request: Request) -> list[dict[str, Any]]:
    return [
        {"name": "q", "label": _("Number, plate, customer"), "kind": "search"},
        {"name": "state", "label": _("State"), "kind": "multi", "options": OrderState.choices},
        {"name": "step", "label": _("Step of the flow"), "kind": "select", "options": Step.choices},
        {"name": "work_class", "label": _("Class of work"), "kind": "select", "options": WorkClass.choices},
        *(
            [
                {
                    "name": "station",
                    "label": _("Station"),
                    "kind": "select",
                    "options": [(s.pk, s.name) for s in request.stations],
                }
            ]
            if len(request.stations) > 1
            else []
        ),
        {"name": "mine", "label": _("Mine"), "kind": "check"},
        {"name": "late", "label": _("Overdue"), "kind": "check"},
        {"name": "rework", "label": _("With rework"), "kind": "check"},
    ]


@require_safe
def order_list(request: Request) -> HttpResponse:
    request.actor.require(VIEW)
    stations = {station.pk: station for station in request.stations}
    rows = queries.values(queries.order_list(request.actor, filters_of(request), now=request.now))
    page = keyset(request, rows, prepare=lambda row: queries.as_row(row, stations=stations, now=request.now))
    counted = queries.counts(request.actor, now=request.now)
    context = {
        "page": page,
        "columns": columns(),
        "fields": fields(request),
        "views": tabs(request, counted),
        "saved": saved_views(counted),
        "actions": _head_actions(request),
        "export": [
            {"label": _("CSV for Excel"), "url": reverse("workorders:export")},
            {"label": "XLSX", "url": reverse("workorders:export-xlsx")},
        ]
        if request.actor.may("workorders.export_workorder")
        else [],
        "empty": {
            "title": _("No orders here"),
            "text": _("Change the filter, or receive a vehicle."),
            "icon": "clipboard-list",
        },
        "nav_counts": {"workorders": (counted["open"], counted["late"])},
    }
    return fragment(request, "workorders/list.html", "rows", context)


def view_labels() -> dict[str, str]:
    return {
        "open": _("Unfinished"),
        "mine": _("Mine"),
        "late": _("Overdue"),
        "consent": _("Waiting for consent"),
        "ready": _("Ready for delivery"),
        "all": _("All"),
    }


def saved_views(counted: dict[str, int]) -> list[dict[str, Any]]:
    return [
        {"label": label, "url": f"?view={name}", "count": counted.get(name)} for name, label in view_labels().items()
    ]


def tabs(request: Request, counted: dict[str, int]) -> list[dict[str, Any]]:
    """The views with their counters; the present one is known by name, whatever else narrows the list."""
    current = lists.view_of(request.GET)
    return [
        {
            **view,
            "current": name == current,
            **({"tone": "bad"} if name == "late" and counted["late"] else {}),
        }
        for name, view in zip(view_labels(), saved_views(counted), strict=True)
    ]


def _head_actions(request: Request) -> list[dict[str, Any]]:
    found = []
    if request.actor.may("workorders.receive"):
        found.append({"label": _("Receive"), "icon": "login", "url": reverse("workorders:create"), "primary": True})
    if request.actor.may("workorders.book"):
        found.append({"label": _("Book"), "icon": "calendar-plus", "url": reverse("workorders:book")})
    return found


@require_safe
def board(request: Request) -> HttpResponse:
    """Columns by step; refreshes itself every half minute."""
    request.actor.require(VIEW)
    chosen = number_of(request.GET.get("station", "")) or request.session.get("station")
    mine = bool(request.GET.get("mine"))
    steps = queries.board(request.actor, stations=request.stations, chosen=chosen, now=request.now, mine=mine)
    views = [
        {"label": _("All"), "url": "?", "current": not mine},
        {"label": _("Mine"), "url": "?mine=1", "current": mine},
    ]
    context = {
        "columns": steps,
        "views": views,
        "actions": _head_actions(request),
        "refresh_url": request.get_full_path(),
        "is_empty": not any(step["count"] for step in steps),
    }
    return fragment(request, "workorders/board.html", "board", context)


# --- export ---------------------------------------------------------------------------------------------------------


@require_safe
def export(request: Request, form: str = "csv") -> HttpResponseBase:
    """Exactly what the filter shows, as CSV or as a workbook; the export is logged."""
    request.actor.require("workorders.export_workorder")
    request.actor.require(VIEW)
    filters = filters_of(request)
    rows = queries.order_list(request.actor, filters, now=request.now)
    access.log(
        "export",
        actor=request.actor,
        at=request.now,
        rows=rows.count(),
        detail={"list": "workorders", **{key: value for key, value in filters.items() if value}},
    )
    lines = (_line(row) for row in paging.portions(queries.values(rows)))
    name = f"work-orders-{timezone.localdate(request.now):%Y%m%d}"
    return download.table(form, name, _headings(), lines)


def _headings() -> list[str]:
    return [
        _("Number"), _("State"), _("Customer"), _("Plate"), _("Machine"), _("Service adviser"), _("Technician"),
        _("Booked for"), _("Handed in"), _("Promised"), _("Delivered"),
    ]  # fmt: skip


def _line(row: dict[str, Any]) -> list[Any]:
    return [
        row["number"], str(OrderState(row["state"]).label), row["customer__name"], row["asset__plate"],
        lists.label(row), row["adviser__name"], row["technician__name"], row["booked_for"], row["received_at"],
        row["promised_at"], row["delivered_at"],
    ]  # fmt: skip


# --- panels ---------------------------------------------------------------------------------------------------------


@require_safe
def customer_panel(request: Request, code: str) -> HttpResponse:
    return _panel(request, {"customer": code})


@require_safe
def asset_panel(request: Request, code: str) -> HttpResponse:
    return _panel(request, {"machine": code})


def _panel(request: Request, filters: dict[str, Any]) -> HttpResponse:
    """The last orders of a customer or machine, on its page."""
    request.actor.require(VIEW)
    if not any(filters.values()):
        raise Http404
    stations = {station.pk: station for station in request.stations}
    rows = queries.values(queries.order_list(request.actor, filters)).order_by("-id")[:10]
    shown = [queries.as_row(row, stations=stations, now=request.now) for row in rows]
    keys = (
        ("main", "plate", "state", "clock", "technician")
        if "customer" in filters
        else ("main", "state", "clock", "technician")
    )
    context = {
        "rows": shown,
        "columns": [column for column in columns() if column["key"] in keys],
        "empty": {"title": _("No work orders yet"), "icon": "clipboard-list"},
        "all_url": reverse("workorders:list") + "?view=all&" + "&".join(f"{k}={v}" for k, v in filters.items()),
    }
    return fragment(request, "workorders/panel.html", "panel", context)
