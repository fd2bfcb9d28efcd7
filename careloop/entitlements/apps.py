from django.apps import AppConfig


class EntitlementsConfig(AppConfig):
    name = "careloop.entitlements"
    label = "entitlements"
