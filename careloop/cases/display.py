"""How requests look: states as signs, clocks, list rows as plain dicts. One function for page, export and API rows."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

from django.urls import NoReverseMatch, reverse
from django.utils import formats, timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from careloop.assets import queries as assets
from careloop.cases.services.common import url_of
from careloop.cases.states import (
    CaseState,
    Channel,
    Kind,
    PromiseState,
    Urgency,
)
from careloop.core import calendar
from careloop.core.clock import Clock, clock_of
from careloop.core.kept import KeptRows, Row
from careloop.core.prepared import Unread
from careloop.measures.working_time import WorkingTime
from careloop.staff.models import Station

State = dict[str, str]

TONES = {
    CaseState.DRAFT: ("wait", "pencil"),
    CaseState.ACCEPTED: ("act", "inbox"),
    CaseState.WAITING: ("wait", ""),
    CaseState.REMOTE: ("act", "device-desktop"),
    CaseState.CONVERTED: ("act", "tool"),
    CaseState.SOLVED: ("ok", ""),
    CaseState.CLOSED: ("idle", "archive"),
    CaseState.CANCELLED: ("idle", "ban"),
    CaseState.MERGED: ("idle", "git-merge"),
}
URGENCY_TONES = {Urgency.STOPPED: "bad", Urgency.REDUCED: "warn", Urgency.NONE: "idle"}
PROMISE_TONES = {
    PromiseState.OPEN: "act",
    PromiseState.KEPT: "ok",
    PromiseState.BROKEN: "bad",
    PromiseState.MADE_GOOD: "warn",
    PromiseState.RENEWED: "idle",
    PromiseState.RELEASED: "idle",
}
CHANNEL_ICONS = {
    Channel.PHONE: "phone",
    Channel.SMS: "device-mobile",
    Channel.EMAIL: "mail",
    Channel.CHAT: "message-circle",
    Channel.LETTER: "mail-opened",
    Channel.FACE: "user",
}


def state_chip(state: str) -> State:
    tone, icon = TONES[CaseState(state)]
    return {"label": str(CaseState(state).label), "tone": tone, **({"icon": icon} if icon else {})}


def urgency_chip(urgency: str, *, is_safety: bool = False) -> State:
    """Nothing for a request without effect on production: a sign on every row says nothing."""
    if is_safety:
        return {"label": _("safety"), "tone": "bad", "icon": "f-alert-octagon"}
    if urgency == Urgency.NONE or not urgency:
        return {}
    return {"label": str(Urgency(urgency).label), "tone": URGENCY_TONES[Urgency(urgency)]}


def promise_chip(state: str) -> State:
    return {"label": str(PromiseState(state).label), "tone": PROMISE_TONES[PromiseState(state)]}


def asset_label(row: Mapping[str, Any], prefix: str = "asset__") -> str:
    """`苏E·7K21Q 远途 R5` for a vehicle, `GY-160 · 24A-0317` for a machine; empty without one."""
    if not row.get(f"{prefix}kind"):
        return ""
    brand, name = row.get(f"{prefix}model__brand") or "", row.get(f"{prefix}model__name") or ""
    return assets.label_from(
        kind=row[f"{prefix}kind"],
        plate=row[f"{prefix}plate"],
        vin=row[f"{prefix}vin"],
        model=f"{brand} {name}".strip() or row[f"{prefix}model_text"],
        serial_no=row[f"{prefix}serial_no"],
        name=row[f"{prefix}name"],
        code=row[f"{prefix}code"],
    )


def titled(name: Any, text: Any) -> str:
    """`回电：电源报警`: what kind, and what about."""
    return _("%(name)s: %(text)s") % {"name": name, "text": text}


def moment(value: dt.datetime | None, now: dt.datetime) -> str:
    """`14:30` today, `11月18日 14:30` this year, with the year before that."""
    if value is None:
        return ""
    return _moment(timezone.localtime(value), timezone.localtime(now).date(), get_language() or "")


@lru_cache(maxsize=8192)
def _moment(local: dt.datetime, today: dt.date, language: str) -> str:
    if local.date() == today:
        return local.strftime("%H:%M")
    day = formats.date_format(local, "MONTH_DAY_FORMAT" if local.year == today.year else "DATE_FORMAT")
    return f"{day} {local:%H:%M}"


def long_moment(value: dt.datetime | None) -> str:
    """`2026年11月19日 14:30`."""
    if value is None:
        return ""
    local = timezone.localtime(value)
    return f"{formats.date_format(local, 'DATE_FORMAT')} {local:%H:%M}"


def working_times(stations: list[Station]) -> dict[int, WorkingTime]:
    return {station.pk: calendar.working_time(station.calendar) for station in stations}


def clock_words() -> dict[str, str]:
    """Looked up once for a list."""
    return {
        "response": _("First response"),
        "promise": _("Promise"),
        "resolution": _("Resolution"),
        "customer": _("waits for the customer"),
    }


@dataclass(frozen=True, slots=True)
class Due:
    """What is owed next: `kind` is response, promise or resolution."""

    kind: str
    at: dt.datetime


def next_due(row: Mapping[str, Any]) -> Due | None:
    """The first thing owed to the customer; the resolution does not run while one waits for him."""
    state = row["state"]
    found = []
    if row["responded_at"] is None and row["response_due_at"] is not None:
        found.append(Due("response", row["response_due_at"]))
    if row["promise_at"] is not None:
        found.append(Due("promise", row["promise_at"]))
    if row["resolution_due_at"] is not None and row["resolved_at"] is None and state != CaseState.WAITING:
        found.append(Due("resolution", row["resolution_due_at"]))
    return min(found, key=lambda due: due.at, default=None)


def row_clock(
    row: Mapping[str, Any], *, now: dt.datetime, hours: WorkingTime | None, words: Mapping[str, str]
) -> Clock | None:
    """The clock of a list row: what is owed next, or how it ended."""
    state = row["state"]
    if state in (CaseState.CLOSED, CaseState.SOLVED) and row["is_sla_kept"] is not None:
        return Clock("met" if row["is_sla_kept"] else "missed", 0, 1.0)
    if state not in (CaseState.ACCEPTED, CaseState.REMOTE, CaseState.CONVERTED, CaseState.WAITING):
        return None
    due = next_due(row)
    if due is None:
        return Clock("paused", 0, 1.0, note=words["customer"]) if state == CaseState.WAITING else None
    if state == CaseState.WAITING and due.kind != "response" and due.at > now:
        return Clock("paused", 0, 1.0, note=words["customer"], due=moment(due.at, now))
    return clock_of(due.at, row["received_at"], now=now, calendar=hours, lead=words[due.kind])


_rows = KeptRows()


class Words:
    """What the rows of a list say, in one language."""

    def __init__(self) -> None:
        self.clock = clock_words()
        self.states = {str(state): state_chip(state) for state in CaseState}
        self.urgencies = {str(urgency): urgency_chip(urgency) for urgency in Urgency}
        self.safety = urgency_chip(Urgency.STOPPED, is_safety=True)
        self.kinds = {str(kind): str(kind.label) for kind in Kind}
        self.channels = {str(channel): str(channel.label) for channel in Channel}
        self.customers = _prefix("customers:detail")
        self.pick = _("Tick %(number)s")

    @classmethod
    @cache
    def of(cls, language: str) -> "Words":
        """Those of the language that is active now, `language`."""
        return cls()


class Rows:
    """Turns rows of `queries.case_list` into rows of the list. Labels are looked up once, not for each row."""

    def __init__(self, *, now: dt.datetime, hours: Mapping[int, WorkingTime]):
        self.now = now
        self.hours = hours
        # Clocks count whole minutes; a calendar is one object per pattern of hours.
        self.scope = (int(now.timestamp()) // 60, get_language(), *hours.items())
        self.words = Words.of(get_language() or "")

    def __call__(self, row: dict[str, Any] | Unread[dict[str, Any]]) -> Row:
        if isinstance(row, Unread):
            return _rows.get((self.scope, row.key), lambda: self._prepare(row.read()))
        return _rows.get((self.scope, tuple(row.values())), lambda: self._prepare(row))

    def _prepare(self, row: dict[str, Any]) -> dict[str, Any]:
        clock = row_clock(row, now=self.now, hours=self.hours.get(row["station_id"]), words=self.words.clock)
        code = row["customer__code"]
        asset = asset_label(row)
        return {
            "id": row["id"],
            "url": url_of(row["number"]),
            "number": row["number"],
            "pick": {"value": row["number"], "label": self.words.pick % {"number": row["number"]}},
            "title": {"text": row["title"], "sub": f"{row['number']} · {self.words.kinds[row['kind']]}"},
            "customer": {
                "name": row["customer__name"] or "",
                "url": f"{self.words.customers}{code}/" if code and self.words.customers else "",
                "grade": row["customer__grade"] or "",
                "sub": asset,
            },
            "state": self._signs(row),
            "clock": clock,
            "assignee": row["assignee__name"] or "",
            "received": moment(row["received_at"], self.now),
            "channel": self.words.channels[row["channel"]],
            "station": row["station__name"],
            "kind": self.words.kinds[row["kind"]],
            "promise": moment(row["promise_at"], self.now),
            "tone": "bad" if clock is not None and clock.state == "over" else "",
        }

    def _signs(self, row: Mapping[str, Any]) -> list[State]:
        """The state, and beside it the urgency where there is some and the request is open."""
        found = [self.words.states[row["state"]]]
        urgency = self.words.urgencies[row["urgency"]] if not row["is_safety"] else self.words.safety
        if urgency and row["state"] not in (CaseState.CLOSED, CaseState.CANCELLED, CaseState.MERGED):
            found.append(urgency)
        return found


def _prefix(name: str) -> str:
    """Path of a detail page without its last part; empty while that app has no pages."""
    try:
        return reverse(name, args=["X-1"]).removesuffix("X-1/")
    except NoReverseMatch:
        return ""


def customer_url(code: str) -> str:
    prefix = _prefix("customers:detail")
    return f"{prefix}{code}/" if prefix and code else ""


def asset_url(code: str) -> str:
    prefix = _prefix("assets:detail")
    return f"{prefix}{code}/" if prefix and code else ""


def reading_words(readings: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Readings for page and paper: value, unit, and the mark in words."""
    marks = {
        "low": {"label": _("below range"), "tone": "bad"},
        "high": {"label": _("above range"), "tone": "bad"},
        "deviates": {"label": _("differs from acceptance"), "tone": "warn"},
    }
    return [
        {
            "label": row.get("label") or row.get("key"),
            "value": f"{row.get('value')} {row.get('unit')}",
            "entered": row.get("entered", ""),
            "state": marks.get(str(row.get("mark")), {}),
        }
        for row in readings
    ]
