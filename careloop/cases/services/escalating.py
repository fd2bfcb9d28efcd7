"""Escalation: to the next level in one step, and again when that level does not react in time (R83)."""

import datetime as dt
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from careloop.cases.models import Case, SupportLevel, known_levels
from careloop.cases.services.common import locked
from careloop.cases.states import CASE_FLOW
from careloop.core import calendar, events, flow
from careloop.core.actor import Actor
from careloop.core.errors import Conflict, DomainError
from careloop.entitlements import queries as entitlements

CHANGE = "entitlements.change_standard"


@transaction.atomic
def escalate(case_id: int, *, actor: Actor, at: dt.datetime) -> Case:
    """Hand the request to the next level; from now on that level has its working minutes to react."""
    case = locked(case_id)
    flow.check(CASE_FLOW, case, "escalate", actor=actor, at=at)
    _raise(case, "escalate", actor=actor, at=at)
    return case


@transaction.atomic
def escalate_further(case_id: int, *, actor: Actor, at: dt.datetime) -> bool:
    """The level that was asked did not react: the next one gets it. False when somebody was faster."""
    case = locked(case_id)
    step = CASE_FLOW.find("escalate_further", case.state)
    if step is None or flow.first_refusal(step, case, actor=actor, at=at) is not None:
        return False
    _raise(case, "escalate_further", actor=actor, at=at)
    return True


def _raise(case: Case, action: str, *, actor: Actor, at: dt.datetime) -> None:
    level = case.next_level
    assert level is not None  # the guard has asked
    flow.apply(
        CASE_FLOW,
        case,
        action,
        actor=actor,
        at=at,
        data=facts_of(case, level, at),
        assignee_id=None,
        handover_count=case.handover_count + (case.assignee_id is not None),
        **fields_of(case, level, actor=actor, at=at),
    )


def fields_of(case: Case, level: SupportLevel, *, actor: Actor, at: dt.datetime) -> dict[str, Any]:
    """What a request carries from the moment a level is asked."""
    ensure_levels()
    return {
        "support_level": level.number,
        "escalated_at": at,
        "escalated_by_id": actor.person_id,
        "escalation_due_at": due_at(case, level, at),
    }


def facts_of(case: Case, level: SupportLevel, at: dt.datetime) -> dict[str, Any]:
    before = case.level
    return {
        "level": level.number,
        "level_name": level.name,
        "level_name_en": level.name_en,
        "from_level": before.name if before is not None else str(case.support_level),
        "due_at": due_at(case, level, at).isoformat(),
    }


def due_at(case: Case, level: SupportLevel, at: dt.datetime) -> dt.datetime:
    """In the working time of the case's station."""
    clock = entitlements.working_time_of(case.station)
    return calendar.add_minutes(clock, at, level.minutes, zone=case.station.time_zone)


# --- levels are data ----------------------------------------------------------------------------------------------


def ensure_levels() -> None:
    """The levels that come with the product, when the firm has none."""
    if not SupportLevel.objects.exists():
        SupportLevel.objects.bulk_create(known_levels(), ignore_conflicts=True)


@transaction.atomic
def save_level(
    number: int,
    *,
    actor: Actor,
    at: dt.datetime,
    name: str,
    minutes: int,
    name_en: str = "",
    department_id: int | None = None,
) -> SupportLevel:
    """Change a level, or add the one above the highest. Deadlines that run already stay as they are."""
    actor.require(CHANGE)
    ensure_levels()
    if not name.strip():
        raise DomainError(_("A level needs a name."), field="name")
    if minutes < 1:
        raise DomainError(_("Give the level at least one minute."), field="minutes")
    highest = max(level.number for level in known_levels())
    if not 1 <= number <= highest + 1:
        raise DomainError(_("Levels have no gap: the next one is %(n)d.") % {"n": highest + 1}, field="number")
    before = SupportLevel.objects.filter(number=number).values("name", "minutes", "department").first()
    values = {"name": name.strip(), "name_en": name_en.strip(), "minutes": minutes, "department_id": department_id}
    row, _is_new = SupportLevel.objects.update_or_create(number=number, defaults=values)
    events.record("support_level.set", row, actor=actor, at=at, data={"before": before, "after": values})
    return row


@transaction.atomic
def remove_level(number: int, *, actor: Actor, at: dt.datetime) -> None:
    """Take the highest level away, while no open request is there.

    Raises:
        Conflict: a level in the middle, the only one, or one with open requests.
    """
    actor.require(CHANGE)
    ensure_levels()
    levels = known_levels()
    if number != levels[-1].number or len(levels) == 1:
        raise Conflict(_("Only the highest level can be taken away, and one has to stay."))
    if Case.objects.open().filter(support_level=number).exists():
        raise Conflict(_("Open requests are at this level. Finish them first."))
    row = SupportLevel.objects.lock(levels[-1].pk)
    events.record("support_level.remove", row, actor=actor, at=at, data={"name": row.name, "minutes": row.minutes})
    row.delete()
