"""Work orders for programs: the same forms, services and rights as the pages."""

import datetime as dt
from decimal import Decimal
from functools import partial
from types import SimpleNamespace
from typing import Any

from django.http import Http404
from ninja import Router, Schema, Status
from pydantic import create_model

from careloop.core import rest, saved_views
from careloop.core.actions import Action, perform
from careloop.core.errors import DomainError
from careloop.core.http import Request
from careloop.workorders import forms, queries, services
from careloop.workorders.actions import ACTIONS, order_options
from careloop.workorders.models import WorkOrder
from careloop.workorders.queries import api as shown
from careloop.workorders.queries import lists
from careloop.workorders.queries.booking import Party
from careloop.workorders.states import FLOW, OrderState, Step

router = Router(tags=["work orders"])


class OrderRow(Schema):
    id: int
    number: str
    state: str
    outcome: str
    work_class: str
    customer: str
    customer_name: str
    machine: str
    plate: str
    adviser: str | None
    technician: str | None
    booked_for: dt.datetime | None
    received_at: dt.datetime | None
    promised_at: dt.datetime | None
    delivered_at: dt.datetime | None


class OrderPage(Schema):
    items: list[OrderRow]
    next: str | None


class LineOut(Schema):
    id: int
    kind: str
    name: str
    part_no: str
    brand: str
    part_origin: str
    quantity: Decimal
    unit: str
    unit_price: Decimal
    amount: Decimal
    payer: str
    consent: str
    consented_version: int | None
    is_added: bool
    reason: str
    done_at: dt.datetime | None
    old_part: str
    photos: int


class StampOut(Schema):
    step: str
    started_at: dt.datetime
    done_at: dt.datetime | None
    person: str | None
    is_skipped: bool
    skipped_reason: str


class EstimateOut(Schema):
    version: int
    amount: Decimal
    free_amount: Decimal
    discount_amount: Decimal
    diagnosis_limit: Decimal | None
    promised_at: dt.datetime | None
    created_at: dt.datetime
    void_at: dt.datetime | None
    consent: dict[str, Any] | None


class BillOut(Schema):
    number: str
    kind: str
    state: str
    labour_amount: Decimal
    material_amount: Decimal
    other_amount: Decimal
    discount_amount: Decimal
    tax_amount: Decimal
    rounding_amount: Decimal
    total_amount: Decimal
    paid_amount: Decimal
    issued_at: dt.datetime | None


class StepOut(Schema):
    action: str
    label: str
    allowed: bool
    refusal: str


class PartOut(Schema):
    number: str
    wanted: Decimal
    held: Decimal


class OrderOut(OrderRow):
    case: str | None
    contact: str
    customer_words: str
    mileage_in: int | None
    fuel: int | None
    valuables: str
    damage: list[dict[str, str]]
    estimate_version: int
    consented_version: int
    consented_amount: Decimal
    billed_amount: Decimal | None
    rework_count: int
    rework_of: str | None
    repair_until: dt.date | None
    repair_limit: int | None
    next_service_on: dt.date | None
    next_service_meter: int | None
    inspector: str | None
    lines: list[LineOut]
    stamps: list[StampOut]
    estimates: list[EstimateOut]
    bill: BillOut | None
    parts: list[PartOut]
    advice: list[str]
    steps: list[StepOut]


def load(request: Request, number: str) -> WorkOrder:
    order = queries.order_by_number(request.actor, number)
    if order is None:
        raise Http404
    return order


def show(request: Request, order: WorkOrder) -> dict[str, Any]:
    whole = queries.whole(order)
    options = order_options(order, actor=request.actor, at=request.now)
    return {
        **shown.whole_out(whole),
        "steps": [
            {"action": o.action, "label": str(o.label), "allowed": o.allowed, "refusal": str(o.refusal or "")}
            for o in options
        ],
    }


# --- list and read --------------------------------------------------------------------------------------------------


@router.get("", response=OrderPage, operation_id="list_work_orders", summary="List work orders, newest first")
def list_orders(
    request: Request,
    q: str = "",
    state: str = "",
    step: str = "",
    customer: str = "",
    machine: str = "",
    case: str = "",
    open: bool = False,
    saved: int | None = None,
    limit: int | None = None,
    cursor: int | None = None,
) -> Any:
    """`state` may name several, separated by commas; `step` is one of the six steps.

    `saved`: id of a saved view of `/work-orders/`; its filter holds instead of the others.
    """
    request.actor.require("workorders.view_workorder")
    filters = {"q": q, "state": rest.some_of(state, OrderState.values, "state"),
               "step": rest.one_of(step, Step.values, "step"), "customer": customer,
               "machine": machine, "case": case, "open": open}  # fmt: skip
    if saved is not None:
        filters = lists.read_filters(saved_views.query_of(request.actor, saved, page="/work-orders/"))
    rows = queries.order_list(request.actor, filters, now=request.now)
    return rest.newest_page(queries.values(rows), shown.row_out, limit=limit, cursor=cursor)


@router.get("/{number}", response=OrderOut, operation_id="read_work_order", summary="Read one work order")
def read_order(request: Request, number: str) -> Any:
    return show(request, load(request, number))


@router.get("/{number}/bill", response=BillOut, operation_id="read_bill_of_work_order", summary="Read its valid bill")
def read_bill(request: Request, number: str) -> Any:
    order = load(request, number)
    request.actor.require("billing.view_bill")
    if order.bill is None:
        raise Http404
    return shown.bill_out(order.bill)


# --- create ---------------------------------------------------------------------------------------------------------


def _fields_of(*form_classes: Any) -> dict[str, Any]:
    """Every field of these forms as an optional value; which of them a step needs is said by its form."""
    found: dict[str, Any] = {}
    for form_class in form_classes:
        for name, field in form_class.base_fields.items():
            found[name] = (rest.type_of(field) | None, None)
    return found


OrderIn: type[Schema] = create_model(
    "WorkOrderIn",
    __base__=Schema,
    **{"kind": (str, "receive"), "machine": (str, ""), **_fields_of(forms.WalkInForm, forms.BookForm)},
)


@router.post("", response={201: OrderOut}, operation_id="create_work_order", summary="Receive or book")
def create_order(request: Request, payload: OrderIn) -> Any:  # type: ignore[valid-type]  # reason: made from the forms
    """Photos and the signature come as data URLs (`data:image/png;base64,…`)."""
    sent = payload.model_dump(mode="json", exclude_unset=True)  # type: ignore[attr-defined]  # reason: as above
    kind = sent.pop("kind", "receive")
    if kind not in ("receive", "book"):
        raise DomainError(shown.no_such_kind(), field="kind")
    request.actor.require(f"workorders.{kind}")
    stations = shown.stations_of(request.actor)
    party = queries.party(
        request.actor, asset_code=sent.pop("machine", ""), case_number=sent.get("case") or "", stations=stations
    )
    if party is None:
        raise DomainError(shown.no_machine(), field="machine")
    data = {name: value for name, value in sent.items() if value is not None}
    data.setdefault("contact", party.contact_id)
    data.setdefault("station", party.station_id)
    form_class = forms.BookForm if kind == "book" else forms.WalkInForm
    run = _book if kind == "book" else _receive
    subject = SimpleNamespace(**{name: getattr(party, name) for name in Party.__dataclass_fields__})
    form, order = perform(Action("create", lambda _pk, **d: run(party, **d), form_class), subject, data,
                          actor=request.actor, at=request.now)  # fmt: skip
    if form.errors:
        return rest.form_problem(form)
    return Status(201, show(request, load(request, order.number)))


def _receive(party: Party, *, actor: Any, at: dt.datetime, **data: Any) -> WorkOrder:
    return services.receive_walk_in(
        station_id=data.pop("station"), customer_id=party.asset.customer_id, contact_id=data.pop("contact"),
        asset_id=party.asset.pk, case_number=data.pop("case", ""), actor=actor, at=at, **data,
    )  # fmt: skip


def _book(party: Party, *, actor: Any, at: dt.datetime, **data: Any) -> WorkOrder:
    return services.book_order(
        station_id=data.pop("station"), customer_id=party.asset.customer_id, contact_id=data.pop("contact"),
        asset_id=party.asset.pk, case_number=data.pop("case", ""), adviser_id=data.pop("adviser", None),
        verify_channel_id=data.pop("verify_channel", None), actor=actor, at=at, **data,
    )  # fmt: skip


# --- items and what stands beside the steps -------------------------------------------------------------------------

LineIn = rest.body_of(Action("line", services.add_line, forms.LineForm), needs_reason=False)
ChangeIn = rest.body_of(Action("change", services.change_line, forms.ChangeLineForm), needs_reason=False)
RecordIn = rest.body_of(Action("record", services.record_line, forms.RecordLineForm), needs_reason=False)
ReasonIn = rest.body_of(Action("reason", services.withdraw_line, forms.ReasonForm), needs_reason=False)
ReadingIn = rest.body_of(Action("reading", services.add_reading, forms.ReadingForm), needs_reason=False)
AdviceIn = rest.body_of(Action("advice", services.advise, forms.AdviceForm), needs_reason=False)
LogIn = rest.body_of(Action("log", services.log_time, forms.LogForm), needs_reason=False)
PromiseIn = rest.body_of(Action("promise", services.change_promise, forms.PromiseForm), needs_reason=False)


def _side(request: Request, number: str, run: Any, form_class: Any, payload: Any) -> Any:
    order = load(request, number)
    data = payload.model_dump(mode="json", exclude_unset=True)
    form, _result = perform(Action("side", run, form_class), order, data, actor=request.actor, at=request.now)
    return rest.form_problem(form) if form.errors else show(request, load(request, number))


def _of_line(run: Any, pk: int, order_id: int, **data: Any) -> Any:
    return run(order_id, pk, **data)


@router.post("/{number}/lines", response=OrderOut, operation_id="add_work_order_line", summary="Enter an item")
def add_line(request: Request, number: str, payload: LineIn) -> Any:  # type: ignore[valid-type]  # reason: made from the form
    return _side(request, number, services.add_line, forms.LineForm, payload)


@router.patch("/{number}/lines/{pk}", response=OrderOut, operation_id="change_work_order_line",
              summary="Change an item")  # fmt: skip
def change_line(request: Request, number: str, pk: int, payload: ChangeIn) -> Any:  # type: ignore[valid-type]  # reason: as above
    """A price above the consented one asks the customer again."""
    return _side(
        request, number, lambda order, **d: services.change_line(order, pk, **d), forms.ChangeLineForm, payload
    )


@router.post("/{number}/lines/{pk}/withdraw", response=OrderOut, operation_id="withdraw_work_order_line",
             summary="Withdraw an item")  # fmt: skip
def withdraw_line(request: Request, number: str, pk: int, payload: ReasonIn) -> Any:  # type: ignore[valid-type]  # reason: as above
    run = partial(_of_line, services.withdraw_line, pk)
    return _side(request, number, run, forms.ReasonForm, payload)


@router.post("/{number}/lines/{pk}/record", response=OrderOut, operation_id="record_work_order_line",
             summary="Item done, old part")  # fmt: skip
def record_line(request: Request, number: str, pk: int, payload: RecordIn) -> Any:  # type: ignore[valid-type]  # reason: as above
    return _side(
        request, number, lambda order, **d: services.record_line(order, pk, **d), forms.RecordLineForm, payload
    )


@router.post("/{number}/readings", response=OrderOut, operation_id="add_work_order_reading", summary="Enter a reading")
def add_reading(request: Request, number: str, payload: ReadingIn) -> Any:  # type: ignore[valid-type]  # reason: as above
    return _side(request, number, services.add_reading, forms.ReadingForm, payload)


@router.post("/{number}/advice", response=OrderOut, operation_id="add_work_order_advice", summary="Give advice")
def advise(request: Request, number: str, payload: AdviceIn) -> Any:  # type: ignore[valid-type]  # reason: as above
    return _side(request, number, services.advise, forms.AdviceForm, payload)


@router.post("/{number}/work-logs", response=OrderOut, operation_id="add_work_order_log", summary="Enter working time")
def log_time(request: Request, number: str, payload: LogIn) -> Any:  # type: ignore[valid-type]  # reason: as above
    return _side(request, number, services.log_time, forms.LogForm, payload)


@router.post("/{number}/promise", response=OrderOut, operation_id="change_work_order_promise",
             summary="Change the promised time")  # fmt: skip
def change_promise(request: Request, number: str, payload: PromiseIn) -> Any:  # type: ignore[valid-type]  # reason: as above
    return _side(request, number, services.change_promise, forms.PromiseForm, payload)


class CodeOut(Schema):
    code: str
    valid_minutes: int


@router.post("/{number}/consent-code", response=CodeOut, operation_id="make_work_order_code",
             summary="A code to show the customer")  # fmt: skip
def consent_code(request: Request, number: str) -> Any:
    """For the customer's own device (a kiosk, the shop's own app): whoever asks for it must show it to him only."""
    order = load(request, number)
    code = services.issue_code(order.pk, sent_to="api", actor=request.actor, at=request.now)
    return {"code": code, "valid_minutes": 30}


class LinkOut(Schema):
    url: str


@router.post("/{number}/link", response=LinkOut, operation_id="make_work_order_link", summary="The customer's own page")
def link(request: Request, number: str) -> Any:
    order = load(request, number)
    token = services.create_link(order.pk, actor=request.actor, at=request.now)
    return {"url": request.build_absolute_uri(f"/s/{token}/")}


rest.add_transitions(router, FLOW, ACTIONS, load=load, show=show, response=OrderOut)
