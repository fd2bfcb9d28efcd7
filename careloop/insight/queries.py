"""Reads of the satisfaction report. The answers come in as rows; the figures are made in `reports`."""

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from django.db.models import CharField, Exists, OuterRef, Q, QuerySet, Value
from django.db.models.functions import Coalesce
from django.utils import timezone

from careloop.assets.models import ProductModel
from careloop.core.actor import Actor
from careloop.feedback.models import (
    Answer,
    AnswerItem,
    FollowUpPlan,
    FollowUpTask,
    HistoricalResult,
    QualityGoal,
    QuestionItem,
    Questionnaire,
    QuestionnaireVersion,
)
from careloop.insight.reasons import Deviation
from careloop.insight.rules import AnswerRow, Item, ServiceRow, Version
from careloop.staff.models import Person
from careloop.workorders.models import WorkOrder

VIEW_REPORTS = "insight.view_reports"
VIEW_ANSWERS = "feedback.view_answer"
VIEW_UNLOCKED = "feedback.view_unlocked_answer"


@dataclass(frozen=True, slots=True)
class Scope:
    """What the report is about. Empty fields do not narrow it."""

    questionnaire: str
    station: int | None = None
    model: int | None = None
    technician: int | None = None
    kind: str = ""

    def narrow(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        if self.station is not None:
            rows = rows.filter(station_id=self.station)
        if self.model is not None:
            rows = rows.filter(asset__model_id=self.model)
        if self.technician is not None:
            rows = rows.filter(technician_id=self.technician)
        if self.kind:
            rows = rows.filter(asset__kind=self.kind)
        return rows

    def everything(self) -> "Scope":
        """The same questionnaire without any filter."""
        return replace(self, station=None, model=None, technician=None, kind="")

    @property
    def chosen(self) -> dict[str, int | str]:
        """The filters that are set: dimension → value."""
        given = {"station": self.station, "model": self.model, "technician": self.technician, "kind": self.kind}
        return {name: value for name, value in given.items() if value}

    def holds(self, row: AnswerRow) -> bool:
        return all(getattr(row, name) == value for name, value in self.chosen.items())


def questionnaires() -> list[Questionnaire]:
    return list(Questionnaire.objects.filter(is_active=True).order_by("pk"))


def countable_answers(actor: Actor) -> QuerySet[Answer]:
    """Finished answers that count in figures.

    Before the lock only the independent roles see them move the index; for the rated units they count when locked.
    A figure is no answer: it needs `insight.view_reports`, not the right to read answers (R13).
    """
    if not actor.may(VIEW_REPORTS):
        return Answer.objects.none()
    rows = Answer.objects.finished()
    if actor.stations is not None:
        rows = rows.filter(station_id__in=actor.stations)
    return rows if actor.may(VIEW_UNLOCKED) else rows.exclude(locked_at=None)


def answer_rows(actor: Actor, scope: Scope, start: dt.date, end: dt.date) -> list[AnswerRow]:
    """Answers about services closed (or, without a service, given) in [start, end). Two queries."""
    first, last = midnight(start), midnight(end)
    found = scope.narrow(countable_answers(actor)).filter(
        Q(task__service_done_at__gte=first, task__service_done_at__lt=last)
        | Q(task=None, answered_at__gte=first, answered_at__lt=last),
        version__questionnaire__code=scope.questionnaire,
    )
    rows = list(
        found.values(
            "id",
            "answered_at",
            "task__service_done_at",
            "customer_id",
            "station_id",
            "asset__model_id",
            "technician_id",
            "version_id",
            "overall",
            "expectation_state",
            "expectation",
            "perception",
            "locked_at",
            "asset__kind",
            "met_kind",
        )
    )
    items: dict[int, list[tuple[Any, ...]]] = defaultdict(list)
    names = ("answer_id", "item__key", "score", "raw", "expected", "is_expected_after", "rival", "rating")
    for answer, *cells in AnswerItem.objects.filter(answer__in=found.order_by().values("pk")).values_list(*names):
        items[answer].append(tuple(cells))
    return [_answer_row(row, items[row["id"]]) for row in rows]


def _answer_row(row: Mapping[str, Any], items: list[tuple[Any, ...]]) -> AnswerRow:
    scores = {key: None if score is None else float(score) for key, score, *_rest in items}
    pair = row["expectation"] is not None and row["perception"] is not None
    return AnswerRow(
        id=row["id"],
        day=timezone.localdate(row["task__service_done_at"] or row["answered_at"]),
        customer=row["customer_id"],
        station=row["station_id"],
        model=row["asset__model_id"],
        technician=row["technician_id"],
        version=row["version_id"],
        scores=scores,
        overall=row["overall"],
        expectation=row["expectation_state"],
        gap=row["perception"] - row["expectation"] if pair else None,
        is_locked=row["locked_at"] is not None,
        kind=row["asset__kind"] or "",
        met_kind=row["met_kind"],
        pairs={
            key: (raw, expected, after)
            for key, _score, raw, expected, after, _rival, _rating in items
            if raw is not None and expected is not None
        },
        rivals={key: (raw, rival) for key, _s, raw, _e, _after, rival, _r in items if raw is not None and rival},
        ratings={key: rating for key, *_rest, rating in items if rating is not None},
    )


def deviation_rows(actor: Actor, scope: Scope, start: dt.date, end: dt.date) -> tuple[list[Deviation], list[dt.date]]:
    """Deviating answers about services closed in [start, end), and the days of all answers. Two queries."""
    done = Coalesce("task__service_done_at", "answered_at")
    found = scope.narrow(countable_answers(actor)).annotate(done=done).filter(
        done__gte=midnight(start), done__lt=midnight(end), version__questionnaire__code=scope.questionnaire
    )  # fmt: skip
    days = {pk: timezone.localdate(moment) for pk, moment in found.values_list("pk", "done")}
    items = AnswerItem.objects.filter(is_deviation=True, answer__in=found.order_by().values("pk"))
    cells = items.order_by("pk").values_list("answer_id", "step", "norm")
    return [Deviation(answer, days[answer], step, norm) for answer, step, norm in cells], list(days.values())


def service_rows(actor: Actor, scope: Scope, start: dt.date, end: dt.date) -> list[ServiceRow]:
    """The population: closed services that this questionnaire asks about, none left out. One query."""
    if not actor.may(VIEW_REPORTS):
        return []
    asked_with = FollowUpPlan.objects.filter(questionnaire__code=scope.questionnaire).values("service_type")
    rows = FollowUpTask.objects.exclude(state="cancelled", merged_into=None).filter(
        Q(version__questionnaire__code=scope.questionnaire) | Q(version=None, service_type__in=asked_with),
        service_done_at__gte=midnight(start),
        service_done_at__lt=midnight(end),
    )
    if actor.stations is not None:
        rows = rows.filter(station_id__in=actor.stations)
    return [
        ServiceRow(
            day=timezone.localdate(row["service_done_at"]),
            customer=row["customer_id"],
            station=row["station_id"],
            model=row["asset__model_id"],
            technician=row["technician_id"],
            is_asked=row["asked_at"] is not None,
            is_reached=row["state"].startswith("done_") or row["state"] in ("refused", "in_call"),
            is_answered=row["state"].startswith("done_"),
            in_window=row["ended_at"] is not None and row["ended_at"] <= row["due_at"],
            reason=row["waive_reason"] or ("merged" if row["state"] == "cancelled" else row["state"]),
        )
        for row in scope.narrow(rows).values(
            "service_done_at",
            "customer_id",
            "station_id",
            "asset__model_id",
            "technician_id",
            "asked_at",
            "state",
            "ended_at",
            "due_at",
            "waive_reason",
        )
    ]


def unplanned_services(actor: Actor, scope: Scope, start: dt.date, end: dt.date) -> QuerySet[WorkOrder]:
    """Orders handed over in the period that have no follow-up at all: they belong to the population too (R114)."""
    order_kinds = ("repair", "safety", "major", "maintenance")
    plans = FollowUpPlan.objects.filter(questionnaire__code=scope.questionnaire, service_type__in=order_kinds)
    orders = WorkOrder.objects.filter(Exists(plans)).filter(
        delivered_at__gte=midnight(start), delivered_at__lt=midnight(end)
    )
    if actor.stations is not None:
        orders = orders.filter(station_id__in=actor.stations)
    planned = FollowUpTask.objects.exclude(state="cancelled", merged_into=None).filter(order=OuterRef("pk"))
    return scope.narrow(orders).exclude(Exists(planned))


def midnight(day: dt.date) -> dt.datetime:
    return timezone.make_aware(dt.datetime.combine(day, dt.time()))


def versions_of(questionnaire: str) -> dict[int, Version]:
    """Published and retired versions with their weighted questions, which each of them has. One query."""
    questions = QuestionItem.objects.filter(version__questionnaire__code=questionnaire).exclude(version__state="draft")
    asked: dict[QuestionnaireVersion, list[QuestionItem]] = {}
    for question in questions.select_related("version").order_by("version__version", "order", "pk"):
        asked.setdefault(question.version, []).append(question)
    return {
        row.pk: Version(
            id=row.pk,
            number=row.version,
            method=row.method,
            company_average=row.company_average,
            valid_from=row.valid_from,
            note=row.note,
            items=_items(items, lambda item: item.is_scored),
            values=_items(items, lambda item: item.role == QuestionItem.Role.VALUE),
            costs=_items(items, lambda item: item.role == QuestionItem.Role.COST),
        )
        for row, items in asked.items()
    }


def _items(items: Iterable[QuestionItem], wanted: Callable[[QuestionItem], bool]) -> tuple[Item, ...]:
    return tuple(
        Item(item.key, item.label, float(item.weight), item.step) for item in items if item.weight and wanted(item)
    )


def goal_on(questionnaire: str, day: dt.date) -> QualityGoal | None:
    rows = QualityGoal.objects.filter(questionnaire__code=questionnaire, valid_from__lte=day)
    return rows.order_by("-valid_from").first()


def history(questionnaire: str) -> list[HistoricalResult]:
    return list(HistoricalResult.objects.filter(version__questionnaire__code=questionnaire))


def names_of(stations: list[Any], technicians: set[int], models: set[int]) -> dict[str, dict[int, str]]:
    """Names of the groups. One query; stations were read with the request."""
    text = CharField()
    people = Person.objects.filter(pk__in=technicians).order_by()
    machines = ProductModel.objects.filter(pk__in=models).order_by()
    rows = people.values_list(Value("technician", text), "pk", Value("", text), "name").union(
        machines.values_list(Value("model", text), "pk", "brand", "name"), all=True
    )
    found: dict[str, dict[int, str]] = {"technician": {}, "model": {}}
    for kind, pk, brand, name in rows:
        found[kind][pk] = f"{brand} {name}".strip()
    return {"station": {station.pk: station.name for station in stations}, **found}


# --- the audit pack (R117) ---------------------------------------------------------------------------------------


def method_of(questionnaire: str, day: dt.date) -> dict[str, Any]:
    """Questionnaire with all its versions as they were asked, and the goal that held on `day`."""
    rows = QuestionnaireVersion.objects.filter(questionnaire__code=questionnaire).exclude(state="draft")
    goal = goal_on(questionnaire, day)
    return {
        "questionnaire": questionnaire,
        "goal": {"value": goal.value, "definition": goal.definition, "reason": goal.reason} if goal else None,
        "versions": [
            {
                "version": row.version, "valid_from": row.valid_from, "released_at": row.published_at,
                "note": row.note, "method": row.method, "company_average": row.company_average, "scale": row.scale_map,
                "dissatisfied_from": row.dissatisfied_from, "expectation": row.expectation_mode,
                "questions": [
                    {"key": item.key, "role": item.role, "weight": item.weight, "text": item.text_zh,
                     "text_en": item.text_en, "step": item.step, "standard": item.norm}
                    for item in row.items.all()
                ],
            }
            for row in rows.prefetch_related("items").order_by("version")
        ],
    }  # fmt: skip


def invitation_rows(actor: Actor, scope: Scope, start: dt.date, end: dt.date) -> list[dict[str, Any]]:
    """Every closed service of the period, asked or with its reason, also where nothing is planned yet. Two queries."""
    asked_with = FollowUpPlan.objects.filter(questionnaire__code=scope.questionnaire).values("service_type")
    rows = scope.narrow(FollowUpTask.objects.at_stations_of(actor)).filter(
        Q(version__questionnaire__code=scope.questionnaire) | Q(version=None, service_type__in=asked_with),
        service_done_at__gte=midnight(start), service_done_at__lt=midnight(end),
    )  # fmt: skip
    names = {
        "follow_up": "number", "order": "order__number", "service_done_at": "service_done_at", "due_at": "due_at",
        "customer": "customer__code", "station": "station__code", "state": "state", "asked_at": "asked_at",
        "reason_code": "waive_reason", "reason": "reason", "merged_into": "merged_into__number",
    }  # fmt: skip
    unplanned = _renamed(unplanned_services(actor, scope, start, end), {
        "order": "number", "service_done_at": "delivered_at", "customer": "customer__code", "station": "station__code",
    })  # fmt: skip
    empty = dict.fromkeys(names, "")
    return [*_renamed(rows, names), *({**empty, **row, "reason_code": "unplanned"} for row in unplanned)]


def _renamed(rows: QuerySet[Any], names: Mapping[str, str]) -> list[dict[str, Any]]:
    return [dict(zip(names, cells, strict=True)) for cells in rows.order_by("pk").values_list(*names.values())]


def _raw_answers(actor: Actor, scope: Scope, start: dt.date, end: dt.date) -> QuerySet[Answer]:
    done = Coalesce("task__service_done_at", "answered_at")
    rows = scope.narrow(Answer.objects.visible_to(actor).finished()).annotate(done=done)
    found: QuerySet[Answer] = rows.filter(
        done__gte=midnight(start), done__lt=midnight(end), version__questionnaire__code=scope.questionnaire
    )
    return found


def raw_rows(actor: Actor, scope: Scope, start: dt.date, end: dt.date) -> list[dict[str, Any]]:
    """One row a question of every answer the actor may read. One query."""
    rows = AnswerItem.objects.filter(answer__in=_raw_answers(actor, scope, start, end).order_by().values("pk"))
    return _renamed(rows, {
        "answer": "answer__task__number", "answer_id": "answer_id", "customer": "answer__customer__code",
        "station": "answer__station__code", "version": "answer__version__version", "question": "item__key",
        "role": "item__role", "weight": "item__weight", "level": "raw", "score": "score", "expected": "expected",
        "competitor": "rival", "value_or_cost": "rating",
        "reason": "reason", "step": "step", "standard": "norm", "overall": "answer__overall",
        "against_expectation": "answer__expectation_state", "fixed_at_once": "answer__fixed_first",
        "on_time": "answer__on_time", "words": "answer__verbatim", "answered_at": "answer__answered_at",
        "channel": "answer__channel", "entered_by": "answer__entered_by_name", "locked_at": "answer__locked_at",
    })  # fmt: skip


def action_rows(actor: Actor, scope: Scope, start: dt.date, end: dt.date) -> list[dict[str, Any]]:
    """What was done about the bad answers of the period: complaints, and recoveries of the disappointed. One query."""
    rows = _raw_answers(actor, scope, start, end).exclude(complaint=None, recovery=None)
    return _renamed(rows, {
        "answer": "task__number", "complaint": "complaint__number", "state": "complaint__state",
        "registered_at": "complaint__registered_at", "confirmed_at": "complaint__ack_at",
        "remedy": "complaint__remedy_kind", "cost": "complaint__remedy_cost", "decision": "complaint__decision",
        "carried_out": "complaint__execution", "rating_before": "complaint__first_rating",
        "rating_after": "complaint__rerating", "closed_at": "complaint__closed_at",
        "recovery": "recovery__kind", "recovery_state": "recovery__state", "recovery_text": "recovery__text",
        "recovery_cost": "recovery__cost", "found_before": "recovery__state_before",
        "found_after": "recovery__state_after",
    })  # fmt: skip
