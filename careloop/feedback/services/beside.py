"""What is noted beside the levels: plain answers, expectation and experience, the main competitor, the F6 state."""

import datetime as dt
from collections.abc import Mapping
from typing import Any

from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from careloop.core.errors import DomainError
from careloop.feedback import queries, rules
from careloop.feedback.models import Answer, AnswerItem, FollowUpTask, QuestionItem


def level(value: Any, item: QuestionItem, answer: Answer, field: str) -> int:
    """A level of the version's scale.

    Raises:
        DomainError: anything else, naming the question and the levels there are.
    """
    if not str(value).isdecimal() or int(value) not in answer.version.levels:
        raise DomainError(
            _("“%(question)s”: answer with one of %(levels)s, or “not applicable”.")
            % {"question": item.label, "levels": ", ".join(map(str, answer.version.levels))},
            field=field,
        )
    return int(value)


def write_plain(task: FollowUpTask, answer: Answer, role: str, *, at: dt.datetime) -> None:
    """A plain answer is an item too: “no” is a deviation with its step and standard (R66), without level."""
    item = next((row for row in task.asked_items if row.role == role), None)
    if item is None:
        return
    if getattr(answer, role) == Answer.Fixed.NOT_APPLICABLE:
        AnswerItem.objects.filter(answer=answer, item=item).delete()
        return
    is_deviation = getattr(answer, role) == Answer.Fixed.NO
    AnswerItem.objects.update_or_create(
        answer=answer, item=item,
        defaults={
            "raw": None, "score": None, "asked_at": at, "is_deviation": is_deviation,
            "step": item.step if is_deviation else "", "norm": item.norm if is_deviation else "",
            "person_id": queries.person_of_step(task, item.step) if is_deviation else None,
        },
    )  # fmt: skip


def write_rating(answer: Answer, item: QuestionItem, value: Any, *, at: dt.datetime) -> None:
    """A rating 1–10 of value or cost, or “not applicable”. It has no level, so it is no deviation (F10).

    Raises:
        DomainError: anything else, naming the question.
    """
    if value != "na" and not (str(value).isdecimal() and 1 <= int(value) <= 10):
        raise DomainError(
            _("“%(question)s”: answer with a number from 1 to 10, or “not applicable”.") % {"question": item.label},
            field=item.key,
        )
    rating = None if value == "na" else int(value)
    AnswerItem.objects.update_or_create(answer=answer, item=item, defaults={"rating": rating, "asked_at": at})


def write_pair(answer: Answer, values: Mapping[str, Any], *, at: dt.datetime) -> set[str]:
    """Expectation and experience of the whole service on one scale, with the time of asking (R110)."""
    changed: set[str] = set()
    top = 10 if answer.version.expectation_mode == "pair10" else 5
    for name in ("expectation", "perception"):
        if values.get(name) in (None, ""):
            continue
        if not str(values[name]).isdecimal() or not 1 <= int(values[name]) <= top:
            raise DomainError(_("Answer with a number from 1 to %(top)d.") % {"top": top}, field=name)
        setattr(answer, name, int(values[name]))
        changed.add(name)
        if name == "expectation":
            asked = asked_at(values, at)
            answer.expectation_asked_at = asked
            answer.is_expectation_after = is_after(answer.task, asked)
            changed |= {"expectation_asked_at", "is_expectation_after"}
    return changed


def asked_at(values: Mapping[str, Any], at: dt.datetime) -> dt.datetime:
    """When the expectation was asked: now, or the earlier moment that is named."""
    text = values.get("expected_at")
    if text in (None, ""):
        return at
    try:
        named = parse_datetime(str(text))
    except ValueError:
        named = None
    if named is None:
        raise DomainError(_("Write the time as 2026-11-19T08:00+08:00."), field="expected_at")
    named = timezone.make_aware(named) if timezone.is_naive(named) else named
    if named > at:
        raise DomainError(_("The expectation cannot be asked in the future."), field="expected_at")
    return named


def is_after(task: FollowUpTask | None, asked: dt.datetime) -> bool:
    """Asked after the service an expectation is biased; it is marked."""
    return task is None or asked >= task.service_done_at


def write_beside(task: FollowUpTask, answer: Answer, values: Mapping[str, Any], *, at: dt.datetime) -> set[str]:
    """What was expected of each question, and what the main competitor would get. The level itself comes first."""
    version = answer.version
    rows: dict[int, AnswerItem] | None = None
    wrote: set[str] = set()
    for item in task.asked_items:
        given = {name: values.get(f"{name}_{item.key}") for name in ("expect", "rival")}
        if not item.is_scored or all(value in (None, "") for value in given.values()):
            continue
        rows = {row.item_id: row for row in answer.items.all()} if rows is None else rows
        row = rows.get(item.pk)
        if row is None:
            raise DomainError(_("“%(question)s”: rate the service first.") % {"question": item.label}, field=item.key)
        fields: dict[str, Any] = {}
        if given["expect"] not in (None, "", "na") and version.expectation_mode == "items":
            asked = asked_at(values, at)
            fields |= {
                "expected": level(given["expect"], item, answer, f"expect_{item.key}"), "expected_at": asked,
                "is_expected_after": is_after(task, asked),
            }  # fmt: skip
            if item.role == QuestionItem.Role.OVERALL:
                wrote |= {"expectation", "perception", "expectation_asked_at", "is_expectation_after"}
                answer.expectation, answer.perception = fields["expected"], row.raw
                answer.expectation_asked_at, answer.is_expectation_after = asked, fields["is_expected_after"]
        if given["rival"] not in (None, "", "na") and version.asks_rival:
            fields["rival"] = level(given["rival"], item, answer, f"rival_{item.key}")
        if fields:
            AnswerItem.objects.filter(pk=row.pk).update(**fields)
            wrote.add("is_dissatisfied")
    return wrote


def settle_expectation(answer: Answer) -> set[str]:
    """F6 from what is known now: the state, and near equality which of its two kinds (R111)."""
    comparison = "" if answer.comparison == "na" else answer.comparison
    levels = answer.version.levels
    mode = answer.version.expectation_mode
    if mode == "items" and answer.expectation is not None:
        answer.perception = answer.overall
    steps = 10 if mode == "pair10" or (mode == "items" and len(levels) > 5) else 5
    state = rules.expectation_of(
        comparison=comparison, expectation=answer.expectation, perception=answer.perception, steps=steps
    )
    answer.expectation_state = state.value if state else ""
    answer.met_kind = ""
    if answer.expectation_state == Answer.Expectation.MET:
        if answer.overall is not None:
            answer.met_kind = rules.kind_of_met(answer.overall, levels[0], levels[-1])
        elif answer.perception is not None:
            answer.met_kind = rules.kind_of_met(answer.perception, 1, steps)
    return {"expectation_state", "met_kind", "perception"}
