"""The customer's own page: answers by link, without account, in his language; it goes on after an interruption."""

from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import translation
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from careloop.assets.queries import label_of
from careloop.core.errors import DomainError
from careloop.core.http import Request, visitors_language
from careloop.core.words import listed
from careloop.feedback import context as contexts
from careloop.feedback import display, queries, services
from careloop.feedback.models import FollowUpTask, in_language
from careloop.feedback.states import TaskState


def speak(request: Request, task: FollowUpTask) -> str:
    """The language he chose on the page, else the one in his file."""
    language = visitors_language(request, contexts.language_of(task))
    translation.activate(language)
    request.LANGUAGE_CODE = language
    return language


def living(request: Request, token: str) -> FollowUpTask | None:
    """The follow-up behind a living link; None for an ended, answered or wrong one."""
    task = queries.task_by_digest(services.digest(token))
    if task is None or task.link_expires_at is None or request.now >= task.link_expires_at:
        return None
    return task if task.state == TaskState.LINK_SENT or is_reply(task) else None


def is_reply(task: FollowUpTask) -> bool:
    """The thank-you to somebody who is not asked: he may still say something."""
    return task.state == TaskState.WAIVED and task.thanked_at is not None


def dead(request: Request) -> HttpResponse:
    """The same page whether the link was used, has ended, or never was."""
    return render(request, "feedback/public_ended.html", {}, status=404)


@login_not_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def form(request: Request, token: str) -> HttpResponse:
    task = living(request, token)
    if task is None:
        return dead(request)
    language = speak(request, task)
    if request.method != "POST":
        services.note_opened(token, at=request.now)
        return page(request, task, token, language)
    try:
        if is_reply(task):
            services.reply_by_link(token, request.POST.get("verbatim", ""), at=request.now,
                                   wants_action="wants_action" in request.POST)  # fmt: skip
        else:
            services.submit_by_link(token, values(request), at=request.now, language=language)
    except DomainError as error:
        return page(request, task, token, language, error=error)
    return render(request, "feedback/public_done.html", {"task": task, "closing": closing(task, language)})


def values(request: Request) -> dict[str, Any]:
    found: dict[str, Any] = {name: value for name, value in request.POST.items() if name != "csrfmiddlewaretoken"}
    for name in ("was_pressed", "wants_contact"):
        if name in found:
            found[name] = found[name] == "yes"
    # What he expected of a question counts once the question itself is rated; until then the page keeps it.
    early = [
        name for name in found if name.partition("_")[0] in ("expect", "rival") and name.partition("_")[2] not in found
    ]
    return {name: value for name, value in found.items() if name not in early}


def closing(task: FollowUpTask, language: str) -> str:
    return in_language(task.version.closing_zh, task.version.closing_en, language) if task.version else ""


def page(
    request: Request, task: FollowUpTask, token: str, language: str, *, error: DomainError | None = None
) -> HttpResponse:
    fresh = queries.task_by_digest(services.digest(token)) or task
    answer = fresh.answer_or_none
    service = contexts.service_of(fresh)
    version = fresh.version
    context = {
        "task": fresh,
        "token": token,
        "is_reply": is_reply(fresh),
        "machine": label_of(fresh.asset) if fresh.asset else "",
        "day": display.day(fresh.service_done_at),
        "work": listed(row["name"] for row in service["items"][:3]),
        "questions": typed(contexts.questions(fresh, answer, language=language), request),
        "words": request.POST.get("verbatim", "") or (answer.verbatim if answer else ""),
        "privacy": in_language(version.privacy_zh, version.privacy_en, language) if version else "",
        "ends": display.day(fresh.link_expires_at),
        "error": error,
    }
    return render(request, "feedback/public_form.html", context, status=error.http_status if error else 200)


def typed(questions: list[dict[str, Any]], request: Request) -> list[dict[str, Any]]:
    """The questions with what he has just sent, when it was refused: nothing is typed twice."""
    for question in questions:
        value = request.POST.get(question["name"])
        for choice in question["choices"] if value else []:
            choice["is_chosen"] = str(choice["value"]) == value
    return questions


@login_not_required
@never_cache
@require_POST
def save(request: Request, token: str) -> HttpResponse:
    """Keep what is answered so far, while he is still reading the next question."""
    task = living(request, token)
    if task is None or is_reply(task):
        return dead(request)
    language = speak(request, task)
    try:
        services.save_by_link(token, values(request), at=request.now, language=language)
    except DomainError as error:
        return HttpResponse(str(error.message), status=error.http_status, content_type="text/plain; charset=utf-8")
    return HttpResponse(status=204)
