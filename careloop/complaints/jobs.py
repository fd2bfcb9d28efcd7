"""Sweep of complaints: clocks and tasks that ran out go to the next level, once."""

import datetime as dt

from careloop.complaints import services
from careloop.core.actor import Actor


def escalate(*, now: dt.datetime) -> int:
    return services.escalate_overdue(actor=Actor.system(), now=now)
