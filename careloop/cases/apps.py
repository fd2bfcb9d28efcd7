from django.apps import AppConfig
from django.utils.translation import gettext_lazy


class CasesConfig(AppConfig):
    name = "careloop.cases"
    label = "cases"

    def ready(self) -> None:
        # app ready: these modules need the models
        from careloop.cases import exports, queries, reports, timeline, today
        from careloop.cases.states import Kind, Urgency
        from careloop.core import exporting, files, importing, panels, reporting, search
        from careloop.core import timeline as core_timeline
        from careloop.core import today as core_today
        from careloop.entitlements.forms import register_scopes
        from careloop.entitlements.queries import register_attainment

        search.register_kind(queries.KIND, permission="cases.view_case")
        importing.register("cases", "careloop.cases.imports.CaseImporter")
        exporting.register(
            exporting.Export(
                "cases",
                gettext_lazy("Service requests"),
                "cases.export_case",
                exports.COLUMNS,
                exports.of_command_line,
                exports.FILTERS,
            )
        )
        reporting.register(
            reporting.Report(
                "service-desk",
                gettext_lazy("Figures of the service desk"),
                "insight.view_reports",
                reports.as_data,
                ("source", "station"),
            )
        )
        files.register_guard(queries.KIND, queries.may_see_files)
        label = gettext_lazy("Service requests")
        for subject in ("customer", "asset"):
            panels.register(
                panels.Panel(subject, "cases", label, f"cases:{subject}-panel", "cases.view_case", 20, "message-2")
            )
        core_today.register(today.due)
        core_timeline.register(timeline.RENDER)
        core_timeline.name_kinds(timeline.KINDS)
        register_attainment(reports.attainment_by_standard)
        register_scopes(kind=list(Kind.choices), urgency=list(Urgency.choices))
