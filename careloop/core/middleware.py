"""Safety headers for every answer, and a short way for programs."""

from collections.abc import Callable
from urllib.parse import urlsplit

from django.conf import settings
from django.db import DataError
from django.http import HttpRequest, HttpResponse
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _

from careloop.core.errors import DomainError
from careloop.core.http import refusal

Handler = Callable[[HttpRequest], HttpResponse]

PAGE_POLICY = (
    "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; media-src 'self' blob:; "
    "font-src 'self'; connect-src 'self'; frame-src 'none'; object-src 'none'; base-uri 'none'; "
    "form-action 'self'; frame-ancestors 'none'"
)


def secure(response: HttpResponse) -> HttpResponse:
    response.headers.setdefault("Content-Security-Policy", PAGE_POLICY)
    response.headers.setdefault("X-Content-Type-Options", "nosniff")
    response.headers.setdefault("Referrer-Policy", "same-origin")
    response.headers.setdefault("Permissions-Policy", "camera=(self), microphone=(self), geolocation=(self)")
    response.headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
    response.headers.setdefault("X-Frame-Options", "DENY")
    return response


class Addresses:
    """No column of PostgreSQL keeps the sign NUL, and no address needs it: behind the question mark it is dropped."""

    def __init__(self, get_response: Handler):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if "\0" in request.path_info:
            return HttpResponse(status=404)
        if "%00" in request.META.get("QUERY_STRING", ""):
            request.META["QUERY_STRING"] = request.META["QUERY_STRING"].replace("%00", "")
        return self.get_response(request)


class SafetyHeaders:
    def __init__(self, get_response: Handler):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return secure(self.get_response(request))


class Refusals:
    """A refusal that no form caught becomes a page that says what, why and what to do."""

    def __init__(self, get_response: Handler):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        if isinstance(error, DataError):  # refused by the database before anything was written
            text = _("A number is too large, a text too long, or a sign cannot be kept. Check the values.")
            error = DomainError(text)
        return refusal(request, error) if isinstance(error, DomainError) else None


class ApiLane:
    """Requests under /api/ bring a token, not a cookie: sessions, CSRF and the page frame are left out.

    What remains is what a program needs: host check, language, headers (half the time of a list request).
    """

    def __init__(self, get_response: Handler):
        self.get_response = get_response
        self.api: Handler | None = None

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not request.path_info.startswith("/api/"):
            return self.get_response(request)
        if self.api is None:
            self.api = import_string("careloop.api.lane.answer")
        request.get_host()  # refuses host names that are not ours
        if settings.HTTPS and not request.is_secure():
            return secure(HttpResponse(status=403))
        return secure(self.api(request))


def same_origin(request: HttpRequest, url: str) -> bool:
    parts = urlsplit(url)
    return not parts.netloc or parts.netloc == request.get_host()
