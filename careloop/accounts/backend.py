"""Sign-in as allauth does it; the account of a session comes with the newest event, for `core.kept`."""

from typing import Any

from allauth.account.auth_backends import AuthenticationBackend

from careloop.accounts import queries
from careloop.accounts.models import User


class SignIn(AuthenticationBackend):  # type: ignore[misc]  # reason: allauth ships no types
    def get_user(self, user_id: Any) -> User | None:
        user = queries.signed_in(user_id)
        return user if user is not None and self.user_can_authenticate(user) else None
