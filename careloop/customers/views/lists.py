"""The list of customers: saved views with counters, filters in the address, export of exactly what is shown."""

import datetime as dt
from collections.abc import Mapping
from typing import Any

from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils import formats, timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from careloop.core import access, download
from careloop.core.http import Request, fragment, keyset
from careloop.customers import exports, queries, rules
from careloop.customers.labels import TONES_OF_TIER
from careloop.customers.models import Customer, Grade, Level
from careloop.staff import queries as staff


def read_filters(request: Request) -> dict[str, Any]:
    """The address, and the station chosen in the frame."""
    station = str(request.session.get("station") or "")
    return exports.read_filters(request.GET, request.actor, station=station)


@require_safe
def customer_list(request: Request) -> HttpResponse:
    request.actor.require("customers.view_customer")
    today = timezone.localdate(request.now)
    rows = queries.customer_list(request.actor, read_filters(request), today=today)
    prepare = Rows(today)
    counts = queries.tab_counts(request.actor, today=today)
    context = {
        "views": tabs(request, counts),
        "columns": columns(),
        "page": keyset(request, rows, prepare=prepare),
        "fields": filter_fields(request),
        "export": export_links(request),
        "empty": empty_state(request),
        "head_actions": head_actions(request),
        "subtitle": subtitle(counts),
    }
    return fragment(request, "customers/list.html", "list", context)


class Rows:
    """From a row of the query to a row of the table; words are looked up once."""

    def __init__(self, today: dt.date):
        self.today = today
        self.types = {value: str(label) for value, label in Customer.Type.choices}
        self.tiers = {value: str(label) for value, label in Customer.CreditTier.choices}
        self.base = reverse("customers:list")
        self.late = _("since %(date)s")

    def day(self, value: dt.date) -> str:
        return str(formats.date_format(value, "MONTH_DAY_FORMAT" if value.year == self.today.year else "DATE_FORMAT"))

    def __call__(self, row: Mapping[str, Any]) -> dict[str, Any]:
        url = f"{self.base}{row['code']}/"
        due = row["refresh_due_on"]
        is_stale = due is not None and due <= self.today
        return {
            "id": row["id"],
            "url": url,
            "name": {"text": row["name"], "sub": f"{row['code']} · {self.types[row['type']]}", "url": url},
            "grade": row["grade"],
            "region": rules.region_name(row["region"]),
            "owner": row["service_owner__name"],
            "sales": row["sales_owner__name"],
            "tier": {"label": self.tiers[row["credit_tier"]], "tone": TONES_OF_TIER[row["credit_tier"]]},
            "machines": row["asset_count"] or "",
            "complete": {
                "value": row["completeness"] / 100,
                "text": f"{row['completeness']}%",
                "tone": "ok" if row["completeness"] == 100 else "warn",
            },
            "refresh": {"label": self.late % {"date": self.day(due)}, "tone": "warn"}
            if is_stale
            else {"label": self.day(due), "tone": "idle", "icon": "calendar"}
            if due
            else None,
            "station": row["station__name"],
        }


def columns() -> list[dict[str, Any]]:
    return [
        {"key": "name", "label": _("Customer"), "kind": "main"},
        {"key": "grade", "label": _("Grade"), "kind": "grade"},
        {"key": "region", "label": _("Region")},
        {"key": "machines", "label": _("Machines"), "kind": "num"},
        {"key": "owner", "label": _("Service owner"), "kind": "person"},
        {"key": "tier", "label": _("Credit"), "kind": "state"},
        {"key": "complete", "label": _("File complete"), "kind": "bar"},
        {"key": "refresh", "label": _("Confirm by"), "kind": "state"},
        {"key": "sales", "label": _("Sales owner"), "kind": "person", "optional": True},
        {"key": "station", "label": _("Station"), "optional": True},
    ]


def tabs(request: Request, counts: Mapping[str, int]) -> list[dict[str, Any]]:
    current = request.GET.get("view", "all")
    labels = {
        "all": _("All customers"),
        "mine": _("My customers"),
        "grade_a": _("Grade A"),
        "stale": _("To be confirmed"),
        "closed": _("Closed files"),
    }
    return [
        {"label": label, "url": f"?view={name}", "count": counts.get(name), "current": name == current}
        for name, label in labels.items()
    ]


def subtitle(counts: Mapping[str, int]) -> str:
    if not counts["stale"]:
        return _("All data are confirmed within their period.")
    return ngettext(
        "The data of %(n)d customer are to be asked again.",
        "The data of %(n)d customers are to be asked again.",
        counts["stale"],
    ) % {"n": counts["stale"]}


def filter_fields(request: Request) -> list[dict[str, Any]]:
    people = [(person.pk, person.name) for person in staff.colleagues(request.actor)]
    provinces = [(code, name) for code, name in rules.regions().items() if code.endswith("0000")]
    grades = [("A", "A"), ("B", "B"), ("C", "C"), ("none", Grade.NEW.label)]
    fields: list[dict[str, Any]] = [
        {
            "name": "q",
            "label": _("Search customers"),
            "kind": "search",
            "placeholder": _("Name, person, telephone, customer number"),
        },
        {"name": "type", "label": _("Type"), "kind": "multi", "options": Customer.Type.choices},
        {"name": "grade", "label": _("Grade"), "kind": "multi", "options": grades},
        {"name": "region", "label": _("Region"), "kind": "select", "options": provinces},
        {"name": "owner", "label": _("Looked after by"), "kind": "select", "options": people},
        {"name": "industry", "label": _("Industry"), "kind": "multi", "options": Customer.Industry.choices[1:]},
        {"name": "credit_tier", "label": _("Credit"), "kind": "multi", "options": Customer.CreditTier.choices},
        {"name": "potential", "label": _("Potential"), "kind": "multi", "options": Level.choices[1:]},
        {"name": "spending_power", "label": _("Spending power"), "kind": "multi", "options": Level.choices[1:]},
        {"name": "tendency", "label": _("Tendency"), "kind": "text"},
        {"name": "preference", "label": _("Preference"), "kind": "text"},
        {"name": "expectation", "label": _("Expectation"), "kind": "text"},
        {"name": "incomplete", "label": _("Incomplete file"), "kind": "check"},
        {"name": "wrong_number", "label": _("Wrong number"), "kind": "check"},
    ]
    if len(request.stations) > 1:
        options = [(station.pk, station.name) for station in request.stations]
        fields.insert(4, {"name": "station", "label": _("Station"), "kind": "select", "options": options})
    return fields


def empty_state(request: Request) -> dict[str, Any]:
    """A first-class nothing: what it means, and what to do."""
    view = request.GET.get("view", "all")
    text = {
        "mine": _("You look after no customer yet."),
        "grade_a": _("No customer is graded A. Grades are set in the customer file."),
        "stale": _("Nothing is to be asked again: all data are confirmed within their period."),
        "closed": _("No file was closed."),
    }.get(view, _("Open the first customer file, or import a list."))
    may_create = view == "all" and request.actor.may("customers.change_customer")
    action = {"label": _("New customer"), "url": reverse("customers:create"), "icon": "plus", "primary": True}
    return {"title": _("No customers here"), "text": text, "icon": "building", "action": action if may_create else None}


def head_actions(request: Request) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = [
        {"label": _("Quality of the files"), "url": reverse("customers:quality"), "icon": "clipboard-check"}
    ]
    if request.actor.may("customers.change_customer"):
        found.append({"label": _("New customer"), "url": reverse("customers:create"), "icon": "plus", "primary": True})
    return found


# --- export -----------------------------------------------------------------------------------------------------


def export_links(request: Request) -> list[dict[str, str]]:
    if not request.actor.may("customers.export_customer"):
        return []
    return [
        {"label": _("CSV for Excel"), "url": reverse("customers:export", args=["csv"])},
        {"label": "XLSX", "url": reverse("customers:export", args=["xlsx"])},
    ]


@require_safe
def customer_export(request: Request, form: str) -> HttpResponseBase:
    """All rows of the filter, no others; the export is logged. Numbers are masked unless `full` is asked for."""
    request.actor.require("customers.export_customer")
    today = timezone.localdate(request.now)
    filters = read_filters(request)
    in_full = "full" in request.GET and request.actor.may("customers.view_phone")
    count = queries.filtered(request.actor, filters, today=today).count()
    access.log(
        "export",
        actor=request.actor,
        at=request.now,
        rows=count,
        detail={"list": "customers", "filter": request.GET.urlencode()[:500], "format": form, "in_full": in_full},
    )
    stamp = timezone.localtime(request.now).strftime("%Y%m%d-%H%M")
    rows = exports.rows(request.actor, filters, today=today, in_full=in_full)
    return download.table(form, f"customers-{stamp}", exports.header(), rows)
