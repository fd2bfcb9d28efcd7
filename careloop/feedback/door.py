"""The door of follow-up for pages and programs: who may not see is refused, and the attempt is kept (R13)."""

from django.http import Http404

from careloop.core.errors import PermissionRefused
from careloop.core.http import Request
from careloop.feedback import queries, services
from careloop.feedback.models import VIEW_ANSWER, VIEW_TASK, Answer, FollowUpTask


def require(request: Request, right: str, what: str) -> None:
    """Let in, or refuse and keep the attempt in the log of accesses."""
    if not request.actor.may(right):
        services.note_refusal(None, what, actor=request.actor, at=request.now)
    request.actor.require(right)


def task_or_refusal(request: Request, number: str) -> FollowUpTask:
    """The follow-up, when it is this person's to see.

    Whoever took part in the service, or lacks the right, is refused and the attempt is kept; a number that does not
    exist, or that lies at another station, is simply not there.
    """
    task = queries.task_by_number(request.actor, number)
    if task is not None:
        return task
    hidden = queries.any_task(number)
    if hidden is None or not request.actor.sees_station(hidden.station_id):
        raise Http404
    services.note_refusal(hidden, "follow_up", actor=request.actor, at=request.now)
    request.actor.require(VIEW_TASK)
    raise PermissionRefused(services.own_service())


def answer_or_refusal(request: Request, number: str) -> Answer:
    """The answer, when it may be seen: before the lock only by the independent roles, never by who took part."""
    answer = queries.answer_by_number(request.actor, number)
    if answer is not None:
        return answer
    hidden = queries.any_task(number)
    if hidden is None or not request.actor.sees_station(hidden.station_id):
        raise Http404
    services.note_refusal(hidden, "answer", actor=request.actor, at=request.now)
    request.actor.require(VIEW_ANSWER)
    if not queries.has_answer(hidden):
        raise Http404
    raise PermissionRefused(services.own_rating())
