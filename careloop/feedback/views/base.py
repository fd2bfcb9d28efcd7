"""What the pages of follow-up share: the door that refuses and keeps the attempt (R13), and the sheet of a step."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from careloop.core import actions as core_actions
from careloop.core.actions import Action
from careloop.core.errors import PermissionRefused
from careloop.core.http import Request, fragment
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


def gone(request: Request, url: str) -> HttpResponse:
    """After success: a redirect, which htmx follows by its own header."""
    if request.headers.get("HX-Request"):
        return HttpResponse(status=204, headers={"HX-Redirect": url})
    return redirect(url)


def status_of(form: Any) -> int:
    refused = getattr(form, "refusal", None)
    if not form.errors:
        return 200
    return int(refused.http_status) if refused is not None else 422


def step_sheet(
    request: Request,
    obj: Any,
    action: Action,
    *,
    label: Any,
    permission: str,
    back: Callable[[Any], str],
    icon: str = "",
    intro: Any = "",
    initial: dict[str, Any] | None = None,
) -> HttpResponse:
    """The form of one step in a sheet; its service when it is sent. `back` gets the service's answer."""
    request.actor.require(permission)
    if request.method == "POST":
        form, done = core_actions.perform(action, obj, request.POST, actor=request.actor, at=request.now)
        if done is not None:
            messages.success(request, _("Done: %(step)s.") % {"step": label})
            return gone(request, back(done))
    else:
        form = action.form(obj=obj, actor=request.actor, initial=initial or {})
    context = {
        "form": form,
        "title": label,
        "intro": intro,
        "submit": label,
        "submit_icon": icon,
        "action_url": request.get_full_path(),
        "back_url": back(obj),
        "danger": action.is_danger,
        "key": f"follow-up-{action.name}-{obj.pk}",
    }
    return fragment(request, "action.html", "sheet", context, status=status_of(form))
