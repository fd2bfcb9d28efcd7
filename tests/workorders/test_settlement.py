"""Step 5: the bill within the consent, payment, delivery, its undoing, the return under guarantee (R64)."""

import datetime as dt
import re
import threading
from decimal import Decimal

import pytest
import time_machine
from django.db import connection

from careloop.billing.models import Bill, Payment
from careloop.core.errors import Conflict, DomainError, TransitionRefused
from careloop.core.models import Event
from careloop.workorders import services
from careloop.workorders.models import WorkOrder
from careloop.workorders.queries import served_by, service_summary
from tests.factories import client_of
from tests.workorders.factories import DAY, MINUTE, SIGNATURE, make_shop

pytestmark = pytest.mark.django_db


def fresh(order: WorkOrder) -> WorkOrder:
    return WorkOrder.objects.get(pk=order.pk)


@pytest.mark.req("R64")
def test_the_bill_keeps_labour_and_material_apart_carries_guarantee_and_next_service_and_stays_within_consent() -> None:
    shop = make_shop()
    order = shop.brought_to("to_settle")
    adviser = client_of(shop.users["adviser"])
    url = f"/work-orders/{order.number}"
    data = {"next_service_on": "2027-05-19", "next_service_meter": "67000"}

    with time_machine.travel(shop.later(), tick=False):
        refused = adviser.post(f"{url}/settle/", {**data, "tax": "0.01"})  # above the consented 340.00
        assert (refused.status_code, Bill.objects.count(), fresh(order).state) == (422, 0, "to_settle")
        assert adviser.post(f"{url}/settle/", data).status_code == 302

    order = fresh(order)
    bill = order.bill
    assert (bill.number[-4:], bill.labour_amount, bill.material_amount, bill.total_amount) == (
        "-001", Decimal("180.00"), Decimal("160.00"), Decimal("340.00"))  # fmt: skip
    assert [(line.name, line.old_part) for line in bill.lines.all()] == [
        ("差速器异响检查", ""),
        ("差速器油", "returned"),
    ]
    page = adviser.get(f"{url}/papers/settlement/").content.decode()
    pairs = dict(re.findall(r"<dt>(.*?)</dt><dd>(.*?)</dd>", page))
    assert {
        label: pairs[label] for label in ("工时费", "材料费", "应付合计", "旧件", "维修质量保证期", "下次保养")
    } == {
        "工时费": "¥180.00",
        "材料费": "¥160.00",
        "应付合计": "¥340.00",
        "旧件": "差速器油: 已交还客户",
        "维修质量保证期": "至2026年11月29日，或出厂后 2\u202f000 km，以先到者为准",
        "下次保养": "2027年5月19日 / 67\u202f000 km",
    }
    tables = {title: re.findall(r"<td[^>]*>(.*?)</td>", body)
              for title, body in re.findall(r"<h2>([^<]*)</h2><div[^>]*><table>(.*?)</table>", page)}  # fmt: skip
    assert [(title, cells[0]) for title, cells in tables.items()] == [
        ("工时费", "差速器异响检查"), ("材料费", "差速器油")]  # fmt: skip
    pdf = adviser.get(f"{url}/papers/settlement.pdf")
    assert pdf.content[:5] == b"%PDF-"
    shop.pay(order)
    shop.at += 2 * DAY
    shop.deliver(order)
    order = fresh(order)
    assert order.repair_until == order.local_date(order.delivered_at) + dt.timedelta(days=10) == dt.date(2026, 12, 1)
    assert order.repair_km == 2000


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"next_service_on": None}, "next_service_on"),
        ({"next_service_on": dt.date(2020, 1, 1)}, "next_service_on"),
        ({"next_service_meter": 100}, "next_service_meter"),
        ({"guarantee_days": 9}, "guarantee_days"),
        ({"guarantee_km": 1999}, "guarantee_km"),
        ({"discount": Decimal("340.01")}, "discount_amount"),
        ({"rounding": Decimal("0.01"), "discount": Decimal("1")}, "rounding_amount"),
        ({"rounding": Decimal("-10")}, "rounding_amount"),
    ],
)
def test_a_settlement_that_promises_less_or_adds_up_wrongly_is_refused(change: dict[str, object], field: str) -> None:
    shop = make_shop()
    order = shop.brought_to("to_settle")

    with pytest.raises(DomainError) as refused:
        shop.settle(order, **change)

    assert refused.value.field == field
    assert (fresh(order).state, Bill.objects.count()) == ("to_settle", 0)


def test_more_than_the_law_may_be_promised_and_discount_and_rounding_lower_the_bill() -> None:
    shop = make_shop()
    order = shop.brought_to("to_settle")

    shop.settle(order, guarantee_days=30, guarantee_km=5000, discount=Decimal("40"), rounding=Decimal("-0.40"))

    order = fresh(order)
    assert (order.repair_km, order.repair_until) == (5000, order.local_date(shop.at) + dt.timedelta(days=30))
    assert (order.billed_amount, order.bill.discount_amount) == (Decimal("299.60"), Decimal("40.00"))


def test_a_void_settlement_keeps_its_number_and_the_next_one_follows_without_gap() -> None:
    shop = make_shop()
    order = shop.brought_to("ready")
    first = order.bill

    services.unsettle_order(order.pk, reason="折扣漏填", actor=shop.actor("adviser"), at=shop.later())
    shop.settle(order, discount=Decimal("10"))

    first.refresh_from_db()
    assert (first.state, first.number[-3:], fresh(order).bill.number[-3:]) == ("void", "001", "002")
    services.pay_order(order.pk, amount=Decimal("330"), method="cash", actor=shop.actor("adviser"), at=shop.later())
    with pytest.raises(TransitionRefused):
        services.unsettle_order(order.pk, reason="x", actor=shop.actor("adviser"), at=shop.later())


@pytest.mark.concurrency
@pytest.mark.django_db(transaction=True)
def test_two_people_settle_the_same_order_one_wins_and_the_other_is_told() -> None:
    shop = make_shop()
    order = shop.brought_to("to_settle")
    actors = [shop.actor("adviser"), shop.actor("manager")]
    gate, said = threading.Barrier(2), []

    def settle(actor: object) -> None:
        try:
            gate.wait()
            services.settle_order(order.pk, next_service_on=dt.date(2027, 5, 19), actor=actor, at=shop.at)  # type: ignore[arg-type]  # reason: a fixture or a helper typed as object
            said.append("settled")
        except Conflict as error:
            said.append(str(error.message))
        finally:
            connection.close()

    threads = [threading.Thread(target=settle, args=(actor,)) for actor in actors]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    order = fresh(order)
    assert Bill.objects.count() == 1
    assert sorted(said) == sorted(["settled", next(words for words in said if words != "settled")])
    other = next(words for words in said if words != "settled")
    assert order.bill.number in other and order.bill.issued_by.name in other
    assert Event.objects.filter(kind="workorder.settle").count() == 1


def test_delivery_needs_payment_or_credit_or_a_noted_dispute() -> None:
    shop = make_shop()
    order = shop.brought_to("ready")

    with pytest.raises(TransitionRefused):
        shop.deliver(order)
    services.pay_order(order.pk, amount=Decimal("300"), method="wechat", actor=shop.actor("adviser"), at=shop.later())
    with pytest.raises(TransitionRefused):
        shop.deliver(order)
    with pytest.raises(DomainError):
        services.pay_order(order.pk, amount=Decimal("41"), method="cash", actor=shop.actor("adviser"), at=shop.at)
    with pytest.raises(DomainError):  # the undisputed part is paid first
        services.dispute_order(
            order.pk, amount=Decimal("30"), reason="油太贵", actor=shop.actor("manager"), at=shop.later()
        )
    services.dispute_order(
        order.pk, amount=Decimal("40"), reason="油太贵", actor=shop.actor("manager"), at=shop.later()
    )
    assert shop.deliver(order).state == "delivered"
    assert fresh(order).bill.state == "disputed"

    customer = order.customer
    customer.credit_tier, customer.payment_days = "B", 30
    customer.save()
    on_account = shop.brought_to("ready", mileage=63000)
    assert shop.deliver(on_account).state == "delivered"
    assert on_account.bill.due_on == on_account.local_date(shop.at) + dt.timedelta(days=30)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"signature": ""}, "signature"),
        ({"delivered_to": ""}, "delivered_to"),
        ({"is_explained": False}, "is_explained"),
    ],
)
def test_an_incomplete_delivery_is_refused(change: dict[str, object], field: str) -> None:
    shop = make_shop()
    order = shop.brought_to("paid")

    with pytest.raises(DomainError) as refused:
        shop.deliver(order, **change)

    assert (refused.value.field, fresh(order).state) == (field, "ready")


def test_a_delivery_is_told_once_and_can_be_undone_for_ten_minutes_by_the_same_person() -> None:
    shop = make_shop()
    order = shop.brought_to("delivered")
    adviser = shop.actor("adviser")
    assert Event.objects.filter(kind="workorder.deliver").count() == 1
    with pytest.raises(TransitionRefused):
        shop.deliver(order)
    with pytest.raises(TransitionRefused):
        services.undo_delivery(order.pk, actor=shop.actor("manager"), at=shop.at)
    with pytest.raises(TransitionRefused):
        services.undo_delivery(order.pk, actor=adviser, at=order.delivered_at + 11 * MINUTE)

    services.undo_delivery(order.pk, actor=adviser, at=order.delivered_at + 9 * MINUTE)

    assert (fresh(order).state, fresh(order).delivered_at) == ("ready", None)
    assert not order.stamps.filter(step="follow_up").exists()
    shop.deliver(order)
    assert order.stamps.get(step="follow_up").done_at is None


def test_a_correction_after_delivery_is_a_credit_note_and_a_lower_bill() -> None:
    shop = make_shop()
    order = shop.brought_to("delivered")
    old = order.bill
    adviser = shop.actor("adviser")

    with pytest.raises(DomainError):
        services.correct_bill(order.pk, discount=Decimal(0), reason="x", actor=adviser, at=shop.later())
    services.correct_bill(order.pk, discount=Decimal("40"), reason="会员价", actor=adviser, at=shop.later())

    old.refresh_from_db()
    new = fresh(order).bill
    note = Bill.objects.get(kind="credit_note")
    assert (old.state, note.replaces_id, new.replaces_id, new.total_amount) == ("credited", old.pk, old.pk, 300)
    assert Payment.objects.filter(bill=old).count() == 2  # the money and its counter-entry
    assert fresh(order).state == "delivered"


def test_what_comes_back_within_the_guarantee_is_a_free_linked_order_with_three_days_for_evidence() -> None:
    shop = make_shop()
    order = shop.brought_to("delivered")
    adviser = shop.actor("adviser")
    back = {**shop.intake(customer_words="又响了"), "mileage": 64418}  # 2 000 km later

    with pytest.raises(DomainError) as far:
        services.come_back(order.pk, **{**back, "mileage": 64419}, actor=adviser, at=order.delivered_at + 10 * DAY)
    assert far.value.field == "mileage"
    with pytest.raises(TransitionRefused):
        services.come_back(order.pk, **back, actor=adviser, at=order.delivered_at + 11 * DAY)
    assert WorkOrder.objects.count() == 1

    at = order.delivered_at + 10 * DAY
    rework = services.come_back(order.pk, **back, actor=adviser, at=at)
    assert (rework.rework_of_id, rework.evidence_due_at, rework.work_class) == (order.pk, at + 3 * DAY, "small")
    assert {(line.payer, line.amount) for line in rework.lines.all()} == {("guarantee", Decimal(0))}
    shop.at = at
    shop.estimate(rework)
    shop.consent(rework)
    assert fresh(rework).consented_amount == 0


def test_the_caller_sees_the_service_and_nobody_who_took_part_is_missing() -> None:
    shop = make_shop()
    order = shop.brought_to("delivered")

    found = service_summary(order)

    assert (found["customer"], found["plate"][:2], found["technicians"], found["inspector"]) == (
        order.customer.name, "苏E", ["周以宁"], "沈清和")  # fmt: skip
    assert ([row["name"] for row in found["items"]], [row["name"] for row in found["parts"]]) == (
        ["差速器异响检查"], ["差速器油"])  # fmt: skip
    assert (found["total"], found["on_time"]) == ("¥340.00", True)
    assert served_by(order) == {shop.person(name) for name in ("adviser", "technician", "inspector", "foreman")}
    assert SIGNATURE not in str(found)
