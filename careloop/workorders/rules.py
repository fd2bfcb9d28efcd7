"""Pure calculation of the shop flow: slots, amounts, fingerprints of estimates, checklists."""

import datetime as dt
import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Protocol

from careloop.core import words

ZERO = Decimal("0.00")
ADVISER_GAP = dt.timedelta(minutes=15)
SLOT_STEP = dt.timedelta(minutes=30)
CODE_VALID = dt.timedelta(minutes=30)
CODE_TRIES = 5
USUAL_LOAD = 2
DELAY_NOTICE_SMALL = dt.timedelta(hours=1)
DELAY_NOTICE_LARGE = dt.timedelta(days=1)


# --- slots --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Taken:
    """A booked appointment: from, to, whose."""

    start: dt.datetime
    minutes: int
    adviser_id: int | None

    @property
    def end(self) -> dt.datetime:
        return self.start + dt.timedelta(minutes=self.minutes)


def peak(start: dt.datetime, minutes: int, taken: Iterable[Taken]) -> int:
    """The largest number of `taken` appointments at one moment within the slot [start, start + minutes)."""
    end = start + dt.timedelta(minutes=minutes)
    inside = [row for row in taken if row.start < end and start < row.end]
    moments = [start, *(row.start for row in inside if row.start > start)]
    return max((sum(row.start <= moment < row.end for row in inside) for moment in moments), default=0)


def free_bays(start: dt.datetime, minutes: int, taken: Iterable[Taken], bays: int) -> int:
    return max(0, bays - peak(start, minutes, taken))


def adviser_is_free(start: dt.datetime, adviser_id: int | None, taken: Iterable[Taken]) -> bool:
    """An adviser receives one customer at a time: a quarter of an hour between two appointments of the same person."""
    return adviser_id is None or all(
        row.adviser_id != adviser_id or abs(row.start - start) >= ADVISER_GAP for row in taken
    )


# --- estimates ----------------------------------------------------------------------------------------------------


class LineLike(Protocol):
    pk: Any
    kind: str
    name: str
    part_no: str
    brand: str
    part_origin: str
    quantity: Decimal
    unit: str
    unit_price: Decimal
    amount: Decimal
    payer: str
    is_added: bool
    reason: str


def line_facts(line: LineLike) -> dict[str, Any]:
    """What the customer consents to, as it is kept in a version of the estimate."""
    return {
        "id": line.pk,
        "kind": line.kind,
        "name": line.name,
        "part_no": line.part_no,
        "brand": line.brand,
        "part_origin": line.part_origin,
        "quantity": words.plain(Decimal(line.quantity)),
        "unit": line.unit,
        "unit_price": f"{line.unit_price:.2f}",
        "amount": f"{line.amount:.2f}",
        "payer": line.payer,
        "is_added": line.is_added,
        "reason": line.reason,
    }


def digest(lines: Sequence[Mapping[str, Any]], discount: Decimal, limit: Decimal | None) -> str:
    """Fingerprint of a version: equal only for the same items, prices, payers, discount and limit."""
    content = [list(lines), f"{discount:.2f}", None if limit is None else f"{limit:.2f}"]
    text = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def customer_amount(lines: Iterable[Mapping[str, Any]], discount: Decimal) -> Decimal:
    """What the customer pays for these lines, never below zero."""
    total = sum((Decimal(str(line["amount"])) for line in lines if line["payer"] == "customer"), ZERO)
    return max(ZERO, total - discount)


def free_amount(lines: Iterable[Mapping[str, Any]]) -> Decimal:
    return sum((Decimal(str(line["amount"])) for line in lines if line["payer"] != "customer"), ZERO)


# --- inspection ---------------------------------------------------------------------------------------------------

BASIC = ("items", "fault", "fluids", "codes", "clean", "old_parts")
FULL = (*BASIC[:3], "torque", "lights", *BASIC[3:4], "brakes", "road", *BASIC[4:])
OF_CLASS: dict[str, tuple[str, ...]] = {
    "small": BASIC,
    "special": BASIC,
    "level1": FULL,
    "level2": FULL,
    "assembly": FULL,
    "whole": FULL,
}


def checklist_of(work_class: str) -> tuple[str, ...]:
    return OF_CLASS.get(work_class, BASIC)


# --- promise ------------------------------------------------------------------------------------------------------


def delay_notice(work_class: str) -> dt.timedelta:
    """How long before the promised time a delay must be told: one hour for small work, one day for large."""
    return DELAY_NOTICE_SMALL if work_class in ("small", "level1", "special") else DELAY_NOTICE_LARGE
