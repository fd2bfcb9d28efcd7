"""Step 2, reception: identity, walk-around, the customer's words, signature (R61, R35)."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any, TypedDict, Unpack

from django.db import transaction
from django.utils.translation import gettext as _

from careloop.assets import services as asset_services
from careloop.core import flow, numbering
from careloop.core.actor import Actor
from careloop.core.errors import DomainError
from careloop.workorders import rules
from careloop.workorders.models import WorkOrder
from careloop.workorders.services import cases, files, loading, parties, stamps
from careloop.workorders.states import FLOW, Outcome, Step

LONGEST_BACKDATING = dt.timedelta(days=30)


class Intake(TypedDict, total=False):
    """What is taken down when a vehicle or machine arrives. `mileage` is in the unit of its meter."""

    reception_kind: str
    is_identified: bool
    received_from: str
    mileage: int | None
    mileage_reason: str
    fuel: int | None
    customer_words: str
    valuables: str
    damage: list[dict[str, str]]
    packing: str
    old_part_wish: str
    work_class: str
    announced_fee: Decimal | None
    promised_at: dt.datetime | None
    adviser: int | None
    arrived_at: dt.datetime | None
    photos: Sequence[Any]
    signature: str
    verify_channel: int | None


@transaction.atomic
def receive_order(order_id: int, *, actor: Actor, at: dt.datetime, **intake: Unpack[Intake]) -> WorkOrder:
    """The customer of an appointment has come, in time or late."""
    order = loading.lock(order_id)
    parties.verify(intake.get("verify_channel"), contact_id=order.contact_id, actor=actor, at=at)
    moment = _moment(intake, at)
    fields = _fields(order, intake, actor=actor, at=moment)
    late = int((moment - order.booked_for).total_seconds() // 60) if order.booked_for else 0
    flow.apply(
        FLOW,
        order,
        "receive",
        actor=actor,
        at=moment,
        text=fields["customer_words"],
        data=_facts(fields, late_minutes=late),
        **fields,
    )
    _finish_intake(order, intake, actor=actor, at=moment)
    return order


@transaction.atomic
def receive_walk_in(
    *,
    station_id: int,
    customer_id: int,
    contact_id: int,
    asset_id: int,
    walk_in_reason: str,
    actor: Actor,
    at: dt.datetime,
    case_number: str = "",
    rework_of: WorkOrder | None = None,
    evidence_due_at: dt.datetime | None = None,
    **intake: Unpack[Intake],
) -> WorkOrder:
    """A customer without appointment: the step is skipped, with its reason."""
    actor.require("workorders.receive")
    station = loading.station(station_id)
    if not walk_in_reason.strip():
        raise DomainError(_("Say why there was no appointment; the skipped step is counted."), field="walk_in_reason")
    parties.check(actor, station_id=station_id, customer_id=customer_id, contact_id=contact_id, asset_id=asset_id)
    parties.verify(intake.get("verify_channel"), contact_id=contact_id, actor=actor, at=at)
    order = WorkOrder(
        station=station,
        customer_id=customer_id,
        contact_id=contact_id,
        asset_id=asset_id,
        created_at=at,
        created_by_id=actor.person_id,
        walk_in_reason=walk_in_reason.strip(),
        case_id=cases.id_of(case_number, actor=actor),
        rework_of=rework_of,
        evidence_due_at=evidence_due_at,
    )
    moment = _moment(intake, at)
    fields = _fields(order, intake, actor=actor, at=moment)
    for name, value in fields.items():
        setattr(order, name, value)
    order.number = numbering.next_number("WX", at)
    flow.start(
        FLOW,
        order,
        "receive",
        actor=actor,
        at=moment,
        text=order.customer_words,
        data=_facts(fields, walk_in_reason=order.walk_in_reason),
    )
    stamps.skip(order, Step.APPOINTMENT, at=moment, person_id=actor.person_id, reason=order.walk_in_reason)
    _finish_intake(order, intake, actor=actor, at=moment)
    cases.started(order, actor=actor, at=at)
    return order


def _moment(intake: Intake, at: dt.datetime) -> dt.datetime:
    """When the customer came; entered later is allowed, and shows in the timeliness of the records (R35)."""
    arrived = intake.get("arrived_at")
    if arrived is None:
        return at
    if arrived > at or arrived < at - LONGEST_BACKDATING:
        raise DomainError(_("The arrival must lie within the last 30 days, not in the future."), field="arrived_at")
    return arrived


def _fields(order: WorkOrder, intake: Intake, *, actor: Actor, at: dt.datetime) -> dict[str, Any]:
    """Columns of the order from the intake; what is missing is named field by field."""
    kind = intake.get("reception_kind") or WorkOrder.ReceptionKind.VEHICLE
    missing = _missing(kind, order.asset.kind, intake)
    if missing:
        raise DomainError(next(iter(missing.values())), details=missing)
    adviser_id = intake.get("adviser") or order.adviser_id or actor.person_id
    if adviser_id is not None and adviser_id != actor.person_id:
        loading.person(adviser_id, station_id=order.station_id, field="adviser")
    return {
        "reception_kind": kind,
        "received_at": at,
        "received_from": (intake.get("received_from") or "").strip() or order.contact.name,
        "mileage_in": intake.get("mileage"),
        "fuel": intake.get("fuel"),
        "customer_words": intake["customer_words"].strip(),
        "valuables": (intake.get("valuables") or "").strip(),
        "damage": _damage(intake.get("damage") or []),
        "packing": (intake.get("packing") or "").strip(),
        "old_part_wish": intake.get("old_part_wish") or order.old_part_wish,
        "work_class": intake.get("work_class") or order.work_class,
        "announced_fee": intake.get("announced_fee") or rules.ZERO,
        "promised_at": loading.future(intake.get("promised_at"), at=at, field="promised_at"),
        "adviser_id": adviser_id,
    }


def _missing(kind: str, asset_kind: str, intake: Intake) -> dict[str, str]:
    found: dict[str, str] = {}
    if not (intake.get("customer_words") or "").strip():
        found["customer_words"] = _("Write down what the customer says, in his own words.")
    if not intake.get("signature"):
        found["signature"] = _("The customer signs the reception sheet.")
    if not intake.get("is_identified"):
        found["is_identified"] = _("Compare plate and VIN, or the serial number, with the file.")
    if intake.get("mileage") is None:
        found["mileage"] = _("Read the meter.")
    if kind == WorkOrder.ReceptionKind.SENT_IN:
        if not (intake.get("packing") or "").strip():
            found["packing"] = _("Describe packing and accessories.")
        if not intake.get("photos"):
            found["photos"] = _("Take at least one photo of what was sent in.")
    elif asset_kind == "vehicle":
        if intake.get("fuel") is None:
            found["fuel"] = _("Read the fuel gauge.")
        if not (intake.get("valuables") or "").strip():
            found["valuables"] = _("Ask for valuables; write “none” if there are none.")
    found |= _impossible(intake)
    if intake.get("damage") and not intake.get("photos"):
        found["photos"] = _("Take a photo of the damage.")
    return found


def _impossible(intake: Intake) -> dict[str, str]:
    """Values that no gauge and no meter shows; the database would refuse them without a word."""
    fuel, mileage, fee = intake.get("fuel"), intake.get("mileage"), intake.get("announced_fee")
    found: dict[str, str] = {}
    if fuel is not None and not 0 <= fuel <= 8:
        found["fuel"] = _("The fuel gauge is read in eighths, from 0 to 8.")
    if mileage is not None and not 0 <= mileage <= 9_999_999:
        found["mileage"] = _("The meter shows between 0 and 9 999 999.")
    if fee is not None and fee < 0:
        found["announced_fee"] = _("The fee cannot be below zero.")
    return found


def _damage(marks: list[dict[str, str]]) -> list[dict[str, str]]:
    return [
        {
            "place": str(mark.get("place", ""))[:40],
            "kind": str(mark.get("kind", ""))[:20],
            "note": str(mark.get("note", ""))[:120],
        }
        for mark in marks[:40]
        if str(mark.get("place", "")).strip()
    ]


def _facts(fields: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {
        "mileage": fields["mileage_in"],
        "fuel": fields["fuel"],
        "valuables": fields["valuables"],
        "damage": len(fields["damage"]),
        **more,
    }


def _finish_intake(order: WorkOrder, intake: Intake, *, actor: Actor, at: dt.datetime) -> None:
    """Files, stamp, meter reading: what needs the saved order."""
    signature = files.keep_signature(order, intake["signature"], actor=actor, at=at, purpose="reception")
    WorkOrder.objects.filter(pk=order.pk).update(reception_signature=signature)
    order.reception_signature = signature
    files.keep_photos(intake.get("photos") or [], subject=order, purpose="damage", actor=actor, at=at)
    stamps.begin(order, Step.RECEPTION, at=at, person_id=order.adviser_id)
    if order.mileage_in is not None:
        _keep_meter(order, intake.get("mileage_reason") or "", actor=actor, at=at)
    loading.index(order)


def _keep_meter(order: WorkOrder, reason: str, *, actor: Actor, at: dt.datetime) -> None:
    """The reading also goes to the machine's file; an odd one asks for a reason, at the field of the reception."""
    reader = replace(actor, permissions=actor.permissions | {"assets.view_asset"})
    try:
        asset_services.record_meter(
            order.asset_id, order.mileage_in, actor=reader, at=at, source="reception", reason=reason
        )
    except DomainError as error:
        raise DomainError(error.message, field="mileage") from error


@transaction.atomic
def take_back_order(order_id: int, *, reason: str, actor: Actor, at: dt.datetime) -> WorkOrder:
    """The customer takes the vehicle back before anything was ordered; nothing is charged."""
    order = loading.lock(order_id)
    flow.apply(FLOW, order, "take_back", actor=actor, at=at, reason=reason, outcome=Outcome.TAKEN_BACK)
    stamps.end(order, Step.RECEPTION, at=at, person_id=order.adviser_id)
    for step in (Step.REPAIR, Step.INSPECTION):
        stamps.skip(order, step, at=at, person_id=actor.person_id, reason=reason)
    stamps.begin(order, Step.SETTLEMENT, at=at, person_id=actor.person_id)
    return order


@transaction.atomic
def verify_contact(order_id: int, *, channel: int, actor: Actor, at: dt.datetime) -> WorkOrder:
    """“Verify now”: the customer was reached on this number."""
    order = loading.lock(order_id)
    parties.verify(channel, contact_id=order.contact_id, actor=actor, at=at)
    return order
