"""Create and change a customer file (form 2.3), and its printed sheet."""

from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from careloop.core import access, download, phones
from careloop.core.http import Request
from careloop.customers import queries, services
from careloop.customers.forms import SECTIONS, CustomerForm, initial_of
from careloop.customers.labels import field_label, shown_value
from careloop.customers.models import Consent, Contact, Customer
from careloop.customers.views.saving import file_page, saved

CONTACT_FIELDS = {"name": "contact_name", "value": "phone", "role": "contact_role"}


def found_or_404(request: Request, code: str) -> Customer:
    customer = queries.customer_by_code(request.actor, code)
    if customer is None:
        raise Http404
    return customer


@require_http_methods(["GET", "HEAD", "POST"])
def create(request: Request) -> HttpResponse:
    request.actor.require("customers.change_customer")
    form = CustomerForm(request.POST or None, actor=request.actor, is_new=True, initial=first_values(request))
    if request.method == "POST" and form.is_valid():
        customer = saved(form, lambda: _create(request, form), names=CONTACT_FIELDS)
        if customer is not None:
            messages.success(
                request, _("%(name)s was saved as %(code)s.") % {"name": customer.name, "code": customer.code}
            )
            return redirect("customers:detail", code=customer.code)
    return _page(request, form, _("New customer"), "customer-new", reverse("customers:list"))


def first_values(request: Request) -> dict[str, Any]:
    chosen = request.session.get("station")
    station = chosen or (request.stations[0].pk if request.stations else None)
    owner = request.actor.person_id
    return {
        "station": station,
        "service_owner": owner,
        "language": "zh-hans",
        "country": "CN",
        "name": request.GET.get("name", ""),
        "phone": request.GET.get("phone", ""),
    }


def _create(request: Request, form: CustomerForm) -> Customer:
    values = form.values()
    return services.create_customer(
        actor=request.actor,
        at=request.now,
        contacts=[form.contact()],
        confidence=form.confidence(),
        confirm_duplicates=form.cleaned_data["confirm_duplicates"],
        station_id=values.pop("station"),
        **values,
    )


@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: Request, code: str) -> HttpResponse:
    request.actor.require("customers.change_customer")
    customer = found_or_404(request, code)
    initial = initial_of(customer, queries.confirmations_of(customer.pk))
    form = CustomerForm(request.POST or None, actor=request.actor, is_new=False, instance=customer, initial=initial)
    back = reverse("customers:detail", args=[code])
    if request.method == "POST" and form.is_valid():
        changed = saved(
            form,
            lambda: services.update_customer(
                customer.pk,
                actor=request.actor,
                at=request.now,
                values=form.values(),
                confidence=form.confidence(),
                seen_event=form.cleaned_data["seen_event"],
                confirm_duplicates=form.cleaned_data["confirm_duplicates"],
            ),
            names=CONTACT_FIELDS,
        )
        if changed is not None:
            messages.success(request, _("Saved."))
            return redirect(back)
    return _page(request, form, _("Change %(name)s") % {"name": customer.name}, f"customer-{code}", back)


def _page(request: Request, form: CustomerForm, title: str, key: str, back: str) -> HttpResponse:
    crumbs = [{"label": _("Customers"), "url": reverse("customers:list")}, {"label": title}]
    return file_page(request, "customers/form.html", form, title=title, key=key, back=back, crumbs=crumbs)


# --- printed sheet ----------------------------------------------------------------------------------------------


@require_safe
def sheet(request: Request, code: str) -> HttpResponse:
    """Form 2.3 with the values of the file; the print is logged."""
    request.actor.require("customers.view_customer")
    customer = found_or_404(request, code)
    access.log("print", actor=request.actor, at=request.now, subject=customer)
    return render(request, "customers/sheet.html", sheet_context(request, customer))


@require_safe
def sheet_export(request: Request, code: str, form: str) -> HttpResponseBase:
    """The same form as a table: block, field, value. Numbers as this person sees them; the export is logged."""
    request.actor.require("customers.export_customer")
    customer = found_or_404(request, code)
    lines = list(sheet_lines(sheet_context(request, customer)))
    access.log("export", actor=request.actor, at=request.now, subject=customer, rows=len(lines), detail={"form": form})
    return download.table(form, f"customer-{customer.code}", [_("Block"), _("Field"), _("Content")], lines)


def sheet_context(request: Request, customer: Customer) -> dict[str, Any]:
    """Form 2.3 with the values of the file, for paper and for the table."""
    contacts = queries.contacts_of(customer.pk)
    may_see_family = queries.customer_has_consent(customer.pk, "care")
    return {
        "customer": customer,
        "station": customer.station,
        "sections": [
            _section(title, names, customer, may_see_family=may_see_family) for title, names in SECTIONS if _own(names)
        ],
        "contacts": [_contact(request, contact) for contact in contacts],
        "is_blank": False,
        "confirmed": [
            (field_label(name), timezone.localtime(row.confirmed_at).strftime("%Y-%m-%d"))
            for name, row in sorted(queries.confirmations_of(customer.pk).items())
        ],
    }


def sheet_lines(context: dict[str, Any]) -> Iterator[tuple[str, str, str]]:
    """The values of the printed form, one line each."""
    customer, people = context["customer"], _("Contact persons and consents")
    for section in context["sections"]:
        for label, value in section["pairs"]:
            yield str(section["title"]), str(label), str(value)
    for contact in context["contacts"]:
        numbers = " · ".join(_number(row) for row in contact["channels"])
        given = " · ".join(contact["consents"])
        parts = (contact["role"], contact["post"], numbers, given)
        yield people, contact["name"], "; ".join(str(part) for part in parts if part)
    kept = _("Kept by the program")
    yield kept, _("Customer number"), customer.code
    yield kept, _("Machines in use"), str(customer.asset_count)
    day = timezone.localtime(customer.created_at).strftime("%Y-%m-%d")
    yield kept, _("Created"), f"{day} {customer.created_by.name if customer.created_by else ''}".strip()
    yield kept, _("File complete"), f"{customer.completeness} %"
    if customer.closed_at:
        yield kept, _("Closed file"), f"{timezone.localtime(customer.closed_at):%Y-%m-%d} {customer.closed_reason}"
    for label, day in context["confirmed"]:
        yield kept, _("Confirmed: %(label)s") % {"label": label}, day


def _number(row: dict[str, str]) -> str:
    return f"{row['kind']} {row['value']}" + (f" ({row['verified']})" if row["verified"] else "")


@require_safe
def blank(request: Request) -> HttpResponse:
    """The empty form for paper."""
    request.actor.require("customers.view_customer")
    station = request.stations[0] if request.stations else None
    context: dict[str, Any] = {
        "customer": None,
        "station": station,
        "is_blank": True,
        "contacts": [{}] * 6,  # as many rows to fill in
        "sections": [
            {"title": title, "pairs": [(field_label(name), "") for name in _own(names)]}
            for title, names in SECTIONS
            if _own(names)
        ],
    }
    return render(request, "customers/sheet.html", context)


def _own(names: Any) -> list[str]:
    columns = {field.name for field in Customer._meta.concrete_fields}
    return [name for name in names if name in columns and name != "why"]


def _section(title: Any, names: Any, customer: Customer, *, may_see_family: bool) -> dict[str, Any]:
    pairs = []
    for name in _own(names):
        value = getattr(customer, name)
        hidden = name == "family" and not may_see_family
        pairs.append((field_label(name), "" if hidden else shown_value(name, _plain(value))))
    return {"title": title, "pairs": pairs}


def _plain(value: Any) -> Any:
    if isinstance(value, str) and value.startswith("+"):
        return phones.show(value)
    if hasattr(value, "astimezone"):
        return timezone.localtime(value).strftime("%Y-%m-%d %H:%M")
    return value.name if hasattr(value, "_meta") else value


def _contact(request: Request, contact: Contact) -> dict[str, Any]:
    consents = [consent for consent in contact.consents.all() if consent.withdrawn_at is None]
    return {
        "name": " ".join(part for part in (contact.name, _salutation(contact)) if part),
        "role": contact.get_role_display(),
        "post": " · ".join(str(part) for part in (contact.department, contact.post, *_wishes(contact)) if part),
        "channels": [
            {
                "kind": channel.get_kind_display(),
                "value": queries.number_for(request.actor, channel),
                "verified": f"{timezone.localtime(channel.verified_at):%Y-%m-%d}" if channel.verified_at else "",
            }
            for channel in contact.channels.all()
        ],
        "consents": [_consent(consent) for consent in consents],
    }


def _salutation(contact: Contact) -> str:
    return contact.get_salutation_display() if contact.salutation else ""


def _wishes(contact: Contact) -> list[str]:
    """How and when the person wants to be reached, and in which language."""
    quiet = f"{contact.quiet_from:%H:%M}–{contact.quiet_to:%H:%M}" if contact.quiet_from and contact.quiet_to else ""
    return [
        _("prefers %(channel)s") % {"channel": contact.get_preferred_channel_display()}
        if contact.preferred_channel
        else "",
        _("not %(time)s") % {"time": quiet} if quiet else "",
        str(dict(settings.LANGUAGES).get(contact.language, contact.language)),
    ]


def _consent(consent: Consent) -> str:
    day = timezone.localtime(consent.given_at).strftime("%Y-%m-%d")
    return f"{consent.get_purpose_display()}（{day} · {consent.text_version}）"
