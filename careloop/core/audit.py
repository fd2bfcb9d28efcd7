"""Reads for the audit page."""

from collections.abc import Mapping

from django.db.models import QuerySet

from careloop.core.actor import Actor
from careloop.core.models import AccessLog, Event


def events(actor: Actor, filters: Mapping[str, str]) -> QuerySet[Event]:
    rows = Event.objects.visible_to(actor)
    if filters.get("who"):
        rows = rows.filter(actor_name=filters["who"])
    if filters.get("kind"):
        rows = rows.filter(kind=filters["kind"])
    if filters.get("subject"):
        rows = rows.filter(subject_label=filters["subject"])
    return rows


def accesses(actor: Actor) -> QuerySet[AccessLog]:
    return AccessLog.objects.all() if actor.may("core.view_audit") else AccessLog.objects.none()
