"""What a new firm does first stands on Today, until the first request is registered."""

import pytest
from django.urls import reverse

from tests.cases.factories import Desk
from tests.factories import AssetFactory, CustomerFactory, PersonFactory, StationFactory, client_of, user_with

pytestmark = pytest.mark.django_db
RIGHTS = (
    "staff.change_person",
    "staff.change_department",
    "staff.view_person",
    "customers.view_customer",
    "assets.view_asset",
    "cases.create_case",
)


def states(client) -> list[str]:
    page = client.get("/")
    return [step["state"] for step in page.context["first_steps"]]


def test_each_step_is_ticked_when_there_is_what_it_asks_for():
    station = StationFactory(address="", phone="")
    client = client_of(user_with(*RIGHTS, stations=[station], language="en"))
    assert states(client) == ["now", "todo", "todo", "todo", "todo"]
    page = client.get("/").content.decode()
    assert (
        f'<li class="is-now" aria-current="step"><b><a href="{reverse("staff:station-edit", args=[station.code])}">'
        in page
    )
    assert 'id="today-queue"' not in page

    type(station).objects.update(address="苏州工业园区星湖街 1 号", phone="0512-62001234")
    customer = CustomerFactory(station=station)
    assert states(client) == ["done", "now", "done", "todo", "todo"]
    PersonFactory()
    AssetFactory(customer=customer)
    assert states(client) == ["done", "done", "done", "done", "now"]


def test_they_go_with_the_first_request_and_are_nothing_for_a_colleague(django_assert_max_num_queries):
    station = StationFactory()
    chief = client_of(user_with(*RIGHTS, stations=[station]))
    desk = client_of(user_with("cases.view_case", "cases.create_case", stations=[station]))
    assert (len(states(chief)), states(desk)) == (5, [])
    with django_assert_max_num_queries(12):
        chief.get("/")
    Desk(station=station).accept()
    assert states(chief) == []


def test_a_step_of_somebody_else_is_no_link():
    chief = client_of(user_with("staff.change_person", stations=[StationFactory()]))
    page = chief.get("/")
    assert [bool(step["url"]) for step in page.context["first_steps"]] == [True, False, False, False]
    assert f'href="{reverse("customers:create")}"' not in page.content.decode()
