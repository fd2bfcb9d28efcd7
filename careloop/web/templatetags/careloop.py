"""The components as template tags. Builtin: no template loads them.

Shapes are documented in templates/components/*.html and shown living on /styleguide/. Values are plain dicts or
dataclasses of words that are ready to read.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import count
from typing import Any, cast

from django import template
from django.forms import BaseForm, BoundField
from django.template import Context
from django.urls import NoReverseMatch, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe  # reason: wraps what the parts have escaped
from django.utils.translation import gettext as _

from careloop.accounts import queries as accounts
from careloop.accounts.roles import role_label
from careloop.core.clock import duration
from careloop.core.words import listed
from careloop.web.context import part as frame_component
from careloop.web.navigation import counted
from careloop.web.parts import fields, figures, lists, signs, story
from careloop.web.parts.signs import get

register = template.Library()
Shape = dict[str, Any]


def request_of(context: Context) -> Any:
    return context.get("request")


def unique(context: Context, prefix: str) -> str:
    """An id that no other component of this rendering has."""
    store = cast(dict[str, Any], context.render_context.dicts[0])
    counter: Iterator[int] = store.setdefault("careloop_ids", count(1))
    return f"{prefix}-{next(counter)}"


# ---- small signs

register.simple_tag(signs.icon, name="icon")
register.simple_tag(signs.grade, name="grade")
register.simple_tag(signs.plate, name="plate")
register.simple_tag(signs.avatar, name="avatar")
register.simple_tag(signs.kbd, name="kbd")
register.filter("money", lists.money)
register.filter("options", signs.options)
register.filter("hm", lambda minutes: duration(int(minutes)) if minutes not in (None, "") else "")


@register.simple_tag
def chip(state: Any = None, *, label: str = "", tone: str = "idle", icon: str = "") -> SafeString:
    return signs.chip(state if state is not None else {"label": label, "tone": tone, "icon": icon})


@register.simple_tag
def clock(value: Any, *, short: bool = False) -> SafeString:
    return signs.clock(value, short=short)


@register.simple_tag(takes_context=True)
def button(context: Context, value: Any, *, size: str = "", quiet: bool = False) -> SafeString:
    return signs.button(value, request=request_of(context), size=size, quiet=quiet)


@register.simple_tag
def url_or_none(name: str, *args: Any) -> str:
    """The address of a URL name, or '' while there is no such page."""
    try:
        return reverse(name, args=args)
    except NoReverseMatch:
        return ""


@register.simple_tag(takes_context=True)
def whom_to_ask(context: Context, error: Any) -> Shape:
    """Behind a refusal for want of a right: the roles that have it, and the people who give roles. For staff only."""
    request = request_of(context)
    right = getattr(error, "right", "")
    if not right or request is None or not request.user.is_authenticated:
        return {}
    found = accounts.roles_with(right)
    return {
        "roles": listed(role_label(role.code, role.name) for role in found),
        "people": listed(str(user) for user in accounts.people_with("accounts.manage_roles")),
    }


@register.simple_tag(takes_context=True)
def nav_count(context: Context, key: str) -> SafeString:
    """The counter of a navigation item; red and said in words when something is late."""
    number, is_late = counted(context.get("nav_counts") or {}).get(key, (0, False))
    late = format_html('<span class="cl-sr"> {}</span>', _("something is late")) if is_late else ""
    return format_html(
        '<span class="n{}" data-count="{}">{}{}</span>', " is-bad" if is_late else "", key, number or "", late
    )


# ---- the frame


@register.simple_tag(takes_context=True)
def frame_part(context: Context, name: str) -> SafeString:
    """A part of the frame: navigation, top bar, dialogs. Rendered once per person and place, then kept."""
    counts = context.get("nav_counts")
    extra = {"nav_counts": counts} if counts and name == "frame_start" else {}
    own = context.get("frame") if name.startswith("frame_") else None
    return frame_component(name, own, request_of(context), extra)


# ---- building a page


@register.simple_tag(takes_context=True)
def page_head(
    context: Context,
    *,
    title: Any,
    subtitle: Any = "",
    crumbs: Sequence[Any] = (),
    actions: Sequence[Any] = (),
    state: Any = None,
) -> SafeString:
    request = request_of(context)
    shape = {
        "title": title,
        "subtitle": subtitle,
        "crumbs": crumbs,
        "actions": [signs.button(action, request=request) for action in actions],
        "state": state,
    }
    return frame_component("page_head", None, request, shape, is_kept=not any(posts(action) for action in actions))


def posts(value: Any) -> bool:
    """Whether the button is a form, with the token of this one request."""
    return bool(get(value, "method") == "post")


@register.inclusion_tag("components/record_head.html", takes_context=True)
def record_head(context: Context, r: Any) -> Shape:
    return {"r": r, "request": request_of(context)}


@register.simple_tag
def tabs(views: Sequence[Any], *, label: Any = "") -> SafeString:
    return frame_component("tabs", None, None, {"views": views, "label": label})


@register.simple_tag(takes_context=True)
def filters(
    context: Context,
    fields: Sequence[Mapping[str, Any]],
    *,
    saved: Sequence[Any] = (),
    columns: Sequence[Mapping[str, Any]] = (),
    export: Sequence[Any] = (),
) -> SafeString:
    """The filter bar; kept with the parts of the frame while nothing is asked for but a saved view or a page."""
    request = request_of(context)

    def shape() -> Shape:
        shown = {column["key"] for column in lists.shown_columns(columns, request.GET)} if columns else set()
        return {
            **lists.filter_context(request, fields),
            "saved": saved,
            "columns": [{**column, "on": column["key"] in shown} for column in columns[1:]],
            "first_column": columns[0]["key"] if columns else "",
            "export": export,
            "path": request.path,
        }

    given = (request.path, request.GET.urlencode(), fields, saved, columns, export)
    return frame_component("filters", None, request, shape, given=given, is_kept=not lists.widened(request.GET))


@register.inclusion_tag("components/listing.html", takes_context=True)
def listing(
    context: Context,
    columns: Sequence[Mapping[str, Any]],
    page: Any,
    *,
    empty: Any = None,
    caption: Any = "",
    dense: bool = False,
) -> Shape:
    request = request_of(context)
    rows = page if isinstance(page, list | tuple) else get(page, "rows", [])
    shown = lists.shown_columns(columns, request.GET if request is not None else {})
    made = lists.table(shown, rows, request=request, caption=str(caption), dense=dense) if rows else ""
    paged = not isinstance(page, list | tuple)
    widened = lists.widened(request.GET) if paged and not rows and request is not None else ""
    reset = {"label": _("Clear the filter"), "url": widened, "icon": "x"}
    return {
        "table": made,
        "pager": _pager(get(page, "newer", None), get(page, "older", None), len(rows)) if paged else "",
        "empty": {"action": reset} if widened else {"title": empty} if isinstance(empty, str) else empty or {},
        "request": request,
    }


def _pager(newer: str | None, older: str | None, number: int) -> SafeString:
    if not newer and not older:
        return SafeString("")
    return frame_component("pager", None, None, {"newer": newer, "older": older, "number": number})


@register.inclusion_tag("components/queue.html", takes_context=True)
def queue(context: Context, groups: Sequence[Mapping[str, Any]], *, label: Any = "") -> Shape:
    request, because = request_of(context), _("because")
    shown = [
        {
            **group,
            "html": mark_safe("".join(lists.queue_row(row, request=request, because=because) for row in group["rows"])),
        }
        for group in groups
    ]
    return {"groups": shown, "label": label or _("What is due")}


@register.inclusion_tag("components/facts.html")
def facts(items: Sequence[Any]) -> Shape:
    return {"facts": items}


@register.inclusion_tag("components/kv.html")
def kv(pairs: Iterable[Any]) -> Shape:
    return {
        "rows": [{"label": pair[0], "value": pair[1]} if isinstance(pair, tuple | list) else pair for pair in pairs]
    }


@register.simple_tag
def steps(items: Sequence[Any]) -> SafeString:
    return story.steps(items)


@register.inclusion_tag("components/timeline.html")
def timeline(events: Sequence[Any], *, older: Any = None) -> Shape:
    return {"html": story.timeline(events), "older": older, "is_empty": not events}


@register.inclusion_tag("components/action_bar.html", takes_context=True)
def action_bar(context: Context, options: Sequence[Any], url_name: str = "", key: Any = None) -> Shape:
    """Buttons from the state table: allowed ones open their form or post, refused ones stay with the reason."""
    shown = [step_button(option, url_name, key) for option in options]
    allowed = [option for option in shown if option["allowed"]]
    main = next((option for option in allowed if option["primary"]), allowed[0] if allowed else None)
    waits = any(option["primary"] for option in shown if not option["allowed"])
    return {
        "main": main,
        "is_filled": main is not None and (main["primary"] or not waits),  # never lead to a side step instead
        "others": [option for option in allowed if option is not main],
        "refused": [{**o, "id": unique(context, "why")} for o in shown if not o["allowed"]],
        "request": request_of(context),
        "csrf_token": context.get("csrf_token"),
    }


def step_button(option: Any, url_name: str, key: Any) -> Shape:
    name, opens = get(option, "action"), get(option, "opens")
    url = get(option, "url")
    if not url:
        url = reverse(opens, args=[key]) if opens else reverse(url_name, args=[key, name]) if url_name else "#"
    needs_input = bool(get(option, "needs_input") or get(option, "form"))
    return {
        "label": get(option, "label"),
        "icon": get(option, "icon"),
        "hint": get(option, "hint"),
        "allowed": bool(get(option, "allowed", True)),
        "refusal": get(option, "refusal"),
        "primary": bool(get(option, "is_primary") or get(option, "primary")),
        "danger": bool(get(option, "is_danger") or get(option, "danger")),
        "url": url,
        "sheet": needs_input and not opens,
        "method": "" if needs_input or opens else "post",
    }


# ---- blocks


@register.simple_block_tag
def card(
    content: str,
    title: Any = "",
    *,
    note: Any = "",
    link: str = "",
    link_label: Any = "",
    flush: bool = False,
    level: int = 2,
) -> str:
    head = ""
    if title:
        small = format_html("<small>{}</small>", note) if note else ""
        more = format_html('<a class="cl-right cl-12" href="{}">{}</a>', link, link_label) if link else ""
        head = format_html(
            '<div class="card-header"><h{} class="card-title">{}</h{}>{}{}</div>', level, title, level, small, more
        )
    body = content if flush else format_html('<div class="card-body">{}</div>', content)
    return format_html('<section class="card">{}{}</section>', head, body)


@register.simple_block_tag
def note(content: str, tone: str = "idle", *, title: Any = "", icon: str = "") -> str:
    sign = signs.icon(
        icon or {**signs.TONE_ICONS, "idle": "info-circle", "act": "info-circle"}.get(tone, "info-circle")
    )
    head = format_html('<div class="b">{}</div>', title) if title else ""
    return format_html(
        '<div class="cl-note is-{}">{}<div>{}{}</div></div>', tone, sign, head, content.strip() and mark_safe(content)
    )


@register.simple_block_tag
def fieldset(content: str, title: Any, *, note: Any = "") -> str:
    small = format_html(" <small>{}</small>", note) if note else ""
    return format_html(
        '<fieldset class="cl-fset"><legend>{}{}</legend><div class="cl-fields">{}</div></fieldset>',
        title,
        small,
        content,
    )


@register.simple_block_tag(takes_context=True)
def popover(
    context: Context, content: str, label: Any, *, icon: str = "info-circle", text: bool = False, side: str = "start"
) -> str:
    """A round button (or, with `text`, a quiet one with words) that shows its content beside it."""
    ident = unique(context, "pop")
    opener = format_html('type="button" popovertarget="{}" aria-expanded="false"', ident)
    sign = signs.icon(icon)
    if text:
        shown = format_html('<button class="btn btn-ghost btn-sm" {}>{}{}</button>', opener, sign, label)
    else:
        shown = format_html('<button class="cl-tip" {} aria-label="{}">{}</button>', opener, label, sign)
    return format_html('{}<div class="cl-pop" popover id="{}" data-side="{}">{}</div>', shown, ident, side, content)


@register.inclusion_tag("components/empty.html", takes_context=True)
def empty(context: Context, *, title: Any, text: Any = "", icon: str = "inbox", action: Any = None) -> Shape:
    return {"title": title, "text": text, "icon": icon, "action": action, "request": request_of(context)}


@register.inclusion_tag("components/skeleton.html")
def skeleton(rows: int = 3) -> Shape:
    return {"rows": range(int(rows))}


# ---- forms


@register.simple_tag
def field(bound: BoundField, *, hint: str = "", label: str = "", half: bool = False) -> SafeString:
    return fields.field(bound, hint=hint, label=label, half=half)


@register.simple_tag
def form_errors(form: BaseForm) -> SafeString:
    return fields.errors(form)


@register.inclusion_tag("components/form.html", takes_context=True)
def form(
    context: Context, form: BaseForm, *, submit: Any = "", cancel: str = "", action: str = "", key: str = ""
) -> Shape:
    return {
        "form": form,
        "groups": fields.grouped(form),
        "submit": submit or _("Save"),
        "cancel": cancel,
        "action": action,
        "key": key,
        "request": request_of(context),
        "csrf_token": context.get("csrf_token"),
    }


@register.inclusion_tag("components/form_fields.html")
def form_fields(form: BaseForm) -> Shape:
    """All fields of a form in the groups of its `layout`, without the form element."""
    return {"groups": fields.grouped(form)}


@register.inclusion_tag("components/form_buttons.html")
def form_buttons(*, submit: Any = "", cancel: str = "", icon: str = "", danger: bool = False) -> Shape:
    return {"submit": submit or _("Save"), "cancel": cancel, "icon": icon, "danger": danger}


@register.inclusion_tag("components/draft.html")
def draft_bar() -> Shape:
    return {}


@register.inclusion_tag("components/signature.html")
def signature(bound: BoundField, *, code: BoundField | None = None) -> Shape:
    return {"bound": bound, "code": code, "value": bound.value() or ""}


# ---- figures, charts, files


@register.inclusion_tag("components/figure.html", takes_context=True)
def figure(context: Context, f: Any, *, large: bool = False) -> Shape:
    whisk = get(f, "whisker", None)
    return {
        "f": f,
        "large": large,
        "whisker": figures.whisker(whisk) if whisk else "",
        "pop": unique(context, "def") if get(f, "definition") else "",
    }


@register.inclusion_tag("components/chart.html", takes_context=True)
def chart(context: Context, c: Mapping[str, Any]) -> Shape:
    shape = figures.chart_table(c)
    ident = str(c.get("id") or unique(context, "chart"))
    made = lists.table(shape["columns"], shape["rows"], caption=str(c.get("title", "")), dense=True)
    return {
        "c": c,
        "data_id": f"{ident}-data",
        "json": figures.json_block(f"{ident}-data", figures.chart_data(c)),
        "table": made,
    }


@register.simple_tag
def attachments(files: Sequence[Any]) -> SafeString:
    return story.files(files)


@register.inclusion_tag("components/uploader.html", takes_context=True)
def uploader(
    context: Context,
    url: str,
    *,
    accept: str = "",
    max_mib: int = 50,
    multiple: bool = True,
    field: str = "file",
    target: str = "",
) -> Shape:
    return {
        "url": url, "accept": accept, "max_mib": max_mib, "multiple": multiple, "field": field, "target": target,
        "id": unique(context, "file"), "csrf_token": context.get("csrf_token"),
    }  # fmt: skip


# ---- paper


@register.simple_tag
def sign_boxes(*labels: Any) -> SafeString:
    """Boxes to sign on paper, each with its role and a place for the date."""
    day = _("Date")
    boxes = "".join(
        format_html('<div class="cl-p-sign"><span>{}</span><i></i><small>{}</small></div>', label, day)
        for label in labels
    )
    return mark_safe(f'<div class="cl-p-signs">{boxes}</div>')
