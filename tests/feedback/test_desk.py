"""The desk as a caller uses it: next call, keys, complaint, end."""

import datetime as dt
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from careloop.accounts.models import User
from careloop.assets.queries import label_of
from careloop.complaints.models import Complaint
from careloop.core.actor import Actor
from careloop.feedback import services
from careloop.feedback.models import Answer, FamilyCallers, FollowUpTask
from tests.factories import T0, AssetFactory, ProductFamilyFactory, client_of
from tests.feedback.factories import DAY, answers, caller, due, finished

pytestmark = pytest.mark.django_db
CALL_TIME = T0 + DAY
DESK = "/follow-up/"


@pytest.fixture(autouse=True)
def clock() -> Any:
    with time_machine.travel(CALL_TIME, tick=False) as traveller:
        yield traveller


def client_for(by: Actor, language: str = "zh-hans") -> Client:
    user = User.objects.get(person=by.person_id)
    User.objects.filter(pk=user.pk).update(language=language)
    user.refresh_from_db()
    return client_of(user)


def press(client: Client, task: FollowUpTask, **values: Any) -> Any:
    return client.post(reverse("feedback:say", args=[task.number]), values)


def talk(client: Client, task: FollowUpTask, level: int = 5, **values: Any) -> None:
    for name, value in {**answers(task, level), **values}.items():
        press(client, task, **{name: value})


def take(client: Client, task: FollowUpTask) -> Any:
    return client.post(reverse("feedback:step", args=[task.number, "take"]))


def test_one_screen_shows_customer_vehicle_work_people_advice_and_earlier_answers() -> None:
    by = caller()
    earlier = finished(at=T0 - 40 * DAY, words="等得有点久")
    task = due(contact=earlier.contact, lines=("更换机油", "更换空调滤芯"))
    task.order.advice.create(asset=task.asset, text="前制动片剩 3 毫米", given_at=T0)

    client = client_for(by)
    page = client.get(DESK).content.decode()
    side = reverse("feedback:side", args=[task.number])
    assert f'hx-get="{side}" hx-trigger="load"' in page
    page += client.get(side).content.decode()

    for text in (
        task.contact.name,
        task.customer.name,
        label_of(task.asset),
        "更换机油",
        "更换空调滤芯",
        "前制动片剩 3 毫米",
        "等得有点久",
    ):
        assert text in page
    assert client_for(by).get(reverse("workorders:board")).status_code in (200, 403)


def test_the_script_speaks_with_names_and_work() -> None:
    by = caller(name="林回访")
    task = due(lines=("更换机油",))
    client = client_for(by)
    take(client, task)

    page = client.get(DESK).content.decode()

    for part in ("林回访", task.contact.name, "更换机油"):
        assert f"<em>{part}</em>" in page


def test_keys_answer_the_question_in_front_and_a_broken_line_keeps_them() -> None:
    task, by = due(), caller()
    client = client_for(by)
    assert take(client, task).status_code == 302
    page = client.get(DESK).content.decode()
    assert page.count("is-now") == 1
    assert 'data-key="5"' in page

    press(client, task, overall="4")

    assert Answer.objects.get().overall == 4
    client.post(reverse("feedback:step", args=[task.number, "break_off"]), {"note": "断线"})
    other = client_for(caller())
    take(other, task)
    assert 'value="4" data-key="4" aria-pressed="true"' in other.get(f"{DESK}?task={task.number}").content.decode()


def test_a_bad_answer_opens_a_complaint_with_words_and_clock_before_the_call_is_finished() -> None:
    task, by = due(), caller()
    client = client_for(by)
    take(client, task)
    talk(client, task, 2, fixed_first="no")
    end = reverse("feedback:end", args=[task.number])

    refused = client.post(end, {"do": "finish", "verbatim": ""})
    assert (refused.status_code, FollowUpTask.objects.get().state, Complaint.objects.count()) == (422, "in_call", 0)

    client.post(end, {"do": "finish", "verbatim": "修完还是漏油"})

    complaint = Complaint.objects.get()
    assert (complaint.words, complaint.source, complaint.ack_due_at - complaint.registered_at) == (
        "修完还是漏油",
        "follow_up",
        dt.timedelta(hours=12),
    )
    assert FollowUpTask.objects.get().state == "done_complaint"
    from careloop.complaints import services as complaints
    from careloop.core.errors import DomainError
    from careloop.staff.models import Person
    from tests.complaints.factories import officer

    insider = officer()
    Person.objects.filter(pk=insider.person_id).update(department=task.technician.department)
    officer(name="客户关系")
    with pytest.raises(DomainError):
        complaints.acknowledge(complaint.pk, actor=insider, at=CALL_TIME, next_contact_at=CALL_TIME + DAY)


def test_a_good_call_is_finished_and_offers_the_next_step_after_it_only() -> None:
    task, by = due(), caller("cases.create_case")
    client = client_for(by)
    take(client, task)
    talk(client, task)
    assert f"from={task.number}" not in client.get(DESK).content.decode()

    response = client.post(reverse("feedback:end", args=[task.number]), {"do": "finish", "verbatim": ""})

    assert response.url == f"{DESK}?done={task.number}"
    done = client.get(response.url).content.decode()
    assert f"customer={task.customer.code}" in done


def test_a_fragment_is_answered_with_the_fragment() -> None:
    task, by = due(), caller()
    client = client_for(by)
    take(client, task)

    response = client.post(
        reverse("feedback:say", args=[task.number]),
        {"overall": "4"},
        headers={"HX-Request": "true", "HX-Request-Type": "partial"},
    )

    body = response.content.decode()
    assert (response.status_code, "<html" in body, 'id="desk-talk"' in body) == (200, False, True)


def test_without_the_competence_the_call_leaves_the_desk_at_once() -> None:
    by, other = caller(), caller()
    task = due()
    machine = AssetFactory(customer=task.customer, station=task.station, model__family=ProductFamilyFactory())
    FollowUpTask.objects.filter(pk=task.pk).update(asset=machine)
    rule = FamilyCallers.objects.create(family=machine.model.family)
    rule.callers.set([by.person_id, other.person_id])
    client = client_for(by)
    assert task.customer.name in client.get(DESK).content.decode()

    rule.callers.remove(by.person_id)

    assert task.customer.name not in client.get(DESK).content.decode()
    assert task.customer.name in client_for(other).get(DESK).content.decode()


def test_budget_quiet_hours_do_not_call_and_offers(clock: Any) -> None:
    from careloop.feedback.models import Questionnaire, QuestionnaireVersion
    from tests.feedback.factories import SYSTEM, delivered, head

    by = caller("feedback.change_questionnaire")
    client = client_for(by)
    first = finished(at=T0 - 5 * DAY)
    task = services.plan_for_order(delivered(at=T0, contact=first.contact).pk, actor=SYSTEM, at=T0)
    refused = take(client, task)
    assert (refused.status_code, FollowUpTask.objects.get(pk=task.pk).state) == (409, "planned")

    quiet = due()
    clock.move_to(dt.datetime(2026, 11, 20, 20, 30, tzinfo=dt.timezone(dt.timedelta(hours=8))))
    assert take(client, quiet).status_code == 409
    clock.move_to(CALL_TIME)
    quiet.contact.do_not_call = True
    quiet.contact.save()
    assert take(client, quiet).status_code == 409
    quiet.contact.do_not_call = False
    quiet.contact.save()
    assert take(client, quiet).status_code == 302

    draft = services.new_version(
        Questionnaire.objects.get(code="service").pk,
        actor=head(),
        at=T0,
        valid_from=dt.date(2027, 1, 1),
        note="改开场语",
    )
    services.change_draft(draft.pk, actor=head(), at=T0, intro_zh="您好，现在保养有优惠活动，全场打折。")
    refused = client.post(reverse("feedback:version-step", args=["service", draft.version, "publish"]))
    assert (refused.status_code, QuestionnaireVersion.objects.get(pk=draft.pk).state) == (409, "draft")


@pytest.mark.parametrize("rows", [1, 3])
def test_the_desk_asks_a_fixed_number_of_queries(rows: int, django_assert_max_num_queries: Any) -> None:
    client = client_for(caller())
    for _ in range(rows):
        due()
    client.get(DESK)

    with django_assert_max_num_queries(12):
        client.get(DESK)
    task = FollowUpTask.objects.first()
    pages = (
        f"{DESK}?task={task.number}",
        reverse("feedback:task", args=[task.number]),
        reverse("feedback:side", args=[task.number]),
    )
    for url in pages:
        with django_assert_max_num_queries(12):
            client.get(url)
    take(client, task)
    press(client, task, overall="4")
    with django_assert_max_num_queries(12):
        client.get(DESK)


@pytest.mark.parametrize("rows", [1, 3])
def test_the_queue_asks_a_fixed_number_of_queries(rows: int, django_assert_max_num_queries: Any) -> None:
    client = client_for(caller())
    for _ in range(rows):
        due()

    with django_assert_max_num_queries(12):
        response = client.get(reverse("feedback:queue"))

    assert response.content.decode().count("HF-") >= rows


@pytest.mark.parametrize("rows", [1, 3])
def test_the_answers_ask_a_fixed_number_of_queries(rows: int, django_assert_max_num_queries: Any) -> None:
    client = client_for(caller())
    for n in range(rows):
        finished(words=f"第{n}句")

    with django_assert_max_num_queries(12):
        response = client.get(reverse("feedback:answers"))

    assert response.content.decode().count("第") >= rows
