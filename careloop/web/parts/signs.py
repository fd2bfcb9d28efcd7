"""The small signs: icon, state chip, clock chip, grade, plate, avatar, button."""

import html
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any
from zlib import crc32

from django.contrib.staticfiles.storage import staticfiles_storage
from django.middleware.csrf import get_token
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe  # reason: every value is escaped where it is put in
from django.utils.translation import get_language, pgettext
from django.utils.translation import gettext as _

from careloop.core.clock import duration

TONE_ICONS = {
    "ok": "f-circle-check",
    "warn": "f-alert-triangle",
    "bad": "f-alert-octagon",
    "act": "player-play",
    "wait": "f-player-pause",
    "idle": "circle-minus",
}
CLOCK_TONES = {"ample": "ok", "near": "warn", "over": "bad", "paused": "wait", "met": "ok", "missed": "bad"}
PIE = 15.708  # circumference of the pie's inner circle, radius 2.5


def get(value: Any, name: str, default: Any = "") -> Any:
    """A key of a dict or an attribute of a dataclass; None counts as missing."""
    found = value.get(name) if isinstance(value, Mapping) else getattr(value, name, None)
    return default if found is None else found


def escape(value: Any) -> str:
    """Safe HTML stays, everything else is escaped; as Django's own, without its lazy wrapper (five times faster)."""
    return str(value) if hasattr(value, "__html__") else html.escape(str(value))


@lru_cache(maxsize=8)
def static_url(path: str) -> str:
    """The address of a static file, with its content hash. Files do not change while the program runs."""
    return str(staticfiles_storage.url(path))


@lru_cache(maxsize=1024)
def icon(name: str, size: str = "") -> SafeString:
    extra = f" is-{escape(size)}" if size else ""
    return mark_safe(
        f'<svg class="cl-i{extra}" aria-hidden="true"><use href="{static_url("icons.svg")}#i-{escape(name)}"/></svg>'
    )


def labelled(label: str, value: str) -> str:
    """`label: value` with the colon of the language; both are safe HTML already."""
    return _("%(label)s: %(value)s") % {"label": label, "value": value}


def chip(state: Any) -> SafeString:
    """Sign + word + colour. An empty state shows nothing."""
    label = get(state, "label")
    if not label:
        return SafeString("")
    return _chip(escape(label), str(get(state, "tone") or "idle"), str(get(state, "icon")))


@lru_cache(maxsize=2048)
def _chip(label: str, tone: str, sign: str) -> SafeString:
    drawing = icon(sign or TONE_ICONS.get(tone, "circle-minus"))
    return mark_safe(f'<span class="cl-chip is-{escape(tone)}">{drawing}{label}</span>')


def clock_text(value: Any, *, short: bool = False) -> str:
    state, time = get(value, "state"), duration(int(get(value, "minutes", 0)))
    if state == "paused":
        note = get(value, "note")
        return str(_("Paused, %(for)s") % {"for": note} if note else pgettext("clock", "Paused"))
    if short and state in ("ample", "near"):
        return str(_("%(time)s left") % {"time": time})
    texts = {
        "ample": _("Ample, %(time)s left"),
        "near": _("Soon, %(time)s left"),
        "over": _("Overdue by %(time)s") if int(get(value, "minutes", 0)) else pgettext("clock", "Due now"),
        "met": pgettext("clock", "In time"),
        "missed": _("Late by %(time)s"),
    }
    return str(texts.get(state, "") % {"time": time} if state != "met" else texts["met"])


def clock(value: Any, *, short: bool = False) -> SafeString:
    """The clock chip: a pie that fills while working time is used, a word, the time left."""
    state = get(value, "state") if value else ""
    if state not in CLOCK_TONES:
        return SafeString("")
    parts = tuple(str(get(value, name)) for name in ("note", "due", "lead"))
    share = round(float(get(value, "used", 1.0)), 2)
    return _clock(state, int(get(value, "minutes", 0)), share, parts, short, get_language() or "")


@lru_cache(maxsize=4096)
def _clock(
    state: str, minutes: int, used: float, parts: tuple[str, ...], short: bool, language: str
) -> SafeString:  # `language` is part of the key: the words depend on it
    note, due, lead = parts
    title = f' title="{escape(due)}"' if due else ""
    text = clock_text({"state": state, "minutes": minutes, "note": note}, short=short or bool(lead))
    if lead:
        text = _("%(lead)s, %(rest)s") % {"lead": lead, "rest": text}
    return mark_safe(
        f'<span class="cl-chip cl-clock is-{CLOCK_TONES[state]}"{title}>{clock_sign(state, used)}'
        f"<span>{escape(text)}</span></span>"
    )


def clock_sign(state: str, used: float) -> str:
    if state not in ("ample", "near"):
        return icon(TONE_ICONS["ok" if state == "met" else CLOCK_TONES[state]])
    part = max(0.0, min(1.0, float(used))) * PIE
    return (
        '<svg class="cl-pie" viewBox="0 0 16 16" aria-hidden="true"><circle class="t" cx="8" cy="8" r="7"/>'
        f'<circle class="p" cx="8" cy="8" r="2.5" transform="rotate(-90 8 8)" stroke-dasharray="{part:.2f} {PIE}"/>'
        "</svg>"
    )


def grade(value: Any) -> SafeString:
    """A customer's grade. A is filled; the word "grade" is for screen readers."""
    return _grade(str(value), get_language() or "") if value else SafeString("")


@lru_cache(maxsize=64)
def _grade(value: str, language: str) -> SafeString:
    strong = " is-a" if value == "A" else ""
    return format_html('<span class="cl-grade{}">{}<span class="cl-sr"> {}</span></span> ', strong, value, _("grade"))


def plate(value: Any) -> SafeString:
    return mark_safe(f'<span class="cl-plate">{escape(value)}</span>') if value else SafeString("")


def avatar(name: Any, size: str = "") -> SafeString:
    """A person's first character on one of four grounds, always the same for the same name."""
    text = str(name or "").strip()
    return _avatar(text, size) if text else SafeString("")


@lru_cache(maxsize=1024)
def _avatar(text: str, size: str) -> SafeString:
    first = text[0] if not text.isascii() else "".join(part[0] for part in text.split()[:2]).upper()
    ground, large = crc32(text.encode()) % 4, f" is-{size}" if size else ""
    return format_html(
        '<span class="cl-av{}{}" aria-hidden="true">{}</span>', f" is-{ground}" if ground else "", large, first
    )


def kbd(keys: str) -> SafeString:
    """`Ctrl K` as keys, one element each."""
    return SafeString(" ".join(f"<kbd>{escape(key)}</kbd>" for key in str(keys).split()))


def token_of(request: Any) -> str:
    """The CSRF token, masked once per request instead of once per row."""
    if request is None:
        return ""
    if not hasattr(request, "_careloop_token"):
        request._careloop_token = get_token(request)
    return str(request._careloop_token)


def options(pairs: Iterable[tuple[Any, str]]) -> SafeString:
    """The choices of a list that is too long for a loop of a template."""
    return mark_safe("".join(f'<option value="{escape(value)}">{escape(label)}</option>' for value, label in pairs))


def button(value: Any, *, request: Any = None, size: str = "", quiet: bool = False) -> SafeString:
    """BUTTON: a link, a link that opens the sheet, or a one-button form that posts."""
    if not value:
        return SafeString("")
    label, url = escape(get(value, "label")), escape(str(get(value, "url", "#")))
    kind = "btn btn-primary" if get(value, "primary") else "btn btn-danger" if get(value, "danger") else "btn"
    kind += (" btn-ghost" if quiet else "") + (f" btn-{size}" if size else "")
    sign = icon(get(value, "icon")) if get(value, "icon") else ""
    hint = f' title="{escape(get(value, "hint"))}"' if get(value, "hint") else ""
    key = (
        f' data-shortcut="{escape(get(value, "key"))}" aria-keyshortcuts="{escape(get(value, "key"))}"'
        if get(value, "key")
        else ""
    )
    if get(value, "method") == "post":
        token = token_of(request)
        inputs = "".join(
            f'<input type="hidden" name="{escape(name)}" value="{escape(str(text))}">'
            for name, text in dict(get(value, "data", {})).items()
        )
        return mark_safe(
            f'<form method="post" action="{url}"><input type="hidden" name="csrfmiddlewaretoken" value="{token}">'
            f'{inputs}<button class="{kind}"{hint}{key}>{sign}{label}</button></form>'
        )
    sheet = " data-sheet" if get(value, "sheet") else ""
    return mark_safe(f'<a class="{kind}" href="{url}"{sheet}{hint}{key}>{sign}{label}</a>')
