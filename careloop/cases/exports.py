"""The list of requests as a table that leaves the house: the same rows as on the page, with full dates."""

import datetime as dt
from collections.abc import Iterator, Mapping
from typing import Any

from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext_lazy as _l

from careloop.cases import display, queries
from careloop.cases.states import CaseState, Channel, Kind, Urgency
from careloop.core import paging
from careloop.core.actor import Actor
from careloop.core.address import day_start, number_of

COLUMNS = (
    _l("Number"), _l("Subject line"), _l("State"), _l("Kind"), _l("Urgency"), _l("Channel"), _l("Customer"),
    _l("Machine or vehicle"), _l("Assigned to"), _l("Station"), _l("Received at"), _l("First response due"),
    _l("First response"), _l("Resolution due"), _l("Resolved at"), _l("Promised for"), _l("Closed at"),
)  # fmt: skip
FILTERS = ("view", "q", "state", "kind", "channel", "urgency", "station", "customer", "asset", "imported")


def line(row: dict[str, Any]) -> list[str]:
    """One request, in words."""
    return [
        row["number"], row["title"], str(CaseState(row["state"]).label), str(Kind(row["kind"]).label),
        str(Urgency(row["urgency"]).label), str(Channel(row["channel"]).label), row["customer__name"] or "",
        display.asset_label(row), row["assignee__name"] or "", row["station__name"],
        *(stamp(row[name]) for name in TIMES),
    ]  # fmt: skip


TIMES = (
    "received_at", "response_due_at", "responded_at", "resolution_due_at", "resolved_at", "promise_at", "closed_at",
)  # fmt: skip


def stamp(value: dt.datetime | None) -> str:
    return timezone.localtime(value).strftime("%Y-%m-%d %H:%M") if value else ""


def rows(actor: Actor, filters: Mapping[str, Any], *, now: dt.datetime) -> Iterator[list[str]]:
    """Newest first, in portions along the id: no limit, little memory."""
    found = queries.filtered(actor, filters, now=now)
    return (line(row) for row in paging.portions(found.values(*queries.LIST_COLUMNS)))


def of_command_line(actor: Actor, filters: Mapping[str, str]) -> Iterator[list[str]]:
    """Filters as words: `station` is a code's id in the address, a code here."""
    given: dict[str, Any] = {"view": "all", **filters}
    if code := filters.get("station"):
        given["station"] = queries.station_id(code)
    return rows(actor, given, now=timezone.now())


def read_filters(get: QueryDict, *, station: str = "") -> dict[str, Any]:
    """An address of the list as `queries.filtered` takes it; what cannot be read is left out.

    `station`: the id that holds when the address names none.
    """
    station = get.get("station") or station
    return {
        "view": get.get("view", "open"),
        "q": get.get("q", ""),
        "state": [v for v in get.getlist("state") if v in CaseState.values],
        "kind": [v for v in get.getlist("kind") if v in Kind.values],
        "channel": [v for v in get.getlist("channel") if v in Channel.values],
        "urgency": [v for v in get.getlist("urgency") if v in Urgency.values],
        "priority": [int(v) for v in get.getlist("priority") if v in ("1", "2", "3", "4")],
        "assignee": get.get("assignee") if get.get("assignee") == "none" else number_of(get.get("assignee", "")),
        "station": number_of(station),
        "customer": get.get("customer", ""),
        "asset": get.get("asset", ""),
        "from": day_start(get.get("received_from", "")),
        "to": day_start(get.get("received_to", ""), plus=1),
        "kept": {"1": True, "0": False}.get(get.get("kept", "")),
        "imported": get.get("imported", ""),
        "own": get.get("own"),
        "in_figures": get.get("in_figures"),
        "reopened": get.get("reopened"),
        "reassigned": get.get("reassigned"),
    }
