"""Reads of answers and of the deviations in them."""

import datetime as dt
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Avg, Count, Exists, OuterRef, Q

from careloop.complaints.states import ServiceStep
from careloop.core import search
from careloop.core.actor import Actor
from careloop.feedback.models import Answer, AnswerAddendum, AnswerItem, FollowUpTask, QuestionItem
from careloop.feedback.models.answers import AnswerQuerySet
from careloop.feedback.models.tasks import contact_policy

SHOWN = (
    "task",
    "version__questionnaire",
    "station",
    "customer",
    "contact",
    "asset",
    "technician",
    "complaint",
    "entered_by",
)


def answer_list(actor: Actor, filters: Mapping[str, Any] | None = None) -> AnswerQuerySet:
    """Finished answers the actor may see. Filters: station_id, customer_id, technician_id, version_id, family_id,
    model_id, kind (of the object), questionnaire (code), item (key of a rated question), dissatisfied, from, to
    (answered), rated (`value`: those that make the value ratio), service_from, service_to (service done; without a
    service: answered), words, step with norm."""
    rows = Answer.objects.visible_to(actor).finished().select_related("task", "customer", "asset__model", "station")
    given = {name: value for name, value in (filters or {}).items() if value not in (None, "", [])}
    for name in ("station_id", "customer_id", "technician_id", "version_id", "overall", "expectation_state", "channel"):
        if name in given:
            rows = rows.filter(**{name: given[name]})
    if "family_id" in given:
        rows = rows.filter(asset__model__family_id=given["family_id"])
    if "model_id" in given:
        rows = rows.filter(asset__model_id=given["model_id"])
    if "kind" in given:
        rows = rows.filter(asset__kind=given["kind"])
    if "questionnaire" in given:
        rows = rows.filter(version__questionnaire__code=given["questionnaire"])
    if "item" in given:
        rows = rows.filter(
            pk__in=AnswerItem.objects.filter(item__key=given["item"], raw__isnull=False).values("answer")
        )
    if given.get("rated") == "value":
        for role in (QuestionItem.Role.VALUE, QuestionItem.Role.COST):
            rows = rows.filter(Exists(AnswerItem.objects.filter(answer=OuterRef("pk"), item__role=role, rating__gte=1)))
    for name, sign in (("service_from", "gte"), ("service_to", "lt")):
        if name in given:
            closed = Q(**{f"task__service_done_at__{sign}": given[name]})
            rows = rows.filter(closed | Q(task=None, **{f"answered_at__{sign}": given[name]}))
    if given.get("dissatisfied"):
        rows = rows.filter(is_dissatisfied=True)
    if "from" in given:
        rows = rows.filter(answered_at__gte=given["from"])
    if "to" in given:
        rows = rows.filter(answered_at__lt=given["to"])
    if "step" in given:
        items = AnswerItem.objects.filter(is_deviation=True, step="" if given["step"] == "none" else given["step"])
        if (norm := (filters or {}).get("norm")) is not None:
            items = items.filter(norm=norm)
        rows = rows.filter(pk__in=items.values("answer"))
    if "words" in given:
        rows = rows.filter(pk__in=search.find_ids(str(given["words"]), actor=actor, kind="answer"))
    return rows


def whole_answers(rows: AnswerQuerySet) -> AnswerQuerySet:
    """With all that the REST answer shows."""
    return rows.select_related(*SHOWN).prefetch_related("items__item", "items__person", "addenda")


def answer_by_number(actor: Actor, number: str) -> Answer | None:
    """The answer of the follow-up with this number, when the actor may see it."""
    rows = Answer.objects.visible_to(actor).finished().select_related(*SHOWN)
    return rows.filter(task__number=number).first()


def has_answer(task: FollowUpTask) -> bool:
    return Answer.objects.filter(task=task).exclude(finished_at=None).exists()


def item_rows(answer: Answer) -> list[AnswerItem]:
    return list(answer.items.select_related("item__standard", "person").order_by("item__order", "pk"))


def addenda_of(answer: Answer) -> list[AnswerAddendum]:
    return list(answer.addenda.order_by("pk"))


def latest_of_customer(actor: Actor, customer_id: int, *, limit: int = 3) -> list[Answer]:
    """Earlier answers, for the desk and the customer page."""
    rows = Answer.objects.visible_to(actor).finished().filter(customer_id=customer_id)
    shown = rows.select_related("task", "asset__model", "customer", "station")
    return list(shown.order_by("-answered_at")[:limit])


def ids_to_lock(now: dt.datetime, limit: int) -> list[int]:
    """Answers whose time until the lock is over; the hours stand in the rules of contact."""
    before = now - dt.timedelta(hours=contact_policy().lock_hours)
    rows = Answer.objects.filter(locked_at=None, finished_at__lte=before)
    return list(rows.order_by("finished_at").values_list("pk", flat=True)[:limit])


# --- deviations (R66) --------------------------------------------------------------------------------------------


PLAIN_ROLES = ("fixed_first", "on_time")


@dataclass(frozen=True, slots=True)
class PersonDeviations:
    """Deviations at one step that one person did; without person nobody is named in the order."""

    step: str
    label: str
    person: str
    deviations: int


@dataclass(frozen=True, slots=True)
class StepDeviations:
    """One step in a period: how often it was asked, how often it deviated, mean score; `asked` 0 = not asked."""

    step: str
    label: str
    asked: int
    deviations: int
    mean: float | None


def _visible_items(actor: Actor, start: dt.datetime, end: dt.datetime, station_id: int | None) -> Any:
    answers = Answer.objects.visible_to(actor).finished().filter(answered_at__gte=start, answered_at__lt=end)
    if station_id is not None:
        answers = answers.filter(station_id=station_id)
    given = Q(raw__isnull=False) | Q(item__role__in=PLAIN_ROLES)
    return AnswerItem.objects.filter(given, answer__in=answers)


def deviations_by_step(
    actor: Actor, start: dt.datetime, end: dt.datetime, *, station_id: int | None = None
) -> list[StepDeviations]:
    """Deviations by step; the last row, without a step, are those nobody has attributed yet.

    The sum over the rows is the number of deviating answers behind them.
    """
    items = _visible_items(actor, start, end, station_id)
    asked = {row["item__step"]: row for row in items.values("item__step").annotate(n=Count("pk"), mean=Avg("score"))}
    bad = dict(items.filter(is_deviation=True).values_list("step").annotate(n=Count("pk")))
    rows = []
    for step, label in [*ServiceStep.choices, ("", "")]:
        known = asked.get(step)
        if known is None and step not in bad:
            if step in ("appointment", "reception", "repair", "inspection", "settlement"):
                rows.append(StepDeviations(step, str(label), 0, 0, None))
            continue
        mean = float(known["mean"]) if known and known["mean"] is not None else None
        rows.append(StepDeviations(step, str(label), known["n"] if known else 0, bad.get(step, 0), mean))
    return rows


def deviations_by_person(
    actor: Actor, start: dt.datetime, end: dt.datetime, *, station_id: int | None = None
) -> list[PersonDeviations]:
    """The same deviations by step and person of the step; the sum is the same too."""
    items = _visible_items(actor, start, end, station_id).filter(is_deviation=True)
    labels = dict(ServiceStep.choices)
    rows = items.values("step", "person__name").annotate(n=Count("pk")).order_by("step", "-n", "person__name")
    return [
        PersonDeviations(row["step"], str(labels.get(row["step"], "")), row["person__name"] or "", row["n"])
        for row in rows
    ]


def deviations(
    actor: Actor, start: dt.datetime, end: dt.datetime, *, step: str | None = None, limit: int = 200
) -> list[AnswerItem]:
    """The deviating answers themselves, newest first."""
    items = _visible_items(actor, start, end, None).filter(is_deviation=True)
    if step is not None:
        items = items.filter(step=step)
    rows = items.select_related("item", "person", "answer__task", "answer__customer", "answer__asset__model")
    return list(rows.order_by("-pk")[:limit])


def unattributed(actor: Actor) -> int:
    answers = Answer.objects.visible_to(actor).finished()
    return AnswerItem.objects.filter(Q(step=""), answer__in=answers, is_deviation=True).count()


def visible_answer_ids(actor: Actor, ids: Collection[int]) -> list[int]:
    """For the search: those of `ids` the actor may read."""
    return list(Answer.objects.visible_to(actor).filter(pk__in=ids).values_list("pk", flat=True))
