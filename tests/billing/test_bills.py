"""Bills: amounts that add up, numbers without gaps, payments taken back by counter-entries only."""

import datetime as dt
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from careloop.billing import queries, rules, services
from careloop.billing.models import Bill, Payment
from careloop.billing.services import BillItem
from careloop.core.actor import Actor
from careloop.core.errors import Conflict, DomainError, PermissionRefused, TransitionRefused
from careloop.core.models import Event
from careloop.staff.actors import actor_for
from tests.factories import T0, CustomerFactory, client_of, user_with

pytestmark = pytest.mark.django_db
DESK = Actor(None, None, "邵明禾", frozenset({"billing.issue_bill", "billing.receive_payment"}), None)
MANAGER = replace(DESK, permissions=DESK.permissions | {"billing.approve_credit"})
LABOUR = BillItem(
    "labour", "检查", Decimal("1.5"), Decimal("120.33"), rules.line_amount(Decimal("1.5"), Decimal("120.33"))
)
OIL = BillItem("material", "机油", Decimal(4), Decimal("0.10"), Decimal("0.40"))
FREE = BillItem("material", "总成", Decimal(1), Decimal("2130"), Decimal("2130.00"), payer="warranty")


def issue(order: str = "WX-1", **changes: Any) -> Bill:
    customer = CustomerFactory()
    return services.issue_bill(**{
        "order_number": order, "customer_id": customer.pk, "station_id": customer.station_id,
        "lines": [LABOUR, OIL, FREE], "actor": DESK, "at": T0, **changes})  # fmt: skip


@pytest.mark.parametrize(
    ("quantity", "price", "amount"),
    [("1.5", "120.33", "180.50"), ("3", "33.335", "100.01"), ("0.01", "0.50", "0.01"), ("0.01", "0.49", "0.00")],
)
def test_amounts_are_rounded_half_up_to_fen(quantity: str, price: str, amount: str) -> None:
    assert rules.line_amount(Decimal(quantity), Decimal(price)) == Decimal(amount)


def test_labour_material_and_what_others_bear_stand_apart() -> None:
    bill = issue(discount=Decimal("10"), rounding=Decimal("-0.90"))

    assert (bill.labour_amount, bill.material_amount, bill.free_amount, bill.total_amount) == (
        Decimal("180.50"), Decimal("0.40"), Decimal("2130.00"), Decimal("170.00"))  # fmt: skip
    assert (bill.state, bill.number, queries.yuan(bill.free_amount)) == ("issued", "JS-261119-001", "¥2\u202f130.00")


def test_one_valid_bill_per_order_and_numbers_follow_each_other() -> None:
    first = issue()
    with pytest.raises(Conflict):
        issue()
    services.void_bill(first.pk, actor=DESK, at=T0, reason="抬头错")

    assert [bill.number for bill in (issue(), issue("WX-2"))] == ["JS-261119-002", "JS-261119-003"]
    assert Bill.objects.get(pk=first.pk).number == "JS-261119-001"


def test_payments_add_up_and_are_taken_back_by_a_counter_entry() -> None:
    bill = issue()
    part = services.record_payment(bill.pk, amount=Decimal("80.50"), method="cash", actor=DESK, at=T0)
    assert Bill.objects.get().state == "partly_paid"
    services.record_payment(bill.pk, amount=Decimal("100.40"), method="wechat", actor=DESK, at=T0)
    assert Bill.objects.get().state == "paid"
    for amount in ("0.01", "0", "-5"):
        with pytest.raises(DomainError):
            services.record_payment(bill.pk, amount=Decimal(amount), method="cash", actor=DESK, at=T0)

    services.reverse_payment(part.pk, actor=DESK, at=T0, reason="收错")
    with pytest.raises(Conflict):
        services.reverse_payment(part.pk, actor=DESK, at=T0, reason="再来")
    bill = Bill.objects.get()
    assert (bill.state, bill.paid_amount, queries.paid_sum(bill)) == (
        "partly_paid",
        Decimal("100.40"),
        Decimal("100.40"),
    )
    assert Payment.objects.count() == 3
    with pytest.raises(TransitionRefused):
        services.void_bill(bill.pk, actor=DESK, at=T0, reason="x")


def test_a_credit_note_takes_back_bill_and_money() -> None:
    bill = issue()
    services.record_payment(bill.pk, amount=bill.total_amount, method="card", actor=DESK, at=T0)

    note = services.credit_bill(bill.pk, actor=DESK, at=T0, reason="退货")

    bill.refresh_from_db()
    assert (bill.state, note.number, note.total_amount, note.lines.count()) == (
        "credited", "HC-261119-001", bill.total_amount, 3)  # fmt: skip
    assert queries.paid_sum(bill) == 0
    assert issue().number == "JS-261119-002"


def test_only_a_manager_notes_and_ends_a_dispute() -> None:
    bill = issue()
    with pytest.raises(PermissionRefused):
        services.dispute_bill(bill.pk, amount=bill.total_amount, actor=DESK, at=T0, reason="价高")
    services.dispute_bill(bill.pk, amount=bill.total_amount, actor=MANAGER, at=T0, reason="价高")
    assert Bill.objects.get().disputed_amount == bill.total_amount
    services.settle_dispute(bill.pk, actor=MANAGER, at=T0, reason="已解释")
    assert (Bill.objects.get().state, Bill.objects.get().disputed_amount) == ("issued", 0)


@pytest.mark.parametrize(
    "change",
    [
        {"total_amount": Decimal("180.91")}, {"labour_amount": Decimal("-1")}, {"rounding_amount": Decimal("0.01")},
        {"paid_amount": Decimal("181")}, {"state": "paid"}, {"state": "void", "paid_amount": Decimal("1")},
        {"state": "nonsense"}, {"issued_at": None}, {"disputed_amount": Decimal("181")}, {"kind": "nonsense"},
    ],
    ids=lambda change: ",".join(change),
)  # fmt: skip
def test_impossible_bills_are_refused_by_the_database(change: dict[str, Any]) -> None:
    bill = issue()

    with pytest.raises(IntegrityError), transaction.atomic():
        Bill.objects.filter(pk=bill.pk).update(**change)


def test_impossible_lines_and_payments_are_refused_by_the_database() -> None:
    bill = issue()
    wrong = (
        lambda: bill.lines.update(amount=Decimal("-1")), lambda: bill.lines.update(quantity=0),
        lambda: bill.lines.update(kind="x"), lambda: bill.lines.update(payer="x"),
        lambda: Payment.objects.create(bill=bill, amount=0, method="cash", received_at=T0),
        lambda: Payment.objects.create(bill=bill, amount=1, method="barter", received_at=T0),
    )  # fmt: skip
    for write in wrong:
        with pytest.raises(IntegrityError), transaction.atomic():
            write()


def test_the_pages_show_bills_of_the_own_station_and_take_payments_back() -> None:
    bill = issue()
    payment = services.record_payment(bill.pk, amount=Decimal("80.50"), method="cash", actor=DESK, at=T0)
    rights = ("billing.view_bill", "billing.receive_payment")
    desk = client_of(user_with(*rights, stations=[bill.station]))
    stranger = client_of(user_with(*rights, stations=[]))

    assert bill.number in desk.get("/bills/").content.decode()
    assert bill.number not in stranger.get("/bills/").content.decode()
    assert stranger.get(f"/bills/{bill.number}/").status_code == 404
    url = f"/bills/{bill.number}/payments/{payment.pk}/reverse/"
    assert desk.post(url, {"reason": ""}).status_code == 422
    assert desk.post(url, {"reason": "收错"}).status_code == 302
    assert Bill.objects.get().paid_amount == 0
    assert desk.get(f"/bills/{bill.number}/").status_code == 200
    assert bill.due_on == dt.date(2026, 11, 19)


def test_what_is_lost_is_written_off_by_somebody_else_with_a_reason_and_later_money_is_still_taken() -> None:
    issuer, manager = (
        user_with("billing.view_bill", "billing.issue_bill", "billing.receive_payment", "billing.approve_credit")
        for _n in range(2)
    )
    bill = issue(actor=actor_for(issuer))
    services.record_payment(bill.pk, amount=Decimal("80"), method="cash", actor=DESK, at=T0)
    url = f"/bills/{bill.number}/write-off/"

    assert client_of(issuer).post(url, {"reason": "自己核销"}).status_code == 422
    assert client_of(manager).post(url, {"reason": ""}).status_code == 422
    with pytest.raises(PermissionRefused):
        services.write_off_bill(bill.pk, actor=DESK, at=T0, reason="x")
    bill.refresh_from_db()
    assert bill.state == "partly_paid"

    assert "核销余款" in client_of(manager).get(f"/bills/{bill.number}/").content.decode()
    assert client_of(manager).post(url, {"reason": "客户破产"}).status_code == 302
    bill.refresh_from_db()
    assert (bill.state, bill.paid_amount, queries.row(bill)["open"]) == ("written_off", 80, "")
    event = Event.objects.get(kind="bill.write_off")
    assert (event.data["reason"], Decimal(event.data["amount"])) == ("客户破产", bill.open_amount)
    with pytest.raises(Conflict):  # the order keeps its bill
        issue(customer_id=bill.customer_id, station_id=bill.station_id)
    services.record_payment(bill.pk, amount=bill.open_amount, method="transfer", actor=DESK, at=T0)
    bill.refresh_from_db()
    assert bill.state == "paid"


def test_a_paid_bill_is_not_written_off() -> None:
    bill = issue()
    services.record_payment(bill.pk, amount=bill.total_amount, method="cash", actor=DESK, at=T0)

    with pytest.raises(TransitionRefused):
        services.write_off_bill(bill.pk, actor=MANAGER, at=T0, reason="x")
    bill.refresh_from_db()
    assert bill.state == "paid"
