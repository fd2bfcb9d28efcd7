"""What allauth asks the product: no self sign-up, and where to go after signing in."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest


class StaffAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # reason: allauth ships no types
    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Accounts are made by an administrator."""
        return False

    def get_user_display(self, user: Any) -> str:
        return str(user)

    def is_ajax(self, request: HttpRequest) -> bool:
        return False
