"""Words for fields and values of the machine file: timeline, lists, sheets and exports use the same."""

from collections.abc import Mapping
from typing import Any

from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from careloop.assets import rules
from careloop.assets.models import Asset, ProductModel
from careloop.assets.states import AssetState
from careloop.core.bulk import field_of
from careloop.customers.models import Contact, Site
from careloop.staff.models import Station

STATE_TONES = {"running": "ok", "stopped": "warn", "transferred": "idle", "scrapped": "idle"}
LISTS = {
    "wear_parts": _l("wear parts"),
    "maintenance": _l("maintenance plan"),
    "manual": _l("manual"),
    "customer": _l("customer"),
    "meter": _l("meter reading"),
}


def state_chip(state: str) -> dict[str, str]:
    return {"label": str(AssetState(state).label), "tone": STATE_TONES[state]}


def meter_text(value: Any, unit: str) -> str:
    """`42 100 km`, `3 120.5 h`; nothing for no reading."""
    if value is None:
        return ""
    return f"{value:,.1f}".removesuffix(".0").replace(",", "\u202f") + f" {unit}"


def field_label(name: str) -> str:
    return capfirst(str(LISTS[name] if name in LISTS else field_of(Asset, name).verbose_name))


def shown_value(name: str, value: Any) -> str:
    """A value of the file in words; related records by their name (one query each, for single values only)."""
    if value in (None, "", []):
        return ""
    field = field_of(Asset, name)
    if field.choices:
        return str(dict(field.flatchoices).get(value, value))
    if name == "plate":
        return rules.show_plate(str(value))
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if name in ("model", "site", "responsible", "station"):
        return _related(name, value)
    if isinstance(value, list):
        return " · ".join(line_of(row) for row in value)
    return str(value)


RELATED: dict[str, Any] = {"model": ProductModel, "site": Site, "responsible": Contact, "station": Station}


def _related(name: str, value: Any) -> str:
    if not isinstance(value, int):
        return str(value)
    return str(RELATED[name].objects.filter(pk=value).first() or value)


def line_of(row: Any) -> str:
    """An entry of one of the lists in the file as one line of text."""
    if not isinstance(row, Mapping):
        return str(row)
    value = f"{row.get('value', '')} {row.get('unit', '')}".strip()
    if "low" in row or "high" in row:
        value = f"{row.get('low', '')}–{row.get('high', '')} {row.get('unit', '')}".strip()
    if row.get("label"):
        return f"{row['label']} {value}".strip()
    return " · ".join(str(part) for part in row.values() if part not in ("", None))
