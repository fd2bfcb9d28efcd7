"""Complaints as people and programs meet them: list, record, steps, registration, REST."""

import json
import re
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from careloop.accounts import services as accounts
from careloop.accounts.models import User
from careloop.api import auth
from careloop.complaints.models import Complaint, ComplaintTask
from careloop.core.actor import Actor
from tests.complaints.factories import HOUR, brought_to, complaint, officer, unit
from tests.factories import T0, CustomerFactory, StationFactory, actor_with, client_of

pytestmark = pytest.mark.django_db
WORDS = "等了三天没有人回电话"


def client_for(by: Actor) -> Client:
    return client_of(User.objects.get(person=by.person_id))


def ask(by: Actor, method: str, path: str, body: Any = None) -> Any:
    auth.forget()
    _row, key = accounts.issue_token(by.user_id, name="试", actor=by, at=T0)
    data = {"data": json.dumps(body or {}), "content_type": "application/json"} if method != "get" else {}
    return getattr(Client(), method)(f"/api/v1{path}", HTTP_AUTHORIZATION=f"Bearer {key}", **data)


def form(customer: Any, /, **changes: Any) -> dict[str, Any]:
    return {
        "customer": customer.code, "station": customer.station_id, "source": "phone", "words": WORDS,
        "demands_result": "on", "category": "slow_response", **changes,
    }  # fmt: skip


def rules_on(client: Client, number: str) -> dict[str, str]:
    """The card of the ten rules: each with whether it was kept."""
    page = client.get(reverse("complaints:detail", args=[number])).content.decode()
    card = page[page.index("十条原则") :]
    card = card[: card.index("</ul>")]
    text = re.sub(r"<svg.*?</svg>", "", card, flags=re.S)
    rows = re.findall(r'cl-grow">([^<]+)</span>(.*?)</li>', text, flags=re.S)
    return {label: re.sub(r"<[^>]+>|\s", "", chip) for label, chip in rows}


@pytest.mark.req("R129")
def test_the_ten_rules_are_fields_clocks_and_questions_and_grade_plays_no_part() -> None:
    station = StationFactory()
    by = officer()
    client = client_for(by)
    with time_machine.travel(T0, tick=False):
        for grade in ("C", "A"):
            customer = CustomerFactory(station=station, grade=grade, grade_reason="按规则")
            client.post(reverse("complaints:create"), form(customer))
    c_row, a_row = Complaint.objects.order_by("pk")
    clocks = ("severity", "first_severity", "ack_due_at", "answer_due_at", "solution_due_at")
    assert [getattr(c_row, name) for name in clocks] == [getattr(a_row, name) for name in clocks]
    with time_machine.travel(T0 + HOUR, tick=False):
        page = client.get(reverse("complaints:list")).content.decode()
        fresh = rules_on(client, a_row.number)
    with time_machine.travel(T0 + 10 * 24 * HOUR, tick=False):
        forgotten = rules_on(client, a_row.number)
        waits = {
            "state": "waiting",
            "ack_at": T0,
            "owner": by.person_id,
            "paused_since": T0,
        }  # for the customer: the clock stands still
        Complaint.objects.filter(pk=a_row.pk).update(**waits)
        assert rules_on(client, a_row.number) == {**forgotten, "高度重视": "是", "及时处理": "未到"}
    assert page.index(c_row.number) < page.index(a_row.number)
    assert fresh == {
        "高度重视": "未到", "一视同仁": "是", "耐心倾听": "是", "微笑对待": "未到", "弄清事实": "未到", "尊重客人": "未到",
        "及时处理": "未到", "迅速答复": "未到", "积极实施": "未到", "做好记录": "未到",
    }  # fmt: skip
    assert forgotten == {**fresh, "高度重视": "否", "及时处理": "否", "迅速答复": "否"}

    open_row, _officer = brought_to("confirming")
    rater = actor_with("complaints.view_complaint", "complaints.rerate")
    for field in ("facts", "decision", "execution", "cause"):
        kept = getattr(open_row, field)
        Complaint.objects.filter(pk=open_row.pk).update(**{field: ""})
        url = reverse("complaints:step", args=[open_row.number, "rerate"])
        assert client_for(rater).post(url, {"rating": "5"}).status_code == 409, field
        api = f"/complaints/{open_row.number}/transitions/rerate"
        assert ask(rater, "post", api, {"rating": 5}).status_code == 409
        Complaint.objects.filter(pk=open_row.pk).update(**{field: kept})
    task = ComplaintTask.objects.create(
        complaint=open_row, department=unit("备件部"), text="查库存", given_at=T0, due_at=T0 + HOUR, given_by="程磊"
    )
    assert client_for(rater).post(url, {"rating": "5"}).status_code == 409
    ComplaintTask.objects.filter(pk=task.pk).update(state="done", done_at=T0, result="有货")
    rated = {"rating": "5", "is_solved": "true", "was_friendly": "true", "was_respected": "false"}
    assert client_for(rater).post(url, rated).status_code == 302
    assert Complaint.objects.get(pk=open_row.pk).state == "closed"
    closed = rules_on(client, open_row.number)
    assert closed == {**dict.fromkeys(closed, "是"), "尊重客人": "否"}
    late = dict.fromkeys(("ack_at", "communicated_at", "executed_at"), T0 + 30 * 24 * HOUR)
    Complaint.objects.filter(pk=open_row.pk).update(**late)
    overdue = rules_on(client, open_row.number)
    assert [overdue[rule] for rule in ("高度重视", "及时处理", "迅速答复")] == ["否", "否", "否"]


def test_the_most_severe_stands_first_then_the_next_clock() -> None:
    station = StationFactory()
    late = complaint(WORDS, customer=CustomerFactory(station=station), at=T0 - 20 * HOUR)
    fresh = complaint(WORDS, customer=CustomerFactory(station=station), at=T0)
    fire = complaint("发动机冒烟", customer=CustomerFactory(station=station), at=T0)
    with time_machine.travel(T0 + HOUR, tick=False):
        page = client_for(officer()).get(reverse("complaints:list")).content.decode()

    places = [page.index(row.number) for row in (fire, late, fresh)]
    assert places == sorted(places)


def test_anybody_registers_and_who_may_not_read_is_told_the_number() -> None:
    customer = CustomerFactory()
    by = actor_with("complaints.register_complaint", "customers.view_customer", stations=[customer.station])

    response = client_for(by).post(reverse("complaints:create"), form(customer), follow=True)

    row = Complaint.objects.get()
    assert (row.words, row.registered_by, row.number in response.content.decode()) == (WORDS, by.name, True)


@pytest.mark.parametrize("changes", [{"words": "  "}, {"customer": "KH-0"}, {"order": "WX-0"}, {"source": "follow_up"}])
def test_a_registration_that_lacks_something_is_refused_and_nothing_is_kept(changes: dict[str, Any]) -> None:
    by = officer()

    response = client_for(by).post(reverse("complaints:create"), form(CustomerFactory(), **changes))

    assert (response.status_code, Complaint.objects.count()) == (422, 0)


def test_the_same_steps_through_the_api() -> None:
    by, customer = officer(), CustomerFactory()
    body = {"customer": customer.code, "station": customer.station.code, "words": "机器着火了", "source": "phone"}
    with time_machine.travel(T0, tick=False):
        made = ask(by, "post", "/complaints", body)
        number = made.json()["number"]
        step = f"/complaints/{number}/transitions"
        refused = ask(by, "post", f"{step}/investigate")
        done = ask(by, "post", f"{step}/acknowledge", {"next_contact_at": "2026-11-19T12:00:00+08:00"})
        listed = ask(by, "get", "/complaints?severity=urgent").json()["items"]

    assert (made.status_code, made.json()["severity"], made.json()["severity_reasons"]) == (201, "urgent", ["fire"])
    assert (refused.status_code, done.json()["state"], done.json()["owner"]) == (409, "acknowledged", by.name)
    assert [row["number"] for row in listed] == [number]


def test_a_sealed_complaint_does_not_exist_for_the_manager_of_the_unit() -> None:
    station = StationFactory()
    row = complaint(WORDS, customer=CustomerFactory(station=station), source="follow_up", is_sealed=True)
    manager = actor_with("complaints.view_complaint", "complaints.approve_remedy", stations=[station])

    page = client_for(manager).get(reverse("complaints:detail", args=[row.number]))

    assert (page.status_code, ask(manager, "get", f"/complaints/{row.number}").status_code) == (404, 404)
    assert ask(manager, "get", "/complaints").json()["items"] == []


@pytest.mark.parametrize("rows", [1, 3])
def test_the_list_asks_a_fixed_number_of_queries(rows: int, django_assert_max_num_queries: Any) -> None:
    client = client_for(officer())
    for _ in range(rows):
        complaint(WORDS)

    with django_assert_max_num_queries(12):
        response = client.get(reverse("complaints:list"))

    assert response.content.decode().count(WORDS) == rows


def test_a_refused_step_says_why_in_the_language_of_its_reader() -> None:
    row, by = brought_to("investigating")
    client = client_for(by)

    page = client.get(reverse("complaints:detail", args=[row.number])).content.decode()

    assert ("缺少事实：请记下查到什么、证据在哪里。" in page, "The facts are missing" in page) == (True, False)
    User.objects.filter(person=by.person_id).update(language="en")
    english = client.get(reverse("complaints:detail", args=[row.number])).content.decode()
    assert "The facts are missing: write down what was found and the evidence." in english
