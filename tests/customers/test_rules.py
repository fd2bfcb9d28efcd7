"""Check digits, regions, names, completeness of the customer file."""

import datetime as dt

import pytest
from django.core.exceptions import ValidationError
from hypothesis import given
from hypothesis import strategies as st

from careloop.customers import rules

BODY = st.text(alphabet=rules.USCC_SIGNS, min_size=9, max_size=9)


@st.composite
def codes(draw: st.DrawFn) -> str:
    first = draw(st.sampled_from(["91", "92", "93", "11", "N2"])) + draw(st.from_regex(r"\A[0-9]{6}\Z")) + draw(BODY)
    return first + rules.uscc_check_sign(first)


def test_the_published_example_of_a_credit_code_is_valid() -> None:
    assert rules.clean_uscc("91350100m000100y43") == "91350100M000100Y43"


@given(codes())
def test_a_code_with_its_check_digit_is_accepted(code: str) -> None:
    assert rules.clean_uscc(f" {code.lower()} ") == code


@given(codes(), st.integers(0, 17), st.sampled_from(rules.USCC_SIGNS))
def test_one_wrong_sign_is_always_noticed(code: str, place: int, sign: str) -> None:
    wrong = code[:place] + sign + code[place + 1 :]
    if wrong != code:
        with pytest.raises(ValidationError):
            rules.clean_uscc(wrong)


@pytest.mark.parametrize("text", ["", "9132059", "91320594MA0000001", "91320594MA00000O1X", "９１"])
def test_what_is_no_code_is_refused(text: str) -> None:
    with pytest.raises(ValidationError):
        rules.clean_uscc(text)


@pytest.mark.parametrize(
    ("code", "name"),
    [
        ("320500", "江苏省苏州市"),
        ("320583", "江苏省苏州市"),
        ("310115", "上海市"),
        ("330000", "浙江省"),
        ("990000", ""),
    ],
)
def test_a_region_code_names_province_and_city(code: str, name: str) -> None:
    assert rules.region_name(code) == name


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("苏州", "320500"),
        ("江苏省苏州市工业园区", "320500"),
        ("吉林省长春市", "220100"),
        ("浙江", "330000"),
        ("320583", "320583"),
        ("990000", ""),
        ("Paris", ""),
        ("上海浦东", "310000"),
    ],
)
def test_a_region_is_found_by_its_name(text: str, code: str) -> None:
    assert rules.region_by_name(text) == code


@pytest.mark.parametrize("text", ["32050", "000000", "990100", "苏州"])
def test_what_is_no_region_code_is_refused(text: str) -> None:
    with pytest.raises(ValidationError):
        rules.clean_region(text)


@pytest.mark.parametrize(
    "name",
    [
        "苏州市远途汽车服务有限公司",
        "远途汽车服务（苏州）有限公司",
        "苏州远途汽车服务 有限责任公司",
        "江苏省苏州市远途汽车服务股份有限公司",
    ],
)
def test_spellings_of_one_firm_have_one_key(name: str) -> None:
    assert rules.name_key(name) == "远途汽车服务"


@given(st.text(max_size=60))
def test_a_key_is_never_longer_than_its_column_and_never_breaks(name: str) -> None:
    assert len(rules.name_key(name)) <= 120


def test_near_names_are_found_and_far_ones_are_not() -> None:
    pool = [(1, "远途汽车服务"), (2, "远图汽车服务"), (3, "恒力机械"), (4, "远途汽车服务站")]

    assert {pk for pk, _score in rules.alike("远途汽车服务", pool)} == {1, 2, 4}


FIRM = {
    "name": "苏州恒力机械有限公司",
    "type": "company",
    "region": "320500",
    "address": "星湖街 218 号",
    "station": 1,
    "source": "visit",
    "sales_owner": 1,
    "service_owner": 1,
    "engineer_owner": 1,
}


def test_a_firm_with_all_mandatory_fields_is_complete() -> None:
    assert rules.missing(FIRM, by_hand=True) == {}
    assert rules.completeness(FIRM, contacts=1, verified=1, consents=1) == 100


@pytest.mark.parametrize(
    "field",
    ["name", "type", "region", "address", "station", "sales_owner", "service_owner", "engineer_owner", "source"],
)
def test_each_mandatory_field_is_missed_when_empty(field: str) -> None:
    assert list(rules.missing({**FIRM, field: None if field.endswith("owner") else ""}, by_hand=True)) == [field]


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"wants_invoice": True}, {"invoice_title", "invoice_tax_no", "invoice_bank", "invoice_phone", "uscc"}),
        ({"wants_invoice": True, "type": "person"}, {"invoice_title"}),
        ({"grade": "B"}, {"grade_reason"}),
        (
            {"grade": "A", "grade_reason": "年服务额最高"},
            {"loss_fixed", "loss_per_hour", "preference", "decision_traits"},
        ),
        ({"payment_days": 60}, {"credit_limit", "credit_tier"}),
        ({"credit_limit": 1, "credit_tier": "new"}, {"payment_days", "credit_tier"}),
        ({"source": "referral"}, {"referrer"}),
        ({"source": "unknown"}, {"source"}),
    ],
)
def test_conditional_fields_are_due_under_their_condition(values: dict[str, object], expected: set[str]) -> None:
    assert set(rules.missing({**FIRM, **values}, by_hand=True)) == expected


def test_taken_over_data_may_leave_the_source_unknown() -> None:
    assert rules.missing({**FIRM, "source": "unknown"}, by_hand=False) == {}


@pytest.mark.parametrize(
    ("months", "expected"), [(6, dt.date(2026, 8, 28)), (12, dt.date(2027, 2, 28)), (24, dt.date(2028, 2, 28))]
)
def test_the_refresh_day_is_the_corresponding_day(months: int, expected: dt.date) -> None:
    assert rules.refresh_due(dt.datetime(2026, 2, 28, tzinfo=dt.UTC), months) == expected
