"""Verdicts and labels of figures: the same words on the page, in the API and in exports."""

from typing import Any

from django.utils.translation import gettext as _

from careloop.insight.figures import Figure
from careloop.insight.reports import SatisfactionReport, TrendPoint
from careloop.insight.rules import MIN_SHOWN, Period
from careloop.measures.intervals import Change, GoalState, Trend
from careloop.measures.survey_scores import ValueVerdict

State = dict[str, Any]


def number(value: float | None, places: int = 1) -> str:
    return "–" if value is None else f"{value:.{places}f}"


def signed(value: float, places: int = 1) -> str:
    return f"{value:+.{places}f}".replace("-", "−")


def p_value(p: float) -> str:
    """Three places; a smaller one is never 0."""
    return f"p = {p:.3f}" if p >= 0.0005 else "p < 0.001"


def goal_state(state: GoalState) -> State:
    """达标，已证实 · 达标，未证实 · 未达标."""
    return {
        GoalState.MET_SHOWN: {"label": _("met, proven"), "tone": "ok"},
        GoalState.MET_NOT_PROVEN: {"label": _("met, not proven"), "tone": "warn"},
        GoalState.NOT_MET: {"label": _("not met"), "tone": "bad"},
    }[state]


def too_few(least: int) -> State:
    return {"label": _("n < %(n)d") % {"n": least}, "tone": "idle"}


def hidden(n: int, least: int) -> State:
    """Why a figure is not shown: too few, or so few around it that a subtraction would give them away."""
    return too_few(least) if n < least else {"label": _("rest below %(n)d") % {"n": least}, "tone": "idle"}


def trend_state(change: Change) -> State:
    return {
        Trend.RISING: {"label": _("rising, proven"), "tone": "ok"},
        Trend.RISING_NOT_PROVEN: {"label": _("rising, not proven"), "tone": "idle"},
        Trend.FALLING: {"label": _("falling, proven"), "tone": "bad"},
        Trend.FALLING_NOT_PROVEN: {"label": _("falling, not proven"), "tone": "idle"},
        Trend.UNCHANGED: {"label": _("unchanged"), "tone": "idle"},
    }[change.trend]


def change_text(change: Change | None) -> str:
    """`+4.0，未证实`: a difference is never shown without its verdict."""
    if change is None:
        return "–"
    proven = change.trend in (Trend.RISING, Trend.FALLING)
    return _("%(difference)s, %(verdict)s") % {
        "difference": signed(change.difference),
        "verdict": _("proven") if proven else _("not proven"),
    }


def value_verdict(verdict: ValueVerdict) -> State:
    """价值高于成本 · 两者相当 · 价值低于成本."""
    return {
        ValueVerdict.GOOD: {"label": _("more value than cost"), "tone": "ok"},
        ValueVerdict.BALANCE: {"label": _("value and cost in balance"), "tone": "idle"},
        ValueVerdict.POOR: {"label": _("less value than cost"), "tone": "bad"},
    }[verdict]


def interval(low: float | None, high: float | None) -> str:
    return "–" if low is None or high is None else f"{low:.1f}–{high:.1f}"


def spread(report: SatisfactionReport, index: float | None, low: float | None, high: float | None) -> dict[str, Any]:
    """The interval in words and as a line with the goal; nothing where it is not known."""
    if low is None or high is None:
        return {"interval": None}
    first, last = min(low, report.goal), max(high, report.goal)
    return {
        "interval": (number(low), number(high)),
        "level": "95%",
        "whisker": {
            "min": max(0, int(first) - 4), "max": min(100, int(last) + 5), "low": low, "high": high,
            "value": index, "goal": report.goal,
        },
    }  # fmt: skip


def figure_interval(figure: Figure) -> str:
    return interval(figure.result.low, figure.result.high) if figure.result else "–"


def no_index(n: int) -> str:
    return _("individual voices") if n < MIN_SHOWN else _("not shown")


def why_no_index(n: int) -> str:
    """Too few, or enough, but beside a period or group that differs by single customers (R121)."""
    if n < MIN_SHOWN:
        return _("Fewer than %(n)d answering companies: individual voices, no index.") % {"n": MIN_SHOWN}
    return why_beside_others()


def why_beside_others() -> str:
    return _(
        "Beside other periods or filters this figure would give away single customers. Choose a whole year, half-year "
        "or quarter, or fewer filters."
    )


def period_label(period: Period) -> str:
    year = {"year": period.start.year}
    if period.grain == "free":
        return _months(period) if period.is_months else f"{period.start} – {period.last}"
    if period.grain == "year":
        return _("%(year)d") % year
    if period.grain == "half":
        return (_("first half of %(year)d") if period.start.month == 1 else _("second half of %(year)d")) % year
    if period.grain == "quarter":
        return _("quarter %(quarter)d of %(year)d") % {**year, "quarter": (period.start.month + 2) // 3}
    return _("%(month)d/%(year)d") % {**year, "month": period.start.month}


def _months(period: Period) -> str:
    return f"{period.start:%Y-%m} – {period.last:%Y-%m}"


def grain_label(grain: str) -> str:
    return {"year": _("Year"), "half": _("Half-year"), "quarter": _("Quarter"), "month": _("Month")}[grain]


def group_label(kind: str) -> str:
    return {"station": _("Station"), "model": _("Machine type"), "technician": _("Technician")}[kind]


def short_label(point: TrendPoint, period: Period) -> str:
    """`25上`, `25下` as the trade writes half-years; other grains by their key."""
    if point.history is None and period.grain == "half":
        year = f"{point.start.year % 100:02d}"
        return (_("H1 %(year)s") if point.start.month == 1 else _("H2 %(year)s")) % {"year": year}
    own = Period(point.start, point.end, period.grain)
    return _months(own) if point.history is None and own.grain == "free" and own.is_months else point.label


def break_lines(report: SatisfactionReport) -> list[dict[str, str]]:
    """A line where the method changes; the figures on its two sides are not compared (R178)."""
    return [
        {
            "x": short_label(point, report.period),
            "label": _("from version %(number)d") % {"number": version.number},
        }
        for point, version in report.breaks
    ]


def expectation_label(state: str) -> str:
    return {"below": _("below"), "met": _("met"), "above": _("above"), "delight": _("delighted")}[state]


def not_asked_label(reason: str) -> str:
    return {
        "budget": _("asked recently (contact budget)"),
        "do_not_call": _("wants no calls"),
        "no_contact": _("no contact known"),
        "no_consent": _("consent withdrawn"),
        "internal": _("internal order"),
        "not_needed": _("not needed"),
        "other": _("other reason"),
        "planned": _("window not open yet"),
        "due": _("still to call"),
        "rescheduled": _("time agreed"),
        "in_call": _("in call"),
        "link_sent": _("link sent, no answer yet"),
        "unreachable": _("not reached"),
        "refused": _("no answer wanted"),
        "merged": _("asked together with another service"),
        "unplanned": _("no follow-up planned yet"),
    }.get(reason, reason)
