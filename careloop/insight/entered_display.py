"""A result entered from before the program, on the cards: it has a source, but no answers to open."""

from typing import Any

from django.utils.translation import gettext as _

from careloop.insight.reports import TrendPoint


def origin(point: TrendPoint) -> str:
    source = point.history.source if point.history else ""
    return _("Entered from before CareLoop: %(source)s") % {"source": source or "–"}


def coverage_figure(point: TrendPoint) -> dict[str, Any]:
    return {
        "label": _("Coverage"),
        "value": f"{point.n or '–'} / {point.population or '–'}",
        "unit": _("customers"),
        "text": _("As the source has it; the services of that time are not kept here."),
    }


def expectation_figure() -> dict[str, Any]:
    return {"label": _("Against expectation"), "value": "–", "text": _("The entered result does not name it.")}
