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
    return response


answer = convert_exception_to_response(_answer)
