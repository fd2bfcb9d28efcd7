"""The search table on PostgreSQL: words in a `tsvector`, beside them marks of the age of the entry.

GIN gives all entries that hold a word before it sorts any. With the mark of an age looked up together with the word it
gives those of that age, so the newest are found without reading the others.
"""

from collections.abc import Iterable, Sequence

from django.db import connection

from careloop.core import search_text
from careloop.core.search_rows import Entry

SMALL = 12  # bits of the id in a small age bucket `_b…`: 4,096 entries
LARGE = 15  # in a large one `_a…`: 32,768 entries
MOST_SMALL = 6
COLUMNS = {
    "kind": "text",
    "object_id": "bigint",
    "station_id": "bigint",
    "title": "text",
    "subtitle": "text",
    "url": "text",
    "body": "text",
    "names": "text",
    "at": "timestamptz",
    "version": "smallint",
    "words": "text",
}
Buckets = tuple[str, range]
"""Mark and numbers of the buckets of some ages."""


def _vector(words: str, pk: str) -> str:
    return (
        f"array_to_tsvector(string_to_array({words} || ' _b' || ({pk} >> {SMALL}) || ' _a' || ({pk} >> {LARGE}), ' '))"
    )


def insert(rows: Sequence[Entry]) -> None:
    """Write new entries, by one statement."""
    if len(rows) == 1:  # a list of one takes twice the time
        values = [getattr(rows[0], name) for name in COLUMNS]
        given = f"(SELECT {', '.join(f'%s::{kind} AS {name}' for name, kind in COLUMNS.items())}) u"
    else:
        values = [[getattr(row, name) for row in rows] for name in COLUMNS]
        given = f"unnest({', '.join(f'%s::{kind}[]' for kind in COLUMNS.values())}) AS u({', '.join(COLUMNS)})"
    columns = ", ".join(name for name in COLUMNS if name != "words")
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO core_searchdoc (id, {columns}, tsv) SELECT id, {columns}, {_vector('words', 'id')} "
            f"FROM (SELECT nextval(pg_get_serial_sequence('core_searchdoc', 'id')) AS id, u.* FROM {given}) n",
            values,
        )


def write_words(rows: Iterable[tuple[int, str]]) -> None:
    """Write the words of entries anew: id and words."""
    ids, words = zip(*rows, strict=True)
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE core_searchdoc d SET version = {search_text.VERSION}, tsv = {_vector('n.words', 'd.id')} "
            "FROM unnest(%s::bigint[], %s::text[]) AS n(id, words) WHERE d.id = n.id",
            [list(ids), list(words)],
        )


def marks(buckets: Buckets) -> list[str]:
    mark, numbers = buckets
    return [f"{mark}{number}" for number in numbers]


def newest(last: int) -> tuple[Buckets, int]:
    """Buckets of the entries just before `last`, a full one at least, and how many entries they hold."""
    small = _youngest(last, SMALL, 1 << SMALL)
    return ("_b", small), last - (small.start << SMALL)


def steps(last: int, *, needed: int, is_narrow: bool) -> list[Buckets]:
    """Buckets to look up for `needed` entries before `last`, one step after the other: small ones, then large ones.

    Each further mark is one more seek for every entry that holds the word. `is_narrow`: little of what is found may be
    shown, so older ones come before the whole.
    """
    small, large = _youngest(last, SMALL, needed), _youngest(last, LARGE, 0)
    is_small = len(small) <= MOST_SMALL and (small.start > 0 or len(small) == 1)
    wide = [("_a", range(max(0, large.stop - many), large.stop)) for many in ((2, 8) if is_narrow else (2,))]
    return [("_b", small), *wide] if is_small else wide


def _youngest(last: int, bits: int, needed: int) -> range:
    """Buckets of `bits`, as few as hold `needed` entries; the youngest is filled in part."""
    number, inside = last >> bits, last & (1 << bits) - 1
    return range(max(0, number - max(0, -(-(needed - inside) >> bits))), number + 1)
