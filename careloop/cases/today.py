"""What requests ask of a person today: first answers, promises, reminders, unclaimed ones, forgotten drafts.

Two queries. Every row names the source of its due time: the standard, the promise, the question that was asked.
"""

import datetime as dt
from collections.abc import Iterator, Mapping
from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from careloop.assets import queries as assets
from careloop.assets import rules
from careloop.cases import escalations, queries
from careloop.cases.display import asset_label, customer_url, long_moment, moment, titled
from careloop.cases.models import Promise
from careloop.cases.services.common import url_of
from careloop.cases.states import CaseState, Kind, PromiseKind, PromiseState, Urgency
from careloop.core import calendar
from careloop.core.actor import Actor
from careloop.core.clock import clock_of
from careloop.core.today import Duty

REMIND_AFTER_DAYS = 3
PROPOSE_CLOSING_AFTER_DAYS = 10
ICONS = {PromiseKind.CALL_BACK: "phone", PromiseKind.VISIT: "map-pin", PromiseKind.REPAIR: "tool"}


def due(actor: Actor, *, now: dt.datetime, limit: int = 100) -> list[Duty]:
    """Duties of the actor; empty for those who do not work on requests."""
    if not actor.may("cases.work_case") or actor.person_id is None:
        return []
    promises = queries.open_promises(actor, limit=limit)
    promised = {promise.case.number for promise in promises}
    found = [_promise(promise, now) for promise in promises if not _is_unclaimed_first_word(promise)]
    for row in queries.open_for_duties(actor, limit=limit):
        found += _from_case(row, actor, now=now, is_promised=row["number"] in promised)
    return sorted(found, key=lambda duty: duty.due_at)[:limit]


def _common(row: Mapping[str, Any]) -> dict[str, Any]:
    url = url_of(row["number"])
    is_vehicle = row["asset__kind"] == "vehicle" and bool(row["asset__plate"])
    return {
        "url": url,
        "customer_name": row["customer__name"] or "",
        "customer_url": customer_url(row["customer__code"] or ""),
        "grade": row["customer__grade"] or "",
        "object_label": rules.show_plate(row["asset__plate"]) if is_vehicle else asset_label(row),
        "is_plate": is_vehicle,
    }


def _from_case(row: Mapping[str, Any], actor: Actor, *, now: dt.datetime, is_promised: bool) -> Iterator[Duty]:
    if row["state"] == CaseState.DRAFT:
        yield _draft(row, actor, now)
        return
    if row["escalation_due_at"] is not None and row["state"] in escalations.OPEN:
        if row["is_asked"] and row["escalated_by_id"] != actor.person_id:
            yield _escalated(row, now)
        return
    if row["assignee_id"] is None:
        yield _unclaimed(row, now)
        return
    if row["responded_at"] is None and row["response_due_at"] is not None and not is_promised:
        yield _response(row, now)
    if row["state"] == CaseState.WAITING:
        yield _waiting(row, now)
    elif row["state"] == CaseState.SOLVED:
        yield _to_close(row, now)
    elif row["resolution_due_at"] is not None and row["responded_at"] is not None:
        yield _resolution(row, now)


def _response(row: Mapping[str, Any], now: dt.datetime) -> Duty:
    clock = clock_of(row["response_due_at"], row["received_at"], now=now, calendar=calendar.working_time_in(row))
    return Duty(
        key=f"response:{row['number']}",
        view="response",
        due_at=row["response_due_at"],
        what=_("Reply: %(title)s") % {"title": row["title"]},
        why=_standard_reason(row, "response", now),
        action_label=_("Reply"),
        action_url=f"{url_of(row['number'])}#say",
        action_icon="send",
        clock=clock,
        **_common(row),
    )


def _standard_reason(row: Mapping[str, Any], which: str, now: dt.datetime) -> str:
    """因为 standard XY-01: production stopped since 13:05, received 13:20, due 14:20."""
    parts = {
        "code": row[f"{which}_standard"].upper(),
        "received": moment(row["received_at"], now),
        "due": moment(row[f"{which}_due_at"], now),
    }
    if row["is_safety"]:
        return _("about safety; standard %(code)s: received %(received)s, due %(due)s") % parts
    if row["urgency"] == Urgency.STOPPED:
        return _("production stopped; standard %(code)s: received %(received)s, due %(due)s") % parts
    return _("standard %(code)s: received %(received)s, due %(due)s") % parts


def _unclaimed(row: Mapping[str, Any], now: dt.datetime) -> Duty:
    at = row["response_due_at"] or row["received_at"]
    which = "response" if row["response_due_at"] is not None else ""
    why = (
        _standard_reason(row, "response", now)
        if which
        else _("received %(time)s, nobody has taken it") % {"time": moment(row["received_at"], now)}
    )
    return Duty(
        key=f"unclaimed:{row['number']}",
        view="unclaimed",
        due_at=at,
        what=_("Take: %(title)s") % {"title": row["title"]},
        why=_("nobody has it yet; %(why)s") % {"why": why},
        action_label=_("Take it"),
        action_url=f"{url_of(row['number'])}do/take/",
        action_icon="hand-stop",
        clock=clock_of(at, row["received_at"], now=now, calendar=calendar.working_time_in(row)),
        **_common(row),
    )


def _escalated(row: Mapping[str, Any], now: dt.datetime) -> Duty:
    """The level of the actor was asked and has not reacted yet (R83)."""
    due, since = row["escalation_due_at"], row["escalated_at"]
    is_english = (get_language() or "zh").startswith("en")
    facts = {
        "level": (row["level_name_en"] if is_english else "") or row["level_name"] or row["support_level"],
        "name": row["escalated_by__name"] or _("the program, for want of a reaction"),
        "time": moment(since, now),
        "due": moment(due, now),
    }
    return Duty(
        key=f"escalated:{row['number']}",
        view="unclaimed",
        due_at=due,
        what=_("Escalated to you: %(title)s") % {"title": row["title"]},
        why=_("%(level)s: handed on at %(time)s by %(name)s, react until %(due)s or the next level gets it") % facts,
        action_label=_("Take it"),
        action_url=f"{url_of(row['number'])}do/take/",
        action_icon="hand-stop",
        clock=clock_of(due, since, now=now, calendar=calendar.working_time_in(row)),
        **_common(row),
    )


def _resolution(row: Mapping[str, Any], now: dt.datetime) -> Duty:
    clock = clock_of(row["resolution_due_at"], row["received_at"], now=now, calendar=calendar.working_time_in(row))
    return Duty(
        key=f"resolution:{row['number']}",
        view="jobs",
        due_at=row["resolution_due_at"],
        what=_("Solve: %(title)s") % {"title": row["title"]},
        why=_standard_reason(row, "resolution", now),
        action_label=_("Go on"),
        action_url=url_of(row["number"]),
        action_icon="chevron-right",
        clock=clock,
        **_common(row),
    )


def _waiting(row: Mapping[str, Any], now: dt.datetime) -> Duty:
    """Reminder after three working days; after ten, closing is proposed, except for safety and complaints."""
    hours, zone = calendar.working_time_in(row), row["station__time_zone"]
    day = hours.minutes_per_day
    since = row["waiting_since"] or row["received_at"]
    may_close = not row["is_safety"] and row["kind"] != Kind.COMPLAINT and row["asked_count"] >= 2
    end = calendar.add_minutes(hours, since, PROPOSE_CLOSING_AFTER_DAYS * day, zone=zone)
    asked = row["last_asked_at"] or since
    facts = {"what": row["waiting_for"], "time": moment(asked, now), "count": row["asked_count"]}
    if may_close and now >= end:
        return Duty(
            key=f"waiting:{row['number']}",
            view="waiting",
            due_at=end,
            what=_("Close without an answer: %(title)s") % {"title": row["title"]},
            why=_("asked %(count)s times for “%(what)s”, no answer for 10 working days") % facts,
            action_label=_("Close it"),
            action_url=f"{url_of(row['number'])}do/close_unanswered/",
            action_icon="archive",
            clock=clock_of(end, since, now=now, calendar=hours),
            **_common(row),
        )
    at = calendar.add_minutes(hours, asked, REMIND_AFTER_DAYS * day, zone=zone)
    return Duty(
        key=f"waiting:{row['number']}",
        view="waiting",
        due_at=at,
        what=_("Ask again: %(title)s") % {"title": row["title"]},
        why=_("asked for “%(what)s” on %(time)s; a reminder is due after 3 working days") % facts,
        action_label=_("Ask again"),
        action_url=f"{url_of(row['number'])}do/remind/",
        action_icon="bell",
        clock=clock_of(at, asked, now=now, calendar=hours, paused_for=_("the customer") if now < at else ""),
        **_common(row),
    )


def _to_close(row: Mapping[str, Any], now: dt.datetime) -> Duty:
    at = row["resolution_due_at"] or now
    return Duty(
        key=f"close:{row['number']}",
        view="jobs",
        due_at=max(at, now),
        what=_("Close: %(title)s") % {"title": row["title"]},
        why=_("solved, but result, cause and follow-up decision are still missing"),
        action_label=_("Close"),
        action_url=f"{url_of(row['number'])}do/close/",
        action_icon="archive",
        **_common(row),
    )


def _draft(row: Mapping[str, Any], actor: Actor, now: dt.datetime) -> Duty:
    hours = calendar.working_time_in(row)
    at = calendar.add_minutes(hours, row["received_at"], hours.minutes_per_day, zone=row["station__time_zone"])
    who = row["received_by__name"] or ""
    why = (
        _("noted down by %(name)s on %(time)s and not finished for a working day")
        % {"name": who, "time": long_moment(row["received_at"])}
        if row["draft_listed_at"] is not None
        else _("noted down at %(time)s, not accepted yet") % {"time": moment(row["received_at"], now)}
    )
    return Duty(
        key=f"draft:{row['number']}",
        view="data",
        due_at=at,
        what=_("Finish the draft: %(title)s") % {"title": row["title"] or row["number"]},
        why=why,
        action_label=_("Finish"),
        action_url=url_of(row["number"]),
        action_icon="pencil",
        clock=clock_of(at, row["received_at"], now=now, calendar=hours),
        **_common(row),
    )


def _is_unclaimed_first_word(promise: Promise) -> bool:
    """The promise every request begins with, while nobody has taken the request: “take it” says the same."""
    return promise.case.assignee_id is None and promise.due_at == promise.case.response_due_at


def _promise(promise: Promise, now: dt.datetime) -> Duty:
    case = promise.case
    giver = promise.given_by.name if promise.given_by else ""
    facts = {"name": giver, "given": moment(promise.given_at, now), "due": moment(promise.due_at, now)}
    if promise.state == PromiseState.BROKEN or now > promise.due_at:
        why = _("%(name)s promised at %(given)s: until %(due)s; broken, make it good") % facts
    else:
        why = _("%(name)s promised at %(given)s: until %(due)s") % facts
    asset = case.asset
    is_vehicle = asset is not None and bool(asset.plate)
    label = rules.show_plate(asset.plate) if asset is not None and is_vehicle else ""
    if asset is not None and not is_vehicle:
        label = assets.label_of(asset)
    url = url_of(case.number)
    return Duty(
        key=f"promise:{case.number}:{promise.pk}",
        view="promise",
        due_at=promise.due_at,
        what=titled(promise.text, case.title),
        why=why,
        url=url,
        action_label=_("Call back") if promise.kind == PromiseKind.CALL_BACK else _("Go on"),
        action_url=f"{url}#say",
        action_icon=ICONS.get(PromiseKind(promise.kind), "chevron-right"),
        customer_name=case.customer.name if case.customer else "",
        customer_url=customer_url(case.customer.code) if case.customer else "",
        grade=case.customer.grade if case.customer else "",
        object_label=label,
        is_plate=is_vehicle,
        clock=clock_of(
            promise.due_at, promise.given_at, now=now, calendar=calendar.working_time(case.station.calendar)
        ),
    )
