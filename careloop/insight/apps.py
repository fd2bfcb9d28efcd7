from django.apps import AppConfig


class InsightConfig(AppConfig):
    name = "careloop.insight"
    label = "insight"
