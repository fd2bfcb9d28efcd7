"""Contact persons: numbers and their verification, consents and their withdrawal."""

import datetime as dt
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from careloop.core import access, events
from careloop.core.actor import Actor
from careloop.core.errors import Conflict, DomainError, NotFound
from careloop.core.phones import to_e164
from careloop.customers import queries
from careloop.customers.models import Consent, Contact, ContactChannel, Customer, Purpose, Site
from careloop.customers.services.base import CHANGE, derive, locked, refuse_duplicates, write_confirmations

VERIFY = "customers.verify_contact"
CONTACT_FIELDS = (
    "name",
    "salutation",
    "department",
    "post",
    "role",
    "preferred_channel",
    "quiet_from",
    "quiet_to",
    "language",
    "do_not_call",
)

PERSON_KEYS = frozenset((*CONTACT_FIELDS, "channels", "consents", "consent_channel"))
PURPOSES = frozenset(Purpose.values)
WAYS = frozenset(Consent.Channel.values)


@dataclass(frozen=True, slots=True)
class ChannelData:
    kind: str
    value: str
    is_verified: bool = False


@dataclass(frozen=True, slots=True)
class ContactData:
    """A person as read from a form, a file or a program."""

    fields: dict[str, Any]
    channels: tuple[ChannelData, ...] = ()
    consents: tuple[str, ...] = ()
    consent_channel: str = ""
    asked: bool = field(default=False)


def clean_channel(kind: str, value: str) -> tuple[str, str]:
    """Kind and value as they are kept. Telephone numbers tell by themselves whether they are mobile.

    Raises:
        DomainError: no such number or address.
    """
    text = value.strip()
    try:
        if kind in ("mobile", "phone", ""):
            number = to_e164(text)
            return ("mobile" if re.match(r"\+861[3-9]\d{9}$", number) else "phone"), number
        if kind == "email":
            validate_email(text)
            return kind, text.lower()
    except ValidationError as error:
        raise DomainError(error.messages[0], field="value") from error
    if kind != "wechat" or not 2 <= len(text) <= 64:
        raise DomainError(_("“%(text)s” is no number or address.") % {"text": text[:40]}, field="value")
    return kind, text


def read_contact(data: Mapping[str, Any]) -> ContactData:
    """Check a person given as a mapping: columns, `channels` (kind, value, verified), `consents`, `consent_channel`.

    Raises:
        DomainError: no name, an unknown key, a wrong number, half a quiet time.
    """
    if unknown := set(data) - PERSON_KEYS:
        raise DomainError(_("Unknown or automatic fields: %(names)s.") % {"names": ", ".join(sorted(unknown))})
    values = {name: data[name] for name in CONTACT_FIELDS if name in data and data[name] is not None}
    _check_person(values)
    channels: dict[tuple[str, str], ChannelData] = {}
    for channel in data.get("channels", ()):
        if str(channel.get("value") or "").strip():
            kind, value = clean_channel(channel.get("kind") or "", channel["value"])
            channels[kind, value] = ChannelData(kind, value, bool(channel.get("verified")))
    consents = tuple(dict.fromkeys(data.get("consents") or ()))
    if wrong := set(consents) - PURPOSES:
        raise DomainError(_("Unknown purpose: %(names)s.") % {"names": ", ".join(sorted(wrong))}, field="consents")
    way = data.get("consent_channel") or ""
    if consents and way not in WAYS:
        raise DomainError(_("Say how the person gave consent."), field="consent_channel")
    return ContactData(values, tuple(channels.values()), consents, way, asked=bool(way))


def _check_person(values: dict[str, Any]) -> None:
    name = " ".join(str(values.get("name") or "").split())
    if not name:
        raise DomainError(_("Write the person's name."), field="contact_name")
    values["name"] = name
    if bool(values.get("quiet_from")) != bool(values.get("quiet_to")):
        raise DomainError(_("Give both times, from and until, or none."), field="quiet_to")


def require_reachable(persons: Sequence[ContactData]) -> None:
    """A file by hand has at least one person, with a number, and says how he was asked for consent (form 2.3)."""
    if not persons:
        raise DomainError(_("Write down at least one contact person."), field="contact_name")
    if not any(person.channels for person in persons):
        raise DomainError(_("Write down at least one number or address of a person."), field="phone")
    if not persons[0].asked:
        raise DomainError(_("Say how the person was asked for consent."), field="consent_channel")


def insert_contact(
    customer: Customer, data: ContactData, *, actor: Actor, at: dt.datetime, is_primary: bool
) -> Contact:
    """Within the caller's transaction: person, numbers, consents and one event."""
    contact = Contact.objects.create(customer=customer, created_at=at, is_primary=is_primary, **data.fields)
    ContactChannel.objects.bulk_create(
        ContactChannel(
            contact=contact,
            kind=channel.kind,
            value=channel.value,
            verified_at=at if channel.is_verified else None,
            verified_by_id=actor.person_id if channel.is_verified else None,
        )
        for channel in data.channels
    )
    _insert_consents(contact, data.consents, data.consent_channel, actor=actor, at=at)
    events.record("contact.add", contact, actor=actor, at=at, data={"consents": list(data.consents)})
    return contact


def _insert_consents(contact: Contact, purposes: Iterable[str], way: str, *, actor: Actor, at: dt.datetime) -> None:
    Consent.objects.bulk_create(
        Consent(
            contact=contact,
            purpose=purpose,
            given_at=at,
            channel=way,
            recorded_by_id=actor.person_id,
            text_version=queries.consent_version(purpose, on=timezone.localdate(at)),
        )
        for purpose in purposes
    )


@transaction.atomic
def add_contact(
    customer_id: int,
    *,
    actor: Actor,
    at: dt.datetime,
    is_primary: bool = False,
    confirm_duplicates: bool = False,
    **data: Any,
) -> Contact:
    """A further person. The first one of a customer becomes its first contact.

    Args:
        data: `name`, `role`, `salutation`, `department`, `post`, `preferred_channel`, `quiet_from`, `quiet_to`,
            `language`, `do_not_call`; `channels`: mappings with `kind`, `value`, `verified`; `consents`: purposes;
            `consent_channel`.

    Raises:
        DuplicateWarning: a number belongs to another customer too.
    """
    customer = locked(customer_id, actor)
    person = read_contact(data)
    numbers = {channel.value for channel in person.channels}
    refuse_duplicates(queries.similar("", numbers, actor=actor, exclude=customer_id), confirmed=confirm_duplicates)
    others = Contact.objects.filter(customer=customer).present()
    first = is_primary or not others.filter(is_primary=True).exists()
    if first:
        others.filter(is_primary=True).update(is_primary=False)
    contact = insert_contact(customer, person, actor=actor, at=at, is_primary=first)
    derive(customer)
    return contact


def _contact(contact_id: int, actor: Actor, *, permission: str = CHANGE) -> tuple[Customer, Contact]:
    """The person and his customer, both locked (the customer first, as everywhere)."""
    found = Contact.objects.filter(pk=contact_id).values_list("customer", flat=True).first()
    if found is None:
        raise NotFound(_("There is no such contact person."))
    customer = locked(found, actor, permission=permission)
    return customer, Contact.objects.lock(contact_id)


@transaction.atomic
def update_contact(
    contact_id: int, *, actor: Actor, at: dt.datetime, is_primary: bool | None = None, **values: Any
) -> Contact:
    customer, contact = _contact(contact_id, actor)
    if unknown := set(values) - set(CONTACT_FIELDS):
        raise DomainError(_("Unknown or automatic fields: %(names)s.") % {"names": ", ".join(sorted(unknown))})
    merged = {name: getattr(contact, name) for name in CONTACT_FIELDS} | values
    _check_person(merged)
    changed = [name for name in CONTACT_FIELDS if merged[name] != getattr(contact, name)]
    for name in changed:
        setattr(contact, name, merged[name])
    if is_primary and not contact.is_primary:
        Contact.objects.filter(customer=customer, is_primary=True).update(is_primary=False)
        contact.is_primary = True
        changed.append("is_primary")
    if changed:
        contact.save(update_fields=changed)
        events.record("contact.update", contact, actor=actor, at=at, data={"fields": changed})
        derive(customer)
    return contact


@transaction.atomic
def leave_contact(contact_id: int, *, actor: Actor, at: dt.datetime, on: dt.date) -> Contact:
    """The person no longer works there. His history stays, he is no longer offered."""
    customer, contact = _contact(contact_id, actor)
    if contact.left_on is not None:
        raise Conflict(_("This person has left already."))
    contact.left_on, contact.is_primary = on, False
    contact.save(update_fields=["left_on", "is_primary"])
    heir = Contact.objects.filter(customer=customer).present().order_by("pk").first()
    if heir and not Contact.objects.filter(customer=customer, is_primary=True, left_on=None).exists():
        heir.is_primary = True
        heir.save(update_fields=["is_primary"])
    events.record("contact.leave", contact, actor=actor, at=at, data={"on": on.isoformat()})
    derive(customer)
    return contact


# --- numbers and addresses --------------------------------------------------------------------------------------


@transaction.atomic
def add_channel(
    contact_id: int,
    *,
    value: str,
    actor: Actor,
    at: dt.datetime,
    kind: str = "",
    is_verified: bool = False,
    confirm_duplicates: bool = False,
) -> ContactChannel:
    customer, contact = _contact(contact_id, actor)
    kind, value = clean_channel(kind, value)
    refuse_duplicates(queries.similar("", [value], actor=actor, exclude=customer.pk), confirmed=confirm_duplicates)
    verified = {"verified_at": at, "verified_by_id": actor.person_id} if is_verified else {}
    channel, is_new = ContactChannel.objects.get_or_create(contact=contact, kind=kind, value=value, defaults=verified)
    if not is_new:
        raise Conflict(_("This number or address is there already."), field="value")
    events.record("contact.add_channel", contact, actor=actor, at=at, data={"kind": kind, "verified": is_verified})
    derive(customer)
    return channel


def _channel(channel_id: int, actor: Actor, *, permission: str) -> tuple[Customer, ContactChannel]:
    found = ContactChannel.objects.filter(pk=channel_id).values_list("contact__customer", flat=True).first()
    if found is None:
        raise NotFound(_("There is no such number."))
    customer = locked(found, actor, permission=permission)
    return customer, ContactChannel.objects.lock(channel_id)


@transaction.atomic
def remove_channel(channel_id: int, *, actor: Actor, at: dt.datetime) -> None:
    customer, channel = _channel(channel_id, actor, permission=CHANGE)
    contact = channel.contact
    channel.delete()
    events.record("contact.remove_channel", contact, actor=actor, at=at, data={"kind": channel.kind})
    derive(customer)


@transaction.atomic
def verify_channel(channel_id: int, *, actor: Actor, at: dt.datetime) -> ContactChannel:
    """Somebody reached the person there just now. A number marked wrong is right again."""
    customer, channel = _channel(channel_id, actor, permission=VERIFY)
    channel.verified_at, channel.verified_by_id, channel.wrong_since = at, actor.person_id, None
    channel.save(update_fields=["verified_at", "verified_by", "wrong_since"])
    events.record("contact.verify", channel.contact, actor=actor, at=at, data={"kind": channel.kind})
    write_confirmations(customer.pk, ["contacts"], actor=actor, at=at, source="reached")
    derive(customer)
    return channel


@transaction.atomic
def mark_wrong(channel_id: int, *, actor: Actor, at: dt.datetime) -> ContactChannel:
    """Nobody is reached there, or somebody else. The number is no longer offered."""
    customer, channel = _channel(channel_id, actor, permission=VERIFY)
    if channel.wrong_since is not None:
        raise Conflict(_("This number is marked as wrong already."))
    channel.verified_at, channel.verified_by_id, channel.wrong_since = None, None, at
    channel.save(update_fields=["verified_at", "verified_by", "wrong_since"])
    events.record("contact.wrong_number", channel.contact, actor=actor, at=at, data={"kind": channel.kind})
    derive(customer)
    return channel


@transaction.atomic
def reveal_channel(channel_id: int, *, actor: Actor, at: dt.datetime) -> ContactChannel:
    """Show a masked number to somebody whose role does not need it every day; the look is logged."""
    actor.require("customers.view_customer")
    channel = queries.channel_in(actor, channel_id)
    if channel is None:
        raise NotFound(_("There is no such number."))
    access.log("reveal", actor=actor, at=at, subject=channel.contact, detail={"channel": channel.kind})
    return channel


# --- consents ---------------------------------------------------------------------------------------------------


@transaction.atomic
def give_consent(contact_id: int, purpose: str, *, actor: Actor, at: dt.datetime, channel: str) -> Consent:
    customer, contact = _contact(contact_id, actor)
    if purpose not in PURPOSES:
        raise DomainError(_("Unknown purpose: %(names)s.") % {"names": purpose}, field="purpose")
    if channel not in WAYS:
        raise DomainError(_("Say how the person gave consent."), field="channel")
    if queries.has_consent(contact_id, purpose):
        raise Conflict(_("This consent is on record already."))
    _insert_consents(contact, [purpose], channel, actor=actor, at=at)
    events.record("consent.give", contact, actor=actor, at=at, data={"purpose": purpose, "channel": channel})
    derive(customer)
    return Consent.objects.get(contact=contact, purpose=purpose, withdrawn_at=None)


@transaction.atomic
def withdraw_consent(contact_id: int, purpose: str, *, actor: Actor, at: dt.datetime) -> Consent:
    """From now on the person's data are not used for this purpose. Family data go with the consent to care (R37)."""
    customer, contact = _contact(contact_id, actor, permission="customers.view_customer")
    consent = Consent.objects.filter(contact=contact, purpose=purpose, withdrawn_at=None).first()
    if consent is None:
        raise Conflict(_("There is no such consent to withdraw."))
    consent.withdrawn_at = at
    consent.save(update_fields=["withdrawn_at"])
    events.record("consent.withdraw", contact, actor=actor, at=at, data={"purpose": purpose})
    if purpose == Purpose.CARE and customer.family and not queries.customer_has_consent(customer.pk, "care"):
        customer.family = ""
        customer.save(update_fields=["family"])
        events.record("customer.update", customer, actor=actor, at=at, data={"changes": [{"field": "family"}]})
    derive(customer)
    return consent


@transaction.atomic
def add_site(
    customer_id: int, *, name: str, actor: Actor, at: dt.datetime, region: str = "", address: str = ""
) -> Site:
    customer = locked(customer_id, actor)
    if not name.strip():
        raise DomainError(_("Write the name of the place."), field="name")
    site, is_new = Site.objects.get_or_create(
        customer=customer, name=name.strip(), defaults={"region": region, "address": address}
    )
    if not is_new:
        raise Conflict(_("A place with this name is there already."), field="name")
    events.record("customer.add_site", customer, actor=actor, at=at, data={"name": site.name})
    return site
