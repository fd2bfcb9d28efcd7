from django.apps import AppConfig


class ComplaintsConfig(AppConfig):
    name = "careloop.complaints"
    label = "complaints"

    def ready(self) -> None:
        from careloop.complaints import queries  # app ready: models exist only now
        from careloop.complaints import timeline as own_timeline  # app ready: imports models
        from careloop.complaints import today as own_today  # app ready: imports models
        from careloop.core import search, timeline, today  # app ready: models exist only now

        search.register_kind("complaint", permission="complaints.view_complaint", visible=queries.visible_ids)
        timeline.register(own_timeline.RENDER)
        timeline.name_kinds(own_timeline.LABELS)
        today.register(own_today.due)
