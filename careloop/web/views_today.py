"""Today: what is due next and why, with the action on the row."""

import datetime as dt
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import formats, timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from careloop.core import calendar, today
from careloop.core.clock import duration
from careloop.core.http import Request, fragment
from careloop.core.today import Duty
from careloop.web import first_steps
from careloop.workorders.queries import rail as shop

UNHURRIED = ("data",)  # nobody waits for these: they never stand before a customer who does
SHOP = "workorders.view_workorder"
FEW = 5  # of them beside other work; their own tab has all
VIEWS = ("promise", "response", "waiting", "arrivals", "jobs", "unclaimed", "calls", "complaints", "data")


def view_label(name: str) -> str:
    return {
        "promise": _("Promised"),
        "response": _("First responses"),
        "waiting": _("Waiting for customers"),
        "arrivals": _("Arrivals and hand-overs"),
        "jobs": _("Jobs"),
        "unclaimed": _("Unclaimed"),
        "calls": _("Follow-up calls"),
        "complaints": _("Complaints"),
        "data": _("Data to confirm"),
    }.get(name, name)


def today_page(request: Request) -> HttpResponse:
    now = request.now
    duties = today.collect(request.actor, now=now)
    chosen = request.GET.get("view", "")
    shown = [duty for duty in duties if not chosen or duty.view == chosen]
    context = {
        "subtitle": subtitle(duties, request, now),
        "views": tabs(duties, chosen),
        "groups": groups(shown, now),
        "has_rail": request.actor.may(SHOP),
        "nav_counts": {"today": len(duties)},
        "warnings": calendar_warnings(request, now),
        "first_steps": [] if duties else first_steps.steps(request),
    }
    return fragment(request, "web/today.html", "queue", context)


@require_safe
def rail(request: Request) -> HttpResponse:
    """Beside the queue, asked for after the page: the next promises and the load of the team."""
    request.actor.require(SHOP)
    chosen = request.session.get("station")
    stations = {row.pk: row for row in request.stations}
    context = {
        "promises": shop.soonest(request.actor, stations=stations, station=chosen, now=request.now),
        "load": shop.load(request.actor, stations=request.stations, station=chosen, now=request.now),
    }
    return render(request, "web/today_rail.html", context)


def is_late(duty: Duty, now: dt.datetime) -> bool:
    return duty.due_at < now and duty.view not in UNHURRIED


def calendar_warnings(request: Request, now: dt.datetime) -> list[str]:
    """A year without a published holiday list is said to those who answer for due times, and never guessed."""
    if not request.actor.may("entitlements.view_standard"):
        return []
    text = _("No published holiday list for %(year)d yet: due times treat its holidays as ordinary days.")
    return [text % {"year": year} for year in calendar.uncovered_years(now)]


def subtitle(duties: list[Duty], request: Request, now: dt.datetime) -> str:
    """`11月19日 星期四，14:10。还有 17 件事到期，其中 2 件已超时；下班前还有 3 时 20 分。`"""
    local = timezone.localtime(now)
    late = sum(is_late(duty, now) for duty in duties)
    day = formats.date_format(local, "MONTH_DAY_FORMAT")
    weekday = formats.date_format(local, "l")
    parts = [_("%(day)s %(weekday)s, %(time)s.") % {"day": day, "weekday": weekday, "time": local.strftime("%H:%M")}]
    if not duties:
        parts.append(_("Nothing is due."))
    else:
        parts.append(
            ngettext("%(n)d thing is due", "%(n)d things are due", len(duties)) % {"n": len(duties)}
            + (_(", %(late)d of them overdue") % {"late": late} if late else "")
            + working_time_left(request, now)
        )
    return " ".join(parts)


def working_time_left(request: Request, now: dt.datetime) -> str:
    if not request.stations:
        return _(".")
    row = request.stations[0].calendar
    closing = timezone.localtime(now).replace(hour=23, minute=59, second=0)
    left = calendar.minutes_between(calendar.working_time(row), now, closing)
    return _("; %(time)s of working time left today.") % {"time": duration(left)} if left else _(".")


def tabs(duties: list[Duty], chosen: str) -> list[dict[str, Any]]:
    """One tab for each kind of duty that is there."""
    counts = {name: sum(duty.view == name for duty in duties) for name in VIEWS}
    return [
        {"label": _("All mine"), "url": "?", "count": len(duties), "current": not chosen},
        *(
            {"label": view_label(name), "url": f"?view={name}", "count": count, "current": chosen == name}
            for name, count in counts.items()
            if count or chosen == name
        ),
    ]


def groups(duties: list[Duty], now: dt.datetime) -> list[dict[str, Any]]:
    """Overdue, within the hour, later today, later, when there is time: each with its rows."""
    local = timezone.localtime(now)
    hour_end = now + dt.timedelta(hours=1)
    midnight = local.replace(hour=0, minute=0, second=0, microsecond=0) + dt.timedelta(days=1)
    timed = [d for d in duties if d.view not in UNHURRIED]
    parts = [
        ("late", _("Overdue"), [d for d in timed if d.due_at < now]),
        ("soon", _("Within the hour"), [d for d in timed if now <= d.due_at < hour_end]),
        ("today", _("Later today"), [d for d in timed if hour_end <= d.due_at < midnight]),
        ("later", _("Later"), [d for d in timed if d.due_at >= max(midnight, hour_end)]),
        ("calm", _("When there is time"), [d for d in duties if d.view in UNHURRIED]),
    ]
    found: list[dict[str, Any]] = []
    now_is_shown = False
    for key, label, rows in parts:
        if not rows:
            continue
        group: dict[str, Any] = {
            "label": label,
            "late": key == "late",
            "note": ngettext("%(n)d thing", "%(n)d things", len(rows)) % {"n": len(rows)}
            + (_(", do these first") if key == "late" else ""),
            "rows": [row(duty, now, is_next=not found and i == 0) for i, duty in enumerate(rows)],
        }
        if key == "calm" and len(parts_shown(parts)) > 1 and len(rows) > FEW:
            group["rows"] = group["rows"][:FEW]
            group["more"] = {"label": _("All %(n)d") % {"n": len(rows)}, "url": f"?view={rows[0].view}"}
        if key not in ("late", "calm") and not now_is_shown:
            group["now"] = _("now %(time)s") % {"time": local.strftime("%H:%M")}
            now_is_shown = True
        found.append(group)
    return found


def parts_shown(parts: list[tuple[str, str, list[Duty]]]) -> list[str]:
    return [key for key, _label, rows in parts if rows]


def row(duty: Duty, now: dt.datetime, *, is_next: bool) -> dict[str, Any]:
    due, today_ = timezone.localtime(duty.due_at), timezone.localtime(now)
    day = "" if due.date() == today_.date() else formats.date_format(due, "MONTH_DAY_FORMAT")
    is_timed = duty.view not in UNHURRIED
    return {
        "time": due.strftime("%H:%M") if is_timed else day,
        "time_sub": day if is_timed else "",
        "is_day": not is_timed,
        "title": duty.what,
        "url": duty.url,
        "why": duty.why,
        "grade": duty.grade,
        "who": duty.customer_name,
        "who_url": duty.customer_url,
        **({"plate": duty.object_label} if duty.is_plate else {"what": duty.object_label}),
        "clock": duty.clock,
        "action": {
            "label": duty.action_label,
            "url": duty.action_url,
            "icon": duty.action_icon,
            "primary": is_next,
        },
        "next": is_next,
    }
