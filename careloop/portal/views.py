"""The customer's own page of one order: no sign-in, the address is the key. A wrong address shows nothing."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from careloop.core import pdf
from careloop.core.actor import Actor
from careloop.core.address import number_of
from careloop.core.errors import DomainError
from careloop.core.files_views import answer
from careloop.core.http import Request
from careloop.portal import queries
from careloop.workorders import queries as order_queries
from careloop.workorders import services
from careloop.workorders.models import OrderLink, WorkOrder
from careloop.workorders.queries import sheets
from careloop.workorders.states import OrderState

View = Callable[..., HttpResponseBase]


def by_token(view: View) -> View:
    """Find the order behind the address; keep the address out of caches and referrers."""

    @login_not_required
    @wraps(view)
    def found(request: Request, token: str, **kwargs: Any) -> HttpResponseBase:
        link = order_queries.link_of(token, now=request.now)
        if link is None:
            raise Http404
        response = view(request, link, token, **kwargs)
        response.headers["Cache-Control"] = "no-store"
        response.headers["Referrer-Policy"] = "no-referrer"
        response.headers["X-Robots-Tag"] = "noindex"
        return response

    return found


def customer(order: WorkOrder, name: str = "") -> Actor:
    """Whoever holds the address acts for the customer, on this order's station, and may decide; nothing else."""
    return Actor(
        None,
        None,
        name or order.contact.name,
        frozenset({"workorders.consent"}),
        frozenset({order.station_id}),
        entrance="link",
    )


@by_token
@require_safe
def order(request: Request, link: OrderLink, token: str) -> HttpResponse:
    if link.opened_at is None:
        services.note_opened(link.pk, at=request.now)
    return _page(request, link.order, token)


def _page(
    request: Request,
    found: WorkOrder,
    token: str,
    *,
    error: DomainError | None = None,
    code: str = "",
    status: int = 200,
) -> HttpResponse:
    context = {
        **queries.page(found, token, now=request.now),
        "token": token,
        "error": error,
        "code": code,
        "said": request.GET.get("said", ""),
        "name": request.POST.get("given_by", found.contact.name),
        "chosen": set(request.POST.getlist("accepted")) if error else None,
    }
    return render(request, "portal/order.html", context, status=status)


@by_token
@require_POST
def decide(request: Request, link: OrderLink, token: str) -> HttpResponseBase:
    """The customer accepts all, some or none of the items of exactly the version he was shown."""
    found = link.order
    version = request.POST.get("version", "")
    name = request.POST.get("given_by", "").strip()
    accepted = [pk for value in request.POST.getlist("accepted") if (pk := number_of(value)) is not None]
    try:
        _decide(found, request, version=number_of(version) or 0, name=name, accepted=accepted)
    except DomainError as error:
        fresh = order_queries.link_of(token, now=request.now)
        return _page(request, fresh.order if fresh else found, token, error=error, status=error.http_status)
    return redirect(reverse("portal:order", args=[token]) + "?said=1")


def _decide(found: WorkOrder, request: Request, *, version: int, name: str, accepted: list[int]) -> None:
    signature, words = request.POST.get("signature", ""), request.POST.get("words", "")[:300]
    said, method = request.POST.get("answer", ""), "signature" if signature else "link"
    actor = customer(found, name)
    if said == "no" and found.state == OrderState.AWAITING_CONSENT:
        services.refuse(
            found.pk, version=version, given_by=name, reason=words or _("refused on the own page"), method=method,
            signature=signature, actor=actor, at=request.now,
        )  # fmt: skip
        return
    run = services.consent
    if found.state == OrderState.AWAITING_ADDED:
        run = services.consent_bill if found.is_asked_at_settlement else services.consent_added
    chosen = None if said == "diagnosis" else [] if said == "no" else accepted
    run(
        found.pk, version=version, method=method, given_by=name, accepted=chosen, signature=signature, words=words,
        device=request.headers.get("User-Agent", "")[:200], actor=actor, at=request.now,
    )  # fmt: skip


@by_token
@require_POST
def code(request: Request, link: OrderLink, token: str) -> HttpResponse:
    """Six digits to tell the adviser on the telephone; shown once, valid for half an hour."""
    try:
        shown = services.issue_code(link.order.pk, sent_to=_("own page"), actor=customer(link.order), at=request.now)
    except DomainError as error:
        return _page(request, link.order, token, error=error, status=error.http_status)
    return _page(request, link.order, token, code=shown)


@by_token
@require_safe
def photo(request: Request, link: OrderLink, token: str, key: Any) -> HttpResponseBase:
    file = queries.photo_of(link.order, key)
    if file is None:
        raise Http404
    return answer(request, file, inline=True, is_small="full" not in request.GET)


@by_token
@require_safe
def paper(request: Request, link: OrderLink, token: str, paper: str) -> HttpResponse:
    found = link.order
    if paper not in sheets.FORMS or sheets.missing(paper, found):
        raise Http404
    url = request.build_absolute_uri(reverse("portal:order", args=[token]))
    sheet = sheets.sheet_of(paper, order_queries.whole(found, with_times=False), url=url, now=request.now)
    response = HttpResponse(pdf.render_sheet(sheet), content_type="application/pdf")
    response["Content-Disposition"] = f'inline; filename="{sheet.number}-{paper}.pdf"'
    return response
