"""What makes a customer's data right: check digits, regions, likeness of names, what a complete file holds. Pure."""

import csv
import datetime as dt
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cache, lru_cache
from importlib import resources
from typing import Any

from dateutil.relativedelta import relativedelta
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from phonenumbers import SUPPORTED_REGIONS
from rapidfuzz import fuzz, process

# --- the file --------------------------------------------------------------------------------------------------

FIELDS = (
    "name", "short_name", "type", "uscc", "industry", "size", "country", "region", "address", "latitude",
    "longitude", "wants_invoice", "invoice_title", "invoice_tax_no", "invoice_bank", "invoice_account",
    "invoice_address", "invoice_phone", "grade", "grade_reason", "source", "referrer", "sales_owner",
    "service_owner", "engineer_owner", "buying_frequency", "decision_traits", "preference", "tendency",
    "expectation", "expected_price", "spending_power", "potential", "capital_efficiency", "family", "why",
    "competitor_equipment", "loss_fixed", "loss_per_hour", "credit_tier", "credit_score", "credit_limit",
    "payment_days", "first_contact_at", "station",
)  # fmt: skip
"""What may be set from outside. Everything else in the file is written by the program."""

# --- unified social credit code, GB 32100 -----------------------------------------------------------------------

USCC_SIGNS = "0123456789ABCDEFGHJKLMNPQRTUWXY"
USCC = re.compile(f"[{USCC_SIGNS}]{{2}}[0-9]{{6}}[{USCC_SIGNS}]{{10}}")


def uscc_check_sign(first: str) -> str:
    """The 18th sign for the first 17: weights are the powers of 3 modulo 31."""
    total = sum(USCC_SIGNS.index(sign) * pow(3, place, 31) for place, sign in enumerate(first[:17]))
    return USCC_SIGNS[(31 - total % 31) % 31]


def clean_uscc(text: str) -> str:
    """`91320594 MA1M…` → 18 capitals.

    Raises:
        ValidationError: wrong length, a sign that the code does not use (I, O, S, V, Z), or a wrong check digit.
    """
    code = re.sub(r"[\s\-]", "", unicodedata.normalize("NFKC", text)).upper()
    if not USCC.fullmatch(code):
        raise ValidationError(
            _(
                "A unified social credit code has 18 digits and capitals, without I, O, S, V and Z. Compare with the "
                "business license."
            ),
            code="uscc",
        )
    if uscc_check_sign(code) != code[17]:
        raise ValidationError(
            _(
                "The check digit of “%(code)s” does not fit. One of the signs is wrong; compare with the business "
                "license."
            )
            % {"code": code},
            code="uscc",
        )
    return code


# --- regions, GB/T 2260 -----------------------------------------------------------------------------------------


@cache
def regions() -> Mapping[str, str]:
    """Code → name of provinces (`320000`) and prefectures (`320500`)."""
    text = resources.files("careloop.customers").joinpath("regions.csv").read_text(encoding="utf-8")
    return {row["code"]: row["name"] for row in csv.DictReader(text.splitlines())}


def region_name(code: str) -> str:
    """`320500` → `江苏省苏州市`, `320583` (a county) too, `310115` → `上海市`; empty for an unknown code."""
    province = regions().get(f"{code[:2]}0000", "")
    prefecture = regions().get(f"{code[:4]}00", "") if code[2:4] != "00" else ""
    return province + prefecture


def clean_region(text: str) -> str:
    """
    Raises:
        ValidationError: not six digits, or no province has this number.
    """
    code = text.strip()
    if not re.fullmatch(r"[1-9]\d{5}", code) or not region_name(code):
        raise ValidationError(_("“%(code)s” is no region code of GB/T 2260.") % {"code": code[:20]}, code="region")
    return code


@lru_cache(maxsize=4096)
def region_by_name(text: str) -> str:
    """`苏州`, `江苏省苏州市` or `320500` → `320500`; a province alone → `320000`; empty when nothing fits."""
    plain = re.sub(r"\s", "", text)
    if re.fullmatch(r"[1-9]\d{5}", plain):
        return plain if region_name(plain) else ""
    province = ""
    for name, code in _names(True):
        if plain.startswith(name):
            province, plain = code, plain.removeprefix(name)
            break
    for name, code in _names(False):
        if plain.startswith(name) and code.startswith(province[:2]):
            return code
    return province


@cache
def _names(provinces: bool) -> Sequence[tuple[str, str]]:
    """Long and short names of provinces or prefectures, the longest first."""
    names = {}
    for code, name in regions().items():
        if code.endswith("0000") == provinces:
            short = re.sub(r"(省|市|地区|盟|特别行政区|(维吾尔|壮族|回族)?自治区)$", "", name)
            names[name] = names[short] = code
    return sorted(names.items(), key=lambda item: -len(item[0]))


# --- names ------------------------------------------------------------------------------------------------------

LEGAL_FORMS = re.compile(
    r"(股份有限公司|有限责任公司|有限公司|集团公司|总公司|集团|公司|股份|有限|责任"
    r"|co\.?,?ltd\.?|co\.|ltd\.?|limited|inc\.?|corp\.?|gmbh|llc|plc|company)"
)
BRACKETS = re.compile(r"[(（\[【〔].*?[)）\]】〕]")
NO_LETTER = re.compile(r"[^\w]")
ALIKE = 80


def name_key(name: str) -> str:
    """What stays of a name for comparing: no legal form, no brackets, no province and city before it.

    `苏州市远途汽车服务有限公司` and `远途汽车服务（苏州）有限公司` have the same key.
    """
    plain = unicodedata.normalize("NFKC", name).casefold()
    plain = "".join(BRACKETS.sub("", plain).split())
    plain = NO_LETTER.sub("", LEGAL_FORMS.sub("", plain))
    return _without_place(plain)[:120]


def _without_place(plain: str) -> str:
    """A firm's name without country, province and city before it, as long as three characters remain."""
    for pattern in _places():
        found = pattern.match(plain)
        if found and len(plain) - found.end() >= 3:
            plain = plain[found.end() :]
    return plain


@cache
def _places() -> tuple[re.Pattern[str], ...]:
    """The country, any province, any prefecture at the beginning; the longest name first."""
    return tuple(
        re.compile("|".join(map(re.escape, names)))
        for names in (["中国"], [name for name, _code in _names(True)], [name for name, _code in _names(False)])
    )


def alike(key: str, others: Iterable[tuple[int, str]], *, limit: int = 5) -> list[tuple[int, float]]:
    """The ids whose keys are close to `key`, the closest first, with the likeness (0–100, at least `ALIKE`)."""
    if len(key) < 2:
        return []
    found = process.extract(key, dict(others), scorer=fuzz.ratio, score_cutoff=ALIKE, limit=limit)
    return [(pk, score) for _name, score, pk in found]


# --- dates ------------------------------------------------------------------------------------------------------

EARLIEST = dt.date(1949, 1, 1)


def plausible_date(value: dt.date | None, *, today: dt.date, may_be_future: bool = False) -> dt.date | None:
    """
    Raises:
        ValidationError: before 1949, or in the future where that cannot be.
    """
    if value is None:
        return None
    if value < EARLIEST or value.year > today.year + 60:
        raise ValidationError(_("%(date)s is not a plausible date.") % {"date": value.isoformat()}, code="date")
    if value > today and not may_be_future:
        raise ValidationError(_("%(date)s is in the future.") % {"date": value.isoformat()}, code="date")
    return value


# --- the file ---------------------------------------------------------------------------------------------------

REFRESH_MONTHS = {"A": 6, "B": 12, "C": 24, "": 24}
"""Months after which data are asked again, where the firm has set nothing else (R38)."""

CONFIRMABLE = (
    "name",
    "address",
    "uscc",
    "invoice_title",
    "invoice_tax_no",
    "invoice_bank",
    "invoice_phone",
    "contacts",
    "preference",
    "tendency",
    "expectation",
    "expected_price",
    "spending_power",
    "potential",
    "capital_efficiency",
    "family",
    "why",
    "competitor_equipment",
    "loss_fixed",
    "loss_per_hour",
)
"""Fields with a date of last confirmation. `contacts` stands for all numbers and addresses together."""

WITH_ORIGIN = (
    "preference",
    "tendency",
    "expectation",
    "spending_power",
    "potential",
    "capital_efficiency",
    "family",
)
"""Fields of judgement: they carry source, date and confidence (R36, R37)."""

PERSONAL = frozenset({"family"})
"""Never written into an event, export or search entry."""

FIRMS = frozenset({"company", "dealer", "agent", "government"})


def is_blank(value: Any) -> bool:
    return value is None or value == "" or value == []


def is_credit_sale(values: Mapping[str, Any]) -> bool:
    return bool(values.get("credit_limit")) or bool(values.get("payment_days"))


def due_fields(values: Mapping[str, Any], *, by_hand: bool) -> tuple[str, ...]:
    """Mandatory fields of the customer file for these values (form 2.3).

    `by_hand`: typed by a person; a taken-over record may leave `source` unknown.
    """
    is_firm = values.get("type") in FIRMS
    is_here = values.get("country", "CN") == "CN"
    due = ["name", "type", "station", "service_owner"]
    due += ["region"] if is_here else []
    due += ["address", "sales_owner", "engineer_owner"] if is_firm else []
    if values.get("wants_invoice"):
        due.append("invoice_title")
        if is_firm:
            due += ["invoice_tax_no", "invoice_bank", "invoice_phone"]
            due += ["uscc"] if is_here and values.get("type") != "government" else []
    due += ["grade_reason"] if values.get("grade") else []
    due += ["loss_fixed", "loss_per_hour", "preference", "decision_traits"] if values.get("grade") == "A" else []
    due += ["credit_limit", "payment_days", "credit_tier"] if is_credit_sale(values) else []
    due += ["source"] if by_hand else []
    due += ["referrer"] if values.get("source") == "referral" else []
    return tuple(due)


def why_due(name: str) -> str:
    """The reason why a field is mandatory, for the person who left it empty."""
    if name.startswith("invoice_") or name == "uscc":
        return _("Needed for VAT invoices.")
    reasons = {
        "address": _("Mandatory for firms and authorities."),
        "sales_owner": _("Every firm has somebody who sells to it."),
        "engineer_owner": _("Every firm has an engineer who knows its machines."),
        "grade_reason": _("A grade needs its reason."),
        **dict.fromkeys(("loss_fixed", "loss_per_hour", "preference", "decision_traits"), _("Mandatory for grade A.")),
        **dict.fromkeys(("credit_limit", "payment_days"), _("Needed for sale on credit.")),
        "credit_tier": _("Sale on credit needs a tier from A to D."),
        "source": _("Say how this customer was won."),
        "referrer": _("Say who recommended us."),
    }
    return reasons.get(name) or _("Mandatory in every customer file.")


def gaps(values: Mapping[str, Any], *, by_hand: bool) -> list[str]:
    """The due fields that are empty."""
    return _empty(values, due_fields(values, by_hand=by_hand))


UNSET = {"credit_tier": "new", "source": "unknown"}
"""Choices that stand for “not said”."""


def _empty(values: Mapping[str, Any], due: Iterable[str]) -> list[str]:
    return [name for name in due if is_blank(values.get(name)) or values.get(name) == UNSET.get(name)]


MONEY = 999_999_999_999  # what a column of 14 digits with two decimals holds
LARGEST: Mapping[str, int] = {
    "size": 10_000_000,
    "payment_days": 3650,
    **dict.fromkeys(("loss_fixed", "loss_per_hour", "credit_limit", "expected_price"), MONEY),
}
"""More is a slip of the finger; the database could not keep it either."""


def impossible(values: Mapping[str, Any]) -> dict[str, str]:
    """Values that cannot be, each with what to do; what is not in `values` is not judged."""
    found: dict[str, str] = {}
    pair = (values.get("latitude"), values.get("longitude"))
    if (pair[0] is None) != (pair[1] is None):
        found["latitude" if pair[0] is None else "longitude"] = _("Give latitude and longitude, or neither.")
    for name, limit in (("latitude", 90), ("longitude", 180)):
        value = values.get(name)
        if value is not None and not -limit <= value <= limit:
            found[name] = _("Between -%(limit)d and %(limit)d degrees.") % {"limit": limit}
    for name, most in LARGEST.items():
        value = values.get(name)
        if value is not None and value < 0:
            found[name] = _("This cannot be below zero.")
        elif value is not None and value > most:
            found[name] = _("At most %(most)s.") % {"most": f"{most:,}".replace(",", "\u202f")}
    country = values.get("country")
    if country and country not in SUPPORTED_REGIONS:
        found["country"] = _("“%(text)s” is no country code. Write its two letters, for example CN.") % {
            "text": str(country)[:40]
        }
    if values.get("family") and values.get("type") not in (None, "person"):
        found["family"] = _("Family data are kept of persons only.")
    if values.get("grade") and not values.get("grade_reason"):
        found["grade_reason"] = _("A grade needs its reason.")
    return found


def missing(values: Mapping[str, Any], *, by_hand: bool) -> dict[str, str]:
    """The due fields that are empty, with the reason why each is due."""
    return {name: why_due(name) for name in gaps(values, by_hand=by_hand)}


def completeness(values: Mapping[str, Any], *, contacts: int, verified: int, consents: int) -> int:
    """Percent of the due fields that are filled; person, verified number and recorded consent count as three (R160)."""
    due = due_fields(values, by_hand=True)
    empty = len(_empty(values, due)) + (contacts < 1) + (verified < 1) + (consents < 1)
    return round(100 * (len(due) + 3 - empty) / (len(due) + 3))


def refresh_due(oldest: dt.datetime, months: int) -> dt.date:
    """The day on which the oldest confirmation has lasted its time."""
    return _months_later(oldest.date(), months)


@lru_cache(maxsize=1024)
def _months_later(day: dt.date, months: int) -> dt.date:
    later: dt.date = day + relativedelta(months=months)
    return later


@dataclass(frozen=True, slots=True)
class Entered:
    """A file as the report on its entry sees it. `hours`: from the event it tells of to its entry, None: not known."""

    person: str
    month: dt.date
    completeness: int
    hours: float | None


@dataclass(frozen=True, slots=True)
class EntryQuality:
    """Files of one person and month: completeness in percent, delay of entry in hours (R160)."""

    person: str
    month: dt.date
    files: int
    completeness: float
    timed: int
    median: float | None
    p90: float | None


def entry_quality(files: Iterable[Entered]) -> list[EntryQuality]:
    """Per person and month, the newest month first; median and 90th percentile by nearest rank."""
    groups: dict[tuple[dt.date, str], list[Entered]] = {}
    for row in files:
        groups.setdefault((row.month, row.person), []).append(row)
    found = []
    for month, person in sorted(groups, key=lambda key: (-key[0].toordinal(), key[1])):
        rows = groups[month, person]
        hours = sorted(row.hours for row in rows if row.hours is not None)
        found.append(
            EntryQuality(
                person,
                month,
                len(rows),
                sum(row.completeness for row in rows) / len(rows),
                len(hours),
                percentile(hours, 50) if hours else None,
                percentile(hours, 90) if hours else None,
            )
        )
    return found


def percentile(ordered: Sequence[float], percent: int) -> float:
    """Nearest rank of sorted values: the smallest that at least `percent` of them do not exceed."""
    return ordered[max(0, -(-percent * len(ordered) // 100) - 1)]


def as_json(value: Any) -> Any:
    """A value as an event keeps it."""
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, dt.date | dt.time):
        return value.isoformat()
    return value
