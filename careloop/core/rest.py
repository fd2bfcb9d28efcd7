"""What every REST route shares: routes for the steps of a state table, cursors, and the problem format."""

import datetime as dt
from collections.abc import Callable, Collection, Mapping
from decimal import Decimal
from typing import Annotated, Any

import orjson
from django import forms
from django.db.models import QuerySet
from django.http import HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from ninja import Router, Schema
from pydantic import AfterValidator, ConfigDict, create_model

from careloop.core import actions as core_actions
from careloop.core import flow
from careloop.core.actions import Action
from careloop.core.errors import DomainError
from careloop.core.http import Request
from careloop.core.paging import first

PROBLEM = "application/problem+json"
MAX_PAGE = 200


def _aware(value: dt.datetime) -> dt.datetime:
    """A time without a zone is meant in the firm's own, as on the pages."""
    return timezone.make_aware(value) if timezone.is_naive(value) else value


class Input(Schema):
    """What a program sends. A name that is not known is refused: it would be lost without a word."""

    model_config = ConfigDict(extra="forbid")


Moment = Annotated[dt.datetime, AfterValidator(_aware)]
"""A time in what a program sends."""

TYPES: dict[type[forms.Field], Any] = {
    forms.BooleanField: bool,
    forms.NullBooleanField: bool,
    forms.IntegerField: int,
    forms.DecimalField: Decimal,
    forms.FloatField: float,
    forms.DateTimeField: Moment,
    forms.DateField: dt.date,
    forms.TimeField: dt.time,
    forms.JSONField: Any,
    forms.ModelChoiceField: int,
    forms.ModelMultipleChoiceField: list[int],
    forms.TypedMultipleChoiceField: list[str],
    forms.MultipleChoiceField: list[str],
}


def json(data: Any, *, status: int = 200) -> HttpResponse:
    """An answer made by hand, for routes that are read most: the shape is the caller's promise."""
    return HttpResponse(orjson.dumps(data, default=str), content_type="application/json", status=status)


def problem(
    status: int, title: str, detail: str = "", *, code: str = "about:blank", errors: list[dict[str, str]] | None = None
) -> HttpResponse:
    """An error as RFC 9457 wants it; `errors` names the fields."""
    body = {"type": code, "title": title, "status": status, "detail": detail, "errors": errors or []}
    return HttpResponse(orjson.dumps(body), status=status, content_type=PROBLEM)


def problem_of(error: DomainError) -> HttpResponse:
    fields = error.details or ({error.field: error.message} if error.field else {})
    return problem(
        error.http_status,
        str(error.message),
        str(error.message),
        code=f"urn:careloop:{error.code}",
        errors=[{"field": name, "detail": str(text)} for name, text in fields.items()],
    )


def form_problem(form: forms.BaseForm) -> HttpResponse:
    """What the form refused, field by field."""
    refusal = getattr(form, "refusal", None)
    if refusal is not None:
        return problem_of(refusal)
    errors = [
        {"field": "" if name == "__all__" else name, "detail": str(text)}
        for name, texts in form.errors.items()
        for text in texts
    ]
    first = errors[0]["detail"] if errors else ""
    return problem(422, first, first, code="urn:careloop:invalid", errors=errors)


def type_of(field: forms.Field) -> Any:
    """How a program sends the value of a form field. A field of an app may say so itself with `api_type`."""
    if (own := getattr(field, "api_type", None)) is not None:
        return own
    if isinstance(field, forms.TypedMultipleChoiceField) and field.coerce is int:
        return list[int]
    if isinstance(field, forms.TypedChoiceField) and field.coerce is int:
        return int
    return next((TYPES[base] for base in type(field).__mro__ if base in TYPES), str)


def body_of(action: Action, needs_reason: bool) -> type[Schema]:
    """The JSON body of a step, from the fields of its form."""
    fields: dict[str, Any] = {}
    for name, field in action.form.base_fields.items():
        kind = type_of(field)
        fields[name] = (kind, ...) if field.required else (kind | None, None)
    if needs_reason:
        fields["reason"] = (str, ...)
    model: type[Schema] = create_model(f"{action.name.title().replace('_', '')}In", __base__=Input, **fields)
    return model


def add_transitions(
    router: Router,
    table: flow.Flow,
    actions: Mapping[str, Action],
    *,
    load: Callable[[Request, str], Any],
    show: Callable[[Request, Any], Any],
    response: Any,
) -> None:
    """`POST /{number}/transitions/{action}` for each step: the same form and service as the button on the page.

    `load` finds the object among those the actor may see (404 otherwise); `show` gives the answer after the step.
    """
    for name, action in actions.items():
        _add_transition(router, table, name, action, load=load, show=show, response=response)


def _add_transition(
    router: Router,
    table: flow.Flow,
    name: str,
    action: Action,
    *,
    load: Callable[[Request, str], Any],
    show: Callable[[Request, Any], Any],
    response: Any,
) -> None:
    step = next((t for t in table.transitions if t.action == name), None)
    body = body_of(action, step is not None and step.needs_reason and "reason" not in action.form.base_fields)

    def take(request: Request, number: str, payload: Any) -> Any:
        obj = load(request, number)
        data = payload.model_dump(mode="json", exclude_unset=True)
        form, _done = core_actions.perform(action, obj, data, actor=request.actor, at=request.now)
        return form_problem(form) if form.errors else show(request, load(request, number))

    take.__annotations__["payload"] = body
    summary = str(step.label) if step is not None else name
    router.post(
        f"/{{number}}/transitions/{name}",
        response=response,
        operation_id=f"{table.entity}_{name}",
        summary=summary,
    )(take)


def cursor_page(rows: list[dict[str, Any]], size: int) -> dict[str, Any]:
    """`rows` were fetched with one more than `size`; the cursor is the id of the last one shown."""
    more = len(rows) > size
    shown = rows[:size]
    return {"items": shown, "next": str(shown[-1]["id"]) if more and shown else None}


def newest_page(
    rows: QuerySet[Any, Any], show: Callable[[Any], dict[str, Any]], *, limit: int | None, cursor: int | None
) -> dict[str, Any]:
    """`rows` newest first, from the one before `cursor` on, each as `show` makes it."""
    size = page_size(limit)
    if cursor is not None:
        rows = rows.filter(pk__lt=cursor)
    return cursor_page([show(row) for row in first(rows, "-pk", size + 1)], size)


def page_size(value: int | None) -> int:
    return max(1, min(value or 50, MAX_PAGE))


def one_of(value: str, known: Collection[str], field: str) -> str:
    """A word of the query string; empty stands for no filter. Raises `DomainError` that lists the known words."""
    if value and value not in known:
        said = {"field": field, "value": value[:30], "known": ", ".join(known)}
        raise DomainError(_("%(field)s: “%(value)s” is not known. Known are: %(known)s.") % said, field=field)
    return value


def some_of(values: str, known: Collection[str], field: str) -> list[str]:
    """The same for several words, parted by commas."""
    return [one_of(value, known, field) for value in values.split(",") if value]
