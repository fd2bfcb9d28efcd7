"""What the pages of a file share, customers' and machines' alike: saving with matches, and the page of the form."""

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from django.http import HttpResponse
from django.shortcuts import render

from careloop.core.actions import put_errors
from careloop.core.errors import DomainError
from careloop.core.http import Request
from careloop.customers.services import DuplicateWarning

T = TypeVar("T")


def saved(form: Any, save: Callable[[], T], *, names: Mapping[str, str] | None = None) -> T | None:
    """What `save` made, or None with the refusal in the form.

    Args:
        form: has `matches`, the records that may be the same one.
        names: fields of the service that the form calls otherwise.
    """
    try:
        return save()
    except DuplicateWarning as warning:
        form.matches = warning.matches
        form.add_error(None, str(warning.message))
    except DomainError as error:
        own = names or {}
        error.details = {own.get(name, name): text for name, text in error.details.items()}
        if error.field is not None and error.field not in form.fields:
            error.field = own.get(error.field, error.field)
        put_errors(form, error)
    return None


def file_page(
    request: Request, template: str, form: Any, *, title: str, key: str, back: str, **more: Any
) -> HttpResponse:
    """The page of a file's form. `key`: name of its draft; `more`: crumbs and what else the template shows."""
    form.mark_mandatory()
    is_confirmable = bool(form.matches) and not any(match.is_certain for match in form.matches)
    context = {
        "form": form,
        "title": title,
        "key": key,
        "back": back,
        "matches": form.matches,
        **more,
        "is_confirmable": is_confirmable,
        "is_new": form.is_new,
    }
    return render(request, template, context, status=422 if form.errors else 200)
