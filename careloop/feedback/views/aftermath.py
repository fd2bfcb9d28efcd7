"""Recovery of disappointed customers, and valuable ones at risk (R112, R113)."""

from typing import Any

from django.http import Http404, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from careloop.billing.queries import yuan
from careloop.core import actions as core_actions
from careloop.core.http import Request, fragment
from careloop.feedback import queries
from careloop.feedback.actions import OUTCOME, RECOVERY_ACTIONS, RELEASE
from careloop.feedback.door import require
from careloop.feedback.models import VIEW_ANSWER, Recovery, RiskEntry
from careloop.feedback.states import APPROVE_PLAN, CALL, RECOVERY
from careloop.feedback.views.base import step_sheet
from careloop.feedback.views.desk import tabs

TONES = {"open": "bad", "acted": "warn", "closed": "ok", "unconfirmed": "idle"}


@require_safe
def recoveries(request: Request) -> HttpResponse:
    require(request, VIEW_ANSWER, "recoveries")
    counts = queries.recovery_counts(request.actor)
    share = f"{100 * counts['turned'] / counts['asked']:.0f} %" if counts["asked"] else "–"
    context = {
        "views": tabs("recoveries", request.actor),
        "heading": _("Recovery"),
        "subtitle": _("Experience below expectation: what is done about it, and whether the customer turned."),
        "summary": _("%(opened)d opened, %(acted)d acted on, %(asked)d asked again, %(turned)d turned (%(share)s)") % {
            **counts, "share": share},
        "columns": [
            {"key": "answer", "label": _("Answer"), "kind": "main"},
            {"key": "state", "label": _("State"), "kind": "state"},
            {"key": "action", "label": _("What was done")},
            {"key": "cost", "label": _("Cost"), "kind": "num"},
            {"key": "who", "label": _("Granted by"), "kind": "person"},
            {"key": "turn", "label": _("Before and after")},
            {"key": "steps", "label": _("Next step"), "kind": "buttons"},
        ],
        "rows": [recovery_row(row, request) for row in queries.recoveries(request.actor)[:100]],
        "empty": _("No answer below expectation."),
    }  # fmt: skip
    return fragment(request, "feedback/aftermath.html", "rows", context)


def answer_cell(row: Recovery | RiskEntry) -> dict[str, Any]:
    task = row.answer.task
    number = task.number if task else row.answer.period
    return {"text": row.answer.customer.name, "sub": number,
            "url": reverse("feedback:answer", args=[number]) if task else ""}  # fmt: skip


def recovery_row(row: Recovery, request: Request) -> dict[str, Any]:
    options = core_actions.options(RECOVERY, RECOVERY_ACTIONS, row, actor=request.actor, at=request.now)
    after = str(row.get_state_after_display()) if row.state_after else "…"
    return {
        "answer": answer_cell(row),
        "state": {"label": str(row.get_state_display()), "tone": TONES[row.state]},
        "action": f"{row.get_kind_display()} · {row.text}" if row.kind else "–",
        "cost": yuan(row.cost) if row.cost is not None else "–",
        "who": row.granted_by.name if row.granted_by else "",
        "turn": f"{row.get_state_before_display()} → {after}",
        "steps": [
            {"label": str(option.label), "icon": option.icon, "sheet": True,
             "url": reverse("feedback:recovery-step", args=[row.pk, option.action])}
            for option in options if option.allowed
        ],
    }  # fmt: skip


@require_http_methods(["GET", "HEAD", "POST"])
def recovery_step(request: Request, pk: int, action: str) -> HttpResponse:
    require(request, VIEW_ANSWER, "recoveries")
    row = queries.recoveries(request.actor).filter(pk=pk).first()
    if row is None or action not in RECOVERY_ACTIONS:
        raise Http404
    step = RECOVERY.named(action)
    page = reverse("feedback:recoveries")
    return step_sheet(
        request, row, RECOVERY_ACTIONS[action], label=step.label, permission=step.permission, icon=step.icon,
        back=lambda _done: page,
    )  # fmt: skip


@require_safe
def risks(request: Request) -> HttpResponse:
    require(request, VIEW_ANSWER, "risks")
    counts = queries.risk_counts(request.actor)
    context = {
        "views": tabs("risks", request.actor),
        "heading": _("Customers at risk"),
        "subtitle": _("Found the service ordinary, and brings much business: he may buy elsewhere."),
        "summary": _("%(listed)d listed, %(open)d open; %(repurchase)d bought again, %(lost)d lost") % counts,
        "columns": [
            {"key": "answer", "label": _("Customer"), "kind": "main"},
            {"key": "rule", "label": _("Rule")},
            {"key": "value", "label": _("Business of 12 months"), "kind": "num"},
            {"key": "state", "label": _("State"), "kind": "state"},
            {"key": "outcome", "label": _("Outcome")},
            {"key": "steps", "label": _("Next step"), "kind": "buttons"},
        ],
        "rows": [risk_row(row, request) for row in queries.risks(request.actor)[:100]],
        "empty": _("Nobody is at risk."),
    }
    return fragment(request, "feedback/aftermath.html", "rows", context)


def risk_row(row: RiskEntry, request: Request) -> dict[str, Any]:
    steps = []
    if row.released_at is None and request.actor.may(APPROVE_PLAN):
        steps.append({"label": _("Take off the list"), "url": reverse("feedback:risk-release", args=[row.pk]),
                      "icon": "circle-minus", "sheet": True})  # fmt: skip
    if request.actor.may(CALL):
        steps.append({"label": _("Outcome"), "url": reverse("feedback:risk-outcome", args=[row.pk]), "icon": "flag",
                      "sheet": True})  # fmt: skip
    if row.released_at is None:
        state = {"label": _("at risk"), "tone": "bad"}
    else:
        why = " · ".join(part for part in (str(row.get_release_display()), row.reason) if part)
        state = {"label": why, "tone": "idle"}
    return {
        "answer": answer_cell(row),
        "rule": _("met, ordinary; business from %(limit)s") % {"limit": yuan(row.limit)},
        "value": yuan(row.value),
        "state": state,
        "outcome": str(row.get_outcome_display()) if row.outcome else "–",
        "steps": steps,
    }


def load_risk(request: Request, pk: int) -> RiskEntry:
    require(request, VIEW_ANSWER, "risks")
    row = queries.risks(request.actor).filter(pk=pk).first()
    if row is None:
        raise Http404
    return row


@require_http_methods(["GET", "HEAD", "POST"])
def risk_release(request: Request, pk: int) -> HttpResponse:
    page = reverse("feedback:risks")
    return step_sheet(
        request, load_risk(request, pk), RELEASE, label=_("Take off the list"), permission=APPROVE_PLAN,
        icon="circle-minus", back=lambda _done: page,
    )  # fmt: skip


@require_http_methods(["GET", "HEAD", "POST"])
def risk_outcome(request: Request, pk: int) -> HttpResponse:
    page = reverse("feedback:risks")
    return step_sheet(
        request, load_risk(request, pk), OUTCOME, label=_("Outcome"), permission=CALL, icon="flag",
        back=lambda _done: page,
    )  # fmt: skip
