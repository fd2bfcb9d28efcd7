"""From the real delivery, through the worker, to figures."""

import datetime as dt
import json
from typing import Any

import pytest
import time_machine
from django.test import Client

from careloop.accounts import services as accounts
from careloop.accounts.models import User
from careloop.api import auth
from careloop.core import events, today
from careloop.core.actor import Actor
from careloop.feedback import jobs, queries, services
from careloop.feedback.models import AnswerItem, FollowUpTask
from careloop.staff.actors import actor_for
from careloop.workorders import services as workorders
from careloop.workorders.models import WorkOrder
from tests.factories import T0, CustomerFactory, StationFactory, client_of
from tests.feedback.factories import BAD, DAY, HOUR, SYSTEM, answers, caller, due, finished, head, in_call, planned
from tests.workorders.factories import make_shop

pytestmark = pytest.mark.django_db
MINUTE = dt.timedelta(minutes=1)


def test_delivery_creates_exactly_one_sequence_also_when_repeated_or_undone() -> None:
    services.ensure_defaults(actor=SYSTEM, at=T0)
    shop = make_shop()
    order = shop.brought_to("delivered")
    t0 = WorkOrder.objects.get(pk=order.pk).delivered_at
    events.deliver_due(now=t0 + MINUTE)
    events.deliver_due(now=t0 + 2 * MINUTE)
    task = FollowUpTask.objects.get()
    assert (task.state, task.not_before, task.due_at) == ("planned", t0 + 24 * HOUR, t0 + 72 * HOUR)
    assert task.served_ids == {shop.person(name) for name in ("adviser", "technician", "inspector", "foreman")}

    workorders.undo_delivery(order.pk, actor=shop.actor("adviser"), at=t0 + 5 * MINUTE)
    events.deliver_due(now=t0 + 6 * MINUTE)
    task.refresh_from_db()
    assert task.state == "cancelled"

    shop.at = t0 + 7 * MINUTE
    shop.deliver(order)
    events.deliver_due(now=shop.at + MINUTE)
    states = list(FollowUpTask.objects.order_by("pk").values_list("state", flat=True))
    assert states == ["cancelled", "planned"]
    page = client_of(User.objects.get(person=caller().person_id)).get("/follow-up/queue/?view=open").content.decode()
    assert page.count(order.number) == 1


def test_windows_lateness_overdue_list_and_coverage() -> None:
    by = caller()
    in_time, late, waiting = due(), due(), due()
    for task, at in ((in_time, in_time.due_at), (late, late.due_at + MINUTE)):
        services.take_call(task.pk, actor=by, at=T0 + DAY)
        services.save_answer(task.pk, answers(task), actor=by, at=T0 + DAY)
        services.finish_call(task.pk, actor=by, at=at)
    with time_machine.travel(waiting.due_at + MINUTE, tick=False):
        client = client_of(User.objects.get(person=by.person_id))
        overdue = client.get("/follow-up/queue/?view=late").content.decode()
        figures = client.get("/follow-up/queue/?view=all&days=30").content.decode()

    assert [number in overdue for number in (in_time.number, late.number, waiting.number)] == [False, False, True]
    assert FollowUpTask.objects.get(pk=late.pk).is_late is True
    assert "33.3" in figures  # one of three in its window
    found = queries.coverage(by, T0 - DAY, T0 + DAY)
    assert (found.due, found.done_in_window, found.answered) == (3, 1, 2)


def test_coverage_adds_up_and_names_each_reason() -> None:
    first = finished()
    call, by = in_call()
    services.refuse_call(call.pk, actor=by, at=T0 + DAY, reason="没空")
    services.waive(due().pk, actor=head(), at=T0 + DAY, why="internal", reason="内部车")
    planned()
    from tests.feedback.factories import delivered

    merged_into = planned()
    services.plan_for_order(delivered(at=T0, contact=merged_into.contact).pk, actor=SYSTEM, at=T0)

    found = queries.coverage(SYSTEM, T0 - DAY, T0 + DAY)

    assert first.overall == 5
    assert (found.eligible, found.answered, found.open, found.reasons) == (
        6,
        1,
        2,
        {"internal": 1, "refused": 1, "merged": 1},
    )
    assert found.answered + found.open + sum(found.reasons.values()) == found.eligible


def test_the_matrix_holds_scores_weights_company_and_population() -> None:
    customer = CustomerFactory()
    from tests.factories import ContactFactory

    people = [ContactFactory(customer=customer, is_primary=n == 0) for n in range(2)]
    for contact, level in zip(people, (5, 3), strict=True):
        finished(contact=contact, level=level)
    due()

    matrix = queries.answer_matrix(SYSTEM, T0 - DAY, T0 + DAY, questionnaire="service")

    assert (len(matrix), matrix.companies, matrix.coverage.eligible, matrix.coverage.companies) == (
        2,
        [customer.pk, customer.pk],
        3,
        2,
    )
    assert (matrix.scores["overall"], matrix.levels["overall"]) == ([100.0, 50.0], [5.0, 3.0])
    assert [v.version for v in matrix.versions] == [1]
    assert len(queries.answer_matrix(SYSTEM, T0 - DAY, T0 + DAY, station=customer.station_id)) == 2
    assert len(queries.answer_matrix(SYSTEM, T0 - DAY, T0 + DAY, station=StationFactory().pk)) == 0
    assert len(queries.answer_matrix(SYSTEM, T0 + DAY, T0 + 2 * DAY)) == 0


@pytest.mark.parametrize("rows", [1, 4])
def test_the_matrix_asks_a_fixed_number_of_queries(rows: int, django_assert_num_queries: Any) -> None:
    for _ in range(rows):
        finished()

    with django_assert_num_queries(6):
        queries.answer_matrix(SYSTEM, T0 - DAY, T0 + DAY)


def test_each_negative_answer_carries_step_and_standard_and_the_report_adds_up() -> None:
    by = caller()
    with time_machine.travel(T0 + 3 * DAY, tick=False):
        answer = finished(by, level=2, words="没修好")
        finished(by, level=5)
        client = client_of(User.objects.get(person=by.person_id))
        rows = list(AnswerItem.objects.filter(is_deviation=True).select_related("item").order_by("item__order"))
        assert [(row.item.key, row.step, bool(row.norm)) for row in rows] == [
            ("overall", "", False),
            ("reception", "reception", True),
            ("repair", "repair", True),
            ("inspection", "inspection", True),
        ]

        report = queries.deviations_by_step(by, T0, T0 + 3 * DAY)
        page = client.get("/follow-up/deviations/?days=7").content.decode()
        unattributed = client.get("/follow-up/deviations/?days=7&step=none").content.decode()
        client.post(
            f"/follow-up/answers/{answer.task.number}/step/{rows[0].pk}/",
            {"step": "repair", "norm": "一次修复，不返修"},
        )
        after = queries.deviations_by_step(by, T0, T0 + 3 * DAY)

    assert sum(row.deviations for row in report) == len(rows) == 4
    assert {row.step: row.deviations for row in report if row.deviations} == {
        "": 1,
        "reception": 1,
        "repair": 1,
        "inspection": 1,
    }
    assert ("未归因" in page, answer.task.number in unattributed) == (True, True)
    assert {row.step: row.deviations for row in after if row.deviations} == {
        "reception": 1,
        "repair": 2,
        "inspection": 1,
    }
    assert next(row for row in report if row.step == "appointment").asked == 0
    rows[0].refresh_from_db()
    assert (rows[0].raw, rows[0].score) == (2, 25)


def test_calls_and_thank_yous_stand_on_today_with_their_reason() -> None:
    task, by = due(), caller()

    duties = today.collect(by, now=T0 + DAY)

    assert [(d.view, d.due_at, task.contact.name in d.what, d.action_url) for d in duties if d.view == "calls"] == [
        ("calls", task.due_at, True, f"/follow-up/?task={task.number}")
    ]
    assert "24" in duties[0].why
    assert today.collect(actor_for(make_shop().users["adviser"]), now=T0 + DAY) == []


# --- REST --------------------------------------------------------------------------------------------------------


def ask(by: Actor, method: str, path: str, body: Any = None) -> Any:
    auth.forget()
    _row, key = accounts.issue_token(by.user_id, name="试", actor=by, at=T0)
    data = {"data": json.dumps(body or {}), "content_type": "application/json"} if method != "get" else {}
    return getattr(Client(), method)(f"/api/v1{path}", HTTP_AUTHORIZATION=f"Bearer {key}", **data)


def test_a_whole_call_through_the_api() -> None:
    task, by = due(), caller()
    with time_machine.travel(T0 + DAY, tick=False):
        assert ask(by, "get", "/follow-ups?view=due").json()["items"][0]["number"] == task.number
        assert ask(by, "post", f"/follow-ups/{task.number}/transitions/take").json()["state"] == "in_call"
        assert ask(by, "put", f"/follow-ups/{task.number}/answer", {"overall": 9}).status_code == 422
        assert ask(by, "put", f"/follow-ups/{task.number}/answer", answers(task, 2, **BAD)).status_code == 200
        refused = ask(by, "post", f"/follow-ups/{task.number}/transitions/finish")
        assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "verbatim")
        ask(by, "put", f"/follow-ups/{task.number}/answer", {"verbatim": "还是漏油"})
        done = ask(by, "post", f"/follow-ups/{task.number}/transitions/finish").json()
        answer = ask(by, "get", f"/follow-ups/{task.number}/answer").json()

    assert (done["state"], answer["verbatim"], answer["overall"], bool(answer["complaint"])) == (
        "done_complaint",
        "还是漏油",
        2,
        True,
    )


def test_a_second_caller_is_told_through_the_api_too() -> None:
    task, first, second = due(), caller(name="甲"), caller(name="乙")
    with time_machine.travel(T0 + DAY, tick=False):
        ask(first, "post", f"/follow-ups/{task.number}/transitions/take")
        response = ask(second, "post", f"/follow-ups/{task.number}/transitions/take")

    assert (response.status_code, "甲" in response.json()["title"]) == (409, True)


def test_the_sweeps_leave_nothing_behind() -> None:
    due()
    assert (
        jobs.open_windows(now=T0 + DAY),
        jobs.lock_answers(now=T0 + DAY),
        jobs.end_links(now=T0 + DAY),
        jobs.tidy(now=T0 + DAY),
    ) == (0, 0, 0, 0)
