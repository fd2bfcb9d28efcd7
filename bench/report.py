"""bench/README.md from the results: ratios first, then what was measured, with the command that made it."""

import datetime as dt
import os
import platform
from pathlib import Path
from typing import Any

TARGET = Path(__file__).parent / "README.md"
OPERATIONS = ("create", "list", "open", "search word", "search 2 characters")
GOALS_LIMIT = 2.5
GOALS_PEER = {"create": 3, "list": 40, "open": 4, "search word": 35, "search 2 characters": 35}
GOAL_PAGE, GOAL_GROWTH = 2.0, 1.3

INTRO = """# Speed

Made by `{command}` on {day} (Python {python}, {cores} cores that also run the clients and the database).
Run it yourself: `make bench`. Times are medians over HTTP with keep-alive connections, driven by wrk, of
the middle one of three rounds.
**Trust the ratios, which come from one run, before the milliseconds.**

The *limit* is a bare ASGI application that sends the same recorded SQL through psycopg and answers JSON.
The *peer* is django-helpdesk on the same PostgreSQL server with the same texts; its list and search are asked for
as its own page does.
"""


def p50(results: dict[str, Any], key: str, name: str, clients: int = 1) -> float | None:
    rows = results.get(key, {}).get(name, [])
    return next((row["p50"] for row in rows if row["clients"] == clients), None)


def ratio(a: float | None, b: float | None) -> float | None:
    return a / b if a and b else None


def cell(value: float | None, goal: float, *, at_most: bool) -> str:
    if value is None:
        return "–"
    good = value <= goal if at_most else value >= goal
    return f"**{value:.1f}×**" if good else f"{value:.1f}× (goal missed)"


def write(results: dict[str, Any], alone: dict[str, dict[str, float]], command: str) -> None:
    sizes = sorted({int(key.split()[1]) for key in results})
    small, large = sizes[0], sizes[-1]
    lines = [INTRO.format(command=command, day=dt.date.today(), python=platform.python_version(), cores=os.cpu_count())]
    own, limit, peer = (f"postgresql {small} {who}" for who in ("careloop", "limit", "peer"))
    if own in results:
        lines += ratios(results, own, limit, peer)
    lines += growth(results, small, large)
    lines += by_itself(alone)
    lines += ["## Everything measured", ""]
    for key, rows in results.items():
        lines += table(key, rows)
    TARGET.write_text("\n".join(lines) + "\n")
    print(f"wrote {TARGET}")


def ratios(results: dict[str, Any], own: str, limit: str, peer: str) -> list[str]:
    head = [
        f"## Against the limit and against a peer ({own.split()[1]} cases, PostgreSQL, one client)", "",
        "| | CareLoop ms | limit ms | CareLoop / limit (goal ≤ 2.5) | peer ms | peer / CareLoop | goal |",
        "|---|---|---|---|---|---|---|",
    ]  # fmt: skip
    for name in OPERATIONS:
        a, b, c = (p50(results, key, name) for key in (own, limit, peer))
        goal = GOALS_PEER[name]
        head.append(
            f"| {name} | {number(a)} | {number(b)} | {cell(ratio(a, b), GOALS_LIMIT, at_most=True)} | {number(c)} | "
            f"{cell(ratio(c, a), goal, at_most=False)} | ≥ {goal}× |"
        )
    page = ratio(p50(results, own, "page of 50"), p50(results, own, "list"))
    return [
        *head,
        "",
        f"Full page of 50 rows against the API list: {cell(page, GOAL_PAGE, at_most=True)} (goal ≤ 2×).",
        "",
    ]


def growth(results: dict[str, Any], small: int, large: int) -> list[str]:
    if small == large:
        return []
    lines = [f"## {large} cases against {small}", "", "| | SQLite | PostgreSQL | goal |", "|---|---|---|---|"]
    for name in (*OPERATIONS, "page of 50"):
        cells = [
            cell(
                ratio(p50(results, f"{e} {large} careloop", name), p50(results, f"{e} {small} careloop", name)),
                GOAL_GROWTH,
                at_most=True,
            )
            for e in ("sqlite", "postgresql")
        ]
        lines.append(f"| {name} | {cells[0]} | {cells[1]} | ≤ 1.3× |")
    return [*lines, ""]


def by_itself(alone: dict[str, dict[str, float]]) -> list[str]:
    if not alone:
        return []
    idle, load = alone["idle"], alone["import"]
    first = load["customers first"] + load["machines first"]
    return [
        "## Start, memory, import (SQLite)", "",
        "| | measured | goal |", "|---|---|---|",
        f"| `careloop up` on an empty folder until it answers, s | {idle['seconds until it answers']:.1f} | |",
        f"| web and worker, idle, MiB | {idle['MiB idle']:.0f} | < 250 |",
        f"| 100 000 customers with a contact person each, s | {load['customers first']:.0f} | |",
        f"| 100 000 machines, s | {load['machines first']:.0f} | |",
        f"| both, s | {first:.0f} | ≤ 60 |",
        f"| both files once more (nothing changes), s | {load['customers again'] + load['machines again']:.0f} | |",
        "",
    ]  # fmt: skip


def table(key: str, rows: dict[str, Any]) -> list[str]:
    engine, size, who = key.split()
    lines = [
        f"### {who}, {engine}, {size} cases", "",
        "| | clients | p50 ms | p95 ms | requests/s | CPU ms/request | database CPU ms/request | memory MiB |",
        "|---|---|---|---|---|---|---|---|",
    ]  # fmt: skip
    for name, measured in rows.items():
        for row in measured:
            lines.append(
                f"| {name} | {row['clients']} | {row['p50']:.2f} | {row['p95']:.2f} | {row['per_second']:.0f} | "
                f"{row['cpu_ms']:.2f} | {row['database_cpu_ms']:.2f} | {row['memory_mib']:.0f} |"
            )
    return [*lines, ""]


def number(value: float | None) -> str:
    return "–" if value is None else f"{value:.2f}"
