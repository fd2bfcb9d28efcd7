"""Refusals that a user understands: what, where, what to do. Every entrance shows them the same way."""

from collections.abc import Mapping

from django.utils.functional import Promise

Text = str | Promise


class DomainError(Exception):
    """An action was refused and nothing was changed.

    `field` names the input at fault (None: the whole action); `details` holds more per-field texts.
    """

    code = "invalid"
    http_status = 422

    def __init__(self, message: Text, *, field: str | None = None, details: Mapping[str, Text] | None = None):
        super().__init__(message)
        self.message = message
        self.field = field
        self.details = dict(details or {})


class PermissionRefused(DomainError):
    """`right`: the code of the missing right; empty when another rule refuses."""

    code = "forbidden"
    http_status = 403

    def __init__(
        self,
        message: Text,
        *,
        field: str | None = None,
        details: Mapping[str, Text] | None = None,
        right: str = "",
    ):
        super().__init__(message, field=field, details=details)
        self.right = right


class TransitionRefused(DomainError):
    """The step does not exist from the present state, or its guard says no."""

    code = "transition-refused"
    http_status = 409


class Conflict(DomainError):
    """Somebody else was faster; the caller sees what is true now."""

    code = "conflict"
    http_status = 409


class NotFound(DomainError):
    code = "not-found"
    http_status = 404
