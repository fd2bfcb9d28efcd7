"""Parts of a record's page that belong to apps above it: the page offers the place, the app brings the content.

An app registers its panels in `AppConfig.ready`. The URL of a panel takes the record's `code` and answers a fragment.
"""

from dataclasses import dataclass
from typing import Any

from django.urls import NoReverseMatch, reverse

from careloop.core.actor import Actor


@dataclass(frozen=True, slots=True)
class Panel:
    """`subject`: `customer` or `asset`. `permission`: without it the panel is not offered."""

    subject: str
    key: str
    label: Any
    url_name: str
    permission: str = ""
    order: int = 100
    icon: str = ""


_PANELS: dict[tuple[str, str], Panel] = {}


def register(panel: Panel) -> None:
    _PANELS[panel.subject, panel.key] = panel


def of(subject: str, code: str, *, actor: Actor) -> list[dict[str, str]]:
    """The panels that the actor may open for one record, in their order, as the page template takes them."""
    rows = [p for p in _PANELS.values() if p.subject == subject and actor.may(p.permission)]
    found = []
    for panel in sorted(rows, key=lambda p: (p.order, p.key)):
        try:
            url = reverse(panel.url_name, kwargs={"code": code})
        except NoReverseMatch:  # the app brings the page later
            continue
        found.append({"key": panel.key, "label": str(panel.label), "url": url, "icon": panel.icon})
    return found
