"""Message catalogues: `.po` files of the apps become the `.mo` files that Django reads.

Each app keeps its own 简体中文 catalogue, `careloop/<app>/locale/zh_Hans/LC_MESSAGES/django.po`. 繁體中文 is
made from it: the words of `hant_terms.csv` (the trade's own words in Taiwan, longest match first), everything
between them by OpenCC. No GNU gettext is needed, no Django model is loaded.
"""

import csv
import functools
import io
import os
import re
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

from babel.messages.catalog import Catalog, Message
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

PACKAGE = Path(__file__).resolve().parent.parent
TERMS = Path(__file__).resolve().parent / "hant_terms.csv"
PO, MO = Path("LC_MESSAGES/django.po"), Path("LC_MESSAGES/django.mo")
FORMS = str.maketrans("“”‘’臺賬", "「」『』台帳")  # quotation marks, and the everyday forms of two characters


class Job(NamedTuple):
    """One app's catalogue and the two files made from it."""

    app: str
    source: Path
    hans: Path
    hant: Path

    def is_old(self) -> bool:
        changed = max(self.source.stat().st_mtime_ns, TERMS.stat().st_mtime_ns)
        return any(not path.exists() or path.stat().st_mtime_ns < changed for path in (self.hans, self.hant))


def jobs(package: Path = PACKAGE) -> Iterator[Job]:
    """Every app of `package` that has a 简体中文 catalogue, in alphabetical order."""
    for source in sorted(package.glob(f"*/locale/zh_Hans/{PO}")):
        locale = source.parents[2]
        yield Job(locale.parent.name, source, locale / "zh_Hans" / MO, locale / "zh_Hant" / MO)


def compile_catalogues(package: Path = PACKAGE, *, everything: bool = False) -> list[str]:
    """Write the missing and outdated `.mo` files (all of them with `everything`).

    Returns:
        Names of the apps that were compiled.

    Raises:
        OSError: the folder cannot be written to.
        babel.messages.pofile.PoFileError: a catalogue is not valid; the text names the line.
    """
    done = []
    for job in jobs(package):
        if everything or job.is_old():
            catalogue = read(job.source)
            write(job.hans, compiled(catalogue, "zh_Hans", str))
            write(job.hant, compiled(catalogue, "zh_Hant", to_hant))
            done.append(job.app)
    return done


def read(path: Path) -> Catalog:
    """The catalogue in `path`; raises where Babel would otherwise drop the broken entry."""
    with path.open("rb") as file:
        return read_po(file, locale="zh_Hans", abort_invalid=True)


def compiled(source: Catalog, locale: str, convert: Callable[[str], str]) -> bytes:
    """The `.mo` form of the finished entries of `source`, each text passed through `convert`."""
    target = Catalog(locale=locale, charset="utf-8", fuzzy=False)
    for message in source:
        if message.id and is_finished(message):
            done = tuple(convert(form) for form in forms(message))
            target.add(message.id, done if message.pluralizable else done[0], context=message.context)
    buffer = io.BytesIO()
    write_mo(buffer, target)
    return buffer.getvalue()


def is_finished(message: Message) -> bool:
    """True for an entry whose every form is translated and confirmed."""
    return not message.fuzzy and bool(forms(message)) and all(forms(message))


def forms(message: Message) -> tuple[str, ...]:
    """The translated forms: one, or one per plural form of the language."""
    text = message.string or ()
    return (text,) if isinstance(text, str) else tuple(text)


def write(path: Path, content: bytes) -> None:
    """Replace `path` in one step, so that a running server never reads half a file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".django-")
    with os.fdopen(handle, "wb") as file:
        file.write(content)
    os.chmod(name, 0o644)
    os.replace(name, path)


def to_hant(text: str) -> str:
    """Taiwan's wording of a 简体中文 text; placeholders and tags stay as they are."""
    terms, pattern = _terms()
    parts = pattern.split(text)  # odd places hold the words of the table
    return "".join(
        terms[part] if place % 2 else _converter()(part) for place, part in enumerate(parts) if part
    ).translate(FORMS)


@functools.cache
def _terms() -> tuple[dict[str, str], re.Pattern[str]]:
    with TERMS.open(encoding="utf-8", newline="") as file:
        terms = {row["hans"]: row["hant"] for row in csv.DictReader(file)}
    longest_first = sorted(terms, key=len, reverse=True)
    return terms, re.compile("(" + "|".join(map(re.escape, longest_first)) + ")")


@functools.cache
def _converter() -> Callable[[str], str]:
    from opencc import OpenCC  # slow: loads its word lists, needed only when something is compiled

    convert: Callable[[str], str] = OpenCC("s2twp").convert
    return convert
