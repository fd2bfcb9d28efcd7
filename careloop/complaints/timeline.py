"""How complaints read on the timeline."""

from collections.abc import Callable
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from careloop.complaints.states import Category, RemedyKind, Severity, Source
from careloop.core.models import Event
from careloop.core.words import listed

Entry = dict[str, Any]
SEVERITY_TONE = {"urgent": "bad", "major": "warn", "ordinary": ""}
REASONS = {
    "injury": _l("somebody was hurt"),
    "fire": _l("fire or smoke"),
    "stop": _l("production stopped"),
    "safety": _l("safety"),
    "authority": _l("authority involved"),
    "legal": _l("lawyer or court"),
    "media": _l("media"),
    "major_words": _l("repeated, or money is claimed"),
    "kind": _l("kind of complaint"),
}
LABELS = {
    "complaint.unseal": _l("Complaint open to the department"),
    "complaint.receipt_overdue": _l("Receipt not confirmed in time"),
    "complaint.solution_overdue": _l("Solution overdue"),
    "complaint.task_overdue": _l("Task overdue, passed to the next level"),
    "complaint.finish_task": _l("Task done"),
    "complaint.refuse_task": _l("Task refused"),
}


def reason_words(codes: list[str]) -> str:
    """Why this severity, in words: “fire or smoke, media”."""
    return listed(str(REASONS[code]) for code in codes if code in REASONS)


def _registered(event: Event) -> Entry:
    severity = event.data.get("severity", "ordinary")
    meta = [event.subject_label, str(Severity(severity).label), str(Source(event.data["source"]).label)]
    if why := reason_words(event.data.get("reasons", [])):
        meta.append(why)
    return {"icon": "message-report", "tone": SEVERITY_TONE.get(severity, ""), "quote": event.text, "meta": meta}


def _told(event: Event) -> Entry:
    meta = [event.subject_label]
    if kind := event.data.get("kind"):
        meta.append(str(RemedyKind(kind).label))
    if cost := event.data.get("cost"):
        meta.append(f"¥{cost}")
    return {"icon": "gavel", "tone": "act", "text": event.text, "quote": "", "meta": meta}


def _assessed(event: Event) -> Entry:
    severity = event.data.get("severity", "")
    meta = [event.subject_label]
    if severity:
        meta.append(str(Severity(severity).label))
    if category := event.data.get("category"):
        meta.append(str(Category(category).label))
    return {"icon": "gauge", "meta": meta}


def _written(icon: str, tone: str = "") -> Callable[[Event], Entry]:
    """Steps whose text was written by us, not said by the customer."""

    def render(event: Event) -> Entry:
        return {"icon": icon, "tone": tone, "text": event.text or event.data.get("reason", ""), "quote": ""}

    return render


def _rerated(event: Event) -> Entry:
    first, second = event.data.get("first_rating"), event.data.get("rating")
    text = (
        _("Rated %(first)s before, %(second)s now.") % {"first": first, "second": second} if first
        else _("Rated %(second)s now.") % {"second": second}
    )  # fmt: skip
    return {"icon": "star", "tone": "ok" if (second or 0) >= 3 else "bad", "text": text, "quote": event.text}


def _task(event: Event) -> Entry:
    department = event.data.get("department") or event.data.get("to", "")
    return {"icon": "subtask", "text": event.text, "quote": "", "meta": [event.subject_label, department]}


RENDER = {
    "complaint.register": _registered,
    "complaint.note_grumble": _registered,
    "complaint.unseal": _written("lock-open"),
    "complaint.assess": _assessed,
    "complaint.record_facts": _written("clipboard-list"),
    "complaint.contain": _written("shield-exclamation", "bad"),
    "complaint.propose": _told,
    "complaint.decide": _told,
    "complaint.approve": _told,
    "complaint.executed": _written("checks", "ok"),
    "complaint.rerate": _rerated,
    "complaint.give_task": _task,
    "complaint.task_overdue": _task,
    "complaint.finish_task": _written("check", "ok"),
    "complaint.refuse_task": _written("x", "warn"),
    "complaint.receipt_overdue": _written("alarm", "bad"),
    "complaint.solution_overdue": _written("alarm", "bad"),
}
