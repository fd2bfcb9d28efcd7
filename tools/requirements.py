"""Which test shows which requirement: `python tools/requirements.py`.

Collects the `req` markers of the tests, prints a summary and writes docs/requirements.md. Titles come from
`requirements.csv` in the folder `shared` beside the repository (or CARELOOP_REQUIREMENTS); without that file
the titles already in the page are kept.
"""

import csv
import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "requirements.md"
TARGET = "REQUIREMENTS_TARGET"  # where the collecting process leaves what it found
ROW = re.compile(r"^\| (R\d+) \| (.*?) \| (.*) \|$")

INTRODUCTION = """\
# Requirements and their tests

Written by `make requirements`; not edited by hand. A test stands here when it carries the marker
`@pytest.mark.req("R…")`: it then does what the requirement's check says, through a page, the API or the command line.

"""


def pytest_collection_finish(session: Any) -> None:
    """As a pytest plugin: leave `{"R63": ["tests/…::test_…", …]}` in the target file."""
    found: dict[str, set[str]] = {}
    for item in session.items:
        for marker in item.iter_markers("req"):
            for number in marker.args:
                found.setdefault(number, set()).add(item.nodeid.partition("[")[0])
    if TARGET in os.environ:
        Path(os.environ[TARGET]).write_text(json.dumps({key: sorted(value) for key, value in found.items()}))


def collect() -> dict[str, list[str]]:
    """Tests by requirement; raises SystemExit with pytest's own words when collecting fails."""
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / "found.json"
        command = [sys.executable, "-m", "pytest", "--collect-only", "-q", "-p", "tools.requirements", "tests", "e2e"]
        done = subprocess.run(
            command, cwd=ROOT, env={**os.environ, TARGET: str(target)}, capture_output=True, text=True
        )
        if done.returncode not in (0, 5) or not target.exists():
            raise SystemExit(f"the tests could not be collected:\n{done.stdout[-3000:]}{done.stderr[-2000:]}")
        return dict(json.loads(target.read_text()))


def titles() -> dict[str, str] | None:
    """Requirement texts, or None where the list is not at hand."""
    path = Path(os.environ.get("CARELOOP_REQUIREMENTS") or ROOT.parent / "shared" / "requirements.csv")
    if not path.is_file():
        return None
    with path.open(encoding="utf-8", newline="") as file:
        return {row["id"]: row["requirement"] for row in csv.DictReader(file)}


def titles_in(page: str) -> dict[str, str]:
    return {match[1]: match[2] for line in page.splitlines() if (match := ROW.match(line))}


def short(text: str, length: int = 110) -> str:
    """The beginning of `text`, fit for a cell of a table."""
    plain = " ".join(text.replace("|", "/").replace("*", "").split())
    return plain if len(plain) <= length else plain[:length].rsplit(" ", 1)[0] + " …"


def page(found: Mapping[str, Iterable[str]], names: Mapping[str, str]) -> str:
    lines = [INTRODUCTION, "| Number | Requirement | Shown by |\n", "| --- | --- | --- |\n"]
    for number in sorted(found, key=rank):
        tests = "<br>".join(f"`{test}`" for test in found[number])
        lines.append(f"| {number} | {names.get(number, '')} | {tests} |\n")
    return "".join(lines)


def rank(number: str) -> tuple[int, str]:
    digits = re.sub(r"\D", "", number)
    return int(digits or 0), number


def main() -> int:
    found, known = collect(), titles()
    before = PAGE.read_text("utf-8") if PAGE.exists() else ""
    if known is None:
        print("requirements.csv is not beside the repository (../shared): titles are those of the page")
    names = titles_in(before) if known is None else {number: short(text) for number, text in known.items()}
    unknown = sorted(set(found) - set(known), key=rank) if known is not None else []
    for number in unknown:
        print(f"{number}: no such requirement; named by {', '.join(found[number])}")
    for number in sorted(found, key=rank):
        print(f"{number}: {len(found[number])} test{'s' if len(found[number]) > 1 else ''}")
    print(f"{len(found)} requirements shown" + (f" of {len(known)}" if known is not None else ""))
    PAGE.parent.mkdir(exist_ok=True)
    PAGE.write_text(page(found, names), "utf-8")
    return int(bool(unknown))


if __name__ == "__main__":
    raise SystemExit(main())
