"""Step 2: what is taken down, what is missing, who may be received (R35, R61)."""

import datetime as dt
from decimal import Decimal

import pytest
import time_machine

from careloop.assets.models import Asset
from careloop.core.errors import DomainError, TransitionRefused
from careloop.core.models import Event, StoredFile
from careloop.customers.models import ContactChannel
from careloop.workorders import services
from careloop.workorders.models import WorkOrder
from careloop.workorders.queries import report
from tests.factories import T0, client_of
from tests.workorders.factories import DAY, HOUR, PHOTO, SIGNATURE, data_url, make_shop, other_vehicle, picture

pytestmark = pytest.mark.django_db


def test_a_walk_in_is_received_with_everything_that_was_taken_down() -> None:
    shop = make_shop()

    order = shop.walk_in(damage=[{"place": "右后", "note": "划痕"}], photos=[PHOTO], valuables="无")

    order.refresh_from_db()
    assert (order.state, order.mileage_in, order.fuel) == ("received", 62418, 4)
    assert [(s.step, s.is_skipped, s.skipped_reason) for s in order.stamps.order_by("pk")] == [
        ("appointment", True, "路过"),
        ("reception", False, ""),
    ]
    purposes = StoredFile.objects.filter(subject_type="workorder", subject_id=order.pk).values_list(
        "purpose", flat=True
    )
    assert sorted(purposes) == ["damage", "reception"]
    assert order.reception_signature is not None
    assert Asset.objects.get(pk=shop.asset.pk).meter == Decimal("62418.0")
    received = Event.objects.get(kind="workorder.receive")
    assert (received.text, received.data["walk_in_reason"]) == ("过坎时后面有金属响声", "路过")


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"customer_words": " "}, "customer_words"),
        ({"signature": ""}, "signature"),
        ({"signature": data_url(picture("white", line=False))}, "signature"),
        ({"signature": "data:image/png;base64,AAAA"}, "signature"),
        ({"is_identified": False}, "is_identified"),
        ({"mileage": None}, "mileage"),
        ({"fuel": None}, "fuel"),
        ({"valuables": ""}, "valuables"),
        ({"fuel": 9}, "fuel"),
        ({"fuel": -1}, "fuel"),
        ({"mileage": -1}, "mileage"),
        ({"mileage": 10_000_000}, "mileage"),
        ({"announced_fee": Decimal("-1")}, "announced_fee"),
        ({"damage": [{"place": "右后"}]}, "photos"),
        ({"reception_kind": "sent_in"}, "packing"),
        ({"walk_in_reason": ""}, "walk_in_reason"),
        ({"arrived_at": T0 + DAY}, "arrived_at"),
        ({"photos": ["data:image/png;base64,AAAA"]}, "photos"),
    ],
)
def test_what_is_missing_is_named_and_nothing_is_kept(change: dict[str, object], field: str) -> None:
    shop = make_shop()

    with pytest.raises(DomainError) as refused:
        shop.walk_in(**change)

    assert field in (refused.value.field, *refused.value.details)
    assert not WorkOrder.objects.exists()
    assert not Event.objects.filter(kind="workorder.receive").exists()


@pytest.mark.req("R35")
def test_no_order_without_a_verified_contact_no_settlement_without_one_no_delivery_without_data() -> None:
    shop = make_shop()
    ContactChannel.objects.update(verified_at=None)
    client = client_of(shop.users["adviser"])
    url = f"/work-orders/new/?asset={shop.asset.code}"
    form = {**shop.intake(), "contact": shop.contact.pk, "walk_in_reason": "路过", "is_identified": "on"}

    refused = client.post(url, form)
    assert (refused.status_code, WorkOrder.objects.count()) == (422, 0)
    assert "核实" in refused.content.decode()

    # verified in the same form, with one choice
    assert client.post(url, {**form, "verify_channel": ContactChannel.objects.get().pk}).status_code == 302
    order = WorkOrder.objects.get()
    shop.at = order.received_at
    shop.line(order)
    shop.material(order)
    shop.estimate(order)
    shop.consent(order)
    shop.assign(order)
    shop.finish(order)
    shop.inspect(order)
    ContactChannel.objects.update(verified_at=None)
    settle = f"/work-orders/{order.number}/settle/"

    blocked = client.post(settle, {"next_service_on": "2027-05-19"})
    order.refresh_from_db()
    assert (blocked.status_code, order.state) == (409, "to_settle")
    page = client.get(f"/work-orders/{order.number}/").content.decode()
    assert f"/work-orders/{order.number}/verify/" in page  # “verify now” stands beside the refusal

    assert client.post(f"/work-orders/{order.number}/verify/").status_code == 302
    assert client.post(settle, {"next_service_on": "2027-05-19"}).status_code == 302
    shop.pay(order)
    WorkOrder.objects.filter(pk=order.pk).update(mileage_in=None)
    deliver = f"/work-orders/{order.number}/deliver/"
    form = {"delivered_to": "王伟", "is_explained": "on", "signature": SIGNATURE}
    without = client.post(deliver, form)
    order.refresh_from_db()
    assert (without.status_code, order.state) == (409, "ready")
    WorkOrder.objects.filter(pk=order.pk).update(mileage_in=62418)
    order.lines.all().update(consent="withdrawn", consented_version=None, done_at=None)
    assert client.post(deliver, form).status_code == 409
    order.lines.all().update(consent="consented", consented_version=1)
    parts = order.lines.filter(kind="material")
    parts.update(old_part="")
    assert client.post(deliver, form).status_code == 409
    parts.update(old_part="returned")
    assert client.post(deliver, form).status_code == 302

    # a reception entered an hour later than one day lowers the reported share of records entered within one day
    late = other_vehicle(shop)
    late.at = dt.datetime.now(dt.UTC)
    late.walk_in(arrived_at=late.at - DAY - HOUR)
    other_vehicle(shop).walk_in(arrived_at=late.at - DAY + HOUR)
    all_records = Event.objects.filter(kind__startswith="workorder.").count()
    share = report.entered_in_time(shop.actor("manager"), since=late.at - 3 * DAY, until=late.at + DAY)
    assert (share.N - share.n, share.N) == (1, all_records)
    with time_machine.travel(late.at + DAY):
        page = client_of(shop.users["manager"]).get("/work-orders/steps/").content.decode()
    assert "一天内录入" in page and f"{100 * (all_records - 1) / all_records:.1f}" in page


def test_a_reading_below_the_last_one_needs_a_reason() -> None:
    shop = make_shop()
    shop.walk_in()

    with pytest.raises(DomainError) as refused:
        shop.walk_in(mileage=10)
    assert (refused.value.field, WorkOrder.objects.count()) == ("mileage", 1)
    assert shop.walk_in(mileage=10, mileage_reason="换过仪表").mileage_in == 10


def test_an_appointment_is_received_and_its_delay_is_kept() -> None:
    shop = make_shop()
    order = shop.book(T0 + DAY)

    services.receive_order(order.pk, **shop.intake(), actor=shop.actor("adviser"), at=T0 + DAY + HOUR)

    order.refresh_from_db()
    assert (order.state, order.walk_in_reason) == ("received", "")
    assert Event.objects.get(kind="workorder.receive").data["late_minutes"] == 60


def test_the_customer_takes_it_back_before_any_order_and_pays_nothing() -> None:
    shop = make_shop()
    order = shop.walk_in()

    services.take_back_order(order.pk, reason="临时有事", actor=shop.actor("adviser"), at=shop.later())
    shop.deliver(order, is_explained=False)

    order.refresh_from_db()
    assert (order.state, order.outcome, order.bill_id) == ("delivered", "taken_back", None)
    assert [s.step for s in order.stamps.filter(is_skipped=True).order_by("pk")] == [
        "appointment",
        "repair",
        "inspection",
    ]


def test_a_machine_of_another_customer_or_station_is_refused() -> None:
    shop = make_shop()
    other = other_vehicle(shop)

    with pytest.raises(DomainError) as refused:
        services.receive_walk_in(
            station_id=shop.station.pk, customer_id=shop.asset.customer_id, contact_id=shop.contact.pk,
            asset_id=other.asset.pk, walk_in_reason="路过", **shop.intake(), actor=shop.actor("adviser"), at=T0,
        )  # fmt: skip

    assert refused.value.field == "asset"
    with pytest.raises(TransitionRefused):
        services.take_back_order(shop.brought_to("in_repair").pk, reason="x", actor=shop.actor("adviser"), at=shop.at)
