"""What was said: answers, addenda, the results of earlier years and the goal."""

from collections.abc import Mapping
from typing import Any, NoReturn, Self

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from careloop.complaints.states import ServiceStep
from careloop.core.actor import Actor
from careloop.core.models import LockingQuerySet
from careloop.feedback.models.questionnaires import QuestionItem, Questionnaire, QuestionnaireVersion

VIEW_ANSWER = "feedback.view_answer"
VIEW_UNLOCKED = "feedback.view_unlocked_answer"


def never_removed() -> NoReturn:
    """Rows behind a published figure stay: they are left out with a reason, never removed (R114)."""
    raise models.ProtectedError("a follow-up or an answer is never removed", set())


class AnswerQuerySet(LockingQuerySet["Answer"]):
    def delete(self) -> NoReturn:
        never_removed()

    def visible_to(self, actor: Actor) -> Self:
        """By station and right; before the lock only the independent roles, and never one's own rating (R13)."""
        if not actor.may(VIEW_ANSWER):
            return self.none()
        rows = self if actor.stations is None else self.filter(station_id__in=actor.stations)
        if not actor.may(VIEW_UNLOCKED):
            return rows.exclude(locked_at=None)
        if actor.person_id is None:
            return rows
        own = Q(task__served=actor.person_id) | Q(technician=actor.person_id)
        return rows.exclude(pk__in=Answer.objects.filter(own, locked_at=None).values("pk"))

    def finished(self) -> Self:
        return self.exclude(finished_at=None)


class Answer(models.Model):
    """What one respondent said about one service, or about a period. Locked a day after it is finished.

    `verbatim` is kept word for word. Later corrections are addenda; they never change a score.
    """

    class Channel(models.TextChoices):
        PHONE = "phone", _("telephone")
        LINK = "link", _("link")
        VISIT = "visit", _("on-site interview")
        SMS = "sms", _("SMS")
        LETTER = "letter", _("letter")
        CHAT = "chat", _("web chat")
        PAPER = "paper", _("paper form")

    class Fixed(models.TextChoices):
        YES = "yes", _("yes")
        NO = "no", _("no")
        UNSURE = "unsure", _("unsure")
        NOT_APPLICABLE = "na", _("not applicable")

    class Kept(models.TextChoices):
        YES = "yes", _("yes")
        NO = "no", _("no")
        NOT_APPLICABLE = "na", _("not applicable")

    class Comparison(models.TextChoices):
        MUCH_WORSE = "much_worse", _("much worse than expected")
        WORSE = "worse", _("worse than expected")
        AS_EXPECTED = "as_expected", _("as expected")
        BETTER = "better", _("better than expected")
        MUCH_BETTER = "much_better", _("much better than expected")
        LESS = "-", _("less than expected")
        EQUAL = "0", _("as expected")
        MORE = "+", _("more than was expected")
        NOT_APPLICABLE = "na", _("not applicable")

    class Expectation(models.TextChoices):
        BELOW = "below", _("below expectation")
        MET = "met", _("met expectation")
        ABOVE = "above", _("above expectation")
        DELIGHT = "delight", _("delighted")

    class MetKind(models.TextChoices):
        """Near equality: rather content, or ordinary: he may buy elsewhere (R111)."""

        FAIRLY_SATISFIED = "fairly_satisfied", _("fairly satisfied")
        ORDINARY = "ordinary", _("ordinary")

    task = models.OneToOneField(
        "feedback.FollowUpTask", on_delete=models.PROTECT, null=True, related_name="answer", verbose_name=_("follow-up")
    )
    version = models.ForeignKey(QuestionnaireVersion, on_delete=models.PROTECT, related_name="+")
    station = models.ForeignKey("staff.Station", on_delete=models.PROTECT, related_name="+", verbose_name=_("station"))
    customer = models.ForeignKey(
        "customers.Customer", on_delete=models.PROTECT, related_name="+", verbose_name=_("customer")
    )
    contact = models.ForeignKey("customers.Contact", on_delete=models.PROTECT, null=True, related_name="+")
    asset = models.ForeignKey("assets.Asset", on_delete=models.PROTECT, null=True, related_name="+")
    technician = models.ForeignKey("staff.Person", on_delete=models.PROTECT, null=True, related_name="+")
    complaint = models.ForeignKey(
        "complaints.Complaint", on_delete=models.PROTECT, null=True, related_name="+", verbose_name=_("complaint")
    )
    channel = models.CharField(_("channel"), max_length=8, choices=Channel)
    period = models.CharField(_("period"), max_length=20, blank=True)
    answered_at = models.DateTimeField(_("answered at"))
    overall = models.PositiveSmallIntegerField(_("overall"), null=True)
    expectation = models.PositiveSmallIntegerField(_("expected level"), null=True)
    perception = models.PositiveSmallIntegerField(_("experience"), null=True)
    expectation_asked_at = models.DateTimeField(_("expectation asked at"), null=True)
    is_expectation_after = models.BooleanField(_("expectation asked after the service"), default=True)
    comparison = models.CharField(_("against expectation"), max_length=12, choices=Comparison, blank=True)
    expectation_state = models.CharField(_("expectation state"), max_length=10, choices=Expectation, blank=True)
    met_kind = models.CharField(_("near equality"), max_length=16, choices=MetKind, blank=True)
    fixed_first = models.CharField(_("fixed at the first time"), max_length=8, choices=Fixed, blank=True)
    on_time = models.CharField(_("promised time kept"), max_length=8, choices=Kept, blank=True)
    verbatim = models.TextField(_("customer's own words"), blank=True)
    wants_contact = models.BooleanField(_("may be contacted again"), null=True)
    was_pressed = models.BooleanField(_("was a good rating asked for"), null=True)
    language = models.CharField(_("language"), max_length=10, blank=True)
    is_dissatisfied = models.BooleanField(_("dissatisfied"), default=False)
    entered_by = models.ForeignKey("staff.Person", on_delete=models.PROTECT, null=True, related_name="+")
    entered_by_name = models.CharField(_("entered by"), max_length=80, blank=True)
    finished_at = models.DateTimeField(_("finished at"), null=True)
    locked_at = models.DateTimeField(_("locked at"), null=True)

    objects = AnswerQuerySet.as_manager()

    class Meta:
        verbose_name = _("answer")
        verbose_name_plural = _("answers")
        constraints = [
            models.CheckConstraint(
                name="answer_locked_after_finish",
                condition=Q(locked_at=None) | (Q(finished_at__isnull=False) & Q(locked_at__gte=F("finished_at"))),
            ),
            models.CheckConstraint(
                name="answer_dissatisfied_has_complaint",
                condition=Q(finished_at=None) | Q(is_dissatisfied=False) | Q(complaint__isnull=False) | Q(task=None),
            ),
            models.CheckConstraint(
                name="answer_pair_is_whole",
                condition=(Q(expectation=None) & Q(perception=None))
                | (Q(expectation__isnull=False) & Q(perception__isnull=False) & Q(expectation_asked_at__isnull=False))
                | Q(finished_at=None),
            ),
            models.CheckConstraint(
                name="answer_met_kind_of_met", condition=Q(met_kind="") | Q(expectation_state="met")
            ),
        ]
        indexes = [
            models.Index(fields=["finished_at"], condition=Q(locked_at=None), name="answer_unlocked"),
            models.Index(fields=["station", "answered_at"], name="answer_station"),
            models.Index(fields=["version", "answered_at"], name="answer_version"),
            models.Index(fields=["customer", "id"], name="answer_customer"),
        ]

    def __str__(self) -> str:
        return f"{self.customer_id} {self.answered_at:%Y-%m-%d}"

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        never_removed()

    def event_refs(self) -> Mapping[str, int | None]:
        return {"customer": self.customer_id, "asset": self.asset_id, "station": self.station_id}

    def event_label(self) -> str:
        return self.task.number if self.task else self.period


class AnswerItem(models.Model):
    """The answer to one question: level and mapped score, or “not applicable” (score null).

    A plain “no” (not fixed at once, promise not kept) is a deviation without level. `expected` is the level the
    customer expected, on the same scale; `rival` what he would give the main competitor. `person` is who did the step
    of a deviation. `rating`: 1–10 of a value or cost question, which has neither level nor score.
    """

    answer = models.ForeignKey(Answer, on_delete=models.PROTECT, related_name="items")
    item = models.ForeignKey(QuestionItem, on_delete=models.PROTECT, related_name="+")
    raw = models.PositiveSmallIntegerField(_("answered level"), null=True)
    score = models.DecimalField(_("score"), max_digits=5, decimal_places=2, null=True)
    reason = models.CharField(_("reason"), max_length=300, blank=True)
    step = models.CharField(_("step"), max_length=20, choices=ServiceStep, blank=True)
    norm = models.CharField(_("standard item"), max_length=200, blank=True)
    is_deviation = models.BooleanField(_("deviation"), default=False)
    person = models.ForeignKey(
        "staff.Person", on_delete=models.PROTECT, null=True, related_name="+", verbose_name=_("person of the step")
    )
    asked_at = models.DateTimeField(_("asked at"))
    expected = models.PositiveSmallIntegerField(_("expected level"), null=True)
    expected_at = models.DateTimeField(_("expectation asked at"), null=True)
    is_expected_after = models.BooleanField(_("expectation asked after the service"), default=True)
    rival = models.PositiveSmallIntegerField(_("main competitor"), null=True)
    rating = models.PositiveSmallIntegerField(_("rating 1–10"), null=True)

    class Meta:
        verbose_name = _("answer to a question")
        verbose_name_plural = _("answers to questions")
        constraints = [
            models.UniqueConstraint(fields=["answer", "item"], name="answeritem_once"),
            models.CheckConstraint(
                name="answeritem_level_and_score",
                condition=Q(raw=None, score=None) | Q(raw__isnull=False, score__range=(0, 100)),
            ),
            models.CheckConstraint(
                name="answeritem_rating_alone",
                condition=Q(rating=None) | Q(rating__range=(1, 10), raw=None, score=None),
            ),
            models.CheckConstraint(
                name="answeritem_expected_has_time",
                condition=Q(expected=None, expected_at=None) | Q(expected__isnull=False, expected_at__isnull=False),
            ),
        ]
        indexes = [models.Index(fields=["step", "id"], condition=Q(is_deviation=True), name="answeritem_deviation")]

    def __str__(self) -> str:
        return f"{self.answer_id} {self.item_id}: {self.raw}"


class AnswerAddendum(models.Model):
    """A correction after the lock: said beside the answer, the answer itself stays."""

    answer = models.ForeignKey(Answer, on_delete=models.PROTECT, related_name="addenda")
    at = models.DateTimeField(_("at"))
    by = models.ForeignKey("staff.Person", on_delete=models.PROTECT, null=True, related_name="+")
    by_name = models.CharField(_("by"), max_length=80)
    text = models.TextField(_("addendum"))

    class Meta:
        verbose_name = _("addendum")
        verbose_name_plural = _("addenda")
        constraints = [models.CheckConstraint(name="addendum_text_given", condition=~Q(text=""))]

    def __str__(self) -> str:
        return self.text[:40]


class HistoricalResult(models.Model):
    """The result of a survey that was made before CareLoop: item means, spread and counts as published.

    `rating_means`: means 1–10 of the value and cost questions (F10), where they were asked.
    """

    version = models.ForeignKey(QuestionnaireVersion, on_delete=models.PROTECT, related_name="+")
    label = models.CharField(_("period"), max_length=20)
    period_from = models.DateField(_("from"))
    period_to = models.DateField(_("to"))
    item_means = models.JSONField(_("item means"))
    rating_means = models.JSONField(_("means of value and cost"), default=dict, blank=True)
    index = models.DecimalField(_("index"), max_digits=7, decimal_places=4)
    sd = models.DecimalField(_("standard deviation"), max_digits=6, decimal_places=3, null=True, blank=True)
    n = models.PositiveIntegerField(_("answers"), null=True, blank=True)
    population = models.PositiveIntegerField(_("population"), null=True, blank=True)
    source = models.CharField(_("source"), max_length=200, blank=True)
    entered_at = models.DateTimeField(_("entered at"))
    entered_by = models.CharField(_("entered by"), max_length=80)

    objects = LockingQuerySet["HistoricalResult"].as_manager()

    class Meta:
        verbose_name = _("earlier result")
        verbose_name_plural = _("earlier results")
        constraints = [
            models.UniqueConstraint(fields=["version", "label"], name="history_once"),
            models.CheckConstraint(name="history_period_ordered", condition=Q(period_to__gte=F("period_from"))),
            models.CheckConstraint(name="history_index_range", condition=Q(index__range=(0, 100))),
            models.CheckConstraint(
                name="history_counts_fit",
                condition=Q(n=None) | Q(population=None) | Q(population__gte=F("n")),
            ),
        ]
        ordering = ["period_from", "pk"]

    def __str__(self) -> str:
        return f"{self.label}: {self.index}"

    def event_refs(self) -> Mapping[str, int | None]:
        return {"customer": None, "asset": None, "station": None}

    def event_label(self) -> str:
        return self.label


class QualityGoal(models.Model):
    """What is to be reached, of what exactly, and why (R115)."""

    questionnaire = models.ForeignKey(Questionnaire, on_delete=models.PROTECT, related_name="goals")
    value = models.DecimalField(_("goal"), max_digits=5, decimal_places=2)
    definition = models.CharField(_("definition"), max_length=300)
    reason = models.CharField(_("reason"), max_length=300)
    valid_from = models.DateField(_("valid from"))
    set_by = models.CharField(_("set by"), max_length=80, blank=True)

    class Meta:
        verbose_name = _("quality goal")
        verbose_name_plural = _("quality goals")
        constraints = [
            models.UniqueConstraint(fields=["questionnaire", "valid_from"], name="goal_once"),
            models.CheckConstraint(name="goal_range", condition=Q(value__gt=0, value__lte=100)),
            models.CheckConstraint(name="goal_has_definition", condition=~Q(definition="") & ~Q(reason="")),
        ]

    def __str__(self) -> str:
        return f"{self.value}"

    def event_refs(self) -> Mapping[str, int | None]:
        return {"customer": None, "asset": None, "station": None}

    def event_label(self) -> str:
        return f"{self.value}"
