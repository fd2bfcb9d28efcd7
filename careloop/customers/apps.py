from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CustomersConfig(AppConfig):
    name = "careloop.customers"
    label = "customers"

    def ready(self) -> None:
        from careloop.core import exporting, importing, search, timeline, today  # app ready: models exist only now
        from careloop.customers import exports  # app ready: imports models
        from careloop.customers import timeline as own_timeline  # app ready: imports models
        from careloop.customers import today as own_today  # app ready: imports models

        search.register_kind("customer", permission="customers.view_customer")
        timeline.register(own_timeline.RENDER)
        timeline.name_kinds(own_timeline.LABELS)
        today.register(own_today.due)
        importing.register("customers", "careloop.customers.imports.CustomerImporter")
        importing.register("contacts", "careloop.customers.imports.ContactImporter")
        exporting.register(
            exporting.Export(
                "customers",
                _("Customers"),
                "customers.export_customer",
                exports.COLUMNS,
                exports.of_command_line,
                exports.FILTERS,
            )
        )
