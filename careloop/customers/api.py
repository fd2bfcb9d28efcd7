"""REST of customers: files, contact persons, notes, confirmation. Numbers are masked as on the pages."""

import datetime as dt
from decimal import Decimal
from typing import Any, Literal

from django.http import Http404
from django.utils import timezone
from django.utils.translation import gettext as _
from ninja import Router, Schema, Status

from careloop.core import rest, saved_views
from careloop.core.errors import DomainError
from careloop.core.http import Request
from careloop.customers import exports, queries, rules, services
from careloop.customers.models import Contact, Customer
from careloop.staff import queries as staff

router = Router(tags=["customers"])

Type = Literal["company", "dealer", "agent", "person", "government"]


class CustomerRow(Schema):
    id: int
    code: str
    name: str
    short_name: str
    type: str
    grade: str
    region: str
    region_name: str
    credit_tier: str
    asset_count: int
    completeness: int
    refresh_due_on: dt.date | None
    closed_at: dt.datetime | None
    created_at: dt.datetime
    station: str
    service_owner: str | None
    sales_owner: str | None


class CustomersOut(Schema):
    items: list[CustomerRow]
    next: str | None


class ChannelOut(Schema):
    id: int
    kind: str
    value: str
    verified_at: dt.datetime | None
    wrong_since: dt.datetime | None


class ContactOut(Schema):
    id: int
    name: str
    role: str
    department: str
    post: str
    is_primary: bool
    preferred_channel: str
    quiet_from: dt.time | None
    quiet_to: dt.time | None
    do_not_call: bool
    channels: list[ChannelOut]
    consents: list[str]


class CustomerOut(Schema):
    id: int
    code: str
    name: str
    short_name: str
    type: str
    uscc: str
    industry: str
    size: int | None
    country: str
    region: str
    region_name: str
    address: str
    station: str
    grade: str
    grade_reason: str
    source: str
    sales_owner: str | None
    service_owner: str | None
    engineer_owner: str | None
    preference: str
    tendency: str
    expectation: str
    expected_price: Decimal | None
    spending_power: str
    potential: str
    why: str
    loss_fixed: Decimal | None
    loss_per_hour: Decimal | None
    credit_tier: str
    credit_limit: Decimal | None
    payment_days: int | None
    asset_count: int
    completeness: int
    refresh_due_on: dt.date | None
    stale_fields: list[str]
    contacts: list[ContactOut]
    created_at: dt.datetime
    closed_at: dt.datetime | None
    closed_reason: str


class ChannelIn(rest.Input):
    value: str
    kind: Literal["", "mobile", "phone", "email", "wechat"] = ""
    verified: bool = False


class ContactIn(rest.Input):
    name: str
    role: Literal["user", "equipment", "purchasing", "decider", "finance", "other"] = "other"
    salutation: Literal["", "mr", "ms"] = ""
    department: str = ""
    post: str = ""
    preferred_channel: Literal["", "phone", "sms", "wechat", "email"] = ""
    quiet_from: dt.time | None = None
    quiet_to: dt.time | None = None
    language: str = "zh-hans"
    do_not_call: bool = False
    channels: list[ChannelIn] = []
    consents: list[Literal["service", "survey", "marketing", "recording", "care"]] = []
    consent_channel: Literal["", "face", "phone", "paper", "link", "import"] = ""


class FileIn(rest.Input):
    """Fields of form 2.3; what is left out stays as it is. Owners are ids of persons, `referrer` is a number."""

    name: str | None = None
    short_name: str | None = None
    type: Type | None = None
    uscc: str | None = None
    industry: str | None = None
    size: int | None = None
    country: str | None = None
    region: str | None = None
    address: str | None = None
    latitude: Decimal | None = None
    longitude: Decimal | None = None
    wants_invoice: bool | None = None
    invoice_title: str | None = None
    invoice_tax_no: str | None = None
    invoice_bank: str | None = None
    invoice_account: str | None = None
    invoice_address: str | None = None
    invoice_phone: str | None = None
    grade: Literal["", "A", "B", "C"] | None = None
    grade_reason: str | None = None
    source: str | None = None
    referrer: str | None = None
    sales_owner: int | None = None
    service_owner: int | None = None
    engineer_owner: int | None = None
    buying_frequency: str | None = None
    decision_traits: str | None = None
    preference: str | None = None
    tendency: str | None = None
    expectation: str | None = None
    expected_price: Decimal | None = None
    spending_power: Literal["", "high", "medium", "low"] | None = None
    potential: Literal["", "high", "medium", "low"] | None = None
    capital_efficiency: str | None = None
    family: str | None = None
    why: str | None = None
    competitor_equipment: list[dict[str, str]] | None = None
    loss_fixed: Decimal | None = None
    loss_per_hour: Decimal | None = None
    credit_tier: Literal["A", "B", "C", "D", "new"] | None = None
    credit_score: Decimal | None = None
    credit_limit: Decimal | None = None
    payment_days: int | None = None
    first_contact_at: rest.Moment | None = None
    confidence: dict[str, Literal["stated", "observed", "guess"]] = {}
    confirm_duplicates: bool = False


class CustomerIn(FileIn):
    name: str
    type: Type
    station: str
    contacts: list[ContactIn] = []


class NoteIn(rest.Input):
    text: str
    kind: Literal["contact", "need", "complaint", "competitor", "other"] = "contact"
    contact: int | None = None


class NoteOut(Schema):
    id: int
    at: dt.datetime
    kind: str
    text: str
    by: str


class ConfirmIn(rest.Input):
    fields: list[str] | None = None
    source: str = ""


class ConfirmOut(Schema):
    confirmed: list[str]


def load(request: Request, code: str) -> Customer:
    request.actor.require("customers.view_customer")
    customer = queries.customer_by_code(request.actor, code)
    if customer is None:
        raise Http404
    return customer


def shown(request: Request, customer: Customer) -> dict[str, Any]:
    contacts = queries.contacts_of(customer.pk)
    stale = queries.stale_fields(
        customer, today=timezone.localdate(request.now), has_channels=any(c.channels.all() for c in contacts)
    )
    plain = {
        name: getattr(customer, name)
        for name in CustomerOut.model_fields
        if name
        not in ("station", "sales_owner", "service_owner", "engineer_owner", "contacts", "stale_fields", "region_name")
    }
    owners = {
        name: getattr(getattr(customer, name), "name", None)
        for name in ("sales_owner", "service_owner", "engineer_owner")
    }
    return {
        **plain,
        **owners,
        "station": customer.station.code,
        "region_name": rules.region_name(customer.region),
        "contacts": [person(request, contact) for contact in contacts],
        "stale_fields": [row.field for row in stale],
    }


def person(request: Request, contact: Contact) -> dict[str, Any]:
    plain = {name: getattr(contact, name) for name in ContactOut.model_fields if name not in ("channels", "consents")}
    return {
        **plain,
        "channels": [
            {
                "id": row.pk,
                "kind": row.kind,
                "value": queries.number_for(request.actor, row),
                "verified_at": row.verified_at,
                "wrong_since": row.wrong_since,
            }
            for row in contact.channels.all()
        ],
        "consents": [row.purpose for row in contact.consents.all() if row.withdrawn_at is None],
    }


def row_shown(row: dict[str, Any]) -> dict[str, Any]:
    return {
        **row,
        "station": row["station__name"],
        "service_owner": row["service_owner__name"],
        "sales_owner": row["sales_owner__name"],
        "region_name": rules.region_name(row["region"]),
    }


@router.get("", response=CustomersOut, operation_id="customer_list", summary="Customers, newest first")
def customer_list(
    request: Request,
    q: str = "",
    type: str = "",
    grade: str = "",
    station: str = "",
    region: str = "",
    stale: bool = False,
    incomplete: bool = False,
    closed: bool = False,
    saved: int | None = None,
    limit: int = 50,
    cursor: int | None = None,
) -> Any:
    """`type` and `grade` take several values parted by commas; `grade=none` means not graded.

    `saved`: id of a saved view of `/customers/`; its filter holds instead of the others.
    """
    request.actor.require("customers.view_customer")
    filters: dict[str, Any] = {
        "q": q,
        "type": rest.some_of(type, exports.MULTI["type"], "type"),
        "grade": rest.some_of(grade, exports.MULTI["grade"], "grade"),
        "region": region,
        "stale": stale,
        "incomplete": incomplete,
        "closed": closed,
        "station": station_id(request, station) if station else None,
    }
    if saved is not None:
        kept = saved_views.query_of(request.actor, saved, page="/customers/")
        filters = exports.read_filters(kept, request.actor)
    rows = queries.customer_list(request.actor, filters, today=timezone.localdate(request.now))
    return rest.newest_page(rows, row_shown, limit=limit, cursor=cursor)


def station_id(request: Request, code: str) -> int:
    station = staff.stations_of(request.actor).filter(code=code).first()
    if station is None:
        raise DomainError(_("You see no station with the code “%(code)s”.") % {"code": code[:50]}, field="station")
    return station.pk


@router.get("/{number}", response=CustomerOut, operation_id="customer_read", summary="One customer file")
def read(request: Request, number: str) -> Any:
    return shown(request, load(request, number))


def file_values(request: Request, payload: FileIn) -> dict[str, Any]:
    """What the body sets, related records as ids."""
    own = {"contacts", "confidence", "confirm_duplicates", "station"}
    values = {name: value for name, value in payload.model_dump(exclude_unset=True).items() if name not in own}
    credit = {"credit_tier", "credit_score", "credit_limit", "payment_days"} & set(values)
    if credit:
        request.actor.require("customers.set_credit")
    blank = {
        "expected_price",
        "loss_fixed",
        "loss_per_hour",
        "credit_score",
        "credit_limit",
        "payment_days",
        "size",
        "latitude",
        "longitude",
        "sales_owner",
        "service_owner",
        "engineer_owner",
        "first_contact_at",
        "referrer",
    }
    values = {name: "" if value is None and name not in blank else value for name, value in values.items()}
    if values.get("referrer"):
        values["referrer"] = load(request, values["referrer"]).pk
    people = {name: values[name] for name in ("sales_owner", "service_owner", "engineer_owner") if values.get(name)}
    known = set(staff.colleagues(request.actor).filter(pk__in=people.values()).values_list("pk", flat=True))
    for name, pk in people.items():
        if pk not in known:
            raise DomainError(_("There is no colleague with this id."), field=name)
    return values


@router.post("", response={201: CustomerOut}, operation_id="customer_create", summary="Open a customer file")
def create(request: Request, payload: CustomerIn) -> Any:
    """409 with the matches when somebody like this is known; repeat with `confirm_duplicates: true`."""
    request.actor.require("customers.change_customer")
    customer = services.create_customer(
        actor=request.actor,
        at=request.now,
        station_id=station_id(request, payload.station),
        contacts=[contact.model_dump() for contact in payload.contacts],
        confidence=payload.confidence,
        confirm_duplicates=payload.confirm_duplicates,
        **file_values(request, payload),
    )
    return Status(201, shown(request, load(request, customer.code)))


@router.patch("/{number}", response=CustomerOut, operation_id="customer_update", summary="Change fields of the file")
def update(request: Request, number: str, payload: FileIn) -> Any:
    customer = load(request, number)
    services.update_customer(
        customer.pk,
        actor=request.actor,
        at=request.now,
        values=file_values(request, payload),
        confidence=payload.confidence,
        confirm_duplicates=payload.confirm_duplicates,
    )
    return shown(request, load(request, number))


@router.post(
    "/{number}/contacts", response={201: ContactOut}, operation_id="contact_create", summary="Add a contact person"
)
def contact_add(request: Request, number: str, payload: ContactIn, confirm_duplicates: bool = False) -> Any:
    customer = load(request, number)
    contact = services.add_contact(
        customer.pk, actor=request.actor, at=request.now, confirm_duplicates=confirm_duplicates, **payload.model_dump()
    )
    return Status(201, person(request, contact))


@router.post(
    "/{number}/channels/{pk}/verify",
    response=ChannelOut,
    operation_id="channel_verify",
    summary="The person was reached on this number",
)
def channel_verify(request: Request, number: str, pk: int) -> Any:
    customer = load(request, number)
    channel = queries.channel_in(request.actor, pk)
    if channel is None or channel.contact.customer_id != customer.pk:
        raise Http404
    row = services.verify_channel(pk, actor=request.actor, at=request.now)
    return {
        "id": row.pk,
        "kind": row.kind,
        "value": queries.number_for(request.actor, row),
        "verified_at": row.verified_at,
        "wrong_since": row.wrong_since,
    }


@router.post("/{number}/notes", response={201: NoteOut}, operation_id="note_create", summary="Write down what was said")
def note_add(request: Request, number: str, payload: NoteIn) -> Any:
    customer = load(request, number)
    event = services.add_note(
        customer.pk,
        actor=request.actor,
        at=request.now,
        text=payload.text,
        kind=payload.kind,
        contact_id=payload.contact,
    )
    return Status(
        201, {"id": event.pk, "at": event.at, "kind": payload.kind, "text": event.text, "by": event.actor_name}
    )


@router.post(
    "/{number}/confirm",
    response=ConfirmOut,
    operation_id="customer_confirm",
    summary="Fields were asked again and still hold",
)
def confirm(request: Request, number: str, payload: ConfirmIn) -> Any:
    """Without `fields`: all whose period is over."""
    customer = load(request, number)
    done = services.confirm_fields(
        customer.pk, payload.fields, actor=request.actor, at=request.now, source=payload.source
    )
    return {"confirmed": done}
