"""Step 4, inspection: by somebody who did not repair; what fails goes back (R63)."""

import datetime as dt
from collections.abc import Iterable
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from careloop.core import flow
from careloop.core.actor import Actor
from careloop.core.errors import DomainError, TransitionRefused
from careloop.workorders.models import Inspection, OrderLine, OrderPerson, WorkOrder
from careloop.workorders.services import loading, repair, stamps
from careloop.workorders.states import CERTIFICATE_NEEDED, FLOW, Check, Outcome, ReworkReason, Step


@transaction.atomic
def pass_order(
    order_id: int,
    *,
    actor: Actor,
    at: dt.datetime,
    checklist: Iterable[dict[str, Any]],
    certificate_no: str = "",
) -> WorkOrder:
    """Passed: every point is in order; level-2, assembly and whole-vehicle work also get a certificate number."""
    order = loading.lock(order_id)
    points = _points(checklist)
    _require_independent(order, actor, at)
    bad = [row for row in points if row["result"] == "bad"]
    if bad:
        raise DomainError(
            _("“%(point)s” is not in order. Press “Not passed”.") % {"point": Check(bad[0]["key"]).label},
            field="checklist",
        )
    if not points:
        raise DomainError(_("Tick the points that were checked."), field="checklist")
    needs = order.work_class in CERTIFICATE_NEEDED
    if needs and not certificate_no.strip():
        raise DomainError(_("This class of work needs a certificate. Enter its number."), field="certificate_no")
    flow.apply(
        FLOW,
        order,
        "pass",
        actor=actor,
        at=at,
        inspector_id=actor.person_id,
        outcome=Outcome.DONE,
        data={"certificate_no": certificate_no.strip(), "rework_count": order.rework_count},
    )
    _record(
        order, actor, at, passed=True, checklist=points, certificate_no=certificate_no.strip(), needs_certificate=needs
    )
    stamps.end(order, Step.INSPECTION, at=at, person_id=actor.person_id)
    stamps.begin(order, Step.SETTLEMENT, at=at)
    return order


@transaction.atomic
def fail_order(
    order_id: int,
    *,
    actor: Actor,
    at: dt.datetime,
    reason_code: str,
    reason: str,
    checklist: Iterable[dict[str, Any]] = (),
    reopened: Iterable[int] = (),
) -> WorkOrder:
    """Not passed: back to repair without charge, counted. `reopened`: items that have to be done again."""
    order = loading.lock(order_id)
    _require_independent(order, actor, at)
    if reason_code not in ReworkReason.values:
        raise DomainError(_("Choose the reason code."), field="reason_code")
    if not reason.strip():
        raise DomainError(_("Describe what is not in order."), field="reason")
    flow.apply(
        FLOW,
        order,
        "fail",
        actor=actor,
        at=at,
        reason=reason,
        inspector_id=actor.person_id,
        rework_count=order.rework_count + 1,
        data={"reason_code": reason_code, "rework_count": order.rework_count + 1},
    )
    _record(
        order, actor, at, passed=False, reason_code=reason_code, reason=reason.strip(), checklist=_points(checklist)
    )
    OrderLine.objects.filter(order=order, pk__in=list(reopened)).update(done_at=None)
    stamps.end(order, Step.INSPECTION, at=at, person_id=actor.person_id)
    stamps.begin(order, Step.REPAIR, at=at, person_id=order.technician_id)
    return order


def _points(checklist: Iterable[dict[str, Any]]) -> list[dict[str, str]]:
    found = []
    for row in checklist:
        key, result = str(row.get("key", "")), str(row.get("result", ""))
        if key not in Check.values or result not in ("ok", "bad", "na"):
            raise DomainError(_("A point of the checklist is unknown, or has no result."), field="checklist")
        found.append({"key": key, "result": result, "note": str(row.get("note", ""))[:120]})
    return found


def _require_independent(order: WorkOrder, actor: Actor, at: dt.datetime) -> None:
    """The guard of the table speaks first; the table row of the person is the second lock."""
    actor.require("workorders.inspect")
    if actor.person_id is not None and actor.person_id in order.technician_ids:
        raise TransitionRefused(_("You worked on this order as technician. Somebody else has to inspect it."))


def _record(order: WorkOrder, actor: Actor, at: dt.datetime, **fields: Any) -> None:
    assert actor.person_id is not None  # the guard has refused everybody without a person
    try:
        with transaction.atomic():
            stamps.take_part(order, actor.person_id, OrderPerson.Role.INSPECTOR)
            Inspection.objects.create(
                order=order, inspector_id=actor.person_id, technician_id=order.technician_id, at=at, **fields
            )
    except IntegrityError as error:
        raise TransitionRefused(
            _("You worked on this order as technician. Somebody else has to inspect it.")
        ) from error


@transaction.atomic
def start_rework(order_id: int, *, actor: Actor, at: dt.datetime, technician: int | None = None) -> WorkOrder:
    """The rework begins, by the same or another technician; his time counts as rework."""
    order = loading.lock(order_id)
    actor.require("workorders.repair")
    person_id = technician or order.technician_id or actor.person_id
    if person_id is None:
        raise DomainError(_("Choose who does the rework."), field="technician")
    loading.person(person_id, station_id=order.station_id, field="technician", permission="workorders.repair")
    stamps.take_part(order, person_id, OrderPerson.Role.TECHNICIAN)
    flow.apply(
        FLOW,
        order,
        "start_rework",
        actor=actor,
        at=at,
        technician_id=person_id,
        inspector_id=None,
        data={"rework_count": order.rework_count},
    )
    repair.start_log(order, person_id, at=at)
    return order
