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


def plan() -> dict[str, Any]:
    from careloop.feedback.models import FollowUpPlan

    code()()
    return {"pk": FollowUpPlan.objects.get(service_type="repair").pk}


def draft_plan(**more: Any) -> Any:
    def make() -> dict[str, Any]:
        from careloop.feedback import services
        from careloop.feedback.models import Questionnaire
        from tests.factories import T0
        from tests.feedback.factories import SYSTEM

        code()()
        made = services.draft_plan(
            actor=SYSTEM, at=T0, service_type="repair", questionnaire_id=Questionnaire.objects.get(code="service").pk
        )
        return {"pk": made.pk, **more}

    return make


def measure() -> dict[str, Any]:
    from careloop.feedback import services
    from tests.factories import T0, DepartmentFactory
    from tests.feedback.factories import SYSTEM

    made = services.draft_measure(
        actor=SYSTEM, at=T0, title="培训", problem="接待评分低", action="培训", department_id=DepartmentFactory().pk,
        due_on=T0.date(),
    )  # fmt: skip
    return {"pk": made.pk, "action": "issue"}


def recovery() -> dict[str, Any]:
    from careloop.feedback.models import Recovery
    from careloop.feedback.services.aftermath import follow_answer
    from tests.factories import T0
    from tests.insight.factories import answered

    follow_answer(answered(3, expectation_state="below"), at=T0)
    return {"pk": Recovery.objects.get().pk, "action": "act"}


def risk() -> dict[str, Any]:
    from careloop.feedback.models import RiskEntry
    from tests.factories import T0
    from tests.insight.factories import answered

    found = answered(3)
    row = RiskEntry.objects.create(customer=found.customer, answer=found, value=9, limit=5, listed_at=T0)
    return {"pk": row.pk}


GRANT = frozenset({"complaints.grant_remedy"})
PLANNING = frozenset({"feedback.plan"})
APPROVE = frozenset({"feedback.approve_plan"})
PERMISSIONS += [
    Row("feedback:plans", VIEW),
    Row("feedback:plan-new", "feedback.plan"),
    Row("feedback:plan", VIEW, plan),
    Row("feedback:plan-edit", "feedback.plan", draft_plan(), also=frozenset({VIEW})),
    Row("feedback:plan-step", VIEW, draft_plan(action="submit"), also=PLANNING),
    Row("feedback:measure-new", "feedback.plan"),
    Row("feedback:measure-step", VIEW, measure, also=PLANNING),
    Row("feedback:recoveries", SEE),
    Row("feedback:recovery-step", SEE, recovery, also=GRANT),
    Row("feedback:risks", SEE),
    Row("feedback:risk-release", SEE, risk, also=APPROVE),
    Row("feedback:risk-outcome", SEE, risk, also=CALL),
]
