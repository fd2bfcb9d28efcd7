"""Reads of accounts."""

import datetime as dt

from django.db.models import QuerySet
from django.db.models.expressions import RawSQL

from careloop.accounts.models import ApiToken, Role, User
from careloop.accounts.tokens import digest
from careloop.core.actor import Actor
from careloop.core.prepared import Prepared


def user_of_token(key: str, *, now: dt.datetime) -> ApiToken | None:
    return ApiToken.objects.valid(now).select_related("user").filter(digest=digest(key)).first()


_NEWEST_EVENT = RawSQL("SELECT coalesce(max(id), 0) FROM core_event", [])
_signed_in = Prepared(lambda *, user_id: User.objects.annotate(newest_event=_NEWEST_EVENT).filter(pk=user_id)[:1])


def signed_in(user_id: int) -> User | None:
    """The account of a session, with `newest_event` (see `core.kept`): one query at the beginning of each page."""
    return _signed_in.first(user_id=int(user_id))


def user_by_name(username: str) -> User | None:
    return User.objects.filter(username__iexact=username).first()


def tokens_of(actor: Actor) -> QuerySet[ApiToken]:
    """The actor's own tokens that still work."""
    return ApiToken.objects.filter(user_id=actor.user_id or 0, revoked_at=None).order_by("-pk")


def roles() -> QuerySet[Role]:
    return Role.objects.all()


def roles_with(right: str) -> list[Role]:
    """Roles that hold a right, in their order. Few rows; the rights are a list in each."""
    return [role for role in Role.objects.all() if right in role.permissions]


def people_with(right: str, *, limit: int = 3) -> list[User]:
    """Accounts in use that hold a right, for “ask whom”."""
    holding = [role.pk for role in roles_with(right)]
    rows = User.objects.filter(is_active=True, roles__in=holding).distinct()
    return list(rows.order_by("pk")[:limit])
