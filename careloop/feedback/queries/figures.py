"""Columns for the satisfaction report, and the coverage that is printed beside each index (R114, F29)."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Count, F, Q

from careloop.core.actor import Actor
from careloop.feedback.models import Answer, AnswerItem, FollowUpTask, QuestionnaireVersion
from careloop.feedback.models.tasks import TaskQuerySet
from careloop.feedback.states import DONE, TaskState

S = TaskState
NAN = float("nan")


@dataclass(frozen=True, slots=True)
class Coverage:
    """Counts over all closed services of a period. No row is ever removed, so they always add up.

    eligible = due + not asked + those whose window is not over. `reasons`: why not asked → how many.
    `answered_in_time`: dissatisfied ones whose complaint was confirmed to the customer within 24 hours.
    """

    eligible: int = 0
    companies: int = 0
    due: int = 0
    done_in_window: int = 0
    tried: int = 0
    reached: int = 0
    answered: int = 0
    dissatisfied: int = 0
    answered_in_time: int = 0
    open: int = 0
    late: int = 0
    reasons: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class AnswerMatrix:
    """Finished answers as columns, ready for numpy. `scores[key][i]` belongs to `answers[i]`; NaN = not applicable.

    `versions` lists every questionnaire version that occurs, oldest first; weights, method and company averaging are
    those of each version, so that figures of different methods are never mixed (R178).
    """

    answers: list[int]
    numbers: list[str]
    companies: list[int]
    company_names: list[str]
    contacts: list[int]
    stations: list[int]
    families: list[int]
    technicians: list[int]
    version_ids: list[int]
    answered_at: list[dt.datetime]
    overall: list[float]
    levels: dict[str, list[float]]
    scores: dict[str, list[float]]
    expectation: list[float]
    perception: list[float]
    states: list[str]
    fixed_first: list[str]
    on_time: list[str]
    dissatisfied: list[bool]
    versions: list[QuestionnaireVersion]
    coverage: Coverage

    def __len__(self) -> int:
        return len(self.answers)


def _services(
    actor: Actor,
    start: dt.datetime,
    end: dt.datetime,
    *,
    station: int | None,
    machine_type: int | None,
    technician: int | None,
    questionnaire: str | None,
) -> TaskQuerySet:
    """Closed services of the period: every follow-up that was planned, but those of services that were undone."""
    undone = Q(state=S.CANCELLED, merged_into=None)
    rows = FollowUpTask.objects.at_stations_of(actor).exclude(undone)
    rows = rows.filter(service_done_at__gte=start, service_done_at__lt=end)
    if station is not None:
        rows = rows.filter(station_id=station)
    if machine_type is not None:
        rows = rows.filter(asset__model__family_id=machine_type)
    if technician is not None:
        rows = rows.filter(technician_id=technician)
    if questionnaire is not None:
        rows = rows.filter(version__questionnaire__code=questionnaire)
    return rows


def coverage(
    actor: Actor, start: dt.datetime, end: dt.datetime, *, now: dt.datetime | None = None, **filters: Any
) -> Coverage:
    """F29 and R114 for closed services of [start, end). Rates are taken over all that were due.

    With `now`, open ones whose window is not over yet are not due; without it, every one that is to be asked is.
    """
    given = {"station": None, "machine_type": None, "technician": None, "questionnaire": None, **filters}
    rows = _services(actor, start, end, **given)
    in_window = Q(first_tried_at__lte=F("due_at")) | Q(ended_at__lte=F("due_at"), state__in=DONE)
    not_asked = Q(state=S.WAIVED) | Q(state=S.CANCELLED)
    if now is not None:
        not_asked |= Q(is_open=True, due_at__gt=now)
    in_a_day = Q(answer__complaint__ack_at__lte=F("answer__complaint__registered_at") + dt.timedelta(hours=24))
    counts = rows.aggregate(
        eligible=Count("pk"),
        companies=Count("customer_id", distinct=True),
        due=Count("pk", filter=~not_asked),
        done_in_window=Count("pk", filter=~not_asked & in_window & Q(is_late=False) & ~Q(is_open=True)),
        tried=Count("pk", filter=Q(first_tried_at__isnull=False) | Q(state__in=DONE)),
        reached=Count("pk", filter=Q(asked_at__isnull=False)),
        answered=Count("pk", filter=Q(state__in=DONE)),
        dissatisfied=Count("pk", filter=Q(state=S.COMPLAINT, answer__is_dissatisfied=True)),
        answered_in_time=Count("pk", filter=Q(state=S.COMPLAINT, answer__is_dissatisfied=True) & in_a_day),
        open=Count("pk", filter=Q(is_open=True)),
        late=Count("pk", filter=Q(is_late=True)),
    )
    return Coverage(**counts, reasons=_reasons(rows))


def _reasons(rows: TaskQuerySet) -> dict[str, int]:
    """Why closed services have no answer: waiving reasons, merged, refused, unreachable."""
    ended = rows.filter(state__in=[S.WAIVED, S.REFUSED, S.UNREACHABLE, S.CANCELLED])
    found: dict[str, int] = {}
    for state, why, n in ended.values_list("state", "waive_reason").annotate(n=Count("pk")).order_by():
        name = why if state == S.WAIVED else "merged" if state == S.CANCELLED else state
        found[name] = found.get(name, 0) + n
    return found


def answer_matrix(
    actor: Actor,
    period_from: dt.datetime,
    period_to: dt.datetime,
    station: int | None = None,
    machine_type: int | None = None,
    technician: int | None = None,
    questionnaire: str | None = None,
) -> AnswerMatrix:
    """Answers about services closed in [period_from, period_to), with the population they stand for.

    `machine_type` is a product family. Only answers the actor may see are in it: locked ones, and unlocked ones for
    the independent roles. Five queries whatever the number of rows.
    """
    filters: dict[str, Any] = {
        "station": station, "machine_type": machine_type, "technician": technician, "questionnaire": questionnaire,
    }  # fmt: skip
    rows = _answers(actor, period_from, period_to, **filters)
    found = list(
        rows.order_by("answered_at", "pk").values(
            "id", "task__number", "customer_id", "customer__name", "contact_id", "station_id",
            "asset__model__family_id", "technician_id", "version_id", "answered_at", "overall", "expectation",
            "perception", "expectation_state", "fixed_first", "on_time", "is_dissatisfied",
        )
    )  # fmt: skip
    levels, scores = _item_columns(rows, [row["id"] for row in found])
    ids = {row["version_id"] for row in found}
    versions = QuestionnaireVersion.objects.filter(pk__in=ids).select_related("questionnaire").prefetch_related("items")
    return AnswerMatrix(
        answers=[row["id"] for row in found],
        numbers=[row["task__number"] or "" for row in found],
        companies=[row["customer_id"] for row in found],
        company_names=[row["customer__name"] for row in found],
        contacts=[row["contact_id"] or 0 for row in found],
        stations=[row["station_id"] for row in found],
        families=[row["asset__model__family_id"] or 0 for row in found],
        technicians=[row["technician_id"] or 0 for row in found],
        version_ids=[row["version_id"] for row in found],
        answered_at=[row["answered_at"] for row in found],
        overall=[_number(row["overall"]) for row in found],
        levels=levels,
        scores=scores,
        expectation=[_number(row["expectation"]) for row in found],
        perception=[_number(row["perception"]) for row in found],
        states=[row["expectation_state"] for row in found],
        fixed_first=[row["fixed_first"] for row in found],
        on_time=[row["on_time"] for row in found],
        dissatisfied=[row["is_dissatisfied"] for row in found],
        versions=sorted(versions, key=lambda v: (v.questionnaire_id, v.version)),
        coverage=coverage(actor, period_from, period_to, **filters),
    )


def _answers(
    actor: Actor,
    start: dt.datetime,
    end: dt.datetime,
    *,
    station: int | None,
    machine_type: int | None,
    technician: int | None,
    questionnaire: str | None,
) -> Any:
    closed = Q(task__service_done_at__gte=start, task__service_done_at__lt=end)
    own = Q(task=None, answered_at__gte=start, answered_at__lt=end)
    rows = Answer.objects.visible_to(actor).finished().filter(closed | own)
    if station is not None:
        rows = rows.filter(station_id=station)
    if machine_type is not None:
        rows = rows.filter(asset__model__family_id=machine_type)
    if technician is not None:
        rows = rows.filter(technician_id=technician)
    if questionnaire is not None:
        rows = rows.filter(version__questionnaire__code=questionnaire)
    return rows


def _number(value: Any) -> float:
    return NAN if value is None else float(value)


def _item_columns(rows: Any, ids: list[int]) -> tuple[dict[str, list[float]], dict[str, list[float]]]:
    """Per question key one column of levels and one of scores, in the order of `ids`."""
    place = {pk: index for index, pk in enumerate(ids)}
    levels: dict[str, list[float]] = {}
    scores: dict[str, list[float]] = {}
    items = AnswerItem.objects.filter(answer__in=rows.values("pk"))
    cells = items.values_list("answer_id", "item__key", "raw", "score")
    for answer_id, key, raw, score in cells.iterator(chunk_size=5000):
        if key not in scores:
            levels[key], scores[key] = [NAN] * len(ids), [NAN] * len(ids)
        if answer_id in place:
            levels[key][place[answer_id]] = _number(raw)
            scores[key][place[answer_id]] = _number(score)
    return levels, scores
