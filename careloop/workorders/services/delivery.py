"""Hand-over to the customer, its undoing, and the return within the guarantee on the repair (R64)."""

import datetime as dt
from decimal import Decimal
from typing import Unpack

from django.db import transaction
from django.utils.translation import gettext as _

from careloop.billing.models import LineKind, Payer
from careloop.billing.rules import ZERO
from careloop.core import events, flow, undo
from careloop.core.actor import Actor
from careloop.core.errors import DomainError
from careloop.inventory import services as stock
from careloop.inventory.queries import tidy_number
from careloop.workorders.models import Advice, OrderLine, WorkOrder
from careloop.workorders.services import cases, files, loading, reception, stamps
from careloop.workorders.services.reception import Intake
from careloop.workorders.states import EVIDENCE_WITHIN, FLOW, OrderState, Outcome, Step


@transaction.atomic
def deliver_order(
    order_id: int,
    *,
    delivered_to: str,
    signature: str,
    actor: Actor,
    at: dt.datetime,
    explained: str = "",
    is_explained: bool = False,
    old_parts_shown: bool = False,
) -> WorkOrder:
    """The customer has his vehicle, knows what was done, and has signed. The fact starts the follow-up."""
    order = loading.lock(order_id)
    flow.check(FLOW, order, "deliver", actor=actor, at=at)
    if not delivered_to.strip():
        raise DomainError(_("Write who takes the vehicle."), field="delivered_to")
    if not signature:
        raise DomainError(_("Let the customer sign for the vehicle."), field="signature")
    if not is_explained and order.outcome != Outcome.TAKEN_BACK:
        raise DomainError(
            _("Explain bill, guarantee and next service to the customer, then tick it."), field="is_explained"
        )
    until = _guarantee_from_today(order, at)
    flow.apply(
        FLOW,
        order,
        "deliver",
        actor=actor,
        at=at,
        text=explained,
        data=delivery_facts(order, at),
        delivered_at=at,
        delivered_by_id=actor.person_id,
        delivered_to=delivered_to.strip()[:60],
        explained=explained.strip(),
        repair_until=until,
    )
    file = files.keep_signature(order, signature, actor=actor, at=at, purpose="delivery")
    WorkOrder.objects.filter(pk=order.pk).update(delivery_signature=file)
    order.delivery_signature = file
    stamps.end(order, Step.SETTLEMENT, at=at, person_id=actor.person_id)
    stamps.begin(order, Step.FOLLOW_UP, at=at)
    _follow_advice(order)
    stock.use(order.number, _fitted(order), actor=actor, at=at)
    cases.finished(order, is_done=order.outcome == Outcome.DONE, actor=actor, at=at)
    return order


def _fitted(order: WorkOrder) -> dict[str, Decimal]:
    """Part number → how many were fitted and not brought by the customer."""
    found: dict[str, Decimal] = {}
    for line in order.open_lines:
        if line.kind == LineKind.MATERIAL and line.done_at is not None and line.part_origin != "customer":
            number = tidy_number(line.part_no)
            found[number] = found.get(number, ZERO) + line.quantity
    return found


def _guarantee_from_today(order: WorkOrder, at: dt.datetime) -> dt.date | None:
    """The period counts from the day of leaving, which may be later than the day of settlement."""
    if order.repair_until is None or order.bill is None or order.bill.issued_at is None:
        return order.repair_until
    days = order.repair_until - order.local_date(order.bill.issued_at)
    return order.local_date(at) + days


def delivery_facts(order: WorkOrder, at: dt.datetime) -> dict[str, object]:
    return {
        "number": order.number,
        "delivered_at": at.isoformat(),
        "outcome": order.outcome,
        "bill": order.bill.number if order.bill else "",
        "adviser": order.adviser_id,
        "technician": order.technician_id,
        "contact": order.contact_id,
    }


def _follow_advice(order: WorkOrder) -> None:
    """Advice of earlier visits that this order has carried out: the item with the same name."""
    names = [line.name for line in order.open_lines]
    for advice in Advice.objects.filter(asset_id=order.asset_id, done_in=None).exclude(order=order):
        if any(advice.text == name or advice.text.startswith(f"{name}:") for name in names):
            Advice.objects.filter(pk=advice.pk).update(done_in=order)


@transaction.atomic
def undo_delivery(order_id: int, *, actor: Actor, at: dt.datetime) -> WorkOrder:
    """Within ten minutes, by the same person, while nothing follows yet; the follow-up is called off."""
    order = loading.lock(order_id)
    flow.check(FLOW, order, "undo_delivery", actor=actor, at=at)
    delivered_at = order.delivered_at.isoformat() if order.delivered_at else ""
    flow.apply(
        FLOW,
        order,
        "undo_delivery",
        actor=actor,
        at=at,
        data={"delivered_at": delivered_at},
        **{**undo.fields_before(order), "delivery_signature_id": None},
    )
    stock.put_back(order.number, actor=actor, at=at)
    stamps.forget(order, Step.FOLLOW_UP)
    stamps.reopen(order, Step.SETTLEMENT)
    cases.resumed(order, was_done=order.outcome == Outcome.DONE, actor=actor, at=at)
    return order


def _same_class(intake: Intake, old: WorkOrder) -> Intake:
    copy = intake.copy()
    copy["work_class"] = old.work_class
    return copy


@transaction.atomic
def come_back(
    order_id: int, *, actor: Actor, at: dt.datetime, items: list[int] | None = None, **intake: Unpack[Intake]
) -> WorkOrder:
    """The repair did not hold within its guarantee: a new, free order, linked, with three days for other evidence.

    `items`: ids of the items that come back; None: all that were done.
    """
    old = loading.lock(order_id)
    mileage = intake.get("mileage")
    flow.apply(FLOW, old, "come_back", actor=actor, at=at, text=intake.get("customer_words") or "")
    if old.repair_km is not None and old.mileage_in is not None and mileage is not None:
        run = mileage - old.mileage_in
        if run > old.repair_km:
            raise DomainError(
                _("It has run %(run)d since the repair; the guarantee covers %(limit)d. Open a new order.")
                % {"run": run, "limit": old.repair_km},
                field="mileage",
            )
    order = reception.receive_walk_in(
        station_id=old.station_id,
        customer_id=old.customer_id,
        contact_id=old.contact_id,
        asset_id=old.asset_id,
        walk_in_reason=_("comes back after %(number)s") % {"number": old.number},
        actor=actor,
        at=at,
        rework_of=old,
        evidence_due_at=at + EVIDENCE_WITHIN,
        **_same_class(intake, old),
    )
    done = [line for line in old.open_lines if items is None or line.pk in items]
    if not done:
        raise DomainError(_("Choose at least one item that comes back."), field="items")
    OrderLine.objects.bulk_create(
        OrderLine(
            order=order,
            position=number,
            kind=LineKind.LABOUR,
            name=_("Rework: %(item)s") % {"item": line.name},
            quantity=1,
            unit=line.unit if line.kind == LineKind.LABOUR else "",
            unit_price=ZERO,
            amount=ZERO,
            payer=Payer.GUARANTEE,
        )
        for number, line in enumerate(done, 1)
    )
    events.record(
        "workorder.rework_of",
        order,
        actor=actor,
        at=at,
        data={"number": old.number, "evidence_due_at": (at + EVIDENCE_WITHIN).isoformat()},
    )
    return order


# --- follow-up, called by the feedback floor ------------------------------------------------------------------------


@transaction.atomic
def start_follow_up(order_id: int, *, actor: Actor, at: dt.datetime) -> WorkOrder:
    """The follow-up task is in its window. Called again, it changes nothing."""
    order = loading.lock(order_id)
    if order.state == OrderState.DELIVERED:
        flow.apply(FLOW, order, "start_follow_up", actor=Actor.system(), at=at)
        stamps.begin(order, Step.FOLLOW_UP, at=at)
    return order


@transaction.atomic
def archive_order(
    order_id: int, *, actor: Actor, at: dt.datetime, person_id: int | None = None, reason: str = ""
) -> WorkOrder:
    """The follow-up is done, waived, refused or unreachable: the file is closed and the customer's link ends."""
    order = loading.lock(order_id)
    if order.state not in (OrderState.DELIVERED, OrderState.FOLLOW_UP):
        return order
    flow.apply(FLOW, order, "archive", actor=Actor.system(actor.name), at=at, reason=reason, archived_at=at)
    if reason:
        stamps.forget(order, Step.FOLLOW_UP)
        stamps.skip(order, Step.FOLLOW_UP, at=at, person_id=person_id, reason=reason)
    else:
        stamps.end(order, Step.FOLLOW_UP, at=at, person_id=person_id)
    order.links.filter(expires_at=None).update(expires_at=at)
    return order


@transaction.atomic
def note_late_answer(order_id: int, *, actor: Actor, at: dt.datetime) -> WorkOrder:
    """An answer after the file was closed: it is added, nothing is rewritten."""
    order = loading.lock(order_id)
    if order.state == OrderState.ARCHIVED:
        flow.apply(FLOW, order, "late_answer", actor=Actor.system(actor.name), at=at)
        flow.apply(FLOW, order, "archive", actor=Actor.system(actor.name), at=at)
    return order
