"""F7: Kano classes of features from pairs of functional and dysfunctional answers."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from careloop.measures.errors import MeasureError, Message

ANSWERS = ("like", "must", "neutral", "live", "dislike")
TABLE = ("QAAAO", "RIIIM", "RIIIM", "RIIIM", "RRRRQ")  # rows functional, columns dysfunctional
CLASSES = "MOAIRQ"  # order of preference when counts are equal
FONG = 1.65


@dataclass(frozen=True, slots=True)
class KanoResult:
    """Class of one feature.

    `better` and `worse` are None with a reason when no answer falls in A, O, M or I. `label` is
    the class, or "M/A" when the two largest counts do not differ enough (`stable` False).
    """

    category: str
    label: str
    better: float | None
    worse: float | None
    counts: dict[str, int]
    n: int
    stable: bool
    needed_difference: float
    total_strength: float
    category_strength: float
    reason: Message | None = None


def kano_cell(functional: int, dysfunctional: int) -> str:
    """Class of one pair; answers 1 like, 2 must-be, 3 neutral, 4 live-with, 5 dislike.

    Source: Berger et al. (1993), Center for Quality of Management Journal 2(4).
    """
    if not (1 <= functional <= 5 and 1 <= dysfunctional <= 5):
        raise MeasureError("Kano answers are 1 to 5 or like, must, neutral, live, dislike")
    return TABLE[functional - 1][dysfunctional - 1]


def kano_from_pairs(pairs: Sequence[tuple[int, int]]) -> KanoResult:
    """Class of a feature from (functional, dysfunctional) answers."""
    cells = [kano_cell(*pair) for pair in pairs]
    return kano_from_counts({letter: cells.count(letter) for letter in CLASSES})


def kano_from_counts(counts: Mapping[str, int]) -> KanoResult:
    """Class of a feature from counts of A, O, M, I, R, Q.

    Class = most frequent, ties M > O > A > I. Better = (A+O)/(A+O+M+I),
    Worse = −(O+M)/(A+O+M+I). The class is stable when the two largest counts a, b differ by at
    least 1.65·√((a+b)(2n−a−b)/2n). Total strength = (A+O+M)/n, category strength = (a−b)/n.

    Raises:
        MeasureError: unknown class, negative count, no answers.

    Source: Sauerwein et al. (1996); stability: Fong (1996).
    """
    if set(counts) - set(CLASSES) or min(counts.values(), default=0) < 0:
        raise MeasureError("counts are needed per class A, O, M, I, R, Q, none negative")
    full = {letter: int(counts.get(letter, 0)) for letter in CLASSES}
    n = sum(full.values())
    if n == 0:
        raise MeasureError("there are no valid answers")
    ranked = sorted(CLASSES, key=lambda letter: -full[letter])
    first, second = ranked[0], ranked[1]
    top, next_count = full[first], full[second]
    needed = FONG * math.sqrt((top + next_count) * (2 * n - top - next_count) / (2 * n))
    stable = top - next_count >= needed
    base = full["A"] + full["O"] + full["M"] + full["I"]
    reason = None if base else Message("all answers are reversed or questionable, so there is no coefficient")
    return KanoResult(
        category=first,
        label=first if stable else f"{first}/{second}",
        better=(full["A"] + full["O"]) / base if base else None,
        worse=-(full["O"] + full["M"]) / base if base else None,
        counts=full,
        n=n,
        stable=stable,
        needed_difference=needed,
        total_strength=(full["A"] + full["O"] + full["M"]) / n,
        category_strength=(top - next_count) / n,
        reason=reason,
    )
