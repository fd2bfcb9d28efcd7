"""F24 and F30: how long a warranty and the guarantee on a repair last."""

import datetime as dt
from types import SimpleNamespace

import pytest

from careloop.entitlements import rules

D = dt.date


def machine(end: dt.date | None, limit: int | None) -> SimpleNamespace:
    return SimpleNamespace(warranty_end=end, warranty_meter=limit)


def test_the_corresponding_day_ends_a_period_and_the_last_of_the_month_where_there_is_none() -> None:
    assert rules.add_months(D(2026, 1, 15), 24) == D(2028, 1, 15)
    assert rules.add_months(D(2026, 8, 31), 6) == D(2027, 2, 28)
    assert rules.add_months(D(2027, 8, 31), 6) == D(2028, 2, 29)
    assert rules.add_months(D(2026, 12, 31), 2) == D(2027, 2, 28)


GENERATOR = machine(rules.add_months(D(2026, 1, 15), 24), 3000)


@pytest.mark.parametrize(
    ("on", "meter", "state", "basis"),
    [
        (D(2028, 1, 15), 2999, "in", "date"),
        (D(2028, 1, 16), 100, "out", "date"),
        (D(2026, 6, 1), 3000, "out", "meter"),
        (D(2026, 6, 1), None, "unknown", "no_meter"),
        (D(2028, 1, 16), None, "out", "date"),
    ],
)
def test_the_first_of_date_and_meter_ends_the_warranty(on, meter, state, basis) -> None:
    found = rules.warranty_of(GENERATOR, on=on, meter=meter)

    assert (found.state, found.basis, found.until, found.until_meter) == (state, basis, D(2028, 1, 15), 3000)


def test_an_unknown_warranty_is_a_question_not_a_no() -> None:
    found = rules.warranty_of(machine(None, None), on=D(2026, 1, 1), meter=5)

    assert (found.state, found.basis, found.is_question) == ("unknown", "no_data", True)


def test_a_meter_limit_alone_is_enough() -> None:
    assert rules.warranty_of(machine(None, 1000), on=D(2040, 1, 1), meter=999).state == "in"


SMALL_REPAIR = SimpleNamespace(km=2000, hours=None, days=10, months=None, source="")


@pytest.mark.parametrize(
    ("back", "odometer", "inside"),
    [
        (D(2026, 5, 9), 31_900, True),
        (D(2026, 5, 12), 30_100, False),
        (D(2026, 5, 9), 32_001, False),
        (D(2026, 5, 11), 32_000, True),
    ],
)
def test_a_small_repair_is_guaranteed_2000_km_or_10_days_from_the_day_of_leaving(back, odometer, inside) -> None:
    guarantee = rules.guarantee_from(SMALL_REPAIR, D(2026, 5, 1))

    assert guarantee.covers(on=back, run=odometer - 30_000) is inside


def test_a_firm_may_promise_more_than_the_law_but_not_less() -> None:
    more = SimpleNamespace(km=5000, hours=None, days=None, months=1, source="")
    fewer_km = SimpleNamespace(km=1999, hours=None, days=30, months=None, source="")
    no_km_limit = SimpleNamespace(km=None, hours=None, days=30, months=None, source="")

    assert rules.is_at_least(more, SMALL_REPAIR)
    assert not rules.is_at_least(fewer_km, SMALL_REPAIR)
    assert rules.is_at_least(no_km_limit, SMALL_REPAIR)
