"""Service requests, their pauses, and what was promised to the customer."""

from typing import Self

from django.db import models
from django.db.models import F, OuterRef, Q, Subquery
from django.db.models.functions import JSONObject
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from careloop.cases.states import (
    OPEN_STATES,
    CaseState,
    Channel,
    ChargeKind,
    Extra,
    FollowUp,
    Kind,
    PromiseKind,
    PromiseState,
    Result,
    Urgency,
)
from careloop.cases.support_levels import SupportLevel, default_levels, known_levels
from careloop.core.actor import Actor
from careloop.core.models import Event, LockingQuerySet

__all__ = ["Case", "CaseQuerySet", "Pause", "Promise", "SupportLevel", "known_levels"]


class CaseQuerySet(LockingQuerySet["Case"]):
    def visible_to(self, actor: Actor) -> Self:
        """Requests of the actor's stations; another's draft only once it is listed as forgotten."""
        if not actor.may("cases.view_case"):
            return self.none()
        rows = self if actor.stations is None else self.filter(station_id__in=actor.stations)
        if actor.is_system:
            return rows
        return rows.filter(Q(is_hidden_draft=False) | Q(received_by_id=actor.person_id))

    def with_levels(self) -> Self:
        """With the level that has the request and the one above it, in the same query."""
        row = JSONObject(number="number", name="name", name_en="name_en", minutes="minutes")
        own = SupportLevel.objects.filter(number=OuterRef("support_level"))
        upper = SupportLevel.objects.filter(number__gt=OuterRef("support_level")).order_by("number")
        return self.annotate(
            own_level=Subquery(own.values(row=row)[:1]), upper_level=Subquery(upper.values(row=row)[:1])
        )

    def open(self) -> Self:
        """Through the stored boolean: both databases then use the partial indexes."""
        return self.filter(is_open=True)


class Case(models.Model):
    """A customer's request: what is wrong or wanted, since when, and what was promised (form 2.4).

    Clock fields are in UTC; minutes are minutes of working time of the station's calendar. `response_due_at` is fixed
    at acceptance and never moves; `resolution_due_at` moves by the minutes the clock was paused.
    """

    told: list[Event] | None = None  # events written with it, when it was registered a moment ago

    number = models.CharField(_("number"), max_length=24, unique=True)
    station = models.ForeignKey(
        "staff.Station", on_delete=models.PROTECT, related_name="+", db_index=False, verbose_name=_("station")
    )
    customer = models.ForeignKey(
        "customers.Customer",
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        db_index=False,
        verbose_name=_("customer"),
    )
    contact = models.ForeignKey(
        "customers.Contact",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
        verbose_name=_("contact"),
    )
    is_contact_unverified = models.BooleanField(_("contact not verified"), default=False)
    asset = models.ForeignKey(
        "assets.Asset",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
        verbose_name=_("machine or vehicle"),
    )
    is_asset_unknown = models.BooleanField(_("machine unknown"), default=False)
    channel = models.CharField(_("channel"), max_length=8, choices=Channel)
    kind = models.CharField(_("kind of request"), max_length=16, choices=Kind)
    charge_kind = models.CharField(_("charge"), max_length=10, choices=ChargeKind, blank=True)
    warranty_state = models.CharField(_("warranty at acceptance"), max_length=8, blank=True, editable=False)
    warranty_until = models.DateField(_("warranty until"), null=True, editable=False)
    urgency = models.CharField(_("urgency"), max_length=10, choices=Urgency, default=Urgency.NONE)
    stopped_since = models.DateTimeField(_("stopped since"), null=True, blank=True)
    is_safety = models.BooleanField(_("about safety"), default=False)
    priority = models.PositiveSmallIntegerField(_("priority"), default=4)
    title = models.CharField(_("subject line"), max_length=200)
    verbatim = models.TextField(_("customer's words"))
    symptom = models.CharField(_("symptom"), max_length=80, blank=True)
    alarm_no = models.CharField(_("alarm number"), max_length=40, blank=True)
    readings = models.JSONField(_("readings"), default=list, blank=True)
    is_reading_unavailable = models.BooleanField(_("readings cannot be taken"), default=False)
    circumstances = models.TextField(_("circumstances"), blank=True)
    place = models.CharField(_("place"), max_length=200, blank=True)
    meter = models.PositiveIntegerField(_("mileage or hours"), null=True, blank=True)
    requested_for = models.DateTimeField(_("wanted by the customer for"), null=True, blank=True)
    promise_at = models.DateTimeField(_("promised for"), null=True, blank=True)
    received_at = models.DateTimeField(_("received at"))
    received_by = models.ForeignKey(
        "staff.Person",
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        db_index=False,
        verbose_name=_("received by"),
    )
    assignee = models.ForeignKey(
        "staff.Person",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
        verbose_name=_("assigned to"),
    )
    support_level = models.PositiveSmallIntegerField(_("level"), default=1)
    escalated_at = models.DateTimeField(_("handed to the next level at"), null=True, editable=False)
    escalated_by = models.ForeignKey(
        "staff.Person",
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        db_index=False,
        verbose_name=_("handed on by"),
    )
    escalation_due_at = models.DateTimeField(_("next level reacts until"), null=True, editable=False)

    state = models.CharField(_("state"), max_length=10, choices=CaseState, editable=False)
    is_open = models.GeneratedField(
        expression=Q(state__in=[str(s) for s in OPEN_STATES]),  # type: ignore[arg-type]  # reason: the stubs forget Q
        output_field=models.BooleanField(),
        db_persist=True,
    )
    draft_listed_at = models.DateTimeField(_("draft listed at"), null=True, editable=False)
    is_hidden_draft = models.GeneratedField(
        expression=Q(state="draft", draft_listed_at=None),  # type: ignore[arg-type]  # reason: as above
        output_field=models.BooleanField(),
        db_persist=True,
    )

    response_standard = models.CharField(_("standard of the response"), max_length=40, blank=True)
    response_due_at = models.DateTimeField(_("response due at"), null=True, editable=False)
    responded_at = models.DateTimeField(_("first human response at"), null=True, editable=False)
    responded_by = models.ForeignKey(
        "staff.Person",
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        db_index=False,
        verbose_name=_("first response by"),
    )
    response_minutes = models.PositiveIntegerField(
        _("working minutes to the first response"), null=True, editable=False
    )
    resolution_standard = models.CharField(_("standard of the resolution"), max_length=40, blank=True)
    resolution_target = models.PositiveIntegerField(_("limit of the resolution, minutes"), null=True, editable=False)
    resolution_due_at = models.DateTimeField(_("resolution due at"), null=True, editable=False)
    resolved_at = models.DateTimeField(_("resolved at"), null=True, editable=False)
    is_sla_kept = models.BooleanField(_("standard kept"), null=True, editable=False)

    resolution = models.TextField(_("what was done"), blank=True)
    knowledge = models.CharField(_("knowledge used"), max_length=200, blank=True)
    is_confirmed = models.BooleanField(_("confirmed by the customer"), null=True)
    cause_code = models.CharField(_("cause"), max_length=40, blank=True)
    result = models.CharField(_("result"), max_length=20, blank=True, choices=Result)
    follow_up = models.CharField(_("follow-up decision"), max_length=12, blank=True, choices=FollowUp)
    follow_up_reason = models.CharField(_("reason"), max_length=200, blank=True)
    extra_service = models.CharField(_("more than expected"), max_length=8, blank=True, choices=Extra)
    extra_service_text = models.CharField(_("what, or why not"), max_length=200, blank=True)
    extra_service_cost = models.DecimalField(_("cost"), max_digits=10, decimal_places=2, null=True, blank=True)

    waiting_for = models.CharField(_("waiting for"), max_length=200, blank=True)
    waiting_since = models.DateTimeField(_("waiting since"), null=True, editable=False)
    waiting_from = models.CharField(max_length=10, blank=True, editable=False)
    asked_count = models.PositiveSmallIntegerField(_("times asked"), default=0, editable=False)
    last_asked_at = models.DateTimeField(_("last asked at"), null=True, editable=False)
    paused_minutes = models.PositiveIntegerField(_("paused working minutes"), default=0, editable=False)

    closed_at = models.DateTimeField(_("closing time"), null=True, editable=False)
    closed_by = models.ForeignKey(
        "staff.Person",
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        db_index=False,
        verbose_name=_("closed by"),
    )
    cancelled_at = models.DateTimeField(_("cancelled at"), null=True, editable=False)
    merged_into = models.ForeignKey(
        "self",
        on_delete=models.PROTECT,
        null=True,
        related_name="merged_cases",
        db_index=False,
        verbose_name=_("merged into"),
    )
    repeat_of = models.ForeignKey(
        "self",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="repeats",
        db_index=False,
        verbose_name=_("follows"),
    )
    reopen_count = models.PositiveSmallIntegerField(_("times opened again"), default=0, editable=False)
    handover_count = models.PositiveSmallIntegerField(_("hand-overs"), default=0, editable=False)
    open_child_count = models.PositiveSmallIntegerField(_("running orders"), default=0, editable=False)
    finished_child_count = models.PositiveSmallIntegerField(_("finished orders"), default=0, editable=False)
    last_contact_at = models.DateTimeField(_("last contact at"), null=True, editable=False)
    source_key = models.CharField(_("key in the source"), max_length=240, null=True, unique=True, editable=False)
    is_imported = models.BooleanField(_("taken over from another system"), default=False, editable=False)
    last_step = models.JSONField(default=dict, editable=False)  # what can be taken back: core.undo

    objects = CaseQuerySet.as_manager()

    class Meta:
        verbose_name = _("service request")
        verbose_name_plural = _("service requests")
        constraints = [
            models.CheckConstraint(
                name="case_state_known",
                condition=Q(
                    state__in=[
                        "draft",
                        "accepted",
                        "waiting",
                        "remote",
                        "converted",
                        "solved",
                        "closed",
                        "cancelled",
                        "merged",
                    ]
                ),
            ),
            models.CheckConstraint(
                name="case_channel_known", condition=Q(channel__in=["phone", "sms", "email", "chat", "letter", "face"])
            ),
            models.CheckConstraint(
                name="case_kind_known",
                condition=Q(
                    kind__in=[
                        "fault",
                        "question",
                        "installation",
                        "commissioning",
                        "maintenance",
                        "training",
                        "parts",
                        "complaint",
                        "return",
                        "document",
                        "deviation",
                    ]
                ),
            ),
            models.CheckConstraint(name="case_priority_known", condition=Q(priority__gte=1, priority__lte=4)),
            models.CheckConstraint(
                name="case_has_customer", condition=Q(state__in=["draft", "cancelled"]) | Q(customer__isnull=False)
            ),
            models.CheckConstraint(
                name="case_has_asset_or_says_unknown",
                condition=Q(state__in=["draft", "cancelled"]) | Q(asset__isnull=False) | Q(is_asset_unknown=True),
            ),
            models.CheckConstraint(
                name="case_has_words", condition=Q(state__in=["draft", "cancelled"]) | ~Q(verbatim="")
            ),
            models.CheckConstraint(
                name="case_stop_has_time",
                condition=Q(state__in=["draft", "cancelled"]) | ~Q(urgency="stopped") | Q(stopped_since__isnull=False),
            ),
            models.CheckConstraint(
                name="case_response_after_receipt",
                condition=Q(responded_at=None) | Q(responded_at__gte=F("received_at")),
            ),
            models.CheckConstraint(
                name="case_resolved_after_receipt", condition=Q(resolved_at=None) | Q(resolved_at__gte=F("received_at"))
            ),
            models.CheckConstraint(
                name="case_solved_has_time", condition=~Q(state="solved") | Q(resolved_at__isnull=False)
            ),
            models.CheckConstraint(
                name="case_waiting_has_reason",
                condition=~Q(state="waiting") | (Q(waiting_since__isnull=False) & ~Q(waiting_for="")),
            ),
            models.CheckConstraint(
                name="case_closed_is_recorded",
                condition=~Q(state="closed")
                | (Q(closed_at__isnull=False, closed_at__gte=F("received_at")) & ~Q(result="") & ~Q(cause_code="")),
            ),
            models.CheckConstraint(
                name="case_closed_has_follow_up_decision",
                condition=~Q(state="closed")
                | Q(follow_up__in=["call", "done"])
                | (Q(follow_up="not_needed") & ~Q(follow_up_reason="")),
            ),
            models.CheckConstraint(
                name="case_escalation_has_time",
                condition=Q(escalation_due_at=None) | Q(escalation_due_at__gt=F("escalated_at")),
            ),
            models.CheckConstraint(
                name="case_closed_without_running_order", condition=Q(open_child_count=0) | Q(state="converted")
            ),
            models.CheckConstraint(
                name="case_merged_has_target",
                condition=Q(state="merged", merged_into__isnull=False) | (~Q(state="merged") & Q(merged_into=None)),
            ),
            models.CheckConstraint(name="case_not_its_own_target", condition=~Q(merged_into=F("id"))),
            models.CheckConstraint(
                name="case_extra_has_cost",
                condition=~Q(extra_service="given") | (Q(extra_service_cost__gte=0) & ~Q(extra_service_text="")),
            ),
        ]
        indexes = [
            models.Index(fields=["station", "id"], name="case_station"),
            models.Index(fields=["assignee", "id"], name="case_assignee"),
            models.Index(fields=["state", "station", "id"], name="case_state"),
            models.Index(fields=["customer", "id"], name="case_customer"),
            models.Index(fields=["asset", "id"], name="case_asset"),
            models.Index(fields=["received_at", "id"], name="case_received"),
            models.Index(fields=["station", "state", "id"], condition=Q(is_open=True), name="case_open_station"),
            models.Index(fields=["assignee", "id"], condition=Q(is_open=True), name="case_open_assignee"),
            models.Index(fields=["id"], condition=Q(is_open=True), name="case_open"),
            models.Index(
                fields=["escalation_due_at"], condition=Q(escalation_due_at__isnull=False), name="case_escalated"
            ),
            models.Index(fields=["merged_into"], condition=Q(merged_into__isnull=False), name="case_merged"),
            models.Index(fields=["repeat_of"], condition=Q(repeat_of__isnull=False), name="case_repeat"),
        ]

    def __str__(self) -> str:
        return self.number

    @cached_property
    def levels(self) -> list[SupportLevel]:
        """All levels; of a request read `with_levels` its own and the one above."""
        if "own_level" not in self.__dict__:
            return known_levels()
        read = [self.__dict__["own_level"], self.__dict__["upper_level"]]
        return [SupportLevel(**row) for row in read if row] or default_levels()

    @property
    def level(self) -> SupportLevel | None:
        """The level that has the request now; None when it is no longer among the levels."""
        return next((level for level in self.levels if level.number == self.support_level), None)

    @property
    def next_level(self) -> SupportLevel | None:
        return next((level for level in self.levels if level.number > self.support_level), None)

    def event_refs(self) -> dict[str, int | None]:
        return {"customer": self.customer_id, "asset": self.asset_id, "station": self.station_id}

    def event_label(self) -> str:
        return self.number


class Pause(models.Model):
    """A stretch in which the resolution clock stood still, and why. Listed on the request."""

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="pauses")
    reason = models.CharField(_("reason"), max_length=200)
    started_at = models.DateTimeField(_("from"))
    ended_at = models.DateTimeField(_("to"), null=True)
    minutes = models.PositiveIntegerField(_("working minutes"), null=True)

    class Meta:
        verbose_name = _("pause")
        verbose_name_plural = _("pauses")
        constraints = [
            models.CheckConstraint(
                name="pause_ends_after_it_begins", condition=Q(ended_at=None) | Q(ended_at__gte=F("started_at"))
            ),
            models.UniqueConstraint(fields=["case"], condition=Q(ended_at=None), name="pause_one_open"),
        ]

    def __str__(self) -> str:
        return self.reason


class PromiseQuerySet(LockingQuerySet["Promise"]):
    def visible_to(self, actor: Actor) -> Self:
        if not actor.may("cases.view_case"):
            return self.none()
        return self if actor.stations is None else self.filter(case__station_id__in=actor.stations)


class Promise(models.Model):
    """What was promised to a customer, by whom, until when, and how it ended (R196). Never deleted."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="promises")
    kind = models.CharField(_("kind"), max_length=10, choices=PromiseKind, default=PromiseKind.CALL_BACK)
    text = models.CharField(_("promise"), max_length=200)
    due_at = models.DateTimeField(_("promised for"))
    given_at = models.DateTimeField(_("promised at"))
    given_by = models.ForeignKey(
        "staff.Person", on_delete=models.PROTECT, null=True, related_name="+", verbose_name=_("given by")
    )
    state = models.CharField(_("state"), max_length=10, choices=PromiseState, editable=False)
    ended_at = models.DateTimeField(_("ended at"), null=True, editable=False)
    renewed_from = models.OneToOneField(
        "self", on_delete=models.PROTECT, null=True, related_name="renewed_to", verbose_name=_("renewed from")
    )
    last_step = models.JSONField(default=dict, editable=False)  # as on the request

    objects = PromiseQuerySet.as_manager()

    class Meta:
        verbose_name = _("promise")
        verbose_name_plural = _("promises")
        constraints = [
            models.CheckConstraint(
                name="promise_state_known",
                condition=Q(state__in=["open", "kept", "broken", "made_good", "renewed", "released"]),
            ),
            models.CheckConstraint(name="promise_has_words", condition=~Q(text="")),
            models.CheckConstraint(
                name="promise_kept_in_time", condition=~Q(state="kept") | Q(ended_at__lte=F("due_at"))
            ),
            models.CheckConstraint(
                name="promise_ended_has_time", condition=Q(state="open") | Q(ended_at__isnull=False)
            ),
        ]
        indexes = [models.Index(fields=["due_at"], condition=Q(state="open"), name="promise_open")]

    def __str__(self) -> str:
        return self.text

    def event_refs(self) -> dict[str, int | None]:
        return self.case.event_refs()

    def event_label(self) -> str:
        return self.case.number
