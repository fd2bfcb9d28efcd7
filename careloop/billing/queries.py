"""Reads of bills."""

import datetime as dt
from decimal import Decimal
from typing import Any

from django.db.models import QuerySet, Sum
from django.utils import formats, timezone
from django.utils.translation import gettext as _

from careloop.billing.models import Bill, BillLine, BillQuerySet, LineKind, Payer, Payment
from careloop.billing.states import BillState
from careloop.core import words
from careloop.core.actor import Actor

TONES: dict[str, str] = {
    BillState.ISSUED: "wait",
    BillState.PARTLY_PAID: "wait",
    BillState.PAID: "ok",
    BillState.VOID: "idle",
    BillState.CREDITED: "idle",
    BillState.DISPUTED: "bad",
    BillState.WRITTEN_OFF: "idle",
}


def bill_list(actor: Actor, *, state: str = "", order: str = "", customer: str = "") -> BillQuerySet:
    rows = Bill.objects.visible_to(actor)
    if state:
        rows = rows.filter(state=state)
    if order:
        rows = rows.filter(order_number=order)
    if customer:
        rows = rows.filter(customer__code=customer)
    return rows.select_related("customer")


def bill_by_number(actor: Actor, number: str) -> Bill | None:
    return (
        Bill.objects.visible_to(actor).select_related("customer", "station", "issued_by").filter(number=number).first()
    )


def bills_of_order(order_number: str) -> list[Bill]:
    """Every bill and credit note of an order, oldest first; the order has been read through `visible_to`."""
    return list(Bill.objects.filter(order_number=order_number).order_by("pk"))


def lines_of(bill: Bill) -> list[BillLine]:
    return list(bill.lines.all())


def payments_of(bill: Bill) -> QuerySet[Payment]:
    return bill.payments.select_related("received_by", "reversed_by").order_by("pk")


def paid_sum(bill: Bill) -> Decimal:
    """Received minus taken back."""
    received = bill.payments.filter(reverses=None).aggregate(n=Sum("amount"))["n"] or Decimal(0)
    reversed_ = bill.payments.filter(reverses__isnull=False).aggregate(n=Sum("amount"))["n"] or Decimal(0)
    return received - reversed_


def state_chip(bill: Bill) -> dict[str, str]:
    if bill.state == BillState.ISSUED and not bill.total_amount:
        return {"label": _("nothing to pay"), "tone": "ok"}
    return {"label": str(BillState(bill.state).label), "tone": TONES[bill.state]}


def yuan(value: Decimal) -> str:
    """`¥1 240.00`, with a thin space between thousands."""
    whole, _dot, fen = f"{value:.2f}".partition(".")
    sign, digits = ("-", whole[1:]) if whole.startswith("-") else ("", whole)
    groups = []
    while digits:
        groups.append(digits[-3:])
        digits = digits[:-3]
    return f"{sign}¥{chr(0x202F).join(reversed(groups))}.{fen}"


def moment(value: dt.datetime | None) -> str:
    return timezone.localtime(value).strftime("%Y-%m-%d %H:%M") if value else ""


def row(bill: Bill) -> dict[str, Any]:
    """A bill as a list shows it; API and export use the same values."""
    return {
        "id": bill.pk,
        "number": bill.number,
        "url": f"/bills/{bill.number}/",
        "kind": str(Bill.Kind(bill.kind).label),
        "order": bill.order_number,
        "party": {"name": bill.customer.name, "url": f"/customers/{bill.customer.code}/", "grade": bill.customer.grade},
        "state": state_chip(bill),
        "total": yuan(bill.total_amount),
        "open": yuan(bill.open_amount)
        if bill.open_amount and bill.state not in ("void", "credited", "written_off")
        else "",
        "issued": moment(bill.issued_at),
        "due": formats.date_format(bill.due_on, "Y-m-d") if bill.due_on else "",
    }


def line_row(line: BillLine) -> dict[str, Any]:
    return {
        "kind": str(LineKind(line.kind).label),
        "name": line.name,
        "part_no": line.part_no,
        "quantity": f"{words.plain(line.quantity)} {words.unit(line.unit)}".strip(),
        "unit_price": yuan(line.unit_price),
        "amount": yuan(line.amount),
        "payer": str(Payer(line.payer).label),
        "remark": line.remark,
    }
