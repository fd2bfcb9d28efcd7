"""Step 5, settlement: the bill within the consent, payments, dispute, correction (R64)."""

import datetime as dt
from dataclasses import replace
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext as _

from careloop.billing import rules as bill_rules
from careloop.billing import services as billing
from careloop.billing.models import Bill, Payment
from careloop.billing.services import BillItem
from careloop.core import flow
from careloop.core.actor import Actor
from careloop.core.errors import Conflict, DomainError
from careloop.entitlements import queries as entitlements
from careloop.workorders import rules
from careloop.workorders.models import OrderLine, WorkOrder
from careloop.workorders.services import loading
from careloop.workorders.states import FLOW, LineConsent, OrderState, Outcome

CREDIT_TIERS = ("A", "B")


@transaction.atomic
def settle_order(
    order_id: int,
    *,
    actor: Actor,
    at: dt.datetime,
    discount: Decimal | None = None,
    tax: Decimal = rules.ZERO,
    rounding: Decimal = rules.ZERO,
    next_service_on: dt.date | None = None,
    next_service_meter: int | None = None,
    guarantee_days: int | None = None,
    guarantee_km: int | None = None,
    note: str = "",
) -> WorkOrder:
    """Issue the bill for what was consented and done, never above the consent.

    `guarantee_days`, `guarantee_km`: more than the table promises; less is refused. `discount` None: as estimated.

    Raises:
        Conflict: somebody else has settled the order meanwhile; says who, and under which number.
    """
    order = loading.lock(order_id)
    _refuse_second(order)
    flow.check(FLOW, order, "settle", actor=actor, at=at)
    taken_off = order.discount_amount if discount is None else discount
    items = [_item(line) for line in order.open_lines if line.consent == LineConsent.CONSENTED]
    taken_off = min(taken_off, _fees(items)) if discount is None else taken_off
    _check_consent(order, items, discount=taken_off, tax=tax, rounding=rounding)
    next_on, next_meter = _next_service(order, next_service_on, next_service_meter, at)
    until, km = _guarantee(order, guarantee_days, guarantee_km, at)
    bill = _issue(order, items, discount=taken_off, tax=tax, rounding=rounding, note=note, actor=actor, at=at)
    flow.apply(
        FLOW,
        order,
        "settle",
        actor=actor,
        at=at,
        data={
            "bill": bill.number,
            "total": str(bill.total_amount),
            "labour": str(bill.labour_amount),
            "material": str(bill.material_amount),
        },
        bill=bill,
        billed_amount=bill.total_amount,
        outcome=order.outcome or Outcome.DONE,
        next_service_on=next_on,
        next_service_meter=next_meter,
        repair_until=until,
        repair_km=km,
    )
    return order


def _refuse_second(order: WorkOrder) -> None:
    """Two people settle the same order: the second is told what is true now."""
    if order.state == OrderState.READY and order.bill is not None:
        raise Conflict(
            _("%(name)s has settled this order already: %(bill)s, ¥%(total)s. Reload to see it.")
            % {
                "name": order.bill.issued_by.name if order.bill.issued_by else "CareLoop",
                "bill": order.bill.number,
                "total": order.bill.total_amount,
            }
        )


def _item(line: OrderLine) -> BillItem:
    return BillItem(
        kind=line.kind,
        name=line.name,
        quantity=line.quantity,
        unit_price=line.unit_price,
        amount=line.amount,
        unit=line.unit,
        part_no=line.part_no,
        brand=line.brand,
        part_origin=line.part_origin,
        payer=line.payer,
        old_part=line.old_part,
        remark=_("added item") if line.is_added else "",
    )


def _fees(items: list[BillItem]) -> Decimal:
    return bill_rules.totals(items).before_discount


def _check_consent(
    order: WorkOrder, items: list[BillItem], *, discount: Decimal, tax: Decimal, rounding: Decimal
) -> None:
    total = bill_rules.totals(items, discount=discount, tax=tax, rounding=rounding).total
    if total > order.consented_amount:
        raise DomainError(
            _(
                "The bill of ¥%(total)s is above the ¥%(consent)s the customer agreed to. Lower it, or enter what was "
                "added and ask for consent to the higher bill."
            )
            % {"total": total, "consent": order.consented_amount},
            field="discount",
        )


def _next_service(
    order: WorkOrder, on: dt.date | None, meter: int | None, at: dt.datetime
) -> tuple[dt.date | None, int | None]:
    is_done = order.outcome in ("", Outcome.DONE)
    if is_done and on is None and meter is None:
        raise DomainError(
            _("Enter when the next service is due: date, meter reading, or both."), field="next_service_on"
        )
    if on is not None and on <= order.local_date(at):
        raise DomainError(_("The next service lies in the past. Enter a later date."), field="next_service_on")
    if meter is not None and order.mileage_in is not None and meter <= order.mileage_in:
        raise DomainError(_("The next service lies below the present reading."), field="next_service_meter")
    return on, meter


def _guarantee(
    order: WorkOrder, days: int | None, km: int | None, at: dt.datetime
) -> tuple[dt.date | None, int | None]:
    """The firm may promise more than the table, never less; nothing was repaired, nothing is promised."""
    if order.outcome not in ("", Outcome.DONE):
        return None, None
    day = order.local_date(at)
    least = entitlements.repair_guarantee(order.asset, order.work_class, day)
    until = least.until
    least_run = least.km if least.km is not None else least.hours
    if days is not None:
        if until is not None and day + dt.timedelta(days=days) < until:
            raise DomainError(
                _("The repair guarantee is at least until %(date)s. Promise that or more.") % {"date": until},
                field="guarantee_days",
            )
        until = day + dt.timedelta(days=days)
    if km is not None and least_run is not None and km < least_run:
        raise DomainError(
            _("The repair guarantee is at least %(run)d. Promise that or more.") % {"run": least_run},
            field="guarantee_km",
        )
    return until or day, km if km is not None else least_run


def _cashier(actor: Actor) -> Actor:
    """Who may settle an order may do with its bill what the step needs."""
    return replace(actor, permissions=actor.permissions | {"billing.issue_bill", "billing.receive_payment"})


def _issue(
    order: WorkOrder,
    items: list[BillItem],
    *,
    discount: Decimal,
    tax: Decimal,
    rounding: Decimal,
    note: str,
    actor: Actor,
    at: dt.datetime,
    replaces_id: int | None = None,
) -> Bill:
    has_credit = order.credit_tier in CREDIT_TIERS
    cashier = _cashier(actor)
    return billing.issue_bill(
        order_number=order.number,
        customer_id=order.customer_id,
        station_id=order.station_id,
        lines=items,
        actor=cashier,
        at=at,
        discount=discount,
        tax=tax,
        rounding=rounding,
        note=note,
        replaces_id=replaces_id,
        payment_days=(order.customer.payment_days or 0) if has_credit else 0,
    )


@transaction.atomic
def unsettle_order(order_id: int, *, reason: str, actor: Actor, at: dt.datetime) -> WorkOrder:
    """An error was found before payment: the bill is void, its number stays with it."""
    order = loading.lock(order_id)
    bill = order.bill
    flow.apply(
        FLOW,
        order,
        "unsettle",
        actor=actor,
        at=at,
        reason=reason,
        data={"bill": bill.number if bill else ""},
        bill=None,
        billed_amount=None,
    )
    if bill is not None:
        billing.void_bill(bill.pk, actor=_cashier(actor), at=at, reason=reason)
    return order


@transaction.atomic
def pay_order(
    order_id: int, *, amount: Decimal, method: str, actor: Actor, at: dt.datetime, reference: str = ""
) -> Payment:
    """Money for this order."""
    order = loading.lock(order_id)
    flow.apply(FLOW, order, "pay", actor=actor, at=at, data={"amount": str(amount), "method": method})
    assert order.bill_id is not None  # the guard has refused orders without a bill
    return billing.record_payment(
        order.bill_id, amount=amount, method=method, reference=reference, actor=_cashier(actor), at=at
    )


@transaction.atomic
def dispute_order(order_id: int, *, amount: Decimal, reason: str, actor: Actor, at: dt.datetime) -> WorkOrder:
    """A manager notes what the customer does not accept, so that he gets his vehicle back."""
    order = loading.lock(order_id)
    flow.apply(FLOW, order, "dispute", actor=actor, at=at, reason=reason, data={"amount": str(amount)})
    assert order.bill_id is not None  # as above
    billing.dispute_bill(order.bill_id, amount=amount, reason=reason, actor=actor, at=at)
    return order


@transaction.atomic
def correct_bill(
    order_id: int,
    *,
    reason: str,
    actor: Actor,
    at: dt.datetime,
    discount: Decimal,
) -> WorkOrder:
    """After delivery: a credit note over the old bill and a new one with a higher discount; never a higher total."""
    order = loading.lock(order_id)
    old = order.bill
    if old is None:
        raise DomainError(_("There is no bill to correct."))
    items = [_item(line) for line in order.open_lines if line.consent == LineConsent.CONSENTED]
    total = bill_rules.totals(items, discount=discount, tax=old.tax_amount, rounding=old.rounding_amount).total
    if total >= old.total_amount:
        raise DomainError(
            _("A corrected bill is lower than ¥%(total)s. What was forgotten is not billed later.")
            % {"total": old.total_amount},
            field="discount",
        )
    flow.check(FLOW, order, "correct_bill", actor=actor, at=at, reason=reason)
    billing.credit_bill(old.pk, actor=_cashier(actor), at=at, reason=reason)
    bill = _issue(
        order,
        items,
        discount=discount,
        tax=old.tax_amount,
        rounding=old.rounding_amount,
        note=reason,
        actor=actor,
        at=at,
        replaces_id=old.pk,
    )
    flow.apply(
        FLOW,
        order,
        "correct_bill",
        actor=actor,
        at=at,
        reason=reason,
        data={"credited": old.number, "bill": bill.number, "total": str(total)},
        bill=bill,
        billed_amount=bill.total_amount,
    )
    return order
