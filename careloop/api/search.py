"""`GET /api/v1/search?q=`: one search over everything the token may see."""

from typing import Annotated, Any

from ninja import Query, Router, Schema

from careloop.core import access, rest, search
from careloop.core.http import Request

router = Router(tags=["search"])


class HitOut(Schema):
    kind: str
    id: int
    title: str
    subtitle: str
    url: str


class HitsOut(Schema):
    items: list[HitOut]
    next: str | None


@router.get("", response=HitsOut, operation_id="search", summary="Search")
def find(
    request: Request,
    q: str,
    kind: str = "",
    limit: int = 25,
    cursor: Annotated[int | None, Query(ge=1, lt=1 << 63)] = None,
) -> Any:
    """Names, phones in any spelling, plates, serial numbers (last four), two-character words, pinyin initials."""
    access.admit_search(kind, actor=request.actor, at=request.now)
    size = max(1, min(limit, 100))
    hits = search.find(q, actor=request.actor, kinds=[kind] if kind else None, limit=size + 1, before=cursor)
    shown = hits[:size]
    items = [{"kind": h.kind, "id": h.object_id, "title": h.title, "subtitle": h.subtitle, "url": h.url} for h in shown]
    return rest.json({"items": items, "next": str(shown[-1].doc_id) if len(hits) > size else None})
