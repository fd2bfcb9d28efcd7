"""The clock chip: how much of a promised time is used. The words are made by the component that shows it."""

import datetime as dt
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from django.utils import formats, timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from careloop.core.calendar import around_the_clock, minutes_between
from careloop.measures.working_time import WorkingTime

State = Literal["ample", "near", "over", "paused", "met", "missed"]
NEAR = 0.75


@dataclass(frozen=True, slots=True)
class Clock:
    """`minutes` of working time left (ample, near) or beyond (over, missed); `used` share of the time, 0–1.

    `note` says for whom one waits, `due` is the time to read (`16:30`), `lead` stands before the clock's words.
    """

    state: State
    minutes: int
    used: float
    note: str = ""
    due: str = ""
    lead: str = ""


def duration(minutes: int) -> str:
    """`2 时 20 分` / `2 h 20 min`; from 24 hours on in days and hours."""
    days, rest = divmod(minutes, 1440)
    hours, left = divmod(rest, 60)
    if days:
        return _("%(days)d d %(hours)d h") % {"days": days, "hours": hours}
    if hours and left:
        return _("%(hours)d h %(minutes)d min") % {"hours": hours, "minutes": left}
    return _("%(hours)d h") % {"hours": hours} if hours else _("%(minutes)d min") % {"minutes": left}


def short_time(moment: dt.datetime, now: dt.datetime) -> str:
    """`16:30` today, `11月20日 09:00` on another day, with the year when it is another one."""
    return _short_time(timezone.localtime(moment), timezone.localtime(now).date(), get_language() or "")


@lru_cache(maxsize=8192)  # a list shows the same times again and again, and formats are slow
def _short_time(local: dt.datetime, today: dt.date, language: str) -> str:
    if local.date() == today:
        return local.strftime("%H:%M")
    day = formats.date_format(local, "MONTH_DAY_FORMAT" if local.year == today.year else "DATE_FORMAT")
    return f"{day} {local:%H:%M}"


_whole = lru_cache(maxsize=8192)(minutes_between)  # of a duty that is shown until it is done


def clock_of(
    due_at: dt.datetime | None,
    started_at: dt.datetime | None,
    *,
    now: dt.datetime,
    calendar: WorkingTime | None = None,
    paused_for: str = "",
    done_at: dt.datetime | None = None,
    lead: str = "",
) -> Clock | None:
    """The clock of one duty. `calendar` None: around the clock. `paused_for` names whom one waits for."""
    if due_at is None:
        return None
    due = short_time(due_at, now)
    times = calendar or around_the_clock()
    if done_at is not None:
        if done_at <= due_at:
            return Clock("met", 0, 1.0, due=due, lead=lead)
        return Clock("missed", minutes_between(times, due_at, done_at), 1.0, due=due, lead=lead)
    if paused_for:
        return Clock("paused", 0, 1.0, note=paused_for, due=due, lead=lead)
    if now >= due_at:
        return Clock("over", minutes_between(times, due_at, now), 1.0, due=due, lead=lead)
    left = minutes_between(times, now, due_at)
    whole = max(1, _whole(times, started_at, due_at) if started_at else left)
    used = min(1.0, max(0.0, 1 - left / whole))
    return Clock("near" if used >= NEAR else "ample", left, used, due=due, lead=lead)
