"""How a request comes in: noted down as a draft, or accepted with its clocks and its promise."""

import datetime as dt
from dataclasses import replace
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from careloop.assets import services as assets
from careloop.assets.models import Asset
from careloop.cases import rules
from careloop.cases.models import Case
from careloop.cases.services import parties, promises
from careloop.cases.services.common import locked, make_findable, start_clocks, station_of
from careloop.cases.states import CASE_FLOW, WORKED_STATES, CaseState, ChargeKind, Kind, is_own_draft
from careloop.core import events, flow
from careloop.core.actor import Actor
from careloop.core.errors import Conflict, DomainError, TransitionRefused
from careloop.core.models import IdempotencyKey
from careloop.core.numbering import next_number
from careloop.entitlements import queries as entitlements
from careloop.staff.models import Station

# What the person at the desk writes; everything else is set by the program (form 2.4, column A).
WRITABLE = (
    "channel",
    "kind",
    "urgency",
    "stopped_since",
    "is_safety",
    "title",
    "verbatim",
    "symptom",
    "alarm_no",
    "circumstances",
    "place",
    "meter",
    "requested_for",
    "is_reading_unavailable",
)


@transaction.atomic
def accept_case(
    *,
    actor: Actor,
    at: dt.datetime,
    promise_at: dt.datetime | None = None,
    promise_text: str = "",
    is_answered: bool = False,
    **fields: Any,
) -> Case:
    """Register a request and start its clocks.

    Args:
        promise_at: what the customer was told; without it the due time of the first response is the promise.
        is_answered: the question was answered while it was taken down: the first human response.
        fields: those of `draft_case`.

    Raises:
        DomainError: a value that cannot be; TransitionRefused: something the register demands is missing.
    """
    case = _new(actor=actor, at=at, **fields)
    with events.together() as told:
        _accept(case, actor=actor, at=at, promise_at=promise_at, is_new=True)
        promises.first_promise(case, text=promise_text, actor=actor, at=at)
        if is_answered:
            promises.answered_at_once(case, actor=actor, at=at)
    make_findable(case, is_new=True)
    case.told = told
    return case


def accept_once(*, key: str, digest: str, actor: Actor, at: dt.datetime, **fields: Any) -> Case:
    """`accept_case` for programs that may repeat a call: the same key gives the request that the first call made.

    Args:
        key: chosen by the caller, at most 80 characters; empty: an ordinary acceptance.
        digest: mark of the whole body, so that one key is not used for two requests.

    Raises:
        Conflict: the key was used for something else.
    """
    if not key:
        return accept_case(actor=actor, at=at, **fields)
    if len(key) > 80:
        raise DomainError(_("An idempotency key has at most 80 characters."), field="Idempotency-Key")
    return _accept_marked(key, digest, actor=actor, at=at, **fields)


@transaction.atomic
def _accept_marked(key: str, digest: str, *, actor: Actor, at: dt.datetime, **fields: Any) -> Case:
    user = actor.user_id or 0
    try:
        with transaction.atomic():  # the second caller waits here until the first one is done
            mark = IdempotencyKey.objects.create(key=key, user_id=user, created_at=at, digest=digest)
    except IntegrityError:
        earlier = IdempotencyKey.objects.get(key=key, user_id=user)
        if earlier.digest != digest:
            raise Conflict(_("This idempotency key was used for another request. Choose a new one.")) from None
        return Case.objects.visible_to(actor).get(number=earlier.subject_number)
    case = accept_case(actor=actor, at=at, **fields)
    mark.subject_number = case.number
    mark.save(update_fields=["subject_number"])
    return case


@transaction.atomic
def draft_case(*, actor: Actor, at: dt.datetime, **fields: Any) -> Case:
    """Keep what was taken down so far. Only its writer sees it, for one working day.

    Keyword fields: station_id, customer_id, contact_id, asset_id, is_asset_unknown, new_customer, new_contact,
    new_asset (dicts, see `parties`), channel, kind, urgency, stopped_since, is_safety, title, verbatim, symptom,
    alarm_no, readings (list of `{key, value, unit}`), is_reading_unavailable, circumstances, place, meter,
    requested_for, charge_kind, assignee_id, repeat_of_id, received_at (not after `at`).
    """
    case = _new(actor=actor, at=at, **fields)
    case.number = next_number("FW", case.received_at)
    flow.start(CASE_FLOW, case, "draft", actor=actor, at=at)
    return case


@transaction.atomic
def save_draft(case_id: int, *, actor: Actor, at: dt.datetime, **fields: Any) -> Case:
    """Go on writing a draft."""
    case = locked(case_id)
    if case.state != CaseState.DRAFT:
        raise DomainError(_("This request is accepted already. Change its entries on its page."))
    if (why := is_own_draft(case, actor=actor, at=at)) is not None:
        raise TransitionRefused(why)
    _fill(case, actor=actor, at=at, **fields)
    case.save()
    return case


@transaction.atomic
def accept_draft(
    case_id: int,
    *,
    actor: Actor,
    at: dt.datetime,
    promise_at: dt.datetime | None = None,
    promise_text: str = "",
    is_answered: bool = False,
    **fields: Any,
) -> Case:
    """Finish a draft. Its clocks run from the moment the customer was heard, not from now."""
    case = locked(case_id)
    if fields:
        _fill(case, actor=actor, at=at, **fields)
        case.save()
    _accept(case, actor=actor, at=at, promise_at=promise_at, is_new=False)
    promises.first_promise(case, text=promise_text, actor=actor, at=at)
    if is_answered:
        promises.answered_at_once(case, actor=actor, at=at)
    make_findable(case)
    return case


@transaction.atomic
def discard_draft(case_id: int, *, actor: Actor, at: dt.datetime) -> Case:
    case = locked(case_id)
    flow.apply(CASE_FLOW, case, "discard", actor=actor, at=at, cancelled_at=at)
    return case


@transaction.atomic
def list_old_draft(case_id: int, *, actor: Actor, at: dt.datetime) -> bool:
    """A draft older than one working day is shown to the station; once."""
    case = Case.objects.lock(case_id)
    if case.state != CaseState.DRAFT or case.draft_listed_at is not None:
        return False
    case.draft_listed_at = at
    case.save(update_fields=["draft_listed_at"])
    events.record("case.list_draft", case, actor=actor, at=at)
    return True


@transaction.atomic
def edit_case(case_id: int, *, actor: Actor, at: dt.datetime, reason: str = "", **fields: Any) -> Case:
    """Change entries of an accepted request; before and after go to the timeline. Clocks stay as they are.

    Raises:
        DomainError: the charge is changed without a reason.
    """
    case = locked(case_id)
    before = {name: getattr(case, name) for name in _EDITABLE}
    charge = fields.get("charge_kind")
    if charge and case.charge_kind not in ("", charge) and not reason.strip():
        raise DomainError(_("Say why the charge changes; the customer may ask."), field="reason")
    _fill(case, actor=actor, at=at, **fields)
    after = {name: getattr(case, name) for name in _EDITABLE}
    changed = [name for name in _EDITABLE if before[name] != after[name]]
    if not changed:
        return case
    data = {"before": {n: _plain(before[n]) for n in changed}, "after": {n: _plain(after[n]) for n in changed}}
    flow.apply(
        CASE_FLOW, case, "edit", actor=actor, at=at, reason=reason, data=data, **{name: after[name] for name in changed}
    )
    if "kind" in changed and case.state in WORKED_STATES:
        _say_complaint(case, actor=actor, at=at)
    make_findable(case)
    return case


_EDITABLE = (
    *WRITABLE,
    "customer_id",
    "contact_id",
    "is_contact_unverified",
    "asset_id",
    "is_asset_unknown",
    "charge_kind",
    "readings",
    "priority",
)


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, dt.datetime) else str(value) if value is not None else None


def _new(*, actor: Actor, at: dt.datetime, received_at: dt.datetime | None = None, **fields: Any) -> Case:
    if received_at is not None and received_at > at:
        raise DomainError(_("A request cannot be received in the future."), field="received_at")
    case = Case(received_at=received_at or at, received_by_id=actor.person_id)
    _fill(case, actor=actor, at=at, **fields)
    return case


def _fill(
    case: Case,
    *,
    actor: Actor,
    at: dt.datetime,
    station_id: int | None = None,
    readings: Any = None,
    charge_kind: str | None = None,
    assignee_id: int | None = None,
    repeat_of_id: int | None = None,
    **fields: Any,
) -> None:
    """Set what was written, check what must fit together, derive what follows from it."""
    who = {name: fields.pop(name) for name in parties.NAMES if name in fields}
    for name, value in fields.items():
        if name not in WRITABLE:
            raise TypeError(name)
        setattr(case, name, value.strip() if isinstance(value, str) else value)
    if who or not case.station_id:
        parties.resolve(case, actor=actor, at=at, station_id=station_id, **who)
    if case.stopped_since is not None and case.stopped_since > at:
        raise DomainError(_("The machine cannot have stopped in the future."), field="stopped_since")
    if readings is not None:
        case.readings = parties.check_readings(case.asset, readings, at=at, source=actor.name)
    if repeat_of_id is not None:
        case.repeat_of_id = parties.visible_case(actor, repeat_of_id).pk
    if assignee_id is not None:
        case.assignee_id = parties.colleague(assignee_id, case.station_id).pk
    case.is_asset_unknown = case.is_asset_unknown and case.asset_id is None
    case.priority = rules.priority_of(case.urgency, case.is_safety)
    case.title = (case.title or rules.title_of(case.verbatim, symptom=case.symptom))[:200]
    if charge_kind:
        case.charge_kind = ChargeKind(charge_kind)


def _accept(case: Case, *, actor: Actor, at: dt.datetime, promise_at: dt.datetime | None, is_new: bool) -> None:
    """Check the register's demands, fix clocks and warranty, write the first promise, record the fact."""
    if promise_at is not None and promise_at <= at:
        raise DomainError(_("A promise lies in the future. Choose a later time."), field="promise_at")
    station = case.station if is_new else station_of(case.station_id)
    clocks = entitlements.clocks_for(kind=case.kind, urgency=case.urgency, station=station, at=case.received_at)
    start_clocks(case, clocks)
    _judge_warranty(case, station)
    case.promise_at = promise_at or _usual_promise(case, at)
    case.last_contact_at = case.received_at
    data = {
        "channel": case.channel,
        "kind": case.kind,
        "urgency": case.urgency,
        "standards": list(clocks.codes),
        "warranty": case.warranty_state,
        "promise_at": case.promise_at.isoformat(),
        "contact": "unverified" if case.is_contact_unverified else "verified",
    }
    if is_new:
        case.number = next_number("FW", case.received_at)
        flow.start(CASE_FLOW, case, "accept", actor=actor, at=at, data=data, text=case.verbatim)
    else:
        flow.apply(CASE_FLOW, case, "accept", actor=actor, at=at, data=data, text=case.verbatim)
        case.save()
    _say_complaint(case, actor=actor, at=at)
    _pass_on_meter(case, actor=actor, at=at)


def _say_complaint(case: Case, *, actor: Actor, at: dt.datetime) -> None:
    """A fact of its own, for the app above that opens the complaint with its clock."""
    if case.kind == Kind.COMPLAINT:
        program = replace(actor, is_system=True)  # nobody's button: it follows from the kind
        flow.apply(CASE_FLOW, case, "complain", actor=program, at=at)


def _usual_promise(case: Case, at: dt.datetime) -> dt.datetime:
    """Without another word the customer hears from us until the response is due, or within the hour."""
    due = case.response_due_at
    return due if due is not None and due > at else at + dt.timedelta(hours=1)


def _judge_warranty(case: Case, station: Station) -> None:
    """Free or paid is proposed by the warranty of the day; a person may change it, with a reason."""
    if case.asset is None:
        case.warranty_state = "unknown"
        return
    day = timezone.localtime(case.received_at).date()
    warranty = entitlements.warranty_of(case.asset, on=day, meter=case.meter)
    case.warranty_state, case.warranty_until = warranty.state, warranty.until
    if not case.charge_kind:
        case.charge_kind = rules.charge_for(warranty.state)


def _pass_on_meter(case: Case, *, actor: Actor, at: dt.datetime) -> None:
    """The reading belongs to the machine's file as well; an odd one is refused there, with what to do."""
    asset: Asset | None = case.asset
    if asset is None or case.meter is None or asset.meter == case.meter:
        return
    assets.record_meter(asset.pk, case.meter, actor=actor, at=at, source="customer")
