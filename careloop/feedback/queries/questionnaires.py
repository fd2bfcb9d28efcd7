"""Reads of questionnaires, the goal, and results of earlier years."""

import datetime as dt

from django.db.models import Count, Prefetch, Q

from careloop.feedback.models import (
    HistoricalResult,
    QualityGoal,
    QuestionItem,
    Questionnaire,
    QuestionnaireVersion,
)
from careloop.feedback.states import VersionState


def questionnaires() -> list[Questionnaire]:
    """All questionnaires with their versions, newest first."""
    versions = QuestionnaireVersion.objects.order_by("-version").annotate(
        item_count=Count("items", filter=Q(items__is_active=True))
    )
    rows = Questionnaire.objects.prefetch_related(Prefetch("versions", queryset=versions))
    return list(rows.order_by("kind", "pk"))


def published_versions() -> list[QuestionnaireVersion]:
    rows = QuestionnaireVersion.objects.published().select_related("questionnaire").prefetch_related("items")
    return list(rows.order_by("questionnaire_id"))


def version_by(code: str, number: int) -> QuestionnaireVersion | None:
    rows = QuestionnaireVersion.objects.select_related("questionnaire").prefetch_related("items__standard")
    return rows.filter(questionnaire__code=code, version=number).first()


def version_with_items(version_id: int) -> QuestionnaireVersion:
    return QuestionnaireVersion.objects.select_related("questionnaire").get(pk=version_id)


def versions_of(code: str) -> list[QuestionnaireVersion]:
    rows = QuestionnaireVersion.objects.filter(questionnaire__code=code).select_related("questionnaire")
    return list(rows.prefetch_related("items").order_by("-version"))


def versions_for_trend(code: str) -> list[QuestionnaireVersion]:
    """Versions that were in use, oldest first: each but the first is a break line with its note (R178)."""
    rows = QuestionnaireVersion.objects.filter(questionnaire__code=code).exclude(state=VersionState.DRAFT)
    return list(rows.select_related("questionnaire").prefetch_related("items").order_by("version"))


def item_of(version: QuestionnaireVersion, key: str) -> QuestionItem | None:
    return next((item for item in version.active_items if item.key == key), None)


def history(code: str) -> list[HistoricalResult]:
    """Results from before CareLoop, oldest first."""
    rows = HistoricalResult.objects.filter(version__questionnaire__code=code)
    return list(rows.select_related("version__questionnaire").order_by("period_from"))


def goal_on(code: str, day: dt.date) -> QualityGoal | None:
    """The goal that holds on `day`."""
    rows = QualityGoal.objects.filter(questionnaire__code=code, valid_from__lte=day)
    return rows.select_related("questionnaire").order_by("-valid_from").first()
