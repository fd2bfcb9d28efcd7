"""How and when customers are asked: kinds of service, methods, and the plans that management approves (R96, R98)."""

from collections.abc import Mapping

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from careloop.core.models import LockingQuerySet
from careloop.feedback.models.questionnaires import Questionnaire
from careloop.feedback.states import PlanState
from careloop.staff.queries import is_of_kind


class ServiceType(models.TextChoices):
    """Sets the window of the follow-up (domain file 3.11)."""

    SAFETY = "safety", _l("safety-relevant work")
    REPAIR = "repair", _l("repair")
    MAJOR = "major", _l("major repair, assembly")
    INSTALLATION = "installation", _l("installation, commissioning")
    MAINTENANCE = "maintenance", _l("maintenance")
    REMOTE = "remote", _l("remote help, question")
    TRAINING = "training", _l("training")


class Method(models.TextChoices):
    """How a customer is asked (R98). The first three are conversations, the others go out and come back."""

    PHONE = "phone", _l("telephone")
    VISIT = "visit", _l("on-site interview")
    CHAT = "chat", _l("web chat")
    LINK = "link", _l("link to the answer page")
    SMS = "sms", _l("SMS")
    LETTER = "letter", _l("letter")


CONVERSATIONS = (Method.PHONE, Method.VISIT, Method.CHAT)
RATED_KINDS = ("workshop", "service", "after_sales", "parts")


def preferred_method(channel: str) -> str:
    """The method for the channel a contact prefers; empty when he has no preference."""
    by_channel = {"phone": Method.PHONE, "sms": Method.SMS, "wechat": Method.CHAT, "email": Method.LINK}
    return by_channel.get(channel, "")


class FollowUpPlan(models.Model):
    """Time, persons, method and content of the follow-up of one kind of service (R96).

    A plan with a measure asks its question for a time, to see whether the measure works (R97). Only an approved plan
    is followed; of the general plans of one kind of service there is one.
    """

    Method = Method

    class Result(models.TextChoices):
        EFFECTIVE = "effective", _l("effective")
        NOT_EFFECTIVE = "not_effective", _l("not effective")
        TOO_FEW = "too_few", _l("too few answers")

    title = models.CharField(_l("title"), max_length=80, blank=True)
    state = models.CharField(_l("state"), max_length=10, choices=PlanState, default=PlanState.APPROVED, editable=False)
    service_type = models.CharField(_l("kind of service"), max_length=14, choices=ServiceType)
    not_before_hours = models.PositiveSmallIntegerField(_l("not before, hours after"), null=True, blank=True)
    due_hours = models.PositiveSmallIntegerField(_l("due by, hours after"), null=True, blank=True)
    persons = models.CharField(_l("persons"), max_length=100, blank=True)
    method = models.CharField(_l("method"), max_length=8, choices=Method, blank=True)
    content = models.CharField(_l("content"), max_length=200, blank=True)
    questionnaire = models.ForeignKey(Questionnaire, on_delete=models.PROTECT, related_name="+")
    measure = models.ForeignKey(
        "feedback.Measure", on_delete=models.PROTECT, null=True, blank=True, related_name="plans",
        verbose_name=_l("corrective measure"),
    )  # fmt: skip
    question = models.CharField(_l("question of the measure"), max_length=30, blank=True)
    target = models.DecimalField(_l("mean to be reached"), max_digits=5, decimal_places=2, null=True, blank=True)
    valid_from = models.DateField(_l("from"), null=True, blank=True)
    valid_to = models.DateField(_l("to"), null=True, blank=True)
    approved_at = models.DateTimeField(_l("approved at"), null=True)
    approved_by = models.CharField(_l("approved by"), max_length=80, blank=True)
    result = models.CharField(_l("result"), max_length=14, choices=Result, blank=True)
    result_n = models.PositiveIntegerField(_l("answers"), null=True)
    result_mean = models.FloatField(_l("mean"), null=True)
    result_low = models.FloatField(null=True)
    result_high = models.FloatField(null=True)
    evaluated_at = models.DateTimeField(_l("evaluated at"), null=True)
    reason = models.CharField(_l("reason"), max_length=300, blank=True)

    objects = LockingQuerySet["FollowUpPlan"].as_manager()
    ALWAYS_SAVED = ("reason",)

    class Meta:
        verbose_name = _l("follow-up plan")
        verbose_name_plural = _l("follow-up plans")
        constraints = [
            models.CheckConstraint(name="plan_state_known", condition=Q(state__in=PlanState.values)),
            models.CheckConstraint(name="plan_window_open", condition=Q(due_hours__gt=F("not_before_hours"))),
            models.CheckConstraint(
                name="plan_four_points",
                condition=Q(state="draft")
                | (~Q(persons="") & ~Q(content="") & ~Q(method="")
                   & Q(not_before_hours__isnull=False) & Q(due_hours__isnull=False)),
            ),
            models.CheckConstraint(
                name="plan_approved_has_name",
                condition=~Q(state="approved") | (Q(approved_at__isnull=False) & ~Q(approved_by="")),
            ),
            models.CheckConstraint(
                name="plan_measure_has_question",
                condition=Q(measure=None) | (~Q(question="") & Q(target__isnull=False, valid_from__isnull=False)),
            ),
            models.CheckConstraint(
                name="plan_evaluated_has_result", condition=~Q(state="evaluated") | Q(evaluated_at__isnull=False)
            ),
            models.UniqueConstraint(
                fields=["service_type"], condition=Q(state="approved", measure=None), name="plan_one_general"
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.title or self.get_service_type_display()

    def event_refs(self) -> Mapping[str, int | None]:
        return {"customer": None, "asset": None, "station": None}

    def event_label(self) -> str:
        return str(self)

    def missing_points(self) -> list[str]:
        """Which of the four points are not there yet."""
        points = (
            (_("time"), self.not_before_hours is not None and self.due_hours is not None),
            (_("persons"), bool(self.persons.strip())),
            (_("method"), bool(self.method)),
            (_("content"), bool(self.content.strip())),
        )
        return [name for name, is_there in points if not is_there]

    def is_rated_unit(self, person_id: int | None) -> bool:
        """Whether this person belongs to the side that the plan asks about."""
        return is_of_kind(person_id, RATED_KINDS)
