"""The page of one customer: who it is, what was agreed, what happened; and the small steps on it."""

import datetime as dt
from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_safe

from careloop.core import panels, timeline
from careloop.core.actions import put_errors
from careloop.core.errors import DomainError
from careloop.core.http import Request, fragment
from careloop.customers import queries, rules, services
from careloop.customers.forms import ConfirmForm, EmptyForm, NoteForm, ReasonForm, SiteForm
from careloop.customers.labels import ORIGINS, TONES_OF_TIER, equipment_line, field_label
from careloop.customers.models import Contact, ContactChannel, Customer, Purpose
from careloop.customers.views.files import found_or_404

STEPS = 20


@require_safe
def detail(request: Request, code: str) -> HttpResponse:
    request.actor.require("customers.view_customer")
    customer = found_or_404(request, code)
    today = timezone.localdate(request.now)
    contacts = queries.contacts_of(customer.pk)
    known = queries.confirmations_of(customer.pk)
    has_channels = any(contact.channels.all() for contact in contacts)
    stale = queries.stale_fields(customer, today=today, confirmations=known, has_channels=has_channels)
    events, older = story(request, customer)
    context = {
        "customer": customer,
        "r": head(request, customer, stale=len(stale)),
        "facts": facts(customer, known, contacts),
        "gaps": gaps(request, customer, contacts),
        "stale": len(stale),
        "contacts": [person(request, contact) for contact in contacts],
        "may_change": request.actor.may("customers.change_customer"),
        "profile": profile(customer, known, contacts),
        "sites": list(queries.sites_of(customer.pk)),
        "panels": panels.of("customer", code, actor=request.actor),
        "note_form": NoteForm(people=contacts),
        "events": events,
        "older": older,
    }
    return render(request, "customers/detail.html", context)


def story(request: Request, customer: Customer) -> tuple[list[dict[str, Any]], str]:
    url = reverse("customers:timeline", args=[customer.code])
    found, older = timeline.page(request, url=url, limit=STEPS, customer_id=customer.pk)
    return timeline.shown(found, now=request.now), older


@require_safe
def timeline_page(request: Request, code: str) -> HttpResponse:
    """Older steps: the list alone, also without script."""
    request.actor.require("customers.view_customer")
    customer = found_or_404(request, code)
    events, older = story(request, customer)
    return render(request, "customers/timeline.html", {"customer": customer, "events": events, "older": older})


# --- what the page shows ----------------------------------------------------------------------------------------


def head(request: Request, customer: Customer, *, stale: int) -> dict[str, Any]:
    code = customer.code
    states = [{"label": customer.get_credit_tier_display(), "tone": TONES_OF_TIER[customer.credit_tier]}]
    if customer.closed_at:
        states.append({"label": _("closed: %(reason)s") % {"reason": customer.closed_reason}, "tone": "idle"})
    actions: list[dict[str, Any]] = []
    if request.actor.may("customers.change_customer"):
        if stale:
            actions.append(
                {
                    "label": ngettext("Confirm %(n)d field", "Confirm %(n)d fields", stale) % {"n": stale},
                    "url": reverse("customers:confirm", args=[code]),
                    "icon": "checks",
                    "sheet": True,
                }
            )
        edit = reverse("customers:edit", args=[code])
        actions.append({"label": _("Edit"), "url": edit, "icon": "edit", "key": "e"})
        close = "customers:reopen" if customer.closed_at else "customers:close"
        actions.append(
            {
                "label": _("Use again") if customer.closed_at else _("Close file"),
                "url": reverse(close, args=[code]),
                "icon": "archive",
                "sheet": True,
            }
        )
    actions.append({"label": _("Print"), "url": reverse("customers:sheet", args=[code]), "icon": "printer"})
    if request.actor.may("customers.export_customer"):
        url = reverse("customers:sheet-export", args=[code, "csv"])
        actions.append({"label": _("Export"), "url": url, "icon": "table-export"})
    return {
        "title": customer.name,
        "grade": customer.grade,
        "states": states,
        "actions": actions,
        "parts": [
            {"label": code},
            {"label": customer.get_type_display()},
            {"label": rules.region_name(customer.region)},
            {"label": customer.station.name},
        ],
        "crumbs": [{"label": _("Customers"), "url": reverse("customers:list")}, {"label": code}],
        "recent_icon": "building",
    }


def facts(customer: Customer, known: dict[str, Any], contacts: list[Contact]) -> list[dict[str, Any]]:
    first = contacts[0] if contacts else None
    tones = {100: "ok"}
    return [
        {
            "label": _("First contact person"),
            "value": first.name if first else "",
            "sub": first.get_role_display() if first else _("not named yet"),
        },
        {"label": _("Machines in use"), "value": str(customer.asset_count)},
        {
            "label": _("Service owner"),
            "value": getattr(customer.service_owner, "name", ""),
            "sub": _("sales: %(name)s") % {"name": customer.sales_owner.name} if customer.sales_owner else "",
        },
        {
            "label": _("Cost of failure"),
            "value": money(customer.loss_per_hour, "¥%(amount)s/h"),
            "sub": money(customer.loss_fixed, _("¥%(amount)s per event")),
            "confirmed": confirmed(known, "loss_per_hour"),
        },
        {
            "label": _("Credit limit"),
            "value": money(customer.credit_limit, "¥%(amount)s"),
            "sub": _("%(days)d days to pay") % {"days": customer.payment_days} if customer.payment_days else "",
        },
        {
            "label": _("File complete"),
            "value": f"{customer.completeness}%",
            "state": {
                "label": _("complete") if customer.completeness == 100 else _("gaps"),
                "tone": tones.get(customer.completeness, "warn"),
            },
        },
    ]


def money(value: Any, text: str) -> str:
    return text % {"amount": f"{value:,.0f}".replace(",", "\u202f")} if value is not None else ""


def confirmed(known: dict[str, Any], name: str) -> str:
    if name not in known:
        return ""
    return _("confirmed %(date)s") % {"date": timezone.localtime(known[name].confirmed_at).strftime("%Y-%m-%d")}


def gaps(request: Request, customer: Customer, contacts: list[Contact]) -> list[dict[str, str]]:
    """Each gap of the file as a link to fill it (R160)."""
    if not request.actor.may("customers.change_customer"):
        return []
    values = services.values_of(customer)
    edit = reverse("customers:edit", args=[customer.code])
    found = [
        {"label": field_label(name), "why": reason, "url": f"{edit}#id_{name}"}
        for name, reason in rules.missing(values, by_hand=True).items()
    ]
    channels = [channel for contact in contacts for channel in contact.channels.all()]
    if not contacts:
        found.append(
            {
                "label": _("Contact person"),
                "why": _("Mandatory in every customer file."),
                "url": reverse("customers:contact-add", args=[customer.code]),
            }
        )
    elif not any(channel.verified_at and not channel.wrong_since for channel in channels):
        found.append(
            {"label": _("Verified number"), "why": _("No work order without a verified number."), "url": "#contacts"}
        )
    if contacts and not any(contact.consents.all() for contact in contacts):
        found.append({"label": _("Consent"), "why": _("Nobody was asked for consent yet."), "url": "#contacts"})
    return found


def person(request: Request, contact: Contact) -> dict[str, Any]:
    """A contact person as the card shows it."""
    quiet = f"{contact.quiet_from:%H:%M}–{contact.quiet_to:%H:%M}" if contact.quiet_from and contact.quiet_to else ""
    given = {consent.purpose for consent in contact.consents.all() if consent.withdrawn_at is None}
    asked = {consent.purpose for consent in contact.consents.all()}
    return {
        "pk": contact.pk,
        "name": contact.name,
        "salutation": contact.get_salutation_display() if contact.salutation else "",
        "role": contact.get_role_display(),
        "post": " · ".join(part for part in (contact.department, contact.post) if part),
        "is_primary": contact.is_primary,
        "do_not_call": contact.do_not_call,
        "quiet": quiet,
        "preferred": contact.get_preferred_channel_display() if contact.preferred_channel else "",
        "channels": [channel_row(request, channel) for channel in contact.channels.all()],
        "consents": [
            {
                "purpose": value,
                "label": label,
                "given": value in given,
                "asked": value in asked,
                "withdrawn": _("%(purpose)s withdrawn") % {"purpose": label},
            }
            for value, label in Purpose.choices
        ],
    }


def channel_row(request: Request, channel: ContactChannel) -> dict[str, Any]:
    in_full = request.actor.may("customers.view_phone")
    if channel.wrong_since:
        state = {"label": _("wrong number"), "tone": "bad"}
    elif channel.verified_at:
        day = timezone.localtime(channel.verified_at).strftime("%Y-%m-%d")
        state = {"label": _("verified %(date)s") % {"date": day}, "tone": "ok"}
    else:
        state = {"label": _("not verified"), "tone": "warn"}
    return {
        "pk": channel.pk,
        "icon": {"mobile": "device-mobile", "phone": "phone", "email": "mail", "wechat": "brand-wechat"}[channel.kind],
        "kind": channel.get_kind_display(),
        "value": queries.number_for(request.actor, channel),
        "href": f"tel:{channel.value}" if in_full and channel.is_number else "",
        "state": state,
        "is_masked": not in_full,
        "may_verify": request.actor.may("customers.verify_contact"),
        "is_verified": bool(channel.verified_at),
        "is_wrong": bool(channel.wrong_since),
    }


def profile(customer: Customer, known: dict[str, Any], contacts: list[Contact]) -> list[dict[str, Any]]:
    """What is known about needs and money, each with its origin (R36, R37)."""
    names = [
        "tendency",
        "preference",
        "expectation",
        "expected_price",
        "spending_power",
        "potential",
        "buying_frequency",
        "decision_traits",
        "capital_efficiency",
    ]
    has_care = any(c.purpose == "care" and c.withdrawn_at is None for p in contacts for c in p.consents.all())
    if customer.type == Customer.Type.PERSON and has_care:
        names.append("family")
    found = []
    for name in names:
        value = getattr(customer, name)
        if rules.is_blank(value):
            continue
        display = getattr(customer, f"get_{name}_display", None)
        row = known.get(name)
        found.append(
            {
                "label": field_label(name),
                "value": display() if display else value,
                "sub": origin(row),
                "is_guess": getattr(row, "confidence", "") == "guess",
            }
        )
    if customer.competitor_equipment:
        text = " · ".join(equipment_line(row) for row in customer.competitor_equipment)
        found.append({"label": field_label("competitor_equipment"), "value": text, "sub": ""})
    return found


def origin(row: Any) -> str:
    if row is None:
        return ""
    day = timezone.localtime(row.confirmed_at).strftime("%Y-%m-%d")
    source = str(ORIGINS.get(row.source, row.source))
    return " · ".join(part for part in (row.get_confidence_display(), source, day) if part)


# --- steps ------------------------------------------------------------------------------------------------------


def done(request: Request, code: str, text: str, *, anchor: str = "") -> HttpResponse:
    """Back to the customer's page with the news; htmx follows by its own header."""
    messages.success(request, text)
    url = reverse("customers:detail", args=[code]) + anchor
    if request.headers.get("HX-Request"):
        return HttpResponse(status=204, headers={"HX-Redirect": url})
    return redirect(url)


def step(
    request: Request,
    code: str,
    form: Any,
    run: Callable[[], Any],
    *,
    title: str,
    text: str,
    intro: str = "",
    submit: str = "",
    danger: bool = False,
    anchor: str = "",
) -> HttpResponse:
    """One small form: as a sheet on the page or as a page of its own."""
    if request.method == "POST" and form.is_valid():
        try:
            run()
        except DomainError as error:
            if hasattr(error, "matches") and hasattr(form, "offer_confirmation"):
                form.offer_confirmation()
            put_errors(form, error)
        else:
            return done(request, code, text, anchor=anchor)
    context = {
        "form": form,
        "title": title,
        "intro": intro,
        "submit": submit or title,
        "danger": danger,
        "back_url": reverse("customers:detail", args=[code]),
        "action_url": request.path,
    }
    return fragment(request, "action.html", "sheet", context, status=422 if form.errors else 200)


FORM = require_http_methods(["GET", "HEAD", "POST"])


@FORM
def note(request: Request, code: str) -> HttpResponse:
    """Anybody who works here writes down what a customer said (R12)."""
    request.actor.require("customers.view_customer")
    customer = found_or_404(request, code)
    form = NoteForm(request.POST or None, people=queries.contacts_of(customer.pk))
    return step(
        request,
        code,
        form,
        title=_("New note"),
        text=_("The note stands on the timeline."),
        submit=_("Keep note"),
        anchor="#timeline",
        run=lambda: services.add_note(customer.pk, actor=request.actor, at=request.now, **form.cleaned_data),
    )


@FORM
def confirm(request: Request, code: str) -> HttpResponse:
    """The fields whose period is over, to be ticked off after asking (R38)."""
    request.actor.require("customers.change_customer")
    customer = found_or_404(request, code)
    contacts = queries.contacts_of(customer.pk)
    stale = queries.stale_fields(
        customer,
        today=timezone.localdate(request.now),
        has_channels=any(contact.channels.all() for contact in contacts),
    )
    if not stale:
        return done(request, code, _("Nothing to confirm: all data are within their period."))
    form = ConfirmForm(request.POST or None, stale=[(row.field, local_day(row.confirmed_at)) for row in stale])
    return step(
        request,
        code,
        form,
        title=_("Confirm customer data"),
        text=_("Confirmed; the values stay as they were."),
        submit=_("Confirm all ticked"),
        intro=_("Ask the customer. What has changed is changed in the file; what still holds is ticked here."),
        run=lambda: services.confirm_fields(
            customer.pk,
            form.cleaned_data["fields_"],
            actor=request.actor,
            at=request.now,
            source=form.cleaned_data["source"],
        ),
    )


def local_day(moment: dt.datetime) -> dt.date:
    return timezone.localtime(moment).date()


@FORM
def close(request: Request, code: str) -> HttpResponse:
    request.actor.require("customers.change_customer")
    customer = found_or_404(request, code)
    form = ReasonForm(request.POST or None)
    return step(
        request,
        code,
        form,
        title=_("Close file"),
        text=_("The file is closed."),
        danger=True,
        intro=_("The file stays readable with its history; the customer is no longer offered in lists."),
        run=lambda: services.close_customer(customer.pk, actor=request.actor, at=request.now, **form.cleaned_data),
    )


@FORM
def reopen(request: Request, code: str) -> HttpResponse:
    request.actor.require("customers.change_customer")
    customer = found_or_404(request, code)
    return step(
        request,
        code,
        EmptyForm(request.POST if request.method == "POST" else None),
        title=_("Use file again"),
        text=_("The file is in use again."),
        run=lambda: services.reopen_customer(customer.pk, actor=request.actor, at=request.now),
    )


@FORM
def site_add(request: Request, code: str) -> HttpResponse:
    request.actor.require("customers.change_customer")
    customer = found_or_404(request, code)
    form = SiteForm(request.POST or None)
    return step(
        request,
        code,
        form,
        title=_("New service site"),
        text=_("The place is kept."),
        run=lambda: services.add_site(customer.pk, actor=request.actor, at=request.now, **form.cleaned_data),
    )
