from django.apps import AppConfig


class ManagementConfig(AppConfig):
    name = "careloop.management"
    label = "management"
