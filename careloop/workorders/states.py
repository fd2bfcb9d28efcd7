"""What may follow what in the workshop: the six steps of the shop flow (domain file 5.2a).

The words are in `choices`, the reasons for a refusal in `guards`.
"""

from django.utils.translation import gettext_lazy as _

from careloop.core import flow
from careloop.core.undo import is_own_last_step
from careloop.workorders.choices import (
    CERTIFICATE_NEEDED,
    EVIDENCE_WITHIN,
    HANDED_OVER,
    NO_SHOW_AFTER,
    OPEN_STATES,
    REMIND_BEFORE,
    STEP_OF,
    WORKING,
    Check,
    LineConsent,
    OldPart,
    OldPartWish,
    OrderState,
    Outcome,
    PartOrigin,
    ReworkReason,
    Step,
    StopSafety,
)
from careloop.workorders.guards import (
    all_items_done,
    bill_is_valid,
    consent_is_current,
    estimate_is_complete,
    estimate_stands,
    has_added_to_ask,
    has_bill,
    has_no_technician,
    has_technician,
    has_unpaid,
    has_verified_contact,
    hours_are_recorded,
    inspector_did_not_repair,
    inspector_is_a_person,
    is_late,
    is_under_guarantee,
    not_reminded_yet,
    nothing_paid,
    nothing_unconsented,
    old_parts_are_recorded,
    payment_is_safe,
    record_is_complete,
    was_asked_at_settlement,
    was_asked_in_repair,
    was_reminded,
)

__all__ = [
    "FLOW",
    "CERTIFICATE_NEEDED",
    "EVIDENCE_WITHIN",
    "HANDED_OVER",
    "NO_SHOW_AFTER",
    "OPEN_STATES",
    "REMIND_BEFORE",
    "STEP_OF",
    "WORKING",
    "Check",
    "LineConsent",
    "OldPart",
    "OldPartWish",
    "OrderState",
    "Outcome",
    "PartOrigin",
    "ReworkReason",
    "Step",
    "StopSafety",
]

S = OrderState
# fmt: off
BOOK, RECEIVE, ESTIMATE = "workorders.book", "workorders.receive", "workorders.estimate"
CONSENT, ASSIGN, REPAIR, SUPPLY = (
    "workorders.consent", "workorders.assign", "workorders.repair", "workorders.supply")
INSPECT, SETTLE, DELIVER, CANCEL = (
    "workorders.inspect", "workorders.settle", "workorders.deliver", "workorders.cancel")
MANAGE = "billing.approve_credit"

APPOINTMENT_STEPS = (
    flow.step("book", {flow.START}, S.BOOKED, BOOK, _("Book"), has_verified_contact, icon="calendar-plus"),
    flow.step("move", {S.BOOKED, S.NO_SHOW}, S.BOOKED, BOOK, _("Move appointment"), needs_reason=True,
              icon="calendar-time"),
    flow.step("remind", {S.BOOKED}, None, BOOK, _("Reminded"), not_reminded_yet, icon="bell"),
    flow.step("miss", {S.BOOKED}, S.NO_SHOW, "", _("Did not come"), is_late, was_reminded, auto=True,
              icon="user-off"),
    flow.step("cancel", {S.BOOKED, S.NO_SHOW}, S.CANCELLED, BOOK, _("Cancel appointment"), needs_reason=True,
              icon="x"),
)
RECEPTION_STEPS = (
    flow.step("receive", {flow.START, S.BOOKED, S.NO_SHOW}, S.RECEIVED, RECEIVE, _("Receive"),
              has_verified_contact, icon="login"),
    flow.step("take_back", {S.RECEIVED}, S.READY, RECEIVE, _("Customer takes it back"), needs_reason=True,
              icon="arrow-back"),
    flow.step("estimate", {S.RECEIVED, S.AWAITING_CONSENT}, S.AWAITING_CONSENT, ESTIMATE, _("Submit estimate"),
              estimate_is_complete, icon="file-text"),
    flow.step("revise", {S.TO_ASSIGN}, S.AWAITING_CONSENT, ESTIMATE, _("Change estimate"), needs_reason=True,
              icon="file-pencil"),
    flow.step("consent", {S.AWAITING_CONSENT}, S.TO_ASSIGN, CONSENT, _("Customer consents"), estimate_stands,
              icon="signature"),
    flow.step("refuse", {S.AWAITING_CONSENT}, S.TO_SETTLE, CONSENT, _("Customer refuses estimate"),
              needs_reason=True, icon="hand-stop"),
)
REPAIR_STEPS = (
    flow.step("assign", {S.TO_ASSIGN}, S.IN_REPAIR, ASSIGN, _("Assign technician"), consent_is_current,
              icon="user-check"),
    flow.step("reassign", {S.IN_REPAIR, S.WAITING_PART}, S.TO_ASSIGN, ASSIGN, _("Reassign"), needs_reason=True,
              icon="users"),
    flow.step("wait_part", {S.IN_REPAIR}, S.WAITING_PART, REPAIR, _("Wait for part"), icon="package"),
    flow.step("wait_part", {S.TO_ASSIGN}, S.WAITING_PART, SUPPLY, _("Wait for part"), icon="package"),
    flow.step("part_here", {S.WAITING_PART}, S.TO_ASSIGN, SUPPLY, _("Part is here"), has_no_technician,
              icon="package-import"),
    flow.step("resume", {S.WAITING_PART}, S.IN_REPAIR, REPAIR, _("Continue repair"), has_technician,
              icon="player-play"),
    flow.step("find", {S.IN_REPAIR}, None, REPAIR, _("Report added item"), icon="zoom-exclamation"),
    flow.step("ask_added", {S.IN_REPAIR}, S.AWAITING_ADDED, ESTIMATE, _("Ask for consent to added items"),
              has_added_to_ask, icon="send"),
    flow.step("consent_added", {S.AWAITING_ADDED}, S.IN_REPAIR, CONSENT, _("Customer decides on added items"),
              was_asked_in_repair, icon="signature"),
    flow.step("go_on", {S.AWAITING_ADDED}, S.IN_REPAIR, ESTIMATE, _("Go on without answer"), was_asked_in_repair,
              needs_reason=True, icon="player-skip-forward"),
    flow.step("consent_bill", {S.AWAITING_ADDED}, S.TO_SETTLE, CONSENT, _("Customer decides on higher bill"),
              was_asked_at_settlement, icon="signature"),
    flow.step("drop_bill", {S.AWAITING_ADDED}, S.TO_SETTLE, ESTIMATE, _("Settle within consent"),
              was_asked_at_settlement, needs_reason=True, icon="arrow-back"),
    flow.step("stop", {*WORKING, S.REWORK}, S.TO_SETTLE, CANCEL, _("Customer stops order"), needs_reason=True,
              icon="hand-stop"),
    flow.step("finish", {S.IN_REPAIR}, S.TO_INSPECT, REPAIR, _("Send to inspection"), nothing_unconsented,
              all_items_done, hours_are_recorded, old_parts_are_recorded, icon="clipboard-check"),
)
INSPECTION_STEPS = (
    flow.step("pass", {S.TO_INSPECT}, S.TO_SETTLE, INSPECT, _("Passed"), inspector_is_a_person,
              inspector_did_not_repair, icon="circle-check"),
    flow.step("fail", {S.TO_INSPECT}, S.REWORK, INSPECT, _("Not passed"), inspector_is_a_person,
              inspector_did_not_repair, icon="circle-x"),
    flow.step("start_rework", {S.REWORK}, S.IN_REPAIR, REPAIR, _("Start rework"), icon="tool"),
)
SETTLEMENT_STEPS = (
    flow.step("ask_bill", {S.TO_SETTLE}, S.AWAITING_ADDED, ESTIMATE, _("Ask for consent to higher bill"),
              has_added_to_ask, icon="send"),
    flow.step("settle", {S.TO_SETTLE}, S.READY, SETTLE, _("Settle"), nothing_unconsented, has_verified_contact,
              old_parts_are_recorded, icon="receipt-yuan"),
    flow.step("unsettle", {S.READY}, S.TO_SETTLE, SETTLE, _("Void settlement"), has_bill, nothing_paid,
              needs_reason=True, icon="receipt-off"),
    flow.step("pay", {S.READY, S.DELIVERED, S.FOLLOW_UP, S.ARCHIVED}, None, SETTLE, _("Record payment"), has_bill,
              has_unpaid, icon="cash"),
    flow.step("dispute", {S.READY}, None, MANAGE, _("Note disputed amount"), has_bill, has_unpaid,
              needs_reason=True, icon="scale"),
    flow.step("deliver", {S.READY}, S.DELIVERED, DELIVER, _("Deliver"), bill_is_valid, payment_is_safe,
              record_is_complete, icon="key", undo=True),
    flow.step("undo_delivery", {S.DELIVERED}, flow.UNDONE, DELIVER, _("Undo delivery"), is_own_last_step,
              icon="arrow-back-up"),
    flow.step("correct_bill", {S.DELIVERED, S.FOLLOW_UP}, None, SETTLE, _("Correct bill"), has_bill,
              needs_reason=True, icon="receipt-refund"),
)
FOLLOW_UP_STEPS = (
    flow.step("start_follow_up", {S.DELIVERED}, S.FOLLOW_UP, "", _("Follow-up starts"), auto=True, icon="phone"),
    flow.step("archive", {S.DELIVERED, S.FOLLOW_UP}, S.ARCHIVED, "", _("Archive"), auto=True, icon="archive"),
    flow.step("late_answer", {S.ARCHIVED}, S.FOLLOW_UP, "", _("Late answer"), auto=True, icon="message-2"),
    flow.step("come_back", {S.DELIVERED, S.FOLLOW_UP, S.ARCHIVED}, None, RECEIVE, _("Comes back: rework"),
              is_under_guarantee, icon="rotate"),
)
# fmt: on

FLOW = flow.table(
    "workorder",
    OrderState,
    (*APPOINTMENT_STEPS, *RECEPTION_STEPS, *REPAIR_STEPS, *INSPECTION_STEPS, *SETTLEMENT_STEPS, *FOLLOW_UP_STEPS),
    final={S.ARCHIVED, S.CANCELLED},
)
