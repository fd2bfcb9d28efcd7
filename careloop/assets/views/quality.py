"""The page on the quality of the machine files (R38, R160)."""

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from careloop.assets import reports
from careloop.core.http import Request
from careloop.customers.views.quality import entry_columns, entry_rows, fresh_figure


@require_safe
def quality(request: Request) -> HttpResponse:
    request.actor.require("assets.view_asset")
    actor, today = request.actor, timezone.localdate(request.now)
    found = reports.files(actor)
    base = reverse("assets:list")
    completeness = {
        "label": _("Average completeness"),
        "value": f"{found.average:.1f}" if found.count else "–",
        "unit": "%",
        "text": _("%(part)d of %(whole)d files are complete") % {"part": found.complete, "whole": found.count},
        "definition": _("Filled mandatory and due conditional fields ÷ all of them, averaged over the files."),
        "url": f"{base}?view=incomplete",
        "url_label": _("Incomplete files"),
    }
    context = {
        "figures": [completeness, fresh_figure(reports.fresh_fields(actor, today=today), f"{base}?view=stale")],
        "people_columns": entry_columns(_("Delay from shipment or hand-over to the file")),
        "people": entry_rows(reports.entered(actor, today=today)),
    }
    return render(request, "customers/quality.html", context)
