"""What is due next and why: the row of the Today page, the same for every app."""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from careloop.core.actor import Actor
from careloop.core.clock import Clock


@dataclass(frozen=True, slots=True)
class Duty:
    """One row of a person's day. No row without a reason; no reason without a source to open.

    `view` puts it into a tab of the page: promise, waiting, arrivals, unclaimed, calls, complaints, jobs, data.
    """

    key: str
    view: str
    due_at: dt.datetime
    what: str
    why: str
    url: str
    action_label: str
    action_url: str
    action_icon: str = "chevron-right"
    customer_name: str = ""
    customer_url: str = ""
    grade: str = ""
    object_label: str = ""
    is_plate: bool = False
    clock: Clock | None = None


class Source(Protocol):
    def __call__(self, actor: Actor, *, now: dt.datetime, limit: int = 100) -> list[Duty]: ...


SOURCES: list[Source] = []


def register(source: Source) -> None:
    """Apps add their duties in `AppConfig.ready`."""
    if source not in SOURCES:
        SOURCES.append(source)


def collect(actor: Actor, *, now: dt.datetime, limit: int = 100) -> list[Duty]:
    """All duties of the actor, most urgent first. Each source asks at most two queries."""
    found = [duty for source in SOURCES for duty in source(actor, now=now, limit=limit)]
    return sorted(found, key=lambda duty: duty.due_at)[:limit]


Rows = Callable[[], list[Duty]]
