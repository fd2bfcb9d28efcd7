"""Many customers at once: the path of imports, demonstration and measurements."""

import datetime as dt
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from careloop.core import bulk, events, search
from careloop.core.actor import Actor
from careloop.core.errors import DomainError
from careloop.core.numbering import raise_to, reserve
from careloop.customers import queries, rules
from careloop.customers.models import Consent, Contact, ContactChannel, Customer
from careloop.customers.services.base import CHANGE, search_doc
from careloop.customers.services.contacts import CONTACT_FIELDS, ContactData

OWN_CODE = re.compile(r"KH-(\d{6,9})")


@dataclass(frozen=True, slots=True)
class CustomerRow:
    """A customer file to be written: `values` as `services.base.cleaned` gives them, related records as ids.

    `created_at`: the day on which the old system had made the file; None: now.
    """

    values: Mapping[str, Any]
    contacts: Sequence[ContactData] = ()
    created_at: dt.datetime | None = None
    code: str = field(default="")


@dataclass(frozen=True, slots=True)
class Made:
    """What came of a row."""

    pk: int
    code: str
    contact_ids: tuple[int, ...]


@transaction.atomic(savepoint=False)
def create_many(rows: Sequence[CustomerRow], *, actor: Actor, at: dt.datetime) -> list[Made]:
    """Write checked rows with persons, numbers, consents, one event and one search entry each.

    Duplicates are the caller's affair; the database refuses a second social credit code.
    """
    actor.require(CHANGE)
    if any(not actor.sees_station(row.values.get("station")) for row in rows):
        raise DomainError(_("Choose one of your own stations."), field="station")
    ids = bulk.reserve_ids(Customer, len(rows))
    codes = _codes(rows)
    entries = search.begin(_docs(rows, ids, codes, at))
    persons = [(place, contact) for place, row in enumerate(rows) for contact in row.contacts]
    contact_ids = bulk.reserve_ids(Contact, len(persons)) if persons else []
    _insert_customers(rows, ids, codes, actor=actor, at=at)
    _insert_contacts(rows, persons, contact_ids, ids, actor=actor, at=at)
    events.record_many(
        (
            events.Fact(
                "customer.create",
                row.created_at or at,
                "customer",
                pk,
                code,
                customer_id=pk,
                station_id=row.values["station"],
                data={"name": row.values["name"], "type": row.values["type"]},
            )
            for row, pk, code in zip(rows, ids, codes, strict=True)
        ),
        actor=actor,
        recorded_at=at,
    )
    search.finish(entries)
    made: dict[int, list[int]] = {}
    for contact_id, (place, _contact) in zip(contact_ids, persons, strict=True):
        made.setdefault(place, []).append(contact_id)
    return [Made(pk, code, tuple(made.get(n, ()))) for n, (pk, code) in enumerate(zip(ids, codes, strict=True))]


def _codes(rows: Sequence[CustomerRow]) -> list[str]:
    """Numbers of our own for rows that bring none; our series goes on behind numbers of the same form."""
    brought = [int(found[1]) for row in rows if (found := OWN_CODE.fullmatch(row.code))]
    if brought:
        raise_to("KH", "", max(brought))
    fresh = iter(reserve("KH", "", sum(1 for row in rows if not row.code)))
    return [row.code or f"KH-{next(fresh):06d}" for row in rows]


def _insert_customers(
    rows: Sequence[CustomerRow], ids: Sequence[int], codes: Sequence[str], *, actor: Actor, at: dt.datetime
) -> None:
    used = [name for name in rules.FIELDS if any(name in row.values for row in rows)]
    defaults = {name: bulk.field_of(Customer, name).get_default() for name in used}
    months = {grade: queries.refresh_months(grade) for grade in ("", "A", "B", "C")}

    def lines() -> Iterator[tuple[Any, ...]]:
        for row, pk, code in zip(rows, ids, codes, strict=True):
            since = row.created_at or at
            due = rules.refresh_due(since, months[row.values.get("grade", "")])
            yield (
                pk,
                code,
                since,
                actor.person_id,
                rules.name_key(row.values["name"]),
                due,
                _percent(row),
                *(row.values.get(name, defaults[name]) for name in used),
            )

    names = ("id", "code", "created_at", "created_by_id", "name_key", "refresh_due_on", "completeness", *used)
    bulk.insert(Customer, names, lines())


def _percent(row: CustomerRow) -> int:
    verified = any(channel.is_verified for contact in row.contacts for channel in contact.channels)
    return rules.completeness(
        row.values,
        contacts=len(row.contacts),
        verified=int(verified),
        consents=sum(len(contact.consents) for contact in row.contacts),
    )


def _insert_contacts(
    rows: Sequence[CustomerRow],
    persons: Sequence[tuple[int, ContactData]],
    contact_ids: Sequence[int],
    ids: Sequence[int],
    *,
    actor: Actor,
    at: dt.datetime,
) -> None:
    defaults = [bulk.field_of(Contact, name).get_default() for name in CONTACT_FIELDS]
    seen: set[int] = set()
    lines, channels, consents = [], [], []
    given = {purpose for _place, contact in persons for purpose in contact.consents}
    versions = {purpose: queries.consent_version(purpose, on=timezone.localdate(at)) for purpose in given}
    for pk, (place, contact) in zip(contact_ids, persons, strict=True):
        since = rows[place].created_at or at
        fields = [contact.fields.get(name, default) for name, default in zip(CONTACT_FIELDS, defaults, strict=True)]
        lines.append((pk, ids[place], since, place not in seen, *fields))
        seen.add(place)
        channels += [(pk, c.kind, c.value, since if c.is_verified else None) for c in contact.channels]
        consents += [(pk, purpose, since, versions[purpose], contact.consent_channel) for purpose in contact.consents]
    bulk.insert(Contact, ("id", "customer_id", "created_at", "is_primary", *CONTACT_FIELDS), lines)
    bulk.insert(ContactChannel, ("contact_id", "kind", "value", "verified_at"), channels)
    bulk.insert(Consent, ("contact_id", "purpose", "given_at", "text_version", "channel"), consents)


def _docs(
    rows: Sequence[CustomerRow], ids: Sequence[int], codes: Sequence[str], at: dt.datetime
) -> Iterator[search.Doc]:
    for row, pk, code in zip(rows, ids, codes, strict=True):
        plain = {name: row.values.get(name, "") for name in ("name", "short_name", "uscc", "region", "address")}
        customer = SimpleNamespace(
            pk=pk, code=code, station_id=row.values["station"], created_at=row.created_at or at, **plain
        )
        yield search_doc(
            customer,
            [contact.fields["name"] for contact in row.contacts],
            [channel.value for contact in row.contacts for channel in contact.channels],
        )
