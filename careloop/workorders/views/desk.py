"""At the counter: book, receive with and without appointment, come back under guarantee."""

import datetime as dt
from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from careloop.core import search
from careloop.core.actions import StepForm, put_errors
from careloop.core.address import day_of
from careloop.core.errors import DomainError
from careloop.core.http import Request, fragment
from careloop.staff.models import Station
from careloop.workorders import forms, queries, services
from careloop.workorders.queries.booking import Party
from careloop.workorders.queries.lists import as_row
from careloop.workorders.views.base import done, load, refused_status, require, take

BOOK, RECEIVE = "workorders.book", "workorders.receive"


def _party(request: Request) -> Party | None:
    data = request.GET
    asset, case = data.get("asset", ""), data.get("case", "")
    if not asset and not case:
        return None
    return queries.party(request.actor, asset_code=asset, case_number=case, stations=list(request.stations))


def _chooser(request: Request, *, title: str, url_name: str) -> HttpResponse:
    """Which vehicle or machine: search, and those that are booked for today."""
    q = request.GET.get("q", "").strip()
    hits = search.find(q, actor=request.actor, kinds=["asset", "customer"], limit=20) if q else []
    stations = {station.pk: station for station in request.stations}
    rows = (
        queries.values(queries.order_list(request.actor, {"state": ["booked", "no_show"]}))
        .filter(booked_for__lt=request.now + dt.timedelta(hours=18))
        .order_by("booked_for")[:12]
    )
    context: dict[str, Any] = {
        "title": title,
        "q": q,
        "wants": request.GET.get("case", ""),
        "hits": [_hit(hit, url_name) for hit in hits],
        "arrivals": [as_row(row, stations=stations, now=request.now) for row in rows]
        if url_name == "workorders:create"
        else [],
        "columns": [
            {"key": "booked", "label": _("Appointment"), "kind": "time"},
            {"key": "plate", "label": _("Plate"), "kind": "plate"},
            {"key": "party", "label": _("Customer"), "kind": "party"},
            {"key": "buttons", "label": "", "kind": "buttons"},
        ],
        "not_found": bool(q) and not hits,
    }
    for place, row in enumerate(context["arrivals"]):
        row["buttons"] = [
            {
                "label": _("Receive"),
                "icon": "login",
                "primary": place == 0,
                "url": reverse("workorders:receive", args=[row["number"]]),
            }
        ]
    return fragment(request, "workorders/choose.html", "hits", context)


def _hit(hit: search.Hit, url_name: str) -> dict[str, Any]:
    code = hit.url.rstrip("/").rsplit("/", 1)[-1]
    is_asset = hit.kind == "asset"
    return {
        "title": hit.title,
        "subtitle": hit.subtitle,
        "icon": "engine" if is_asset else "building",
        "url": f"{reverse(url_name)}?asset={code}" if is_asset else hit.url,
        "label": _("Choose") if is_asset else _("Open customer"),
    }


# --- booking --------------------------------------------------------------------------------------------------------


@require_http_methods(["GET", "POST"])
def book(request: Request) -> HttpResponse:
    request.actor.require(BOOK)
    party = _party(request)
    if party is None:
        if request.method == "POST":
            raise Http404
        return _chooser(request, title=_("Book an appointment"), url_name="workorders:book")
    form = forms.BookForm(request.POST or None, obj=party, actor=request.actor)
    if request.method == "POST" and form.is_valid():
        try:
            order = services.book_order(actor=request.actor, at=request.now, **_booking(form, party))
        except DomainError as error:
            put_errors(form, _at_form(error))
        else:
            text = _("Booked: %(number)s, %(time)s.") % {
                "number": order.number,
                "time": timezone.localtime(order.booked_for).strftime("%m-%d %H:%M"),
            }
            return done(request, reverse("workorders:detail", args=[order.number]), text)
    day = _day(request)
    context = {
        **_party_context(party, _("Book an appointment")),
        "form": form,
        "day": day.isoformat(),
        "slots": _slots(party, day, request),
        "slots_url": reverse("workorders:slots"),
        "station_id": party.station_id,
    }
    return render(request, "workorders/book.html", context, status=422 if form.errors else 200)


def _booking(form: StepForm, party: Party) -> dict[str, Any]:
    data = dict(form.cleaned_data)
    return {
        "station_id": data.pop("station"),
        "customer_id": party.asset.customer_id,
        "contact_id": data.pop("contact"),
        "asset_id": party.asset.pk,
        "adviser_id": data.pop("adviser"),
        "case_number": data.pop("case"),
        "verify_channel_id": data.pop("verify_channel", None),
        **data,
    }


def _at_form(error: DomainError) -> DomainError:
    return error


def _day(request: Request) -> dt.date:
    return day_of(request.GET.get("day", "")) or timezone.localdate(request.now) + dt.timedelta(days=1)


def _slots(party: Party, day: dt.date, request: Request) -> list[dict[str, Any]]:
    station = next((row for row in party.stations if row.pk == party.station_id), None)
    return queries.slots(station, day, minutes=60, now=request.now) if station else []


@require_safe
def slots(request: Request) -> HttpResponse:
    """Free times of a day, for the booking form."""
    request.actor.require(BOOK)
    day = day_of(request.GET.get("day", ""))
    wanted, minutes = request.GET.get("station", ""), request.GET.get("booked_minutes", "60")
    station: Station | None = next((row for row in request.stations if str(row.pk) == wanted), None)
    length = int(minutes) if minutes.isdecimal() and 15 <= int(minutes) <= 1440 else 60
    rows = queries.slots(station, day, minutes=length, now=request.now) if station and day else []
    return fragment(request, "workorders/slots.html", "slots", {"slots": rows})


# --- reception ------------------------------------------------------------------------------------------------------


@require_http_methods(["GET", "POST"])
def create(request: Request) -> HttpResponse:
    """A customer without appointment stands at the counter; also for a request that becomes an order."""
    request.actor.require(RECEIVE)
    party = _party(request)
    if party is None:
        if request.method == "POST":
            raise Http404
        return _chooser(request, title=_("Receive a vehicle or machine"), url_name="workorders:create")
    form = forms.WalkInForm(request.POST or None, request.FILES or None, obj=party, actor=request.actor)
    if request.method == "POST" and form.is_valid():
        try:
            order = services.receive_walk_in(actor=request.actor, at=request.now, **_intake(form, party))
        except DomainError as error:
            put_errors(form, error)
        else:
            return done(
                request,
                reverse("workorders:detail", args=[order.number]),
                _("Received: %(number)s.") % {"number": order.number},
            )
    context = {
        **_party_context(party, _("Receive a vehicle or machine")),
        "form": form,
        "book_url": f"{reverse('workorders:book')}?asset={party.asset.code}&case={party.case_number}",
    }
    return render(request, "workorders/receive.html", context, status=422 if form.errors else 200)


def _intake(form: StepForm, party: Party) -> dict[str, Any]:
    data = dict(form.cleaned_data)
    return {
        "station_id": data.pop("station"),
        "customer_id": party.asset.customer_id,
        "contact_id": data.pop("contact"),
        "asset_id": party.asset.pk,
        "case_number": data.pop("case"),
        **data,
    }


def _party_context(party: Party, title: str) -> dict[str, Any]:
    asset = party.asset
    return {
        "title": title,
        "asset": asset,
        "customer": asset.customer,
        "case_number": party.case_number,
        "open_orders": [
            {**row, "url": reverse("workorders:detail", args=[row["number"]])} for row in party.open_orders
        ],
        "label": queries.show.asset_words(asset),
        "plate": queries.show.plate(asset.plate),
        "has_verified": party.has_verified,
        "cancel_url": reverse("workorders:list"),
        "draft": f"workorder-{asset.code}",
    }


@require_http_methods(["GET", "POST"])
def receive(request: Request, number: str) -> HttpResponse:
    """The customer of an appointment has come."""
    return _reception(request, number, "receive", _("Receive"))


@require_http_methods(["GET", "POST"])
def come_back(request: Request, number: str) -> HttpResponse:
    """The repair did not hold: reception of the rework."""
    return _reception(request, number, "come_back", _("Comes back under the repair guarantee"))


def _reception(request: Request, number: str, name: str, title: str) -> HttpResponse:
    order = load(request, number)
    require(request, name, order)
    form_class = forms.ComeBackForm if name == "come_back" else forms.IntakeForm
    if request.method == "POST":
        form, result = take(request, order, name)
        if not form.errors:
            return done(
                request,
                reverse("workorders:detail", args=[result.number]),
                _("Received: %(number)s.") % {"number": result.number},
            )
        status = refused_status(form)
    else:
        form, status = form_class(obj=order, actor=request.actor), 200
    context = {
        "title": title,
        "asset": order.asset,
        "customer": order.customer,
        "form": form,
        "label": queries.show.asset_words(order.asset),
        "plate": queries.show.plate(order.asset.plate),
        "has_verified": order.has_verified_contact,
        "case_number": order.case.number if order.case else "",
        "cancel_url": reverse("workorders:detail", args=[number]),
        "draft": f"reception-{number}",
        "is_come_back": name == "come_back",
        "order": order,
    }
    return render(request, "workorders/receive.html", context, status=status)
