"""Writing answers: questions one by one, the complaint that follows from a bad one, lock and addendum."""

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Any

from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _

from careloop.complaints import services as complaints
from careloop.complaints.models import Complaint
from careloop.core import events, search
from careloop.core.actor import Actor
from careloop.core.errors import Conflict, DomainError
from careloop.core.words import clauses
from careloop.feedback import queries, rules
from careloop.feedback.models import (
    VIEW_ANSWER,
    Answer,
    AnswerAddendum,
    AnswerItem,
    FollowUpTask,
    QuestionItem,
)
from careloop.feedback.services import aftermath, beside

PLAIN = ("fixed_first", "on_time", "comparison")
NOT_APPLICABLE = "na"


def write_answer(
    task: FollowUpTask,
    values: Mapping[str, Any],
    *,
    actor: Actor,
    at: dt.datetime,
    channel: str,
    language: str = "",
) -> Answer:
    """Write what was said so far. Keys: item keys (level or `na`), `fixed_first`, `on_time`, `comparison`,
    `expectation`, `perception`, `verbatim`, `wants_contact`, `was_pressed`, and `reason_<item key>`; with a pair for
    each question `expect_<item key>`, with a competitor `rival_<item key>`; `expected_at` (ISO 8601) when the
    expectation was asked earlier than now.

    The task is locked by the caller. Levels outside the scale are refused by name.
    """
    answer = task.answer_or_none or _new_answer(task, actor=actor, at=at, channel=channel, language=language)
    if answer.finished_at is not None:
        raise Conflict(_("This answer is finished. A correction is an addendum."))
    changed = _write_facts(task, answer, values, at=at)
    if _write_items(task, answer, values, at=at):
        changed.add("is_dissatisfied")
    changed |= beside.write_beside(task, answer, values, at=at)
    if changed:
        levels = list(answer.items.values_list("raw", flat=True))
        answer.is_dissatisfied = rules.is_dissatisfied(levels, answer.version.dissatisfied_from)
        answer.answered_at = at
        changed |= beside.settle_expectation(answer)
        answer.save(update_fields=["is_dissatisfied", "answered_at", *sorted(changed)])
    if task.asked_at is None and changed:
        task.asked_at = at
        task.save(update_fields=["asked_at"])
    return answer


FACTS = frozenset({*PLAIN, "expectation", "perception", "verbatim", "wants_contact", "was_pressed", "expected_at"})
BESIDE = ("reason_", "expect_", "rival_")


def refuse_unknown(task: FollowUpTask, names: Iterable[str]) -> None:
    """For programs: a misspelt question must not get lost in silence.

    Raises:
        DomainError: a name that this conversation does not ask, with those it does.
    """
    keys = {item.key for item in task.asked_items}
    known = FACTS | keys | {prefix + key for prefix in BESIDE for key in keys}
    for name in names:
        if name not in known:
            raise DomainError(
                _("“%(name)s” is not asked here. Asked are: %(known)s.")
                % {"name": name[:40], "known": ", ".join(sorted(FACTS | keys))},
                field=name[:40],
            )


def _new_answer(task: FollowUpTask, *, actor: Actor, at: dt.datetime, channel: str, language: str) -> Answer:
    if task.version is None:
        raise DomainError(_("No questionnaire is published for this kind of service."))
    answer = Answer.objects.create(
        task=task, version=task.version, station=task.station, customer=task.customer, contact=task.contact,
        asset=task.asset, technician_id=task.technician_id, channel=channel, answered_at=at, language=language,
        entered_by_id=actor.person_id, entered_by_name=actor.name,
    )  # fmt: skip
    task.answer = answer
    return answer


def _write_facts(task: FollowUpTask, answer: Answer, values: Mapping[str, Any], *, at: dt.datetime) -> set[str]:
    changed: set[str] = set()
    choices = {"fixed_first": Answer.Fixed, "on_time": Answer.Kept, "comparison": Answer.Comparison}
    for name in PLAIN:
        if values.get(name):
            value = str(values[name])
            if value not in choices[name].values:
                raise DomainError(_("“%(value)s” is not an answer to this question.") % {"value": value}, field=name)
            setattr(answer, name, value)
            changed.add(name)
            if name != "comparison":
                beside.write_plain(task, answer, name, at=at)
    changed |= beside.write_pair(answer, values, at=at)
    for name in ("wants_contact", "was_pressed"):
        if values.get(name) is not None:
            setattr(answer, name, bool(values[name]))
            changed.add(name)
    if "verbatim" in values and values["verbatim"] is not None:
        answer.verbatim = str(values["verbatim"])  # word for word, blanks included
        changed.add("verbatim")
    return changed


def _write_items(task: FollowUpTask, answer: Answer, values: Mapping[str, Any], *, at: dt.datetime) -> bool:
    wrote = False
    for item in task.asked_items:
        if item.is_rating and values.get(item.key) not in (None, ""):
            beside.write_rating(answer, item, values[item.key], at=at)
            wrote = True
        elif item.is_scored and values.get(item.key) not in (None, ""):
            reason = str(values.get(f"reason_{item.key}") or "")
            _write_item(task, answer, item, values[item.key], reason, at=at)
            wrote = True
    return wrote


def _write_item(
    task: FollowUpTask, answer: Answer, item: QuestionItem, value: Any, reason: str, *, at: dt.datetime
) -> None:
    raw = None if value == NOT_APPLICABLE else beside.level(value, item, answer, item.key)
    is_deviation = raw is not None and raw <= answer.version.dissatisfied_from
    fields = {
        "raw": raw, "score": rules.score_of(raw, answer.version.scale_map), "asked_at": at,
        "is_deviation": is_deviation, "step": item.step if is_deviation else "",
        "norm": item.norm if is_deviation else "",
        "person_id": queries.person_of_step(task, item.step) if is_deviation else None,
    }  # fmt: skip
    if reason:
        fields["reason"] = reason[:300]
    AnswerItem.objects.update_or_create(answer=answer, item=item, defaults=fields)
    if item.role == QuestionItem.Role.OVERALL and answer.overall != raw:
        answer.overall = raw
        answer.save(update_fields=["overall"])


def worst_item(answer: Answer) -> AnswerItem | None:
    """The lowest rated question: a step question before the overall one, because it names the place."""
    rated = [row for row in answer.items.select_related("item") if row.raw is not None]
    return min(rated, key=lambda row: (row.raw or 0, not row.item.step, row.pk), default=None)


def words_of(answer: Answer) -> str:
    """The customer's words; without any, what he rated low, so that the complaint says what it is about."""
    if answer.verbatim.strip():
        return answer.verbatim
    low = [row for row in answer.items.select_related("item") if row.is_deviation]
    with translation.override("zh-hans"):
        rated = clauses(
            _("%(question)s: %(level)d") % {"question": row.item.label_zh, "level": row.raw}
            for row in low
            if row.raw is not None
        )
        return _("(no words; rated low: %(items)s)") % {"items": rated}


def open_complaint(
    task: FollowUpTask, answer: Answer, *, actor: Actor, at: dt.datetime, words: str, desired_remedy: str = ""
) -> Complaint:
    """The complaint out of an answer, in the same transaction; the rated unit is not its owner and does not see it."""
    worst = worst_item(answer)
    step = worst.step or worst.item.step if worst else ""
    registrar = actor if actor.may("complaints.register_complaint") else Actor.system(actor.name, entrance="link")
    complaint = complaints.register_complaint(
        actor=registrar, at=at, customer_id=task.customer_id, contact_id=task.contact_id, words=words,
        source="follow_up", station_id=task.station_id, asset_id=task.asset_id, order_id=task.order_id,
        case_id=task.case_id, involved=task.served_ids, step=step, norm=worst.norm if worst else "",
        desired_remedy=desired_remedy, first_rating=answer.overall, is_sealed=True,
        category=rules.complaint_category(fixed_first=answer.fixed_first, on_time=answer.on_time, step=step),
    )  # fmt: skip
    answer.complaint = complaint
    answer.save(update_fields=["complaint"])
    return complaint


def close_answer(task: FollowUpTask, answer: Answer, *, actor: Actor, at: dt.datetime) -> str:
    """Finish the answer; open the complaint that it needs. Returns `satisfied`, `remarks` or `complaint`."""
    if answer.is_dissatisfied and answer.complaint_id is None:
        open_complaint(task, answer, actor=actor, at=at, words=words_of(answer))
    answer.finished_at = at
    answer.save(update_fields=["finished_at"])
    put_into_search(answer)
    aftermath.follow_answer(answer, at=at)
    return rules.outcome_of(
        is_dissatisfied=answer.is_dissatisfied, has_complaint=answer.complaint_id is not None, words=answer.verbatim,
        fixed_first=answer.fixed_first, on_time=answer.on_time, state=answer.expectation_state,
    )  # fmt: skip


def put_into_search(answer: Answer) -> None:
    """Found by its words (R100), by those who may see it (`feedback.apps` binds the kind to `visible_to`)."""
    if not answer.verbatim.strip() or answer.task is None:
        return
    search.index(
        "answer", answer.pk, station_id=answer.station_id,
        title=f"{answer.task.number} {answer.customer.name}", subtitle=answer.verbatim[:80],
        url=f"/follow-up/answers/{answer.task.number}/", body=answer.verbatim, at=answer.finished_at,
    )  # fmt: skip


# --- after the call ----------------------------------------------------------------------------------------------


@transaction.atomic
def lock_answer(answer_id: int, *, at: dt.datetime) -> None:
    """From now on nothing changes in it. Its complaint is no longer sealed, and the outcome shows on the timeline."""
    answer = Answer.objects.select_related("task", "customer").lock(answer_id)
    if answer.locked_at is not None or answer.finished_at is None:
        return
    answer.locked_at = at
    answer.save(update_fields=["locked_at"])
    system = Actor.system()
    outcome = answer.task.state if answer.task else ""
    events.record(
        "answer.lock", answer, actor=system, at=at, sealed=VIEW_ANSWER, text=answer.verbatim,
        data={"overall": answer.overall, "state": answer.expectation_state, "outcome": outcome},
    )  # fmt: skip
    if answer.complaint_id is not None:
        complaints.unseal_complaint(answer.complaint_id, actor=system, at=at)


def lock_due(*, now: dt.datetime, limit: int = 500) -> int:
    found = queries.ids_to_lock(now, limit)
    for pk in found:
        lock_answer(pk, at=now)
    return len(found)


@transaction.atomic
def add_addendum(answer_id: int, *, actor: Actor, at: dt.datetime, text: str) -> AnswerAddendum:
    """A correction beside the answer. Whoever took part in the service writes none."""
    actor.require("feedback.call")
    if not text.strip():
        raise DomainError(_("Write the addendum."), field="text")
    answer = Answer.objects.select_related("task").lock(answer_id)
    if actor.person_id is not None and answer.task is not None and actor.person_id in answer.task.served_ids:
        raise DomainError(_("You took part in this service. Somebody else writes the addendum."))
    if answer.finished_at is None:
        raise DomainError(_("The call is not finished; write it into the answer itself."))
    addendum = AnswerAddendum.objects.create(
        answer=answer, at=at, by_id=actor.person_id, by_name=actor.name, text=text.strip()
    )
    events.record("answer.addendum", answer, actor=actor, at=at, text=text.strip(), sealed=VIEW_ANSWER)
    return addendum


@transaction.atomic
def attribute_deviation(answer_item_id: int, *, actor: Actor, at: dt.datetime, step: str, norm: str = "") -> AnswerItem:
    """Say at which step and against which standard it went wrong (R66); level and score stay as they are."""
    actor.require("feedback.call")
    row = AnswerItem.objects.select_related("answer__task").get(pk=answer_item_id)
    answer = Answer.objects.select_related("task__order", "task__case").lock(row.answer_id)
    if actor.person_id is not None and answer.task is not None and actor.person_id in answer.task.served_ids:
        raise DomainError(_("You took part in this service. Somebody else names the step."))
    if not row.is_deviation:
        raise DomainError(_("This answer is no deviation."))
    before = {"step": row.step, "norm": row.norm}
    row.step, row.norm = step, norm.strip()[:200]
    row.person_id = queries.person_of_step(answer.task, step) if answer.task is not None else None
    row.save(update_fields=["step", "norm", "person"])
    events.record(
        "answer.attribute", answer, actor=actor, at=at, sealed=VIEW_ANSWER,
        data={"before": before, "after": {"step": step, "norm": row.norm}},
    )  # fmt: skip
    return row
