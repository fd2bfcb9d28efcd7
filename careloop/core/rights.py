"""Rights in words. A right is named `app.verb_noun` in code; `accounts.rights` says what a person reads."""

from collections.abc import Mapping

from django.utils.translation import gettext as _

from careloop.core.errors import PermissionRefused, Text

_LABELS: dict[str, Text] = {}


def register(labels: Mapping[str, Text]) -> None:
    """Make names known; called once while the program starts."""
    _LABELS.update(labels)


def label(right: str) -> str:
    """The right in the reader's language; its code where nobody named it."""
    return str(_LABELS.get(right, right))


def refused(right: str) -> PermissionRefused:
    """The refusal that names the missing right; a page adds who has it and who gives it."""
    return PermissionRefused(
        _("Your roles do not include the right “%(right)s”. Ask whoever manages roles.") % {"right": label(right)},
        right=right,
    )
