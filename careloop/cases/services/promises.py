"""The register of promises: given, kept, broken, renewed; nobody deletes one (R196)."""

import datetime as dt

from django.db import transaction
from django.utils.translation import gettext as _

from careloop.cases.models import Case, Promise
from careloop.cases.services.common import first_response
from careloop.cases.states import CASE_FLOW, FINAL_STATES, PROMISE_FLOW, PromiseKind, PromiseState
from careloop.core import flow
from careloop.core.actor import Actor
from careloop.core.errors import DomainError


@transaction.atomic
def set_promise(
    case_id: int,
    *,
    actor: Actor,
    at: dt.datetime,
    due_at: dt.datetime,
    text: str = "",
    kind: str = PromiseKind.CALL_BACK,
) -> Promise:
    """Promise something to the customer until a time; it becomes a duty of the giver.

    Raises:
        DomainError: the time is past, or the request is over.
    """
    case = Case.objects.lock(case_id)
    if case.state in FINAL_STATES:
        raise DomainError(_("This request is over. Open it again before promising anything."))
    promise = _give(case, due_at=due_at, text=text, kind=kind, actor=actor, at=at)
    show_next(case)
    return promise


def _give(
    case: Case,
    *,
    due_at: dt.datetime,
    text: str,
    kind: str,
    actor: Actor,
    at: dt.datetime,
    renewed_from: Promise | None = None,
) -> Promise:
    if due_at <= at:
        raise DomainError(_("A promise lies in the future. Choose a later time."), field="due_at")
    promise = Promise(
        case=case,
        kind=kind,
        text=text.strip() or str(PromiseKind(kind).label),
        due_at=due_at,
        given_at=at,
        given_by_id=actor.person_id,
        renewed_from=renewed_from,
    )
    flow.start(PROMISE_FLOW, promise, "give", actor=actor, at=at, data=facts_of(promise))
    return promise


def first_promise(case: Case, *, text: str, actor: Actor, at: dt.datetime) -> Promise:
    """The promise that every accepted request carries (form 2.4, mandatory)."""
    assert case.promise_at is not None
    return _give(case, due_at=case.promise_at, text=text, kind=PromiseKind.CALL_BACK, actor=actor, at=at)


def answered_at_once(case: Case, *, actor: Actor, at: dt.datetime) -> None:
    """Whoever took the request down answered it as well: that is the first human response."""
    fields = first_response(case, actor=actor, at=at)
    flow.apply(
        CASE_FLOW,
        case,
        "reply",
        actor=actor,
        at=at,
        data={"channel": case.channel, "at_once": True},
        last_contact_at=at,
        **fields,
    )
    keep_call_backs(case, actor=actor, at=at)


@transaction.atomic
def keep_promise(promise_id: int, *, actor: Actor, at: dt.datetime) -> Promise:
    """Done. After the promised time it is broken and made good: ten minutes late counts as broken."""
    promise = Promise.objects.lock(promise_id)
    case = Case.objects.lock(promise.case_id)
    _settle(promise, actor=actor, at=at)
    show_next(case)
    return promise


@transaction.atomic
def make_good(promise_id: int, *, actor: Actor, at: dt.datetime) -> Promise:
    """Do late what was promised; the promise stays counted as broken."""
    promise = Promise.objects.lock(promise_id)
    flow.apply(PROMISE_FLOW, promise, "make_good", actor=actor, at=at, data=facts_of(promise))
    return promise


@transaction.atomic
def renew_promise(
    promise_id: int, *, actor: Actor, at: dt.datetime, due_at: dt.datetime, reason: str, is_told: bool
) -> Promise:
    """Agree another time with the customer, before the old one; the old time stays on record.

    Raises:
        DomainError: the customer was not told, or the new time is past.
        TransitionRefused: the promised time has passed already.
    """
    if not is_told:
        raise DomainError(_("Tell the customer first; a promise is renewed with him, not without."), field="is_told")
    promise = Promise.objects.lock(promise_id)
    case = Case.objects.lock(promise.case_id)
    data = {**facts_of(promise), "renewed_for": due_at.isoformat()}
    flow.apply(PROMISE_FLOW, promise, "renew", actor=actor, at=at, reason=reason, data=data, ended_at=at)
    new = _give(case, due_at=due_at, text=promise.text, kind=promise.kind, actor=actor, at=at, renewed_from=promise)
    show_next(case)
    return new


@transaction.atomic
def release_promise(promise_id: int, *, actor: Actor, at: dt.datetime, reason: str) -> Promise:
    """The customer no longer wants it, in his words."""
    promise = Promise.objects.lock(promise_id)
    case = Case.objects.lock(promise.case_id)
    flow.apply(PROMISE_FLOW, promise, "release", actor=actor, at=at, reason=reason, data=facts_of(promise), ended_at=at)
    show_next(case)
    return promise


@transaction.atomic
def break_promise(promise_id: int, *, actor: Actor, at: dt.datetime) -> bool:
    """The time has passed: found by the sweep. False when somebody was faster."""
    promise = Promise.objects.lock(promise_id)
    if promise.state != PromiseState.OPEN or at <= promise.due_at:
        return False
    flow.apply(PROMISE_FLOW, promise, "break", actor=actor, at=at, data=facts_of(promise), ended_at=promise.due_at)
    return True


def keep_call_backs(case: Case, *, actor: Actor, at: dt.datetime) -> None:
    """Speaking to the customer keeps the promises to call back."""
    for promise in Promise.objects.filter(case=case, kind=PromiseKind.CALL_BACK, state=PromiseState.OPEN):
        _settle(promise, actor=actor, at=at)
    for promise in Promise.objects.filter(case=case, kind=PromiseKind.CALL_BACK, state=PromiseState.BROKEN):
        flow.apply(PROMISE_FLOW, promise, "make_good", actor=actor, at=at, data=facts_of(promise))
    show_next(case)


def settle_all(case: Case, *, actor: Actor, at: dt.datetime) -> None:
    """The service is done: what was still promised is kept, or late."""
    for promise in Promise.objects.filter(case=case, state=PromiseState.OPEN).order_by("pk"):
        _settle(promise, actor=actor, at=at)


def release_all(case: Case, *, reason: str, actor: Actor, at: dt.datetime) -> None:
    """The customer withdrew: nobody owes him anything any more."""
    for promise in Promise.objects.filter(case=case, state=PromiseState.OPEN).order_by("pk"):
        if at > promise.due_at:
            _settle(promise, actor=actor, at=at)
        else:
            flow.apply(
                PROMISE_FLOW, promise, "release", actor=actor, at=at, reason=reason, data=facts_of(promise), ended_at=at
            )


def _settle(promise: Promise, *, actor: Actor, at: dt.datetime) -> None:
    """Kept in time, or broken at its time and made good now; each step is written singly."""
    facts = facts_of(promise)
    if promise.state == PromiseState.OPEN and at > promise.due_at:
        flow.apply(PROMISE_FLOW, promise, "break", actor=Actor.system(), at=at, data=facts, ended_at=promise.due_at)
    if promise.state == PromiseState.BROKEN:
        flow.apply(PROMISE_FLOW, promise, "make_good", actor=actor, at=at, data=facts)
        return
    flow.apply(PROMISE_FLOW, promise, "keep", actor=actor, at=at, data=facts, ended_at=at)


def show_next(case: Case) -> None:
    """The request shows its next open promise."""
    case.promise_at = (
        Promise.objects.filter(case=case, state=PromiseState.OPEN)
        .order_by("due_at")
        .values_list("due_at", flat=True)
        .first()
    )
    case.save(update_fields=["promise_at"])


def facts_of(promise: Promise) -> dict[str, str]:
    return {"promise": promise.text, "kind": str(promise.kind), "due_at": promise.due_at.isoformat()}
