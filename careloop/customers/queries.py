"""Reads of customers, contacts, consents and confirmations. Every read starts at what the actor may see."""

import datetime as dt
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from django.db.models import Count, OuterRef, Prefetch, Q, QuerySet, Subquery
from django.urls import reverse
from django.utils.translation import gettext as _

from careloop.core import search
from careloop.core.actor import Actor
from careloop.core.errors import DomainError
from careloop.core.models import Event
from careloop.core.phones import mask, show
from careloop.customers import rules
from careloop.customers.models import (
    Consent,
    ConsentText,
    Contact,
    ContactChannel,
    Customer,
    CustomerConfirmation,
    CustomerQuerySet,
    RefreshPeriod,
    Site,
)
from careloop.staff.models import Person, Station

KIND = "customer"
COUNT_LIMIT = 1000

# --- customers --------------------------------------------------------------------------------------------------


def customers(actor: Actor) -> CustomerQuerySet:
    return Customer.objects.visible_to(actor)


def customer_by_code(actor: Actor, code: str) -> Customer | None:
    owners = ("station", "sales_owner", "service_owner", "engineer_owner", "referrer", "created_by")
    return customers(actor).select_related(*owners).filter(code=code).first()


def customer_by_id(customer_id: int) -> Customer | None:
    """Without regard to rights: for services and handlers that hold the id from a visible record."""
    return Customer.objects.filter(pk=customer_id).first()


LIST_COLUMNS = (
    "id",
    "code",
    "name",
    "short_name",
    "type",
    "grade",
    "region",
    "credit_tier",
    "asset_count",
    "completeness",
    "refresh_due_on",
    "closed_at",
    "created_at",
    "station__name",
    "service_owner__name",
    "sales_owner__name",
)


def customer_list(actor: Actor, filters: Mapping[str, Any], *, today: dt.date) -> "QuerySet[Customer, dict[str, Any]]":
    """Rows of the list, the export and the API as plain dicts; `filters` as `list_filters` names them."""
    rows: QuerySet[Customer, dict[str, Any]] = filtered(actor, filters, today=today).values(*LIST_COLUMNS)
    return rows


def filtered(actor: Actor, filters: Mapping[str, Any], *, today: dt.date) -> CustomerQuerySet:
    rows = customers(actor)
    if q := str(filters.get("q") or "").strip():
        rows = rows.filter(pk__in=search.find_ids(q, actor=actor, kind=KIND))
    for name in ("type", "grade", "industry", "credit_tier", "source", "spending_power", "potential"):
        if values := filters.get(name):
            rows = rows.filter(**{f"{name}__in": ["" if v == "none" else v for v in values]})
    if filters.get("station"):
        rows = rows.filter(station=filters["station"])
    if filters.get("owner"):
        person = filters["owner"]
        rows = rows.filter(Q(service_owner=person) | Q(sales_owner=person) | Q(engineer_owner=person))
    if filters.get("region"):
        rows = rows.filter(region__startswith=str(filters["region"])[:2])
    for name in ("tendency", "preference", "expectation", "capital_efficiency"):
        if filters.get(name):
            rows = rows.filter(**{f"{name}__icontains": filters[name]})
    return _by_state(rows, filters, today=today)


def _by_state(rows: CustomerQuerySet, filters: Mapping[str, Any], *, today: dt.date) -> CustomerQuerySet:
    rows = rows.exclude(closed_at=None) if filters.get("closed") else rows.filter(closed_at=None)
    if filters.get("stale"):
        rows = rows.filter(refresh_due_on__lte=today)
    if filters.get("incomplete"):
        rows = rows.filter(completeness__lt=100)
    if filters.get("wrong_number"):
        rows = rows.filter(contacts__channels__wrong_since__isnull=False).distinct()
    return rows


def with_first_contact(rows: CustomerQuerySet) -> CustomerQuerySet:
    """Adds `person` (the first contact's name) and `number` (his mobile, else his landline)."""
    people = Contact.objects.filter(customer=OuterRef("pk"), left_on=None).order_by("-is_primary", "pk")
    numbers = ContactChannel.objects.filter(
        contact__customer=OuterRef("pk"), contact__left_on=None, kind__in=["mobile", "phone"], wrong_since=None
    ).order_by("-contact__is_primary", "kind", "pk")
    return rows.annotate(person=Subquery(people.values("name")[:1]), number=Subquery(numbers.values("value")[:1]))


def capped_count(rows: "QuerySet[Any, Any]") -> int:
    """At most 1001: the page shows `1000+` above (a full count costs too much on large tables)."""
    return rows.order_by()[: COUNT_LIMIT + 1].count()


def tab_counts(actor: Actor, *, today: dt.date) -> dict[str, int]:
    """Counters of the saved views, one query."""
    found = (
        customers(actor)
        .active()
        .aggregate(
            grade_a=Count("pk", filter=Q(grade="A")),
            stale=Count("pk", filter=Q(refresh_due_on__lte=today)),
            mine=Count("pk", filter=Q(service_owner=actor.person_id) | Q(sales_owner=actor.person_id))
            if actor.person_id
            else Count("pk", filter=Q(pk=None)),
        )
    )
    return {name: int(value or 0) for name, value in found.items()}


def station_id(code: str) -> int:
    """Raises DomainError: there is no such station."""
    found = Station.objects.filter(code=code).values_list("pk", flat=True).first()
    if found is None:
        raise DomainError(_("There is no station with the code “%(code)s”.") % {"code": code[:50]}, field="station")
    return found


def find_customers(actor: Actor, text: str, *, limit: int = 6) -> list[Customer]:
    """By number or exact name first, else by the search; open files only."""
    rows = customers(actor).active()
    exact = list(rows.filter(Q(code__in={text, text.upper()}) | _named([text]))[:limit])
    if exact:
        return exact
    return list(rows.filter(pk__in=search.find_ids(text, actor=actor, kind=KIND, limit=limit)))


# --- contacts ---------------------------------------------------------------------------------------------------


def contacts_of(customer_id: int, *, gone: bool = False) -> list[Contact]:
    """Present contact persons with channels and consents, the first contact first. Three queries."""
    rows = Contact.objects.filter(customer=customer_id)
    rows = rows if gone else rows.present()
    channels: Prefetch[str, QuerySet[ContactChannel], str] = Prefetch("channels", ContactChannel.objects.order_by("pk"))
    consents: Prefetch[str, QuerySet[Consent], str] = Prefetch("consents", Consent.objects.order_by("pk"))
    return list(rows.prefetch_related(channels, consents).order_by("-is_primary", "pk"))


def people_of(customer_id: int) -> QuerySet[Contact]:
    """Present contact persons, for choices."""
    return Contact.objects.filter(customer=customer_id).present().order_by("-is_primary", "pk")


def contact_in(actor: Actor, contact_id: int) -> Contact | None:
    return Contact.objects.visible_to(actor).select_related("customer").filter(pk=contact_id).first()


def channel_in(actor: Actor, channel_id: int) -> ContactChannel | None:
    return (
        ContactChannel.objects.filter(contact__in=Contact.objects.visible_to(actor))
        .select_related("contact__customer")
        .filter(pk=channel_id)
        .first()
    )


def has_verified_contact(contact_id: int) -> bool:
    """Somebody has reached this person on at least one number or address that is not known to be wrong."""
    return ContactChannel.objects.filter(
        contact=contact_id, verified_at__isnull=False, wrong_since=None, contact__left_on=None
    ).exists()


def has_verified_phone(contact_id: int) -> bool:
    """The same for telephone numbers only: what settlement asks for (R35)."""
    return ContactChannel.objects.filter(
        contact=contact_id, kind__in=["mobile", "phone"], verified_at__isnull=False, wrong_since=None
    ).exists()


def main_number(contact_id: int) -> ContactChannel | None:
    """The number to call: verified before unverified, mobile before landline; never one known to be wrong."""
    found = ContactChannel.objects.filter(contact=contact_id, kind__in=["mobile", "phone"], wrong_since=None)
    return min(found, key=lambda c: (c.verified_at is None, c.kind != "mobile", c.pk), default=None)


def number_for(actor: Actor, channel: ContactChannel) -> str:
    """A number or address as the actor may see it: in full with the right `customers.view_phone`, else masked."""
    return in_full(channel) if actor.may("customers.view_phone") else masked(channel)


def in_full(channel: ContactChannel) -> str:
    return show(channel.value) if channel.is_number else channel.value


def masked(channel: ContactChannel) -> str:
    if channel.is_number:
        return mask(channel.value)
    head, at_sign, tail = channel.value.partition("@")
    return f"{head[:2]}****{at_sign}{tail}" if at_sign else f"{head[:2]}****"


def open_consents(contact_id: int) -> set[str]:
    return set(Consent.objects.filter(contact=contact_id, withdrawn_at=None).values_list("purpose", flat=True))


def has_consent(contact_id: int, purpose: str) -> bool:
    return Consent.objects.filter(contact=contact_id, purpose=purpose, withdrawn_at=None).exists()


def customer_has_consent(customer_id: int, purpose: str) -> bool:
    return Consent.objects.filter(
        contact__customer=customer_id, contact__left_on=None, purpose=purpose, withdrawn_at=None
    ).exists()


DEFAULT_TEXTS_VERSION = "2026-1"


def consent_version(purpose: str, *, on: dt.date) -> str:
    """The wording that is valid on the day; the one that comes with the product when the firm wrote none."""
    found = ConsentText.objects.filter(purpose=purpose, valid_from__lte=on).order_by("-valid_from", "-pk").first()
    return found.version if found else DEFAULT_TEXTS_VERSION


def sites_of(customer_id: int) -> QuerySet[Site]:
    return Site.objects.filter(customer=customer_id).order_by("name")


# --- duplicates -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Match:
    """A record that may be the same. `is_certain`: it cannot be saved twice; else the user decides."""

    reason: str
    label: str
    url: str
    is_certain: bool = False
    customer_id: int | None = None


def similar(
    name: str, phones: Collection[str] = (), uscc: str = "", *, actor: Actor, exclude: int | None = None
) -> list[Match]:
    """Customers with the same credit code, a common number or address, or a name that is nearly the same.

    Customers of other stations are named by their station only. At most four queries.
    """
    found: dict[int, tuple[str, bool]] = {}
    rows = Customer.objects.exclude(pk=exclude) if exclude else Customer.objects.all()
    if name:
        found.update({pk: (_("similar name"), False) for pk in _alike(rows.active(), name)})
    for pk, value in _sharing(phones, exclude):
        shown = mask(value) if value.startswith("+") else value
        found[pk] = (_("same number or address %(value)s") % {"value": shown}, False)
    if uscc:
        for pk in rows.filter(uscc=uscc).values_list("pk", flat=True):
            found[pk] = (_("same social credit code"), True)
    if not found:
        return []
    named = Customer.objects.filter(pk__in=found).select_related("station")
    return sorted((_match(row, *found[row.pk], actor=actor) for row in named), key=lambda m: not m.is_certain)


def _match(row: Customer, reason: str, is_certain: bool, *, actor: Actor) -> Match:
    if not actor.sees_station(row.station_id):
        label = _("a customer of station %(station)s") % {"station": row.station.name}
        return Match(reason, label, "", is_certain)
    url = reverse("customers:detail", kwargs={"code": row.code})
    return Match(reason, f"{row.name} ({row.code})", url, is_certain, row.pk)


def _alike(rows: CustomerQuerySet, name: str) -> list[int]:
    """Keys that share the first two or the second and third character are compared in full."""
    key = rules.name_key(name)
    if len(key) < 2:
        return []
    near = Q(name_key__startswith=key[:2]) | Q(name_key__contains=key[1:4]) if len(key) > 3 else Q(name_key=key)
    pool = rows.filter(near).values_list("pk", "name_key")[:3000]
    return [pk for pk, _score in rules.alike(key, pool)]


def _sharing(values: Collection[str], exclude: int | None) -> Iterable[tuple[int, str]]:
    if not values:
        return []
    rows = ContactChannel.objects.filter(value__in=list(values), wrong_since=None, contact__left_on=None)
    if exclude:
        rows = rows.exclude(contact__customer=exclude)
    return rows.values_list("contact__customer", "value")[:20]


# --- confirmation of fields (R38) -------------------------------------------------------------------------------


def refresh_months(grade: str) -> int:
    found = RefreshPeriod.objects.filter(grade=grade).values_list("months", flat=True).first()
    return found or rules.REFRESH_MONTHS[grade]


def refresh_periods() -> dict[str, int]:
    """Months per grade; what the firm has not set is as delivered. One query."""
    return {**rules.REFRESH_MONTHS, **dict(RefreshPeriod.objects.values_list("grade", "months"))}


def confirmations_of(customer_id: int) -> dict[str, CustomerConfirmation]:
    return {row.field: row for row in CustomerConfirmation.objects.filter(customer=customer_id)}


def confirmable_fields(customer: Customer, *, has_channels: bool) -> list[str]:
    """The filled fields that are confirmed from time to time."""
    return [
        name
        for name in rules.CONFIRMABLE
        if (has_channels if name == "contacts" else not rules.is_blank(getattr(customer, name)))
    ]


@dataclass(frozen=True, slots=True)
class Stale:
    """A field whose last confirmation has lasted longer than its period."""

    field: str
    confirmed_at: dt.datetime
    due_on: dt.date


def stale_fields(
    customer: Customer,
    *,
    today: dt.date,
    confirmations: Mapping[str, CustomerConfirmation] | None = None,
    has_channels: bool = True,
) -> list[Stale]:
    """Fields to ask again, the oldest first. Never confirmed counts from the day of the file."""
    known = confirmations_of(customer.pk) if confirmations is None else confirmations
    months = refresh_months(customer.grade)
    found = []
    for name in confirmable_fields(customer, has_channels=has_channels):
        since = known[name].confirmed_at if name in known else customer.created_at
        if (due := rules.refresh_due(since, months)) <= today:
            found.append(Stale(name, since, due))
    return sorted(found, key=lambda stale: stale.due_on)


def due_for_refresh(actor: Actor, *, today: dt.date, limit: int) -> list[dict[str, Any]]:
    """Customers of the actor whose data are to be asked again, the oldest first."""
    if actor.person_id is None or not actor.may("customers.change_customer"):
        return []
    mine = Q(service_owner=actor.person_id) | Q(service_owner=None, sales_owner=actor.person_id)
    rows = customers(actor).active().filter(mine, refresh_due_on__lte=today).order_by("refresh_due_on", "pk")
    return [dict(row) for row in rows.values("id", "code", "name", "grade", "refresh_due_on")[:limit]]


def last_change_id(customer_id: int) -> int:
    """Id of the newest event of the file; a form carries it to notice that somebody else was faster."""
    newest = Event.objects.filter(subject_type="customer", subject_id=customer_id).order_by("-pk").values_list("pk")
    return int(found[0]) if (found := newest.first()) else 0


def change_after(customer_id: int, event_id: int) -> Event | None:
    """The first change of the file's values after the event."""
    rows = Event.objects.filter(subject_type="customer", subject_id=customer_id, pk__gt=event_id)
    return rows.filter(kind="customer.update").order_by("pk").first()


# --- for imports ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Known:
    """Customers on file, by what a row may name them with."""

    codes: Mapping[str, int]
    usccs: Mapping[str, int]
    names: Mapping[tuple[str, int], int]

    def find(self, *, code: str | None, uscc: str | None, name: str, station: int) -> int | None:
        """By number, else by credit code, else by the exact name at the same station."""
        if code:
            return self.codes.get(code) or (self.usccs.get(uscc) if uscc else None)
        return (self.usccs.get(uscc) if uscc else None) or self.names.get((name, station))


def known_customers(*, codes: Iterable[Any], usccs: Iterable[Any], names: Iterable[str]) -> Known:
    """Three queries; blanks are left out."""
    found = Customer.objects
    wanted_usccs = {str(value).replace(" ", "").replace("-", "").upper() for value in usccs if value}
    by_code = found.filter(code__in={value for value in codes if value}).values_list("code", "pk")
    by_uscc = found.filter(uscc__in=wanted_usccs).values_list("uscc", "pk") if wanted_usccs else []
    listed = {name for name in names if name}
    by_name = found.active().filter(_named(listed)).values_list("name", "station", "pk") if listed else []
    return Known(dict(by_code), dict(by_uscc), {(name, station): pk for name, station, pk in by_name})


def stations_by_name() -> dict[str, int]:
    """Code and name of each active station → id."""
    rows = Station.objects.filter(is_active=True).values_list("code", "name", "pk")
    return {text: pk for code, name, pk in rows for text in (code, name)}


def people_by_name() -> dict[str, int]:
    return dict(Person.objects.filter(left_on=None).values_list("name", "pk"))


def _named(names: Collection[str]) -> Q:
    """Exactly one of these names; the index is on the form by which names are compared."""
    return Q(name__in=names, name_key__in={rules.name_key(name) for name in names})


class Referred(NamedTuple):
    """A customer that a file names."""

    pk: int
    code: str
    name: str
    station_id: int


def customers_by_reference(texts: Collection[str]) -> dict[str, list[Referred]]:
    """Text → customers with exactly this number, or else this name. Two queries."""
    files = Customer.objects.values_list(*Referred._fields)
    found = {row.code: [row] for row in map(Referred._make, files.filter(code__in=texts))}
    names = set(texts) - found.keys()
    for row in map(Referred._make, files.filter(_named(names)) if names else ()):
        found.setdefault(row.name, []).append(row)
    return found


def contact_by_name(customer_id: int, name: str) -> Contact | None:
    return Contact.objects.filter(customer=customer_id, name=name).present().first()


def channel_values(contact_id: int) -> set[str]:
    return set(ContactChannel.objects.filter(contact=contact_id).values_list("value", flat=True))
