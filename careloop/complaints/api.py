"""REST of complaints: list, read, create, and every step of the state table."""

import datetime as dt
from decimal import Decimal
from functools import partial
from typing import Any, Literal

from django.http import Http404
from django.utils.translation import gettext as _
from ninja import Router, Schema, Status

from careloop.complaints import queries, services
from careloop.complaints.actions import ACTIONS, SETTLE
from careloop.complaints.models import Complaint
from careloop.complaints.states import COMPLAINT, Category, ComplaintState, Severity
from careloop.core import rest
from careloop.core.errors import DomainError
from careloop.core.http import Request

router = Router(tags=["complaints"])


class ComplaintOut(Schema):
    id: int
    number: str
    state: str
    severity: str
    first_severity: str
    severity_reasons: list[str]
    source: str
    category: str
    step: str
    words: str
    desired_remedy: str
    customer: str
    asset: str | None
    order: str | None
    case: str | None
    station: str
    owner: str | None
    registered_at: dt.datetime
    ack_due_at: dt.datetime
    ack_at: dt.datetime | None
    answer_due_at: dt.datetime
    communicated_at: dt.datetime | None
    solution_due_at: dt.datetime
    executed_at: dt.datetime | None
    closed_at: dt.datetime | None
    remedy_kind: str
    remedy_cost: Decimal | None
    decision: str
    first_rating: int | None
    rerating: int | None


class PageOut(Schema):
    items: list[ComplaintOut]
    next: str | None


class ComplaintIn(rest.Input):
    customer: str
    words: str
    source: Literal["phone", "sms", "email", "chat", "letter", "face", "authority", "staff"] = "phone"
    station: str
    contact: int | None = None
    asset: str = ""
    order: str = ""
    case: str = ""
    category: str = "other"
    step: str = ""
    desired_remedy: str = ""
    demands_result: bool = True


def shown(request: Request, complaint: Complaint) -> dict[str, Any]:
    """The first rating belongs to the answer: only those who may see answers get it."""
    names = (
        "id", "number", "state", "severity", "first_severity", "severity_reasons", "source", "category", "step",
        "words", "desired_remedy", "registered_at", "ack_due_at", "ack_at", "answer_due_at", "communicated_at",
        "solution_due_at", "executed_at", "closed_at", "remedy_kind", "remedy_cost", "decision", "rerating",
    )  # fmt: skip
    return {
        **{name: getattr(complaint, name) for name in names},
        "customer": complaint.customer.code,
        "asset": complaint.asset.code if complaint.asset else None,
        "order": complaint.order.number if complaint.order else None,
        "case": complaint.case.number if complaint.case else None,
        "station": complaint.station.code,
        "owner": complaint.owner.name if complaint.owner else None,
        "first_rating": complaint.first_rating if request.actor.may("feedback.view_answer") else None,
    }


def load(request: Request, number: str) -> Complaint:
    request.actor.require("complaints.view_complaint")
    complaint = queries.complaint_by_number(request.actor, number)
    if complaint is None:
        raise Http404
    return complaint


@router.get("", response=PageOut, operation_id="complaint_list", summary="Complaints, newest first")
def complaint_list(
    request: Request,
    state: str = "",
    severity: str = "",
    category: str = "",
    q: str = "",
    late: bool = False,
    limit: int = 50,
    cursor: int | None = None,
) -> Any:
    """`state` is one of the states, or `open` for all that are not closed."""
    request.actor.require("complaints.view_complaint")
    filters = {
        "state": rest.one_of(state, ["open", *ComplaintState.values], "state"),
        "severity": rest.one_of(severity, Severity.values, "severity"),
        "category": rest.one_of(category, Category.values, "category"),
        "q": q,
    }
    rows = queries.complaint_list(request.actor, {**filters, "late_at": request.now if late else None})
    rows = rows.select_related("customer", "asset", "order", "case", "station", "owner")
    return rest.newest_page(rows, partial(shown, request), limit=limit, cursor=cursor)


@router.get("/{number}", response=ComplaintOut, operation_id="complaint_read", summary="One complaint")
def read(request: Request, number: str) -> Any:
    return shown(request, load(request, number))


@router.post("", response={201: ComplaintOut}, operation_id="complaint_create", summary="Register a complaint")
def create(request: Request, payload: ComplaintIn) -> Any:
    """Any employee may; severity and clocks follow from words and kind."""
    request.actor.require("complaints.register_complaint")
    places = queries.places_of(request.actor, payload.customer, payload.station, payload.asset)
    found = queries.ids_of(request.actor, payload.customer, payload.order, payload.case)
    if payload.order and found.order is None:
        raise DomainError(_("There is no work order with this number for this customer."), field="order")
    if payload.case and found.case is None:
        raise DomainError(_("There is no service request with this number for this customer."), field="case")
    complaint = services.register_complaint(
        actor=request.actor, at=request.now, customer_id=places.customer, station_id=places.station,
        contact_id=payload.contact, asset_id=places.asset, order_id=found.order.pk if found.order else None,
        case_id=found.case.pk if found.case else None, involved=queries.involved_in(found.order),
        words=payload.words, source=payload.source, category=payload.category, step=payload.step,
        desired_remedy=payload.desired_remedy, demands_result=payload.demands_result,
    )  # fmt: skip
    return Status(201, shown(request, complaint))


rest.add_transitions(router, COMPLAINT, {**ACTIONS, SETTLE.name: SETTLE}, load=load, show=shown, response=ComplaintOut)
