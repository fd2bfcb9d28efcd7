"""Reads of complaints. Whatever is listed starts at `visible_to`."""

import datetime as dt
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Q, QuerySet
from django.utils.translation import gettext as _

from careloop.assets.models import Asset
from careloop.assets.queries import label_of
from careloop.cases.models import Case
from careloop.complaints import rules
from careloop.complaints.models import Complaint, ComplaintQuerySet, ComplaintTask, RemedyLimit
from careloop.complaints.rules import Authority
from careloop.complaints.states import HANDLE, ComplaintState, Severity
from careloop.core.actor import Actor
from careloop.core.errors import DomainError
from careloop.core.models import Event
from careloop.customers.models import Contact, Customer
from careloop.staff.models import Department, Person, Station
from careloop.workorders.models import WorkOrder
from careloop.workorders.queries import served_by


def complaint_list(actor: Actor, filters: Mapping[str, Any] | None = None) -> ComplaintQuerySet:
    """Complaints the actor may read, with what a row shows. Filters: state, severity, owner, customer, q, late."""
    rows = Complaint.objects.visible_to(actor).select_related("customer", "asset", "owner", "station")
    given = {name: value for name, value in (filters or {}).items() if value not in (None, "", [])}
    for name in ("severity", "category", "source", "owner_id", "customer_id", "station_id", "order_id", "case_id"):
        if name in given:
            rows = rows.filter(**{name: given[name]})
    if given.get("state") == "open":
        rows = rows.open()
    elif "state" in given:
        rows = rows.filter(state=given["state"])
    if given.get("mine") and actor.person_id is not None:
        rows = rows.filter(owner_id=actor.person_id)
    if given.get("unclaimed"):
        rows = rows.filter(is_open=True, ack_at=None)
    if "late_at" in given:
        now = given["late_at"]
        rows = rows.filter(Q(ack_at=None, ack_due_at__lt=now) | Q(solution_due_at__lt=now), is_open=True)
    if "q" in given:
        words = str(given["q"]).strip()
        rows = rows.filter(Q(words__icontains=words) | Q(number__icontains=words) | Q(customer__name__icontains=words))
    return rows


def complaint_by_number(actor: Actor, number: str) -> Complaint | None:
    return (
        Complaint.objects.visible_to(actor)
        .select_related(
            "customer",
            "contact",
            "asset",
            "owner",
            "first_owner",
            "proposed_owner",
            "accused",
            "station__calendar",
            "order",
            "case",
            "merged_into",
            "repeat_of",
            "decided_by",
            "proposed_by",
            "executed_by",
            "rerated_by",
        )
        .filter(number=number)
        .first()
    )


def exists(number: str) -> bool:
    """Whether there is such a complaint at all, to tell “not yours” from “no such number” in the audit trail."""
    return Complaint.objects.filter(number=number).exists()


def number_to_id(actor: Actor, number: str) -> int | None:
    return Complaint.objects.visible_to(actor).filter(number=number.strip()).values_list("pk", flat=True).first()


def tasks_of(complaint: Complaint) -> list[ComplaintTask]:
    return list(complaint.tasks.select_related("department").order_by("pk"))


def task_for(actor: Actor, task_id: int) -> ComplaintTask | None:
    rows = ComplaintTask.objects.select_related("complaint", "department")
    if not actor.may(HANDLE):
        rows = rows.filter(department_id__in=actor.department_ids)
    return rows.filter(pk=task_id).first()


# --- persons -----------------------------------------------------------------------------------------------------


def officers() -> QuerySet[Person]:
    """Who may handle complaints."""
    return Person.objects.holding(HANDLE).order_by("name")


def officers_for(complaint: Complaint) -> list[Person]:
    """Officers who are neither named in it nor took part, those outside the rated unit first choice."""
    barred = {complaint.accused_id, *complaint.involved_ids}
    found = [person for person in officers() if person.pk not in barred]
    units = rated_departments(complaint)
    outside = [person for person in found if person.department_id not in units]
    return outside or found


def officers_outside(complaint: Complaint, units: Iterable[int]) -> list[Person]:
    barred = {complaint.accused_id, *complaint.involved_ids}
    closed = set(units)
    return [p for p in officers() if p.pk not in barred and p.department_id not in closed]


def rated_departments(complaint: Complaint) -> frozenset[int]:
    """Departments of the persons who took part or are named: the rated unit."""
    persons = {*complaint.involved_ids, *((complaint.accused_id,) if complaint.accused_id else ())}
    rows = Person.objects.filter(pk__in=persons).values_list("department_id", flat=True)
    return frozenset(rows)


def person(person_id: int) -> Person:
    return Person.objects.select_related("department").get(pk=person_id)


def people() -> QuerySet[Person]:
    return Person.objects.filter(left_on=None).order_by("name")


def departments() -> QuerySet[Department]:
    return Department.objects.order_by("name")


def department(department_id: int) -> Department:
    return Department.objects.select_related("parent").get(pk=department_id)


def stations(actor: Actor) -> QuerySet[Station]:
    return Station.objects.visible_to(actor).filter(is_active=True)


def customer_for(customer_id: int, *, contact_id: int | None, asset_id: int | None) -> Customer:
    """The customer; contact and machine must be his."""
    customer = Customer.objects.filter(pk=customer_id).first()
    if customer is None:
        raise DomainError(_("Choose the customer."), field="customer")
    if contact_id is not None and not Contact.objects.filter(pk=contact_id, customer_id=customer_id).exists():
        raise DomainError(_("This contact belongs to another customer."), field="contact")
    if asset_id is not None and not Asset.objects.filter(pk=asset_id, customer_id=customer_id).exists():
        raise DomainError(_("This machine belongs to another customer."), field="asset")
    return customer


@dataclass(frozen=True, slots=True)
class CustomerChoices:
    name: str
    contacts: list[tuple[int, str]]
    assets: list[tuple[int, str]]


def customer_choices(actor: Actor, code: str) -> CustomerChoices:
    """Contacts and machines of a customer for the form; empty while no customer is chosen."""
    found = Customer.objects.visible_to(actor).filter(code=code).first() if code else None
    if found is None:
        return CustomerChoices("", [], [])
    contacts = Contact.objects.filter(customer=found, left_on=None).order_by("-is_primary", "pk")
    assets = Asset.objects.filter(customer=found).order_by("pk")[:200]
    return CustomerChoices(
        found.name, [(row.pk, row.name) for row in contacts], [(row.pk, label_of(row)) for row in assets]
    )


@dataclass(frozen=True, slots=True)
class Ids:
    customer: int | None
    order: WorkOrder | None
    case: Case | None


def ids_of(actor: Actor, code: str, order_number: str, case_number: str) -> Ids:
    """Records behind the numbers that were typed, when they belong to this customer and the actor sees them."""
    customer = Customer.objects.visible_to(actor).filter(code=code.strip()).values_list("pk", flat=True).first()
    if customer is None:
        return Ids(None, None, None)
    orders = WorkOrder.objects.filter(customer_id=customer, number=order_number.strip()) if order_number else None
    cases = Case.objects.filter(customer_id=customer, number=case_number.strip()) if case_number else None
    return Ids(customer, orders.first() if orders else None, cases.first() if cases else None)


def origin(actor: Actor, given: Mapping[str, str]) -> dict[str, Any]:
    """First values of the form from the record it was opened on: an order brings customer, contact and machine."""
    found: dict[str, Any] = {}

    def one(rows: Any, field: str, name: str) -> Any:
        return rows.filter(**{field: given[name]}).select_related("customer").first() if given.get(name) else None

    order = one(WorkOrder.objects.visible_to(actor), "number", "order")
    case = one(Case.objects.visible_to(actor), "number", "case")
    asset = one(Asset.objects.visible_to(actor), "code", "asset")
    for name, row in (("order", order), ("case", case)):
        if row is not None and row.customer is not None:
            found |= {name: row.number, "customer": row.customer.code, "contact": row.contact_id,
                      "asset": row.asset_id, "station": row.station_id}  # fmt: skip
    if asset is not None:
        found |= {"customer": asset.customer.code, "asset": asset.pk, "station": asset.station_id}
    code = given.get("customer", "")
    customer = Customer.objects.visible_to(actor).filter(code=code).first() if code else None
    if customer is not None:
        found |= {"customer": customer.code, "station": found.get("station", customer.station_id)}
    return found


@dataclass(frozen=True, slots=True)
class Places:
    customer: int
    station: int
    asset: int | None


def places_of(actor: Actor, customer_code: str, station_code: str, asset_code: str) -> Places:
    """Ids behind the codes that a program sends.

    Raises:
        DomainError: unknown, or not for this actor to see.
    """
    customer = Customer.objects.visible_to(actor).filter(code=customer_code).values_list("pk", flat=True).first()
    if customer is None:
        raise DomainError(_("There is no customer with this number."), field="customer")
    station = Station.objects.visible_to(actor).filter(code=station_code).values_list("pk", flat=True).first()
    if station is None:
        raise DomainError(_("There is no station with this code."), field="station")
    asset = Asset.objects.visible_to(actor).filter(code=asset_code).values_list("pk", flat=True).first()
    if asset_code and asset is None:
        raise DomainError(_("There is no machine with this number."), field="asset")
    return Places(customer, station, asset)


def involved_in(order: WorkOrder | None) -> set[int]:
    """Everybody who took part in the order that is complained about."""
    return served_by(order) if order is not None else set()


# --- authority and figures ---------------------------------------------------------------------------------------


def authorities() -> list[Authority]:
    """Who may grant what; the proposed table while the firm has none of its own."""
    rows = [Authority(row.right, row.kind, row.limit, row.is_never) for row in RemedyLimit.objects.all()]
    return rows or list(rules.DEFAULT_AUTHORITIES)


@dataclass(frozen=True, slots=True)
class Counts:
    """Tabs of the list: open, without receipt, late, mine."""

    open: int
    unclaimed: int
    late: int
    mine: int


def counts(actor: Actor, *, now: dt.datetime) -> Counts:
    """One query over the open complaints."""
    late = Q(ack_at=None, ack_due_at__lt=now) | Q(solution_due_at__lt=now)
    row = (
        Complaint.objects.visible_to(actor).open().aggregate(
            open=Count("pk"), unclaimed=Count("pk", filter=Q(ack_at=None)), late=Count("pk", filter=late),
            mine=Count("pk", filter=Q(owner_id=actor.person_id or 0)),
        )
    )  # fmt: skip
    return Counts(**row)


def place_in_queue(rows: Iterable[Complaint]) -> list[Complaint]:
    """Severity first, then the next clock; the customer's grade has no part in it (R129)."""
    return sorted(rows, key=lambda row: (-rules.RANK[Severity(row.severity)], next_due(row), row.pk))


def next_due(complaint: Complaint) -> dt.datetime:
    """The clock that runs out next."""
    if complaint.state == ComplaintState.REGISTERED:
        return complaint.ack_due_at
    if complaint.communicated_at is None:
        return min(complaint.answer_due_at, complaint.solution_due_at)
    return complaint.execution_due_at or complaint.solution_due_at


def similar(actor: Actor, complaint: Complaint, *, days: int = 90, limit: int = 5) -> list[Complaint]:
    """Other complaints of the same customer or machine within 90 days: repeat, or systemic?"""
    since = complaint.registered_at - dt.timedelta(days=days)
    same = Q(customer_id=complaint.customer_id)
    if complaint.asset_id is not None:
        same |= Q(asset_id=complaint.asset_id)
    rows = Complaint.objects.visible_to(actor).filter(same, registered_at__gte=since).exclude(pk=complaint.pk)
    return list(rows.order_by("-pk")[:limit])


# --- sweeps ------------------------------------------------------------------------------------------------------


def ids_with_late_receipt(now: dt.datetime, limit: int) -> list[int]:
    rows = Complaint.objects.open().filter(ack_at=None, ack_due_at__lt=now, ack_escalated_at=None)
    return list(rows.order_by("ack_due_at").values_list("pk", flat=True)[:limit])


def ids_with_late_solution(now: dt.datetime, limit: int) -> list[int]:
    rows = Complaint.objects.open().filter(solution_due_at__lt=now, solution_escalated_at=None, paused_since=None)
    return list(rows.order_by("solution_due_at").values_list("pk", flat=True)[:limit])


def ids_of_late_tasks(now: dt.datetime, limit: int) -> list[int]:
    rows = ComplaintTask.objects.filter(state=ComplaintTask.State.OPEN, due_at__lt=now, escalated_at=None)
    return list(rows.order_by("due_at").values_list("pk", flat=True)[:limit])


# --- Today -------------------------------------------------------------------------------------------------------


def due_for(actor: Actor, *, limit: int) -> list[Complaint]:
    """Open complaints that wait for this actor: unclaimed, his own, awaiting his approval, or his re-rating."""
    mine = Q(pk=None)
    if actor.may(HANDLE):
        mine |= Q(ack_at=None) | Q(owner_id=actor.person_id) | Q(proposed_owner_id=actor.person_id)
        mine |= Q(severity=Severity.URGENT, owner=None)
    if actor.may("complaints.approve_remedy"):
        mine |= Q(state=ComplaintState.PENDING)
    if actor.may("complaints.rerate"):
        handled = Q(owner_id=actor.person_id) | Q(decided_by_id=actor.person_id) | Q(executed_by_id=actor.person_id)
        mine |= Q(state=ComplaintState.CONFIRMING) & ~handled
    rows = Complaint.objects.visible_to(actor).open().filter(mine)
    return list(rows.select_related("customer", "asset", "station__calendar", "owner").order_by("ack_due_at")[:limit])


def tasks_due_for(actor: Actor, *, limit: int) -> list[ComplaintTask]:
    if not actor.department_ids:
        return []
    rows = ComplaintTask.objects.filter(state=ComplaintTask.State.OPEN, department_id__in=actor.department_ids)
    return list(rows.select_related("complaint__customer", "department").order_by("due_at")[:limit])


def visible_ids(actor: Actor, ids: Collection[int]) -> list[int]:
    """For the search: those of `ids` the actor may read."""
    return list(Complaint.objects.visible_to(actor).filter(pk__in=ids).values_list("pk", flat=True))


def timeline_of(complaint: Complaint, *, limit: int = 60) -> list[Event]:
    """All that happened with it, sealed or not: whoever sees the complaint may see its events."""
    rows = Event.objects.filter(subject_type="complaint", subject_id=complaint.pk)
    return list(rows.order_by("-at", "-pk")[:limit])
