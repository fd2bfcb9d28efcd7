"""`make bench-measures`: time, memory and agreement of the formulas with reference libraries.

The reference libraries are installed in an environment of their own under bench/work. Every task runs
in a new process on one core, and processor time is counted, so that other work on the machine does
not change the figures; a goal that is missed or a result that differs ends with 1.
"""

from __future__ import annotations

import json
import math
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.measures import data

ROOT = Path(__file__).resolve().parents[2]
WORK = ROOT / "bench" / "work"
FOLDER = WORK / "measures"
VENV = WORK / "measures-venv"
PACKAGES = ("lifetimes==0.11.3", "statsforecast==2.1.1", "lifelines==0.30.3", "plspm==0.5.7")
MEMORY_MIB = 2048
ONE_CORE = {name: "1" for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS")}


@dataclass(frozen=True)
class Task:
    """A task with its goal in seconds, and the tolerance against the reference (None = no reference)."""

    name: str
    label: str
    goal: float | None
    tolerance: float | None = None
    ratio: float | None = None


TASKS = (
    Task("bgnbd_small", "BG/NBD fit + P(alive), 100 000 customers (lifetimes)", None, 1e-3, 20.0),
    Task("bgnbd", "BG/NBD fit + P(alive), 1 000 000 customers", 10.0),
    Task("bgnbd_expected", "… + expected purchases of all", None),
    Task("demand_methods", "SBA and TSB, 2 000 parts × 60 (statsforecast)", None, 1e-9),
    Task("demand", "SBA, TSB and chooser, 100 000 parts × 60 months", 20.0),
    Task("answers", "F1–F3 with intervals, 10 000 000 answers, 1 000 stations", 5.0),
    Task("survey", "PLS, 500 resamples, 250 × 27 (plspm)", 5.0, 1e-5),
    Task("pairs", "working-time minutes, 1 000 000 pairs", 3.0),
    Task("lives", "Weibull and Kaplan–Meier, 20 000 lives (lifelines)", None, 1e-4),
)


def child(command: list[str]) -> dict[str, Any]:
    """Run one task on one core and read its JSON."""
    pinned = ["taskset", "-c", "0", *command] if shutil.which("taskset") else command
    done = subprocess.run(pinned, cwd=ROOT, env={**os.environ, **ONE_CORE}, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"{' '.join(command)} failed:\n{done.stderr[-3000:]}")
    found: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    return found


def reference_python() -> Path:
    """The interpreter of the reference environment, installed on first use."""
    python = VENV / "bin" / "python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", str(VENV)], check=True)
        subprocess.run([str(python), "-m", "pip", "install", "-q", *PACKAGES], check=True)
    return python


def numbers(figures: Any) -> Iterator[float]:
    """All numbers of a result in a fixed order."""
    if isinstance(figures, dict):
        for name in sorted(figures):
            yield from numbers(figures[name])
    elif isinstance(figures, list):
        for value in figures:
            yield from numbers(value)
    else:
        yield float(figures)


def largest_difference(first: Any, second: Any) -> float:
    """Largest difference relative to the size of the numbers (absolute below 1)."""
    sides = zip(numbers(first), numbers(second), strict=True)
    return max(abs(a - b) / max(1.0, abs(b)) if math.isfinite(b) else math.inf for a, b in sides)


def main() -> int:
    data.write(FOLDER)
    python = reference_python()
    lines = [
        "| task | seconds | goal | MiB | reference | ratio | largest difference |",
        "|---|---|---|---|---|---|---|",
    ]
    missed = []
    for task in TASKS:
        own = child([sys.executable, "-m", "bench.measures.ours", task.name, str(FOLDER)])
        cells = [
            task.label,
            f"{own['seconds']:.2f}",
            f"≤ {task.goal:g}" if task.goal else "",
            f"{own['memory_mib']:.0f}",
        ]
        if task.goal is not None and own["seconds"] > task.goal:
            missed.append(f"{task.label}: {own['seconds']:.1f} s")
        if own["memory_mib"] > MEMORY_MIB:
            missed.append(f"{task.label}: {own['memory_mib']:.0f} MiB")
        if task.tolerance is not None:
            other = child([str(python), str(Path(__file__).with_name("reference.py")), task.name, str(FOLDER)])
            ratio = other["seconds"] / own["seconds"]
            difference = largest_difference(own["figures"], other["figures"])
            cells += [f"{other['seconds']:.2f} s", f"{ratio:.0f}×", f"{difference:.1e} (≤ {task.tolerance:g})"]
            if difference > task.tolerance:
                missed.append(f"{task.label}: differs by {difference:.1e}")
            if task.ratio is not None and ratio < task.ratio:
                missed.append(f"{task.label}: only {ratio:.1f} times as fast")
        else:
            cells += ["", "", ""]
        lines.append("| " + " | ".join(cells) + " |")
        print(lines[-1], flush=True)
    (FOLDER / "results.md").write_text("\n".join(lines) + "\n", encoding="utf-8")
    print(f"table written to {FOLDER / 'results.md'}; copy it to docs/measures.speed.md for the manual")
    for text in missed:
        print(f"MISSED: {text}", file=sys.stderr)
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
