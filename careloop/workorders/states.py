"""What may follow what in the workshop: the six steps of the shop flow (domain file 5.2a).

Guards say why a step is refused now and what to do about it. They read plain attributes and cached properties of
the order; what depends on the input of a step (a new slot, a signature) is checked by the service of that step.
"""

import datetime as dt
from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from careloop.core import flow
from careloop.core.actor import Actor
from careloop.core.errors import Text

NO_SHOW_AFTER = dt.timedelta(minutes=30)
UNDO_WITHIN = dt.timedelta(minutes=10)
EVIDENCE_WITHIN = dt.timedelta(days=3)
REMIND_BEFORE = dt.timedelta(days=1)


class OrderState(models.TextChoices):
    BOOKED = "booked", _("booked")
    NO_SHOW = "no_show", _("did not come")
    RECEIVED = "received", _("received")
    AWAITING_CONSENT = "awaiting_consent", _("awaiting consent to estimate")
    TO_ASSIGN = "to_assign", _("to assign")
    IN_REPAIR = "in_repair", _("in repair")
    WAITING_PART = "waiting_part", _("waiting for part")
    AWAITING_ADDED = "awaiting_added", _("awaiting consent to added items")
    TO_INSPECT = "to_inspect", _("to inspect")
    REWORK = "rework", _("rework")
    TO_SETTLE = "to_settle", _("to settle")
    READY = "ready", _("ready for delivery")
    DELIVERED = "delivered", _("delivered")
    FOLLOW_UP = "follow_up", _("in follow-up")
    ARCHIVED = "archived", _("archived")
    CANCELLED = "cancelled", _("cancelled")


class Step(models.TextChoices):
    """The six steps (R59)."""

    APPOINTMENT = "appointment", _("appointment")
    RECEPTION = "reception", _("reception")
    REPAIR = "repair", _("repair")
    INSPECTION = "inspection", _("inspection")
    SETTLEMENT = "settlement", _("settlement and delivery")
    FOLLOW_UP = "follow_up", _("follow-up")


class LineState(models.TextChoices):
    PROPOSED = "proposed", _("awaiting consent")
    CONSENTED = "consented", _("consented")
    DECLINED = "declined", _("declined")
    WITHDRAWN = "withdrawn", _("withdrawn")


class PartOrigin(models.TextChoices):
    OEM = "oem", _("original part")
    AFTERMARKET = "aftermarket", _("aftermarket part")
    REFURBISHED = "refurbished", _("refurbished part")
    USED = "used", _("used part")
    CUSTOMER = "customer", _("supplied by customer")


class OldPart(models.TextChoices):
    """What became of the replaced part."""

    RETURNED = "returned", _("given to the customer")
    KEPT = "kept", _("kept by the shop")
    SCRAPPED = "scrapped", _("scrapped")
    SENT_BACK = "sent_back", _("sent back to the maker")


class OldPartWish(models.TextChoices):
    TAKE = "take", _("customer takes old parts")
    LEAVE = "leave", _("shop disposes of old parts")


class Outcome(models.TextChoices):
    """How the work ended; empty while it runs."""

    DONE = "done", _("done")
    REFUSED = "refused", _("estimate refused")
    STOPPED = "stopped", _("stopped by customer")
    TAKEN_BACK = "taken_back", _("taken back before any order")


class StopSafety(models.TextChoices):
    """In which condition a stopped order leaves the bay."""

    UNOPENED = "unopened", _("nothing was opened")
    CHECKED = "checked", _("safe state checked by a second person")
    NOT_ROADWORTHY = "not_roadworthy", _("not roadworthy, signed by the customer")


class ReworkReason(models.TextChoices):
    NOT_FIXED = "not_fixed", _("fault still there")
    NEW_FAULT = "new_fault", _("new fault from the work")
    TORQUE = "torque", _("tightening or adjustment out of limits")
    LEAK = "leak", _("leak")
    INCOMPLETE = "incomplete", _("item not finished")
    UNCLEAN = "unclean", _("dirt or damage left")
    OTHER = "other", _("other reason")


class Check(models.TextChoices):
    """Points of the final inspection."""

    ITEMS = "items", _("all consented items are done")
    FAULT = "fault", _("the fault the customer described is gone")
    FLUIDS = "fluids", _("fluids: levels right, no leak")
    TORQUE = "torque", _("wheels and fasteners tightened to torque")
    LIGHTS = "lights", _("lights, wipers, horn work")
    CODES = "codes", _("no fault codes left, service light reset")
    BRAKES = "brakes", _("brake test passed")
    ROAD = "road", _("test drive or test run")
    CLEAN = "clean", _("clean, no tools or rags left")
    OLD_PARTS = "old_parts", _("old parts set aside as agreed")


CERTIFICATE_NEEDED = frozenset({"level2", "assembly", "whole"})  # classes of the quality-guarantee table

S = OrderState
WORKING = frozenset({S.TO_ASSIGN, S.IN_REPAIR, S.WAITING_PART, S.AWAITING_ADDED})
HANDED_OVER = frozenset({S.DELIVERED, S.FOLLOW_UP, S.ARCHIVED})
OPEN_STATES = [s.value for s in S if s not in HANDED_OVER and s != S.CANCELLED]
STEP_OF: dict[str, Step] = {
    S.BOOKED: Step.APPOINTMENT,
    S.NO_SHOW: Step.APPOINTMENT,
    S.RECEIVED: Step.RECEPTION,
    S.AWAITING_CONSENT: Step.RECEPTION,
    S.TO_ASSIGN: Step.REPAIR,
    S.IN_REPAIR: Step.REPAIR,
    S.WAITING_PART: Step.REPAIR,
    S.AWAITING_ADDED: Step.REPAIR,
    S.REWORK: Step.REPAIR,
    S.TO_INSPECT: Step.INSPECTION,
    S.TO_SETTLE: Step.SETTLEMENT,
    S.READY: Step.SETTLEMENT,
    S.DELIVERED: Step.FOLLOW_UP,
    S.FOLLOW_UP: Step.FOLLOW_UP,
    S.ARCHIVED: Step.FOLLOW_UP,
    S.CANCELLED: Step.APPOINTMENT,
}


def has_verified_contact(order: Any, *, actor: Actor, at: dt.datetime) -> Text | None:
    if not order.has_verified_contact:
        return _("No number of %(name)s is verified. Call it or send a code, then press “Verify now”.") % {
            "name": order.contact_name
        }
    return None


def is_late(order: Any, *, actor: Actor, at: dt.datetime) -> Text | None:
    if order.booked_for is None or at < order.booked_for + NO_SHOW_AFTER:
        return _("The customer counts as late 30 minutes after the booked time.")
    return None


def was_reminded(order: Any, *, actor: Actor, at: dt.datetime) -> Text | None:
    if order.reminded_at is None:
        return _("The customer was not reminded, so this is no missed appointment. Call and agree on a time.")
    return None


def not_reminded_yet(order: Any, *, actor: Actor, at: dt.datetime) -> Text | None:
    if order.reminded_at is not None:
        return _("The customer has been reminded already; once is enough.")
    return None


def estimate_is_complete(order: Any, *, actor: Actor, at: dt.datetime) -> Text | None:
    """Items, labour and parts with class and payer; or diagnosis only, with a limit (R61)."""
    if order.diagnosis_limit is not None and not order.open_lines:
        return None
    if not order.open_lines:
        return _("Enter at least one item first. For a diagnosis only, enter its limit with the estimate.")
    for line in order.open_lines:
        if line.kind == "material" and not line.part_origin:
            return _("“%(item)s” has no part class. Say whether it is original, aftermarket, refurbished or used.") % {
                "item": line.name
            }
    return None


def estimate_stands(order: Any, *, actor: Actor, at: dt.datetime) -> Text | None:
    """Nobody consents to a version whose items or prices have changed since."""
    if not order.has_standing_estimate:
        return _("Items or prices changed after the estimate. Submit the estimate again.")
    return None


def consent_is_current(order: Any, *, actor: Actor, at: dt.datetime) -> Text | None:
    """R61: consent to exactly this version of items and prices."""
    if not order.estimate_version or order.consented_version != order.estimate_version:
        return _("The customer has not consented to version %(version)s of the estimate. Get the consent first.") % {
            "version": order.estimate_version
        }
    return None


def nothing_unconsented(order: Any, *, actor: Actor, at: dt.datetime) -> Text | None:
    """R62: added items only with consent."""
    for line in order.open_lines:
        if line.state == LineState.PROPOSED:
            return _("“%(item)s” has no consent of the customer. Get it, or withdraw the item.") % {"item": line.name}
    return None


def has_added_to_ask(order: Any, *, actor: Actor, at: dt.datetime) -> Text | None:
    proposed = [line for line in order.open_lines if line.state == LineState.PROPOSED]
    if not proposed:
        return _("There is no added item to ask about. Enter what was found first.")
    for line in proposed:
        if line.is_added and not line.has_photo:
            return _("“%(item)s” has no photo. Take one, so that the customer sees what was found.") % {
                "item": line.name
            }
    return None


def was_asked_in_repair(order: Any, *, actor: Actor, at: dt.datetime) -> Text | None:
    if order.is_asked_at_settlement:
        return _("The question came from the settlement; answer it there.")
    return None


def was_asked_at_settlement(order: Any, *, actor: Actor, at: dt.datetime) -> Text | None:
    if not order.is_asked_at_settlement:
        return _("The question came from the repair; answer it there.")
    return None


def has_technician(order: Any, *, actor: Actor, at: dt.datetime) -> Text | None:
    if order.technician_id is None:
        return _("No technician is assigned yet. Assign one first.")
    return None


def has_no_technician(order: Any, *, actor: Actor, at: dt.datetime) -> Text | None:
    if order.technician_id is not None:
        return _("A technician has the order; he goes on with “Continue repair”.")
    return None


def all_items_done(order: Any, *, actor: Actor, at: dt.datetime) -> Text | None:
    for line in order.open_lines:
        if line.state == LineState.CONSENTED and line.done_at is None:
            return _("“%(item)s” is not marked as done.") % {"item": line.name}
    return None


def hours_are_recorded(order: Any, *, actor: Actor, at: dt.datetime) -> Text | None:
    if not order.has_work_log:
        return _("No working time is recorded. Enter who worked from when to when.")
    return None


def old_parts_are_recorded(order: Any, *, actor: Actor, at: dt.datetime) -> Text | None:
    for line in order.open_lines:
        if line.state == LineState.CONSENTED and line.kind == "material" and not line.old_part:
            return _("“%(item)s”: say what became of the old part.") % {"item": line.name}
    return None


def inspector_did_not_repair(order: Any, *, actor: Actor, at: dt.datetime) -> Text | None:
    """R63: not any of the technicians of this order, whatever other roles the person holds."""
    if actor.person_id is not None and actor.person_id in order.technician_ids:
        return _("You worked on this order as technician. Somebody else has to inspect it.")
    return None


def inspector_is_a_person(order: Any, *, actor: Actor, at: dt.datetime) -> Text | None:
    if actor.person_id is None:
        return _("An inspection needs a named person. Sign in with an account that belongs to a person.")
    return None


def bill_is_valid(order: Any, *, actor: Actor, at: dt.datetime) -> Text | None:
    if order.outcome != Outcome.TAKEN_BACK and order.bill_id is None:
        return _("There is no settlement yet. Settle the order first.")
    return None


def payment_is_safe(order: Any, *, actor: Actor, at: dt.datetime) -> Text | None:
    """Paid, or credit tier A or B, or nothing to pay, or the rest is disputed and a manager noted it."""
    if order.unpaid_amount and order.credit_tier not in ("A", "B") and not order.is_disputed:
        return _(
            "¥%(amount)s is unpaid and the customer has no credit tier A or B. Take the payment, or let a manager "
            "note the disputed amount."
        ) % {"amount": order.unpaid_amount}
    return None


def record_is_complete(order: Any, *, actor: Actor, at: dt.datetime) -> Text | None:
    """R35: not delivered without mileage or hours, items and parts."""
    if order.outcome == Outcome.TAKEN_BACK:
        return None
    if order.mileage_in is None:
        return _("Mileage or hours are missing. Enter the reading of the meter.")
    if order.outcome == Outcome.DONE and not order.has_consented_lines:
        return _("No item is recorded. Enter what was done.")
    if order.outcome == Outcome.DONE and order.next_service_on is None and order.next_service_meter is None:
        return _("The next service is missing. Enter its date or meter reading.")
    return old_parts_are_recorded(order, actor=actor, at=at)


def nothing_paid(order: Any, *, actor: Actor, at: dt.datetime) -> Text | None:
    if order.paid_amount:
        return _(
            "¥%(amount)s has been paid. Correct the bill after delivery by a credit note, or reverse the payment first."
        ) % {"amount": order.paid_amount}
    return None


def has_bill(order: Any, *, actor: Actor, at: dt.datetime) -> Text | None:
    if order.bill_id is None:
        return _("There is no bill.")
    return None


def has_unpaid(order: Any, *, actor: Actor, at: dt.datetime) -> Text | None:
    if not order.unpaid_amount:
        return _("Nothing is left to pay.")
    return None


def delivered_just_now_by_same(order: Any, *, actor: Actor, at: dt.datetime) -> Text | None:
    if order.delivered_at is None or at > order.delivered_at + UNDO_WITHIN:
        return _("A delivery can be taken back within 10 minutes. Now it is corrected by a credit note or a rework.")
    if actor.person_id != order.delivered_by_id:
        return _("Only %(name)s can take this delivery back.") % {"name": order.deliverer_name}
    return None


def is_under_guarantee(order: Any, *, actor: Actor, at: dt.datetime) -> Text | None:
    if order.outcome != Outcome.DONE or order.repair_until is None:
        return _("This order carries no repair guarantee. Open a new order.")
    if order.local_date(at) > order.repair_until:
        return _("The repair guarantee ended on %(date)s. Open a new order.") % {"date": order.repair_until}
    return None


BOOK, RECEIVE, ESTIMATE = "workorders.book", "workorders.receive", "workorders.estimate"
CONSENT, ASSIGN, REPAIR, SUPPLY = ("workorders.consent", "workorders.assign", "workorders.repair", "workorders.supply")
INSPECT, SETTLE, DELIVER, CANCEL = (
    "workorders.inspect",
    "workorders.settle",
    "workorders.deliver",
    "workorders.cancel",
)
MANAGE = "billing.approve_credit"

APPOINTMENT_STEPS = (
    flow.step("book", {flow.START}, S.BOOKED, BOOK, _("Book"), has_verified_contact, icon="calendar-plus"),
    flow.step(
        "move", {S.BOOKED, S.NO_SHOW}, S.BOOKED, BOOK, _("Move appointment"), needs_reason=True, icon="calendar-time"
    ),
    flow.step("remind", {S.BOOKED}, None, BOOK, _("Reminded"), not_reminded_yet, icon="bell"),
    flow.step("miss", {S.BOOKED}, S.NO_SHOW, "", _("Did not come"), is_late, was_reminded, auto=True, icon="user-off"),
    flow.step("cancel", {S.BOOKED, S.NO_SHOW}, S.CANCELLED, BOOK, _("Cancel appointment"), needs_reason=True, icon="x"),
)
RECEPTION_STEPS = (
    flow.step(
        "receive",
        {flow.START, S.BOOKED, S.NO_SHOW},
        S.RECEIVED,
        RECEIVE,
        _("Receive"),
        has_verified_contact,
        icon="login",
    ),
    flow.step(
        "take_back", {S.RECEIVED}, S.READY, RECEIVE, _("Customer takes it back"), needs_reason=True, icon="arrow-back"
    ),
    flow.step(
        "estimate",
        {S.RECEIVED, S.AWAITING_CONSENT},
        S.AWAITING_CONSENT,
        ESTIMATE,
        _("Submit estimate"),
        estimate_is_complete,
        icon="file-text",
    ),
    flow.step(
        "revise",
        {S.TO_ASSIGN},
        S.AWAITING_CONSENT,
        ESTIMATE,
        _("Change estimate"),
        needs_reason=True,
        icon="file-pencil",
    ),
    flow.step(
        "consent", {S.AWAITING_CONSENT}, S.TO_ASSIGN, CONSENT, _("Customer consents"), estimate_stands, icon="signature"
    ),
    flow.step(
        "refuse",
        {S.AWAITING_CONSENT},
        S.TO_SETTLE,
        CONSENT,
        _("Customer refuses estimate"),
        needs_reason=True,
        icon="hand-stop",
    ),
)
REPAIR_STEPS = (
    flow.step(
        "assign", {S.TO_ASSIGN}, S.IN_REPAIR, ASSIGN, _("Assign technician"), consent_is_current, icon="user-check"
    ),
    flow.step(
        "reassign", {S.IN_REPAIR, S.WAITING_PART}, S.TO_ASSIGN, ASSIGN, _("Reassign"), needs_reason=True, icon="users"
    ),
    flow.step("wait_part", {S.IN_REPAIR}, S.WAITING_PART, REPAIR, _("Wait for part"), icon="package"),
    flow.step("wait_part", {S.TO_ASSIGN}, S.WAITING_PART, SUPPLY, _("Wait for part"), icon="package"),
    flow.step(
        "part_here", {S.WAITING_PART}, S.TO_ASSIGN, SUPPLY, _("Part is here"), has_no_technician, icon="package-import"
    ),
    flow.step(
        "resume", {S.WAITING_PART}, S.IN_REPAIR, REPAIR, _("Continue repair"), has_technician, icon="player-play"
    ),
    flow.step("find", {S.IN_REPAIR}, None, REPAIR, _("Report added item"), icon="zoom-exclamation"),
    flow.step(
        "ask_added",
        {S.IN_REPAIR},
        S.AWAITING_ADDED,
        ESTIMATE,
        _("Ask for consent to added items"),
        has_added_to_ask,
        icon="send",
    ),
    flow.step(
        "consent_added",
        {S.AWAITING_ADDED},
        S.IN_REPAIR,
        CONSENT,
        _("Customer decides on added items"),
        was_asked_in_repair,
        icon="signature",
    ),
    flow.step(
        "go_on",
        {S.AWAITING_ADDED},
        S.IN_REPAIR,
        ESTIMATE,
        _("Go on without answer"),
        was_asked_in_repair,
        needs_reason=True,
        icon="player-skip-forward",
    ),
    flow.step(
        "consent_bill",
        {S.AWAITING_ADDED},
        S.TO_SETTLE,
        CONSENT,
        _("Customer decides on higher bill"),
        was_asked_at_settlement,
        icon="signature",
    ),
    flow.step(
        "drop_bill",
        {S.AWAITING_ADDED},
        S.TO_SETTLE,
        ESTIMATE,
        _("Settle within consent"),
        was_asked_at_settlement,
        needs_reason=True,
        icon="arrow-back",
    ),
    flow.step(
        "stop",
        {*WORKING, S.REWORK},
        S.TO_SETTLE,
        CANCEL,
        _("Customer stops order"),
        needs_reason=True,
        icon="hand-stop",
    ),
    flow.step(
        "finish",
        {S.IN_REPAIR},
        S.TO_INSPECT,
        REPAIR,
        _("Send to inspection"),
        nothing_unconsented,
        all_items_done,
        hours_are_recorded,
        old_parts_are_recorded,
        icon="clipboard-check",
    ),
)
INSPECTION_STEPS = (
    flow.step(
        "pass",
        {S.TO_INSPECT},
        S.TO_SETTLE,
        INSPECT,
        _("Passed"),
        inspector_is_a_person,
        inspector_did_not_repair,
        icon="circle-check",
    ),
    flow.step(
        "fail",
        {S.TO_INSPECT},
        S.REWORK,
        INSPECT,
        _("Not passed"),
        inspector_is_a_person,
        inspector_did_not_repair,
        icon="circle-x",
    ),
    flow.step("start_rework", {S.REWORK}, S.IN_REPAIR, REPAIR, _("Start rework"), icon="tool"),
)
SETTLEMENT_STEPS = (
    flow.step(
        "ask_bill",
        {S.TO_SETTLE},
        S.AWAITING_ADDED,
        ESTIMATE,
        _("Ask for consent to higher bill"),
        has_added_to_ask,
        icon="send",
    ),
    flow.step(
        "settle",
        {S.TO_SETTLE},
        S.READY,
        SETTLE,
        _("Settle"),
        nothing_unconsented,
        has_verified_contact,
        old_parts_are_recorded,
        icon="receipt-yuan",
    ),
    flow.step(
        "unsettle",
        {S.READY},
        S.TO_SETTLE,
        SETTLE,
        _("Void settlement"),
        has_bill,
        nothing_paid,
        needs_reason=True,
        icon="receipt-off",
    ),
    flow.step(
        "pay",
        {S.READY, S.DELIVERED, S.FOLLOW_UP, S.ARCHIVED},
        None,
        SETTLE,
        _("Record payment"),
        has_bill,
        has_unpaid,
        icon="cash",
    ),
    flow.step(
        "dispute",
        {S.READY},
        None,
        MANAGE,
        _("Note disputed amount"),
        has_bill,
        has_unpaid,
        needs_reason=True,
        icon="scale",
    ),
    flow.step(
        "deliver",
        {S.READY},
        S.DELIVERED,
        DELIVER,
        _("Deliver"),
        bill_is_valid,
        payment_is_safe,
        record_is_complete,
        icon="key",
    ),
    flow.step(
        "undo_delivery",
        {S.DELIVERED},
        S.READY,
        DELIVER,
        _("Undo delivery"),
        delivered_just_now_by_same,
        icon="arrow-back-up",
    ),
    flow.step(
        "correct_bill",
        {S.DELIVERED, S.FOLLOW_UP},
        None,
        SETTLE,
        _("Correct bill"),
        has_bill,
        needs_reason=True,
        icon="receipt-refund",
    ),
)
FOLLOW_UP_STEPS = (
    flow.step("start_follow_up", {S.DELIVERED}, S.FOLLOW_UP, "", _("Follow-up starts"), auto=True, icon="phone"),
    flow.step("archive", {S.DELIVERED, S.FOLLOW_UP}, S.ARCHIVED, "", _("Archive"), auto=True, icon="archive"),
    flow.step("late_answer", {S.ARCHIVED}, S.FOLLOW_UP, "", _("Late answer"), auto=True, icon="message-2"),
    flow.step(
        "come_back",
        {S.DELIVERED, S.FOLLOW_UP, S.ARCHIVED},
        None,
        RECEIVE,
        _("Comes back: rework"),
        is_under_guarantee,
        icon="rotate",
    ),
)

FLOW = flow.table(
    "workorder",
    OrderState,
    (*APPOINTMENT_STEPS, *RECEPTION_STEPS, *REPAIR_STEPS, *INSPECTION_STEPS, *SETTLEMENT_STEPS, *FOLLOW_UP_STEPS),
    final={S.ARCHIVED, S.CANCELLED},
)
