"""Whom to ask and when: rules of contact, plans, follow-up tasks and attempts."""

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, NoReturn, Self
from zoneinfo import ZoneInfo

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from careloop.core.actor import Actor
from careloop.core.errors import Text
from careloop.core.models import LockingQuerySet
from careloop.customers.queries import has_verified_contact
from careloop.feedback import rules
from careloop.feedback.models.answers import Answer, never_removed
from careloop.feedback.models.plans import CONVERSATIONS, FollowUpPlan, Method, ServiceType, preferred_method
from careloop.feedback.models.questionnaires import QuestionItem, QuestionnaireVersion
from careloop.feedback.states import FINAL, TaskState, WaiveReason

VIEW_TASK = "feedback.view_task"


class ContactPolicy(models.Model):
    """The firm's rules of contact: one row."""

    quiet_from = models.TimeField(_l("no calls from"), default=dt.time(20, 0))
    quiet_to = models.TimeField(_l("no calls before"), default=dt.time(9, 0))
    budget_days = models.PositiveSmallIntegerField(_l("days between two surveys of a person"), default=30)
    budget_per_year = models.PositiveSmallIntegerField(_l("surveys of a person in a year"), default=4)
    lock_hours = models.PositiveSmallIntegerField(_l("hours until answers are locked"), default=24)
    link_days = models.PositiveSmallIntegerField(_l("days that a link lives"), default=14)
    risk_value = models.DecimalField(
        _l("customers at risk from this business on"), max_digits=12, decimal_places=2, default=Decimal(50000)
    )

    class Meta:
        verbose_name = _l("rules of contact")
        verbose_name_plural = _l("rules of contact")
        constraints = [
            models.CheckConstraint(name="contactpolicy_one_row", condition=Q(id=1)),
            models.CheckConstraint(
                name="contactpolicy_sensible", condition=Q(lock_hours__gte=1, link_days__gte=1, budget_per_year__gte=1)
            ),
        ]

    def __str__(self) -> str:
        return str(_l("rules of contact"))

    def as_policy(self) -> rules.Policy:
        return rules.Policy(
            self.quiet_from, self.quiet_to, self.budget_days, self.budget_per_year, self.lock_hours, self.link_days
        )


def contact_policy() -> rules.Policy:
    """The firm's rules of contact, the proposed ones while none are stored."""
    row = ContactPolicy.objects.first()
    return row.as_policy() if row else rules.Policy()


class FamilyCallers(models.Model):
    """Machines that only trained callers may ask about (R15). No row: everybody may."""

    family = models.OneToOneField("assets.ProductFamily", on_delete=models.PROTECT, related_name="+")
    callers = models.ManyToManyField("staff.Person", related_name="+")

    class Meta:
        verbose_name = _l("callers of a product family")
        verbose_name_plural = _l("callers of product families")

    def __str__(self) -> str:
        return f"{self.family_id}"


class TaskQuerySet(LockingQuerySet["FollowUpTask"]):
    def delete(self) -> NoReturn:
        never_removed()

    def at_stations_of(self, actor: Actor) -> Self:
        """All tasks of the stations, for counts only."""
        return self if actor.stations is None else self.filter(station_id__in=actor.stations)

    def visible_to(self, actor: Actor) -> Self:
        """By station and right, and never the follow-up of a service that the actor took part in (R13)."""
        if not actor.may(VIEW_TASK):
            return self.none()
        rows = self.at_stations_of(actor)
        if actor.person_id is None:
            return rows
        mine = FollowUpTask.served.through.objects.filter(person_id=actor.person_id)
        return rows.exclude(pk__in=mine.values("followuptask_id"))

    def open(self) -> Self:
        return self.filter(is_open=True)


class FollowUpTask(models.Model):
    """The duty to ask a customer about one closed service. It may be waived with a reason, never removed."""

    number = models.CharField(_l("number"), max_length=20, unique=True)
    service_type = models.CharField(_l("kind of service"), max_length=14, choices=ServiceType)
    station = models.ForeignKey("staff.Station", on_delete=models.PROTECT, related_name="+", verbose_name=_l("station"))
    customer = models.ForeignKey(
        "customers.Customer", on_delete=models.PROTECT, related_name="+", verbose_name=_l("customer")
    )
    contact = models.ForeignKey(
        "customers.Contact",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_l("contact"),
    )
    asset = models.ForeignKey(
        "assets.Asset",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_l("machine or vehicle"),
    )
    order = models.ForeignKey(
        "workorders.WorkOrder",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_l("work order"),
    )
    case = models.ForeignKey(
        "cases.Case", on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_l("case")
    )
    technician = models.ForeignKey(
        "staff.Person", on_delete=models.PROTECT, null=True, related_name="+", verbose_name=_l("technician")
    )
    served = models.ManyToManyField("staff.Person", related_name="+", verbose_name=_l("took part in the service"))
    plan = models.ForeignKey(
        FollowUpPlan, on_delete=models.PROTECT, null=True, related_name="tasks", verbose_name=_l("plan")
    )
    method = models.CharField(_l("method"), max_length=8, choices=Method, default=Method.PHONE)
    version = models.ForeignKey(
        QuestionnaireVersion, on_delete=models.PROTECT, null=True, related_name="+", verbose_name=_l("questionnaire")
    )
    step_keys = models.JSONField(_l("step questions"), default=list)

    state = models.CharField(_l("state"), max_length=20, choices=TaskState, editable=False)
    service_done_at = models.DateTimeField(_l("service done at"))
    not_before = models.DateTimeField(_l("not before"))
    due_at = models.DateTimeField(_l("due by"))
    next_at = models.DateTimeField(_l("agreed time"), null=True, blank=True)
    caller = models.ForeignKey(
        "staff.Person", on_delete=models.PROTECT, null=True, related_name="+", verbose_name=_l("caller")
    )
    taken_at = models.DateTimeField(_l("call started at"), null=True)
    attempt_count = models.PositiveSmallIntegerField(_l("attempts"), default=0)
    asked_at = models.DateTimeField(_l("customer asked at"), null=True)
    first_tried_at = models.DateTimeField(_l("first attempt at"), null=True)
    ended_at = models.DateTimeField(_l("ended at"), null=True)
    is_late = models.BooleanField(_l("late"), default=False)
    waive_reason = models.CharField(_l("why not asked"), max_length=12, choices=WaiveReason, blank=True)
    reason = models.CharField(_l("reason"), max_length=300, blank=True)
    merged_into = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="+")
    thank_due_at = models.DateTimeField(_l("thank-you due by"), null=True)
    thanked_at = models.DateTimeField(_l("thanked at"), null=True)
    confirm_contact = models.BooleanField(_l("confirm contact at the next visit"), default=False)
    link_digest = models.CharField(max_length=64, blank=True)
    link_nonce = models.CharField(max_length=32, blank=True)
    link_sent_at = models.DateTimeField(_l("link sent at"), null=True)
    link_opened_at = models.DateTimeField(_l("link opened at"), null=True)
    link_expires_at = models.DateTimeField(_l("link ends at"), null=True)
    is_open = models.GeneratedField(
        expression=models.Case(
            models.When(state__in=list(FINAL), then=models.Value(False)), default=models.Value(True)
        ),
        output_field=models.BooleanField(),
        db_persist=True,
    )

    objects = TaskQuerySet.as_manager()
    ALWAYS_SAVED = ("reason",)

    class Meta:
        verbose_name = _l("follow-up")
        verbose_name_plural = _l("follow-ups")
        constraints = [
            models.CheckConstraint(name="task_state_known", condition=Q(state__in=TaskState.values)),
            models.CheckConstraint(name="task_window_open", condition=Q(due_at__gt=F("not_before"))),
            models.CheckConstraint(
                name="task_in_call_has_caller",
                condition=~Q(state="in_call") | (Q(caller__isnull=False) & Q(taken_at__isnull=False)),
            ),
            models.CheckConstraint(
                name="task_waived_has_reason", condition=~Q(state="waived") | (~Q(waive_reason="") & ~Q(reason=""))
            ),
            models.CheckConstraint(
                name="task_refused_has_reason", condition=~Q(state__in=["refused", "cancelled"]) | ~Q(reason="")
            ),
            models.CheckConstraint(
                name="task_done_has_version",
                condition=~Q(state__in=["done_satisfied", "done_remarks", "done_complaint"])
                | (Q(version__isnull=False) & Q(ended_at__isnull=False)),
            ),
            models.CheckConstraint(
                name="task_link_has_token",
                condition=~Q(state="link_sent") | (~Q(link_digest="") & Q(link_expires_at__isnull=False)),
            ),
            models.CheckConstraint(name="task_three_attempts", condition=Q(attempt_count__lte=3)),
            models.UniqueConstraint(
                fields=["order"],
                name="task_one_per_order",
                condition=Q(order__isnull=False) & (~Q(state="cancelled") | Q(merged_into__isnull=False)),
            ),
            models.UniqueConstraint(
                fields=["case"],
                name="task_one_per_case",
                condition=Q(case__isnull=False, order=None) & (~Q(state="cancelled") | Q(merged_into__isnull=False)),
            ),
            models.UniqueConstraint(fields=["link_digest"], condition=~Q(link_digest=""), name="task_link_once"),
        ]
        indexes = [
            models.Index(fields=["due_at"], condition=Q(is_open=True), name="task_due"),
            models.Index(fields=["not_before"], condition=Q(state="planned"), name="task_planned"),
            models.Index(fields=["contact", "asked_at"], name="task_contact_asked"),
            models.Index(fields=["station", "service_done_at"], name="task_station_done"),
            models.Index(fields=["customer", "id"], name="task_customer"),
        ]

    def __str__(self) -> str:
        return self.number

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        never_removed()

    def event_refs(self) -> Mapping[str, int | None]:
        return {"customer": self.customer_id, "asset": self.asset_id, "station": self.station_id}

    def event_label(self) -> str:
        return self.number

    @cached_property
    def served_ids(self) -> frozenset[int]:
        return frozenset(self.served.through.objects.filter(followuptask=self).values_list("person_id", flat=True))

    @cached_property
    def policy(self) -> rules.Policy:
        return contact_policy()

    @property
    def answer_or_none(self) -> Answer | None:
        return getattr(self, "answer", None)

    def quiet_refusal(self, at: dt.datetime) -> Text | None:
        """Quiet hours of the firm, and those the contact asked for, on the station's clock; for calls only."""
        if self.method != Method.PHONE:
            return None
        zone, policy, contact = self.station.time_zone, self.policy, self.contact
        if rules.in_quiet_hours(at, zone, policy.quiet_from, policy.quiet_to):
            return _("Quiet hours: no calls before %(morning)s and after %(evening)s.") % {
                "morning": f"{policy.quiet_to:%H:%M}",
                "evening": f"{policy.quiet_from:%H:%M}",
            }
        if (
            contact is not None
            and contact.quiet_from
            and contact.quiet_to
            and rules.in_quiet_hours(at, zone, contact.quiet_from, contact.quiet_to)
        ):
            return _("%(name)s does not want calls between %(start)s and %(end)s.") % {
                "name": contact.name,
                "start": f"{contact.quiet_from:%H:%M}",
                "end": f"{contact.quiet_to:%H:%M}",
            }
        return None

    def contact_refusal(self) -> Text | None:
        contact = self.contact
        if contact is None:
            return _("No contact is known. Enter one in the customer file, or waive with a reason.")
        if contact.left_on is not None:
            return _("%(name)s has left. Choose another contact in the customer file.") % {"name": contact.name}
        if contact.do_not_call and self.method == Method.PHONE:
            return _("%(name)s does not want calls. Send the link, or waive with a reason.") % {"name": contact.name}
        return None

    def asked_moments(self, since: dt.datetime) -> list[dt.datetime]:
        """When this person was really asked, by other follow-ups and surveys; vain attempts do not count (R103)."""
        if self.contact_id is None:
            return []
        others = FollowUpTask.objects.filter(contact_id=self.contact_id, asked_at__gt=since).exclude(pk=self.pk)
        surveys = Answer.objects.filter(contact_id=self.contact_id, task=None, answered_at__gt=since)
        moments = others.values_list("asked_at").union(surveys.values_list("answered_at"), all=True)
        return [moment for (moment,) in moments if moment is not None]

    def budget_refusal(self, at: dt.datetime) -> Text | None:
        if self.asked_at is not None:
            return None  # the conversation has begun; it may be finished
        policy = self.policy
        use = rules.budget_use(self.asked_moments(at - dt.timedelta(days=366)), at)
        if rules.budget_allows(use, at, policy):
            return None
        return _("This person was asked on %(day)s; the budget is one survey in %(days)d days, %(year)d a year.") % {
            "day": f"{timezone.localtime(use.last_at or at):%Y-%m-%d}",
            "days": policy.budget_days,
            "year": policy.budget_per_year,
        }

    def attempt_refusal(self, at: dt.datetime) -> Text | None:
        earlier = [(row.day, row.daypart) for row in self.attempts.all() if row.counts]
        zone = self.station.time_zone
        day = at.astimezone(ZoneInfo(zone)).date()
        verdict = rules.attempt_allowed(earlier, day, rules.daypart(at, zone))
        if verdict == "same_day":
            return _("Today was tried already. Try on another day, at another time of day.")
        if verdict == "same_part":
            return _("This time of day was tried already. Try at another time of day.")
        return None

    def took_part(self, person_id: int) -> bool:
        """Whether this person took part in the service; known already when the row was read for him."""
        if getattr(self, "read_for", None) == person_id:
            return bool(getattr(self, "is_own", False))
        return person_id in self.served_ids

    def is_competent(self, person_id: int | None) -> bool:
        """Products with named callers are for those callers only (R15)."""
        if person_id is not None and getattr(self, "read_for", None) == person_id:
            return not getattr(self, "is_barred", False)
        family = self.family_id
        if family is None or person_id is None:
            return True
        row = FamilyCallers.objects.filter(family_id=family).first()
        return row is None or row.callers.filter(pk=person_id).exists()

    @property
    def is_conversation(self) -> bool:
        return self.method in CONVERSATIONS

    def next_method(self) -> str:
        """The method that comes after those that failed: the preferred one first, an interview on site last (R98)."""
        tried = {self.method, *(row.method for row in self.attempts.all() if row.counts)}
        wanted = preferred_method(self.contact.preferred_channel) if self.contact is not None else ""
        order = [wanted, Method.PHONE, Method.CHAT, Method.SMS, Method.LINK, Method.LETTER, Method.VISIT]
        if self.contact is not None and self.contact.do_not_call:
            tried.add(Method.PHONE)
        return next((method for method in order if method and method not in tried), Method.VISIT)

    @property
    def family_id(self) -> int | None:
        model = self.asset.model if self.asset is not None else None
        return model.family_id if model is not None else None

    def has_verified_contact(self) -> bool:
        return self.contact_id is not None and has_verified_contact(self.contact_id)

    @cached_property
    def asked_items(self) -> list[QuestionItem]:
        """The questions of this call: all but the step questions, and of those the ones whose turn it is."""
        if self.version is None:
            return []
        step = QuestionItem.Role.STEP
        return [item for item in self.version.active_items if item.role != step or item.key in self.step_keys]

    def unanswered_labels(self) -> list[str]:
        """Questions without an answer; “not applicable” is one."""
        answer = self.answer_or_none
        known = {row.item_id: row for row in answer.items.all()} if answer else {}
        missing = [item.label for item in self.asked_items if asks_number(item) and item.pk not in known]
        if self.version is not None and self.version.expectation_mode == self.version.Expectation.ITEMS:
            missing += [
                _("%(question)s, expectation") % {"question": item.label}
                for item in self.asked_items
                if item.pk in known and known[item.pk].raw is not None and known[item.pk].expected is None
            ]
        for item in self.asked_items:
            if not asks_number(item) and not (answer and getattr(answer, item.role)):
                missing.append(item.label)
        said = answer is not None and bool(answer.expectation_state or answer.comparison)
        if self.asks_expectation and not said:
            missing.append(_("against expectation"))
        return missing

    @property
    def asks_expectation(self) -> bool:
        """Whether the service as a whole is set against the expectation; with a pair for each question it is not."""
        modes = QuestionnaireVersion.Expectation
        return self.version is not None and self.version.expectation_mode not in (modes.NONE, modes.ITEMS)


def asks_number(item: QuestionItem) -> bool:
    """Whether the answer is a level or a rating, not one of the plain words."""
    return item.is_scored or item.is_rating


class CallAttempt(models.Model):
    class Result(models.TextChoices):
        REACHED = "reached", _l("reached")
        NO_ANSWER = "no_answer", _l("nobody answers")
        BUSY = "busy", _l("busy")
        WRONG_NUMBER = "wrong_number", _l("number is wrong")
        NOT_CONVENIENT = "not_convenient", _l("not convenient")
        LINE_BROKEN = "line_broken", _l("line broken")
        REFUSED = "refused", _l("did not want to answer")

    task = models.ForeignKey(FollowUpTask, on_delete=models.PROTECT, related_name="attempts")
    at = models.DateTimeField(_l("at"))
    day = models.DateField(_l("day"))
    daypart = models.CharField(_l("time of day"), max_length=10)
    ended_at = models.DateTimeField(_l("ended at"))
    caller = models.ForeignKey("staff.Person", on_delete=models.PROTECT, null=True, related_name="+")
    result = models.CharField(_l("result"), max_length=16, choices=Result)
    method = models.CharField(_l("method"), max_length=8, choices=Method, default=Method.PHONE)
    counts = models.BooleanField(_l("counts as attempt"), default=False)
    note = models.CharField(_l("note"), max_length=300, blank=True)

    class Meta:
        verbose_name = _l("call attempt")
        verbose_name_plural = _l("call attempts")
        constraints = [
            models.CheckConstraint(name="attempt_ends_after_start", condition=Q(ended_at__gte=F("at"))),
            models.UniqueConstraint(fields=["task", "day"], condition=Q(counts=True), name="attempt_one_a_day"),
            models.UniqueConstraint(fields=["task", "daypart"], condition=Q(counts=True), name="attempt_other_daypart"),
        ]

    def __str__(self) -> str:
        return f"{self.task_id} {self.at:%m-%d %H:%M} {self.result}"
