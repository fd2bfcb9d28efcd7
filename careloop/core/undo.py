"""Taking back one's own last step: within ten minutes, while nothing follows from it (domain 5, rule 1).

A model takes part with a column `last_step`, which `flow.apply` keeps. In the state table a row with `undo=True` may
be taken back, one with `quiet=True` (an internal note) follows from nothing; the row that takes back has the guard
`is_own_last_step` and the target `flow.UNDONE`. The service restores `fields_before` and what belongs to other rows.
"""

import datetime as dt
from typing import Any

from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from careloop.core import flow
from careloop.core.actor import Actor
from careloop.core.errors import Text

WITHIN = dt.timedelta(minutes=10)


def taken_at(obj: Any) -> dt.datetime | None:
    """When the step was taken that could be taken back; None when there is none."""
    return parse_datetime(obj.last_step.get("at") or "")


def is_own_last_step(obj: Any, *, actor: Actor, at: dt.datetime) -> Text | None:
    """Guard: why the last step stands."""
    last = obj.last_step
    since = taken_at(obj)
    if since is None:
        return _("No step can be taken back here.")
    if actor.person_id is None or actor.person_id != last["person"]:
        return _("Only %(name)s can take this step back.") % {"name": last["name"] or "—"}
    if at > since + WITHIN:
        return _("A step can be taken back within 10 minutes. Now only a step of its own corrects it.")
    if follower := last.get("followed_by"):
        return _("“%(step)s” followed already, so the step stands.") % {"step": flow.label_of(follower)}
    return None


def is_offered(obj: Any, *, actor: Actor, at: dt.datetime) -> bool:
    """Whether a page shows the button at all: one's own step of the last ten minutes, refused or not."""
    since = taken_at(obj)
    return since is not None and at <= since + WITHIN and obj.last_step["person"] == actor.person_id


def fields_before(obj: Any) -> dict[str, Any]:
    """The columns that the last step changed, as they were."""
    return {name: _value(obj._meta.get_field(name), kept) for name, kept in obj.last_step["fields"].items()}


def _value(field: Any, kept: Any) -> Any:
    return field.target_field.to_python(kept) if field.is_relation else field.to_python(kept)
