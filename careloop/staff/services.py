"""Changes of the organisation: departments, persons with their roles and stations, stations, calendars."""

import datetime as dt
from collections.abc import Collection, Sequence
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from careloop.accounts import services as accounts
from careloop.core import events
from careloop.core.actor import Actor
from careloop.core.errors import DomainError, NotFound
from careloop.staff import queries
from careloop.staff.models import Department, Person, Station, WorkCalendar

DEPARTMENTS = "staff.change_department"
PERSONS = "staff.change_person"


def _department(pk: int) -> Department:
    found = Department.objects.filter(pk=pk).first()
    if found is None:
        raise NotFound(_("There is no such department."))
    return found


@transaction.atomic
def save_department(
    pk: int | None, *, actor: Actor, at: dt.datetime, name: str, kind: str, parent_id: int | None, head_id: int | None
) -> Department:
    """Create a department (`pk` None) or change it. Moving it changes the tree and nothing else (R1)."""
    actor.require(DEPARTMENTS)
    if not name.strip():
        raise DomainError(_("Write the name of the department."), field="name")
    if kind not in Department.Kind.values:
        raise DomainError(_("Choose the kind of the department."), field="kind")
    if pk is not None and parent_id is not None and queries.is_below(parent_id, pk):
        raise DomainError(_("A department cannot stand below itself."), field="parent_id")
    row = Department() if pk is None else _department(pk)
    before = {"parent": row.parent.name if row.parent else "", "name": row.name, "kind": row.kind}
    row.name, row.kind, row.parent_id, row.head_id = name.strip(), kind, parent_id, head_id
    row.save()
    row = _department(row.pk)
    after = {"parent": row.parent.name if row.parent else "", "name": row.name, "kind": row.kind}
    if pk is None or after != before:
        data = {"after": after} if pk is None else {"before": before, "after": after}
        events.record("department.create" if pk is None else "department.change", row, actor=actor, at=at, data=data)
    return row


@transaction.atomic
def save_person(
    pk: int | None,
    *,
    actor: Actor,
    at: dt.datetime,
    name: str,
    department_id: int,
    station_ids: Collection[int],
    title: str = "",
    phone: str = "",
    joined_on: dt.date | None = None,
    left_on: dt.date | None = None,
    roles: Collection[str] = (),
    username: str = "",
    password: str = "",
) -> Person:
    """Create a person (`pk` None) or change one; roles belong to the account, which may be made at the same time.

    Who has left cannot sign in any more; his history keeps his name.
    """
    actor.require(PERSONS)
    if not name.strip():
        raise DomainError(_("Write the name of the colleague."), field="name")
    if joined_on and left_on and left_on < joined_on:
        raise DomainError(_("The person cannot leave before joining."), field="left_on")
    person = Person() if pk is None else Person.objects.filter(pk=pk).first()
    if person is None:
        raise NotFound(_("There is no such person."))
    person.name, person.department_id, person.title = name.strip(), department_id, title.strip()
    person.phone, person.joined_on, person.left_on = phone.strip(), joined_on, left_on
    if person.user_id is None and username:
        person.user = accounts.create_user(username, password, display_name=person.name, roles=list(roles), actor=actor)
    elif person.user_id is None and roles:
        raise DomainError(_("Roles need an account: write a user name and a first password."), field="username")
    person.save()
    person.stations.set(list(station_ids))
    if person.user_id is not None:
        accounts.set_roles(person.user_id, list(roles), actor=actor, is_active=left_on is None)
    data: dict[str, Any] = {"roles": sorted(roles), "stations": sorted(station_ids), "department": department_id}
    events.record("person.create" if pk is None else "person.change", person, actor=actor, at=at, data=data)
    return person


@transaction.atomic
def save_station(pk: int | None, *, actor: Actor, at: dt.datetime, calendar_id: int, **values: Any) -> Station:
    actor.require(DEPARTMENTS)
    code = values.get("code", "")
    if Station.objects.filter(code=code).exclude(pk=pk or 0).exists():
        raise DomainError(_("Another station has this code."), field="code")
    station = Station() if pk is None else Station.objects.filter(pk=pk).first()
    if station is None:
        raise NotFound(_("There is no such station."))
    for name in ("code", "name", "address", "phone", "credit_code", "time_zone", "bays", "is_active"):
        if name in values:
            setattr(station, name, values[name])
    station.calendar_id = calendar_id
    station.save()
    events.record("station.create" if pk is None else "station.change", station, actor=actor, at=at)
    return station


@transaction.atomic
def save_calendar(
    pk: int | None, *, actor: Actor, at: dt.datetime, code: str, name: str, days: str, hours: Sequence[Sequence[str]]
) -> WorkCalendar:
    """`hours`: spans of a day, `[["08:30", "12:00"], …]`, in order and without overlap."""
    actor.require(DEPARTMENTS)
    if WorkCalendar.objects.filter(code=code).exclude(pk=pk or 0).exists():
        raise DomainError(_("Another calendar has this code."), field="code")
    last = ""
    for start, end in hours:
        if start >= end or start < last:
            raise DomainError(_("The spans of a day must follow each other without overlap."), field="hours")
        last = end
    if not hours:
        raise DomainError(_("Write at least one span of working time."), field="hours")
    row = WorkCalendar() if pk is None else WorkCalendar.objects.filter(pk=pk).first()
    if row is None:
        raise NotFound(_("There is no such calendar."))
    row.code, row.name, row.days, row.hours = code, name, days, [list(span) for span in hours]
    row.save()
    events.record("calendar.create" if pk is None else "calendar.change", row, actor=actor, at=at)
    return row
