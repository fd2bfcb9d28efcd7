"""What the services of customers share: locking, derived columns, the search entry, refusals with matches."""

import datetime as dt
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _

from careloop.core import search
from careloop.core.actor import Actor
from careloop.core.errors import Conflict, DomainError, NotFound
from careloop.core.phones import to_e164
from careloop.core.words import clauses
from careloop.customers import queries, rules
from careloop.customers.models import ContactChannel, Customer, CustomerConfirmation
from careloop.customers.queries import Match

CHANGE = "customers.change_customer"


class DuplicateWarning(Conflict):
    """The record may exist already. `matches` say which and why; the caller repeats with `confirm_duplicates=True`.

    When a match is certain, repeating does not help.
    """

    code = "duplicate"

    def __init__(self, matches: Sequence[Match]):
        self.matches = list(matches)
        listed = clauses(
            _("%(record)s, %(why)s") % {"record": match.label, "why": match.reason} for match in self.matches
        )
        text = (
            _("This exists already: %(list)s. Open that record instead.")
            if self.is_certain
            else _("This may exist already: %(list)s. Open that record, or confirm that it is another one.")
        )
        message = text % {"list": listed}
        super().__init__(message, details={} if self.is_certain else {"confirm_duplicates": message})

    @property
    def is_certain(self) -> bool:
        return any(match.is_certain for match in self.matches)


def refuse_duplicates(matches: Sequence[Match], *, confirmed: bool) -> None:
    certain = [match for match in matches if match.is_certain]
    if certain or (matches and not confirmed):
        raise DuplicateWarning(certain or matches)


def locked(customer_id: int, actor: Actor, *, permission: str = CHANGE) -> Customer:
    """The customer, locked, if the actor may change it; a customer of another station is the same as none."""
    actor.require(permission)
    customer = Customer.objects.filter(pk=customer_id).first()
    if customer is None or not actor.sees_station(customer.station_id):
        raise NotFound(_("There is no such customer at your stations."))
    return Customer.objects.lock(customer_id)


def cleaned(values: Mapping[str, Any]) -> dict[str, Any]:
    """Known fields only, codes and numbers in the form in which they are kept.

    Raises:
        DomainError: with one text per field at fault.
    """
    if unknown := set(values) - set(rules.FIELDS):
        raise DomainError(_("Unknown or automatic fields: %(names)s.") % {"names": ", ".join(sorted(unknown))})
    result = {
        name: " ".join(value.split()) if isinstance(value, str) and name != "why" else value
        for name, value in values.items()
    }
    errors: dict[str, str] = {}
    for name, convert in (("uscc", rules.clean_uscc), ("region", rules.clean_region), ("invoice_phone", to_e164)):
        if result.get(name):
            try:
                result[name] = convert(result[name])
            except ValidationError as error:
                errors[name] = error.messages[0]
    if errors:
        raise DomainError(next(iter(errors.values())), details=errors)
    return result


def refuse_future(given: Mapping[str, Any], *, at: dt.datetime) -> None:
    """Only of what is given now: an old file that has such a day must stay editable."""
    first: dt.datetime | None = given.get("first_contact_at")
    if first is not None and first > at:
        text = _("%(date)s is in the future.") % {"date": timezone.localtime(first).date().isoformat()}
        raise DomainError(text, field="first_contact_at", details={"first_contact_at": text})


def refuse_impossible(values: Mapping[str, Any]) -> None:
    if wrong := rules.impossible(values):
        raise DomainError(next(iter(wrong.values())), details=wrong)


def require_complete(values: Mapping[str, Any]) -> None:
    if gaps := rules.missing(values, by_hand=True):
        raise DomainError(_("Some fields of the customer file are still empty."), details=gaps)


def values_of(customer: Customer) -> dict[str, Any]:
    """The fields of the file; of related records their ids."""
    names = {"station", "referrer", "sales_owner", "service_owner", "engineer_owner"}
    return {name: getattr(customer, f"{name}_id" if name in names else name) for name in rules.FIELDS}


def put(customer: Customer, values: Mapping[str, Any]) -> None:
    """Set fields; related records may be given as rows or as ids."""
    for name, value in values.items():
        is_related = Customer._meta.get_field(name).is_relation
        if is_related:
            setattr(customer, f"{name}_id", getattr(value, "pk", value))
        else:
            setattr(customer, name, value)


def write_confirmations(
    customer_id: int,
    fields: Iterable[str],
    *,
    actor: Actor,
    at: dt.datetime,
    source: str,
    confidence: Mapping[str, str] | None = None,
) -> None:
    rows = [
        CustomerConfirmation(
            customer_id=customer_id,
            field=name,
            confirmed_at=at,
            confirmed_by=actor.name,
            source=source,
            confidence=(confidence or {}).get(name) or "stated",
        )
        for name in fields
    ]
    CustomerConfirmation.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["customer", "field"],
        update_fields=["confirmed_at", "confirmed_by", "source", "confidence"],
    )


def derive(customer: Customer) -> None:
    """Bring the columns up to date that follow from the file: completeness and the day of the next refresh."""
    contacts = queries.contacts_of(customer.pk)
    channels = [channel for contact in contacts for channel in contact.channels.all()]
    customer.completeness = rules.completeness(
        values_of(customer),
        contacts=len(contacts),
        verified=sum(1 for channel in channels if channel.verified_at and not channel.wrong_since),
        consents=sum(1 for contact in contacts for _consent in contact.consents.all()),
    )
    known = queries.confirmations_of(customer.pk)
    dates = [
        known[name].confirmed_at if name in known else customer.created_at
        for name in queries.confirmable_fields(customer, has_channels=bool(channels))
    ]
    months = queries.refresh_months(customer.grade)
    customer.refresh_due_on = rules.refresh_due(min(dates), months) if dates else None
    customer.save(update_fields=["completeness", "refresh_due_on"])
    index(customer, [contact.name for contact in contacts], channels)


def index(customer: Customer, people: Collection[str], channels: Collection[ContactChannel]) -> None:
    """Names, codes, numbers and addresses; never family data or what matters to the customer."""
    doc = search_doc(customer, people, [channel.value for channel in channels])
    search.bulk_index([doc])


def search_doc(customer: Any, people: Collection[str], values: Collection[str]) -> search.Doc:
    """`customer`: the row, or anything else with the same columns (bulk loads make no model instances)."""
    place = rules.region_name(customer.region)
    return search.Doc(
        kind=queries.KIND,
        object_id=customer.pk,
        station_id=customer.station_id,
        title=customer.name,
        subtitle=" · ".join(part for part in (customer.code, place) if part),
        url=f"/customers/{customer.code}/",
        body="\n".join([customer.short_name, customer.uscc, customer.address, *people, *values]),
        names="\n".join([customer.name, customer.short_name, *people]),
        at=customer.created_at,
    )
