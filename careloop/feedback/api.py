"""REST of follow-up: tasks with their steps and answers, questionnaires, goal and earlier results."""

import datetime as dt
from decimal import Decimal
from functools import partial
from typing import Any

from django.http import Http404
from django.utils import timezone
from ninja import Body, Router, Schema, Status

from careloop.core import rest
from careloop.core.errors import PermissionRefused
from careloop.core.http import Request
from careloop.feedback import queries, services
from careloop.feedback.actions import ACTIONS, COMPLAIN, FINISH
from careloop.feedback.door import answer_or_refusal, require, task_or_refusal
from careloop.feedback.models import VIEW_ANSWER, VIEW_TASK, Answer, FollowUpTask, QuestionnaireVersion
from careloop.feedback.states import CHANGE_QUESTIONNAIRE, FOLLOW_UP, TaskState

router = Router(tags=["follow-ups"])


class TaskOut(Schema):
    id: int
    number: str
    state: str
    service_type: str
    customer: str
    asset: str | None
    order: str | None
    case: str | None
    station: str
    service_done_at: dt.datetime
    not_before: dt.datetime
    due_at: dt.datetime
    next_at: dt.datetime | None
    attempt_count: int
    caller: str | None
    is_late: bool
    waive_reason: str
    reason: str
    questions: list[str]
    merged_into: str | None


class TaskPage(Schema):
    items: list[TaskOut]
    next: str | None


class ItemOut(Schema):
    key: str
    level: int | None
    score: Decimal | None
    step: str
    norm: str
    person: str | None
    is_deviation: bool
    expected: int | None
    expected_at: dt.datetime | None
    is_expected_after: bool | None
    rival: int | None
    rating: int | None = None


class AnswerOut(Schema):
    id: int
    follow_up: str
    customer: str
    station: str
    technician: str | None
    questionnaire: str
    version: int
    channel: str
    overall: int | None
    expectation: int | None
    perception: int | None
    comparison: str
    expectation_state: str
    met_kind: str
    fixed_first: str
    on_time: str
    verbatim: str
    is_dissatisfied: bool
    complaint: str | None
    entered_by: str
    finished_at: dt.datetime | None
    locked_at: dt.datetime | None
    items: list[ItemOut]
    addenda: list[str]


class AnswerPage(Schema):
    items: list[AnswerOut]
    next: str | None


class QuestionOut(Schema):
    key: str
    role: str
    label_zh: str
    label_en: str
    text_zh: str
    text_en: str
    weight: Decimal | None
    step: str
    norm: str


class VersionOut(Schema):
    questionnaire: str
    name: str
    kind: str
    version: int
    state: str
    valid_from: dt.date
    scale_map: dict[str, float]
    dissatisfied_from: int
    method: str
    company_average: bool
    expectation_mode: str
    note: str
    items: list[QuestionOut]


class HistoryIn(rest.Input):
    label: str
    period_from: dt.date
    period_to: dt.date
    item_means: dict[str, float]
    rating_means: dict[str, float] = {}
    sd: Decimal | None = None
    n: int | None = None
    population: int | None = None
    source: str = ""


class HistoryOut(Schema):
    label: str
    period_from: dt.date
    period_to: dt.date
    version: int
    index: Decimal
    shown: str
    item_means: dict[str, float]
    rating_means: dict[str, float]
    sd: Decimal | None
    n: int | None
    population: int | None


class GoalOut(Schema):
    questionnaire: str
    value: Decimal
    definition: str
    reason: str
    valid_from: dt.date


class CoverageOut(Schema):
    eligible: int
    companies: int
    due: int
    done_in_window: int
    tried: int
    reached: int
    answered: int
    dissatisfied: int
    answered_in_time: int
    open: int
    late: int
    reasons: dict[str, int]


# --- doors -------------------------------------------------------------------------------------------------------


# --- shapes ------------------------------------------------------------------------------------------------------


def task_shown(request: Request, task: FollowUpTask) -> dict[str, Any]:
    names = (
        "id", "number", "state", "service_type", "service_done_at", "not_before", "due_at", "next_at",
        "attempt_count", "is_late", "waive_reason", "reason",
    )  # fmt: skip
    return {
        **{name: getattr(task, name) for name in names},
        "customer": task.customer.code,
        "asset": task.asset.code if task.asset else None,
        "order": task.order.number if task.order else None,
        "case": task.case.number if task.case else None,
        "station": task.station.code,
        "caller": task.caller.name if task.caller else None,
        "questions": task.step_keys,
        "merged_into": task.merged_into.number if task.merged_into else None,
    }


def answer_shown(answer: Answer) -> dict[str, Any]:
    names = (
        "id", "channel", "overall", "expectation", "perception", "comparison", "expectation_state", "met_kind",
        "fixed_first", "on_time", "verbatim", "is_dissatisfied", "finished_at", "locked_at",
    )  # fmt: skip
    return {
        **{name: getattr(answer, name) for name in names},
        "follow_up": answer.task.number if answer.task else "",
        "customer": answer.customer.code,
        "station": answer.station.code,
        "technician": answer.technician.name if answer.technician else None,
        "questionnaire": answer.version.questionnaire.code,
        "version": answer.version.version,
        "complaint": answer.complaint.number if answer.complaint else None,
        "entered_by": answer.entered_by_name,
        "items": [
            {"key": row.item.key, "level": row.raw, "score": row.score, "step": row.step, "norm": row.norm,
             "person": row.person.name if row.person else None, "is_deviation": row.is_deviation,
             "rating": row.rating, "expected": row.expected, "expected_at": row.expected_at, "rival": row.rival,
             "is_expected_after": row.is_expected_after if row.expected is not None else None}
            for row in answer.items.all()
        ],
        "addenda": [row.text for row in answer.addenda.all()],
    }  # fmt: skip


def version_shown(version: QuestionnaireVersion) -> dict[str, Any]:
    names = (
        "version", "state", "valid_from", "scale_map", "dissatisfied_from", "method", "company_average",
        "expectation_mode", "note",
    )  # fmt: skip
    fields = ("key", "role", "label_zh", "label_en", "text_zh", "text_en", "weight", "step", "norm")
    return {
        **{name: getattr(version, name) for name in names},
        "questionnaire": version.questionnaire.code,
        "name": version.questionnaire.name_zh,
        "kind": version.questionnaire.kind,
        "items": [{name: getattr(item, name) for name in fields} for item in version.items.all() if item.is_active],
    }


def history_shown(row: Any) -> dict[str, Any]:
    names = ("label", "period_from", "period_to", "index", "item_means", "rating_means", "sd", "n", "population")
    return {**{n: getattr(row, n) for n in names}, "version": row.version.version, "shown": f"{row.index:.1f}"}


# --- questionnaires (before the routes with a number) ------------------------------------------------------------


@router.get("/questionnaires", response=list[VersionOut], operation_id="questionnaire_list", summary="Questionnaires")
def questionnaire_list(request: Request) -> Any:
    """The version of each questionnaire that is asked now."""
    request.actor.require(CHANGE_QUESTIONNAIRE)
    return [version_shown(version) for version in queries.published_versions()]


@router.get(
    "/questionnaires/{code}/{version}", response=VersionOut, operation_id="questionnaire_read", summary="One version"
)
def questionnaire_read(request: Request, code: str, version: int) -> Any:
    request.actor.require(CHANGE_QUESTIONNAIRE)
    found = queries.version_by(code, version)
    if found is None:
        raise Http404
    return version_shown(found)


@router.get("/history/{code}", response=list[HistoryOut], operation_id="history_list", summary="Earlier results")
def history_list(request: Request, code: str) -> Any:
    request.actor.require("feedback.enter_history")
    return [history_shown(row) for row in queries.history(code)]


@router.post("/history/{code}", response={201: HistoryOut}, operation_id="history_enter", summary="Enter a result")
def history_enter(request: Request, code: str, payload: HistoryIn, version: int | None = None) -> Any:
    """The index comes from the item means and the weights of the version (the first one unless another is named)."""
    request.actor.require("feedback.enter_history")
    versions = queries.versions_for_trend(code)
    found = next((row for row in versions if version is None or row.version == version), None)
    if found is None:
        raise Http404
    row = services.enter_history(found.pk, actor=request.actor, at=request.now, **payload.model_dump())
    return Status(201, history_shown(row))


@router.get("/goal/{code}", response=GoalOut, operation_id="goal_read", summary="The quality goal that holds now")
def goal_read(request: Request, code: str) -> Any:
    request.actor.require("insight.view_reports")
    goal = queries.goal_on(code, timezone.localdate(request.now))
    if goal is None:
        raise Http404
    return {"questionnaire": code, "value": goal.value, "definition": goal.definition, "reason": goal.reason,
            "valid_from": goal.valid_from}  # fmt: skip


@router.get("/coverage", response=CoverageOut, operation_id="coverage_read", summary="Coverage of a period (F29)")
def coverage_read(request: Request, start: rest.Moment, end: rest.Moment) -> Any:
    """Counts over all services closed in the period: eligible, asked, reached, answered, and why not asked."""
    require(request, VIEW_TASK, "coverage")
    found = queries.coverage(request.actor, start, end, now=request.now)
    return {name: getattr(found, name) for name in CoverageOut.model_fields}


@router.get("/answers", response=AnswerPage, operation_id="answer_list", summary="Answers, newest first")
def answer_list(
    request: Request,
    q: str = "",
    station: int | None = None,
    dissatisfied: bool = False,
    limit: int = 50,
    cursor: int | None = None,
) -> Any:
    require(request, VIEW_ANSWER, "answers")
    filters = {"words": q, "station_id": station, "dissatisfied": dissatisfied}
    rows = queries.whole_answers(queries.answer_list(request.actor, filters))
    return rest.newest_page(rows, answer_shown, limit=limit, cursor=cursor)


# --- tasks -------------------------------------------------------------------------------------------------------


@router.get("", response=TaskPage, operation_id="follow_up_list", summary="Follow-ups, newest first")
def task_list(
    request: Request,
    view: str = "",
    state: str = "",
    q: str = "",
    limit: int = 50,
    cursor: int | None = None,
) -> Any:
    """`view`: due, late, open, done, not_asked, nobody, all; empty for all."""
    require(request, VIEW_TASK, "queue")
    filters = {
        "view": rest.one_of(view, queries.TASK_VIEWS, "view"),
        "state": rest.one_of(state, TaskState.values, "state"),
        "q": q,
    }
    rows = queries.task_list(request.actor, filters, now=request.now)
    rows = rows.select_related("customer", "asset__model", "order", "case", "station", "caller", "merged_into")
    return rest.newest_page(rows, partial(task_shown, request), limit=limit, cursor=cursor)


@router.get("/{number}", response=TaskOut, operation_id="follow_up_read", summary="One follow-up")
def task_read(request: Request, number: str) -> Any:
    return task_shown(request, task_or_refusal(request, number))


@router.get("/{number}/answer", response=AnswerOut, operation_id="answer_read", summary="Its finished answer")
def answer_read(request: Request, number: str) -> Any:
    return answer_shown(answer_or_refusal(request, number))


@router.put("/{number}/answer", response=TaskOut, operation_id="answer_write", summary="Answers of the running call")
def answer_write(request: Request, number: str, payload: Body[dict[str, Any]]) -> Any:
    """Item keys with a level or `na`, `comparison`, `fixed_first`, `on_time`, `verbatim`; only by the caller in the
    call. The rated unit is refused here as on the page, and the attempt is kept."""
    task = task_or_refusal(request, number)
    services.refuse_unknown(task, payload)
    services.save_answer(task.pk, payload, actor=request.actor, at=request.now)
    return task_shown(request, task_or_refusal(request, number))


def refuse_rewriting(request: Request, number: str) -> None:
    """Follow-ups are never removed and never laid to somebody else's charge; whoever tries is refused and kept."""
    task = task_or_refusal(request, number)
    services.note_refusal(task, "rewrite", actor=request.actor, at=request.now)
    raise PermissionRefused(services.kept_for_good())


@router.api_operation(
    ["DELETE"], "/{number}", response=TaskOut, operation_id="follow_up_delete", summary="Always refused"
)
def task_delete(request: Request, number: str) -> Any:
    """A follow-up may be waived with a reason, never removed (R114)."""
    refuse_rewriting(request, number)


@router.patch("/{number}", response=TaskOut, operation_id="follow_up_change", summary="Always refused")
def task_change(request: Request, number: str, payload: Body[dict[str, Any]]) -> Any:
    """Service, station and technician that were rated stand as they were (R13)."""
    refuse_rewriting(request, number)


class AddendumIn(rest.Input):
    text: str


@router.post("/{number}/answer/addenda", response=AnswerOut, operation_id="answer_addendum", summary="Add a correction")
def answer_addendum(request: Request, number: str, payload: AddendumIn) -> Any:
    answer = answer_or_refusal(request, number)
    services.add_addendum(answer.pk, actor=request.actor, at=request.now, text=payload.text)
    return answer_shown(answer_or_refusal(request, number))


rest.add_transitions(
    router,
    FOLLOW_UP,
    {**ACTIONS, FINISH.name: FINISH, COMPLAIN.name: COMPLAIN},
    load=task_or_refusal,
    show=task_shown,
    response=TaskOut,
)
