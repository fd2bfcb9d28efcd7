"""A machine about which little is known goes through the whole service, and twenty years of history stay quick (R180)."""

import datetime as dt
import time
from typing import Any

import pytest
import time_machine
from django.urls import reverse

from careloop.accounts.models import User
from careloop.assets.models import Asset
from careloop.assets.services.bulk import AssetRow, create_many
from careloop.cases.models import Case
from careloop.core import events
from careloop.core.actor import Actor
from careloop.core.events import Fact, record_many
from careloop.feedback import jobs
from careloop.feedback import services as feedback
from careloop.feedback.models import FollowUpTask
from careloop.inventory import services as inventory
from careloop.inventory.queries import held_for
from careloop.staff.models import Person
from careloop.workorders.models import WorkOrder
from tests.factories import T0, CustomerFactory, DepartmentFactory, client_of, user_with
from tests.feedback.factories import answers, caller
from tests.workorders.factories import SIGNATURE, Api, make_shop

pytestmark = pytest.mark.django_db
DAY, HOUR = dt.timedelta(days=1), dt.timedelta(hours=1)
LONGEST = 1.0  # seconds, as for the search (R58)


def post(client: Any, path: str, data: dict[str, Any] | None = None) -> Any:
    response = client.post(path, data or {})
    assert response.status_code == 302, (path, response.status_code, response.content.decode()[-1500:])
    return response


@pytest.mark.req("R180")
def test_an_incomplete_machine_goes_through_request_repair_parts_and_follow_up_and_its_warranty_is_asked() -> None:
    shop = make_shop()
    feedback.ensure_defaults(actor=Actor.system(), at=T0)
    Person.objects.filter(user=shop.users["technician"]).update(
        department=DepartmentFactory(name="车间", kind="workshop")
    )
    desk, adviser = client_of(shop.users["desk"]), client_of(shop.users["adviser"])
    customer = shop.asset.customer

    with time_machine.travel(T0, tick=False) as clock:
        # built in 1961: no serial number, no dates, no manual
        url = f"{reverse('assets:create')}?customer={customer.code}"
        post(desk, url, {"name": "高频淬火机", "station": shop.station.pk, "is_old": "on"})
        machine = Asset.objects.exclude(pk=shop.asset.pk).get()
        assert (machine.is_incomplete, machine.warranty_end, "accepted_on" in machine.unknown) == (True, None, True)
        assert "不要猜" in desk.get(f"/machines/{machine.code}/").content.decode()

        request = {"customer": customer.code, "asset": machine.code, "contact": shop.contact.pk, "channel": "phone",
                   "kind": "fault", "urgency": "none", "verbatim": "不加热", "circumstances": "冷机",
                   "is_reading_unavailable": "on", "station": shop.station.pk, "save": "accept"}  # fmt: skip
        post(desk, reverse("cases:create"), request)
        case = Case.objects.get()
        assert (case.asset_id, case.warranty_state, case.warranty_until, case.charge_kind) == (
            machine.pk, "unknown", None, "")  # fmt: skip
        assert "未定：请客户提供发票或验收单" in desk.get(reverse("cases:detail", args=[case.number])).content.decode()

        # the repair, with a part put aside for it
        inventory.count_stock(
            number="TUBE-1", name="电子管", on_hand=2, station_id=shop.station.pk, actor=shop.actor("parts"), at=T0
        )
        book = {"booked_for": "2026-11-24T10:00", "booked_minutes": "60", "work_class": "small", "wanted": "换电子管",
                "contact": shop.contact.pk, "station": shop.station.pk, "case": case.number, "parts": "TUBE-1 1"}  # fmt: skip
        post(desk, f"/work-orders/book/?asset={machine.code}&case={case.number}", book)
        order = WorkOrder.objects.get()
        assert [row.held for row in held_for(order.number)] == [1]
        clock.move_to(T0 + 5 * DAY)
        path = f"/work-orders/{order.number}"
        post(adviser, f"{path}/receive/", {"customer_words": "不加热", "is_identified": "on", "mileage": "31000",
                                           "signature": SIGNATURE})  # fmt: skip
        part = {"kind": "material", "name": "电子管", "part_no": "TUBE-1", "quantity": "1", "unit_price": "900",
                "part_origin": "oem"}  # fmt: skip
        post(adviser, f"{path}/items/", part)
        post(adviser, f"{path}/do/estimate/", {"promised_at": "2026-11-24T16:00", "old_part_wish": "take"})
        given = {"version": 1, "method": "signature", "given_by": "王伟", "signature": SIGNATURE}
        post(adviser, f"{path}/consent/", given)
        post(client_of(shop.users["foreman"]), f"{path}/do/assign/", {"technician": shop.person("technician")})
        line = order.lines.get()
        clock.move_to(T0 + 5 * DAY + HOUR)
        post(client_of(shop.users["technician"]), f"{path}/do/finish/", {f"done_{line.pk}": "on",
                                                                        f"old_{line.pk}": "returned"})  # fmt: skip
        post(client_of(shop.users["inspector"]), f"{path}/inspect/", {"result": "pass", "point_items": "ok"})
        post(adviser, f"{path}/settle/", {"next_service_on": "2027-05-19"})
        post(adviser, f"{path}/do/pay/", {"amount": "900.00", "method": "cash"})
        post(adviser, f"{path}/deliver/", {"delivered_to": "王伟", "is_explained": "on", "signature": SIGNATURE})
        delivered_at = T0 + 5 * DAY + HOUR

        # and the follow-up comes into its window
        events.deliver_due(now=delivered_at)
        jobs.open_windows(now=delivered_at + 3 * DAY)
        task = FollowUpTask.objects.get()
        assert (task.order_id, task.asset_id, task.state) == (order.pk, machine.pk, "due")
        clock.move_to(delivered_at + 3 * DAY)
        call = client_of(User.objects.get(person=caller().person_id))
        post(call, f"/follow-up/tasks/{task.number}/do/take/")
        for name, value in answers(task).items():
            post(call, f"/follow-up/tasks/{task.number}/answer/", {name: value})
        post(call, f"/follow-up/tasks/{task.number}/end/", {"do": "finish", "verbatim": ""})
        order.refresh_from_db()
        assert order.state == "archived"
        machine.refresh_from_db()
        assert (machine.is_incomplete, machine.warranty_end, machine.meter) == (True, None, 31000)


@pytest.mark.req("R180")
def test_pages_stay_quick_with_5_000_machines_and_twenty_years_of_history() -> None:
    customer = CustomerFactory()
    system, count = Actor.system(), 5_000
    values = {"name": "中频感应加热电源", "station": customer.station_id}
    rows = [
        AssetRow("machine", customer.pk, customer.name, {**values, "serial_no": f"61B-{n:05d}"}) for n in range(count)
    ]
    made = create_many(rows, actor=system, at=T0)
    record_many(
        (
            Fact(
                "asset.meter", T0 - year * 365 * DAY, "asset", pk, code, customer_id=customer.pk, asset_id=pk,
                station_id=customer.station_id, data={"value": str(1000 * (20 - year)), "unit": "h"},
            )
            for pk, code in made
            for year in range(20)
        ),
        actor=system, recorded_at=T0,
    )  # fmt: skip
    user = user_with("assets.view_asset", "customers.view_customer", stations=[customer.station])
    client, program = client_of(user), Api(user)
    client.get("/machines/")
    code = made[2500][1]

    for path in ("/machines/", "/machines/?view=incomplete", f"/machines/{code}/", f"/machines/{code}/timeline/",
                 f"/customers/{customer.code}/", "/search/?q=2500"):  # fmt: skip
        start = time.perf_counter()
        assert client.get(path).status_code == 200
        assert time.perf_counter() - start <= LONGEST, path
    start = time.perf_counter()
    assert program.get("/search", q="2500").json()["items"][0]["url"] == f"/machines/{code}/"
    assert time.perf_counter() - start <= LONGEST
