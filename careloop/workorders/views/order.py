"""The page of one order, its steps in the side sheet, its items, readings, advice, photos and link."""

import datetime as dt
from typing import Any

from django import forms as django_forms
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from careloop.core import timeline
from careloop.core.actions import Action, perform
from careloop.core.http import Request, fragment
from careloop.core.models import Event
from careloop.inventory.queries import held_for
from careloop.workorders import forms, queries, services
from careloop.workorders.actions import ACTIONS, order_options
from careloop.workorders.models import WorkOrder
from careloop.workorders.queries import detail as parts
from careloop.workorders.queries import items, show
from careloop.workorders.queries.notes import blocking
from careloop.workorders.views.base import (
    action_of,
    detail_url,
    done,
    load,
    refused_status,
    require,
    require_any,
    sheet,
    take,
)

ESTIMATE, REPAIR = "workorders.estimate", "workorders.repair"
MEASURES = (REPAIR, "workorders.inspect")
ADVISES = (*MEASURES, ESTIMATE)


@require_safe
def detail(request: Request, number: str) -> HttpResponse:
    order = load(request, number)
    whole = queries.whole(order)
    return fragment(request, "workorders/detail.html", "body", page(request, whole))


def page(request: Request, whole: parts.Whole) -> dict[str, Any]:
    order, actor, now = whole.order, request.actor, request.now
    events, older = timeline.page(request, asset_id=order.asset_id)
    shown_items = items.items(whole, actor=actor, now=now)
    return {
        "order": order,
        "head": {
            **parts.head(whole, actor=actor, now=now),
            "actions": _head_actions(request, order),
            "crumbs": [{"label": _("Work orders"), "url": reverse("workorders:list")}, {"label": order.number}],
        },
        "steps": parts.steps(whole, now=now),
        "note": blocking(whole, actor=actor, now=now),
        "facts": parts.facts(whole, now=now),
        "columns": items.item_columns(with_buttons=any(row["buttons"] for row in shown_items)),
        "items": shown_items,
        "sums": items.sums(whole),
        "versions": items.versions(whole, now=now),
        "events": story(events, order, now),
        "older": older,
        "readings": parts.readings(whole.notes.get("reading", [])),
        "advice": parts.advice(whole.notes.get("advice", []), order),
        "files": parts.files(whole.notes.get("file", []), now),
        "reception": _reception(order),
        "options": order_options(order, actor=actor, at=now),
        "may": {name: actor.may(f"workorders.{name}") for name in ("estimate", "repair", "book", "inspect")},
        "can_add_item": _can_add_item(order, request),
        "can_measure": order.is_open and any(actor.may(right) for right in MEASURES),
        "can_advise": order.is_open and any(actor.may(right) for right in ADVISES),
        "is_open": order.is_open,
        "phone": parts.phone_of(order, actor),
    }


def story(events: list[Event], order: WorkOrder, now: dt.datetime) -> list[dict[str, Any]]:
    """The timeline without what the page shows elsewhere: files, and the number of this order on each entry."""
    entries = timeline.shown([event for event in events if event.kind != "file.add"], now=now)
    return [{**entry, "meta": [word for word in entry["meta"] if word != order.number]} for entry in entries]


def _can_add_item(order: WorkOrder, request: Request) -> bool:
    before = ("received", "awaiting_consent", "to_assign", "to_settle")
    return (order.state in before and request.actor.may(ESTIMATE)) or (
        order.state == "in_repair" and request.actor.may(ESTIMATE)
    )


def _reception(order: WorkOrder) -> list[tuple[Any, Any]]:
    if order.received_at is None:
        held = [row.words() for row in held_for(order.number)]
        waiting = [(_("To be done"), order.wanted), (_("Parts put aside"), "; ".join(held))]
        return [(label, value) for label, value in waiting if value]
    rows = [
        (_("Customer's own words"), order.customer_words),
        (_("Brought by"), order.received_from),
        (_("Fuel"), f"{order.fuel}/8" if order.fuel is not None else ""),
        (_("Damage"), show.damage(order)),
        (_("Valuables"), order.valuables),
        (_("Packing"), order.packing),
        (_("Old parts"), str(order.get_old_part_wish_display()) if order.old_part_wish else ""),
        (_("Without appointment"), order.walk_in_reason),
    ]
    return [(label, value) for label, value in rows if value]


def _head_actions(request: Request, order: WorkOrder) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = [
        {
            "label": _("Papers"),
            "icon": "printer",
            "url": reverse("workorders:papers", args=[order.number]),
            "sheet": True,
        }
    ]
    if request.actor.may("workorders.book") and order.is_open:
        found.append(
            {
                "label": _("Customer's page"),
                "icon": "qrcode",
                "method": "post",
                "url": reverse("workorders:link", args=[order.number]),
            }
        )
    return found


# --- steps ----------------------------------------------------------------------------------------------------------


@require_http_methods(["GET", "POST"])
def step(request: Request, number: str, action: str) -> HttpResponse:
    """One step of the state table: its form (sheet or page), or the step itself."""
    order = load(request, number)
    known, _first = action_of(action)
    taken = require(request, action, order)
    if request.method == "GET":
        form = known.form(obj=order, actor=request.actor)
        return _step_sheet(request, order, known, form, str(taken.label))
    form, result = take(request, order, action)
    if form.errors:
        return _step_sheet(request, order, known, form, str(taken.label), status=refused_status(form))
    url = result.number if isinstance(result, WorkOrder) else number
    undo = reverse("workorders:step", args=[number, "undo_delivery"]) if action == "deliver" else ""
    return done(request, detail_url(url), _("%(step)s: done.") % {"step": taken.label}, undo=undo)


def _step_sheet(
    request: Request, order: WorkOrder, action: Action, form: Any, title: str, *, status: int = 200
) -> HttpResponse:
    if action.opens and request.method == "GET":
        raise Http404
    return sheet(
        request,
        form,
        title=title,
        number=order.number,
        status=status,
        danger=action.is_danger,
        submit_icon="",
        key=f"{order.number}-{action.name}",
        action_url=reverse("workorders:step", args=[order.number, action.name]),
    )


# --- items ----------------------------------------------------------------------------------------------------------


def _run(request: Request, order: WorkOrder, name: str, run: Any, form: type[Any]) -> tuple[Any, Any]:
    return perform(
        Action(name, run, form), order, request.POST, actor=request.actor, at=request.now, files=request.FILES
    )


@require_http_methods(["GET", "POST"])
def add_item(request: Request, number: str) -> HttpResponse:
    order = load(request, number)
    request.actor.require(ESTIMATE)
    title, url = _("New item"), reverse("workorders:add-item", args=[number])
    if request.method == "GET":
        return sheet(
            request, forms.LineForm(obj=order, actor=request.actor), title=title, number=number, action_url=url
        )
    form, _line = _run(request, order, "add_line", services.add_line, forms.LineForm)
    if form.errors:
        return sheet(request, form, title=title, number=number, action_url=url, status=refused_status(form))
    return done(request, detail_url(number))


@require_http_methods(["GET", "POST"])
def change_item(request: Request, number: str, pk: int) -> HttpResponse:
    order = load(request, number)
    request.actor.require(ESTIMATE)
    line = next((row for row in order.open_lines if row.pk == pk), None)
    if line is None:
        raise Http404
    url = reverse("workorders:change-item", args=[number, pk])
    if "withdraw" in request.GET or "withdraw" in request.POST:
        return _withdraw(request, order, pk, url)
    initial = {name: getattr(line, name) for name in forms.ChangeLineForm.base_fields}
    more: dict[str, Any] = {
        "title": line.name,
        "number": number,
        "action_url": url,
        "submit": _("Save"),
        "intro": _change_intro(order),
    }
    if request.method == "GET":
        return sheet(request, forms.ChangeLineForm(initial=initial, obj=order, actor=request.actor), **more)

    def run(order_pk: int, **data: Any) -> Any:
        return services.change_line(order_pk, pk, **data)

    form, _line = _run(request, order, "change_line", run, forms.ChangeLineForm)
    if form.errors:
        return sheet(request, form, status=refused_status(form), **more)
    return done(request, detail_url(number))


def _change_intro(order: WorkOrder) -> str:
    if order.state == "to_assign":
        return _("The customer has consented. A change voids the consent and asks again.")
    if order.state == "awaiting_consent":
        return _("A change voids the estimate. Submit it again afterwards.")
    if order.state in ("in_repair", "to_settle"):
        return _("A lower price stays consented. A higher one asks the customer again.")
    return ""


def _withdraw(request: Request, order: WorkOrder, pk: int, url: str) -> HttpResponse:
    title = _("Withdraw item")
    address = f"{url}?withdraw=1"
    if request.method == "GET":
        return sheet(
            request,
            forms.ReasonForm(obj=order, actor=request.actor),
            title=title,
            number=order.number,
            action_url=address,
            danger=True,
        )

    def run(order_pk: int, **data: Any) -> Any:
        return services.withdraw_line(order_pk, pk, **data)

    form, _line = _run(request, order, "withdraw_line", run, forms.ReasonForm)
    if form.errors:
        return sheet(
            request,
            form,
            title=title,
            number=order.number,
            action_url=address,
            danger=True,
            status=refused_status(form),
        )
    return done(request, detail_url(order.number))


@require_POST
def item_done(request: Request, number: str, pk: int) -> HttpResponse:
    """One press: this item is done by me."""
    order = load(request, number)
    request.actor.require(REPAIR)
    services.record_line(order.pk, pk, is_done=True, actor=request.actor, at=request.now)
    return done(request, detail_url(number))


# --- beside the steps -----------------------------------------------------------------------------------------------


def _side(
    request: Request, number: str, *, name: str, run: Any, form: type[Any], title: str, rights: tuple[str, ...]
) -> HttpResponse:
    order = load(request, number)
    require_any(request, *rights)
    url = reverse(f"workorders:{name}", args=[number])
    if request.method == "GET":
        return sheet(request, form(obj=order, actor=request.actor), title=title, number=number, action_url=url)
    made, _result = _run(request, order, name, run, form)
    if made.errors:
        return sheet(request, made, title=title, number=number, action_url=url, status=refused_status(made))
    return done(request, detail_url(number))


@require_http_methods(["GET", "POST"])
def reading(request: Request, number: str) -> HttpResponse:
    return _side(
        request,
        number,
        name="reading",
        run=services.add_reading,
        form=forms.ReadingForm,
        title=_("New reading"),
        rights=MEASURES,
    )


@require_http_methods(["GET", "POST"])
def advise(request: Request, number: str) -> HttpResponse:
    return _side(
        request,
        number,
        name="advise",
        run=services.advise,
        form=forms.AdviceForm,
        title=_("Advice for the customer"),
        rights=ADVISES,
    )


@require_http_methods(["GET", "POST"])
def log_time(request: Request, number: str) -> HttpResponse:
    return _side(
        request,
        number,
        name="log-time",
        run=services.log_time,
        form=forms.LogForm,
        title=_("Working time"),
        rights=(REPAIR,),
    )


@require_http_methods(["GET", "POST"])
def promise(request: Request, number: str) -> HttpResponse:
    return _side(
        request,
        number,
        name="promise",
        run=services.change_promise,
        form=forms.PromiseForm,
        title=_("Change promised time"),
        rights=(ESTIMATE,),
    )


class ChannelForm(forms.ReasonForm):
    reason = None  # type: ignore[assignment]  # reason: the field of the base form is left out
    channel = django_forms.TypedChoiceField(coerce=int)

    def prepare(self) -> None:
        rows = queries.unverified_channels(self.obj.contact_id)
        field: Any = self.fields["channel"]
        field.choices = [(row.pk, row.label) for row in rows]
        field.label = _("Number on which you have just reached the customer")


@require_http_methods(["GET", "POST"])
def verify(request: Request, number: str) -> HttpResponse:
    """“Verify now”, in one press when there is one number."""
    order = load(request, number)
    request.actor.require("customers.verify_contact")
    rows = queries.unverified_channels(order.contact_id)
    if request.method == "POST" and len(rows) == 1 and "channel" not in request.POST:
        services.verify_contact(order.pk, channel=rows[0].pk, actor=request.actor, at=request.now)
        return done(request, detail_url(number), _("Number verified."))
    return _side(
        request,
        number,
        name="verify",
        run=services.verify_contact,
        form=ChannelForm,
        title=_("Verify now"),
        rights=("customers.verify_contact",),
    )


@require_POST
def link(request: Request, number: str) -> HttpResponse:
    """A new address of the customer's page, to send or to show as a code to scan."""
    order = load(request, number)
    request.actor.require("workorders.book")
    token = services.create_link(order.pk, actor=request.actor, at=request.now)
    url = request.build_absolute_uri(reverse("portal:order", args=[token]))
    return render(
        request,
        "workorders/link.html",
        {
            "order": order,
            "url": url,
            "back_url": detail_url(number),
            "phone": parts.phone_of(order, request.actor),
            "qr": qr_data(url),
        },
    )


def qr_data(url: str) -> str:
    """A QR code as a data URL: the strict policy allows pictures of this kind."""
    import segno  # slow: only the few pages with a code need it

    return str(segno.make(url, error="m").svg_data_uri(scale=6, border=2))


__all__ = ["ACTIONS", "add_item", "advise", "change_item", "detail", "item_done", "link", "log_time", "promise",
           "reading", "step", "verify"]  # fmt: skip
