"""Orders that grow out of a request. The app above (work orders, complaints) calls in when one starts and ends."""

import dataclasses
import datetime as dt

from django.db import transaction
from django.utils.translation import gettext as _

from careloop.cases.models import Case
from careloop.cases.services.common import locked, verdict
from careloop.cases.states import CASE_FLOW, CaseState
from careloop.core import flow
from careloop.core.actor import Actor
from careloop.core.errors import TransitionRefused


@transaction.atomic
def child_started(case_id: int, *, actor: Actor, at: dt.datetime, number: str, kind: str = "workorder") -> Case:
    """An order was opened for this request, in the caller's transaction. Several are possible.

    Args:
        number: number of the order, kept on the timeline.
        kind: what it is: `workorder`, `complaint`, …
    """
    case = locked(case_id)
    flow.apply(
        CASE_FLOW,
        case,
        "convert",
        actor=actor,
        at=at,
        data={"order": number, "order_kind": kind},
        open_child_count=case.open_child_count + 1,
        resolved_at=None,
    )
    return case


convert_case = child_started


@transaction.atomic
def child_resumed(case_id: int, *, actor: Actor, at: dt.datetime, number: str, was_done: bool) -> Case:
    """An order that had ended runs again, because its hand-over was undone: it counts as running, no longer as done.

    Args:
        was_done: what `child_finished` was told when the order ended.
    """
    case = locked(case_id)
    flow.apply(
        CASE_FLOW,
        case,
        "convert",
        actor=actor,
        at=at,
        data={"order": number, "order_kind": "workorder", "undone": True},
        open_child_count=case.open_child_count + 1,
        finished_child_count=max(0, case.finished_child_count - was_done),
        resolved_at=None,
    )
    return case


@transaction.atomic
def child_finished(case_id: int, *, actor: Actor, at: dt.datetime, number: str, done: bool, reason: str = "") -> Case:
    """An order ended: done, or cancelled or refused without a result.

    When the last one ended without any result the request goes back to “accepted”; when at least one was done the
    service counts as rendered at this moment.

    Raises:
        TransitionRefused: the request has no running order.
    """
    case = locked(case_id)
    if not case.open_child_count:
        raise TransitionRefused(_("This request has no running order."))
    program = dataclasses.replace(actor, is_system=True)  # nobody's button: it follows from the order
    running, finished = case.open_child_count - 1, case.finished_child_count + done
    is_over = running == 0 and finished > 0
    resolved = at if is_over else None
    flow.apply(
        CASE_FLOW,
        case,
        "child_finish",
        actor=program,
        at=at,
        reason=reason,
        data={"order": number, "done": done},
        open_child_count=running,
        finished_child_count=finished,
        resolved_at=resolved,
        is_sla_kept=verdict(case, resolved_at=at, responded_at=case.responded_at) if is_over else case.is_sla_kept,
    )
    if running == 0 and finished == 0 and case.state == CaseState.CONVERTED:
        flow.apply(
            CASE_FLOW,
            case,
            "child_fail",
            actor=program,
            at=at,
            reason=reason or _("The order ended without a result."),
            data={"order": number},
        )
    return case
