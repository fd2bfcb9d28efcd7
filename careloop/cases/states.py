"""What may follow what: service request (domain file 5.1) and promise (5.23).

Guards say why a step is refused now, in words for the person at the desk. They read plain attributes only.
"""

import datetime as dt
from typing import Any

from django.db import models
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from careloop.core import flow
from careloop.core.actor import Actor
from careloop.core.errors import Text
from careloop.core.undo import is_own_last_step

REOPEN_WITHIN = dt.timedelta(days=30)
MIN_ASKS = 2  # questions sent before a request may be closed for want of an answer
SILENT_ASKS = 3  # asks without answer after which advice counts as “solved, not confirmed”


class CaseState(models.TextChoices):
    DRAFT = "draft", _l("draft")
    ACCEPTED = "accepted", _l("accepted")
    WAITING = "waiting", _l("waiting for the customer")
    REMOTE = "remote", _l("remote diagnosis")
    CONVERTED = "converted", _l("order running")
    SOLVED = "solved", _l("solved")
    CLOSED = "closed", _l("closed")
    CANCELLED = "cancelled", _l("cancelled")
    MERGED = "merged", _l("merged")


class Channel(models.TextChoices):
    PHONE = "phone", _l("telephone")
    SMS = "sms", _l("text message")
    EMAIL = "email", _l("e-mail")
    CHAT = "chat", _l("web chat")
    LETTER = "letter", _l("letter")
    FACE = "face", _l("face to face")


class Kind(models.TextChoices):
    FAULT = "fault", _l("fault report")
    QUESTION = "question", _l("question")
    INSTALLATION = "installation", _l("installation")
    COMMISSIONING = "commissioning", _l("commissioning")
    MAINTENANCE = "maintenance", _l("maintenance")
    TRAINING = "training", _l("training")
    PARTS = "parts", _l("spare parts")
    COMPLAINT = "complaint", _l("complaint")
    RETURN = "return", _l("return of goods")
    DOCUMENT = "document", _l("product documents")
    DEVIATION = "deviation", _l("deviation from standard")


class ChargeKind(models.TextChoices):
    FREE = "free", _l("free of charge")
    CONTRACT = "contract", _l("by contract")
    PAID = "paid", _l("paid")
    INTERNAL = "internal", _l("internal")


class Urgency(models.TextChoices):
    STOPPED = "stopped", _l("production stopped")
    REDUCED = "reduced", _l("running at reduced output")
    NONE = "none", _l("no effect on production")


class Result(models.TextChoices):
    REPAIRED = "repaired", _l("repaired")
    ANSWERED = "answered", _l("question answered")
    TEMPORARY = "temporary", _l("temporary repair")
    WAITING_PART = "waiting_part", _l("waiting for a part")
    WAITING_CUSTOMER = "waiting_customer", _l("waiting for the customer")
    NOT_REPAIRED = "not_repaired", _l("not repaired")
    ESCALATED = "escalated", _l("handed to the next level")
    NO_ANSWER = "no_answer", _l("customer did not answer")


class FollowUp(models.TextChoices):
    """The decision that every closed service carries (R109)."""

    CALL = "call", _l("follow-up call planned")
    DONE = "done", _l("follow-up done")
    NOT_NEEDED = "not_needed", _l("not needed")


class Extra(models.TextChoices):
    """Answer to “what more can I do for you?” (R56)."""

    GIVEN = "given", _l("something extra was done")
    NONE = "none", _l("nothing extra")


class Cause(models.TextChoices):
    WEAR = "wear", _l("wear")
    PART = "part", _l("part defective")
    ASSEMBLY = "assembly", _l("manufacture or assembly")
    INSTALLATION = "installation", _l("installation")
    OPERATION = "operation", _l("operation")
    MAINTENANCE = "maintenance", _l("maintenance missed")
    ENVIRONMENT = "environment", _l("environment or supply")
    SOFTWARE = "software", _l("software or setting")
    TRANSPORT = "transport", _l("transport")
    REPAIR = "repair", _l("earlier repair")
    USE_QUESTION = "use_question", _l("question on use, no fault")
    NOT_FOUND = "not_found", _l("no trouble found")
    OTHER = "other", _l("other")


S = CaseState
OPEN_STATES = (S.ACCEPTED, S.WAITING, S.REMOTE, S.CONVERTED, S.SOLVED)
FINAL_STATES = (S.CLOSED, S.CANCELLED, S.MERGED)
WORKED_STATES = (S.ACCEPTED, S.WAITING, S.REMOTE, S.CONVERTED)


def is_complete(case: Any, *, actor: Actor, at: dt.datetime) -> Text | None:
    """What the service register demands before a request counts as accepted (form 2.4)."""
    if case.customer_id is None:
        return _("Choose the customer, or write down a new one: without him nobody can be answered.")
    if case.asset_id is None and not case.is_asset_unknown:
        return _("Choose the machine, or tick “machine unknown”; the machine is then asked for later.")
    if not case.verbatim.strip():
        return _("Write down what the customer said, in his own words.")
    if case.urgency == Urgency.STOPPED and case.stopped_since is None:
        return _("Production stands still: write down since when. The stop time decides the order of work.")
    return None if case.is_imported else _fault_is_described(case)


def somebody_asks(case: Any, *, actor: Actor, at: dt.datetime) -> Text | None:
    """Asked when it is accepted only: what was accepted before without anybody can still be taken back and go on."""
    if case.contact_id is None and not case.is_imported:
        return _("Choose who asks, or write down name and number: somebody has to be called back.")
    return None


def _fault_is_described(case: Any) -> Text | None:
    """Circumstances of every fault (R70), mileage of a vehicle, readings where the product family has some."""
    asset = case.asset
    is_vehicle = asset is not None and asset.kind == "vehicle"
    if case.kind == Kind.FAULT and not case.circumstances.strip():
        return _("Write how the fault happened: what was running, what was done before it.")
    if is_vehicle and case.kind in (Kind.FAULT, Kind.MAINTENANCE) and case.meter is None:
        return _("Ask for the mileage of the vehicle; warranty and maintenance depend on it.")
    if case.kind != Kind.FAULT or is_vehicle or asset is None or asset.model is None:
        return None
    if asset.model.family.readings and not case.readings and not case.is_reading_unavailable:
        return _("Ask for the readings at the fault, or tick that they cannot be taken.")
    return None


def no_running_order(case: Any, *, actor: Actor, at: dt.datetime) -> Text | None:
    if case.open_child_count:
        return _("%(count)s order is still running. Finish or cancel it first.") % {"count": case.open_child_count}
    return None


def an_order_was_finished(case: Any, *, actor: Actor, at: dt.datetime) -> Text | None:
    if case.state == S.CONVERTED and not case.finished_child_count:
        return _("No order was finished yet. Take the request back to “accepted”, or open another order.")
    return None


def asked_often_enough(case: Any, *, actor: Actor, at: dt.datetime) -> Text | None:
    if case.asked_count < MIN_ASKS:
        return _("The customer was asked once only. Send a second question before closing without an answer.")
    return None


def not_safety_nor_complaint(case: Any, *, actor: Actor, at: dt.datetime) -> Text | None:
    if case.is_safety:
        return _("This is about safety: it is not closed for want of an answer. Call, or send somebody.")
    if case.kind == Kind.COMPLAINT:
        return _("A complaint is not closed for want of an answer. Try another channel.")
    return None


def there_is_a_next_level(case: Any, *, actor: Actor, at: dt.datetime) -> Text | None:
    if case.next_level is None:
        name = case.level.label if case.level is not None else str(case.support_level)
        return _("“%(level)s” is the highest level. Assign it to a person, or solve it here.") % {"level": name}
    return None


def next_level_is_late(case: Any, *, actor: Actor, at: dt.datetime) -> Text | None:
    if case.escalation_due_at is None or at < case.escalation_due_at:
        return _("The level that was asked still has time.")
    return None


def within_reopening(case: Any, *, actor: Actor, at: dt.datetime) -> Text | None:
    since = case.closed_at if case.state == S.CLOSED else case.cancelled_at
    if since is not None and at - since > REOPEN_WITHIN:
        return _("More than 30 days have passed. Open a new request; it will be linked to this one.")
    return None


def is_own_draft(case: Any, *, actor: Actor, at: dt.datetime) -> Text | None:
    if actor.is_system or case.received_by_id == actor.person_id or case.draft_listed_at is not None:
        return None
    return _("This draft belongs to %(name)s. It is open to others after one working day.") % {"name": case.received_by}


def is_taken_over(case: Any, *, actor: Actor, at: dt.datetime) -> Text | None:
    """The other system may overwrite its own records, never one of ours. The step may set any state."""
    return None if case.is_imported else _("This request was registered here; no other system overwrites it.")


WORK, CLOSE, MERGE = "cases.work_case", "cases.close_case", "cases.merge_case"

CASE_FLOW = flow.table(
    "case",
    CaseState,
    (
        flow.step("draft", {flow.START}, S.DRAFT, "cases.create_case", _l("Note down"), icon="pencil"),
        flow.step(
            "accept",
            {flow.START, S.DRAFT},
            S.ACCEPTED,
            "cases.create_case",
            _l("Accept"),
            is_complete,
            somebody_asks,
            is_own_draft,
            icon="check",
        ),
        flow.step("discard", {S.DRAFT}, S.CANCELLED, "cases.create_case", _l("Throw away"), is_own_draft, icon="trash"),
        flow.step(
            "wait",
            {S.ACCEPTED, S.REMOTE},
            S.WAITING,
            WORK,
            _l("Ask the customer"),
            icon="hourglass",
            hint=_l("The repair clock pauses with the reason; the response clock never does."),
        ),
        flow.step("remind", {S.WAITING}, None, WORK, _l("Ask again"), icon="bell"),
        flow.step("resume", {S.WAITING}, S.ACCEPTED, WORK, _l("Go on"), undo=True, icon="player-play"),
        flow.step("resume_remote", {S.WAITING}, S.REMOTE, WORK, _l("Go on remotely"), undo=True, icon="player-play"),
        flow.step(
            "close_unanswered",
            {S.WAITING},
            S.CLOSED,
            CLOSE,
            _l("Close without an answer"),
            not_safety_nor_complaint,
            asked_often_enough,
            no_running_order,
            undo=True,
            icon="archive",
        ),
        flow.step(
            "take_remote", {S.ACCEPTED}, S.REMOTE, WORK, _l("Diagnose remotely"), undo=True, icon="device-desktop"
        ),
        flow.step(
            "escalate",
            {S.ACCEPTED, S.REMOTE},
            S.ACCEPTED,
            WORK,
            _l("Escalate"),
            there_is_a_next_level,
            undo=True,
            icon="arrow-up-right",
            hint=_l("Goes to the next level at once; it has to react by its time, or the level above gets it."),
        ),
        flow.step(
            "escalate_further",
            {S.ACCEPTED, S.REMOTE},
            S.ACCEPTED,
            "",
            _l("No reaction, next level"),
            there_is_a_next_level,
            next_level_is_late,
            auto=True,
            icon="arrow-up-right",
        ),
        flow.step(
            "hand_on",
            {S.REMOTE},
            S.ACCEPTED,
            WORK,
            _l("Hand to the next level"),
            needs_reason=True,
            undo=True,
            icon="arrow-up-right",
        ),
        flow.step(
            "solve", {S.ACCEPTED, S.REMOTE}, S.SOLVED, WORK, _l("Solved"), no_running_order, undo=True, icon="check"
        ),
        flow.step(
            "convert", {S.ACCEPTED, S.REMOTE, S.CONVERTED}, S.CONVERTED, WORK, _l("Open a work order"), icon="tool"
        ),
        flow.step("complain", WORKED_STATES, None, "", _l("Goes to the complaint queue"), auto=True),
        flow.step("child_finish", {S.CONVERTED}, None, "", _l("Order ended"), auto=True),
        flow.step(
            "child_fail",
            {S.CONVERTED},
            S.ACCEPTED,
            "",
            _l("Order ended without a result"),
            no_running_order,
            auto=True,
            needs_reason=True,
        ),
        flow.step(
            "not_solved",
            {S.SOLVED},
            S.ACCEPTED,
            WORK,
            _l("Not solved after all"),
            needs_reason=True,
            undo=True,
            icon="rotate",
        ),
        flow.step(
            "not_solved_remote",
            {S.SOLVED},
            S.REMOTE,
            WORK,
            _l("Not solved, go on remotely"),
            needs_reason=True,
            undo=True,
            icon="rotate",
        ),
        flow.step(
            "close",
            {S.SOLVED, S.CONVERTED},
            S.CLOSED,
            CLOSE,
            _l("Close"),
            no_running_order,
            an_order_was_finished,
            undo=True,
            icon="archive",
        ),
        flow.step(
            "merge",
            {S.ACCEPTED, S.WAITING, S.REMOTE},
            S.MERGED,
            MERGE,
            _l("Merge with another request"),
            no_running_order,
            icon="git-merge",
        ),
        flow.step(
            "unmerge", {S.MERGED}, S.ACCEPTED, MERGE, _l("Take the merge back"), needs_reason=True, icon="git-branch"
        ),
        flow.step(
            "cancel",
            OPEN_STATES,
            S.CANCELLED,
            WORK,
            _l("Cancel"),
            no_running_order,
            needs_reason=True,
            undo=True,
            icon="ban",
        ),
        flow.step(
            "take_back",
            {S.CANCELLED},
            S.ACCEPTED,
            WORK,
            _l("Take the cancellation back"),
            within_reopening,
            is_complete,
            needs_reason=True,
            undo=True,
            icon="arrow-back-up",
        ),
        flow.step(
            "reopen",
            {S.CLOSED},
            S.ACCEPTED,
            WORK,
            _l("Open again"),
            within_reopening,
            needs_reason=True,
            undo=True,
            icon="rotate",
            hint=_l("Within 30 days it counts as a repeat and against the first-time fix."),
        ),
        flow.step(
            "undo",
            (*OPEN_STATES, *FINAL_STATES),
            flow.UNDONE,
            WORK,
            _l("Take my step back"),
            is_own_last_step,
            icon="arrow-back-up",
            hint=_l(
                "Within 10 minutes, while nothing follows from it: no message, no answer of the customer, no order."
            ),
        ),
        # Facts that leave the state as it is.
        flow.step("assign", OPEN_STATES, None, "cases.assign_case", _l("Assign"), icon="user-check"),
        flow.step("take", OPEN_STATES, None, WORK, _l("Take it myself"), icon="hand-stop"),
        flow.step("reply", OPEN_STATES, None, WORK, _l("Answer the customer"), icon="send"),
        flow.step("hear", OPEN_STATES, None, "cases.add_note", _l("Customer got in touch"), icon="message"),
        flow.step(
            "note",
            (*OPEN_STATES, *FINAL_STATES, S.DRAFT),
            None,
            "cases.add_note",
            _l("Internal note"),
            icon="note",
            quiet=True,
        ),
        flow.step("overwrite", tuple(S), None, "", _l("Brought up to date"), is_taken_over, auto=True),
        flow.step("edit", (*OPEN_STATES, S.DRAFT), None, WORK, _l("Change the entries"), icon="edit"),
    ),
    final={S.CLOSED, S.CANCELLED, S.MERGED},
)


class PromiseState(models.TextChoices):
    OPEN = "open", _l("in force")
    KEPT = "kept", _l("kept")
    BROKEN = "broken", _l("broken")
    MADE_GOOD = "made_good", _l("made good, late")
    RENEWED = "renewed", _l("renewed")
    RELEASED = "released", _l("customer released us")


class PromiseKind(models.TextChoices):
    CALL_BACK = "call_back", _l("call back")
    VISIT = "visit", _l("visit")
    REPAIR = "repair", _l("repair ready")
    DOCUMENT = "document", _l("send a document")
    OTHER = "other", _l("other")


def is_in_time(promise: Any, *, actor: Actor, at: dt.datetime) -> Text | None:
    if at > promise.due_at:
        return _("The promised time has passed, so the promise is broken. Make it good; it stays counted as broken.")
    return None


def is_past(promise: Any, *, actor: Actor, at: dt.datetime) -> Text | None:
    return None if at > promise.due_at else _("The promised time has not passed yet.")


P = PromiseState
PROMISE_FLOW = flow.table(
    "promise",
    PromiseState,
    (
        flow.step("give", {flow.START}, P.OPEN, "cases.create_case", _l("Promise"), icon="calendar-event"),
        flow.step("keep", {P.OPEN}, P.KEPT, WORK, _l("Kept"), is_in_time, undo=True, icon="check"),
        flow.step("break", {P.OPEN}, P.BROKEN, "", _l("Broken"), is_past, auto=True, icon="alert-triangle"),
        flow.step("make_good", {P.BROKEN}, P.MADE_GOOD, WORK, _l("Make good"), undo=True, icon="check"),
        flow.step(
            "renew",
            {P.OPEN},
            P.RENEWED,
            WORK,
            _l("Agree another time"),
            is_in_time,
            needs_reason=True,
            icon="calendar-event",
            hint=_l("Only before the promised time, and after telling the customer."),
        ),
        flow.step(
            "release", {P.OPEN}, P.RELEASED, WORK, _l("Customer releases us"), needs_reason=True, undo=True, icon="x"
        ),
        flow.step(
            "undo",
            {P.KEPT, P.MADE_GOOD, P.RELEASED},
            flow.UNDONE,
            "",
            _l("Stands again"),
            auto=True,
            icon="arrow-back-up",
        ),
    ),
    final={P.KEPT, P.BROKEN, P.MADE_GOOD, P.RENEWED, P.RELEASED},
)
