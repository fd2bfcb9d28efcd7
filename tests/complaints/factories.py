"""Complaints for tests, made by the services, so that every row is one that the product can make."""

import datetime as dt
from decimal import Decimal
from typing import Any

from careloop.complaints import services
from careloop.complaints.models import Complaint
from careloop.core.actor import Actor
from careloop.staff.models import Department, Person, Station
from tests.factories import (
    T0,
    ContactFactory,
    CustomerFactory,
    DepartmentFactory,
    PersonFactory,
    StationFactory,
    actor_with,
)

SYSTEM = Actor.system()
HANDLING = (
    "complaints.view_complaint", "complaints.view_sealed", "complaints.handle", "complaints.grant_remedy",
    "customers.view_customer", "complaints.register_complaint",
)  # fmt: skip
HOUR = dt.timedelta(hours=1)


def unit(name: str, kind: str = "workshop") -> Department:
    return DepartmentFactory(name=name, kind=kind)


def officer(*extra: str, name: str = "", department: str = "客户关系部") -> Actor:
    """Somebody who handles complaints, in a unit of his own."""
    actor = actor_with(*HANDLING, *extra, name=name)
    Person.objects.filter(pk=actor.person_id).update(department=unit(department, "follow_up"))
    return actor


def worker(station: Station | None = None, department: str = "维修车间") -> Person:
    return PersonFactory(department=unit(department), stations=[station] if station else None)


def complaint(
    words: str = "等了三天还没有人回电话", *, at: dt.datetime = T0, actor: Actor = SYSTEM, **fields: Any
) -> Complaint:
    customer = fields.pop("customer", None) or CustomerFactory(station=fields.pop("station", None) or StationFactory())
    contact = fields.pop("contact", None) or ContactFactory(customer=customer, is_primary=False)
    return services.register_complaint(
        actor=actor, at=at, customer_id=customer.pk, contact_id=contact.pk, words=words,
        station_id=customer.station_id, source=fields.pop("source", "phone"), **fields,
    )  # fmt: skip


def brought_to(
    state: str, *, handler: Actor | None = None, at: dt.datetime = T0, **fields: Any
) -> tuple[Complaint, Actor]:
    """A complaint walked to `state` by its officer; each step an hour after the one before."""
    by = handler or officer()
    row = complaint(at=at, **fields)
    path: list[tuple[str, Any]] = [
        ("acknowledged", lambda t: services.acknowledge(row.pk, actor=by, at=t, next_contact_at=t + HOUR)),
        ("assessed", lambda t: services.assess(row.pk, actor=by, at=t, severity="ordinary", category="other")),
        ("investigating", lambda t: services.investigate(row.pk, actor=by, at=t)),
        ("facts", lambda t: services.record_facts(row.pk, actor=by, at=t, facts="电话记录核实，漏接", cause="值班交接遗漏")),
        ("communicated", lambda t: services.decide(
            row.pk, actor=by, at=t, kind="check", cost=Decimal(0), answer="致歉，免费检查一次")),
        ("executing", lambda t: services.accept_decision(row.pk, actor=by, at=t)),
        ("confirming", lambda t: services.record_execution(row.pk, actor=by, at=t, execution="已免费检查，更换密封")),
    ]  # fmt: skip
    moment = at
    if state != "registered":
        for name, step in path:
            moment += HOUR
            step(moment)
            if name == state:
                break
    row.refresh_from_db()
    return Complaint.objects.get(pk=row.pk), by
