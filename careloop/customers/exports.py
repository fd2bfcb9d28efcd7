"""The list of customers as a table: the page, the command line and programs get the same rows."""

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from careloop.core import paging
from careloop.core.actor import Actor
from careloop.core.address import number_of
from careloop.core.bulk import field_of
from careloop.core.phones import mask, show
from careloop.customers import queries
from careloop.customers.labels import field_label, shown_value
from careloop.customers.models import Customer, Level

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

COLUMNS = (
    *(field_of(Customer, name).verbose_name for name in NAMES),
    _l("First contact person"),
    _l("Telephone"),
)
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
MULTI = {
    "type": Customer.Type.values,
    "grade": ["A", "B", "C", "none"],
    "industry": Customer.Industry.values,
    "credit_tier": Customer.CreditTier.values,
    "source": Customer.Source.values,
    "spending_power": Level.values,
    "potential": Level.values,
}
TEXTS = ("tendency", "preference", "expectation", "capital_efficiency")


def header() -> list[str]:
    return [*(field_label(name) for name in NAMES), _("First contact person"), _("Telephone")]


def rows(actor: Actor, filters: Mapping[str, Any], *, today: dt.date, in_full: bool = False) -> Iterator[Sequence[Any]]:
    """Newest first, in portions along the id: no limit, little memory.

    Telephone numbers are masked; `in_full` shows them to whoever may see them on the page.
    """
    is_shown = in_full and actor.may("customers.view_phone")
    found = queries.with_first_contact(queries.filtered(actor, filters, today=today))
    for row in paging.portions(found.values_list("pk", "person", "number", *NAMES)):
        own = (
            shown_value(name, value) if name in WORDED else value for name, value in zip(NAMES, row[3:], strict=True)
        )
        number = row[2] or ""
        yield [*own, row[1] or "", (show(number) if is_shown else mask(number)) if number else ""]


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


def read_filters(get: QueryDict, actor: Actor, *, station: str = "") -> dict[str, Any]:
    """An address of the list as `queries.filtered` takes it; what cannot be read is left out.

    `station`: the id that holds when the address names none.
    """
    station, owner = get.get("station") or station, get.get("owner", "")
    filters: dict[str, Any] = {
        "q": get.get("q", ""),
        "station": number_of(station),
        "owner": number_of(owner),
        "region": get.get("region", ""),
        "incomplete": get.get("incomplete"),
        "wrong_number": get.get("wrong_number"),
        **{name: [v for v in get.getlist(name) if v in allowed] for name, allowed in MULTI.items()},
        **{name: get.get(name, "") for name in TEXTS},
    }
    return {**filters, **view_filters(get.get("view", "all"), actor)}
