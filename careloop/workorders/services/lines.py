"""Items of an order: added, changed, withdrawn, done. Every change that costs the customer more asks him again."""

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal
from typing import Any, Required, TypedDict, Unpack

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from careloop.billing.models import LineKind, Payer
from careloop.billing.rules import line_amount
from careloop.core import events, flow
from careloop.core.actor import Actor
from careloop.core.errors import DomainError, NotFound, TransitionRefused
from careloop.workorders import rules
from careloop.workorders.models import Advice, OrderLine, OrderPerson, WorkOrder
from careloop.workorders.services import files, loading, stamps
from careloop.workorders.states import FLOW, LineConsent, OrderState

BEFORE_CONSENT = (OrderState.RECEIVED, OrderState.AWAITING_CONSENT, OrderState.TO_ASSIGN)
LATER = (OrderState.IN_REPAIR, OrderState.TO_SETTLE)
MAY_BE_ADDED_BY = ("workorders.estimate", "workorders.repair")
USUAL_UNIT: dict[str, str] = {LineKind.LABOUR: "h", LineKind.MATERIAL: "pc"}
FREE_TO_CHANGE = ("quantity", "unit_price", "amount", "payer")


class NewLine(TypedDict, total=False):
    """What is entered for a new item."""

    kind: Required[str]
    name: Required[str]
    quantity: Required[Decimal]
    unit_price: Required[Decimal]
    unit: str
    part_no: str
    brand: str
    part_origin: str
    payer: str
    reason: str
    photos: Sequence[Any]


@transaction.atomic
def add_line(order_id: int, *, actor: Actor, at: dt.datetime, **entered: Unpack[NewLine]) -> OrderLine:
    """A new item. After the first consent it is an added item: it says what was found and waits for consent (R62)."""
    if not any(actor.may(right) for right in MAY_BE_ADDED_BY):
        actor.require("workorders.estimate")
    order = loading.lock(order_id)
    line = insert_line(order, actor=actor, at=at, **entered)
    data = {**rules.line_facts(line), "within_limit": line.consent == LineConsent.CONSENTED,
            "photos": len(entered.get("photos") or ())}  # fmt: skip
    events.record("workorder.line_add", order, actor=actor, at=at, text=line.reason, data=data)
    return line


def insert_line(order: WorkOrder, *, actor: Actor, at: dt.datetime, **entered: Unpack[NewLine]) -> OrderLine:
    """The same within a step that has locked the order and records its own event."""
    is_added, reason = order.state in LATER, (entered.get("reason") or "").strip()
    if not is_added:
        _open_for_change(order, actor=actor, at=at)
    if is_added and not reason:
        raise DomainError(_("Say what was found; the customer reads it before he decides."), field="reason")
    kind, quantity, price = entered["kind"], entered["quantity"], entered["unit_price"]
    line = OrderLine(
        order=order,
        position=(order.lines.aggregate(n=Max("position"))["n"] or 0) + 1,
        kind=kind,
        name=entered["name"].strip(),
        part_no=(entered.get("part_no") or "").strip(),
        brand=(entered.get("brand") or "").strip(),
        part_origin=entered.get("part_origin") or "" if kind == LineKind.MATERIAL else "",
        quantity=quantity,
        unit=(entered.get("unit") or "").strip() or USUAL_UNIT.get(kind, ""),
        unit_price=price,
        amount=line_amount(quantity, price),
        payer=entered.get("payer") or Payer.CUSTOMER,
        is_added=is_added,
        reason=reason,
        found_by_id=actor.person_id if is_added else None,
        found_at=at if is_added else None,
    )
    _check(line)
    if is_added and _within_diagnosis(order, line):
        line = _as_consented(line, order.consented_version)
    line.save(force_insert=True)
    files.keep_photos(entered.get("photos") or (), subject=line, purpose="finding", actor=actor, at=at)
    order.__dict__.pop("open_lines", None)
    return line


def _as_consented(line: OrderLine, version: int) -> OrderLine:
    fields = {field.attname: getattr(line, field.attname) for field in OrderLine._meta.concrete_fields}
    return OrderLine(**{**fields, "consent": LineConsent.CONSENTED, "consented_version": version})


def _check(line: OrderLine) -> None:
    if not line.name:
        raise DomainError(_("Name the item."), field="name")
    if line.quantity <= 0:
        raise DomainError(_("The quantity must be above zero."), field="quantity")
    if line.unit_price < 0:
        raise DomainError(_("The price cannot be below zero. Use the discount instead."), field="unit_price")
    if line.kind == LineKind.MATERIAL and not line.part_origin:
        raise DomainError(
            _("Say whether the part is original, aftermarket, refurbished, used or the customer's own."),
            field="part_origin",
        )
    if line.part_origin == "customer" and line.unit_price and line.payer == Payer.CUSTOMER:
        raise DomainError(
            _("A part that the customer brings has no price. Enter its fitting as labour."), field="unit_price"
        )


def _within_diagnosis(order: WorkOrder, line: OrderLine) -> bool:
    """Under “diagnosis only” the customer has agreed to labour up to the limit."""
    if order.diagnosis_limit is None or line.kind != LineKind.LABOUR or not order.consented_version:
        return False
    spent = sum((row.amount for row in order.open_lines if row.payer == Payer.CUSTOMER), rules.ZERO)
    return bool(spent + line.amount <= order.diagnosis_limit)


def _open_for_change(order: WorkOrder, *, actor: Actor, at: dt.datetime) -> None:
    """Before the work begins a change voids the estimate; after the consent the order goes back to ask again."""
    actor.require("workorders.estimate")
    if order.state not in BEFORE_CONSENT:
        raise TransitionRefused(
            _("Items cannot be changed while the state is “%(state)s”. Reload to see what is possible now.")
            % {"state": OrderState(order.state).label}
        )
    void_estimate(order, at=at, actor=actor)


@transaction.atomic
def revise_order(order_id: int, *, reason: str, actor: Actor, at: dt.datetime) -> WorkOrder:
    """Back to the estimate before the work begins; the consent is void and every item asks again."""
    order = loading.lock(order_id)
    flow.check(FLOW, order, "revise", actor=actor, at=at, reason=reason)
    void_estimate(order, at=at, actor=actor, reason=reason)
    return order


def void_estimate(order: WorkOrder, *, at: dt.datetime, actor: Actor, reason: str = "") -> None:
    """The standing version and its consent no longer count; all consented items ask again."""
    was_consented = order.consented_version
    if order.estimates.standing().update(void_at=at):
        events.record(
            "workorder.estimate_void",
            order,
            actor=actor,
            at=at,
            data={"version": order.estimate_version, "had_consent": bool(was_consented)},
        )
    order.__dict__.pop("standing_estimate", None)
    if order.state == OrderState.TO_ASSIGN:
        why = reason or _("Items or prices changed after the consent.")
        flow.apply(
            FLOW, order, "revise", actor=actor, at=at, reason=why, consented_version=0, consented_amount=rules.ZERO
        )
    elif was_consented:
        WorkOrder.objects.filter(pk=order.pk).update(consented_version=0, consented_amount=rules.ZERO)
        order.consented_version, order.consented_amount = 0, rules.ZERO
    order.lines.filter(consent=LineConsent.CONSENTED).update(consent=LineConsent.PROPOSED, consented_version=None)
    order.__dict__.pop("open_lines", None)


def _line(order: WorkOrder, line_id: int) -> OrderLine:
    found = order.lines.filter(pk=line_id).first()
    if found is None:
        raise NotFound(_("There is no such item on this order."))
    return found


@transaction.atomic
def change_line(order_id: int, line_id: int, *, actor: Actor, at: dt.datetime, **changes: Any) -> OrderLine:
    """Change an item. Consent stays only when the same thing costs the customer no more than before (R61, R62)."""
    actor.require("workorders.estimate")
    order = loading.lock(order_id)
    line = _line(order, line_id)
    if order.state not in LATER and _differs(line, changes):
        _open_for_change(order, actor=actor, at=at)
        line = _line(order, line_id)
    if line.consent not in (LineConsent.PROPOSED, LineConsent.CONSENTED):
        raise TransitionRefused(
            _("“%(item)s” is no longer part of the order. Enter it as a new item.") % {"item": line.name}
        )
    before = rules.line_facts(line)
    burden = _burden(line)
    for name, value in changes.items():
        setattr(line, name, value.strip() if isinstance(value, str) else value)
    line.amount = line_amount(line.quantity, line.unit_price)
    if line.kind != LineKind.MATERIAL:
        line.part_origin = ""
    _check(line)
    after = rules.line_facts(line)
    if before == after:
        return line
    asks_again = line.consent == LineConsent.CONSENTED and not _is_no_worse(before, after, burden, _burden(line))
    line.save()
    if asks_again:
        OrderLine.objects.filter(pk=line.pk).update(consent=LineConsent.PROPOSED, is_added=line.is_added)
        line.refresh_from_db()
    changed = {key: {"before": before[key], "after": after[key]} for key in after if before[key] != after[key]}
    events.record(
        "workorder.line_change",
        order,
        actor=actor,
        at=at,
        data={"item": line.name, "changes": changed, "asks_again": asks_again},
    )
    return line


def _differs(line: OrderLine, changes: dict[str, Any]) -> bool:
    return any(getattr(line, name) != value for name, value in changes.items())


def _burden(line: OrderLine) -> Decimal:
    return line.amount if line.payer == Payer.CUSTOMER else rules.ZERO


def _is_no_worse(before: dict[str, Any], after: dict[str, Any], old: Decimal, new: Decimal) -> bool:
    """The same item, and the customer pays the same or less."""
    same = all(before[key] == after[key] for key in before if key not in FREE_TO_CHANGE)
    return same and new <= old


@transaction.atomic
def withdraw_line(order_id: int, line_id: int, *, reason: str, actor: Actor, at: dt.datetime) -> OrderLine:
    """The item is not done after all; it stays on the record."""
    actor.require("workorders.estimate")
    order = loading.lock(order_id)
    if order.state not in LATER:
        _open_for_change(order, actor=actor, at=at)
    line = _line(order, line_id)
    if line.consent not in (LineConsent.PROPOSED, LineConsent.CONSENTED):
        raise TransitionRefused(_("“%(item)s” is no longer part of the order.") % {"item": line.name})
    if line.done_at is not None:
        raise TransitionRefused(
            _("“%(item)s” is done. Lower its price instead of withdrawing it.") % {"item": line.name}
        )
    if not reason.strip():
        raise DomainError(_("Say why the item is withdrawn."), field="reason")
    OrderLine.objects.filter(pk=line.pk).update(consent=LineConsent.WITHDRAWN)
    events.record(
        "workorder.line_withdraw",
        order,
        actor=actor,
        at=at,
        data={"item": line.name, "amount": str(line.amount), "reason": reason.strip()},
    )
    line.refresh_from_db()
    return line


@transaction.atomic
def record_line(
    order_id: int,
    line_id: int,
    *,
    actor: Actor,
    at: dt.datetime,
    is_done: bool | None = None,
    old_part: str | None = None,
    old_part_note: str | None = None,
    technician: int | None = None,
) -> OrderLine:
    """A consented item is done, by whom, and what became of the old part."""
    order = loading.lock(order_id)
    return mark_line(
        order,
        line_id,
        actor=actor,
        at=at,
        is_done=is_done,
        old_part=old_part,
        old_part_note=old_part_note,
        technician=technician,
    )


def mark_line(
    order: WorkOrder,
    line_id: int,
    *,
    actor: Actor,
    at: dt.datetime,
    is_done: bool | None,
    old_part: str | None,
    old_part_note: str | None = None,
    technician: int | None = None,
) -> OrderLine:
    """The same within a step that has locked the order."""
    if not (actor.may("workorders.repair") or (is_done is None and actor.may("workorders.settle"))):
        actor.require("workorders.repair")
    line = _line(order, line_id)
    allowed = LATER if is_done is None else (OrderState.IN_REPAIR,)
    if order.state not in allowed or line.consent != LineConsent.CONSENTED:
        raise TransitionRefused(
            _("“%(item)s” can be recorded only while it is consented and in repair.") % {"item": line.name}
        )
    if is_done is not None:
        line.done_at = (line.done_at or at) if is_done else None
        person_id = technician or line.technician_id or order.technician_id or actor.person_id
        if technician is not None:
            loading.person(technician, station_id=order.station_id, field="technician", permission="workorders.repair")
        if is_done and person_id is not None:
            stamps.take_part(order, person_id, OrderPerson.Role.TECHNICIAN)
            line.technician_id = person_id
    if old_part is not None:
        if old_part and line.kind != LineKind.MATERIAL:
            raise DomainError(_("Only material has an old part."), field="old_part")
        line.old_part = old_part
    if old_part_note is not None:
        line.old_part_note = old_part_note.strip()
    line.save()
    events.record(
        "workorder.line_record",
        order,
        actor=actor,
        at=at,
        data={"item": line.name, "is_done": line.done_at is not None, "old_part": line.old_part},
    )
    return line


def decline(order: WorkOrder, lines: Sequence[OrderLine], *, at: dt.datetime, by: str) -> None:
    """Declined items leave the order and stay as advice, shown at the next visit."""
    OrderLine.objects.filter(pk__in=[line.pk for line in lines]).update(
        consent=LineConsent.DECLINED, consented_version=None
    )
    for line in lines:
        Advice.objects.get_or_create(
            line=line,
            defaults={
                "order": order,
                "asset_id": order.asset_id,
                "given_at": at,
                "given_by": by,
                "text": (f"{line.name}: {line.reason}" if line.reason else line.name)[:300],
            },
        )


@transaction.atomic
def advise(order_id: int, *, text: str, actor: Actor, at: dt.datetime, is_safety: bool = False) -> Advice:
    """A hint for later, from whoever works on the order."""
    actor.require("workorders.view_workorder")
    if not any(actor.may(right) for right in (*MAY_BE_ADDED_BY, "workorders.inspect")):
        actor.require("workorders.repair")
    order = loading.lock(order_id)
    if not text.strip():
        raise DomainError(_("Write what should be done, and until when."), field="text")
    advice = Advice.objects.create(
        order=order,
        asset_id=order.asset_id,
        text=text.strip()[:300],
        is_safety=is_safety,
        given_at=at,
        given_by=actor.name,
    )
    events.record("workorder.advise", order, actor=actor, at=at, text=advice.text, data={"is_safety": is_safety})
    return advice
