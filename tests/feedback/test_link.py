"""The customer's own page: no sign-in, his language, goes on after an interruption, one submission."""

from typing import Any

import pytest
import time_machine
from django.test import Client

from careloop.complaints.models import Complaint
from careloop.feedback import services
from careloop.feedback.models import Answer, FollowUpTask
from tests.factories import T0
from tests.feedback.factories import DAY, SYSTEM, answers, caller, delivered, due, finished

pytestmark = pytest.mark.django_db
NOW = T0 + 2 * DAY


@pytest.fixture(autouse=True)
def clock() -> Any:
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


def sent(**fields: Any) -> tuple[FollowUpTask, str]:
    task = services.send_link(due(**fields).pk, actor=caller(), at=T0 + DAY)
    return task, f"/a/{services.token_of(task)}/"


def test_the_customer_answers_by_link_without_sign_in_in_his_language_and_once() -> None:
    task, url = sent(lines=("更换机油",))
    customer = Client()
    page = customer.get(url)
    assert (page.status_code, "更换机油" in page.content.decode(), 'lang="zh-hans"' in page.content.decode()) == (
        200,
        True,
        True,
    )
    task.contact.language = "en"
    task.contact.save()
    assert "How was our service?" in Client().get(url).content.decode()

    assert customer.post(url + "save/", {"overall": "4"}).status_code == 204
    again = Client().get(url).content.decode()
    assert 'name="overall" value="4" checked' in again

    done = customer.post(url, {**answers(task, 4), "verbatim": "师傅讲得很清楚"})

    assert (done.status_code, FollowUpTask.objects.get().state) == (200, "done_remarks")
    answer = Answer.objects.get()
    assert (answer.channel, answer.verbatim, answer.entered_by_id) == ("link", "师傅讲得很清楚", None)
    for dead in (url, url[:-3] + "xx/", "/a/abc/", f"/a/{task.pk}/"):
        response = customer.get(dead)
        body = response.content.decode()
        assert (response.status_code, task.customer.name in body, "更换机油" in body) == (404, False, False)
    assert customer.post(url, answers(task, 1)).status_code == 404
    assert customer.post(url + "save/", {"overall": "1"}).status_code == 404
    answer.refresh_from_db()
    assert answer.overall == 4


def test_a_bad_answer_by_link_opens_its_complaint_in_the_moment_of_sending() -> None:
    task, url = sent()
    Client().post(url + "save/", {"overall": "1"})
    assert Complaint.objects.count() == 0

    Client().post(url, {**answers(task, 1), "verbatim": "发动机冒烟"})

    complaint = Complaint.objects.get()
    assert (complaint.words, complaint.severity, complaint.is_sealed, complaint.registered_at) == (
        "发动机冒烟",
        "urgent",
        True,
        NOW,
    )
    assert FollowUpTask.objects.get().state == "done_complaint"
    assert Answer.objects.get().complaint_id == complaint.pk


def test_without_words_the_complaint_says_what_was_rated_low() -> None:
    task, url = sent()

    Client().post(url, answers(task, 5, overall=2))

    assert Complaint.objects.get().words == "（未留言；低分：总体 2 分）"


def test_an_incomplete_form_is_refused_and_keeps_what_was_entered() -> None:
    task, url = sent()

    response = Client().post(url, {"overall": "5", "verbatim": "还行"})

    body = response.content.decode()
    assert (response.status_code, 'value="5" checked' in body, "还行" in body) == (422, True, True)
    assert (FollowUpTask.objects.get().state, Answer.objects.count()) == ("link_sent", 0)


@pytest.mark.parametrize(
    "values", [{"overall": "9"}, {"overall": "x"}, {"fixed_first": "vielleicht"}, {"comparison": "<script>"}]
)
def test_a_value_that_is_no_answer_is_refused(values: dict[str, str]) -> None:
    task, url = sent()

    response = Client().post(url + "save/", values)

    assert (response.status_code, Answer.objects.count()) == (422, 0)
    assert Client().post(url, {**answers(task), **values}).status_code == 422


def test_the_link_ends_after_its_days(clock: Any) -> None:
    _task, url = sent()
    clock.move_to(T0 + 15 * DAY - DAY / 100)
    assert Client().get(url).status_code == 200

    clock.move_to(T0 + 15 * DAY)

    assert Client().get(url).status_code == 404


def test_a_new_link_kills_the_old_one() -> None:
    task, url = sent()
    from careloop.feedback.services.links import issue_link

    issue_link(FollowUpTask.objects.get(), at=NOW)
    task.refresh_from_db()

    assert (Client().get(url).status_code, Client().get(f"/a/{services.token_of(task)}/").status_code) == (404, 200)


def test_the_token_is_not_in_the_database() -> None:
    task, url = sent()
    token = url.split("/")[2]

    row = FollowUpTask.objects.filter(pk=task.pk).values().get()

    assert token not in str(row)


def test_somebody_not_asked_may_reply_to_the_thank_you() -> None:
    first = finished()
    later = T0 + DAY
    task = services.plan_for_order(delivered(at=later, contact=first.contact).pk, actor=SYSTEM, at=later)
    task = services.open_task(task.pk, at=later + DAY)
    assert task.state == "waived"
    task = services.send_thanks(task.pk, actor=caller(), at=later + DAY)
    url = f"/a/{services.token_of(task)}/"
    assert Client().get(url).status_code == 200

    response = Client().post(url, {"verbatim": "空调还是不冷", "wants_action": "on"})

    assert (response.status_code, Complaint.objects.get().words, Client().get(url).status_code) == (
        200,
        "空调还是不冷",
        404,
    )


def test_the_page_holds_no_navigation_and_no_inline_script() -> None:
    _task, url = sent()
    response = Client().get(url)
    body = response.content.decode()

    assert ("cl-nav" in body, "style=" in body) == (False, False)
    assert "script-src 'self'" in response["Content-Security-Policy"]
