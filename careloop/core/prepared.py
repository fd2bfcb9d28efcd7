"""Reads that every request of a busy program makes: the ORM builds their statement once, later it is only filled in.

Building a statement of forty columns and ten joins takes the ORM ten times as long as sending it (1.5 ms against
0.1 ms); what is read stays as fresh as by any other query. See docs/adr/0009-prepared-reads.md.
"""

import copy
import datetime as dt
from collections.abc import Callable, Hashable
from dataclasses import dataclass, replace
from functools import cached_property, partial
from operator import attrgetter, itemgetter
from types import SimpleNamespace
from typing import Any, Generic, TypeVar

from django.core.exceptions import EmptyResultSet
from django.db import connections, models
from django.db.models import QuerySet

from careloop.core.actor import Actor

R = TypeVar("R")
MOST = 200  # statements, and shared rows, of one read
FIRST_MARK = -2_000_000_000  # no id and no value of ours; fits every whole-number column


class Prepared(Generic[R]):
    """A read made by `build`, which returns a queryset of instances, dicts or tuples.

    Keyword values (texts, whole numbers, tuples of them, actors) are filled in anew at each call; `build` must pass
    each of them on as it is, not as part of a pattern and not as a limit. Positional values decide what the statement
    looks like: each combination has one of its own, so they should be few.
    """

    def __init__(self, build: Callable[..., "QuerySet[Any, R]"]):
        self.build = build
        self.statements: dict[Hashable, _Statement] = {}
        self.known: dict[Hashable, R] = {}

    def __call__(self, *shape: Hashable, **values: Any) -> list[R]:
        return self._statement(shape, values).rows(values)

    def first(self, *shape: Hashable, **values: Any) -> R | None:
        """The first row; `build` limits what is read."""
        return next(iter(self(*shape, **values)), None)

    def unread(self, *shape: Hashable, **values: Any) -> "list[Unread[R]]":
        """The rows as the driver gives them, for a list that has most of them ready already."""
        return self._statement(shape, values).unread(values)

    def shared(self, *shape: Hashable, **values: Any) -> list[R]:
        """Rows of the same values are the same objects, in every thread: for settings that nobody changes in place."""
        rows = self.unread(*shape, **values)
        if len(self.known) >= MOST:
            self.known.clear()
        return [self.known.get((shape, row.key)) or self.known.setdefault((shape, row.key), row.read()) for row in rows]

    def _statement(self, shape: tuple[Hashable, ...], values: dict[str, Any]) -> "_Statement":
        key = (*shape, *(_shape(value) for value in values.values()))
        statement = self.statements.get(key)
        if statement is None:
            if len(self.statements) >= MOST:
                self.statements.clear()
            statement = self.statements[key] = _Statement(partial(self.build, *shape), values)
        return statement


@dataclass(frozen=True, slots=True)
class Unread(Generic[R]):
    """A row whose values were not made into Python's yet, of which dates and times cost the most.

    `key`: the values as they came; rows of one read with the same key are the same. The first column is the id.
    """

    key: tuple[Any, ...]
    read: Callable[[], R]

    @property
    def pk(self) -> int:
        return int(self.key[0])


class _Statement:
    """One statement with the places of its values."""

    def __init__(self, build: Callable[..., Any], values: dict[str, Any]):
        marks = _Marks()
        queryset = build(**{name: marks.instead_of(name, value) for name, value in values.items()})
        self.queryset: Any = queryset
        self.compiler: Any = queryset.query.get_compiler(queryset.db)
        try:
            self.sql, params = self.compiler.as_sql()
        except EmptyResultSet:  # these rights see nothing
            self.sql = ""
            return
        self.params = [marks.fill_of(param) for param in params]
        self.converters: Any = None
        if missing := marks.missing():
            raise RuntimeError(f"prepared read: {', '.join(sorted(missing))} is not in the statement as it was given")

    def rows(self, values: dict[str, Any]) -> list[Any]:
        if not self.sql:
            return []
        filled = self._filled(values)
        return self._iterated(as_sql=lambda *_args, **_options: (self.sql, filled))

    def unread(self, values: dict[str, Any]) -> list[Unread[Any]]:
        if not self.sql:
            return []
        connection = connections[self.queryset.db]
        with connection.cursor() as cursor:
            if connection.vendor == "postgresql":
                as_text(cursor.cursor)
            cursor.execute(self.sql, self._filled(values))
            return [Unread(row, partial(self._read, row)) for row in cursor.fetchall()]

    def _filled(self, values: dict[str, Any]) -> tuple[Any, ...]:
        return tuple(fill(values) for fill in self.params)

    def _read(self, row: tuple[Any, ...]) -> Any:
        """What the ORM makes of the values of one row."""
        if connections[self.queryset.db].vendor == "postgresql":
            row = tuple(
                dt.datetime.fromisoformat(value) if is_moment and value is not None else value
                for value, is_moment in zip(row, self.moments, strict=True)
            )
        return self._iterated(execute_sql=lambda *_args, **_options: [[row]])[0]

    @cached_property
    def moments(self) -> list[bool]:
        """Which columns hold a moment in time."""
        return [isinstance(column.output_field, models.DateTimeField) for column, *_rest in self.compiler.select]

    def _iterated(self, **instead: Callable[..., Any]) -> list[Any]:
        """What the ORM makes of the rows that its compiler reads, with some of its methods replaced."""
        compiler = copy.copy(self.compiler)
        compiler.connection = connections[self.queryset.db]  # each thread has its own
        vars(compiler).update(instead)
        compiler.get_converters = partial(self._converters, compiler.get_converters)
        query = copy.copy(self.queryset.query)
        query.get_compiler = lambda *_args, **_options: compiler
        reader = SimpleNamespace(**{**vars(self.queryset), "query": query, "db": self.queryset.db})
        return list(self.queryset._iterable_class(reader))

    def _converters(self, find: Callable[[Any], Any], fields: Any) -> Any:
        """The columns are always the same, and so is what becomes of their values."""
        if self.converters is None:
            self.converters = find(fields)
        return self.converters


def as_text(cursor: Any) -> None:
    """Have psycopg leave moments as the text that the server sends."""
    from psycopg.types.string import TextLoader  # slow: not needed with SQLite

    cursor.adapters.register_loader("timestamptz", TextLoader)


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a value of a call goes: `read` takes it from the argument `name`."""

    name: str
    read: Callable[[Any], Any]
    may_miss: bool = False

    def fill(self, values: dict[str, Any]) -> Any:
        return self.read(values[self.name])


class _Marks:
    """Values that stand for the real ones while the statement is built."""

    def __init__(self) -> None:
        self.places: dict[Any, _Place] = {}
        self.found: set[_Place] = set()

    def instead_of(self, name: str, value: Any) -> Any:
        if isinstance(value, Actor):
            return self._actor(name, value)
        if isinstance(value, tuple):
            return tuple(self._mark(_Place(name, itemgetter(i)), part) for i, part in enumerate(value))
        return value if value is None else self._mark(_Place(name, _same), value)

    def _actor(self, name: str, actor: Actor) -> Actor:
        """Who he is and his stations are filled in; rights belong to the shape. A rule need not ask for all of it."""
        readers = [partial(_station, i) for i in range(len(actor.stations or ()))]
        stations = frozenset(self._mark(_Place(name, read, may_miss=True), 0) for read in readers)
        ids = {
            field: self._mark(_Place(name, attrgetter(field), may_miss=True), 0)
            for field in ("user_id", "person_id")
            if getattr(actor, field) is not None
        }
        return replace(actor, stations=actor.stations and stations, **ids)

    def _mark(self, place: _Place, value: Any) -> Any:
        number = FIRST_MARK - len(self.places)
        mark = f"\x1f{number}" if isinstance(value, str) else number
        self.places[mark] = place
        return mark

    def fill_of(self, param: Any) -> Callable[[dict[str, Any]], Any]:
        """How to get this parameter from the values of a call; a constant of the statement stays what it is."""
        if not isinstance(param, (str, int)) or param not in self.places:
            return lambda _values: param
        place = self.places[param]
        self.found.add(place)
        kind: Any = type(param)  # PostgreSQL's whole numbers have a class for each width
        return place.fill if kind in (str, int) else lambda values: kind(place.fill(values))

    def missing(self) -> set[str]:
        return {p.name for p in self.places.values() if not p.may_miss and p not in self.found}


def _same(value: Any) -> Any:
    return value


def _station(index: int, actor: Actor) -> int:
    return sorted(actor.stations or ())[index]


def _shape(value: Any) -> Hashable:
    """What the statement depends on: of an actor his rights and the number of his stations, else whether it is None."""
    if isinstance(value, Actor):
        stations = None if value.stations is None else len(value.stations)
        known = (value.person_id is None, value.user_id is None, value.is_system)
        return (value.permissions, value.roles, value.department_ids, stations, known)
    if isinstance(value, tuple):
        return len(value)
    if value is None:
        return None
    if isinstance(value, (str, int)) and not isinstance(value, bool):
        return type(value).__name__
    raise TypeError(f"prepared read: {value!r} cannot be filled in; pass it as a part of the shape")
