"""What the services of machines share: locking, cleaning, derived columns, the search entry."""

import datetime as dt
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _

from careloop.assets import queries, rules
from careloop.assets.models import Asset, AssetConfirmation, MaintenanceItem, WearPart
from careloop.core import search
from careloop.core.actor import Actor
from careloop.core.errors import DomainError, NotFound
from careloop.customers.models import Contact, Site
from careloop.customers.rules import plausible_date, region_name
from careloop.customers.services import count_assets

CHANGE = "assets.change_asset"
PAST_DATES = (
    "produced_on",
    "shipped_on",
    "arrived_on",
    "installed_on",
    "pre_accepted_on",
    "accepted_on",
    "delivered_on",
    "invoice_on",
    "retired_on",
)
OTHER_DATES = ("warranty_start", "warranty_end", "insurance_until", "inspection_until")
CHECKED = ("vin", "plate", *PAST_DATES, *OTHER_DATES)

RELATED = frozenset({"model", "site", "responsible", "station"})


def locked(asset_id: int, actor: Actor, *, permission: str = CHANGE) -> Asset:
    """The machine, locked, if the actor may change it; one of another station is the same as none."""
    actor.require(permission)
    found = Asset.objects.filter(pk=asset_id).values_list("station", flat=True).first()
    if found is None or not actor.sees_station(found):
        raise NotFound(_("There is no such machine at your stations."))
    return Asset.objects.lock(asset_id)


def cleaned(values: Mapping[str, Any], *, kind: str, today: dt.date) -> dict[str, Any]:
    """Known fields only; VIN, plate and serial number in the form in which they are kept.

    Raises:
        DomainError: with one text per field at fault.
    """
    if unknown := set(values) - set(rules.FIELDS):
        raise DomainError(_("Unknown or automatic fields: %(names)s.") % {"names": ", ".join(sorted(unknown))})
    result = {name: " ".join(v.split()) if isinstance(v, str) else v for name, v in values.items()}
    errors: dict[str, str] = {}
    for name in CHECKED:
        if result.get(name):
            try:
                result[name] = _checked(name, result, today=today)
            except ValidationError as error:
                errors[name] = error.messages[0]
    if kind == "machine" and any(result.get(name) for name in ("plate", "vin", "vehicle_class")):
        errors["plate"] = _("Plate, VIN and vehicle class belong to vehicles.")
    errors.update(rules.out_of_order(result))
    wrong = set(result.get("unknown") or ()) - rules.MAY_BE_UNKNOWN
    if wrong:
        errors["unknown"] = _("This must be known: %(names)s.") % {"names": ", ".join(sorted(wrong))}
    if errors:
        raise DomainError(next(iter(errors.values())), details=errors)
    return result


def _checked(name: str, values: Mapping[str, Any], *, today: dt.date) -> Any:
    """The value in the form in which it is kept, or ValidationError."""
    if name == "vin":
        return rules.clean_vin(values[name], as_stamped=bool(values.get("is_vin_as_stamped")))
    if name == "plate":
        return rules.clean_plate(values[name])
    return plausible_date(values[name], today=today, may_be_future=name in OTHER_DATES)


def require_same_customer(asset: Asset) -> None:
    """Site and person in charge belong to the owner of the machine."""
    pairs: tuple[tuple[str, type[Site] | type[Contact], int | None], ...] = (
        ("site", Site, asset.site_id),
        ("responsible", Contact, asset.responsible_id),
    )
    for name, model, pk in pairs:
        if pk is not None and not model._default_manager.filter(pk=pk, customer=asset.customer_id).exists():
            raise DomainError(_("Choose one of this customer."), field=name)


def put(asset: Asset, values: Mapping[str, Any]) -> None:
    """Set fields; related records may be given as rows or as ids."""
    for name, value in values.items():
        if name in RELATED:
            setattr(asset, f"{name}_id", getattr(value, "pk", value))
        else:
            setattr(asset, name, value)


def values_of(asset: Asset) -> dict[str, Any]:
    """The fields of the file; of related records their ids."""
    return {name: getattr(asset, f"{name}_id" if name in RELATED else name) for name in rules.FIELDS}


def file_of(asset: Asset, *, wear_parts: int | None = None, maintenance: int | None = None) -> dict[str, Any]:
    """The values that completeness is judged by, counts of the attached tables included; `None`: count them."""
    if wear_parts is None:
        wear_parts = WearPart.objects.filter(asset=asset.pk).count() if asset.pk else 0
    if maintenance is None:
        maintenance = MaintenanceItem.objects.filter(asset=asset.pk).count() if asset.pk else 0
    family = asset.model.family if asset.model is not None else None
    return {
        **values_of(asset),
        "kind": asset.kind,
        "customer": asset.customer_id,
        "meter": asset.meter,
        "has_tooling": family is not None and family.has_tooling,
        "wear_parts": wear_parts,
        "maintenance": maintenance,
        "manual": queries.manual_count(asset.pk) if asset.pk else 0,
    }


def derive(asset: Asset) -> None:
    """Bring the columns up to date that follow from the file, and the search entry."""
    file = file_of(asset)
    keys = queries.spec_keys(asset.model.family if asset.model is not None else None)
    asset.completeness = rules.completeness(file, spec_keys=keys)
    asset.is_incomplete = asset.completeness < 100
    asset.confirmed_since = oldest_confirmation(asset)
    asset.save(update_fields=["completeness", "is_incomplete", "confirmed_since"])
    search.bulk_index([search_doc(asset)])


def oldest_confirmation(asset: Asset) -> dt.date | None:
    """The day of the field that nobody has confirmed for the longest time; None when no field is asked again."""
    known = queries.confirmations_of(asset.pk)
    names = queries.confirmable(asset)
    days = [known[name].confirmed_at if name in known else asset.created_at for name in names]
    return timezone.localdate(min(days)) if days else None


def write_confirmations(asset: Asset, fields: Iterable[str], *, actor: Actor, at: dt.datetime, source: str) -> None:
    AssetConfirmation.objects.bulk_create(
        [
            AssetConfirmation(asset=asset, field=name, confirmed_at=at, confirmed_by=actor.name, source=source)
            for name in fields
        ],
        update_conflicts=True,
        unique_fields=["asset", "field"],
        update_fields=["confirmed_at", "confirmed_by", "source"],
    )


def search_doc(asset: Asset) -> search.Doc:
    customer = asset.customer
    label = queries.label_of(asset)
    place = region_name(customer.region)
    return search.Doc(
        kind=queries.KIND,
        object_id=asset.pk,
        station_id=asset.station_id,
        title=label,
        subtitle=" · ".join(part for part in (customer.name, place) if part),
        url=f"/machines/{asset.code}/",
        body="\n".join(
            [
                asset.code,
                asset.serial_no,
                asset.plate,
                asset.vin,
                asset.engine_no,
                asset.name,
                asset.model_text,
                asset.application,
                asset.location_text,
            ]
        ),
        names=customer.name,
        at=asset.created_at,
    )


def recount(customer_ids: Iterable[int | None]) -> None:
    """The number of machines in use of these customers."""
    count_assets({pk for pk in customer_ids if pk is not None}, Asset.objects.in_hand())


def decimal_of(value: Any, field: str) -> Decimal:
    try:
        number = Decimal(str(value))
    except ArithmeticError as error:
        raise DomainError(_("Write a number."), field=field) from error
    if not number.is_finite() or number < 0:
        raise DomainError(_("Write a number that is not negative."), field=field)
    return number
