"""Gives every request its actor, clock and language."""

from collections.abc import Callable
from typing import cast
from zoneinfo import ZoneInfo

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import timezone, translation

from careloop.accounts.models import User
from careloop.core.actor import Actor
from careloop.core.http import Request
from careloop.staff.actors import standing_of


class ActorMiddleware:
    def __init__(self, get_response: Callable[[Request], HttpResponse]):
        self.get_response = get_response

    def __call__(self, plain: HttpRequest) -> HttpResponse:
        request = cast(Request, plain)  # what is set here makes it one
        request.now = timezone.now()
        user = request.user
        if isinstance(user, User):
            request.newest_event = getattr(user, "newest_event", 0)  # read with the account
            standing = standing_of(user, event=request.newest_event)
            request.actor, request.stations, request.roles = standing.actor, standing.stations, standing.roles
            if user.language != translation.get_language():
                translation.activate(user.language)
                request.LANGUAGE_CODE = user.language
        else:
            request.actor, request.stations, request.roles, request.newest_event = Actor.nobody(), [], [], 0
        timezone.activate(ZoneInfo(settings.TIME_ZONE))
        return self.get_response(request)
