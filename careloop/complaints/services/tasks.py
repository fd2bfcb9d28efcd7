"""Tasks of departments, and what happens when clocks run out."""

import datetime as dt

from django.db import transaction
from django.utils.translation import gettext as _

from careloop.complaints import queries
from careloop.complaints.models import SEALED, Complaint, ComplaintTask
from careloop.complaints.states import HANDLE
from careloop.core import events
from careloop.core.actor import Actor
from careloop.core.errors import Conflict, DomainError, PermissionRefused


def _own_task(task_id: int, actor: Actor) -> ComplaintTask:
    """A task of the actor's department, or any one for those who handle complaints."""
    task = ComplaintTask.objects.select_related("complaint").lock(task_id)
    if not (actor.may(HANDLE) or task.department_id in actor.department_ids):
        raise PermissionRefused(_("This task belongs to another department."))
    if task.state != ComplaintTask.State.OPEN:
        raise Conflict(_("This task was ended by %(name)s.") % {"name": task.done_by})
    return task


@transaction.atomic
def finish_task(task_id: int, *, actor: Actor, at: dt.datetime, result: str) -> ComplaintTask:
    return _end(task_id, ComplaintTask.State.DONE, "complaint.finish_task", result, actor=actor, at=at)


@transaction.atomic
def refuse_task(task_id: int, *, actor: Actor, at: dt.datetime, result: str) -> ComplaintTask:
    """Refusal needs a reason and returns the task to the officer at once (R17)."""
    return _end(task_id, ComplaintTask.State.REFUSED, "complaint.refuse_task", result, actor=actor, at=at)


def _end(task_id: int, state: str, kind: str, result: str, *, actor: Actor, at: dt.datetime) -> ComplaintTask:
    if not result.strip():
        raise DomainError(_("Write down the result, or why the department does not do it."), field="result")
    task = _own_task(task_id, actor)
    fields = {"state": state, "result": result.strip(), "done_at": at, "done_by": actor.name}
    for name, value in fields.items():
        setattr(task, name, value)
    task.save(update_fields=list(fields))
    events.record(
        kind, task.complaint, actor=actor, at=at, text=result.strip(), data={"task": task.pk},
        sealed=SEALED if task.complaint.is_sealed else "",
    )  # fmt: skip
    return task


def escalate_overdue(*, actor: Actor, now: dt.datetime, limit: int = 200) -> int:
    """Clocks that ran out are passed to the next level, once each. Return how many."""
    done = 0
    for pk in queries.ids_with_late_receipt(now, limit):
        done += _escalate(pk, "ack_escalated_at", "complaint.receipt_overdue", actor=actor, at=now)
    for pk in queries.ids_with_late_solution(now, limit):
        done += _escalate(pk, "solution_escalated_at", "complaint.solution_overdue", actor=actor, at=now)
    for pk in queries.ids_of_late_tasks(now, limit):
        done += _escalate_task(pk, actor=actor, at=now)
    return done


@transaction.atomic
def _escalate(pk: int, field: str, kind: str, *, actor: Actor, at: dt.datetime) -> int:
    complaint = Complaint.objects.lock(pk)
    if getattr(complaint, field) is not None or not complaint.is_open:
        return 0
    setattr(complaint, field, at)
    complaint.save(update_fields=[field])
    events.record(kind, complaint, actor=actor, at=at, sealed=SEALED if complaint.is_sealed else "")
    return 1


@transaction.atomic
def _escalate_task(pk: int, *, actor: Actor, at: dt.datetime) -> int:
    """An overdue task goes to the department above; the old one stays on the record."""
    task = ComplaintTask.objects.select_related("complaint", "department__parent").lock(pk)
    if task.state != ComplaintTask.State.OPEN or task.escalated_at is not None:
        return 0
    before, above = task.department, task.department.parent
    task.escalated_at = at
    if above is not None:
        task.department = above
    task.save(update_fields=["escalated_at", "department"])
    data = {"task": task.pk, "from": before.name, "to": above.name if above else before.name}
    events.record("complaint.task_overdue", task.complaint, actor=actor, at=at, data=data)
    return 1
