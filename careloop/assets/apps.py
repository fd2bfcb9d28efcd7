from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AssetsConfig(AppConfig):
    name = "careloop.assets"
    label = "assets"

    def ready(self) -> None:
        from careloop.assets import exports  # app ready: imports models
        from careloop.assets import timeline as own_timeline  # app ready: imports models
        from careloop.assets import today as own_today  # app ready: imports models
        from careloop.core import exporting, importing, panels, search, timeline, today  # app ready: as above

        search.register_kind("asset", permission="assets.view_asset")
        timeline.register(own_timeline.RENDER)
        timeline.name_kinds(own_timeline.LABELS)
        today.register(own_today.due)
        panels.register(
            panels.Panel(
                "customer",
                "machines",
                _("Machines and vehicles"),
                "assets:of_customer",
                "assets.view_asset",
                order=20,
                icon="engine",
            )
        )
        importing.register("machines", "careloop.assets.imports.AssetImporter")
        exporting.register(
            exporting.Export(
                "machines",
                _("Machines and vehicles"),
                "assets.export_asset",
                exports.COLUMNS,
                exports.of_command_line,
                exports.FILTERS,
            )
        )
