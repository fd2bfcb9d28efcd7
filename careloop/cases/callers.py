"""Who calls and about which machine, found while the phone rings."""

from typing import Any

from careloop.assets.models import Asset
from careloop.core import search
from careloop.core.actor import Actor


def found(actor: Actor, text: str, *, limit: int = 8) -> list[dict[str, Any]]:
    """Machines and customers for what is typed: phone in any spelling, plate, serial number, name."""
    hits = search.find(text, actor=actor, kinds=["asset", "customer"], limit=limit)
    wanted = {kind: [h.object_id for h in hits if h.kind == kind] for kind in ("asset", "customer")}
    machines = {
        a.pk: a
        for a in Asset.objects.visible_to(actor).filter(pk__in=wanted["asset"]).select_related("customer", "model")
    }
    return [
        {"hit": hit, "asset": machines.get(hit.object_id) if hit.kind == "asset" else None}
        for hit in hits
        if hit.kind == "customer" or hit.object_id in machines
    ]


def machines_of(actor: Actor, customer_id: int) -> list[dict[str, Any]]:
    """Machines in use at the customer, the newest first."""
    rows = Asset.objects.visible_to(actor).in_hand().filter(customer=customer_id).order_by("-pk")
    names = ("code", "kind", "name", "plate", "vin", "serial_no", "model_text", "model__brand", "model__name")
    return list(rows.values(*names)[:30])
