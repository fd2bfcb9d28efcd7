"""Addresses of pages, and what stands behind their question mark: numbers and days, or nothing, as anybody may write
what he likes."""

import datetime as dt
from typing import Any

from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.dateparse import parse_date

from careloop.core.actor import Actor

FIRST_YEAR, LAST_YEAR = 1990, 2199


def number_of(text: str) -> int | None:
    """A whole number that a column can hold."""
    return int(text) if text.isdecimal() and len(text) < 19 else None


def day_of(text: str) -> dt.date | None:
    """A day as 2026-11-19, of the years that this program is about."""
    try:
        day = parse_date(text)
    except ValueError:  # looks like a date, and is none: 2026-02-30
        return None
    return day if day is not None and FIRST_YEAR <= day.year <= LAST_YEAR else None


def day_start(text: str, *, plus: int = 0) -> dt.datetime | None:
    """Midnight at which the day begins in the firm's zone, `plus` days later."""
    day = day_of(text)
    return None if day is None else timezone.make_aware(dt.datetime.combine(day + dt.timedelta(days=plus), dt.time()))


def link(name: str, *args: Any, actor: Actor | None = None, right: str = "") -> str:
    """The address of a page of another app; empty while there is none, or when `actor` lacks its `right`."""
    if actor is not None and not actor.may(right):
        return ""
    try:
        return reverse(name, args=args)
    except NoReverseMatch:
        return ""
