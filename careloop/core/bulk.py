"""Many rows at once, for imports and measurements: `executemany` on SQLite, COPY on PostgreSQL.

Model defaults apply, `save()` does not run; database constraints hold as always. Callers are services, inside their
transaction.
"""

import datetime as dt
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from decimal import Context, Decimal
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
        cursor.execute("SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)", [table, count])
        return [row[0] for row in cursor.fetchall()]


def insert(model: type[models.Model], names: Sequence[str], rows: Iterable[Sequence[Any]]) -> int:
    """Write rows of the fields `names` (`customer_id` or `customer`, `id` too); the other columns take their default.

    Values are what the model holds: Decimal, aware datetime, date, list or dict for JSON. Returns the count.

    Raises:
        IntegrityError: a constraint of the table; nothing of this call is written when the caller's block ends.
    """
    given = [field_of(model, name) for name in names]
    others = [f for f in model._meta.concrete_fields if f not in given and not f.primary_key and not f.generated]
    constants = [converter(f)(default_of(f)) for f in others]
    prepare = [converter(f) for f in given]
    columns = [str(f.column) for f in (*given, *others)]
    return _write(model._meta.db_table, columns, _converted(rows, prepare), constants)


def _converted(rows: Iterable[Sequence[Any]], prepare: Sequence[Callable[[Any], Any]]) -> Iterator[Sequence[Any]]:
    """Most columns pass as they are; only the others are touched."""
    changing = [(place, convert) for place, convert in enumerate(prepare) if convert is not _same]
    if not changing:
        yield from rows
        return
    for row in rows:
        line = list(row)
        for place, convert in changing:
            line[place] = convert(line[place])
        yield line


def field_of(model: type[models.Model], name: str) -> "Field[Any, Any]":
    """The column `name` of the model: `customer` and `customer_id` are the same."""
    return next(f for f in model._meta.concrete_fields if name in (f.name, f.attname))


def default_of(field: "Field[Any, Any]") -> Any:
    if field.default is NOT_PROVIDED and not field.null and field.empty_strings_allowed:
        return ""
    return field.get_default()


def _same(value: Any) -> Any:
    return value


def converter(field: "Field[Any, Any]") -> Callable[[Any], Any]:
    """The value as the driver takes it; plain columns pass through without a call into Django."""
    kind = field.target_field if isinstance(field, models.ForeignKey) else field
    if isinstance(kind, models.IntegerField | models.AutoField | models.BooleanField):
        return _same
    if isinstance(kind, models.CharField | models.TextField):
        return _same
    if isinstance(kind, models.JSONField) and connection.vendor == "sqlite" and kind.encoder is None:
        return lambda value: None if value is None else _json(value)
    if isinstance(kind, models.DateTimeField):
        return _remembered(_text_of_time) if connection.vendor == "sqlite" else _same
    prepare = _remembered(lambda value: None if value is None else field.get_db_prep_save(value, connection))
    if isinstance(kind, models.DecimalField) and connection.vendor == "sqlite":
        return _fixed(kind, prepare)
    return prepare


_json = json.JSONEncoder().encode


def _text_of_time(value: dt.datetime | None) -> str | None:
    """An aware time as Django writes it into SQLite: UTC without its mark."""
    return None if value is None else str(value.astimezone(dt.UTC).replace(tzinfo=None))


def _fixed(field: "models.DecimalField[Any, Any]", prepare: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Amounts as Django writes them into SQLite; InvalidOperation: too many digits."""
    digits, step = Context(prec=field.max_digits), Decimal(1).scaleb(-(field.decimal_places or 0))

    def text(value: Any) -> Any:
        return f"{value.quantize(step, context=digits):f}" if type(value) is Decimal else prepare(value)

    return text


def _remembered(convert: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Dates, times and amounts come again and again in a load."""
    known: dict[Any, Any] = {}

    def look_up(value: Any) -> Any:
        try:
            return known[value]
        except KeyError:
            if len(known) > 5000:
                known.clear()
            known[value] = convert(value)
            return known[value]
        except TypeError:  # a list or dict
            return convert(value)

    return look_up


def _write(table: str, columns: Sequence[str], lines: Iterator[Sequence[Any]], constants: Sequence[Any]) -> int:
    """The first columns come from `lines`, the last ones are the same in every row."""
    listed = ", ".join(f'"{name}"' for name in columns)
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            rows = list(lines)
            marks = ", ".join(["%s"] * (len(columns) - len(constants)) + [literal(value) for value in constants])
            cursor.executemany(f'INSERT INTO "{table}" ({listed}) VALUES ({marks})', rows)
            return len(rows)
        count, tail = 0, tuple(constants)
        with cursor.copy(f'COPY "{table}" ({listed}) FROM STDIN') as copy:  # psycopg's own cursor underneath
            for line in lines:
                copy.write_row((*line, *tail))
                count += 1
        return count


def is_constant(value: Any) -> bool:
    """A default that a statement may hold as text: the same for every row."""
    return value is None or isinstance(value, bool | int | str) or value in ([], {})


def literal(value: Any) -> str:
    """A default of the model as SQL text: a row then binds only what differs."""
    if value is None:
        return "NULL"
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, int):
        return str(int(value))
    return "'" + str(value).replace("'", "''").replace("%", "%%") + "'"
