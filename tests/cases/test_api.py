"""REST of service requests: the same rules as the pages, problem details, cursors, idempotency."""

import pytest
import time_machine
from django.test import Client

from careloop.accounts import services as accounts
from careloop.api.auth import forget
from careloop.cases import services
from careloop.cases.models import Case
from careloop.core.models import Event
from careloop.staff.actors import actor_for
from tests.cases.factories import CLOSING, HOUR, Desk
from tests.factories import T0, StationFactory, client_of, user_with

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk():
    forget()
    with time_machine.travel(T0, tick=False):
        yield Desk()


class Api:
    def __init__(self, user):
        _row, self.key = accounts.issue_token(user.pk, name="test", actor=actor_for(user), at=T0)
        self.client = Client()

    def get(self, path: str = "", **query):
        return self.client.get(f"/api/v1/cases{path}", query, headers={"Authorization": f"Bearer {self.key}"})

    def post(self, path: str = "", body=None, **headers):
        return self.client.post(
            f"/api/v1/cases{path}",
            body or {},
            content_type="application/json",
            headers={"Authorization": f"Bearer {self.key}", **headers},
        )


@pytest.fixture
def api(desk: Desk) -> Api:
    return Api(desk.user)


def body(desk: Desk, **changes) -> dict:
    return {
        "customer": desk.customer.code,
        "contact": desk.contact.pk,
        "asset": desk.machine.code,
        "channel": "email",
        "kind": "fault",
        "urgency": "none",
        "verbatim": "电源报警",
        "circumstances": "连续运行后",
        **changes,
    }


@pytest.mark.parametrize(
    ("changes", "kinds"),
    [
        ({}, ["case.accept"]),
        ({"is_answered": True}, ["case.reply", "case.accept"]),
        ({"kind": "complaint"}, ["case.complain", "case.accept"]),
    ],
)
def test_the_answer_to_a_creation_says_what_reading_says_later(
    desk: Desk, api: Api, changes: dict[str, object], kinds: list[str]
) -> None:
    created = api.post("", body(desk, station=desk.station.code, **changes))
    assert (created.status_code, created.json()["station"]) == (201, desk.station.code)
    assert created.json() == api.get(f"/{created.json()['number']}").json()
    assert [event["kind"] for event in created.json()["events"]] == kinds


def test_an_unknown_station_is_named(desk: Desk, api: Api) -> None:
    unknown = api.post("", body(desk, station="nowhere"))
    assert (unknown.status_code, "nowhere" in unknown.json()["detail"]) == (404, True)


@pytest.mark.parametrize("name", ["received_at", "stopped_since"])
def test_a_time_without_zone_is_meant_in_the_zone_of_the_firm(desk: Desk, api: Api, name: str) -> None:
    created = api.post(
        "", body(desk, urgency="stopped", **{"stopped_since": "2026-11-19T01:00Z", name: "2026-11-19T09:30:00"})
    )
    assert (created.status_code, created.json()[name]) == (201, "2026-11-19T01:30:00+00:00")
    late = api.post("", body(desk, promise_at="2026-11-18T09:30:00"))
    assert (late.status_code, late.json()["errors"][0]["field"]) == (422, "promise_at")


def test_a_name_that_is_not_known_is_refused_and_not_dropped(desk: Desk, api: Api) -> None:
    answer = api.post("", body(desk, colour="red"))
    assert (answer.status_code, Case.objects.count()) == (422, 0)
    assert answer.json()["errors"] == [{"field": "colour", "detail": "这里没有这个名称。"}]
    number = api.post("", body(desk)).json()["number"]
    answer = api.post(f"/{number}/transitions/wait", {"reason": "customer", "colour": "red"})
    assert (answer.status_code, Case.objects.get().state) == (422, "accepted")
    assert "colour" in [error["field"] for error in answer.json()["errors"]]


def test_a_request_is_created_read_listed_and_taken_to_its_end(desk: Desk, api: Api) -> None:
    created = api.post("", body(desk))
    assert created.status_code == 201, created.content
    number = created.json()["number"]
    assert (number, created.json()["response_due_at"]) == ("FW-261119-001", "2026-11-19T07:00:00+00:00")

    note = api.post(f"/{number}/notes", {"text": "请先关机。", "kind": "reply", "channel": "phone"})
    solved = api.post(f"/{number}/transitions/solve", {"resolution": "复位后正常。"})
    closed = api.post(f"/{number}/transitions/close", CLOSING)

    assert (note.status_code, solved.status_code, closed.status_code) == (201, 200, 200)
    assert closed.json()["state"] == "closed"
    read = api.get(f"/{number}").json()
    assert [event["kind"] for event in read["events"]][-1] == "case.accept"
    assert read["customer"] == {"code": desk.customer.code, "name": "苏州恒力机械有限公司"}
    listed = api.get("", view="all").json()
    assert [item["number"] for item in listed["items"]] == [number] and listed["next"] is None
    assert {"number", "title", "state", "asset", "assignee"} <= set(listed["items"][0])


@pytest.mark.parametrize(
    ("changes", "status", "field"),
    [
        ({"verbatim": ""}, 409, ""),
        ({"asset": None}, 409, ""),
        ({"customer": "KH-999999", "asset": None, "is_asset_unknown": True, "contact": None}, 404, "customer"),
        ({"channel": "pigeon"}, 422, "channel"),
        ({"urgency": "stopped"}, 409, ""),
        ({"station": "nowhere"}, 404, "station"),
        ({"promise_at": "2020-01-01T00:00:00Z"}, 422, "promise_at"),
        ({"readings": [{"key": "x", "value": "1", "unit": "bar"}]}, 422, "readings"),
    ],
)
def test_refusals_are_problem_details_and_change_nothing(desk, api, changes, status, field) -> None:
    values = {k: v for k, v in body(desk, **changes).items() if v is not None}

    response = api.post("", values)

    problem = response.json()
    assert (response.status_code, response.headers["Content-Type"]) == (status, "application/problem+json")
    assert problem["status"] == status and problem["title"]
    assert not field or field in [error["field"] for error in problem["errors"]]
    assert (Case.objects.count(), Event.objects.filter(kind="case.accept").count()) == (0, 0)


def test_the_same_key_gives_the_same_request_and_another_body_is_refused(desk: Desk, api: Api) -> None:
    first = api.post("", body(desk), **{"Idempotency-Key": "abc"})
    again = api.post("", body(desk), **{"Idempotency-Key": "abc"})
    other = api.post("", body(desk, verbatim="别的事"), **{"Idempotency-Key": "abc"})

    assert first.json()["number"] == again.json()["number"]
    assert (other.status_code, Case.objects.count()) == (409, 1)


def test_a_list_is_walked_by_cursor_and_filtered(desk: Desk, api: Api) -> None:
    cases = [desk.accept() for _ in range(5)]
    services.take_case(cases[0].pk, actor=desk.actor, at=T0)

    first = api.get("", limit=2).json()
    second = api.get("", limit=2, cursor=first["next"]).json()
    third = api.get("", limit=2, cursor=second["next"]).json()

    seen = [item["number"] for page in (first, second, third) for item in page["items"]]
    assert seen == [case.number for case in reversed(cases)] and third["next"] is None
    assert [i["number"] for i in api.get("", view="mine").json()["items"]] == [cases[0].number]
    assert api.get("", state="closed").json()["items"] == []
    assert api.get("", q="电源").json()["items"] != []
    assert api.get("", view="nonsense").status_code == 422
    assert api.get("", assignee="zz").status_code == 422


def test_a_refused_step_is_a_conflict_with_its_reason(desk: Desk, api: Api) -> None:
    case = desk.accept()

    response = api.post(f"/{case.number}/transitions/close", CLOSING)

    assert response.status_code == 409
    assert response.json()["detail"]
    case.refresh_from_db()
    assert case.state == "accepted"


def test_what_is_invisible_is_not_found_and_without_the_right_it_is_forbidden(desk: Desk) -> None:
    case = desk.accept()
    stranger = Api(user_with("cases.view_case", stations=[StationFactory()]))
    blind = Api(user_with("customers.view_customer", stations=[desk.station]))

    assert stranger.get(f"/{case.number}").status_code == 404
    assert stranger.get().json()["items"] == []
    assert blind.get().status_code == 403
    assert Client().get("/api/v1/cases").status_code == 401


def test_promises_are_given_and_listed(desk: Desk, api: Api) -> None:
    case = desk.accept()

    given = api.post(
        f"/{case.number}/promises", {"due_at": (T0 + HOUR).isoformat(), "text": "回电", "kind": "call_back"}
    )
    late = api.post(f"/{case.number}/promises", {"due_at": (T0 - HOUR).isoformat()})

    assert (given.status_code, late.status_code) == (201, 422)
    assert [row["state"] for row in api.get(f"/{case.number}/promises").json()] == ["open", "open"]


@pytest.mark.parametrize("rows", (1, 3))
def test_list_and_read_ask_a_fixed_number_of_queries(desk, api, rows, django_assert_num_queries) -> None:
    for _ in range(rows):
        case = desk.accept()
    api.get()

    with django_assert_num_queries(1):
        api.get()
    with django_assert_num_queries(2):
        api.get(f"/{case.number}")


@pytest.mark.parametrize("query", [{}, {"view": "open"}, {"urgency": "none"}, {"q": "报警"}])
def test_whoever_works_at_several_stations_pages_through_the_requests_of_all_of_them(query: dict[str, str]) -> None:
    """PostgreSQL walks along each station by itself; a third station is not his."""
    desks = [Desk(), Desk(station=StationFactory()), Desk(station=StationFactory())]
    for desk in desks * 3:
        desk.accept(verbatim="电源报警", urgency="none")
    own = [desk.station for desk in desks[:2]]
    mine = list(Case.objects.filter(station__in=own).order_by("-pk").values_list("number", flat=True))
    user = user_with("cases.view_case", stations=own)

    first = Api(user).get("", **query, limit=4).json()
    second = Api(user).get("", **query, limit=4, cursor=first["next"]).json()
    assert [row["number"] for row in first["items"] + second["items"]] == mine
    assert second["next"] is None
    listed = client_of(user).get("/cases/", {"view": "all", **query}).context["page"].rows
    assert [row["number"] for row in listed] == mine
