"""The list of machines and vehicles, its export, and the machines of one customer as a part of his page."""

import datetime as dt
from collections.abc import Mapping
from typing import Any

from django.http import Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from careloop.assets import exports, queries, rules
from careloop.assets.labels import STATE_TONES, meter_text, state_chip
from careloop.assets.models import Asset
from careloop.assets.states import AssetState
from careloop.core import access, download
from careloop.core.http import Request, fragment, keyset
from careloop.customers import queries as customer_queries


def read_filters(request: Request) -> dict[str, Any]:
    """The address, and the station chosen in the frame."""
    return exports.read_filters(request.GET, station=str(request.session.get("station") or ""))


@require_safe
def asset_list(request: Request) -> HttpResponse:
    request.actor.require("assets.view_asset")
    today = timezone.localdate(request.now)
    rows = queries.asset_list(request.actor, read_filters(request), today=today)
    counts = queries.tab_counts(request.actor, today=today)
    context = {
        "views": tabs(request, counts),
        "columns": columns(),
        "page": keyset(request, rows, prepare=Rows(today)),
        "fields": filter_fields(request),
        "export": export_links(request),
        "empty": empty_state(request),
        "head_actions": head_actions(request),
        "subtitle": subtitle(counts),
    }
    return fragment(request, "assets/list.html", "list", context)


def warranty_chip(row: Mapping[str, Any], today: dt.date) -> dict[str, str]:
    """By date and last known meter; an unknown warranty is a question, not a no."""
    end, limit, meter = row["warranty_end"], row["warranty_meter"], row["meter"]
    if end is None and limit is None:
        return {"label": _("warranty unknown"), "tone": "wait", "icon": "help-circle"}
    if (end is not None and today > end) or (limit is not None and meter is not None and meter >= limit):
        return {"label": _("out of warranty"), "tone": "idle"}
    if end is None:
        return {"label": _("in warranty, ends by meter"), "tone": "ok"}
    text = _("in warranty until %(date)s") % {"date": f"{end:%Y-%m-%d}"}
    return {"label": text, "tone": "warn" if (end - today).days <= 60 else "ok"}


class Rows:
    """From a row of the query to a row of the table; words are looked up once."""

    def __init__(self, today: dt.date):
        self.today = today
        self.states = {state: state_chip(state) for state in STATE_TONES}
        self.base, self.customers = reverse("assets:list"), reverse("customers:list")
        self.incomplete = {"label": _("file incomplete"), "tone": "warn"}

    def __call__(self, row: Mapping[str, Any]) -> dict[str, Any]:
        url = f"{self.base}{row['code']}/"
        model = f"{row['model__brand'] or ''} {row['model__name'] or ''}".strip() or row["model_text"] or row["name"]
        number = row["serial_no"] or (f"VIN {row['vin']}" if row["vin"] else row["code"])
        states = [self.states[row["state"]], *([self.incomplete] if row["is_incomplete"] else [])]
        return {
            "id": row["id"],
            "url": url,
            "machine": {"text": model or row["code"], "sub": number, "url": url},
            "plate": rules.show_plate(row["plate"]),
            "customer": {
                "name": row["customer__name"],
                "url": f"{self.customers}{row['customer__code']}/",
                "grade": row["customer__grade"],
                "sub": row["location_text"],
            },
            "state": states,
            "warranty": warranty_chip(row, self.today),
            "meter": meter_text(row["meter"], row["meter_unit"]),
            "application": row["application"],
            "complete": {
                "value": row["completeness"] / 100,
                "text": f"{row['completeness']}%",
                "tone": "ok" if row["completeness"] == 100 else "warn",
            },
            "station": row["station__name"],
            "code": row["code"],
        }


def columns() -> list[dict[str, Any]]:
    return [
        {"key": "machine", "label": _("Machine or vehicle"), "kind": "main"},
        {"key": "plate", "label": _("Plate"), "kind": "plate"},
        {"key": "customer", "label": _("Customer and place"), "kind": "party"},
        {"key": "state", "label": _("State"), "kind": "states"},
        {"key": "warranty", "label": _("Free warranty"), "kind": "state"},
        {"key": "meter", "label": _("Meter"), "kind": "num"},
        {"key": "application", "label": _("Application")},
        {"key": "complete", "label": _("File complete"), "kind": "bar", "optional": True},
        {"key": "station", "label": _("Station"), "optional": True},
        {"key": "code", "label": _("File number"), "kind": "mono", "optional": True},
    ]


def tabs(request: Request, counts: Mapping[str, int]) -> list[dict[str, Any]]:
    current = request.GET.get("view", "all")
    labels = {
        "all": _("All in use"),
        "machines": _("Machines"),
        "vehicles": _("Vehicles"),
        "ending": _("Warranty ends in 60 days"),
        "incomplete": _("Incomplete files"),
        "stale": _("To be confirmed"),
        "gone": _("No longer here"),
    }
    return [
        {"label": label, "url": f"?view={name}", "count": counts.get(name), "current": name == current}
        for name, label in labels.items()
    ]


def subtitle(counts: Mapping[str, int]) -> str:
    if not counts["ending"]:
        return _("No warranty ends in the next 60 days.")
    return ngettext(
        "The warranty of %(n)d machine ends in the next 60 days.",
        "The warranty of %(n)d machines ends in the next 60 days.",
        counts["ending"],
    ) % {"n": counts["ending"]}


def filter_fields(request: Request) -> list[dict[str, Any]]:
    families = [(family.pk, family.name) for family in queries.families()]
    warranties = [("in", _("in warranty")), ("out", _("out of warranty")), ("unknown", _("unknown"))]
    fields: list[dict[str, Any]] = [
        {
            "name": "q",
            "label": _("Search machines"),
            "kind": "search",
            "placeholder": _("Serial number, plate, VIN: last 4 signs"),
        },
        {"name": "family", "label": _("Product family"), "kind": "select", "options": families},
        {"name": "state", "label": _("State"), "kind": "multi", "options": AssetState.choices},
        {"name": "warranty", "label": _("Free warranty"), "kind": "select", "options": warranties},
        {
            "name": "application",
            "label": _("Application"),
            "kind": "select",
            "options": [(name, name) for name in queries.applications(request.actor)],
        },
        {"name": "usage", "label": _("Use"), "kind": "multi", "options": Asset.Usage.choices[1:]},
        {"name": "criticality", "label": _("Criticality"), "kind": "multi", "options": Asset.Criticality.choices[1:]},
    ]
    if len(request.stations) > 1:
        options = [(station.pk, station.name) for station in request.stations]
        fields.append({"name": "station", "label": _("Station"), "kind": "select", "options": options})
    return fields


def empty_state(request: Request) -> dict[str, Any]:
    """A first-class nothing: what it means, and what to do."""
    view = request.GET.get("view", "all")
    text = {
        "ending": _("No warranty ends in the next 60 days."),
        "incomplete": _("Every file is complete."),
        "stale": _("Nothing is to be asked again: all data are confirmed within their period."),
        "gone": _("No machine was scrapped or passed on."),
    }.get(view, _("Register the first machine or vehicle, or import a list."))
    may_create = view in ("all", "machines", "vehicles") and request.actor.may("assets.change_asset")
    action = {"label": _("New machine"), "url": reverse("assets:create"), "icon": "plus", "primary": True}
    return {"title": _("No machines here"), "text": text, "icon": "engine", "action": action if may_create else None}


def head_actions(request: Request) -> list[dict[str, Any]]:
    quality = {"label": _("Quality of the files"), "url": reverse("assets:quality"), "icon": "clipboard-check"}
    if not request.actor.may("assets.change_asset"):
        return [quality]
    url = reverse("assets:create")
    return [
        quality,
        {"label": _("New vehicle"), "url": f"{url}?kind=vehicle", "icon": "car"},
        {"label": _("New machine"), "url": url, "icon": "plus", "primary": True},
    ]


# --- export -----------------------------------------------------------------------------------------------------


def export_links(request: Request) -> list[dict[str, str]]:
    if not request.actor.may("assets.export_asset"):
        return []
    return [
        {"label": _("CSV for Excel"), "url": reverse("assets:export", args=["csv"])},
        {"label": "XLSX", "url": reverse("assets:export", args=["xlsx"])},
    ]


@require_safe
def asset_export(request: Request, form: str) -> HttpResponseBase:
    """All rows of the filter, no others; the export is logged."""
    request.actor.require("assets.export_asset")
    today = timezone.localdate(request.now)
    filters = read_filters(request)
    count = queries.filtered(request.actor, filters, today=today).count()
    access.log(
        "export",
        actor=request.actor,
        at=request.now,
        rows=count,
        detail={"list": "machines", "filter": request.GET.urlencode()[:500], "format": form},
    )
    stamp = timezone.localtime(request.now).strftime("%Y%m%d-%H%M")
    rows = exports.rows(request.actor, filters, today=today)
    return download.table(form, f"machines-{stamp}", exports.header(), rows)


# --- a part of the customer's page ------------------------------------------------------------------------------


@require_safe
def of_customer(request: Request, code: str) -> HttpResponse:
    """The machines of one customer, in use first."""
    request.actor.require("assets.view_asset")
    customer = customer_queries.customer_by_code(request.actor, code)
    if customer is None:
        raise Http404
    today = timezone.localdate(request.now)
    found = list(queries.assets_of_customer(customer.pk, actor=request.actor)[:31])
    rows = [
        {
            "url": reverse("assets:detail", args=[asset.code]),
            "plate": rules.show_plate(asset.plate),
            "label": queries.model_name(asset) if asset.plate else queries.label_of(asset),
            "sub": " · ".join(part for part in (asset.application, asset.location_text) if part),
            "state": state_chip(asset.state),
            "warranty": warranty_chip(vars(asset), today),
        }
        for asset in found[:30]
    ]
    context = {
        "rows": rows,
        "customer": customer,
        "more": len(found) > 30,
        "may_add": request.actor.may("assets.change_asset"),
    }
    return render(request, "assets/of_customer.html", context)
