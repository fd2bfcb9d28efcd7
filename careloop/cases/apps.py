from django.apps import AppConfig


class CasesConfig(AppConfig):
    name = "careloop.cases"
    label = "cases"
