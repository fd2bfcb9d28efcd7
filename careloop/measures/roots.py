"""Root of a continuous function between two points of different sign, to the last digits."""

from __future__ import annotations

import math
from collections.abc import Callable

STEPS = 200
RELATIVE = 1e-14


def find_root(function: Callable[[float], float], low: float, high: float) -> float:
    """A root in [low, high]; the signs at the ends must differ (or one end be a root).

    Inverse quadratic interpolation where it is safe, bisection elsewhere.

    Source: Chandrupatla (1997), Advances in Engineering Software 28(3), 145–149.
    """
    b, a = low, high
    fb, fa = function(b), function(a)
    c, fc, share = a, fa, 0.5
    for _ in range(STEPS):
        if fa == 0.0 or fb == 0.0:
            break
        point = a + share * (b - a)
        value = function(point)
        if math.copysign(1.0, value) == math.copysign(1.0, fa):
            c, fc = a, fa
        else:
            c, b, fc, fb = b, a, fb, fa
        a, fa = point, value
        best = a if abs(fa) < abs(fb) else b
        width = abs(b - a)
        tolerance = RELATIVE * abs(best) + 1e-300
        if value == 0.0 or width <= 2.0 * tolerance:
            break
        share = _share(a, b, c, fa, fb, fc)
        share = min(max(share, tolerance / width), 1.0 - tolerance / width)
    return a if abs(fa) < abs(fb) else b


def _share(a: float, b: float, c: float, fa: float, fb: float, fc: float) -> float:
    """Part of the way from a to b to go: interpolated when the three points are well placed."""
    if c in (a, b) or fc in (fa, fb):
        return 0.5
    xi, phi = (a - b) / (c - b), (fa - fb) / (fc - fb)
    if not (phi**2 < xi and (1.0 - phi) ** 2 < 1.0 - xi):
        return 0.5
    first = fa / (fb - fa) * fc / (fb - fc)
    return first + (c - a) / (b - a) * fa / (fc - fa) * fb / (fc - fb)
