"""The value ratio on the page: a card and a chart of its own, because 1.53 and 76 % share no axis (R120)."""

from typing import Any

from django.utils.translation import gettext as _

from careloop.insight import words
from careloop.insight.links import own_answers, point_answers
from careloop.insight.reports import SatisfactionReport
from careloop.insight.rules import MIN_SHOWN, Item
from careloop.insight.value import ValueFigure

BALANCE = 1.0


def figure(report: SatisfactionReport) -> dict[str, Any] | None:
    """The card; None when the questionnaire does not ask about value and cost."""
    value = report.value
    if value is None:
        return None
    is_own = report.entered is None and value.n
    base = {
        "label": _("Value ratio"),
        "n": value.n,
        "N": value.population,
        "definition": definition(value),
        "url": own_answers(report, rated="value", version=value.version.id) if is_own else "",
        "url_label": _("the answers behind it"),
    }
    if value.result is None:
        return {**base, "value": "–", "text": too_few(value)}
    return {
        **base,
        "value": words.number(value.result.ratio, 2),
        "unit": _("value ÷ cost, 1 = balance"),
        "interval": tuple(words.number(bound, 2) for bound in value.bounds) if value.interval else None,
        "sub": _("%(period)s: total value %(value)s ÷ total cost %(cost)s = %(ratio)s") % {
            "period": words.period_label(report.period), "value": words.number(value.result.value, 2),
            "cost": words.number(value.result.cost, 2), "ratio": words.number(value.result.ratio, 3)},
        "verdict": words.value_verdict(value.result.verdict),
    }  # fmt: skip


def too_few(value: ValueFigure) -> str:
    if not value.n:
        return _("Nobody rated value and cost in this period yet.")
    if value.n < MIN_SHOWN:
        return _("Fewer than %(n)d answering companies: individual voices, no ratio.") % {"n": MIN_SHOWN}
    return words.why_beside_others()


def definition(value: ValueFigure) -> str:
    """What is divided by what, with the weights of the version, and that it is not the index (F10)."""
    lines = [
        _("total value ÷ total cost, each question rated 1–10 (F10); a figure of its own, no part of the index"),
        _("value: %(items)s") % {"items": weights(value.version.values)},
        _("cost: %(items)s") % {"items": weights(value.version.costs)},
        _("interval by linearization over those who rated both sides"),
    ]
    return "\n".join(lines)


def weights(items: tuple[Item, ...]) -> str:
    return " + ".join(f"{item.weight:g} × {item.label}" for item in items)


def chart(report: SatisfactionReport) -> dict[str, Any] | None:
    """The ratio over time with the line of balance; None with fewer than two periods to show."""
    points = [point for point in report.trend if point.value is not None and point.value.n]
    shown = [point for point in points if point.value and point.value.result]
    if len(shown) < 2:
        return None
    figures = [point.value for point in points if point.value is not None]
    ratios = [row.result.ratio if row.result else None for row in figures]
    low, high = [row.bounds[0] for row in figures], [row.bounds[1] for row in figures]
    known = [value for value in (*ratios, *low, *high, BALANCE) if value is not None]
    labels = [words.short_label(point, report.period) for point in points]
    return {
        "id": "value-ratio",
        "title": _("Value ratio over time"),
        "kind": "line",
        "note": _("total value ÷ total cost, a point opens its answers"),
        "x_head": _("Period"),
        "x": labels,
        "y_min": max(0.0, round(min(known) - 0.15, 1)),
        "y_max": round(max(known) + 0.15, 1),
        "series": [{
            "name": _("Value ratio"),
            "data": [rounded(value) for value in ratios],
            "low": [rounded(value) for value in low],
            "high": [rounded(value) for value in high],
            "n": [row.n for row in figures],
            "urls": [
                "" if point.history else point_answers(point, report, rated="value", version=row.version.id)
                for point, row in zip(points, figures, strict=True)
            ],
        }],
        "goal": {"value": BALANCE, "label": _("1 = balance")},
        "breaks": [line for line in words.break_lines(report) if line["x"] in labels],
        "height": "md",
    }  # fmt: skip


def rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 3)


def rows(report: SatisfactionReport) -> list[list[Any]]:
    """Rows of the export: the ratio of the period and of each period before, under a name of their own."""
    if report.value is None:
        return []
    found = [_row(words.period_label(report.period), report.value)]
    found += [_row(point.label, point.value) for point in report.trend if point.value is not None and point.value.n]
    return found


def _row(name: str, value: ValueFigure) -> list[Any]:
    low, high = value.bounds
    ratio: Any = value.result.ratio if value.result else _("individual voices") if value.n else ""
    verdict = words.value_verdict(value.result.verdict)["label"] if value.result else ""
    return [_("Value ratio"), name, f"v{value.version.number}", ratio, low, high, value.n, value.population, verdict]
