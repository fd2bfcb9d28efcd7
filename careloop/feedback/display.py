"""How follow-ups, answers and questionnaires look: signs, clocks, list rows as plain dicts."""

import datetime as dt
from decimal import Decimal
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from careloop.assets.queries import label_of
from careloop.core.address import link
from careloop.core.clock import Clock, clock_of, short_time
from careloop.feedback.models import Answer, AnswerItem, FollowUpTask, QuestionnaireVersion
from careloop.feedback.states import TaskState, VersionState, WaiveReason

T = TaskState
TONES = {
    T.PLANNED: "idle", T.DUE: "warn", T.IN_CALL: "act", T.RESCHEDULED: "wait", T.LINK_SENT: "wait",
    T.SATISFIED: "ok", T.REMARKS: "ok", T.COMPLAINT: "bad", T.UNREACHABLE: "idle", T.REFUSED: "idle",
    T.WAIVED: "idle", T.CANCELLED: "idle",
}  # fmt: skip
STATE_TONES = {"below": "bad", "met": "idle", "above": "ok", "delight": "ok"}
NOT_ASKED = {
    **{reason.value: reason.label for reason in WaiveReason},
    "refused": _l("did not want to answer"),
    "unreachable": _l("not reached"),
    "merged": _l("asked together with another service"),
}
VERSION_TONES = {VersionState.DRAFT: "wait", VersionState.PUBLISHED: "ok", VersionState.RETIRED: "idle"}


def state_chip(state: str) -> dict[str, str]:
    return {"label": str(T(state).label), "tone": TONES[T(state)]}


def version_chip(version: QuestionnaireVersion) -> dict[str, str]:
    return {"label": str(version.get_state_display()), "tone": VERSION_TONES[VersionState(version.state)]}


def moment(at: dt.datetime | None, now: dt.datetime) -> str:
    return short_time(at, now) if at is not None else "–"


def day(at: dt.datetime | None) -> str:
    return timezone.localtime(at).strftime("%Y-%m-%d") if at is not None else ""


def task_clock(task: FollowUpTask, now: dt.datetime) -> Clock | None:
    """Time left in the window; an agreed time counts before it."""
    if not task.is_open:
        return clock_of(task.due_at, task.not_before, now=now, done_at=task.ended_at) if task.ended_at else None
    if task.next_at is not None:
        return clock_of(task.next_at, task.not_before, now=now, lead=_("agreed"))
    return clock_of(task.due_at, min(task.not_before, now), now=now)


def number(value: Decimal | float | None, digits: int = 1) -> str:
    return "–" if value is None else f"{value:.{digits}f}"


# --- tasks -------------------------------------------------------------------------------------------------------


def task_columns() -> list[dict[str, Any]]:
    return [
        {"key": "number", "label": _("Follow-up"), "kind": "main"},
        {"key": "state", "label": _("State"), "kind": "state"},
        {"key": "clock", "label": _("Window"), "kind": "clock"},
        {"key": "customer", "label": _("Customer"), "kind": "party"},
        {"key": "service", "label": _("Kind of service"), "phone": "hide"},
        {"key": "done", "label": _("Service done"), "kind": "time", "phone": "hide"},
        {"key": "attempts", "label": _("Attempts"), "kind": "num", "phone": "hide"},
        {"key": "caller", "label": _("Caller"), "kind": "person"},
        {"key": "reason", "label": _("Why not asked"), "optional": True},
        {"key": "station", "label": _("Station"), "optional": True},
    ]


def task_row(task: FollowUpTask, now: dt.datetime) -> dict[str, Any]:
    url = reverse("feedback:task", args=[task.number])
    reason = NOT_ASKED.get(task.waive_reason or str(task.state), "")
    return {
        "id": task.pk,
        "url": url,
        "tone": "bad" if task.is_open and task.due_at < now else "",
        "number": {"text": task.number, "sub": task.order.number if task.order else "", "url": url},
        "state": state_chip(task.state),
        "clock": task_clock(task, now) if task.is_open else None,
        "customer": {
            "name": task.customer.name,
            "url": link("customers:detail", task.customer.code),
            "sub": label_of(task.asset) if task.asset else "",
        },
        "service": str(task.get_service_type_display()),
        "done": moment(task.service_done_at, now),
        "attempts": task.attempt_count or "",
        "caller": task.caller.name if task.caller else "",
        "reason": task.reason or str(reason),
        "station": task.station.name,
    }


# --- answers -----------------------------------------------------------------------------------------------------


def answer_columns() -> list[dict[str, Any]]:
    return [
        {"key": "number", "label": _("Answer"), "kind": "main"},
        {"key": "overall", "label": _("Overall"), "kind": "num"},
        {"key": "expectation", "label": _("Against expectation"), "kind": "state"},
        {"key": "customer", "label": _("Customer"), "kind": "party"},
        {"key": "words", "label": _("Customer's own words")},
        {"key": "lock", "label": _("Lock"), "kind": "state"},
        {"key": "at", "label": _("Answered"), "kind": "time", "phone": "hide"},
        {"key": "channel", "label": _("Channel"), "optional": True},
        {"key": "station", "label": _("Station"), "optional": True},
    ]


def expectation_chip(state: str) -> dict[str, str] | None:
    if not state:
        return None
    return {"label": str(Answer.Expectation(state).label), "tone": STATE_TONES[state]}


def lock_chip(answer: Answer) -> dict[str, str]:
    if answer.locked_at is None:
        return {"label": _("not locked"), "tone": "wait", "icon": "lock-open"}
    return {"label": _("locked"), "tone": "idle", "icon": "lock"}


def answer_row(answer: Answer, now: dt.datetime) -> dict[str, Any]:
    name = answer.task.number if answer.task else answer.period
    url = reverse("feedback:answer", args=[name]) if answer.task else ""
    return {
        "id": answer.pk,
        "url": url,
        "tone": "bad" if answer.is_dissatisfied else "",
        "number": {"text": name, "sub": answer.station.name, "url": url},
        "overall": answer.overall if answer.overall is not None else "–",
        "expectation": expectation_chip(answer.expectation_state),
        "customer": {
            "name": answer.customer.name,
            "url": link("customers:detail", answer.customer.code),
            "sub": label_of(answer.asset) if answer.asset else "",
        },
        "words": answer.verbatim[:60],
        "lock": lock_chip(answer),
        "at": moment(answer.finished_at, now),
        "channel": str(answer.get_channel_display()),
        "station": answer.station.name,
    }


def level_words(row: AnswerItem, answer: Answer) -> str:
    """The level; the words of a plain answer; “not applicable”."""
    if row.raw is not None:
        return str(row.raw)
    if row.rating is not None:
        return _("%(rating)d of 10") % {"rating": row.rating}
    if row.item.role in ("fixed_first", "on_time"):
        return str(getattr(answer, f"get_{row.item.role}_display")())
    return _("not applicable")


def beside_words(row: AnswerItem) -> str:
    """“expected 4, asked after the service; main competitor 3”."""
    parts = []
    if row.expected is not None:
        when = _("asked after the service") if row.is_expected_after else _("asked before the service")
        parts.append(_("expected %(level)d, %(when)s") % {"level": row.expected, "when": when})
    if row.rival is not None:
        parts.append(_("main competitor %(level)d") % {"level": row.rival})
    return " · ".join(parts)


def answer_pairs(answer: Answer) -> list[tuple[str, str]]:
    """The plain questions of an answer with what was said."""
    pairs = [
        (_("against expectation"), str(answer.get_comparison_display()) if answer.comparison else ""),
        (_("near equality"), str(answer.get_met_kind_display()) if answer.met_kind else ""),
    ]
    if answer.expectation is not None:
        after = _("asked after the service") if answer.is_expectation_after else _("asked before the service")
        pairs.append((_("expectation and experience"), f"{answer.expectation} → {answer.perception} ({after})"))
    return [(label, value) for label, value in pairs if value]


def scale_words(level: int, levels: list[int]) -> str:
    """A word for each key of a five-level scale; other scales show the number only."""
    if len(levels) != 5:
        return ""
    return [_("not at all"), _("not really"), _("so-so"), _("satisfied"), _("very")][levels.index(level)]
