"""Reads of plans with their running state, measures, recoveries, and customers at risk."""

import datetime as dt
from decimal import Decimal

from django.db.models import Count, F, Q, QuerySet, Sum
from django.utils import timezone

from careloop.billing.models import Bill
from careloop.core.actor import Actor
from careloop.feedback.models import (
    Answer,
    AnswerItem,
    FollowUpPlan,
    Measure,
    QuestionnaireVersion,
    Recovery,
    RiskEntry,
)
from careloop.feedback.states import PlanState, TaskState

NOT_ASKED = (TaskState.WAIVED, TaskState.CANCELLED)


def plan_for(service_type: str, done_at: dt.datetime) -> FollowUpPlan | None:
    """The plan to be followed: one with a measure in its time, else the general one."""
    day = timezone.localdate(done_at)
    rows = FollowUpPlan.objects.select_related("questionnaire").filter(
        service_type=service_type, state=PlanState.APPROVED
    )
    in_time = Q(valid_from__lte=day) & (Q(valid_to=None) | Q(valid_to__gte=day))
    return rows.filter(in_time, measure__isnull=False).first() or rows.filter(measure=None).first()


def is_step_question(version: QuestionnaireVersion, key: str) -> bool:
    return version.items.filter(key=key, role="step", is_active=True).exists()


def plans(at: dt.datetime) -> "QuerySet[FollowUpPlan, FollowUpPlan]":
    """Plans with their running state: to be asked, done, left (R96)."""
    asked = ~Q(tasks__state__in=NOT_ASKED)
    rows = FollowUpPlan.objects.select_related("questionnaire", "measure").annotate(
        due_count=Count("tasks", filter=asked),
        done_count=Count("tasks", filter=asked & Q(tasks__is_open=False)),
        left_count=Count("tasks", filter=Q(tasks__is_open=True)),
        late_count=Count("tasks", filter=Q(tasks__is_open=True, tasks__due_at__lt=at)),
    )
    return rows.order_by("-pk")


def plan_by_id(pk: int, at: dt.datetime) -> FollowUpPlan | None:
    return plans(at).filter(pk=pk).first()


def scores_of_plan(plan: FollowUpPlan) -> list[float]:
    """Scores of the plan's question in the answers that its tasks brought."""
    items = AnswerItem.objects.filter(answer__task__plan=plan, item__key=plan.question, score__isnull=False)
    scores = items.exclude(answer__finished_at=None).values_list("score", flat=True)
    return [float(score) for score in scores if score is not None]


def measures() -> "QuerySet[Measure, Measure]":
    return Measure.objects.select_related("department").order_by("-pk")


def recoveries(actor: Actor) -> "QuerySet[Recovery, Recovery]":
    """Recoveries of answers the actor may see, newest first."""
    rows = Recovery.objects.filter(answer__in=Answer.objects.visible_to(actor))
    return rows.select_related("answer__customer", "answer__task", "granted_by", "asked_by").order_by("-pk")


def recovery_counts(actor: Actor) -> dict[str, int]:
    """How many were asked again, and how many of them turned (R112, R132)."""
    turned = Q(state="closed") & ~Q(state_after__in=["", "below"])
    counts: dict[str, int] = recoveries(actor).order_by().aggregate(
        opened=Count("pk"), acted=Count("pk", filter=~Q(kind="")), asked=Count("pk", filter=Q(state="closed")),
        turned=Count("pk", filter=turned),
    )  # fmt: skip
    return counts


def business_of(customer_id: int, now: dt.datetime) -> Decimal:
    """Billed to a customer within twelve months."""
    since = now - dt.timedelta(days=365)
    rows = Bill.objects.filter(customer_id=customer_id, issued_at__gt=since, issued_at__lte=now, kind="bill")
    rows = rows.exclude(state__in=["void", "credited"])
    return rows.aggregate(sum=Sum("total_amount"))["sum"] or Decimal(0)


def risks(actor: Actor) -> "QuerySet[RiskEntry, RiskEntry]":
    rows = RiskEntry.objects.filter(answer__in=Answer.objects.visible_to(actor))
    return rows.select_related("customer", "answer__task").order_by(F("released_at").desc(nulls_first=True), "-pk")


def open_risk(customer_id: int) -> RiskEntry | None:
    return RiskEntry.objects.filter(customer_id=customer_id, released_at=None).first()


def risk_counts(actor: Actor) -> dict[str, int]:
    """Listed, taken out, and what became of them: bought again or lost (R113)."""
    counts: dict[str, int] = risks(actor).order_by().aggregate(
        listed=Count("pk"), open=Count("pk", filter=Q(released_at=None)),
        repurchase=Count("pk", filter=Q(outcome="repurchase")), lost=Count("pk", filter=Q(outcome="lost")),
    )  # fmt: skip
    return counts
