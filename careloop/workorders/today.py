"""What work orders ask of a person today, each with its reason. One query for all roles of the person."""

import datetime as dt
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from django.utils.translation import gettext as _

from careloop.core import calendar
from careloop.core.actor import Actor
from careloop.core.clock import clock_of
from careloop.core.today import Duty
from careloop.workorders.queries import show
from careloop.workorders.queries.duties import open_rows
from careloop.workorders.queries.lists import label
from careloop.workorders.states import REMIND_BEFORE

Row = Mapping[str, Any]
Maker = Callable[[Row, Actor, dt.datetime], "dict[str, Any] | None"]
TO_ASSIGN_WITHIN = dt.timedelta(minutes=30)
TO_INSPECT_WITHIN = dt.timedelta(minutes=30)
TO_ESTIMATE_WITHIN = dt.timedelta(hours=1)
CHASE_AFTER = dt.timedelta(minutes=30)


def due(actor: Actor, *, now: dt.datetime, limit: int = 100) -> list[Duty]:
    """Duties of the actor's roles, over the open orders he sees."""
    if not actor.may("workorders.view_workorder"):
        return []
    found = [duty for row in open_rows(actor, now=now, limit=400) for duty in _duties(row, actor, now)]
    return sorted(found, key=lambda duty: duty.due_at)[:limit]


def _duties(row: Row, actor: Actor, now: dt.datetime) -> Iterable[Duty]:
    for make in MAKERS.get(row["state"], ()):
        made = make(row, actor, now)
        if made is not None:
            yield _duty(row, made, now)


def _duty(row: Row, made: dict[str, Any], now: dt.datetime) -> Duty:
    url = f"/work-orders/{row['number']}/"
    plate = show.plate(row["asset__plate"])
    started = row["state_since"] or row["received_at"] or row["created_at"]
    return Duty(
        key=f"workorder:{row['number']}:{made['action']}",
        view=made["view"],
        due_at=made["due_at"],
        what=made["what"],
        why=made["why"],
        url=url,
        action_label=made["label"],
        action_url=show.step_url(row["number"], made["action"]) if made["action"] else url,
        action_icon=made["icon"],
        customer_name=row["customer__name"],
        customer_url=f"/customers/{row['customer__code']}/",
        grade=row["customer__grade"],
        object_label=plate or label(row),
        is_plate=bool(plate),
        clock=clock_of(made["due_at"], min(started, made["due_at"]), now=now, calendar=calendar.working_time_in(row)),
    )


def _is_mine(row: Row, actor: Actor) -> bool:
    """The adviser's own orders, and those that nobody has taken."""
    return row["adviser_id"] in (actor.person_id, None)


def arrival(row: Row, actor: Actor, now: dt.datetime) -> dict[str, Any] | None:
    if (
        not actor.may("workorders.receive")
        or not _is_mine(row, actor)
        or row["booked_for"] > now + dt.timedelta(days=1)
    ):
        return None
    return {
        "view": "arrivals",
        "due_at": row["booked_for"],
        "action": "receive",
        "label": _("Receive"),
        "icon": "login",
        "what": _("Arrival: %(what)s") % {"what": row["wanted"][:60] or label(row)},
        "why": _("booked for %(time)s") % {"time": show.when(row["booked_for"], now)},
    }


def reminder(row: Row, actor: Actor, now: dt.datetime) -> dict[str, Any] | None:
    """The evening before is too late: due one day before the slot."""
    due_at = row["booked_for"] - REMIND_BEFORE
    if not actor.may("workorders.book") or row["reminded_at"] is not None or due_at > now + dt.timedelta(hours=8):
        return None
    return {
        "view": "calls",
        "due_at": due_at,
        "action": "remind",
        "label": _("Remind"),
        "icon": "bell",
        "what": _("Remind of the appointment"),
        "why": _("comes %(time)s and was not reminded; without it a missed appointment does not count")
        % {"time": _slot(row["booked_for"], now)},
    }


def _slot(booked_for: dt.datetime, now: dt.datetime) -> str:
    """Says the day even when it is today: the row stands under the day on which the reminder was due."""
    text = show.when(booked_for, now)
    return _("today %(time)s") % {"time": text} if len(text) == len("14:30") else text


def missed(row: Row, actor: Actor, now: dt.datetime) -> dict[str, Any] | None:
    if not actor.may("workorders.book"):
        return None
    return {
        "view": "calls",
        "due_at": row["missed_at"] + dt.timedelta(days=1),
        "action": "move",
        "label": _("Rebook"),
        "icon": "phone",
        "what": _("Call: did not come"),
        "why": _("was booked for %(time)s; to be called within one working day")
        % {"time": show.when(row["booked_for"], now)},
    }


def to_estimate(row: Row, actor: Actor, now: dt.datetime) -> dict[str, Any] | None:
    if not actor.may("workorders.estimate") or not _is_mine(row, actor):
        return None
    return {
        "view": "arrivals",
        "due_at": row["received_at"] + TO_ESTIMATE_WITHIN,
        "action": "",
        "label": _("Make estimate"),
        "icon": "file-text",
        "what": _("Estimate for a received vehicle"),
        "why": _("received %(time)s, customer has no price yet") % {"time": show.when(row["received_at"], now)},
    }


def to_chase(row: Row, actor: Actor, now: dt.datetime) -> dict[str, Any] | None:
    if not actor.may("workorders.consent") or not _is_mine(row, actor):
        return None
    asked = row["asked_at"] or row["received_at"]
    added = row["state"] == "awaiting_added"
    action = "consent" if not added else "consent_bill" if row["is_asked_at_settlement"] else "consent_added"
    opened = _("has opened the link") if row["link_opened_at"] else _("has not opened a link")
    promise = show.when(row["promised_at"], now)
    return {
        "view": "waiting",
        "due_at": asked + CHASE_AFTER,
        "action": action,
        "label": _("Get consent"),
        "icon": "signature",
        "what": _("Added item without consent") if added else _("Estimate without consent"),
        "why": _("asked %(time)s, customer %(opened)s; the promise of %(promise)s hangs on it")
        % {"time": show.when(asked, now), "opened": opened, "promise": promise or "—"},
    }


def to_assign(row: Row, actor: Actor, now: dt.datetime) -> dict[str, Any] | None:
    if not actor.may("workorders.assign"):
        return None
    since = row["state_since"] or row["received_at"]
    return {
        "view": "unclaimed",
        "due_at": since + TO_ASSIGN_WITHIN,
        "action": "assign",
        "label": _("Assign technician"),
        "icon": "user-check",
        "what": _("Assign a technician"),
        "why": _("consented %(time)s, nobody has it; promised %(promise)s")
        % {"time": show.when(since, now), "promise": show.when(row["promised_at"], now) or "—"},
    }


def own_job(row: Row, actor: Actor, now: dt.datetime) -> dict[str, Any] | None:
    if actor.person_id is None or row["technician_id"] != actor.person_id or not actor.may("workorders.repair"):
        return None
    waits = row["state"] == "waiting_part"
    if waits:
        why = _("waits for %(part)s, expected %(eta)s") % {
            "part": row["part_waited_for"],
            "eta": show.when(row["part_eta"], now),
        }
    elif row["state"] == "rework":
        why = _("inspection not passed, loop %(n)d") % {"n": row["rework_count"]}
    else:
        why = _("promised %(promise)s") % {"promise": show.when(row["promised_at"], now) or "—"}
    action, words, icon, _right = show.next_step(row["state"])
    return {
        "view": "jobs",
        "due_at": (row["part_eta"] if waits else None) or row["promised_at"] or now,
        "action": action,
        "label": words,
        "icon": icon,
        "what": row["first_item"] or _("Repair"),
        "why": why,
    }


def late_part(row: Row, actor: Actor, now: dt.datetime) -> dict[str, Any] | None:
    if not actor.may("workorders.supply") or row["part_eta"] is None:
        return None
    return {
        "view": "waiting",
        "due_at": row["part_eta"],
        "action": "",
        "label": _("Open the order"),
        "icon": "package",
        "what": _("Part: %(part)s") % {"part": row["part_waited_for"]},
        "why": _("the order stands until it comes; promised %(promise)s")
        % {"promise": show.when(row["promised_at"], now) or "—"},
    }


def to_inspect(row: Row, actor: Actor, now: dt.datetime) -> dict[str, Any] | None:
    """Offered to every inspector who did not repair it."""
    if not actor.may("workorders.inspect") or (actor.person_id is not None and row["technician_id"] == actor.person_id):
        return None
    since = row["state_since"] or now
    return {
        "view": "jobs",
        "due_at": since + TO_INSPECT_WITHIN,
        "action": "pass",
        "label": _("Inspect"),
        "icon": "clipboard-check",
        "what": _("Inspect: %(item)s") % {"item": row["first_item"] or label(row)},
        "why": _("finished %(time)s by %(name)s; promised %(promise)s")
        % {
            "time": show.when(since, now),
            "name": row["technician__name"] or "—",
            "promise": show.when(row["promised_at"], now) or "—",
        },
    }


def to_settle(row: Row, actor: Actor, now: dt.datetime) -> dict[str, Any] | None:
    if not actor.may("workorders.settle") or not _is_mine(row, actor):
        return None
    return {
        "view": "arrivals",
        "due_at": row["promised_at"] or row["state_since"] or now,
        "action": "settle",
        "label": _("Settle"),
        "icon": "receipt-yuan",
        "what": _("Issue the settlement"),
        "why": _("work is finished; the customer comes %(promise)s")
        % {"promise": show.when(row["promised_at"], now) or "—"},
    }


def hand_over(row: Row, actor: Actor, now: dt.datetime) -> dict[str, Any] | None:
    if not actor.may("workorders.deliver") or not _is_mine(row, actor):
        return None
    return {
        "view": "promise",
        "due_at": row["promised_at"] or row["state_since"] or now,
        "action": "deliver",
        "label": _("Deliver"),
        "icon": "key",
        "what": _("Promised hand-over"),
        "why": _("promised to the customer for %(promise)s") % {"promise": show.when(row["promised_at"], now) or "—"},
    }


def evidence(row: Row, actor: Actor, now: dt.datetime) -> dict[str, Any] | None:
    """Three days to show that the repair was not the cause; after that it stays free."""
    if row["evidence_due_at"] is None or not actor.may("workorders.estimate") or not _is_mine(row, actor):
        return None
    return {
        "view": "promise",
        "due_at": row["evidence_due_at"],
        "action": "",
        "label": _("Open the order"),
        "icon": "rotate",
        "what": _("Rework of %(number)s: cause") % {"number": row["rework_of__number"]},
        "why": _("another cause must be shown within 3 days, or the rework stays free"),
    }


MAKERS: dict[str, tuple[Maker, ...]] = {
    "booked": (arrival, reminder),
    "no_show": (missed,),
    "received": (to_estimate, evidence),
    "awaiting_consent": (to_chase, evidence),
    "awaiting_added": (to_chase,),
    "to_assign": (to_assign, evidence),
    "in_repair": (own_job, evidence),
    "waiting_part": (own_job, late_part),
    "rework": (own_job,),
    "to_inspect": (to_inspect,),
    "to_settle": (to_settle,),
    "ready": (hand_over,),
}
