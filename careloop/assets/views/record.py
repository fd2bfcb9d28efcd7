"""The page of one machine or vehicle: what it is, its warranty, its readings, its life; and the steps on it."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_safe

from careloop.assets import queries, rules, services
from careloop.assets.actions import ACTIONS
from careloop.assets.forms import ConfirmForm, MeterForm
from careloop.assets.labels import field_label, line_of, meter_text, shown_value, state_chip
from careloop.assets.models import Asset
from careloop.assets.states import FLOW
from careloop.assets.views.files import found_or_404, warranty_share
from careloop.assets.views.lists import warranty_chip
from careloop.core import actions as core_actions
from careloop.core import panels, timeline
from careloop.core.actions import put_errors
from careloop.core.errors import DomainError
from careloop.core.http import Request, fragment
from careloop.customers.views.record import money

STEPS = 20


@require_safe
def detail(request: Request, code: str) -> HttpResponse:
    request.actor.require("assets.view_asset")
    asset = found_or_404(request, code)
    today = timezone.localdate(request.now)
    asset.open_work_count = queries.open_work_count(asset.pk)  # type: ignore[attr-defined]  # reason: read by a guard
    events, older = story(request, asset)
    share = warranty_share(asset, today)
    readings = queries.readings_of(asset.pk, limit=12)
    parts, plan = queries.wear_parts_of(asset.pk), queries.maintenance_of(asset.pk)
    file = services.file_of(asset, wear_parts=len(parts), maintenance=len(plan))
    context = {
        "asset": asset,
        "r": head(request, asset, today),
        "facts": facts(asset, today),
        "gaps": gaps(request, asset, file),
        "plate": identity(asset),
        "warranty": warranty(asset, today),
        "warranty_width": f"{share * 100:.1f}" if share is not None else "",
        "readings": [reading_row(asset, row) for row in readings],
        "parts": [part_row(row, asset) for row in parts],
        "part_columns": part_columns(),
        "plan": [plan_row(row, asset) for row in plan],
        "plan_columns": plan_columns(),
        "lists": lists_of(asset),
        "owners": queries.owner_changes_of(asset.pk),
        "panels": panels.of("asset", code, actor=request.actor),
        "options": steps_of(request, asset),
        "events": events,
        "older": older,
    }
    return render(request, "assets/detail.html", context)


def story(request: Request, asset: Asset) -> tuple[list[dict[str, Any]], str]:
    url = reverse("assets:timeline", args=[asset.code])
    found, older = timeline.page(request, url=url, limit=STEPS, asset_id=asset.pk)
    return timeline.shown(found, now=request.now), older


def steps_of(request: Request, asset: Asset) -> list[Any]:
    """The button bar: the reading is what is recorded every day, the steps of the machine's life stand beside it."""
    reading = {
        "action": "meter",
        "label": _("Record reading"),
        "icon": "gauge",
        "allowed": True,
        "is_primary": True,
        "needs_input": True,
        "url": reverse("assets:meter", args=[asset.code]),
    }
    steps = core_actions.options(FLOW, ACTIONS, asset, actor=request.actor, at=request.now)
    return [reading, *steps]


@require_safe
def timeline_page(request: Request, code: str) -> HttpResponse:
    """Older steps: the list alone, also without script."""
    request.actor.require("assets.view_asset")
    asset = found_or_404(request, code)
    events, older = story(request, asset)
    context = {"asset": asset, "label": queries.label_of(asset), "events": events, "older": older}
    return render(request, "assets/timeline.html", context)


# --- what the page shows ----------------------------------------------------------------------------------------


def head(request: Request, asset: Asset, today: Any) -> dict[str, Any]:
    actions: list[dict[str, Any]] = []
    if request.actor.may("assets.change_asset"):
        stale = len(queries.stale_fields(asset, today=today))
        if stale:
            actions.append(
                {
                    "label": ngettext("Confirm %(n)d field", "Confirm %(n)d fields", stale) % {"n": stale},
                    "url": reverse("assets:confirm", args=[asset.code]),
                    "icon": "checks",
                    "sheet": True,
                }
            )
        edit = reverse("assets:edit", args=[asset.code])
        actions.append({"label": _("Edit"), "url": edit, "icon": "edit", "key": "e"})
    actions.append({"label": _("Print"), "url": reverse("assets:sheet", args=[asset.code]), "icon": "printer"})
    if request.actor.may("assets.export_asset"):
        url = reverse("assets:sheet-export", args=[asset.code, "csv"])
        actions.append({"label": _("Export"), "url": url, "icon": "table-export"})
    owner = {"label": asset.customer.name, "url": reverse("customers:detail", args=[asset.customer.code])}
    model = {"label": queries.model_name(asset)} if asset.plate else {"label": asset.name}
    return {
        "title": rules.show_plate(asset.plate) if asset.plate else queries.label_of(asset),
        "state": state_chip(asset.state),
        "states": [warranty_chip(vars(asset), today)],
        "grade": asset.customer.grade,
        "parts": [part for part in (owner, model, {"label": asset.station.name}) if part["label"]],
        "actions": actions,
        "crumbs": [{"label": _("Machines and vehicles"), "url": reverse("assets:list")}, {"label": asset.code}],
        "recent_icon": "car" if asset.kind == "vehicle" else "engine",
    }


def facts(asset: Asset, today: Any) -> list[dict[str, Any]]:
    read = timezone.localtime(asset.meter_at).strftime("%Y-%m-%d") if asset.meter_at else ""
    customer = asset.customer
    per_hour = asset.loss_per_hour if asset.loss_per_hour is not None else customer.loss_per_hour
    fixed = asset.loss_fixed if asset.loss_fixed is not None else customer.loss_fixed
    inherited = asset.loss_per_hour is None and per_hour is not None
    place = asset.site.name if asset.site is not None else asset.location_text
    return [
        {"label": _("Owner"), "value": customer.name, "url": reverse("customers:detail", args=[customer.code])},
        {
            "label": _("Place of use"),
            "value": place,
            "sub": " · ".join(part for part in (asset.workshop_line, asset.department) if part),
        },
        {
            "label": _("Mileage") if asset.kind == "vehicle" else _("Running hours"),
            "value": meter_text(asset.meter, asset.meter_unit),
            "sub": read,
        },
        {
            "label": _("Application"),
            "value": asset.application,
            "sub": " · ".join(part for part in (asset.workpiece, asset.process) if part),
        }
        if asset.kind == "machine"
        else {"label": _("Use"), "value": asset.get_usage_display(), "sub": asset.get_vehicle_class_display()},
        {
            "label": _("Cost of failure"),
            "value": money(per_hour, "¥%(amount)s/h"),
            "sub": money(
                fixed, _("¥%(amount)s per event (from the customer file)") if inherited else _("¥%(amount)s per event")
            ),
        },
        {
            "label": _("File complete"),
            "value": f"{asset.completeness}%",
            "state": {
                "label": _("gaps") if asset.is_incomplete else _("complete"),
                "tone": "warn" if asset.is_incomplete else "ok",
            },
        },
    ]


def gaps(request: Request, asset: Asset, file: dict[str, Any]) -> list[dict[str, Any]]:
    """Each gap of the file as a link to fill it (R160); what is known to be unknown says so."""
    if not request.actor.may("assets.change_asset"):
        return []
    keys = queries.spec_keys(asset.model.family if asset.model is not None else None)
    edit = reverse("assets:edit", args=[asset.code])
    meter = reverse("assets:meter", args=[asset.code])
    return [
        {
            "label": field_label(name),
            "url": meter if name == "meter" else f"{edit}#id_{name}",
            "is_unknown": name in asset.unknown,
        }
        for name in rules.gaps(file, spec_keys=keys)
    ]


def identity(asset: Asset) -> list[tuple[str, str]]:
    """What stands on the nameplate or in the vehicle licence."""
    names = (
        ("plate", "vin", "engine_no", "color", "invoice_on", "insurance_until", "inspection_until", "guarantee_card_no")
        if asset.kind == "vehicle"
        else (
            "serial_no",
            "software_version",
            "produced_on",
            "shipped_on",
            "installed_on",
            "pre_accepted_on",
            "accepted_on",
        )
    )
    rows = [(_("Model"), queries.model_name(asset)), (_("File number"), asset.code)]
    for name in names:
        value = getattr(asset, name)
        text = rules.show_plate(value) if name == "plate" else str(value) if value else ""
        if not text and name in asset.unknown:
            text = _("unknown")
        rows.append((field_label(name), text))
    return [(label, text or "–") for label, text in rows]


def warranty(asset: Asset, today: Any) -> dict[str, Any]:
    limit = meter_text(asset.warranty_meter, asset.meter_unit)
    return {
        "state": warranty_chip(vars(asset), today),
        "start": str(asset.warranty_start or ""),
        "end": str(asset.warranty_end or ""),
        "limit": limit,
        "terms": asset.warranty_terms,
        "is_unknown": asset.warranty_end is None and asset.warranty_meter is None,
    }


def reading_row(asset: Asset, row: Any) -> dict[str, str]:
    return {
        "value": meter_text(row.value, asset.meter_unit),
        "day": timezone.localtime(row.read_at).strftime("%Y-%m-%d %H:%M"),
        "source": row.get_source_display(),
        "who": row.person_name,
        "reason": row.reason,
    }


def part_columns() -> list[dict[str, Any]]:
    return [
        {"key": "name", "label": _("Wear part"), "kind": "main"},
        {"key": "position", "label": _("Position")},
        {"key": "interval", "label": _("Replace after")},
        {"key": "replaced", "label": _("Last replaced")},
        {"key": "stock", "label": _("At the customer's"), "kind": "num"},
    ]


def part_row(row: Any, asset: Asset) -> dict[str, Any]:
    last = [str(row.replaced_on or ""), meter_text(row.replaced_meter, asset.meter_unit)]
    return {
        "name": {"text": row.name, "sub": row.part_no},
        "position": row.position,
        "interval": interval(row, asset),
        "replaced": " · ".join(part for part in last if part),
        "stock": row.in_stock,
    }


def interval(row: Any, asset: Asset) -> str:
    parts = [
        _("%(n)d days") % {"n": row.interval_days} if row.interval_days else "",
        meter_text(row.interval_meter, asset.meter_unit),
    ]
    both = [part for part in parts if part]
    return _("%(first)s or %(second)s") % {"first": both[0], "second": both[1]} if len(both) == 2 else "".join(both)


def plan_columns() -> list[dict[str, Any]]:
    return [
        {"key": "item", "label": _("Maintenance"), "kind": "main"},
        {"key": "interval", "label": _("Every")},
        {"key": "last", "label": _("Last")},
        {"key": "next", "label": _("Next")},
    ]


def plan_row(row: Any, asset: Asset) -> dict[str, Any]:
    return {
        "item": row.item,
        "interval": interval(row, asset),
        "last": str(row.last_on or ""),
        "next": str(row.next_on or ""),
    }


def lists_of(asset: Asset) -> list[dict[str, Any]]:
    """The lists of the file that hold anything, each with its lines."""
    names = ("specs", "baseline", "utilities", "configuration", "tooling", "operators", "calibrations", "modifications")
    return [
        {"title": field_label(name), "lines": [line_of(row) for row in getattr(asset, name)]}
        for name in names
        if getattr(asset, name)
    ]


# --- steps ------------------------------------------------------------------------------------------------------

FORM = require_http_methods(["GET", "HEAD", "POST"])


def done(request: Request, code: str, text: str) -> HttpResponse:
    """Back to the machine's page with the news; htmx follows by its own header."""
    messages.success(request, text)
    url = reverse("assets:detail", args=[code])
    if request.headers.get("HX-Request"):
        return HttpResponse(status=204, headers={"HX-Redirect": url})
    return redirect(url)


@FORM
def meter(request: Request, code: str) -> HttpResponse:
    """Anybody who sees the machine writes down what its meter shows."""
    request.actor.require("assets.view_asset")
    asset = found_or_404(request, code)
    form = MeterForm(request.POST or None, label_suffix="")
    if request.method == "POST" and form.is_valid():
        try:
            services.record_meter(asset.pk, actor=request.actor, at=request.now, **form.cleaned_data)
        except DomainError as error:
            error.field = "value" if error.field == "meter" else error.field
            put_errors(form, error)
        else:
            return done(request, code, _("The reading is kept."))
    last = meter_text(asset.meter, asset.meter_unit) or _("none yet")
    context = {
        "form": form,
        "title": _("Record reading"),
        "intro": _("Last reading: %(last)s") % {"last": last},
        "submit": _("Save"),
        "back_url": reverse("assets:detail", args=[code]),
        "action_url": request.path,
    }
    return fragment(request, "action.html", "sheet", context, status=422 if form.errors else 200)


@FORM
def confirm(request: Request, code: str) -> HttpResponse:
    """The fields whose period is over, to be ticked off after asking or looking (R38)."""
    request.actor.require("assets.change_asset")
    asset = found_or_404(request, code)
    stale = queries.stale_fields(asset, today=timezone.localdate(request.now))
    if not stale:
        return done(request, code, _("Nothing to confirm: all data are within their period."))
    rows = [(row.field, shown(asset, row.field), timezone.localtime(row.confirmed_at).date()) for row in stale]
    form = ConfirmForm(request.POST or None, stale=rows)
    if request.method == "POST" and form.is_valid():
        services.confirm_fields(
            asset.pk,
            form.cleaned_data["fields_"],
            actor=request.actor,
            at=request.now,
            source=form.cleaned_data["source"],
        )
        return done(request, code, _("Confirmed; the values stay as they were."))
    context = {
        "form": form,
        "title": _("Confirm machine data"),
        "intro": _("Ask the customer or look at the machine. What still holds is ticked here; change the rest."),
        "submit": _("Confirm all ticked"),
        "back_url": reverse("assets:detail", args=[code]),
        "action_url": request.path,
    }
    return fragment(request, "action.html", "sheet", context, status=422 if form.errors else 200)


def shown(asset: Asset, name: str) -> str:
    value = getattr(asset, name)
    return shown_value(name, str(value) if hasattr(value, "_meta") else value)


@FORM
def step(request: Request, code: str, action: str) -> HttpResponse:
    """One step of the state table, as a sheet with its form."""
    if action not in ACTIONS:
        raise Http404
    request.actor.require(FLOW.named(action).permission)
    asset = found_or_404(request, code)
    chosen = ACTIONS[action]
    if request.method == "POST":
        form, result = core_actions.perform(chosen, asset, request.POST, actor=request.actor, at=request.now)
        if result is not None:
            return done(request, code, _("Done: %(step)s.") % {"step": FLOW.named(action).label})
    else:
        form = chosen.form(obj=asset, actor=request.actor)
    row = FLOW.named(action)
    context = {
        "form": form,
        "title": row.label,
        "intro": row.hint or "",
        "submit": row.label,
        "back_url": reverse("assets:detail", args=[code]),
        "action_url": request.path,
        "danger": chosen.is_danger,
    }
    return fragment(request, "action.html", "sheet", context, status=422 if form.errors else 200)
