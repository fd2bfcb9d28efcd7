"""The complaint's state table (ISO 10002 order, domain file 5.3) and the guards of its steps.

No guard and no rule of this app reads the customer's grade: all complaints are treated alike (R129).
"""

import datetime as dt
from typing import Any

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from careloop.core import flow
from careloop.core.actor import Actor
from careloop.core.errors import Text
from careloop.core.words import listed

REOPEN_WITHIN = dt.timedelta(days=90)
RERATING_ATTEMPTS = 3
HANDLE = "complaints.handle"
GRANT = "complaints.grant_remedy"
APPROVE = "complaints.approve_remedy"
RERATE = "complaints.rerate"
REGISTER = "complaints.register_complaint"
LIFT = "complaints.lift_containment"
APPROVE_ANY = "complaints.approve_any"


class ComplaintState(models.TextChoices):
    REGISTERED = "registered", _l("registered")
    ACKNOWLEDGED = "acknowledged", _l("receipt confirmed")
    ASSESSED = "assessed", _l("assessed")
    INVESTIGATING = "investigating", _l("investigating")
    WAITING = "waiting", _l("waiting for the customer")
    CONTAINED = "contained", _l("contained")
    PENDING = "pending", _l("remedy awaiting approval")
    COMMUNICATED = "communicated", _l("decision told")
    EXECUTING = "executing", _l("carrying out")
    CONFIRMING = "confirming", _l("awaiting confirmation")
    CLOSED = "closed", _l("closed, accepted")
    CLOSED_NOT_ACCEPTED = "closed_not_accepted", _l("closed, not accepted")
    EXTERNAL = "external", _l("handled outside")
    REOPENED = "reopened", _l("reopened")
    WITHDRAWN = "withdrawn", _l("withdrawn")
    MERGED = "merged", _l("merged")
    RECLASSIFIED = "reclassified", _l("grumble or question")


class Severity(models.TextChoices):
    ORDINARY = "ordinary", _l("ordinary")
    MAJOR = "major", _l("major")
    URGENT = "urgent", _l("urgent")


class Source(models.TextChoices):
    FOLLOW_UP = "follow_up", _l("follow-up")
    PHONE = "phone", _l("telephone")
    SMS = "sms", _l("SMS")
    EMAIL = "email", _l("e-mail")
    CHAT = "chat", _l("web chat")
    LETTER = "letter", _l("letter")
    FACE = "face", _l("face to face")
    AUTHORITY = "authority", _l("authority (12315)")
    STAFF = "staff", _l("noticed by staff")


class Category(models.TextChoices):
    """What it is about. The causes that the trade names come first (R133, R134)."""

    LATE_DELIVERY = "late_delivery", _l("late delivery, logistics")
    UNTRAINED = "untrained", _l("untrained staff")
    SLOW_RESPONSE = "slow_response", _l("slow response")
    UNFAIR = "unfair", _l("unfair treatment")
    ATTITUDE = "attitude", _l("attitude")
    NOT_FIXED = "not_fixed", _l("not fixed, came back")
    PROMISE = "promise", _l("promise not kept")
    PRICE = "price", _l("price, bill")
    PRODUCT = "product", _l("product quality")
    PARTS = "parts", _l("parts supply")
    DAMAGE = "damage", _l("damage, loss of things")
    SAFETY = "safety", _l("safety")
    OTHER = "other", _l("other")


class ServiceStep(models.TextChoices):
    """Where in the service it went wrong (R66): the six steps of the shop, then those of remote and field work."""

    APPOINTMENT = "appointment", _l("appointment")
    RECEPTION = "reception", _l("reception")
    REPAIR = "repair", _l("repair")
    INSPECTION = "inspection", _l("inspection")
    SETTLEMENT = "settlement", _l("settlement and delivery")
    FOLLOW_UP = "follow_up", _l("follow-up")
    REQUEST = "request", _l("taking the request")
    REMOTE = "remote", _l("remote diagnosis")
    ARRIVAL = "arrival", _l("arrival on site")
    PARTS = "parts", _l("parts")
    TRAINING = "training", _l("training")


class RemedyKind(models.TextChoices):
    NONE = "none", _l("explanation, no remedy")
    APOLOGY = "apology", _l("apology")
    REWORK = "rework", _l("free rework")
    CHECK = "check", _l("free check")
    DISCOUNT = "discount", _l("price reduction")
    REFUND = "refund", _l("refund")
    COMPENSATION = "compensation", _l("compensation")
    EXCHANGE = "exchange", _l("exchange or return of the machine")
    OTHER = "other", _l("other")


class Reclassified(models.TextChoices):
    GRUMBLE = "grumble", _l("grumble without demand")
    QUESTION = "question", _l("question")
    WISH = "wish", _l("wish")


S = ComplaintState
FINAL = (S.CLOSED, S.CLOSED_NOT_ACCEPTED, S.WITHDRAWN, S.MERGED, S.RECLASSIFIED)
OPEN = tuple(state for state in S if state not in FINAL)
WORKING = (S.ACKNOWLEDGED, S.ASSESSED, S.INVESTIGATING)
RUNNING = tuple(state for state in OPEN if state != S.EXTERNAL)
AWAITING_ANSWER = (
    S.REGISTERED,
    S.ACKNOWLEDGED,
    S.ASSESSED,
    S.INVESTIGATING,
    S.WAITING,
    S.CONTAINED,
    S.PENDING,
    S.REOPENED,
)


def uninvolved(complaint: Any, *, actor: Actor, at: dt.datetime) -> Text | None:
    """Nobody handles a complaint about himself or about a service that he took part in."""
    if actor.person_id is None:
        return None
    if actor.person_id == complaint.accused_id:
        return _("You are named in this complaint. Somebody else must handle it.")
    if actor.person_id in complaint.involved_ids:
        return _("You took part in the service that it is about. Somebody else must handle it.")
    return None


def owned(complaint: Any, *, actor: Actor, at: dt.datetime) -> Text | None:
    if complaint.owner_id is None:
        return _("Nobody owns this complaint yet. Name its officer first.")
    if complaint.owner_id == complaint.accused_id or complaint.owner_id in complaint.involved_ids:
        return _("Its owner is named in it or took part in the service. Hand it to somebody else first.")
    return None


def receipt_confirmed(complaint: Any, *, actor: Actor, at: dt.datetime) -> Text | None:
    return None if complaint.ack_at else _("Confirm the receipt to the customer first.")


def severity_settled(complaint: Any, *, actor: Actor, at: dt.datetime) -> Text | None:
    if complaint.proposed_severity:
        return _("The lower severity waits for a second person.")
    return None


def second_person(complaint: Any, *, actor: Actor, at: dt.datetime) -> Text | None:
    if not complaint.proposed_severity:
        return _("Nobody has proposed a lower severity.")
    if actor.person_id is not None and actor.person_id == complaint.assessed_by_id:
        return _("A second person must confirm the lower severity.")
    return None


def offered_to_me(complaint: Any, *, actor: Actor, at: dt.datetime) -> Text | None:
    if complaint.proposed_owner_id is None:
        return _("It was not handed to anybody.")
    if complaint.proposed_owner_id != actor.person_id:
        return _("It was handed to %(name)s, who must accept it.") % {"name": complaint.proposed_owner.name}
    return None


def facts_known(complaint: Any, *, actor: Actor, at: dt.datetime) -> Text | None:
    return None if complaint.facts.strip() else _("The facts are missing: write down what was found and the evidence.")


def not_last_decider(complaint: Any, *, actor: Actor, at: dt.datetime) -> Text | None:
    """When the customer did not agree, the second decision comes from another person."""
    if complaint.must_change_decider and actor.person_id is not None and actor.person_id == complaint.decided_by_id:
        return _("The customer objected to your decision. Another person must decide now.")
    return None


def not_the_proposer(complaint: Any, *, actor: Actor, at: dt.datetime) -> Text | None:
    if actor.person_id is not None and actor.person_id == complaint.proposed_by_id:
        return _("You proposed this remedy. Another person must approve it.")
    return None


def answered(complaint: Any, *, actor: Actor, at: dt.datetime) -> Text | None:
    return (
        None
        if complaint.decision.strip() and complaint.communicated_at
        else _("The answer to the customer is missing.")
    )


def complete(complaint: Any, *, actor: Actor, at: dt.datetime) -> Text | None:
    """Facts, answer, action and record: without any of them a complaint does not close (R129)."""
    missing = []
    if not complaint.facts.strip():
        missing.append(_("the facts"))
    if not (complaint.decision.strip() and complaint.communicated_at):
        missing.append(_("the answer to the customer"))
    if not (complaint.execution.strip() and complaint.executed_at):
        missing.append(_("what was carried out"))
    if not complaint.cause.strip():
        missing.append(_("the cause for the record"))
    if complaint.open_task_count:
        missing.append(_("a department's open task"))
    if missing:
        return _("Not complete yet. Missing: %(what)s.") % {"what": listed(missing)}
    return None


def rater_uninvolved(complaint: Any, *, actor: Actor, at: dt.datetime) -> Text | None:
    """Whoever handled the complaint or granted the remedy does not ask for the re-rating (contradiction 13)."""
    if actor.person_id is None:
        return None
    if actor.person_id in complaint.handler_ids:
        return _("You handled this complaint or granted the remedy. Somebody else asks for the re-rating.")
    return uninvolved(complaint, actor=actor, at=at)


def tried_three_times(complaint: Any, *, actor: Actor, at: dt.datetime) -> Text | None:
    left = RERATING_ATTEMPTS - complaint.rerating_attempts
    return (
        None if left <= 0 else _("The customer was asked %(done)s of 3 times.") % {"done": complaint.rerating_attempts}
    )


def reopenable(complaint: Any, *, actor: Actor, at: dt.datetime) -> Text | None:
    if complaint.closed_at is not None and at - complaint.closed_at > REOPEN_WITHIN:
        return _("More than 90 days have passed. Register a new complaint and link it to this one.")
    return None


def not_first_owner_alone(complaint: Any, *, actor: Actor, at: dt.datetime) -> Text | None:
    if complaint.owner_id is not None and complaint.owner_id == complaint.first_owner_id:
        return _("After reopening the first officer does not handle it alone. Hand it to a second one.")
    return None


def offer_valid(complaint: Any, *, actor: Actor, at: dt.datetime) -> Text | None:
    if complaint.offer_until is not None and timezone.localdate(at) > complaint.offer_until:
        return _("The offer ended. Renew it first by a new decision.")
    return None


# fmt: off
COMPLAINT = flow.table(
    "complaint",
    ComplaintState,
    (
        # action            from             to              right     label
        flow.step("register", [flow.START], S.REGISTERED, REGISTER, _l("Register complaint"), icon="message-report"),
        flow.step("note_grumble", [flow.START], S.RECLASSIFIED, REGISTER, _l("Note a grumble"), icon="message-2"),
        flow.step("acknowledge", [S.REGISTERED], S.ACKNOWLEDGED, HANDLE, _l("Confirm receipt"),
                  uninvolved, icon="phone-outgoing", hint=_l("Name, and when the customer hears from us next")),
        flow.step("reclassify", [S.REGISTERED, S.ACKNOWLEDGED], S.RECLASSIFIED, HANDLE, _l("Not a complaint"),
                  uninvolved, needs_reason=True, icon="arrows-exchange"),
        flow.step("demand", [S.RECLASSIFIED], S.REGISTERED, REGISTER, _l("A result is demanded after all"),
                  needs_reason=True, icon="message-report"),
        flow.step("merge", [S.REGISTERED, S.ACKNOWLEDGED], S.MERGED, HANDLE, _l("Merge into another"),
                  uninvolved, receipt_confirmed, icon="git-merge"),
        flow.step("unmerge", [S.MERGED], flow.BACK, HANDLE, _l("Part again"), needs_reason=True, icon="git-branch"),
        flow.step("assess", [S.ACKNOWLEDGED], S.ASSESSED, HANDLE, _l("Assess severity"), uninvolved,
                  icon="gauge"),
        flow.step("confirm_severity", [S.ASSESSED], None, HANDLE, _l("Confirm the lower severity"),
                  uninvolved, second_person, icon="check"),
        flow.step("hand_over", WORKING, None, HANDLE, _l("Hand to another officer"), icon="arrow-forward-up"),
        flow.step("accept_owner", WORKING, None, HANDLE, _l("Accept the hand-over"), offered_to_me, uninvolved,
                  icon="user-check"),
        flow.step("investigate", [S.ASSESSED], S.INVESTIGATING, HANDLE, _l("Start investigation"),
                  uninvolved, severity_settled, owned, icon="search"),
        flow.step("record_facts", [S.ASSESSED, S.INVESTIGATING, S.WAITING, S.CONTAINED], None, HANDLE,
                  _l("Record facts"), uninvolved, icon="clipboard-list"),
        flow.step("give_task", [S.ASSESSED, S.INVESTIGATING, S.WAITING, S.CONTAINED, S.EXECUTING], None, HANDLE,
                  _l("Give a department a task"), uninvolved, icon="subtask"),
        flow.step("ask_customer", [S.INVESTIGATING], S.WAITING, HANDLE, _l("Wait for the customer"), uninvolved,
                  needs_reason=True, icon="clock-pause"),
        flow.step("resume", [S.WAITING], S.INVESTIGATING, HANDLE, _l("Go on"), icon="player-play"),
        flow.step("contain", [S.ASSESSED, S.INVESTIGATING], S.CONTAINED, HANDLE, _l("Stop and warn"),
                  uninvolved, icon="shield-exclamation"),
        flow.step("lift", [S.CONTAINED], S.INVESTIGATING, LIFT, _l("Lift the measure"), needs_reason=True,
                  icon="shield-check"),
        flow.step("propose", [S.INVESTIGATING], S.PENDING, HANDLE, _l("Propose a remedy"), uninvolved, facts_known,
                  icon="file-description"),
        flow.step("decide", [S.INVESTIGATING], S.COMMUNICATED, GRANT, _l("Decide and tell"), uninvolved, owned,
                  facts_known, not_last_decider, icon="gavel"),
        flow.step("approve", [S.PENDING], S.COMMUNICATED, APPROVE, _l("Approve and tell"), uninvolved,
                  not_the_proposer, not_last_decider, icon="check"),
        flow.step("reject", [S.PENDING], S.INVESTIGATING, APPROVE, _l("Return the proposal"), uninvolved,
                  needs_reason=True, icon="arrow-back-up"),
        flow.step("object", [S.COMMUNICATED], S.INVESTIGATING, HANDLE, _l("Customer objects"), needs_reason=True,
                  icon="message-x"),
        flow.step("accept", [S.COMMUNICATED], S.EXECUTING, HANDLE, _l("Customer accepts"), icon="thumb-up"),
        flow.step("refuse", [S.COMMUNICATED], S.CLOSED_NOT_ACCEPTED, HANDLE, _l("Customer refuses finally"),
                  facts_known, answered, icon="thumb-down"),
        flow.step("cannot_execute", [S.EXECUTING], S.PENDING, HANDLE, _l("Cannot be carried out"),
                  needs_reason=True, icon="alert-triangle"),
        flow.step("executed", [S.EXECUTING], S.CONFIRMING, HANDLE, _l("Remedy done"), uninvolved, icon="checks"),
        flow.step("try_rerating", [S.CONFIRMING], None, RERATE, _l("Asked, no answer"), rater_uninvolved,
                  icon="phone-off"),
        flow.step("rerate", [S.CONFIRMING], S.CLOSED, RERATE, _l("Record the re-rating"), rater_uninvolved,
                  complete, icon="star"),
        flow.step("not_done", [S.CONFIRMING], S.EXECUTING, RERATE, _l("Customer: not done"), needs_reason=True,
                  icon="arrow-back-up"),
        flow.step("close_unconfirmed", [S.CONFIRMING], S.CLOSED, RERATE, _l("Close without confirmation"),
                  tried_three_times, complete, icon="circle-check"),
        flow.step("withdraw", RUNNING, S.WITHDRAWN, HANDLE, _l("Customer withdraws"), needs_reason=True,
                  icon="arrow-back"),
        flow.step("go_outside", [*RUNNING, S.CLOSED, S.CLOSED_NOT_ACCEPTED], S.EXTERNAL, HANDLE,
                  _l("Handled outside"), needs_reason=True, icon="building-bank"),
        flow.step("back_inside", [S.EXTERNAL], flow.BACK, HANDLE, _l("Back from outside"), needs_reason=True,
                  icon="arrow-back-up"),
        flow.step("ruling", [S.EXTERNAL], S.EXECUTING, HANDLE, _l("Ruling to be carried out"), needs_reason=True,
                  icon="gavel"),
        flow.step("settled_outside", [S.EXTERNAL], S.CLOSED, HANDLE, _l("Settled outside"), complete,
                  needs_reason=True, icon="circle-check"),
        flow.step("refused_outside", [S.EXTERNAL], S.CLOSED_NOT_ACCEPTED, HANDLE, _l("Refused outside"),
                  facts_known, answered, needs_reason=True, icon="circle-x"),
        flow.step("reopen", [S.CLOSED, S.CLOSED_NOT_ACCEPTED, S.WITHDRAWN], S.REOPENED, REGISTER, _l("Reopen"),
                  reopenable, needs_reason=True, icon="rotate"),
        flow.step("take_up", [S.REOPENED], S.INVESTIGATING, HANDLE, _l("Take up again"), uninvolved, owned,
                  not_first_owner_alone, icon="search"),
        flow.step("assign_second", [S.REOPENED], None, HANDLE, _l("Name another officer"), icon="user-plus"),
        flow.step("accept_later", [S.CLOSED_NOT_ACCEPTED], S.EXECUTING, HANDLE, _l("Customer accepts after all"),
                  offer_valid, icon="thumb-up"),
    ),
    final=FINAL,
)
# fmt: on
