"""What goes into the search: a record as an app describes it, and the row that is written of it."""

import datetime as dt
from dataclasses import dataclass
from typing import NamedTuple

from careloop.core import search_text


class Doc(NamedTuple):
    """A record as it is to be found. `names`: short fields whose pinyin initials count; `at`: time of the record."""

    kind: str
    object_id: int
    station_id: int | None
    title: str
    subtitle: str
    url: str
    body: str = ""
    names: str = ""
    at: dt.datetime | None = None


@dataclass(slots=True)
class Entry:
    """A row of the search table with its words: plain, because imports make a hundred thousand of them."""

    kind: str
    object_id: int
    station_id: int | None
    title: str
    subtitle: str
    url: str
    body: str
    names: str
    at: dt.datetime | None
    version: int
    words: str
    pk: int = 0


Found = tuple[str, str, str]
"""Body and names in their normal form, and the words by which they are found."""


def asked(doc: Doc) -> tuple[str, int | None, str, str, str, str]:
    """What `found` needs of it."""
    return doc.kind, doc.station_id, doc.title, doc.subtitle, doc.body, doc.names


def found(kind: str, station_id: int | None, title: str, subtitle: str, body: str, names: str) -> Found:
    """The costly part of an entry; it depends on nothing but its arguments."""
    text = search_text.document(title, subtitle, body)
    normal = search_text.normal(names)[:1000].replace("\0", " ")
    return text, normal, " ".join(search_text.tokens(text, normal, kind=kind, station_id=station_id))


def entry_of(doc: Doc, texts: Found) -> Entry:
    """Cut to the widths of the columns."""
    body, names, words = texts
    return Entry(
        kind=doc.kind,
        object_id=doc.object_id,
        station_id=doc.station_id,
        title=doc.title[:200].replace("\0", " "),
        subtitle=doc.subtitle[:200].replace("\0", " "),
        url=doc.url,
        body=body,
        names=names,
        at=doc.at,
        version=search_text.VERSION,
        words=words,
    )
