"""Changes of bills: issue, pay, reverse, void, credit, dispute. The order's own services call them."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from careloop.billing import queries, rules
from careloop.billing.models import Bill, BillLine, Payer, Payment
from careloop.billing.rules import ZERO, Totals
from careloop.billing.states import FLOW, BillState
from careloop.core import flow, numbering
from careloop.core.actor import Actor
from careloop.core.errors import Conflict, DomainError

VALID = (BillState.ISSUED, BillState.PARTLY_PAID, BillState.PAID, BillState.DISPUTED, BillState.WRITTEN_OFF)


@dataclass(frozen=True, slots=True)
class BillItem:
    """One line to bill. `amount` is quantity × unit price, rounded to fen."""

    kind: str
    name: str
    quantity: Decimal
    unit_price: Decimal
    amount: Decimal
    unit: str = ""
    part_no: str = ""
    brand: str = ""
    part_origin: str = ""
    payer: str = Payer.CUSTOMER
    old_part: str = ""
    remark: str = ""


@transaction.atomic
def issue_bill(
    *,
    order_number: str,
    customer_id: int,
    station_id: int,
    lines: Iterable[BillItem],
    actor: Actor,
    at: dt.datetime,
    discount: Decimal = ZERO,
    tax: Decimal = ZERO,
    rounding: Decimal = ZERO,
    payment_days: int = 0,
    replaces_id: int | None = None,
    note: str = "",
) -> Bill:
    """Issue a bill under the next number; the number is taken last, so that it has no gaps.

    Raises:
        DomainError: the discount is higher than the fees, or the rounding is out of range.
        Conflict: the order has a valid bill already.
    """
    items = list(lines)
    sums = rules.totals(items, discount=discount, tax=tax, rounding=rounding)
    _check(sums)
    if (
        order_number
        and Bill.objects.filter(
            order_number=order_number,
            kind=Bill.Kind.BILL,
            state__in=VALID,
        ).exists()
    ):
        raise Conflict(_("The order %(number)s has a bill already. Reload to see it.") % {"number": order_number})
    bill = Bill(
        customer_id=customer_id,
        station_id=station_id,
        order_number=order_number,
        labour_amount=sums.labour,
        material_amount=sums.material,
        other_amount=sums.other,
        discount_amount=sums.discount,
        tax_amount=sums.tax,
        rounding_amount=sums.rounding,
        total_amount=sums.total,
        free_amount=sums.free,
        issued_at=at,
        issued_by_id=actor.person_id,
        due_on=timezone.localdate(at) + dt.timedelta(days=payment_days),
        replaces_id=replaces_id,
        note=note,
    )
    bill.number = numbering.next_number("JS", at)
    try:
        with transaction.atomic():
            flow.start(FLOW, bill, "issue", actor=actor, at=at, data={"total": str(sums.total), "order": order_number})
    except IntegrityError as error:  # another worker was faster between the look and the insert
        raise Conflict(
            _("The order %(number)s has a bill already. Reload to see it.") % {"number": order_number}
        ) from error
    BillLine.objects.bulk_create(_line(bill, position, item) for position, item in enumerate(items, 1))
    return bill


def _check(sums: Totals) -> None:
    if sums.discount < 0 or sums.tax < 0:
        raise DomainError(_("Discount and tax cannot be below zero."), field="discount_amount")
    if sums.discount > sums.before_discount:
        raise DomainError(
            _("The discount is higher than the fees of ¥%(fees)s. Enter a smaller one.")
            % {"fees": sums.before_discount},
            field="discount_amount",
        )
    if not -10 < sums.rounding <= 0:
        raise DomainError(_("Rounding only takes away, and less than ¥10."), field="rounding_amount")
    if sums.total < 0:
        raise DomainError(_("The total would be below zero."), field="rounding_amount")


def _line(bill: Bill, position: int, item: BillItem) -> BillLine:
    return BillLine(
        bill=bill,
        position=position,
        kind=item.kind,
        name=item.name,
        part_no=item.part_no,
        brand=item.brand,
        part_origin=item.part_origin,
        quantity=item.quantity,
        unit=item.unit,
        unit_price=item.unit_price,
        amount=item.amount,
        payer=item.payer,
        old_part=item.old_part,
        remark=item.remark,
    )


@transaction.atomic
def record_payment(
    bill_id: int, *, amount: Decimal, method: str, actor: Actor, at: dt.datetime, reference: str = ""
) -> Payment:
    """Money came in. More than what is open is refused: change is given, not booked."""
    bill = Bill.objects.lock(bill_id)
    if amount <= 0:
        raise DomainError(_("Enter an amount above zero."), field="amount")
    if amount > bill.open_amount:
        raise DomainError(
            _("Only ¥%(open)s is open on %(number)s. Enter at most that.")
            % {"open": bill.open_amount, "number": bill.number},
            field="amount",
        )
    paid = bill.paid_amount + amount
    step = "pay_rest" if paid == bill.total_amount else "pay_part"
    flow.apply(FLOW, bill, step, actor=actor, at=at, paid_amount=paid, data={"amount": str(amount), "method": method})
    return Payment.objects.create(
        bill=bill, amount=amount, method=method, received_at=at, received_by_id=actor.person_id, reference=reference
    )


@transaction.atomic
def reverse_payment(payment_id: int, *, actor: Actor, at: dt.datetime, reason: str) -> Payment:
    """Take a payment back by a counter-entry; the money returns the way it came."""
    payment = Payment.objects.select_related("bill").get(pk=payment_id)
    bill = Bill.objects.lock(payment.bill_id)
    if payment.reverses_id is not None or Payment.objects.filter(reverses=payment).exists():
        raise Conflict(_("This payment has been reversed already."))
    paid = bill.paid_amount - payment.amount
    flow.apply(
        FLOW,
        bill,
        "reverse_part" if paid else "reverse_all",
        actor=actor,
        at=at,
        reason=reason,
        paid_amount=paid,
        data={"amount": str(payment.amount), "method": payment.method},
    )
    return Payment.objects.create(
        bill=bill,
        amount=payment.amount,
        method=payment.method,
        received_at=at,
        received_by_id=actor.person_id,
        reverses=payment,
    )


@transaction.atomic
def void_bill(bill_id: int, *, actor: Actor, at: dt.datetime, reason: str) -> Bill:
    """Before the first payment only. The number stays with the void bill."""
    bill = Bill.objects.lock(bill_id)
    flow.apply(FLOW, bill, "void", actor=actor, at=at, reason=reason)
    return bill


@transaction.atomic
def credit_bill(bill_id: int, *, actor: Actor, at: dt.datetime, reason: str) -> Bill:
    """Take a whole bill back by a credit note of the same amounts; what was paid is reversed the way it came."""
    bill = Bill.objects.lock(bill_id)
    for payment in queries.payments_of(bill).filter(reverses=None, reversed_by=None):
        reverse_payment(payment.pk, actor=actor, at=at, reason=reason)
    bill = Bill.objects.lock(bill_id)
    flow.apply(FLOW, bill, "credit", actor=actor, at=at, reason=reason)
    note = Bill(
        kind=Bill.Kind.CREDIT_NOTE,
        customer_id=bill.customer_id,
        station_id=bill.station_id,
        order_number=bill.order_number,
        labour_amount=bill.labour_amount,
        material_amount=bill.material_amount,
        other_amount=bill.other_amount,
        discount_amount=bill.discount_amount,
        tax_amount=bill.tax_amount,
        rounding_amount=bill.rounding_amount,
        total_amount=bill.total_amount,
        free_amount=bill.free_amount,
        issued_at=at,
        issued_by_id=actor.person_id,
        replaces=bill,
        note=reason[:200],
    )
    note.number = numbering.next_number("HC", at)
    flow.start(FLOW, note, "issue", actor=actor, at=at, data={"credits": bill.number, "total": str(bill.total_amount)})
    BillLine.objects.bulk_create(_copy(line, note) for line in queries.lines_of(bill))
    return note


def _copy(line: BillLine, note: Bill) -> BillLine:
    return BillLine(
        bill=note,
        position=line.position,
        kind=line.kind,
        name=line.name,
        part_no=line.part_no,
        brand=line.brand,
        part_origin=line.part_origin,
        quantity=line.quantity,
        unit=line.unit,
        unit_price=line.unit_price,
        amount=line.amount,
        payer=line.payer,
        old_part=line.old_part,
        remark=line.remark,
    )


@transaction.atomic
def dispute_bill(bill_id: int, *, amount: Decimal, actor: Actor, at: dt.datetime, reason: str) -> Bill:
    """A manager notes that the customer does not accept `amount`; the rest must be paid before."""
    bill = Bill.objects.lock(bill_id)
    if not 0 < amount <= bill.open_amount:
        raise DomainError(
            _("The disputed amount must be above zero and at most the open ¥%(open)s.") % {"open": bill.open_amount},
            field="amount",
        )
    if amount < bill.open_amount:
        raise DomainError(
            _("¥%(rest)s is open and not disputed. Take that payment first.") % {"rest": bill.open_amount - amount},
            field="amount",
        )
    flow.apply(
        FLOW, bill, "dispute", actor=actor, at=at, reason=reason, disputed_amount=amount, data={"amount": str(amount)}
    )
    return bill


@transaction.atomic
def settle_dispute(bill_id: int, *, actor: Actor, at: dt.datetime, reason: str) -> Bill:
    bill = Bill.objects.lock(bill_id)
    flow.apply(FLOW, bill, "settle_dispute", actor=actor, at=at, reason=reason, disputed_amount=ZERO)
    return bill


@transaction.atomic
def write_off_bill(bill_id: int, *, actor: Actor, at: dt.datetime, reason: str) -> Bill:
    """Give up what is still open, approved by a manager who did not issue the bill. Money that comes later is taken."""
    bill = Bill.objects.lock(bill_id)
    flow.apply(FLOW, bill, "write_off", actor=actor, at=at, reason=reason, data={"amount": str(bill.open_amount)})
    return bill
