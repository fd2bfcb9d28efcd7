"""Who works at a station, with which load; who took part in an order."""

from collections.abc import Iterable
from typing import Any

from django.db.models import Count, Q, QuerySet
from django.utils.translation import gettext as _

from careloop.core.actor import Actor
from careloop.staff.models import Person
from careloop.workorders.models import OrderPerson, WorkOrder
from careloop.workorders.states import OrderState


def people_at(station_id: int | None, permission: str = "") -> QuerySet[Person]:
    if station_id is None:
        return Person.objects.none()
    rows = Person.objects.working_at(station_id)
    return (rows.holding(permission) if permission else rows).order_by("name", "pk")


def technicians_with_load(station_id: int) -> list[tuple[int, str]]:
    """Technicians with the number of orders they have in repair: the least loaded first."""
    people = list(people_at(station_id, "workorders.repair"))
    counted = dict(
        WorkOrder.objects.filter(is_open=True, state=OrderState.IN_REPAIR, technician__in=people)
        .values_list("technician")
        .annotate(n=Count("pk"))
        .order_by()
    )
    people.sort(key=lambda person: (counted.get(person.pk, 0), person.name))
    return [
        (person.pk, _("%(name)s (%(count)d in repair)") % {"name": person.name, "count": counted.get(person.pk, 0)})
        for person in people
    ]


def technicians_of(order: WorkOrder) -> set[int]:
    """Ids of everybody who worked on the order."""
    return order.technician_ids


def served_by(order: WorkOrder) -> set[int]:
    """Ids of everybody who took part: adviser, foreman, technicians, inspector, who settled and handed over."""
    found = set(OrderPerson.objects.filter(order=order).values_list("person_id", flat=True))
    found |= set(order.stamps.exclude(step="follow_up").exclude(person=None).values_list("person_id", flat=True))
    named = (
        order.adviser_id,
        order.foreman_id,
        order.technician_id,
        order.inspector_id,
        order.delivered_by_id,
        order.safety_checked_by_id,
    )
    return {pk for pk in (*found, *named) if pk is not None}


def orders_of_technician(actor: Actor, person_ids: Iterable[int]) -> "QuerySet[WorkOrder, Any]":
    """Open orders on which one of these persons works or has worked."""
    ids = list(person_ids)
    return (
        WorkOrder.objects.visible_to(actor)
        .open()
        .filter(Q(technician__in=ids) | Q(people__person__in=ids, people__role=OrderPerson.Role.TECHNICIAN))
        .distinct()
    )
