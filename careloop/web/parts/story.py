"""What happened and where it stands: timeline, steps, files."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.utils.safestring import SafeString, mark_safe  # reason: every value is escaped where it is put in
from django.utils.translation import gettext as _

from careloop.web.parts.signs import escape, get, icon, labelled

FILE_ICONS = {"image": "photo", "pdf": "file-type-pdf", "audio": "volume", "video": "video"}


def timeline(events: Iterable[Any]) -> SafeString:
    """Events newest first; a heading for each day. Old and new values stand side by side."""
    parts, day = [], None
    for event in events:
        if get(event, "day") != day:
            day = get(event, "day")
            parts.append(f'<h3 class="cl-tl-d">{escape(day)}</h3>')
        parts.append(_event(event))
    return mark_safe("".join(parts))


def _event(event: Any) -> str:
    tone = f" is-{escape(get(event, 'tone'))}" if get(event, "tone") else ""
    sign = f'<span class="cl-tl-i{tone}">{icon(get(event, "icon") or "point")}</span>'
    title = f"<b>{escape(get(event, 'title'))}</b>"
    if get(event, "url"):
        title = f'<a href="{escape(str(get(event, "url")))}">{title}</a>'
    who = f"<span>{escape(get(event, 'who'))}</span>" if get(event, "who") else ""
    head = f'<div class="h">{title}{who}<time>{escape(get(event, "time"))}</time></div>'
    text = f'<p class="cl-pre">{escape(get(event, "text"))}</p>' if get(event, "text") else ""
    quote = f'<div class="q cl-pre">{escape(get(event, "quote"))}</div>' if get(event, "quote") else ""
    meta = "".join(f"<span>{escape(one)}</span>" for one in get(event, "meta", ()) if one)
    more = f'<div class="m">{meta}</div>' if meta else ""
    changes = _changes(get(event, "changes", ()))
    return (
        f'<article class="cl-tl-e">{sign}<div class="cl-tl-b">{head}{text}{quote}{changes}'
        f"{files(get(event, 'files', ()))}{more}</div></article>"
    )


def _changes(changes: Sequence[Any]) -> str:
    if not changes:
        return ""
    before, after = escape(_("before")), escape(_("after"))
    rows = []
    for change in changes:
        old = escape(get(change, "before")) or "–"
        new = escape(get(change, "after")) or "–"
        removed = f'<del><span class="cl-sr">{before} </span>{old}</del>'
        values = f'{removed} → <ins><span class="cl-sr">{after} </span>{new}</ins>'
        rows.append(f"<div>{labelled(escape(get(change, 'label')), values)}</div>")
    return f'<div class="cl-diff">{"".join(rows)}</div>'


def files(items: Sequence[Any]) -> SafeString:
    """Pictures as pictures, everything else as a line with name and size."""
    pictures = [item for item in items if get(item, "kind") == "image"]
    others = [item for item in items if get(item, "kind") != "image"]
    shown = "".join(_picture(item) for item in pictures)
    lines = "".join(_file(item) for item in others)
    return mark_safe(
        (f'<div class="cl-ph">{shown}</div>' if shown else "") + (f'<ul class="cl-files">{lines}</ul>' if lines else "")
    )


def _picture(item: Any) -> str:
    name, url = escape(str(get(item, "name"))), escape(str(get(item, "url", "#")))
    note = " · ".join(str(part) for part in (get(item, "who"), get(item, "when")) if part)
    caption = escape(get(item, "caption") or get(item, "name"))
    source = escape(str(get(item, "thumb") or get(item, "url")))
    return (
        f'<figure><a href="{url}"><img src="{source}" alt="{name}" loading="lazy"></a>'
        f"<figcaption>{caption}{f'<span>{escape(note)}</span>' if note else ''}</figcaption></figure>"
    )


def _file(item: Any) -> str:
    note = " · ".join(str(part) for part in (get(item, "who"), get(item, "when"), get(item, "size")) if part)
    return (
        f'<li>{icon(FILE_ICONS.get(get(item, "kind"), "file"))}<a href="{escape(str(get(item, "url", "#")))}">'
        f"{escape(get(item, 'name'))}</a><small>{escape(note)}</small></li>"
    )


def steps(items: Sequence[Mapping[str, Any]]) -> SafeString:
    """The path of a record. The state is said in words too, for those who do not see the line."""
    words = {"done": _("done"), "now": _("now"), "skip": _("skipped")}
    parts = []
    for number, item in enumerate(items, start=1):
        state = get(item, "state", "todo")
        mark = icon("check") if state == "done" else icon("minus") if state == "skip" else str(number)
        said = f'<span class="cl-sr"> {escape(words[state])}</span>' if state in words else ""
        lines = "<br>".join(escape(line) for line in get(item, "lines", ()))
        current = ' aria-current="step"' if state == "now" else ""
        parts.append(
            f'<li class="cl-step is-{escape(state)}"{current}><div class="k"><span class="o">{mark}</span></div>'
            f"<b>{escape(get(item, 'label'))}{said}</b><p>{lines}</p></li>"
        )
    return mark_safe(f'<ol class="cl-steps">{"".join(parts)}</ol>')
