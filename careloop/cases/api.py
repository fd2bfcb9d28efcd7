"""REST of service requests. Lists and single requests are answered by hand (orjson), because they are read most."""

import datetime as dt
import hashlib
from decimal import Decimal
from functools import reduce
from typing import Any, Literal, get_args

from django.http import Http404, HttpResponse
from django.utils.translation import gettext as _
from ninja import File, Router, Schema
from ninja.files import UploadedFile

from careloop.assets import queries as assets
from careloop.cases import exports, queries, services
from careloop.cases.actions import ACTIONS
from careloop.cases.models import Case
from careloop.cases.states import CASE_FLOW, CaseState
from careloop.core import files, rest, saved_views
from careloop.core.errors import DomainError
from careloop.core.http import Request
from careloop.core.prepared import Prepared

router = Router(tags=["cases"])

Channel = Literal["phone", "sms", "email", "chat", "letter", "face"]
Kind = Literal["fault", "question", "installation", "commissioning", "maintenance", "training", "parts", "complaint",
               "return", "document", "deviation"]  # fmt: skip
Urgency = Literal["stopped", "reduced", "none"]


class PartyOut(Schema):
    code: str
    name: str


class AssetOut(Schema):
    code: str
    label: str


class CaseRow(Schema):
    """A request in a list. Times are in UTC."""

    id: int
    number: str
    title: str
    state: str
    kind: str
    channel: str
    urgency: str
    priority: int
    station: str
    customer: PartyOut | None
    asset: AssetOut | None
    assignee: str | None
    received_at: dt.datetime
    response_due_at: dt.datetime | None
    responded_at: dt.datetime | None
    resolution_due_at: dt.datetime | None
    resolved_at: dt.datetime | None
    promise_at: dt.datetime | None
    waiting_for: str
    closed_at: dt.datetime | None
    is_sla_kept: bool | None


class CasesOut(Schema):
    items: list[CaseRow]
    next: str | None


class MessageOut(Schema):
    id: int
    kind: str
    at: dt.datetime
    by: str
    text: str
    data: dict[str, Any]


class ReadingOut(Schema):
    key: str
    label: str
    value: str
    unit: str
    mark: str


class PromiseOut(Schema):
    id: int
    kind: str
    text: str
    due_at: dt.datetime
    state: str
    ended_at: dt.datetime | None


class CaseOut(CaseRow):
    contact_id: int | None
    contact: str | None
    is_contact_unverified: bool
    is_asset_unknown: bool
    is_safety: bool
    stopped_since: dt.datetime | None
    verbatim: str
    symptom: str
    alarm_no: str
    circumstances: str
    readings: list[ReadingOut]
    place: str
    meter: int | None
    charge_kind: str
    warranty_state: str
    requested_for: dt.datetime | None
    response_standard: str
    response_minutes: int | None
    resolution_standard: str
    paused_minutes: int
    resolution: str
    cause_code: str
    result: str
    follow_up: str
    follow_up_reason: str
    extra_service: str
    extra_service_text: str
    extra_service_cost: Decimal | None
    reopen_count: int
    handover_count: int
    support_level: int
    escalated_at: dt.datetime | None
    escalation_due_at: dt.datetime | None
    merged_into: str | None
    repeat_of: str | None
    events: list[MessageOut]


class ReadingIn(rest.Input):
    key: str
    value: str
    unit: str


class NewContactIn(rest.Input):
    name: str
    phone: str
    confirm_duplicates: bool = False


class NewCustomerIn(rest.Input):
    name: str
    type: Literal["company", "dealer", "agent", "person", "government"] = "company"
    confirm_duplicates: bool = False


class NewAssetIn(rest.Input):
    kind: Literal["machine", "vehicle"]
    plate: str = ""
    serial_no: str = ""
    model_text: str = ""


class CaseIn(rest.Input):
    """A request as it comes in (form 2.4). `customer` and `asset` are file numbers, `contact` and `assignee` ids."""

    channel: Channel
    kind: Kind
    verbatim: str
    customer: str | None = None
    contact: int | None = None
    asset: str | None = None
    is_asset_unknown: bool = False
    new_customer: NewCustomerIn | None = None
    new_contact: NewContactIn | None = None
    new_asset: NewAssetIn | None = None
    station: str | None = None
    urgency: Urgency = "none"
    stopped_since: rest.Moment | None = None
    is_safety: bool = False
    title: str = ""
    symptom: str = ""
    alarm_no: str = ""
    circumstances: str = ""
    readings: list[ReadingIn] = []
    is_reading_unavailable: bool = False
    place: str = ""
    meter: int | None = None
    charge_kind: Literal["free", "contract", "paid", "internal"] | None = None
    requested_for: rest.Moment | None = None
    received_at: rest.Moment | None = None
    promise_at: rest.Moment | None = None
    promise_text: str = ""
    is_answered: bool = False
    assignee: int | None = None
    repeat_of: str | None = None


class NoteIn(rest.Input):
    """`note`: for colleagues; `reply`: what the customer was told; `hear`: what he said."""

    text: str
    kind: Literal["note", "reply", "hear"] = "note"
    channel: Channel | None = None


class PromiseIn(rest.Input):
    due_at: rest.Moment
    text: str = ""
    kind: Literal["call_back", "visit", "repair", "document", "other"] = "call_back"


class FileOut(Schema):
    name: str
    kind: str
    url: str
    size: str
    key: str


LIST = (
    "id", "number", "title", "state", "kind", "channel", "urgency", "priority", "received_at", "response_due_at",
    "responded_at", "resolution_due_at", "resolved_at", "promise_at", "waiting_for", "closed_at", "is_sla_kept",
)  # fmt: skip
DETAIL = (
    *LIST, "contact_id", "is_contact_unverified", "is_asset_unknown", "is_safety", "stopped_since", "verbatim",
    "symptom", "alarm_no", "circumstances", "readings", "place", "meter", "charge_kind", "warranty_state",
    "requested_for", "response_standard", "response_minutes", "resolution_standard", "paused_minutes", "resolution",
    "cause_code", "result", "follow_up", "follow_up_reason", "extra_service", "extra_service_text",
    "extra_service_cost", "reopen_count", "handover_count", "support_level", "escalated_at", "escalation_due_at",
)  # fmt: skip
ASSET = ("code", "kind", "name", "plate", "vin", "serial_no", "model_text", "model__brand", "model__name")
JOINED = (
    "customer__code", "customer__name", "station__code", "assignee__name", *(f"asset__{name}" for name in ASSET),
)  # fmt: skip
OTHERS = ("contact__name", "merged_into__number", "repeat_of__number")


def as_row(case: Case, names: tuple[str, ...]) -> dict[str, Any]:
    """What `values(*names)` would give for a request that was just written."""
    return {name: reduce(_part, name.split("__"), case) if "__" in name else _part(case, name) for name in names}


def _part(value: Any, name: str) -> Any:
    found = None if value is None else getattr(value, name)
    return found.astimezone(dt.UTC) if isinstance(found, dt.datetime) else found


def shown(row: dict[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    """A row of `values(*names, *JOINED)` as the API gives it; the same in list and detail."""
    found = {name: row[name] for name in names}
    found["station"] = row["station__code"]
    found["customer"] = (
        {"code": row["customer__code"], "name": row["customer__name"]} if row["customer__code"] else None
    )
    found["assignee"] = row["assignee__name"]
    found["asset"] = {"code": row["asset__code"], "label": _label(row)} if row["asset__code"] else None
    return found


def _label(row: dict[str, Any]) -> str:
    brand, model = row["asset__model__brand"] or "", row["asset__model__name"] or ""
    return assets.label_from(
        kind=row["asset__kind"], plate=row["asset__plate"], vin=row["asset__vin"],
        model=f"{brand} {model}".strip() or row["asset__model_text"], serial_no=row["asset__serial_no"],
        name=row["asset__name"], code=row["asset__code"],
    )  # fmt: skip


@router.get("", response=CasesOut, operation_id="case_list", summary="Service requests, newest first")
def case_list(
    request: Request,
    q: str = "",
    view: str = "all",
    state: str = "",
    kind: str = "",
    channel: str = "",
    urgency: str = "",
    station: str = "",
    customer: str = "",
    asset: str = "",
    assignee: str = "",
    open: bool = False,
    received_from: rest.Moment | None = None,
    received_to: rest.Moment | None = None,
    saved: int | None = None,
    limit: int = 50,
    cursor: int | None = None,
) -> Any:
    """`saved`: id of a saved view of `/cases/`; its filter holds instead of the others.

    `state`, `kind`, `channel` and `urgency` take several values parted by commas; `view` is a saved view of the
    page (mine, unassigned, due, waiting, open, all); `assignee` an id or `none`."""
    request.actor.require("cases.view_case")
    size = rest.page_size(limit)
    filters: dict[str, Any] = {
        "q": q, "view": rest.one_of(view, queries.VIEWS, "view"), "open": open or None,
        "customer": customer, "asset": asset, "from": received_from, "to": received_to,
        "assignee": assignee if assignee == "none" else _whole(assignee, "assignee"),
        "station": queries.station_id(station) if station else None,
        "state": rest.some_of(state, CaseState.values, "state"),
        "kind": rest.some_of(kind, get_args(Kind), "kind"),
        "channel": rest.some_of(channel, get_args(Channel), "channel"),
        "urgency": rest.some_of(urgency, get_args(Urgency), "urgency"),
    }  # fmt: skip
    if saved is not None:
        filters = exports.read_filters(saved_views.query_of(request.actor, saved, page="/cases/"))
    columns = (*LIST, *JOINED)
    found = queries.first_rows(request.actor, filters, columns, now=request.now, before=cursor, limit=size + 1)
    return rest.json(rest.cursor_page([shown(row, LIST) for row in found], size))


def _whole(text: str, field: str) -> int | None:
    if not text:
        return None
    if not text.isdecimal() or len(text) > 18:
        raise DomainError(_("“%(text)s” is not a number.") % {"text": text[:30]}, field=field)
    return int(text)


@router.get("/{number}", response=CaseOut, operation_id="case_read", summary="One request with its conversation")
def read(request: Request, number: str) -> Any:
    """The newest 50 events stand in `events`, newest first."""
    request.actor.require("cases.view_case")
    return rest.json(detail(request, number))


ROW = (*DETAIL, *JOINED, *OTHERS)
_row_of = Prepared(lambda *, actor, number: queries.cases(actor).filter(number=number).values(*ROW)[:1])


def detail(request: Request, number: str, *, new: Case | None = None) -> dict[str, Any]:
    """Two queries: the request, and its events. `new`: the request, when it was registered a moment ago."""
    row = as_row(new, ROW) if new else _row_of.first(actor=request.actor, number=number)
    if row is None:
        raise Http404
    events = queries.events_told(new) if new and new.told else queries.events_of(request.actor, row["id"])
    return {
        **shown(row, DETAIL),
        "contact": row["contact__name"],
        "merged_into": row["merged_into__number"],
        "repeat_of": row["repeat_of__number"],
        "events": events,
    }


IDEMPOTENCY = {
    "parameters": [
        {"name": "Idempotency-Key", "in": "header", "required": False, "schema": {"type": "string", "maxLength": 80},
         "description": "A mark of the caller's own: a repeated call gives the request that the first one made."}
    ]
}  # fmt: skip


@router.post(
    "", response={201: CaseOut}, operation_id="case_create", summary="Register a request", openapi_extra=IDEMPOTENCY
)
def create(request: Request, payload: CaseIn) -> Any:
    """With an `Idempotency-Key` a repeated call gives the request that the first one made."""
    values = payload.model_dump(exclude_none=True)
    fields: dict[str, Any] = {
        **{name: values.pop(name) for name in ("promise_at", "promise_text", "is_answered") if name in values},
        **_parties(request, values),
        **values,
    }
    digest = hashlib.sha256(request.body).hexdigest()
    key = request.headers.get("Idempotency-Key", "")
    case = services.accept_once(key=key, digest=digest, actor=request.actor, at=request.now, **fields)
    return rest.json(detail(request, case.number, new=case), status=201)


def _parties(request: Request, values: dict[str, Any]) -> dict[str, Any]:
    """Numbers of the body as what the service takes."""
    found: dict[str, Any] = {
        "customer_code": values.pop("customer", None),
        "asset_code": values.pop("asset", None),
        "contact_id": values.pop("contact", None),
        "assignee_id": values.pop("assignee", None),
    }
    found |= {name: values.pop(name) for name in ("new_customer", "new_contact", "new_asset") if name in values}
    if station := values.pop("station", None):
        found["station_code"] = station
    if earlier := values.pop("repeat_of", None):
        found["repeat_of_id"] = load(request, earlier).pk
    return found


def load(request: Request, number: str) -> Case:
    request.actor.require("cases.view_case")
    case = queries.case_by_number(request.actor, number)
    if case is None:
        raise Http404
    return case


def answer(request: Request, case: Case) -> HttpResponse:
    return rest.json(detail(request, case.number))


@router.post(
    "/{number}/notes", response={201: CaseOut}, operation_id="case_add_note", summary="Write into a conversation"
)
def note(request: Request, number: str, payload: NoteIn) -> Any:
    """The first `reply` of a person stamps the first response."""
    case = load(request, number)
    common: dict[str, Any] = {"actor": request.actor, "at": request.now, "text": payload.text}
    if payload.kind == "note":
        services.add_note(case.pk, **common)
    else:
        write = services.reply if payload.kind == "reply" else services.hear
        write(case.pk, channel=payload.channel or "", **common)
    return rest.json(detail(request, number), status=201)


@router.get("/{number}/promises", response=list[PromiseOut], operation_id="case_promises", summary="Promises given")
def promises(request: Request, number: str) -> Any:
    return [_promise(row) for row in queries.promises_of(load(request, number).pk)]


@router.post("/{number}/promises", response={201: PromiseOut}, operation_id="case_promise", summary="Promise something")
def promise(request: Request, number: str, payload: PromiseIn) -> Any:
    case = load(request, number)
    made = services.set_promise(
        case.pk, actor=request.actor, at=request.now, due_at=payload.due_at, text=payload.text, kind=payload.kind
    )
    return rest.json(_promise(made), status=201)


def _promise(row: Any) -> dict[str, Any]:
    return {name: getattr(row, "pk" if name == "id" else name) for name in PromiseOut.model_fields}


@router.post("/{number}/files", response={201: FileOut}, operation_id="case_file", summary="Add a file")
def add_file(request: Request, number: str, file: File[UploadedFile]) -> Any:
    case = load(request, number)
    kept = services.add_file(case.pk, file, actor=request.actor, at=request.now)
    return rest.json(dict(files.shown(kept)), status=201)


rest.add_transitions(router, CASE_FLOW, ACTIONS, load=load, show=answer, response=CaseOut)
