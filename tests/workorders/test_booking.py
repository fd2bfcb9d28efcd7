"""Step 1: slots, parts put aside, moving, reminder, missed appointments, cancelling (R60)."""

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest

from careloop.core.errors import DomainError, TransitionRefused
from careloop.core.models import Event
from careloop.customers.models import ContactChannel
from careloop.inventory import services as inventory
from careloop.inventory.models import Stock
from careloop.inventory.queries import held_for
from careloop.workorders import jobs, services
from careloop.workorders.models import WorkOrder
from careloop.workorders.rules import Taken, adviser_is_free, free_bays
from tests.factories import T0, client_of
from tests.workorders.factories import DAY, HOUR, MINUTE, api, make_shop, other_vehicle

pytestmark = pytest.mark.django_db
TOMORROW_10 = T0 + DAY


def kinds(order: WorkOrder) -> list[str]:
    return list(
        Event.objects.filter(subject_type="workorder", subject_id=order.pk)
        .order_by("pk")
        .values_list("kind", flat=True)
    )


@pytest.mark.parametrize(
    ("taken", "free"),
    [
        ([], 2),
        ([Taken(T0, 60, 1)], 1),
        ([Taken(T0, 60, 1), Taken(T0 + 30 * MINUTE, 60, 2)], 0),
        ([Taken(T0 - HOUR, 60, 1), Taken(T0 + HOUR, 60, 1)], 2),  # touching is not overlapping
        ([Taken(T0, 30, 1), Taken(T0 + 30 * MINUTE, 30, 2)], 1),  # one after the other in one bay
    ],
)
def test_free_bays_are_those_not_taken_at_the_busiest_moment(taken: list[Taken], free: int) -> None:
    assert free_bays(T0, 60, taken, 2) == free


def test_an_adviser_receives_one_customer_a_quarter_of_an_hour() -> None:
    taken = [Taken(T0, 60, 7)]

    assert [adviser_is_free(T0 + n * MINUTE, 7, taken) for n in (0, 14, 15, -15)] == [False, False, True, True]
    assert adviser_is_free(T0, 8, taken)


def test_a_booking_has_its_slot_stamp_number_and_event() -> None:
    shop = make_shop()

    order = shop.book(TOMORROW_10, adviser_id=shop.person("adviser"))

    assert (order.number, order.state) == ("WX-261119-001", "booked")
    stamp = order.stamps.get()
    assert (stamp.step, stamp.done_at, stamp.person_id) == ("appointment", T0, shop.person("desk"))
    assert kinds(order) == ["workorder.book"]


def test_the_last_bay_is_given_once_and_moving_frees_the_old_slot() -> None:
    shop = make_shop()
    shop.station.bays = 1
    shop.station.save()
    first = shop.book(TOMORROW_10)
    second = other_vehicle(shop)

    with pytest.raises(DomainError) as refused:
        second.book(TOMORROW_10 + 30 * MINUTE)
    assert refused.value.field == "booked_for"
    assert WorkOrder.objects.count() == 1

    services.move_order(
        first.pk, booked_for=TOMORROW_10 + 3 * HOUR, reason="客户下午才有空", actor=shop.actor("desk"), at=T0
    )
    assert second.book(TOMORROW_10 + 30 * MINUTE).state == "booked"


@pytest.mark.parametrize(
    ("when", "field"),
    [
        (T0 - HOUR, "booked_for"),
        (T0 + 2 * DAY, "booked_for"),  # Saturday
        (dt.datetime(2026, 11, 20, 12, 0, tzinfo=dt.UTC), "booked_for"),  # 20:00 in Shanghai
    ],
)
def test_slots_in_the_past_and_outside_working_time_are_refused(when: dt.datetime, field: str) -> None:
    shop = make_shop()

    with pytest.raises(DomainError) as refused:
        shop.book(when)

    assert refused.value.field == field
    assert not WorkOrder.objects.exists()


def test_an_adviser_is_not_booked_twice_at_the_same_time() -> None:
    shop = make_shop()
    shop.book(TOMORROW_10, adviser_id=shop.person("adviser"))

    with pytest.raises(DomainError) as refused:
        other_vehicle(shop).book(TOMORROW_10 + 10 * MINUTE, adviser_id=shop.person("adviser"))

    assert refused.value.field == "adviser"


def test_no_order_is_booked_without_a_verified_number() -> None:
    shop = make_shop()
    ContactChannel.objects.update(verified_at=None)

    with pytest.raises(TransitionRefused):
        shop.book(TOMORROW_10)
    assert not WorkOrder.objects.exists()

    channel = ContactChannel.objects.get()
    assert shop.book(TOMORROW_10, verify_channel_id=channel.pk).state == "booked"


def test_a_reminder_is_noted_once() -> None:
    shop = make_shop()
    order = shop.book(T0 + 5 * DAY)
    assert order.reminded_at is None

    services.remind_customer(order.pk, channel="phone", actor=shop.actor("desk"), at=T0 + 3 * DAY)
    with pytest.raises(TransitionRefused):
        services.remind_customer(order.pk, channel="sms", actor=shop.actor("desk"), at=T0 + 3 * DAY)

    assert kinds(order).count("workorder.remind") == 1


def test_whoever_does_not_come_within_half_an_hour_is_marked_and_can_be_rebooked_or_cancelled() -> None:
    shop = make_shop()
    reminded, forgotten = shop.book(TOMORROW_10), other_vehicle(shop).book(T0 + 5 * DAY)
    late = max(reminded.booked_for, forgotten.booked_for) + 31 * MINUTE

    assert jobs.mark_missed(now=reminded.booked_for + 29 * MINUTE) == 0
    assert jobs.mark_missed(now=late) == 1  # the other customer was never reminded: that is no missed appointment
    assert jobs.mark_missed(now=late) == 0
    reminded.refresh_from_db()
    forgotten.refresh_from_db()
    assert (reminded.state, reminded.missed_count, forgotten.state) == ("no_show", 1, "booked")

    moved = services.move_order(
        reminded.pk, booked_for=T0 + 6 * DAY, reason="临时有事", actor=shop.actor("desk"), at=late
    )
    assert moved.state == "booked"


def test_the_shop_cancels_only_with_another_offer() -> None:
    shop = make_shop()
    order = shop.book(TOMORROW_10)

    with pytest.raises(DomainError) as refused:
        services.cancel_order(order.pk, by="shop", reason="停电", actor=shop.actor("desk"), at=T0)
    assert refused.value.field == "new_offer"
    order.refresh_from_db()
    assert order.state == "booked"

    done = services.cancel_order(
        order.pk, by="shop", reason="停电", new_offer="周五上午优先", actor=shop.actor("desk"), at=T0
    )
    assert done.state == "cancelled"


def test_the_booking_page_offers_free_times_and_books() -> None:
    shop = make_shop()
    client = client_of(shop.users["desk"])
    url = f"/work-orders/book/?asset={shop.asset.code}"
    day = (dt.date.today() + dt.timedelta(days=(7 - dt.date.today().weekday()) + 7)).isoformat()  # a Monday

    slots = client.get("/work-orders/slots/", {"station": shop.station.pk, "day": day, "booked_minutes": 60})
    assert f"{day}T09:00" in slots.content.decode()
    empty = client.post(url, {"contact": shop.contact.pk})
    assert (empty.status_code, WorkOrder.objects.count()) == (422, 0)
    data = {"booked_for": f"{day}T09:00", "booked_minutes": "60", "work_class": "small", "wanted": "二级维护",
            "contact": shop.contact.pk, "station": shop.station.pk}  # fmt: skip
    response = client.post(url, data)

    order = WorkOrder.objects.get()
    assert (response.status_code, response.url) == (302, f"/work-orders/{order.number}/")
    assert order.booked_for.astimezone(dt.timezone(dt.timedelta(hours=8))).strftime("%H:%M") == "09:00"


def monday() -> str:
    """A Monday after next, as the form takes a day."""
    return (dt.date.today() + dt.timedelta(days=14 - dt.date.today().weekday())).isoformat()


@pytest.mark.req("R60")
def test_the_last_part_is_put_aside_once_the_reminder_goes_once_and_who_did_not_come_is_rebooked_or_cancelled() -> None:
    shop, day = make_shop(), monday()
    desk, program = client_of(shop.users["desk"]), api(shop, "desk")
    inventory.count_stock(
        number="DF-75W", name="差速器油", on_hand=Decimal(1), station_id=shop.station.pk, actor=shop.actor("parts"),
        at=T0,
    )  # fmt: skip

    def form(at: Any, hour: str) -> dict[str, Any]:
        return {"booked_for": f"{day}T{hour}", "booked_minutes": "60", "work_class": "small", "wanted": "换差速器油",
                "contact": at.contact.pk, "station": shop.station.pk, "adviser": shop.person("adviser"),
                "parts": "df-75w 1"}  # fmt: skip

    assert desk.post(f"/work-orders/book/?asset={shop.asset.code}", form(shop, "09:00")).status_code == 302
    first = WorkOrder.objects.get()
    page = desk.get(f"/work-orders/{first.number}/").content.decode()
    assert "DF-75W 差速器油 × 1" in page and "邵明禾" in page and "换差速器油" in page

    # the second customer wants the same last part: warned before anything is confirmed, by page and by API
    second = other_vehicle(shop)
    url = f"/work-orders/book/?asset={second.asset.code}"
    warned = desk.post(url, form(second, "10:00"))
    assert (warned.status_code, WorkOrder.objects.count()) == (422, 1)
    assert "DF-75W 差速器油：需要 1，可用 0" in warned.content.decode()
    sent = {**form(second, "10:00"), "booked_for": f"{day}T10:00:00+08:00", "kind": "book",
            "machine": second.asset.code, "parts": [{"number": "DF-75W", "quantity": "1"}]}  # fmt: skip
    refused = program.post("/work-orders", sent)
    assert (refused.status_code, refused.json()["type"]) == (422, "urn:careloop:shortage")
    assert WorkOrder.objects.count() == 1
    assert desk.post(url, {**form(second, "10:00"), "accept_shortage": "on"}).status_code == 302
    short = WorkOrder.objects.latest("pk")
    assert [(row.held, row.missing) for row in held_for(short.number)] == [(0, 1)]

    # reminded once
    for order in (first, short):
        assert desk.post(f"/work-orders/{order.number}/do/remind/", {"channel": "phone"}).status_code == 302
        assert desk.post(f"/work-orders/{order.number}/do/remind/", {"channel": "sms"}).status_code == 409
        assert program.post(f"/work-orders/{order.number}/transitions/remind", {"channel": "sms"}).status_code == 409
        assert kinds(order).count("workorder.remind") == 1

    # nobody comes: recorded, then one is booked again and keeps his part, the other gives up and frees his
    assert jobs.mark_missed(now=short.booked_for + 31 * MINUTE) == 2
    assert [WorkOrder.objects.get(pk=order.pk).state for order in (first, short)] == ["no_show", "no_show"]
    moved = {"booked_for": f"{day}T14:00", "reason": "客户忘了"}
    assert desk.post(f"/work-orders/{short.number}/do/move/", moved).status_code == 302
    assert (
        desk.post(f"/work-orders/{first.number}/do/cancel/", {"by": "customer", "reason": "不来了"}).status_code == 302
    )
    assert [WorkOrder.objects.get(pk=order.pk).state for order in (first, short)] == ["cancelled", "booked"]
    assert (held_for(first.number), [row.missing for row in held_for(short.number)]) == ([], [1])
    assert Stock.objects.get().held == 0


@pytest.mark.parametrize("line", ["DF-75W x", "DF-75W -1", "DF-75W 0", "9 NaN", "UNKNOWN 1"])
def test_a_part_that_cannot_be_read_or_does_not_exist_books_nothing(line: str) -> None:
    shop = make_shop()
    data = {"booked_for": f"{monday()}T09:00", "booked_minutes": "60", "work_class": "small", "wanted": "换油",
            "contact": shop.contact.pk, "station": shop.station.pk, "parts": line}  # fmt: skip

    response = client_of(shop.users["desk"]).post(f"/work-orders/book/?asset={shop.asset.code}", data)

    assert (response.status_code, WorkOrder.objects.count()) == (422, 0)
    assert line.split()[0] in response.content.decode()


def test_fitted_parts_leave_the_shelf_at_the_hand_over() -> None:
    shop = make_shop()
    inventory.count_stock(
        number="DF-75W", name="差速器油", on_hand=Decimal(5), station_id=shop.station.pk, actor=shop.actor("parts"),
        at=T0,
    )  # fmt: skip
    order = shop.book(TOMORROW_10, parts=[{"number": "DF-75W", "quantity": "2"}])
    assert (Stock.objects.get().on_hand, Stock.objects.get().held) == (5, 2)
    shop.at = order.booked_for
    services.receive_order(order.pk, **shop.intake(), actor=shop.actor("adviser"), at=shop.later())
    shop.material(order)
    for step in (shop.estimate, shop.consent, shop.assign, shop.finish, shop.inspect, shop.settle, shop.pay):
        step(order)
    shop.deliver(order)

    assert (Stock.objects.get().on_hand, Stock.objects.get().held) == (3, 0)
    services.undo_delivery(order.pk, actor=shop.actor("adviser"), at=shop.at + MINUTE)
    assert (Stock.objects.get().on_hand, Stock.objects.get().held) == (5, 2)
