"""The work order itself, its six stamps, and who worked on it."""

import datetime as dt
from decimal import Decimal
from functools import cached_property
from typing import Any, Self
from zoneinfo import ZoneInfo

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from careloop.billing.models import money
from careloop.core.actor import Actor
from careloop.core.models import LockingQuerySet
from careloop.entitlements.models import WorkClass
from careloop.workorders.models.lines import OrderLine, OrderLineQuerySet
from careloop.workorders.states import LineConsent, OldPartWish, OrderState, Outcome, Step, StopSafety

OPEN = [
    "booked",
    "no_show",
    "received",
    "awaiting_consent",
    "to_assign",
    "in_repair",
    "waiting_part",
    "awaiting_added",
    "to_inspect",
    "rework",
    "to_settle",
    "ready",
]
NOT_RECEIVED = ["booked", "no_show", "cancelled"]
UNDER_CONSENT = ["to_assign", "in_repair", "waiting_part", "awaiting_added", "to_inspect", "rework"]
HANDED_OVER = ["delivered", "follow_up", "archived"]


class WorkOrderQuerySet(LockingQuerySet["WorkOrder"]):
    def visible_to(self, actor: Actor) -> Self:
        if not actor.may("workorders.view_workorder"):
            return self.none()
        return self if actor.stations is None else self.filter(station_id__in=actor.stations)

    def open(self) -> Self:
        return self.filter(is_open=True)


class WorkOrder(models.Model):
    """One visit of a vehicle or machine to the shop, from the appointment to the archived file.

    A case says what is wrong; a work order says what is agreed, done, checked, billed and handed over.
    `mileage_in` is in the unit of the machine's meter (km or h). `consented_amount` is the highest bill that the
    customer has agreed to; `billed_amount` can never be above it.
    """

    class ReceptionKind(models.TextChoices):
        VEHICLE = "vehicle", _("vehicle brought in")
        SENT_IN = "sent_in", _("part or machine sent in")

    number = models.CharField(_("order number"), max_length=20, unique=True)
    case = models.ForeignKey(
        "cases.Case",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("service request"),
    )
    station = models.ForeignKey("staff.Station", on_delete=models.PROTECT, related_name="+", verbose_name=_("station"))
    customer = models.ForeignKey(
        "customers.Customer", on_delete=models.PROTECT, related_name="+", verbose_name=_("customer")
    )
    contact = models.ForeignKey(
        "customers.Contact", on_delete=models.PROTECT, related_name="+", verbose_name=_("contact")
    )
    asset = models.ForeignKey(
        "assets.Asset", on_delete=models.PROTECT, related_name="+", verbose_name=_("vehicle or machine")
    )
    state = models.CharField(_("state"), max_length=20, choices=OrderState, default=OrderState.BOOKED, editable=False)
    outcome = models.CharField(_("outcome"), max_length=12, choices=Outcome, blank=True)
    work_class = models.CharField(_("class of work"), max_length=10, choices=WorkClass, default=WorkClass.SMALL)
    created_at = models.DateTimeField(_("created at"))
    created_by = models.ForeignKey(
        "staff.Person", on_delete=models.PROTECT, null=True, related_name="+", verbose_name=_("created by")
    )
    adviser = models.ForeignKey(
        "staff.Person",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("service adviser"),
    )
    foreman = models.ForeignKey(
        "staff.Person", on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("foreman")
    )
    technician = models.ForeignKey(
        "staff.Person", on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("technician")
    )
    inspector = models.ForeignKey(
        "staff.Person", on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("inspector")
    )
    bay = models.PositiveSmallIntegerField(_("bay"), null=True, blank=True)

    # 1 appointment
    booked_for = models.DateTimeField(_("appointment"), null=True, blank=True)
    booked_minutes = models.PositiveSmallIntegerField(_("planned minutes"), default=60)
    wanted = models.TextField(_("what is to be done"), blank=True)
    reminded_at = models.DateTimeField(_("reminded at"), null=True, blank=True)
    missed_at = models.DateTimeField(_("missed at"), null=True, blank=True)
    missed_count = models.PositiveSmallIntegerField(_("missed appointments"), default=0)

    # 2 reception
    reception_kind = models.CharField(
        _("kind of reception"), max_length=10, choices=ReceptionKind, default=ReceptionKind.VEHICLE
    )
    walk_in_reason = models.CharField(_("why without appointment"), max_length=120, blank=True)
    received_at = models.DateTimeField(_("arrived at"), null=True, blank=True)
    mileage_in = models.PositiveIntegerField(_("meter reading"), null=True, blank=True)
    fuel = models.PositiveSmallIntegerField(_("fuel, eighths of the tank"), null=True, blank=True)
    customer_words = models.TextField(_("customer's own words"), blank=True)
    valuables = models.CharField(_("valuables in the vehicle"), max_length=200, blank=True)
    damage = models.JSONField(_("damage marks"), default=list, blank=True)
    packing = models.CharField(_("packing and accessories"), max_length=200, blank=True)
    old_part_wish = models.CharField(_("old parts"), max_length=6, choices=OldPartWish, blank=True)
    announced_fee = money(_("announced diagnosis fee"))
    reception_signature = models.ForeignKey(
        "core.StoredFile",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("signature at reception"),
    )
    received_from = models.CharField(_("brought by"), max_length=60, blank=True)
    promised_at = models.DateTimeField(_("promised time"), null=True, blank=True)
    diagnosis_limit = models.DecimalField(_("diagnosis limit"), max_digits=12, decimal_places=2, null=True, blank=True)
    estimate_version = models.PositiveSmallIntegerField(_("estimate version"), default=0)
    consented_version = models.PositiveSmallIntegerField(_("consented version"), default=0)
    consented_amount = money(_("consented amount"))
    discount_amount = money(_("discount"))
    is_asked_at_settlement = models.BooleanField(default=False)

    # 3 repair, 4 inspection
    part_waited_for = models.CharField(_("part waited for"), max_length=120, blank=True)
    part_eta = models.DateTimeField(_("part expected at"), null=True, blank=True)
    rework_count = models.PositiveSmallIntegerField(_("rework loops"), default=0)
    stop_safety = models.CharField(_("condition when stopped"), max_length=16, choices=StopSafety, blank=True)
    safety_checked_by = models.ForeignKey(
        "staff.Person",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("safe state checked by"),
    )

    # 5 settlement and delivery
    bill = models.ForeignKey(
        "billing.Bill", on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("settlement")
    )
    billed_amount = models.DecimalField(_("billed amount"), max_digits=12, decimal_places=2, null=True, blank=True)
    next_service_on = models.DateField(_("next service on"), null=True, blank=True)
    next_service_meter = models.PositiveIntegerField(_("next service at"), null=True, blank=True)
    repair_until = models.DateField(_("repair guarantee until"), null=True, blank=True)
    repair_km = models.PositiveIntegerField(_("repair guarantee, meter reading"), null=True, blank=True)
    delivered_at = models.DateTimeField(_("delivered at"), null=True, blank=True)
    delivered_by = models.ForeignKey(
        "staff.Person",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("delivered by"),
    )
    delivered_to = models.CharField(_("handed over to"), max_length=60, blank=True)
    delivery_signature = models.ForeignKey(
        "core.StoredFile",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("signature at delivery"),
    )
    explained = models.TextField(_("explained to the customer"), blank=True)
    archived_at = models.DateTimeField(_("archived at"), null=True, blank=True)

    # rework of an earlier order
    rework_of = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="reworks", verbose_name=_("rework of")
    )
    evidence_due_at = models.DateTimeField(_("evidence of another cause due"), null=True, blank=True)

    is_open = models.GeneratedField(
        expression=Q(state__in=OPEN),  # type: ignore[arg-type]  # reason: the stubs do not know that Q is an expression
        output_field=models.BooleanField(),
        db_persist=True,
    )
    last_step = models.JSONField(default=dict, editable=False)  # what can be taken back: core.undo

    objects = WorkOrderQuerySet.as_manager()

    class Meta:
        verbose_name = _("work order")
        verbose_name_plural = _("work orders")
        constraints = [
            models.CheckConstraint(
                name="workorder_state_known", condition=Q(state__in=[*OPEN, *HANDED_OVER, "cancelled"])
            ),
            models.CheckConstraint(
                name="workorder_outcome_known",
                condition=Q(outcome__in=["", "done", "refused", "stopped", "taken_back"]),
            ),
            models.CheckConstraint(
                name="workorder_class_known",
                condition=Q(work_class__in=["small", "level1", "level2", "assembly", "whole", "special"]),
            ),
            models.CheckConstraint(
                name="workorder_booked_has_slot",
                condition=~Q(state__in=["booked", "no_show"]) | Q(booked_for__isnull=False, booked_minutes__gt=0),
            ),
            models.CheckConstraint(
                name="workorder_received_has_time", condition=Q(state__in=NOT_RECEIVED) | Q(received_at__isnull=False)
            ),
            models.CheckConstraint(
                name="workorder_walk_in_has_reason",
                condition=Q(received_at=None) | Q(booked_for__isnull=False) | ~Q(walk_in_reason=""),
            ),
            models.CheckConstraint(name="workorder_fuel_in_eighths", condition=Q(fuel=None) | Q(fuel__lte=8)),
            models.CheckConstraint(
                name="workorder_consent_not_ahead", condition=Q(consented_version__lte=F("estimate_version"))
            ),
            models.CheckConstraint(
                name="workorder_work_needs_consent", condition=~Q(state__in=UNDER_CONSENT) | Q(consented_version__gte=1)
            ),
            models.CheckConstraint(
                name="workorder_assign_needs_this_version",
                condition=~Q(state="to_assign") | Q(consented_version=F("estimate_version")),
            ),
            models.CheckConstraint(
                name="workorder_amounts_not_negative",
                condition=Q(consented_amount__gte=0, announced_fee__gte=0, discount_amount__gte=0),
            ),
            models.CheckConstraint(
                name="workorder_bill_within_consent",
                condition=Q(billed_amount=None) | Q(billed_amount__gte=0, billed_amount__lte=F("consented_amount")),
            ),
            models.CheckConstraint(
                name="workorder_limit_not_negative", condition=Q(diagnosis_limit=None) | Q(diagnosis_limit__gte=0)
            ),
            models.CheckConstraint(
                name="workorder_bill_and_amount_together",
                condition=Q(bill=None, billed_amount=None) | Q(bill__isnull=False, billed_amount__isnull=False),
            ),
            models.CheckConstraint(
                name="workorder_ready_has_outcome", condition=~Q(state__in=["ready", *HANDED_OVER]) | ~Q(outcome="")
            ),
            models.CheckConstraint(
                name="workorder_ready_has_bill",
                condition=~Q(state__in=["ready", *HANDED_OVER]) | Q(bill__isnull=False) | Q(outcome="taken_back"),
            ),
            models.CheckConstraint(
                name="workorder_delivered_has_time",
                condition=Q(state__in=HANDED_OVER, delivered_at__isnull=False)
                | Q(~Q(state__in=HANDED_OVER), delivered_at=None),
            ),
            models.CheckConstraint(
                name="workorder_delivered_after_received",
                condition=Q(delivered_at=None) | Q(delivered_at__gte=F("received_at")),
            ),
            models.CheckConstraint(
                name="workorder_delivered_is_complete",
                condition=~Q(state__in=HANDED_OVER)
                | ~Q(outcome="done")
                | Q(
                    Q(next_service_on__isnull=False) | Q(next_service_meter__isnull=False),
                    mileage_in__isnull=False,
                    repair_until__isnull=False,
                ),
            ),
            models.CheckConstraint(
                name="workorder_inspector_is_not_technician",
                condition=Q(inspector=None) | Q(technician=None) | ~Q(inspector=F("technician")),
            ),
            models.CheckConstraint(name="workorder_not_its_own_rework", condition=~Q(rework_of=F("id"))),
            models.CheckConstraint(
                name="workorder_stopped_says_condition", condition=~Q(outcome="stopped") | ~Q(stop_safety="")
            ),
            models.CheckConstraint(
                name="workorder_safety_check_has_person",
                condition=~Q(stop_safety="checked") | Q(safety_checked_by__isnull=False),
            ),
        ]
        indexes = [
            models.Index(fields=["station", "id"], name="workorder_station"),
            models.Index(fields=["state", "station", "id"], name="workorder_state"),
            models.Index(fields=["customer", "id"], name="workorder_customer"),
            models.Index(fields=["asset", "id"], name="workorder_asset"),
            models.Index(fields=["station", "state", "id"], condition=Q(is_open=True), name="workorder_open"),
            models.Index(fields=["station", "booked_for"], condition=Q(is_open=True), name="workorder_booked"),
            models.Index(fields=["technician", "id"], condition=Q(is_open=True), name="workorder_technician"),
            models.Index(fields=["delivered_at"], name="workorder_delivered"),
        ]

    def __str__(self) -> str:
        return self.number

    def event_refs(self) -> dict[str, int | None]:
        return {"customer": self.customer_id, "asset": self.asset_id, "station": self.station_id}

    def event_label(self) -> str:
        return self.number

    def local_date(self, at: dt.datetime) -> dt.date:
        return at.astimezone(ZoneInfo(self.station.time_zone)).date()

    @cached_property
    def open_lines(self) -> list["OrderLine"]:
        """Items that stand: proposed and consented ones."""
        rows = self.lines.filter(consent__in=[LineConsent.PROPOSED, LineConsent.CONSENTED])
        return list(rows.annotate(photo_count=OrderLineQuerySet.photos()))

    @cached_property
    def standing_estimate(self) -> Any:
        """The version that the customer decides on, or has decided on; None when items or prices changed since."""
        return self.estimates.filter(void_at=None, version=self.estimate_version).first()

    @property
    def has_standing_estimate(self) -> bool:
        return self.standing_estimate is not None

    @cached_property
    def has_consented_lines(self) -> bool:
        return any(line.consent == LineConsent.CONSENTED for line in self.open_lines)

    @cached_property
    def has_verified_contact(self) -> bool:
        return self.contact.channels.filter(
            kind__in=["mobile", "phone"], verified_at__isnull=False, wrong_since=None
        ).exists()

    @property
    def contact_name(self) -> str:
        return self.contact.name

    @cached_property
    def has_work_log(self) -> bool:
        return self.work_logs.exists()

    @cached_property
    def technician_ids(self) -> set[int]:
        """Everybody who worked on it: now assigned, logged hours, or named at an item."""
        found = set(self.people.filter(role=OrderPerson.Role.TECHNICIAN).values_list("person_id", flat=True))
        return found | ({self.technician_id} if self.technician_id else set())

    @property
    def paid_amount(self) -> Decimal:
        return self.bill.paid_amount if self.bill is not None else Decimal(0)

    @property
    def unpaid_amount(self) -> Decimal:
        return self.bill.open_amount if self.bill is not None else Decimal(0)

    @property
    def is_disputed(self) -> bool:
        return self.bill is not None and self.bill.state == "disputed"

    @property
    def credit_tier(self) -> str:
        return str(self.customer.credit_tier)


class Stamp(models.Model):
    """When one of the six steps began and ended, and who answers for it. Rework opens a further row of its step."""

    order = models.ForeignKey(WorkOrder, on_delete=models.CASCADE, related_name="stamps")
    step = models.CharField(_("step"), max_length=12, choices=Step)
    started_at = models.DateTimeField(_("started at"))
    done_at = models.DateTimeField(_("done at"), null=True)
    person = models.ForeignKey(
        "staff.Person", on_delete=models.PROTECT, null=True, related_name="+", verbose_name=_("responsible")
    )
    skipped_reason = models.CharField(_("skipped because"), max_length=120, blank=True)
    is_skipped = models.BooleanField(_("skipped"), default=False)

    class Meta:
        verbose_name = _("step stamp")
        verbose_name_plural = _("step stamps")
        constraints = [
            models.CheckConstraint(
                name="stamp_step_known",
                condition=Q(step__in=["appointment", "reception", "repair", "inspection", "settlement", "follow_up"]),
            ),
            models.UniqueConstraint(
                name="stamp_one_open_per_step", fields=["order", "step"], condition=Q(done_at=None)
            ),
            models.CheckConstraint(
                name="stamp_ends_after_start", condition=Q(done_at=None) | Q(done_at__gte=F("started_at"))
            ),
            models.CheckConstraint(
                name="stamp_skip_has_reason",
                condition=Q(is_skipped=False, skipped_reason="")
                | Q(~Q(skipped_reason=""), is_skipped=True, done_at__isnull=False),
            ),
        ]
        indexes = [models.Index(fields=["step", "done_at"], name="stamp_step")]

    def __str__(self) -> str:
        return f"{self.step} {self.order_id}"


class OrderPerson(models.Model):
    """Who did which part of an order. One row per person: nobody is technician and inspector of one order (R63)."""

    class Role(models.TextChoices):
        TECHNICIAN = "technician", _("technician")
        INSPECTOR = "inspector", _("inspector")

    order = models.ForeignKey(WorkOrder, on_delete=models.CASCADE, related_name="people")
    person = models.ForeignKey("staff.Person", on_delete=models.PROTECT, related_name="+")
    role = models.CharField(_("role"), max_length=10, choices=Role)

    class Meta:
        verbose_name = _("person on order")
        verbose_name_plural = _("persons on order")
        constraints = [
            models.UniqueConstraint(name="orderperson_one_role", fields=["order", "person"]),
            models.CheckConstraint(name="orderperson_role_known", condition=Q(role__in=["technician", "inspector"])),
        ]

    def __str__(self) -> str:
        return f"{self.role} {self.person_id}"


class OrderLinkQuerySet(models.QuerySet["OrderLink"]):
    def valid(self, now: dt.datetime) -> Self:
        return self.filter(Q(expires_at=None) | Q(expires_at__gt=now), revoked_at=None)


class OrderLink(models.Model):
    """The customer's own page of one order. The token is random and kept as a digest only."""

    order = models.ForeignKey(WorkOrder, on_delete=models.CASCADE, related_name="links")
    digest = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField(_("created at"))
    created_by = models.ForeignKey("staff.Person", on_delete=models.PROTECT, null=True, related_name="+")
    sent_to = models.CharField(_("sent to"), max_length=40, blank=True)
    opened_at = models.DateTimeField(_("opened at"), null=True)
    expires_at = models.DateTimeField(_("valid until"), null=True)
    revoked_at = models.DateTimeField(_("revoked at"), null=True)

    objects = OrderLinkQuerySet.as_manager()

    class Meta:
        verbose_name = _("customer's link")
        verbose_name_plural = _("customers' links")

    def __str__(self) -> str:
        return f"{self.order_id}"


class BookingDayQuerySet(LockingQuerySet["BookingDay"]):
    pass


class BookingDay(models.Model):
    """Locked while a slot of this station and day is given away, so that the last bay is given once."""

    station = models.ForeignKey("staff.Station", on_delete=models.CASCADE, related_name="+")
    day = models.DateField()

    objects = BookingDayQuerySet.as_manager()

    class Meta:
        verbose_name = _("booking day")
        verbose_name_plural = _("booking days")
        constraints = [models.UniqueConstraint(name="bookingday_once", fields=["station", "day"])]

    def __str__(self) -> str:
        return f"{self.station_id} {self.day}"
