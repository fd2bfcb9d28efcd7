"""Reads of accounts."""

import datetime as dt

from django.db.models import QuerySet

from careloop.accounts.models import ApiToken, Role, User
from careloop.accounts.tokens import digest


def user_of_token(key: str, *, now: dt.datetime) -> ApiToken | None:
    return ApiToken.objects.valid(now).select_related("user").filter(digest=digest(key)).first()


def user_by_name(username: str) -> User | None:
    return User.objects.filter(username__iexact=username).first()


def roles() -> QuerySet[Role]:
    return Role.objects.all()
