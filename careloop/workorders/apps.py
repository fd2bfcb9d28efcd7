from django.apps import AppConfig


class WorkordersConfig(AppConfig):
    name = "careloop.workorders"
    label = "workorders"
