"""A result entered from before the program, on the cards: it has a source, but no answers to open."""

from typing import Any

from django.utils.translation import gettext as _

from careloop.insight import words
from careloop.insight.reports import SatisfactionReport, TrendPoint


def index_figure(report: SatisfactionReport, point: TrendPoint) -> dict[str, Any]:
    shown = {
        "n": point.n,
        "N": point.population,
        "url": "",
        "value": words.number(point.index),
        "verdict": words.goal_state(point.goal_state) if point.goal_state else None,
        "text": _("Entered from before CareLoop: %(source)s") % {"source": source(point)},
    }
    return shown | words.spread(report, point.index, *point.bounds)


def source(point: TrendPoint) -> str:
    return (point.history.source if point.history else "") or "–"


def coverage_figure(point: TrendPoint) -> dict[str, Any]:
    return {
        "label": _("Coverage"),
        "value": f"{point.n or '–'} / {point.population or '–'}",
        "unit": _("customers"),
        "text": _("As the source has it; the services of that time are not kept here."),
    }


def expectation_figure() -> dict[str, Any]:
    return {"label": _("Against expectation"), "value": "–", "text": _("The entered result does not name it.")}
