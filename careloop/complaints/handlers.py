"""What complaints do when somebody below writes one down under another name: a note, or a request of that kind."""

import datetime as dt
from dataclasses import replace

from careloop.complaints import services
from careloop.core.actor import Actor
from careloop.core.models import Event


def on_note(event: Event, *, now: dt.datetime) -> None:
    """A note of the kind “complaint” stands in the complaint queue; its clock runs from the note (R12)."""
    if event.data.get("kind") == "complaint":
        services.register_from_note(event, actor=writer(event), at=now)


def on_case(event: Event, *, now: dt.datetime) -> None:
    """A request that is or becomes a complaint opens one; its clock runs from the receipt of the request."""
    services.register_from_case(event.subject_id, actor=writer(event), at=now)


def on_ended(event: Event, *, now: dt.datetime) -> None:
    """The complaint has come to its end: the request it came from goes on."""
    services.tell_case(event.subject_id, actor=Actor.system(), at=now)


def writer(event: Event) -> Actor:
    """The program in the name of whoever wrote it down."""
    return replace(Actor.system(event.actor_name), person_id=event.actor_id)
