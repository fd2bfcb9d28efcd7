"""The timeline as people read it: events of a customer, a machine or a record, newest first, in words.

An app that has more to say than “who took which step” registers a renderer for its kinds in `AppConfig.ready`.
"""

import datetime as dt
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from django.utils import formats, timezone
from django.utils.translation import gettext_lazy, pgettext

from careloop.core import flow
from careloop.core.actor import Actor
from careloop.core.address import number_of
from careloop.core.http import Request
from careloop.core.models import Event

Entry = dict[str, Any]
Renderer = Callable[[Event], Entry]

RENDERERS: dict[str, Renderer] = {
    "file.add": lambda event: {"icon": "paperclip", "text": str(event.data.get("name", ""))},
}
KIND_LABELS: dict[str, Any] = {"file.add": gettext_lazy("File added"), "file.remove": gettext_lazy("File removed")}
PAGE = 30


def register(renderers: Mapping[str, Renderer]) -> None:
    """`kind → function(event) → {icon, tone, title, text, quote, meta, url, changes}`; what is missing is derived."""
    RENDERERS.update(renderers)


def name_kinds(labels: Mapping[str, Any]) -> None:
    """Titles for kinds that are no step of a state table, e.g. `customer.note`."""
    KIND_LABELS.update(labels)


def of(
    actor: Actor,
    *,
    customer_id: int | None = None,
    asset_id: int | None = None,
    subject: tuple[str, int] | None = None,
    before: int | None = None,
    limit: int = PAGE,
) -> list[Event]:
    """What the actor may see, newest first; ask for one more than you show to know whether there is more."""
    rows = Event.objects.visible_to(actor)
    if customer_id is not None:
        rows = rows.filter(customer_id=customer_id)
    if asset_id is not None:
        rows = rows.filter(asset_id=asset_id)
    if subject is not None:
        rows = rows.filter(subject_type=subject[0], subject_id=subject[1])
    if before is not None:
        last = rows.filter(pk=before).values_list("at", flat=True).first()
        if last is not None:
            rows = rows.filter(at__lte=last).exclude(at=last, pk__gte=before)
    return list(rows.order_by("-at", "-pk")[:limit])


def page(request: Request, *, url: str = "", limit: int = PAGE, **which: Any) -> tuple[list[Event], str]:
    """The part of the timeline before `?before=` (`which` as in `of`), and the address of the part that follows it."""
    found = of(request.actor, limit=limit + 1, before=number_of(request.GET.get("before", "")), **which)
    return found[:limit], f"{url}?before={found[limit - 1].pk}" if len(found) > limit else ""


def shown(events: Iterable[Event], *, now: dt.datetime) -> list[Entry]:
    """Events as the component `timeline` takes them."""
    today = timezone.localdate(now)
    return [_entry(event, today) for event in events]


def _entry(event: Event, today: dt.date) -> Entry:
    local = timezone.localtime(event.at)
    own = RENDERERS[event.kind](event) if event.kind in RENDERERS else {}
    base: Entry = {
        "id": event.pk,
        "day": day_label(local.date(), today),
        "time": local.strftime("%H:%M"),
        "icon": "point",
        "tone": "",
        "title": title_of(event.kind),
        "who": event.actor_name,
        "text": str(event.data.get("reason", "")),
        "quote": event.text,
        "meta": [event.subject_label] if event.subject_label else [],
    }
    return {**base, **own}


def title_of(kind: str) -> str:
    """The label of the step in its state table, or the registered title."""
    if kind in KIND_LABELS:
        return str(KIND_LABELS[kind])
    entity, _dot, action = kind.partition(".")
    for table in flow.REGISTRY:
        if table.entity == entity:
            for step in table.transitions:
                if step.action == action:
                    return str(step.label)
    return kind


def day_label(day: dt.date, today: dt.date) -> str:
    if day == today:
        return pgettext("day", "Today")
    if day == today - dt.timedelta(days=1):
        return pgettext("day", "Yesterday")
    text = formats.date_format(day, "MONTH_DAY_FORMAT" if day.year == today.year else "DATE_FORMAT")
    return str(text)


NOTHING_YET = gettext_lazy("Nothing has happened yet.")
