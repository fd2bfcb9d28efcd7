"""What the desk and the pages of a follow-up show, put together from several apps."""

import datetime as dt
import re
from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils import formats, timezone, translation
from django.utils.translation import gettext as _

from careloop.assets.queries import label_of
from careloop.core import actions as core_actions
from careloop.core.actor import Actor
from careloop.core.address import link
from careloop.core.words import listed
from careloop.customers import queries as customers
from careloop.feedback import display, queries
from careloop.feedback.actions import ACTIONS
from careloop.feedback.models import Answer, FollowUpTask, QuestionItem, in_language
from careloop.feedback.states import FOLLOW_UP, TaskState
from careloop.workorders import queries as workorders

PLACE = re.compile(r"\{(\w+)\}")
NA_KEY = "6"


def language_of(task: FollowUpTask) -> str:
    return task.contact.language if task.contact and task.contact.language else "zh-hans"


def service_of(task: FollowUpTask) -> dict[str, Any]:
    """What was done, in plain words: of the order, else of the request that was solved remotely."""
    if task.order is not None:
        found = workorders.service_summary(task.order)
        if not found["technicians"] and task.technician is not None:
            found["technicians"] = [task.technician.name]
        return found
    case = task.case
    return {
        "number": case.number if case else "",
        "items": [{"name": case.title}] if case else [],
        "parts": [],
        "advice": [],
        "technicians": [task.technician.name] if task.technician else [],
        "adviser": "",
        "inspector": "",
        "customer_words": case.verbatim if case else "",
        "resolution": case.resolution if case else "",
        "delivered_at": task.service_done_at,
    }


def script(task: FollowUpTask, actor: Actor, work: list[str], text: str) -> list[dict[str, Any]]:
    """The script in the customer's language, cut into words and filled places: `[{"text", "filled"}]`."""
    language = language_of(task)
    with translation.override(language):
        done = timezone.localtime(task.service_done_at)
        values = {
            "company": settings.COMPANY,
            "caller": actor.name,
            "contact": person_words(task),
            "customer": task.customer.name,
            "machine": label_of(task.asset) if task.asset else _("machine"),
            "day": formats.date_format(done, "MONTH_DAY_FORMAT"),
            "work": listed(work[:3]) or _("the service"),
        }
    parts: list[dict[str, Any]] = []
    end = 0
    for found in PLACE.finditer(text):
        parts.append({"text": text[end : found.start()], "filled": False})
        parts.append({"text": values.get(found.group(1), found.group(0)), "filled": True})
        end = found.end()
    return [part for part in [*parts, {"text": text[end:], "filled": False}] if part["text"]]


def person_words(task: FollowUpTask) -> str:
    """“王伟先生”, “Mr Wang Wei”, in the active language."""
    if task.contact is None:
        return task.customer.name
    name, salutation = task.contact.name, task.contact.salutation
    if salutation == "mr":
        return _("Mr %(name)s") % {"name": name}
    return _("Ms %(name)s") % {"name": name} if salutation == "ms" else name


# --- questions ---------------------------------------------------------------------------------------------------


def questions(task: FollowUpTask, answer: Answer | None, *, language: str) -> list[dict[str, Any]]:
    """The questions of this call in the order they are asked, the present one marked.

    Each: `{"name", "text", "kind", "choices": [{"value", "key", "label", "is_chosen"}], "is_past", "is_now"}`.
    """
    known = {row.item_id: row for row in answer.items.all()} if answer else {}
    with translation.override(language):
        found = [
            row
            for item in task.asked_items
            if item.is_scored
            for row in (_scored(item, task, known, language), *_beside(item, task, known))
        ]
        if task.asks_expectation:
            place = 2 if task.version is not None and task.version.asks_rival else 1
            found[place:place] = expectation_questions(task, answer)
        found += [_rating(item, known, language) for item in task.asked_items if item.is_rating]
        plain = [item for item in task.asked_items if not item.is_scored and not item.is_rating]
        found += [_plain(item, answer, language) for item in plain]
    now = next((row for row in found if not row["is_past"]), None)
    for place, row in enumerate(found, 1):
        row["number"] = place
        row["is_now"] = row is now
    return found


def _choice(value: Any, key: Any, label: str, chosen: Any) -> dict[str, Any]:
    return {"value": value, "key": str(key), "label": label, "is_chosen": str(chosen) == str(value)}


def _scored(item: QuestionItem, task: FollowUpTask, known: dict[int, Any], language: str) -> dict[str, Any]:
    row = known.get(item.pk)
    assert task.version is not None
    levels = task.version.levels
    chosen = "" if row is None else "na" if row.raw is None else row.raw
    choices = [
        _choice(level, place, display.scale_words(level, levels), chosen) for place, level in enumerate(levels, 1)
    ]
    return {
        "name": item.key,
        "text": in_language(item.text_zh, item.text_en, language),
        "kind": "scale",
        "step": str(item.get_step_display()) if item.step else "",
        "choices": [*choices, _choice("na", NA_KEY, _("not applicable"), chosen)],
        "is_past": row is not None,
        "is_low": row is not None and row.is_deviation,
    }


def _rating(item: QuestionItem, known: dict[int, Any], language: str) -> dict[str, Any]:
    """Value received or cost paid, 1–10 (F10)."""
    row = known.get(item.pk)
    chosen = "" if row is None else "na" if row.rating is None else row.rating
    choices = [_choice(n, n, "", chosen) for n in range(1, 11)]
    return {
        "name": item.key,
        "text": in_language(item.text_zh, item.text_en, language),
        "kind": "rating",
        "step": "",
        "choices": [*choices, _choice("na", "na", _("not applicable"), chosen)],
        "is_past": row is not None,
        "is_low": False,
    }


def _beside(item: QuestionItem, task: FollowUpTask, known: dict[int, Any]) -> list[dict[str, Any]]:
    """After the rating of a question: what was expected of it, and what the main competitor would get."""
    version, row = task.version, known.get(item.pk)
    assert version is not None
    rows = []
    if version.expectation_mode == version.Expectation.ITEMS:
        value = row.expected if row is not None else None
        choices = [_choice(n, place, "", value or "") for place, n in enumerate(version.levels, 1)]
        question = _extra(f"expect_{item.key}", _("What level did you expect beforehand?"), choices, value)
        rows.append({**question, "is_past": value is not None or (row is not None and row.raw is None)})
    if version.asks_rival:
        value = row.rival if row is not None else None
        choices = [_choice(n, place, "", value or "") for place, n in enumerate(version.levels, 1)]
        question = _extra(
            f"rival_{item.key}", _("And the main competitor you know? Leave it out if none."), choices, value
        )
        rows.append({**question, "is_past": row is not None and row.raw is not None})
    return rows


def _plain(item: QuestionItem, answer: Answer | None, language: str) -> dict[str, Any]:
    kinds = Answer.Fixed if item.role == QuestionItem.Role.FIXED_FIRST else Answer.Kept
    chosen = getattr(answer, item.role) if answer else ""
    return {
        "name": item.role,
        "text": in_language(item.text_zh, item.text_en, language),
        "kind": "plain",
        "step": "",
        "choices": [_choice(c.value, n, str(c.label), chosen) for n, c in enumerate(kinds, 1)],
        "is_past": bool(chosen),
        "is_low": chosen == "no",
    }


def expectation_questions(task: FollowUpTask, answer: Answer | None) -> list[dict[str, Any]]:
    """Five or three steps, or a pair on a scale (F6)."""
    assert task.version is not None
    mode, kinds = task.version.expectation_mode, task.version.Expectation
    if mode in (kinds.STEPS5, kinds.STEPS3):
        names = ("much_worse", "worse", "as_expected", "better", "much_better") if mode == kinds.STEPS5 else (
            "-", "0", "+")  # fmt: skip
        chosen = answer.comparison if answer else ""
        short = {
            "much_worse": _("much worse"), "worse": _("worse"), "better": _("better"), "much_better": _("much better"),
            "-": _("less"), "+": _("more"),
        }  # fmt: skip
        choices = [
            _choice(n, place, short.get(n) or str(Answer.Comparison(n).label), chosen)
            for place, n in enumerate(names, 1)
        ]
        choices.append(_choice("na", NA_KEY, _("not applicable"), chosen))
        return [_extra("comparison", _("Compared with what you expected, how was this service?"), choices, chosen)]
    top = 10 if mode == kinds.PAIR10 else 5
    texts = {"expectation": _("What did you expect beforehand?"), "perception": _("And how was it?")}
    rows = []
    for name, text in texts.items():
        value = getattr(answer, name) if answer else None
        choices = [_choice(n, n, "", value if value is not None else "") for n in range(1, top + 1)]
        rows.append(_extra(name, text, choices, value))
    return rows


def _extra(name: str, text: str, choices: list[dict[str, Any]], value: Any) -> dict[str, Any]:
    return {"name": name, "text": text, "kind": "expectation", "step": "", "choices": choices,
            "is_past": value not in (None, ""), "is_low": False}  # fmt: skip


# --- pages -------------------------------------------------------------------------------------------------------


def people_rows(service: dict[str, Any]) -> list[tuple[str, str]]:
    rows = [
        (_("Adviser"), service.get("adviser", "")),
        (_("Technician"), listed(service.get("technicians", []))),
        (_("Inspector"), service.get("inspector", "")),
    ]
    return [(label, value) for label, value in rows if value]


def phone_of(task: FollowUpTask, actor: Actor) -> dict[str, str]:
    """The number to call, in full for those who may; with `tel:` address."""
    channel = customers.main_number(task.contact_id) if task.contact_id else None
    if channel is None:
        return {"text": "", "url": ""}
    may = actor.may("customers.view_phone")
    return {"text": customers.number_for(actor, channel), "url": f"tel:{channel.value.split(';')[0]}" if may else ""}


def why(task: FollowUpTask, now: dt.datetime) -> str:
    """“delivered 11月18日 16:20; window 24–72 h after; repair”"""
    first = round((task.not_before - task.service_done_at).total_seconds() / 3600)
    last = round((task.due_at - task.service_done_at).total_seconds() / 3600)
    return _("delivered %(time)s; %(kind)s is asked about %(first)d to %(last)d h after") % {
        "time": display.moment(task.service_done_at, now), "kind": task.get_service_type_display(), "first": first,
        "last": last}  # fmt: skip


def desk(task: FollowUpTask, actor: Actor, now: dt.datetime) -> dict[str, Any]:
    """The column in which the caller works: whom, script, questions, words. What stands beside it is `side`."""
    language = language_of(task)
    answer = task.answer_or_none
    version = task.version
    talking = task.state == TaskState.IN_CALL and task.caller_id == actor.person_id
    intro = in_language(version.intro_zh, version.intro_en, language) if version else ""
    closing = in_language(version.closing_zh, version.closing_en, language) if version else ""
    work = work_of(task)
    return {
        "task": task,
        "is_talking": talking,
        "why": why(task, now),
        "clock": display.task_clock(task, now),
        "machine": label_of(task.asset) if task.asset else "",
        "customer_url": link("customers:detail", task.customer.code),
        "asset_url": link("assets:detail", task.asset.code) if task.asset else "",
        "person": person_words(task),
        "contact_post": task.contact.post if task.contact else "",
        "phone": phone_of(task, actor),
        "script": script(task, actor, work, intro),
        "closing": script(task, actor, work, closing),
        "questions": questions(task, answer, language=language) if talking else [],
        "answer": answer,
        "is_dissatisfied": bool(answer and answer.is_dissatisfied),
        "complaint": answer.complaint if answer else None,
        "complaint_url": reverse("complaints:detail", args=[answer.complaint.number])
        if answer and answer.complaint
        else "",
        "options": core_actions.options(FOLLOW_UP, ACTIONS, task, actor=actor, at=now),
    }


def side(task: FollowUpTask, actor: Actor, now: dt.datetime) -> dict[str, Any]:
    """What a caller looks up while talking (R67): the service, its people, advice, earlier answers, attempts."""
    service = service_of(task)
    earlier = queries.latest_of_customer(actor, task.customer_id)
    return {
        "task": task,
        "service": service,
        "people": people_rows(service),
        "earlier": [earlier_row(row, now) for row in earlier],
        "attempts": [attempt_row(row) for row in queries.attempts_of(task)],
    }


def work_of(task: FollowUpTask) -> list[str]:
    """Names of what was done, for the script."""
    if task.order is not None:
        return queries.work_names(task.order)
    return [task.case.title] if task.case is not None else []


def earlier_row(answer: Answer, now: dt.datetime) -> dict[str, Any]:
    row = display.answer_row(answer, now)
    return {"url": row["url"], "day": display.day(answer.answered_at), "overall": row["overall"],
            "words": answer.verbatim[:80], "state": row["expectation"]}  # fmt: skip


def attempt_row(attempt: Any) -> dict[str, str]:
    local = timezone.localtime(attempt.at)
    time = f"{formats.date_format(local, 'MONTH_DAY_FORMAT')} {local:%H:%M}"
    return {"time": time, "result": str(attempt.get_result_display()),
            "who": attempt.caller.name if attempt.caller else "", "note": attempt.note}  # fmt: skip


def next_visit(task: FollowUpTask, actor: Actor) -> dict[str, Any] | None:
    """The next appointment in one click, with customer, machine and words at hand; after the call only (R103, R107).

    Those who book get the appointment; callers register a request, which the desk turns into one.
    """
    if task.state == TaskState.IN_CALL:
        return None
    if task.asset is not None and actor.may("workorders.book"):
        url = link("workorders:book")
        label = _("Book the next appointment")
        query = f"asset={task.asset.code}"
    else:
        url = link("cases:create", actor=actor, right="cases.create_case")
        label = _("Register the next request")
        query = f"customer={task.customer.code}" + (f"&asset={task.asset.code}" if task.asset else "")
    if not url:
        return None
    return {"label": label, "url": f"{url}?{query}&from={task.number}", "icon": "calendar-plus"}
