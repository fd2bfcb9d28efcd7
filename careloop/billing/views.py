"""Bills: list, one bill with its lines and payments, and what is taken back."""

import datetime as dt
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import formats
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from careloop.billing import queries, services
from careloop.billing.forms import ReasonForm
from careloop.billing.models import Bill
from careloop.billing.states import FLOW, BillState
from careloop.core import flow, timeline
from careloop.core.actions import Action, perform
from careloop.core.clock import short_time
from careloop.core.http import Request, fragment, is_fragment, keyset

VIEW, RECEIVE, MANAGE = "billing.view_bill", "billing.receive_payment", "billing.approve_credit"


def load(request: Request, number: str) -> Bill:
    bill = queries.bill_by_number(request.actor, number)
    if bill is None:
        raise Http404
    return bill


@require_safe
def bill_list(request: Request) -> HttpResponse:
    request.actor.require(VIEW)
    query = request.GET
    rows = queries.bill_list(
        request.actor, state=query.get("state", ""), order=query.get("order", ""), customer=query.get("customer", "")
    )
    context = {
        "page": keyset(request, rows, prepare=lambda bill: shown_row(bill, request)),
        "columns": [
            {"key": "number", "label": _("Bill"), "kind": "main"},
            {"key": "party", "label": _("Customer"), "kind": "party"},
            {"key": "order", "label": _("Order")},
            {"key": "state", "label": _("State"), "kind": "state"},
            {"key": "total", "label": _("Total"), "kind": "money"},
            {"key": "open", "label": _("Still to pay"), "kind": "money"},
            {"key": "issued", "label": _("Issued"), "kind": "time"},
            {"key": "due", "label": _("Due"), "kind": "time", "optional": True},
        ],
        "fields": [
            {"name": "state", "label": _("State"), "kind": "select", "options": BillState.choices},
            {"name": "order", "label": _("Order"), "kind": "text"},
        ],
        "empty": {
            "title": _("No bills here"),
            "text": _("A bill is made when an order is settled."),
            "icon": "receipt-yuan",
        },
    }
    return fragment(request, "billing/list.html", "rows", context)


def shown_row(bill: Bill, request: Request) -> dict[str, Any]:
    """As API and export have it, with the day as a reader says it."""
    issued = short_time(bill.issued_at, request.now) if bill.issued_at else ""
    due = formats.date_format(bill.due_on, "DATE_FORMAT") if bill.due_on else ""
    return {**queries.row(bill), "issued": issued, "due": due}


@require_safe
def detail(request: Request, number: str) -> HttpResponse:
    bill = load(request, number)
    payments = list(queries.payments_of(bill))
    actor = request.actor
    events = timeline.of(actor, subject=("bill", bill.pk))
    context = {
        "bill": bill,
        "head": {
            "title": bill.number,
            "state": queries.state_chip(bill),
            "parts": [
                {"label": bill.customer.name, "url": f"/customers/{bill.customer.code}/"},
                {"label": bill.order_number, "url": f"/work-orders/{bill.order_number}/"},
            ],
            "crumbs": [{"label": _("Bills"), "url": reverse("billing:list")}, {"label": bill.number}],
            "recent_icon": "receipt-yuan",
        },
        "columns": line_columns(),
        "lines": [queries.line_row(line) for line in queries.lines_of(bill)],
        "sums": sums(bill),
        "payment_columns": [
            {"key": "when", "label": _("Paid in"), "kind": "time"},
            {"key": "method", "label": _("Way of payment")},
            {"key": "amount", "label": _("Amount"), "kind": "money"},
            {"key": "who", "label": _("Taken in by"), "kind": "person"},
            {"key": "buttons", "label": "", "kind": "buttons"},
        ],
        "payments": [payment_row(bill, row, may_reverse=actor.may(RECEIVE), now=request.now) for row in payments],
        "events": timeline.shown(events, now=request.now),
        "is_disputed": bill.state == BillState.DISPUTED and actor.may(MANAGE),
        "may_write_off": any(
            offer.allowed
            for offer in flow.offers(FLOW, bill, actor=actor, at=request.now)
            if offer.transition.action == "write_off"
        ),
    }
    return fragment(request, "billing/detail.html", "body", context)


def line_columns() -> list[dict[str, Any]]:
    return [
        {"key": "name", "label": _("Item"), "kind": "main"},
        {"key": "kind", "label": _("Kind")},
        {"key": "part_no", "label": _("Part number"), "kind": "mono"},
        {"key": "quantity", "label": _("Quantity")},
        {"key": "unit_price", "label": _("Unit price"), "kind": "money"},
        {"key": "amount", "label": _("Amount"), "kind": "money"},
        {"key": "payer", "label": _("Borne by")},
    ]


def sums(bill: Bill) -> list[tuple[str, str]]:
    rows = [
        (_("Labour fee"), bill.labour_amount),
        (_("Material fee"), bill.material_amount),
        (_("Other fees"), bill.other_amount),
        (_("Tax"), bill.tax_amount),
        (_("Discount"), -bill.discount_amount),
        (_("Rounding"), bill.rounding_amount),
        (_("Total"), bill.total_amount),
        (_("Paid"), bill.paid_amount),
        (_("Still to pay"), bill.open_amount),
        (_("Disputed"), bill.disputed_amount),
        (_("Free of charge"), bill.free_amount),
    ]
    always = (_("Labour fee"), _("Material fee"), _("Total"), _("Paid"))
    return [(label, queries.yuan(value)) for label, value in rows if value or label in always]


def payment_row(bill: Bill, payment: Any, *, may_reverse: bool, now: dt.datetime) -> dict[str, Any]:
    is_counter = payment.reverses_id is not None
    can = may_reverse and not is_counter and not hasattr(payment, "reversed_by") and bill.state != BillState.CREDITED
    sign = "-" if is_counter else ""
    return {
        "when": short_time(payment.received_at, now),
        "method": str(payment.get_method_display()) + (f" · {_('taken back')}" if is_counter else ""),
        "amount": sign + queries.yuan(payment.amount),
        "who": payment.received_by.name if payment.received_by else "",
        "buttons": [
            {
                "label": _("Reverse"),
                "icon": "arrow-back-up",
                "url": reverse("billing:reverse", args=[bill.number, payment.pk]),
                "sheet": True,
            }
        ]
        if can
        else [],
    }


def _reasoned(request: Request, bill: Bill, *, title: str, url: str, run: Any, danger: bool = True) -> HttpResponse:
    context: dict[str, Any] = {
        "title": title,
        "intro": f"{bill.number} · {bill.customer.name} · {queries.yuan(bill.total_amount)}",
        "action_url": url,
        "back_url": reverse("billing:detail", args=[bill.number]),
        "danger": danger,
    }
    if request.method == "GET":
        return fragment(request, "action.html", "sheet", {**context, "form": ReasonForm()})
    form, _result = perform(Action("reason", run, ReasonForm), bill, request.POST, actor=request.actor, at=request.now)
    if form.errors:
        return fragment(request, "action.html", "sheet", {**context, "form": form}, status=422)
    messages.success(request, _("%(step)s: done.") % {"step": title})
    if is_fragment(request):
        return HttpResponse(status=204, headers={"HX-Redirect": context["back_url"]})
    return redirect(context["back_url"])


@require_http_methods(["GET", "POST"])
def reverse_payment(request: Request, number: str, pk: int) -> HttpResponse:
    bill = load(request, number)
    request.actor.require(RECEIVE)
    if not queries.payments_of(bill).filter(pk=pk).exists():
        raise Http404

    def run(_bill_id: int, **data: Any) -> Any:
        return services.reverse_payment(pk, **data)

    url = reverse("billing:reverse", args=[number, pk])
    return _reasoned(request, bill, title=_("Reverse payment"), url=url, run=run)


@require_http_methods(["GET", "POST"])
def settle_dispute(request: Request, number: str) -> HttpResponse:
    bill = load(request, number)
    request.actor.require(MANAGE)
    url = reverse("billing:settle-dispute", args=[number])
    return _reasoned(request, bill, title=_("Dispute settled"), url=url, run=services.settle_dispute, danger=False)


@require_http_methods(["GET", "POST"])
def write_off(request: Request, number: str) -> HttpResponse:
    bill = load(request, number)
    request.actor.require(MANAGE)
    url = reverse("billing:write-off", args=[number])
    return _reasoned(request, bill, title=_("Write off the rest"), url=url, run=services.write_off_bill)
