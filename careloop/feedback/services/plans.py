"""Plans that management approves (R96), measures, and whether answers show that a measure works (R97)."""

import datetime as dt
from typing import Any

import numpy as np
from django.db import transaction
from django.utils.translation import gettext as _

from careloop.core import flow, numbering
from careloop.core.actor import Actor
from careloop.core.errors import DomainError
from careloop.feedback import queries, rules
from careloop.feedback.models import FollowUpPlan, Measure
from careloop.feedback.states import MEASURE, PLAN, PlanState
from careloop.measures.intervals import mean_interval

PLAN_FIELDS = (
    "title", "service_type", "not_before_hours", "due_hours", "persons", "method", "content", "questionnaire_id",
    "measure_id", "question", "target", "valid_from", "valid_to",
)  # fmt: skip


@transaction.atomic
def draft_plan(*, actor: Actor, at: dt.datetime, **fields: Any) -> FollowUpPlan:
    """A plan as a draft; what is missing may be filled in later, but it is not approved before."""
    plan = FollowUpPlan(**_known(fields), state="")
    _check_window(plan)
    if plan.measure_id is not None and (not plan.question or plan.target is None or plan.valid_from is None):
        raise DomainError(
            _("A plan with a measure names its question, the mean to be reached and its first day."), field="question"
        )
    flow.start(PLAN, plan, "draft", actor=actor, at=at)
    return plan


def _known(fields: dict[str, Any]) -> dict[str, Any]:
    known = {name: value for name, value in fields.items() if name in PLAN_FIELDS}
    for name in ("title", "persons", "method", "content", "question"):
        known[name] = str(known.get(name) or "").strip()
    return known


def _check_window(plan: FollowUpPlan) -> None:
    first, last = plan.not_before_hours, plan.due_hours
    if first is not None and last is not None and last <= first:
        raise DomainError(_("The window ends before it begins."), field="due_hours")


@transaction.atomic
def change_plan(plan_id: int, *, actor: Actor, at: dt.datetime, **fields: Any) -> FollowUpPlan:
    """Fill in a draft. A plan that was submitted is sent back first."""
    actor.require("feedback.plan")
    plan = FollowUpPlan.objects.lock(plan_id)
    if plan.state != PlanState.DRAFT:
        raise DomainError(_("Only a draft can be changed. Make a new plan; it replaces this one when approved."))
    known = _known({**{name: getattr(plan, name) for name in PLAN_FIELDS}, **fields})
    for name, value in known.items():
        setattr(plan, name, value)
    _check_window(plan)
    plan.save(update_fields=[name.removesuffix("_id") for name in known])
    return plan


@transaction.atomic
def submit_plan(plan_id: int, *, actor: Actor, at: dt.datetime) -> FollowUpPlan:
    plan = FollowUpPlan.objects.lock(plan_id)
    flow.apply(PLAN, plan, "submit", actor=actor, at=at)
    return plan


@transaction.atomic
def approve_plan(plan_id: int, *, actor: Actor, at: dt.datetime) -> FollowUpPlan:
    """Management sets the plan; a general one replaces the general plan of the same kind of service."""
    plan = FollowUpPlan.objects.lock(plan_id)
    flow.check(PLAN, plan, "approve", actor=actor, at=at)
    if plan.measure_id is None:
        for old in FollowUpPlan.objects.filter(service_type=plan.service_type, state=PlanState.APPROVED, measure=None):
            flow.apply(PLAN, old, "replace", actor=Actor.system(actor.name), at=at)
    flow.apply(PLAN, plan, "approve", actor=actor, at=at, approved_at=at, approved_by=actor.name)
    return plan


@transaction.atomic
def send_back_plan(plan_id: int, *, actor: Actor, at: dt.datetime, reason: str) -> FollowUpPlan:
    plan = FollowUpPlan.objects.lock(plan_id)
    flow.apply(PLAN, plan, "send_back", actor=actor, at=at, reason=reason)
    return plan


@transaction.atomic
def stop_plan(plan_id: int, *, actor: Actor, at: dt.datetime, reason: str) -> FollowUpPlan:
    """Open tasks keep their window; new services follow the general plan again."""
    plan = FollowUpPlan.objects.lock(plan_id)
    if plan.measure_id is None:
        raise DomainError(_("A general plan is replaced by a new one, so that every service is asked about."))
    flow.apply(PLAN, plan, "stop", actor=actor, at=at, reason=reason)
    return plan


@transaction.atomic
def evaluate_plan(plan_id: int, *, actor: Actor, at: dt.datetime) -> FollowUpPlan:
    """What the answers say about the measure, with n and interval: it is closed, goes back, or waits for answers.

    With too few answers the plan goes on; effective only when the lower bound of the mean reaches the target.
    """
    plan = FollowUpPlan.objects.select_related("measure").lock(plan_id)
    flow.check(PLAN, plan, "evaluate", actor=actor, at=at)
    if plan.measure is None or plan.target is None:
        raise DomainError(_("Only a plan with a measure is evaluated."))
    scores = queries.scores_of_plan(plan)
    mean = float(np.mean(scores)) if scores else None
    found = (
        mean_interval(mean, float(np.std(scores, ddof=1)), len(scores))
        if mean is not None and len(scores) > 1
        else None
    )
    low, high = (found.low, found.high) if found is not None else (None, None)
    result = rules.verdict_of(len(scores), mean, low, float(plan.target))
    fields: dict[str, Any] = {
        "result": result, "result_n": len(scores), "result_mean": mean, "result_low": low, "result_high": high,
        "evaluated_at": at,
    }  # fmt: skip
    if result == "too_few":
        for name, value in fields.items():
            setattr(plan, name, value)
        plan.save(update_fields=list(fields))
        return plan
    flow.apply(PLAN, plan, "evaluate", actor=actor, at=at, data={"result": result, "n": len(scores)}, **fields)
    _tell_measure(plan.measure, result, plan, at=at)
    return plan


def _tell_measure(measure: Measure, result: str, plan: FollowUpPlan, *, at: dt.datetime) -> None:
    measure = Measure.objects.lock(measure.pk)
    low, high = (f"{value:.1f}" if value is not None else "–" for value in (plan.result_low, plan.result_high))
    words = _("%(result)s: mean %(mean).1f (%(low)s–%(high)s), n = %(n)d") % {
        "result": plan.get_result_display(), "mean": plan.result_mean or 0, "low": low, "high": high,
        "n": plan.result_n or 0}  # fmt: skip
    if result == "effective":
        flow.apply(MEASURE, measure, "close", actor=Actor.system(), at=at, closed_at=at, result=words)
    else:
        flow.apply(MEASURE, measure, "back", actor=Actor.system(), at=at, result=words)


# --- measures ----------------------------------------------------------------------------------------------------


@transaction.atomic
def draft_measure(
    *, actor: Actor, at: dt.datetime, title: str, problem: str, action: str, department_id: int, due_on: dt.date,
    step: str = "",
) -> Measure:  # fmt: skip
    if not problem.strip() or not action.strip():
        raise DomainError(_("Say what was found and what is to be done."), field="problem")
    measure = Measure(
        number=numbering.next_number("JZ", at), title=title.strip(), problem=problem.strip(), action=action.strip(),
        department_id=department_id, due_on=due_on, step=step, created_at=at,
    )  # fmt: skip
    flow.start(MEASURE, measure, "draft", actor=actor, at=at)
    return measure


@transaction.atomic
def move_measure(
    measure_id: int, action: str, *, actor: Actor, at: dt.datetime, reason: str = "", carried_out: str = ""
) -> Measure:
    """Issue, approve, send back, or note that it is carried out."""
    measure = Measure.objects.lock(measure_id)
    fields: dict[str, Any] = {}
    if action == "carry_out":
        if not carried_out.strip():
            raise DomainError(_("Write down what was carried out."), field="carried_out")
        fields["carried_out"] = carried_out.strip()
    flow.apply(MEASURE, measure, action, actor=actor, at=at, reason=reason, **fields)
    return measure
