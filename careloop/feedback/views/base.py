"""What the pages of follow-up share: the sheet of a step, and the way back from it."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from careloop.core import actions as core_actions
from careloop.core.actions import Action
from careloop.core.http import Request, fragment


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
