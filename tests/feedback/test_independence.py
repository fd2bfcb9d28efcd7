"""R13: the rated unit does not see, change, remove or find what rates it before it is locked; each try is kept."""

import json
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from careloop.accounts import services as accounts
from careloop.accounts.models import Role, User
from careloop.api import auth
from careloop.complaints.models import Complaint
from careloop.core import search
from careloop.core.models import AccessLog, Event
from careloop.feedback import queries, services
from careloop.feedback.models import Answer, FollowUpTask
from careloop.staff.actors import actor_for
from careloop.staff.models import Person, Station
from tests.factories import T0, StationFactory, client_of
from tests.feedback.factories import CALLING, DAY, HOUR, SYSTEM, caller, due, finished
from tests.workorders.factories import user_as

pytestmark = pytest.mark.django_db


def manager_of(station: Station) -> User:
    return user_as("service_manager", name="顾承宇", stations=[station])


def head_of_follow_up(station: Station) -> User:
    return user_as("follow_up_head", name="方静", stations=[station])


def bad_answer(station: Station, worker: Person | None = None) -> Answer:
    return finished(level=2, words="态度很差，没修好", station=station, worker=worker)


def token_of(user: User) -> dict[str, str]:
    auth.forget()
    _row, key = accounts.issue_token(user.pk, name="试", actor=actor_for(user), at=T0)
    return {"HTTP_AUTHORIZATION": f"Bearer {key}"}


def ask(user: User, method: str, path: str, body: Any = None) -> Any:
    client = Client()
    data = {"data": json.dumps(body or {}), "content_type": "application/json"} if method != "get" else {}
    return getattr(client, method)(f"/api/v1{path}", **data, **token_of(user))


def refused_looks() -> list[str]:
    return [row.detail["what"] for row in AccessLog.objects.filter(what="refused").order_by("pk")]


@pytest.mark.req("R13")
def test_a_manager_of_the_rated_unit_is_refused_by_page_api_export_and_search_and_each_try_is_kept() -> None:
    station = StationFactory()
    answer = bad_answer(station)
    number, manager = answer.task.number, manager_of(station)
    client = client_of(manager)
    pages = {
        "desk": reverse("feedback:desk"),
        "queue": reverse("feedback:queue"),
        "follow_up": reverse("feedback:task", args=[number]),
        "answers": reverse("feedback:answers"),
        "answer": reverse("feedback:answer", args=[number]),
        "export": reverse("feedback:answer-export", args=["csv"]),
        "deviations": reverse("feedback:deviations"),
    }

    for what, url in pages.items():
        response = client.get(url)
        assert (response.status_code, "没修好" in response.content.decode()) == (403, False), what
    for url in (
        reverse("feedback:say", args=[number]),
        reverse("feedback:end", args=[number]),
        reverse("feedback:step", args=[number, "waive"]),
    ):
        assert client.post(url, {"overall": "5", "do": "finish", "why": "other", "reason": "删掉"}).status_code == 403
    assert client.get(reverse("feedback:addendum", args=[number])).status_code == 403
    assert refused_looks() == [*pages, "follow_up", "follow_up", "follow_up", "answer"]

    api = [
        ("get", "/follow-ups"),
        ("get", f"/follow-ups/{number}"),
        ("get", f"/follow-ups/{number}/answer"),
        ("get", "/follow-ups/answers"),
        ("put", f"/follow-ups/{number}/answer"),
        ("post", f"/follow-ups/{number}/transitions/take"),
        ("post", f"/follow-ups/{number}/transitions/waive"),
        ("post", f"/follow-ups/{number}/answer/addenda"),
        ("delete", f"/follow-ups/{number}"),
        ("patch", f"/follow-ups/{number}"),
    ]
    bodies: dict[str, dict[str, Any]] = {
        "answer": {"overall": 5, "technician": "别人", "station": "别处"},
        "waive": {"why": "other", "reason": "删掉"},
        "addenda": {"text": "很好"},
    }
    for method, path in api:
        response = ask(manager, method, path, bodies.get(path.rpartition("/")[2], {}))
        assert (response.status_code, "没修好" in response.content.decode()) == (403, False), path
    assert len(refused_looks()) == 11 + len(api)

    for url in ("/search/?q=没修好&kind=answer", "/api/v1/search?q=没修好&kind=answer"):
        response = client.get(url) if "api" not in url else Client().get(url, **token_of(manager))
        assert (response.status_code, "态度很差" in response.content.decode()) == (403, False)
    assert refused_looks()[-2:] == ["search", "search"]
    assert "态度很差" not in client.get("/search/?q=没修好").content.decode()
    assert search.find("没修好", actor=actor_for(manager)) == []
    complaint = Complaint.objects.get()
    assert client.get(reverse("complaints:detail", args=[complaint.number])).status_code == 404
    assert not Event.objects.visible_to(actor_for(manager)).filter(text__contains="没修好").exists()
    answer.refresh_from_db()
    assert (answer.overall, answer.verbatim, FollowUpTask.objects.get().state) == (
        2,
        "态度很差，没修好",
        "done_complaint",
    )
    assert queries.coverage(SYSTEM, T0 - DAY, T0 + DAY).eligible == 1

    follow_up_head, top = head_of_follow_up(station), user_as("general_manager", name="高总", stations=[station])
    for path in (reverse("feedback:answer", args=[number]), reverse("feedback:deviations") + "?days=365"):
        for user in (follow_up_head, top):
            page = client_of(user).get(path).content.decode()
            assert ("态度很差，没修好" in page) or ("deviations" in path and number in page)
    period = f"{T0:%Y}"
    reports = [ask(user, "get", f"/reports/satisfaction?period={period}").json() for user in (follow_up_head, top)]
    assert reports[0] == reports[1]
    assert (reports[1]["coverage"]["answered"], reports[1]["n"]) == (1, 1)


@pytest.mark.req("R13")
def test_a_manager_who_may_read_answers_sees_those_about_his_unit_only_after_the_lock() -> None:
    station = StationFactory()
    answer = bad_answer(station)
    number, manager = answer.task.number, manager_of(station)
    reader = ("feedback.view_answer", "feedback.export_answer")  # roles are data: a firm may give him these rights
    manager.roles.add(Role.objects.create(code="reader", name="查看评价", permissions=sorted(reader)))
    client = client_of(manager)

    def seen() -> dict[str, bool]:
        listed = ask(manager, "get", "/follow-ups/answers").json()["items"]
        found = Client().get("/api/v1/search?q=没修好&kind=answer", **token_of(manager)).json()["items"]
        export = client.get(reverse("feedback:answer-export", args=["csv"]))
        return {
            "page": client.get(reverse("feedback:answer", args=[number])).status_code == 200,
            "list": number in client.get(reverse("feedback:answers")).content.decode(),
            "deviations": number in client.get(reverse("feedback:deviations") + "?days=365").content.decode(),
            "api": ask(manager, "get", f"/follow-ups/{number}/answer").status_code == 200,
            "api list": [row["follow_up"] for row in listed] == [number],
            "export": "没修好" in b"".join(export.streaming_content).decode("utf-8-sig"),
            "search": found != [],
            "report": ask(manager, "get", f"/reports/satisfaction?period={T0:%Y}").json()["n"] == 1,
        }

    with time_machine.travel(answer.finished_at + HOUR, tick=False):
        assert [way for way, is_seen in seen().items() if is_seen] == []
    assert refused_looks() == ["answer", "answer"]
    services.lock_due(now=answer.finished_at + DAY)
    with time_machine.travel(answer.finished_at + DAY + HOUR, tick=False):
        assert [way for way, is_seen in seen().items() if not is_seen] == []


def test_a_caller_who_took_part_sees_neither_the_follow_up_nor_the_answer_before_the_lock() -> None:
    station = StationFactory()
    user = user_as("follow_up_caller", "adviser", name="罗一鸣", stations=[station])
    answer = bad_answer(station, worker=user.person)
    client, number = client_of(user), answer.task.number

    assert client.get(reverse("feedback:task", args=[number])).status_code == 403
    assert client.get(reverse("feedback:answer", args=[number])).status_code == 403
    assert number not in client.get(reverse("feedback:queue") + "?view=all").content.decode()
    assert number not in client.get(reverse("feedback:answers")).content.decode()
    assert "没修好" not in client.get(reverse("feedback:answer-export", args=["csv"])).content.decode()
    assert search.find("没修好", actor=actor_for(user)) == []
    assert refused_looks() == ["follow_up", "answer", "export"]
    matrix = queries.answer_matrix(actor_for(user), T0 - DAY, T0 + DAY)
    assert (len(matrix), matrix.coverage.eligible) == (0, 1)

    services.lock_due(now=answer.finished_at + DAY)

    assert client.get(reverse("feedback:answer", args=[number])).status_code == 200
    assert [hit.kind for hit in search.find("没修好", actor=actor_for(user)) if hit.kind == "answer"] == ["answer"]


def test_someone_uninvolved_of_the_independent_unit_sees_it_at_once() -> None:
    answer = bad_answer(StationFactory())
    user = User.objects.get(person=caller().person_id)

    page = client_of(user).get(reverse("feedback:answer", args=[answer.task.number]))

    assert (page.status_code, "态度很差，没修好" in page.content.decode()) == (200, True)
    assert refused_looks() == []


def test_a_two_character_word_of_the_customer_finds_the_answer_and_words_stay_word_for_word() -> None:
    words = "  等了两个小时，\n师傅说“快了快了”……漏油没修好 "
    task = due()
    by = caller()
    services.take_call(task.pk, actor=by, at=T0 + DAY)
    client = client_of(User.objects.get(person=by.person_id))
    from tests.feedback.factories import answers

    for name, value in {**answers(task, 2), "fixed_first": "no", "verbatim": words}.items():
        services.save_answer(task.pk, {name: value}, actor=by, at=T0 + DAY)
    services.finish_call(task.pk, actor=by, at=T0 + DAY + HOUR)

    found = client.get(reverse("feedback:answers"), {"q": "漏油"})
    missed = client.get(reverse("feedback:answers"), {"q": "空调"})

    assert Answer.objects.get().verbatim == words
    assert (task.number in found.content.decode(), task.number in missed.content.decode()) == (True, False)
    services.lock_due(now=T0 + 3 * DAY)
    refused = client.post(reverse("feedback:say", args=[task.number]), {"verbatim": "其实挺好"})
    assert (refused.status_code, Answer.objects.get().verbatim) == (409, words)
    client.post(reverse("feedback:addendum", args=[task.number]), {"text": "客户补充：已修好"})
    assert [row.text for row in queries.addenda_of(Answer.objects.get())] == ["客户补充：已修好"]


def test_nobody_can_remove_a_follow_up() -> None:
    """There is no route that deletes, and the database keeps what an answer or an attempt hangs on."""
    task = finished().task
    user = user_as("follow_up_head", name="方静", stations=[task.station])

    assert Client().delete(f"/api/v1/follow-ups/{task.number}", **token_of(user)).status_code == 403
    assert CALLING  # the rights of callers hold no right to delete
    assert FollowUpTask.objects.count() == 1
