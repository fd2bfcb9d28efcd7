"""One task with careloop.measures: prints seconds, peak memory and figures as JSON.

python -m bench.measures.ours TASK FOLDER
"""

from __future__ import annotations

import json
import os
import resource
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from careloop.measures.bgnbd import expected_purchases, fit_bgnbd, probability_alive
from careloop.measures.commands.calendars import special_days
from careloop.measures.demand import forecast
from careloop.measures.demand_choice import choose
from careloop.measures.grouped import grouped_index
from careloop.measures.pls import path_model
from careloop.measures.structural_index import structural_index
from careloop.measures.survival import kaplan_meier
from careloop.measures.weibull import fit_weibull
from careloop.measures.working_time import WorkingTime

BLOCKS = {
    name: [f"{name.lower()}{i + 1}" for i in range(count)]
    for name, count in (("IMAG", 5), ("EXPE", 5), ("QUAL", 5), ("VAL", 4), ("SAT", 4), ("LOY", 4))
}
PATHS = [
    ("IMAG", "EXPE"), ("IMAG", "SAT"), ("IMAG", "LOY"), ("EXPE", "QUAL"), ("EXPE", "VAL"), ("EXPE", "SAT"),
    ("QUAL", "VAL"), ("QUAL", "SAT"), ("VAL", "SAT"), ("SAT", "LOY"),
]  # fmt: skip
HOURS = [("08:30", "12:00"), ("13:00", "17:30")]
Data = dict[str, Any]


def bgnbd(data: Data) -> Data:
    model = fit_bgnbd(data["x"], data["t_x"], data["T"])
    alive = probability_alive(model, data["x"], data["t_x"], data["T"])
    return {"r": model.r, "alpha": model.alpha, "a": model.a, "b": model.b, "mean_alive": float(alive.mean()),
            "alive_sample": alive[:200].tolist()}  # fmt: skip


def bgnbd_expected(data: Data) -> Data:
    model = fit_bgnbd(data["x"], data["t_x"], data["T"])
    expected = expected_purchases(model, 39.0, data["x"], data["t_x"], data["T"])
    return {"mean_expected": float(expected.mean())}


def demand_methods(data: Data) -> Data:
    series = data["series"][:2000]
    return {m: forecast(series, m).tolist() for m in ("sba", "tsb")}


def demand(data: Data) -> Data:
    series = data["series"]
    found = {m: float(forecast(series, m).mean()) for m in ("sba", "tsb")}
    chosen = choose(series)
    return {**found, "auto": float(chosen.forecasts.mean()), "mase": float(np.nanmean(chosen.mase))}


def answers(data: Data) -> Data:
    result = grouped_index(data["station"], data["levels"], [0.3, 0.25, 0.2, 0.15, 0.1], groups=1000)
    return {"mean_index": float(result.index.mean()), "mean_low": float(result.low.mean())}


def survey(data: Data) -> Data:
    model = path_model(BLOCKS, PATHS)
    result = structural_index(data["data"], model, bootstrap=500, seed=1)
    return {"paths": [p.value for p in result.paths], "r2": {c.name: c.r2 for c in result.constructs if c.r2}}


def pairs(data: Data) -> Data:
    special, years = special_days(None)
    calendar = WorkingTime("workday", HOURS, special, years)
    start, end = (data[k].astype("datetime64[s]") for k in ("start", "end"))
    return {"total": int(calendar.minutes_between_many(start, end).sum())}


def lives(data: Data) -> Data:
    fit = fit_weibull(data["time"], data["failed"])
    curve = kaplan_meier(data["time"], data["failed"])
    return {"beta": fit.beta, "eta": fit.eta, "median": curve.median}


TASKS: dict[str, tuple[str, Callable[[Data], Data]]] = {
    "bgnbd": ("bgnbd", bgnbd),
    "bgnbd_small": ("bgnbd_small", bgnbd),
    "bgnbd_expected": ("bgnbd", bgnbd_expected),
    "demand": ("demand", demand),
    "demand_methods": ("demand", demand_methods),
    "answers": ("answers", answers),
    "survey": ("survey", survey),
    "pairs": ("pairs", pairs),
    "lives": ("lives", lives),
}


def processor_seconds() -> float:
    """User and system time of this process and of the children it waited for."""
    return sum(os.times()[:4])


def peak_memory() -> float:
    """Peak of this process in MiB (getrusage would count the parent before the exec)."""
    try:
        status = Path("/proc/self/status").read_text(encoding="ascii")
        return int(status.split("VmHWM:")[1].split()[0]) / 1024
    except (OSError, IndexError):
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main(task: str, folder: str) -> None:
    file, run = TASKS[task]
    with np.load(Path(folder) / f"{file}.npz") as stored:
        data = {name: stored[name] for name in stored.files}
    begin = processor_seconds()
    figures = run(data)
    seconds = processor_seconds() - begin
    print(json.dumps({"seconds": seconds, "memory_mib": peak_memory(), "figures": figures}))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
