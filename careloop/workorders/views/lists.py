"""List, board, export, and the panels on the pages of customers and machines."""

import csv
import io
from collections.abc import Iterator
from typing import Any

from django.http import Http404, HttpResponse, StreamingHttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from careloop.core import access
from careloop.core.http import Request, fragment, keyset
from careloop.entitlements.models import WorkClass
from careloop.workorders import queries
from careloop.workorders.queries import lists
from careloop.workorders.states import OrderState, Step

VIEW = "workorders.view_workorder"
EXPORT_LIMIT = 100_000


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
        "export": [{"label": "CSV", "url": reverse("workorders:export")}]
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
    chosen = lists.number_of(request.GET.get("station", "")) or request.session.get("station")
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

HEADINGS = ("number", "state", "customer", "plate", "machine", "adviser", "technician", "booked", "received",
            "promised", "delivered")  # fmt: skip


@require_safe
def export(request: Request) -> StreamingHttpResponse:
    """Exactly what the filter shows, as CSV that spreadsheets open; the export is logged."""
    request.actor.require("workorders.export_workorder")
    request.actor.require(VIEW)
    filters = filters_of(request)
    rows = queries.values(queries.order_list(request.actor, filters, now=request.now)).order_by("-id")[:EXPORT_LIMIT]
    count = rows.count()
    access.log(
        "export",
        actor=request.actor,
        at=request.now,
        rows=count,
        detail={"list": "workorders", **{key: value for key, value in filters.items() if value}},
    )
    response = StreamingHttpResponse(_csv(rows), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="work-orders.csv"'
    return response


def _csv(rows: Any) -> Iterator[bytes]:
    yield b"\xef\xbb\xbf"
    yield _line(HEADINGS)
    for row in rows.iterator(chunk_size=2000):
        yield _line(
            (
                row["number"],
                str(OrderState(row["state"]).label),
                row["customer__name"],
                row["asset__plate"],
                lists.label(row),
                row["adviser__name"] or "",
                row["technician__name"] or "",
                lists._moment(row["booked_for"]),
                lists._moment(row["received_at"]),
                lists._moment(row["promised_at"]),
                lists._moment(row["delivered_at"]),
            )
        )


def _line(values: Any) -> bytes:
    buffer = io.StringIO()
    csv.writer(buffer).writerow([_harmless(str(value)) for value in values])
    return buffer.getvalue().encode()


def _harmless(text: str) -> str:
    """A cell that begins like a formula is text."""
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t") else text


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
