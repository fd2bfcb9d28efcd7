"""`careloop report satisfaction`: the figures of the page for the command line."""

import datetime as dt
from collections.abc import Mapping
from typing import Any

from django.utils import timezone

from careloop.core.actor import Actor
from careloop.core.address import number_of
from careloop.insight import queries, reports, serial
from careloop.insight.queries import Scope
from careloop.insight.rules import Period, period_at, period_of
from careloop.staff import queries as staff

OPTIONS = ("questionnaire", "station", "model", "technician", "kind")


def satisfaction(
    actor: Actor, *, since: dt.date | None, until: dt.date | None, options: Mapping[str, str]
) -> Mapping[str, Any]:
    """Without a period: the half-year of today. `until` is the first day after it."""
    period = chosen_period(since, until, today=timezone.localdate())
    known = [row.code for row in queries.questionnaires()]
    scope = Scope(
        questionnaire=options.get("questionnaire") or (known[0] if known else ""),
        station=number(options, "station"),
        model=number(options, "model"),
        technician=number(options, "technician"),
        kind=options.get("kind", ""),
    )
    stations = list(staff.stations_of(actor))
    return serial.satisfaction(reports.satisfaction(actor, scope, period, stations=stations))


def chosen_period(since: dt.date | None, until: dt.date | None, *, today: dt.date) -> Period:
    if since is None and until is None:
        return period_at(today, "half")
    if since is None:
        assert until is not None
        return period_at(until - dt.timedelta(days=1), "half")
    return period_of(since, until or today + dt.timedelta(days=1))


def number(options: Mapping[str, str], name: str) -> int | None:
    return number_of(options.get(name, ""))
