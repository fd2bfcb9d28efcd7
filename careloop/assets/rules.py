"""What makes the data of a machine or vehicle right: VIN, plate, serial number, meter, a complete file. Pure."""

import datetime as dt
import re
import unicodedata
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, Literal

from dateutil.relativedelta import relativedelta
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

# --- the file --------------------------------------------------------------------------------------------------

FIELDS = (
    "name", "serial_no", "model", "model_text", "site", "location_text", "workshop_line", "department",
    "responsible", "application", "workpiece", "process", "specs", "configuration", "software_version",
    "plate", "vin", "is_vin_as_stamped", "engine_no", "vehicle_class", "usage", "color", "guarantee_card_no",
    "insurance_until", "inspection_until", "invoice_on", "produced_on", "shipped_on", "arrived_on",
    "installed_on", "pre_accepted_on", "accepted_on", "delivered_on", "unknown", "warranty_start",
    "warranty_end", "warranty_meter", "warranty_terms", "contract_no", "contract_amount", "utilities",
    "baseline", "tooling", "operators", "training_waiver", "calibrations", "modifications", "meter_unit",
    "criticality", "loss_fixed", "loss_per_hour", "target_years", "target_meter", "station",
)  # fmt: skip
"""What may be set from outside. State, owner, meter and the derived columns have services of their own."""

# --- VIN, ISO 3779 and GB 16735 ---------------------------------------------------------------------------------

VIN = re.compile(r"[A-HJ-NPR-Z0-9]{17}")
VIN_VALUES = {
    **{str(digit): digit for digit in range(10)},
    **dict(zip("ABCDEFGH", range(1, 9), strict=True)),
    **dict(zip("JKLMN", range(1, 6), strict=True)),
    "P": 7,
    "R": 9,
    **dict(zip("STUVWXYZ", range(2, 10), strict=True)),
}
VIN_WEIGHTS = (8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2)


def vin_check_sign(vin: str) -> str:
    """The 9th sign of a VIN: weighted sum modulo 11, 10 is written X."""
    rest = sum(VIN_VALUES[sign] * weight for sign, weight in zip(vin, VIN_WEIGHTS, strict=True)) % 11
    return "X" if rest == 10 else str(rest)


def clean_vin(text: str, *, as_stamped: bool = False) -> str:
    """A VIN in capitals.

    `as_stamped`: somebody compared it with the nameplate. Vehicles built for Europe and some others carry no check
    digit, and vehicles before 1981 have shorter numbers; these are accepted only so.

    Raises:
        ValidationError: wrong length or signs, or a check digit that does not fit.
    """
    vin = re.sub(r"[\s\-·]", "", unicodedata.normalize("NFKC", text)).upper()
    if as_stamped:
        if not re.fullmatch(r"[A-Z0-9]{5,17}", vin):
            raise ValidationError(_("A frame number has 5 to 17 letters and digits."), code="vin")
        return vin
    if not VIN.fullmatch(vin):
        raise ValidationError(
            _("A VIN has 17 letters and digits, never I, O or Q. This one has %(count)d.") % {"count": len(vin)}
            if len(vin) != 17
            else _("A VIN never holds the letters I, O and Q: they are 1 and 0."),
            code="vin",
        )
    if vin_check_sign(vin) != vin[8]:
        raise ValidationError(
            _(
                "The check digit (9th sign) of “%(vin)s” does not fit. Compare with the nameplate; when it stands "
                "there exactly so, tick “as on the nameplate”."
            )
            % {"vin": vin},
            code="vin",
        )
    return vin


def is_vin(text: str) -> bool:
    """17 allowed signs with the right check digit."""
    try:
        clean_vin(text)
    except ValidationError:
        return False
    return True


# --- number plates ----------------------------------------------------------------------------------------------

PROVINCES = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼"
SIGN = "[A-HJ-NP-Z0-9]"
PLATE_KINDS: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("blue", re.compile(f"[{PROVINCES}][A-HJ-Z]{SIGN}{{5}}")),
    ("green", re.compile(f"[{PROVINCES}][A-HJ-Z](?:[A-HJK]{SIGN}[0-9]{{4}}|[0-9]{{5}}[A-HJK])")),
    ("special", re.compile(f"[{PROVINCES}][A-HJ-Z]{SIGN}{{4}}[学警挂港澳试超领临]")),
    ("special", re.compile(r"(?:使[0-9]{6}|[0-9]{6}使|[0-9]{3}[0-9]{3}领)")),
    ("special", re.compile(rf"WJ[{PROVINCES}]?{SIGN}{{4}}[0-9JBXTHSD]")),
    ("special", re.compile(r"[VKHBSLJNGCEZ][A-Z][0-9]{5}")),
)


def normal_plate(text: str) -> str:
    """Capitals without joints; I and O in the number part are 1 and 0, because plates do not use these letters."""
    plate = re.sub(r"[\s\-·•.‧_]", "", unicodedata.normalize("NFKC", text)).upper()
    if plate[:1] in PROVINCES:
        return plate[:2] + plate[2:].replace("I", "1").replace("O", "0")
    return plate


def plate_kind(plate: str) -> Literal["blue", "green", "special", ""]:
    for kind, pattern in PLATE_KINDS:
        if pattern.fullmatch(plate):
            return kind  # type: ignore[return-value]  # reason: the table above holds only these words
    return ""


def clean_plate(text: str) -> str:
    """`苏e·7k21q` → `苏E7K21Q`, the form in which plates are kept.

    Raises:
        ValidationError: no ordinary, new-energy or special plate looks like this.
    """
    plate = normal_plate(text)
    if not plate_kind(plate):
        raise ValidationError(
            _("“%(text)s” is no number plate. Write it as on the car, for example 苏E·7K21Q or 苏E·D12345.")
            % {"text": text[:20]},
            code="plate",
        )
    return plate


def show_plate(plate: str) -> str:
    """`苏E7K21Q` → `苏E·7K21Q`."""
    return f"{plate[:2]}·{plate[2:]}" if plate[:1] in PROVINCES and len(plate) > 2 else plate


# --- serial number ----------------------------------------------------------------------------------------------


def serial_key(text: str) -> str:
    """What two spellings of one serial number have in common: `24a-0317 ` and `24A 0317` → `24A0317`."""
    return re.sub(r"[\s\-_/.·]", "", unicodedata.normalize("NFKC", text)).upper()


# --- meter ------------------------------------------------------------------------------------------------------

MOST_KM_A_DAY = Decimal(2500)
MOST_HOURS_A_DAY = Decimal(24)


def doubt_reading(value: Decimal, *, before: Decimal | None, days: Decimal, unit: str) -> Literal["back", "jump", ""]:
    """What is odd about a reading, `days` after the one before: it went back, or further than a day allows."""
    if before is None:
        return ""
    if value < before:
        return "back"
    most = (MOST_HOURS_A_DAY if unit == "h" else MOST_KM_A_DAY) * (days + 1)
    return "jump" if value - before > most else ""


# --- dates ------------------------------------------------------------------------------------------------------

LIFE_IN_ORDER = ("produced_on", "shipped_on", "arrived_on", "installed_on", "pre_accepted_on", "accepted_on")
"""Pre-acceptance often takes place before shipping, so it is compared with production and final acceptance only."""


def out_of_order(values: Mapping[str, Any]) -> dict[str, str]:
    """The dates that lie before a date that must come earlier."""
    wrong: dict[str, str] = {}
    chain = [name for name in LIFE_IN_ORDER if name != "pre_accepted_on"]
    for names in (
        chain,
        ("produced_on", "pre_accepted_on", "accepted_on"),
        ("warranty_start", "warranty_end"),
        ("invoice_on", "delivered_on"),
    ):
        last = None
        for name in names:
            value = values.get(name)
            if value is None:
                continue
            if last is not None and value < last:
                wrong[name] = _("This date lies before %(date)s, which must come earlier.") % {"date": last.isoformat()}
            else:
                last = value
    return wrong


# --- the file ---------------------------------------------------------------------------------------------------

MACHINE_IDENTITY = ("serial_no", "name", "model", "application")
MACHINE_PLACE = ("location_text", "workshop_line", "department", "responsible")
MACHINE_BUILD = ("specs", "configuration", "software_version", "wear_parts", "maintenance", "utilities", "manual")
MACHINE_ACCEPTED = ("accepted_on", "warranty_start", "warranty_end", "baseline", "operators")
VEHICLE_ALWAYS = ("vehicle_class", "model")
VEHICLE_FILE = (
    "plate",
    "vin",
    "engine_no",
    "usage",
    "invoice_on",
    "insurance_until",
    "inspection_until",
    "meter",
    "warranty_end",
)
NEVER_UNKNOWN = frozenset({"customer", "station", "name", "vehicle_class"})
"""What must be known even of an old machine."""

MAY_BE_UNKNOWN = (
    frozenset(
        (
            *MACHINE_IDENTITY,
            *MACHINE_PLACE,
            *MACHINE_BUILD,
            *MACHINE_ACCEPTED,
            "tooling",
            "produced_on",
            "shipped_on",
            "arrived_on",
            "installed_on",
            "pre_accepted_on",
            *VEHICLE_ALWAYS,
            *VEHICLE_FILE,
        )
    )
    - NEVER_UNKNOWN
)


def due_fields(values: Mapping[str, Any]) -> tuple[str, ...]:
    """Mandatory fields of the file for these values (form 2.7).

    `values` holds the columns, and `wear_parts`, `maintenance`, `manual` as counts, `has_tooling` of the family.
    A machine on its way (shipped or produced, not yet installed) owes its acceptance block later.
    """
    if values.get("kind") == "vehicle":
        return ("customer", "station", *VEHICLE_ALWAYS, *VEHICLE_FILE)
    on_its_way = bool(values.get("produced_on") or values.get("shipped_on")) and not (
        values.get("installed_on") or values.get("accepted_on")
    )
    return (
        "customer",
        "station",
        *MACHINE_IDENTITY,
        *MACHINE_PLACE,
        *MACHINE_BUILD,
        *(("tooling",) if values.get("has_tooling") else ()),
        *(() if on_its_way else MACHINE_ACCEPTED),
    )


def is_filled(name: str, values: Mapping[str, Any], *, spec_keys: Sequence[str] = ()) -> bool:
    if name == "model":
        return bool(values.get("model") or values.get("model_text"))
    if name == "operators":
        return len(values.get("operators") or []) >= 2 or bool(values.get("training_waiver"))
    if name == "specs" and spec_keys:
        given = {row.get("key") for row in values.get("specs") or [] if row.get("value") not in ("", None)}
        return set(spec_keys) <= given
    return values.get(name) not in (None, "", [], 0)


def gaps(values: Mapping[str, Any], *, spec_keys: Sequence[str] = ()) -> list[str]:
    """Due fields that are empty, those known to be unknown included."""
    return [name for name in due_fields(values) if not is_filled(name, values, spec_keys=spec_keys)]


def refused(values: Mapping[str, Any], *, spec_keys: Sequence[str] = ()) -> dict[str, str]:
    """The gaps that nobody declared as unknown, with what to do."""
    declared = set(values.get("unknown") or [])
    found = {}
    for name in must_be_answered(values):
        if is_filled(name, values, spec_keys=spec_keys) or name in declared - NEVER_UNKNOWN:
            continue
        found[name] = _("Mandatory.") if name in NEVER_UNKNOWN else _("Fill this in, or say that it is not known.")
    if values.get("kind") == "vehicle" and not (values.get("plate") or values.get("vin")):
        found["plate"] = _("A vehicle needs its plate or its VIN.")
    return found


def must_be_answered(values: Mapping[str, Any]) -> tuple[str, ...]:
    """Due fields that block saving. Of a vehicle only what the reception can read off at once.

    The manual is a file of the record, so it can come only after it; until then the record stays incomplete.
    """
    if values.get("kind") == "vehicle":
        return ("customer", "station", *VEHICLE_ALWAYS)
    return tuple(name for name in due_fields(values) if name != "manual")


CONFIRMABLE = (
    "plate",
    "location_text",
    "workshop_line",
    "department",
    "responsible",
    "application",
    "workpiece",
    "usage",
    "software_version",
    "insurance_until",
    "inspection_until",
    "criticality",
    "loss_fixed",
    "loss_per_hour",
)
"""What changes in the life of a machine without anybody telling us; asked again by the period of its owner (R38)."""


def confirmable(values: Mapping[str, Any]) -> list[str]:
    """The filled fields that are confirmed from time to time."""
    return [name for name in CONFIRMABLE if values.get(name) not in (None, "")]


def completeness(values: Mapping[str, Any], *, spec_keys: Sequence[str] = ()) -> int:
    """Percent of the due fields that are filled (R160)."""
    due = due_fields(values)
    return round(100 * (len(due) - len(gaps(values, spec_keys=spec_keys))) / len(due))


def warranty_end_of(start: dt.date, months: int) -> dt.date:
    """The corresponding day `months` later, the last of the month where there is none."""
    end: dt.date = start + relativedelta(months=months)
    return end
