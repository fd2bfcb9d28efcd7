"""What is asked: questionnaires, their versions and questions."""

import datetime as dt
from collections.abc import Mapping
from typing import Self

from django.db import models
from django.db.models import Q
from django.utils.functional import cached_property
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from careloop.complaints.states import ServiceStep
from careloop.core.errors import Text
from careloop.core.models import LockingQuerySet
from careloop.feedback import rules
from careloop.feedback.states import VersionState


class Questionnaire(models.Model):
    class Kind(models.TextChoices):
        TRANSACTION = "transaction", _("after a service")
        SURVEY = "survey", _("survey of a period")

    code = models.SlugField(_("code"), max_length=30, unique=True)
    name_zh = models.CharField(_("name (Chinese)"), max_length=80)
    name_en = models.CharField(_("name (English)"), max_length=80)
    kind = models.CharField(_("kind"), max_length=12, choices=Kind)
    is_active = models.BooleanField(_("in use"), default=True)

    class Meta:
        verbose_name = _("questionnaire")
        verbose_name_plural = _("questionnaires")
        constraints = [
            models.CheckConstraint(name="questionnaire_kind_known", condition=Q(kind__in=["transaction", "survey"]))
        ]

    def __str__(self) -> str:
        return self.name_zh

    @property
    def name(self) -> str:
        return in_language(self.name_zh, self.name_en)


def in_language(chinese: str, english: str, language: str | None = None) -> str:
    """The text in `language` (default: the active one); the other when it is empty."""
    is_chinese = (language or get_language() or "zh").startswith("zh")
    return (chinese or english) if is_chinese else (english or chinese)


class VersionQuerySet(LockingQuerySet["QuestionnaireVersion"]):
    def published(self, on: dt.date | None = None) -> Self:
        rows = self.filter(state=VersionState.PUBLISHED)
        return rows if on is None else rows.filter(valid_from__lte=on)


class QuestionnaireVersion(models.Model):
    """Questions, weights and scale as they were asked. A published one never changes; a change is a new version."""

    class Method(models.TextChoices):
        ITEM_MEAN = "item_mean", _("means of the items")
        RESPONDENT = "respondent", _("each respondent's own index")

    class Expectation(models.TextChoices):
        STEPS5 = "steps5", _("five-step comparison")
        STEPS3 = "steps3", _("three-step comparison")
        PAIR10 = "pair10", _("pair on a scale of 10")
        PAIR5 = "pair5", _("pair on a scale of 5")
        ITEMS = "items", _("pair for each question")
        NONE = "none", _("not asked")

    questionnaire = models.ForeignKey(
        Questionnaire, on_delete=models.PROTECT, related_name="versions", verbose_name=_("questionnaire")
    )
    version = models.PositiveSmallIntegerField(_("version"))
    state = models.CharField(_("state"), max_length=12, choices=VersionState, editable=False)
    scale_map = models.JSONField(_("scale"), default=dict)
    dissatisfied_from = models.PositiveSmallIntegerField(_("dissatisfied from"), default=2)
    method = models.CharField(_("method"), max_length=12, choices=Method, default=Method.ITEM_MEAN)
    company_average = models.BooleanField(_("companies count once"), default=True)
    expectation_mode = models.CharField(
        _("expectation question"), max_length=10, choices=Expectation, default=Expectation.STEPS5
    )
    asks_rival = models.BooleanField(_("compare with the main competitor"), default=False)
    step_items = models.PositiveSmallIntegerField(_("step questions per call"), default=rules.MAX_STEP_ITEMS)
    intro_zh = models.TextField(_("opening (Chinese)"), blank=True)
    intro_en = models.TextField(_("opening (English)"), blank=True)
    privacy_zh = models.TextField(_("privacy note (Chinese)"), blank=True)
    privacy_en = models.TextField(_("privacy note (English)"), blank=True)
    closing_zh = models.TextField(_("closing (Chinese)"), blank=True)
    closing_en = models.TextField(_("closing (English)"), blank=True)
    valid_from = models.DateField(_("valid from"))
    note = models.TextField(_("what changed and why"), blank=True)
    created_at = models.DateTimeField(_("created at"))
    created_by = models.CharField(_("created by"), max_length=80, blank=True)
    published_at = models.DateTimeField(_("released at"), null=True, editable=False)
    published_by = models.CharField(_("released by"), max_length=80, blank=True, editable=False)
    retired_at = models.DateTimeField(_("retired at"), null=True, editable=False)

    objects = VersionQuerySet.as_manager()

    class Meta:
        verbose_name = _("questionnaire version")
        verbose_name_plural = _("questionnaire versions")
        constraints = [
            models.UniqueConstraint(fields=["questionnaire", "version"], name="version_once"),
            models.UniqueConstraint(fields=["questionnaire"], condition=Q(state="draft"), name="version_one_draft"),
            models.UniqueConstraint(
                fields=["questionnaire"], condition=Q(state="published"), name="version_one_published"
            ),
            models.CheckConstraint(name="version_state_known", condition=Q(state__in=VersionState.values)),
            models.CheckConstraint(
                name="version_published_has_time", condition=Q(state="draft") | Q(published_at__isnull=False)
            ),
            models.CheckConstraint(
                name="version_break_has_note", condition=Q(state="draft") | Q(version=1) | ~Q(note="")
            ),
        ]

    def __str__(self) -> str:
        return f"{self.questionnaire_id} v{self.version}"

    def event_refs(self) -> Mapping[str, int | None]:
        return {"customer": None, "asset": None, "station": None}

    def event_label(self) -> str:
        return f"{self.questionnaire.name_zh} v{self.version}"

    @cached_property
    def active_items(self) -> list["QuestionItem"]:
        return sorted((item for item in self.items.all() if item.is_active), key=lambda item: (item.order, item.pk))

    @property
    def levels(self) -> list[int]:
        return sorted(int(level) for level in self.scale_map)

    @property
    def is_transaction(self) -> bool:
        return self.questionnaire.kind == Questionnaire.Kind.TRANSACTION

    def publishing_problems(self) -> list[Text]:
        """What keeps this draft from being published, in words; empty when nothing does."""
        return [problem_text(code) for code in rules.publishing_problems(self)]


PROBLEMS = {
    "scale": _("The scale needs at least two levels with rising scores between 0 and 100."),
    "dissatisfied": _("The level of dissatisfaction must lie inside the scale, below its top."),
    "no_weight": _("There is no question with a weight."),
    "weight": _("Every rated question needs a weight above 0."),
    "sum": _("The weights must sum to 1."),
    "note": _("Say what changed and why: a new version breaks the line of the figures."),
    "step": _("Every step question needs the step that it rates."),
    "roles": _("A questionnaire after a service asks overall, expectation, fixed at once and on time."),
    "one_side": _("The value ratio needs questions of both sides: value received and cost paid."),
    "too_long": _("At most three step questions per call; the others take their turn."),
    "offer": _("No offer and no advertising in a follow-up: %(words)s."),
}


def problem_text(code: str) -> Text:
    kind, _colon, words = code.partition(":")
    return PROBLEMS[kind] % {"words": words} if words else PROBLEMS[kind]


class QuestionItem(models.Model):
    """One question of a version: rated ones have a weight in the index, yes/no questions stand beside it.

    Value and cost questions are rated 1–10 whatever the scale of the version; they make the value ratio (F10) and
    never enter the index. Their weights sum to 1 on each of the two sides.
    """

    class Role(models.TextChoices):
        OVERALL = "overall", _("overall")
        STEP = "step", _("step of the service")
        ITEM = "item", _("survey item")
        FIXED_FIRST = "fixed_first", _("fixed at the first time")
        ON_TIME = "on_time", _("promised time kept")
        VALUE = "value", _("value received, 1–10")
        COST = "cost", _("cost paid, 1–10")

    version = models.ForeignKey(QuestionnaireVersion, on_delete=models.PROTECT, related_name="items")
    key = models.SlugField(_("key"), max_length=30)
    role = models.CharField(_("kind of question"), max_length=12, choices=Role, default=Role.ITEM)
    label_zh = models.CharField(_("short name (Chinese)"), max_length=40)
    label_en = models.CharField(_("short name (English)"), max_length=40)
    text_zh = models.CharField(_("question (Chinese)"), max_length=200)
    text_en = models.CharField(_("question (English)"), max_length=200)
    weight = models.DecimalField(_("weight"), max_digits=8, decimal_places=6, null=True, blank=True)
    step = models.CharField(_("step"), max_length=20, choices=ServiceStep, blank=True)
    standard = models.ForeignKey(
        "entitlements.ServiceStandard",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("service standard"),
    )
    norm = models.CharField(_("standard item"), max_length=200, blank=True)
    order = models.PositiveSmallIntegerField(_("order"), default=0)
    is_active = models.BooleanField(_("asked"), default=True)

    class Meta:
        verbose_name = _("survey question")
        verbose_name_plural = _("questions")
        constraints = [
            models.UniqueConstraint(fields=["version", "key"], name="question_once"),
            models.CheckConstraint(
                name="question_weight_fits",
                condition=Q(weight=None) | Q(weight__gt=0, weight__lte=1),
            ),
            models.CheckConstraint(
                name="question_yesno_has_no_weight",
                condition=~Q(role__in=["fixed_first", "on_time"]) | Q(weight=None),
            ),
        ]
        ordering = ["order", "pk"]

    def __str__(self) -> str:
        return self.key

    @property
    def is_scored(self) -> bool:
        return self.role in (self.Role.OVERALL, self.Role.STEP, self.Role.ITEM)

    @property
    def is_rating(self) -> bool:
        return self.role in (self.Role.VALUE, self.Role.COST)

    @property
    def label(self) -> str:
        return in_language(self.label_zh, self.label_en)

    @property
    def text(self) -> str:
        return in_language(self.text_zh, self.text_en)
