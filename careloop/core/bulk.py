"""Many rows at once, for imports and measurements: `executemany` on SQLite, COPY on PostgreSQL.

Model defaults apply, `save()` does not run; database constraints hold as always. Callers are services, inside their
transaction.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from django.db import connection, models, transaction
from django.db.models import NOT_PROVIDED, Field


def reserve_ids(model: type[models.Model], count: int) -> Sequence[int]:
    """`count` free primary keys, given to nobody else while the transaction is open."""
    if not transaction.get_connection().in_atomic_block:
        raise RuntimeError("reserve_ids needs a transaction")
    table = model._meta.db_table
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":  # the write lock is ours: BEGIN IMMEDIATE
            cursor.execute("SELECT seq FROM sqlite_sequence WHERE name = %s", [table])
            found = cursor.fetchall()
            first = (found[0][0] if found else 0) + 1
            return range(first, first + count)
        cursor.execute(
            "SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)", [table, count])
        return [row[0] for row in cursor.fetchall()]


def insert(model: type[models.Model], names: Sequence[str], rows: Iterable[Sequence[Any]]) -> int:
    """Write rows of the fields `names` (`customer_id` or `customer`, `id` too); the other columns take their default.

    Values are what the model holds: Decimal, aware datetime, date, list or dict for JSON. Returns the count.

    Raises:
        IntegrityError: a constraint of the table; nothing of this call is written when the caller's block ends.
    """
    given = {field_of(model, name): place for place, name in enumerate(names)}
    fields = [f for f in model._meta.concrete_fields if f in given or (not f.primary_key and not f.generated)]
    constants = [None if f in given else _prepared(f)(_default(f)) for f in fields]
    places = [given.get(f, -1) for f in fields]
    prepare = [_prepared(f) if f in given else None for f in fields]

    def line(row: Sequence[Any]) -> list[Any]:
        return [
            constant if convert is None else convert(row[place])
            for constant, place, convert in zip(constants, places, prepare, strict=True)
        ]

    return _write(model._meta.db_table, [str(f.column) for f in fields], (line(row) for row in rows))


def field_of(model: type[models.Model], name: str) -> "Field[Any, Any]":
    """The column `name` of the model: `customer` and `customer_id` are the same."""
    return next(f for f in model._meta.concrete_fields if name in (f.name, f.attname))


def _default(field: "Field[Any, Any]") -> Any:
    if field.default is NOT_PROVIDED and not field.null and field.empty_strings_allowed:
        return ""
    return field.get_default()


def _same(value: Any) -> Any:
    return value


def _prepared(field: "Field[Any, Any]") -> Callable[[Any], Any]:
    """The value as the driver takes it; plain columns pass through without a call into Django."""
    kind = field.target_field if isinstance(field, models.ForeignKey) else field
    if isinstance(kind, models.IntegerField | models.AutoField | models.BooleanField):
        return _same
    if isinstance(kind, models.CharField | models.TextField):
        return _same
    return lambda value: None if value is None else field.get_db_prep_save(value, connection)


def _write(table: str, columns: Sequence[str], lines: Iterator[list[Any]]) -> int:
    listed = ", ".join(f'"{name}"' for name in columns)
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            marks = ", ".join(["%s"] * len(columns))
            rows = list(lines)
            cursor.executemany(f'INSERT INTO "{table}" ({listed}) VALUES ({marks})', rows)
            return len(rows)
        count = 0
        with cursor.copy(f'COPY "{table}" ({listed}) FROM STDIN') as copy:  # psycopg's own cursor underneath
            for line in lines:
                copy.write_row(line)
                count += 1
        return count
