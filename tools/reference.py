"""The generated pages of docs/reference: settings, state tables with diagrams, rights and roles, events, REST.

`python tools/reference.py` writes them; `--check` names those that are no longer true and fails. The pages are made
from the tables that the program itself reads, so they cannot say anything else.
"""

import atexit
import json
import os
import shutil
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterator
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "docs" / "reference"
MADE = "Written by `make docs`; not edited by hand."


def prepare() -> None:
    """Django with settings of its own: no data is read, nothing of this machine gets into the pages."""
    sys.path.insert(0, str(ROOT))
    for name in [name for name in os.environ if name.startswith("CARELOOP_")]:
        del os.environ[name]
    home = os.environ["CARELOOP_HOME"] = tempfile.mkdtemp(prefix="careloop-reference-")
    atexit.register(shutil.rmtree, home, ignore_errors=True)
    os.environ["DJANGO_SETTINGS_MODULE"] = "careloop.settings"
    import django  # app ready: only after the environment is set
    from django.apps import apps
    from django.utils import translation

    django.setup()
    translation.activate("en")
    for config in apps.get_app_configs():
        if config.name.startswith("careloop.") and find_spec(f"{config.name}.states"):
            import_module(f"{config.name}.states")


def settings_page() -> str:
    from careloop.settings import OPTIONS  # app ready: only after the environment is set

    lines = ["# Settings\n", MADE, "\nEnvironment variables; all of them may be left out.\n"]
    lines += ["| Name | If left out | Meaning |", "| --- | --- | --- |"]
    lines += [f"| `{o.name}` | {f'`{o.default}`' if o.default else ''} | {cell(o.meaning)} |" for o in OPTIONS]
    return "\n".join(lines) + "\n"


def states_page() -> str:
    from careloop.core import flow  # app ready: only after the environment is set

    lines = ["# State tables\n", MADE, "\nButtons, API and enforcement read the same rows."]
    for table in sorted(flow.REGISTRY, key=lambda table: table.entity):
        lines += [f"\n## {table.entity}\n", "```mermaid", "stateDiagram-v2", *diagram(table), "```\n"]
        lines += ["| Step | From | To | Right | |", "| --- | --- | --- | --- | --- |", *rows(table)]
    return "\n".join(lines) + "\n"


def diagram(table: Any) -> Iterator[str]:
    for state in table.states:
        yield f"    {state.value}: {state.label}"
    for step in table.transitions:
        for source in sorted(step.sources):
            if step.target in table.states.values:
                yield f"    {source or '[*]'} --> {step.target}: {step.action}"
    for state in table.states.values:
        if state in table.final:
            yield f"    {state} --> [*]"


def rows(table: Any) -> Iterator[str]:
    label = {
        "": "(start)",
        None: "stays",
        "←": "back",
        "↶": "the state before",
        **{s.value: s.label for s in table.states},
    }
    for step in table.transitions:
        sources = ", ".join(str(label[source]) for source in sorted(step.sources, key=order(table)))
        right = f"`{step.permission}`" if step.permission else "the program itself"
        notes = ["asks for a reason"] if step.needs_reason else []
        notes += [f"guard: {guard.__name__.replace('_', ' ')}" for guard in step.guards if hasattr(guard, "__name__")]
        name = f"`{step.action}` {cell(str(step.label))}"
        yield f"| {name} | {sources} | {label[step.target]} | {right} | {'; '.join(notes)} |"


def order(table: Any) -> Any:
    values = ["", *table.states.values]
    return lambda state: values.index(state)


def rights_page() -> str:
    from careloop.accounts.roles import DEFAULTS  # app ready: only after the environment is set

    holders: dict[str, list[str]] = defaultdict(list)
    for role in DEFAULTS:
        for permission in dict.fromkeys(role.permissions):
            holders[permission].append(str(role.name))
    lines = ["# Rights and roles\n", MADE, "\nThe roles as they come; they are rows and may be changed. A person may"]
    lines += ["hold several. What separates persons in one case is a guard of the state tables, not a right.\n"]
    lines += ["| Right | Held by |", "| --- | --- |"]
    for permission in sorted(holders):
        everybody = len(holders[permission]) == len(DEFAULTS)
        lines.append(f"| `{permission}` | {'everybody' if everybody else ', '.join(holders[permission])} |")
    wide = ", ".join(str(role.name) for role in DEFAULTS if role.all_stations)
    return "\n".join([*lines, f"\nThese see all stations: {wide}."]) + "\n"


def work_page() -> str:
    from django.conf import settings  # app ready: only after the environment is set
    from django.utils.module_loading import import_string

    lines = ["# Reactions and sweeps\n", MADE, "\nWho reacts to which event (`careloop/wiring.py`):\n"]
    lines += ["| Event | Handlers |", "| --- | --- |"]
    for kind, paths in sorted(import_string(settings.WIRING).items()):
        names = ", ".join(f"`{path.removeprefix('careloop.')}`" for path in paths)
        lines.append(f"| `{kind}` | {names} |")
    lines += ["\nWhat the worker looks for (`careloop/schedule.py`):\n", "| Sweep | Every |", "| --- | --- |"]
    lines += [f"| `{sweep.name}` | {sweep.every} |" for sweep in import_string(settings.SCHEDULE)]
    return "\n".join(lines) + "\n"


def openapi() -> str:
    from careloop.api.urls import api  # app ready: only after the environment is set

    return json.dumps(api.get_openapi_schema(), indent=1, ensure_ascii=False, default=str, sort_keys=True) + "\n"


def cell(text: str) -> str:
    return " ".join(text.replace("|", "/").split())


PAGES = {
    "settings.md": settings_page,
    "states.md": states_page,
    "rights.md": rights_page,
    "work.md": work_page,
    "openapi.json": openapi,
}


def main(arguments: list[str]) -> int:
    prepare()
    FOLDER.mkdir(parents=True, exist_ok=True)
    old = 0
    for name, make in PAGES.items():
        path, text = FOLDER / name, make()
        if path.exists() and path.read_text("utf-8") == text:
            continue
        old += 1
        if "--check" in arguments:
            print(f"docs/reference/{name} is out of date; run: make docs")
        else:
            path.write_text(text, "utf-8")
            print(f"docs/reference/{name} written")
    return int(bool(old) and "--check" in arguments)


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
