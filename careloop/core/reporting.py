"""Figures by name, for the command line and for programs. Apps register theirs in `AppConfig.ready`."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from django.utils.functional import Promise
from django.utils.translation import gettext as _

from careloop.core.actor import Actor
from careloop.core.errors import DomainError, NotFound


class Compute(Protocol):
    """The figure as plain data (JSON). `until` is the first day after the period; None: open on that side."""

    def __call__(
        self, actor: Actor, *, since: dt.date | None, until: dt.date | None, options: Mapping[str, str]
    ) -> Mapping[str, Any]: ...


@dataclass(frozen=True, slots=True)
class Report:
    """`options`: further narrowing that may be given, `station`, `source`…"""

    name: str
    label: str | Promise
    permission: str
    run: Compute
    options: Sequence[str] = ()


_REPORTS: dict[str, Report] = {}


def register(report: Report) -> None:
    _REPORTS[report.name] = report


def names() -> list[str]:
    return sorted(_REPORTS)


def run(
    name: str, *, actor: Actor, since: dt.date | None, until: dt.date | None, options: Mapping[str, str]
) -> Mapping[str, Any]:
    """Raises NotFound, PermissionRefused, or DomainError: unknown option, or a period that ends before it begins."""
    if name not in _REPORTS:
        raise NotFound(
            _("There is no report “%(name)s”. Possible are: %(names)s.") % {"name": name, "names": ", ".join(names())}
        )
    report = _REPORTS[name]
    actor.require(report.permission)
    unknown = sorted(set(options) - set(report.options))
    if unknown:
        raise DomainError(
            _("There is no filter “%(name)s” here. Possible are: %(filters)s.")
            % {"name": unknown[0], "filters": ", ".join(report.options)},
            field="filter",
        )
    if since is not None and until is not None and until <= since:
        raise DomainError(_("The period ends before it begins."), field="to")
    return report.run(actor, since=since, until=until, options=options)
