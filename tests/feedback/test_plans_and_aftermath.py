"""Plans and methods of follow-up, measures that answers verify, recovery, and customers at risk."""

import datetime as dt
import statistics
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from careloop.accounts.models import User
from careloop.billing.models import Bill
from careloop.billing.queries import yuan
from careloop.complaints import services as complaints
from careloop.core.actor import Actor
from careloop.feedback import queries, services
from careloop.feedback.models import Answer, ContactPolicy, FollowUpPlan, FollowUpTask, Measure, Recovery, RiskEntry
from careloop.measures.intervals import mean_interval
from careloop.staff.models import Department, Station
from tests.factories import T0, ContactFactory, DepartmentFactory, StationFactory, client_of
from tests.feedback.factories import DAY, HOUR, SYSTEM, answers, caller, delivered, due, finished, head, in_call
from tests.workorders.factories import Api, user_as

pytestmark = pytest.mark.django_db


def user_of(by: Actor) -> User:
    return User.objects.get(person=by.person_id)


def top(station: Station) -> User:
    user = user_as("general_manager", name="高总", stations=[station])
    user.person.department = DepartmentFactory(name="总经办", kind="management")
    user.person.save()
    return user


def planner(station: Station) -> User:
    user = user_as("follow_up_head", name="方静", stations=[station])
    user.person.department = DepartmentFactory(name="回访", kind="follow_up")
    user.person.save()
    return user


# --- methods -----------------------------------------------------------------------------------------------------


@pytest.mark.req("R98")
@pytest.mark.parametrize("method", ["phone", "visit", "chat", "link", "sms", "letter"])
def test_each_of_six_methods_is_planned_carried_out_and_recorded(method: str) -> None:
    services.ensure_defaults(actor=SYSTEM, at=T0)
    station = StationFactory()
    boss, writer = top(station), planner(station)
    plan = {
        "title": "试点", "service_type": "repair", "not_before_hours": 24, "due_hours": 72, "persons": "回访专员",
        "method": method, "content": "交付后回访",
    }  # fmt: skip
    made = Api(writer).post("/aftercare/plans", plan).json()
    assert Api(writer).post(f"/aftercare/plans/{made['id']}/transitions/submit", {}).status_code == 200
    assert client_of(boss).post(reverse("feedback:plan-step", args=[made["id"], "approve"])).status_code == 302
    task = services.plan_for_order(delivered(station=station, lines=("更换机油",)).pk, actor=SYSTEM, at=T0)
    assert (task.method, task.plan_id) == (method, made["id"])

    by = caller()
    client = client_of(user_of(by))
    step = {name: reverse("feedback:step", args=[task.number, name]) for name in ("take", "send_link", "enter_reply")}
    with time_machine.travel(T0 + DAY, tick=False):
        services.open_task(task.pk, at=T0 + DAY)
        if method in ("phone", "visit", "chat"):
            assert client.post(step["take"]).status_code == 302
        else:
            assert client.post(step["take"]).status_code == 409  # asked in writing, not by a call
            assert client.post(step["send_link"]).status_code == 302
        if method in ("sms", "letter"):
            assert client.post(step["enter_reply"]).status_code == 302
        if method == "link":
            task.refresh_from_db()
            url = reverse("feedback_public:form", args=[services.token_of(task)])
            assert client.post(url, answers(task, 4)).status_code == 200
        else:
            for name, value in answers(task, 4).items():
                client.post(reverse("feedback:say", args=[task.number]), {name: value})
            client.post(reverse("feedback:end", args=[task.number]), {"do": "finish", "verbatim": ""})
    answer = Answer.objects.get(task=task)
    assert (answer.channel, answer.finished_at) == (method, T0 + DAY)


@pytest.mark.req("R98")
def test_the_preferred_channel_counts_and_after_a_failure_the_next_method_is_proposed() -> None:
    first = due()
    contact = first.contact
    by = caller()
    client = client_of(user_of(by))
    services.take_call(first.pk, actor=by, at=T0 + DAY)
    services.miss_call(first.pk, actor=by, at=T0 + DAY)
    with time_machine.travel(T0 + DAY + HOUR, tick=False):
        page = client.get(reverse("feedback:task", args=[first.number])).content.decode()
        assert "下一步：网络聊天" in page
        contact.preferred_channel = "sms"
        contact.save()
        assert "下一步：短信" in client.get(reverse("feedback:task", args=[first.number])).content.decode()
        contact.preferred_channel = ""
        contact.save()
        sheet = client.get(reverse("feedback:step", args=[first.number, "change_method"])).content.decode()
        assert 'value="chat" selected' in sheet
        assert client.post(
            reverse("feedback:step", args=[first.number, "change_method"]), {"method": "sms"}
        ).status_code == 302  # fmt: skip
        sheet = client.get(reverse("feedback:step", args=[first.number, "change_method"])).content.decode()
        assert 'value="chat" selected' in sheet  # not the telephone, which failed
    assert FollowUpTask.objects.get(pk=first.pk).method == "sms"

    wanted = {}
    for channel in ("", "phone", "sms", "wechat", "email"):
        contact.pk, contact.is_primary = None, False
        contact._state.adding = True
        contact.preferred_channel = channel
        contact.save()
        wanted[channel] = services.plan_for_order(delivered(contact=contact).pk, actor=SYSTEM, at=T0).method
    assert wanted == {"": "phone", "phone": "phone", "sms": "sms", "wechat": "chat", "email": "link"}
    silent = ContactFactory(customer=contact.customer, is_primary=False, do_not_call=True)
    assert services.plan_for_order(delivered(contact=silent).pk, actor=SYSTEM, at=T0).method == "link"


# --- plans -------------------------------------------------------------------------------------------------------


@pytest.mark.req("R96")
def test_a_plan_needs_four_points_and_top_management_and_shows_how_it_runs() -> None:
    services.ensure_defaults(actor=SYSTEM, at=T0)
    station = StationFactory()
    boss, writer = top(station), planner(station)
    service_head = user_as("service_manager", "general_manager", name="顾承宇", stations=[station])
    service_head.person.department = DepartmentFactory(name="维修车间", kind="workshop")
    service_head.person.save()
    api, client = Api(writer), client_of(writer)
    whole = {
        "service_type": "repair", "not_before_hours": 24, "due_hours": 72, "persons": "回访专员", "method": "phone",
        "content": "交付后第 2–3 天电话回访",
    }  # fmt: skip
    for point in (("not_before_hours", "due_hours"), ("persons",), ("method",), ("content",)):
        part = {name: value for name, value in whole.items() if name not in point}
        plan = api.post("/aftercare/plans", part).json()
        assert api.post(f"/aftercare/plans/{plan['id']}/transitions/submit", {}).status_code == 409, point
        with pytest.raises(IntegrityError), transaction.atomic():
            FollowUpPlan.objects.filter(pk=plan["id"]).update(state="approved", approved_at=T0, approved_by="x")
        with transaction.atomic():
            assert Api(boss).post(f"/aftercare/plans/{plan['id']}/transitions/approve", {}).status_code == 409
    form = {**whole, "title": "维修回访", "questionnaire_id": queries.plan_for("repair", T0).questionnaire_id}
    assert client.post(reverse("feedback:plan-new"), form).status_code == 302
    plan_id = FollowUpPlan.objects.order_by("-pk").first().pk
    step = {name: reverse("feedback:plan-step", args=[plan_id, name]) for name in ("submit", "approve")}
    assert client.post(step["submit"]).status_code == 302
    assert client.post(step["approve"]).status_code == 403  # who wrote it does not approve it
    assert client_of(service_head).post(step["approve"]).status_code == 409  # nor the rated unit
    assert Api(service_head).post(f"/aftercare/plans/{plan_id}/transitions/approve", {}).status_code == 409
    assert FollowUpPlan.objects.get(pk=plan_id).state == "submitted"
    assert client_of(boss).post(step["approve"]).status_code == 302
    plan = FollowUpPlan.objects.get(pk=plan_id)
    assert (plan.state, plan.approved_by) == ("approved", "高总")
    assert FollowUpPlan.objects.filter(service_type="repair", state="approved").count() == 1

    by = caller()
    done, waiting = due(station=station), due(station=station)
    waived = due(station=station)
    services.waive(waived.pk, actor=head(), at=T0 + DAY, why="internal", reason="内部用车")
    services.take_call(done.pk, actor=by, at=T0 + DAY)
    services.save_answer(done.pk, answers(done), actor=by, at=T0 + DAY)
    services.finish_call(done.pk, actor=by, at=T0 + DAY)
    shown = next(row for row in api.get("/aftercare/plans").json() if row["id"] == plan_id)
    assert (shown["due"], shown["done"], shown["left"]) == (2, 1, 1)
    page = client.get(reverse("feedback:plan", args=[plan_id])).content.decode()
    assert "已完成 1，剩余 1" in page and waiting.plan_id == plan_id


def verified(station: Station, levels: list[int], target: str = "75") -> tuple[FollowUpPlan, Measure, User]:
    """Reception was bad, staff were trained; a plan asks about reception until the answers say something."""
    services.ensure_defaults(actor=SYSTEM, at=T0)
    boss, writer = top(station), planner(station)
    department = Department.objects.get(pk=writer.person.department_id)
    client, api = client_of(writer), Api(writer)
    form = {
        "title": "接待培训", "step": "reception", "problem": "接待评分低", "action": "培训接待礼仪",
        "department_id": department.pk, "due_on": "2026-11-30",
    }  # fmt: skip
    assert client.post(reverse("feedback:measure-new"), form).status_code == 302
    measure = Measure.objects.get()
    for user, action, body in (
        (writer, "issue", {}),
        (boss, "approve", {}),
        (writer, "carry_out", {"carried_out": "已培训 6 人"}),
    ):
        response = Api(user).post(f"/aftercare/measures/{measure.number}/transitions/{action}", body)
        assert response.status_code == 200, response.content
    plan = api.post("/aftercare/plans", {
        "title": "验证接待培训", "service_type": "repair", "not_before_hours": 24, "due_hours": 72,
        "persons": "回访专员", "method": "phone", "content": "问接待", "measure_id": measure.pk,
        "question": "reception", "target": target, "valid_from": "2026-11-01", "valid_to": "2026-12-31",
    }).json()  # fmt: skip
    api.post(f"/aftercare/plans/{plan['id']}/transitions/submit", {})
    assert Api(boss).post(f"/aftercare/plans/{plan['id']}/transitions/approve", {}).status_code == 200
    for level in levels:
        task = due(station=station)
        assert (task.plan_id, task.step_keys[0]) == (plan["id"], "reception")
        by = caller()
        services.take_call(task.pk, actor=by, at=T0 + DAY)
        values = {**answers(task, 5), "reception": level, "verbatim": "接待"}
        services.save_answer(task.pk, values, actor=by, at=T0 + DAY)
        services.finish_call(task.pk, actor=by, at=T0 + DAY)
    return FollowUpPlan.objects.get(pk=plan["id"]), measure, writer


@pytest.mark.req("R97")
@pytest.mark.parametrize(
    ("levels", "result", "measure_state", "plan_state"),
    [
        ([5, 5, 5, 4, 5, 5, 5], "effective", "closed", "evaluated"),
        ([2, 3, 2, 3, 2, 3], "not_effective", "executing", "evaluated"),
        ([5, 5, 5, 5], "too_few", "verifying", "approved"),
        ([5, 5, 5, 5, 5], "effective", "closed", "evaluated"),
        ([5, 5, 5, 2, 3, 5], "too_few", "verifying", "approved"),
    ],
)
def test_a_plan_asks_whether_a_measure_works_and_moves_it(
    levels: list[int], result: str, measure_state: str, plan_state: str
) -> None:
    earlier = finished(level=1, words="没人接待", at=T0 - 30 * DAY)  # of the general plan, before the training
    assert earlier.items.get(item__key="reception").score == 0
    plan, measure, writer = verified(StationFactory(), levels)
    assert client_of(writer).post(reverse("feedback:plan-step", args=[plan.pk, "evaluate"])).status_code == 302
    shown = next(row for row in Api(writer).get("/aftercare/plans").json() if row["id"] == plan.pk)
    assert (shown["result"], shown["result_n"], shown["state"], shown["measure_id"], shown["question"]) == (
        result, len(levels), plan_state, measure.pk, "reception",
    )  # fmt: skip
    scores = [25 * level - 25 for level in levels]
    expected = mean_interval(statistics.mean(scores), statistics.stdev(scores), len(scores))
    assert [shown[name] for name in ("result_mean", "result_low", "result_high")] == pytest.approx(
        [expected.mean, expected.low, expected.high]
    )
    measure.refresh_from_db()
    assert (measure.state, f"n = {len(levels)}" in measure.result) == (measure_state, measure_state != "verifying")
    page = client_of(writer).get(reverse("feedback:plan", args=[plan.pk])).content.decode()
    assert f"{expected.mean:.1f} ({expected.low:.1f}–{expected.high:.1f}), n = {len(levels)}" in page
    words = {"effective": ">有效<", "not_effective": ">无效<", "too_few": ">答卷太少<"}
    assert measure.number in page and words[result] in page


# --- recovery and risk -------------------------------------------------------------------------------------------


@pytest.mark.req("R112")
def test_an_answer_below_expectation_opens_recovery_with_cost_authority_and_another_rater() -> None:
    complaints.ensure_limits()
    task, by = in_call(caller("complaints.grant_remedy"))
    values = {**answers(task, 3), "comparison": "worse"}
    services.save_answer(task.pk, values, actor=by, at=T0 + DAY)
    services.finish_call(task.pk, actor=by, at=T0 + DAY)
    recovery = Recovery.objects.get()
    assert (recovery.state, recovery.state_before, recovery.answer.task_id) == ("open", "below", task.pk)
    client, api = client_of(user_of(by)), Api(user_of(by))
    act = reverse("feedback:recovery-step", args=[recovery.pk, "act"])
    form = {"kind": "gift", "text": "送保养一次", "cost": "5000"}
    for kind in ("gift", "other"):
        assert client.post(act, {**form, "kind": kind}).status_code == 422  # beyond the caller's authority
        assert (
            api.post(f"/aftercare/recoveries/{recovery.pk}/transitions/act", {**form, "kind": kind}).status_code == 422
        )
    for lacking in ("kind", "text", "cost"):
        part = {name: value for name, value in {**form, "cost": "120"}.items() if name != lacking}
        assert client.post(act, part).status_code == 422, lacking
    assert client.post(act, {**form, "cost": "120"}).status_code == 302
    recovery.refresh_from_db()
    assert (recovery.kind, recovery.cost, recovery.granted_by_id) == ("gift", Decimal("120.00"), by.person_id)

    again = {"state_after": "met", "words": "这次很好"}
    ask = reverse("feedback:recovery-step", args=[recovery.pk, "ask_again"])
    assert client.post(ask, again).status_code == 409  # who granted it does not ask
    assert api.post(f"/aftercare/recoveries/{recovery.pk}/transitions/ask_again", again).status_code == 409
    with pytest.raises(IntegrityError), transaction.atomic():
        Recovery.objects.filter(pk=recovery.pk).update(asked_by=by.person_id)
    server = user_as("follow_up_caller", name="高峰", stations=[recovery.answer.station])
    recovery.answer.task.served.add(server.person)
    services.lock_due(now=T0 + 3 * DAY)  # from now on he reads the answer about himself
    assert client_of(server).post(ask, again).status_code == 409
    assert Api(server).post(f"/aftercare/recoveries/{recovery.pk}/transitions/ask_again", again).status_code == 409
    assert Recovery.objects.get(pk=recovery.pk).state == "acted"
    other = user_of(caller())
    assert client_of(other).post(ask, again).status_code == 302

    linked = services.send_link(due().pk, actor=by, at=T0 + DAY)
    with time_machine.travel(T0 + 2 * DAY, tick=False):
        url = reverse("feedback_public:form", args=[services.token_of(linked)])
        assert Client().post(url, {**answers(linked, 3), "comparison": "much_worse"}).status_code == 200
    second = Recovery.objects.get(answer__task=linked)
    rework = {"kind": "rework", "text": "免费返工", "cost": "5000"}
    assert api.post(f"/aftercare/recoveries/{second.pk}/transitions/act", rework).status_code == 200
    still = {"state_after": "below", "words": "还是不行"}
    assert Api(other).post(f"/aftercare/recoveries/{second.pk}/transitions/ask_again", still).status_code == 200
    found = Api(other).get("/aftercare/recoveries").json()
    assert (found["opened"], found["acted"], found["asked"], found["turned"]) == (2, 2, 2, 1)
    assert [(row["state_before"], row["state_after"], row["kind"], row["cost"]) for row in found["items"]] == [
        ("below", "below", "rework", "5000.00"), ("below", "met", "gift", "120.00"),
    ]  # fmt: skip
    page = client_of(other).get(reverse("feedback:recoveries")).content.decode()
    for text in ("1 项好转", "低于期望 → 符合期望", "低于期望 → 低于期望", yuan(Decimal(120)), yuan(Decimal(5000))):
        assert text in page, text


def bill_of(customer: Any, amount: Decimal, *, at: dt.datetime, state: str = "issued") -> Bill:
    return Bill.objects.create(
        number=f"JS-T{Bill.objects.count()}", customer=customer, station=customer.station, state=state,
        labour_amount=amount, total_amount=amount, issued_at=at,
    )  # fmt: skip


def ordinary(contact: Any, *, at: dt.datetime = T0 + 40 * DAY, **values: Any) -> FollowUpTask:
    task, by = in_call(contact=contact, at=at)
    at = task.taken_at
    services.save_answer(task.pk, {**answers(task, 3), "comparison": "as_expected", **values}, actor=by, at=at)
    return services.finish_call(task.pk, actor=by, at=at)


@pytest.mark.req("R113")
def test_a_valuable_customer_who_found_it_ordinary_is_at_risk_until_better_or_a_reason() -> None:
    services.ensure_defaults(actor=SYSTEM, at=T0)
    ContactPolicy.objects.update(risk_value=Decimal(5000))
    rich, poor, content = finished(level=5), finished(level=5), finished(level=5)
    bill_of(rich.customer, Decimal("8000.00"), at=T0)
    bill_of(content.customer, Decimal("8000.00"), at=T0)
    for at, state in ((T0 - 400 * DAY, "issued"), (T0, "void")):  # neither is business of the last twelve months
        bill_of(poor.customer, Decimal("8000.00"), at=at, state=state)
    ordinary(contact=poor.contact)
    ordinary(contact=content.contact, overall=4)  # as expected, and fairly satisfied
    assert RiskEntry.objects.count() == 0

    task = ordinary(contact=rich.contact)
    entry = RiskEntry.objects.get()
    assert (entry.customer_id, entry.value, entry.limit, entry.answer.task_id) == (
        rich.customer_id, Decimal("8000.00"), Decimal("5000.00"), task.pk,
    )  # fmt: skip
    by = caller()
    boss = top(task.station)
    page = client_of(user_of(by)).get(reverse("feedback:risks")).content.decode()
    assert (
        rich.customer.name in page
        and yuan(entry.value) in page
        and yuan(entry.limit) in page
        and poor.customer.name not in page
    )
    rows = Api(user_of(by)).get("/aftercare/at-risk").json()
    assert [(row["rule"], row["value"], row["customer"]) for row in rows["items"]] == [
        ("met_ordinary", "8000.00", rich.customer.code)
    ]
    assert "符合期望但一般；业务额 " in page and "共列入 1 家，现有 1 家" in page
    ordinary(contact=rich.contact, at=T0 + 80 * DAY)
    assert RiskEntry.objects.get(released_at=None) == entry  # ordinary again: he stays

    release = reverse("feedback:risk-release", args=[entry.pk])
    assert client_of(user_of(by)).post(release, {"reason": "没事"}).status_code == 403
    assert client_of(boss).post(release, {"reason": " "}).status_code == 422
    assert client_of(boss).post(release, {"reason": "已签两年合同"}).status_code == 302
    outcome = reverse("feedback:risk-outcome", args=[entry.pk])
    assert client_of(user_of(by)).post(outcome, {"outcome": "repurchase"}).status_code == 302
    entry.refresh_from_db()
    assert (entry.release, entry.reason, entry.outcome) == ("reason", "已签两年合同", "repurchase")

    second = RiskEntry.objects.create(
        customer=rich.customer, answer=task.answer, value=Decimal(8000), limit=Decimal(5000), listed_at=T0
    )
    at = T0 + 120 * DAY
    better, by_two = in_call(contact=rich.contact, at=at)
    services.save_answer(better.pk, {**answers(better, 5), "comparison": "better"}, actor=by_two, at=at + DAY)
    services.finish_call(better.pk, actor=by_two, at=at + DAY)
    second.refresh_from_db()
    assert (second.release, second.released_at) == ("better", at + DAY)
    client_of(user_of(by)).post(reverse("feedback:risk-outcome", args=[second.pk]), {"outcome": "lost"})
    counts = Api(user_of(by)).get("/aftercare/at-risk").json()
    assert (counts["listed"], counts["open"], counts["repurchase"], counts["lost"]) == (2, 0, 1, 1)
    page = client_of(user_of(by)).get(reverse("feedback:risks")).content.decode()
    assert "已签两年合同" in page and "共列入 2 家，现有 0 家；再次购买 1 家，流失 1 家" in page
