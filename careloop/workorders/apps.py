from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class WorkordersConfig(AppConfig):
    name = "careloop.workorders"
    label = "workorders"

    def ready(self) -> None:
        # app ready: these modules need the models
        from careloop.core import files, panels, search
        from careloop.core import timeline as core_timeline
        from careloop.core import today as core_today
        from careloop.workorders import timeline, today
        from careloop.workorders.queries import access, lists

        view = "workorders.view_workorder"
        search.register_kind(lists.KIND, permission=view)
        core_today.register(today.due)
        core_timeline.register(timeline.RENDER)
        core_timeline.name_kinds(timeline.KINDS)
        files.register_guard("workorder", access.may_see_order)
        files.register_guard("orderline", access.may_see_line)
        for subject in ("customer", "asset"):
            panels.register(
                panels.Panel(
                    subject, "workorders", _("Work orders"), f"workorders:{subject}-panel", view, 30, "clipboard-list"
                )
            )
