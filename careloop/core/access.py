"""The log of views and exports of personal data."""

import datetime as dt
from typing import Any

from careloop.core import search
from careloop.core.actor import Actor
from careloop.core.models import AccessLog


def log(
    what: str,
    *,
    actor: Actor,
    at: dt.datetime,
    subject: Any = None,
    rows: int = 1,
    detail: dict[str, Any] | None = None,
) -> AccessLog:
    """`what`: `reveal`, `export`, `print`. `subject` is a record, or None for a list (then `detail` has the filter)."""
    return AccessLog.objects.create(
        at=at,
        actor_id=actor.person_id,
        actor_name=actor.name,
        entrance=actor.entrance,
        what=what,
        subject_type=subject._meta.model_name if subject is not None else "",
        subject_id=subject.pk if subject is not None else None,
        subject_label=str(subject) if subject is not None else "",
        rows=rows,
        detail=detail or {},
    )


def right_to_search(kind: str) -> str:
    """The right to read records of this kind; empty: none is needed."""
    rule = search._RULES.get(kind)
    return rule.permission if rule is not None else ""


def admit_search(kind: str, *, actor: Actor, at: dt.datetime) -> None:
    """Let somebody search a certain kind, or refuse and keep the attempt.

    Raises:
        PermissionRefused: he lacks the right to read this kind.
    """
    right = right_to_search(kind)
    if right and not actor.may(right):
        log("refused", actor=actor, at=at, rows=0, detail={"what": "search", "kind": kind})
        actor.require(right)
