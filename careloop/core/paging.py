"""The rows a list shows first, by a plan that holds for a million of them."""

from collections.abc import Iterator
from typing import Any, TypeVar

from django.db import connection
from django.db.models import QuerySet

Q = TypeVar("Q", bound="QuerySet[Any, Any]")
R = TypeVar("R")
PORTION = 2000


def first(rows: Q, order: str, count: int) -> Q:
    """The first `count` of `rows` by `order`.

    SQLite finds the ids first: with a small table joined it begins there, and sorts all rows for a page of 50.
    """
    if connection.vendor == "sqlite":
        rows = rows.filter(pk__in=rows.order_by(order).values("pk")[:count])
    return rows.order_by(order)[:count]


def portions(rows: "QuerySet[Any, R]", size: int = PORTION) -> Iterator[R]:
    """All of `rows`, newest first, read in portions along the id: for exports, with no limit and little memory.

    Rows are instances, dicts with `id`, or tuples that begin with the id.
    """
    before: int | None = None
    while True:
        part = rows if before is None else rows.filter(pk__lt=before)
        found = list(part.order_by("-pk")[:size])
        yield from found
        if len(found) < size:
            return
        before = id_of(found[-1])


def id_of(row: Any) -> int:
    return int(row["id"] if isinstance(row, dict) else row[0] if isinstance(row, tuple) else row.pk)
