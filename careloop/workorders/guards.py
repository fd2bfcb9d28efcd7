"""Why a step of an order is refused now, and what to do about it.

Guards read plain attributes and cached properties of the order; what depends on the input of a step (a new slot, a
signature) is checked by the service of that step.
"""

import datetime as dt
from typing import Any

from django.utils.translation import gettext_lazy as _

from careloop.core.actor import Actor
from careloop.core.errors import Text
from careloop.workorders.choices import NO_SHOW_AFTER, LineConsent, Outcome


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
        if line.consent == LineConsent.PROPOSED:
            return _("“%(item)s” has no consent of the customer. Get it, or withdraw the item.") % {"item": line.name}
    return None


def has_added_to_ask(order: Any, *, actor: Actor, at: dt.datetime) -> Text | None:
    proposed = [line for line in order.open_lines if line.consent == LineConsent.PROPOSED]
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
        if line.consent == LineConsent.CONSENTED and line.done_at is None:
            return _("“%(item)s” is not marked as done.") % {"item": line.name}
    return None


def hours_are_recorded(order: Any, *, actor: Actor, at: dt.datetime) -> Text | None:
    if not order.has_work_log:
        return _("No working time is recorded. Enter who worked from when to when.")
    return None


def old_parts_are_recorded(order: Any, *, actor: Actor, at: dt.datetime) -> Text | None:
    for line in order.open_lines:
        if line.consent == LineConsent.CONSENTED and line.kind == "material" and not line.old_part:
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


def is_under_guarantee(order: Any, *, actor: Actor, at: dt.datetime) -> Text | None:
    if order.outcome != Outcome.DONE or order.repair_until is None:
        return _("This order carries no repair guarantee. Open a new order.")
    if order.local_date(at) > order.repair_until:
        return _("The repair guarantee ended on %(date)s. Open a new order.") % {"date": order.repair_until}
    return None
