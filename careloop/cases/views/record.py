"""The page of one request: what was asked, what was said, whose it is, and the steps that are possible."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from careloop.cases import context, queries, services
from careloop.cases.actions import ACTIONS, GIVE_PROMISE, IN_THE_BOX, PROMISE_ACTIONS, case_options
from careloop.cases.models import Case
from careloop.cases.services.common import url_of
from careloop.cases.states import CASE_FLOW, PROMISE_FLOW, CaseState, Channel
from careloop.core import access, download, files
from careloop.core import actions as core_actions
from careloop.core.errors import DomainError
from careloop.core.http import Request, fragment, is_fragment, refusal


def load(request: Request, number: str) -> Case:
    """The request among those the actor sees; otherwise there is none."""
    request.actor.require("cases.view_case")
    case = queries.case_by_number(request.actor, number)
    if case is None:
        raise Http404
    return case


@require_safe
def detail(request: Request, number: str) -> HttpResponse:
    case = load(request, number)
    if case.state == CaseState.DRAFT and request.actor.may("cases.create_case"):
        return redirect(f"{reverse('cases:create')}?draft={case.number}")
    return _page(request, case)


def _page(request: Request, case: Case, *, box: dict[str, Any] | None = None, status: int = 200) -> HttpResponse:
    options = case_options(case, actor=request.actor, at=request.now)
    shown = {
        **context.of(case, request.actor, request=request, now=request.now),
        "options": [*_order_button(case, request), *(o for o in options if o.action not in IN_THE_BOX)],
        "box": box or say_box(case, options),
        "may_export": request.actor.may("cases.export_case"),
    }
    return fragment(request, "cases/detail.html", "record", shown, status=status)


OPENS_ORDERS = "workorders.receive"  # what the page of the app above asks for


def _order_button(case: Case, request: Request) -> list[dict[str, Any]]:
    """“Open a work order” leads to the page of the app above, while there is one and the state allows it."""
    step = CASE_FLOW.find("convert", case.state)
    if step is None or not (request.actor.may(step.permission) and request.actor.may(OPENS_ORDERS)):
        return []
    try:
        url = reverse("workorders:create")
    except NoReverseMatch:
        return []
    return [
        {
            "action": "convert",
            "label": step.label,
            "icon": step.icon,
            "allowed": True,
            "url": f"{url}?case={case.number}",
            "opens": "workorders:create",
            "needs_input": True,
        }
    ]


BOX_KEYS = {"reply": "r", "hear": "c", "note": "i"}


def say_box(case: Case, options: list[core_actions.Option], **values: Any) -> dict[str, Any]:
    """The box below the conversation: answer, customer's words, or a note for colleagues."""
    allowed = [option.action for option in options if option.action in IN_THE_BOX and option.allowed]
    labels = {"reply": _("Answer the customer"), "hear": _("Customer said"), "note": _("Note for colleagues")}
    return {
        "kinds": [(name, labels[name], key) for name, key in BOX_KEYS.items() if name in allowed],
        "kind": next((name for name in ("reply", "note") if name in allowed), ""),
        "channels": Channel.choices,
        "channel": case.channel,
        "text": "",
        "error": "",
        **values,
    }


@require_POST
def say(request: Request, number: str) -> HttpResponse:
    """Write into the conversation; which of the three is chosen in the box."""
    case = load(request, number)
    kind = request.POST.get("kind", "note")
    if kind not in IN_THE_BOX:
        raise Http404
    request.actor.require(CASE_FLOW.named(kind).permission)
    form, done = core_actions.perform(ACTIONS[kind], case, request.POST, actor=request.actor, at=request.now)
    if done is not None:
        messages.success(
            request, {"reply": _("Answer recorded."), "hear": _("Recorded."), "note": _("Note kept.")}[kind]
        )
        return gone(request, url_of(number))
    options = case_options(case, actor=request.actor, at=request.now)
    error = " ".join(str(text) for texts in form.errors.values() for text in texts)
    box = say_box(
        case,
        options,
        kind=kind,
        text=request.POST.get("text", ""),
        error=error,
        channel=request.POST.get("channel", case.channel),
    )
    return _page(request, case, box=box, status=_status(form))


def _status(form: core_actions.StepForm) -> int:
    refused = getattr(form, "refusal", None)
    return refused.http_status if refused is not None else 422


@require_http_methods(["GET", "HEAD", "POST"])
def step(request: Request, number: str, action: str) -> HttpResponse:
    """One step of the state table: its form in a sheet, its service when it is sent."""
    case = load(request, number)
    if action not in ACTIONS:
        raise Http404
    return _step(request, case, ACTIONS[action], CASE_FLOW.named(action), back=url_of(number))


@require_http_methods(["GET", "HEAD", "POST"])
def promise_step(request: Request, number: str, pk: int, action: str) -> HttpResponse:
    case = load(request, number)
    promise = queries.promise_in(request.actor, pk, case)
    if promise is None or action not in PROMISE_ACTIONS:
        raise Http404
    return _step(request, promise, PROMISE_ACTIONS[action], PROMISE_FLOW.named(action), back=url_of(number))


@require_http_methods(["GET", "HEAD", "POST"])
def promise_create(request: Request, number: str) -> HttpResponse:
    """A further promise to the customer."""
    case = load(request, number)
    return _step(request, case, GIVE_PROMISE, PROMISE_FLOW.named("give"), back=url_of(number))


def _step(request: Request, obj: Any, action: core_actions.Action, row: Any, *, back: str) -> HttpResponse:
    request.actor.require(row.permission)
    if request.method == "POST":
        form, done = core_actions.perform(action, obj, request.POST, actor=request.actor, at=request.now)
        if done is not None:
            way_back = reverse("cases:step", args=[obj.number, "undo"]) if row.undo and isinstance(obj, Case) else ""
            tags = f"undo:{way_back}" if way_back else ""
            messages.success(request, _("Done: %(step)s.") % {"step": row.label}, extra_tags=tags)
            return gone(request, back)
    else:
        form = action.form(obj=obj, actor=request.actor)
    shown = {
        "form": form,
        "title": row.label,
        "intro": row.hint or "",
        "submit": row.label,
        "back_url": back,
        "action_url": request.path,
        "danger": action.is_danger,
        "key": f"case-{action.name}-{obj.pk}",
        "submit_icon": row.icon,
    }
    return fragment(request, "action.html", "sheet", shown, status=_status(form) if form.errors else 200)


def gone(request: Request, url: str) -> HttpResponse:
    """After success: a redirect, which htmx follows by its own header."""
    if request.headers.get("HX-Request"):
        return HttpResponse(status=204, headers={"HX-Redirect": url})
    return redirect(url)


@require_safe
def printed(request: Request, number: str) -> HttpResponse:
    """Form 2.4 on A4, with the same values as on the screen; written to the log of personal data."""
    case = load(request, number)
    access.log("print", actor=request.actor, at=request.now, subject=case)
    return render(
        request,
        "cases/print.html",
        context.sheet(case, request.actor, now=request.now, address=request.build_absolute_uri(url_of(number))),
    )


@require_safe
def sheet_export(request: Request, number: str, form: str) -> HttpResponseBase:
    """The same form as a table: field, value. Numbers as this person sees them; the export is logged."""
    request.actor.require("cases.export_case")
    case = load(request, number)
    lines = list(context.sheet_lines(context.sheet(case, request.actor, now=request.now)))
    access.log("export", actor=request.actor, at=request.now, subject=case, rows=len(lines), detail={"form": form})
    return download.table(form, f"request-{case.number}", [_("Field"), _("Content")], lines)


@require_safe
def blank(request: Request) -> HttpResponse:
    """The same form, empty, for paper."""
    request.actor.require("cases.view_case")
    return render(request, "cases/print.html", context.sheet(None, request.actor, now=request.now))


@require_POST
def file_add(request: Request, number: str) -> HttpResponse:
    """One file a request: the list of files as it is then, or 422 with the reason in one line."""
    case = load(request, number)
    request.actor.require("core.upload_file")
    upload = request.FILES.get("file")
    try:
        if upload is None:
            raise DomainError(_("Choose a file first."))
        services.add_file(case.pk, upload, actor=request.actor, at=request.now)
    except DomainError as error:
        if not is_fragment(request):
            return refusal(request, error)
        return HttpResponse(str(error.message), status=error.http_status, content_type="text/plain; charset=utf-8")
    if not is_fragment(request):
        return redirect(url_of(number))
    shown = {"files": [files.shown(row) for row in queries.files_of(case.pk)]}
    return render(request, "cases/detail.html#files", shown)
