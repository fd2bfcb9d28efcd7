from typing import Any

from tests.permission_rows import Row


def task() -> dict[str, Any]:
    from tests.feedback.factories import due

    return {"number": due().number}


def answer() -> dict[str, Any]:
    from tests.feedback.factories import finished

    return {"number": finished().task.number}


def deviation() -> dict[str, Any]:
    from careloop.feedback.models import AnswerItem
    from tests.feedback.factories import finished

    found = finished(level=2, words="没修好")
    row = AnswerItem.objects.filter(answer=found, is_deviation=True).first()
    return {"number": found.task.number, "pk": row.pk}


def thanks() -> dict[str, Any]:
    from careloop.feedback import services
    from tests.factories import T0
    from tests.feedback.factories import DAY, due, head

    waived = services.waive(due().pk, actor=head(), at=T0 + DAY, why="budget", reason="刚问过")
    return {"number": waived.number}


def code(**more: Any) -> Any:
    def make() -> dict[str, Any]:
        from careloop.feedback import services
        from tests.factories import T0
        from tests.feedback.factories import SYSTEM

        services.ensure_defaults(actor=SYSTEM, at=T0)
        return {"code": "service", **more}

    return make


def link() -> dict[str, Any]:
    from careloop.feedback import services
    from tests.factories import T0
    from tests.feedback.factories import DAY, caller, due

    return {"token": services.token_of(services.send_link(due().pk, actor=caller(), at=T0 + DAY))}


VIEW, SEE, CHANGE = "feedback.view_task", "feedback.view_answer", "feedback.change_questionnaire"
UNLOCKED = frozenset({"feedback.view_unlocked_answer"})
CALL = frozenset({"feedback.call"})
PERMISSIONS = [
    Row("feedback:desk", VIEW),
    Row("feedback:queue", VIEW),
    Row("feedback:task", VIEW, task),
    Row("feedback:side", VIEW, task),
    Row("feedback:say", VIEW, task, "post", also=CALL),
    Row("feedback:end", VIEW, task, "post", also=CALL),
    Row("feedback:thank", VIEW, thanks, "post", also=CALL),
    Row("feedback:step", VIEW, lambda: {**task(), "action": "waive"}, also=frozenset({"feedback.waive"})),
    Row("feedback:step", "feedback.waive", lambda: {**task(), "action": "waive"}, also=frozenset({VIEW})),
    Row("feedback:answers", SEE),
    Row("feedback:answer-export", "feedback.export_answer", {"form": "csv"}, also=frozenset({SEE})),
    Row("feedback:answer", SEE, answer, also=UNLOCKED),
    Row("feedback:addendum", SEE, answer, also=UNLOCKED | CALL),
    Row("feedback:attribute", SEE, deviation, also=UNLOCKED | CALL),
    Row("feedback:deviations", SEE),
    Row("feedback:questionnaires", CHANGE),
    Row("feedback:version", CHANGE, code(number=1)),
    Row("feedback:version-new", CHANGE, code()),
    Row("feedback:version-edit", CHANGE, code(number=1)),
    Row("feedback:version-step", CHANGE, code(number=1, action="retire")),
    Row("feedback:goal", "feedback.plan", code()),
    Row("feedback:history", "feedback.enter_history", code()),
    Row("feedback_public:form", kwargs=link, public=True),
    Row("feedback_public:save", kwargs=link, method="post", public=True),
]
PERMISSIONS.append(
    Row(
        "feedback:step",
        "feedback.waive",
        lambda: {**task(), "action": "waive"},
        "post",
        also=frozenset({VIEW}),
    )
)
