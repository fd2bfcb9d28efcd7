from django.apps import AppConfig

from careloop.core.translations import merge_catalogues

merge_catalogues()  # now, because models ask for texts before any app is ready


class CoreConfig(AppConfig):
    name = "careloop.core"
    label = "core"
