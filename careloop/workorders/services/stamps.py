"""The six stamps of an order (R59). Called inside the transaction of a step."""

import datetime as dt

from django.utils.translation import gettext as _

from careloop.core.errors import DomainError
from careloop.workorders.models import OrderPerson, Stamp, WorkOrder
from careloop.workorders.states import Step


def begin(order: WorkOrder, step: Step, *, at: dt.datetime, person_id: int | None = None) -> None:
    """Open a stamp of the step unless one is open."""
    stamp = order.stamps.filter(step=step, done_at=None).first()
    if stamp is None:
        Stamp.objects.create(order=order, step=step, started_at=at, person_id=person_id)
    elif person_id is not None and stamp.person_id is None:
        order.stamps.filter(pk=stamp.pk).update(person_id=person_id)


def end(order: WorkOrder, step: Step, *, at: dt.datetime, person_id: int | None) -> None:
    """Close the open stamp of the step; a step that was never begun is begun and done at once."""
    stamp = order.stamps.filter(step=step, done_at=None).first()
    if stamp is None:
        Stamp.objects.create(order=order, step=step, started_at=at, done_at=at, person_id=person_id)
        return
    order.stamps.filter(pk=stamp.pk).update(done_at=max(at, stamp.started_at), person_id=person_id or stamp.person_id)


def skip(order: WorkOrder, step: Step, *, at: dt.datetime, person_id: int | None, reason: str) -> None:
    """The step does not happen; why is kept and counted. A step already begun is closed as done instead."""
    if not reason.strip():
        raise DomainError(_("Say why the step is left out; it is counted."), field="reason")
    if order.stamps.filter(step=step).exists():
        if order.stamps.filter(step=step, done_at=None).exists():
            end(order, step, at=at, person_id=person_id)
        return
    Stamp.objects.create(
        order=order,
        step=step,
        started_at=at,
        done_at=at,
        person_id=person_id,
        is_skipped=True,
        skipped_reason=reason.strip()[:120],
    )


def reopen(order: WorkOrder, step: Step) -> None:
    """Take the end of the last stamp of the step back."""
    last = order.stamps.filter(step=step, is_skipped=False).order_by("-pk").first()
    if last is not None:
        order.stamps.filter(pk=last.pk).update(done_at=None)


def forget(order: WorkOrder, step: Step) -> None:
    """The step did not begin after all (an undone delivery)."""
    order.stamps.filter(step=step, done_at=None).delete()


def take_part(order: WorkOrder, person_id: int, role: str) -> None:
    """Note who worked on the order or inspected it: one role per person (R63)."""
    row = OrderPerson.objects.filter(order=order, person_id=person_id).first()
    if row is None:
        OrderPerson.objects.create(order=order, person_id=person_id, role=role)
    elif row.role != role:
        raise DomainError(
            _("Whoever inspects an order cannot work on it, and the other way round. Choose somebody else."),
            field="technician" if role == OrderPerson.Role.TECHNICIAN else None,
        )
