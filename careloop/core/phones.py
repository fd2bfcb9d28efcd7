"""Telephone numbers: stored as E.164, shown as people write them, masked where a role need not see them."""

import re

import phonenumbers
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

HOME_REGION = "CN"
SERVICE = re.compile(r"95\d{3,6}")  # banks, insurers and carriers
PLAIN_MOBILE = re.compile(r"(?:\+?86)?(1[3-9]\d{9})")


def to_e164(text: str) -> str:
    """`138 1234 5678`, `+86-138…`, `0512-6688 1234 转 8`, full width → `+8613812345678` (extension as `;ext=8`).

    Raises:
        ValidationError: not a possible number.
    """
    if mobile := PLAIN_MOBILE.fullmatch(text.strip()):
        return f"+86{mobile[1]}"  # the common case, a hundred times faster
    plain = re.sub(r"\s*[转轉]\s*", ";ext=", text.strip()).replace("－", "-")
    try:
        number = phonenumbers.parse(plain, HOME_REGION)
    except phonenumbers.NumberParseException:
        number = None
    if number is None or not _exists(number):
        raise ValidationError(
            _("“%(text)s” is not a telephone number. Write a mobile number, or area code and number.")
            % {"text": text[:40]},
            code="phone",
        )
    number.italian_leading_zero = None
    formatted = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    return f"{formatted};ext={number.extension}" if number.extension else formatted


def _exists(number: phonenumbers.PhoneNumber) -> bool:
    """At home a digit too few is a slip of the pen, and is refused; abroad the rules are not ours to judge."""
    if number.country_code != phonenumbers.country_code_for_region(HOME_REGION):
        return bool(phonenumbers.is_possible_number(number))
    is_service = SERVICE.fullmatch(str(number.national_number)) is not None
    return is_service or bool(phonenumbers.is_valid_number(number))


def show(e164: str) -> str:
    """`+8613812345678` → `138 1234 5678`; numbers from abroad keep their country code."""
    if not e164:
        return ""
    try:
        number = phonenumbers.parse(e164, HOME_REGION)
    except phonenumbers.NumberParseException:
        return e164
    form = (
        phonenumbers.PhoneNumberFormat.NATIONAL
        if number.country_code == phonenumbers.country_code_for_region(HOME_REGION)
        else phonenumbers.PhoneNumberFormat.INTERNATIONAL
    )
    return phonenumbers.format_number(number, form)


def mask(e164: str) -> str:
    """`+8613812345678` → `138****5678`: enough to recognise, too little to call."""
    digits = re.sub(r"\D", "", e164.split(";")[0].removeprefix("+86"))
    return f"{digits[:3]}****{digits[-4:]}" if len(digits) >= 9 else "****" + digits[-2:]
