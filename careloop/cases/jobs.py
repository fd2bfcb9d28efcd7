"""Sweeps over requests: what time alone brings about."""

import datetime as dt

from careloop.cases import escalations, queries, services
from careloop.core import calendar
from careloop.core.actor import Actor

PORTION = 200


def break_promises(*, now: dt.datetime) -> int:
    """Promises whose time has passed are broken; the giver sees them until they are made good."""
    system = Actor.system()
    return sum(
        services.break_promise(pk, actor=system, at=now) for pk in queries.overdue_promises(now=now, limit=PORTION)
    )


def list_old_drafts(*, now: dt.datetime) -> int:
    """Drafts older than one working day of their station are shown to everybody there."""
    system, count = Actor.system(), 0
    for case in queries.unlisted_drafts(before=now, limit=PORTION):
        hours = calendar.working_time(case.station.calendar)
        end = calendar.add_minutes(hours, case.received_at, hours.minutes_per_day, zone=case.station.time_zone)
        if now >= end:
            count += services.list_old_draft(case.pk, actor=system, at=now)
    return count


def escalate_further(*, now: dt.datetime) -> int:
    """Requests whose next level did not react in time go one level higher."""
    system = Actor.system()
    return sum(
        services.escalate_further(pk, actor=system, at=now) for pk in escalations.late_ids(now=now, limit=PORTION)
    )
