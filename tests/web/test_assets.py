"""Vendored files, icons, sizes and contrast: what no page test would notice."""

import gzip
import json
import re
from pathlib import Path

import pytest

from careloop.core import flow
from careloop.web import navigation
from careloop.web.parts.signs import TONE_ICONS
from careloop.web.parts.story import FILE_ICONS

ROOT = Path(__file__).resolve().parents[2]
STATIC = ROOT / "careloop" / "web" / "static"
FIRST_LOAD = ("vendor/tabler.min.css", "css/theme.css", "css/components.css", "vendor/htmx.min.js", "js/boot.js",
              "js/app.js", "js/forms.js", "icons.svg", "img/icon.svg")  # fmt: skip
TOKEN = re.compile(r"--cl-([\w-]+):\s*light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\)")


def drawn() -> set[str]:
    return set(re.findall(r'<symbol id="i-([\w-]+)"', (STATIC / "icons.svg").read_text(encoding="utf-8")))


def named() -> set[str]:
    """Icons named by templates and code; names made at run time are covered by the tables below."""
    found: set[str] = {place.icon for place in (*navigation.PLACES, *navigation.ACTIONS)}
    found |= {*TONE_ICONS.values(), *FILE_ICONS.values(), "file", "point"}
    found |= {step.icon for table in flow.REGISTRY for step in table.transitions if step.icon}
    for path in (ROOT / "careloop").rglob("*.html"):
        text = path.read_text(encoding="utf-8")
        found |= set(re.findall(r"""\{% icon ["']([\w-]+)["']""", text)) | set(
            re.findall(r""" icon=["']([\w-]+)["']""", text)
        )
    for path in (ROOT / "careloop").rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        found |= set(re.findall(r"""["']?icon["']?\s*[:=]\s*["']([a-z][\w-]+)["']""", text))
    return found


def test_every_icon_that_is_named_is_drawn():
    assert sorted(named() - drawn()) == []


def test_the_first_load_stays_below_300_kilobytes():
    raw = sum((STATIC / name).stat().st_size for name in FIRST_LOAD)
    packed = sum(len(gzip.compress((STATIC / name).read_bytes())) for name in FIRST_LOAD)
    assert raw < 300_000 - 25_000  # a page of 50 rows beside it
    assert packed < 100_000


def test_the_lock_names_no_registry():
    text = (ROOT / "package-lock.json").read_text(encoding="utf-8")
    assert "resolved" not in text
    assert "http" not in re.sub(r'"(url|funding)":[^\n]+', "", text)


def test_every_shipped_library_has_its_licence():
    licences = (STATIC / "vendor" / "LICENSES.txt").read_text(encoding="utf-8")
    lock = json.loads((ROOT / "package-lock.json").read_text(encoding="utf-8"))["packages"]
    for name in ("@tabler/core", "@tabler/icons", "htmx.org", "signature_pad", "echarts", "zrender", "tslib"):
        assert f"{name} {lock[f'node_modules/{name}']['version']}" in licences


@pytest.mark.parametrize("name", ["app.js", "boot.js", "forms.js", "charts.js", "print.js"])
def test_scripts_hold_no_words_of_a_language(name):
    code = (STATIC / "js" / name).read_text(encoding="utf-8")
    without_comments = re.sub(r"/\*.*?\*/|//[^\n]*", "", code, flags=re.S)
    assert re.findall(r"[\u3400-\u9fff]", without_comments) == []


# ---- contrast (WCAG 2.2): 4.5:1 for words, 3:1 for the borders of inputs


def luminance(color: str) -> float:
    parts = [int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(first: str, second: str) -> float:
    one, two = sorted((luminance(first), luminance(second)), reverse=True)
    return (one + 0.05) / (two + 0.05)


def tokens() -> dict[str, tuple[str, str]]:
    css = (STATIC / "css" / "theme.css").read_text(encoding="utf-8")
    return {name: (light, dark) for name, light, dark in TOKEN.findall(css)}


WORDS = [
    *[(ink, ground) for ink in ("ink", "ink-2", "ink-3", "accent") for ground in ("canvas", "surface", "sunken", "raised")],
    *[(tone, ground) for tone in ("ok", "warn", "bad", "act", "wait", "idle") for ground in (f"{tone}-bg", "surface", "canvas")],
    ("ink", "accent-tint"), ("accent", "accent-tint"), ("ink-2", "hover"), ("ink", "hover"),
]  # fmt: skip


@pytest.mark.parametrize("mode", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize(("ink", "ground"), WORDS)
def test_words_can_be_read(ink, ground, mode):
    colors = tokens()
    assert contrast(colors[ink][mode], colors[ground][mode]) >= 4.5


@pytest.mark.parametrize("mode", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize("ground", ["surface", "canvas", "raised"])
def test_borders_of_inputs_can_be_seen(ground, mode):
    colors = tokens()
    assert contrast(colors["control"][mode], colors[ground][mode]) >= 3
