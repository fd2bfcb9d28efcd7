from django.apps import AppConfig


class FeedbackConfig(AppConfig):
    name = "careloop.feedback"
    label = "feedback"

    def ready(self) -> None:
        from careloop.core import search, timeline, today  # app ready: models exist only now
        from careloop.feedback import queries  # app ready: imports models
        from careloop.feedback import timeline as own_timeline  # app ready: imports models
        from careloop.feedback import today as own_today  # app ready: imports models

        search.register_kind("answer", permission="feedback.view_answer", visible=queries.visible_answer_ids)
        timeline.register(own_timeline.RENDER)
        timeline.name_kinds(own_timeline.LABELS)
        today.register(own_today.due)
