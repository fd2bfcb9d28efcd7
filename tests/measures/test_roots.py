"""Root finding to the last digits."""

from __future__ import annotations

import math

import pytest

from careloop.measures.roots import find_root


@pytest.mark.parametrize(
    ("function", "low", "high", "root"),
    [
        (lambda x: x * x - 2.0, 0.0, 2.0, math.sqrt(2.0)),
        (lambda x: math.exp(-x) - 1e-6, 0.0, 100.0, 6 * math.log(10.0)),
        (lambda x: 1.0 if x < 0.25 else -1.0, 0.0, 1.0, 0.25),
        (lambda x: (x - 1.0) ** 3, -5.0, 30.0, 1.0),
        (lambda x: x, 0.0, 1.0, 0.0),
    ],
)
def test_roots(function, low, high, root):
    calls = []

    def counted(x):
        calls.append(x)
        return function(x)

    assert find_root(counted, low, high) == pytest.approx(root, rel=1e-9, abs=1e-4 if root == 1.0 else 1e-12)
    assert len(calls) < 150
