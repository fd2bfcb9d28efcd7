"""One entrance for every step: a form that reads the input and the service that does it.

The button bar, the page that opens behind a button and the API route of a step all come from the same `Action`,
so what a person can do, a program can do, with the same words and the same refusals.
"""

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django import forms
from django.utils.functional import Promise

from careloop.core import flow
from careloop.core.actor import Actor
from careloop.core.errors import DomainError


class StepForm(forms.Form):
    """Input of one step. Receives the object and the actor, so that choices hold only what is allowed."""

    def __init__(self, *args: Any, obj: Any = None, actor: Actor | None = None, **kwargs: Any):
        kwargs.setdefault("label_suffix", "")
        super().__init__(*args, **kwargs)
        self.obj = obj
        self.actor = actor or Actor.nobody()
        self.prepare()

    def prepare(self) -> None:
        """Set choices and initial values; the place for what depends on `obj` and `actor`."""


@dataclass(frozen=True, slots=True)
class Action:
    """`run(pk, *, actor, at, **cleaned_data)` is a public function of the app's services."""

    name: str
    run: Callable[..., Any]
    form: type[StepForm] = StepForm
    is_primary: bool = False
    is_danger: bool = False
    opens: str = ""  # URL name of a page of its own, instead of a form in a sheet


@dataclass(frozen=True, slots=True)
class Option:
    """A button as the page shows it (component `action_bar`)."""

    action: str
    label: str | Promise
    icon: str
    allowed: bool
    refusal: Any
    is_primary: bool
    is_danger: bool
    needs_input: bool
    opens: str
    hint: Any


def options(
    table: flow.Flow, actions: Mapping[str, Action], obj: Any, *, actor: Actor, at: dt.datetime
) -> list[Option]:
    """The steps from here as buttons: the main one first, refused ones stay with their reason."""
    found = []
    for offer in flow.offers(table, obj, actor=actor, at=at):
        action = actions.get(offer.transition.action)
        if action is None:
            continue
        found.append(
            Option(
                action=action.name,
                label=offer.transition.label,
                icon=offer.transition.icon,
                allowed=offer.allowed,
                refusal=offer.refusal,
                is_primary=action.is_primary,
                is_danger=action.is_danger,
                needs_input=bool(action.form.base_fields) or offer.transition.needs_reason,
                opens=action.opens,
                hint=offer.transition.hint,
            )
        )
    return sorted(found, key=lambda option: (not option.allowed, not option.is_primary, option.is_danger))


def perform(
    action: Action, obj: Any, data: Mapping[str, Any], *, actor: Actor, at: dt.datetime, files: Any = None
) -> tuple[StepForm, Any]:
    """Read `data` with the action's form and run the service.

    Returns the form and the service's answer; the form carries the errors when something was refused
    (`form.refusal` is the error itself, None when all went well).
    """
    form = action.form(data, files, obj=obj, actor=actor)
    form.refusal = None  # type: ignore[attr-defined]  # reason: the one value that travels beside the errors
    if not form.is_valid():
        return form, None
    try:
        return form, action.run(obj.pk, actor=actor, at=at, **form.cleaned_data)
    except DomainError as error:
        put_errors(form, error)
        form.refusal = error  # type: ignore[attr-defined]  # reason: see above
        return form, None


def put_errors(form: forms.BaseForm, error: DomainError) -> None:
    """Show a refusal at its field, or on top when the form has no such field."""
    for name, message in (error.details or {error.field or "": error.message}).items():
        form.add_error(name if name in form.fields else None, str(message))
