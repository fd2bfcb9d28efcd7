"""The short way of an API request: language, clock, route; no session, no page frame."""

from functools import lru_cache

from django.core.handlers.exception import convert_exception_to_response
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import resolve
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from careloop.core.rest import problem

# The routes are a hundred patterns in a row; the same few addresses are asked for again and again.
_match = lru_cache(maxsize=1024)(resolve)


def _answer(request: HttpRequest) -> HttpResponse:
    translation.activate(translation.get_language_from_request(request))
    request.now = timezone.now()  # type: ignore[attr-defined]  # reason: declared on core.http.Request
    try:
        match = _match(request.path_info)
    except Http404:
        return problem(404, _("There is no such route."), request.path_info)
    request.resolver_match = match
    response: HttpResponse = match.func(request, *match.args, **match.kwargs)
    if response.status_code == 405:
        return _not_offered(request, response)
    return response


def _not_offered(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    allowed = response.headers.get("Allow", "")
    told = problem(
        405,
        _("%(method)s is not offered here; offered: %(allowed)s.") % {"method": request.method, "allowed": allowed},
        request.path_info,
    )
    told.headers["Allow"] = allowed
    return told


answer = convert_exception_to_response(_answer)
