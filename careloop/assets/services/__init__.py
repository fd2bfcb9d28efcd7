"""Changes of machines and vehicles. One public function is one transaction."""

from careloop.assets.services.assets import (
    confirm_fields,
    create_asset,
    derive_again,
    save_family,
    save_model,
    update_asset,
)
from careloop.assets.services.base import cleaned, file_of
from careloop.assets.services.bulk import AssetRow, create_many
from careloop.assets.services.life import (
    change_owner,
    pass_on,
    readmit,
    record_meter,
    retire,
    start_asset,
    stop_asset,
)
from careloop.customers.services import DuplicateWarning

__all__ = [
    "AssetRow",
    "DuplicateWarning",
    "change_owner",
    "cleaned",
    "confirm_fields",
    "create_asset",
    "create_many",
    "derive_again",
    "file_of",
    "pass_on",
    "readmit",
    "record_meter",
    "retire",
    "save_family",
    "save_model",
    "start_asset",
    "stop_asset",
    "update_asset",
]
