"""Tables that leave the house: apps say what a row is, the command line and the pages write it to a file.

Register in `AppConfig.ready`:
`exporting.register(Export("customers", _l("Customers"), "customers.export_customer", …)`.
"""

import datetime as dt
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _

from careloop.core import access, tabular
from careloop.core.actor import Actor
from careloop.core.errors import DomainError, NotFound


@dataclass(frozen=True, slots=True)
class Export:
    """`rows(actor, filters)` gives exactly what the list of the page shows under the same filters, without a cap.

    `columns`: headers in the order of the cells. `filters`: names that may be given; values are text, as in a URL.
    """

    kind: str
    label: str | Promise
    permission: str
    columns: Sequence[str | Promise]
    rows: Callable[[Actor, Mapping[str, str]], Iterator[Sequence[Any]]]
    filters: Sequence[str] = ()


_EXPORTS: dict[str, Export] = {}


def register(export: Export) -> None:
    _EXPORTS[export.kind] = export


def kinds() -> list[str]:
    return sorted(_EXPORTS)


def named(kind: str) -> Export:
    """Raises NotFound: nothing is exported under this name; the text lists the names."""
    if kind not in _EXPORTS:
        raise NotFound(
            _("“%(kind)s” cannot be exported. Possible are: %(kinds)s.") % {"kind": kind, "kinds": ", ".join(kinds())}
        )
    return _EXPORTS[kind]


def write(kind: str, path: Path, *, actor: Actor, at: dt.datetime, filters: Mapping[str, str]) -> int:
    """Write CSV, XLSX or Parquet by the ending of `path`; return the number of rows. The export is logged.

    Raises:
        DomainError: unknown filter, format or folder.
        PermissionRefused: the actor may not take these data away.
    """
    export = named(kind)
    actor.require(export.permission)
    unknown = sorted(set(filters) - set(export.filters))
    if unknown:
        raise DomainError(
            _("There is no filter “%(name)s” here. Possible are: %(filters)s.")
            % {"name": unknown[0], "filters": ", ".join(export.filters)},
            field="filter",
        )
    count = tabular.write_table(path, [str(name) for name in export.columns], export.rows(actor, filters))
    detail = {"kind": kind, "filter": dict(filters), "file": path.name}
    access.log("export", actor=actor, at=at, rows=count, detail=detail)
    return count
