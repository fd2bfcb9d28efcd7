"""Steps with a page of their own: consent, inspection, settlement, delivery."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from careloop.billing import rules as bill_rules
from careloop.billing.queries import yuan
from careloop.core.http import Request
from careloop.entitlements import queries as entitlements
from careloop.workorders import forms, queries, rules
from careloop.workorders.actions import order_options
from careloop.workorders.models import WorkOrder
from careloop.workorders.queries import detail as parts
from careloop.workorders.queries import show
from careloop.workorders.states import CERTIFICATE_NEEDED, Check, LineConsent
from careloop.workorders.views.base import detail_url, done, load, refused_status, require, take


def _head(order: WorkOrder, title: str, request: Request) -> dict[str, Any]:
    clock = show.promise_clock(
        promised_at=order.promised_at,
        received_at=order.received_at,
        state=order.state,
        station=order.station,
        delivered_at=order.delivered_at,
        now=request.now,
        lead=_("promised %(time)s") % {"time": show.when(order.promised_at, request.now)},
    )
    return {
        "title": title,
        "state": show.state_chip(order.state),
        "clocks": [clock] if clock else [],
        "parts": [
            {"label": order.customer.name},
            {"label": show.asset_words(order.asset), "plate": show.plate(order.asset.plate)},
        ],
        "crumbs": [
            {"label": _("Work orders"), "url": reverse("workorders:list")},
            {"label": order.number, "url": detail_url(order.number)},
            {"label": title},
        ],
    }


def _consent_step(order: WorkOrder) -> str:
    if order.state != "awaiting_added":
        return "consent"
    return "consent_bill" if order.is_asked_at_settlement else "consent_added"


@require_http_methods(["GET", "POST"])
def consent(request: Request, number: str) -> HttpResponse:
    """The estimate, turned towards the customer: items to choose, amount, time, signature or code."""
    order = load(request, number)
    name = _consent_step(order)
    require(request, name, order)
    if request.method == "POST":
        form, _result = take(request, order, name)
        if not form.errors:
            return done(request, detail_url(number), _("The customer's decision is kept."))
        status = refused_status(form)
    else:
        form, status = forms.ConsentForm(obj=order, actor=request.actor), 200
    return render(request, "workorders/consent.html", _consent_context(request, order, form), status=status)


def _consent_context(request: Request, order: WorkOrder, form: Any) -> dict[str, Any]:
    chosen = {int(pk) for pk in form["accepted"].value() or [] if str(pk).isdecimal()}
    estimate = order.standing_estimate
    rows = [
        {
            **show.line_row(line),
            "id": line.pk,
            "name": line.name,
            "reason": line.reason,
            "origin": str(line.get_part_origin_display()) if line.part_origin else "",
            "is_new": line.consent == LineConsent.PROPOSED,
            "on": line.pk in chosen or line.consent == LineConsent.CONSENTED,
        }
        for line in order.open_lines
    ]
    return {
        "head": _head(order, _("Customer's consent"), request),
        "order": order,
        "form": form,
        "rows": rows,
        "estimate": estimate,
        "total": yuan(estimate.amount) if estimate else "",
        "free": yuan(estimate.free_amount) if estimate and estimate.free_amount else "",
        "discount": yuan(estimate.discount_amount) if estimate and estimate.discount_amount else "",
        "promised": show.when(estimate.promised_at, request.now) if estimate else "",
        "limit": yuan(estimate.diagnosis_limit) if estimate and estimate.diagnosis_limit is not None else "",
        "back_url": detail_url(order.number),
        "refuse_url": reverse("workorders:step", args=[order.number, "refuse"])
        if order.state == "awaiting_consent"
        else "",
    }


@require_http_methods(["GET", "POST"])
def inspect(request: Request, number: str) -> HttpResponse:
    """The checklist, with both results at the end: passed, or back to repair."""
    order = load(request, number)
    name = "fail" if request.POST.get("result") == "fail" else "pass"
    require(request, name, order)
    pass_form: Any = forms.PassForm(obj=order, actor=request.actor)
    fail_form: Any = forms.FailForm(obj=order, actor=request.actor)
    status = 200
    if request.method == "POST":
        form, _result = take(request, order, name)
        if not form.errors:
            text = _("Passed.") if name == "pass" else _("Back to repair; the rework is not charged.")
            return done(request, detail_url(number), text)
        status = refused_status(form)
        pass_form, fail_form = (form, fail_form) if name == "pass" else (pass_form, form)
    shown = fail_form if name == "fail" else pass_form
    context = {
        "head": _head(order, _("Inspection"), request),
        "order": order,
        "form": shown,
        "pass_form": pass_form,
        "fail_form": fail_form,
        "points": _points(order, shown),
        "back_url": detail_url(number),
        "needs_certificate": order.work_class in CERTIFICATE_NEEDED,
        "items": [
            {**show.line_row(line), "name": line.name, "done": show.when(line.done_at, request.now)}
            for line in order.open_lines
        ],
        "refusal": _inspect_refusal(request, order),
        "failed": name == "fail",
    }
    return render(request, "workorders/inspect.html", context, status=status)


def _inspect_refusal(request: Request, order: WorkOrder) -> str:
    if request.actor.person_id is not None and request.actor.person_id in order.technician_ids:
        return _("You worked on this order as technician. Somebody else has to inspect it.")
    return ""


def _points(order: WorkOrder, form: Any) -> list[dict[str, Any]]:
    return [
        {"label": str(Check(key).label), "result": form[f"point_{key}"], "note": form[f"note_{key}"]}
        for key in rules.checklist_of(order.work_class)
    ]


@require_http_methods(["GET", "POST"])
def stop(request: Request, number: str) -> HttpResponse:
    """The customer stops the order: what is charged, in which state the vehicle leaves, his signature where needed."""
    order = load(request, number)
    require(request, "stop", order)
    if request.method == "POST":
        form, _result = take(request, order, "stop")
        if not form.errors:
            return done(request, detail_url(number), _("%(step)s: done.") % {"step": _("Customer stops order")})
        status = refused_status(form)
    else:
        form, status = forms.StopForm(obj=order, actor=request.actor), 200
    context = {
        "head": _head(order, _("Customer stops order"), request),
        "order": order,
        "form": form,
        "back_url": detail_url(number),
    }
    return render(request, "workorders/stop.html", context, status=status)


@require_http_methods(["GET", "POST"])
def settle(request: Request, number: str) -> HttpResponse:
    """The settlement before it is issued: amounts apart, the consent beside them, guarantee and next service."""
    order = load(request, number)
    require(request, "settle", order)
    if request.method == "POST":
        form, _result = take(request, order, "settle")
        if not form.errors:
            return done(request, detail_url(number), _("Settled."))
        status = refused_status(form)
    else:
        form, status = forms.SettleForm(obj=order, actor=request.actor), 200
    return render(request, "workorders/settle.html", _settle_context(request, order, form), status=status)


def _settle_context(request: Request, order: WorkOrder, form: Any) -> dict[str, Any]:
    lines = [line for line in order.open_lines if line.consent == LineConsent.CONSENTED]
    sums = bill_rules.totals(lines, discount=order.discount_amount)
    least = entitlements.repair_guarantee(order.asset, order.work_class, order.local_date(request.now))
    unit = order.asset.meter_unit
    limit = show.meter(least.km if least.km is not None else least.hours, unit)
    return {
        "head": _head(order, _("Settlement"), request),
        "order": order,
        "form": form,
        "back_url": detail_url(order.number),
        "rows": [
            {
                **show.line_row(line),
                "name": line.name,
                "kind": str(line.get_kind_display()),
                "old_part": str(line.get_old_part_display()) if line.old_part else "",
            }
            for line in lines
        ],
        "sums": [
            (_("Labour fee"), yuan(sums.labour)),
            (_("Material fee"), yuan(sums.material)),
            (_("Other fees"), yuan(sums.other)),
            (_("Discount"), yuan(-order.discount_amount)),
            (_("Customer pays"), yuan(sums.total)),
            (_("Consented at most"), yuan(order.consented_amount)),
            (_("Free of charge"), yuan(sums.free)),
        ],
        "is_above": sums.total > order.consented_amount,
        "guarantee": _("at least until %(date)s") % {"date": show.day(least.until)} if least.until else "",
        "guarantee_limit": _("or %(limit)s, whichever comes first") % {"limit": limit} if limit else "",
        "guarantee_source": least.source,
        "blocked": [str(option.refusal) for option in _blocked(request, order)],
    }


def _blocked(request: Request, order: WorkOrder) -> list[Any]:
    return [
        option
        for option in order_options(order, actor=request.actor, at=request.now)
        if option.action == "settle" and not option.allowed
    ]


@require_http_methods(["GET", "POST"])
def deliver(request: Request, number: str) -> HttpResponse:
    """Hand-over: what was done, what is paid, what holds for how long; the customer signs."""
    order = load(request, number)
    require(request, "deliver", order)
    if request.method == "POST":
        form, _result = take(request, order, "deliver")
        if not form.errors:
            undo = reverse("workorders:step", args=[number, "undo_delivery"])
            return done(request, detail_url(number), _("Delivered. The follow-up is planned."), undo=undo)
        status = refused_status(form)
    else:
        form, status = forms.DeliverForm(obj=order, actor=request.actor), 200
    whole = queries.whole(order)
    context = {
        "head": _head(order, _("Delivery"), request),
        "order": order,
        "form": form,
        "facts": parts.facts(whole, now=request.now),
        "back_url": detail_url(number),
        "rows": [
            {
                **show.line_row(line),
                "name": line.name,
                "old_part": str(line.get_old_part_display()) if line.old_part else "",
            }
            for line in order.open_lines
        ],
        "advice": parts.advice(whole.notes.get("advice", []), order),
        "total": yuan(order.bill.total_amount) if order.bill else "",
        "unpaid": yuan(order.unpaid_amount) if order.unpaid_amount else "",
        "pay_url": reverse("workorders:step", args=[number, "pay"])
        if order.unpaid_amount and request.actor.may("workorders.settle")
        else "",
        "blocked": [
            str(option.refusal)
            for option in _offers(request, order)
            if option.action == "deliver" and not option.allowed
        ],
    }
    return render(request, "workorders/deliver.html", context, status=status)


def _offers(request: Request, order: WorkOrder) -> list[Any]:
    return order_options(order, actor=request.actor, at=request.now)
