"""From a closed service to its follow-up: exactly one sequence, with its window, or a reason why not."""

import datetime as dt
from collections.abc import Iterable

from django.db import transaction
from django.utils.translation import gettext as _

from careloop.cases.models import Case
from careloop.core import events, flow, numbering
from careloop.core.actor import Actor
from careloop.core.errors import DomainError
from careloop.feedback import queries, rules
from careloop.feedback.models import FollowUpPlan, FollowUpTask, Method, QuestionnaireVersion
from careloop.feedback.models.plans import preferred_method
from careloop.feedback.services.base import close_file, locked, take_step
from careloop.feedback.services.links import issue_link
from careloop.feedback.services.questionnaires import ensure_defaults
from careloop.feedback.states import FOLLOW_UP, TaskState, WaiveReason
from careloop.workorders import queries as workorder_queries
from careloop.workorders import services as workorders
from careloop.workorders.models import WorkOrder


@transaction.atomic
def plan_for_order(order_id: int, *, actor: Actor, at: dt.datetime) -> FollowUpTask:
    """The follow-up of a delivered order; called again it gives the one that exists (R65)."""
    order = WorkOrder.objects.select_related("asset__model", "station", "customer").lock(order_id)
    existing = queries.task_of_order(order.pk)
    if existing is not None:
        return existing
    served = workorder_queries.served_by(order)
    done_at = order.delivered_at or at
    task = FollowUpTask(
        service_type=rules.service_type_of(order.work_class, queries.work_names(order)), station=order.station,
        customer=order.customer, contact_id=order.contact_id, asset=order.asset, order=order, case_id=order.case_id,
        technician_id=order.technician_id, service_done_at=done_at,
    )  # fmt: skip
    skipped = {"appointment"} if order.booked_for is None else set()
    return _plan(task, served, skipped, actor=actor, at=at)


@transaction.atomic
def plan_for_case(case_id: int, *, actor: Actor, at: dt.datetime) -> FollowUpTask | None:
    """The follow-up of a request that was closed without an order; its decision stands on the request (R109).

    None when an order of the request has its own follow-up, or when nothing is to be asked (complaints, imports).
    """
    case = Case.objects.select_related("asset__model", "station", "customer").lock(case_id)
    existing = queries.task_of_case(case.pk)
    if existing is not None:
        return existing
    if case.customer is None or case.kind == "complaint" or case.is_imported or case.finished_child_count:
        return None
    task = FollowUpTask(
        service_type=rules.service_type_of_case(case.kind), station=case.station, customer=case.customer,
        contact_id=case.contact_id, asset=case.asset, case=case, technician_id=case.assignee_id,
        service_done_at=case.closed_at or at,
    )  # fmt: skip
    task = _plan(task, queries.served_in_case(case), set(), actor=actor, at=at)
    if case.follow_up != "call" and task.state == TaskState.PLANNED:
        reason = WaiveReason.NOT_NEEDED
        words = case.follow_up_reason or _("decided when the request was closed")
        _waive_by_rule(task, reason, words, at=at)
    return task


def _plan(
    task: FollowUpTask, served: Iterable[int], skipped_steps: set[str], *, actor: Actor, at: dt.datetime
) -> FollowUpTask:
    plan = queries.plan_for(task.service_type, task.service_done_at)
    if plan is None:  # nobody has set the firm up yet: the plans that come with the product
        ensure_defaults(actor=Actor.system(), at=at)
        plan = queries.plan_for(task.service_type, task.service_done_at)
    if plan is None or plan.not_before_hours is None or plan.due_hours is None:
        raise DomainError(_("There is no approved plan for this kind of service."))
    version = QuestionnaireVersion.objects.published().filter(questionnaire=plan.questionnaire).first()
    task.plan = plan
    task.method = method_for(plan, task)
    done = task.service_done_at
    task.number = numbering.next_number("HF", at)
    task.not_before = done + dt.timedelta(hours=plan.not_before_hours)
    task.due_at = done + dt.timedelta(hours=plan.due_hours)
    task.version = version
    task.step_keys = queries.steps_in_turn(version, skipped_steps) if version else []
    if plan.question and version is not None and queries.is_step_question(version, plan.question):
        task.step_keys = list(dict.fromkeys([plan.question, *task.step_keys]))[: max(1, version.step_items)]
    running = queries.running_task_of(task.contact_id)
    flow.start(
        FOLLOW_UP, task, "plan", actor=Actor.system(actor.name, entrance=actor.entrance), at=at,
        data={"due_at": task.due_at.isoformat(), "service": task.service_type},
    )  # fmt: skip
    task.served.set(sorted(served))
    if running is not None:
        take_step(
            task, "cancel", actor=Actor.system(), at=at, merged_into=running, ended_at=at,
            reason=_("asked together with %(number)s") % {"number": running.number},
        )  # fmt: skip
    return task


def method_for(plan: FollowUpPlan, task: FollowUpTask) -> str:
    """What the contact prefers, else what the plan says; who wants no calls gets the link (R98)."""
    contact = task.contact
    wanted = preferred_method(contact.preferred_channel) if contact is not None else ""
    method = wanted or plan.method
    return Method.LINK if contact is not None and contact.do_not_call and method == Method.PHONE else method


@transaction.atomic
def cancel_for_order(order_id: int, *, actor: Actor, at: dt.datetime) -> FollowUpTask | None:
    """The delivery was undone: its follow-up is called off; those merged into it stand on their own again."""
    return _call_off(queries.task_of_order(order_id), _("delivery undone"), actor=actor, at=at)


@transaction.atomic
def cancel_for_case(case_id: int, *, actor: Actor, at: dt.datetime) -> FollowUpTask | None:
    """The closing of the request was taken back: its follow-up is called off, asked or decided against."""
    return _call_off(queries.task_of_case(case_id), _("closing taken back"), actor=actor, at=at)


def _call_off(task: FollowUpTask | None, reason: str, *, actor: Actor, at: dt.datetime) -> FollowUpTask | None:
    if task is None:
        return None
    task = locked(task.pk)
    if task.merged_into_id is not None:
        FollowUpTask.objects.filter(pk=task.pk).update(merged_into=None)
        return task
    if FOLLOW_UP.find("cancel", task.state) is None:
        return task
    orders = list(FollowUpTask.objects.filter(merged_into=task).exclude(order=None).values_list("order_id", flat=True))
    FollowUpTask.objects.filter(merged_into=task).update(merged_into=None)
    take_step(task, "cancel", actor=Actor.system(actor.name), at=at, reason=reason, ended_at=at)
    for other in orders:
        if other is not None:
            plan_for_order(other, actor=actor, at=at)
    return task


@transaction.atomic
def waive(task_id: int, *, actor: Actor, at: dt.datetime, why: str, reason: str) -> FollowUpTask:
    """Not asked, with a reason. It stays in the count of closed services (R114); the rated unit cannot do this."""
    task = locked(task_id)
    if why not in WaiveReason.values:
        raise DomainError(_("Choose why this customer is not asked."), field="why")
    if not reason.strip():
        raise DomainError(_("Say why, in a few words; the reason is reported."), field="reason")
    thanks = task.due_at if why == WaiveReason.BUDGET else None
    take_step(
        task, "waive", actor=actor, at=at, reason=reason, waive_reason=why, ended_at=at, thank_due_at=thanks,
        data={"why": why},
    )  # fmt: skip
    return task


def _waive_by_rule(task: FollowUpTask, why: WaiveReason, words: str, *, at: dt.datetime) -> None:
    """Waived by the program; a customer who was left out because of the budget still gets a thank-you."""
    thanks = max(task.due_at, at) if why == WaiveReason.BUDGET else None
    take_step(
        task, "waive_auto", actor=Actor.system(), at=at, waive_reason=why, reason=words, ended_at=at,
        thank_due_at=thanks, data={"why": str(why)},
    )  # fmt: skip


@transaction.atomic
def take_back(task_id: int, *, actor: Actor, at: dt.datetime, reason: str) -> FollowUpTask:
    task = locked(task_id)
    take_step(task, "take_back", actor=actor, at=at, reason=reason, waive_reason="", ended_at=None, thank_due_at=None)
    return task


@transaction.atomic
def open_task(task_id: int, *, at: dt.datetime) -> FollowUpTask:
    """The window has opened: to call now, or waived because the person was asked recently (contradiction 12)."""
    task = locked(task_id)
    if task.state not in (TaskState.PLANNED, TaskState.RESCHEDULED) or at < (task.next_at or task.not_before):
        return task
    if task.order_id is not None:
        workorders.start_follow_up(task.order_id, actor=Actor.system(), at=at)
    refusal = task.budget_refusal(at)
    if refusal is not None:
        _waive_by_rule(task, WaiveReason.BUDGET, str(refusal), at=at)
        close_file(task, actor=Actor.system(), at=at, reason=_("not asked: contact budget"))
        return task
    take_step(task, "open", actor=Actor.system(), at=at)
    return task


def open_due(*, now: dt.datetime, limit: int = 200) -> int:
    """Open every planned follow-up whose window has come, each in its own transaction."""
    found = queries.ids_to_open(now, limit)
    for pk in found:
        open_task(pk, at=now)
    return len(found)


@transaction.atomic
def archive_waived(task_id: int, *, at: dt.datetime) -> None:
    """A waived follow-up ends the order's file once its window has come, not before."""
    task = locked(task_id)
    if task.state == TaskState.WAIVED:
        close_file(task, actor=Actor.system(), at=at, reason=task.reason or _("follow-up waived"))


@transaction.atomic
def send_thanks(task_id: int, *, actor: Actor, at: dt.datetime) -> FollowUpTask:
    """The customer was thanked, with a link on which he may still say something."""
    actor.require("feedback.call")
    task = locked(task_id)
    if task.thank_due_at is None:
        raise DomainError(_("No thank-you is due here."))
    if task.thanked_at is None:
        issue_link(task, at=at)
        task.thanked_at = at
        task.save(update_fields=["thanked_at"])
        events.record("follow_up.thank", task, actor=actor, at=at)
    return task
