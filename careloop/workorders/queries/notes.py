"""What blocks an order now, in words, with the way out beside it."""

import datetime as dt
from typing import Any

from django.utils.translation import gettext as _

from careloop.billing.queries import yuan
from careloop.core.actor import Actor
from careloop.workorders.queries import show
from careloop.workorders.queries.detail import Whole, phone_of
from careloop.workorders.states import LineConsent, OrderState, Outcome


def blocking(w: Whole, *, actor: Actor, now: dt.datetime) -> dict[str, Any] | None:
    """`{tone, title, text, buttons}`, or None when nothing stands in the way."""
    maker = {
        OrderState.NO_SHOW: _no_show,
        OrderState.AWAITING_CONSENT: _awaiting,
        OrderState.AWAITING_ADDED: _awaiting,
        OrderState.WAITING_PART: _part,
        OrderState.REWORK: _rework,
        OrderState.TO_ASSIGN: _to_assign,
        OrderState.IN_REPAIR: _unasked,
        OrderState.READY: _ready,
    }.get(OrderState(w.order.state))
    found = maker(w, actor, now) if maker else None
    if found is None and not w.order.has_verified_contact and w.order.is_open:
        return _unverified(w, actor)
    return found


def _call(w: Whole, actor: Actor) -> list[dict[str, Any]]:
    number = phone_of(w.order, actor)
    return (
        [{"label": _("Call %(number)s") % {"number": number}, "icon": "phone", "url": f"tel:{number}"}]
        if (number and "*" not in number)
        else []
    )


def _unverified(w: Whole, actor: Actor) -> dict[str, Any]:
    number = phone_of(w.order, actor)
    return {
        "tone": "warn",
        "title": _("No verified number: %(name)s %(number)s") % {"name": w.order.contact.name, "number": number},
        "text": _("The order cannot be settled without one. Call it, then press “Verify now”."),
        "buttons": [
            *(
                [
                    {
                        "label": _("Verify now"),
                        "icon": "shield-check",
                        "method": "post",
                        "primary": True,
                        "url": f"/work-orders/{w.order.number}/verify/",
                    }
                ]
                if actor.may("customers.verify_contact")
                else []
            ),
            *_call(w, actor),
        ],
    }


def _no_show(w: Whole, actor: Actor, now: dt.datetime) -> dict[str, Any]:
    return {
        "tone": "warn",
        "title": _("Did not come: was booked for %(time)s") % {"time": show.when(w.order.booked_for, now)},
        "text": _("Call within one working day: new time, comes late, or gives up."),
        "buttons": _call(w, actor),
    }


def _awaiting(w: Whole, actor: Actor, now: dt.datetime) -> dict[str, Any]:
    order, estimate = w.order, w.order.standing_estimate
    if estimate is None:
        return {
            "tone": "warn",
            "title": _("The estimate has changed and is not submitted again"),
            "text": _("Submit it, so that the customer decides on the present items and prices."),
            "buttons": [],
        }
    proposed = [line for line in order.open_lines if line.consent == LineConsent.PROPOSED]
    names = "、".join(line.name for line in proposed[:3]) or _("diagnosis")
    if order.state == OrderState.AWAITING_ADDED:
        title = _("Added item waits for the customer: %(items)s, %(amount)s") % {
            "items": names,
            "amount": yuan(sum((line.amount for line in proposed), proposed[0].amount * 0)) if proposed else "",
        }
    else:
        title = _("Estimate waits for the customer: version %(n)d, %(amount)s") % {
            "n": estimate.version,
            "amount": yuan(estimate.amount),
        }
    promise = show.when(order.promised_at, now)
    text = _("Asked %(time)s.") % {"time": show.when(estimate.created_at, now)}
    if promise:
        text += " " + _("Without an answer in time the promise of %(time)s cannot be kept.") % {"time": promise}
    return {
        "tone": "warn",
        "title": title,
        "text": text,
        "buttons": [
            *(
                [
                    {
                        "label": _("Send link"),
                        "icon": "send",
                        "url": f"/work-orders/{order.number}/link/",
                        "method": "post",
                        "primary": True,
                    }
                ]
                if actor.may("workorders.book")
                else []
            ),
            *_call(w, actor),
        ],
    }


def _part(w: Whole, actor: Actor, now: dt.datetime) -> dict[str, Any]:
    order = w.order
    is_late = order.part_eta is not None and order.part_eta <= now
    return {
        "tone": "bad" if is_late else "wait",
        "title": _("Waits for %(part)s, expected %(eta)s")
        % {"part": order.part_waited_for, "eta": show.when(order.part_eta, now)},
        "text": _("The expected time has passed. Ask the supplier and tell the customer.")
        if is_late
        else _("The customer was told; promised %(time)s.") % {"time": show.when(order.promised_at, now)},
        "buttons": _call(w, actor) if is_late else [],
    }


def _rework(w: Whole, actor: Actor, now: dt.datetime) -> dict[str, Any]:
    failed = [row for row in w.notes.get("inspection", []) if not row["flag"]]
    last = max(failed, key=lambda row: row["at"]) if failed else {"a": "", "b": ""}
    return {
        "tone": "bad",
        "title": _("Inspection not passed, loop %(n)d: %(reason)s") % {"n": w.order.rework_count, "reason": last["b"]},
        "text": _("%(name)s inspected. The rework is not charged.") % {"name": last["a"]},
        "buttons": [],
    }


def _to_assign(w: Whole, actor: Actor, now: dt.datetime) -> dict[str, Any] | None:
    if w.order.rework_of is not None and w.order.evidence_due_at is not None:
        return {
            "tone": "warn",
            "title": _("Comes back after %(number)s") % {"number": w.order.rework_of.number},
            "text": _("Free, unless another cause is shown by %(time)s.")
            % {"time": show.when(w.order.evidence_due_at, now)},
            "buttons": [],
        }
    return None


def _unasked(w: Whole, actor: Actor, now: dt.datetime) -> dict[str, Any] | None:
    proposed = [line for line in w.order.open_lines if line.consent == LineConsent.PROPOSED]
    if not proposed:
        return _to_assign(w, actor, now)
    return {
        "tone": "warn",
        "title": _("Found, and not asked yet: %(items)s") % {"items": "、".join(line.name for line in proposed[:3])},
        "text": _("Enter the price and ask the customer. Without consent the order cannot be settled."),
        "buttons": [],
    }


def _ready(w: Whole, actor: Actor, now: dt.datetime) -> dict[str, Any] | None:
    order = w.order
    if order.outcome == Outcome.TAKEN_BACK:
        return {
            "tone": "idle",
            "title": _("Nothing was ordered; the customer takes it back."),
            "text": "",
            "buttons": [],
        }
    if order.unpaid_amount and not order.is_disputed:
        credit = order.credit_tier in ("A", "B")
        return {
            "tone": "idle" if credit else "warn",
            "title": _("%(amount)s is open") % {"amount": yuan(order.unpaid_amount)},
            "text": _("Credit tier %(tier)s: may be delivered on account.") % {"tier": order.credit_tier}
            if credit
            else _("Take the payment before the delivery."),
            "buttons": [],
        }
    return None
