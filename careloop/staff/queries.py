"""Reads of the organisation."""

from careloop.core.actor import Actor
from careloop.staff.models import Station, StationQuerySet


def stations_of(actor: Actor) -> StationQuerySet:
    return Station.objects.visible_to(actor).filter(is_active=True).select_related("calendar").order_by("pk")
