"""Figures of the service desk: each with n, definition, population and period, and a link to its requests."""

import datetime as dt
from typing import Any
from urllib.parse import urlencode

from django.http import HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from careloop.cases import reports
from careloop.cases.reports import Group, History, ServiceDesk, Spread
from careloop.cases.states import Channel, Kind
from careloop.core.address import day_of, number_of
from careloop.core.clock import duration
from careloop.core.http import Request, fragment
from careloop.measures.intervals import Share

GOAL = 95.0
DEFAULT_DAYS = 90


@require_safe
def report(request: Request) -> HttpResponse:
    """The service desk in a period; a source shows what was taken over from another system."""
    request.actor.require("insight.view_reports")
    period = read_period(request)
    names = reports.sources(request.actor)
    source = request.GET.get("source", "")
    source = source if source in (*names, "own") else ""
    station = number_of(request.GET.get("station", ""))
    rows = reports.population(
        request.actor, since=period["since"], until=period["until"], station_id=station, source=source
    )
    desk = reports.service_desk(rows)
    link = _linker(period, source, station)
    context = {
        "subtitle": subtitle(desk, period),
        "fields": fields(request, names),
        "figures": figures(desk, link),
        "columns": priority_columns(),
        "priorities": [priority_row(group, link) for group in desk.by_priority],
        "response_columns": response_columns(),
        "responses": [response_row(name, value, link) for name, value in desk.response.items()],
        "kinds": [kind_row(name, count, desk.n, link) for name, count in desk.by_kind.items()],
        "history": history_rows(reports.history(rows)) if source in names else [],
        "crumbs": [{"label": _("Service requests"), "url": reverse("cases:list")}],
        "empty": desk.n == 0,
    }
    return fragment(request, "cases/report.html", "report", context)


def read_period(request: Request) -> dict[str, Any]:
    """Local days, both included; without them the last 90 days, for an import all that it brought."""
    today = timezone.localdate(request.now)
    is_import = request.GET.get("source", "") not in ("", "own")
    first = day_of(request.GET.get("received_from", ""))
    last = day_of(request.GET.get("received_to", ""))
    if first is None:
        first = dt.date(1990, 1, 1) if is_import else today - dt.timedelta(days=DEFAULT_DAYS)
    if last is None:
        last = today
    if last < first:
        first, last = last, first
    return {
        "first": first,
        "last": last,
        "since": timezone.make_aware(dt.datetime.combine(first, dt.time())),
        "until": timezone.make_aware(dt.datetime.combine(last + dt.timedelta(days=1), dt.time())),
    }


def _linker(period: dict[str, Any], source: str, station: int | None) -> Any:
    base = {
        "view": "all",
        "received_from": period["first"].isoformat(),
        "received_to": period["last"].isoformat(),
        "in_figures": "1",
    }
    if source:
        base |= {"own": "1"} if source == "own" else {"imported": source}
    if station:
        base["station"] = str(station)

    def link(**more: str) -> str:
        return f"{reverse('cases:list')}?{urlencode({**base, **more})}"

    return link


def subtitle(desk: ServiceDesk, period: dict[str, Any]) -> str:
    count = ngettext("%(n)d request", "%(n)d requests", desk.n) % {"n": desk.n}
    return _("%(count)s received from %(first)s to %(last)s, without drafts, cancelled and merged ones.") % {
        "count": count,
        "first": period["first"].isoformat(),
        "last": period["last"].isoformat(),
    }


def fields(request: Request, names: list[str]) -> list[dict[str, Any]]:
    sources = [("own", _("registered here")), *((name, name) for name in names)]
    found: list[dict[str, Any]] = [
        {"name": "received", "label": _("Received"), "kind": "range"},
        {"name": "source", "label": _("Source"), "kind": "select", "options": sources},
    ]
    if len(request.stations) > 1:
        options = [(station.pk, station.name) for station in request.stations]
        found.append({"name": "station", "label": _("Station"), "kind": "select", "options": options})
    return found


def figures(desk: ServiceDesk, link: Any) -> list[dict[str, Any]]:
    return [
        share_figure(
            _("On-time rate"),
            desk.sla,
            link(kept="0"),
            _("the late ones"),
            goal=GOAL,
            definition=_(
                "Requests that kept all standards that applied to them ÷ requests that are decided. Those "
                "taken over carry the verdict of the system they come from."
            ),
        ),
        repair_figure(desk.repair, link()),
        share_figure(
            _("Solved at first contact"),
            desk.first_contact,
            link(),
            _("all"),
            definition=_("Never handed to another person and never opened again ÷ all requests of the period."),
        ),
        share_figure(
            _("Promises kept"),
            desk.promises,
            reverse("cases:list"),
            _("all"),
            definition=_(
                "Promises kept in time ÷ promises that ended. Made good late counts as broken; renewed and "
                "released ones are left out."
            ),
        )
        if desk.promises is not None
        else {},
        count_figure(
            _("Opened again"),
            desk.reopened,
            desk.n,
            link(reopened="1"),
            _("Requests that a customer brought back, at least once."),
        ),
        count_figure(
            _("Handed to another person"),
            desk.reassigned,
            desk.n,
            link(reassigned="1"),
            ngettext(
                "Requests with at least one change of person; %(n)d change in all.",
                "Requests with at least one change of person; %(n)d changes in all.",
                desk.handovers,
            )
            % {"n": desk.handovers},
        ),
    ]


def share_figure(
    label: str, share: Share | None, url: str, url_label: str, *, definition: str, goal: float | None = None
) -> dict[str, Any]:
    base: dict[str, Any] = {"label": label, "unit": "%", "definition": definition}
    if share is None or share.percent is None or share.low_percent is None or share.high_percent is None:
        return {**base, "value": "–", "text": _("Nothing is decided yet in this period.")}
    found = {
        **base,
        "value": f"{share.percent:.1f}",
        "n": f"{share.k} / {share.n}",
        "interval": (f"{share.low_percent:.1f}", f"{share.high_percent:.1f}"),
        "level": "95%",
        "url": url,
        "url_label": url_label,
    }
    if goal is not None:
        found |= {"goal": f"{goal:.0f}", "verdict": verdict(share.percent, share.low_percent, goal)}
    return found


def verdict(value: float, low: float, goal: float) -> dict[str, str]:
    if value < goal:
        return {"label": _("goal not met"), "tone": "bad"}
    return {"label": _("met, not proven"), "tone": "warn"} if low < goal else {"label": _("goal met"), "tone": "ok"}


def repair_figure(repair: Spread, url: str) -> dict[str, Any]:
    base = {
        "label": _("Time to repair"),
        "definition": _(
            "Hours of the clock from receipt to solution, of the requests that are solved. The median says what is "
            "usual; the mean is pulled up by a few long ones."
        ),
    }
    if repair.median is None or repair.mean is None or repair.p90 is None:
        return {**base, "value": "–", "text": _("Nothing was solved in this period.")}
    return {
        **base,
        "value": f"{repair.median:.1f}",
        "unit": _("h (median)"),
        "n": repair.n,
        "text": _("P90 %(p90)s h, mean %(mean)s h") % {"p90": f"{repair.p90:.1f}", "mean": f"{repair.mean:.1f}"},
        "url": url,
        "url_label": _("all"),
    }


def count_figure(label: str, count: int, n: int, url: str, definition: str) -> dict[str, Any]:
    share = f"{100 * count / n:.1f} %" if n else "–"
    return {
        "label": label,
        "value": count,
        "n": n,
        "text": share,
        "definition": definition,
        "url": url,
        "url_label": _("these"),
    }


def priority_columns() -> list[dict[str, Any]]:
    return [
        {"key": "name", "label": _("Priority"), "kind": "main"},
        {"key": "n", "label": "n", "kind": "num"},
        {"key": "sla", "label": _("On-time rate"), "kind": "num"},
        {"key": "interval", "label": _("95% interval"), "kind": "num"},
        {"key": "median", "label": _("Time to repair, median (h)"), "kind": "num"},
        {"key": "p90", "label": _("P90 (h)"), "kind": "num"},
        {"key": "mean", "label": _("Mean (h)"), "kind": "num"},
    ]


def priority_name(key: str) -> str:
    return {
        "1": _("1 critical, or danger"),
        "2": _("2 high: stopped"),
        "3": _("3 moderate: reduced"),
        "4": _("4 low: no effect"),
    }.get(key, key)


def priority_row(group: Group, link: Any) -> dict[str, Any]:
    sla = group.sla
    return {
        "name": priority_name(group.key),
        "url": link(priority=group.key),
        "n": group.n,
        "sla": f"{sla.percent:.1f} %" if sla.percent is not None else "",
        "interval": f"{sla.low_percent:.1f}–{sla.high_percent:.1f}" if sla.low_percent is not None else "",
        "median": _hours(group.repair.median),
        "p90": _hours(group.repair.p90),
        "mean": _hours(group.repair.mean),
    }


def _hours(value: float | None) -> str:
    return f"{value:.1f}" if value is not None else ""


def response_columns() -> list[dict[str, Any]]:
    return [
        {"key": "name", "label": _("Channel"), "kind": "main"},
        {"key": "n", "label": "n", "kind": "num"},
        {"key": "median", "label": _("Median"), "kind": "num"},
        {"key": "p90", "label": "P90", "kind": "num"},
        {"key": "mean", "label": _("Mean"), "kind": "num"},
    ]


def response_row(name: str, value: Spread, link: Any) -> dict[str, Any]:
    def words(minutes: float | None) -> str:
        return duration(round(minutes)) if minutes is not None else ""

    label = str(Channel(name).label) if name in Channel.values else name
    return {
        "name": label,
        "url": link(channel=name),
        "n": value.n,
        "median": words(value.median),
        "p90": words(value.p90),
        "mean": words(value.mean),
    }


def kind_row(name: str, count: int, n: int, link: Any) -> dict[str, Any]:
    label = str(Kind(name).label) if name in Kind.values else name
    return {"label": label, "value": count, "url": link(kind=name), "share": count / n if n else 0}


def history_rows(history: History) -> list[tuple[str, str]]:
    """What the event log itself says, beside the requests."""
    return [
        (_("Requests in the log"), str(history.cases)),
        (_("Events"), str(history.events)),
        (_("Kinds of event"), str(history.activities)),
        (_("Persons"), str(history.people)),
        (_("Hand-overs: consecutive events by different persons"), str(history.handovers)),
        (_("Same event twice in a row"), str(history.self_loops)),
        (_("Requests with a repeated event"), str(history.repeated)),
        (_("First to last event, median"), f"{_hours(history.duration_hours.median)} h"),
        (_("First to last event, mean"), f"{_hours(history.duration_hours.mean)} h"),
        (_("First to last event, P90"), f"{_hours(history.duration_hours.p90)} h"),
    ]
