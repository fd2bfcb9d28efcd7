"""F29: figures of a follow-up wave (call-backs after service)."""

from __future__ import annotations

from dataclasses import dataclass

from careloop.measures.errors import MeasureError
from careloop.measures.intervals import Share, wilson


@dataclass(frozen=True, slots=True)
class FollowUp:
    """Five shares, each with k, n and Wilson's interval; a share without cases has a reason.

    coverage: done in window ÷ due; contact: reached ÷ tried; response: valid answers ÷ due;
    dissatisfied: dissatisfied ÷ valid answers; answered: handed over and answered in time ÷ dissatisfied.
    """

    coverage: Share
    contact: Share
    response: Share
    dissatisfied: Share
    answered: Share


def follow_up(
    *,
    due: int,
    done_in_window: int,
    tried: int,
    reached: int,
    valid_answers: int,
    dissatisfied: int,
    answered_in_time: int,
    level: float = 0.95,
) -> FollowUp:
    """Compute the figures of one wave from its counts.

    Args:
        due: contacts planned for the period, the population; no row is ever removed.
        done_in_window: of those, carried out inside their window.
        tried: contacts attempted.
        reached: of those, customer reached.
        valid_answers: questionnaires that can be evaluated.
        dissatisfied: of those, dissatisfied.
        answered_in_time: of those, handed over and answered by the department in time (24 h).

    Raises:
        MeasureError: a count is negative or larger than the count it is a part of.
    """
    parts = (
        ("done_in_window", done_in_window, "due", due),
        ("reached", reached, "tried", tried),
        ("valid_answers", valid_answers, "due", due),
        ("dissatisfied", dissatisfied, "valid_answers", valid_answers),
        ("answered_in_time", answered_in_time, "dissatisfied", dissatisfied),
    )
    for name, part, whole_name, whole in parts:
        if part < 0 or part > whole:
            raise MeasureError(
                "{name} is {part}, but must be between 0 and {whole_name} ({whole})",
                name=name,
                part=part,
                whole_name=whole_name,
                whole=whole,
            )
    shares = [wilson(part, whole, level=level) for _, part, _, whole in parts]
    return FollowUp(*shares)
