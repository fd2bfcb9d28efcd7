"""Services that were delivered, their follow-ups, and people who call about them."""

import datetime as dt
from typing import Any

from careloop.core.actor import Actor
from careloop.customers.models import Contact
from careloop.feedback import services
from careloop.feedback.models import Answer, FollowUpTask
from careloop.staff.models import Person, Station
from careloop.workorders.models import WorkOrder
from tests.factories import (
    T0,
    ContactChannelFactory,
    ContactFactory,
    CustomerFactory,
    DepartmentFactory,
    PersonFactory,
    StationFactory,
    VehicleFactory,
    actor_with,
)

SYSTEM = Actor.system()
HOUR, DAY = dt.timedelta(hours=1), dt.timedelta(days=1)
CALLING = (
    "feedback.call", "feedback.view_task", "feedback.view_answer", "feedback.view_unlocked_answer",
    "complaints.view_complaint", "complaints.view_sealed", "complaints.register_complaint", "customers.view_customer",
    "customers.view_phone", "customers.verify_contact", "workorders.view_workorder", "assets.view_asset",
)  # fmt: skip
GOOD = {"overall": 5, "comparison": "better", "fixed_first": "yes", "on_time": "yes"}
BAD = {"overall": 2, "comparison": "worse", "fixed_first": "no", "on_time": "yes"}


def caller(*extra: str, name: str = "", stations: list[Station] | None = None) -> Actor:
    return actor_with(*CALLING, *extra, name=name, stations=stations)


def head(name: str = "") -> Actor:
    return caller(
        "feedback.waive",
        "feedback.plan",
        "feedback.change_questionnaire",
        "feedback.enter_history",
        "feedback.export_answer",
        name=name,
    )


def technician(station: Station) -> Person:
    return PersonFactory(department=DepartmentFactory(name="维修车间", kind="workshop"), stations=[station])


def delivered(
    *,
    at: dt.datetime = T0,
    contact: Contact | None = None,
    station: Station | None = None,
    worker: Person | None = None,
    lines: tuple[str, ...] = ("更换前制动片",),
    **fields: Any,
) -> WorkOrder:
    """An order that was handed over at `at`, by a technician of the station."""
    if contact is None:
        customer = CustomerFactory(station=station or StationFactory())
        contact = ContactFactory(customer=customer)
        ContactChannelFactory(contact=contact)
    place = contact.customer.station
    number = WorkOrder.objects.count() + 1
    order = WorkOrder.objects.create(
        number=f"WX-T{number:05d}", station=place, customer=contact.customer, contact=contact,
        asset=fields.pop("asset", None) or VehicleFactory(customer=contact.customer, station=place),
        state="delivered", outcome="taken_back", created_at=at - DAY, received_at=at - DAY, walk_in_reason="路过",
        technician=worker or technician(place), delivered_at=at, work_class=fields.pop("work_class", "small"),
        **fields,
    )  # fmt: skip
    order.lines.model.objects.bulk_create(
        order.lines.model(order=order, position=n, kind="labour", name=name, quantity=1, unit="时", unit_price=100,
                          amount=100, payer="customer", consent="consented", consented_version=1)
        for n, name in enumerate(lines, 1)
    )  # fmt: skip
    return order


def planned(*, at: dt.datetime = T0, **fields: Any) -> FollowUpTask:
    """The follow-up of an ordinary repair delivered at `at`: window from 24 h to 72 h after."""
    services.ensure_defaults(actor=SYSTEM, at=at)
    order = delivered(at=at, lines=fields.pop("lines", ("更换机油",)), **fields)
    return services.plan_for_order(order.pk, actor=SYSTEM, at=at)


def due(*, at: dt.datetime = T0, **fields: Any) -> FollowUpTask:
    """The same, a day later, in its window."""
    task = planned(at=at, **fields)
    return services.open_task(task.pk, at=at + DAY)


def answers(task: FollowUpTask, level: int = 5, **values: Any) -> dict[str, Any]:
    """Every question of the call answered with `level`."""
    scored = {item.key: level for item in task.asked_items if item.is_scored}
    return {**GOOD, **scored, **values}


def in_call(by: Actor | None = None, *, at: dt.datetime = T0, **fields: Any) -> tuple[FollowUpTask, Actor]:
    by = by or caller()
    task = due(at=at, **fields)
    return services.take_call(task.pk, actor=by, at=at + DAY), by


def finished(
    by: Actor | None = None, *, at: dt.datetime = T0, level: int = 5, words: str = "", **fields: Any
) -> Answer:
    """A finished conversation, a day and five minutes after the delivery."""
    task, by = in_call(by, at=at, **fields)
    minute = dt.timedelta(minutes=5)
    services.save_answer(task.pk, {**answers(task, level), "verbatim": words}, actor=by, at=at + DAY + minute)
    services.finish_call(task.pk, actor=by, at=at + DAY + minute)
    return Answer.objects.get(task=task)
