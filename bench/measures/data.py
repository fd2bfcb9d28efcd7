"""Seeded data of the benchmarks, written once as .npz."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

SIZES = {"bgnbd_small": 100_000, "bgnbd": 1_000_000, "demand": (100_000, 60), "answers": 2_000_000, "pairs": 1_000_000}


def histories(customers: int, seed: int) -> dict[str, Any]:
    """Repeat purchases of customers who follow BG/NBD with the parameters of the CDNOW paper, in weeks."""
    rng = np.random.default_rng(seed)
    rate, leave = rng.gamma(0.243, 1 / 4.414, customers), rng.beta(0.793, 2.426, customers)
    total = rng.integers(27 * 7, 39 * 7, customers) / 7.0
    x, t_x, now = np.zeros(customers), np.zeros(customers), np.zeros(customers)
    active = np.ones(customers, dtype=bool)
    while active.any():
        rows = np.flatnonzero(active)
        now[rows] += rng.exponential(1 / rate[rows])
        bought = now[rows] <= total[rows]
        active[rows[~bought]] = False
        rows = rows[bought]
        x[rows] += 1
        t_x[rows] = now[rows]
        active[rows[rng.random(rows.size) < leave[rows]]] = False
    return {"x": x, "t_x": t_x, "T": total}


def demand(series: int, periods: int) -> dict[str, Any]:
    """Intermittent demand of parts with different frequency and size."""
    rng = np.random.default_rng(3)
    chance = rng.beta(1.2, 3.0, (series, 1))
    size = rng.gamma(1.0, 6.0, (series, 1)) + 1.0
    quantity = rng.poisson(size, (series, periods)) + 1.0
    return {"series": np.where(rng.random((series, periods)) < chance, quantity, 0.0)}


def answers(respondents: int) -> dict[str, Any]:
    """Five items on five levels, 0 = not applicable, at 1 000 stations."""
    rng = np.random.default_rng(4)
    levels = rng.choice(np.arange(6, dtype=np.int8), (respondents, 5), p=[0.04, 0.03, 0.06, 0.17, 0.35, 0.35])
    return {"station": rng.integers(0, 1000, respondents), "levels": levels}


def pairs(count: int) -> dict[str, Any]:
    """Start and end of clocks over three years, in seconds since 1970."""
    rng = np.random.default_rng(5)
    begin = np.datetime64("2024-01-01", "s").astype(np.int64) + rng.integers(0, 900 * 86_400, count)
    return {"start": begin, "end": begin + rng.integers(0, 60 * 86_400, count)}


def lives(count: int) -> dict[str, Any]:
    """Right-censored Weibull lives."""
    rng = np.random.default_rng(6)
    time, until = 1000 * rng.weibull(2.5, count), rng.uniform(300, 2000, count)
    return {"time": np.minimum(time, until), "failed": (time <= until).astype(float)}


def survey() -> dict[str, Any]:
    """250 respondents × 27 indicators of six constructs on 1–10."""
    rng = np.random.default_rng(7)
    image = rng.normal(size=250)
    expectation = 0.6 * image + 0.8 * rng.normal(size=250)
    quality = 0.8 * expectation + 0.6 * rng.normal(size=250)
    value = 0.7 * quality + 0.7 * rng.normal(size=250)
    satisfaction = 0.3 * image + 0.5 * value + 0.6 * rng.normal(size=250)
    loyalty = 0.3 * image + 0.5 * satisfaction + 0.7 * rng.normal(size=250)
    columns = [
        factor + 0.6 * rng.normal(size=250)
        for factor, count in zip(
            (image, expectation, quality, value, satisfaction, loyalty), (5, 5, 5, 4, 4, 4), strict=True
        )
        for _ in range(count)
    ]
    return {"data": np.clip(np.round(6.5 + 1.6 * np.column_stack(columns)), 1, 10)}


def write(folder: Path) -> None:
    """All files that are not there yet."""
    folder.mkdir(parents=True, exist_ok=True)
    makers = {
        "bgnbd_small": lambda: histories(SIZES["bgnbd_small"], 1),
        "bgnbd": lambda: histories(SIZES["bgnbd"], 2),
        "demand": lambda: demand(*SIZES["demand"]),
        "answers": lambda: answers(SIZES["answers"]),
        "pairs": lambda: pairs(SIZES["pairs"]),
        "lives": lambda: lives(20_000),
        "survey": survey,
    }
    for name, make in makers.items():
        path = folder / f"{name}.npz"
        if not path.exists():
            np.savez(path, **make())
