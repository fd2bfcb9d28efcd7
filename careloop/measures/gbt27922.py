"""F34: self-assessment of after-sales service by GB/T 27922-2011."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from careloop.measures.errors import MeasureError

FAIL_FROM_DEDUCTIONS = 5


class StarLevel(StrEnum):
    """Result of the assessment."""

    FAIL = "fail"
    QUALIFIED = "qualified"
    THREE = "three_star"
    FOUR = "four_star"
    FIVE = "five_star"


BORDERS = (
    (95.0, StarLevel.FIVE),
    (90.0, StarLevel.FOUR),
    (80.0, StarLevel.THREE),
    (70.0, StarLevel.QUALIFIED),
)


@dataclass(frozen=True, slots=True)
class SelfScore:
    """Converted score, score after special deductions and bonus, and level."""

    converted: float
    score: float
    level: StarLevel


def self_score(got: float, applicable: float = 100.0, *, deductions: int = 0, bonus: int = 0) -> SelfScore:
    """Points got ÷ applicable points × 100, then −1 per special deduction and +1 bonus at most once.

    Below 70, or five or more special deductions: fail; 70 qualified, 80 three, 90 four, 95 five stars.

    Raises:
        MeasureError: points outside 0…applicable, a negative deduction, a bonus other than 0 or 1.

    Source: GB/T 27922-2011.
    """
    if not 0 < applicable <= 100 or not 0 <= got <= applicable:
        raise MeasureError("points got must be from 0 to the applicable points, at most 100")
    if deductions < 0 or bonus not in (0, 1):
        raise MeasureError("deductions must be at least 0, the bonus 0 or 1")
    converted = 100.0 * got / applicable
    score = min(100.0, max(0.0, converted - deductions + bonus))
    return SelfScore(converted, score, star_level(score, deductions))


def star_level(score: float, deductions: int = 0) -> StarLevel:
    """Level of a final score."""
    if deductions >= FAIL_FROM_DEDUCTIONS:
        return StarLevel.FAIL
    return next((level for border, level in BORDERS if score >= border - 1e-9), StarLevel.FAIL)
