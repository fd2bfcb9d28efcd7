"""VIN, plates, meters and the completeness of machine files."""

import datetime as dt
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from hypothesis import given
from hypothesis import strategies as st

from careloop.assets import rules
from careloop.core.bulk import field_of

SIGNS = sorted(rules.VIN_VALUES)


@st.composite
def vins(draw: st.DrawFn) -> str:
    raw = draw(st.text(alphabet=SIGNS, min_size=17, max_size=17))
    return raw[:8] + rules.vin_check_sign(raw) + raw[9:]


def test_the_published_example_of_a_vin_is_valid() -> None:
    assert rules.clean_vin("1m8gdm9axkp042788") == "1M8GDM9AXKP042788"


@given(vins())
def test_a_vin_with_its_check_digit_is_accepted(vin: str) -> None:
    assert rules.clean_vin(vin.lower()) == vin


@given(vins(), st.integers(1, 10))
def test_a_wrong_check_digit_is_refused_but_accepted_as_stamped(vin: str, step: int) -> None:
    signs = "0123456789X"
    wrong = vin[:8] + signs[(signs.index(vin[8]) + step) % 11] + vin[9:]

    with pytest.raises(ValidationError):
        rules.clean_vin(wrong)
    assert rules.clean_vin(wrong, as_stamped=True) == wrong


@pytest.mark.parametrize("text", ["", "LSVAA4180", "LSVAA4180O0000001", "LSVAA41800000000I"])
def test_what_is_no_vin_is_refused(text: str) -> None:
    with pytest.raises(ValidationError):
        rules.clean_vin(text)


@pytest.mark.parametrize(
    ("text", "kept", "kind", "shown"),
    [
        ("苏e-7k21q", "苏E7K21Q", "blue", "苏E·7K21Q"),
        ("苏E·D12345", "苏ED12345", "green", "苏E·D12345"),
        ("粤B 12345D", "粤B12345D", "green", "粤B·12345D"),
        ("苏E1234学", "苏E1234学", "special", "苏E·1234学"),
        ("使014578", "使014578", "special", "使014578"),
        ("京AO1I23", "京A01123", "blue", "京A·01123"),
    ],
)
def test_a_plate_has_one_form_however_it_is_written(text: str, kept: str, kind: str, shown: str) -> None:
    assert rules.clean_plate(text) == kept
    assert rules.plate_kind(kept) == kind
    assert rules.show_plate(kept) == shown


@pytest.mark.parametrize("text", ["ABC123", "苏7K21Q", "苏E", "苏E·7K21QQQ"])
def test_what_is_no_plate_is_refused(text: str) -> None:
    with pytest.raises(ValidationError):
        rules.clean_plate(text)


@pytest.mark.parametrize(
    ("value", "before", "days", "unit", "doubt"),
    [
        ("100", None, "0", "h", ""),
        ("100", "100", "0", "h", ""),
        ("99", "100", "10", "h", "back"),
        ("124", "100", "0", "h", ""),
        ("125", "100", "0", "h", "jump"),
        ("2600", "100", "0", "km", ""),
        ("2601", "100", "0", "km", "jump"),
    ],
)
def test_a_reading_is_doubted_when_it_goes_back_or_too_far(
    value: str, before: str | None, days: str, unit: str, doubt: str
) -> None:
    last = Decimal(before) if before else None
    assert rules.doubt_reading(Decimal(value), before=last, days=Decimal(days), unit=unit) == doubt


def test_dates_must_follow_each_other() -> None:
    values = {
        "produced_on": dt.date(2024, 5, 1),
        "shipped_on": dt.date(2024, 4, 1),
        "warranty_start": dt.date(2024, 6, 1),
        "warranty_end": dt.date(2025, 6, 1),
    }
    assert list(rules.out_of_order(values)) == ["shipped_on"]


@pytest.mark.parametrize(
    ("start", "months", "end"),
    [(dt.date(2024, 1, 31), 1, dt.date(2024, 2, 29)), (dt.date(2025, 10, 10), 12, dt.date(2026, 10, 10))],
)
def test_a_warranty_ends_on_the_corresponding_day(start: dt.date, months: int, end: dt.date) -> None:
    assert rules.warranty_end_of(start, months) == end


def test_every_due_field_has_a_name_for_people() -> None:
    from careloop.assets.labels import LISTS
    from careloop.assets.models import Asset

    for kind in ("machine", "vehicle"):
        for name in rules.due_fields({"kind": kind, "has_tooling": True}):
            assert name in LISTS or field_of(Asset, name)


def test_a_machine_on_its_way_owes_its_acceptance_later() -> None:
    way = rules.due_fields({"kind": "machine", "shipped_on": dt.date(2026, 1, 1)})
    there = rules.due_fields({"kind": "machine", "installed_on": dt.date(2026, 2, 1)})
    assert set(there) - set(way) == set(rules.MACHINE_ACCEPTED)
