"""Token sign-in. A token acts with the rights of its user."""

import time

from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _
from ninja.security import HttpBearer

from careloop.accounts import queries, services
from careloop.accounts.tokens import digest
from careloop.core.actor import Actor
from careloop.staff.actors import actor_for

KEPT_SECONDS = 5.0
_kept: dict[str, tuple[float, Actor]] = {}


class TokenAuth(HttpBearer):
    """`Authorization: Bearer cl_…`.

    Who a token is, is kept for five seconds in the process: a revoked token or a changed role takes that long to
    be noticed, and a busy program saves four queries a request.
    """

    openapi_description = "API token, made under “My account → API tokens”."

    def authenticate(self, request: HttpRequest, token: str) -> Actor | None:
        key = digest(token)
        until, actor = _kept.get(key, (0.0, None))
        if actor is None or until < time.monotonic():
            actor = self._look_up(request, token)
            if actor is None:
                _kept.pop(key, None)
                return None
            if len(_kept) > 1000:
                _kept.clear()
            _kept[key] = (time.monotonic() + KEPT_SECONDS, actor)
        request.actor = actor  # type: ignore[attr-defined]  # reason: declared on core.http.Request
        return actor

    def _look_up(self, request: HttpRequest, token: str) -> Actor | None:
        now = request.now  # type: ignore[attr-defined]  # reason: set by the lane
        found = queries.user_of_token(token, now=now)
        if found is None:
            return None
        services.mark_used(found.pk, on=timezone.localdate(now))
        return actor_for(found.user, entrance="api")


def forget() -> None:
    """Drop what is kept (tests, and after roles were changed in this process)."""
    _kept.clear()


UNAUTHORIZED = _("The request carries no valid token. Send “Authorization: Bearer …”.")
