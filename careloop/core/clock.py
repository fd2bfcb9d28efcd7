"""The clock chip: how much of a promised time is used, in a state, a word and a pie."""

import datetime as dt
from dataclasses import dataclass
from typing import Literal

from django.utils.translation import gettext as _

from careloop.core.calendar import around_the_clock, minutes_between
from careloop.measures.working_time import WorkingTime

State = Literal["ok", "warn", "bad", "wait", "done"]
NEAR = 0.75
PIE = 15.708  # circumference of the pie's circle, radius 2.5


@dataclass(frozen=True, slots=True)
class Clock:
    """`fraction` of the working time used (0–1), `label` as the chip says it."""

    state: State
    label: str
    fraction: float
    due_at: dt.datetime | None

    @property
    def dash(self) -> str:
        """SVG dash array of the pie."""
        return f"{self.fraction * PIE:.2f} {PIE}"


def duration(minutes: int) -> str:
    """`2 时 20 分` / `2 h 20 min`; from one day of 24 hours on in days."""
    days, rest = divmod(minutes, 1440)
    hours, left = divmod(rest, 60)
    if days:
        return _("%(days)d d %(hours)d h") % {"days": days, "hours": hours}
    if hours and left:
        return _("%(hours)d h %(minutes)d min") % {"hours": hours, "minutes": left}
    return _("%(hours)d h") % {"hours": hours} if hours else _("%(minutes)d min") % {"minutes": left}


def clock_of(
    due_at: dt.datetime | None,
    started_at: dt.datetime | None,
    *,
    now: dt.datetime,
    calendar: WorkingTime | None = None,
    paused_for: str = "",
    done_at: dt.datetime | None = None,
) -> Clock | None:
    """The clock of one duty. `calendar` None: around the clock. `paused_for` names whom one waits for."""
    if due_at is None:
        return None
    if done_at is not None:
        kept = done_at <= due_at
        return Clock("done" if kept else "bad", _("in time") if kept else _("late"), 1.0, due_at)
    if paused_for:
        return Clock("wait", _("paused, waiting for %(whom)s") % {"whom": paused_for}, 1.0, due_at)
    times = calendar or around_the_clock()
    if now >= due_at:
        late = minutes_between(times, due_at, now)
        return Clock("bad", _("overdue %(time)s") % {"time": duration(late)}, 1.0, due_at)
    left = minutes_between(times, now, due_at)
    whole = max(1, minutes_between(times, started_at or now, due_at))
    used = min(1.0, max(0.0, 1 - left / whole))
    if used >= NEAR:
        return Clock("warn", _("close, %(time)s left") % {"time": duration(left)}, used, due_at)
    return Clock("ok", _("ample, %(time)s left") % {"time": duration(left)}, used, due_at)
