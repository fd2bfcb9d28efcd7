"""The customer's own page of one request: where it is, who has it, and until when somebody reacts (R83)."""

from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from careloop.cases import escalations
from careloop.cases.display import long_moment
from careloop.cases.models import Case
from careloop.core.http import Request, visitors_language


@login_not_required
@never_cache
@require_safe
def request_page(request: Request, token: str) -> HttpResponse:
    """No sign-in, the address is the key. A wrong address shows nothing."""
    case = escalations.case_of(token)
    if case is None:
        raise Http404
    with translation.override(visitors_language(request, case.contact.language if case.contact else "")):
        response = render(request, "portal/request.html", {
            "firm": settings.COMPANY, "case": case, "pairs": pairs(case), "phone": case.station.phone,
        })  # fmt: skip
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["X-Robots-Tag"] = "noindex"
    return response


def pairs(case: Case) -> list[tuple[Any, Any]]:
    """What the customer reads; nothing of internal notes and names."""
    waits = case.escalation_due_at is not None and case.state in escalations.OPEN
    level = case.level if case.escalated_at is not None else None
    upper = case.next_level if waits else None
    found = [
        (_("Received"), long_moment(case.received_at)),
        (_("State"), case.get_state_display()),
        (_("Now with"), level.label if level is not None else ""),
        (_("Handed on"), long_moment(case.escalated_at) if level is not None else ""),
        (_("Reacts until"), long_moment(case.escalation_due_at) if waits else ""),
        (_("If not, it goes to"), upper.label if upper is not None else ""),
        (_("We promised a word until"), long_moment(case.promise_at)),
        (_("What was done"), case.resolution),
    ]
    return [(label, value) for label, value in found if value]
