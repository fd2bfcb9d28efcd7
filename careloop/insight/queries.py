"""Reads of the satisfaction report. The answers come in as rows; the figures are made in `reports`."""

import datetime as dt
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from django.db.models import Q, QuerySet
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
    Questionnaire,
    QuestionnaireVersion,
)
from careloop.insight.rules import AnswerRow, Item, ServiceRow, Version
from careloop.staff.models import Person

VIEW_REPORTS = "insight.view_reports"
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

    def without_groups(self) -> "Scope":
        return replace(self, station=None, model=None, technician=None)


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
        )
    )
    scores: dict[int, dict[str, float | None]] = defaultdict(dict)
    items = AnswerItem.objects.filter(answer__in=found.order_by().values("pk")).values_list(
        "answer_id", "item__key", "score"
    )
    for answer, key, score in items:
        scores[answer][key] = None if score is None else float(score)
    return [_answer_row(row, scores[row["id"]]) for row in rows]


def _answer_row(row: Mapping[str, Any], scores: Mapping[str, float | None]) -> AnswerRow:
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
    )


def service_rows(actor: Actor, scope: Scope, start: dt.date, end: dt.date) -> list[ServiceRow]:
    """The population: closed services that this questionnaire asks about, none left out. One query."""
    if not actor.may(VIEW_REPORTS):
        return []
    asked_with = FollowUpPlan.objects.filter(questionnaire__code=scope.questionnaire).values("service_type")
    rows = FollowUpTask.objects.exclude(state="cancelled").filter(
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
            reason=row["waive_reason"] or row["state"],
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


def midnight(day: dt.date) -> dt.datetime:
    return timezone.make_aware(dt.datetime.combine(day, dt.time()))


def versions_of(questionnaire: str) -> dict[int, Version]:
    """Published and retired versions with their weighted questions. Two queries."""
    rows = (
        QuestionnaireVersion.objects.filter(questionnaire__code=questionnaire)
        .exclude(state="draft")
        .prefetch_related("items")
        .order_by("version")
    )
    return {
        row.pk: Version(
            id=row.pk,
            number=row.version,
            method=row.method,
            company_average=row.company_average,
            valid_from=row.valid_from,
            note=row.note,
            items=tuple(
                Item(item.key, item.label, float(item.weight), item.step) for item in row.items.all() if item.weight
            ),
        )
        for row in rows
    }


def goal_on(questionnaire: str, day: dt.date) -> QualityGoal | None:
    rows = QualityGoal.objects.filter(questionnaire__code=questionnaire, valid_from__lte=day)
    return rows.order_by("-valid_from").first()


def history(questionnaire: str) -> list[HistoricalResult]:
    return list(HistoricalResult.objects.filter(version__questionnaire__code=questionnaire))


def names_of(stations: list[Any], technicians: set[int], models: set[int]) -> dict[str, dict[int, str]]:
    """Names of the groups. Two queries; stations were read with the request."""
    people = Person.objects.filter(pk__in=technicians).values_list("pk", "name")
    machines = ProductModel.objects.filter(pk__in=models).values_list("pk", "brand", "name")
    return {
        "station": {station.pk: station.name for station in stations},
        "technician": dict(people),
        "model": {pk: f"{brand} {name}".strip() for pk, brand, name in machines},
    }
