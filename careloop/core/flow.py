"""State machines as tables: the same rows drive buttons, API, enforcement and the diagrams of the manual."""

import datetime as dt
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Protocol

from django.db import models, transaction
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from careloop.core import events, inserts
from careloop.core.actor import Actor
from careloop.core.errors import DomainError, PermissionRefused, Text, TransitionRefused

START = ""
BACK = "←"  # the state that the object keeps in `state_before`
UNDONE = "↶"  # the state before the object's `last_step` (see `core.undo`)


class Guard(Protocol):
    """Says why a step is refused now, or None when it is free."""

    def __call__(self, obj: Any, /, *, actor: Actor, at: dt.datetime) -> Text | None: ...


@dataclass(frozen=True, slots=True)
class Transition:
    """One row of a state table.

    `target` None keeps the state (a fact is added), BACK goes to the state in `obj.state_before`. `permission`
    empty: only the program itself (`auto`) or a customer behind a link takes this step. `needs_reason`: the caller
    must say why, in words. `undo`: who took it may take it back; `quiet`: it leaves the step before open to that.
    """

    action: str
    sources: frozenset[str]
    target: str | None
    permission: str
    label: Promise
    guards: tuple[Guard, ...] = ()
    needs_reason: bool = False
    auto: bool = False
    icon: str = ""
    hint: Promise | None = None
    undo: bool = False
    quiet: bool = False


def step(
    action: str,
    sources: Iterable[str],
    target: str | None,
    permission: str,
    label: Promise,
    *guards: Guard,
    **options: Any,
) -> Transition:
    return Transition(action, frozenset(sources), target, permission, label, guards, **options)


@dataclass(frozen=True, slots=True)
class Flow:
    """The table of one state field. `entity` prefixes the event kinds: `case.solve`."""

    entity: str
    states: type[models.TextChoices]
    transitions: tuple[Transition, ...]
    final: frozenset[str]

    def find(self, action: str, state: str) -> Transition | None:
        return next((t for t in self.transitions if t.action == action and state in t.sources), None)

    def named(self, action: str) -> Transition:
        return next(t for t in self.transitions if t.action == action)

    def from_state(self, state: str) -> list[Transition]:
        return [t for t in self.transitions if state in t.sources]


@dataclass(frozen=True, slots=True)
class Offer:
    """A step as shown to a person: allowed, or refused with the reason beside the button."""

    transition: Transition
    refusal: Text | None

    @property
    def allowed(self) -> bool:
        return self.refusal is None


def first_refusal(step_: Transition, obj: Any, *, actor: Actor, at: dt.datetime) -> Text | None:
    for guard in step_.guards:
        if (reason := guard(obj, actor=actor, at=at)) is not None:
            return reason
    return None


def offers(flow: Flow, obj: Any, *, actor: Actor, at: dt.datetime) -> list[Offer]:
    """The steps from the present state that the actor's roles know, refused ones with their reason."""
    return [
        Offer(t, first_refusal(t, obj, actor=actor, at=at))
        for t in flow.from_state(obj.state)
        if not t.auto and actor.may(t.permission)
    ]


def _checked(flow: Flow, obj: Any, action: str, *, actor: Actor, at: dt.datetime, reason: str) -> Transition:
    found = flow.find(action, obj.state)
    known = found or flow.named(action)
    if not known.auto:
        actor.require(known.permission)
    elif not (actor.is_system or actor.entrance == "link"):
        raise PermissionRefused(_("This step is taken by the program itself, not by a person."))
    if found is None:
        raise TransitionRefused(
            _("“%(action)s” is not possible while the state is “%(state)s”. Reload to see what is true now.")
            % {"action": known.label, "state": flow.states(obj.state).label}
        )
    if (refusal := first_refusal(found, obj, actor=actor, at=at)) is not None:
        raise TransitionRefused(refusal)
    if found.needs_reason and not reason.strip():
        raise DomainError(_("Say why, in a few words; the reason stays on the timeline."), field="reason")
    return found


def check(flow: Flow, obj: Any, action: str, *, actor: Actor, at: dt.datetime, reason: str = "") -> Transition:
    """Raise what `apply` would raise now, and change nothing: for services that have much to do before the step."""
    return _checked(flow, obj, action, actor=actor, at=at, reason=reason)


def apply(
    flow: Flow,
    obj: Any,
    action: str,
    *,
    actor: Actor,
    at: dt.datetime,
    reason: str = "",
    data: dict[str, Any] | None = None,
    text: str = "",
    sealed: str = "",
    **fields: Any,
) -> "events.Event":
    """Take one step: check right, state, guards and reason; write state and `fields`; record the event.

    The caller has locked `obj`; that is why a transaction must be open.

    Raises:
        PermissionRefused: the actor lacks the right of this step.
        TransitionRefused: no such step from here, or a guard refuses.
        DomainError: the step needs a reason and none was given.
    """
    if not transaction.get_connection().in_atomic_block:
        raise RuntimeError("flow.apply needs a transaction")
    found = _checked(flow, obj, action, actor=actor, at=at, reason=reason)
    before = obj.state
    if hasattr(obj, "last_step"):
        fields["last_step"] = _last_step(flow, found, obj, fields, actor=actor, at=at)
    if found.target is not None:
        obj.state = _target(found, obj)
    for name, value in fields.items():
        setattr(obj, name, value)
    obj.save(update_fields=["state", *fields, *getattr(obj, "ALWAYS_SAVED", ())])
    facts = {"from": before, "to": obj.state, **({"reason": reason.strip()} if reason.strip() else {})}
    return events.record(
        f"{flow.entity}.{action}", obj, actor=actor, at=at, data={**facts, **(data or {})}, text=text, sealed=sealed
    )


def _target(found: Transition, obj: Any) -> str:
    kept = {BACK: lambda: obj.state_before, UNDONE: lambda: obj.last_step["state"]}
    target = found.target or ""
    return str(kept[target]()) if target in kept else target


def _last_step(
    flow: Flow, found: Transition, obj: Any, fields: dict[str, Any], *, actor: Actor, at: dt.datetime
) -> dict[str, Any]:
    """What is kept of this step so that it can be taken back; see `core.undo`."""
    if found.quiet:
        return dict(obj.last_step)
    if found.target is None:
        return {**obj.last_step, "followed_by": f"{flow.entity}.{found.action}"} if obj.last_step else {}
    if not found.undo:
        return {}
    names = {obj._meta.get_field(name).attname for name in fields}
    return {
        "action": found.action, "at": at.isoformat(), "person": actor.person_id, "name": actor.name,
        "state": obj.state, "fields": {name: _kept(getattr(obj, name)) for name in sorted(names)},
    }  # fmt: skip


def _kept(value: Any) -> Any:
    """A value of a column as JSON holds it; the column reads it back."""
    if hasattr(value, "isoformat"):
        return value.isoformat()
    return str(value) if isinstance(value, Decimal) else value


def label_of(kind: str) -> str:
    """The words of a step by the kind of its event: `case.reply`."""
    entity, _dot, action = kind.partition(".")
    return str(next(table for table in REGISTRY if table.entity == entity).named(action).label)


def start(flow: Flow, obj: Any, action: str, *, actor: Actor, at: dt.datetime, **event: Any) -> "events.Event":
    """Save a new object in the first state of its table (a transition from START) and record the event."""
    found = flow.find(action, START)
    if found is None:
        raise RuntimeError(f"{flow.entity} has no start {action!r}")
    if not found.auto:
        actor.require(found.permission)
    if (refusal := first_refusal(found, obj, actor=actor, at=at)) is not None:
        raise TransitionRefused(refusal)
    obj.state = found.target
    inserts.insert(obj)
    data = {"to": obj.state, **event.pop("data", {})}
    return events.record(f"{flow.entity}.{action}", obj, actor=actor, at=at, data=data, **event)


REGISTRY: list[Flow] = []


def register(flow: Flow) -> Flow:
    """Make a table known to the architecture tests and to the diagrams of the manual."""
    REGISTRY.append(flow)
    return flow


def table(
    entity: str, states: type[models.TextChoices], transitions: Sequence[Transition], *, final: Iterable[str]
) -> Flow:
    return register(Flow(entity, states, tuple(transitions), frozenset(final)))


Rule = Callable[..., Text | None]
