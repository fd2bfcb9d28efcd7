"""The page of one order: everything it shows, in seven queries."""

import datetime as dt
import uuid
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.db.models import CharField, Exists, F, OuterRef, Q, Subquery, Value
from django.db.models.functions import Cast
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from careloop.billing.queries import yuan
from careloop.core import words
from careloop.core.actor import Actor
from careloop.core.models import StoredFile
from careloop.core.phones import mask
from careloop.core.phones import show as show_phone
from careloop.customers.models import ContactChannel
from careloop.entitlements import queries as entitlements
from careloop.workorders.models import (
    Advice,
    Estimate,
    Inspection,
    OrderLine,
    Reading,
    Stamp,
    WorkOrder,
    WorkOrderQuerySet,
)
from careloop.workorders.models.lines import OrderLineQuerySet
from careloop.workorders.queries import show
from careloop.workorders.states import LineConsent, OrderState, Outcome, Step

RELATED = (
    "station__calendar", "customer", "contact", "asset__model", "adviser", "technician", "inspector", "foreman",
    "bill__issued_by", "case", "rework_of", "delivered_by",
)  # fmt: skip


def orders(actor: Actor) -> WorkOrderQuerySet:
    return WorkOrder.objects.visible_to(actor)


def order_by_number(actor: Actor, number: str) -> WorkOrder | None:
    """One order with what its page needs, and the number to call; None when the actor may not see it."""
    numbers = ContactChannel.objects.filter(
        contact=OuterRef("contact"), kind__in=["mobile", "phone"], wrong_since=None
    ).order_by("verified_at", "pk")
    verified = numbers.filter(verified_at__isnull=False)
    rows = (
        orders(actor)
        .select_related(*RELATED)
        .annotate(
            phone=Subquery(verified.values("value")[:1]),
            other_phone=Subquery(numbers.filter(verified_at=None).values("value")[:1]),
            is_reached=Exists(verified),
        )
    )
    order = rows.filter(number=number).first()
    if order is not None:
        order.has_verified_contact = bool(getattr(order, "is_reached", False))
    return order


@dataclass(slots=True)
class Whole:
    """An order with its rows, read once."""

    order: WorkOrder
    lines: list[OrderLine]
    estimates: list[Estimate]
    stamps: list[Stamp]
    logs: list[Any]
    notes: dict[str, list[dict[str, Any]]] = field(default_factory=dict)


def whole(order: WorkOrder, *, with_times: bool = True) -> Whole:
    """Five queries; the guards of the state table find what they need and ask nothing more.

    Args:
        with_times: stamps and work logs too. Printed sheets show neither and need no guards: three queries.
    """
    lines = list(order.lines.select_related("technician", "found_by").annotate(photo_count=OrderLineQuerySet.photos()))
    estimates = list(order.estimates.select_related("consent", "created_by"))
    stamps = list(order.stamps.select_related("person").order_by("pk")) if with_times else []
    logs = list(order.work_logs.select_related("person")) if with_times else []
    order.open_lines = [line for line in lines if line.consent in (LineConsent.PROPOSED, LineConsent.CONSENTED)]
    order.standing_estimate = next(
        (e for e in estimates if e.void_at is None and e.version == order.estimate_version), None
    )
    order.has_work_log = bool(logs)
    workers = {log.person_id for log in logs} | {line.technician_id for line in lines} | {order.technician_id}
    order.technician_ids = {pk for pk in workers if pk is not None}
    return Whole(order, lines, estimates, stamps, logs, side_notes(order, [line.pk for line in lines]))


NOTE_COLUMNS = ("a", "b", "c", "d", "e", "at", "flag", "ref")


def _shaped(rows: Any, kind: str, **values: Any) -> Any:
    """Rows of any table under the same column names, so that they can be read together."""
    text = CharField()
    extra = {f"x_{name}": values.get(name, Value("", output_field=text)) for name in NOTE_COLUMNS}
    marked = rows.order_by().annotate(source=Value(kind, output_field=text), **extra)
    return marked.values_list("source", "pk", *extra)


# fmt: off
def side_notes(order: WorkOrder, line_ids: Sequence[int]) -> dict[str, list[dict[str, Any]]]:
    """Advice, readings, inspections and files in one query, by kind."""
    text = CharField()
    advice = _shaped(
        Advice.objects.filter(Q(order=order) | Q(asset=order.asset_id, done_in=None, order_id__lt=order.pk),
                              dropped_reason=""),
        "advice", a=F("text"), b=F("given_by"), c=F("order__number"), at=F("given_at"), flag=F("is_safety"),
        ref=F("done_in"))
    readings = _shaped(
        Reading.objects.filter(order=order), "reading", a=F("name"), b=Cast("value", text), c=F("unit"),
        d=Cast("low", text), e=Cast("high", text), at=F("at"), flag=Value(False), ref=F("person_id"))
    inspections = _shaped(
        Inspection.objects.filter(order=order), "inspection", a=F("inspector__name"), b=F("reason"),
        c=F("reason_code"), d=F("certificate_no"), at=F("at"), flag=F("passed"), ref=F("technician_id"))
    files = _shaped(
        StoredFile.objects.filter(
            Q(subject_type="workorder", subject_id=order.pk) | Q(subject_type="orderline", subject_id__in=line_ids),
            removed_at=None),
        "file", a=F("name"), b=F("content_type"), c=Cast("key", text), d=F("purpose"), e=F("subject_type"),
        at=F("uploaded_at"), flag=Value(False), ref=F("subject_id"))
    found: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for source, pk, *values in advice.union(readings, inspections, files, all=True):
        found[source].append({"id": pk, **dict(zip(NOTE_COLUMNS, values, strict=True))})
    return found
# fmt: on


# --- parts of the page ----------------------------------------------------------------------------------------------


def phone_of(order: Any, actor: Actor) -> str:
    value = order.phone or order.other_phone or ""
    if not value:
        return ""
    return show_phone(value) if actor.may("customers.view_phone") else mask(value)


def head(w: Whole, *, actor: Actor, now: dt.datetime) -> dict[str, Any]:
    order = w.order
    warranty = entitlements.warranty_words(
        entitlements.warranty_of(order.asset, on=order.local_date(now), meter=order.mileage_in),
        unit=order.asset.meter_unit,
    )
    parts: list[dict[str, Any]] = [
        {"label": order.customer.name, "url": f"/customers/{order.customer.code}/"},
        {
            "label": show.asset_words(order.asset),
            "plate": show.plate(order.asset.plate),
            "url": f"/machines/{order.asset.code}/",
        },
    ]
    if order.mileage_in is not None:
        parts.append({"label": show.meter(order.mileage_in, order.asset.meter_unit)})
    parts.append({"label": warranty["label"]})
    if order.case is not None:
        parts.append({"label": order.case.number, "url": f"/cases/{order.case.number}/"})
    if order.rework_of is not None:
        parts.append(
            {
                "label": _("rework of %(number)s") % {"number": order.rework_of.number},
                "url": f"/work-orders/{order.rework_of.number}/",
            }
        )
    clock = show.promise_clock(
        promised_at=order.promised_at,
        received_at=order.received_at,
        state=order.state,
        station=order.station,
        delivered_at=order.delivered_at,
        now=now,
        lead=_("promised %(time)s") % {"time": show.when(order.promised_at, now)},
    )
    return {
        "title": order.number,
        "grade": order.customer.grade,
        "state": show.state_chip(order.state),
        "parts": parts,
        "clocks": [clock] if clock else [],
        "recent_icon": "clipboard-list",
    }


def steps(w: Whole, *, now: dt.datetime) -> list[dict[str, Any]]:
    """The six steps with time, person and what is still to come (R59)."""
    by_step: dict[str, list[Stamp]] = defaultdict(list)
    for stamp in w.stamps:
        by_step[stamp.step].append(stamp)
    return [_step(step, by_step[step], w.order, now) for step in Step]


def _step(step: Step, stamps: list[Stamp], order: WorkOrder, now: dt.datetime) -> dict[str, Any]:
    label = capfirst(str(step.label))
    if not stamps:
        return {"label": label, "state": "todo", "lines": _expected(step, order, now)}
    last = stamps[-1]
    who = last.person.name if last.person else ""
    if last.is_skipped:
        return {"label": label, "state": "skip", "lines": [_("left out"), last.skipped_reason]}
    lines = [show.when(last.started_at if step == Step.RECEPTION else last.done_at or last.started_at, now)]
    extra = _step_extra(step, order, is_done=last.done_at is not None)
    lines.append(" · ".join(part for part in (who, extra) if part))
    if len(stamps) > 1:
        lines.append(_("loop %(n)d") % {"n": len(stamps)})
    return {"label": label, "state": "done" if last.done_at else "now", "lines": [line for line in lines if line]}


def _step_extra(step: Step, order: WorkOrder, *, is_done: bool) -> str:
    if step == Step.APPOINTMENT:
        return ""
    if step == Step.RECEPTION:
        return _("customer signed") if order.reception_signature_id else ""
    if step == Step.REPAIR and not is_done:
        bay = _("bay %(bay)d") % {"bay": order.bay} if order.bay else ""
        return bay if order.state == OrderState.IN_REPAIR else str(OrderState(order.state).label)
    if step == Step.SETTLEMENT and order.bill is not None:
        return yuan(order.bill.total_amount)
    return ""


def _expected(step: Step, order: WorkOrder, now: dt.datetime) -> list[str]:
    if step == Step.RECEPTION and order.booked_for:
        return [_("comes %(time)s") % {"time": show.when(order.booked_for, now)}]
    if step == Step.INSPECTION:
        name = order.technician.name if order.technician else ""
        return [_("to be inspected"), _("not by %(technician)s") % {"technician": name} if name else ""]
    if step == Step.SETTLEMENT and order.promised_at:
        return [_("promised %(time)s") % {"time": show.when(order.promised_at, now)}]
    if step == Step.FOLLOW_UP:
        return [_("after delivery")]
    return []


def facts(w: Whole, *, now: dt.datetime) -> list[dict[str, Any]]:
    order = w.order
    minutes = sum(int(((log.ended_at or now) - log.started_at).total_seconds() // 60) for log in w.logs)
    unit = order.asset.meter_unit
    found: list[dict[str, Any]] = [
        {"label": _("Class of work"), "value": str(order.get_work_class_display())},
        {"label": _("Service adviser"), "value": order.adviser.name if order.adviser else ""},
        {
            "label": _("Technician"),
            "value": order.technician.name if order.technician else "",
            "sub": _("%(hours)s h worked") % {"hours": round(minutes / 60, 1)} if minutes else "",
        },
        {
            "label": _("Consented"),
            "value": yuan(order.consented_amount) if order.consented_version else "",
            "sub": _("version %(n)d") % {"n": order.consented_version} if order.consented_version else "",
        },
    ]
    if order.bill is not None:
        found.append(
            {
                "label": _("Settlement"),
                "value": yuan(order.bill.total_amount),
                "sub": order.bill.number,
                "url": f"/bills/{order.bill.number}/",
            }
        )
    if order.repair_until:
        limit = show.meter(order.repair_km, unit)
        found.append(
            {
                "label": _("Repair guarantee"),
                "value": show.day(order.repair_until),
                "sub": _("or %(limit)s") % {"limit": limit} if limit else "",
            }
        )
    if order.next_service_on or order.next_service_meter:
        found.append(
            {
                "label": _("Next service"),
                "value": show.day(order.next_service_on) or show.meter(order.next_service_meter, unit),
                "sub": show.meter(order.next_service_meter, unit) if order.next_service_on else "",
            }
        )
    return found


def readings(rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    found = []
    for row in rows:
        value = Decimal(row["b"])
        low = Decimal(row["d"]) if row["d"] else None
        high = Decimal(row["e"]) if row["e"] else None
        is_bad = (low is not None and value < low) or (high is not None and value > high)
        state: dict[str, str] = {}
        if low is not None or high is not None:
            state = {"label": _("out of limits") if is_bad else _("in limits"), "tone": "bad" if is_bad else "ok"}
        found.append(
            {
                "name": row["a"],
                "value": f"{words.plain(value)} {row['c']}".strip(),
                "state": state,
                "limit": _limit(low, high, row["c"]),
            }
        )
    return found


def _limit(low: Decimal | None, high: Decimal | None, unit: str) -> str:
    if low is None and high is None:
        return ""
    if low is None:
        text = f"≤ {words.plain(high or Decimal(0))}"
    elif high is None:
        text = f"≥ {words.plain(low)}"
    else:
        text = f"{words.plain(low)}–{words.plain(high)}"
    return _("limit %(limit)s") % {"limit": f"{text} {unit}".strip()}


def advice(rows: Sequence[Mapping[str, Any]], order: WorkOrder) -> list[dict[str, Any]]:
    """Open advice of this visit and of earlier ones; safety first."""
    found = [
        {
            "text": row["a"],
            "is_safety": row["flag"],
            "is_earlier": row["c"] != order.number,
            "number": row["c"],
            "url": f"/work-orders/{row['c']}/",
            "who": row["b"],
            "is_done": row["ref"] is not None,
        }
        for row in rows
    ]
    return sorted(found, key=lambda row: (not row["is_safety"], row["is_done"]))


def files(rows: Sequence[Mapping[str, Any]], now: dt.datetime) -> list[dict[str, Any]]:
    return [
        {
            "name": row["a"],
            "url": f"/files/{uuid.UUID(row['c'])}/",
            "kind": "image" if row["b"].startswith("image/") else "file",
            "thumb": f"/files/{uuid.UUID(row['c'])}/small/",
            "when": show.when(row["at"], now),
        }
        for row in rows
        if not row["d"].startswith(("consent", "reception", "delivery", "stop"))
    ]


def is_finished(order: WorkOrder) -> bool:
    return order.state in ("delivered", "follow_up", "archived", "cancelled") or order.outcome == Outcome.TAKEN_BACK
