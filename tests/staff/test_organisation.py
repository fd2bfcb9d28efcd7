"""The organisation is data: units move in the tree, and few people hold all roles without losing the separations."""

import datetime as dt
import json
import re
from typing import Any

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from careloop.accounts.models import User
from careloop.accounts.roles import DEFAULTS
from careloop.complaints.models import Complaint
from careloop.core import events, today
from careloop.core.actor import Actor
from careloop.feedback import jobs
from careloop.feedback import services as feedback
from careloop.feedback.models import AnswerItem, FollowUpTask
from careloop.staff import queries
from careloop.staff.actors import actor_for
from careloop.staff.models import Department, Person
from careloop.workorders.models import WorkOrder
from tests.cases.factories import Desk
from tests.factories import (
    T0,
    ContactChannelFactory,
    ContactFactory,
    CustomerFactory,
    DepartmentFactory,
    StationFactory,
    VehicleFactory,
    client_of,
    user_with,
)
from tests.feedback.factories import answers, finished
from tests.workorders.factories import SIGNATURE, Api, ensure_guarantees, picture, user_as

pytestmark = pytest.mark.django_db
DAY, HOUR = dt.timedelta(days=1), dt.timedelta(hours=1)
VISIT = T0 + 5 * DAY  # Tuesday 10:00


# --- R1: the unit moves -----------------------------------------------------------------------------------------------


def unit(name: str, kind: str, parent: Department | None = None) -> Department:
    return DepartmentFactory(name=name, kind=kind, parent=parent)


def move(client: Client, row: Department, parent: Department) -> None:
    data = {"name": row.name, "kind": row.kind, "parent_id": parent.pk}
    assert client.post(f"/staff/departments/{row.pk}/", data).status_code == 302


def standing(desk: Desk, manager: User) -> dict[str, Any]:
    """Open cases, permissions, queues and last month's report, as a colleague of the unit and his manager see them."""
    program, boss = Api(desk.user), Api(manager)
    with time_machine.travel(T0 + HOUR, tick=False):
        return {
            "cases": program.get("/cases", open="true").json(),
            "rights": actor_for(User.objects.get(pk=desk.user.pk)),
            "today": [duty.key for duty in today.collect(desk.actor, now=T0 + HOUR)],
            "orders": boss.get("/work-orders").json(),
            "complaints": boss.get("/complaints").json(),
            "calls": boss.get("/follow-ups").json(),
            "report": boss.get("/reports/satisfaction", period="2026-10").json(),
        }


def paths() -> dict[str, str]:
    return {node.department.name: node.path for node in queries.tree()}


@pytest.mark.req("R1")
def test_moving_the_unit_changes_its_path_and_no_case_right_queue_or_report() -> None:
    top, sales = unit("总经办", "management"), unit("销售部", "sales")
    service = unit("客户服务部", "service", sales)
    desk = Desk()
    manager = user_as("service_manager", "follow_up_head", "complaint_officer", name="顾承宇", stations=[desk.station])
    Person.objects.filter(user__in=[desk.user, manager]).update(department=service)
    for n in range(2):
        desk.accept(title=f"油泵漏油 {n}")
    for n in range(6):  # services of last month, answered
        finished(
            at=T0 - 30 * DAY + n * dt.timedelta(minutes=10),
            contact=ContactFactory(customer=CustomerFactory(station=desk.station)),
        )
    admin = client_of(user_with("staff.view_person", "staff.change_person", "staff.change_department"))
    before, before_paths = standing(desk, manager), paths()
    assert len(before["cases"]["items"]) == 2
    assert '"n": 6' in json.dumps(before["report"])  # six customers answered last month
    assert before["today"] and before["orders"]["items"] and before["calls"]["items"]

    move(admin, service, top)
    assert standing(desk, manager) == before
    assert paths() == {**before_paths, "客户服务部": "总经办 / 客户服务部"}
    assert "总经办 / 客户服务部" in [label for _pk, label in options(admin)]

    move(admin, service, sales)
    assert (standing(desk, manager), paths()) == (before, before_paths)

    # the follow-up unit below a business unit, however deep, is warned about, below top management it is not
    follow_up = unit("回访组", "follow_up", top)
    assert "独立性不足" not in admin.get("/staff/departments/").content.decode()
    for kind in ("marketing", "sales", "after_sales", "service", "workshop", "parts"):
        business = unit(f"业务部 {kind}", kind, top)
        for parent in (business, unit(f"小组 {kind}", "other", business)):
            move(admin, follow_up, parent)
            assert "独立性不足" in admin.get("/staff/departments/").content.decode()
            move(admin, follow_up, top)
            assert "独立性不足" not in admin.get("/staff/departments/").content.decode()


def options(client: Client) -> list[Any]:
    return list(client.get("/staff/departments/new/").context["form"].fields["parent_id"].choices)


# --- R2: three people do everything -----------------------------------------------------------------------------------

FIRST = ("front_desk", "adviser", "inspector", "foreman", "parts_clerk", "service_manager", "follow_up_caller", "sales")
SECOND = ("technician", "inspector", "engineer", "logistics", "trainer", "administrator")
THIRD = ("follow_up_head", "follow_up_caller", "complaint_officer", "quality_manager", "marketing", "general_manager")


def post(client: Client, path: str, data: dict[str, Any] | None = None, to: int = 302) -> Any:
    response = client.post(path, data or {})
    assert response.status_code == to, (path, response.status_code, response.content.decode()[-2500:])
    return response


def photo() -> SimpleUploadedFile:
    return SimpleUploadedFile("fund.png", picture("gray"), content_type="image/png")


def local(moment: dt.datetime) -> str:
    return moment.astimezone(dt.timezone(dt.timedelta(hours=8))).strftime("%Y-%m-%dT%H:%M")


@pytest.mark.req("R2")
def test_three_accounts_with_all_roles_do_one_order_and_one_complaint_and_stay_separated() -> None:
    assert {*FIRST, *SECOND, *THIRD} == {role.code for role in DEFAULTS}
    ensure_guarantees()
    feedback.ensure_defaults(actor=Actor.system(), at=T0)
    station = StationFactory(bays=2)
    users = [
        user_as(*codes, name=name, stations=[station])
        for codes, name in ((FIRST, "林小满"), (SECOND, "周以宁"), (THIRD, "沈清和"))
    ]
    for user, kind in zip(users, ("service", "workshop", "follow_up"), strict=True):
        Person.objects.filter(user=user).update(department=unit(kind, kind))
    first, second, third = (client_of(user) for user in users)
    contact = ContactFactory(customer=CustomerFactory(station=station), name="王伟")
    ContactChannelFactory(contact=contact)
    asset = VehicleFactory(customer=contact.customer)

    # an account with several roles works in another one without signing in again
    session = first.session.session_key
    post(first, "/me/role/", {"role": "inspector"})
    page = first.get("/").content.decode()
    assert (first.session["role"], first.session.session_key) == ("inspector", session)
    assert re.search(r'value="inspector" aria-current="true".*?检验员', page)

    with time_machine.travel(T0, tick=False) as clock:
        order = take_order(first, second, asset, contact, users, clock)
        delivered_at = order.delivered_at
        assert delivered_at is not None

        # step 6: the follow-up comes by itself; who served does not call, whatever his roles
        events.deliver_due(now=delivered_at + HOUR)
        jobs.open_windows(now=delivered_at + DAY)
        clock.move_to(delivered_at + DAY)
        task = FollowUpTask.objects.get()
        refused = post(first, f"/follow-up/tasks/{task.number}/do/take/", to=403).content.decode()
        assert "你参与了这次服务" in refused
        post(third, f"/follow-up/tasks/{task.number}/do/take/")
        for name, value in {**answers(task, 5), "on_time": "no"}.items():
            post(third, f"/follow-up/tasks/{task.number}/answer/", {name: value})
        post(third, f"/follow-up/tasks/{task.number}/end/", {"do": "finish", "verbatim": "晚了一小时"})
        deviation = AnswerItem.objects.get(is_deviation=True)
        assert (deviation.item.key, bool(deviation.step), bool(deviation.norm)) == ("on_time", True, True)

        complaint_to_its_end(first, third, contact)


def take_order(first: Client, second: Client, asset: Any, contact: Any, users: list[User], clock: Any) -> WorkOrder:
    """The first five steps through the pages; the inspection is refused to the technician."""
    booked = {"booked_for": local(VISIT), "booked_minutes": "60", "work_class": "small", "wanted": "异响",
              "contact": contact.pk, "station": asset.station_id}  # fmt: skip
    post(first, f"/work-orders/book/?asset={asset.code}", booked)
    order = WorkOrder.objects.get()
    url = f"/work-orders/{order.number}"
    post(first, f"{url}/do/remind/", {"channel": "phone"})
    clock.move_to(VISIT)
    intake = {"customer_words": "过坎异响", "is_identified": "on", "mileage": 62418, "fuel": 4, "valuables": "无",
              "signature": SIGNATURE, "damage_places": ["rear"], "damage_note": "划痕", "photos": photo()}  # fmt: skip
    post(first, f"{url}/receive/", intake)
    post(first, f"{url}/items/", {"kind": "labour", "name": "检查异响", "quantity": "1", "unit_price": "180"})
    post(first, f"{url}/do/estimate/", {"promised_at": local(VISIT + 6 * HOUR), "old_part_wish": "take"})
    post(first, f"{url}/consent/", {"version": 1, "method": "signature", "given_by": "王伟", "signature": SIGNATURE})
    post(first, f"{url}/do/assign/", {"technician": users[1].person.pk, "bay": 1})  # type: ignore[attr-defined]  # reason: one-to-one of the staff app
    clock.move_to(VISIT + HOUR)
    post(second, f"{url}/do/finish/", {f"done_{order.lines.get().pk}": "on"})
    passed = {"result": "pass", "point_items": "ok", "point_fluids": "ok"}
    post(second, f"{url}/inspect/", passed, to=409)  # he is an inspector, too, but he did the work
    post(first, f"{url}/inspect/", passed)
    post(first, f"{url}/settle/", {"next_service_on": "2030-05-19"})
    post(first, f"{url}/do/pay/", {"amount": "180.00", "method": "wechat"})
    post(first, f"{url}/deliver/", {"delivered_to": "王伟", "is_explained": "on", "signature": SIGNATURE})
    order.refresh_from_db()
    assert order.state == "delivered"
    return order


def complaint_to_its_end(first: Client, third: Client, contact: Any) -> None:
    """Registered and handled by one, re-rated by another; the handler may not."""
    form = {"customer": contact.customer.code, "station": contact.customer.station_id, "source": "phone",
            "words": "电话打了三次没有人接", "demands_result": "on", "category": "slow_response"}  # fmt: skip
    post(first, "/complaints/new/", form)
    row = Complaint.objects.get()
    url = f"/complaints/{row.number}/do"
    settled = {"facts": "总机漏接", "cause": "值班交接遗漏", "kind": "apology", "cost": "0", "answer": "致歉并回电",
               "execution": "已回电"}  # fmt: skip
    post(third, f"{url}/settle_at_once/", settled)
    post(third, f"{url}/rerate/", {"rating": "5", "is_solved": "true"}, to=409)
    post(first, f"{url}/rerate/", {"rating": "5", "is_solved": "true"})
    row.refresh_from_db()
    assert (row.state, row.rerating) == ("closed", 5)
