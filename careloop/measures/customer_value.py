"""F12: customer lifetime value in closed form."""

from __future__ import annotations

from dataclasses import dataclass

from careloop.measures.errors import MeasureError


@dataclass(frozen=True, slots=True)
class LifetimeValue:
    """Value in money of one customer; state which variant is shown.

    end_of_year: first margin after one year; now: first margin at once; `years_sum` the first
    `years` end-of-year margins.
    """

    end_of_year: float
    now: float
    years_sum: float
    years: int


def lifetime_value(margin: float, retention: float, discount: float, *, years: int = 5) -> LifetimeValue:
    """m·r/(1+d−r), m·(1+d)/(1+d−r), and Σ_{t=1…years} m·(r/(1+d))^t.

    Args:
        margin: yearly margin in money.
        retention: yearly retention rate 0 ≤ r ≤ 1.
        discount: yearly discount rate > −1, with 1 + d > r.

    Raises:
        MeasureError: a rate outside its range.

    Source: Gupta & Lehmann (2003), Journal of Interactive Marketing 17(1), 9–24.
    """
    if not 0.0 <= retention <= 1.0 or not discount > -1.0 or not 1.0 + discount > retention or years < 1:
        raise MeasureError(
            "retention {retention} must be from 0 to 1 and below 1 + discount {discount}; years at least 1",
            retention=retention,
            discount=discount,
        )
    if not abs(margin) < float("inf"):
        raise MeasureError("the margin must be a number")
    base = 1.0 + discount - retention
    keep = retention / (1.0 + discount)
    total = margin * sum(keep**year for year in range(1, years + 1))
    return LifetimeValue(margin * retention / base, margin * (1.0 + discount) / base, total, years)
