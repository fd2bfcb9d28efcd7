"""What is asked: versions, publishing, the goal, results of earlier years, and what comes with the product."""

import datetime as dt
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from careloop.core import events, flow
from careloop.core.actor import Actor
from careloop.core.errors import Conflict, DomainError
from careloop.feedback import defaults, queries, rules
from careloop.feedback.models import (
    ContactPolicy,
    FollowUpPlan,
    HistoricalResult,
    QualityGoal,
    QuestionItem,
    Questionnaire,
    QuestionnaireVersion,
)
from careloop.feedback.states import CHANGE_QUESTIONNAIRE, QUESTIONNAIRE, PlanState, VersionState
from careloop.measures.satisfaction import weighted_index

VERSION_FIELDS = (
    "scale_map", "dissatisfied_from", "method", "company_average", "expectation_mode", "asks_rival", "step_items",
    "intro_zh", "intro_en", "privacy_zh", "privacy_en", "closing_zh", "closing_en",
)  # fmt: skip
ITEM_FIELDS = (
    "key", "role", "label_zh", "label_en", "text_zh", "text_en", "weight", "step", "standard_id", "norm", "order",
    "is_active",
)  # fmt: skip


@transaction.atomic
def ensure_defaults(*, actor: Actor, at: dt.datetime) -> int:
    """Questionnaires, plans, rules of contact and the goal 75 as they come with the product; what exists stays.

    Returns how many rows were made.
    """
    made = 0
    for wanted in defaults.QUESTIONNAIRES:
        row, is_new = Questionnaire.objects.get_or_create(code=wanted.code, defaults=wanted.names())
        made += is_new
        if is_new:
            _default_version(row, wanted, actor=actor, at=at)
    for plan in defaults.PLANS:
        questionnaire = Questionnaire.objects.get(code=plan.questionnaire)
        _row, is_new = FollowUpPlan.objects.get_or_create(
            service_type=plan.service_type,
            state=PlanState.APPROVED,
            measure=None,
            defaults={
                **plan.fields(), "questionnaire": questionnaire, "approved_at": at,
                "approved_by": actor.name or "CareLoop",
            },
        )  # fmt: skip
        made += is_new
    _policy, is_new = ContactPolicy.objects.get_or_create(pk=1)
    made += is_new
    for code in ("service", "yearly"):
        _goal, is_new = QualityGoal.objects.get_or_create(
            questionnaire=Questionnaire.objects.get(code=code), valid_from=defaults.GOAL_FROM,
            defaults={**defaults.goal(code), "set_by": actor.name},
        )  # fmt: skip
        made += is_new
    return made


def _default_version(
    row: Questionnaire, wanted: defaults.DefaultQuestionnaire, *, actor: Actor, at: dt.datetime
) -> None:
    version = QuestionnaireVersion(
        questionnaire=row, version=1, valid_from=defaults.GOAL_FROM, created_at=at, created_by=actor.name,
        **wanted.version_fields(),
    )  # fmt: skip
    flow.start(QUESTIONNAIRE, version, "draft", actor=actor, at=at)
    QuestionItem.objects.bulk_create(QuestionItem(version=version, **fields) for fields in wanted.item_fields())
    flow.apply(QUESTIONNAIRE, version, "publish", actor=actor, at=at, published_at=at, published_by=actor.name)


@transaction.atomic
def new_version(
    questionnaire_id: int, *, actor: Actor, at: dt.datetime, valid_from: dt.date, note: str
) -> QuestionnaireVersion:
    """A draft copied from the newest version. Published ones never change; the figures break where it begins."""
    actor.require(CHANGE_QUESTIONNAIRE)
    row = Questionnaire.objects.get(pk=questionnaire_id)
    last = row.versions.order_by("-version").first()
    if last is not None and last.state == VersionState.DRAFT:
        raise Conflict(_("There is a draft already: version %(number)d.") % {"number": last.version})
    if not note.strip():
        raise DomainError(_("Say what changes and why: a new version breaks the line of the figures."), field="note")
    if last is not None and valid_from <= last.valid_from:
        raise DomainError(_("It must begin after version %(number)d.") % {"number": last.version}, field="valid_from")
    copied = {name: getattr(last, name) for name in VERSION_FIELDS} if last else {}
    version = QuestionnaireVersion(
        questionnaire=row, version=last.version + 1 if last else 1, valid_from=valid_from, note=note.strip(),
        created_at=at, created_by=actor.name, **copied,
    )  # fmt: skip
    flow.start(QUESTIONNAIRE, version, "draft", actor=actor, at=at, data={"note": note.strip()})
    if last is not None:
        QuestionItem.objects.bulk_create(
            QuestionItem(version=version, **{name: getattr(item, name) for name in ITEM_FIELDS})
            for item in last.items.all()
        )
    return version


def _draft(version_id: int, actor: Actor) -> QuestionnaireVersion:
    actor.require(CHANGE_QUESTIONNAIRE)
    version = QuestionnaireVersion.objects.select_related("questionnaire").lock(version_id)
    if version.state != VersionState.DRAFT:
        raise Conflict(_("A published version cannot change. Make a new version; it breaks the line visibly."))
    return version


@transaction.atomic
def change_draft(version_id: int, *, actor: Actor, at: dt.datetime, **fields: Any) -> QuestionnaireVersion:
    """Change scale, method, texts or first day of a draft."""
    version = _draft(version_id, actor)
    known = {name: value for name, value in fields.items() if name in (*VERSION_FIELDS, "valid_from", "note")}
    before = {name: getattr(version, name) for name in known}
    for name, value in known.items():
        setattr(version, name, value)
    version.save(update_fields=list(known))
    changed = [name for name in known if before[name] != known[name]]
    events.record("questionnaire.change", version, actor=actor, at=at, data={"fields": changed})
    return version


@transaction.atomic
def set_items(
    version_id: int, items: Sequence[Mapping[str, Any]], *, actor: Actor, at: dt.datetime
) -> QuestionnaireVersion:
    """Replace the questions of a draft. Weights may be given in any unit (24 21 21 …); they are stored summing to 1."""
    version = _draft(version_id, actor)
    if not items:
        raise DomainError(_("A questionnaire needs at least one question."), field="items")
    keys = [str(item.get("key", "")) for item in items]
    if len(set(keys)) < len(keys) or not all(keys):
        raise DomainError(_("Every question needs a key of its own."), field="key")
    rows = [_item(version, item, order) for order, item in enumerate(items, 1)]
    groups = rules.weight_groups([row for row in rows if row.is_active])
    rated = [row for group in groups for row in group]
    if any(row.weight is None or row.weight <= 0 for row in rated):
        raise DomainError(_("Every rated question needs a weight above 0."), field="weight")
    for group in groups:
        for row, weight in zip(group, rules.normalised([row.weight or Decimal(0) for row in group]), strict=True):
            row.weight = weight
    version.items.all().delete()
    QuestionItem.objects.bulk_create(rows)
    weights = {row.key: str(row.weight) for row in rated}
    events.record("questionnaire.change", version, actor=actor, at=at, data={"weights": weights})
    return version


@transaction.atomic
def change_version(
    version_id: int, items: Sequence[Mapping[str, Any]], *, actor: Actor, at: dt.datetime, **fields: Any
) -> QuestionnaireVersion:
    """Method, script and questions of a draft in one go: all of it or nothing."""
    change_draft(version_id, actor=actor, at=at, **fields)
    return set_items(version_id, items, actor=actor, at=at)


def _item(version: QuestionnaireVersion, item: Mapping[str, Any], order: int) -> QuestionItem:
    fields = {name: item[name] for name in ITEM_FIELDS if name in item}
    row = QuestionItem(version=version, **{**fields, "order": order})
    if not (row.is_scored or row.is_rating):
        row.weight = None
    elif row.weight is not None:
        row.weight = Decimal(str(row.weight))
    for name, twin in (("text_zh", "text_en"), ("label_zh", "label_en")):
        if not getattr(row, name) and not getattr(row, twin):
            raise DomainError(_("Question %(number)d has no text.") % {"number": order}, field=name)
    return row


@transaction.atomic
def add_value_questions(version_id: int, *, actor: Actor, at: dt.datetime) -> QuestionnaireVersion:
    """Put the seven usual questions about value received and cost paid at the end of a draft (F10)."""
    version = QuestionnaireVersion.objects.select_related("questionnaire").lock(version_id)
    flow.apply(QUESTIONNAIRE, version, "add_value", actor=actor, at=at)
    keys = {item.key for item in version.items.all()}
    last = max((item.order for item in version.items.all()), default=0)
    rows = [question.fields(last + n) for n, question in enumerate(defaults.VALUE_AND_COST, 1)]
    if taken := sorted(keys & {row["key"] for row in rows}):
        raise Conflict(_("The keys %(keys)s are taken by other questions.") % {"keys": ", ".join(taken)})
    QuestionItem.objects.bulk_create(QuestionItem(version=version, **row) for row in rows)
    return version


@transaction.atomic
def publish(version_id: int, *, actor: Actor, at: dt.datetime) -> QuestionnaireVersion:
    """From `valid_from` on it is the one that is asked; the one before is retired. It can never change again."""
    version = QuestionnaireVersion.objects.select_related("questionnaire").lock(version_id)
    flow.check(QUESTIONNAIRE, version, "publish", actor=actor, at=at)
    for old in QuestionnaireVersion.objects.published().filter(questionnaire_id=version.questionnaire_id):
        flow.apply(QUESTIONNAIRE, old, "retire", actor=actor, at=at, retired_at=at)
    flow.apply(
        QUESTIONNAIRE, version, "publish", actor=actor, at=at, published_at=at, published_by=actor.name,
        data={"version": version.version, "note": version.note},
    )  # fmt: skip
    return version


@transaction.atomic
def retire(version_id: int, *, actor: Actor, at: dt.datetime) -> QuestionnaireVersion:
    version = QuestionnaireVersion.objects.lock(version_id)
    flow.apply(QUESTIONNAIRE, version, "retire", actor=actor, at=at, retired_at=at)
    return version


@transaction.atomic
def set_goal(
    questionnaire_id: int,
    *,
    actor: Actor,
    at: dt.datetime,
    value: Decimal,
    definition: str,
    reason: str,
    valid_from: dt.date,
) -> QualityGoal:
    """The goal with what it is a percentage of, and why this number (R115). An older goal stays for its time."""
    actor.require("feedback.plan")
    if not definition.strip() or not reason.strip():
        raise DomainError(_("A goal needs its definition and its reason."), field="definition")
    goal, _is_new = QualityGoal.objects.update_or_create(
        questionnaire_id=questionnaire_id, valid_from=valid_from,
        defaults={"value": value, "definition": definition.strip(), "reason": reason.strip(), "set_by": actor.name},
    )  # fmt: skip
    events.record("quality_goal.set", goal, actor=actor, at=at, data={"value": str(value)})
    return goal


@transaction.atomic
def enter_history(
    version_id: int,
    *,
    actor: Actor,
    at: dt.datetime,
    label: str,
    period_from: dt.date,
    period_to: dt.date,
    item_means: Mapping[str, Any],
    sd: Decimal | None = None,
    n: int | None = None,
    population: int | None = None,
    source: str = "",
    rating_means: Mapping[str, Any] | None = None,
) -> HistoricalResult:
    """A result from before CareLoop: its index comes from the item means and the version's weights (F1).

    `rating_means`: means 1–10 of the value and cost questions, of both sides or of none (F10).

    Entering the same period again replaces it; what stood there is kept in the event.
    """
    actor.require("feedback.enter_history")
    version = queries.version_with_items(version_id)
    means = _means(version, item_means)
    ratings = _rating_means(version, rating_means or {})
    if period_to < period_from:
        raise DomainError(_("The period ends before it begins."), field="period_to")
    if n is not None and population is not None and population < n:
        raise DomainError(_("The population cannot be smaller than the number of answers."), field="population")
    rated = [item for item in version.active_items if item.is_scored]
    index = weighted_index([means.get(item.key) for item in rated], [float(item.weight or 0) for item in rated])
    before = HistoricalResult.objects.filter(version=version, label=label).values("index", "item_means").first()
    row, _is_new = HistoricalResult.objects.update_or_create(
        version=version, label=label.strip(),
        defaults={
            "period_from": period_from, "period_to": period_to, "item_means": means,
            "rating_means": ratings, "sd": sd, "n": n,
            "index": Decimal(str(round(index, 4))), "population": population, "source": source.strip(),
            "entered_at": at, "entered_by": actor.name,
        },
    )  # fmt: skip
    data = {"label": row.label, "index": str(row.index), "before": str(before["index"]) if before else None}
    events.record("history.enter", row, actor=actor, at=at, data=data)
    return row


def _means(version: QuestionnaireVersion, given: Mapping[str, Any]) -> dict[str, float]:
    """Item key → mean 0–100."""
    known = {item.key: item for item in version.active_items if item.is_scored}
    means = _numbers(known, given, 0, 100, field="item_means")
    if not means:
        raise DomainError(_("Enter the mean of at least one question."), field="item_means")
    return means


def _rating_means(version: QuestionnaireVersion, given: Mapping[str, Any]) -> dict[str, float]:
    """Item key → mean 1–10 of the value and cost questions."""
    known = {item.key: item for item in version.active_items if item.is_rating}
    means = _numbers(known, given, 1, 10, field="rating_means")
    if len({known[key].role for key in means}) == 1:
        raise DomainError(
            _("The value ratio needs both sides: enter value received and cost paid."), field="rating_means"
        )
    return means


def _numbers(
    known: Mapping[str, QuestionItem], given: Mapping[str, Any], low: int, high: int, *, field: str
) -> dict[str, float]:
    """The numbers given; unknown keys and values outside [low, high] are refused by name."""
    means: dict[str, float] = {}
    for key, value in given.items():
        if value in (None, ""):
            continue
        if key not in known:
            raise DomainError(_("“%(key)s” is no rated question of this version.") % {"key": key}, field=field)
        try:
            mean = float(value)
        except (TypeError, ValueError):
            mean = -1.0
        if not low <= mean <= high:
            raise DomainError(
                _("“%(question)s”: the mean is a number from %(low)d to %(high)d.")
                % {"question": known[key].label, "low": low, "high": high},
                field=f"mean_{key}",
            )
        means[key] = mean
    return means
