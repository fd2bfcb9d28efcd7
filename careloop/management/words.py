"""Words of the command line, before and without Django: read from the same catalogue as all others."""

import contextlib
import functools
import gettext
import os
from collections.abc import Sequence
from pathlib import Path

DEFAULT = "zh-hans"
LOCALE = Path(__file__).resolve().parent / "locale"
FOLDERS = {"zh-hans": "zh_Hans", "zh-hant": "zh_Hant"}
TRADITIONAL = ("zh_tw", "zh_hk", "zh_mo", "zh_hant", "zh-tw", "zh-hk", "zh-mo", "zh-hant")

_chosen = DEFAULT


def language_of(argv: Sequence[str]) -> str:
    """`--lang`, else the language of the environment; Chinese when it says nothing (`C`, `POSIX`)."""
    for place, word in enumerate(argv):
        if word == "--lang" and place + 1 < len(argv):
            return _known(argv[place + 1])
        if word.startswith("--lang="):
            return _known(word.partition("=")[2])
    return _known(next((os.environ[n] for n in ("LC_ALL", "LC_MESSAGES", "LANG") if os.environ.get(n)), ""))


def _known(name: str) -> str:
    plain = name.lower().partition(".")[0].partition("@")[0]
    if plain in ("", "c", "posix") or (plain.startswith("zh") and not plain.startswith(TRADITIONAL)):
        return DEFAULT
    return "zh-hant" if plain.startswith(TRADITIONAL) else "en"


def use(language: str) -> None:
    global _chosen
    _chosen = language


def chosen() -> str:
    return _chosen


@functools.cache
def _catalogue(language: str) -> gettext.NullTranslations:
    folder = FOLDERS.get(language)
    if folder is None:
        return gettext.NullTranslations()
    path = LOCALE / folder / "LC_MESSAGES" / "django.mo"
    if not path.exists():
        from careloop.core import catalogues  # slow: needed only before the first start has compiled them

        with contextlib.suppress(OSError):  # installed where nobody may write
            catalogues.compile_catalogues()
    try:
        with path.open("rb") as file:
            return gettext.GNUTranslations(file)
    except OSError:
        return gettext.NullTranslations()


def _(text: str) -> str:
    return _catalogue(_chosen).gettext(text)
