"""REST of plans, measures, recovery and customers at risk."""

import datetime as dt
from decimal import Decimal
from typing import Any

from django.http import Http404
from ninja import Router, Schema, Status

from careloop.core import rest
from careloop.core.address import number_of
from careloop.core.http import Request
from careloop.feedback import queries, services
from careloop.feedback.actions import MEASURE_ACTIONS, PLAN_ACTIONS, RECOVERY_ACTIONS
from careloop.feedback.models import VIEW_ANSWER, VIEW_TASK
from careloop.feedback.states import MEASURE, PLAN, RECOVERY

plans, measures, recoveries, risks = (Router(tags=["follow-ups"]) for _n in range(4))
router = Router(tags=["follow-ups"])


class PlanOut(Schema):
    id: int
    title: str
    state: str
    service_type: str
    not_before_hours: int | None
    due_hours: int | None
    persons: str
    method: str
    content: str
    measure_id: int | None
    question: str
    due: int
    done: int
    left: int
    result: str
    result_n: int | None
    result_mean: float | None
    result_low: float | None
    result_high: float | None


class PlanIn(rest.Input):
    title: str = ""
    service_type: str
    questionnaire: str = "service"
    not_before_hours: int | None = None
    due_hours: int | None = None
    persons: str = ""
    method: str = ""
    content: str = ""
    measure_id: int | None = None
    question: str = ""
    target: Decimal | None = None
    valid_from: dt.date | None = None
    valid_to: dt.date | None = None


class MeasureOut(Schema):
    id: int
    number: str
    title: str
    state: str
    department: str
    due_on: dt.date
    carried_out: str
    result: str


class RecoveryOut(Schema):
    id: int
    follow_up: str
    customer: str
    state: str
    state_before: str
    state_after: str
    kind: str
    text: str
    cost: Decimal | None
    granted_by: str | None
    asked_by: str | None


class RiskOut(Schema):
    id: int
    customer: str
    follow_up: str
    rule: str
    value: Decimal
    limit: Decimal
    listed_at: dt.datetime
    released_at: dt.datetime | None
    release: str
    reason: str
    outcome: str


def plan_shown(request: Request, plan: Any) -> dict[str, Any]:
    names = (
        "id", "title", "state", "service_type", "not_before_hours", "due_hours", "persons", "method", "content",
        "measure_id", "question", "result", "result_n", "result_mean", "result_low", "result_high",
    )  # fmt: skip
    counts = {"due": plan.due_count, "done": plan.done_count, "left": plan.left_count}
    return {**{name: getattr(plan, name) for name in names}, **counts}


def load_plan(request: Request, number: str) -> Any:
    request.actor.require(VIEW_TASK)
    pk = number_of(number)
    plan = queries.plan_by_id(pk, request.now) if pk is not None else None
    if plan is None:
        raise Http404
    return plan


@plans.get("", response=list[PlanOut], operation_id="follow_up_plan_list", summary="Plans with their running state")
def plan_list(request: Request) -> Any:
    request.actor.require(VIEW_TASK)
    return [plan_shown(request, plan) for plan in queries.plans(request.now)[:200]]


@plans.post("", response={201: PlanOut}, operation_id="follow_up_plan_create", summary="Draft a plan")
def plan_create(request: Request, payload: PlanIn) -> Any:
    request.actor.require("feedback.plan")
    found = {row.questionnaire.code: row.questionnaire_id for row in queries.published_versions()}
    data = payload.model_dump()
    code = data.pop("questionnaire")
    if code not in found:
        raise Http404
    plan = services.draft_plan(actor=request.actor, at=request.now, questionnaire_id=found[code], **data)
    return Status(201, plan_shown(request, queries.plan_by_id(plan.pk, request.now)))


rest.add_transitions(plans, PLAN, PLAN_ACTIONS, load=load_plan, show=plan_shown, response=PlanOut)


def measure_shown(request: Request, row: Any) -> dict[str, Any]:
    names = ("id", "number", "title", "state", "due_on", "carried_out", "result")
    return {**{name: getattr(row, name) for name in names}, "department": row.department.name}


def load_measure(request: Request, number: str) -> Any:
    request.actor.require(VIEW_TASK)
    row = queries.measures().filter(number=number).first()
    if row is None:
        raise Http404
    return row


@measures.get("", response=list[MeasureOut], operation_id="measure_list", summary="Corrective measures")
def measure_list(request: Request) -> Any:
    request.actor.require(VIEW_TASK)
    return [measure_shown(request, row) for row in queries.measures()[:200]]


rest.add_transitions(measures, MEASURE, MEASURE_ACTIONS, load=load_measure, show=measure_shown, response=MeasureOut)


def recovery_shown(request: Request, row: Any) -> dict[str, Any]:
    names = ("id", "state", "state_before", "state_after", "kind", "text", "cost")
    return {
        **{name: getattr(row, name) for name in names},
        "follow_up": row.answer.task.number if row.answer.task else "",
        "customer": row.answer.customer.code,
        "granted_by": row.granted_by.name if row.granted_by else None,
        "asked_by": row.asked_by.name if row.asked_by else None,
    }


def load_recovery(request: Request, number: str) -> Any:
    request.actor.require(VIEW_ANSWER)
    rows = queries.recoveries(request.actor)
    row = rows.filter(pk=number_of(number) or 0).first()
    if row is None:
        raise Http404
    return row


class RecoveryPage(Schema):
    items: list[RecoveryOut]
    opened: int
    acted: int
    asked: int
    turned: int


@recoveries.get("", response=RecoveryPage, operation_id="recovery_list", summary="Recoveries and how many turned")
def recovery_list(request: Request) -> Any:
    request.actor.require(VIEW_ANSWER)
    rows = queries.recoveries(request.actor)[:200]
    return {"items": [recovery_shown(request, row) for row in rows], **queries.recovery_counts(request.actor)}


rest.add_transitions(
    recoveries, RECOVERY, RECOVERY_ACTIONS, load=load_recovery, show=recovery_shown, response=RecoveryOut
)


class RiskPage(Schema):
    items: list[RiskOut]
    listed: int
    open: int
    repurchase: int
    lost: int


@risks.get("", response=RiskPage, operation_id="risk_list", summary="Customers at risk, with rule and value")
def risk_list(request: Request) -> Any:
    request.actor.require(VIEW_ANSWER)
    names = ("id", "value", "limit", "listed_at", "released_at", "release", "reason", "outcome")
    rows = [
        {
            **{name: getattr(row, name) for name in names}, "rule": "met_ordinary", "customer": row.customer.code,
            "follow_up": row.answer.task.number if row.answer.task else "",
        }
        for row in queries.risks(request.actor)[:200]
    ]  # fmt: skip
    return {"items": rows, **queries.risk_counts(request.actor)}


router.add_router("/plans", plans)
router.add_router("/measures", measures)
router.add_router("/recoveries", recoveries)
router.add_router("/at-risk", risks)
