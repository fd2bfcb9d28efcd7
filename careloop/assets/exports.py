"""The list of machines as a table: the page, the command line and programs get the same rows."""

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext_lazy as _l

from careloop.assets import queries
from careloop.assets.labels import field_label, shown_value
from careloop.assets.models import Asset
from careloop.assets.states import AssetState
from careloop.core import paging
from careloop.core.actor import Actor
from careloop.core.address import number_of
from careloop.core.bulk import field_of
from careloop.customers.queries import station_id

FIRST = ("customer__code", "customer__name", "model__name")
NAMES = (
    "code",
    "kind",
    "name",
    "serial_no",
    "plate",
    "vin",
    "engine_no",
    "model_text",
    "application",
    "workpiece",
    "process",
    "location_text",
    "workshop_line",
    "department",
    "state",
    "usage",
    "produced_on",
    "installed_on",
    "accepted_on",
    "warranty_start",
    "warranty_end",
    "warranty_meter",
    "meter",
    "meter_unit",
    "meter_at",
    "criticality",
    "loss_fixed",
    "loss_per_hour",
    "completeness",
)
COLUMNS = (_l("Customer number"), _l("Customer"), _l("Model"), *(field_of(Asset, name).verbose_name for name in NAMES))
WORDED = frozenset({"kind", "state", "plate", "usage"})
FILTERS = ("view", "q", "kind", "state", "station", "customer", "application", "workpiece", "warranty")
LISTS = frozenset({"state", "usage", "criticality", "vehicle_class"})
MULTI = {
    "state": AssetState.values,
    "usage": ["household", "commercial", "none"],
    "criticality": ["A", "B", "C", "none"],
    "vehicle_class": ["car", "motorcycle", "other"],
}


def header() -> list[str]:
    return [str(name) for name in COLUMNS[:3]] + [field_label(name) for name in NAMES]


def rows(actor: Actor, filters: Mapping[str, Any], *, today: dt.date) -> Iterator[Sequence[Any]]:
    """Newest first, in portions along the id: no limit, little memory."""
    found = queries.filtered(actor, filters, today=today)
    for row in paging.portions(found.values_list("pk", *FIRST, *NAMES)):
        own = [
            shown_value(name, value) if name in WORDED else value for name, value in zip(NAMES, row[4:], strict=True)
        ]
        yield [*row[1:4], *own]


def of_command_line(actor: Actor, filters: Mapping[str, str]) -> Iterator[Sequence[Any]]:
    """Filters as words: several values are parted by commas, `station` is its code."""
    given: dict[str, Any] = {name: value.split(",") if name in LISTS else value for name, value in filters.items()}
    if "station" in given:
        given["station"] = station_id(given["station"])
    given |= view_filters(given.pop("view", "" if "state" in given else "every"))
    return rows(actor, given, today=timezone.localdate(timezone.now()))


def view_filters(view: str) -> dict[str, Any]:
    """What a saved view of the page means; those in use unless it says otherwise."""
    in_use: dict[str, Any] = {"state": ["running", "stopped"]}
    return {
        "": {},
        "every": {},
        "gone": {"state": ["transferred", "scrapped"]},
        "machines": {**in_use, "kind": "machine"},
        "vehicles": {**in_use, "kind": "vehicle"},
        "ending": {**in_use, "warranty": "ending"},
        "incomplete": {**in_use, "incomplete": True},
        "stale": {**in_use, "stale": True},
    }.get(view, in_use)


def read_filters(get: QueryDict, *, station: str = "") -> dict[str, Any]:
    """An address of the list as `queries.filtered` takes it; what cannot be read is left out.

    `station`: the id that holds when the address names none.
    """
    station = get.get("station") or station
    filters: dict[str, Any] = {
        **{name: [v for v in get.getlist(name) if v in allowed] for name, allowed in MULTI.items()},
        **{name: number_of(get.get(name, "")) for name in ("family", "model")},
        **{name: get.get(name, "") for name in ("q", "application", "workpiece", "process", "customer", "warranty")},
        "station": number_of(station),
        "incomplete": get.get("incomplete"),
    }
    by_view = view_filters(get.get("view", "all"))
    if filters["state"]:
        by_view.pop("state", None)
    return {**filters, **by_view}
