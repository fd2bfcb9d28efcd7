"""A new row as `save(force_insert=True)` writes it, by a statement that is built once for each model.

Building the statement of a request with its sixty columns costs more than sending it. Columns that were never
given anything but a constant default stand in the statement as text, so that a row sends only what it says.
"""

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection, models
from django.db.models import Field

from careloop.core import bulk


@dataclass(frozen=True, slots=True)
class _Statement:
    """`row`: the marks of one row; `sent`: places of the columns whose values are sent, each with what turns it into
    the driver's value."""

    head: str
    row: str
    tail: str
    sent: tuple[tuple[int, Callable[[Any], Any]], ...]
    said: frozenset[int]


class _Inserting:
    """How rows of one model are written. The columns that are sent only ever grow, so a few statements serve all."""

    def __init__(self, model: type[models.Model]):
        self.model = model
        self.columns = [f for f in model._meta.concrete_fields if not f.generated and not f.primary_key]
        self.defaults = [bulk.default_of(column) for column in self.columns]
        self.statement = self._built({n for n, default in enumerate(self.defaults) if not bulk.is_constant(default)})

    def write(self, objs: Sequence[models.Model]) -> list[int]:
        """Their ids, in their order."""
        rows = [[column.pre_save(obj, True) for column in self.columns] for obj in objs]
        statement = self.statement
        told = {
            n for row in rows for n, value in enumerate(row) if n not in statement.said and value != self.defaults[n]
        }
        if told:
            statement = self.statement = self._built(told | statement.said)
        sql = f"{statement.head}{', '.join([statement.row] * len(rows))}{statement.tail}"
        with connection.cursor() as cursor:
            cursor.execute(sql, [convert(row[n]) for row in rows for n, convert in statement.sent])
            return sorted(int(found[0]) for found in cursor.fetchall())

    def _built(self, said: set[int] | frozenset[int]) -> _Statement:
        quote = connection.ops.quote_name
        names = ", ".join(quote(str(column.column)) for column in self.columns)
        marks = ", ".join("%s" if n in said else bulk.literal(self.defaults[n]) for n in range(len(self.columns)))
        meta = self.model._meta
        key = quote(str(meta.pk.column if meta.pk else ""))
        return _Statement(
            f"INSERT INTO {quote(meta.db_table)} ({names}) VALUES ",
            f"({marks})",
            f" RETURNING {key}",
            tuple((n, _converter(self.columns[n])) for n in sorted(said)),
            frozenset(said),
        )


QUICK: tuple[tuple[tuple[type, ...], tuple[type, ...]], ...] = (
    ((models.CharField, models.TextField), (str,)),
    ((models.BooleanField,), (bool,)),
    ((models.DateTimeField,), (dt.datetime,)),
    ((models.JSONField,), (dict, list)),
)
"""Kinds of columns, and values of them that need not go through Django's own preparation."""


def _converter(column: "Field[Any, Any]") -> Callable[[Any], Any]:
    """Whole numbers go through Django: it keeps the width of their column, and each width is a prepared statement."""
    kind = column.target_field if isinstance(column, models.ForeignKey) else column
    quick = next((quick for kinds, quick in QUICK if isinstance(kind, kinds)), ())
    convert = bulk.converter(column)

    def converted(value: Any) -> Any:
        return convert(value) if value is None or type(value) in quick else column.get_db_prep_save(value, connection)

    return converted


_KNOWN: dict[type[models.Model], _Inserting] = {}


def insert(obj: models.Model) -> None:
    """Write a new object; it has its id afterwards.

    Raises:
        IntegrityError: a constraint of the table.
    """
    insert_all([obj])


def insert_all(objs: Sequence[models.Model]) -> None:
    """The same for some objects of one model, by one statement."""
    if not objs:
        return
    model = type(objs[0])
    inserting = _KNOWN.get(model)
    if inserting is None:
        inserting = _KNOWN[model] = _Inserting(model)
    for obj in objs:
        checked: Any = obj
        checked._prepare_related_fields_for_save(operation_name="save")  # as `save` does: refuses one without id
    for obj, pk in zip(objs, inserting.write(objs), strict=True):
        obj.pk = pk
        obj._state.adding, obj._state.db = False, connection.alias
