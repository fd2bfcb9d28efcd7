"""Reads of follow-up tasks: the queue, the next call, what the sweeps find."""

import datetime as dt
from collections.abc import Mapping
from typing import Any

from django.db.models import Case, Count, Exists, F, OuterRef, Q, QuerySet, Value, When

from careloop.cases.models import Case as Request
from careloop.core.actor import Actor
from careloop.core.models import Event
from careloop.customers.models import Contact
from careloop.feedback import rules
from careloop.feedback.models import (
    CallAttempt,
    FamilyCallers,
    FollowUpTask,
    QuestionItem,
    QuestionnaireVersion,
)
from careloop.feedback.models.tasks import TaskQuerySet, contact_policy
from careloop.feedback.states import DONE, TaskState
from careloop.staff.models import Station
from careloop.workorders.models import WorkOrder

S = TaskState
CALL_STATES = (S.DUE, S.RESCHEDULED)
SHOWN = (
    "customer",
    "contact",
    "asset__model__family",
    "station",
    "order__customer",
    "order__contact",
    "order__asset__model",
    "order__adviser",
    "order__technician",
    "order__inspector",
    "order__bill",
    "case",
    "technician",
    "caller",
    "version__questionnaire",
)


TASK_VIEWS = ("due", "late", "open", "done", "not_asked", "nobody", "all")


def task_list(actor: Actor, filters: Mapping[str, Any] | None = None, *, now: dt.datetime) -> TaskQuerySet:
    """Follow-ups the actor may see.

    Filters: view (see `TASK_VIEWS`), state, station_id, customer_id, order_id, service_type, waive_reason, q.
    """
    rows = FollowUpTask.objects.visible_to(actor).select_related(
        "customer", "asset__model", "station", "caller", "order"
    )
    given = {name: value for name, value in (filters or {}).items() if value not in (None, "", [])}
    for name in ("station_id", "customer_id", "service_type", "order_id", "waive_reason"):
        if name in given:
            rows = rows.filter(**{name: given[name]})
    view = given.get("view", "")
    if view == "open":
        rows = rows.open()
    elif view == "due":
        rows = rows.filter(state__in=[*CALL_STATES, S.IN_CALL])
    elif view == "late":
        rows = rows.filter(is_open=True, due_at__lt=now)
    elif view == "done":
        rows = rows.filter(state__in=DONE)
    elif view == "not_asked":
        rows = rows.filter(Q(state__in=[S.WAIVED, S.REFUSED, S.UNREACHABLE]) | Q(merged_into__isnull=False))
    elif view == "nobody":
        rows = rows.filter(is_open=True, asset__model__family__in=families_without_caller())
    if "state" in given:
        rows = rows.filter(state=given["state"])
    if "q" in given:
        words = str(given["q"]).strip()
        rows = rows.filter(
            Q(number__icontains=words) | Q(customer__name__icontains=words) | Q(order__number__icontains=words)
            | Q(asset__plate__icontains=words) | Q(asset__serial_no__icontains=words)
        )  # fmt: skip
    return rows


def shown_to(rows: TaskQuerySet, actor: Actor) -> TaskQuerySet:
    """With all that a page of one follow-up shows, and what its guards ask about this actor."""
    person = actor.person_id or 0
    own = FollowUpTask.served.through.objects.filter(followuptask=OuterRef("pk"), person_id=person)
    barred = Q(asset__model__family__in=barred_families(actor.person_id))
    marks = rows.annotate(
        read_for=Value(person),
        is_own=Exists(own),
        is_barred=Case(When(barred, then=Value(True)), default=Value(False)),
    )
    return marks.select_related(*SHOWN, "answer__complaint").prefetch_related(
        "attempts__caller", "answer__items", "order__lines"
    )


def task_by_number(actor: Actor, number: str) -> FollowUpTask | None:
    rows = shown_to(FollowUpTask.objects.visible_to(actor), actor).select_related("merged_into")
    return rows.filter(number=number).first()


def any_task(number: str) -> FollowUpTask | None:
    """Whatever the rights: only to note a refused look in the audit trail."""
    return FollowUpTask.objects.filter(number=number).first()


def task_of_order(order_id: int) -> FollowUpTask | None:
    """The sequence of an order: not a cancelled one, unless it was merged into another."""
    alive = ~Q(state=S.CANCELLED) | Q(merged_into__isnull=False)
    return FollowUpTask.objects.filter(alive, order_id=order_id).first()


def task_of_case(case_id: int) -> FollowUpTask | None:
    alive = ~Q(state=S.CANCELLED) | Q(merged_into__isnull=False)
    return FollowUpTask.objects.filter(alive, case_id=case_id, order=None).first()


def running_task_of(contact_id: int | None) -> FollowUpTask | None:
    """The follow-up that runs for this person already; a new one is merged into it (contradiction 11)."""
    if contact_id is None:
        return None
    waiting = (S.PLANNED, S.DUE, S.RESCHEDULED)
    rows = FollowUpTask.objects.filter(contact_id=contact_id, is_open=True, state__in=waiting, asked_at=None)
    return rows.order_by("pk").first()


def task_by_digest(link_digest: str) -> FollowUpTask | None:
    rows = FollowUpTask.objects.select_related(*SHOWN)
    return rows.filter(link_digest=link_digest).first() if link_digest else None


def served_in_case(case: Request) -> set[int]:
    """Everybody who took part in a request that was solved without an order."""
    persons = {case.assignee_id, case.responded_by_id, case.closed_by_id}
    kinds = ("case.reply", "case.solve", "case.take_remote", "case.take")
    done = Event.objects.filter(subject_type="case", subject_id=case.pk, kind__in=kinds, actor_id__isnull=False)
    return {person for person in {*persons, *done.values_list("actor_id", flat=True)} if person is not None}


def person_of_step(task: FollowUpTask, step: str) -> int | None:
    """Who did this step of the service: the report of deviations names him (R66)."""
    order, case = task.order, task.case
    if order is not None:
        by_step = {
            "appointment": order.created_by_id,
            "request": order.created_by_id,
            "reception": order.adviser_id,
            "repair": order.technician_id,
            "inspection": order.inspector_id,
            "settlement": order.delivered_by_id or order.adviser_id,
        }
        return by_step.get(step)
    if case is not None:
        return {"request": case.responded_by_id, "remote": case.assignee_id}.get(step)
    return None


def work_names(order: WorkOrder) -> list[str]:
    """Names of the items the customer consented to, for the kind of follow-up."""
    return [line.name for line in order.lines.all() if line.consent == "consented"]


def steps_in_turn(version: QuestionnaireVersion, skipped: set[str]) -> list[str]:
    """Up to three step questions, others each time; a step that the order left out is not asked about."""
    rows = version.items.filter(is_active=True, role=QuestionItem.Role.STEP).exclude(step__in=skipped)
    keys = [item.key for item in rows.order_by("order")]
    turn = FollowUpTask.objects.filter(version=version).count()
    return rules.rotating(keys, count=version.step_items, turn=turn)


def first_contact(customer_id: int) -> Contact | None:
    rows = Contact.objects.filter(customer_id=customer_id, left_on=None)
    return rows.order_by("-is_primary", "pk").first()


def attempts_of(task: FollowUpTask) -> list[CallAttempt]:
    return sorted(task.attempts.all(), key=lambda row: row.pk)


def timeline_of(task: FollowUpTask, *, limit: int = 50) -> list[Event]:
    """All that happened with it, sealed or not: whoever sees the task itself may see its events."""
    rows = Event.objects.filter(subject_type="followuptask", subject_id=task.pk)
    return list(rows.order_by("-at", "-pk")[:limit])


# --- the desk ----------------------------------------------------------------------------------------------------


def families_without_caller() -> list[int]:
    """Product families with named callers of whom nobody is left (R15)."""
    rows = FamilyCallers.objects.annotate(present=Count("callers", filter=Q(callers__left_on=None))).filter(present=0)
    return list(rows.values_list("family_id", flat=True))


def barred_families(person_id: int | None) -> "QuerySet[FamilyCallers, Any]":
    """Families this caller may not ask about, as a subquery."""
    mine = FamilyCallers.callers.through.objects.filter(familycallers=OuterRef("pk"), person_id=person_id or 0)
    return FamilyCallers.objects.exclude(Exists(mine)).values("family_id")


def callable_by(actor: Actor, *, now: dt.datetime) -> TaskQuerySet:
    """Calls that may be made now by this caller: in the window, agreed time come, contact known and willing.

    Budget, quiet hours of the contact and time of day are checked when the call is taken.
    """
    ready = Q(state=S.DUE) | Q(state=S.RESCHEDULED, next_at__lte=now + dt.timedelta(minutes=15))
    rows = FollowUpTask.objects.visible_to(actor).filter(ready, is_open=True, not_before__lte=now)
    rows = rows.filter(contact__do_not_call=False, contact__left_on=None)
    return rows.exclude(asset__model__family__in=barred_families(actor.person_id))


def next_call(actor: Actor, *, now: dt.datetime, without: str = "") -> FollowUpTask | None:
    """The call this person is in, else the next by agreed time and end of window that the rules allow now."""
    running = Q(state=S.IN_CALL, caller_id=actor.person_id or 0)
    ready = Q(pk__in=callable_by(actor, now=now).exclude(number=without).values("pk"))
    rows = shown_to(FollowUpTask.objects.visible_to(actor).filter(running | ready), actor)
    first = Case(When(running, then=Value(0)), default=Value(1))
    candidates = list(rows.order_by(first, F("next_at").asc(nulls_last=True), "due_at")[:8])
    if not candidates or candidates[0].state == S.IN_CALL:
        return candidates[0] if candidates else None
    policy = contact_policy()
    for task in candidates:
        task.policy = policy
    free = (task for task in candidates if task.quiet_refusal(now) is None and task.attempt_refusal(now) is None)
    return next(free, candidates[0])


def queue_counts(actor: Actor, *, now: dt.datetime) -> dict[str, int]:
    """Tabs of the queue, one query over the open tasks."""
    rows = FollowUpTask.objects.visible_to(actor).open()
    counts: dict[str, int] = rows.aggregate(
        open=Count("pk"),
        due=Count("pk", filter=Q(state__in=[*CALL_STATES, S.IN_CALL])),
        late=Count("pk", filter=Q(due_at__lt=now)),
        link=Count("pk", filter=Q(state=S.LINK_SENT)),
    )
    return counts


def due_calls(actor: Actor, *, now: dt.datetime, limit: int) -> list[FollowUpTask]:
    """For Today: calls in their window that this caller may make."""
    rows = callable_by(actor, now=now).select_related("customer", "asset__model", "contact", "station", "order")
    return list(rows.order_by("due_at")[:limit])


def thanks_due(actor: Actor, *, limit: int) -> list[FollowUpTask]:
    rows = FollowUpTask.objects.visible_to(actor).filter(thank_due_at__isnull=False, thanked_at=None)
    return list(rows.select_related("customer", "asset__model").order_by("thank_due_at")[:limit])


# --- sweeps ------------------------------------------------------------------------------------------------------


def ids_to_open(now: dt.datetime, limit: int) -> list[int]:
    ready = Q(state=S.PLANNED, not_before__lte=now) | Q(state=S.RESCHEDULED, next_at__lte=now)
    return list(FollowUpTask.objects.filter(ready).order_by("not_before").values_list("pk", flat=True)[:limit])


def ids_of_ended_links(now: dt.datetime, limit: int) -> list[int]:
    rows = FollowUpTask.objects.filter(state=S.LINK_SENT, link_expires_at__lte=now)
    return list(rows.values_list("pk", flat=True)[:limit])


def ids_of_stale_calls(before: dt.datetime, limit: int) -> list[int]:
    return list(FollowUpTask.objects.filter(state=S.IN_CALL, taken_at__lt=before).values_list("pk", flat=True)[:limit])


def ids_of_waived_to_archive(now: dt.datetime, limit: int) -> list[int]:
    """Waived follow-ups whose window has come while the order is still in the hall of delivered ones."""
    rows = FollowUpTask.objects.filter(state=S.WAIVED, not_before__lte=now, order__state__in=["delivered", "follow_up"])
    return list(rows.values_list("pk", flat=True)[:limit])


def stations(actor: Actor) -> list[Station]:
    return list(Station.objects.visible_to(actor).filter(is_active=True).order_by("pk"))


def waiting_calls(actor: Actor, *, now: dt.datetime, without: int, limit: int = 6) -> list[FollowUpTask]:
    """The calls after the present one, for the list beside it."""
    rows = callable_by(actor, now=now).exclude(pk=without).select_related("customer", "asset__model", "contact")
    return list(rows.order_by(F("next_at").asc(nulls_last=True), "due_at")[:limit])
