"""The machine file: create, change, confirm; families and models."""

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from careloop.assets import queries, rules
from careloop.assets.models import (
    Asset,
    MaintenanceItem,
    MeterReading,
    ProductFamily,
    ProductModel,
    WearPart,
)
from careloop.assets.services.base import (
    CHANGE,
    cleaned,
    decimal_of,
    derive,
    file_of,
    locked,
    put,
    recount,
    require_same_customer,
    values_of,
    write_confirmations,
)
from careloop.assets.states import FLOW
from careloop.core import events, flow
from careloop.core.actor import Actor
from careloop.core.errors import Conflict, DomainError
from careloop.core.numbering import next_code
from careloop.customers import queries as customer_queries
from careloop.customers.rules import as_json
from careloop.customers.services.base import refuse_duplicates

LABELED = ("specs", "utilities", "baseline")


@transaction.atomic
def create_asset(
    *,
    actor: Actor,
    at: dt.datetime,
    kind: str,
    customer_id: int,
    wear_parts: Sequence[Mapping[str, Any]] | None = None,
    maintenance: Sequence[Mapping[str, Any]] | None = None,
    meter: Any = None,
    is_old: bool = False,
    confirm_duplicates: bool = False,
    by_hand: bool = True,
    **values: Any,
) -> Asset:
    """Open the file of a machine (`kind` machine) or vehicle.

    The templates of the model's family fill wear parts, maintenance plan and utilities where none are given, and the
    end of the warranty where its start is known; an unknown warranty stays unknown (R180).

    Args:
        is_old: an old machine; what is empty is not known, and the file stays marked as incomplete.
        meter: the reading of today, in `meter_unit` (h for machines, km for vehicles).
        confirm_duplicates: the user has seen that the plate is on another file, too.
        by_hand: refuse empty mandatory fields; taken-over data are measured instead.

    Raises:
        DomainError: a field is empty or wrong; `details` says which.
        DuplicateWarning: VIN, serial number or plate is in another file.
    """
    actor.require(CHANGE)
    customer = customer_queries.customer_by_id(customer_id)
    if kind not in ("machine", "vehicle") or customer is None or not actor.sees_station(customer.station_id):
        raise DomainError(_("Choose a customer of your stations."), field="customer")
    given = cleaned(values, kind=kind, today=timezone.localdate(at))
    given.setdefault("station", customer.station_id)
    given.setdefault("meter_unit", "km" if kind == "vehicle" else "h")
    if not actor.sees_station(getattr(given["station"], "pk", given["station"])):
        raise DomainError(_("Choose one of your own stations."), field="station")
    code = next_code("SB")  # first: the counter's lock lets two clerks register the same machine one after the other
    asset = Asset(code=code, kind=kind, customer=customer, created_at=at, created_by_id=actor.person_id)
    put(asset, given)
    asset.serial_key = rules.serial_key(asset.serial_no)
    _fill_from_family(asset)
    require_same_customer(asset)
    parts = _template(asset, "wear_parts") if wear_parts is None else list(wear_parts)
    items = _template(asset, "maintenance") if maintenance is None else list(maintenance)
    _require_answers(asset, len(parts), len(items), meter, is_old=is_old, by_hand=by_hand)
    matches = queries.similar(plate=asset.plate, vin=asset.vin, serial_key=asset.serial_key, actor=actor)
    refuse_duplicates(matches, confirmed=confirm_duplicates or not by_hand)
    _start(asset, actor=actor, at=at)
    WearPart.objects.bulk_create(WearPart(asset=asset, **row) for row in parts)
    MaintenanceItem.objects.bulk_create(MaintenanceItem(asset=asset, **row) for row in items)
    if meter not in (None, ""):
        _first_reading(asset, meter, actor=actor, at=at)
    derive(asset)
    recount([customer.pk])
    return asset


def _start(asset: Asset, *, actor: Actor, at: dt.datetime) -> None:
    asset.is_incomplete = True  # until derived, so that a machine without serial number passes its constraint
    data = {"label": queries.label_of(asset), "kind": asset.kind}
    try:
        with transaction.atomic():
            flow.start(FLOW, asset, "create", actor=actor, at=at, data=data)
    except IntegrityError as error:
        raise Conflict(_("A machine with this serial number or VIN exists already."), field="serial_no") from error


def _first_reading(asset: Asset, meter: Any, *, actor: Actor, at: dt.datetime) -> None:
    value = decimal_of(meter, "meter")
    MeterReading.objects.create(asset=asset, value=value, read_at=at, source="reception", person_name=actor.name)
    asset.meter, asset.meter_at = value, at
    asset.save(update_fields=["meter", "meter_at"])


def _template(asset: Asset, name: str) -> list[dict[str, Any]]:
    return list(getattr(asset.model.family, name)) if asset.model is not None else []


def _fill_from_family(asset: Asset) -> None:
    """What the product itself tells: utilities, and the warranty's end when its start is on record."""
    if asset.model is None:
        return
    family = asset.model.family
    if not asset.utilities:
        asset.utilities = list(family.utilities)
    known = {row["key"]: row for row in family.specs}
    asset.specs = [{**known.get(row.get("key", ""), {}), **row} for row in asset.specs]
    if asset.warranty_start and not asset.warranty_end and family.warranty_months:
        asset.warranty_end = rules.warranty_end_of(asset.warranty_start, family.warranty_months)
        asset.warranty_meter = asset.warranty_meter or family.warranty_meter
        asset.unknown = [name for name in asset.unknown if name != "warranty_end"]


def _require_answers(asset: Asset, parts: int, items: int, meter: Any, *, is_old: bool, by_hand: bool) -> None:
    file = {**file_of(asset, wear_parts=parts, maintenance=items), "meter": meter}
    keys = queries.spec_keys(asset.model.family if asset.model is not None else None)
    if is_old or not by_hand:
        empty = set(rules.gaps(file, spec_keys=keys)) & rules.MAY_BE_UNKNOWN
        asset.unknown = sorted(set(asset.unknown) | empty) if is_old else asset.unknown
        file["unknown"] = sorted(empty)
    errors = rules.refused(file, spec_keys=keys)
    if not by_hand:
        errors = {name: text for name, text in errors.items() if name == "plate"}
    if errors:
        raise DomainError(_("Some fields of the machine file are still empty."), details=errors)


@transaction.atomic
def update_asset(
    asset_id: int,
    *,
    actor: Actor,
    at: dt.datetime,
    values: Mapping[str, Any],
    wear_parts: Sequence[Mapping[str, Any]] | None = None,
    maintenance: Sequence[Mapping[str, Any]] | None = None,
    is_old: bool = False,
    seen_event: int | None = None,
    confirm_duplicates: bool = False,
    by_hand: bool = True,
) -> Asset:
    """Change fields of the file; lists that are given replace the former ones.

    `seen_event`: the newest event when the form was opened; a later change by somebody else refuses this one.
    """
    asset = locked(asset_id, actor)
    if seen_event is not None and (other := queries.change_after(asset_id, seen_event)) is not None:
        raise Conflict(
            _("%(name)s changed this file while you were writing. Reload to see it; your input is kept.")
            % {"name": other.actor_name}
        )
    before = values_of(asset)
    merged = cleaned({**before, **values}, kind=asset.kind, today=timezone.localdate(at))
    put(asset, merged)
    asset.serial_key = rules.serial_key(asset.serial_no)
    _fill_from_family(asset)
    require_same_customer(asset)
    file = file_of(asset)
    parts = file["wear_parts"] if wear_parts is None else len(wear_parts)
    items = file["maintenance"] if maintenance is None else len(maintenance)
    _forget_answered(asset, {**file, "wear_parts": parts, "maintenance": items})
    _require_answers(asset, parts, items, asset.meter, is_old=is_old, by_hand=by_hand)
    changed = [name for name, value in values_of(asset).items() if value != before[name]]
    _refuse_new_duplicates(asset, changed, actor=actor, confirmed=confirm_duplicates)
    lists = _replace_lists(asset, wear_parts, maintenance)
    if changed or lists:
        _save(asset, [*changed, "serial_key"])
        _record(asset, changed, lists, before, actor=actor, at=at)
        told = [name for name in queries.confirmable(asset) if name in changed]
        write_confirmations(asset, told, actor=actor, at=at, source="edit")
        derive(asset)
    return asset


def _forget_answered(asset: Asset, file: Mapping[str, Any]) -> None:
    """What is filled in by now is no longer known to be unknown."""
    keys = queries.spec_keys(asset.model.family if asset.model is not None else None)
    asset.unknown = [name for name in asset.unknown if not rules.is_filled(name, file, spec_keys=keys)]


def _refuse_new_duplicates(asset: Asset, changed: Collection[str], *, actor: Actor, confirmed: bool) -> None:
    wanted = {
        "plate": asset.plate if "plate" in changed else "",
        "vin": asset.vin if "vin" in changed else "",
        "serial_key": asset.serial_key if "serial_no" in changed else "",
    }
    if any(wanted.values()):
        refuse_duplicates(queries.similar(**wanted, actor=actor, exclude=asset.pk), confirmed=confirmed)


def _replace_lists(
    asset: Asset,
    wear_parts: Sequence[Mapping[str, Any]] | None,
    maintenance: Sequence[Mapping[str, Any]] | None,
) -> list[str]:
    """Write the lists that are given and differ; names of those that changed."""
    changed = []
    if wear_parts is not None:
        changed += ["wear_parts"] if _replace(WearPart, asset, "name", wear_parts) else []
    if maintenance is not None:
        changed += ["maintenance"] if _replace(MaintenanceItem, asset, "item", maintenance) else []
    return changed


def _replace(
    model: type[WearPart] | type[MaintenanceItem], asset: Asset, key: str, rows: Sequence[Mapping[str, Any]]
) -> bool:
    """Rows are matched by their name, so that dates of the last work stay with them."""
    kept = {getattr(row, key): row for row in model._default_manager.filter(asset=asset)}
    wanted = {row[key]: row for row in rows}
    changed = False
    for name in set(kept) - set(wanted):
        kept[name].delete()
        changed = True
    for name, row in wanted.items():
        old = kept.get(name)
        if old is None:
            model._default_manager.create(asset=asset, **row)
            changed = True
        elif any(getattr(old, field) != value for field, value in row.items()):
            for field, value in row.items():
                setattr(old, field, value)
            old.save()
            changed = True
    return changed


def _save(asset: Asset, fields: Sequence[str]) -> None:
    asset.is_incomplete = True  # until derived, see the constraint on machines without serial number
    try:
        with transaction.atomic():
            asset.save(update_fields=[*fields, "is_incomplete"])
    except IntegrityError as error:
        raise Conflict(_("A machine with this serial number or VIN exists already."), field="serial_no") from error


def _record(
    asset: Asset,
    changed: Sequence[str],
    lists: Sequence[str],
    before: Mapping[str, Any],
    *,
    actor: Actor,
    at: dt.datetime,
) -> None:
    after = values_of(asset)
    rows: list[dict[str, Any]] = [
        {"field": name}
        if isinstance(after[name], list)
        else {"field": name, "before": as_json(before[name]), "after": as_json(after[name])}
        for name in changed
    ]
    rows += [{"field": name} for name in lists]
    events.record("asset.update", asset, actor=actor, at=at, data={"changes": rows})


@transaction.atomic
def confirm_fields(asset_id: int, fields: Collection[str], *, actor: Actor, at: dt.datetime, source: str = "") -> None:
    """Note that values of the file were compared with the machine and still hold."""
    asset = locked(asset_id, actor)
    if wrong := set(fields) - {*values_of(asset), "wear_parts", "maintenance"}:
        raise DomainError(_("Unknown or automatic fields: %(names)s.") % {"names": ", ".join(sorted(wrong))})
    write_confirmations(asset, fields, actor=actor, at=at, source=source)
    events.record("asset.confirm", asset, actor=actor, at=at, data={"fields": sorted(fields), "source": source})
    derive(asset)


@transaction.atomic
def derive_again(asset_id: int) -> None:
    """Judge the file again, after a manual was uploaded or a list changed elsewhere."""
    derive(Asset.objects.lock(asset_id))


@transaction.atomic
def save_family(name: str, kind: str, **templates: Any) -> ProductFamily:
    """Create a product family, or bring its templates up to date."""
    family, _is_new = ProductFamily.objects.update_or_create(name=name, defaults={"kind": kind, **templates})
    return family


@transaction.atomic
def save_model(family: ProductFamily, name: str, *, brand: str = "") -> ProductModel:
    model, _is_new = ProductModel.objects.get_or_create(brand=brand, name=name, defaults={"family": family})
    return model
