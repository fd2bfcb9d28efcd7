"""F6: experience against expectation, three states with two sub-states."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from careloop.measures.errors import MeasureError

FAIRLY_SATISFIED_FROM = 200.0 / 3.0  # 7 on a 1–10 scale, mapped to 0–100
ROUNDING = 1e-9


class ExpectationState(StrEnum):
    """Experience below, equal to, above, or far above what was expected."""

    BELOW = "below"
    MET = "met"
    ABOVE = "above"
    DELIGHT = "delight"


class MetKind(StrEnum):
    """Sub-state of `met`: fairly satisfied, or ordinary (at risk)."""

    FAIRLY_SATISFIED = "fairly_satisfied"
    ORDINARY = "ordinary"


@dataclass(frozen=True, slots=True)
class ExpectationRule:
    """Tolerance τ ≥ 0 and delight δ > τ in steps of the scale used."""

    tolerance: float = 1.0
    delight: float = 3.0

    def __post_init__(self) -> None:
        if not 0.0 <= self.tolerance < self.delight:
            raise MeasureError("tolerance must be at least 0 and below delight")


TEN_STEPS = ExpectationRule(1.0, 3.0)
FIVE_STEPS = ExpectationRule(0.0, 2.0)

FIVE_ANSWERS = {
    "much_worse": ExpectationState.BELOW,
    "worse": ExpectationState.BELOW,
    "as_expected": ExpectationState.MET,
    "better": ExpectationState.ABOVE,
    "much_better": ExpectationState.DELIGHT,
}
THREE_ANSWERS = {
    "-": ExpectationState.BELOW,
    "0": ExpectationState.MET,
    "+": ExpectationState.ABOVE,
}


@dataclass(frozen=True, slots=True)
class ExpectationSummary:
    """States of n pairs, their mean difference and the count of each state."""

    states: tuple[ExpectationState, ...]
    mean_difference: float
    counts: dict[ExpectationState, int]
    n: int


def expectation_state(perception: float, expectation: float, rule: ExpectationRule = TEN_STEPS) -> ExpectationState:
    """d = P − E on one scale: d < −τ below, |d| ≤ τ met, τ < d < δ above, d ≥ δ delight.

    E must be asked before the service, or flagged as asked afterwards: later answers are biased.
    """
    difference = perception - expectation
    if not -float("inf") < difference < float("inf"):
        raise MeasureError("perception and expectation must be numbers")
    if difference < -rule.tolerance - ROUNDING:
        return ExpectationState.BELOW
    if difference <= rule.tolerance + ROUNDING:
        return ExpectationState.MET
    return ExpectationState.ABOVE if difference < rule.delight - ROUNDING else ExpectationState.DELIGHT


def met_kind(overall: float, *, lowest: float = 1.0, highest: float = 10.0) -> MetKind:
    """Sub-state of `met` from the overall score: fairly satisfied from 7 of 10 (mapped ≥ 66.7) on."""
    if not lowest < highest or not lowest <= overall <= highest:
        raise MeasureError(
            "{overall} is outside the scale {lowest} to {highest}",
            overall=overall,
            lowest=lowest,
            highest=highest,
        )
    mapped = 100.0 * (overall - lowest) / (highest - lowest)
    return MetKind.FAIRLY_SATISFIED if mapped >= FAIRLY_SATISFIED_FROM - ROUNDING else MetKind.ORDINARY


def state_of_answer(answer: str) -> ExpectationState:
    """State of a single five-step (much_worse … much_better) or three-step (-, 0, +) answer."""
    state = FIVE_ANSWERS.get(answer) or THREE_ANSWERS.get({"−": "-"}.get(answer, answer))
    if state is None:
        known = ", ".join((*FIVE_ANSWERS, *THREE_ANSWERS))
        raise MeasureError("“{answer}” is not one of {known}", answer=answer, known=known)
    return state


def expectation_states(
    perceptions: Sequence[float], expectations: Sequence[float], rule: ExpectationRule = TEN_STEPS
) -> ExpectationSummary:
    """States and mean difference of pairs in the same order.

    Raises:
        MeasureError: no pairs, different lengths, or a value that is not a number.
    """
    if len(perceptions) != len(expectations) or not perceptions:
        raise MeasureError("as many expectations as perceptions are needed, at least one pair")
    states = tuple(expectation_state(p, e, rule) for p, e in zip(perceptions, expectations, strict=True))
    counts = {state: states.count(state) for state in ExpectationState}
    return ExpectationSummary(states, (sum(perceptions) - sum(expectations)) / len(states), counts, len(states))
