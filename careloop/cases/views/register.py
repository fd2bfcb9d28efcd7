"""Registering a request on one screen while the customer is on the line: look up, take down, accept."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from careloop.assets import queries as assets
from careloop.assets.models import Asset
from careloop.cases import callers, queries, services
from careloop.cases.display import asset_label, moment, state_chip
from careloop.cases.forms import RegisterForm, people
from careloop.cases.models import Case
from careloop.cases.services.common import url_of
from careloop.cases.states import CaseState, Channel, Kind
from careloop.core.actions import put_errors
from careloop.core.errors import DomainError
from careloop.core.http import Request, fragment, is_fragment, one_or_404
from careloop.customers import queries as customer_queries
from careloop.customers.models import Customer
from careloop.entitlements import queries as entitlements

# Where the service names what it refused, and where the page shows it.
FIELDS = {
    "new_customer": "new_customer_name",
    "new_contact": "new_contact_name",
    "person_id": "assignee",
    "value": "new_contact_phone",
    "due_at": "promise_at",
    "phone": "new_contact_phone",
}


@require_http_methods(["GET", "HEAD", "POST"])
def create(request: Request) -> HttpResponse:
    """The register. `?customer=`, `?asset=`, `?repeat_of=` and `?draft=` fill it in."""
    request.actor.require("cases.create_case")
    given = request.POST if request.method == "POST" else request.GET
    who = party(request, given)
    draft = _draft(request, given.get("draft", ""))
    if request.method == "POST":
        return _submit(request, who, draft)
    form = RegisterForm(initial=_initial(request, who, draft), templates=who["templates"])
    return _page(request, form, who, draft)


def _draft(request: Request, number: str) -> Case | None:
    if not number:
        return None
    return one_or_404(queries.cases(request.actor).filter(state=CaseState.DRAFT), number=number)


def _initial(request: Request, who: Mapping[str, Any], draft: Case | None) -> dict[str, Any]:
    get = request.GET
    station = request.session.get("station") or (request.stations[0].pk if len(request.stations) == 1 else None)
    found: dict[str, Any] = {
        "customer": who["customer"].code if who["customer"] else "",
        "asset": who["asset"].code if who["asset"] else "",
        "station": (who["customer"].station_id if who["customer"] else None) or station,
        "contact": who["contact_id"],
        "repeat_of": get.get("repeat_of", ""),
        "place": who["place"],
        "new_contact_phone": get.get("phone", ""),
        "new_customer_name": get.get("name", ""),
    }
    if get.get("channel") in Channel.values:
        found["channel"] = get["channel"]
    if get.get("kind") in Kind.values:
        found["kind"] = get["kind"]
    if draft is not None:
        names = (
            "channel",
            "kind",
            "urgency",
            "stopped_since",
            "is_safety",
            "verbatim",
            "circumstances",
            "symptom",
            "alarm_no",
            "meter",
            "place",
            "requested_for",
            "is_asset_unknown",
        )
        found |= {name: getattr(draft, name) for name in names} | {"draft": draft.number}
        found |= {f"reading_{row['key']}": row["value"] for row in draft.readings}
    return found


def _page(
    request: Request, form: RegisterForm, who: Mapping[str, Any], draft: Case | None, *, status: int = 200
) -> HttpResponse:
    form.fields["station"].widget.choices = [(s.pk, s.name) for s in request.stations]
    people(form.fields["contact"], who["contacts"], empty=_("none of them"))
    asked = ["contact"] if who["contacts"] else ["new_contact_name", "new_contact_phone"]
    for name in asked if who["customer"] else ["new_customer_name", *asked]:
        form.fields[name].widget.attrs["data-due"] = ""
    people(form.fields["assignee"], queries.colleagues(), empty=_("not assigned yet"))
    context = {
        "form": form,
        "who": who,
        "draft": draft,
        **_found(request, request.GET.get("q", "").strip()),
        "crumbs": [{"label": _("Service requests"), "url": reverse("cases:list")}],
        "repeat_of": form["repeat_of"].value(),
        "is_new": who["is_new"] or form.is_bound or (draft is not None and who["customer"] is None),
    }
    return fragment(request, "cases/register.html", "form", context, status=status)


def party(request: Request, given: QueryDict) -> dict[str, Any]:
    """Everything the register shows about the chosen customer and machine. At most 6 queries."""
    draft = _draft(request, given.get("draft", "")) if request.method != "POST" else None
    asset = _asset(request, given.get("asset", "") or (draft.asset.code if draft and draft.asset else ""))
    code = given.get("customer", "") or (draft.customer.code if draft and draft.customer else "")
    customer = asset.customer if asset is not None else _customer(request, code)
    found: dict[str, Any] = {
        "customer": customer,
        "asset": asset,
        "contacts": [],
        "contact_id": None,
        "machines": [],
        "duplicates": [],
        "warranty": None,
        "templates": [],
        "place": "",
        "asset_label": "",
        "meter_unit": "",
        "is_new": given.get("new") == "1" or bool(given.get("new_customer_name")),
    }
    if customer is not None:
        found |= _of_customer(request, customer, with_machines=asset is None)
        found["duplicates"] = [
            {
                **row,
                "url": url_of(row["number"]),
                "chip": state_chip(row["state"]),
                "when": moment(row["received_at"], request.now),
            }
            for row in queries.possible_duplicates(
                request.actor, customer_id=customer.pk, asset_id=asset.pk if asset else None
            )
        ]
    if asset is not None:
        found |= _of_asset(request, asset)
    return found


def _customer(request: Request, code: str) -> Customer | None:
    return customer_queries.customers(request.actor).filter(code=code).first() if code else None


def _asset(request: Request, code: str) -> Asset | None:
    return assets.asset_by_code(request.actor, code) if code else None


def _of_customer(request: Request, customer: Customer, *, with_machines: bool) -> dict[str, Any]:
    contacts = customer_queries.contacts_of(customer.pk)
    numbers = {
        c.pk: next((ch for ch in c.channels.all() if ch.is_number and not ch.wrong_since), None) for c in contacts
    }
    names = []
    for contact in contacts:
        channel = numbers[contact.pk]
        phone = customer_queries.number_for(request.actor, channel) if channel else ""
        mark = "" if channel is None or channel.verified_at else f" ({_('not verified')})"
        names.append((contact.pk, f"{contact.name} {phone}{mark}".strip()))
    machines = [
        {
            "code": row["code"],
            "label": asset_label(row, "") or row["code"],
            "url": f"?customer={customer.code}&asset={row['code']}",
        }
        for row in (callers.machines_of(request.actor, customer.pk) if with_machines else [])
    ]
    return {"contacts": names, "contact_id": names[0][0] if names else None, "machines": machines}


def _of_asset(request: Request, asset: Asset) -> dict[str, Any]:
    day = timezone.localdate(request.now)
    warranty = entitlements.warranty_of(asset, on=day)
    family = asset.model.family if asset.model else None
    return {
        "warranty": entitlements.warranty_words(warranty, unit=asset.meter_unit),
        "templates": list(family.readings) if family else [],
        "place": services.place_of(asset),
        "asset_label": assets.label_of(asset),
        "meter_unit": asset.meter_unit,
    }


def _submit(request: Request, who: dict[str, Any], draft: Case | None) -> HttpResponse:
    is_draft = request.POST.get("save") == "draft"
    form = RegisterForm(request.POST, templates=who["templates"], is_draft=is_draft)
    if not form.is_valid():
        return _page(request, form, who, draft, status=422)
    try:
        case = _write(request, form, who, draft, is_draft=is_draft)
    except DomainError as error:
        field = FIELDS.get(error.field or "", error.field)
        put_errors(form, DomainError(error.message, field=field, details=error.details))
        return _page(request, form, who, draft, status=422)
    if is_draft:
        messages.success(
            request, _("Draft %(number)s is saved. Only you see it, for one working day.") % {"number": case.number}
        )
        return redirect("cases:list")
    messages.success(request, _("%(number)s accepted.") % {"number": case.number})
    return redirect("cases:detail", number=case.number)


def _write(request: Request, form: RegisterForm, who: dict[str, Any], draft: Case | None, *, is_draft: bool) -> Case:
    data = form.cleaned_data
    fields: dict[str, Any] = {**form.values(), **_parties(form, who), "station_id": data["station"]}
    if data["assignee"]:
        fields["assignee_id"] = data["assignee"]
    if data["repeat_of"] and draft is None:
        fields["repeat_of_id"] = one_or_404(queries.cases(request.actor), number=data["repeat_of"]).pk
    common: dict[str, Any] = {"actor": request.actor, "at": request.now}
    if is_draft:
        return services.save_draft(draft.pk, **common, **fields) if draft else services.draft_case(**common, **fields)
    promise: dict[str, Any] = {
        "promise_at": data["promise_at"],
        "promise_text": data["promise_text"],
        "is_answered": data["is_answered"],
    }
    if draft is not None:
        return services.accept_draft(draft.pk, **common, **promise, **fields)
    return services.accept_case(**common, **promise, **fields)


def _parties(form: RegisterForm, who: dict[str, Any]) -> dict[str, Any]:
    data = form.cleaned_data
    found: dict[str, Any] = {
        "customer_id": who["customer"].pk if who["customer"] else None,
        "asset_id": who["asset"].pk if who["asset"] else None,
        "contact_id": data["contact"],
        "is_asset_unknown": data["is_asset_unknown"],
    }
    if who["customer"] is None and data["new_customer_name"]:
        found["new_customer"] = {"name": data["new_customer_name"], "confirm_duplicates": data["confirm_duplicates"]}
    if data["new_contact_name"]:
        found |= {
            "contact_id": None,
            "new_contact": {
                "name": data["new_contact_name"],
                "phone": data["new_contact_phone"],
                "confirm_duplicates": data["confirm_duplicates"],
            },
        }
    if who["asset"] is None and (data["new_plate"] or data["new_serial_no"]):
        found["new_asset"] = {
            "plate": data["new_plate"],
            "serial_no": data["new_serial_no"],
            "model_text": data["new_model_text"],
        }
    return found


@require_safe
def lookup(request: Request) -> HttpResponse:
    """Machines and customers for what is typed; each leads on to the register with it filled in."""
    request.actor.require("cases.create_case")
    text = request.GET.get("q", "").strip()
    if not is_fragment(request):
        return redirect(f"{reverse('cases:create')}?{urlencode({'q': text})}")
    return fragment(request, "cases/register.html", "found", _found(request, text))


def _found(request: Request, text: str) -> dict[str, Any]:
    hits = [_hit(request, row) for row in callers.found(request.actor, text)] if text else []
    return {"hits": hits, "q": text, "asked": bool(text)}


def _hit(request: Request, row: dict[str, Any]) -> dict[str, str]:
    hit, asset = row["hit"], row["asset"]
    create_url = reverse("cases:create")
    if asset is not None:
        label = assets.label_of(asset)
        return {
            "label": label or hit.title,
            "sub": asset.customer.name,
            "icon": "car" if asset.plate else "engine",
            "url": f"{create_url}?asset={asset.code}",
        }
    code = hit.url.rstrip("/").rpartition("/")[2]
    return {"label": hit.title, "sub": hit.subtitle, "icon": "building", "url": f"{create_url}?customer={code}"}
