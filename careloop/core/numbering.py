"""Numbers without gaps or collisions: a counter row per kind and day, raised in the transaction of the record."""

import datetime as dt

from django.db import connection
from django.utils import timezone


def next_number(kind: str, at: dt.datetime) -> str:
    """The next number, `FW-261119-014`: kind, local day, at least three digits.

    Call it as the last thing before the row that bears the number: the counter stays locked until commit.
    A rolled-back transaction gives its number back, so there are no gaps.
    """
    day = timezone.localtime(at).strftime("%y%m%d")
    return f"{kind}-{day}-{next_value(kind, day):03d}"


def next_code(kind: str) -> str:
    """A number that does not start again each day, for master data: `KH-000123`."""
    return f"{kind}-{next_value(kind, ''):06d}"


def next_value(kind: str, period: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO core_numbering (kind, period, last) VALUES (%s, %s, 1) "
            "ON CONFLICT (kind, period) DO UPDATE SET last = core_numbering.last + 1 RETURNING last",
            [kind, period],
        )
        value: int = cursor.fetchall()[0][0]  # read out: SQLite ends the statement only then
    return value


def reserve(kind: str, period: str, count: int) -> range:
    """`count` numbers in one step, for imports."""
    if not count:
        return range(0)
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO core_numbering (kind, period, last) VALUES (%s, %s, %s) "
            "ON CONFLICT (kind, period) DO UPDATE SET last = core_numbering.last + %s RETURNING last",
            [kind, period, count, count],
        )
        last: int = cursor.fetchall()[0][0]
    return range(last - count + 1, last + 1)


def raise_to(kind: str, period: str, value: int) -> None:
    """From now on numbers are larger than `value`: a record came with a number of this series."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO core_numbering (kind, period, last) VALUES (%s, %s, %s) ON CONFLICT (kind, period) "
            "DO UPDATE SET last = CASE WHEN core_numbering.last < %s THEN %s ELSE core_numbering.last END",
            [kind, period, value, value, value],
        )
