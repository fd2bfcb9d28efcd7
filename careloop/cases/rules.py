"""Pure calculation: priority, subject line, readings with units and ranges, whether the standard was kept."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

STOPPED, REDUCED = "stopped", "reduced"
# Number, name, English name, working minutes to react: until the firm sets its own.
DEFAULT_LEVELS = (
    (1, "前台客服", "Service desk", 60),
    (2, "技术工程师", "Engineer", 120),
    (3, "技术专家", "Specialist", 240),
    (4, "售后经理", "After-sales manager", 240),
)

# Factor to the first unit of each row; the family's template says which one is stored.
UNITS: tuple[dict[str, Decimal], ...] = (
    {"kW": Decimal(1), "W": Decimal("0.001"), "MW": Decimal(1000)},
    {"kHz": Decimal(1), "Hz": Decimal("0.001"), "MHz": Decimal(1000)},
    {"L/min": Decimal(1), "L/h": Decimal(1) / 60, "m3/h": Decimal(1000) / 60, "L/s": Decimal(60)},
    {
        "MPa": Decimal(1),
        "bar": Decimal("0.1"),
        "kPa": Decimal("0.001"),
        "Pa": Decimal("0.000001"),
        "kgf/cm2": Decimal("0.0980665"),
        "psi": Decimal("0.006894757"),
    },
    {"V": Decimal(1), "kV": Decimal(1000), "mV": Decimal("0.001")},
    {"A": Decimal(1), "kA": Decimal(1000), "mA": Decimal("0.001")},
    {"s": Decimal(1), "ms": Decimal("0.001"), "min": Decimal(60)},
    {"mm": Decimal(1), "cm": Decimal(10), "m": Decimal(1000), "um": Decimal("0.001")},
    {"h": Decimal(1)},
    {"km": Decimal(1)},
    {"%": Decimal(1)},
    {"degC": Decimal(1)},
)
SPELLINGS = {
    "℃": "degC",
    "°c": "degC",
    "degc": "degC",
    "c": "degC",
    "l/min": "L/min",
    "lpm": "L/min",
    "升/分": "L/min",
    "m³/h": "m3/h",
    "m^3/h": "m3/h",
    "l/h": "L/h",
    "l/s": "L/s",
    "mpa": "MPa",
    "兆帕": "MPa",
    "kpa": "kPa",
    "千帕": "kPa",
    "pa": "Pa",
    "巴": "bar",
    "bars": "bar",
    "公斤": "kgf/cm2",
    "kgf/cm²": "kgf/cm2",
    "kw": "kW",
    "千瓦": "kW",
    "w": "W",
    "瓦": "W",
    "khz": "kHz",
    "千赫": "kHz",
    "hz": "Hz",
    "赫": "Hz",
    "mhz": "MHz",
    "伏": "V",
    "v": "V",
    "安": "A",
    "a": "A",
    "μm": "um",
    "µm": "um",
    "％": "%",
}
DEVIATION = Decimal("0.2")  # share of the baseline from which a reading is marked


class UnitRefused(ValueError):
    """No unit, or one that does not measure this quantity. `expected` names those that would do."""

    def __init__(self, unit: str, expected: Sequence[str]):
        super().__init__(unit)
        self.unit = unit
        self.expected = tuple(expected)


@dataclass(frozen=True, slots=True)
class Reading:
    """A measured value in the unit of the product family, with its mark: "", "low", "high" or "deviates"."""

    key: str
    label: str
    value: Decimal
    unit: str
    mark: str
    entered: str

    def as_json(self, *, at: dt.datetime, source: str) -> dict[str, str]:
        return {
            "key": self.key,
            "label": self.label,
            "value": str(self.value),
            "unit": self.unit,
            "mark": self.mark,
            "entered": self.entered,
            "at": at.isoformat(),
            "source": source,
        }


def known_unit(text: str) -> str:
    """The spelling used inside; unknown ones as they are."""
    plain = text.strip()
    for row in UNITS:
        if plain in row:
            return plain
    return SPELLINGS.get(plain, SPELLINGS.get(plain.lower(), plain))


def convert(value: Decimal, unit: str, to: str) -> Decimal:
    """2.5 bar → 0.25 MPa.

    Raises:
        UnitRefused: `unit` is empty, unknown, or measures something else than `to`.
    """
    source, target = known_unit(unit), known_unit(to)
    row = next((row for row in UNITS if target in row), {target: Decimal(1)})
    if source not in row:
        raise UnitRefused(unit, tuple(row))
    if source == target:
        return value
    return (value * row[source] / row[target]).quantize(Decimal("0.0001")).normalize()


def read_reading(template: Mapping[str, Any], text: str, unit: str, *, baseline: Decimal | None = None) -> Reading:
    """One typed field: `template` is a row of the family's readings `{key, label, unit, low, high}`.

    Raises:
        UnitRefused: see `convert`.
        ValueError: `text` is not a number.
    """
    try:
        number = Decimal(text.strip().replace(",", ".").replace("，", "."))
    except InvalidOperation as error:
        raise ValueError(text) from error
    if not number.is_finite():
        raise ValueError(text)
    value = convert(number, unit, str(template["unit"]))
    return Reading(
        key=str(template["key"]),
        label=str(template.get("label") or template["key"]),
        value=Decimal(f"{value:f}"),
        unit=str(template["unit"]),
        mark=mark_of(value, template, baseline),
        entered=f"{number:f} {unit.strip()}",
    )


def mark_of(value: Decimal, template: Mapping[str, Any], baseline: Decimal | None) -> str:
    """Outside the plausible range first; then a deviation from what this machine showed at acceptance."""
    low, high = template.get("low"), template.get("high")
    if low is not None and value < Decimal(str(low)):
        return "low"
    if high is not None and value > Decimal(str(high)):
        return "high"
    if baseline and abs(value - baseline) > abs(baseline) * DEVIATION:
        return "deviates"
    return ""


def priority_of(urgency: str, is_safety: bool) -> int:
    """1 danger or a stop that is dangerous, 2 production stopped, 3 reduced, 4 no effect.

    The customer's grade has no part in it (R129).
    """
    if is_safety:
        return 1
    return {STOPPED: 2, REDUCED: 3}.get(urgency, 4)


def title_of(verbatim: str, *, symptom: str = "", limit: int = 60) -> str:
    """A subject line out of the symptom, or of the first sentence of what the customer said."""
    text = symptom.strip() or next((line.strip() for line in verbatim.splitlines() if line.strip()), "")
    for stop in ("。", "；", "！", "？", ". ", "; "):
        head, found, _rest = text.partition(stop)
        if found and len(head) >= 4:
            text = head
            break
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"


def is_kept(
    *,
    response_due_at: dt.datetime | None,
    responded_at: dt.datetime | None,
    resolution_due_at: dt.datetime | None,
    resolved_at: dt.datetime | None,
) -> bool | None:
    """Whether all standards that applied were kept; None when none applied or nothing is decided yet."""
    verdicts = [
        done <= due
        for due, done in ((response_due_at, responded_at), (resolution_due_at, resolved_at))
        if due is not None and done is not None
    ]
    if response_due_at is not None and responded_at is None and resolved_at is not None:
        verdicts.append(resolved_at <= response_due_at)
    if not verdicts or resolved_at is None:
        return None
    return all(verdicts)


def earliest(*moments: dt.datetime | None) -> dt.datetime | None:
    """The first of those that are known."""
    known = [moment for moment in moments if moment is not None]
    return min(known) if known else None


def charge_for(warranty_state: str) -> str:
    """What is proposed: free within the warranty, by contract under one, paid after it. An unknown one is asked."""
    return {"in": "free", "contract": "contract", "unknown": ""}.get(warranty_state, "paid")
