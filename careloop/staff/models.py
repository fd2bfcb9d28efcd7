"""The firm as data: departments, stations, persons, working time."""

from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from careloop.accounts.models import Role
from careloop.core.actor import Actor

DEPARTMENT_KINDS = [
    "management",
    "marketing",
    "sales",
    "after_sales",
    "service",
    "workshop",
    "follow_up",
    "quality",
    "parts",
    "other",
]


class Department(models.Model):
    """A node of the organisation tree. Moving it changes the path, nothing else (R1)."""

    class Kind(models.TextChoices):
        MANAGEMENT = "management", _("Top management")
        MARKETING = "marketing", _("Marketing department")
        SALES = "sales", _("Sales department")
        AFTER_SALES = "after_sales", _("After-sales department")
        SERVICE = "service", _("Customer service unit")
        WORKSHOP = "workshop", _("Workshop")
        FOLLOW_UP = "follow_up", _("Follow-up unit")
        QUALITY = "quality", _("Quality department")
        PARTS = "parts", _("Parts and logistics")
        OTHER = "other", _("Other")

    name = models.CharField(_("name"), max_length=60)
    kind = models.CharField(_("kind"), max_length=20, choices=Kind, default=Kind.OTHER)
    parent = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="children", verbose_name=_("belongs to")
    )
    head = models.ForeignKey("Person", on_delete=models.SET_NULL, null=True, blank=True, related_name="+")

    class Meta:
        verbose_name = _("department")
        verbose_name_plural = _("departments")
        constraints = [
            models.CheckConstraint(name="department_kind_known", condition=Q(kind__in=DEPARTMENT_KINDS)),
            models.CheckConstraint(name="department_not_its_own_parent", condition=~Q(parent=F("id"))),
        ]

    def __str__(self) -> str:
        return self.name

    def event_refs(self) -> dict[str, int | None]:
        return {"customer": None, "asset": None, "station": None}

    def event_label(self) -> str:
        return self.name


class WorkCalendar(models.Model):
    """When people work: hours of a day, and which days. Statutory days come from the published list."""

    class Days(models.TextChoices):
        WORKDAY = "workday", _("working days")
        WORKDAY_OR_SATURDAY = "workday_or_saturday", _("working days and Saturdays")
        ALL = "all", _("every day")

    code = models.SlugField(_("code"), unique=True)
    name = models.CharField(_("name"), max_length=60)
    days = models.CharField(_("days"), max_length=20, choices=Days)
    hours = models.JSONField(_("hours"), default=list)

    class Meta:
        verbose_name = _("working calendar")
        verbose_name_plural = _("working calendars")
        constraints = [
            models.CheckConstraint(
                name="calendar_days_known", condition=Q(days__in=["workday", "workday_or_saturday", "all"])
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def event_refs(self) -> dict[str, int | None]:
        return {"customer": None, "asset": None, "station": None}

    def event_label(self) -> str:
        return self.name


class StationQuerySet(models.QuerySet["Station"]):
    def visible_to(self, actor: Actor) -> Self:
        return self if actor.stations is None else self.filter(pk__in=actor.stations)


class Station(models.Model):
    """A place of service: workshop, branch office, plant service. Every record belongs to one."""

    code = models.SlugField(_("code"), unique=True)
    name = models.CharField(_("name"), max_length=60)
    address = models.CharField(_("address"), max_length=200, blank=True)
    phone = models.CharField(_("phone"), max_length=30, blank=True)
    credit_code = models.CharField(_("unified social credit code"), max_length=18, blank=True)
    calendar = models.ForeignKey(WorkCalendar, on_delete=models.PROTECT, verbose_name=_("working calendar"))
    time_zone = models.CharField(_("time zone"), max_length=40, default="Asia/Shanghai")
    bays = models.PositiveSmallIntegerField(_("bays"), default=0)
    is_active = models.BooleanField(_("active"), default=True)

    objects = StationQuerySet.as_manager()

    class Meta:
        verbose_name = _("station")
        verbose_name_plural = _("stations")

    def __str__(self) -> str:
        return self.name

    def event_refs(self) -> dict[str, int | None]:
        return {"customer": None, "asset": None, "station": self.pk}

    def event_label(self) -> str:
        return self.name


class PersonQuerySet(models.QuerySet["Person"]):
    def visible_to(self, actor: Actor) -> Self:
        """Colleagues are known to each other; a person's own file is another right."""
        return self.all() if actor.person_id or actor.is_system else self.none()

    def working_at(self, station_id: int) -> Self:
        return self.filter(stations=station_id, left_on=None)

    def holding(self, permission: str) -> Self:
        """Persons with a role that includes the right. Roles are few: the JSON is read in Python, once."""
        from_roles = self.model._role_ids_with(permission)
        return self.filter(user__roles__in=from_roles, left_on=None).distinct()


class Person(models.Model):
    """Somebody who works here. Without an account he can still be named as technician."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="person",
        verbose_name=_("account"),
    )
    name = models.CharField(_("name"), max_length=60)
    department = models.ForeignKey(
        Department, on_delete=models.PROTECT, related_name="people", verbose_name=_("department")
    )
    stations = models.ManyToManyField(Station, related_name="people", verbose_name=_("stations"))
    title = models.CharField(_("post"), max_length=60, blank=True)
    phone = models.CharField(_("phone"), max_length=30, blank=True)
    joined_on = models.DateField(_("joined on"), null=True, blank=True)
    left_on = models.DateField(_("left on"), null=True, blank=True)

    objects = PersonQuerySet.as_manager()

    class Meta:
        verbose_name = _("person")
        verbose_name_plural = _("persons")
        constraints = [
            models.CheckConstraint(
                name="person_leaves_after_joining",
                condition=Q(left_on=None) | Q(joined_on=None) | Q(left_on__gte=F("joined_on")),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @staticmethod
    def _role_ids_with(permission: str) -> list[int]:

        return [role.pk for role in Role.objects.all() if permission in role.permissions]

    def event_refs(self) -> dict[str, int | None]:
        return {"customer": None, "asset": None, "station": None}

    def event_label(self) -> str:
        return self.name
