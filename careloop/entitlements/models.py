"""What a customer may claim: published service standards with their clocks, and guarantees on repairs."""

import datetime as dt
from typing import Self

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from careloop.core.actor import Actor
from careloop.core.models import LockingQuerySet
from careloop.entitlements.states import Measure, StandardState


class StandardQuerySet(LockingQuerySet["ServiceStandard"]):
    def visible_to(self, actor: Actor) -> Self:
        """Published standards are public; drafts are for those who write them."""
        rows = self if actor.stations is None else self.filter(Q(station=None) | Q(station_id__in=actor.stations))
        if actor.may("entitlements.change_standard"):
            return rows
        return rows.exclude(state=StandardState.DRAFT) if actor.person_id or actor.user_id else rows.none()

    def published(self) -> Self:
        """Versions that hold or held on some day. One withdrawn before its first day never held: it has no last day."""
        return self.exclude(state=StandardState.DRAFT).exclude(state=StandardState.WITHDRAWN, valid_to=None)

    def holding_on(self, day: dt.date) -> Self:
        return self.published().filter(Q(valid_to=None) | Q(valid_to__gte=day), valid_from__lte=day)

    def versions_of(self, code: str) -> Self:
        return self.filter(code=code).order_by("-valid_from", "-pk")


class ServiceStandard(models.Model):
    """One version of one promise to all customers: “who reports a stop gets an answer in one working hour”.

    Scope (measure, request kind, urgency, station) stays the same over all versions of a code; an empty kind,
    urgency or station means “any”. `valid_to` is the last day of validity.
    """

    code = models.SlugField(_("standard code"), max_length=40)
    name = models.CharField(_("name"), max_length=80)
    text = models.TextField(_("wording"))
    text_en = models.TextField(_("wording in English"), blank=True)
    measure = models.CharField(_("measured from the request to"), max_length=12, choices=Measure)
    target_minutes = models.PositiveIntegerField(_("limit in minutes of working time"))
    goal_percent = models.DecimalField(_("goal, %"), max_digits=5, decimal_places=2, default=95)
    urgency = models.CharField(_("urgency"), max_length=10, blank=True)
    kind = models.CharField(_("kind of request"), max_length=16, blank=True)
    station = models.ForeignKey(
        "staff.Station", on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("station")
    )
    calendar = models.ForeignKey(
        "staff.WorkCalendar",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("working calendar"),
    )
    valid_from = models.DateField(_("valid from"))
    valid_to = models.DateField(_("valid to"), null=True, blank=True)
    state = models.CharField(_("state"), max_length=10, choices=StandardState, editable=False)
    published_at = models.DateTimeField(_("published at"), null=True, editable=False)

    objects = StandardQuerySet.as_manager()

    class Meta:
        verbose_name = _("service standard")
        verbose_name_plural = _("service standards")
        constraints = [
            models.CheckConstraint(
                name="standard_state_known", condition=Q(state__in=["draft", "published", "withdrawn"])
            ),
            models.CheckConstraint(
                name="standard_measure_known", condition=Q(measure__in=["response", "arrival", "resolution"])
            ),
            models.CheckConstraint(name="standard_target_positive", condition=Q(target_minutes__gt=0)),
            models.CheckConstraint(
                name="standard_goal_is_a_share", condition=Q(goal_percent__gt=0, goal_percent__lte=100)
            ),
            models.CheckConstraint(
                name="standard_ends_after_it_begins", condition=Q(valid_to=None) | Q(valid_to__gte=F("valid_from"))
            ),
            models.CheckConstraint(
                name="standard_published_has_time", condition=~Q(state="published") | Q(published_at__isnull=False)
            ),
            models.UniqueConstraint(
                fields=["code", "valid_from"],
                condition=Q(state="published"),
                name="standard_version_once",
                violation_error_message=_("This version already exists."),
            ),
            # A later version closes the one before it; so at most one version of a code is open to the future.
            models.UniqueConstraint(
                fields=["code"],
                condition=Q(state="published", valid_to=None),
                name="standard_one_open_version",
            ),
        ]
        indexes = [models.Index(fields=["measure", "valid_from"], name="standard_measure")]

    def __str__(self) -> str:
        return f"{self.code} · {self.name}"

    def event_refs(self) -> dict[str, int | None]:
        return {"customer": None, "asset": None, "station": self.station_id}

    def event_label(self) -> str:
        return self.code


class VehicleClass(models.TextChoices):
    """As in the rules on vehicle repair; `machine` is everything that is no vehicle."""

    CAR = "car", _("car, or vehicle for dangerous goods")
    MOTORCYCLE = "motorcycle", _("motorcycle")
    OTHER = "other", _("other motor vehicle")
    MACHINE = "machine", _("machine")


class WorkClass(models.TextChoices):
    SMALL = "small", _("small repair")
    LEVEL1 = "level1", _("level-1 maintenance")
    LEVEL2 = "level2", _("level-2 maintenance")
    ASSEMBLY = "assembly", _("assembly repair")
    WHOLE = "whole", _("whole-vehicle repair")
    SPECIAL = "special", _("special repair")


class RepairGuaranteeQuerySet(LockingQuerySet["RepairGuarantee"]):
    def visible_to(self, actor: Actor) -> Self:
        return self.all() if actor.person_id or actor.user_id or actor.is_system else self.none()


class RepairGuarantee(models.Model):
    """Quality-guarantee period of a repair: whichever of distance, hours and time comes first ends it.

    Time counts from the day of leaving (day 0). Rows with `is_statutory` are the least that the law allows;
    a firm's own row may promise more, never less.
    """

    vehicle_class = models.CharField(_("vehicle class"), max_length=10, choices=VehicleClass)
    work_class = models.CharField(_("class of work"), max_length=10, choices=WorkClass)
    km = models.PositiveIntegerField(_("kilometres"), null=True, blank=True)
    hours = models.PositiveIntegerField(_("operating hours"), null=True, blank=True)
    days = models.PositiveIntegerField(_("length in days"), null=True, blank=True)
    months = models.PositiveIntegerField(_("length in months"), null=True, blank=True)
    valid_from = models.DateField(_("valid from"))
    is_statutory = models.BooleanField(_("required by law"), default=False)
    source = models.CharField(_("source"), max_length=120, blank=True)

    objects = RepairGuaranteeQuerySet.as_manager()

    class Meta:
        verbose_name = _("repair guarantee")
        verbose_name_plural = _("repair guarantees")
        constraints = [
            models.CheckConstraint(
                name="guarantee_vehicle_known",
                condition=Q(vehicle_class__in=["car", "motorcycle", "other", "machine"]),
            ),
            models.CheckConstraint(
                name="guarantee_work_known",
                condition=Q(work_class__in=["small", "level1", "level2", "assembly", "whole", "special"]),
            ),
            models.CheckConstraint(
                name="guarantee_has_one_time", condition=Q(days__gt=0, months=None) | Q(days=None, months__gt=0)
            ),
            models.UniqueConstraint(
                fields=["vehicle_class", "work_class", "valid_from", "is_statutory"], name="guarantee_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.vehicle_class} {self.work_class} {self.valid_from}"

    def event_refs(self) -> dict[str, int | None]:
        return {"customer": None, "asset": None, "station": None}

    def event_label(self) -> str:
        return f"{self.vehicle_class}/{self.work_class}"
