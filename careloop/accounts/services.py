"""Changes of accounts, roles and tokens."""

import datetime as dt
from collections.abc import Iterable

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _

from careloop.accounts.models import ApiToken, Role, User
from careloop.accounts.roles import DEFAULTS
from careloop.accounts.tokens import digest, new_key
from careloop.core.actor import Actor
from careloop.core.errors import DomainError, NotFound


@transaction.atomic
def ensure_default_roles() -> None:
    """Create the roles that are missing; roles that exist are the firm's own business and stay as they are."""
    with translation.override("zh-hans"):
        for order, default in enumerate(DEFAULTS):
            Role.objects.get_or_create(
                code=default.code,
                defaults={
                    "name": str(default.name),
                    "permissions": sorted(set(default.permissions)),
                    "all_stations": default.all_stations,
                    "order": order,
                },
            )


@transaction.atomic
def create_user(
    username: str,
    password: str,
    *,
    display_name: str,
    roles: Iterable[str],
    actor: Actor,
    language: str = "zh-hans",
    like: User | None = None,
) -> User:
    """An account with its roles. `like`: another account of the same password, whose hash is taken (many at once)."""
    actor.require("staff.change_person")
    if User.objects.filter(username__iexact=username).exists():
        raise DomainError(_("The account “%(name)s” exists already.") % {"name": username}, field="username")
    user = User(username=username, display_name=display_name, language=language)
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise DomainError(" ".join(error.messages), field="password") from error
    if like is not None:
        user.password = like.password
    else:
        user.set_password(password)
    user.save()
    user.roles.set(Role.objects.filter(code__in=list(roles)))
    return user


@transaction.atomic
def set_roles(user_id: int, roles: Iterable[str], *, actor: Actor, is_active: bool = True) -> None:
    """Which roles an account has, and whether it may sign in."""
    actor.require("staff.change_person")
    user = User.objects.get(pk=user_id)
    user.roles.set(Role.objects.filter(code__in=list(roles)))
    if user.is_active != is_active:
        user.is_active = is_active
        user.save(update_fields=["is_active"])


@transaction.atomic
def change_password(user_id: int, *, password: str) -> None:
    """Set a password. Sessions end, because Django ties them to the password."""
    user = User.objects.get(pk=user_id)
    user.set_password(password)
    user.save(update_fields=["password"])


@transaction.atomic
def set_preferences(user_id: int, *, language: str | None = None, text_size: str | None = None) -> None:
    changes = {k: v for k, v in {"language": language, "text_size": text_size}.items() if v is not None}
    if changes:
        User.objects.filter(pk=user_id).update(**changes)


@transaction.atomic
def issue_token(
    user_id: int, *, name: str, actor: Actor, at: dt.datetime, expires_at: dt.datetime | None = None
) -> tuple[ApiToken, str]:
    """A new token and its key. The key cannot be read again."""
    if actor.user_id != user_id:
        actor.require("accounts.manage_tokens")
    key = new_key()
    token = ApiToken.objects.create(
        user_id=user_id, name=name, digest=digest(key), created_at=at, expires_at=expires_at
    )
    return token, key


@transaction.atomic
def revoke_token(token_id: int, *, actor: Actor, at: dt.datetime) -> None:
    token = ApiToken.objects.filter(pk=token_id).first()
    if token is None:
        raise NotFound(_("There is no such token."))
    if actor.user_id != token.user_id:
        actor.require("accounts.manage_tokens")
    ApiToken.objects.filter(pk=token_id, revoked_at=None).update(revoked_at=at)


def mark_used(token_id: int, *, on: dt.date) -> None:
    """Once a day, not once a request."""
    ApiToken.objects.filter(pk=token_id).exclude(last_used_on=on).update(last_used_on=on)
