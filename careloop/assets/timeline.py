"""How the events of machines and vehicles read on a timeline."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from careloop.assets.labels import field_label, meter_text, shown_value
from careloop.core.models import Event

LABELS: dict[str, Any] = {
    "asset.create": _l("Machine registered"),
    "asset.update": _l("Machine file changed"),
    "asset.confirm": _l("Machine file compared"),
    "asset.meter": _l("Meter read"),
    "asset.stop": _l("Taken out of use"),
    "asset.start": _l("Back in use"),
    "asset.change_owner": _l("Owner changed"),
    "asset.pass_on": _l("Passed on"),
    "asset.readmit": _l("Back with an owner"),
    "asset.retire": _l("Scrapped"),
    "customer.lost_asset": _l("Machine went to another owner"),
}
ICONS = {
    "asset.stop": ("warn", "player-pause"),
    "asset.start": ("ok", "player-play"),
    "asset.pass_on": ("", "logout"),
    "asset.readmit": ("", "login"),
    "asset.retire": ("", "trash"),
}


def _created(event: Event) -> dict[str, Any]:
    return {"icon": "file-plus", "meta": [event.data.get("label", ""), event.subject_label]}


def _changed(event: Event) -> dict[str, Any]:
    changes = []
    for row in event.data.get("changes", []):
        is_list = "before" not in row
        changes.append(
            {
                "label": field_label(row["field"]),
                "before": "" if is_list else shown_value(row["field"], row["before"]),
                "after": _("changed") if is_list else shown_value(row["field"], row["after"]),
            }
        )
    return {"icon": "edit", "changes": changes}


def _confirmed(event: Event) -> dict[str, Any]:
    names = " · ".join(field_label(name) for name in event.data.get("fields", []))
    return {"icon": "checks", "tone": "ok", "text": names}


def _meter(event: Event) -> dict[str, Any]:
    reason = event.data.get("reason", "")
    value = meter_text(Decimal(event.data.get("value", "0")), event.data.get("unit") or _("pieces"))
    return {
        "icon": "gauge",
        "tone": "warn" if reason else "",
        "text": reason,
        "title": f"{LABELS['asset.meter']} {value}",
    }


def _owner(event: Event) -> dict[str, Any]:
    before, after = event.data.get("before", ""), event.data.get("after", "")
    return {"icon": "arrows-exchange", "changes": [{"label": _("owner"), "before": before, "after": after}]}


def _lost(event: Event) -> dict[str, Any]:
    return {
        "icon": "logout",
        "text": f"{event.data.get('asset', '')} → {event.data.get('to', '')}",
        "meta": [event.data.get("code", "")],
    }


def _step(event: Event) -> dict[str, Any]:
    tone, icon = ICONS[event.kind]
    return {"icon": icon, "tone": tone}


RENDER: dict[str, Callable[[Event], dict[str, Any]]] = {
    "asset.create": _created,
    "asset.update": _changed,
    "asset.confirm": _confirmed,
    "asset.meter": _meter,
    "asset.change_owner": _owner,
    "customer.lost_asset": _lost,
    **dict.fromkeys(ICONS, _step),
}
