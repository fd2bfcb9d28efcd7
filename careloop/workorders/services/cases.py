"""The service request an order came from: told when the order starts and how it ended."""

import datetime as dt
from dataclasses import replace

from django.utils.translation import gettext as _

from careloop.cases import services as case_services
from careloop.cases.models import Case
from careloop.core.actor import Actor
from careloop.core.errors import DomainError
from careloop.workorders.models import WorkOrder


def id_of(number: str, *, actor: Actor) -> int | None:
    if not number:
        return None
    found = Case.objects.visible_to(actor).filter(number=number).values_list("pk", flat=True).first()
    if found is None:
        raise DomainError(_("There is no service request %(number)s.") % {"number": number}, field="case")
    return int(found)


def started(order: WorkOrder, *, actor: Actor, at: dt.datetime) -> None:
    if order.case_id is not None:
        case_services.child_started(order.case_id, number=order.number, actor=_for_case(actor), at=at)


def resumed(order: WorkOrder, *, was_done: bool, actor: Actor, at: dt.datetime) -> None:
    """The hand-over was undone: the order runs again and is no longer counted as finished."""
    if order.case_id is not None:
        case_services.child_resumed(
            order.case_id, number=order.number, was_done=was_done, actor=_for_case(actor), at=at
        )


def finished(order: WorkOrder, *, is_done: bool, actor: Actor, at: dt.datetime) -> None:
    if order.case_id is not None:
        case_services.child_finished(order.case_id, number=order.number, done=is_done, actor=actor, at=at)


def _for_case(actor: Actor) -> Actor:
    """Who may open or hand over the order may also say so on the request it came from."""
    return replace(actor, permissions=actor.permissions | {"cases.work_case"})
