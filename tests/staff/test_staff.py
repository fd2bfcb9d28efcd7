"""The organisation: moving departments, independence, persons and their accounts, calendars."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from careloop.core.errors import DomainError, PermissionRefused
from careloop.core.models import Event
from careloop.staff import queries, services
from careloop.staff.models import Department, Person, WorkCalendar
from tests.factories import T0, DepartmentFactory, PersonFactory, StationFactory, actor_with, client_of, user_with

pytestmark = pytest.mark.django_db
RIGHTS = ("staff.view_person", "staff.change_person", "staff.change_department")


def unit(name: str, kind: str, parent: Department | None = None) -> Department:
    return DepartmentFactory(name=name, kind=kind, parent=parent)


def move(row: Department, parent: Department | None) -> None:
    services.save_department(
        row.pk,
        actor=actor_with(*RIGHTS),
        at=T0,
        name=row.name,
        kind=row.kind,
        parent_id=parent.pk if parent else None,
        head_id=None,
    )


def test_moving_a_department_changes_its_path_and_nothing_else() -> None:
    top, sales = unit("总经办", "management"), unit("销售部", "sales")
    service = unit("客户服务组", "service", top)
    person = PersonFactory(department=service)
    before = Person.objects.filter(pk=person.pk).values().get()

    move(service, sales)

    paths = {node.department.name: node.path for node in queries.tree()}
    assert paths["客户服务组"] == "销售部 / 客户服务组"
    assert Person.objects.filter(pk=person.pk).values().get() == before
    move(service, top)
    assert {n.department.name: n.path for n in queries.tree()}["客户服务组"] == "总经办 / 客户服务组"
    assert Event.objects.filter(kind="department.change").count() == 2


def test_a_department_is_never_put_below_itself() -> None:
    top = unit("售后部", "after_sales")
    below = unit("客户服务组", "service", top)
    with pytest.raises(DomainError) as refused:
        move(top, below)
    assert refused.value.field == "parent_id"
    top.refresh_from_db()
    assert top.parent_id is None


@pytest.mark.parametrize(("above", "is_warned"), [("after_sales", True), ("sales", True), ("management", False)])
def test_a_follow_up_unit_below_a_business_unit_is_warned_about(above: str, is_warned: bool) -> None:
    unit("回访组", "follow_up", unit("上级", above))

    page = client_of(user_with(*RIGHTS)).get("/staff/departments/").content.decode()

    assert ("独立性不足" in page) is is_warned


def test_a_person_is_made_with_account_roles_and_stations() -> None:
    from careloop.accounts.services import ensure_default_roles

    ensure_default_roles()
    station = StationFactory()
    person = services.save_person(
        None,
        actor=actor_with(*RIGHTS),
        at=T0,
        name="林小满",
        department_id=DepartmentFactory().pk,
        station_ids=[station.pk],
        roles=["front_desk"],
        username="linxm",
        password="correct horse battery",
    )

    assert person.user is not None
    assert [role.code for role in person.user.roles.all()] == ["front_desk"]
    assert list(person.stations.all()) == [station]


def test_who_has_left_cannot_sign_in() -> None:
    person = PersonFactory()
    services.save_person(
        person.pk,
        actor=actor_with(*RIGHTS),
        at=T0,
        name=person.name,
        department_id=person.department_id,
        station_ids=[],
        left_on=T0.date(),
    )
    person.user.refresh_from_db()
    assert not person.user.is_active


def test_without_the_right_nobody_changes_persons() -> None:
    person = PersonFactory()
    with pytest.raises(PermissionRefused):
        services.save_person(
            person.pk,
            actor=actor_with("staff.view_person"),
            at=T0,
            name="x",
            department_id=person.department_id,
            station_ids=[],
        )
    person.refresh_from_db()
    assert person.name != "x"


@pytest.mark.parametrize("hours", [[], [["12:00", "08:00"]], [["08:00", "12:00"], ["11:00", "13:00"]]])
def test_impossible_working_time_is_refused(hours: list[list[str]]) -> None:
    with pytest.raises(DomainError) as refused:
        services.save_calendar(
            None, actor=actor_with(*RIGHTS), at=T0, code="shift", name="两班", days="all", hours=hours
        )
    assert refused.value.field == "hours"
    assert not WorkCalendar.objects.filter(code="shift").exists()


def queries_of_people(rows: int) -> int:
    PersonFactory.create_batch(rows, stations=[StationFactory()])
    client = client_of(user_with(*RIGHTS))
    with CaptureQueriesContext(
        connection,
    ) as asked:
        assert client.get("/staff/people/").status_code == 200
    return len(asked)


def test_the_people_list_asks_the_same_number_of_queries_for_1_and_3_rows() -> None:
    assert queries_of_people(1) == queries_of_people(3)
