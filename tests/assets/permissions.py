from typing import Any

from tests.factories import AssetFactory, CustomerFactory
from tests.permission_rows import Row

VIEW = frozenset({"assets.view_asset"})


def asset() -> dict[str, Any]:
    return {"code": AssetFactory().code}


def csv() -> dict[str, Any]:
    return {**asset(), "form": "csv"}


def stopping() -> dict[str, Any]:
    return {**asset(), "action": "stop"}


def customer() -> dict[str, Any]:
    return {"code": CustomerFactory().code}


PERMISSIONS = [
    Row("assets:list", "assets.view_asset"),
    Row("assets:blank", "assets.view_asset"),
    Row("assets:create", "assets.change_asset"),
    Row("assets:export", "assets.export_asset", {"form": "csv"}, also=VIEW),
    Row("assets:of_customer", "assets.view_asset", customer, also=frozenset({"customers.view_customer"})),
    Row("assets:detail", "assets.view_asset", asset),
    Row("assets:timeline", "assets.view_asset", asset),
    Row("assets:sheet", "assets.view_asset", asset),
    Row("assets:sheet-export", "assets.export_asset", csv, also=VIEW),
    Row("assets:meter", "assets.view_asset", asset),
    Row("assets:edit", "assets.change_asset", asset, also=VIEW),
    Row("assets:confirm", "assets.change_asset", asset, also=VIEW),
    Row("assets:quality", "assets.view_asset"),
    Row("assets:step", "assets.change_asset", stopping, also=VIEW),
]
