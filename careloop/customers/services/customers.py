"""The customer file: create, change, confirm, close."""

import datetime as dt
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext as _

from careloop.core import events
from careloop.core.actor import Actor
from careloop.core.errors import Conflict, DomainError
from careloop.core.models import Event
from careloop.core.numbering import next_code
from careloop.customers import queries, rules
from careloop.customers.models import Customer, RefreshPeriod
from careloop.customers.services import contacts as contact_services
from careloop.customers.services.base import (
    CHANGE,
    DuplicateWarning,
    cleaned,
    derive,
    locked,
    put,
    refuse_duplicates,
    refuse_future,
    refuse_impossible,
    require_complete,
    values_of,
    write_confirmations,
)

__all__ = ["DuplicateWarning"]

PORTION = 900  # ids in one statement: SQLite builds of old take 999 values


@transaction.atomic
def ensure_defaults() -> None:
    """Write the refresh periods that are missing; those that exist are the firm's own."""
    for grade, months in rules.REFRESH_MONTHS.items():
        RefreshPeriod.objects.get_or_create(grade=grade, defaults={"months": months})


@transaction.atomic
def create_customer(
    *,
    actor: Actor,
    at: dt.datetime,
    name: str,
    type: str,
    station_id: int,
    contacts: Sequence[Mapping[str, Any]] = (),
    sites: Sequence[Mapping[str, Any]] = (),
    confidence: Mapping[str, str] | None = None,
    confirm_duplicates: bool = False,
    by_hand: bool = True,
    **values: Any,
) -> Customer:
    """Open a customer file.

    Args:
        contacts: persons, at least one; keys as `add_contact` takes them. The first is the first contact.
        confidence: how the fields of judgement are known (`stated`, `observed`, `guess`), by field.
        confirm_duplicates: the user has seen the matches and says that this is another customer.
        by_hand: refuse when mandatory fields are empty; what is taken over or noted in a hurry is measured instead
            (`completeness`). The warning of duplicates holds for all of them.
        values: fields of the file, `rules.FIELDS`.

    Raises:
        DomainError: a field is empty or wrong; `details` says which.
        DuplicateWarning: somebody like this is known already.
    """
    actor.require(CHANGE)
    if not actor.sees_station(station_id):
        raise DomainError(_("Choose one of your own stations."), field="station")
    given = cleaned({**values, "name": name, "type": type, "station": station_id})
    persons = [contact_services.read_contact(contact) for contact in contacts]
    refuse_impossible(given)
    refuse_future(given, at=at)
    if by_hand:
        require_complete(given)
        contact_services.require_reachable(persons)
    code = next_code("KH")  # first: the counter's lock lets two clerks register the same customer one after the other
    numbers = {channel.value for person in persons for channel in person.channels}
    matches = queries.similar(given["name"], numbers, given.get("uscc", ""), actor=actor)
    refuse_duplicates(matches, confirmed=confirm_duplicates)
    customer = Customer(code=code, created_at=at, created_by_id=actor.person_id, name_key=rules.name_key(given["name"]))
    put(customer, given)
    _insert(customer)
    events.record("customer.create", customer, actor=actor, at=at, data={"name": customer.name, "type": customer.type})
    for place, person in enumerate(persons):
        contact_services.insert_contact(customer, person, actor=actor, at=at, is_primary=place == 0)
    for site in sites:
        customer.sites.create(**site)
    _require_family_consent(customer)
    judged = [field for field in rules.WITH_ORIGIN if not rules.is_blank(getattr(customer, field))]
    write_confirmations(customer.pk, judged, actor=actor, at=at, source="first", confidence=confidence)
    derive(customer)
    return customer


def _insert(customer: Customer) -> None:
    try:
        with transaction.atomic():
            customer.save(force_insert=True)
    except IntegrityError as error:
        if not is_taken_code(error):
            raise
        raise Conflict(_("A customer with this social credit code exists already."), field="uscc") from error


def is_taken_code(error: IntegrityError) -> bool:
    """Another clerk was faster with the same credit code; anything else is a fault of the program and stays one."""
    text = str(error)  # PostgreSQL names the constraint, SQLite the column
    return "customer_uscc_once" in text or "customers_customer.uscc" in text


def _require_family_consent(customer: Customer) -> None:
    """Family data: of persons only, and only with their consent to personal care (R37)."""
    if not customer.family:
        return
    if customer.type != Customer.Type.PERSON:
        raise DomainError(_("Family data are kept of persons only."), field="family")
    if not queries.customer_has_consent(customer.pk, "care"):
        raise DomainError(_("Family data need the person's consent to personal care."), field="family")


@transaction.atomic
def update_customer(
    customer_id: int,
    *,
    actor: Actor,
    at: dt.datetime,
    values: Mapping[str, Any],
    confidence: Mapping[str, str] | None = None,
    seen_event: int | None = None,
    confirm_duplicates: bool = False,
    by_hand: bool = True,
) -> Customer:
    """Change fields of the file. What is not in `values` stays; a changed field counts as confirmed now.

    `seen_event`: the newest event when the form was opened; a later change by somebody else refuses this one.
    """
    customer = locked(customer_id, actor)
    if seen_event is not None and (other := queries.change_after(customer_id, seen_event)) is not None:
        raise Conflict(
            _("%(name)s changed this file while you were writing. Reload to see it; your input is kept.")
            % {"name": other.actor_name}
        )
    before = values_of(customer)
    given = cleaned(values)
    if "station" in given and not actor.sees_station(getattr(given["station"], "pk", given["station"])):
        raise DomainError(_("Choose one of your own stations."), field="station")
    put(customer, given)
    after = values_of(customer)
    changed = [name for name in after if after[name] != before[name]]
    refuse_impossible(after)
    refuse_future(given, at=at)
    if by_hand:
        require_complete(after)
    _refuse_new_duplicates(customer, changed, actor=actor, confirmed=confirm_duplicates)
    if not changed:
        return customer
    _require_family_consent(customer)
    _save(customer, changed)
    _record_changes(customer, changed, before, after, actor=actor, at=at)
    confirmed = [name for name in changed if name in rules.CONFIRMABLE and not rules.is_blank(after[name])]
    write_confirmations(customer_id, confirmed, actor=actor, at=at, source="edit", confidence=confidence)
    derive(customer)
    return customer


def _refuse_new_duplicates(customer: Customer, changed: Collection[str], *, actor: Actor, confirmed: bool) -> None:
    name = customer.name if "name" in changed else ""
    uscc = customer.uscc if "uscc" in changed else ""
    if name or uscc:
        matches = queries.similar(name, (), uscc, actor=actor, exclude=customer.pk)
        refuse_duplicates(matches, confirmed=confirmed)


def _save(customer: Customer, changed: Sequence[str]) -> None:
    customer.name_key = rules.name_key(customer.name)
    try:
        with transaction.atomic():
            customer.save(update_fields=[*changed, "name_key"])
    except IntegrityError as error:
        if not is_taken_code(error):
            raise
        raise Conflict(_("A customer with this social credit code exists already."), field="uscc") from error


def _record_changes(
    customer: Customer,
    changed: Sequence[str],
    before: Mapping[str, Any],
    after: Mapping[str, Any],
    *,
    actor: Actor,
    at: dt.datetime,
) -> None:
    rows = [
        {"field": name}
        if name in rules.PERSONAL
        else {"field": name, "before": rules.as_json(before[name]), "after": rules.as_json(after[name])}
        for name in changed
    ]
    events.record("customer.update", customer, actor=actor, at=at, data={"changes": rows})


@transaction.atomic
def confirm_fields(
    customer_id: int, fields: Collection[str] | None = None, *, actor: Actor, at: dt.datetime, source: str = ""
) -> list[str]:
    """Note that values were asked again and still hold; the values stay as they are (R38).

    `fields` None: every field whose period is over. Returns the confirmed fields.
    """
    customer = locked(customer_id, actor)
    if fields is None:
        has_channels = any(contact.channels.all() for contact in queries.contacts_of(customer_id))
        stale = queries.stale_fields(customer, today=timezone.localdate(at), has_channels=has_channels)
        fields = [row.field for row in stale]
    wrong = set(fields) - set(rules.CONFIRMABLE)
    if wrong:
        raise DomainError(_("These fields are not confirmed by date: %(names)s.") % {"names": ", ".join(sorted(wrong))})
    if not fields:
        return []
    known = {name: row.confidence for name, row in queries.confirmations_of(customer_id).items()}
    write_confirmations(customer_id, fields, actor=actor, at=at, source=source or "asked", confidence=known)
    events.record("customer.confirm", customer, actor=actor, at=at, data={"fields": sorted(fields), "source": source})
    derive(customer)
    return sorted(fields)


@transaction.atomic
def close_customer(customer_id: int, *, actor: Actor, at: dt.datetime, reason: str) -> Customer:
    """Put the file out of use. It stays readable, with its history."""
    customer = locked(customer_id, actor)
    if customer.closed_at is not None:
        raise Conflict(_("This file is closed already."))
    if not reason.strip():
        raise DomainError(_("Say why the file is closed."), field="reason")
    if customer.asset_count:
        raise DomainError(_("Machines in use still belong to this customer. Pass them on or scrap them first."))
    customer.closed_at, customer.closed_reason = at, reason.strip()
    customer.save(update_fields=["closed_at", "closed_reason"])
    events.record("customer.close", customer, actor=actor, at=at, data={"reason": customer.closed_reason})
    return customer


@transaction.atomic
def reopen_customer(customer_id: int, *, actor: Actor, at: dt.datetime) -> Customer:
    customer = locked(customer_id, actor)
    if customer.closed_at is None:
        raise Conflict(_("This file is in use."))
    customer.closed_at, customer.closed_reason = None, ""
    customer.save(update_fields=["closed_at", "closed_reason"])
    events.record("customer.reopen", customer, actor=actor, at=at)
    return customer


NOTE_KINDS = ("contact", "need", "complaint", "competitor", "other")


@transaction.atomic
def add_note(
    customer_id: int, *, text: str, actor: Actor, at: dt.datetime, kind: str = "contact", contact_id: int | None = None
) -> Event:
    """What a customer said or needs, written down by anybody who works here (R12)."""
    customer = locked(customer_id, actor, permission="customers.view_customer")
    if not text.strip():
        raise DomainError(_("Write what the customer said."), field="text")
    if kind not in NOTE_KINDS:
        raise DomainError(_("Choose what the note is about."), field="kind")
    data: dict[str, Any] = {"kind": kind}
    if contact_id is not None:
        person = next((c for c in queries.contacts_of(customer_id) if c.pk == contact_id), None)
        if person is None:
            raise DomainError(_("This person does not belong to the customer."), field="contact_id")
        data |= {"contact": person.name, "contact_id": person.pk}
    return events.record("customer.note", customer, actor=actor, at=at, data=data, text=text.strip())


def count_assets(customer_ids: Iterable[int], in_use: QuerySet[Any]) -> None:
    """Count anew the machines in use of these customers; called inside the transaction of a machine file.

    `in_use`: the rows that count, each with its `customer`.
    """
    owned = in_use.filter(customer=OuterRef("pk")).order_by().values("customer").annotate(n=Count("pk")).values("n")
    listed = sorted(customer_ids)
    for start in range(0, len(listed), PORTION):
        rows = Customer.objects.filter(pk__in=listed[start : start + PORTION])
        rows.update(asset_count=Coalesce(Subquery(owned), 0))
