"""Locked reads of one order, and the small writes that every step shares."""

import datetime as dt
from typing import Any

from django.utils.translation import gettext as _

from careloop.core import search
from careloop.core.errors import DomainError, NotFound
from careloop.staff.models import Person, Station
from careloop.workorders.models import WorkOrder


def lock(order_id: int) -> WorkOrder:
    """The order, locked until the transaction ends; nothing is read before that could have changed."""
    return WorkOrder.objects.lock(order_id)


def person(person_id: int | None, *, station_id: int, field: str, permission: str = "") -> Person | None:
    """Somebody who works at the station now and, where asked, holds the right."""
    if person_id is None:
        return None
    rows = Person.objects.working_at(station_id)
    if permission:
        rows = rows.holding(permission)
    found = rows.filter(pk=person_id).first()
    if found is None:
        raise DomainError(
            _("This person does not work at the station, or not in this trade. Choose somebody from the list."),
            field=field,
        )
    return found


def station(station_id: int) -> Station:
    found = Station.objects.select_related("calendar").filter(pk=station_id, is_active=True).first()
    if found is None:
        raise NotFound(_("There is no such station."))
    return found


def index(order: WorkOrder, *, is_new: bool = False) -> None:
    """Make the order findable by number, plate, serial number, VIN and customer."""
    asset: Any = order.asset
    label = asset.plate or asset.serial_no or asset.code
    search.index(
        "workorder",
        order.pk,
        station_id=order.station_id,
        title=f"{order.number} · {label}",
        subtitle=order.customer.name,
        url=f"/work-orders/{order.number}/",
        body=" ".join([asset.vin, asset.serial_no, asset.plate, order.wanted, order.customer_words]),
        names=f"{order.customer.name} {order.contact.name}",
        at=order.created_at,
        is_new=is_new,
    )


def future(moment: dt.datetime | None, *, at: dt.datetime, field: str) -> dt.datetime | None:
    if moment is not None and moment <= at:
        raise DomainError(_("This time has passed. Enter a later one."), field=field)
    return moment
