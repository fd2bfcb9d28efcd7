"""A vehicle without appointment, from the counter to the customer's hand: through the pages, and through the API."""

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile

from careloop.core.models import Event
from careloop.workorders import services
from careloop.workorders.models import WorkOrder
from careloop.workorders.queries import report
from tests.factories import T0, TODAY, client_of
from tests.workorders.factories import DAY, HOUR, PHOTO, SIGNATURE, api, make_shop, other_vehicle, picture

pytestmark = pytest.mark.django_db
SIX = ["appointment", "reception", "repair", "inspection", "settlement", "follow_up"]
SOON = (TODAY + DAY).strftime("%Y-%m-%dT%H:%M")


def photo() -> SimpleUploadedFile:
    return SimpleUploadedFile("fund.png", picture("gray"), content_type="image/png")


@pytest.mark.req("R59")
def test_the_six_steps_through_the_pages_leave_six_stamps_with_persons() -> None:
    shop = make_shop()
    desk = {name: client_of(user) for name, user in shop.users.items()}
    adviser = desk["adviser"]

    def post(client: Any, path: str, data: dict[str, Any], to: int = 302) -> None:
        response = client.post(path, data)
        assert response.status_code == to, (path, response.content.decode()[-3000:])

    no_reason = {**shop.intake(), "contact": shop.contact.pk, "is_identified": "on", "photos": photo()}
    post(adviser, f"/work-orders/new/?asset={shop.asset.code}", no_reason, to=422)  # skipping needs a reason
    assert not WorkOrder.objects.exists()
    form = {
        **no_reason,
        "photos": photo(),
        "walk_in_reason": "路过",
        "damage_places": ["rear_right"],
        "damage_note": "划痕",
    }
    post(adviser, f"/work-orders/new/?asset={shop.asset.code}", form)
    order = WorkOrder.objects.get()
    url = f"/work-orders/{order.number}"

    item = {"kind": "labour", "name": "差速器异响检查", "quantity": "1", "unit": "时", "unit_price": "180"}
    post(adviser, f"{url}/items/", item)
    part = {"kind": "material", "name": "差速器油", "quantity": "2", "unit_price": "80", "part_origin": "oem"}
    post(adviser, f"{url}/items/", part)
    post(adviser, f"{url}/do/estimate/", {"promised_at": SOON, "old_part_wish": "take"})
    given = {"version": 1, "method": "signature", "given_by": "王伟", "signature": SIGNATURE}
    post(adviser, f"{url}/consent/", given)
    post(desk["foreman"], f"{url}/do/assign/", {"technician": shop.person("technician"), "bay": 1})
    found = {"name": "轮毂轴承", "reason": "间隙超限", "photos": photo(), "unit_price": "860"}
    post(desk["technician"], f"{url}/do/find/", found)
    post(adviser, f"{url}/do/ask_added/", {"promised_at": SOON})
    added = order.lines.get(is_added=True)
    post(adviser, f"{url}/consent/", {**given, "version": 2, "chosen": "1", "accepted": [added.pk]})
    lines = {line.name: line.pk for line in order.lines.all()}
    done = {f"done_{pk}": "on" for pk in lines.values()} | {f"old_{lines['差速器油']}": "returned"}
    post(desk["technician"], f"{url}/do/finish/", done)
    post(desk["inspector"], f"{url}/inspect/", {"result": "pass", "point_items": "ok", "point_fluids": "ok"})
    post(adviser, f"{url}/settle/", {"next_service_on": "2030-05-19"})
    post(adviser, f"{url}/do/pay/", {"amount": "1200.00", "method": "wechat"})
    post(adviser, f"{url}/deliver/", {"delivered_to": "王伟", "is_explained": "on", "signature": SIGNATURE})

    order.refresh_from_db()
    assert (order.state, order.billed_amount) == ("delivered", Decimal("1200.00"))
    services.archive_order(
        order.pk, actor=shop.actor("manager"), at=order.delivered_at + 3 * DAY, person_id=shop.person("desk")
    )
    stamps = [(s.step, s.person.name, s.is_skipped) for s in order.stamps.order_by("pk").select_related("person")]
    assert [step for step, _who, _skipped in stamps] == SIX
    assert [who for _step, who, _skipped in stamps] == ["邵明禾", "邵明禾", "周以宁", "沈清和", "邵明禾", "林小满"]
    assert [step for step, _who, skipped in stamps if skipped] == ["appointment"]
    page = adviser.get(f"{url}/").content.decode()
    assert "路过" in page and "周以宁" in page and "沈清和" in page

    now = dt.datetime.now(dt.UTC)
    times, skips = report.step_times(
        shop.actor("manager"), since=now - DAY, until=now + DAY, stations={shop.station.pk: shop.station}
    )
    assert [(row.step, row.n + row.skipped) for row in times] == [(step, 1) for step in SIX]
    assert all(row.median is not None for row in times if row.n)
    assert skips == [("appointment", "路过", 1)]
    assert desk["manager"].get("/work-orders/steps/").content.decode().count("路过") == 1


@pytest.mark.req("R59")
def test_the_report_tells_the_time_between_the_stamps_of_each_step_and_counts_what_was_left_out() -> None:
    shop = make_shop()
    shop.brought_to("delivered")
    slow = other_vehicle(shop)
    slow.at = T0 + 4 * HOUR
    order = slow.brought_to("in_repair")
    slow.later(60)
    for step in (slow.finish, slow.inspect, slow.settle, slow.pay, slow.deliver):
        step(order)

    with time_machine.travel(T0 + DAY, tick=False):
        page = client_of(shop.users["manager"]).get("/work-orders/steps/")
    rows = [[row[key] for key in ("step", "n", "median", "p90", "open", "skipped")] for row in page.context["rows"]]
    assert rows == [
        ["预约", "0", "", "", "0", "2"],
        ["接待", "2", "7 分", "7 分", "0", "0"],
        ["维修", "2", "1 时 35 分", "2 时 5 分", "0", "0"],
        ["检验", "2", "10 分", "10 分", "0", "0"],
        ["结算交付", "2", "11 分", "11 分", "0", "0"],
        ["回访", "0", "", "", "2", "0"],
    ]
    assert page.context["skips"] == [{"step": "预约", "reason": "路过", "n": 2}]
    body = page.content.decode()
    assert all(words in body for words in ("1 时 35 分", "2 时 5 分", "路过"))


def test_the_same_way_through_the_api() -> None:
    shop = make_shop()
    who = {name: api(shop, name) for name in ("adviser", "foreman", "technician", "inspector", "desk")}
    adviser = who["adviser"]

    def step(name: str, action: str, data: dict[str, Any] | None = None) -> dict[str, Any]:
        response = who[name].post(f"/work-orders/{number}/transitions/{action}", data)
        assert response.status_code == 200, (action, response.content.decode())
        return response.json()

    created = adviser.post("/work-orders", {
        "kind": "receive", "machine": shop.asset.code, "walk_in_reason": "路过", **shop.intake(),
        "damage": [{"place": "右后", "note": "划痕"}], "photos": [PHOTO]})  # fmt: skip
    assert created.status_code == 201, created.content
    number = created.json()["number"]
    for line in (
        {"kind": "labour", "name": "差速器异响检查", "quantity": "1", "unit_price": "180"},
        {"kind": "material", "name": "差速器油", "quantity": "2", "unit_price": "80", "part_origin": "oem"},
    ):
        assert adviser.post(f"/work-orders/{number}/lines", line).status_code == 200
    step("adviser", "estimate", {"promised_at": f"{SOON}:00+08:00", "old_part_wish": "take"})
    given = {"version": 1, "method": "signature", "given_by": "王伟", "signature": SIGNATURE}
    assert step("adviser", "consent", given)["consented_amount"] == "340.00"
    step("foreman", "assign", {"technician": shop.person("technician")})
    step("technician", "find", {"name": "轮毂轴承", "reason": "间隙超限", "photos": [PHOTO], "unit_price": "860"})
    step("adviser", "ask_added", {"promised_at": f"{SOON}:00+08:00"})
    step("adviser", "consent_added", {**given, "version": 2})
    order = who["technician"].get(f"/work-orders/{number}").json()
    for line in order["lines"]:
        data = {"is_done": True, **({"old_part": "returned"} if line["kind"] == "material" else {})}
        response = who["technician"].post(f"/work-orders/{number}/lines/{line['id']}/record", data)
        assert response.status_code == 200, response.content
    step("technician", "finish")
    step("inspector", "pass", {"checklist": [{"key": "items", "result": "ok"}]})
    step("adviser", "settle", {"next_service_on": "2030-05-19"})
    step("adviser", "pay", {"amount": "1200.00", "method": "wechat"})
    last = step("adviser", "deliver", {"delivered_to": "王伟", "is_explained": True, "signature": SIGNATURE})

    assert (last["state"], last["bill"]["total_amount"], last["bill"]["labour_amount"]) == (
        "delivered",
        "1200.00",
        "1040.00",
    )
    assert [s["step"] for s in last["stamps"]] == SIX
    assert Event.objects.filter(kind="workorder.deliver").count() == 1
    assert adviser.get(f"/work-orders/{number}/bill").json()["number"] == last["bill"]["number"]
    rows = adviser.get("/work-orders", state="delivered").json()
    assert ([row["number"] for row in rows["items"]], rows["next"]) == ([number], None)


def test_the_api_names_what_is_wrong_and_changes_nothing() -> None:
    shop = make_shop()
    adviser, technician = api(shop, "adviser"), api(shop, "technician")

    missing = adviser.post("/work-orders", {"kind": "receive", "machine": shop.asset.code})
    assert missing.status_code == 422
    assert {row["field"] for row in missing.json()["errors"]} >= {"customer_words", "walk_in_reason", "mileage"}
    assert (
        adviser.post("/work-orders", {"kind": "receive", "machine": "SB-0"}).json()["errors"][0]["field"] == "machine"
    )
    assert technician.post("/work-orders", {"kind": "receive", "machine": shop.asset.code}).status_code == 403
    assert not WorkOrder.objects.exists()

    order = shop.brought_to("in_repair")
    assert adviser.get("/work-orders/WX-0").status_code == 404
    assert technician.post(f"/work-orders/{order.number}/transitions/settle", {}).status_code == 403
    refused = adviser.post(f"/work-orders/{order.number}/transitions/settle", {})
    assert (refused.status_code, refused.json()["status"]) == (409, 409)
    raised = adviser.patch(f"/work-orders/{order.number}/lines/{order.lines.first().pk}", {"unit_price": "999"}).json()
    assert [line["consent"] for line in raised["lines"]] == ["proposed", "consented"]
    stranger = make_shop(code="other")
    assert api(stranger, "adviser").get(f"/work-orders/{order.number}").status_code == 404
    assert api(stranger, "adviser").get("/work-orders").json()["items"] == []


@pytest.mark.parametrize("rows", [1, 3])
def test_pages_ask_the_same_number_of_queries_for_one_and_three_rows(
    rows: int, django_assert_num_queries: Any, django_assert_max_num_queries: Any
) -> None:
    shop = make_shop()
    orders = [other_vehicle(shop).brought_to("in_repair") for _ in range(rows)]
    for order in orders:
        for _ in range(rows):
            shop.line(order, name="增项", reason="发现")
            services.add_reading(
                order.pk, name="间隙", value=Decimal("0.1"), actor=shop.actor("technician"), at=shop.at
            )
    manager = client_of(shop.users["manager"])
    manager.get("/work-orders/")  # the first request of a process fills caches

    for path, number in (("/work-orders/", 6), ("/work-orders/board/", 5), (f"/work-orders/{orders[0].number}/", 11)):
        with django_assert_num_queries(number):
            assert manager.get(path).status_code == 200
    program = api(shop, "manager")
    with django_assert_max_num_queries(9):
        assert len(program.get("/work-orders").json()["items"]) == rows
    with django_assert_max_num_queries(12):
        assert manager.get(f"/work-orders/{orders[0].number}/consent/").status_code == 200
