from django.apps import AppConfig


class StaffConfig(AppConfig):
    name = "careloop.staff"
    label = "staff"
