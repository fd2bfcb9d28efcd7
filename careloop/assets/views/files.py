"""Create and change the file of a machine or vehicle (form 2.7), and its printed sheet."""

from collections.abc import Iterator
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from careloop.assets import queries, services
from careloop.assets.forms import (
    MACHINE_SECTIONS,
    VEHICLE_SECTIONS,
    AssetForm,
    PickCustomerForm,
    initial_of,
    template_initial,
)
from careloop.assets.labels import field_label, line_of, shown_value, state_chip
from careloop.assets.models import Asset, ProductModel
from careloop.core import access, download
from careloop.core.address import number_of
from careloop.core.http import Request, fragment
from careloop.customers import queries as customer_queries
from careloop.customers.models import Customer
from careloop.customers.views.saving import file_page, saved

NOT_COLUMNS = frozenset({"wear_parts", "maintenance", "is_old", "unknown", "meter"})


def found_or_404(request: Request, code: str) -> Asset:
    asset = queries.asset_by_code(request.actor, code)
    if asset is None:
        raise Http404
    return asset


def kind_of(request: Request) -> str:
    return "vehicle" if request.GET.get("kind") == "vehicle" else "machine"


@require_http_methods(["GET", "HEAD", "POST"])
def create(request: Request) -> HttpResponse:
    """First whose machine it is, then the file, prefilled from the model that was chosen."""
    request.actor.require("assets.change_asset")
    kind = kind_of(request)
    customer = customer_queries.customer_by_code(request.actor, request.GET.get("customer", ""))
    if customer is None:
        return _ask_customer(request, kind)
    model = _model(request, kind)
    family = model.family if model is not None else None
    first = {"model": model, "station": customer.station_id, **template_initial(family)}
    form = AssetForm(
        request.POST or None,
        actor=request.actor,
        kind=kind,
        customer=customer,
        family=family,
        is_new=True,
        initial=first,
    )
    if request.method == "POST" and form.is_valid():
        asset = saved(form, lambda: _create(request, form, customer))
        if asset is not None:
            messages.success(
                request, _("%(label)s was saved as %(code)s.") % {"label": queries.label_of(asset), "code": asset.code}
            )
            return redirect("assets:detail", code=asset.code)
    title = _("New vehicle") if kind == "vehicle" else _("New machine")
    extra = {"models": _model_choices(kind, model), "customer": customer, "kind": kind}
    return _page(request, form, title, f"{kind}-new", reverse("customers:detail", args=[customer.code]), extra)


def _ask_customer(request: Request, kind: str) -> HttpResponse:
    form = PickCustomerForm(request.POST or None, actor=request.actor, initial={"customer": request.GET.get("q", "")})
    if request.method == "POST" and form.is_valid():
        customer = customer_queries.customer_by_id(form.cleaned_data["customer"])
        assert customer is not None
        url = f"{reverse('assets:create')}?kind={kind}&customer={customer.code}"
        if request.headers.get("HX-Request"):  # it would put the next page into this form
            return HttpResponse(status=204, headers={"HX-Redirect": url})
        return redirect(url)
    title = _("New vehicle") if kind == "vehicle" else _("New machine")
    context = {
        "form": form,
        "title": title,
        "submit": _("Go on"),
        "back_url": reverse("assets:list"),
        "intro": _("A new customer gets a file first."),
    }
    return fragment(request, "action.html", "sheet", context, status=422 if form.errors else 200)


def _model(request: Request, kind: str) -> ProductModel | None:
    return queries.models().filter(pk=number_of(request.GET.get("model", "")) or 0, family__kind=kind).first()


def _model_choices(kind: str, chosen: ProductModel | None) -> list[dict[str, Any]]:
    rows = queries.models().filter(family__kind=kind)
    return [
        {"pk": row.pk, "label": f"{row} · {row.family.name}", "on": chosen is not None and chosen.pk == row.pk}
        for row in rows
    ]


def _create(request: Request, form: AssetForm, customer: Customer) -> Asset:
    return services.create_asset(
        actor=request.actor,
        at=request.now,
        kind=form.kind,
        customer_id=customer.pk,
        wear_parts=form.parts(),
        maintenance=form.items_of_plan(),
        meter=form.cleaned_data.get("meter"),
        is_old=bool(form.cleaned_data.get("is_old")),
        confirm_duplicates=form.cleaned_data["confirm_duplicates"],
        **form.values(),
    )


@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: Request, code: str) -> HttpResponse:
    request.actor.require("assets.change_asset")
    asset = found_or_404(request, code)
    family = asset.model.family if asset.model is not None else None
    form = AssetForm(
        request.POST or None,
        actor=request.actor,
        kind=asset.kind,
        customer=asset.customer,
        family=family,
        is_new=False,
        instance=asset,
        initial=initial_of(asset),
    )
    back = reverse("assets:detail", args=[code])
    if request.method == "POST" and form.is_valid():
        changed = saved(
            form,
            lambda: services.update_asset(
                asset.pk,
                actor=request.actor,
                at=request.now,
                values=form.values(),
                wear_parts=form.parts(),
                maintenance=form.items_of_plan(),
                is_old=bool(form.cleaned_data.get("is_old")),
                seen_event=form.cleaned_data["seen_event"],
                confirm_duplicates=form.cleaned_data["confirm_duplicates"],
            ),
        )
        if changed is not None:
            messages.success(request, _("Saved."))
            return redirect(back)
    label = queries.label_of(found_or_404(request, code)) if request.method == "POST" else queries.label_of(asset)
    return _page(request, form, _("Change %(label)s") % {"label": label}, f"machine-{code}", back, {})


def _page(request: Request, form: AssetForm, title: str, key: str, back: str, extra: dict[str, Any]) -> HttpResponse:
    crumbs = [{"label": _("Machines and vehicles"), "url": reverse("assets:list")}, {"label": title}]
    return file_page(request, "assets/form.html", form, title=title, key=key, back=back, **extra, crumbs=crumbs)


# --- printed sheet ----------------------------------------------------------------------------------------------


@require_safe
def sheet(request: Request, code: str) -> HttpResponse:
    """Form 2.7 with the values of the file; the print is logged."""
    request.actor.require("assets.view_asset")
    asset = found_or_404(request, code)
    access.log("print", actor=request.actor, at=request.now, subject=asset)
    return render(request, "assets/sheet.html", sheet_context(asset))


@require_safe
def sheet_export(request: Request, code: str, form: str) -> HttpResponseBase:
    """The same form as a table: block, field, value; the export is logged."""
    request.actor.require("assets.export_asset")
    asset = found_or_404(request, code)
    lines = list(sheet_lines(sheet_context(asset)))
    access.log("export", actor=request.actor, at=request.now, subject=asset, rows=len(lines), detail={"form": form})
    return download.table(form, f"machine-{asset.code}", [_("Block"), _("Field"), _("Content")], lines)


def sheet_context(asset: Asset) -> dict[str, Any]:
    """Form 2.7 with the values of the file, for paper and for the table."""
    sections = VEHICLE_SECTIONS if asset.kind == "vehicle" else MACHINE_SECTIONS
    return {
        "asset": asset,
        "label": queries.label_of(asset),
        "state": state_chip(asset.state)["label"],
        "station": asset.station,
        "sections": [{"title": title, "pairs": _pairs(names, asset)} for title, names in sections if _own(names)],
        "wear_parts": queries.wear_parts_of(asset.pk),
        "maintenance": queries.maintenance_of(asset.pk),
        "readings": queries.readings_of(asset.pk, limit=12),
        "owners": queries.owner_changes_of(asset.pk),
        "is_blank": False,
        "unknown": [field_label(name) for name in asset.unknown],
    }


def sheet_lines(context: dict[str, Any]) -> Iterator[tuple[str, str, str]]:
    """The values of the printed form, one line each."""
    asset = context["asset"]
    yield "", _("Customer"), asset.customer.name
    yield "", _("State"), str(context["state"])
    for section in context["sections"]:
        for label, value in section["pairs"]:
            yield str(section["title"]), str(label), str(value)
    for row in context["wear_parts"]:
        parts = (row.part_no, row.position, row.interval_days, row.interval_meter, row.in_stock)
        yield _("Wear parts"), row.name, " | ".join("" if part is None else str(part) for part in parts)
    for row in context["maintenance"]:
        values = (row.interval_days, row.interval_meter, row.last_on, row.next_on)
        yield _("Maintenance plan"), row.item, " | ".join("" if part is None else str(part) for part in values)
    for row in context["readings"]:
        at = timezone.localtime(row.read_at).strftime("%Y-%m-%d %H:%M")
        yield _("Readings"), at, f"{row.value} {asset.meter_unit} {row.get_source_display()}"
    for row in context["owners"]:
        day, buyer = timezone.localtime(row.changed_at).strftime("%Y-%m-%d"), row.to_customer
        yield _("Changes of owner"), day, f"{row.from_customer.name} → {buyer.name if buyer else '?'} {row.reason}"
    if context["unknown"]:
        yield "", _("Not known"), ", ".join(context["unknown"])


@require_safe
def blank(request: Request) -> HttpResponse:
    """The empty form for paper, of a machine or a vehicle."""
    request.actor.require("assets.view_asset")
    sections = VEHICLE_SECTIONS if kind_of(request) == "vehicle" else MACHINE_SECTIONS
    context = {
        "asset": None,
        "station": request.stations[0] if request.stations else None,
        "is_blank": True,
        "is_vehicle": kind_of(request) == "vehicle",
        "sections": [
            {"title": title, "pairs": [(field_label(name), "") for name in _own(names)]}
            for title, names in sections
            if _own(names)
        ],
    }
    return render(request, "assets/sheet.html", context)


def _own(names: Any) -> list[str]:
    return [name for name in names if name not in NOT_COLUMNS]


def _pairs(names: Any, asset: Asset) -> list[tuple[str, str]]:
    pairs = []
    for name in _own(names):
        value = getattr(asset, name)
        if isinstance(value, list):
            shown = " · ".join(line_of(row) for row in value)
        else:
            shown = shown_value(name, str(value) if hasattr(value, "_meta") else value)
        pairs.append((field_label(name), shown))
    return pairs


def warranty_share(asset: Asset, today: Any) -> float | None:
    """How much of the warranty is used, 0–1: the greater of time and meter; None when it cannot be said."""
    shares = []
    if asset.warranty_start and asset.warranty_end and asset.warranty_end > asset.warranty_start:
        whole = (asset.warranty_end - asset.warranty_start).days
        shares.append((today - asset.warranty_start).days / whole)
    if asset.warranty_meter and asset.meter is not None:
        shares.append(float(asset.meter) / asset.warranty_meter)
    return max(0.0, min(1.0, max(shares))) if shares else None
