"""One catalogue a language: a text is found at the first look, not after a look into the catalogue of each app.

Django means to merge the catalogues of apps that form their plurals alike, but compares a function with its code
(`TranslationCatalog.update`, 5.2), so none is ever merged, and each text costs up to twenty looks.
"""

from gettext import GNUTranslations
from typing import Any

from django.utils.translation.trans_real import TranslationCatalog


def merge_catalogues() -> None:
    """Called once, before the first text is asked for."""
    TranslationCatalog.update = _update  # type: ignore[method-assign,assignment]  # reason: see above


def _update(self: TranslationCatalog, other: GNUTranslations) -> None:
    """Later catalogues win, as in Django; one with other plurals stays apart, in front."""
    kept: Any = self
    added: Any = other
    if added.plural.__code__ == kept._plurals[0].__code__:
        kept._catalogs[0].update(added._catalog)
    else:
        kept._catalogs.insert(0, added._catalog.copy())
        kept._plurals.insert(0, added.plural)
