"""Lists: the table that becomes cards on a phone, its filter bar, the queue of a desk."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, QueryDict
from django.utils.safestring import SafeString, mark_safe  # reason: every value is escaped where it is put in
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from careloop.core.kept import Row
from careloop.web.parts.signs import avatar, button, chip, clock, escape, get, grade, icon, plate

PAGING = ("before", "after", "page")
SCOPE = ("view", "cols", "days")  # which list and how it is shown, not what of it
SEEN, SEEN_ON_PHONE = 6, 3  # filters before “more filters”
NOTHING = '<span class="cl-none" aria-hidden="true">–</span>'

# ---- cells


def _linked(text: str, sub: Any, url: Any, *, strong: bool) -> str:
    more = f'<span class="sub">{escape(sub)}</span>' if sub else ""
    if url:
        css = ' class="row"' if strong else ""
        return (
            f'<a{css} href="{escape(str(url))}">{text}{more}</a>'
            if strong
            else f'<a href="{escape(str(url))}">{text}</a>{more}'
        )
    return f"<b>{text}</b>{more}" if strong else f"{text}{more}"


def _main(value: Any, row: Mapping[str, Any], request: Any) -> str:
    if isinstance(value, Mapping):
        url = value.get("url", row.get("url"))
        return _linked(escape(value.get("text", "")), value.get("sub"), url, strong=True)
    return _linked(escape(value), "", row.get("url"), strong=True)


def _two(value: Any, row: Mapping[str, Any], request: Any) -> str:
    if isinstance(value, Mapping):
        return _linked(escape(value.get("text", "")), value.get("sub"), value.get("url"), strong=False)
    return escape(value)


def _party(value: Any, row: Mapping[str, Any], request: Any) -> str:
    if not isinstance(value, Mapping):
        return escape(value)
    name = escape(value.get("name", ""))
    return grade(value.get("grade")) + _linked(name, value.get("sub"), value.get("url"), strong=False)


def _person(value: Any, row: Mapping[str, Any], request: Any) -> str:
    return f'<span class="cl-r is-gap4">{avatar(value)}<span>{escape(value)}</span></span>'


def _tags(value: Any, row: Mapping[str, Any], request: Any) -> str:
    return " ".join(f'<span class="cl-chip is-tag">{escape(tag)}</span>' for tag in value)


def _bar(value: Any, row: Mapping[str, Any], request: Any) -> str:
    share = max(0.0, min(1.0, float(get(value, "value", 0)))) * 100
    tone = f" is-{escape(get(value, 'tone'))}" if get(value, "tone") else ""
    return (
        f'<span class="cl-num-bar"><svg class="cl-bar{tone}" viewBox="0 0 100 8" preserveAspectRatio="none" '
        'aria-hidden="true">'
        f'<rect width="{share:.1f}" height="8"/></svg><span>{escape(get(value, "text"))}</span></span>'
    )


def _pick(value: Any) -> str:
    """A tick that belongs to the form `bulk`: `{"value", "label"}`."""
    chosen, label = escape(str(get(value, "value"))), escape(str(get(value, "label")))
    tick = '<input class="form-check-input" type="checkbox" name="pick" form="bulk"'
    return f'{tick} value="{chosen}" aria-label="{label}">'


def _money(value: Any, row: Mapping[str, Any], request: Any) -> str:
    return escape(money(value))


Cell = Callable[[Any, Mapping[str, Any], Any], str]
CELLS: dict[str, Cell] = {
    "text": lambda value, row, request: escape(value),
    "time": lambda value, row, request: f'<span class="cl-nowrap">{escape(value)}</span>',
    "num": lambda value, row, request: escape(value),
    "mono": lambda value, row, request: f'<span class="cl-mono">{escape(value)}</span>',
    "money": _money,
    "main": _main,
    "two": _two,
    "link": _two,
    "party": _party,
    "person": _person,
    "state": lambda value, row, request: chip(value),
    "states": lambda value, row, request: " ".join(chip(one) for one in value),
    "clock": lambda value, row, request: clock(value),
    "grade": lambda value, row, request: grade(value),
    "plate": lambda value, row, request: plate(value),
    "tags": _tags,
    "bar": _bar,
    "pick": lambda value, row, request: _pick(value),
    "buttons": lambda value, row, request: "".join(button(one, request=request, size="sm") for one in value),
}
NUMERIC = frozenset({"num", "money"})
SEVERAL = frozenset(CELLS[kind] for kind in ("party", "two", "states", "tags", "buttons"))


def money(value: Any) -> str:
    """`¥1 240.00`; an empty value stays empty. Thousands are set apart by a thin no-break space."""
    if value is None or value == "":
        return ""
    if isinstance(value, str):
        return value
    return f"¥{value:,.2f}".replace(",", "\u202f").replace("¥-", "−¥")


# ---- the table


def shown_columns(
    columns: Sequence[Mapping[str, Any]], query: QueryDict | Mapping[str, str]
) -> list[Mapping[str, Any]]:
    """The columns chosen in the address (`cols=a,b`), or all that are not optional; the first always stays."""
    chosen = {name for name in query.get("cols", "").split(",") if name}
    if not chosen:
        return [column for column in columns if not column.get("optional")]
    return [column for index, column in enumerate(columns) if index == 0 or column["key"] in chosen]


def table(
    columns: Sequence[Mapping[str, Any]],
    rows: Sequence[Mapping[str, Any]],
    *,
    request: Any = None,
    caption: str = "",
    dense: bool = False,
) -> SafeString:
    """The table element. Every cell knows its column's name, so that a phone can show the row as a card."""
    plans = [_plan(column) for column in columns]
    head = "".join(plan.heading for plan in plans)
    body = "".join(_kept_rows(rows, plans, request))
    title = f'<caption class="cl-sr">{escape(caption)}</caption>' if caption else ""
    size = " is-dense" if dense else ""
    return mark_safe(
        f'<table class="table is-cards{size}" data-rows>{title}<thead><tr>{head}</tr></thead>'
        f"<tbody>{body}</tbody></table>"
    )


@dataclass(frozen=True, slots=True)
class Plan:
    """How the cells of one column are made; `empty` is the whole cell without a value."""

    key: str
    render: Cell
    opening: str
    closing: str
    empty: str
    heading: str


def _plan(column: Mapping[str, Any]) -> Plan:
    kind = column.get("kind", "text")
    render = CELLS.get(kind, CELLS["text"])
    classes = ["num"] if kind in NUMERIC or column.get("align") == "right" else []
    if column.get("phone") == "hide":
        classes.append("is-off")
    if column.get("wrap"):
        classes.append("cl-wraps")
    label = escape(str(column.get("label", "")))
    name = "" if kind == "main" or not label else f' data-l="{label}"'
    # On the phone the cell is a flex row: name left, value right.
    inner = ('<div class="v">', "</div>") if name and render in SEVERAL else ("", "")
    return Plan(
        key=column["key"],
        render=render,
        opening=f"<td{_class(classes)}{name}>{inner[0]}",
        closing=f"{inner[1]}</td>",
        empty=f"<td{_class([*classes, 'is-void'])}{name}>{NOTHING}</td>",
        heading=f'<th{_class(c for c in classes if c == "num")} scope="col">{label or _blank()}</th>',
    )


def _blank() -> str:
    word = _("Actions")
    return f'<span class="cl-sr">{escape(word)}</span>'


def _class(names: Any) -> str:
    text = " ".join(names)
    return f' class="{text}"' if text else ""


def _kept_rows(rows: Sequence[Mapping[str, Any]], plans: Sequence[Plan], request: Any) -> Iterator[str]:
    """A row that is kept between requests keeps its HTML too; buttons are made anew, they hold a token."""
    look = (get_language(), *((plan.key, plan.render, plan.opening) for plan in plans))
    may_keep = CELLS["buttons"] not in (plan.render for plan in plans)
    for row in rows:
        if not (may_keep and isinstance(row, Row)):
            yield _row(row, plans, request)
            continue
        made = row.looks.get(look)
        if made is None:
            made = row.looks[look] = _row(row, plans, request)
        yield made


def _row(row: Mapping[str, Any], plans: Sequence[Plan], request: Any) -> str:
    tone = row.get("tone")
    cells = "".join([_cell(row, plan, request) for plan in plans])
    return f"<tr{_class([f'is-{escape(tone)}'] if tone else [])}>{cells}</tr>"


def _cell(row: Mapping[str, Any], plan: Plan, request: Any) -> str:
    value = row.get(plan.key)
    if value is None or value == "" or value == []:
        return plan.empty
    return f"{plan.opening}{plan.render(value, row, request)}{plan.closing}"


# ---- the filter bar


def filter_context(request: HttpRequest, fields: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Fields with their values from the address, the active ones as removable pills, and what must be kept."""
    query = request.GET
    shown = [_field(field, query) for field in fields]
    names = {name for field in shown for name in field["names"]}
    kept = [(k, v) for k, values in query.lists() if k not in names and k not in PAGING for v in values]
    search = next((field for field in shown if field["kind"] == "search"), None)
    others = [field for field in shown if field["kind"] != "search"]
    for place, field in enumerate(others):
        field["fold"] = " is-rare" if place >= SEEN else " is-rare-phone" if place >= SEEN_ON_PHONE else ""
    pills = [
        {"label": field["label"], "text": field["text"], "url": without(query, field["names"])}
        for field in shown
        if field["text"] and field["kind"] != "search"
    ]
    return {
        "search": search,
        "fields": others,
        "folds": "" if len(others) <= SEEN_ON_PHONE else " is-for-phone" if len(others) <= SEEN else " is-for-all",
        "pills": pills,
        "kept": kept,
        "reset_url": without(query, names),
        "is_filtered": bool(pills or (search and search["value"])),
        "query": query.urlencode(),
    }


def _field(field: Mapping[str, Any], query: QueryDict) -> dict[str, Any]:
    kind, name = field.get("kind", "select"), field["name"]
    names = [f"{name}_from", f"{name}_to"] if kind == "range" else [name]
    values = query.getlist(name)
    options = [
        {"value": str(value), "label": label, "on": str(value) in values} for value, label in field.get("options", [])
    ]
    text = ", ".join(str(option["label"]) for option in options if option["on"])
    first, last = query.get(f"{name}_from", ""), query.get(f"{name}_to", "")
    if kind == "range":
        text = f"{first} – {last}" if first or last else ""
    elif kind in ("text", "date", "search"):
        text = values[0] if values else ""
    elif kind == "check":
        text = str(field["label"]) if query.get(name) else ""
    return {
        **field,
        "kind": kind,
        "names": names,
        "options": options,
        "value": values[0] if values else "",
        "from": first,
        "to": last,
        "text": text,
        "id": f"f-{name}",
        "on_url": with_value(query, name, "1"),
        "off_url": without(query, names),
    }


def without(query: QueryDict, names: Any) -> str:
    kept = [(k, v) for k, values in query.lists() if k not in names and k not in PAGING for v in values]
    return "?" + urlencode(kept)


def widened(query: QueryDict) -> str:
    """The address without what narrows the list; empty when nothing does."""
    narrowing = {k for k, values in query.lists() if k not in (*PAGING, *SCOPE) and any(values)}
    return without(query, narrowing) if narrowing else ""


def with_value(query: QueryDict, name: str, value: str) -> str:
    kept = [(k, v) for k, values in query.lists() if k != name and k not in PAGING for v in values]
    return "?" + urlencode([*kept, (name, value)])


# ---- the queue


def queue_row(row: Any, *, request: Any = None, because: str = "") -> SafeString:
    """One duty: when, what, because of what, who, the clock, the one thing to do."""
    css = " is-next" if get(row, "next") else ""
    sub = f"<small>{escape(get(row, 'time_sub'))}</small>" if get(row, "time_sub") else ""
    why = get(row, "why")
    reason = f'<div class="why"><span class="k">{escape(because)}</span>{escape(why)}</div>' if why else ""
    url, title = escape(str(get(row, "url", "#"))), escape(get(row, "title"))
    signs = clock(get(row, "clock", None)) + chip(get(row, "state", None))
    day = " is-day" if get(row, "is_day") else ""
    return mark_safe(
        f'<article class="cl-q-row{css}"><div class="t{day}">{escape(get(row, "time"))}{sub}</div>'
        f'<div class="main"><div class="what"><a href="{url}">{title}</a></div>{reason}</div>'
        f'<div class="who">{_who(row)}</div><div class="clk">{signs}</div>'
        f'<div class="do">{button(get(row, "action", None), request=request)}</div></article>'
    )


def _who(row: Any) -> str:
    name: str = escape(get(row, "who"))
    if get(row, "who_url"):
        name = f'<a href="{escape(str(get(row, "who_url")))}">{name}</a>'
    what = " ".join(part for part in (plate(get(row, "plate")), escape(get(row, "what"))) if part)
    second = f'<div class="cl-clip">{what}</div>' if what else ""
    return f'<div class="cl-clip">{grade(get(row, "grade"))}{name}</div>{second}'


def empty_icon(name: str) -> SafeString:
    return icon(name or "inbox")
