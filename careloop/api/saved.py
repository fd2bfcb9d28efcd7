"""`/api/v1/views`: saved filters of lists; the lists take one with `?saved=<id>`."""

from typing import Any

from ninja import Router, Schema, Status

from careloop.core import rest, saved_views
from careloop.core.http import Request

router = Router(tags=["saved views"])


class ViewOut(Schema):
    id: int
    page: str
    name: str
    query: str
    is_shared: bool
    role: str
    is_own: bool


class ViewsOut(Schema):
    items: list[ViewOut]


class ViewIn(rest.Input):
    page: str
    name: str
    query: str = ""
    is_shared: bool = False
    role: str = ""


def shown(request: Request, view: Any) -> dict[str, Any]:
    names = ("id", "page", "name", "query", "is_shared", "role")
    return {**{name: getattr(view, name) for name in names}, "is_own": view.owner_id == request.actor.user_id}


@router.get("", response=ViewsOut, operation_id="view_list", summary="Saved views, own and shared")
def list_views(request: Request, page: str = "") -> Any:
    """`page` is the path of a list, for instance `/customers/`."""
    return {"items": [shown(request, view) for view in saved_views.visible(request.actor, page)]}


@router.post("", response={201: ViewOut}, operation_id="view_save", summary="Keep a filter under a name")
def save_view(request: Request, payload: ViewIn) -> Any:
    view = saved_views.keep(actor=request.actor, **payload.model_dump())
    return Status(201, shown(request, view))


@router.delete("/{pk}", response={204: None}, operation_id="view_remove", summary="Remove an own view")
def remove_view(request: Request, pk: int) -> Any:
    saved_views.remove(pk, actor=request.actor)
    return Status(204, None)
