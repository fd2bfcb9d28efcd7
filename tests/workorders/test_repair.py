"""Steps 3 and 4: added items (R62), parts, stopping, inspection and rework (R63)."""

import datetime as dt
from decimal import Decimal

import pytest

from careloop.core.errors import DomainError, TransitionRefused
from careloop.core.models import Event
from careloop.workorders import services
from careloop.workorders.models import Advice, OrderPerson, WorkOrder
from tests.factories import T0, client_of
from tests.workorders.factories import HOUR, MINUTE, PHOTO, SIGNATURE, Shop, api, make_shop, other_vehicle

pytestmark = pytest.mark.django_db
POINTS = [{"key": "items", "result": "ok"}]


def fresh(order: WorkOrder) -> WorkOrder:
    return WorkOrder.objects.get(pk=order.pk)


def found(shop: Shop, order: WorkOrder, **changes: object) -> object:
    return services.find_item(order.pk, **{
        "kind": "labour", "name": "右前轮毂轴承更换", "quantity": Decimal(1), "unit_price": Decimal("860.00"),
        "reason": "轴向间隙 0.18 mm，限值 0.05 mm", "photos": [PHOTO], **changes},
        actor=shop.actor("technician"), at=shop.later())  # fmt: skip


@pytest.mark.req("R62")
def test_an_added_item_without_consent_blocks_settlement_by_page_and_api_and_a_declined_one_stays() -> None:
    shop = make_shop()
    order = shop.brought_to("in_repair")
    found(shop, order)
    adviser, technician = client_of(shop.users["adviser"]), client_of(shop.users["technician"])
    url = f"/work-orders/{order.number}"

    assert technician.post(f"{url}/do/finish/", {}).status_code == 409
    assert fresh(order).state == "in_repair"

    # the same at the settlement: an item entered there, without consent
    item = order.lines.get(is_added=True)
    services.withdraw_line(order.pk, item.pk, reason="先不做", actor=shop.actor("adviser"), at=shop.later())
    shop.finish(order)
    shop.inspect(order)
    shop.line(order, name="洗车", reason="客户口头要求", unit_price=Decimal("30.00"))
    data = {"next_service_on": "2030-05-19"}
    assert adviser.post(f"{url}/settle/", data).status_code == 409
    response = api(shop, "adviser").post(f"{url}/transitions/settle", data)
    assert (response.status_code, response.json()["type"]) == (409, "urn:careloop:transition-refused")
    assert (fresh(order).state, fresh(order).bill_id) == ("to_settle", None)

    # asked without a photo: refused; withdrawn, the bill stays within the consent
    assert adviser.post(f"{url}/do/ask_bill/", {"promised_at": "2030-01-01T10:00"}).status_code == 409
    wash = order.lines.get(name="洗车")
    assert adviser.post(f"{url}/items/{wash.pk}/change/?withdraw=1", {"reason": "客户不要"}).status_code == 302
    assert adviser.post(f"{url}/settle/", data).status_code == 302
    assert fresh(order).billed_amount == Decimal("340.00")

    declined = other_vehicle(shop)
    second = declined.brought_to("in_repair")
    found(declined, second)
    services.ask_added(second.pk, promised_at=declined.at + 9 * HOUR, actor=shop.actor("adviser"), at=declined.later())
    services.consent_added(
        second.pk, **declined.decision(second, accepted=[]), actor=shop.actor("adviser"), at=declined.later()
    )
    assert fresh(second).state == "in_repair"
    assert second.lines.get(is_added=True).consent == "declined"
    assert [a.text for a in Advice.objects.filter(order=second)] == ["右前轮毂轴承更换: 轴向间隙 0.18 mm，限值 0.05 mm"]
    page = adviser.get(f"/work-orders/{declined.walk_in(mileage=63000).number}/").content.decode()
    assert "右前轮毂轴承更换: 轴向间隙" in page  # shown at the next visit


def test_an_added_item_needs_a_photo_a_reason_and_the_new_time() -> None:
    shop = make_shop()
    order = shop.brought_to("in_repair")

    for change, field in (({"photos": []}, "photos"), ({"reason": " "}, "reason")):
        with pytest.raises(DomainError) as refused:
            found(shop, order, **change)
        assert refused.value.field == field
    assert not order.lines.filter(is_added=True).exists()
    with pytest.raises(TransitionRefused):
        services.ask_added(order.pk, promised_at=shop.at + HOUR, actor=shop.actor("adviser"), at=shop.at)
    found(shop, order)
    with pytest.raises(DomainError) as late:
        services.ask_added(order.pk, promised_at=shop.at - HOUR, actor=shop.actor("adviser"), at=shop.at)
    assert late.value.field == "promised_at"


def test_consented_added_items_raise_the_consent_and_move_the_promise() -> None:
    shop = make_shop()
    order = shop.brought_to("in_repair")
    found(shop, order)
    promise = shop.at + 9 * HOUR
    services.ask_added(order.pk, promised_at=promise, actor=shop.actor("adviser"), at=shop.later())

    services.consent_added(order.pk, **shop.decision(order), actor=shop.actor("adviser"), at=shop.later())

    order = fresh(order)
    assert (order.state, order.consented_version, order.consented_amount, order.promised_at) == (
        "in_repair", 2, Decimal("1200.00"), promise)  # fmt: skip


def test_without_an_answer_the_rest_goes_on_under_the_earlier_version() -> None:
    shop = make_shop()
    order = shop.brought_to("in_repair")
    found(shop, order)
    services.ask_added(order.pk, promised_at=shop.at + 9 * HOUR, actor=shop.actor("adviser"), at=shop.later())

    services.go_on(
        order.pk, promised_at=shop.at + 8 * HOUR, reason="三次未接", actor=shop.actor("adviser"), at=shop.later()
    )

    order = fresh(order)
    assert (order.state, order.estimate_version, order.consented_version) == ("in_repair", 1, 1)
    assert [(e.version, e.void_at is None) for e in order.estimates.all()] == [(1, True), (2, False)]
    assert Advice.objects.filter(order=order).count() == 1
    services.reassign_order(order.pk, reason="换班", actor=shop.actor("foreman"), at=shop.later())
    assert shop.assign(order, "second").technician_id == shop.person("second")


def test_assigning_asks_for_trade_load_and_a_free_bay() -> None:
    shop = make_shop()
    order = shop.brought_to("to_assign")
    foreman = shop.actor("foreman")

    for data, field in (
        ({"technician": shop.person("desk")}, "technician"),
        ({"technician": shop.person("technician"), "bay": 9}, "bay"),
    ):
        with pytest.raises(DomainError) as refused:
            services.assign_order(order.pk, **data, actor=foreman, at=shop.at)
        assert refused.value.field == field
    busy = [other_vehicle(shop).brought_to("in_repair") for _ in range(2)]
    with pytest.raises(DomainError) as loaded:
        services.assign_order(order.pk, technician=shop.person("technician"), actor=foreman, at=shop.at)
    assert (loaded.value.field, fresh(order).state, len(busy)) == ("technician", "to_assign", 2)
    done = services.assign_order(
        order.pk, technician=shop.person("technician"), accept_load=True, bay=1, actor=foreman, at=shop.at
    )
    assert (done.state, done.bay) == ("in_repair", 1)


def test_a_missing_part_tells_the_customer_and_moves_a_promise_that_cannot_be_kept() -> None:
    shop = make_shop()
    order = shop.brought_to("in_repair")
    late = order.promised_at + HOUR
    technician = shop.actor("technician")

    with pytest.raises(DomainError) as refused:
        services.wait_part(order.pk, part="减震器", eta=late, told="电话", actor=technician, at=shop.later())
    assert (refused.value.field, fresh(order).state) == ("promised_at", "in_repair")
    services.wait_part(
        order.pk, part="减震器", eta=late, told="电话", promised_at=late + HOUR, actor=technician, at=shop.later()
    )
    assert (fresh(order).state, fresh(order).promised_at) == ("waiting_part", late + HOUR)
    assert not order.work_logs.filter(ended_at=None).exists()

    with pytest.raises(TransitionRefused):
        services.part_here(order.pk, actor=shop.actor("parts"), at=shop.at)  # the technician goes on himself
    assert services.resume_order(order.pk, actor=technician, at=shop.later()).state == "in_repair"
    assert order.work_logs.count() == 2


@pytest.mark.parametrize(("after", "minutes"), [(dt.timedelta(hours=11), 660), (dt.timedelta(days=1), 480)])
def test_hours_of_one_day_count_as_they_were_and_a_night_does_not(after: dt.timedelta, minutes: int) -> None:
    """Thursday 10:00 to 21:00 is overtime; to Friday 10:00 only the opening hours (08:30–12:00, 13:00–17:30)."""
    shop = make_shop()
    order = shop.brought_to("in_repair")
    order.work_logs.update(started_at=T0)
    done = [{"id": line.pk, "is_done": True, **({"old_part": "returned"} if line.kind == "material" else {})}
            for line in order.lines.all()]  # fmt: skip

    services.finish_order(order.pk, items=done, actor=shop.actor("technician"), at=T0 + after)

    assert Event.objects.get(kind="workorder.finish").data["minutes"] == minutes


def test_finishing_needs_items_hours_and_old_parts() -> None:
    shop = make_shop()
    order = shop.brought_to("in_repair")
    labour, material = order.lines.get(kind="labour"), order.lines.get(kind="material")
    technician = shop.actor("technician")

    def finish(items: list[dict[str, object]]) -> WorkOrder:
        return services.finish_order(order.pk, items=items, actor=technician, at=shop.at + HOUR)

    with pytest.raises(TransitionRefused):
        finish([{"id": labour.pk, "is_done": True}])
    with pytest.raises(TransitionRefused):
        finish([{"id": labour.pk, "is_done": True}, {"id": material.pk, "is_done": True}])
    labour.refresh_from_db()
    assert labour.done_at is None  # refused as a whole
    order.work_logs.all().delete()
    everything = [{"id": labour.pk, "is_done": True}, {"id": material.pk, "is_done": True, "old_part": "returned"}]
    with pytest.raises(TransitionRefused):
        finish(everything)
    services.log_time(
        order.pk, person=shop.person("second"), started_at=shop.at, ended_at=shop.at + 30 * MINUTE,
        actor=technician, at=shop.at + HOUR,
    )  # fmt: skip
    assert finish(everything).state == "to_inspect"


def test_the_button_opens_the_sheet_that_asks_for_what_is_missing_and_no_other() -> None:
    shop = make_shop()
    order = shop.brought_to("in_repair")
    assert {"action": "finish"} in page_options(shop, "technician", order)  # items and old parts: asked in the sheet
    order.work_logs.all().delete()
    assert {"action": "finish"} not in page_options(shop, "technician", order)  # hours: entered elsewhere


@pytest.mark.req("R63")
def test_nobody_inspects_what_he_repaired_by_page_or_api_whatever_his_roles_and_failures_count() -> None:
    shop = make_shop()
    order = shop.brought_to("to_assign")
    shop.assign(order, "both")  # technician, inspector and adviser in one person
    services.log_time(
        order.pk, person=shop.person("second"), started_at=shop.at, ended_at=shop.at + 5 * MINUTE,
        actor=shop.actor("both"), at=shop.later(),
    )  # fmt: skip
    second = shop.users["second"]
    second.roles.add(*shop.users["inspector"].roles.all())
    shop.finish(order, "both")
    url = f"/work-orders/{order.number}"
    form = {"result": "pass", "point_items": "ok"}

    for name in ("both", "second"):  # the technician now, and the one who worked before
        assert client_of(shop.users[name]).post(f"{url}/inspect/", form).status_code == 409
        answer = api(shop, name).post(f"{url}/transitions/pass", {"checklist": POINTS})
        assert answer.status_code == 409
        answer = api(shop, name).post(
            f"{url}/transitions/fail", {"checklist": POINTS, "reason_code": "leak", "reason": "x"}
        )
        assert answer.status_code == 409
    assert (fresh(order).state, order.inspections.count()) == ("to_inspect", 0)
    assert [o.allowed for o in page_options(shop, "both", order) if o["action"] == "pass"] == []

    failed = client_of(shop.users["inspector"]).post(
        f"{url}/inspect/", {"result": "fail", "point_items": "bad", "reason_code": "leak", "reason": "油底壳渗漏"}
    )
    assert failed.status_code == 302
    assert (fresh(order).state, fresh(order).rework_count) == ("rework", 1)
    assert order.stamps.filter(step="repair").count() == 2
    services.start_rework(order.pk, actor=shop.actor("both"), at=shop.later())
    assert order.work_logs.get(ended_at=None).is_rework
    with pytest.raises(DomainError):  # the inspector does not join the repair either
        services.log_time(
            order.pk, person=shop.person("inspector"), started_at=shop.at, ended_at=shop.at + MINUTE,
            actor=shop.actor("both"), at=shop.later(),
        )  # fmt: skip
    shop.finish(order, "both")
    passed = client_of(shop.users["inspector"]).post(f"{url}/inspect/", form)
    assert (passed.status_code, fresh(order).state) == (302, "to_settle")
    assert [(i.passed, i.inspector_id) for i in order.inspections.all()] == [
        (False, shop.person("inspector")), (True, shop.person("inspector"))]  # fmt: skip
    assert set(OrderPerson.objects.filter(order=order).values_list("person_id", "role")) == {
        (shop.person("both"), "technician"), (shop.person("second"), "technician"),
        (shop.person("inspector"), "inspector")}  # fmt: skip


def page_options(shop: Shop, name: str, order: WorkOrder) -> list[dict[str, object]]:
    from careloop.workorders.actions import order_options

    rows = order_options(fresh(order), actor=shop.actor(name), at=shop.at)
    return [{"action": row.action} for row in rows if row.allowed]


def test_large_work_is_passed_only_with_a_certificate_and_a_complete_checklist() -> None:
    shop = make_shop()
    order = shop.brought_to("to_inspect", work_class="level2")
    inspector = shop.actor("inspector")

    for data, field in (
        ({"checklist": POINTS}, "certificate_no"),
        ({"checklist": [], "certificate_no": "1"}, "checklist"),
        ({"checklist": [{"key": "items", "result": "bad"}], "certificate_no": "1"}, "checklist"),
        ({"checklist": [{"key": "nonsense", "result": "ok"}], "certificate_no": "1"}, "checklist"),
    ):
        with pytest.raises(DomainError) as refused:
            services.pass_order(order.pk, **data, actor=inspector, at=shop.at)
        assert refused.value.field == field
    assert fresh(order).state == "to_inspect"
    assert shop.inspect(order, certificate_no="HG-26-0001").state == "to_settle"


def test_a_stopped_order_charges_what_is_done_and_leaves_in_a_known_state() -> None:
    shop = make_shop()
    order = shop.brought_to("in_repair")
    labour = order.lines.get(kind="labour")
    adviser = shop.actor("adviser")

    for data, field in (
        ({"safety": "checked"}, "checked_by"),
        ({"safety": "checked", "checked_by": shop.person("technician")}, "checked_by"),
        ({"safety": "not_roadworthy"}, "signature"),
        ({"safety": ""}, "safety"),
    ):
        with pytest.raises(DomainError) as refused:
            services.stop_order(order.pk, reason="急用车", done_items=[labour.pk], **data, actor=adviser, at=shop.at)
        assert refused.value.field == field
    assert fresh(order).state == "in_repair"
    services.stop_order(
        order.pk, reason="急用车", safety="not_roadworthy", signature=SIGNATURE, done_items=[labour.pk],
        actor=adviser, at=shop.later(),
    )  # fmt: skip
    assert (fresh(order).state, fresh(order).outcome) == ("to_settle", "stopped")
    shop.settle(order, next_service_on=None)
    assert fresh(order).bill.total_amount == Decimal("180.00")
    shop.pay(order)
    assert shop.deliver(order).state == "delivered"


def test_the_notice_of_a_delay_is_judged_by_the_class_of_work() -> None:
    shop = make_shop()
    order = shop.brought_to("in_repair")
    promised = order.promised_at

    services.change_promise(
        order.pk, promised_at=promised + HOUR, reason="等油漆", told="电话告知王伟", actor=shop.actor("adviser"),
        at=promised - dt.timedelta(minutes=61),
    )  # fmt: skip
    services.change_promise(
        order.pk, promised_at=promised + 2 * HOUR, reason="还没干", told="电话", actor=shop.actor("adviser"),
        at=promised + MINUTE,
    )  # fmt: skip

    told = Event.objects.filter(kind="workorder.promise").order_by("pk")
    assert [event.data["in_time"] for event in told] == [True, False]
