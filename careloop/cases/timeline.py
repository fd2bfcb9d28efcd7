"""Events of requests and promises in words."""

from collections.abc import Callable
from typing import Any

from django.utils.dateparse import parse_datetime
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from careloop.cases.display import CHANNEL_ICONS, long_moment, titled
from careloop.cases.models import Case
from careloop.cases.states import CASE_FLOW, Cause, Channel, FollowUp, Kind, PromiseKind, Result, Urgency
from careloop.core.bulk import field_of
from careloop.core.models import Event

Entry = dict[str, Any]

KINDS = {
    "case.absorb": _l("Duplicate merged in"),
    "case.release": _l("Merge taken back"),
    "case.list_draft": _l("Draft shown to the station"),
    "case.history": _l("Taken over"),
    "standard.change": _l("Draft changed"),
    "guarantee.set": _l("Own guarantee promised"),
}


def _label(enum: Any, value: Any) -> str:
    return str(enum(value).label) if value in enum.values else str(value or "")


def _channel(event: Event) -> str:
    return _label(Channel, event.data.get("channel"))


def _time(event: Event, name: str) -> str:
    value = event.data.get(name)
    return long_moment(parse_datetime(value)) if value else ""


def accepted(event: Event) -> Entry:
    data = event.data
    meta = [_channel(event), _label(Kind, data.get("kind"))]
    if data.get("urgency") in (Urgency.STOPPED, Urgency.REDUCED):
        meta.append(_label(Urgency, data["urgency"]))
    if data.get("standards"):
        meta.append(_("standards %(codes)s") % {"codes": ", ".join(data["standards"]).upper()})
    if data.get("contact") == "unverified":
        meta.append(_("contact not verified"))
    return {"icon": CHANNEL_ICONS.get(data.get("channel"), "inbox"), "tone": "act", "quote": event.text, "meta": meta}


def said(event: Event) -> Entry:
    """What we told the customer."""
    title = _("Answered on the spot") if event.data.get("at_once") else _("Answered the customer")
    meta = [_channel(event)]
    if event.data.get("first") or event.data.get("at_once"):
        meta.append(_("first response"))
    return {"icon": "send", "tone": "ok", "title": title, "quote": event.text, "meta": meta}


def heard(event: Event) -> Entry:
    icon = CHANNEL_ICONS.get(event.data.get("channel"), "message")
    return {
        "icon": icon,
        "tone": "act",
        "title": _("Customer got in touch"),
        "quote": event.text,
        "meta": [_channel(event)],
    }


def noted(event: Event) -> Entry:
    return {
        "icon": "note",
        "tone": "warn",
        "title": _("Internal note"),
        "text": event.text,
        "quote": "",
        "meta": [_("internal")],
    }


def given_to(event: Event) -> Entry:
    before, after = event.data.get("before"), event.data.get("after")
    return {
        "icon": "user-check",
        "changes": [{"label": _("Assigned to"), "before": before, "after": after}],
        "meta": [_("hand-over")] if before else [],
    }


def waiting(event: Event) -> Entry:
    return {
        "icon": "hourglass",
        "tone": "wait",
        "quote": event.text,
        "meta": [_("Repair clock paused; the response clock is not.")],
    }


def went_on(event: Event) -> Entry:
    minutes = event.data.get("paused_minutes", 0)
    return {
        "icon": "player-play",
        "tone": "act",
        "meta": [_("paused %(minutes)s working minutes in all") % {"minutes": minutes}],
    }


def solved(event: Event) -> Entry:
    confirmed = event.data.get("confirmed")
    meta = [_("confirmed by the customer")] if confirmed else [_("not confirmed")] if confirmed is False else []
    knowledge = event.data.get("knowledge")
    meta.append(_("knowledge: %(text)s") % {"text": knowledge if knowledge != "none" else _("none")})
    return {"icon": "check", "tone": "ok", "quote": event.text, "meta": meta}


def closed(event: Event) -> Entry:
    data = event.data
    meta = [
        _label(Result, data.get("result")),
        _label(Cause, data.get("cause")),
        _label(FollowUp, data.get("follow_up")),
        data.get("follow_up_reason", ""),
    ]
    if data.get("extra") == "given":
        meta.append(_("extra: %(text)s, ¥%(cost)s") % {"text": data.get("extra_text"), "cost": data.get("extra_cost")})
    return {"icon": "archive", "tone": "idle", "meta": [part for part in meta if part]}


def converted(event: Event) -> Entry:
    return {"icon": "tool", "tone": "act", "meta": [event.data.get("order", "")]}


def child_ended(event: Event) -> Entry:
    done = event.data.get("done")
    return {
        "icon": "check" if done else "x",
        "tone": "ok" if done else "warn",
        "meta": [event.data.get("order", ""), _("done") if done else _("without a result")],
    }


def merged(event: Event) -> Entry:
    return {"icon": "git-merge", "meta": [_("into %(number)s") % {"number": event.data.get("into", "")}]}


def absorbed(event: Event) -> Entry:
    return {
        "icon": "git-merge",
        "tone": "act",
        "quote": event.text,
        "meta": [event.data.get("number", ""), _channel(event)],
    }


def edited(event: Event) -> Entry:
    before, after = event.data.get("before", {}), event.data.get("after", {})
    return {
        "icon": "edit",
        "changes": [
            {"label": field_label(n), "before": shown(n, before[n]), "after": shown(n, after.get(n))} for n in before
        ],
    }


def field_label(name: str) -> str:
    return str(field_of(Case, name).verbose_name)


def shown(name: str, value: Any) -> str:
    if value in (None, "", "[]"):
        return ""
    if name.endswith("_at") or name in ("stopped_since", "requested_for"):
        return long_moment(parse_datetime(str(value)))
    choices = {"urgency": Urgency, "kind": Kind, "channel": Channel}.get(name)
    return _label(choices, value) if choices else str(value)


def promised(event: Event) -> Entry:
    text = event.data.get("promise") or _label(PromiseKind, event.data.get("kind"))
    tone = {"promise.keep": "ok", "promise.break": "bad", "promise.make_good": "warn", "promise.give": "act"}
    meta = [_("promised for %(time)s") % {"time": _time(event, "due_at")}]
    if event.data.get("renewed_for"):
        meta.append(_("now %(time)s") % {"time": _time(event, "renewed_for")})
    return {
        "icon": "calendar-event",
        "tone": tone.get(event.kind, ""),
        "text": event.data.get("reason", ""),
        "title": titled(_PROMISE_TITLES[event.kind], text),
        "quote": "",
        "meta": meta,
    }


_PROMISE_TITLES: dict[str, Any] = {
    "promise.give": _l("Promise"),
    "promise.keep": _l("Promise kept"),
    "promise.break": _l("Promise broken"),
    "promise.make_good": _l("Promise made good, late"),
    "promise.renew": _l("Promise renewed"),
    "promise.release": _l("Customer released us from a promise"),
    "promise.undo": _l("Promise stands again"),
}


def taken_over(event: Event) -> Entry:
    """A fact of another system, under its own name there."""
    return {
        "icon": "history",
        "title": event.data.get("activity") or _("Taken over"),
        "text": "",
        "quote": event.text,
        "meta": [f"{k}: {v}" for k, v in event.data.get("facts", {}).items()],
        "changes": event.data.get("changes", []),
    }


def levels(event: Event) -> Entry:
    data = event.data
    name = (data.get("level_name_en") if (get_language() or "").startswith("en") else "") or data.get("level_name", "")
    meta = [_("level %(level)s") % {"level": data.get("level", "")}, name, data.get("after", "")]
    if data.get("due_at"):
        meta.append(_("reacts until %(time)s") % {"time": _time(event, "due_at")})
    tone = "warn" if event.kind == "case.escalate_further" else "act"
    return {"icon": "arrow-up-right", "tone": tone, "meta": [part for part in meta if part]}


def taken_back(event: Event) -> Entry:
    """Which step was taken back, by its own name."""
    undone = CASE_FLOW.named(event.data["undone"]).label
    return {"icon": "arrow-back-up", "tone": "warn", "title": titled(_("Step taken back"), undone)}


RENDER: dict[str, Callable[[Event], Entry]] = {
    "case.accept": accepted,
    "case.reply": said,
    "case.hear": heard,
    "case.note": noted,
    "case.assign": given_to,
    "case.take": given_to,
    "case.hand_on": levels,
    "case.escalate": levels,
    "case.escalate_further": levels,
    "case.wait": waiting,
    "case.remind": waiting,
    "case.resume": went_on,
    "case.resume_remote": went_on,
    "case.solve": solved,
    "case.close": closed,
    "case.convert": converted,
    "case.child_finish": child_ended,
    "case.merge": merged,
    "case.absorb": absorbed,
    "case.edit": edited,
    "case.undo": taken_back,
    "case.history": taken_over,
    **dict.fromkeys(_PROMISE_TITLES, promised),
}


def step_entry(action: str) -> Callable[[Event], Entry]:
    """The remaining steps: their icon from the state table."""
    icon = CASE_FLOW.named(action).icon or "point"

    def render(event: Event) -> Entry:
        return {"icon": icon}

    return render


for _step in CASE_FLOW.transitions:
    RENDER.setdefault(f"case.{_step.action}", step_entry(_step.action))
