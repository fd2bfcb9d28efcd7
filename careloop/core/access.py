"""The log of views and exports of personal data."""

import datetime as dt
from typing import Any

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
