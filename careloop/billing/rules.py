"""Arithmetic of bills. Amounts are Decimal, rounded half up to fen."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Protocol

FEN = Decimal("0.01")
ZERO = Decimal("0.00")


def to_fen(value: Decimal) -> Decimal:
    return value.quantize(FEN, rounding=ROUND_HALF_UP)


def line_amount(quantity: Decimal, unit_price: Decimal) -> Decimal:
    """Quantity × unit price, rounded half up to fen."""
    return to_fen(quantity * unit_price)


class LineLike(Protocol):
    """A line of an order, of a bill, or one that is about to become a bill."""

    @property
    def kind(self) -> str: ...

    @property
    def amount(self) -> Decimal: ...

    @property
    def payer(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Totals:
    """The customer's share by kind, what others bear, and what is left to pay after discount, tax and rounding."""

    labour: Decimal
    material: Decimal
    other: Decimal
    free: Decimal
    discount: Decimal
    tax: Decimal
    rounding: Decimal

    @property
    def before_discount(self) -> Decimal:
        return self.labour + self.material + self.other

    @property
    def total(self) -> Decimal:
        return self.before_discount + self.tax - self.discount + self.rounding


def totals(
    lines: Iterable[LineLike], *, discount: Decimal = ZERO, tax: Decimal = ZERO, rounding: Decimal = ZERO
) -> Totals:
    """Sum lines by kind; only lines of the payer `customer` are his to pay."""
    sums = {"labour": ZERO, "material": ZERO, "other": ZERO}
    free = ZERO
    for line in lines:
        if line.payer == "customer":
            sums[line.kind] += line.amount
        else:
            free += line.amount
    return Totals(sums["labour"], sums["material"], sums["other"], free, discount, tax, rounding)
