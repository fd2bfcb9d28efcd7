"""The page on the quality of the customer files: complete, fresh, right numbers, quickly entered (R38, R160)."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext as _p
from django.views.decorators.http import require_safe

from careloop.core.http import Request
from careloop.customers import reports, rules


@require_safe
def quality(request: Request) -> HttpResponse:
    request.actor.require("customers.view_customer")
    actor, today = request.actor, timezone.localdate(request.now)
    months = reports.wrong_numbers(actor, today=today)
    people = reports.entered(actor, today=today)
    context = {
        "figures": [
            *file_figures(reports.files(actor, today=today)),
            fresh_figure(reports.fresh_fields(actor, today=today), f"{reverse('customers:list')}?view=stale"),
            wrong_figure(months[0]),
        ],
        "month_columns": [
            {"key": "month", "label": _p("column", "Month"), "kind": "main"},
            {"key": "wrong", "label": _("Found wrong"), "kind": "num"},
            {"key": "numbers", "label": _("Numbers on file"), "kind": "num"},
            {"key": "share", "label": _("Share"), "kind": "num"},
        ],
        "months": [month_row(row) for row in months],
        "people_columns": entry_columns(_("Delay from the first contact to the file")),
        "people": entry_rows(people),
    }
    return render(request, "customers/quality.html", context)


def share_of(part: int, whole: int) -> str:
    return _("%(part)d of %(whole)d") % {"part": part, "whole": whole}


def percent_words(value: float | None) -> str:
    return "–" if value is None else f"{value:.1f}"


def file_figures(found: reports.Files) -> list[dict[str, Any]]:
    return [
        {
            "label": _("Average completeness"),
            "value": f"{found.average:.1f}" if found.count else "–",
            "unit": "%",
            "text": _("%(part)d of %(whole)d files are complete") % {"part": found.complete, "whole": found.count},
            "definition": _("Filled mandatory and due conditional fields ÷ all of them, averaged over the files."),
            "url": reverse("customers:list") + "?incomplete=1",
            "url_label": _("Incomplete files"),
        }
    ]


def fresh_figure(found: Any, url: str) -> dict[str, Any]:
    """`found`: fresh and all fields."""
    return {
        "label": _("Fresh fields"),
        "unit": "%",
        "value": percent_words(found.percent),
        "text": share_of(found.fresh, found.all),
        "definition": _("Filled fields confirmed within the period of the grade ÷ all that are confirmed by date."),
        "url": url,
        "url_label": _("To be confirmed"),
    }


def wrong_figure(month: reports.WrongNumbers) -> dict[str, Any]:
    return {
        "label": _("Wrong numbers this month"),
        "unit": "%",
        "value": percent_words(month.percent),
        "text": share_of(month.wrong, month.numbers),
        "url": reverse("customers:list") + "?wrong_number=1",
        "url_label": _("Customers with a wrong number"),
    }


def month_row(row: reports.WrongNumbers) -> dict[str, str]:
    return {
        "month": f"{row.month:%Y-%m}",
        "wrong": str(row.wrong),
        "numbers": str(row.numbers),
        "share": f"{percent_words(row.percent)}%" if row.percent is not None else "–",
    }


def entry_columns(delay: str) -> Sequence[dict[str, Any]]:
    return [
        {"key": "person", "label": _("Entered by"), "kind": "main"},
        {"key": "month", "label": _p("column", "Month")},
        {"key": "files", "label": _("Number of files"), "kind": "num"},
        {"key": "complete", "label": _("Average completeness"), "kind": "num"},
        {"key": "median", "label": _("Median delay"), "kind": "num"},
        {"key": "p90", "label": _("90 % within"), "kind": "num"},
        {"key": "timed", "label": delay, "kind": "num", "optional": True},
    ]


def entry_rows(people: Iterable[rules.EntryQuality]) -> list[dict[str, str]]:
    hours = _("%(n).1f h")
    return [
        {
            "person": row.person,
            "month": f"{row.month:%Y-%m}",
            "files": str(row.files),
            "complete": f"{row.completeness:.1f}%",
            "median": hours % {"n": row.median} if row.median is not None else "–",
            "p90": hours % {"n": row.p90} if row.p90 is not None else "–",
            "timed": str(row.timed),
        }
        for row in people
    ]
