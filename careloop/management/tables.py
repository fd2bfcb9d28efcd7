"""`import`, `export` and `report`: the same functions as the pages, by the program as actor."""

import argparse
import datetime as dt
import sys
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from django.utils import timezone

from careloop.core import cells, exporting, importing, reporting
from careloop.core import mapping as mappings
from careloop.core.actor import Actor
from careloop.core.errors import DomainError
from careloop.management.cli import DONE, REFUSED, emit
from careloop.management.words import _

SHIPPED = Path(__file__).resolve().parent / "mappings"
SHOWN_PROBLEMS = 20


def take_in(options: argparse.Namespace) -> int:
    """Exit code 1 when rows were rejected; the others are taken all the same."""
    found = importing.run(
        options.kind,
        options.file,
        actor=Actor.system(_("Import"), entrance="import"),
        at=timezone.now(),
        mapping=_mapping(options),
        is_dry=options.dry_run,
        progress=_progress() if sys.stderr.isatty() else None,
    )
    _tell_problems(found, is_dry=options.dry_run)
    counts = found.counts()
    lines = [
        _("Read %(read)d, created %(created)d, updated %(updated)d, unchanged %(unchanged)d, rejected %(rejected)d.")
        % counts
    ]
    if options.dry_run:
        lines.append(_("This was a dry run; nothing was written."))
    if found.rejected_file:
        lines.append(_("The rejected rows with their reasons are in %(path)s") % {"path": found.rejected_file})
    emit(options, counts, lines)
    return REFUSED if found.rejected else DONE


def _mapping(options: argparse.Namespace) -> mappings.Mapping | None:
    found = mappings.read(_mapping_file(options.mapping)) if options.mapping else None
    if options.station:
        if "station" not in {field.name for field in importing.importer(options.kind).fields}:
            raise DomainError(_("These rows name no station of their own; leave out --station."), field="station")
        found = found or mappings.Mapping()
        found = replace(found, constants={**found.constants, "station": options.station})
    return found


def _mapping_file(name: str) -> Path:
    """A file, or the name of a mapping that comes with the program."""
    shipped = SHIPPED / f"{name.removesuffix('.toml')}.toml"
    return shipped if not Path(name).exists() and shipped.exists() and "/" not in name else Path(name)


def _progress() -> Any:
    def show(read: int) -> None:
        print("\r" + _("%(count)d read …") % {"count": read}, end="", file=sys.stderr, flush=True)

    return show


def _tell_problems(found: importing.Outcome, *, is_dry: bool) -> None:
    """A dry run keeps no list, so it tells all that it knows."""
    shown = found.problems if is_dry else found.problems[:SHOWN_PROBLEMS]
    if sys.stderr.isatty():
        print("\r", end="", file=sys.stderr)
    for problem in shown:
        print(problem, file=sys.stderr)
    if found.rejected and len(shown) < found.rejected:
        print(_("… rows rejected in all: %(count)d") % {"count": found.rejected}, file=sys.stderr)
    if found.ignored:
        print(_("Columns that were not used: %(names)s") % {"names": ", ".join(found.ignored)}, file=sys.stderr)


def give_out(options: argparse.Namespace) -> int:
    actor = Actor.system(_("Export"))
    count = exporting.write(
        options.kind, options.file, actor=actor, at=timezone.now(), filters=_filters(options.filter)
    )
    emit(
        options,
        {"rows": count, "file": str(options.file)},
        [_("Rows written to %(path)s: %(count)d") % {"count": count, "path": options.file}],
    )
    return DONE


def report(options: argparse.Namespace) -> int:
    found = reporting.run(
        options.name,
        actor=Actor.system(_("Report")),
        since=_day(options.since, "--from"),
        until=_day(options.until, "--to", after=1),
        options=_filters(options.filter),
    )
    emit(options, found, list(_lines(found)))
    return DONE


def _filters(texts: list[str]) -> dict[str, str]:
    found = {}
    for text in texts:
        name, mark, value = text.partition("=")
        if not mark or not name:
            raise DomainError(_("A filter is written NAME=VALUE, not “%(text)s”.") % {"text": text}, field="filter")
        found[name.strip()] = value.strip()
    return found


def _day(text: str | None, option: str, *, after: int = 0) -> dt.date | None:
    """The day, or with `after` the first day behind it: people name the last day, figures want the end."""
    if text is None:
        return None
    try:
        return cells.date(text) + dt.timedelta(days=after)
    except cells.BadValue as error:
        raise DomainError(f"{option}: {error.reason} {error.remedy}") from error


def _lines(data: Any, depth: int = 0) -> Iterator[str]:
    """Figures as an indented list."""
    indent = "  " * depth
    for name, value in data.items() if isinstance(data, Mapping) else enumerate(data, 1):
        if isinstance(value, Mapping) or (isinstance(value, list | tuple) and value and isinstance(value[0], Mapping)):
            yield f"{indent}{name}:"
            yield from _lines(value, depth + 1)
        elif isinstance(value, list | tuple):
            yield f"{indent}{name}: {', '.join(_shown(one) for one in value)}"
        else:
            yield f"{indent}{name}: {_shown(value)}"


def _shown(value: Any) -> str:
    if value is None:
        return "–"
    return f"{value:.6g}" if isinstance(value, float) else str(value)
