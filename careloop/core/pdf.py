"""Papers as PDF: one Typst template for form sheets, fed with words that are ready to read.

The same `Sheet` is shown on screen (`print_sheet.html`) and set in type here, so that both carry identical values.
Fonts come from the package only; what a machine has installed changes nothing.
"""

import dataclasses
import json
import logging
import threading
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import segno
import typst
from django.conf import settings
from django.utils.translation import get_language

logger = logging.getLogger(__name__)

ROOT: Path = settings.BASE_DIR
FONTS = ROOT / "core" / "fonts"
SHEET = "core/papers/sheet.typ"
NARROW_SPACE = "\u202f"  # between thousands on screen; the font has none


@dataclass(frozen=True, slots=True)
class Pair:
    """A label and its value; `wide` takes the whole row."""

    label: str
    value: str
    wide: bool = False


@dataclass(frozen=True, slots=True)
class Part:
    """A block of the sheet. `kind`: pairs, table, text or list.

    For a table `rows` are lists of cells, `numeric` the indexes of right-aligned columns, `widths` Typst lengths
    (`1fr`, `20mm`, empty: as wide as needed), `foot` pairs of label and value below.
    """

    kind: str
    title: str = ""
    rows: list[Any] = field(default_factory=list)
    head: list[str] = field(default_factory=list)
    numeric: list[int] = field(default_factory=list)
    widths: list[str] = field(default_factory=list)
    foot: list[tuple[str, str]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Signature:
    """A box to sign; `image`: the PNG of a signature given on screen; `line`: name and time below it."""

    label: str
    line: str = ""
    image: bytes = b""


@dataclass(frozen=True, slots=True)
class Sheet:
    """A form as it is printed: letterhead, numbers, parts, signatures."""

    form_name: str
    number: str
    firm: str
    station: str
    station_lines: list[str]
    head: list[tuple[str, str]]
    parts: list[Part]
    signatures: list[Signature] = field(default_factory=list)
    url: str = ""
    note: str = ""


def render_sheet(sheet: Sheet) -> bytes:
    return render(SHEET, sheet_data(sheet))


def sheet_data(sheet: Sheet) -> dict[str, Any]:
    """The sheet as the template reads it: JSON values only."""
    return {
        "title": f"{sheet.form_name} {sheet.number}",
        "form_name": sheet.form_name,
        "firm": sheet.firm,
        "lang": (get_language() or "zh")[:2],
        "station": {"name": sheet.station, "lines": sheet.station_lines},
        "head": [list(pair) for pair in sheet.head],
        "parts": [_part(part) for part in sheet.parts],
        "signatures": [{"label": s.label, "line": s.line, "image": list(s.image)} for s in sheet.signatures],
        "qr": qr_svg(sheet.url) if sheet.url else "",
        "note": sheet.note,
    }


def _part(part: Part) -> dict[str, Any]:
    found = dataclasses.asdict(part)
    found["foot"] = [list(pair) for pair in part.foot]
    found["widths"] = part.widths or [""] * len(part.head)
    return found


def qr_svg(url: str) -> str:
    return str(segno.make(url, error="m").svg_inline(scale=4, border=1))


def render(template_name: str, data: dict[str, Any]) -> bytes:
    """Set a template in type. `template_name` is its path within the package, `core/papers/sheet.typ`.

    Characters that no font of ours has come out blank; they are written into the log, for the list in tools/fonts.py.
    """
    source = ROOT / template_name
    if not source.is_file() or ROOT not in source.resolve().parents:
        raise ValueError(f"there is no template {template_name}")
    text = json.dumps(data, ensure_ascii=False).replace(NARROW_SPACE, " ")
    if missing := missing_characters(text):
        logger.warning("no font has %s (%s)", "".join(sorted(missing)), template_name)
    with _turn:
        return bytes(_compiler(str(source)).compile(sys_inputs={"data": text}))


_turn = threading.Lock()


@cache
def _compiler(source: str) -> Any:
    """Kept with its fonts, which take a third of a second to read; one thread at a time uses it."""
    return typst.Compiler(source, root=str(ROOT), font_paths=[str(FONTS)], ignore_system_fonts=True)


def missing_characters(text: str) -> set[str]:
    """Characters of `text` that the papers' font lacks."""
    known = covered()
    return {sign for sign in text if ord(sign) not in known and sign not in "\n\r\t"}


@cache
def covered() -> frozenset[int]:
    """Code points of the font, read from its `cmap` table (formats 4 and 12) without any further library."""
    data = (FONTS / "CareLoopSans-Regular.ttf").read_bytes()
    return frozenset(_cmap(data))


def _cmap(data: bytes) -> set[int]:
    start = _table(data, b"cmap")
    count = int.from_bytes(data[start + 2 : start + 4])
    found: set[int] = set()
    for number in range(count):
        entry = start + 4 + 8 * number
        offset = start + int.from_bytes(data[entry + 4 : entry + 8])
        found |= _subtable(data, offset)
    return found


def _table(data: bytes, tag: bytes) -> int:
    for number in range(int.from_bytes(data[4:6])):
        entry = 12 + 16 * number
        if data[entry : entry + 4] == tag:
            return int.from_bytes(data[entry + 8 : entry + 12])
    raise ValueError("the font has no cmap")


def _subtable(data: bytes, at: int) -> set[int]:
    kind = int.from_bytes(data[at : at + 2])
    if kind == 12:
        groups = int.from_bytes(data[at + 12 : at + 16])
        found: set[int] = set()
        for number in range(groups):
            entry = at + 16 + 12 * number
            found.update(
                range(int.from_bytes(data[entry : entry + 4]), int.from_bytes(data[entry + 4 : entry + 8]) + 1)
            )
        return found
    if kind == 4:
        segments = int.from_bytes(data[at + 6 : at + 8]) // 2
        ends, starts = at + 14, at + 16 + 2 * segments
        return {
            code
            for n in range(segments)
            for code in range(
                int.from_bytes(data[starts + 2 * n : starts + 2 * n + 2]),
                int.from_bytes(data[ends + 2 * n : ends + 2 * n + 2]) + 1,
            )
            if code != 0xFFFF
        }
    return set()
