"""From an account to the actor that services take."""

from django.db.models import prefetch_related_objects

from careloop.accounts.models import User
from careloop.core.actor import Actor, Entrance
from careloop.staff.models import Person, Station


def actor_and_stations(user: User, *, entrance: Entrance = "page") -> tuple[Actor, list[Station]]:
    """The actor, and the stations he works at (all of them, when a role says so), with their calendars.

    Rights are the union of the roles. Three queries: roles, person, stations.
    """
    prefetch_related_objects([user], "roles")  # the frame of the page names the roles, without another query
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
        entrance=entrance,
        department_ids=frozenset({person.department_id}) if person else frozenset(),
    )
    return actor, stations


def actor_for(user: User, *, entrance: Entrance = "page") -> Actor:
    return actor_and_stations(user, entrance=entrance)[0]
