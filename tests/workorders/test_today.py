"""What the orders ask of each role, with the reason; and what feedback reads and ends."""

import datetime as dt

import pytest

from careloop.core.actor import Actor
from careloop.core.models import Event
from careloop.workorders import services
from careloop.workorders.models import OrderLink
from careloop.workorders.today import due
from tests.factories import T0, client_of
from tests.workorders.factories import DAY, HOUR, make_shop, other_vehicle

pytestmark = pytest.mark.django_db


def actions(shop: object, name: str, now: dt.datetime) -> list[str]:
    return sorted(duty.key.rsplit(":", 1)[1] or duty.what for duty in due(shop.actor(name), now=now))  # type: ignore[attr-defined]  # reason: a fixture or a helper typed as object


def test_each_role_sees_its_own_duties_with_a_reason() -> None:
    shop = make_shop()
    booked = shop.book(T0 + DAY)
    states = ["received", "awaiting_consent", "to_assign", "in_repair", "to_inspect", "to_settle", "paid"]
    for state in states:
        other_vehicle(shop).brought_to(state)
    now = T0 + 4 * HOUR

    keys = actions(shop, "adviser", now)
    assert keys[:4] == ["consent", "deliver", "receive", "settle"] and len(keys) == 5  # and the estimate to make
    assert actions(shop, "technician", now) == ["finish"]
    assert actions(shop, "inspector", now) == ["pass"]
    assert actions(shop, "foreman", now) == ["assign"]
    assert actions(shop, "desk", booked.booked_for - HOUR) == ["receive"]
    assert all(duty.why for name in shop.users for duty in due(shop.actor(name), now=now))
    assert due(Actor.nobody(), now=now) == []


def test_who_worked_on_it_is_not_asked_to_inspect_it() -> None:
    shop = make_shop()
    order = shop.brought_to("to_assign")
    shop.assign(order, "both")
    shop.finish(order, "both")

    assert [d for d in due(shop.actor("both"), now=shop.at) if d.key.endswith(":pass")] == []
    assert [d.key for d in due(shop.actor("inspector"), now=shop.at)] == [f"workorder:{order.number}:pass"]


def test_a_missed_appointment_is_to_be_called_and_a_forgotten_reminder_is_due() -> None:
    shop = make_shop()
    order = shop.book(T0 + 5 * DAY)
    assert actions(shop, "desk", T0 + 4 * DAY - HOUR) == ["remind"]
    services.remind_customer(order.pk, channel="phone", actor=shop.actor("desk"), at=T0 + 4 * DAY)
    services.miss_order(order.pk, actor=Actor.system(), at=T0 + 5 * DAY + HOUR)

    duties = due(shop.actor("desk"), now=T0 + 5 * DAY + 2 * HOUR)

    assert [(duty.key.rsplit(":", 1)[1], duty.view) for duty in duties] == [("move", "calls")]
    assert duties[0].due_at == T0 + 6 * DAY + HOUR


def test_today_asks_one_query(django_assert_num_queries: object) -> None:
    shop = make_shop()
    for _ in range(2):
        other_vehicle(shop).brought_to("awaiting_consent")
    actor = shop.actor("adviser")

    with django_assert_num_queries(1):  # type: ignore[operator]  # reason: a fixture or a helper typed as object
        assert len(due(actor, now=shop.at)) == 2


def test_the_follow_up_opens_and_closes_the_file_and_the_customers_page() -> None:
    shop = make_shop()
    order = shop.brought_to("delivered")
    services.create_link(order.pk, actor=shop.actor("adviser"), at=shop.at)
    system = Actor.system()

    for _ in range(2):  # told twice, taken once
        services.start_follow_up(order.pk, actor=system, at=shop.at + 2 * DAY)
    for _ in range(2):
        services.archive_order(order.pk, actor=system, at=shop.at + 3 * DAY, person_id=shop.person("desk"))

    order.refresh_from_db()
    stamp = order.stamps.get(step="follow_up")
    assert (order.state, stamp.person_id) == ("archived", shop.person("desk"))
    assert OrderLink.objects.get().expires_at == shop.at + 3 * DAY
    services.note_late_answer(order.pk, actor=system, at=shop.at + 9 * DAY)
    order.refresh_from_db()
    assert order.state == "archived"
    kinds = list(
        Event.objects.filter(kind__startswith="workorder.", at__gt=shop.at)
        .order_by("pk")
        .values_list("kind", flat=True)
    )
    assert kinds == ["workorder.start_follow_up", "workorder.archive", "workorder.late_answer", "workorder.archive"]


def test_lists_panels_papers_and_export_show_the_order() -> None:
    shop = make_shop()
    order = shop.brought_to("delivered")
    adviser = client_of(shop.users["adviser"])

    for path in (
        "/work-orders/?q=" + order.number, "/work-orders/?state=delivered", "/work-orders/export/?view=all",
        f"/work-orders/of-machine/{shop.asset.code}/", f"/work-orders/of-customer/{order.customer.code}/",
    ):  # fmt: skip
        response = adviser.get(path)
        content = b"".join(response.streaming_content) if response.streaming else response.content
        assert order.number.encode() in content, path
    assert order.number.encode() not in adviser.get("/work-orders/?open=1").content
    for paper in ("contract", "settlement", "delivery"):
        assert order.customer.name.encode() in adviser.get(f"/work-orders/{order.number}/papers/{paper}/").content
        assert adviser.get(f"/work-orders/{order.number}/papers/{paper}.pdf").content[:5] == b"%PDF-"
    early = other_vehicle(shop).brought_to("received")
    assert adviser.get(f"/work-orders/{early.number}/papers/settlement/").status_code == 404


def test_a_forgotten_reminder_names_the_day_of_the_appointment() -> None:
    """It stands under yesterday, when it was due; a bare time would be read as yesterday's."""
    shop = make_shop()
    shop.book(T0 + 5 * DAY)

    duty = due(shop.actor("desk"), now=T0 + 5 * DAY - 3 * HOUR)[0]

    assert str(duty.why).startswith("今天 10:00 到店")
