"""What a process keeps between requests is never older than the newest event."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from careloop.core.kept import Kept, KeptRows, Switch
from careloop.staff import services as staff
from tests.cases.factories import Desk
from tests.factories import T0, actor_with, client_of

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def keeping(monkeypatch):
    monkeypatch.setattr(Switch, "is_on", True)


def test_a_value_holds_until_the_next_event():
    made = []
    kept = Kept(seconds=60)

    def make():
        made.append(1)
        return len(made)

    assert [kept.get("a", make, event=7), kept.get("a", make, event=7), kept.get("b", make, event=7)] == [1, 1, 2]
    assert kept.get("a", make, event=8) == 3


def test_a_value_holds_for_its_seconds():
    kept = Kept(seconds=0)
    assert [kept.get("a", object, event=1) is kept.get("a", object, event=1)] == [False]


def test_the_store_does_not_grow_without_end():
    kept = Kept(seconds=60, most=3)
    for number in range(20):
        kept.get(number, object, event=1)
    assert len(kept.values) <= 3


def test_rows_are_kept_by_what_they_are_made_of():
    rows = KeptRows()
    first = rows.get(("a", 1), lambda: {"title": "a"})
    assert rows.get(("a", 1), lambda: {"title": "never"}) is first
    assert rows.get(("b", 1), lambda: {"title": "b"}) == {"title": "b"}


def test_a_second_look_at_a_list_costs_three_queries_and_a_new_request_shows_at_once():
    desk = Desk()
    first = desk.accept()
    client = client_of(desk.user)
    client.get("/cases/")

    with CaptureQueriesContext(connection) as queries:
        page = client.get("/cases/").content.decode()
    assert (len(queries), page.count(f"/cases/{first.number}/")) == (3, 1)

    second = desk.accept(verbatim="主轴有异响")
    page = client.get("/cases/").content.decode()
    assert second.number in page
    assert "2 件未办结请求" in page


def test_a_right_that_was_taken_away_is_gone_with_the_next_request():
    desk = Desk()
    client = client_of(desk.user)
    assert client.get("/cases/").status_code == 200

    person = desk.user.person
    staff.save_person(
        person.pk, actor=actor_with("staff.change_person"), at=T0, name=person.name,
        department_id=person.department_id, station_ids=[desk.station.pk], roles=[],
    )  # fmt: skip

    assert client.get("/cases/").status_code == 403
