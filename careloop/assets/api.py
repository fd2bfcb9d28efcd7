"""REST of machines and vehicles: list, read, create, change, readings, and every step of a machine's life."""

import datetime as dt
from decimal import Decimal
from typing import Any, Literal

from django.http import Http404
from django.utils import timezone
from django.utils.translation import gettext as _
from ninja import Router, Schema, Status

from careloop.assets import exports, queries, rules, services
from careloop.assets.actions import ACTIONS
from careloop.assets.models import Asset, Kind
from careloop.assets.states import FLOW, AssetState
from careloop.core import rest, saved_views
from careloop.core.errors import DomainError
from careloop.core.http import Request
from careloop.customers import queries as customers
from careloop.staff import queries as staff

router = Router(tags=["machines"])
Lines = list[dict[str, Any]]


class AssetRow(Schema):
    id: int
    code: str
    label: str
    kind: str
    name: str
    serial_no: str
    plate: str
    vin: str
    model: str
    state: str
    customer: str
    customer_name: str
    station: str
    meter: Decimal | None
    meter_unit: str
    warranty_end: dt.date | None
    is_incomplete: bool
    completeness: int
    application: str


class AssetsOut(Schema):
    items: list[AssetRow]
    next: str | None


class ReadingOut(Schema):
    value: Decimal
    counter: str
    read_at: dt.datetime
    source: str
    reason: str


class AssetOut(AssetRow):
    engine_no: str
    vehicle_class: str
    usage: str
    location_text: str
    workshop_line: str
    department: str
    workpiece: str
    process: str
    software_version: str
    produced_on: dt.date | None
    shipped_on: dt.date | None
    installed_on: dt.date | None
    accepted_on: dt.date | None
    delivered_on: dt.date | None
    warranty_start: dt.date | None
    warranty_meter: int | None
    warranty_terms: str
    loss_fixed: Decimal | None
    loss_per_hour: Decimal | None
    criticality: str
    unknown: list[str]
    gaps: list[str]
    specs: Lines
    baseline: Lines
    utilities: Lines
    wear_parts: Lines
    maintenance: Lines
    readings: list[ReadingOut]
    created_at: dt.datetime


class FileIn(rest.Input):
    """Fields of form 2.7. What is left out stays as it is; `model` is the id of a product model."""

    name: str | None = None
    serial_no: str | None = None
    model: int | None = None
    model_text: str | None = None
    location_text: str | None = None
    workshop_line: str | None = None
    department: str | None = None
    responsible: int | None = None
    site: int | None = None
    application: str | None = None
    workpiece: str | None = None
    process: str | None = None
    software_version: str | None = None
    plate: str | None = None
    vin: str | None = None
    is_vin_as_stamped: bool | None = None
    engine_no: str | None = None
    vehicle_class: Literal["", "car", "motorcycle", "other"] | None = None
    usage: Literal["", "household", "commercial"] | None = None
    color: str | None = None
    guarantee_card_no: str | None = None
    insurance_until: dt.date | None = None
    inspection_until: dt.date | None = None
    invoice_on: dt.date | None = None
    produced_on: dt.date | None = None
    shipped_on: dt.date | None = None
    arrived_on: dt.date | None = None
    installed_on: dt.date | None = None
    pre_accepted_on: dt.date | None = None
    accepted_on: dt.date | None = None
    delivered_on: dt.date | None = None
    unknown: list[str] | None = None
    warranty_start: dt.date | None = None
    warranty_end: dt.date | None = None
    warranty_meter: int | None = None
    warranty_terms: str | None = None
    contract_no: str | None = None
    contract_amount: Decimal | None = None
    specs: Lines | None = None
    configuration: Lines | None = None
    utilities: Lines | None = None
    baseline: Lines | None = None
    tooling: Lines | None = None
    operators: Lines | None = None
    calibrations: Lines | None = None
    modifications: Lines | None = None
    training_waiver: str | None = None
    criticality: Literal["", "A", "B", "C"] | None = None
    loss_fixed: Decimal | None = None
    loss_per_hour: Decimal | None = None
    target_years: int | None = None
    target_meter: int | None = None
    is_old: bool = False
    confirm_duplicates: bool = False


class AssetIn(FileIn):
    kind: Literal["machine", "vehicle"]
    customer: str
    station: str = ""
    meter: Decimal | None = None


class ReadingIn(rest.Input):
    value: Decimal
    source: Literal["customer", "reception", "engineer", "device"] = "customer"
    counter: Literal["main", "output"] = "main"
    reason: str = ""


def load(request: Request, number: str) -> Asset:
    request.actor.require("assets.view_asset")
    asset = queries.asset_by_code(request.actor, number)
    if asset is None:
        raise Http404
    return asset


PLAIN = tuple(
    name
    for name in AssetOut.model_fields
    if name
    not in ("label", "model", "customer", "customer_name", "station", "gaps", "wear_parts", "maintenance", "readings")
)
PART = ("name", "part_no", "position", "interval_days", "interval_meter", "in_stock", "replaced_on", "replaced_meter")
ITEM = ("item", "interval_days", "interval_meter", "last_on", "last_meter", "next_on", "next_meter")


def shown(request: Request, asset: Asset) -> dict[str, Any]:
    keys = queries.spec_keys(asset.model.family if asset.model is not None else None)
    parts, items = queries.wear_parts_of(asset.pk), queries.maintenance_of(asset.pk)
    file = services.file_of(asset, wear_parts=len(parts), maintenance=len(items))
    return {
        **{name: getattr(asset, name) for name in PLAIN},
        "plate": rules.show_plate(asset.plate),
        "label": queries.label_of(asset),
        "model": queries.model_name(asset),
        "customer": asset.customer.code,
        "customer_name": asset.customer.name,
        "station": asset.station.name,
        "gaps": rules.gaps(file, spec_keys=keys),
        "wear_parts": [{name: getattr(row, name) for name in PART} for row in parts],
        "maintenance": [{name: getattr(row, name) for name in ITEM} for row in items],
        "readings": [
            {name: getattr(row, name) for name in ReadingOut.model_fields}
            for row in queries.readings_of(asset.pk, limit=10)
        ],
    }


def row_shown(row: dict[str, Any]) -> dict[str, Any]:
    model = f"{row['model__brand'] or ''} {row['model__name'] or ''}".strip() or row["model_text"]
    return {
        **row,
        "label": queries.label_of_row(row),
        "model": model,
        "customer": row["customer__code"],
        "customer_name": row["customer__name"],
        "station": row["station__name"],
        "plate": rules.show_plate(row["plate"]),
    }


@router.get("", response=AssetsOut, operation_id="asset_list", summary="Machines and vehicles, newest first")
def asset_list(
    request: Request,
    q: str = "",
    kind: str = "",
    state: str = "",
    customer: str = "",
    application: str = "",
    warranty: Literal["", "in", "ending", "out", "unknown"] = "",
    incomplete: bool = False,
    saved: int | None = None,
    limit: int = 50,
    cursor: int | None = None,
) -> Any:
    """`state` takes several values parted by commas; `customer` is a customer number.

    `saved`: id of a saved view of `/machines/`; its filter holds instead of the others.
    """
    request.actor.require("assets.view_asset")
    filters: dict[str, Any] = {
        "q": q,
        "kind": rest.one_of(kind, Kind.values, "kind"),
        "state": rest.some_of(state, AssetState.values, "state"),
        "customer": customer,
        "application": application,
        "warranty": warranty,
        "incomplete": incomplete,
    }
    if saved is not None:
        filters = exports.read_filters(saved_views.query_of(request.actor, saved, page="/machines/"))
    rows = queries.asset_list(request.actor, filters, today=timezone.localdate(request.now))
    return rest.newest_page(rows, row_shown, limit=limit, cursor=cursor)


@router.get("/{number}", response=AssetOut, operation_id="asset_read", summary="One machine file")
def read(request: Request, number: str) -> Any:
    return shown(request, load(request, number))


NULLS = frozenset(name for name, field in FileIn.model_fields.items() if field.annotation not in (str | None,))


def file_values(request: Request, payload: FileIn) -> dict[str, Any]:
    """What the body sets; the service checks it."""
    own = {"kind", "customer", "station", "meter", "is_old", "confirm_duplicates"}
    values = {name: value for name, value in payload.model_dump(exclude_unset=True).items() if name not in own}
    lists = {
        "specs",
        "configuration",
        "utilities",
        "baseline",
        "tooling",
        "operators",
        "calibrations",
        "modifications",
        "unknown",
    }
    texts = {"vehicle_class", "usage", "criticality"}
    result: dict[str, Any] = {}
    for name, value in values.items():
        if value is not None or (name in NULLS - lists - texts - {"is_vin_as_stamped"}):
            result[name] = value
        elif name in lists:
            result[name] = []
        else:
            result[name] = False if name == "is_vin_as_stamped" else ""
    if result.get("model") and not queries.models().filter(pk=result["model"]).exists():
        raise DomainError(_("There is no product model with this id."), field="model")
    return result


@router.post("", response={201: AssetOut}, operation_id="asset_create", summary="Register a machine or vehicle")
def create(request: Request, payload: AssetIn) -> Any:
    """409 when VIN, serial number or plate is on file; a plate alone can be confirmed with `confirm_duplicates`."""
    request.actor.require("assets.change_asset")
    customer = customers.customer_by_code(request.actor, payload.customer)
    if customer is None:
        raise DomainError(_("Choose a customer of your stations."), field="customer")
    values = file_values(request, payload)
    if payload.station:
        station = staff.stations_of(request.actor).filter(code=payload.station).first()
        if station is None:
            raise DomainError(_("Choose one of your own stations."), field="station")
        values["station"] = station.pk
    asset = services.create_asset(
        actor=request.actor,
        at=request.now,
        kind=payload.kind,
        customer_id=customer.pk,
        meter=payload.meter,
        is_old=payload.is_old,
        confirm_duplicates=payload.confirm_duplicates,
        **values,
    )
    return Status(201, shown(request, load(request, asset.code)))


@router.patch("/{number}", response=AssetOut, operation_id="asset_update", summary="Change fields of the file")
def update(request: Request, number: str, payload: FileIn) -> Any:
    asset = load(request, number)
    services.update_asset(
        asset.pk,
        actor=request.actor,
        at=request.now,
        values=file_values(request, payload),
        is_old=payload.is_old,
        confirm_duplicates=payload.confirm_duplicates,
    )
    return shown(request, load(request, number))


@router.post(
    "/{number}/readings", response={201: ReadingOut}, operation_id="reading_create", summary="Record a meter reading"
)
def reading_add(request: Request, number: str, payload: ReadingIn) -> Any:
    asset = load(request, number)
    return Status(201, services.record_meter(asset.pk, actor=request.actor, at=request.now, **payload.model_dump()))


rest.add_transitions(router, FLOW, ACTIONS, load=load, show=shown, response=AssetOut)
