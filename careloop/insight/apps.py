from django.apps import AppConfig
from django.utils.translation import gettext_lazy


class InsightConfig(AppConfig):
    name = "careloop.insight"
    label = "insight"

    def ready(self) -> None:
        # app ready: the report needs the models
        from careloop.core import reporting
        from careloop.insight import command

        reporting.register(
            reporting.Report(
                "satisfaction",
                gettext_lazy("Satisfaction report"),
                "insight.view_reports",
                command.satisfaction,
                command.OPTIONS,
            )
        )
