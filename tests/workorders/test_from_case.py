"""A service request becomes an order: everything is copied, and the request hears how the order starts and ends."""

import pytest

from careloop.cases import services as cases
from careloop.cases.models import Case
from careloop.workorders import services
from careloop.workorders.models import WorkOrder
from tests.factories import T0, client_of
from tests.workorders.factories import DAY, Shop, make_shop

pytestmark = pytest.mark.django_db


def request_of(shop: Shop) -> Case:
    return cases.accept_case(
        actor=shop.actor("desk"), at=T0, station_id=shop.station.pk, customer_id=shop.asset.customer_id,
        contact_id=shop.contact.pk, asset_id=shop.asset.pk, channel="phone", kind="fault", charge_kind="paid",
        urgency="reduced", title="差速器异响", verbatim="过坎时后面响", symptom="金属响声", place="路上", circumstances="低速过减速带", meter=62000,
    )  # fmt: skip


def test_the_reception_page_copies_the_request_and_the_request_follows_the_order() -> None:
    shop = make_shop()
    case = request_of(shop)
    adviser = client_of(shop.users["adviser"])
    url = f"/work-orders/new/?case={case.number}"

    page = adviser.get(url).content.decode()
    assert "过坎时后面响" in page and case.number in page and shop.contact.name in page
    form = {**shop.intake(), "contact": shop.contact.pk, "case": case.number, "walk_in_reason": "报修后到店",
            "is_identified": "on"}  # fmt: skip
    assert adviser.post(url, form).status_code == 302
    order = WorkOrder.objects.get()
    case.refresh_from_db()
    assert (order.case_id, order.asset_id, case.state, case.open_child_count) == (
        case.pk,
        shop.asset.pk,
        "converted",
        1,
    )

    shop.at = order.received_at
    shop.line(order)
    shop.estimate(order)
    shop.consent(order)
    shop.assign(order)
    shop.finish(order)
    shop.inspect(order)
    shop.settle(order)
    shop.pay(order)
    shop.deliver(order)
    case.refresh_from_db()
    assert (case.open_child_count, case.finished_child_count) == (0, 1)
    services.undo_delivery(order.pk, actor=shop.actor("adviser"), at=shop.at)
    case.refresh_from_db()
    assert (case.open_child_count, case.finished_child_count) == (1, 0)
    shop.deliver(order)
    case.refresh_from_db()
    assert (case.open_child_count, case.finished_child_count) == (0, 1)


def test_a_cancelled_appointment_gives_the_request_back() -> None:
    shop = make_shop()
    case = request_of(shop)
    order = shop.book(T0 + DAY, case_number=case.number)

    services.cancel_order(order.pk, reason="客户不来了", actor=shop.actor("desk"), at=T0)

    case.refresh_from_db()
    assert (case.state, case.open_child_count, case.finished_child_count) == ("accepted", 0, 0)
