"""From an account to the actor that services take."""

from dataclasses import dataclass, replace

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
    """`event`: the newest one. No query while nothing happened, three otherwise."""
    return _standings.get(user.pk, lambda: _read(user), event=event)


def _read(user: User) -> Standing:
    """Rights are the union of the roles."""
    roles = list(user.roles.all())
    person = Person.objects.filter(user=user).first()
    everywhere = any(role.all_stations for role in roles)
    rows = Station.objects.filter(is_active=True).select_related("calendar").order_by("pk")
    if not everywhere:
        rows = rows.filter(people=person) if person else rows.none()
    stations = list(rows)
    actor = Actor(
        user_id=user.pk,
        person_id=person.pk if person else None,
        name=person.name if person else str(user),
        permissions=frozenset(right for role in roles for right in role.permissions),
        stations=None if everywhere else frozenset(station.pk for station in stations),
        roles=tuple(role.code for role in roles),
        entrance="page",
        department_ids=frozenset({person.department_id}) if person else frozenset(),
    )
    return Standing(actor, roles, stations)


def actor_for(user: User, *, entrance: Entrance = "page") -> Actor:
    return replace(_read(user).actor, entrance=entrance)
