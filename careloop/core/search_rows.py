"""What goes into the search: a record as an app describes it, and the row that is written of it."""

import datetime as dt
from dataclasses import dataclass

from careloop.core import search_text


@dataclass(frozen=True, slots=True)
class Doc:
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
    """A row of the search table: plain, because imports make a hundred thousand of them."""

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
    pk: int = 0


def entry_of(doc: Doc) -> Entry:
    """Cut to the widths of the columns, with the text in its normal form."""
    return Entry(
        kind=doc.kind,
        object_id=doc.object_id,
        station_id=doc.station_id,
        title=doc.title[:200].replace("\0", " "),
        subtitle=doc.subtitle[:200].replace("\0", " "),
        url=doc.url,
        body=search_text.document(doc.title, doc.subtitle, doc.body),
        names=search_text.normal(doc.names)[:1000].replace("\0", " "),
        at=doc.at,
        version=search_text.VERSION,
    )
