"""From an account to the actor that services take."""

from dataclasses import dataclass, replace

from django.db.models import Subquery

from careloop.accounts.models import Role, User
from careloop.core.actor import Actor, Entrance
from careloop.core.kept import Kept
from careloop.staff.models import Person, Station


@dataclass(frozen=True, slots=True)
class Standing:
    """Who an account is: the actor, his roles, and his stations (all, when a role says so) with their calendars."""

    actor: Actor
    roles: list[Role]
    stations: list[Station]


# Without an event (a row changed by hand in the database) a change shows after these seconds.
_standings: Kept[Standing] = Kept(seconds=5)


def standing_of(user: User, *, event: int) -> Standing:
    """`event`: the newest one. No query while nothing happened, two otherwise (three without any role)."""
    return _standings.get(user.pk, lambda: _read(user), event=event)


def _read(user: User) -> Standing:
    """Rights are the union of the roles. The person is read with them, because every page needs both."""
    own = Person.objects.filter(user=user)
    roles = list(user.roles.annotate(**{f"person_{name}": Subquery(own.values(name)[:1]) for name in _PERSON}))
    person = (
        tuple(getattr(roles[0], f"person_{name}") for name in _PERSON) if roles else own.values_list(*_PERSON).first()
    )
    person_id, name, department_id = person or (None, None, None)
    everywhere = any(role.all_stations for role in roles)
    rows = Station.objects.filter(is_active=True).select_related("calendar").order_by("pk")
    if not everywhere:
        rows = rows.filter(people=person_id) if person_id else rows.none()
    stations = list(rows)
    actor = Actor(
        user_id=user.pk,
        person_id=person_id,
        name=name if person_id else str(user),
        permissions=frozenset(right for role in roles for right in role.permissions),
        stations=None if everywhere else frozenset(station.pk for station in stations),
        roles=tuple(role.code for role in roles),
        entrance="page",
        department_ids=frozenset({department_id}) if person_id else frozenset(),
    )
    return Standing(actor, roles, stations)


_PERSON = ("id", "name", "department_id")


def actor_for(user: User, *, entrance: Entrance = "page") -> Actor:
    return replace(_read(user).actor, entrance=entrance)
