"""Facts: one row per thing that was done = timeline, audit trail and outbox, in the transaction of the change."""

import datetime as dt
import logging
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from types import MappingProxyType
from typing import Any, NamedTuple, Protocol

from django.conf import settings
from django.db import transaction
from django.utils.module_loading import import_string

from careloop.core import bulk, inserts
from careloop.core.actor import Actor
from careloop.core.models import Delivery, Event

logger = logging.getLogger(__name__)
LEASE = dt.timedelta(minutes=2)
MAX_PAUSE = dt.timedelta(hours=1)

__all__ = ["Event", "Fact", "deliver_due", "record", "record_many", "stuck", "together"]


class Subject(Protocol):
    """What an event is about. `event_refs` gives the plain ids: customer, asset, station (each may be None)."""

    pk: Any

    def event_refs(self) -> Mapping[str, int | None]: ...

    def event_label(self) -> str: ...


def record(
    kind: str,
    subject: Any,
    *,
    actor: Actor,
    at: dt.datetime,
    data: Mapping[str, Any] | None = None,
    text: str = "",
    sealed: str = "",
) -> Event:
    """Write one event and, for every handler that waits for its kind, one delivery.

    Args:
        kind: `entity.verb`, for instance `case.solve`.
        subject: a model instance with `event_refs()` and `event_label()`.
        data: before/after values and details; JSON, no personal field that the subject does not show.
        text: words of the customer or of the actor, shown on the timeline as they are.
        sealed: a permission without which the event is not shown (independence of answers).
    """
    event = Event(
        kind=kind,
        at=at,
        actor_id=actor.person_id,
        actor_name=actor.name,
        entrance=actor.entrance,
        subject_type=subject._meta.model_name,
        subject_id=subject.pk,
        subject_label=subject.event_label(),
        data=dict(data or {}),
        text=text,
        sealed=sealed,
        **{f"{name}_id": value for name, value in subject.event_refs().items()},
    )
    held = _held.get()
    if held is None:
        _write([event])
    else:
        held.append(event)
    return event


_held: ContextVar[list[Event] | None] = ContextVar("held", default=None)


@contextmanager
def together() -> Iterator[list[Event]]:
    """Write the events of a block by one statement when it ends: for what is done a thousand times a day.

    Gives the list of them. Nothing in the block may read them from the database; they have their ids after it. When
    the block fails, none is written.
    """
    outer = _held.get()
    if outer is not None:
        yield outer
        return
    held: list[Event] = []
    token = _held.set(held)
    try:
        yield held
    finally:
        _held.reset(token)
    _write(held)


def _write(facts: list[Event]) -> None:
    inserts.insert_all(facts)
    Delivery.objects.bulk_create(
        [Delivery(event=fact, handler=path, due_at=fact.at) for fact in facts for path in handlers_of(fact.kind)]
    )


class Fact(NamedTuple):
    """One event of a bulk load; the plain values of `record`. `actor_name` "": the actor of the load."""

    kind: str
    at: dt.datetime
    subject_type: str
    subject_id: int
    subject_label: str
    customer_id: int | None = None
    asset_id: int | None = None
    station_id: int | None = None
    data: Mapping[str, Any] = MappingProxyType({})
    text: str = ""
    sealed: str = ""
    actor_name: str = ""


def record_many(facts: Iterable[Fact], *, actor: Actor, recorded_at: dt.datetime) -> int:
    """Write many events, and the deliveries of those whose kind has handlers; return how many."""
    rows = list(facts)
    ids = bulk.reserve_ids(Event, len(rows))
    names = (
        "id",
        "at",
        "recorded_at",
        "kind",
        "actor_id",
        "actor_name",
        "entrance",
        "subject_type",
        "subject_id",
        "subject_label",
        "customer_id",
        "asset_id",
        "station_id",
        "data",
        "text",
        "sealed",
    )
    bulk.insert(
        Event,
        names,
        (
            (
                pk,
                fact.at,
                recorded_at,
                fact.kind,
                None if fact.actor_name else actor.person_id,
                fact.actor_name or actor.name,
                actor.entrance,
                fact.subject_type,
                fact.subject_id,
                fact.subject_label,
                fact.customer_id,
                fact.asset_id,
                fact.station_id,
                dict(fact.data),
                fact.text,
                fact.sealed,
            )
            for pk, fact in zip(ids, rows, strict=True)
        ),
    )
    wanted = {kind: tuple(handlers_of(kind)) for kind in {fact.kind for fact in rows}}
    bulk.insert(
        Delivery,
        ("event_id", "handler", "due_at"),
        ((pk, handler, recorded_at) for pk, fact in zip(ids, rows, strict=True) for handler in wanted[fact.kind]),
    )
    return len(rows)


def handlers_of(kind: str) -> Iterable[str]:
    wiring: Mapping[str, Iterable[str]] = import_string(settings.WIRING)
    return wiring.get(kind, ())


def deliver_due(*, now: dt.datetime, limit: int = 200) -> int:
    """Hand due events to their handlers; return how many were done.

    Each handler runs in one transaction with the mark that it was done, so an event takes effect
    exactly once in the database. A failing handler is tried again later and delays nobody else.
    """
    done = 0
    for delivery in Delivery.objects.due(now).select_related("event").order_by("pk")[:limit]:
        if Delivery.objects.claim(delivery.pk, now=now, lease=LEASE) and _deliver(delivery, now=now):
            done += 1
    return done


def _deliver(delivery: Delivery, *, now: dt.datetime) -> bool:
    try:
        with transaction.atomic():
            if not Delivery.objects.finish(delivery.pk, now=now):
                return False  # another worker did it after our lease had ended
            import_string(delivery.handler)(delivery.event, now=now)
    except Exception as error:
        logger.exception("handler %s failed on event %s", delivery.handler, delivery.event_id)
        Delivery.objects.fail(delivery, now=now, error=f"{type(error).__name__}: {error}"[:500])
        return False
    return True


def stuck(*, now: dt.datetime) -> int:
    """Deliveries that failed at least three times: shown by `careloop doctor`."""
    return Delivery.objects.filter(done_at=None, tries__gte=3, due_at__lt=now + MAX_PAUSE).count()
