"""Pages beside the satisfaction report: reasons of the month, and the audit pack."""

from collections.abc import Callable
from functools import partial
from typing import Any
from urllib.parse import quote

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from careloop.complaints.states import ServiceStep
from careloop.core import access
from careloop.core.http import Request
from careloop.insight import export, packing, queries, reports, words
from careloop.insight.links import answers_url, tabs
from careloop.insight.queries import Scope
from careloop.insight.reasons import Group, Reasons
from careloop.insight.rules import Period, period_at, shown_period
from careloop.insight.views import scope_of

MONTHS = 13


@require_safe
def reasons(request: Request) -> HttpResponse:
    """Why customers were dissatisfied: a Pareto of the month, each bar with the answers behind it (R102)."""
    request.actor.require(queries.VIEW_REPORTS)
    scope, _half, known = scope_of(request)
    today = timezone.localdate(request.now)
    period = shown_period(request.GET.get("period", "")) or period_at(today, "month")
    found = reports.reasons(request.actor, scope, period)
    opens = request.actor.may(queries.VIEW_ANSWERS)
    link = partial(behind, scope=scope, period=period) if opens else None
    months = [period_at(today, "month").before(step) for step in range(MONTHS)]
    context = {
        "views": tabs(request, "insight:reasons"),
        "subtitle": _("%(period)s: %(deviations)s in %(answers)s") % {
            "period": words.period_label(period),
            "deviations": ngettext("%(n)d deviation", "%(n)d deviations", found.n) % {"n": found.n},
            "answers": ngettext("%(n)d answer", "%(n)d answers", found.answers) % {"n": found.answers}},
        "fields": [
            {"name": "questionnaire", "label": _("Questionnaire"), "kind": "select",
             "options": [(row.code, row.name) for row in known]},
            {"name": "period", "label": _("Period"), "kind": "select",
             "options": [(p.key, words.period_label(p)) for p in dict.fromkeys([period, *months])]},
            {"name": "station", "label": _("Station"), "kind": "select",
             "options": [(str(s.pk), s.name) for s in request.stations]},
        ],
        "chart": pareto(found, link),
        "columns": [
            {"key": "reason", "label": _("Reason"), "kind": "main"},
            {"key": "n", "label": "n", "kind": "num"},
            {"key": "share", "label": _("Share"), "kind": "bar"},
            {"key": "usual", "label": _("Usual"), "kind": "num"},
            {"key": "mark", "label": _("Verdict"), "kind": "state"},
        ],
        "rows": [row(group, link) for group in found.groups],
    }  # fmt: skip
    return render(request, "insight/reasons.html", context)


def label_of(group: Group) -> str:
    step = str(dict(ServiceStep.choices).get(group.step, "")) or _("not attributed")
    return " · ".join(part for part in (step, group.norm) if part)


def behind(group: Group, scope: Scope, period: Period) -> str:
    """The answers of a group, exactly those that were counted."""
    return answers_url(
        period.start, period.end, station=scope.station, technician=scope.technician, model=scope.model,
        kind=scope.kind, questionnaire=scope.questionnaire, step=group.step or "none",
    ) + "&norm=" + quote(group.norm)  # fmt: skip


Link = Callable[[Group], str]


def pareto(found: Reasons, link: Link | None) -> dict[str, Any] | None:
    if not found.groups:
        return None
    return {
        "id": "pareto",
        "title": _("Reasons, largest first"),
        "kind": "bar",
        "note": _("choose a bar to see its answers") if link else "",
        "x_head": _("Reason"),
        "x": [label_of(group) for group in found.groups],
        "y_min": 0,
        "series": [
            {
                "name": _("Deviations"),
                "data": [group.n for group in found.groups],
                "n": [group.n for group in found.groups],
                "urls": [link(group) if link else "" for group in found.groups],
            }
        ],
        "height": "md",
    }


def row(group: Group, link: Link | None) -> dict[str, Any]:
    url = link(group) if link else ""
    return {
        "url": url,
        "reason": {"text": label_of(group), "url": url},
        "n": group.n,
        "share": {
            "value": group.share,
            "text": _("%(share)d %%, together %(sum)d %%") % {
                "share": round(100 * group.share), "sum": round(100 * group.cumulative)},
        },
        "usual": words.number(group.usual),
        "mark": {"label": _("common content: above the usual level"), "tone": "warn"} if group.is_common else None,
    }  # fmt: skip


@require_safe
def audit_pack(request: Request) -> HttpResponse:
    """The audit pack of the report as it stands, with its filters; written to the log of personal data."""
    request.actor.require(export.EXPORT)
    request.actor.require("feedback.view_answer")
    scope, period, _known = scope_of(request)
    report = reports.satisfaction(request.actor, scope, period, stations=request.stations)
    content = packing.pack(request.actor, report)
    name = f"audit-pack-{scope.questionnaire}-{period.key}"
    access.log("export", actor=request.actor, at=request.now, rows=report.coverage.services, detail={"report": name})
    return export.attachment(content, "application/zip", f"{name}.zip")
