"""The follow-up desk: the next caller, the script in big type, keys 1–5, and the complaint before the end."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from careloop.assets.queries import label_of
from careloop.core.actor import Actor
from careloop.core.errors import DomainError
from careloop.core.http import Request, fragment
from careloop.feedback import context as contexts
from careloop.feedback import display, queries, services
from careloop.feedback.actions import ACTIONS, COMPLAIN
from careloop.feedback.door import require, task_or_refusal
from careloop.feedback.models import VIEW_ANSWER, VIEW_TASK, FollowUpTask
from careloop.feedback.states import CALL, FOLLOW_UP, TaskState
from careloop.feedback.views.base import step_sheet


@require_safe
def desk(request: Request) -> HttpResponse:
    """The call in hand, or the next one by agreed time and end of window. `?task=` takes a certain one, `?skip=`
    leaves one for later, `?done=` tells what has just been finished."""
    require(request, VIEW_TASK, "desk")
    wanted = request.GET.get("task", "")
    if wanted:
        task: FollowUpTask | None = task_or_refusal(request, wanted)
    else:
        task = queries.next_call(request.actor, now=request.now, without=request.GET.get("skip", ""))
    return _page(request, task)


def _page(
    request: Request, task: FollowUpTask | None, *, error: DomainError | None = None, words: str | None = None,
    status: int = 200,
) -> HttpResponse:  # fmt: skip
    actor, now = request.actor, request.now
    shown: dict[str, Any] = contexts.desk(task, actor, now) if task is not None else {}
    context = {
        **shown,
        "error": error,
        "words": words if words is not None else (shown["answer"].verbatim if shown.get("answer") else ""),
        "done": just_done(request),
        "may_call": actor.may(CALL),
        "views": tabs("desk", request.actor),
    }
    return fragment(request, "feedback/desk.html", "talk", context, status=status)


@require_safe
def side(request: Request, number: str) -> HttpResponse:
    """What stands beside the call: read once, not again with every key."""
    task = task_or_refusal(request, number)
    actor, now = request.actor, request.now
    waiting = [] if task.state == TaskState.IN_CALL else queries.waiting_calls(actor, now=now, without=task.pk)
    context = {
        **contexts.side(task, actor, now),
        "is_waiting_shown": task.state != TaskState.IN_CALL,
        "waiting": [waiting_row(row, request) for row in waiting],
    }
    return fragment(request, "feedback/side.html", "side", context)


def tabs(current: str, actor: Actor) -> list[dict[str, Any]]:
    """The places of follow-up that belong together, as far as this person may open them."""
    places = (
        ("desk", _("Desk"), VIEW_TASK), ("queue", _("All follow-ups"), VIEW_TASK),
        ("deviations", _("Deviations by step"), VIEW_ANSWER), ("recoveries", _("Recovery"), VIEW_ANSWER),
        ("risks", _("Customers at risk"), VIEW_ANSWER), ("plans", _("Follow-up plans"), VIEW_TASK),
    )  # fmt: skip
    return [
        {"label": label, "url": reverse(f"feedback:{name}"), "current": name == current}
        for name, label, right in places
        if actor.may(right)
    ]


def waiting_row(task: FollowUpTask, request: Request) -> dict[str, Any]:
    return {
        "url": f"{reverse('feedback:desk')}?task={task.number}",
        "who": contexts.person_words(task),
        "customer": task.customer.name,
        "machine": label_of(task.asset) if task.asset else "",
        "clock": display.task_clock(task, request.now),
    }


def just_done(request: Request) -> dict[str, Any] | None:
    """What the caller finished a moment ago, with the next step for the customer."""
    number = request.GET.get("done", "")
    task = queries.task_by_number(request.actor, number) if number else None
    if task is None:
        return None
    return {
        "number": task.number,
        "customer": task.customer.name,
        "state": display.state_chip(task.state),
        "next": contexts.next_visit(task, request.actor),
        "url": reverse("feedback:task", args=[task.number]),
    }


@require_POST
def answer(request: Request, number: str) -> HttpResponse:
    """One key pressed, or words typed: kept at once; the page shows the next question."""
    task = task_or_refusal(request, number)
    values = {name: str(value) for name, value in request.POST.items() if name not in ("csrfmiddlewaretoken", "do")}
    try:
        services.save_answer(task.pk, values, actor=request.actor, at=request.now)
    except DomainError as error:
        return _page(request, _fresh(request, number), error=error, words=values.get("verbatim"),
                     status=error.http_status)  # fmt: skip
    if request.headers.get("HX-Request"):
        return _page(request, _fresh(request, number))
    return redirect(f"{reverse('feedback:desk')}?task={number}")


def _fresh(request: Request, number: str) -> FollowUpTask | None:
    return queries.task_by_number(request.actor, number)


@require_POST
def end(request: Request, number: str) -> HttpResponse:
    """Words and the end of the call: `do` is `keep`, `complaint` or `finish`; each is refused while something lacks."""
    task = task_or_refusal(request, number)
    words = request.POST.get("verbatim", "")
    do = request.POST.get("do", "keep")
    try:
        if words.strip():
            services.save_answer(task.pk, {"verbatim": words}, actor=request.actor, at=request.now)
        if do == "complaint":
            made = services.register_call_complaint(
                task.pk, actor=request.actor, at=request.now, words=words,
                desired_remedy=request.POST.get("desired_remedy", ""),
            )  # fmt: skip
            messages.success(request, _("Complaint %(number)s registered.") % {"number": made.number})
        elif do == "finish":
            services.finish_call(task.pk, actor=request.actor, at=request.now)
    except DomainError as error:
        return _page(request, _fresh(request, number), error=error, words=words, status=error.http_status)
    if do == "finish":
        url = f"{reverse('feedback:desk')}?done={number}"
        messages.success(request, _("Call finished. The answers are locked in 24 hours."))
    else:
        url = f"{reverse('feedback:desk')}?task={number}"
    if request.headers.get("HX-Request"):
        return HttpResponse(status=204, headers={"HX-Redirect": url})
    return redirect(url)


@require_http_methods(["GET", "HEAD", "POST"])
def step(request: Request, number: str, action: str) -> HttpResponse:
    """A step of the state table: taken on the desk or on the page of the follow-up."""
    task = task_or_refusal(request, number)
    if action == COMPLAIN.name:
        return step_sheet(
            request, task, COMPLAIN, label=_("Register complaint"), permission=CALL, icon="message-report",
            back=lambda _done: f"{reverse('feedback:desk')}?task={number}",
        )  # fmt: skip
    if action not in ACTIONS:
        raise Http404
    row = next(t for t in FOLLOW_UP.transitions if t.action == action)
    return step_sheet(
        request, task, ACTIONS[action], label=row.label, permission=row.permission, icon=row.icon, intro=row.hint or "",
        back=lambda done: back_url(done, number),
    )  # fmt: skip


def back_url(done: Any, number: str) -> str:
    """In the call one stays at the desk; afterwards the next call waits there."""
    state = getattr(done, "state", "")
    if state == TaskState.IN_CALL:
        return f"{reverse('feedback:desk')}?task={number}"
    if state in (TaskState.WAIVED, TaskState.PLANNED, TaskState.LINK_SENT):
        return reverse("feedback:task", args=[number])
    return reverse("feedback:desk")
