"""The complaint's state table (ISO 10002 order, domain file 5.3) and the guards of its steps.

No guard and no rule of this app reads the customer's grade: all complaints are treated alike (R129).
"""

import datetime as dt
from typing import Any

from django.db import models
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

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
    REGISTERED = "registered", _("registered")
    ACKNOWLEDGED = "acknowledged", _("receipt confirmed")
    ASSESSED = "assessed", _("assessed")
    INVESTIGATING = "investigating", _("investigating")
    WAITING = "waiting", _("waiting for the customer")
    CONTAINED = "contained", _("contained")
    PENDING = "pending", _("remedy awaiting approval")
    COMMUNICATED = "communicated", _("decision told")
    EXECUTING = "executing", _("carrying out")
    CONFIRMING = "confirming", _("awaiting confirmation")
    CLOSED = "closed", _("closed, accepted")
    CLOSED_NOT_ACCEPTED = "closed_not_accepted", _("closed, not accepted")
    EXTERNAL = "external", _("handled outside")
    REOPENED = "reopened", _("reopened")
    WITHDRAWN = "withdrawn", _("withdrawn")
    MERGED = "merged", _("merged")
    RECLASSIFIED = "reclassified", _("grumble or question")


class Severity(models.TextChoices):
    ORDINARY = "ordinary", _("ordinary")
    MAJOR = "major", _("major")
    URGENT = "urgent", _("urgent")


class Source(models.TextChoices):
    FOLLOW_UP = "follow_up", _("follow-up")
    PHONE = "phone", _("telephone")
    SMS = "sms", _("SMS")
    EMAIL = "email", _("e-mail")
    CHAT = "chat", _("web chat")
    LETTER = "letter", _("letter")
    FACE = "face", _("face to face")
    AUTHORITY = "authority", _("authority (12315)")
    STAFF = "staff", _("noticed by staff")


class Category(models.TextChoices):
    """What it is about. The causes that the trade names come first (R133, R134)."""

    LATE_DELIVERY = "late_delivery", _("late delivery, logistics")
    UNTRAINED = "untrained", _("untrained staff")
    SLOW_RESPONSE = "slow_response", _("slow response")
    UNFAIR = "unfair", _("unfair treatment")
    ATTITUDE = "attitude", _("attitude")
    NOT_FIXED = "not_fixed", _("not fixed, came back")
    PROMISE = "promise", _("promise not kept")
    PRICE = "price", _("price, bill")
    PRODUCT = "product", _("product quality")
    PARTS = "parts", _("parts supply")
    DAMAGE = "damage", _("damage, loss of things")
    SAFETY = "safety", _("safety")
    OTHER = "other", _("other")


class ServiceStep(models.TextChoices):
    """Where in the service it went wrong (R66): the six steps of the shop, then those of remote and field work."""

    APPOINTMENT = "appointment", _("appointment")
    RECEPTION = "reception", _("reception")
    REPAIR = "repair", _("repair")
    INSPECTION = "inspection", _("inspection")
    SETTLEMENT = "settlement", _("settlement and delivery")
    FOLLOW_UP = "follow_up", _("follow-up")
    REQUEST = "request", _("taking the request")
    REMOTE = "remote", _("remote diagnosis")
    ARRIVAL = "arrival", _("arrival on site")
    PARTS = "parts", _("parts")
    TRAINING = "training", _("training")


class RemedyKind(models.TextChoices):
    NONE = "none", _("explanation, no remedy")
    APOLOGY = "apology", _("apology")
    REWORK = "rework", _("free rework")
    CHECK = "check", _("free check")
    DISCOUNT = "discount", _("price reduction")
    REFUND = "refund", _("refund")
    COMPENSATION = "compensation", _("compensation")
    EXCHANGE = "exchange", _("exchange or return of the machine")
    OTHER = "other", _("other")


class Reclassified(models.TextChoices):
    GRUMBLE = "grumble", _("grumble without demand")
    QUESTION = "question", _("question")
    WISH = "wish", _("wish")


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
        return _t("You are named in this complaint. Somebody else must handle it.")
    if actor.person_id in complaint.involved_ids:
        return _t("You took part in the service that it is about. Somebody else must handle it.")
    return None


def owned(complaint: Any, *, actor: Actor, at: dt.datetime) -> Text | None:
    if complaint.owner_id is None:
        return _t("Nobody owns this complaint yet. Name its officer first.")
    if complaint.owner_id == complaint.accused_id or complaint.owner_id in complaint.involved_ids:
        return _t("Its owner is named in it or took part in the service. Hand it to somebody else first.")
    return None


def receipt_confirmed(complaint: Any, *, actor: Actor, at: dt.datetime) -> Text | None:
    return None if complaint.ack_at else _t("Confirm the receipt to the customer first.")


def severity_settled(complaint: Any, *, actor: Actor, at: dt.datetime) -> Text | None:
    if complaint.proposed_severity:
        return _t("The lower severity waits for a second person.")
    return None


def second_person(complaint: Any, *, actor: Actor, at: dt.datetime) -> Text | None:
    if not complaint.proposed_severity:
        return _t("Nobody has proposed a lower severity.")
    if actor.person_id is not None and actor.person_id == complaint.assessed_by_id:
        return _t("A second person must confirm the lower severity.")
    return None


def offered_to_me(complaint: Any, *, actor: Actor, at: dt.datetime) -> Text | None:
    if complaint.proposed_owner_id is None:
        return _t("It was not handed to anybody.")
    if complaint.proposed_owner_id != actor.person_id:
        return _t("It was handed to %(name)s, who must accept it.") % {"name": complaint.proposed_owner.name}
    return None


def facts_known(complaint: Any, *, actor: Actor, at: dt.datetime) -> Text | None:
    return None if complaint.facts.strip() else _t("The facts are missing: write down what was found and the evidence.")


def not_last_decider(complaint: Any, *, actor: Actor, at: dt.datetime) -> Text | None:
    """When the customer did not agree, the second decision comes from another person."""
    if complaint.must_change_decider and actor.person_id is not None and actor.person_id == complaint.decided_by_id:
        return _t("The customer objected to your decision. Another person must decide now.")
    return None


def not_the_proposer(complaint: Any, *, actor: Actor, at: dt.datetime) -> Text | None:
    if actor.person_id is not None and actor.person_id == complaint.proposed_by_id:
        return _t("You proposed this remedy. Another person must approve it.")
    return None


def answered(complaint: Any, *, actor: Actor, at: dt.datetime) -> Text | None:
    return (
        None
        if complaint.decision.strip() and complaint.communicated_at
        else _t("The answer to the customer is missing.")
    )


def complete(complaint: Any, *, actor: Actor, at: dt.datetime) -> Text | None:
    """Facts, answer, action and record: without any of them a complaint does not close (R129)."""
    missing = []
    if not complaint.facts.strip():
        missing.append(_t("the facts"))
    if not (complaint.decision.strip() and complaint.communicated_at):
        missing.append(_t("the answer to the customer"))
    if not (complaint.execution.strip() and complaint.executed_at):
        missing.append(_t("what was carried out"))
    if not complaint.cause.strip():
        missing.append(_t("the cause for the record"))
    if complaint.open_task_count:
        missing.append(_t("a department's open task"))
    if missing:
        return _t("Not complete yet. Missing: %(what)s.") % {"what": listed(missing)}
    return None


def rater_uninvolved(complaint: Any, *, actor: Actor, at: dt.datetime) -> Text | None:
    """Whoever handled the complaint or granted the remedy does not ask for the re-rating (contradiction 13)."""
    if actor.person_id is None:
        return None
    if actor.person_id in complaint.handler_ids:
        return _t("You handled this complaint or granted the remedy. Somebody else asks for the re-rating.")
    return uninvolved(complaint, actor=actor, at=at)


def tried_three_times(complaint: Any, *, actor: Actor, at: dt.datetime) -> Text | None:
    left = RERATING_ATTEMPTS - complaint.rerating_attempts
    return (
        None if left <= 0 else _t("The customer was asked %(done)s of 3 times.") % {"done": complaint.rerating_attempts}
    )


def reopenable(complaint: Any, *, actor: Actor, at: dt.datetime) -> Text | None:
    if complaint.closed_at is not None and at - complaint.closed_at > REOPEN_WITHIN:
        return _t("More than 90 days have passed. Register a new complaint and link it to this one.")
    return None


def not_first_owner_alone(complaint: Any, *, actor: Actor, at: dt.datetime) -> Text | None:
    if complaint.owner_id is not None and complaint.owner_id == complaint.first_owner_id:
        return _t("After reopening the first officer does not handle it alone. Hand it to a second one.")
    return None


def offer_valid(complaint: Any, *, actor: Actor, at: dt.datetime) -> Text | None:
    if complaint.offer_until is not None and at.date() > complaint.offer_until:
        return _t("The offer ended. Renew it first by a new decision.")
    return None


# fmt: off
COMPLAINT = flow.table(
    "complaint",
    ComplaintState,
    (
        # action            from             to              right     label
        flow.step("register", [flow.START], S.REGISTERED, REGISTER, _("Register complaint"), icon="message-report"),
        flow.step("note_grumble", [flow.START], S.RECLASSIFIED, REGISTER, _("Note a grumble"), icon="message-2"),
        flow.step("acknowledge", [S.REGISTERED], S.ACKNOWLEDGED, HANDLE, _("Confirm receipt"),
                  uninvolved, icon="phone-outgoing", hint=_("Name, and when the customer hears from us next")),
        flow.step("reclassify", [S.REGISTERED, S.ACKNOWLEDGED], S.RECLASSIFIED, HANDLE, _("Not a complaint"),
                  uninvolved, needs_reason=True, icon="arrows-exchange"),
        flow.step("demand", [S.RECLASSIFIED], S.REGISTERED, REGISTER, _("A result is demanded after all"),
                  needs_reason=True, icon="message-report"),
        flow.step("merge", [S.REGISTERED, S.ACKNOWLEDGED], S.MERGED, HANDLE, _("Merge into another"),
                  uninvolved, receipt_confirmed, icon="git-merge"),
        flow.step("unmerge", [S.MERGED], flow.BACK, HANDLE, _("Part again"), needs_reason=True, icon="git-branch"),
        flow.step("assess", [S.ACKNOWLEDGED], S.ASSESSED, HANDLE, _("Assess severity"), uninvolved,
                  icon="gauge"),
        flow.step("confirm_severity", [S.ASSESSED], None, HANDLE, _("Confirm the lower severity"),
                  uninvolved, second_person, icon="check"),
        flow.step("hand_over", WORKING, None, HANDLE, _("Hand to another officer"), icon="arrow-forward-up"),
        flow.step("accept_owner", WORKING, None, HANDLE, _("Accept the hand-over"), offered_to_me, uninvolved,
                  icon="user-check"),
        flow.step("investigate", [S.ASSESSED], S.INVESTIGATING, HANDLE, _("Start investigation"),
                  uninvolved, severity_settled, owned, icon="search"),
        flow.step("record_facts", [S.ASSESSED, S.INVESTIGATING, S.WAITING, S.CONTAINED], None, HANDLE,
                  _("Record facts"), uninvolved, icon="clipboard-list"),
        flow.step("give_task", [S.ASSESSED, S.INVESTIGATING, S.WAITING, S.CONTAINED, S.EXECUTING], None, HANDLE,
                  _("Give a department a task"), uninvolved, icon="subtask"),
        flow.step("ask_customer", [S.INVESTIGATING], S.WAITING, HANDLE, _("Wait for the customer"), uninvolved,
                  needs_reason=True, icon="clock-pause"),
        flow.step("resume", [S.WAITING], S.INVESTIGATING, HANDLE, _("Go on"), icon="player-play"),
        flow.step("contain", [S.ASSESSED, S.INVESTIGATING], S.CONTAINED, HANDLE, _("Stop and warn"),
                  uninvolved, icon="shield-exclamation"),
        flow.step("lift", [S.CONTAINED], S.INVESTIGATING, LIFT, _("Lift the measure"), needs_reason=True,
                  icon="shield-check"),
        flow.step("propose", [S.INVESTIGATING], S.PENDING, HANDLE, _("Propose a remedy"), uninvolved, facts_known,
                  icon="file-description"),
        flow.step("decide", [S.INVESTIGATING], S.COMMUNICATED, GRANT, _("Decide and tell"), uninvolved, owned,
                  facts_known, not_last_decider, icon="gavel"),
        flow.step("approve", [S.PENDING], S.COMMUNICATED, APPROVE, _("Approve and tell"), uninvolved,
                  not_the_proposer, not_last_decider, icon="check"),
        flow.step("reject", [S.PENDING], S.INVESTIGATING, APPROVE, _("Return the proposal"), uninvolved,
                  needs_reason=True, icon="arrow-back-up"),
        flow.step("object", [S.COMMUNICATED], S.INVESTIGATING, HANDLE, _("Customer objects"), needs_reason=True,
                  icon="message-x"),
        flow.step("accept", [S.COMMUNICATED], S.EXECUTING, HANDLE, _("Customer accepts"), icon="thumb-up"),
        flow.step("refuse", [S.COMMUNICATED], S.CLOSED_NOT_ACCEPTED, HANDLE, _("Customer refuses finally"),
                  facts_known, answered, icon="thumb-down"),
        flow.step("cannot_execute", [S.EXECUTING], S.PENDING, HANDLE, _("Cannot be carried out"),
                  needs_reason=True, icon="alert-triangle"),
        flow.step("executed", [S.EXECUTING], S.CONFIRMING, HANDLE, _("Remedy done"), uninvolved, icon="checks"),
        flow.step("try_rerating", [S.CONFIRMING], None, RERATE, _("Asked, no answer"), rater_uninvolved,
                  icon="phone-off"),
        flow.step("rerate", [S.CONFIRMING], S.CLOSED, RERATE, _("Record the re-rating"), rater_uninvolved,
                  complete, icon="star"),
        flow.step("not_done", [S.CONFIRMING], S.EXECUTING, RERATE, _("Customer: not done"), needs_reason=True,
                  icon="arrow-back-up"),
        flow.step("close_unconfirmed", [S.CONFIRMING], S.CLOSED, RERATE, _("Close without confirmation"),
                  tried_three_times, complete, icon="circle-check"),
        flow.step("withdraw", RUNNING, S.WITHDRAWN, HANDLE, _("Customer withdraws"), needs_reason=True,
                  icon="arrow-back"),
        flow.step("go_outside", [*RUNNING, S.CLOSED, S.CLOSED_NOT_ACCEPTED], S.EXTERNAL, HANDLE,
                  _("Handled outside"), needs_reason=True, icon="building-bank"),
        flow.step("back_inside", [S.EXTERNAL], flow.BACK, HANDLE, _("Back from outside"), needs_reason=True,
                  icon="arrow-back-up"),
        flow.step("ruling", [S.EXTERNAL], S.EXECUTING, HANDLE, _("Ruling to be carried out"), needs_reason=True,
                  icon="gavel"),
        flow.step("settled_outside", [S.EXTERNAL], S.CLOSED, HANDLE, _("Settled outside"), complete,
                  needs_reason=True, icon="circle-check"),
        flow.step("refused_outside", [S.EXTERNAL], S.CLOSED_NOT_ACCEPTED, HANDLE, _("Refused outside"),
                  facts_known, answered, needs_reason=True, icon="circle-x"),
        flow.step("reopen", [S.CLOSED, S.CLOSED_NOT_ACCEPTED, S.WITHDRAWN], S.REOPENED, REGISTER, _("Reopen"),
                  reopenable, needs_reason=True, icon="rotate"),
        flow.step("take_up", [S.REOPENED], S.INVESTIGATING, HANDLE, _("Take up again"), uninvolved, owned,
                  not_first_owner_alone, icon="search"),
        flow.step("assign_second", [S.REOPENED], None, HANDLE, _("Name another officer"), icon="user-plus"),
        flow.step("accept_later", [S.CLOSED_NOT_ACCEPTED], S.EXECUTING, HANDLE, _("Customer accepts after all"),
                  offer_valid, icon="thumb-up"),
    ),
    final=FINAL,
)
# fmt: on
