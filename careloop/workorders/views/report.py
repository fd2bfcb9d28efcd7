"""How long the steps take, what is left out, and how soon records are entered."""

import datetime as dt
from typing import Any

from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from careloop.core.clock import duration
from careloop.core.http import Request, fragment
from careloop.workorders.queries import report
from careloop.workorders.states import Step

PERIODS = (30, 90, 365)


@require_safe
def steps(request: Request) -> HttpResponse:
    request.actor.require("insight.view_reports")
    request.actor.require("workorders.view_workorder")
    wanted = request.GET.get("days", "")
    days = int(wanted) if wanted in {str(n) for n in PERIODS} else 30
    since, until = request.now - dt.timedelta(days=days), request.now
    stations = {station.pk: station for station in request.stations}
    times, skips = report.step_times(request.actor, since=since, until=until, stations=stations)
    context = {
        "subtitle": _("Median and 90th percentile of the steps that began in the period"),
        "periods": [
            {"label": ngettext("%(n)d day", "%(n)d days", n) % {"n": n}, "url": f"?days={n}", "current": n == days}
            for n in PERIODS
        ],
        "columns": [
            {"key": "step", "label": _("Step of the flow"), "kind": "main"},
            {"key": "n", "label": _("Finished"), "kind": "num"},
            {"key": "median", "label": _("Median"), "kind": "num"},
            {"key": "p90", "label": _("90 % within"), "kind": "num"},
            {"key": "open", "label": _("Running"), "kind": "num"},
            {"key": "skipped", "label": _("Left out"), "kind": "num"},
        ],
        "rows": [_row(item) for item in times],
        "empty": {"title": _("Nothing finished yet"), "icon": "clock"},
        "skip_columns": [
            {"key": "step", "label": _("Step of the flow"), "kind": "main"},
            {"key": "reason", "label": _("Reason")},
            {"key": "n", "label": _("Number of orders"), "kind": "num"},
        ],
        "skips": [{"step": str(Step(step).label), "reason": reason, "n": n} for step, reason, n in skips],
        "figures": [
            _figure(
                _("Entered within one day"),
                report.entered_in_time(request.actor, since=since, until=until),
                _(
                    "Events of work orders whose record was made at most one day after they happened ÷ all events "
                    "of work orders in the period."
                ),
            ),
            _figure(
                _("Passed at the first inspection"),
                report.first_pass(request.actor, since=since, until=until),
                _("Orders whose first inspection was passed ÷ orders inspected in the period."),
            ),
        ],
    }
    return fragment(request, "workorders/steps.html", "steps", context)


def _row(item: report.StepTimes) -> dict[str, Any]:
    return {
        "step": str(Step(item.step).label),
        "n": str(item.n),
        "open": str(item.open),
        "skipped": str(item.skipped),
        "median": duration(item.median) if item.median is not None else "",
        "p90": duration(item.p90) if item.p90 is not None else "",
    }


def _figure(label: str, share: report.Share, definition: str) -> dict[str, Any]:
    value = share.percent
    return {
        "label": label,
        "value": "–" if value is None else f"{value:.1f}",
        "unit": "" if value is None else "%",
        "n": share.n,
        "N": share.N,
        "definition": definition,
    }
