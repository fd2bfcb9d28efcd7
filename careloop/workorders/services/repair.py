"""Step 3, repair: who works, since when, what is waited for, what was found, what stops it (R62)."""

import datetime as dt
from collections.abc import Iterable
from decimal import Decimal
from typing import Any, Unpack
from zoneinfo import ZoneInfo

from django.db import transaction
from django.utils.translation import gettext as _

from careloop.core import calendar, events, flow
from careloop.core.actor import Actor
from careloop.core.errors import DomainError
from careloop.workorders import rules
from careloop.workorders.models import OrderLine, OrderPerson, Reading, WorkLog, WorkOrder
from careloop.workorders.services import files, lines, loading, stamps
from careloop.workorders.services.lines import NewLine
from careloop.workorders.states import FLOW, LineConsent, OrderState, Outcome, Step, StopSafety

REPAIR = "workorders.repair"


# --- working time ---------------------------------------------------------------------------------------------------


def start_log(order: WorkOrder, person_id: int | None, *, at: dt.datetime) -> None:
    if person_id is None:
        return
    stamps.take_part(order, person_id, OrderPerson.Role.TECHNICIAN)
    if not order.work_logs.filter(person_id=person_id, ended_at=None).exists():
        WorkLog.objects.create(order=order, person_id=person_id, started_at=at, is_rework=order.rework_count > 0)


def end_logs(order: WorkOrder, *, at: dt.datetime) -> None:
    for log in order.work_logs.filter(ended_at=None):
        WorkLog.objects.filter(pk=log.pk).update(ended_at=max(at, log.started_at))


@transaction.atomic
def log_time(
    order_id: int, *, person: int, started_at: dt.datetime, ended_at: dt.datetime, actor: Actor, at: dt.datetime
) -> WorkLog:
    """Working time entered by hand, also of a second technician: he then counts as technician of this order."""
    actor.require(REPAIR)
    order = loading.lock(order_id)
    if order.state not in (OrderState.IN_REPAIR, OrderState.WAITING_PART, OrderState.AWAITING_ADDED):
        raise DomainError(_("Working time is entered while the order is in repair."))
    if not started_at < ended_at <= at or (order.received_at and started_at < order.received_at):
        raise DomainError(_("Enter a time between reception and now, the end after the start."), field="ended_at")
    loading.person(person, station_id=order.station_id, field="person", permission=REPAIR)
    stamps.take_part(order, person, OrderPerson.Role.TECHNICIAN)
    log = WorkLog.objects.create(
        order=order, person_id=person, started_at=started_at, ended_at=ended_at, is_rework=order.rework_count > 0
    )
    minutes = int((ended_at - started_at).total_seconds() // 60)
    events.record(
        "workorder.log_time",
        order,
        actor=actor,
        at=at,
        data={"person": log.person.name, "minutes": minutes, "is_rework": log.is_rework},
    )
    return log


@transaction.atomic
def add_reading(
    order_id: int,
    *,
    name: str,
    value: Decimal,
    actor: Actor,
    at: dt.datetime,
    unit: str = "",
    low: Decimal | None = None,
    high: Decimal | None = None,
) -> Reading:
    """A measured value with its limits."""
    if not (actor.may(REPAIR) or actor.may("workorders.inspect")):
        actor.require(REPAIR)
    order = loading.lock(order_id)
    if not order.is_open:
        raise DomainError(_("Readings are entered while the order is open."))
    if low is not None and high is not None and low > high:
        raise DomainError(_("The lower limit is above the upper one."), field="low")
    reading = Reading.objects.create(
        order=order,
        name=name.strip(),
        value=value,
        unit=unit.strip(),
        low=low,
        high=high,
        at=at,
        person_id=actor.person_id,
    )
    events.record(
        "workorder.reading",
        order,
        actor=actor,
        at=at,
        data={"name": reading.name, "value": str(value), "unit": reading.unit},
    )
    return reading


# --- steps ----------------------------------------------------------------------------------------------------------


@transaction.atomic
def assign_order(
    order_id: int,
    *,
    technician: int,
    actor: Actor,
    at: dt.datetime,
    bay: int | None = None,
    accept_load: bool = False,
) -> WorkOrder:
    """Give the order to a technician of the trade and station who is not overloaded; his time begins."""
    order = loading.lock(order_id)
    actor.require("workorders.assign")
    loading.person(technician, station_id=order.station_id, field="technician", permission=REPAIR)
    _check_load(order, technician, accept_load)
    _check_bay(order, bay)
    stamps.take_part(order, technician, OrderPerson.Role.TECHNICIAN)
    flow.apply(
        FLOW,
        order,
        "assign",
        actor=actor,
        at=at,
        technician_id=technician,
        bay=bay or order.bay,
        foreman_id=actor.person_id,
        data={"technician": _name(technician, order), "bay": bay or order.bay},
    )
    start_log(order, technician, at=at)
    stamps.begin(order, Step.REPAIR, at=at, person_id=technician)
    return order


def _name(person_id: int, order: WorkOrder) -> str:
    found = loading.person(person_id, station_id=order.station_id, field="technician")
    return found.name if found else ""


def _check_load(order: WorkOrder, technician: int, accept_load: bool) -> None:
    load = (
        WorkOrder.objects.filter(is_open=True, technician_id=technician, state=OrderState.IN_REPAIR)
        .exclude(pk=order.pk)
        .count()
    )
    if load >= rules.USUAL_LOAD and not accept_load:
        raise DomainError(
            _(
                "%(name)s already has %(count)d orders in repair. Choose somebody else, or tick that the load is "
                "accepted."
            )
            % {"name": _name(technician, order), "count": load},
            field="technician",
        )


def _check_bay(order: WorkOrder, bay: int | None) -> None:
    if bay is None:
        return
    if not 1 <= bay <= order.station.bays:
        raise DomainError(_("There is no bay %(bay)d at this station.") % {"bay": bay}, field="bay")
    other = (
        WorkOrder.objects.filter(is_open=True, station_id=order.station_id, bay=bay, state=OrderState.IN_REPAIR)
        .exclude(pk=order.pk)
        .first()
    )
    if other is not None:
        raise DomainError(_("Bay %(bay)d is taken by %(number)s.") % {"bay": bay, "number": other.number}, field="bay")


@transaction.atomic
def reassign_order(order_id: int, *, reason: str, actor: Actor, at: dt.datetime) -> WorkOrder:
    """Another technician goes on; the hours so far stay with the first."""
    order = loading.lock(order_id)
    end_logs(order, at=at)
    flow.apply(
        FLOW,
        order,
        "reassign",
        actor=actor,
        at=at,
        reason=reason,
        technician_id=None,
        data={"technician": order.technician.name if order.technician else ""},
    )
    return order


@transaction.atomic
def wait_part(
    order_id: int,
    *,
    part: str,
    eta: dt.datetime,
    told: str,
    actor: Actor,
    at: dt.datetime,
    promised_at: dt.datetime | None = None,
) -> WorkOrder:
    """A part is missing: the customer is told when it comes, and the promise is made anew when it cannot be kept."""
    order = loading.lock(order_id)
    loading.future(eta, at=at, field="eta")
    if not part.strip():
        raise DomainError(_("Name the part."), field="part")
    if order.promised_at is not None and eta >= order.promised_at and promised_at is None:
        raise DomainError(
            _("The part comes after the promised time. Agree on a new time with the customer and enter it."),
            field="promised_at",
        )
    if promised_at is not None and promised_at <= eta:
        raise DomainError(_("The new promise must lie after the arrival of the part."), field="promised_at")
    end_logs(order, at=at)
    before = order.promised_at.isoformat() if order.promised_at else ""
    flow.apply(
        FLOW,
        order,
        "wait_part",
        actor=actor,
        at=at,
        part_waited_for=part.strip(),
        part_eta=eta,
        promised_at=promised_at or order.promised_at,
        data={
            "part": part.strip(),
            "eta": eta.isoformat(),
            "told": told,
            "promised_before": before,
            "promised_at": (promised_at or order.promised_at or eta).isoformat(),
        },
    )
    return order


@transaction.atomic
def part_here(order_id: int, *, actor: Actor, at: dt.datetime) -> WorkOrder:
    order = loading.lock(order_id)
    flow.apply(
        FLOW,
        order,
        "part_here",
        actor=actor,
        at=at,
        data={"part": order.part_waited_for},
        part_waited_for="",
        part_eta=None,
    )
    return order


@transaction.atomic
def resume_order(order_id: int, *, actor: Actor, at: dt.datetime) -> WorkOrder:
    order = loading.lock(order_id)
    flow.apply(
        FLOW,
        order,
        "resume",
        actor=actor,
        at=at,
        data={"part": order.part_waited_for},
        part_waited_for="",
        part_eta=None,
    )
    start_log(order, order.technician_id, at=at)
    return order


@transaction.atomic
def find_item(order_id: int, *, actor: Actor, at: dt.datetime, **entered: Unpack[NewLine]) -> OrderLine:
    """The technician reports something new, with a photo; the adviser prices it and asks the customer (R62)."""
    order = loading.lock(order_id)
    flow.check(FLOW, order, "find", actor=actor, at=at)
    photos = entered.get("photos") or ()
    if not photos:
        raise DomainError(_("Take a photo of what was found; the customer decides by it."), field="photos")
    line = lines.insert_line(order, actor=actor, at=at, **entered)
    flow.apply(FLOW, order, "find", actor=actor, at=at, text=line.reason, data={
        "item": line.name, "amount": f"{line.amount:.2f}", "photos": len(photos)})  # fmt: skip
    return line


@transaction.atomic
def finish_order(order_id: int, *, actor: Actor, at: dt.datetime, items: Iterable[dict[str, Any]] = ()) -> WorkOrder:
    """All items done, hours and old parts recorded: on to inspection. `items`: `{id, is_done, old_part}`."""
    order = loading.lock(order_id)
    for row in items:
        lines.mark_line(
            order, int(row["id"]), actor=actor, at=at, is_done=row.get("is_done"), old_part=row.get("old_part")
        )
    order.__dict__.pop("open_lines", None)
    flow.apply(FLOW, order, "finish", actor=actor, at=at, data={"minutes": _minutes(order, at)})
    end_logs(order, at=at)
    stamps.end(order, Step.REPAIR, at=at, person_id=order.technician_id or actor.person_id)
    stamps.begin(order, Step.INSPECTION, at=at)
    return order


def _minutes(order: WorkOrder, at: dt.datetime) -> int:
    """Time worked on the order: within one day as it was, overtime too; over night only the opening hours."""
    station = order.station
    hours, zone = calendar.working_time(station.calendar), ZoneInfo(station.time_zone)
    total = 0
    for start, ended in order.work_logs.values_list("started_at", "ended_at"):
        end = ended or at
        if start.astimezone(zone).date() == end.astimezone(zone).date():
            total += int((end - start).total_seconds() // 60)
        else:
            total += calendar.minutes_between(hours, start, end, zone=station.time_zone)
    return total


@transaction.atomic
def stop_order(
    order_id: int,
    *,
    reason: str,
    safety: str,
    actor: Actor,
    at: dt.datetime,
    checked_by: int | None = None,
    signature: str = "",
    done_items: Iterable[int] | None = None,
) -> WorkOrder:
    """The customer stops the order: what is done is charged, the rest withdrawn, and the vehicle left in a safe state.

    `done_items`: ids of the items done so far; None: those already marked as done.
    """
    order = loading.lock(order_id)
    _check_safety(order, safety, checked_by, signature)
    end_logs(order, at=at)
    had_work = order.work_logs.exists()
    _close_lines(order, None if done_items is None else set(done_items), at=at)
    flow.apply(
        FLOW,
        order,
        "stop",
        actor=actor,
        at=at,
        reason=reason,
        data={"safety": safety, "was": order.state},
        outcome=Outcome.STOPPED,
        stop_safety=safety,
        safety_checked_by_id=checked_by,
        estimate_version=order.consented_version,
        is_asked_at_settlement=False,
    )
    if signature:
        files.keep_signature(order, signature, actor=actor, at=at, purpose="stop")
    if had_work:
        stamps.end(order, Step.REPAIR, at=at, person_id=order.technician_id)
    else:
        stamps.skip(order, Step.REPAIR, at=at, person_id=actor.person_id, reason=reason)
    stamps.skip(order, Step.INSPECTION, at=at, person_id=actor.person_id, reason=_("stopped by customer"))
    stamps.begin(order, Step.SETTLEMENT, at=at)
    return order


def _check_safety(order: WorkOrder, safety: str, checked_by: int | None, signature: str) -> None:
    if safety not in StopSafety.values:
        raise DomainError(_("Say in which condition the vehicle leaves."), field="safety")
    if safety == StopSafety.CHECKED:
        loading.person(checked_by, station_id=order.station_id, field="checked_by")
        if checked_by is None or checked_by in order.technician_ids:
            raise DomainError(
                _("The safe state is checked by a second person, not by a technician of the order."), field="checked_by"
            )
    if safety == StopSafety.NOT_ROADWORTHY and not signature:
        raise DomainError(_("The customer signs that the vehicle is not roadworthy."), field="signature")


def _close_lines(order: WorkOrder, done: set[int] | None, *, at: dt.datetime) -> None:
    for line in order.open_lines:
        is_done = line.done_at is not None if done is None else line.pk in done
        if line.consent == LineConsent.CONSENTED and is_done:
            OrderLine.objects.filter(pk=line.pk, done_at=None).update(done_at=at)
        else:
            OrderLine.objects.filter(pk=line.pk).update(consent=LineConsent.WITHDRAWN, done_at=None)
    order.estimates.filter(version__gt=order.consented_version).standing().update(void_at=at)
    order.__dict__.pop("open_lines", None)


@transaction.atomic
def change_promise(
    order_id: int, *, promised_at: dt.datetime, reason: str, told: str, actor: Actor, at: dt.datetime
) -> WorkOrder:
    """A new promised time, told to the customer; whether the notice came in time is kept."""
    actor.require("workorders.estimate")
    order = loading.lock(order_id)
    if not order.is_open or order.received_at is None:
        raise DomainError(_("Only an order that is in the shop has a promised time."))
    loading.future(promised_at, at=at, field="promised_at")
    if not reason.strip():
        raise DomainError(_("Say why the time changes; the customer asks."), field="reason")
    before = order.promised_at
    notice = rules.delay_notice(order.work_class)
    WorkOrder.objects.filter(pk=order.pk).update(promised_at=promised_at)
    order.promised_at = promised_at
    events.record(
        "workorder.promise",
        order,
        actor=actor,
        at=at,
        data={
            "promised_before": before.isoformat() if before else "",
            "promised_at": promised_at.isoformat(),
            "reason": reason.strip(),
            "told": told,
            "in_time": before is None or at <= before - notice,
        },
    )
    return order
