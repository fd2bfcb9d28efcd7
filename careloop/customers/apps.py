from django.apps import AppConfig


class CustomersConfig(AppConfig):
    name = "careloop.customers"
    label = "customers"

    def ready(self) -> None:
        from careloop.core import search, timeline, today  # app ready: models exist only now
        from careloop.customers import timeline as own_timeline  # app ready: imports models
        from careloop.customers import today as own_today  # app ready: imports models

        search.register_kind("customer", permission="customers.view_customer")
        timeline.register(own_timeline.RENDER)
        timeline.name_kinds(own_timeline.LABELS)
        today.register(own_today.due)
