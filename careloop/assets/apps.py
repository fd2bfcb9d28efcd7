from django.apps import AppConfig


class AssetsConfig(AppConfig):
    name = "careloop.assets"
    label = "assets"
