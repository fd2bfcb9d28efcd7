"""Who and what a request is about: customer, contact, machine, colleague; known ones or new ones written in passing."""

import datetime as dt
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from django.db.models import Exists, OuterRef
from django.utils.translation import gettext as _

from careloop.assets import services as assets
from careloop.assets.models import Asset
from careloop.cases import rules
from careloop.cases.models import Case
from careloop.cases.services.common import station_of
from careloop.core.actor import Actor
from careloop.core.errors import DomainError, NotFound
from careloop.core.prepared import Prepared
from careloop.customers import services as customers
from careloop.customers.models import Contact, ContactChannel, ContactQuerySet, Customer, CustomerQuerySet
from careloop.staff.models import Person
from careloop.staff.queries import station_by_code

NAMES = (
    "station_code",
    "customer_id",
    "customer_code",
    "asset_code",
    "contact_id",
    "asset_id",
    "is_asset_unknown",
    "new_customer",
    "new_contact",
    "new_asset",
)
WORK_RIGHT = "cases.work_case"


def resolve(
    case: Case,
    *,
    actor: Actor,
    at: dt.datetime,
    station_id: int | None,
    station_code: str | None = None,
    customer_id: int | None = None,
    customer_code: str | None = None,
    asset_code: str | None = None,
    contact_id: int | None = None,
    asset_id: int | None = None,
    is_asset_unknown: bool = False,
    new_customer: Mapping[str, Any] | None = None,
    new_contact: Mapping[str, Any] | None = None,
    new_asset: Mapping[str, Any] | None = None,
) -> None:
    """Set customer, contact, machine and station; all of them among those the actor sees, and fitting together.

    Args:
        new_customer: `{name, type}` for a customer nobody knows yet; his file is completed later.
        new_contact: `{name, phone}`, written down as not verified.
        new_asset: `{kind, plate | serial_no, model_text}`, an incomplete file.
    """
    asset = _asset(actor, asset_id, asset_code)
    if asset is not None and not (customer_id or customer_code or new_customer):
        customer_id = asset.customer_id
    contact = _with_customer(actor, contact_id, customer_code)
    customer = contact.customer if contact else _customer(actor, customer_id, customer_code)
    if station_code:
        station_id = _station_id(station_code, customer)
    if customer is None and new_customer:
        customer = _new_customer(new_customer, station_id, actor=actor, at=at)
    _set_station(case, station_id, customer, actor)
    if asset is not None and customer is not None and asset.customer_id != customer.pk:
        raise DomainError(
            _("This machine belongs to another customer. Change its owner first, or choose another."), field="asset"
        )
    if asset is None and new_asset and customer is not None:
        asset = _new_asset(new_asset, customer, case.station_id, actor=actor, at=at)
    case.customer, case.asset = customer, asset
    case.is_asset_unknown = is_asset_unknown and asset is None
    if asset is not None and not case.place:
        case.place = place_of(asset)
    _set_contact(case, contact_id, new_contact, known=contact, actor=actor, at=at)


_REACHED = ContactChannel.objects.filter(contact=OuterRef("pk"), verified_at__isnull=False, wrong_since=None)
_by_code = Prepared(lambda actor, code: _customers(actor).filter(code=code)[:1])
_by_id = Prepared(lambda actor, customer_id: _customers(actor).filter(pk=customer_id)[:1])
_contact = Prepared(lambda contact_id, customer_id: _contacts().filter(pk=contact_id, customer_id=customer_id)[:1])
_contact_by_code = Prepared(
    lambda actor, contact_id, code: (
        _contacts()
        .filter(pk=contact_id, customer__in=Customer.objects.visible_to(actor).filter(code=code, closed_at=None))
        .select_related("customer__station__calendar")[:1]
    )
)


def _contacts() -> ContactQuerySet:
    return Contact.objects.present().annotate(is_reached=Exists(_REACHED))


def _customers(actor: Actor) -> CustomerQuerySet:
    return Customer.objects.visible_to(actor).select_related("station__calendar")


def _with_customer(actor: Actor, contact_id: int | None, code: str | None) -> Contact | None:
    """Both by one query, when they fit together; else each is looked up alone, to say which one does not."""
    return _contact_by_code.first(actor=actor, contact_id=contact_id, code=code) if contact_id and code else None


def _customer(actor: Actor, customer_id: int | None, code: str | None) -> Customer | None:
    if customer_id is None and not code:
        return None
    found = _by_code.first(actor=actor, code=code) if code else _by_id.first(actor=actor, customer_id=customer_id or 0)
    if found is None:
        raise NotFound(_("There is no such customer, or it is not yours to see."), field="customer")
    if found.closed_at is not None:
        raise DomainError(_("This customer's file is closed. Open it again first."), field="customer")
    return found


def _station_id(code: str, customer: Customer | None) -> int:
    """Mostly the station of the customer, which was read with him."""
    if customer is not None and customer.station.code == code:
        return customer.station_id
    found = station_by_code(code)
    if found is None:
        raise NotFound(_("There is no station “%(code)s”.") % {"code": code}, field="station")
    return found.pk


def _asset(actor: Actor, asset_id: int | None, code: str | None) -> Asset | None:
    if asset_id is None and not code:
        return None
    rows = Asset.objects.visible_to(actor).select_related("model__family", "site")
    found = rows.filter(code=code).first() if code else rows.filter(pk=asset_id or 0).first()
    if found is None:
        raise NotFound(_("There is no such machine, or it is not yours to see."), field="asset")
    return found


def _set_station(case: Case, station_id: int | None, customer: Customer | None, actor: Actor) -> None:
    """The chosen station, else the customer's, else the only one of the actor."""
    chosen = station_id or (case.station_id or None) or (customer.station_id if customer else None)
    chosen = chosen or _only_station(actor)
    if chosen is None:
        raise DomainError(_("Choose the station that takes the request."), field="station")
    if not actor.sees_station(chosen):
        raise DomainError(_("This station is not one of yours."), field="station")
    case.station = customer.station if customer is not None and customer.station_id == chosen else station_of(chosen)


def _set_contact(
    case: Case,
    contact_id: int | None,
    new_contact: Mapping[str, Any] | None,
    *,
    known: Contact | None,
    actor: Actor,
    at: dt.datetime,
) -> None:
    """A person that nobody has reached yet is marked: the number is confirmed with the first call."""
    if case.customer is None:
        case.contact = None
        return
    if contact_id is None and new_contact:
        case.contact = _new_contact(new_contact, case.customer, actor=actor, at=at)
        case.is_contact_unverified = True
        return
    if contact_id is None:
        case.contact, case.is_contact_unverified = None, True
        return
    found: Any = known or _contact.first(contact_id=contact_id, customer_id=case.customer.pk)
    if found is None:
        raise NotFound(_("This customer has no such contact person any more. Choose another."), field="contact")
    case.contact, case.is_contact_unverified = found, not found.is_reached


def _new_customer(data: Mapping[str, Any], station_id: int | None, *, actor: Actor, at: dt.datetime) -> Customer:
    name = str(data.get("name", "")).strip()
    if not name:
        raise DomainError(_("Write the customer's name."), field="new_customer")
    station = station_id or _only_station(actor)
    if station is None:
        raise DomainError(_("Choose the station that takes the request."), field="station")
    made = customers.create_customer(
        actor=actor,
        at=at,
        name=name,
        type=str(data.get("type") or "company"),
        station_id=station,
        by_hand=False,
        confirm_duplicates=bool(data.get("confirm_duplicates")),
        first_contact_at=at,
    )
    return Customer.objects.select_related("station__calendar").get(pk=made.pk)


def _only_station(actor: Actor) -> int | None:
    return next(iter(actor.stations)) if actor.stations is not None and len(actor.stations) == 1 else None


def _new_contact(data: Mapping[str, Any], customer: Customer, *, actor: Actor, at: dt.datetime) -> Contact:
    """Refused with the matches when the number belongs to another customer, unless the caller has seen them."""
    name, phone = str(data.get("name", "")).strip(), str(data.get("phone", "")).strip()
    if not name or not phone:
        raise DomainError(_("A new contact person needs a name and a telephone number."), field="new_contact_name")
    return customers.add_contact(
        customer.pk,
        actor=actor,
        at=at,
        name=name,
        channels=[{"kind": "", "value": phone}],
        confirm_duplicates=bool(data.get("confirm_duplicates")),
    )


def _new_asset(data: Mapping[str, Any], customer: Customer, station_id: int, *, actor: Actor, at: dt.datetime) -> Asset:
    """An incomplete file, to be finished later; a plate or serial number that is known already is refused."""
    fields: dict[str, Any] = {key: str(value).strip() for key, value in data.items() if str(value or "").strip()}
    kind = fields.pop("kind", "") or ("vehicle" if fields.get("plate") else "machine")
    if kind == "vehicle":
        fields.setdefault("vehicle_class", "car")
    made = assets.create_asset(
        actor=actor, at=at, kind=kind, customer_id=customer.pk, by_hand=False, station=station_id, **fields
    )
    return Asset.objects.select_related("model__family", "site").get(pk=made.pk)


def place_of(asset: Asset) -> str:
    """Where the machine stands, in words: filled in, never typed again."""
    parts = (asset.site.name if asset.site else "", asset.workshop_line, asset.location_text)
    return " ".join(part for part in parts if part)[:200]


def colleague(person_id: int, station_id: int) -> Person:
    """Somebody who works at the station now and may work on requests."""
    person = Person.objects.working_at(station_id).filter(pk=person_id).first()
    if person is None:
        raise DomainError(_("This person does not work at the station of the request."), field="person_id")
    if not Person.objects.holding(WORK_RIGHT).filter(pk=person_id).exists():
        raise DomainError(_("%(name)s has no right to work on requests.") % {"name": person}, field="person_id")
    return person


def visible_case(actor: Actor, case_id: int) -> Case:
    found = Case.objects.visible_to(actor).filter(pk=case_id).first()
    if found is None:
        raise NotFound(_("There is no such request, or it is not yours to see."), field="repeat_of")
    return found


def check_readings(
    asset: Asset | None, rows: Sequence[Mapping[str, Any]], *, at: dt.datetime, source: str
) -> list[dict[str, str]]:
    """Typed values with their units, turned into those of the product family and marked when out of range (R70).

    Raises:
        DomainError: no unit or a wrong one, no number, or a reading that this family does not have.
    """
    if not rows:
        return []
    templates = {str(t["key"]): t for t in templates_of(asset)}
    baseline = {str(b.get("key")): b for b in (asset.baseline if asset is not None else [])}
    found = []
    for row in rows:
        template = templates.get(str(row.get("key", "")))
        if template is None:
            raise DomainError(_("This machine has no such reading."), field="readings")
        label = template.get("label") or template["key"]
        try:
            reading = rules.read_reading(
                template, str(row.get("value", "")), str(row.get("unit") or ""), baseline=_base(baseline, template)
            )
        except rules.UnitRefused as error:
            raise DomainError(
                _("%(label)s: “%(unit)s” is not a unit for it. Use %(units)s.")
                % {"label": label, "unit": error.unit, "units": ", ".join(error.expected)},
                field="readings",
            ) from error
        except ValueError as error:
            raise DomainError(
                _("%(label)s: “%(text)s” is not a number.") % {"label": label, "text": error}, field="readings"
            ) from error
        found.append(reading.as_json(at=at, source=source))
    return found


def templates_of(asset: Asset | None) -> list[dict[str, Any]]:
    return list(asset.model.family.readings) if asset is not None and asset.model is not None else []


def _base(baseline: Mapping[str, Mapping[str, Any]], template: Mapping[str, Any]) -> Decimal | None:
    """What this machine showed at acceptance, when it was written in a unit that can be compared."""
    row = baseline.get(str(template["key"]))
    if row is None or row.get("value") in (None, ""):
        return None
    try:
        return rules.convert(
            Decimal(str(row["value"])), str(row.get("unit") or template["unit"]), str(template["unit"])
        )
    except (rules.UnitRefused, ArithmeticError):
        return None
