"""Taking over records from files: the engine, and what an app gives it to do so.

An app writes one `Importer` per kind in its `imports.py` and registers it by path in `AppConfig.ready`:

    importing.register("customers", "careloop.customers.imports.CustomerImporter")

The engine reads the file, finds the columns (mapping file, else names and aliases), converts the cells, knows what came
before (`core.ImportKey`: kind, source and key → record and digest), and hands portions of rows to `load`, inside one
transaction each. A row is taken whole or rejected whole; a portion that fails is tried again row by row.

    class CustomerImporter:
        kind = "customers"
        label = gettext_lazy("Customers")
        permission = "customers.change_customer"
        key = ("code",)                                  # fields that tell records apart without a mapping
        fields = (
            Field("code", _l("customer number"), aliases=("客户编号", "customer no")),
            Field("name", _l("name"), is_required=True, longest=120, aliases=("客户名称", "公司名称")),
            Field("type", _l("type"), kind="choice", choices={"company": ("公司", "企业"), "person": ("个人",)}),
            Field("founded_on", _l("founded on"), kind="date"),
        )

        def __init__(self) -> None: ...                  # one instance per run: look-ups may be kept on self

        def load(self, rows, *, actor, at, source):      # inside a transaction; one answer per row, in their order
            return [self._load(row, actor, at) for row in rows]

        def _load(self, row, actor, at):
            if row.object_id is None:
                made = services.create_customer(actor=actor, at=at, **row.values)
                return Done("created", made.pk)
            changed = services.update_customer(row.object_id, actor=actor, at=at, **row.values)
            return Done("updated" if changed else "unchanged", row.object_id)

`load` rejects one row by answering `Rejected(field, reason, remedy)`; it may also raise DomainError, ValidationError or
let the database refuse: the engine then finds the row at fault by itself. Rows whose digest did not change since the
last run never reach `load`. `row.values` holds only fields the file has; None is a blank cell: leave what is there.
"""

import datetime as dt
import logging
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any, Literal, Protocol

from django.core.exceptions import ValidationError
from django.db import DatabaseError, OperationalError, transaction
from django.utils.functional import Promise
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _

from careloop.core import bulk, search_aside
from careloop.core.actor import Actor
from careloop.core.errors import DomainError, NotFound
from careloop.core.importing_lists import Rejects, Seen
from careloop.core.importing_rows import Reading
from careloop.core.importing_types import Field, Incoming, Item, PastEvent, Problem, stored_key
from careloop.core.mapping import Mapping as MappingFile
from careloop.core.models import ImportKey

logger = logging.getLogger(__name__)

PORTION = 500  # rows in one transaction; others write while the next portion is read
TRIES = 3

Status = Literal["created", "updated", "unchanged"]
__all__ = ["Done", "Field", "Importer", "Incoming", "Outcome", "PastEvent", "Problem", "Rejected", "register", "run"]


@dataclass(frozen=True, slots=True)
class Done:
    status: Status
    object_id: int


@dataclass(frozen=True, slots=True)
class Rejected:
    """`field`: name of ours, shown as their column; empty: the whole row."""

    field: str
    reason: str
    remedy: str = ""


Answer = Done | Rejected


class Importer(Protocol):
    kind: str
    label: str | Promise
    permission: str
    key: Sequence[str]
    fields: Sequence[Field]

    def load(self, rows: Sequence[Incoming], *, actor: Actor, at: dt.datetime, source: str) -> Sequence[Answer]: ...


@dataclass(slots=True)
class Outcome:
    """What became of a file. `problems`: the first of the rejected rows; `ignored`: columns nobody asked for."""

    read: int = 0
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    rejected: int = 0
    rejected_file: str | None = None
    problems: list[Problem] = field(default_factory=list)
    ignored: tuple[str, ...] = ()

    def counts(self) -> dict[str, Any]:
        """As `careloop import --json` prints it."""
        names = ("read", "created", "updated", "unchanged", "rejected", "rejected_file")
        return {name: getattr(self, name) for name in names}


_PATHS: dict[str, str] = {}


def register(kind: str, path: str) -> None:
    """Name the importer class of a kind; it is imported when it is needed."""
    _PATHS[kind] = path


def kinds() -> list[str]:
    return sorted(_PATHS)


def importer(kind: str) -> Importer:
    """Raises NotFound: nobody takes over this kind; the text lists the kinds."""
    if kind not in _PATHS:
        raise NotFound(
            _("“%(kind)s” cannot be imported. Possible are: %(kinds)s.") % {"kind": kind, "kinds": ", ".join(kinds())}
        )
    made: Importer = import_string(_PATHS[kind])()
    return made


def run(
    kind: str,
    path: Path,
    *,
    actor: Actor,
    at: dt.datetime,
    mapping: MappingFile | None = None,
    is_dry: bool = False,
    progress: Callable[[int], None] | None = None,
) -> Outcome:
    """Take over a file; with `is_dry` say only what would happen.

    Rejected rows are written to `FILE.rejected.csv`: their own columns, the line and the reasons. A file without
    rejected rows removes the list of an earlier run.

    Raises:
        DomainError: the file or the mapping cannot be used at all; nothing was changed.
        PermissionRefused: not allowed to this actor.
    """
    takes = importer(kind)
    actor.require(takes.permission)
    mapped = mapping or MappingFile()
    reading = Reading(path, takes.fields, takes.key, mapped)
    outcome = Outcome(ignored=reading.columns.ignored)
    rejects = Rejects(path, reading.columns.names, is_kept=not is_dry)
    loading = _Loading(takes, mapped.name, actor, at, is_dry, reading, rejects, outcome)
    with reading, rejects, search_aside.second_process():
        items = reading.items(rejects)
        while portion := list(islice(items, PORTION)):
            loading.take(portion)
            if progress is not None:
                progress(reading.read)
    outcome.read, outcome.rejected = reading.read, rejects.records
    outcome.problems, outcome.rejected_file = rejects.problems, rejects.kept_as()
    return outcome


class _Loading:
    """Portions of records on their way into the database."""

    def __init__(
        self, takes: Importer, source: str, actor: Actor, at: dt.datetime, is_dry: bool,
        reading: Reading, rejects: Rejects, outcome: Outcome,
    ):  # fmt: skip
        self.takes, self.source, self.actor, self.at = takes, source, actor, at
        self.is_dry, self.reading, self.rejects, self.outcome = is_dry, reading, rejects, outcome
        self.seen = Seen()

    def take(self, items: list[Item]) -> None:
        """A key that comes twice within the portion ends the portion before it, so that the first one is known."""
        portion: list[Item] = []
        keys: set[str] = set()
        for item in items:
            if item.key in keys:
                self._portion(portion)
                portion, keys = [], set()
            portion.append(item)
            keys.add(item.key)
        self._portion(portion)

    def _portion(self, items: list[Item]) -> None:
        fresh = [item for item in items if not self._is_repeated(item)]
        if not fresh:
            return
        try:
            answers = self._tried(fresh)
        except (DomainError, ValidationError, DatabaseError, ValueError, TypeError, LookupError):
            answers = [self._alone(item) for item in fresh]
        for item, answer in zip(fresh, answers, strict=True):
            self._count(item, answer)

    def _is_repeated(self, item: Item) -> bool:
        """The same key earlier in this file: the same record once more, or a contradiction."""
        earlier = self.seen.get(item.key)
        if earlier is None:
            return False
        line, digest = earlier
        if digest == item.digest:
            self.outcome.unchanged += 1
        else:
            reason = _("Line %(line)d has the same key with other values.") % {"line": line}
            self._reject(item, Rejected("", reason, _("Keep one of the two.")))
        return True

    def _tried(self, items: list[Item]) -> Sequence[Answer]:
        """Somebody else may hold the database for a moment; that is no fault of a row."""
        for left in range(TRIES - 1, -1, -1):
            try:
                return self._written(items)
            except OperationalError:
                if not left:
                    raise
                time.sleep(0.5)
        raise AssertionError

    def _alone(self, item: Item) -> Answer:
        try:
            return self._tried([item])[0]
        except OperationalError:
            raise
        except (DomainError, ValidationError, DatabaseError, ValueError, TypeError, LookupError) as error:
            return _refusal(error)

    def _written(self, items: list[Item]) -> Sequence[Answer]:
        with transaction.atomic():
            known = self._known(items)
            answers: dict[str, Answer] = {}
            waiting = []
            for item in items:
                old = known.get(item.key)
                if old is not None and old.digest == item.digest:
                    answers[item.key] = Done("unchanged", old.object_id)
                else:
                    waiting.append(item.incoming(self.source, old.object_id if old else None))
            found = self.takes.load(waiting, actor=self.actor, at=self.at, source=self.source) if waiting else []
            answers.update({row.key: answer for row, answer in zip(waiting, found, strict=True)})
            self._remember(items, answers, known)
            if self.is_dry:
                transaction.set_rollback(True)
        return [answers[item.key] for item in items]

    def _known(self, items: list[Item]) -> dict[str, ImportKey]:
        keys = {stored_key(item.key): item.key for item in items}
        rows = ImportKey.objects.filter(kind=self.takes.kind, source=self.source, key__in=list(keys))
        return {keys[row.key]: row for row in rows}

    def _remember(self, items: list[Item], answers: Mapping[str, Answer], known: Mapping[str, ImportKey]) -> None:
        new: list[tuple[object, ...]] = []
        changed = []
        for item in items:
            answer, old = answers[item.key], known.get(item.key)
            if isinstance(answer, Rejected) or (old is not None and old.digest == item.digest):
                continue
            if old is None:
                new.append((self.takes.kind, self.source, stored_key(item.key), answer.object_id, item.digest, self.at))
            else:
                old.object_id, old.digest, old.at = answer.object_id, item.digest, self.at
                changed.append(old)
        if new:
            bulk.insert(ImportKey, ("kind", "source", "key", "object_id", "digest", "at"), new)
        if changed:
            ImportKey.objects.bulk_update(changed, ["object_id", "digest", "at"])

    def _count(self, item: Item, answer: Answer) -> None:
        if isinstance(answer, Rejected):
            self._reject(item, answer)
            return
        self.seen.put(item.key, item.line, item.digest)
        setattr(self.outcome, answer.status, getattr(self.outcome, answer.status) + 1)

    def _reject(self, item: Item, why: Rejected) -> None:
        column = self.reading.columns.column_of(why.field)
        self.rejects.add(item.rows, [Problem(item.line, column, why.reason, why.remedy)])


def _refusal(error: Exception) -> Rejected:
    """Why a row was not taken, in words."""
    if isinstance(error, DomainError):
        if error.details:
            name, message = next(iter(error.details.items()))
            return Rejected(name, str(message))
        return Rejected(error.field or "", str(error.message))
    if isinstance(error, ValidationError):
        if hasattr(error, "error_dict"):
            name, messages = next(iter(error.message_dict.items()))
            return Rejected(name, " ".join(messages))
        return Rejected("", " ".join(error.messages))
    logger.warning("a row was refused by %s: %s", type(error).__name__, str(error)[:300])
    remedy = _("Compare it with a row that was taken; something in it contradicts itself or another record.")
    return Rejected("", _("The database refused the row (%(what)s).") % {"what": type(error).__name__}, remedy)
