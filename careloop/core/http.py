"""What every page and route needs: the request with its actor, fragments, refusals, keyset pages."""

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar
from urllib.parse import urlencode

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.db.models import Model, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.cache import patch_vary_headers
from django_htmx.middleware import HtmxDetails

from careloop.core.actor import Actor
from careloop.core.address import number_of
from careloop.core.errors import DomainError
from careloop.core.paging import first, id_of

T = TypeVar("T", bound=Model)
R = TypeVar("R")
PAGE_SIZE = 50


class Request(HttpRequest):
    """What views get after the middleware: never anonymous unless the view says so."""

    actor: Actor
    htmx: HtmxDetails
    now: dt.datetime
    stations: list[Any]  # the staff.Station rows of the actor, with their calendars
    roles: list[Any]  # the accounts.Role rows of the actor, in the order of the switch
    newest_event: int  # when the request began: what `core.kept` asks for


def is_fragment(request: Request) -> bool:
    """htmx asks for a part of the page. Boosted links and history restore ask for the whole."""
    return request.headers.get("HX-Request-Type") == "partial"


def fragment(request: Request, template: str, name: str, context: dict[str, Any], *, status: int = 200) -> HttpResponse:
    """The partial `name` of `template` for htmx, the whole page for everyone else."""
    target = f"{template}#{name}" if is_fragment(request) else template
    response = render(request, target, context, status=status)
    patch_vary_headers(response, ["HX-Request-Type"])
    return response


def one_or_404(rows: QuerySet[T], **lookup: Any) -> T:
    """An invisible row is the same as none."""
    found = rows.filter(**lookup).first()
    if found is None:
        raise Http404
    return found


def refusal(request: HttpRequest, error: DomainError) -> HttpResponse:
    """The page that says what, why and what to do; used when no form can carry the message."""
    return render(
        request,
        f"{error.http_status if error.http_status in (403, 404, 409) else 400}.html",
        {"error": error},
        status=error.http_status,
    )


def visitors_language(request: HttpRequest, otherwise: str) -> str:
    """The language chosen on a page without sign-in, else `otherwise`; always one that the program speaks."""
    chosen = request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME, "")
    known = dict(settings.LANGUAGES)
    return next((code for code in (chosen, otherwise) if code in known), settings.LANGUAGE_CODE)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    return render(request, "403_csrf.html", {"reason": reason}, status=403)


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a keyset list: `rows`, and the query strings of its neighbours (None: there is none)."""

    rows: list[Any]
    newer: str | None
    older: str | None


def keyset(
    request: HttpRequest,
    rows: QuerySet[T, Any],
    *,
    prepare: Callable[[Any], R],
    size: int = PAGE_SIZE,
) -> Page:
    """Page through `rows` by id, newest first, without counting them.

    The cursor stands in the URL (`before` or `after`), beside the filters, so a page can be sent to a colleague.
    """
    before, after = _number(request, "before"), _number(request, "after")
    if after is not None:
        found = list(first(rows.filter(pk__gt=after), "pk", size + 1))
        more_newer, more_older = len(found) > size, True
        found = found[:size][::-1]
    else:
        if before is not None:
            rows = rows.filter(pk__lt=before)
        found = list(first(rows, "-pk", size + 1))
        more_newer, more_older = before is not None, len(found) > size
        found = found[:size]
    return page_of(request, found, prepare=prepare, has_newer=more_newer, has_older=more_older)


def page_of(
    request: HttpRequest, found: Sequence[Any], *, prepare: Callable[[Any], R], has_newer: bool, has_older: bool
) -> Page:
    """A page of rows that were read already."""
    if not found:
        return Page([], None, None)
    return Page(
        [prepare(row) for row in found],
        _neighbour(request, after=id_of(found[0])) if has_newer else None,
        _neighbour(request, before=id_of(found[-1])) if has_older else None,
    )


def _number(request: HttpRequest, name: str) -> int | None:
    return number_of(request.GET.get(name, ""))


def _neighbour(request: HttpRequest, **cursor: int) -> str:
    kept = [(k, v) for k, values in request.GET.lists() if k not in ("before", "after") for v in values]
    return "?" + urlencode([*kept, *((k, str(v)) for k, v in cursor.items())])


def is_signed_in(user: object) -> bool:
    return not isinstance(user, AnonymousUser)


def chunks(rows: Sequence[R], size: int) -> list[Sequence[R]]:
    return [rows[i : i + size] for i in range(0, len(rows), size)]
