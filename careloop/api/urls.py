"""REST for programs, version 1: mounts each app's routes."""

import logging
from decimal import InvalidOperation
from importlib.util import find_spec
from typing import Any

import orjson
from django.db import DataError
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import path
from django.utils.translation import gettext as _
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError, ValidationError
from ninja.parser import Parser
from ninja.renderers import BaseRenderer
from ninja.types import DictStrAny

from careloop.api import refusals
from careloop.api.auth import TokenAuth
from careloop.core.errors import DomainError
from careloop.core.rest import problem, problem_of

log = logging.getLogger(__name__)


class OrjsonRenderer(BaseRenderer):
    media_type = "application/json"

    def render(self, request: HttpRequest, data: object, *, response_status: int) -> bytes:
        return orjson.dumps(data, default=str)


class OrjsonParser(Parser):
    def parse_body(self, request: HttpRequest) -> DictStrAny:
        try:
            body: DictStrAny = orjson.loads(request.body)
        except orjson.JSONDecodeError as error:
            raise HttpError(400, _("The body is not JSON: %(why)s") % {"why": str(error)}) from error
        return body


class Api(NinjaAPI):
    """The document tells of refusals as well."""

    def get_openapi_schema(self, **options: Any) -> Any:
        schema = super().get_openapi_schema(**options)
        refusals.describe(schema)
        return schema


api = Api(
    title="CareLoop",
    version="1",
    description="The same services and the same rights as the pages.",
    auth=TokenAuth(),
    docs_url=None,
    renderer=OrjsonRenderer(),
    parser=OrjsonParser(),
    urls_namespace="api",
)

ROUTERS = {
    "/customers": "careloop.customers.api",
    "/machines": "careloop.assets.api",
    "/cases": "careloop.cases.api",
    "/escalation-levels": "careloop.cases.api_levels",
    "/work-orders": "careloop.workorders.api",
    "/parts": "careloop.inventory.api",
    "/complaints": "careloop.complaints.api",
    "/follow-ups": "careloop.feedback.api",
    "/aftercare": "careloop.feedback.api_after",
    "/search": "careloop.api.search",
    "/views": "careloop.api.saved",
    "/reports": "careloop.insight.api",
}
for prefix, module in ROUTERS.items():
    if find_spec(module) is not None:
        api.add_router(prefix, f"{module}.router")


@api.exception_handler(DomainError)
def refused(request: HttpRequest, error: DomainError) -> HttpResponse:
    return problem_of(error)


@api.exception_handler(Http404)
def missing(request: HttpRequest, error: Http404) -> HttpResponse:
    return problem(404, _("There is no such record, or it is not yours to see."), code="urn:careloop:not-found")


@api.exception_handler(AuthenticationError)
def unknown(request: HttpRequest, error: AuthenticationError) -> HttpResponse:
    response = problem(
        401, _("The request carries no valid token. Send “Authorization: Bearer …”."), code="urn:careloop:unauthorized"
    )
    response["WWW-Authenticate"] = "Bearer"
    return response


@api.exception_handler(HttpError)
def wrong(request: HttpRequest, error: HttpError) -> HttpResponse:
    if isinstance(error.__cause__, HttpError):  # the parser knows why; the framework only that it failed
        error = error.__cause__
    return problem(error.status_code, str(error))


@api.exception_handler(OverflowError)
@api.exception_handler(InvalidOperation)
@api.exception_handler(DataError)
def too_large(request: HttpRequest, error: Exception) -> HttpResponse:
    """A number that no column holds: refused by the database driver before anything is written."""
    return problem(422, _("A number is too large, or a value too long. Check the values."), code="urn:careloop:invalid")


@api.exception_handler(ValidationError)
def invalid(request: HttpRequest, error: ValidationError) -> HttpResponse:
    """What pydantic refused: place and reason, one line a field."""
    errors = [
        {"field": ".".join(str(part) for part in item["loc"][1:] if part != "payload"), "detail": refusals.said(item)}
        for item in error.errors
    ]
    return problem(422, _("Some values cannot be read."), code="urn:careloop:invalid", errors=errors)


@api.exception_handler(Exception)
def failed(request: HttpRequest, error: Exception) -> HttpResponse:
    """A fault of ours: kept in the log, told in the form that programs read."""
    log.error("%s %s", request.method, request.path, exc_info=error)
    return problem(
        500,
        _("The program failed; nothing was changed. Try again, then tell the administrator."),
        code="urn:careloop:fault",
    )


urlpatterns = [path("", api.urls)]
