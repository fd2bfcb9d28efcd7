from django.apps import AppConfig


class InventoryConfig(AppConfig):
    name = "careloop.inventory"
    label = "inventory"
