"""How good the customer files are: complete, fresh, right numbers, quickly entered (R38, R160)."""

import datetime as dt
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from dateutil.relativedelta import relativedelta
from django.db.models import Count, Exists, OuterRef
from django.utils import timezone

from careloop.core.actor import Actor
from careloop.customers import queries, rules
from careloop.customers.models import Contact, ContactChannel, CustomerConfirmation

MONTHS = 12
NUMBERS = ("mobile", "phone")


@dataclass(frozen=True, slots=True)
class Files:
    """`stale`: files with at least one field beyond its period."""

    count: int
    complete: int
    average: float
    stale: int


def files(actor: Actor, *, today: dt.date) -> Files:
    rows = queries.customers(actor).active().values_list("completeness", "refresh_due_on")
    total, full, percent, stale = 0, 0, 0, 0
    for value, due in rows.iterator():
        total, full, percent = total + 1, full + (value == 100), percent + value
        stale += due is not None and due <= today
    return Files(total, full, percent / total if total else 0.0, stale)


@dataclass(frozen=True, slots=True)
class FreshFields:
    """Filled fields that are confirmed by date, and how many of them are within the period of the grade (R38)."""

    fresh: int
    all: int

    @property
    def percent(self) -> float | None:
        return 100 * self.fresh / self.all if self.all else None


def fresh_fields(actor: Actor, *, today: dt.date) -> FreshFields:
    """Three queries. Never confirmed counts from the day of the file."""
    names = [name for name in rules.CONFIRMABLE if name != "contacts"]
    channels = ContactChannel.objects.filter(contact__customer=OuterRef("pk"), contact__left_on=None)
    visible = queries.customers(actor).active()
    rows = visible.annotate(has_channels=Exists(channels)).values_list(
        "pk", "grade", "created_at", "has_channels", *names
    )
    known: dict[int, dict[str, dt.datetime]] = {}
    told = CustomerConfirmation.objects.filter(customer__in=visible).values_list("customer", "field", "confirmed_at")
    for customer_id, name, at in told.iterator():
        known.setdefault(customer_id, {})[name] = at
    months = queries.refresh_periods()
    fresh, total = 0, 0
    for pk, grade, created_at, has_channels, *values in rows.iterator():
        filled = [name for name, value in zip(names, values, strict=True) if not rules.is_blank(value)]
        dates = known.get(pk, {})
        for name in [*filled, *(["contacts"] if has_channels else [])]:
            total += 1
            fresh += rules.refresh_due(dates.get(name, created_at), months[grade]) > today
    return FreshFields(fresh, total)


@dataclass(frozen=True, slots=True)
class WrongNumbers:
    """Telephone numbers that were found wrong in a month, of all numbers on file at its end."""

    month: dt.date
    wrong: int
    numbers: int

    @property
    def percent(self) -> float | None:
        return 100 * self.wrong / self.numbers if self.numbers else None


def wrong_numbers(actor: Actor, *, today: dt.date) -> list[WrongNumbers]:
    """The last twelve months, the present one first. Two queries."""
    first = today.replace(day=1) - relativedelta(months=MONTHS - 1)
    since = timezone.make_aware(dt.datetime.combine(first, dt.time.min))
    visible = Contact.objects.visible_to(actor)
    numbers = ContactChannel.objects.filter(contact__in=visible, kind__in=NUMBERS)
    wrong: Counter[dt.date] = Counter(
        timezone.localdate(at).replace(day=1)
        for at in numbers.filter(wrong_since__gte=since).values_list("wrong_since", flat=True)
        if at is not None
    )
    born: Counter[dt.date] = Counter()
    made = numbers.values_list("contact__created_at").annotate(n=Count("pk")).order_by()
    for at, count in made.iterator():
        born[timezone.localdate(at).replace(day=1)] += count
    found = []
    for back in range(MONTHS):
        month = today.replace(day=1) - relativedelta(months=back)
        found.append(WrongNumbers(month, wrong[month], sum(n for day, n in born.items() if day <= month)))
    return found


def entered(actor: Actor, *, today: dt.date) -> list[rules.EntryQuality]:
    """Completeness and delay of entry of the files made in the last twelve months, per person and month (R160)."""
    first = today.replace(day=1) - relativedelta(months=MONTHS - 1)
    since = timezone.make_aware(dt.datetime.combine(first, dt.time.min))
    rows = queries.customers(actor).filter(created_at__gte=since)
    made = rows.values_list("created_by__name", "created_at", "completeness", "first_contact_at")

    def read() -> Iterator[rules.Entered]:
        for person, created_at, percent, seen in made.iterator():
            hours = (created_at - seen).total_seconds() / 3600 if seen is not None else None
            yield rules.Entered(person or "CareLoop", timezone.localdate(created_at).replace(day=1), percent, hours)

    return rules.entry_quality(read())
