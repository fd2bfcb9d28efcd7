"""Move indexes and constraints of a migration into the `CreateModel` beside them.

`makemigrations` leaves them as operations of their own, and each of them renders all related models anew: 130 of them
cost twenty seconds at the first start and at each run of the tests. The tables that come out are the same.

    python tools/tidy_migrations.py [careloop/cases/migrations/0001_initial.py …]
"""

import importlib
import os
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "careloop.settings")

import django  # noqa: E402  # reason: after the path is set
from django.db.migrations import operations  # noqa: E402  # reason: as above
from django.db.migrations.writer import MigrationWriter  # noqa: E402  # reason: as above


def tidy(path: Path) -> bool:
    """True when the file was written anew."""
    module = ".".join(path.resolve().relative_to(ROOT).with_suffix("").parts)
    migration = importlib.import_module(module).Migration(path.stem, path.parts[-3])
    merged = merge(migration.operations)
    if len(merged) == len(migration.operations):
        return False
    migration.operations = merged
    path.write_text(MigrationWriter(migration, include_header=False).as_string(), encoding="utf-8")
    return True


def merge(steps: list[Any]) -> list[Any]:
    """Into the model's creation, unless something in between changed that model or runs code."""
    kept: list[Any] = []
    created: dict[str, operations.CreateModel] = {}
    for step in steps:
        target = created.get(getattr(step, "model_name", "").lower())
        if isinstance(step, operations.AddIndex | operations.AddConstraint) and target is not None:
            name = "indexes" if isinstance(step, operations.AddIndex) else "constraints"
            value = step.index if isinstance(step, operations.AddIndex) else step.constraint
            target.options.setdefault(name, []).append(value)
            continue
        if isinstance(step, operations.CreateModel):
            created[step.name.lower()] = step
        elif isinstance(step, operations.RunPython | operations.RunSQL):
            created.clear()
        elif hasattr(step, "model_name"):
            created.pop(step.model_name.lower(), None)
        kept.append(step)
    return kept


if __name__ == "__main__":
    django.setup()
    given = [Path(name) for name in sys.argv[1:]] or sorted(ROOT.glob("careloop/*/migrations/0*.py"))
    for file in given:
        if tidy(file):
            print(file)
