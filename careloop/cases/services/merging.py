"""One fault reported twice: merge the duplicate, and take that back when it was none."""

import datetime as dt
from typing import Any

from django.db import transaction
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from careloop.cases import rules
from careloop.cases.models import Case, Promise
from careloop.cases.services.common import end_pause, locked, working_minutes
from careloop.cases.states import CASE_FLOW, OPEN_STATES, CaseState, PromiseState
from careloop.core import events, flow
from careloop.core.actor import Actor
from careloop.core.errors import DomainError, NotFound
from careloop.core.models import Event

CLOCKS = ("response_due_at", "resolution_due_at", "promise_at", "responded_at")


@transaction.atomic
def merge_case(case_id: int, *, actor: Actor, at: dt.datetime, into: str, reason: str = "") -> Case:
    """Merge this request into the one numbered `into`. Earliest clock and promise win; both callers stay known.

    Raises:
        DomainError: not the same machine (or customer), or the other one is not open.
        NotFound: no such request among those the actor sees.
    """
    target_id = Case.objects.visible_to(actor).filter(number=into.strip()).values_list("pk", flat=True).first()
    if target_id is None:
        raise NotFound(_("There is no request “%(number)s”.") % {"number": into}, field="into")
    if target_id == case_id:
        raise DomainError(_("A request cannot be merged with itself."), field="into")
    rows = {pk: locked(pk) for pk in sorted((case_id, target_id))}  # one order for everybody: no deadlock
    case, target = rows[case_id], rows[target_id]
    flow.check(CASE_FLOW, case, "merge", actor=actor, at=at)
    _check_same(case, target)
    fields = end_pause(case, at=at) if case.state == CaseState.WAITING else {}
    before = {name: _iso(getattr(target, name)) for name in CLOCKS}
    moved = list(Promise.objects.filter(case=case, state=PromiseState.OPEN).values_list("pk", flat=True))
    flow.apply(
        CASE_FLOW,
        case,
        "merge",
        actor=actor,
        at=at,
        reason=reason,
        data={"into": target.number, "target_before": before, "promises": moved},
        merged_into_id=target.pk,
        waiting_for="",
        waiting_since=None,
        waiting_from="",
        **fields,
    )
    Promise.objects.filter(pk__in=moved).update(case=target)
    _take_earliest(target, case)
    events.record(
        "case.absorb",
        target,
        actor=actor,
        at=at,
        data={"number": case.number, "channel": case.channel},
        text=case.verbatim,
    )
    return case


def _check_same(case: Case, target: Case) -> None:
    if target.state not in OPEN_STATES:
        raise DomainError(
            _("“%(number)s” is not open any more; a request is merged into an open one.") % {"number": target.number},
            field="into",
        )
    both_known = case.asset_id is not None and target.asset_id is not None
    if both_known and case.asset_id != target.asset_id:
        raise DomainError(_("The two requests are about different machines."), field="into")
    if not both_known and case.customer_id != target.customer_id:
        raise DomainError(_("The two requests come from different customers."), field="into")


def _take_earliest(target: Case, case: Case) -> None:
    for name in CLOCKS:
        value = rules.earliest(getattr(target, name), getattr(case, name))
        if name == "responded_at" and value is not None:
            value = max(value, target.received_at)
        setattr(target, name, value)
    if target.responded_at is not None:
        target.response_minutes = working_minutes(target, target.received_at, target.responded_at)
    target.handover_count += case.handover_count
    target.save(update_fields=[*CLOCKS, "response_minutes", "handover_count"])


@transaction.atomic
def unmerge_case(case_id: int, *, actor: Actor, at: dt.datetime, reason: str) -> Case:
    """It was no duplicate: both go on with the clocks of their own start."""
    merged = Case.objects.only("pk", "merged_into_id").get(pk=case_id)
    wanted = sorted({case_id, *([merged.merged_into_id] if merged.merged_into_id else [])})
    rows = {pk: locked(pk) for pk in wanted}
    case = rows[case_id]
    target = rows.get(case.merged_into_id) if case.merged_into_id else None
    flow.apply(
        CASE_FLOW,
        case,
        "unmerge",
        actor=actor,
        at=at,
        reason=reason,
        merged_into_id=None,
        data={"from": target.number if target else ""},
    )
    fact = Event.objects.filter(kind="case.merge", subject_type="case", subject_id=case_id).order_by("-pk").first()
    if target is not None and fact is not None:
        _give_back(case, target, fact.data)
        events.record("case.release", target, actor=actor, at=at, data={"number": case.number})
    return case


def _give_back(case: Case, target: Case, data: dict[str, Any]) -> None:
    """The promises return to where they were given; the target's clocks too, unless it was answered meanwhile."""
    Promise.objects.filter(pk__in=data.get("promises", []), case=target).update(case=case)
    before = data.get("target_before", {})
    for name in CLOCKS:
        own = parse_datetime(before[name]) if before.get(name) else None
        if name == "responded_at" and target.responded_at != case.responded_at:
            continue
        setattr(target, name, own)
    if target.responded_at is None:
        target.response_minutes = None
    target.handover_count = max(0, target.handover_count - case.handover_count)
    target.save(update_fields=[*CLOCKS, "response_minutes", "handover_count"])


def _iso(value: dt.datetime | None) -> str | None:
    return value.isoformat() if value is not None else None
