"""The report as a file: the same figures with their n, N, interval, method and definition."""

import csv
import io
from typing import Any

import xlsxwriter
from django.http import HttpResponse
from django.utils.translation import gettext as _

from careloop.core import access
from careloop.core.cells import guarded
from careloop.core.http import Request
from careloop.insight import value_display, words
from careloop.insight.reports import SatisfactionReport, TrendPoint

EXPORT = "insight.export_reports"


def table(report: SatisfactionReport) -> list[list[Any]]:
    """Heading rows with the method, then one row a figure."""
    version = report.version
    rows: list[list[Any]] = [
        [_("Satisfaction report"), words.period_label(report.period)],
        [_("Questionnaire version"), version.number if version else ""],
        [_("Method"), version.method if version else ""],
        [_("Goal"), report.goal],
        [],
        [_("Figure"), _("Name"), _("Weight"), _("Value"), _("Low"), _("High"), "n", "N", _("Verdict")],
        figure_row(_("Index"), "", report.index),
    ]
    for item in report.items:
        shown = item.result
        rows.append(
            [_("Item"), item.label, item.weight, shown.mean if shown else "", shown.low if shown else "",
             shown.high if shown else "", item.n, report.index.population, words.change_text(item.change)]
        )  # fmt: skip
    for item in report.items:
        for kind, value in ((_("Gap to the expectation"), item.gap), (_("Gap to the main competitor"), item.rival)):
            if value is not None:
                shown_gap = value.mean if value.mean is not None else _("individual voices")
                rows.append([kind, item.label, "", shown_gap, "", "", value.n, "", ""])
    rows += [figure_row(words.group_label(g.kind), g.name, g.figure) for g in report.groups]
    rows += [trend_row(point) for point in report.trend if point.n or point.history]
    return [*rows, *value_display.rows(report)]


def trend_row(point: TrendPoint) -> list[Any]:
    low, high = point.bounds
    verdict = words.goal_state(point.goal_state)["label"] if point.goal_state else ""
    value = point.index if point.index is not None else _("individual voices")
    change = words.change_text(point.change) if point.change else ""
    version = f"v{point.version.number}" if point.version else ""
    return [
        _("Trend"),
        point.label,
        version,
        value,
        low,
        high,
        point.n,
        point.population,
        f"{verdict} {change}".strip(),
    ]


def figure_row(kind: str, name: str, figure: Any) -> list[Any]:
    result = figure.result
    if result is None:
        return [kind, name, "", "", "", "", figure.n, figure.population, _("individual voices") if figure.n else ""]
    verdict = words.goal_state(result.goal_state)["label"]
    return [kind, name, "", result.index, result.low, result.high, figure.n, figure.population, verdict]


def download(report: SatisfactionReport, request: Request) -> HttpResponse:
    request.actor.require(EXPORT)
    rows = table(report)
    name = f"satisfaction-{report.period.key}"
    access.log("export", actor=request.actor, at=request.now, rows=len(rows), detail={"report": name})
    if request.GET.get("format") == "xlsx":
        kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
        return attachment(as_xlsx(rows), kind, f"{name}.xlsx")
    return attachment(as_csv(rows), "text/csv; charset=utf-8", f"{name}.csv")


def attachment(content: bytes, content_type: str, name: str) -> HttpResponse:
    return HttpResponse(
        content, content_type=content_type, headers={"Content-Disposition": f'attachment; filename="{name}"'}
    )


def as_csv(rows: list[list[Any]]) -> bytes:
    out = io.StringIO()
    csv.writer(out).writerows([["" if cell is None else guarded(cell) for cell in row] for row in rows])
    return ("\ufeff" + out.getvalue()).encode()


def as_xlsx(rows: list[list[Any]]) -> bytes:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        sheet = book.add_worksheet()
        sheet.set_column(0, 8, 14)
        for y, row in enumerate(rows):
            for x, cell in enumerate(row):
                if isinstance(cell, str):
                    sheet.write_string(y, x, cell)
                elif cell is not None:
                    sheet.write_number(y, x, cell)
    return out.getvalue()
