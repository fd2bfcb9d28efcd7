"""What every page of work orders shares: the order of the address, and the answer after a step."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from careloop.core import flow
from careloop.core.actions import Action, StepForm, perform
from careloop.core.http import Request, fragment, is_fragment
from careloop.core.rights import refused
from careloop.workorders import queries
from careloop.workorders.actions import ACTIONS
from careloop.workorders.models import WorkOrder
from careloop.workorders.states import FLOW

Context = dict[str, Any]


def load(request: Request, number: str) -> WorkOrder:
    """The order, or 404 as if there were none."""
    order = queries.order_by_number(request.actor, number)
    if order is None:
        raise Http404
    return order


def detail_url(number: str) -> str:
    return reverse("workorders:detail", kwargs={"number": number})


def done(request: Request, url: str, text: str = "", *, undo: str = "") -> HttpResponse:
    """Say what happened and go to `url`: a redirect, or the header that htmx follows."""
    if text:
        messages.success(request, text, extra_tags=f"undo:{undo}" if undo else "")
    if is_fragment(request):
        return HttpResponse(status=204, headers={"HX-Redirect": url})
    return redirect(url)


def action_of(name: str) -> tuple[Action, flow.Transition]:
    """A step of the table that people take; 404 for anything else."""
    action = ACTIONS.get(name)
    step = next((row for row in FLOW.transitions if row.action == name), None)
    if action is None or step is None:
        raise Http404
    return action, step


def require(request: Request, name: str, order: WorkOrder | None = None) -> flow.Transition:
    """The right of the step, asked before anything of the input is looked at."""
    _action, step = action_of(name)
    found = FLOW.find(name, order.state) if order is not None else None
    request.actor.require((found or step).permission)
    return found or step


def require_any(request: Request, *rights: str) -> None:
    if not any(request.actor.may(right) for right in rights):
        raise refused(rights[0])


def take(request: Request, order: WorkOrder, name: str) -> tuple[StepForm, Any]:
    """Run a step with the input of the page."""
    action, _step = action_of(name)
    return perform(action, order, request.POST, actor=request.actor, at=request.now, files=request.FILES)


def refused_status(form: StepForm) -> int:
    refusal = getattr(form, "refusal", None)
    return refusal.http_status if refusal is not None else 422


def sheet(request: Request, form: Any, *, title: Any, number: str, status: int = 200, **more: Any) -> HttpResponse:
    """The form of a step in the side sheet, or as a page of its own."""
    names = [name for name, field in form.fields.items() if "data-signature" in field.widget.attrs]
    context: Context = {
        "form": form,
        "title": title,
        "back_url": detail_url(number),
        "signature_field": names[0] if names else "",
        **more,
    }
    return fragment(request, "action.html", "sheet", context, status=status)
