"""Gives every request its actor, clock and language."""

from collections.abc import Callable
from zoneinfo import ZoneInfo

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import timezone, translation

from careloop.accounts.models import User
from careloop.core.actor import Actor
from careloop.staff.actors import actor_and_stations


class ActorMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.now = timezone.now()  # type: ignore[attr-defined]  # reason: declared on core.http.Request
        user = request.user
        if isinstance(user, User):
            request.actor, request.stations = actor_and_stations(user)  # type: ignore[attr-defined]  # reason: as above
            if user.language != translation.get_language():
                translation.activate(user.language)
                request.LANGUAGE_CODE = user.language
        else:
            request.actor, request.stations = Actor.nobody(), []  # type: ignore[attr-defined]  # reason: as above
        timezone.activate(ZoneInfo(settings.TIME_ZONE))
        return self.get_response(request)
