"""The list of customers as a table: the page, the command line and programs get the same rows."""

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from django.utils import timezone

from careloop.core.actor import Actor
from careloop.core.bulk import field_of
from careloop.customers import queries
from careloop.customers.labels import field_label, shown_value
from careloop.customers.models import Customer

NAMES = (
    "code",
    "name",
    "short_name",
    "type",
    "uscc",
    "industry",
    "size",
    "country",
    "region",
    "address",
    "grade",
    "grade_reason",
    "source",
    "credit_tier",
    "credit_limit",
    "payment_days",
    "buying_frequency",
    "decision_traits",
    "preference",
    "tendency",
    "expectation",
    "expected_price",
    "spending_power",
    "potential",
    "capital_efficiency",
    "loss_fixed",
    "loss_per_hour",
    "asset_count",
    "completeness",
    "refresh_due_on",
    "first_contact_at",
    "created_at",
)
"""Family data and what matters to the customer never leave the house."""

COLUMNS = tuple(field_of(Customer, name).verbose_name for name in NAMES)
WORDED = frozenset({"type", "industry", "region", "source", "credit_tier", "spending_power", "potential"})
FILTERS = (
    "view",
    "q",
    "type",
    "grade",
    "industry",
    "credit_tier",
    "station",
    "region",
    "tendency",
    "preference",
    "expectation",
    "capital_efficiency",
)
LISTS = frozenset({"type", "grade", "industry", "credit_tier", "source", "spending_power", "potential"})
PORTION = 2000


def header() -> list[str]:
    return [field_label(name) for name in NAMES]


def rows(actor: Actor, filters: Mapping[str, Any], *, today: dt.date) -> Iterator[Sequence[Any]]:
    """Newest first, in portions along the id: no limit, little memory."""
    found, before = queries.filtered(actor, filters, today=today), None
    while True:
        part = found if before is None else found.filter(pk__lt=before)
        portion = list(part.order_by("-pk").values_list("pk", *NAMES)[:PORTION])
        for row in portion:
            yield [
                shown_value(name, value) if name in WORDED else value
                for name, value in zip(NAMES, row[1:], strict=True)
            ]
        if len(portion) < PORTION:
            return
        before = portion[-1][0]


def of_command_line(actor: Actor, filters: Mapping[str, str]) -> Iterator[Sequence[Any]]:
    """Filters as words: several values are parted by commas, `station` is its code."""
    given: dict[str, Any] = {name: value.split(",") if name in LISTS else value for name, value in filters.items()}
    if "station" in given:
        given["station"] = queries.station_id(given["station"])
    given |= view_filters(given.pop("view", "all"), actor)
    return rows(actor, given, today=timezone.localdate(timezone.now()))


def view_filters(view: str, actor: Actor) -> dict[str, Any]:
    """What a saved view of the page means."""
    meaning: dict[str, dict[str, Any]] = {
        "mine": {"owner": actor.person_id},
        "grade_a": {"grade": ["A"]},
        "stale": {"stale": True},
        "closed": {"closed": True},
    }
    return meaning.get(view, {})
