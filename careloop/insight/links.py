"""Where figures lead: the answers behind them, the reports beside them, their files."""

import datetime as dt
from typing import Any
from urllib.parse import urlencode

from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _

from careloop.core.http import Request
from careloop.insight import export, queries
from careloop.insight.reports import SatisfactionReport, TrendPoint


def tabs(request: Request, current: str) -> list[dict[str, Any]]:
    """The reports that belong together, as far as this person may open them."""
    places = [
        ("insight:satisfaction", _("Satisfaction report"), queries.VIEW_REPORTS),
        ("insight:reasons", _("Reasons of the month"), queries.VIEW_REPORTS),
    ]
    return [
        {"label": label, "url": reverse(name), "current": name == current}
        for name, label, right in places
        if request.actor.may(right)
    ]


def exports(request: Request) -> list[dict[str, str]]:
    if not request.actor.may(export.EXPORT):
        return []
    found = [{"label": "XLSX", "url": "?format=xlsx"}, {"label": "CSV", "url": "?format=csv"}]
    if request.actor.may(queries.VIEW_ANSWERS):
        found.append({"label": _("Audit pack (ZIP)"), "url": reverse("insight:audit-pack")})
    return found


def answers_url(start: dt.date, end: dt.date, **more: Any) -> str:
    """The answers behind a figure."""
    try:
        base = reverse("feedback:answers")
    except NoReverseMatch:
        return ""
    last = end - dt.timedelta(days=1)
    query = {"service_from": start.isoformat(), "service_to": last.isoformat(), **{k: v for k, v in more.items() if v}}
    return f"{base}?{urlencode(query)}"


def own_answers(report: SatisfactionReport, **more: Any) -> str:
    """Of the period of the report; empty for those who may not read answers."""
    return _answers(report, report.period.start, report.period.end, **more)


def point_answers(point: TrendPoint, report: SatisfactionReport, **more: Any) -> str:
    """Of a point of its trend."""
    return _answers(report, point.start, point.end, **more)


def _answers(report: SatisfactionReport, start: dt.date, end: dt.date, **more: Any) -> str:
    if not report.opens_answers:
        return ""
    scope = report.scope
    return answers_url(
        start, end, station=scope.station, technician=scope.technician,
        model=scope.model, kind=scope.kind, questionnaire=scope.questionnaire, **more,
    )  # fmt: skip
