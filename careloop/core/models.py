"""Tables without any word of the trade: events and their deliveries, sweeps, numbers, search, files, access log."""

import datetime as dt
import uuid
from typing import Any, Self, TypeVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from careloop.core.actor import Actor

M = TypeVar("M", bound=models.Model)


class LockingQuerySet(models.QuerySet[M]):
    """The QuerySet of every model that services change."""

    def lock(self, pk: Any) -> M:
        """The row, locked until the transaction ends. `.get()` runs the query now, so the lock is taken."""
        return self.select_for_update(of=("self",)).get(pk=pk)


class EventQuerySet(models.QuerySet["Event"]):
    def visible_to(self, actor: Actor) -> Self:
        rows = self if actor.stations is None else self.filter(station_id__in=actor.stations)
        return rows if actor.is_system else rows.filter(Q(sealed="") | Q(sealed__in=actor.permissions))


class Event(models.Model):
    """A fact that cannot be changed: who did what to which subject, and when.

    Subject, customer, machine and station are plain identifiers, because core knows no app above it.
    """

    at = models.DateTimeField(_("at"))
    recorded_at = models.DateTimeField(_("recorded at"), auto_now_add=True)
    kind = models.CharField(_("kind"), max_length=60)
    actor_id = models.BigIntegerField(_("person"), null=True)
    actor_name = models.CharField(_("name"), max_length=80)
    entrance = models.CharField(_("entrance"), max_length=8)
    subject_type = models.CharField(_("subject type"), max_length=40)
    subject_id = models.BigIntegerField(_("subject"))
    subject_label = models.CharField(_("subject label"), max_length=120, blank=True)
    customer_id = models.BigIntegerField(_("customer"), null=True)
    asset_id = models.BigIntegerField(_("machine"), null=True)
    station_id = models.BigIntegerField(_("station"), null=True)
    data = models.JSONField(_("data"), default=dict)
    text = models.TextField(_("words"), blank=True)
    sealed = models.CharField(_("sealed for"), max_length=60, blank=True)

    objects = EventQuerySet.as_manager()

    class Meta:
        verbose_name = _("event")
        verbose_name_plural = _("events")
        indexes = [
            models.Index(fields=["customer_id", "at", "id"], name="event_customer"),
            models.Index(fields=["asset_id", "at", "id"], name="event_asset"),
            models.Index(fields=["subject_type", "subject_id", "id"], name="event_subject"),
            models.Index(fields=["actor_id", "id"], name="event_actor"),
            models.Index(fields=["kind", "at"], name="event_kind"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.subject_label}"


class DeliveryQuerySet(models.QuerySet["Delivery"]):
    def due(self, now: dt.datetime) -> Self:
        return self.filter(Q(leased_until=None) | Q(leased_until__lte=now), done_at=None, due_at__lte=now)

    def claim(self, pk: int, *, now: dt.datetime, lease: dt.timedelta) -> bool:
        """Compare and swap: true for exactly one of several competing workers."""
        return self.due(now).filter(pk=pk).update(leased_until=now + lease) == 1

    def finish(self, pk: int, *, now: dt.datetime) -> bool:
        return self.filter(pk=pk, done_at=None).update(done_at=now, leased_until=None, error="") == 1

    def fail(self, delivery: "Delivery", *, now: dt.datetime, error: str) -> None:
        """Due again after a pause that doubles with every try, at most an hour."""
        pause = dt.timedelta(seconds=min(3600, 5 * 2 ** min(delivery.tries, 10)))
        self.filter(pk=delivery.pk).update(tries=F("tries") + 1, due_at=now + pause, leased_until=None, error=error)


class Delivery(models.Model):
    """The duty to tell one handler of one event: exactly one row, done once."""

    event = models.ForeignKey(Event, on_delete=models.CASCADE, related_name="deliveries")
    handler = models.CharField(max_length=120)
    due_at = models.DateTimeField()
    leased_until = models.DateTimeField(null=True)
    done_at = models.DateTimeField(null=True)
    tries = models.PositiveSmallIntegerField(default=0)
    error = models.CharField(max_length=500, blank=True)

    objects = DeliveryQuerySet.as_manager()

    class Meta:
        verbose_name = _("delivery")
        verbose_name_plural = _("deliveries")
        constraints = [models.UniqueConstraint(fields=["event", "handler"], name="delivery_once")]
        indexes = [models.Index(fields=["due_at"], condition=Q(done_at=None), name="delivery_due")]

    def __str__(self) -> str:
        return f"{self.handler} ← {self.event_id}"


class SweepRun(models.Model):
    """When a sweep ran last, and which worker holds it now."""

    name = models.CharField(max_length=60, primary_key=True)
    due_at = models.DateTimeField()
    leased_until = models.DateTimeField(null=True)
    last_started_at = models.DateTimeField(null=True)
    last_done_at = models.DateTimeField(null=True)
    last_count = models.IntegerField(default=0)
    error = models.CharField(max_length=500, blank=True)

    class Meta:
        verbose_name = _("sweep")
        verbose_name_plural = _("sweeps")

    def __str__(self) -> str:
        return self.name


class Numbering(models.Model):
    """The last number given out per kind and period."""

    kind = models.CharField(max_length=20)
    period = models.CharField(max_length=8)
    last = models.PositiveIntegerField()

    class Meta:
        verbose_name = _("number series")
        verbose_name_plural = _("number series")
        constraints = [models.UniqueConstraint(fields=["kind", "period"], name="numbering_once")]

    def __str__(self) -> str:
        return f"{self.kind}-{self.period}: {self.last}"


class SearchDoc(models.Model):
    """What can be found: one row per record, with the normalised text to verify hits against.

    Contentless FTS5 on SQLite and a `tsvector` column on PostgreSQL stand beside it; rows are written by
    `core.search` only. The id orders the hits, newest first. No index on the station: it spoils the plans.
    """

    kind = models.CharField(max_length=20)
    object_id = models.BigIntegerField()
    station_id = models.BigIntegerField(null=True)
    title = models.CharField(max_length=200)
    subtitle = models.CharField(max_length=200, blank=True)
    url = models.CharField(max_length=120)
    body = models.TextField()
    names = models.TextField(blank=True)
    at = models.DateTimeField(null=True)
    version = models.PositiveSmallIntegerField(default=0)

    class Meta:
        verbose_name = _("search entry")
        verbose_name_plural = _("search entries")
        constraints = [models.UniqueConstraint(fields=["kind", "object_id"], name="searchdoc_once")]

    def __str__(self) -> str:
        return self.title


class StoredFileQuerySet(models.QuerySet["StoredFile"]):
    def of(self, subject_type: str, subject_id: int) -> Self:
        return self.filter(subject_type=subject_type, subject_id=subject_id, removed_at=None).order_by("pk")


class StoredFile(models.Model):
    """An uploaded file: checked content, hash, and the record that it belongs to.

    `detail`: `width`, `height`, `taken_at` (the camera's clock) of photos. Rows with the same hash share their content.
    """

    key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    name = models.CharField(_("name"), max_length=200)
    content_type = models.CharField(_("type"), max_length=80)
    size = models.PositiveBigIntegerField(_("size"))
    sha256 = models.CharField(max_length=64)
    path = models.CharField(max_length=200)
    purpose = models.CharField(_("purpose"), max_length=30, blank=True)
    caption = models.CharField(_("caption"), max_length=200, blank=True)
    subject_type = models.CharField(max_length=40)
    subject_id = models.BigIntegerField()
    station_id = models.BigIntegerField(null=True)
    uploaded_at = models.DateTimeField(_("uploaded at"))
    uploaded_by = models.CharField(_("uploaded by"), max_length=80)
    removed_at = models.DateTimeField(null=True)
    removed_by = models.CharField(max_length=80, blank=True)
    detail = models.JSONField(default=dict)

    objects = StoredFileQuerySet.as_manager()

    class Meta:
        verbose_name = _("file")
        verbose_name_plural = _("files")
        constraints = [
            models.CheckConstraint(name="file_not_empty", condition=Q(size__gt=0)),
            models.UniqueConstraint(
                fields=["subject_type", "subject_id", "sha256", "purpose"],
                condition=Q(removed_at=None),
                name="file_once_per_subject",
            ),
        ]
        indexes = [models.Index(fields=["subject_type", "subject_id"], name="file_subject")]

    def __str__(self) -> str:
        return self.name


class ImportKey(models.Model):
    """Which record of ours a record of another system became, and the mark of what it said then."""

    kind = models.CharField(max_length=20)
    source = models.CharField(max_length=40)
    key = models.CharField(max_length=200)
    object_id = models.BigIntegerField()
    digest = models.CharField(max_length=32)
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("imported record")
        verbose_name_plural = _("imported records")
        constraints = [models.UniqueConstraint(fields=["kind", "source", "key"], name="importkey_once")]

    def __str__(self) -> str:
        return f"{self.source}:{self.key} → {self.kind} {self.object_id}"


class AccessLog(models.Model):
    """Who looked at or took away personal data: reveals of masked fields, exports, prints."""

    at = models.DateTimeField(_("at"))
    actor_id = models.BigIntegerField(null=True)
    actor_name = models.CharField(_("name"), max_length=80)
    entrance = models.CharField(max_length=8)
    what = models.CharField(_("what"), max_length=40)
    subject_type = models.CharField(max_length=40)
    subject_id = models.BigIntegerField(null=True)
    subject_label = models.CharField(max_length=200, blank=True)
    rows = models.PositiveIntegerField(_("rows"), default=1)
    detail = models.JSONField(default=dict)

    class Meta:
        verbose_name = _("access to personal data")
        verbose_name_plural = _("accesses to personal data")
        indexes = [
            models.Index(fields=["at"], name="access_at"),
            models.Index(fields=["subject_type", "subject_id"], name="access_subject"),
        ]

    def __str__(self) -> str:
        return f"{self.what} {self.subject_label}"


class SavedView(models.Model):
    """A list's filter kept under a name; the filter itself is the query string of the page.

    `page` is the path of the list. Shared with everybody, or with those who hold `role` (its code).
    """

    owner_id = models.BigIntegerField()
    page = models.CharField(max_length=60)
    name = models.CharField(_("name"), max_length=60)
    query = models.CharField(max_length=1000, blank=True)
    is_shared = models.BooleanField(_("shared"), default=False)
    role = models.CharField(_("role"), max_length=40, blank=True)

    class Meta:
        verbose_name = _("saved view")
        verbose_name_plural = _("saved views")
        constraints = [
            models.UniqueConstraint(fields=["owner_id", "page", "name"], name="savedview_once"),
            models.CheckConstraint(name="savedview_role_means_shared", condition=Q(role="") | Q(is_shared=True)),
            models.CheckConstraint(name="savedview_named", condition=~Q(name="")),
        ]

    def __str__(self) -> str:
        return self.name


class IdempotencyKey(models.Model):
    """A create request of a program that was answered: repeating it gives the same record."""

    key = models.CharField(max_length=80)
    user_id = models.BigIntegerField()
    created_at = models.DateTimeField()
    digest = models.CharField(max_length=64)
    subject_number = models.CharField(max_length=40)

    class Meta:
        verbose_name = _("idempotency key")
        verbose_name_plural = _("idempotency keys")
        constraints = [models.UniqueConstraint(fields=["key", "user_id"], name="idempotency_once")]

    def __str__(self) -> str:
        return self.key
