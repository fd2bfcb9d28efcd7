"""URL × permission: every route has a row, and every row is tried with the right, without it, and signed out."""

import importlib
from pathlib import Path

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from careloop.accounts.models import Role, User
from careloop.staff.models import Department, Person, Station, WorkCalendar
from tests.permission_rows import Row

HERE = Path(__file__).parent
LET_IN = {200, 204, 302, 409, 422}
OUTSIDE = (
    "account_",
    "api:",
    "files:",
    "web:styleguide",
    "web:token-revoke",
    "web:view-remove",
)  # tested by themselves


def all_rows() -> list[Row]:
    found: list[Row] = []
    for path in sorted(HERE.glob("*/permissions.py")):
        found += importlib.import_module(f"tests.{path.parent.name}.permissions").PERMISSIONS
    return found


ROWS = all_rows()


def person_with(permissions: set[str]) -> User:
    """Somebody with exactly these rights, at every station."""
    calendar, _ = WorkCalendar.objects.get_or_create(
        code="office", defaults={"name": "办公", "days": "workday", "hours": [["08:30", "12:00"], ["13:00", "17:30"]]}
    )
    Station.objects.get_or_create(code="north", defaults={"name": "城北站", "calendar": calendar})
    department, _ = Department.objects.get_or_create(name="服务部", defaults={"kind": "service"})
    role = Role.objects.create(code="probe", name="试", permissions=sorted(permissions), all_stations=True)
    user = User.objects.create_user("probe", password="correct horse battery")
    user.roles.add(role)
    Person.objects.create(user=user, name="试用员", department=department)
    return user


def ask(row: Row, user: User | None) -> int:
    client = Client()
    if user is not None:
        client.force_login(user)
    url = reverse(row.name, kwargs=dict(row.arguments()))
    return getattr(client, row.method)(url).status_code


@pytest.mark.django_db
@pytest.mark.parametrize("row", [r for r in ROWS if not r.public], ids=lambda r: f"{r.method} {r.name}")
def test_the_right_opens_the_route(row: Row) -> None:
    needed = {p for p in {row.permission, *row.also} if p}

    assert ask(row, person_with(needed)) in LET_IN


@pytest.mark.django_db
@pytest.mark.parametrize("row", [r for r in ROWS if r.permission], ids=lambda r: f"{r.method} {r.name}")
def test_all_other_rights_together_do_not_open_it(row: Row) -> None:
    others = every_right() - {row.permission} - row.instead

    assert ask(row, person_with(others)) == row.without


@pytest.mark.django_db
@pytest.mark.parametrize("row", [r for r in ROWS if not r.public], ids=lambda r: f"{r.method} {r.name}")
def test_signed_out_people_are_sent_to_sign_in(row: Row) -> None:
    response = getattr(Client(), row.method)(reverse(row.name, kwargs=dict(row.arguments())))

    assert (response.status_code, response.url.split("?")[0]) == (302, reverse("account_login"))


def every_right() -> set[str]:
    from careloop.accounts.roles import DEFAULTS

    return {p for role in DEFAULTS for p in role.permissions}


def route_names(resolver: URLResolver, prefix: str = "") -> set[str]:
    names: set[str] = set()
    for entry in resolver.url_patterns:
        if isinstance(entry, URLResolver):
            names |= route_names(entry, f"{prefix}{entry.namespace}:" if entry.namespace else prefix)
        elif isinstance(entry, URLPattern) and entry.name:
            names.add(prefix + entry.name)
    return names


def test_every_route_has_a_row() -> None:
    listed = {row.name for row in ROWS}
    missing = {n for n in route_names(get_resolver()) if not n.startswith(OUTSIDE)} - listed

    assert missing == set()
