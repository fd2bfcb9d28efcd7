"""Contact persons of a customer: numbers, verification, consents."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from careloop.core.errors import DomainError
from careloop.core.http import Request
from careloop.customers import queries, services
from careloop.customers.forms import ChannelForm, ConsentForm, ContactForm, LeaveForm
from careloop.customers.models import Contact, ContactChannel
from careloop.customers.views.files import found_or_404
from careloop.customers.views.record import FORM, channel_row, done, step

ANCHOR = "#contacts"


def contact_or_404(request: Request, code: str, pk: int) -> Contact:
    contact = queries.contact_in(request.actor, pk)
    if contact is None or contact.customer.code != code:
        raise Http404
    return contact


def channel_or_404(request: Request, code: str, pk: int) -> ContactChannel:
    channel = queries.channel_in(request.actor, pk)
    if channel is None or channel.contact.customer.code != code:
        raise Http404
    return channel


@FORM
def add(request: Request, code: str) -> HttpResponse:
    request.actor.require("customers.change_customer")
    customer = found_or_404(request, code)
    form = ContactForm(request.POST or None, is_new=True)
    return step(
        request,
        code,
        form,
        title=_("New contact person"),
        text=_("The contact person is kept."),
        anchor=ANCHOR,
        run=lambda: services.add_contact(customer.pk, actor=request.actor, at=request.now, **form.person()),
    )


@FORM
def edit(request: Request, code: str, pk: int) -> HttpResponse:
    request.actor.require("customers.change_customer")
    contact = contact_or_404(request, code, pk)
    names = ContactForm.base_fields.keys() - set(ContactForm.NEW_ONLY)
    form = ContactForm(request.POST or None, is_new=False, initial={name: getattr(contact, name) for name in names})
    return step(
        request,
        code,
        form,
        title=_("Change %(name)s") % {"name": contact.name},
        text=_("Saved."),
        anchor=ANCHOR,
        run=lambda: services.update_contact(contact.pk, actor=request.actor, at=request.now, **form.cleaned_data),
    )


@FORM
def leave(request: Request, code: str, pk: int) -> HttpResponse:
    request.actor.require("customers.change_customer")
    contact = contact_or_404(request, code, pk)
    form = LeaveForm(request.POST or None, initial={"on": timezone.localdate(request.now)})
    return step(
        request,
        code,
        form,
        title=_("%(name)s has left") % {"name": contact.name},
        danger=True,
        anchor=ANCHOR,
        text=_("The person is no longer offered."),
        intro=_("The history stays with the customer."),
        run=lambda: services.leave_contact(contact.pk, actor=request.actor, at=request.now, **form.cleaned_data),
    )


@FORM
def channel_add(request: Request, code: str, pk: int) -> HttpResponse:
    request.actor.require("customers.change_customer")
    contact = contact_or_404(request, code, pk)
    form = ChannelForm(request.POST or None)
    return step(
        request,
        code,
        form,
        title=_("Number or address of %(name)s") % {"name": contact.name},
        text=_("The number is kept."),
        submit=_("Save"),
        anchor=ANCHOR,
        run=lambda: services.add_channel(contact.pk, actor=request.actor, at=request.now, **form.cleaned_data),
    )


@require_POST
def channel_step(request: Request, code: str, pk: int, what: str) -> HttpResponse:
    """Verify, mark as wrong or remove a number, in one press."""
    steps = {
        "verify": (services.verify_channel, _("The number is verified.")),
        "wrong": (services.mark_wrong, _("The number is marked as wrong and no longer offered.")),
        "remove": (services.remove_channel, _("The number was removed.")),
    }
    if what not in steps:
        raise Http404
    rights = {"remove": "customers.change_customer"}
    request.actor.require(rights.get(what, "customers.verify_contact"))
    channel = channel_or_404(request, code, pk)
    run, text = steps[what]
    run(channel.pk, actor=request.actor, at=request.now)
    return done(request, code, text, anchor=ANCHOR)


@require_POST
def reveal(request: Request, code: str, pk: int) -> HttpResponse:
    """Show a masked number; the look is logged."""
    request.actor.require("customers.view_customer")
    channel = channel_or_404(request, code, pk)
    services.reveal_channel(channel.pk, actor=request.actor, at=request.now)
    row = channel_row(request, channel)
    shown = queries.in_full(channel)
    if request.headers.get("HX-Request-Type") == "partial":
        return render(request, "customers/number.html", {"channel": {**row, "value": shown, "is_masked": False}})
    messages.info(request, f"{channel.contact.name}: {shown}")
    return redirect(reverse("customers:detail", args=[code]) + ANCHOR)


@FORM
def consent_give(request: Request, code: str, pk: int) -> HttpResponse:
    request.actor.require("customers.change_customer")
    contact = contact_or_404(request, code, pk)
    form = ConsentForm(request.POST or None)
    return step(
        request,
        code,
        form,
        title=_("Consent of %(name)s") % {"name": contact.name},
        submit=_("Keep consent"),
        text=_("The consent is on record."),
        anchor=ANCHOR,
        run=lambda: services.give_consent(contact.pk, actor=request.actor, at=request.now, **form.cleaned_data),
    )


@require_POST
def consent_withdraw(request: Request, code: str, pk: int, purpose: str) -> HttpResponse:
    request.actor.require("customers.view_customer")
    contact = contact_or_404(request, code, pk)
    try:
        services.withdraw_consent(contact.pk, purpose, actor=request.actor, at=request.now)
    except DomainError as error:
        messages.error(request, str(error.message))
        return redirect(reverse("customers:detail", args=[code]) + ANCHOR)
    return done(request, code, _("The consent is withdrawn from now on."), anchor=ANCHOR)
