from tests.permission_rows import Row

PERMISSIONS = [
    Row("inventory:list", "inventory.view_part"),
    Row("inventory:count", "inventory.change_stock"),
    Row("inventory:count", "inventory.change_stock", method="post"),
]
