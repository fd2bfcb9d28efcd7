"""Items and versions of the estimate, as the page of an order shows them."""

import datetime as dt
from collections import defaultdict
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from careloop.billing.models import Payer
from careloop.billing.queries import yuan
from careloop.core.actor import Actor
from careloop.workorders.models import OrderLine, WorkOrder
from careloop.workorders.queries import show
from careloop.workorders.queries.detail import Whole
from careloop.workorders.states import LineConsent, OldPart, OrderState

ITEM_COLUMNS = (
    ("item", "main"), ("kind", "text"), ("quantity", "text"), ("amount", "money"), ("payer", "state"),
    ("consent", "state"), ("buttons", "buttons"),
)  # fmt: skip


def item_columns(*, with_buttons: bool) -> list[dict[str, Any]]:
    labels = {
        "item": _("Item"),
        "kind": _("Kind"),
        "quantity": _("Quantity"),
        "amount": _("Amount"),
        "payer": _("Borne by"),
        "consent": _("Customer's consent"),
        "buttons": "",
    }
    shown = ITEM_COLUMNS if with_buttons else ITEM_COLUMNS[:-1]
    return [{"key": key, "label": labels[key], "kind": kind} for key, kind in shown]


def items(w: Whole, *, actor: Actor, now: dt.datetime) -> list[dict[str, Any]]:
    """Items with amount, payer and consent; declined and withdrawn ones below, as they stay on the record."""
    consents = {e.version: e.consent for e in w.estimates if hasattr(e, "consent")}
    standing = w.order.standing_estimate
    is_asking = w.order.state in (OrderState.AWAITING_CONSENT, OrderState.AWAITING_ADDED) and standing is not None
    asked_at = standing.created_at if is_asking else None
    order = sorted(w.lines, key=lambda line: (line.consent in ("declined", "withdrawn"), line.position, line.pk))
    return [
        {
            **show.line_row(line),
            "id": line.pk,
            "item": {"text": line.name, "sub": _item_sub(line, now)},
            "kind": str(line.get_kind_display()),
            "consent": show.consent_words(line, asked_at=asked_at, consents=consents, now=now),
            "buttons": _item_buttons(w.order, line, actor),
            "tone": "" if line.consent in ("proposed", "consented") else "idle",
        }
        for line in order
    ]


def _item_sub(line: OrderLine, now: dt.datetime) -> str:
    parts = []
    if line.is_added:
        who = line.found_by.name if line.found_by else ""
        parts.append(_("added: %(who)s %(time)s") % {"who": who, "time": show.when(line.found_at, now)})
        parts.append(line.reason)
    if line.part_no:
        parts.append(_("part no. %(number)s") % {"number": line.part_no})
    if line.part_origin:
        parts.append(str(line.get_part_origin_display()))
    if line.done_at:
        parts.append(
            _("done %(time)s") % {"time": show.when(line.done_at, now)}
            + (f" {line.technician.name}" if line.technician else "")
        )
    if line.old_part:
        parts.append(_("old part: %(result)s") % {"result": OldPart(line.old_part).label})
    count = getattr(line, "photo_count", 0)
    if count:
        parts.append(ngettext("%(n)d photo", "%(n)d photos", count) % {"n": count})
    return " · ".join(part for part in parts if part)


def _item_buttons(order: WorkOrder, line: OrderLine, actor: Actor) -> list[dict[str, Any]]:
    base = f"/work-orders/{order.number}/items/{line.pk}/"
    found: list[dict[str, Any]] = []
    if line.consent not in (LineConsent.PROPOSED, LineConsent.CONSENTED):
        return found
    in_repair = order.state == OrderState.IN_REPAIR
    if in_repair and line.consent == LineConsent.CONSENTED and line.done_at is None and actor.may("workorders.repair"):
        found.append({"label": _("Done"), "icon": "check", "url": f"{base}done/", "method": "post"})
    if actor.may("workorders.estimate") and order.state in (
        "received",
        "awaiting_consent",
        "to_assign",
        "in_repair",
        "to_settle",
    ):
        found.append({"label": _("Edit"), "icon": "pencil", "url": f"{base}change/", "sheet": True})
        if line.done_at is None:
            found.append({"label": _("Withdraw"), "icon": "x", "url": f"{base}change/?withdraw=1", "sheet": True})
    return found


def sums(w: Whole) -> str:
    """`已同意 ¥1 240.00 · 待同意 ¥860.00 · 免费 ¥2 310.00`."""
    totals: dict[str, Decimal] = defaultdict(Decimal)
    for line in w.order.open_lines:
        key = "free" if line.payer != Payer.CUSTOMER else line.consent
        totals[key] += line.amount
    words = (
        ("consented", _("consented %(amount)s")),
        ("proposed", _("to consent %(amount)s")),
        ("free", _("free %(amount)s")),
    )
    shown = [text % {"amount": yuan(totals[key])} for key, text in words if totals[key]]
    if w.order.discount_amount:
        shown.append(_("discount %(amount)s") % {"amount": yuan(w.order.discount_amount)})
    return " · ".join(shown)


def versions(w: Whole, *, now: dt.datetime) -> list[dict[str, Any]]:
    """Versions of the estimate, the newest first, each with what became of it."""
    found = []
    for estimate in reversed(w.estimates):
        given = getattr(estimate, "consent", None)
        if given is not None and given.is_refused:
            state = {"label": _("refused"), "tone": "bad"}
        elif estimate.void_at is not None:
            state = {"label": _("void"), "tone": "idle"}
        elif given is not None:
            state = {"label": _("consented"), "tone": "ok"}
        else:
            state = {"label": _("customer has not decided"), "tone": "wait"}
        limit = estimate.diagnosis_limit
        who = ""
        if given is not None:
            who = _("%(time)s %(name)s, %(way)s") % {
                "time": show.when(given.given_at, now),
                "name": given.given_by,
                "way": given.get_method_display(),
            }
            if given.declined_ids:
                who += " · " + ngettext("%(n)d item declined", "%(n)d items declined", len(given.declined_ids)) % {
                    "n": len(given.declined_ids)
                }
        found.append(
            {
                "title": _("Version %(n)d") % {"n": estimate.version},
                "state": state,
                "amount": yuan(estimate.amount)
                if limit is None
                else _("diagnosis up to %(limit)s") % {"limit": yuan(limit)},
                "made": _("%(time)s %(name)s")
                % {
                    "time": show.when(estimate.created_at, now),
                    "name": estimate.created_by.name if estimate.created_by else "",
                },
                "promised": show.when(estimate.promised_at, now),
                "who": who,
                "words": given.words if given is not None else "",
            }
        )
    return found
