"""From an account to the actor that services take."""

from careloop.accounts.models import User
from careloop.core.actor import Actor, Entrance
from careloop.staff.models import Person


def actor_for(user: User, *, entrance: Entrance = "page") -> Actor:
    """Rights are the union of the roles; stations are those of the person, or all when a role says so.

    Three queries: roles, person, stations.
    """
    roles = list(user.roles.all())
    person = Person.objects.filter(user=user).first()
    everywhere = any(role.all_stations for role in roles)
    stations = (
        None if everywhere else frozenset(person.stations.values_list("pk", flat=True)) if person else frozenset()
    )
    return Actor(
        user_id=user.pk,
        person_id=person.pk if person else None,
        name=person.name if person else str(user),
        permissions=frozenset(p for role in roles for p in role.permissions),
        stations=stations,
        roles=tuple(role.code for role in roles),
        entrance=entrance,
        department_ids=frozenset({person.department_id}) if person else frozenset(),
    )
