"""F27: credit score, tier and limit from payments."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from careloop.measures.errors import MeasureError, Message

HALF_LIFE_MONTHS = 12.0
ON_TIME_DAYS = 5
FULL_SCALE_DAYS = 60.0
LONG_HISTORY_YEARS = 3.0


class CreditTier(StrEnum):
    """Tier by score: A from 85, B from 70, C from 50, D below; new without data."""

    A = "A"
    B = "B"
    C = "C"
    D = "D"
    NEW = "new"


LIMIT_FACTORS = {
    CreditTier.A: Decimal("1.5"),
    CreditTier.B: Decimal("1.0"),
    CreditTier.C: Decimal("0.6"),
    CreditTier.D: Decimal("0"),
    CreditTier.NEW: Decimal("0.3"),
}
BORDERS = ((85.0, CreditTier.A), (70.0, CreditTier.B), (50.0, CreditTier.C))


@dataclass(frozen=True, slots=True)
class Invoice:
    """One invoice as the score sees it.

    Attributes:
        amount: money, above 0.
        days_late: days after the due date (open: until today); early payment counts as 0.
        age_months: months since the due date, ≥ 0.
        is_open: not paid yet.
        is_excluded: disputed with an open complaint, or retention money not yet due.
    """

    amount: Decimal | float
    days_late: float
    age_months: float
    is_open: bool = False
    is_excluded: bool = False


@dataclass(frozen=True, slots=True)
class CreditScore:
    """Score 0–100 with its four parts; all None with a reason and tier `new` without invoices."""

    score: float | None
    tier: CreditTier
    days_beyond_terms: float | None
    on_time_share: float | None
    oldest_open_days: float
    history_share: float
    n: int
    excluded: int
    parts: tuple[float, float, float, float] | None = None
    reason: Message | None = None


def credit_score(invoices: Sequence[Invoice], *, history_years: float) -> CreditScore:
    """50·max(0, 1−DBT/60) + 25·OT + 15·max(0, 1−O/60) + 10·min(1, years/3).

    Weight of an invoice = amount·0.5^(age in months/12). DBT = Σ w·L/Σ w with L ≥ 0; OT = weight
    share with L ≤ 5; O = days of the oldest open overdue invoice. Excluded invoices count nowhere.

    Raises:
        MeasureError: an amount not above 0, a negative age, a missing number.
    """
    if not history_years >= 0:
        raise MeasureError("years of history must be at least 0")
    kept = [invoice for invoice in invoices if not invoice.is_excluded]
    excluded = len(invoices) - len(kept)
    history = min(1.0, history_years / LONG_HISTORY_YEARS)
    for place, invoice in enumerate(kept, start=1):
        if not float(invoice.amount) > 0 or not invoice.age_months >= 0 or invoice.days_late != invoice.days_late:
            raise MeasureError(
                "invoice {place} needs an amount above 0, an age of at least 0 and days late", place=place
            )
    if not kept:
        reason = Message("there is no invoice to judge by")
        return CreditScore(None, CreditTier.NEW, None, None, 0.0, history, 0, excluded, None, reason)
    late = [max(0.0, invoice.days_late) for invoice in kept]
    weights = [float(i.amount) * 0.5 ** (i.age_months / HALF_LIFE_MONTHS) for i in kept]
    total = sum(weights)
    beyond = sum(w * days for w, days in zip(weights, late, strict=True)) / total
    on_time = sum(w for w, days in zip(weights, late, strict=True) if days <= ON_TIME_DAYS) / total
    oldest = max((days for i, days in zip(kept, late, strict=True) if i.is_open), default=0.0)
    parts = (
        50.0 * max(0.0, 1.0 - beyond / FULL_SCALE_DAYS),
        25.0 * on_time,
        15.0 * max(0.0, 1.0 - oldest / FULL_SCALE_DAYS),
        10.0 * history,
    )
    score = sum(parts)
    return CreditScore(score, credit_tier(score), beyond, on_time, oldest, history, len(kept), excluded, parts)


def credit_tier(score: float) -> CreditTier:
    """Tier of a score 0–100."""
    return next((tier for border, tier in BORDERS if score >= border - 1e-9), CreditTier.D)


def credit_limit(monthly_sales: Decimal, term_months: Decimal, factor: Decimal) -> Decimal:
    """Average monthly sales × payment term in months × factor of the tier, in money."""
    if min(monthly_sales, term_months, factor) < 0:
        raise MeasureError("sales, term and factor must not be negative")
    return monthly_sales * term_months * factor


def overdue_interest(amount: Decimal, days: int, daily_rate: Decimal) -> Decimal:
    """Amount × days × daily rate (0.0005 = 0.05 %), only where agreed or legal."""
    if amount < 0 or days < 0 or daily_rate < 0:
        raise MeasureError("amount, days and rate must not be negative")
    return amount * days * daily_rate
