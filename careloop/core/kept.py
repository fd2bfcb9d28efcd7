"""What a process may remember from one request to the next: who somebody is, counters beside tabs, lists of choices.

Every change of the records is an event, so a value made when event N was the newest still holds while N is the
newest: one look at the end of an index replaces the queries behind the value. A limit in seconds covers what changes
without an event: the clock, and a writer that committed late.
"""

import time
from collections.abc import Callable, Hashable
from typing import Any, Generic, TypeVar

V = TypeVar("V")
MOST_ROWS = 2000  # about 4 kB each


class Switch:
    """Off in the tests that change rows behind the back of the services."""

    is_on = True


class Kept(Generic[V]):
    """Values by key, at most `most` of them, none older than `seconds`.

    The newest event is `Request.newest_event`, read with the account before anything else.

    Keys name everything the value depends on besides the records: actor, stations, language.
    """

    def __init__(self, *, seconds: float, most: int = 1000):
        self.seconds, self.most = seconds, most
        self.values: dict[Hashable, tuple[int, float, V]] = {}

    def get(self, key: Hashable, make: Callable[[], V], *, event: int) -> V:
        """The value of `key`; `event`: id of the newest event when the request began."""
        found = self.values.get(key)
        if found is not None and found[0] == event and time.monotonic() < found[1] and Switch.is_on:
            return found[2]
        if len(self.values) >= self.most:
            self.values.clear()
        value = make()
        self.values[key] = (event, time.monotonic() + self.seconds, value)
        return value


class Row(dict[str, Any]):
    """A row of a list, ready to read. `looks`: what the page made of it, by columns and language."""

    __slots__ = ("looks",)

    def __init__(self, values: dict[str, Any]):
        super().__init__(values)
        self.looks: dict[Hashable, str] = {}


class KeptRows:
    """Prepared rows by everything they were made of: people ask for the same fifty again and again."""

    def __init__(self) -> None:
        self.rows: dict[Hashable, Row] = {}

    def get(self, key: Hashable, make: Callable[[], dict[str, Any]]) -> Row:
        found = self.rows.get(key)
        if found is None:
            if len(self.rows) >= MOST_ROWS:
                self.rows.clear()
            found = self.rows[key] = Row(make())
        return found
