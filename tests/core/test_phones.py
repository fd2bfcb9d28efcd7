import pytest
from django.core.exceptions import ValidationError

from careloop.core import phones


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("138 1234 5678", "+8613812345678"),
        ("+86-138-1234-5678", "+8613812345678"),
        ("１３８１２３４５６７８", "+8613812345678"),
        ("0512-6688 1234", "+8651266881234"),
        ("0512-66881234转8", "+8651266881234;ext=8"),
        ("400-820-8820", "+864008208820"),
        ("95588", "+8695588"),
        ("+34 944 123 456", "+34944123456"),
    ],
)
def test_spellings_become_one_number(typed, stored):
    assert phones.to_e164(typed) == stored


@pytest.mark.parametrize(
    "typed",
    ["", "abc", "123", "12345", "138 1234 567x9999999999", "138 1234 567", "6688 1234", "0571-8765432", "0512-6"],
)
def test_what_is_no_number_is_refused_with_what_to_write(typed):
    with pytest.raises(ValidationError):
        phones.to_e164(typed)


def test_masked_numbers_can_be_recognised_not_called():
    assert phones.mask("+8613812345678") == "138****5678"
    assert phones.show("+8613812345678") == "138 1234 5678"
