"""How the events of customers read on a timeline."""

from collections.abc import Callable
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from careloop.core.models import Event
from careloop.customers.labels import NOTE_KINDS, field_label, shown_value
from careloop.customers.models import ContactChannel, Purpose

LABELS: dict[str, Any] = {
    "customer.create": _l("Customer file opened"),
    "customer.update": _l("Customer file changed"),
    "customer.confirm": _l("Data confirmed"),
    "customer.note": _l("Customer note"),
    "customer.close": _l("Customer file closed"),
    "customer.reopen": _l("Customer file in use again"),
    "customer.add_site": _l("Service site added"),
    "contact.add": _l("Contact person added"),
    "contact.update": _l("Contact person changed"),
    "contact.leave": _l("Contact person left"),
    "contact.add_channel": _l("Number or address added"),
    "contact.remove_channel": _l("Number or address removed"),
    "contact.verify": _l("Number verified"),
    "contact.wrong_number": _l("Number is wrong"),
    "consent.give": _l("Consent given"),
    "consent.withdraw": _l("Consent withdrawn"),
}


def _created(event: Event) -> dict[str, Any]:
    return {"icon": "file-plus"}


def _changed(event: Event) -> dict[str, Any]:
    changes = []
    for row in event.data.get("changes", []):
        name = row["field"]
        hidden = "before" not in row
        changes.append(
            {
                "label": field_label(name),
                "before": "" if hidden else shown_value(name, row["before"]),
                "after": _("changed") if hidden else shown_value(name, row["after"]),
            }
        )
    return {"icon": "edit", "changes": changes}


def _confirmed(event: Event) -> dict[str, Any]:
    fields = " · ".join(field_label(name) for name in event.data.get("fields", []))
    return {"icon": "checks", "tone": "ok", "text": fields}


def _note(event: Event) -> dict[str, Any]:
    kind = str(NOTE_KINDS.get(event.data.get("kind", ""), _("Customer note")))
    meta = [event.data["contact"]] if event.data.get("contact") else []
    return {"icon": "message", "title": kind, "quote": event.text, "meta": meta}


def _with_purposes(event: Event) -> dict[str, Any]:
    labels = dict(Purpose.choices)
    names = event.data.get("consents") or [event.data.get("purpose", "")]
    text = " · ".join(str(labels[name]) for name in names if name in labels)
    tone = "warn" if event.kind == "consent.withdraw" else ""
    icon = "user-plus" if event.kind == "contact.add" else "shield-check"
    return {"icon": icon, "tone": tone, "text": text}


def _channel(event: Event) -> dict[str, Any]:
    label = str(dict(ContactChannel.Kind.choices).get(event.data.get("kind", ""), ""))
    tone, icon = {
        "contact.verify": ("ok", "phone-check"),
        "contact.wrong_number": ("bad", "phone-x"),
    }.get(event.kind, ("", "phone"))
    return {"icon": icon, "tone": tone, "text": label}


RENDER: dict[str, Callable[[Event], dict[str, Any]]] = {
    "customer.create": _created,
    "customer.update": _changed,
    "customer.confirm": _confirmed,
    "customer.note": _note,
    "contact.add": _with_purposes,
    "contact.add_channel": _channel,
    "contact.remove_channel": _channel,
    "contact.verify": _channel,
    "contact.wrong_number": _channel,
    "consent.give": _with_purposes,
    "consent.withdraw": _with_purposes,
}
