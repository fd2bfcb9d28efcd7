"""The satisfaction report as a page."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from careloop.core.http import Request
from careloop.insight import entered_display, export, queries, reports, value_display, words
from careloop.insight.figures import Gap
from careloop.insight.links import exports, own_answers, point_answers, tabs
from careloop.insight.queries import Scope
from careloop.insight.reports import GroupFigure, SatisfactionReport, TrendPoint
from careloop.insight.rules import GRAINS, MIN_SHOWN, Period, period_at, shown_period
from careloop.measures.ipa import importance_performance

PICKER = 10  # periods offered by the picker


def scope_of(request: Request) -> tuple[Scope, Period, list[Any]]:
    """What the URL asks for; anything unknown falls back to the whole company and the current half-year."""
    known = queries.questionnaires()
    code = request.GET.get("questionnaire", "")
    codes = [row.code for row in known]
    today = timezone.localdate(request.now)
    period = shown_period(request.GET.get("period", "")) or period_at(today, "half")
    scope = Scope(
        questionnaire=code if code in codes else (codes[0] if codes else ""),
        station=_number(request, "station"),
        model=_number(request, "model"),
        technician=_number(request, "technician"),
        kind=request.GET.get("kind", "") if request.GET.get("kind") in ("machine", "vehicle") else "",
    )
    return scope, period, known


def _number(request: Request, name: str) -> int | None:
    value = request.GET.get(name, "")
    return int(value) if value.isdecimal() and len(value) < 10 else None


def satisfaction(request: Request) -> HttpResponse:
    request.actor.require(queries.VIEW_REPORTS)
    scope, period, known = scope_of(request)
    item = request.GET.get("item", "")
    report = reports.satisfaction(request.actor, scope, period, stations=request.stations, item=item)
    if request.GET.get("format") in ("csv", "xlsx"):
        return export.download(report, request)
    context = {
        "report": report,
        "subtitle": subtitle(report),
        "fields": filter_fields(request, known, report),
        "index_figure": index_figure(report),
        "coverage_figure": coverage_figure(report),
        "change_figure": change_figure(report),
        "expectation_figure": expectation_figure(report),
        "top_box_figure": top_box_figure(report),
        "trend_chart": trend_chart(report),
        "ipa_chart": ipa_chart(report),
        "item_chart": item_chart(report),
        "value_figure": value_display.figure(report),
        "value_chart": value_display.chart(report),
        "period_columns": period_columns(),
        "periods": [period_row(point, report) for point in reversed(report.trend) if point.n or point.history],
        "item_columns": item_columns(report),
        "items": [item_row(item, report) for item in report.items],
        "group_columns": group_columns(),
        "groups": [group_row(group, request) for group in report.groups],
        "reasons": [(words.not_asked_label(reason), count) for reason, count in report.coverage.reasons.items()],
        "report_tabs": tabs(request, "insight:satisfaction"),
        "exports": exports(request),
        "min_shown": MIN_SHOWN,
    }
    return render(request, "insight/satisfaction.html", context)


def subtitle(report: SatisfactionReport) -> str:
    """`2026年上半年 · 加权满意度指数 · 问卷第 3 版：按公司平均，不适用不计入 · 全体普查`."""
    parts = [words.period_label(report.period), _("weighted satisfaction index (CSI)")]
    if report.version is not None:
        average = _("averaged per company") if report.version.company_average else _("averaged per answer")
        parts.append(
            _("questionnaire version %(number)d: %(average)s, “not applicable” left out")
            % {"number": report.version.number, "average": average}
        )
    parts.append(_("all closed services are asked"))
    return " · ".join(parts)


def filter_fields(request: Request, known: list[Any], report: SatisfactionReport) -> list[dict[str, Any]]:
    today = timezone.localdate(request.now)
    grain = report.period.grain
    current = report.period if grain == "free" else period_at(today, grain)
    periods = [current.before(steps) for steps in range(PICKER)]
    entered = [period_at(point.start, grain) for point in reversed(report.trend) if point.history is not None]
    periods += [found for found in dict.fromkeys((*entered, report.period)) if found not in periods]
    groups = {(g.kind, g.id): g.name for g in report.groups}
    return [
        {"name": "questionnaire", "label": _("Questionnaire"), "kind": "select",
         "options": [(row.code, row.name) for row in known]},
        {"name": "period", "label": _("Period"), "kind": "select",
         "options": [(p.key, words.period_label(p)) for p in periods]
         + [(period_at(today, g).key, words.grain_label(g)) for g in GRAINS if g != grain]},
        {"name": "station", "label": _("Station"), "kind": "select",
         "options": [(str(s.pk), s.name) for s in request.stations]},
        {"name": "kind", "label": _("Kind of object"), "kind": "select",
         "options": [("machine", _("Machines")), ("vehicle", _("Vehicles"))]},
        {"name": "model", "label": _("Machine type"), "kind": "select",
         "options": [(str(k), n) for (kind, k), n in groups.items() if kind == "model"]},
        {"name": "item", "label": _("Question over time"), "kind": "select",
         "options": [(row.key, row.label) for row in report.version.items] if report.version else []},
        {"name": "technician", "label": _("Technician"), "kind": "select",
         "options": [(str(k), n) for (kind, k), n in groups.items() if kind == "technician"]},
    ]  # fmt: skip


def index_figure(report: SatisfactionReport) -> dict[str, Any]:
    result = report.index.result
    base: dict[str, Any] = {
        "label": _("Satisfaction index"),
        "goal": f"{report.goal:g}",
        "n": report.index.n or (None if report.entered else 0),
        "N": report.index.population,
        "definition": goal_definition(report),
        "url": "" if report.entered else own_answers(report),
        "url_label": _("the answers behind it"),
    }
    if result is None:
        text = words.why_no_index(report.index.n) if report.index.n else _("No answers in this period yet.")
        return {**base, "value": "–", "text": text}
    text = entered_display.origin(report.entered) if report.entered else ""
    if report.provisional:
        text = ngettext(
            "%(n)d answer is not locked yet; the figure is provisional.",
            "%(n)d answers are not locked yet; the figure is provisional.",
            report.provisional,
        ) % {"n": report.provisional}
    shown = {**base, "value": words.number(result.index), "verdict": words.goal_state(result.goal_state), "text": text}
    return shown | words.spread(report, result.index, result.low, result.high)


def goal_definition(report: SatisfactionReport) -> str:
    """What the goal is a percentage of, why this number, and since when (R115)."""
    row = report.goal_row
    if row is None:
        return _("weighted index 0–100 (F1)")
    since = _("goal %(goal)s since %(day)s: %(reason)s") % {
        "goal": f"{row.value:g}", "day": row.valid_from, "reason": row.reason}  # fmt: skip
    return f"{row.definition}\n{since}"


def coverage_figure(report: SatisfactionReport) -> dict[str, Any]:
    if report.entered is not None:
        return entered_display.coverage_figure(report.entered)
    c = report.coverage
    return {
        "label": _("Coverage"),
        "value": f"{c.companies_answered} / {c.companies}",
        "unit": _("customers"),
        "sub": _("services: %(services)d eligible, %(asked)d asked, %(reached)d reached, %(answered)d answered")
        % {"services": c.services, "asked": c.asked, "reached": c.reached, "answered": c.answered},
        "definition": _("Every closed service is eligible; one that is not asked keeps its place and has a reason."),
    }


def change_figure(report: SatisfactionReport) -> dict[str, Any]:
    base = {
        "label": _("Against the period before"),
        "definition": _("Welch's test on the customers' own indices (F3)."),
    }
    change, now, then = report.change, report.index.result, report.before.result
    if change is None or now is None or then is None:
        text = _("No comparison: too few answers, or the method changed in between.")
        return {**base, "value": "–", "text": text}
    return {
        **base,
        "value": words.signed(change.difference),
        "unit": f"{then.index:.1f} → {now.index:.1f}",
        "sub": words.p_value(change.p) if change.p is not None else "",
        "trend": words.trend_state(change),
    }


def expectation_figure(report: SatisfactionReport) -> dict[str, Any]:
    if report.entered is not None:
        return entered_display.expectation_figure()
    e = report.expectation
    counts = " · ".join(
        f"{words.expectation_label(state)} {e.counts.get(state, 0)}" for state in ("below", "met", "above", "delight")
    )
    figure: dict[str, Any] = {
        "label": _("Against expectation"),
        "n": e.n,
        "sub": counts,
        "definition": _("Experience minus expectation: below, met, above, delighted (F6)."),
        "url": own_answers(report, expectation="below") if e.counts.get("below") else "",
        "url_label": _("those below"),
    }
    if e.is_hidden:
        few = _("Too few answers: individual voices.")
        text = few if e.n < MIN_SHOWN else words.why_beside_others()
        return {**figure, "value": "–", "sub": "", "url": "", "text": text}
    if e.counts.get("met"):
        kinds = {"fairly": e.kinds.get("fairly_satisfied", 0), "ordinary": e.kinds.get("ordinary", 0)}
        near = _("of those met: %(fairly)d fairly satisfied, %(ordinary)d ordinary") % kinds
        figure["sub"] = f"{counts} ({near})"
    if e.gap is not None:
        return {
            **figure,
            "value": words.signed(e.gap),
            "unit": _("experience − expectation, n = %(n)d") % {"n": e.gap_n},
        }
    share = 100 * sum(e.counts.get(s, 0) for s in ("met", "above", "delight")) / e.n if e.n else None
    return {**figure, "value": words.number(share, 0), "unit": _("% met or better")}


def top_box_figure(report: SatisfactionReport) -> dict[str, Any] | None:
    box = report.top_box
    if box is None or box.top2.percent is None:
        return None
    return {
        "label": _("Share of satisfied answers"),
        "value": words.number(box.top2.percent),
        "unit": "%",
        "n": box.n,
        "N": box.top2.population,
        "interval": (words.number(box.top2.low_percent), words.number(box.top2.high_percent)),
        "definition": _("Answers of 4 or 5 of 5 to the overall question; another number than the index (F2)."),
    }


def trend_chart(report: SatisfactionReport) -> dict[str, Any]:
    points = report.trend
    labels = [words.short_label(point, report.period) for point in points]
    low = [point.bounds[0] for point in points]
    high = [point.bounds[1] for point in points]
    data = [point.index for point in points]
    known = [value for value in (*low, *high, *data, report.goal) if value is not None]
    bottom, top = max(0, int(min(known)) // 5 * 5 - 5), min(100, -(-int(max(known) + 1) // 5) * 5 + 5)
    return {
        "id": "trend",
        "title": _("Trend"),
        "kind": "line",
        "note": _("choose a period to see its answers") if report.opens_answers else "",
        "x_head": _("Period"),
        "x": labels,
        "y_min": bottom,
        "y_max": top,
        "y_step": 5 if top - bottom <= 35 else 10,
        "series": [{
            "name": _("Satisfaction index"),
            "data": [rounded(v) for v in data],
            "low": [rounded(v) for v in low],
            "high": [rounded(v) for v in high],
            "n": [point.n for point in points],
            "urls": ["" if point.history else point_answers(point, report) for point in points],
        }],
        "goal": {"value": report.goal, "label": _("goal %(goal)s") % {"goal": f"{report.goal:g}"}},
        "breaks": words.break_lines(report),
        "height": "md",
    }  # fmt: skip


def item_chart(report: SatisfactionReport) -> dict[str, Any] | None:
    """Weight and result of one question over time, with a line at each version (R126)."""
    points = [point for point in report.trend if point.item is not None]
    if not points:
        return None
    labels = [words.short_label(point, report.period) for point in points]
    seen = set(labels)
    return {
        "id": "item-trend",
        "title": _("“%(item)s” over time") % {"item": report.item_label},
        "kind": "line",
        "note": _("result 0–100 and weight in percent"),
        "x_head": _("Period"),
        "x": labels,
        "y_min": 0,
        "y_max": 100,
        "series": [
            {
                "name": _("Score"),
                "data": [rounded(point.item.mean) if point.item else None for point in points],
                "n": [point.item.n if point.item else None for point in points],
                "urls": [
                    "" if point.history else point_answers(point, report, item=report.item_key) for point in points
                ],
            },
            {
                "name": _("Weight, %"),
                "data": [rounded(100 * point.item.weight) if point.item else None for point in points],
            },
        ],
        "breaks": [line for line in words.break_lines(report) if line["x"] in seen],
        "height": "md",
    }


def period_columns() -> list[dict[str, Any]]:
    return [
        {"key": "label", "label": _("Period"), "kind": "main"},
        {"key": "index", "label": _("Index"), "kind": "num"},
        {"key": "interval", "label": _("95% interval"), "kind": "num"},
        {"key": "n", "label": "n / N", "kind": "num"},
        {"key": "goal", "label": _("Goal"), "kind": "state"},
        {"key": "change", "label": _("Against the period before"), "kind": "state"},
        {"key": "version", "label": _("Version"), "kind": "num"},
    ]


def period_row(point: TrendPoint, report: SatisfactionReport) -> dict[str, Any]:
    low, high = point.bounds
    broken = any(point is start for start, _version in report.breaks)
    change: dict[str, Any] | None = None
    if point.change is not None:
        state = words.trend_state(point.change)
        change = {**state, "label": f"{words.signed(point.change.difference)} {state['label']}"}
    elif broken:
        change = {"label": _("method changed"), "tone": "idle"}
    return {
        "label": {
            "text": words.short_label(point, report.period),
            "url": "" if point.history else point_answers(point, report),
        },
        "index": words.number(point.index) if point.index is not None else words.no_index(point.figure.n),
        "interval": words.interval(low, high),
        "n": f"{point.n or '–'} / {point.population or '–'}",
        "goal": words.goal_state(point.goal_state) if point.goal_state else None,
        "change": change,
        "version": str(point.version.number) if point.version else "–",
    }  # fmt: skip


def rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 1)


def ipa_chart(report: SatisfactionReport) -> dict[str, Any] | None:
    """Weight of each item as its importance against its score (F8); nothing with fewer than three items."""
    rated = [item for item in report.items if item.result is not None]
    if len(rated) < 3:
        return None
    scores = [item.result.mean for item in rated if item.result is not None]
    cross = importance_performance([item.weight for item in rated], scores)
    return {
        "id": "ipa",
        "title": _("Importance and performance"),
        "kind": "scatter",
        "note": _("cross-hairs at the means"),
        "x_name": _("Performance"),
        "y_name": _("Importance"),
        "points": [
            {
                "name": item.label,
                "x": round(score, 1),
                "y": round(item.weight, 3),
                "url": "" if report.entered else own_answers(report, item=item.key),
            }
            for item, score in zip(rated, scores, strict=True)
        ],
        "cross": {"x": round(cross.performance, 2), "y": round(cross.importance, 4)},
        "quadrants": [_("concentrate here"), _("keep"), _("low priority"), _("overkill")],
        "height": "md",
    }


def item_columns(report: SatisfactionReport) -> list[dict[str, Any]]:
    columns = [
        {"key": "label", "label": _("Item"), "kind": "main"},
        {"key": "weight", "label": _("Weight"), "kind": "num"},
        {"key": "score", "label": _("Score"), "kind": "num"},
        {"key": "interval", "label": _("95% interval"), "kind": "num"},
        {"key": "n", "label": "n / N", "kind": "num"},
        {"key": "change", "label": _("Against the period before"), "kind": "text"},
    ]
    if any(item.gap for item in report.items):
        columns.append({"key": "gap", "label": _("Gap to the expectation"), "kind": "num"})
    if any(item.rival for item in report.items):
        columns.append({"key": "rival", "label": _("Gap to the main competitor"), "kind": "num"})
    return columns


def gap_words(gap: Gap | None, asked_after: int = 0) -> str:
    """`−0.4 (n = 12, asked after the service)`; fewer than five are individual voices."""
    if gap is None:
        return "–"
    if gap.mean is None:
        return _("individual voices, n = %(n)d") % {"n": gap.n}
    note = _(", asked after the service") if asked_after else ""
    return f"{words.signed(gap.mean, 2)} (n = {gap.n}{note})"


def item_row(item: Any, report: SatisfactionReport) -> dict[str, Any]:
    shown = item.result
    return {
        "label": {"text": item.label, "url": "" if report.entered else own_answers(report, item=item.key)},
        "weight": f"{item.weight:.2f}",
        "score": words.number(shown.mean) if shown else _("too few"),
        "interval": words.interval(shown.low, shown.high) if shown else "–",
        "n": f"{item.n or '–'} / {report.index.population or '–'}",
        "change": words.change_text(item.change),
        "gap": gap_words(item.gap, item.asked_after),
        "rival": gap_words(item.rival),
    }


def group_columns() -> list[dict[str, Any]]:
    return [
        {"key": "name", "label": _("Group"), "kind": "main"},
        {"key": "kind", "label": _("Kind"), "kind": "text"},
        {"key": "index", "label": _("Index"), "kind": "num"},
        {"key": "interval", "label": _("95% interval"), "kind": "num"},
        {"key": "n", "label": "n / N", "kind": "num"},
        {"key": "goal", "label": _("Goal"), "kind": "state"},
    ]


def group_row(group: GroupFigure, request: Request) -> dict[str, Any]:
    result = group.figure.result
    query = request.GET.copy()
    query[group.kind] = str(group.id)
    return {
        "name": {"text": group.name, "url": f"?{query.urlencode()}"},
        "kind": words.group_label(group.kind),
        "index": words.number(result.index) if result else _("individual voices"),
        "interval": words.figure_interval(group.figure),
        "n": f"{group.figure.n} / {group.figure.population or '–'}",
        "goal": words.goal_state(result.goal_state) if result else words.hidden(group.figure.n, MIN_SHOWN),
    }
