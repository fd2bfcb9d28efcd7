"""Complaints, the persons concerned, and the tasks that departments get from them."""

import datetime as dt
from collections.abc import Mapping
from typing import Self

from django.db import models
from django.db.models import F, Q
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from careloop.complaints.states import (
    FINAL,
    Category,
    ComplaintState,
    Reclassified,
    RemedyKind,
    ServiceStep,
    Severity,
    Source,
)
from careloop.core.actor import Actor
from careloop.core.models import LockingQuerySet

VIEW = "complaints.view_complaint"
VIEW_SEALED = "complaints.view_sealed"
SEALED = "complaints.sealed"  # nobody holds it: events of a sealed complaint show on its own page only


class ComplaintQuerySet(LockingQuerySet["Complaint"]):
    def visible_to(self, actor: Actor) -> Self:
        """By station and right; never the complaint about oneself.

        What came out of a follow-up answer stays with the independent roles until the answer is locked, or until the
        officer hears the department (R13).
        """
        if not actor.may(VIEW):
            return self.none()
        rows = self if actor.stations is None else self.filter(station_id__in=actor.stations)
        if actor.is_system:
            return rows
        if not actor.may(VIEW_SEALED):
            rows = rows.filter(is_sealed=False)
        if actor.person_id is None:
            return rows
        mine = Complaint.objects.filter(is_sealed=True, involved=actor.person_id)
        return rows.exclude(accused_id=actor.person_id).exclude(pk__in=mine.values("pk"))

    def open(self) -> Self:
        return self.filter(is_open=True)


class Complaint(models.Model):
    """A customer demands a result. It has a clock, an owner who took no part, and ends with a record.

    `words` are the customer's own and are never changed. `first_severity` comes from a rule, `severity` from the
    officer; neither reads the customer's grade (R129).
    """

    number = models.CharField(_("number"), max_length=20, unique=True)
    station = models.ForeignKey("staff.Station", on_delete=models.PROTECT, related_name="+", verbose_name=_("station"))
    customer = models.ForeignKey(
        "customers.Customer", on_delete=models.PROTECT, related_name="+", verbose_name=_("customer")
    )
    contact = models.ForeignKey(
        "customers.Contact",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("contact"),
    )
    asset = models.ForeignKey(
        "assets.Asset",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("machine or vehicle"),
    )
    case = models.ForeignKey(
        "cases.Case", on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("case")
    )
    order = models.ForeignKey(
        "workorders.WorkOrder",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("work order"),
    )
    state = models.CharField(_("state"), max_length=20, choices=ComplaintState, editable=False)
    state_before = models.CharField(max_length=20, blank=True, editable=False)
    source = models.CharField(_("source"), max_length=10, choices=Source)
    words = models.TextField(_("customer's own words"))
    desired_remedy = models.TextField(_("what the customer wants"), blank=True)
    category = models.CharField(_("about"), max_length=20, choices=Category, default=Category.OTHER)
    step = models.CharField(_("step of the service"), max_length=20, choices=ServiceStep, blank=True)
    norm = models.CharField(_("standard not kept"), max_length=200, blank=True)
    accused = models.ForeignKey(
        "staff.Person",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("person complained about"),
    )
    involved = models.ManyToManyField("staff.Person", related_name="+", verbose_name=_("took part in the service"))

    severity = models.CharField(_("severity"), max_length=10, choices=Severity)
    first_severity = models.CharField(_("first severity"), max_length=10, choices=Severity)
    severity_reasons = models.JSONField(_("why this severity"), default=list)
    proposed_severity = models.CharField(_("proposed severity"), max_length=10, choices=Severity, blank=True)
    impact = models.CharField(_("impact"), max_length=200, blank=True)
    is_complex = models.BooleanField(_("complex"), default=False)
    assessed_by = models.ForeignKey("staff.Person", on_delete=models.PROTECT, null=True, related_name="+")

    owner = models.ForeignKey(
        "staff.Person", on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("officer")
    )
    first_owner = models.ForeignKey("staff.Person", on_delete=models.PROTECT, null=True, related_name="+")
    proposed_owner = models.ForeignKey("staff.Person", on_delete=models.PROTECT, null=True, related_name="+")

    registered_at = models.DateTimeField(_("registered at"))
    first_registered_at = models.DateTimeField(_("first received at"))
    registered_by = models.CharField(_("registered by"), max_length=80, blank=True)
    ack_due_at = models.DateTimeField(_("receipt to be confirmed by"))
    ack_at = models.DateTimeField(_("receipt confirmed at"), null=True, blank=True)
    ack_by = models.CharField(_("receipt confirmed by"), max_length=80, blank=True)
    next_contact_at = models.DateTimeField(_("customer hears from us by"), null=True, blank=True)
    answer_due_at = models.DateTimeField(_("answer due by"))
    solution_due_at = models.DateTimeField(_("solution due by"))
    paused_since = models.DateTimeField(null=True)
    paused_minutes = models.PositiveIntegerField(_("minutes paused"), default=0)

    facts = models.TextField(_("facts and evidence"), blank=True)
    cause = models.TextField(_("cause"), blank=True)
    containment = models.TextField(_("measure against spreading"), blank=True)
    is_justified = models.BooleanField(_("justified"), null=True)
    fault_share = models.PositiveSmallIntegerField(_("our share of fault, %"), null=True)
    remedy_kind = models.CharField(_("remedy"), max_length=20, choices=RemedyKind, blank=True)
    remedy = models.TextField(_("remedy in words"), blank=True)
    remedy_cost = models.DecimalField(_("cost of the remedy"), max_digits=12, decimal_places=2, null=True)
    proposed_by = models.ForeignKey("staff.Person", on_delete=models.PROTECT, null=True, related_name="+")
    approval_due_at = models.DateTimeField(_("approval due by"), null=True)
    decision = models.TextField(_("answer to the customer"), blank=True)
    decided_by = models.ForeignKey("staff.Person", on_delete=models.PROTECT, null=True, related_name="+")
    must_change_decider = models.BooleanField(default=False)
    communicated_at = models.DateTimeField(_("answer told at"), null=True)
    offer_until = models.DateField(_("offer valid until"), null=True)
    alternatives = models.TextField(_("alternatives offered"), blank=True)
    accepted_at = models.DateTimeField(_("accepted at"), null=True)
    execution_due_at = models.DateTimeField(_("to be carried out by"), null=True)
    execution = models.TextField(_("what was carried out"), blank=True)
    executed_at = models.DateTimeField(_("carried out at"), null=True)
    executed_by = models.ForeignKey("staff.Person", on_delete=models.PROTECT, null=True, related_name="+")

    first_rating = models.PositiveSmallIntegerField(_("rating before"), null=True)
    rerating = models.PositiveSmallIntegerField(_("rating after"), null=True)
    rerating_details = models.JSONField(default=dict)
    rerating_attempts = models.PositiveSmallIntegerField(default=0)
    rerated_at = models.DateTimeField(null=True)
    rerated_by = models.ForeignKey("staff.Person", on_delete=models.PROTECT, null=True, related_name="+")
    is_unconfirmed = models.BooleanField(_("closed without the customer's confirmation"), default=False)

    authority = models.CharField(_("outside body"), max_length=100, blank=True)
    authority_number = models.CharField(_("its file number"), max_length=60, blank=True)
    authority_due_at = models.DateTimeField(_("its deadline"), null=True)
    reclassified_as = models.CharField(_("recorded as"), max_length=10, choices=Reclassified, blank=True)
    merged_into = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="+")
    repeat_of = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("earlier complaint")
    )
    reopen_count = models.PositiveSmallIntegerField(_("reopened"), default=0)
    handover_count = models.PositiveSmallIntegerField(_("handed over"), default=0)
    closed_at = models.DateTimeField(_("closed at"), null=True)
    ack_escalated_at = models.DateTimeField(null=True)
    solution_escalated_at = models.DateTimeField(null=True)
    is_sealed = models.BooleanField(_("answer not locked yet"), default=False)
    is_open = models.GeneratedField(
        expression=models.Case(
            models.When(state__in=list(FINAL), then=models.Value(False)), default=models.Value(True)
        ),
        output_field=models.BooleanField(),
        db_persist=True,
    )

    objects = ComplaintQuerySet.as_manager()

    class Meta:
        verbose_name = _("complaint")
        verbose_name_plural = _("complaints")
        constraints = [
            models.CheckConstraint(name="complaint_state_known", condition=Q(state__in=ComplaintState.values)),
            models.CheckConstraint(
                name="complaint_severity_known",
                condition=Q(severity__in=Severity.values, first_severity__in=Severity.values),
            ),
            models.CheckConstraint(name="complaint_words_given", condition=~Q(words="")),
            models.CheckConstraint(
                name="complaint_owner_not_accused",
                condition=Q(owner=None) | Q(accused=None) | ~Q(owner=F("accused")),
            ),
            models.CheckConstraint(
                name="complaint_acknowledged_has_time",
                condition=Q(state__in=["registered", "reclassified", "withdrawn", "external", "merged", "reopened"])
                | Q(ack_at__isnull=False),
            ),
            models.CheckConstraint(
                name="complaint_closed_is_complete",
                condition=~Q(state="closed")
                | (~Q(facts="") & ~Q(decision="") & ~Q(execution="") & ~Q(cause="") & Q(closed_at__isnull=False)),
            ),
            models.CheckConstraint(
                name="complaint_not_accepted_names_alternatives",
                condition=~Q(state="closed_not_accepted") | (~Q(decision="") & ~Q(alternatives="")),
            ),
            models.CheckConstraint(
                name="complaint_waiting_has_start", condition=~Q(state="waiting") | Q(paused_since__isnull=False)
            ),
            models.CheckConstraint(
                name="complaint_merged_has_target",
                condition=~Q(state="merged") | (Q(merged_into__isnull=False) & ~Q(merged_into=F("id"))),
            ),
            models.CheckConstraint(
                name="complaint_shares_in_range",
                condition=(Q(fault_share=None) | Q(fault_share__lte=100))
                & (Q(remedy_cost=None) | Q(remedy_cost__gte=0))
                & (Q(rerating=None) | Q(rerating__range=(1, 5))),
            ),
            models.CheckConstraint(
                name="complaint_rater_did_not_decide",
                condition=Q(rerated_by=None) | Q(decided_by=None) | ~Q(rerated_by=F("decided_by")),
            ),
        ]
        indexes = [
            models.Index(fields=["solution_due_at"], condition=Q(is_open=True), name="complaint_due"),
            models.Index(fields=["station", "state", "id"], name="complaint_station"),
            models.Index(fields=["customer", "id"], name="complaint_customer"),
            models.Index(fields=["owner", "id"], condition=Q(is_open=True), name="complaint_owner"),
            models.Index(fields=["registered_at"], name="complaint_registered"),
        ]

    def __str__(self) -> str:
        return self.number

    def event_refs(self) -> Mapping[str, int | None]:
        return {"customer": self.customer_id, "asset": self.asset_id, "station": self.station_id}

    def event_label(self) -> str:
        return self.number

    @cached_property
    def involved_ids(self) -> frozenset[int]:
        return frozenset(self.involved.through.objects.filter(complaint=self).values_list("person_id", flat=True))

    @property
    def handler_ids(self) -> frozenset[int]:
        """Who handled it or granted the remedy: none of them asks for the re-rating."""
        persons = (self.owner_id, self.first_owner_id, self.decided_by_id, self.proposed_by_id, self.executed_by_id)
        return frozenset(person for person in persons if person is not None)

    @cached_property
    def open_task_count(self) -> int:
        return self.tasks.filter(state=ComplaintTask.State.OPEN).count()


class ComplaintTask(models.Model):
    """What a department has to find out or to do; the complaint stays with its officer (R17)."""

    class State(models.TextChoices):
        OPEN = "open", _("to do")
        DONE = "done", _("done")
        REFUSED = "refused", _("not taken on")

    complaint = models.ForeignKey(Complaint, on_delete=models.PROTECT, related_name="tasks")
    department = models.ForeignKey(
        "staff.Department", on_delete=models.PROTECT, related_name="+", verbose_name=_("department")
    )
    text = models.TextField(_("task"))
    due_at = models.DateTimeField(_("due by"))
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.OPEN)
    given_at = models.DateTimeField(_("given at"))
    given_by = models.CharField(_("given by"), max_length=80)
    result = models.TextField(_("result"), blank=True)
    done_at = models.DateTimeField(_("done at"), null=True)
    done_by = models.CharField(_("done by"), max_length=80, blank=True)
    escalated_at = models.DateTimeField(_("passed to the next level at"), null=True)

    objects = LockingQuerySet["ComplaintTask"].as_manager()

    class Meta:
        verbose_name = _("task from a complaint")
        verbose_name_plural = _("tasks from complaints")
        constraints = [
            models.CheckConstraint(name="complainttask_text_given", condition=~Q(text="")),
            models.CheckConstraint(
                name="complainttask_done_has_result",
                condition=Q(state="open") | (Q(done_at__isnull=False) & ~Q(result="")),
            ),
        ]
        indexes = [models.Index(fields=["due_at"], condition=Q(state="open"), name="complainttask_due")]

    def __str__(self) -> str:
        return f"{self.complaint_id}: {self.text[:40]}"

    def is_overdue(self, now: dt.datetime) -> bool:
        return self.state == self.State.OPEN and self.due_at < now

    def event_refs(self) -> Mapping[str, int | None]:
        return self.complaint.event_refs()

    def event_label(self) -> str:
        return self.complaint.number


class RemedyLimit(models.Model):
    """What a holder of a right may grant by himself, by kind of remedy (R16). Empty kind: all other kinds."""

    right = models.CharField(_("right"), max_length=60)
    kind = models.CharField(_("remedy"), max_length=20, choices=RemedyKind, blank=True)
    limit = models.DecimalField(_("up to"), max_digits=12, decimal_places=2, null=True, blank=True)
    is_never = models.BooleanField(_("always the next level"), default=False)

    class Meta:
        verbose_name = _("authority to settle")
        verbose_name_plural = _("authorities to settle")
        constraints = [
            models.UniqueConstraint(fields=["right", "kind"], name="remedylimit_once"),
            models.CheckConstraint(name="remedylimit_not_negative", condition=Q(limit=None) | Q(limit__gte=0)),
        ]

    def __str__(self) -> str:
        return f"{self.right} {self.kind}"
