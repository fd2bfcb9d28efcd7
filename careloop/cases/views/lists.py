"""The list of requests: saved views with counters, filters in the address, export, bulk assignment, panels."""

from typing import Any

from django.contrib import messages
from django.db.models import TextChoices
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from careloop.cases import display, exports, queries, services
from careloop.cases.display import Rows, working_times
from careloop.cases.forms import BulkAssignForm
from careloop.cases.states import CaseState, Channel, Kind, Urgency
from careloop.core import access, download
from careloop.core.address import number_of
from careloop.core.errors import DomainError
from careloop.core.http import PAGE_SIZE, Page, Request, fragment, keyset, page_of, refusal
from careloop.core.kept import Kept


def view_labels() -> dict[str, str]:
    return {
        "mine": _("Mine"),
        "unassigned": _("Unassigned"),
        "due": _("Due today"),
        "waiting": _("Waiting"),
        "open": _("All open"),
        "all": _("All"),
    }


def read_filters(request: Request) -> dict[str, Any]:
    """The address, and the station chosen in the frame."""
    return exports.read_filters(request.GET, station=str(request.session.get("station") or ""))


@require_safe
def case_list(request: Request) -> HttpResponse:
    """At most 12 queries, whatever the number of rows."""
    request.actor.require("cases.view_case")
    filters = read_filters(request)
    prepare = Rows(now=request.now, hours=working_times(request.stations))
    page = _page(request, filters, prepare)
    counts = queries.view_counts(request.actor, now=request.now, event=request.newest_event)
    around = _around(request, filters["view"], counts)
    context = {
        **around,
        "page": page,
        "colleagues": around["colleagues"] if page.rows else [],
        "empty": {} if page.rows else empty_state(request),
        "address": request.get_full_path(),
    }
    return fragment(request, "cases/list.html", "list", context)


_surroundings: Kept[dict[str, Any]] = Kept(seconds=30, most=100)


def _around(request: Request, view: str, counts: dict[str, int]) -> dict[str, Any]:
    """What stands around the rows; the same for everybody with these rights, stations and counters."""
    actor = request.actor
    key = (get_language(), view, actor.permissions, *request.stations, *counts.values())

    def make() -> dict[str, Any]:
        people = queries.colleagues()
        may_assign = actor.may("cases.assign_case")
        return {
            "subtitle": subtitle(counts),
            "views": tabs(view, counts),
            "columns": columns(may_assign),
            "fields": filter_fields(request, people),
            "saved": saved_views(counts),
            "export": export_links(request),
            "colleagues": people if may_assign else [],
            "head_actions": head_actions(request),
            "nav_counts": {"cases": (counts["open"], "late" if counts["late"] else "")},
        }

    return _surroundings.get(key, make, event=request.newest_event)


def _page(request: Request, filters: dict[str, Any], prepare: Rows) -> Page:
    actor, now = request.actor, request.now
    if "after" in request.GET:
        return keyset(request, queries.case_list(actor, filters, now=now), prepare=prepare)
    before = number_of(request.GET.get("before", ""))
    found = queries.first_unread(actor, filters, now=now, before=before, limit=PAGE_SIZE + 1)
    return page_of(
        request, found[:PAGE_SIZE], prepare=prepare, has_newer=before is not None, has_older=len(found) > PAGE_SIZE
    )


def subtitle(counts: dict[str, int]) -> str:
    text = ngettext("%(n)d open request", "%(n)d open requests", counts["open"]) % {"n": counts["open"]}
    if counts["late"]:
        text += _(", %(late)d of them overdue") % {"late": counts["late"]}
    if counts["neglected"]:
        text += _("; %(n)d without any contact for 14 days") % {"n": counts["neglected"]}
    return text


def tabs(current: str, counts: dict[str, int]) -> list[dict[str, Any]]:
    labels = view_labels()
    if counts["neglected"] or current == "neglected":
        labels["neglected"] = _("No contact for 14 days")
    if current == "drafts":
        labels["drafts"] = _("Drafts")
    return [
        {
            "label": label,
            "url": f"?view={name}",
            "count": counts.get(name),
            "current": name == current,
            "tone": "bad" if name == "due" and counts["late"] else "",
        }
        for name, label in labels.items()
    ]


def saved_views(counts: dict[str, int]) -> list[dict[str, Any]]:
    labels = {**view_labels(), "drafts": _("Drafts"), "neglected": _("No contact for 14 days")}
    return [{"label": label, "url": f"?view={name}", "count": counts.get(name)} for name, label in labels.items()]


def columns(may_assign: bool) -> list[dict[str, Any]]:
    pick = [{"key": "pick", "label": "", "kind": "pick", "phone": "hide"}] if may_assign else []
    return [
        *pick,
        {"key": "title", "label": _("Request"), "kind": "main"},
        {"key": "customer", "label": _("Customer and machine"), "kind": "party"},
        {"key": "state", "label": _("State"), "kind": "states"},
        {"key": "clock", "label": _("Due next"), "kind": "clock"},
        {"key": "assignee", "label": _("Assigned to"), "kind": "person"},
        {"key": "received", "label": _("Received"), "kind": "time"},
        {"key": "channel", "label": _("Channel"), "optional": True},
        {"key": "station", "label": _("Station"), "optional": True},
        {"key": "promise", "label": _("Promised for"), "kind": "time", "optional": True},
        {"key": "kind", "label": _("Kind"), "optional": True},
        {"key": "number", "label": _("Number"), "kind": "mono", "optional": True},
    ]


def filter_fields(request: Request, colleagues: list[tuple[int, str]]) -> list[dict[str, Any]]:
    people = [("none", _("nobody")), *colleagues]
    fields: list[dict[str, Any]] = [
        {
            "name": "q",
            "label": _("Search requests"),
            "kind": "search",
            "placeholder": _("Words, number, plate, customer"),
        },
        {"name": "state", "label": _("State"), "kind": "multi", "options": _options(CaseState)},
        {"name": "kind", "label": _("Kind"), "kind": "multi", "options": _options(Kind)},
        {"name": "urgency", "label": _("Urgency"), "kind": "multi", "options": _options(Urgency)},
        {"name": "channel", "label": _("Channel"), "kind": "multi", "options": _options(Channel)},
        {"name": "assignee", "label": _("Assigned to"), "kind": "select", "options": people},
        {"name": "received", "label": _("Received"), "kind": "range"},
    ]
    if len(request.stations) > 1:
        options = [(station.pk, station.name) for station in request.stations]
        fields.append({"name": "station", "label": _("Station"), "kind": "select", "options": options})
    return fields


def _options(choices: type[TextChoices]) -> list[tuple[str, str]]:
    return [(value, str(label)) for value, label in choices.choices]


def empty_state(request: Request) -> dict[str, Any]:
    """A first-class nothing: what it means, and what to do."""
    view = request.GET.get("view", "open")
    text = {
        "mine": _("Nothing is assigned to you. Look under “Unassigned”."),
        "unassigned": _("Every open request has somebody who looks after it."),
        "due": _("Nothing is due today."),
        "waiting": _("No request waits for a customer."),
        "drafts": _("Nobody left a request half written."),
        "neglected": _("Every customer with an open request has heard from us within 14 days."),
    }.get(view, _("When a customer calls, register the request here: press N."))
    action = None
    if view in ("open", "all") and request.actor.may("cases.create_case"):
        action = {"label": _("Register request"), "url": reverse("cases:create"), "icon": "plus", "primary": True}
    return {"title": _("No requests here"), "text": text, "icon": "inbox", "action": action}


def head_actions(request: Request) -> list[dict[str, Any]]:
    """The frame has the button to register; here stands what else one does with the list."""
    if not request.actor.may("insight.view_reports"):
        return []
    return [{"label": _("Figures"), "url": reverse("cases:report"), "icon": "chart-line"}]


# --- export -----------------------------------------------------------------------------------------------------


def export_links(request: Request) -> list[dict[str, str]]:
    if not request.actor.may("cases.export_case"):
        return []
    return [
        {"label": _("CSV for Excel"), "url": reverse("cases:export", args=["csv"])},
        {"label": "XLSX", "url": reverse("cases:export", args=["xlsx"])},
    ]


@require_safe
def export(request: Request, form: str) -> HttpResponseBase:
    """CSV (with the mark that Excel needs for Chinese) or XLSX; written to the log of personal data."""
    request.actor.require("cases.export_case")
    filters = read_filters(request)
    lines = exports.rows(request.actor, filters, now=request.now)
    name = f"requests-{timezone.localdate(request.now):%Y%m%d}"
    count = queries.filtered(request.actor, filters, now=request.now).count()
    access.log(
        "export",
        actor=request.actor,
        at=request.now,
        rows=count,
        detail={"list": "cases", "form": form, "query": request.GET.urlencode()},
    )
    return download.table(form, name, [str(title) for title in exports.COLUMNS], lines)


# --- bulk assignment and panels ---------------------------------------------------------------------------------


@require_POST
def assign_many(request: Request) -> HttpResponse:
    """Assign the ticked requests; those that were refused are named with the reason."""
    request.actor.require("cases.assign_case")
    back = request.POST.get("back", "")
    url = back if back.startswith(reverse("cases:list")) else reverse("cases:list")
    form = BulkAssignForm(request.POST)
    numbers = request.POST.getlist("pick")[:200]
    if not form.is_valid() or not numbers:
        messages.error(request, _("Tick the requests and choose a colleague."))
        return redirect(url)
    try:
        refused = services.assign_many(
            numbers, actor=request.actor, at=request.now, person_id=form.cleaned_data["person_id"]
        )
    except DomainError as error:
        return refusal(request, error)
    done = len(numbers) - len(refused)
    if done:
        messages.success(request, ngettext("%(n)d request assigned.", "%(n)d requests assigned.", done) % {"n": done})
    for number, reason in refused[:5]:
        messages.error(request, display.titled(number, reason))
    return redirect(url)


@require_safe
def customer_panel(request: Request, code: str) -> HttpResponse:
    """Requests of a customer, for his page."""
    return _panel(request, {"customer": code}, f"customer={code}")


@require_safe
def asset_panel(request: Request, code: str) -> HttpResponse:
    """Requests about a machine, for its page."""
    return _panel(request, {"asset": code}, f"asset={code}")


def _panel(request: Request, filters: dict[str, str], query: str) -> HttpResponse:
    request.actor.require("cases.view_case")
    rows = queries.case_list(request.actor, filters, now=request.now).order_by("-pk")[:20]
    prepare = Rows(now=request.now, hours=working_times(request.stations))
    shown = [column for column in columns(False) if not column.get("optional") and column["key"] != "customer"]
    context = {
        "rows": [prepare(row) for row in rows],
        "columns": shown,
        "more_url": f"{reverse('cases:list')}?view=all&{query}",
        "create_url": f"{reverse('cases:create')}?{query}" if request.actor.may("cases.create_case") else "",
        "empty": {
            "title": _("No requests yet"),
            "text": _("Whatever the customer asks for stands here."),
            "icon": "inbox",
        },
    }
    return fragment(request, "cases/panel.html", "panel", context)
