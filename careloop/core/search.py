"""One search over all records: the words of people, two Han characters, parts of plates, last characters of serials.

Services call `index` in the transaction of their change. `find` never answers with a record of a station that the
actor does not see, nor of a kind that he may not read.
"""

import datetime as dt
import json
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any

from django.db import connection, transaction
from django.db.models import F

from careloop.core import bulk, search_aside, search_postgresql, search_text
from careloop.core.actor import Actor
from careloop.core.models import SearchDoc
from careloop.core.prepared import Prepared
from careloop.core.search_rows import Doc as Doc  # named here for the apps
from careloop.core.search_rows import Entry
from careloop.core.search_text import Either, Every, Expression, Query, Token

WINDOW = 1_000  # newest entries looked at without any index
FEW = 3  # stations (or kinds) up to this number are looked up as tokens, more as a column
PORTION = 500
COLUMNS = ("kind", "object_id", "station_id", "title", "subtitle", "url", "body", "names", "at", "version")

Visible = Callable[[Actor, Collection[int]], Collection[int]]


@dataclass(frozen=True, slots=True)
class Hit:
    kind: str
    object_id: int
    title: str
    subtitle: str
    url: str
    doc_id: int
    at: dt.datetime | None = None


@dataclass(frozen=True, slots=True)
class Report:
    """State of the index: entries, entries written by another version, entries that cannot be found (sample)."""

    entries: int
    outdated: int
    missing: int

    @property
    def is_sound(self) -> bool:
        return not (self.outdated or self.missing)


@dataclass(frozen=True, slots=True)
class _Rule:
    permission: str
    visible: Visible | None


_RULES: dict[str, _Rule] = {}


def register_kind(kind: str, *, permission: str = "", visible: Visible | None = None) -> None:
    """Bind a kind to the right to read it. Apps call this in `AppConfig.ready`.

    `visible(actor, ids)` gives those ids the actor may read, where more than the station decides
    (`Model.objects.visible_to(actor).filter(pk__in=ids)`); it costs one query per kind among the hits.
    """
    _RULES[kind] = _Rule(permission, visible)


# --- writing ------------------------------------------------------------------------------------------------------


def index(
    kind: str,
    object_id: int,
    *,
    station_id: int | None,
    title: str,
    subtitle: str,
    url: str,
    body: str,
    names: str = "",
    at: dt.datetime | None = None,
    is_new: bool = False,
) -> None:
    """Make a record findable, or bring its entry up to date. Nothing is written when nothing changed.

    Title and subtitle are searched like the body. `station_id` None: only actors with all stations find it.
    `is_new` saves the look for an older entry. Call it inside the transaction of the change.
    """
    bulk_index([Doc(kind, object_id, station_id, title, subtitle, url, body, names, at)], is_new=is_new)


def bulk_index(docs: Iterable[Doc], *, is_new: bool = False) -> int:
    """The same for many, in portions of one transaction each (or within the caller's); return how many were written."""
    written = 0
    rest = iter(docs)
    while portion := list(islice(rest, PORTION)):
        rows = search_aside.entries(portion)
        with transaction.atomic(savepoint=False):
            known = {} if is_new else _known(rows)
            written += _write(rows, known)
    return written


def begin(docs: Iterable[Doc]) -> search_aside.Fetch:
    """For loads: have the words of new records worked out while the records are written; `finish` writes them."""
    return search_aside.begin(docs)


def finish(begun: search_aside.Fetch) -> None:
    """Write the entries that `begin` began, inside the transaction of the load."""
    _insert(begun())


def _known(rows: Sequence[Entry]) -> dict[tuple[str, int], SearchDoc]:
    found: dict[tuple[str, int], SearchDoc] = {}
    for kind in {row.kind for row in rows}:
        ids = [row.object_id for row in rows if row.kind == kind]
        found.update({(old.kind, old.object_id): old for old in SearchDoc.objects.filter(kind=kind, object_id__in=ids)})
    return found


def _write(rows: Sequence[Entry], known: dict[tuple[str, int], SearchDoc]) -> int:
    fresh: dict[tuple[str, int], Entry] = {}
    written = 0
    for row in rows:
        old = known.get((row.kind, row.object_id))
        if old is None:
            fresh[row.kind, row.object_id] = row
        elif _shown(old) != _shown(row):
            row.pk = old.pk
            _update(old, row)
            written += 1
    if fresh:
        _insert(list(fresh.values()))
    return written + len(fresh)


def _shown(row: Entry | SearchDoc) -> tuple[Any, ...]:
    return (row.title, row.subtitle, row.url, row.at, row.body, row.names, row.station_id, row.version)


def _values(row: Entry) -> dict[str, Any]:
    return {name: getattr(row, name) for name in COLUMNS}


def _tokens(row: SearchDoc) -> set[str]:
    return search_text.tokens(row.body, row.names, kind=row.kind, station_id=row.station_id)


def _words(row: Entry | SearchDoc) -> str:
    return row.words if isinstance(row, Entry) else " ".join(_tokens(row))


def _sqlite() -> bool:
    return connection.vendor == "sqlite"


def _insert(rows: Sequence[Entry]) -> None:
    if not rows:
        return None
    if not _sqlite():
        return search_postgresql.insert(rows)
    if len(rows) == 1:
        rows[0].pk = SearchDoc.objects.create(**_values(rows[0])).pk
    else:
        for row, pk in zip(rows, bulk.reserve_ids(SearchDoc, len(rows)), strict=True):
            row.pk = pk
        bulk.insert(SearchDoc, ("id", *COLUMNS), ([row.pk, *(getattr(row, name) for name in COLUMNS)] for row in rows))
    _fts_add(rows)
    return None


def _update(old: SearchDoc, row: Entry) -> None:
    """FTS5 without content forgets a text only when it is given exactly the old tokens."""
    is_other = _tokens(old) != set(row.words.split(" ")) or old.version != row.version
    SearchDoc.objects.filter(pk=row.pk).update(**_values(row))
    if not is_other:
        return
    if _sqlite():
        _fts_remove([old])
        _fts_add([row])
    else:
        search_postgresql.write_words([(row.pk, row.words)])


def _fts_add(rows: Sequence[Entry | SearchDoc]) -> None:
    with connection.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO core_searchfts (rowid, tok) VALUES (%s, %s)",
            [(row.pk, _words(row)) for row in rows],
        )


def _fts_remove(rows: Sequence[SearchDoc]) -> None:
    with connection.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO core_searchfts (core_searchfts, rowid, tok) VALUES ('delete', %s, %s)",
            [(row.pk, _words(row)) for row in rows],
        )


@transaction.atomic
def remove(kind: str, object_id: int) -> None:
    """Forget a record; harmless when it was never indexed."""
    for old in SearchDoc.objects.filter(kind=kind, object_id=object_id):
        if _sqlite():
            _fts_remove([old])
        old.delete()


@transaction.atomic
def rebuild() -> int:
    """Write all tokens again from the stored texts (about a minute per million entries); return how many."""
    if _sqlite():
        with connection.cursor() as cursor:
            cursor.execute("INSERT INTO core_searchfts (core_searchfts) VALUES ('delete-all')")
    count, last = 0, 0
    while rows := list(SearchDoc.objects.filter(pk__gt=last).order_by("pk")[:PORTION]):
        if _sqlite():
            _fts_add(rows)
        else:
            search_postgresql.write_words([(row.pk, _words(row)) for row in rows])
        count, last = count + len(rows), rows[-1].pk
    SearchDoc.objects.exclude(version=search_text.VERSION).update(version=search_text.VERSION)
    return count


def is_outdated() -> bool:
    """Were entries written by another version of the tokens?"""
    return SearchDoc.objects.exclude(version=search_text.VERSION).exists()


def check(*, sample: int = 200) -> Report:
    """Is every entry findable? Looks up a sample of entries, spread over all, by all their own tokens."""
    rows = SearchDoc.objects.order_by("pk")
    entries = rows.count()
    step = max(1, entries // sample)
    missing = 0
    for row in rows.annotate(place=F("pk") % step).filter(place=0)[: sample * 2]:
        parts = tuple(Token(token) for token in sorted(_tokens(row))[:50])
        missing += row.pk not in _lookup(parts, Query((), ()), _Scope(None, None, row.pk + 1), 1)
    return Report(entries, rows.exclude(version=search_text.VERSION).count(), missing)


# --- finding ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Scope:
    """Where one may look: stations and kinds (None: all), entries older than `before`."""

    stations: tuple[int, ...] | None
    kinds: tuple[str, ...] | None
    before: int | None


def find(
    q: str,
    *,
    actor: Actor,
    kinds: Collection[str] | None = None,
    limit: int = 25,
    before: int | None = None,
) -> list[Hit]:
    """What the actor may see and what holds all words of `q`, newest entry first.

    `before` continues after the `doc_id` of the last hit. Empty for an empty query.
    """
    query, scope = search_text.parse(q), _scope(actor, kinds, before)
    if not query or scope is None:
        return []
    hits: list[Hit] = []
    while len(hits) < limit:
        ids = _find(query, scope, limit)
        hits.extend(_permitted(_hits(ids), actor))
        if len(ids) < limit:
            break
        scope = replace(scope, before=ids[-1])
    return hits[:limit]


def find_ids(q: str, *, actor: Actor, kind: str, limit: int = 1000, before: int | None = None) -> list[int]:
    """Ids of the records of one kind, newest entry first: `queryset.filter(pk__in=…)` of lists and the API."""
    return [hit.object_id for hit in find(q, actor=actor, kinds=[kind], limit=limit, before=before)]


def _scope(actor: Actor, kinds: Collection[str] | None, before: int | None) -> _Scope | None:
    """None: there is nothing the actor may find."""
    if actor.stations is not None and not actor.stations:
        return None
    forbidden = {kind for kind, rule in _RULES.items() if not actor.may(rule.permission)}
    wanted = None if kinds is None else tuple(sorted(set(kinds) - forbidden))
    if wanted is None and forbidden:
        wanted = tuple(sorted(set(_RULES) - forbidden))
    if wanted is not None and not wanted:
        return None
    return _Scope(None if actor.stations is None else tuple(sorted(actor.stations)), wanted, before)


HIT = ("kind", "object_id", "title", "subtitle", "url", "pk", "at")
_entries = Prepared(lambda *, ids: SearchDoc.objects.filter(pk__in=ids).values_list(*HIT))


def _hits(ids: Sequence[int]) -> list[Hit]:
    rows = {row[5]: Hit(*row) for row in _entries(ids=tuple(ids))}
    return [rows[pk] for pk in ids if pk in rows]


def _permitted(hits: list[Hit], actor: Actor) -> list[Hit]:
    shown: dict[str, Collection[int]] = {}
    for kind in {hit.kind for hit in hits}:
        rule = _RULES.get(kind)
        if rule is not None and rule.visible is not None and not actor.is_system:
            shown[kind] = frozenset(rule.visible(actor, [hit.object_id for hit in hits if hit.kind == kind]))
    return [hit for hit in hits if hit.kind not in shown or hit.object_id in shown[hit.kind]]


def _find(query: Query, scope: _Scope, limit: int) -> list[int]:
    if not _sqlite():
        return _find_postgresql(query, scope, limit)
    if query.plain:  # FTS5 merges all pairs that begin with the character: 100 ms when it is everywhere
        _newest, hits = _window(query, scope)
        if len(hits) >= limit:
            return hits[:limit]
    return _lookup((*query.terms, *_marks(scope)), query, scope, limit)


def _marks(scope: _Scope) -> tuple[Expression, ...]:
    """Few stations and kinds are looked up as tokens; with more of them the column is faster."""
    return (*_station_marks(scope), *_any_of(search_text.kind_mark(kind) for kind in _few(scope.kinds)))


def _station_marks(scope: _Scope) -> tuple[Expression, ...]:
    return _any_of(search_text.station_mark(station) for station in _few(scope.stations))


def _few(values: tuple[Any, ...] | None) -> tuple[Any, ...]:
    return values if values is not None and len(values) <= FEW else ()


def _any_of(texts: Iterable[str]) -> tuple[Expression, ...]:
    parts = tuple(Token(text) for text in texts)
    return (Either(parts),) if parts else ()


def _find_postgresql(query: Query, scope: _Scope, limit: int) -> list[int]:
    """Newest first in steps, because GIN by itself fetches everything that matches before it sorts.

    The newest entries, looked at without any index, answer words that are everywhere, and tell how far back to go for
    a frequent one: so many age buckets. Where they hold none, as after a load of other texts, the newest buckets tell
    it. What is left is rare, and is looked up at once. Where the permission is a column and may leave little of a
    frequent word, older buckets come before the whole.
    """

    def of_age(buckets: search_postgresql.Buckets) -> list[int]:
        # Without the marks of stations: within a bucket they cost more than they spare.
        return _lookup((*query.terms, *_any_of(search_postgresql.marks(buckets))), query, scope, limit)

    newest, hits = _window(query, scope)
    entries = WINDOW
    if len(hits) >= limit:
        return hits[:limit]
    if not hits:
        buckets, entries = search_postgresql.newest(newest)
        hits = of_age(buckets)
        if len(hits) >= limit or entries >= newest:
            return hits
    is_narrow = scope.stations is not None and len(scope.stations) > FEW
    needed = int(1.25 * limit * entries / max(len(hits), 1))  # entries that hold so many, and a quarter more
    found: dict[int, None] = {}
    for buckets in search_postgresql.steps(newest, needed=needed, is_narrow=is_narrow):
        found.update(dict.fromkeys(of_age(buckets)))
        if len(found) >= limit or buckets[1].start == 0:  # enough, or there is nothing older
            return list(found)[:limit]
    return _lookup((*query.terms, *_marks(scope)), query, scope, limit)


def _window(query: Query, scope: _Scope) -> tuple[int, list[int]]:
    """The newest entry, and what of the scope matches among the newest; 1 to 3 ms whatever the word."""
    check_sql, check_values = _column_checks(scope)
    texts = tuple((text,) for text in query.plain) if _sqlite() else query.verify
    verify_sql, verify_values = _verified(texts)
    older, cursor_values = ("WHERE id < %s", [scope.before]) if scope.before is not None else ("", [])
    column, lookup = ("", []) if _sqlite() else (", tsv", [search_text.tsquery(Every(query.terms))])
    found = _rows(
        f"SELECT id, true FROM (SELECT id, kind, station_id, body{column} FROM core_searchdoc {older} "
        f"ORDER BY id DESC LIMIT {WINDOW}) w "
        f"WHERE {'tsv @@ %s::tsquery AND ' if column else ''}{verify_sql} AND {check_sql} "
        f"UNION ALL SELECT max(id), false FROM core_searchdoc {older}",
        [*cursor_values, *lookup, *verify_values, *check_values, *cursor_values],
    )
    return max(pk or 0 for pk, _ok in found), sorted((pk for pk, ok in found if ok), reverse=True)


def _lookup(terms: tuple[Expression, ...], query: Query, scope: _Scope, limit: int) -> list[int]:
    """Ids from the full-text index, newest first."""
    check_sql, check_values = _column_checks(scope)
    verify_sql, verify_values = _verified(query.verify)
    older = "AND {} < %s" if scope.before is not None else ""
    if _sqlite():  # FTS5 walks its rows backwards and stops at the limit; CROSS JOIN keeps that order
        sql = (
            "SELECT d.id FROM core_searchfts CROSS JOIN core_searchdoc d ON d.id = core_searchfts.rowid "
            f"WHERE core_searchfts MATCH %s AND {check_sql} AND {verify_sql} "
            f"{older.format('core_searchfts.rowid')} ORDER BY core_searchfts.rowid DESC LIMIT %s"
        )
        lookup = search_text.fts5(Every(terms))
    else:  # first all that match, then sort: the planner must not walk the primary key instead
        sql = (
            "WITH m AS MATERIALIZED (SELECT id FROM core_searchdoc "
            f"WHERE tsv @@ %s::tsquery AND {check_sql} AND {verify_sql} {older.format('id + 0')}) "
            "SELECT id FROM m ORDER BY id DESC LIMIT %s"
        )
        lookup = search_text.tsquery(Every(terms))
    cursor_values = [scope.before] if scope.before is not None else []
    return [row[0] for row in _rows(sql, [lookup, *check_values, *verify_values, *cursor_values, limit])]


def _rows(sql: str, values: list[Any]) -> list[tuple[Any, ...]]:
    """On PostgreSQL the values are written into the statement: a plan made for any word is bad for most words."""
    operations: Any = connection.ops
    with connection.cursor() as cursor:
        if _sqlite():
            cursor.execute(sql, values)
        else:
            cursor.execute(operations.compose_sql(sql, values))
        return list(cursor.fetchall())


def _column_checks(scope: _Scope) -> tuple[str, list[Any]]:
    """`+ 0` and `|| ''` keep the planner from other indexes."""
    clauses: list[str] = []
    values: list[Any] = []
    if scope.stations is not None:
        clauses.append("station_id IN (SELECT value FROM json_each(%s))" if _sqlite() else "station_id + 0 = ANY(%s)")
        values.append(json.dumps(scope.stations) if _sqlite() else list(scope.stations))
    if scope.kinds is not None:
        clauses.append("kind IN (SELECT value FROM json_each(%s))" if _sqlite() else "kind || '' = ANY(%s)")
        values.append(json.dumps(scope.kinds) if _sqlite() else list(scope.kinds))
    sql = " AND ".join(f"({clause})" for clause in clauses) or ("1" if _sqlite() else "true")
    return f"coalesce({sql}, false)" if clauses else sql, values


def _verified(rows: tuple[tuple[str, ...], ...]) -> tuple[str, list[str]]:
    """The text holds one of each row."""
    function = "instr(body, %s)" if _sqlite() else "strpos(body, %s)"
    clauses = ["(" + " OR ".join([f"{function} > 0"] * len(texts)) + ")" for texts in rows]
    return " AND ".join(clauses) or ("1" if _sqlite() else "true"), [text for texts in rows for text in texts]
