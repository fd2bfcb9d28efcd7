"""Errors that an operator can do something about, as sentences."""

from django.core.exceptions import ImproperlyConfigured
from django.db import OperationalError, ProgrammingError

from careloop.core.errors import DomainError
from careloop.management.words import _

EXPECTED = (DomainError, OperationalError, ProgrammingError, ImproperlyConfigured, OSError)


def sentence(error: Exception) -> str:
    if isinstance(error, DomainError):
        more = [f"{name}: {text}" for name, text in error.details.items()]
        return "\n".join([str(error.message), *more])
    if isinstance(error, ProgrammingError) or "no such table" in str(error):
        return (
            _("The database is not set up yet, or from an older version. Start it once: careloop up") + f"\n({error})"
        )
    if isinstance(error, OperationalError):
        return _("The database cannot be reached: %(why)s") % {"why": str(error).strip()}
    if isinstance(error, OSError):
        place = f" ({error.filename})" if error.filename else ""
        return _("The system refused: %(why)s%(place)s") % {"why": error.strerror or error, "place": place}
    return str(error)
