"""Parts and stock for programs."""

from decimal import Decimal
from typing import Any

from ninja import Router, Schema, Status

from careloop.core import rest
from careloop.core.http import Request
from careloop.inventory import queries, services

router = Router(tags=["parts"])


class StockOut(Schema):
    id: int
    number: str
    name: str
    unit: str
    station: int
    on_hand: Decimal
    held: Decimal
    free: Decimal


class StockPage(Schema):
    items: list[StockOut]
    next: str | None


class StockIn(rest.Input):
    number: str
    station: int
    on_hand: Decimal
    name: str = ""
    unit: str = ""


@router.get("", response=StockPage, operation_id="list_stock", summary="Parts with stock, newest first")
def list_stock(request: Request, q: str = "", station: str = "", limit: int | None = None, cursor: int | None = None
               ) -> Any:  # fmt: skip
    request.actor.require("inventory.view_part")
    rows = queries.stock_list(request.actor, q=q, station=station)
    return rest.newest_page(rows, queries.stock_out, limit=limit, cursor=cursor)


@router.post("", response={201: StockOut}, operation_id="count_stock", summary="Enter how many lie at a station")
def count_stock(request: Request, payload: StockIn) -> Any:
    data = payload.model_dump()
    stock = services.count_stock(station_id=data.pop("station"), actor=request.actor, at=request.now, **data)
    return Status(201, queries.stock_out(stock))
