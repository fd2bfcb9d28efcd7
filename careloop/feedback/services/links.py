"""The customer's own page: a token that lives some days and dies with the answer."""

import base64
import datetime as dt
import hashlib
import secrets
from typing import Any

from django.db import transaction
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _

from careloop.complaints import services as complaints
from careloop.core import events
from careloop.core.actor import Actor
from careloop.core.errors import DomainError
from careloop.core.words import listed
from careloop.feedback import queries
from careloop.feedback.models import VIEW_TASK, Answer, FollowUpTask, Method
from careloop.feedback.services.answering import close_answer, write_answer
from careloop.feedback.services.base import SEALED, close_file, locked, take_step
from careloop.feedback.states import TaskState

SALT = "careloop.feedback.link"


def token_of(task: FollowUpTask) -> str:
    """The token of the task's present link: made from the server's key, so only its digest lies in the database."""
    raw = salted_hmac(SALT, f"{task.pk}:{task.link_nonce}", algorithm="sha256").digest()
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def link_fields(task: FollowUpTask, *, at: dt.datetime) -> dict[str, Any]:
    """A fresh token; an older link of the same task is dead from now on."""
    task.link_nonce = secrets.token_hex(16)
    return {
        "link_nonce": task.link_nonce,
        "link_digest": digest(token_of(task)),
        "link_sent_at": at,
        "link_opened_at": None,
        "link_expires_at": at + dt.timedelta(days=task.policy.link_days),
    }


def issue_link(task: FollowUpTask, *, at: dt.datetime) -> None:
    fields = link_fields(task, at=at)
    for name, value in fields.items():
        setattr(task, name, value)
    task.save(update_fields=list(fields))


@transaction.atomic
def send_link(task_id: int, *, actor: Actor, at: dt.datetime) -> FollowUpTask:
    """The link instead of a call: the customer wants it so, or nobody uninvolved is free (contradiction 8)."""
    task = locked(task_id)
    method = Method.LINK if task.is_conversation else task.method
    take_step(
        task, "send_link", actor=actor, at=at, method=method, data={"method": method}, **link_fields(task, at=at),
        first_tried_at=task.first_tried_at or at,
    )  # fmt: skip
    return task


def _guest(task: FollowUpTask) -> Actor:
    name = task.contact.name if task.contact else task.customer.name
    return Actor(None, None, name, entrance="link")


def _by_token(token: str, *, at: dt.datetime) -> FollowUpTask:
    """The locked task behind a living link.

    Raises:
        DomainError: ended, answered, or never there; the page does not tell which.
    """
    found = queries.task_by_digest(digest(token))
    task = locked(found.pk) if found is not None else None
    if task is None or task.state != TaskState.LINK_SENT or task.link_expires_at is None or at >= task.link_expires_at:
        raise DomainError(_("This link has ended."))
    return task


@transaction.atomic
def note_opened(token: str, *, at: dt.datetime) -> None:
    """The first time he opens the page. An ended link notes nothing."""
    found = queries.task_by_digest(digest(token))
    task = locked(found.pk) if found is not None else None
    if task is not None and task.link_opened_at is None:
        task.link_opened_at = at
        task.save(update_fields=["link_opened_at"])


@transaction.atomic
def save_by_link(token: str, values: dict[str, Any], *, at: dt.datetime, language: str = "") -> Answer:
    """Keep what is answered so far, so that an interrupted form goes on."""
    task = _by_token(token, at=at)
    return write_answer(task, values, actor=_guest(task), at=at, channel=Answer.Channel.LINK, language=language)


@transaction.atomic
def submit_by_link(token: str, values: dict[str, Any], *, at: dt.datetime, language: str = "") -> FollowUpTask:
    """The one submission: a dissatisfied answer opens its complaint at once; then the token is dead (R99, R101)."""
    task = _by_token(token, at=at)
    guest = _guest(task)
    answer = write_answer(task, values, actor=guest, at=at, channel=Answer.Channel.LINK, language=language)
    missing = task.unanswered_labels()
    if missing:
        raise DomainError(_("Please answer these too: %(questions)s.") % {"questions": listed(missing)})
    outcome = close_answer(task, answer, actor=guest, at=at)
    take_step(
        task, f"answer_{outcome}", actor=guest, at=at, sealed=SEALED, ended_at=at, asked_at=task.asked_at or at,
        is_late=at > task.due_at,
    )  # fmt: skip
    close_file(task, actor=Actor.system(guest.name, entrance="link"), at=at)
    return task


@transaction.atomic
def reply_by_link(token: str, words: str, *, at: dt.datetime, wants_action: bool = False) -> FollowUpTask:
    """Words under a thank-you: noted on the timeline, or a complaint when he wants something done. Then it is dead."""
    found = queries.task_by_digest(digest(token))
    task = locked(found.pk) if found is not None else None
    is_open = task is not None and task.link_expires_at is not None and at < task.link_expires_at
    if task is None or not is_open or task.state != TaskState.WAIVED:
        raise DomainError(_("This link has ended."))
    if not words.strip():
        raise DomainError(_("Write what you want to tell us."), field="verbatim")
    guest = _guest(task)
    if wants_action:
        complaints.register_complaint(
            actor=Actor.system(guest.name, entrance="link"), at=at, customer_id=task.customer_id,
            contact_id=task.contact_id, words=words, source="chat", station_id=task.station_id,
            asset_id=task.asset_id, order_id=task.order_id, case_id=task.case_id, involved=task.served_ids,
        )  # fmt: skip
    events.record("follow_up.reply", task, actor=guest, at=at, text=words, sealed=VIEW_TASK)
    task.link_digest, task.link_nonce, task.link_expires_at = "", "", None
    task.save(update_fields=["link_digest", "link_nonce", "link_expires_at"])
    return task


@transaction.atomic
def expire_link(task_id: int, *, at: dt.datetime) -> None:
    """Nobody answered: unreachable, and the contact is confirmed at the next visit."""
    task = locked(task_id)
    if task.state == TaskState.LINK_SENT and task.link_expires_at is not None and at >= task.link_expires_at:
        take_step(task, "expire", actor=Actor.system(), at=at, ended_at=at, confirm_contact=True)
        close_file(task, actor=Actor.system(), at=at, reason=_("customer not reached"))


def expire_links(*, now: dt.datetime, limit: int = 200) -> int:
    found = queries.ids_of_ended_links(now, limit)
    for pk in found:
        expire_link(pk, at=now)
    return len(found)


@transaction.atomic
def recover(task_id: int, *, actor: Actor, at: dt.datetime) -> FollowUpTask:
    """A new contact was verified within 30 days: three new attempts."""
    task = locked(task_id)
    task.attempts.filter(counts=True).update(counts=False)
    contact = queries.first_contact(task.customer_id) if task.contact is None or task.contact.left_on else None
    fields: dict[str, Any] = {"contact": contact} if contact else {}
    for name, value in fields.items():
        setattr(task, name, value)
    take_step(
        task, "recover", actor=actor, at=at, attempt_count=0, ended_at=None, link_digest="", link_nonce="",
        link_expires_at=None, **fields,
    )  # fmt: skip
    return task
