"""One turn of the loop through the API alone: from an unknown car at the counter until the index moves."""

import datetime as dt
from typing import Any

import pytest
import time_machine

from careloop.core import events
from careloop.feedback import services as feedback
from tests.factories import T0, vin
from tests.feedback.factories import SYSTEM
from tests.workorders.factories import DAY, HOUR, PHOTO, SIGNATURE, Api, api, make_shop, user_as

pytestmark = pytest.mark.django_db
SOON = (T0 + 6 * HOUR).isoformat()


def ok(response: Any, status: int = 200) -> dict[str, Any]:
    assert response.status_code == status, response.content.decode()
    found: dict[str, Any] = response.json()
    return found


def register(front_desk: Api, station: str, owner: int, n: int) -> tuple[str, str, int]:
    """Customer, vehicle and the person who brings it; the n-th of them."""
    customer = ok(front_desk.post("/customers", {
        "name": f"周建国{n}", "type": "person", "station": station, "source": "walk_in", "region": "320500",
        "service_owner": owner,
        "contacts": [{"name": "周建国", "channels": [{"value": f"138 1234 99{n:02d}", "verified": True}],
                      "consents": ["service", "survey"], "consent_channel": "face"}]}), 201)  # fmt: skip
    vehicle = ok(front_desk.post("/machines", {
        "kind": "vehicle", "customer": customer["code"], "station": station, "plate": f"苏E·7K21{n}", "vin": vin(4711 + n),
        "model_text": "远途 R5", "vehicle_class": "car", "usage": "household", "meter": "62418"}), 201)  # fmt: skip
    return customer["code"], vehicle["code"], customer["contacts"][0]["id"]


def repaired(who: dict[str, Api], technician: int, vehicle: str, contact: int) -> str:
    """A walk-in through all steps until the customer drives away; returns the order's number."""
    adviser = who["adviser"]
    number = ok(adviser.post("/work-orders", {
        "kind": "receive", "machine": vehicle, "contact": contact, "walk_in_reason": "路过", "is_identified": True,
        "customer_words": "过坎时后面有金属响声", "mileage": 62430, "fuel": 4, "valuables": "无",
        "signature": SIGNATURE, "photos": [PHOTO]}), 201)["number"]  # fmt: skip

    def step(name: str, action: str, data: dict[str, Any] | None = None) -> dict[str, Any]:
        return ok(who[name].post(f"/work-orders/{number}/transitions/{action}", data))

    ok(adviser.post(f"/work-orders/{number}/lines",
                    {"kind": "labour", "name": "差速器异响检查", "quantity": "1", "unit_price": "180"}))  # fmt: skip
    step("adviser", "estimate", {"promised_at": SOON, "old_part_wish": "take"})
    step("adviser", "consent", {"version": 1, "method": "signature", "given_by": "周建国", "signature": SIGNATURE})
    step("foreman", "assign", {"technician": technician})
    for line in ok(who["technician"].get(f"/work-orders/{number}"))["lines"]:
        ok(who["technician"].post(f"/work-orders/{number}/lines/{line['id']}/record", {"is_done": True}))
    step("technician", "finish")
    step("inspector", "pass", {"checklist": [{"key": "items", "result": "ok"}]})
    step("adviser", "settle", {"next_service_on": "2027-05-19"})
    step("adviser", "pay", {"amount": "180.00", "method": "wechat"})
    last = step("adviser", "deliver", {"delivered_to": "周建国", "is_explained": True, "signature": SIGNATURE})
    assert (last["state"], last["bill"]["total_amount"]) == ("delivered", "180.00")
    return str(number)


def called_back(caller: Api, order: str, level: int, words: str) -> dict[str, Any]:
    """The call of that order, every question answered with `level`; returns the finished task and the answer."""
    task = next(row for row in ok(caller.get("/follow-ups"))["items"] if row["order"] == order)
    path = f"/follow-ups/{task['number']}"
    with time_machine.travel(max(dt.datetime.fromisoformat(task["not_before"]), T0 + DAY), tick=False):
        ok(caller.post(f"{path}/transitions/take", {}))
        wrong = caller.put(f"{path}/answer", {"politeness": level})
        assert (wrong.status_code, wrong.json()["errors"][0]["field"]) == (422, "politeness")
        said = dict.fromkeys(task["questions"], level)
        ok(caller.put(f"{path}/answer", {**said, "overall": level, "verbatim": words, "comparison": "worse" if level < 3 else "better",
                                         "fixed_first": "yes", "on_time": "yes"}))  # fmt: skip
        done = ok(caller.post(f"{path}/transitions/finish", {}))
        return {**done, "answer": ok(caller.get(f"{path}/answer"))}


def test_a_car_comes_in_and_the_index_moves() -> None:
    feedback.ensure_defaults(actor=SYSTEM, at=T0)
    shop = make_shop()
    who = {name: api(shop, name) for name in shop.users}
    caller = Api(user_as("follow_up_caller", name="许清和", stations=[shop.station]))
    officer = Api(user_as("complaint_officer", name="孙立", stations=[shop.station]))
    manager = Api(user_as("general_manager", name="顾总", stations=[shop.station]))

    def index() -> tuple[Any, int]:
        found = ok(manager.get("/reports/satisfaction", period="2026H2"))
        return found["index"], found["n"]

    with time_machine.travel(T0, tick=False):
        assert index() == (None, 0)
        orders = []
        for n in range(5):
            _customer, vehicle, contact = register(who["adviser"], shop.station.code, shop.person("adviser"), n)
            orders.append(repaired(who, shop.person("technician"), vehicle, contact))
        events.deliver_due(now=T0)
    assert ok(caller.get("/follow-ups"))["items"] != []

    bad = called_back(caller, orders[0], 2, "还是有响声，没有修好")
    assert (bad["state"], bad["answer"]["overall"]) == ("done_complaint", 2)
    complaint = ok(officer.get(f"/complaints/{bad['answer']['complaint']}"))
    assert (complaint["words"], complaint["state"]) == ("还是有响声，没有修好", "registered")
    with time_machine.travel(T0 + 2 * DAY, tick=False):
        assert index() == (None, 1)  # fewer than five stay individual voices

    for order in orders[1:]:
        assert called_back(caller, order, 5, "")["state"] == "done_satisfied"
    with time_machine.travel(T0 + 2 * DAY, tick=False):
        moved = ok(manager.get("/reports/satisfaction", period="2026H2"))
        refused = caller.put(f"/follow-ups/{bad['number']}/answer", {"overall": 5})
    # F1: level 2 is worth 25, level 5 is worth 100 points; five answers to each question
    assert (moved["index"], moved["n"], moved["coverage"]["answered"]) == (85.0, 5, 5)
    assert refused.status_code in (403, 409)
