"""What may become of a bill. Numbers are never given back: a voided bill keeps its own."""

import datetime as dt
from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from careloop.core import flow
from careloop.core.actor import Actor
from careloop.core.errors import Text


class BillState(models.TextChoices):
    ISSUED = "issued", _("issued")
    PARTLY_PAID = "partly_paid", _("partly paid")
    PAID = "paid", _("paid in full")
    VOID = "void", _("void")
    CREDITED = "credited", _("credited")
    DISPUTED = "disputed", _("disputed")
    WRITTEN_OFF = "written_off", _("written off")


S = BillState


def is_untouched(bill: Any, *, actor: Actor, at: dt.datetime) -> Text | None:
    """A bill is voided only before the first payment; later it is corrected by a credit note."""
    if bill.paid_amount:
        return _("¥%(amount)s has been paid on it. Write a credit note instead.") % {"amount": bill.paid_amount}
    return None


def owes_something(bill: Any, *, actor: Actor, at: dt.datetime) -> Text | None:
    if bill.paid_amount >= bill.total_amount:
        return _("Nothing is left to pay on it.")
    return None


def is_settled(bill: Any, *, actor: Actor, at: dt.datetime) -> Text | None:
    if bill.paid_amount != bill.total_amount:
        return _("The payments do not add up to the bill yet.")
    return None


def is_a_bill(bill: Any, *, actor: Actor, at: dt.datetime) -> Text | None:
    if bill.kind != "bill":
        return _("This is a credit note already. Correct the bill that followed it.")
    return None


def is_not_its_issuer(bill: Any, *, actor: Actor, at: dt.datetime) -> Text | None:
    """A claim is given up by somebody other than the person who made it."""
    if actor.person_id is not None and actor.person_id == bill.issued_by_id:
        return _("You issued this bill. Somebody else approves writing it off.")
    return None


FLOW = flow.table(
    "bill",
    BillState,
    (
        flow.step("issue", {flow.START}, S.ISSUED, "billing.issue_bill", _("Issue bill"), icon="receipt-yuan"),
        flow.step(
            "pay_part",
            {S.ISSUED, S.PARTLY_PAID, S.DISPUTED, S.WRITTEN_OFF},
            S.PARTLY_PAID,
            "billing.receive_payment",
            _("Record part payment"),
            owes_something,
            icon="cash",
        ),
        flow.step(
            "pay_rest",
            {S.ISSUED, S.PARTLY_PAID, S.DISPUTED, S.WRITTEN_OFF},
            S.PAID,
            "billing.receive_payment",
            _("Record payment"),
            owes_something,
            icon="cash",
        ),
        flow.step(
            "reverse_all",
            {S.PAID, S.PARTLY_PAID},
            S.ISSUED,
            "billing.receive_payment",
            _("Reverse payment"),
            needs_reason=True,
            icon="arrow-back-up",
        ),
        flow.step(
            "reverse_part",
            {S.PAID, S.PARTLY_PAID},
            S.PARTLY_PAID,
            "billing.receive_payment",
            _("Reverse payment"),
            needs_reason=True,
            icon="arrow-back-up",
        ),
        flow.step(
            "void",
            {S.ISSUED},
            S.VOID,
            "billing.issue_bill",
            _("Void bill"),
            is_untouched,
            needs_reason=True,
            icon="ban",
        ),
        flow.step(
            "credit",
            {S.ISSUED, S.PARTLY_PAID, S.PAID, S.DISPUTED},
            S.CREDITED,
            "billing.issue_bill",
            _("Write credit note"),
            is_a_bill,
            needs_reason=True,
            icon="receipt-refund",
        ),
        flow.step(
            "dispute",
            {S.ISSUED, S.PARTLY_PAID},
            S.DISPUTED,
            "billing.approve_credit",
            _("Note disputed amount"),
            owes_something,
            needs_reason=True,
            icon="scale",
        ),
        flow.step(
            "write_off",
            {S.ISSUED, S.PARTLY_PAID, S.DISPUTED},
            S.WRITTEN_OFF,
            "billing.approve_credit",
            _("Write off the rest"),
            is_a_bill,
            owes_something,
            is_not_its_issuer,
            needs_reason=True,
            icon="ban",
        ),
        flow.step(
            "settle_dispute",
            {S.DISPUTED},
            S.ISSUED,
            "billing.approve_credit",
            _("Dispute settled"),
            needs_reason=True,
            icon="check",
        ),
    ),
    final={S.VOID, S.CREDITED, S.PAID},
)
