"""What follow-up owes, each shown through pages and API as its check asks for."""

import datetime as dt
from typing import Any

import pytest
import time_machine
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from careloop.accounts.models import User
from careloop.assets.queries import label_of
from careloop.complaints.models import Complaint
from careloop.core import events
from careloop.core.actor import Actor
from careloop.feedback import queries, services
from careloop.feedback.models import Answer, AnswerItem, FollowUpPlan, FollowUpTask, Questionnaire, QuestionnaireVersion
from careloop.workorders.models import WorkOrder
from tests.cases.factories import Desk
from tests.factories import T0, ContactFactory, StationFactory, client_of
from tests.feedback.factories import DAY, HOUR, SYSTEM, answers, caller, delivered, due, finished, head, planned
from tests.insight.factories import version_of
from tests.workorders.factories import SIGNATURE, Api, make_shop, user_as

pytestmark = pytest.mark.django_db
MINUTE = dt.timedelta(minutes=1)


def user_of(by: Actor) -> User:
    return User.objects.get(person=by.person_id)


def page_of(by: Actor) -> Client:
    return client_of(user_of(by))


def call_by_page(client: Client, task: FollowUpTask, at: dt.datetime, level: int = 5, words: str = "") -> None:
    """Take the call in its window, answer every question, finish at `at`."""
    with time_machine.travel(max(task.not_before, T0 + DAY), tick=False):
        assert client.post(reverse("feedback:step", args=[task.number, "take"])).status_code == 302
        for name, value in answers(task, level).items():
            client.post(reverse("feedback:say", args=[task.number]), {name: value})
    with time_machine.travel(at, tick=False):
        end = client.post(reverse("feedback:end", args=[task.number]), {"do": "finish", "verbatim": words})
        assert end.status_code == 302, end.content.decode()


def window_of(task: FollowUpTask) -> tuple[str, float, float]:
    """Kind of service, and hours after it when the window opens and ends."""
    done = task.service_done_at
    return task.service_type, (task.not_before - done) / HOUR, (task.due_at - done) / HOUR


def spread(count: int, **fields: Any) -> list[FollowUpTask]:
    """Many follow-ups of one service each, written at once: the arithmetic of the figures is what is tested."""
    first = planned()
    rows = [
        FollowUpTask(
            number=f"HF-M-{n}", service_type="repair", station=first.station, customer=first.customer,
            service_done_at=T0, not_before=T0 + DAY, due_at=T0 + 3 * DAY, version=first.version, **fields,
        )
        for n in range(count)
    ]  # fmt: skip
    FollowUpTask.objects.filter(pk=first.pk).update(service_done_at=T0 - 400 * DAY)
    return FollowUpTask.objects.bulk_create(rows)


@pytest.mark.req("R95")
def test_window_of_each_kind_last_minute_overdue_list_and_coverage_96_of_120() -> None:
    services.ensure_defaults(actor=SYSTEM, at=T0)
    orders = {
        "repair": {"lines": ("更换机油",)}, "safety": {"lines": ("更换前制动片",)},
        "maintenance": {"lines": ("二级维护",), "work_class": "level2"},
        "major": {"lines": ("更换制动总泵",), "work_class": "whole"},
    }  # fmt: skip
    windows = {
        kind: window_of(services.plan_for_order(delivered(at=T0, **fields).pk, actor=SYSTEM, at=T0))
        for kind, fields in orders.items()
    }
    assert windows == {
        "repair": ("repair", 24, 72), "safety": ("safety", 2, 24), "maintenance": ("maintenance", 24, 72),
        "major": ("major", 72, 168),
    }  # fmt: skip
    desk = Desk()
    cases = {}
    for kind in ("fault", "installation", "commissioning", "maintenance", "training"):
        case = desk.closed(kind=kind, contact_id=ContactFactory(customer=desk.customer, is_primary=False).pk)
        cases[kind] = window_of(services.plan_for_case(case.pk, actor=SYSTEM, at=T0 + 2 * HOUR))
    assert cases == {
        "fault": ("remote", 24, 72), "installation": ("installation", 72, 168),
        "commissioning": ("installation", 72, 168), "maintenance": ("maintenance", 24, 72),
        "training": ("training", 24, 168),
    }  # fmt: skip

    by = caller()
    client = page_of(by)
    in_time, late, waiting = due(), due(), due()
    call_by_page(client, in_time, in_time.due_at)
    call_by_page(client, late, late.due_at + MINUTE)
    overdue_list = reverse("feedback:queue") + "?view=late"
    with time_machine.travel(waiting.due_at, tick=False):
        assert waiting.number not in client.get(overdue_list).content.decode()
    with time_machine.travel(waiting.due_at + MINUTE, tick=False):
        overdue = client.get(overdue_list).content.decode()
        listed = [row["number"] for row in Api(user_of(by)).get("/follow-ups", view="late").json()["items"]]
    assert [task.number in overdue for task in (in_time, late, waiting)] == [False, False, True]
    assert (waiting.number in listed, in_time.number in listed, late.number in listed) == (True, False, False)
    assert [FollowUpTask.objects.get(pk=task.pk).is_late for task in (in_time, late)] == [False, True]

    FollowUpTask.objects.update(service_done_at=T0 - 400 * DAY)
    made = [task.pk for task in spread(128, state="due")]
    tried, too_late = {"first_tried_at": T0 + 2 * DAY}, T0 + 3 * DAY + MINUTE
    for first, last, fields in (
        (0, 90, {**tried, "state": "unreachable", "ended_at": T0 + 4 * DAY}),
        (90, 96, {"state": "done_satisfied", "ended_at": T0 + 3 * DAY}),
        (96, 100, {"state": "unreachable", "first_tried_at": too_late, "ended_at": too_late}),
        (100, 104, {**tried, "state": "done_satisfied", "is_late": True, "ended_at": too_late}),
        (104, 108, {**tried, "state": "rescheduled"}),  # tried, and still open
        (120, 124, {**tried, "state": "waived", "waive_reason": "internal", "reason": "内部用车"}),
        (124, 128, {"due_at": T0 + 7 * DAY}),  # its window is not over
    ):
        FollowUpTask.objects.filter(pk__in=made[first:last]).update(**fields)
    with time_machine.travel(T0 + 4 * DAY, tick=False):
        page = client.get(reverse("feedback:queue") + "?days=7").content.decode()
        api = Api(user_of(by)).get("/follow-ups/coverage", start=T0.isoformat(), end=(T0 + DAY).isoformat()).json()
    assert (api["due"], api["done_in_window"]) == (120, 96)
    assert ">80.0<" in page.replace(" ", "") and "n = 96" in page.replace("\xa0", " ")
    assert api["eligible"] == 128


@pytest.mark.req("R65")
def test_a_delivery_makes_exactly_one_sequence_also_when_repeated_or_undone() -> None:
    services.ensure_defaults(actor=SYSTEM, at=T0)
    shop = make_shop()
    order = shop.brought_to("paid")
    adviser, api = client_of(shop.users["adviser"]), Api(shop.users["adviser"])
    hand_over = reverse("workorders:step", args=[order.number, "deliver"])
    form = {"delivered_to": "王伟", "is_explained": "on", "signature": SIGNATURE}
    t0 = shop.later()
    with time_machine.travel(t0, tick=False):
        assert adviser.post(hand_over, form).status_code in (204, 302)
        assert adviser.post(hand_over, form).status_code == 409  # the second click
    events.deliver_due(now=t0 + MINUTE)
    events.deliver_due(now=t0 + 2 * MINUTE)
    task = FollowUpTask.objects.get()
    services.plan_for_order(order.pk, actor=SYSTEM, at=t0 + 2 * MINUTE)  # the fact arrives once more
    assert FollowUpTask.objects.count() == 1
    assert (task.state, task.service_done_at, task.not_before, task.due_at) == (
        "planned", t0, t0 + 24 * HOUR, t0 + 72 * HOUR,
    )  # fmt: skip
    with pytest.raises(IntegrityError), transaction.atomic():
        FollowUpTask.objects.create(
            number="HF-2", service_type="repair", station=task.station, customer=task.customer, order=task.order,
            state="planned", service_done_at=t0, not_before=t0, due_at=t0 + HOUR,
        )  # fmt: skip

    with time_machine.travel(t0 + 5 * MINUTE, tick=False):
        undone = api.post(f"/work-orders/{order.number}/transitions/undo_delivery", {})
        assert (undone.status_code, undone.json()["state"]) == (200, "ready")
    events.deliver_due(now=t0 + 6 * MINUTE)
    task.refresh_from_db()
    assert (task.state, task.is_open) == ("cancelled", False)

    with time_machine.travel(t0 + 7 * MINUTE, tick=False):
        again = api.post(
            f"/work-orders/{order.number}/transitions/deliver",
            {"delivered_to": "王伟", "is_explained": True, "signature": SIGNATURE},
        )
        assert again.status_code == 200, again.content
    events.deliver_due(now=t0 + 8 * MINUTE)
    assert list(FollowUpTask.objects.order_by("pk").values_list("state", flat=True)) == ["cancelled", "planned"]
    open_ones = page_of(caller()).get(reverse("feedback:queue") + "?view=open").content.decode()
    assert open_ones.count(f">{order.number}<") == 1 or open_ones.count(order.number) == 1


@pytest.mark.req("R66")
def test_each_negative_answer_has_step_and_standard_and_the_report_by_step_and_person_adds_up() -> None:
    by = caller()
    client = page_of(by)
    task = due(worker=None)
    order = WorkOrder.objects.get(pk=task.order_id)
    adviser = order.technician._meta.model.objects.create(name="周接待", department=order.technician.department)
    WorkOrder.objects.filter(pk=order.pk).update(adviser=adviser)
    call = {"reception": 2, "fixed_first": "no", "overall": 2}
    with time_machine.travel(T0 + DAY, tick=False):
        client.post(reverse("feedback:step", args=[task.number, "take"]))
        for name, value in {**answers(task, 5), **call}.items():
            client.post(reverse("feedback:say", args=[task.number]), {name: value})
        client.post(
            reverse("feedback:end", args=[task.number]), {"do": "finish", "verbatim": "等了半天没人理，还没修好"}
        )
    rows = {row.item.key: row for row in AnswerItem.objects.filter(is_deviation=True).select_related("item", "person")}
    assert {key: (row.step, bool(row.norm), row.person.name if row.person else "") for key, row in rows.items()} == {
        "overall": ("", False, ""),
        "reception": ("reception", True, "周接待"),
        "fixed_first": ("repair", True, order.technician.name),
    }

    with time_machine.travel(T0 + 2 * DAY, tick=False):
        response = client.get(reverse("feedback:deviations") + "?days=7")
        page, shown = response.content.decode(), response.context
        loose = client.get(reverse("feedback:deviations") + "?days=7&step=none").content.decode()
        by_step = queries.deviations_by_step(by, T0, T0 + 2 * DAY)
        by_person = queries.deviations_by_person(by, T0, T0 + 2 * DAY)
        assert sum(row.deviations for row in by_step) == sum(row.deviations for row in by_person) == len(rows) == 3
        assert {(row.step, row.person): row.deviations for row in by_person} == {
            ("", ""): 1, ("reception", "周接待"): 1, ("repair", order.technician.name): 1,
        }  # fmt: skip
        assert {row["step"]["text"]: row["deviations"] for row in shown["rows"] if row["deviations"]} == {
            "接待": 1, "维修": 1, "未归因": 1}  # fmt: skip
        assert {(row["step"]["text"], row["person"]): row["deviations"] for row in shown["persons"]} == {
            ("接待", "周接待"): 1, ("维修", order.technician.name): 1, ("未归因", "未指明"): 1}  # fmt: skip
        assert shown["total"] == 3
        assert page.count("周接待") == 2 and "未归因" in page and task.number in loose  # in the table and the list
        url = reverse("feedback:attribute", args=[task.number, rows["overall"].pk])
        assert client.post(url, {"step": "repair", "norm": "一次修复，不返修"}).status_code == 302
        after = client.get(reverse("feedback:deviations") + "?days=7&step=none").content.decode()
    rows["overall"].refresh_from_db()
    assert (rows["overall"].step, rows["overall"].raw, rows["overall"].person_id) == ("repair", 2, order.technician_id)
    assert task.number not in after
    api = Api(user_of(by)).get(f"/follow-ups/{task.number}/answer").json()
    assert {row["key"]: (row["step"], bool(row["norm"])) for row in api["items"] if row["is_deviation"]} == {
        "overall": ("repair", True), "reception": ("reception", True), "fixed_first": ("repair", True),
    }  # fmt: skip


@pytest.mark.req("R67")
def test_with_the_follow_up_role_alone_one_screen_shows_the_service_and_nothing_else_of_the_workshop() -> None:
    services.ensure_defaults(actor=SYSTEM, at=T0)
    shop = make_shop()
    user = user_as("follow_up_caller", name="叶小青", stations=[shop.station])
    client, api = client_of(user), Api(user)
    earlier = finished(at=T0 - 40 * DAY, words="等得有点久", contact=shop.contact)
    assert earlier.customer_id == shop.contact.customer_id
    order = shop.brought_to("delivered")
    other = shop.walk_in()
    events.deliver_due(now=shop.at)
    task = queries.task_of_order(order.pk)
    order.advice.create(asset=order.asset, text="前制动片剩 3 毫米", given_at=shop.at)  # saved a moment ago
    services.open_task(task.pk, at=task.not_before)

    with time_machine.travel(task.not_before, tick=False):
        desk = client.get(reverse("feedback:desk") + f"?task={task.number}").content.decode()
        side = reverse("feedback:side", args=[task.number])
        assert f'hx-get="{side}" hx-trigger="load"' in desk  # one screen: the rail comes with it
        rail = client.get(side).content.decode()
        screen = desk + rail
        for text in (shop.contact.name, task.customer.name, label_of(order.asset)):
            assert text in desk, text
        for text in ("差速器异响检查", "差速器油", order.technician.name, "前制动片剩 3 毫米", "等得有点久"):
            assert text in rail, text
        closed = [
            reverse("workorders:board"), reverse("workorders:list"), reverse("workorders:detail", args=[order.number]),
            reverse("workorders:detail", args=[other.number]),
        ]  # fmt: skip
        assert [client.get(url).status_code in (403, 404) for url in closed] == [True] * len(closed)
        for path in ("/work-orders", f"/work-orders/{order.number}", f"/work-orders/{order.number}/bill"):
            assert api.get(path).status_code in (403, 404), path
        assert other.number not in screen


@pytest.mark.req("R100")
def test_words_are_kept_and_found_and_corrected_only_by_an_addendum() -> None:
    words = "  等了两个小时，\n师傅说“快了快了”……漏油没修好 "
    task, by = due(), caller()
    client, api = page_of(by), Api(user_of(by))
    call_by_page(client, task, T0 + DAY + HOUR, level=2, words=words)
    assert Answer.objects.get().verbatim.replace("\r\n", "\n") == words
    with time_machine.travel(T0 + 2 * DAY, tick=False):
        assert api.get(f"/follow-ups/{task.number}/answer").json()["verbatim"] == words
        found = client.get(reverse("feedback:answers"), {"q": "漏油"}).content.decode()
        missed = client.get(reverse("feedback:answers"), {"q": "空调"}).content.decode()
        assert (task.number in found, task.number in missed) == (True, False)
        by_api = [row["follow_up"] for row in api.get("/follow-ups/answers", q="漏油").json()["items"]]
        assert by_api == [task.number]

        for response in (
            client.post(reverse("feedback:say", args=[task.number]), {"verbatim": "其实挺好", "overall": "5"}),
            client.post(reverse("feedback:end", args=[task.number]), {"verbatim": "其实挺好", "do": "keep"}),
            api.put(f"/follow-ups/{task.number}/answer", {"verbatim": "其实挺好"}),
        ):
            assert response.status_code == 409
        client.post(reverse("feedback:addendum", args=[task.number]), {"text": "客户补充：周五已修好"})
        shown = api.post(f"/follow-ups/{task.number}/answer/addenda", {"text": "再次致电，无其他问题"}).json()
        page = client.get(reverse("feedback:answer", args=[task.number])).content.decode()
    for text in (words, "客户补充：周五已修好", "再次致电，无其他问题"):
        assert text in page.replace("\r\n", "\n")
    assert (shown["verbatim"], shown["addenda"]) == (words, ["客户补充：周五已修好", "再次致电，无其他问题"])
    assert Answer.objects.get().overall == 2


@pytest.mark.req("R101")
def test_a_dissatisfied_answer_opens_a_complaint_before_the_call_can_end_and_by_link_at_sending() -> None:
    station = StationFactory()
    task, by = due(station=station), caller()
    client = page_of(by)
    end = reverse("feedback:end", args=[task.number])
    with time_machine.travel(T0 + DAY, tick=False):
        client.post(reverse("feedback:step", args=[task.number, "take"]))
        for name, value in {**answers(task, 5), "repair": 2, "overall": 3}.items():
            client.post(reverse("feedback:say", args=[task.number]), {name: value})
        refused = client.post(end, {"do": "finish", "verbatim": ""})
        assert (refused.status_code, FollowUpTask.objects.get().state, Complaint.objects.count()) == (422, "in_call", 0)
        by_api = Api(user_of(by)).post(f"/follow-ups/{task.number}/transitions/finish", {})
        assert (by_api.status_code, FollowUpTask.objects.get().state) == (422, "in_call")
        client.post(end, {"do": "finish", "verbatim": "修完还是漏油"})
    complaint = Complaint.objects.get()
    assert (complaint.words, complaint.source, complaint.registered_at, complaint.ack_due_at > T0 + DAY) == (
        "修完还是漏油", "follow_up", T0 + DAY, True,
    )  # fmt: skip
    assert FollowUpTask.objects.get().state == "done_complaint"

    linked = services.send_link(due(station=station).pk, actor=by, at=T0 + DAY)
    url = reverse("feedback_public:form", args=[services.token_of(linked)])
    moment = T0 + 2 * DAY
    with time_machine.travel(moment, tick=False):
        Client().post(reverse("feedback_public:save", args=[services.token_of(linked)]), {"overall": "1"})
        assert Complaint.objects.count() == 1  # not before he sends
        assert Client().post(url, {**answers(linked, 1), "verbatim": "发动机冒烟"}).status_code == 200
    second = Complaint.objects.order_by("pk").last()
    assert (Complaint.objects.count(), second.words, second.registered_at) == (2, "发动机冒烟", moment)

    independent = user_as("complaint_officer", name="程独立", stations=[station])
    for row, served in ((complaint, task), (second, linked)):
        officer = user_as("complaint_officer", name=f"程{row.pk}", stations=[station])
        officer.person.department = served.technician.department
        officer.person.save()
        with time_machine.travel(T0 + 3 * DAY, tick=False):
            body = {"next_contact_at": (T0 + 4 * DAY).isoformat(), "owner": officer.person.pk}
            api = Api(officer).post(f"/complaints/{row.number}/transitions/acknowledge", body)
            page = client_of(officer).post(
                reverse("complaints:step", args=[row.number, "acknowledge"]),
                {**body, "next_contact_at": "2026-11-26T09:00"},
            )
            row.refresh_from_db()
            assert (api.status_code, page.status_code, row.owner_id) == (422, 422, None)
            by_hand = {"next_contact_at": body["next_contact_at"]}
            own = Api(independent)
            assert own.post(f"/complaints/{row.number}/transitions/acknowledge", by_hand).status_code == 200
            given = own.post(f"/complaints/{row.number}/transitions/hand_over", {"owner": officer.person.pk})
        row.refresh_from_db()
        assert (given.status_code, row.owner_id, row.proposed_owner_id) == (422, independent.person.pk, None)


@pytest.mark.req("R103")
def test_budget_quiet_hours_do_not_call_and_no_offer_in_a_script() -> None:
    by = caller("feedback.change_questionnaire")
    client, api = page_of(by), Api(user_of(by))
    asked = finished(at=T0 - 5 * DAY)
    again = planned(contact=asked.contact)
    moment = FollowUpTask.objects.get(pk=asked.task_id).asked_at
    often = finished(at=T0 - 340 * DAY)
    for days in (250, 160, 70):
        finished(at=T0 - days * DAY, contact=often.contact)
    fifth = planned(contact=often.contact)
    surveyed = planned()
    Answer.objects.create(
        version=version_of("yearly"), station=surveyed.station, customer=surveyed.customer, contact=surveyed.contact,
        channel="paper", period="2026", answered_at=T0 - 2 * DAY,
    )  # fmt: skip
    for task, early, free in (
        (again, moment + 30 * DAY - MINUTE, moment + 30 * DAY),
        (fifth, T0 + DAY, T0 + 27 * DAY),  # the fourth in a year was two months ago
        (surveyed, T0 + DAY, T0 + 28 * DAY),
    ):
        FollowUpTask.objects.filter(pk=task.pk).update(state="due")
        steps = [reverse("feedback:step", args=[task.number, name]) for name in ("take", "send_link")]
        ways = [f"/follow-ups/{task.number}/transitions/{name}" for name in ("take", "send_link")]
        with time_machine.travel(early, tick=False):
            assert [page_of(by).post(url).status_code for url in steps] == [409, 409]
            assert [api.post(path, {}).status_code for path in ways] == [409, 409]
        assert FollowUpTask.objects.get(pk=task.pk).state == "due"
        with time_machine.travel(free, tick=False):
            assert page_of(by).post(steps[0]).status_code == 302
        assert FollowUpTask.objects.get(pk=task.pk).state == "in_call"

    vain = due()  # three attempts in vain use nothing of the budget: the next service is asked about
    for days, hour in ((1, 2), (2, 7), (3, 10)):
        at = (T0 + days * DAY).replace(hour=hour, minute=0)
        services.take_call(vain.pk, actor=by, at=at)
        services.miss_call(vain.pk, actor=by, at=at)
    assert FollowUpTask.objects.get(pk=vain.pk).attempt_count == 3
    later = T0 + 4 * DAY
    asked = services.plan_for_order(delivered(at=later, contact=vain.contact).pk, actor=SYSTEM, at=later)
    services.open_task(asked.pk, at=later + DAY)
    with time_machine.travel(later + DAY, tick=False):
        assert client.post(reverse("feedback:step", args=[asked.number, "take"])).status_code == 302
    assert FollowUpTask.objects.get(pk=asked.pk).state == "in_call"

    quiet = due()
    take = reverse("feedback:step", args=[quiet.number, "take"])
    for day, hour in ((20, 20), (21, 8)):  # after eight in the evening, and before nine in the morning
        with time_machine.travel(dt.datetime(2026, 11, day, hour, 30, tzinfo=dt.timezone(8 * HOUR)), tick=False):
            assert client.post(take).status_code == 409
            assert api.post(f"/follow-ups/{quiet.number}/transitions/take", {}).status_code == 409
    quiet.contact.do_not_call = True
    quiet.contact.save()
    with time_machine.travel(T0 + DAY, tick=False):
        assert client.post(take).status_code == 409
        assert api.post(f"/follow-ups/{quiet.number}/transitions/take", {}).status_code == 409
        quiet.contact.do_not_call = False
        quiet.contact.save()
        assert FollowUpTask.objects.get(pk=quiet.pk).state == "due"
        assert client.post(take).status_code == 302
    assert FollowUpTask.objects.get(pk=quiet.pk).state == "in_call"

    draft = services.new_version(
        Questionnaire.objects.get(code="service").pk,
        actor=head(),
        at=T0,
        valid_from=dt.date(2027, 1, 1),
        note="改开场语",
    )
    publish = reverse("feedback:version-step", args=["service", draft.version, "publish"])
    offers = {
        "intro_zh": "您好，现在保养有优惠活动，全场打折。", "intro_en": "There is a discount this month.",
        "closing_zh": "谢谢您，介绍朋友来送代金券。", "closing_en": "Thank you, here is a voucher.",
        "privacy_zh": "回答完可以抽奖。", "privacy_en": "Every answer gets a free gift.",
    }  # fmt: skip
    for name, offer in offers.items():
        plain = getattr(draft, name)
        services.change_draft(draft.pk, actor=head(), at=T0, **{name: offer})
        assert (client.post(publish).status_code, name) == (409, name)
        services.change_draft(draft.pk, actor=head(), at=T0, **{name: plain})
    question = draft.items.get(key="overall")
    for name in ("text_zh", "text_en"):
        draft.items.filter(pk=question.pk).update(**{name: "现在续保打折 trade-in，您满意吗？"})
        assert (client.post(publish).status_code, name) == (409, name)
        draft.items.filter(pk=question.pk).update(**{name: getattr(question, name)})
    assert QuestionnaireVersion.objects.get(pk=draft.pk).state == "draft"
    assert client.post(publish).status_code == 302
    assert FollowUpPlan.objects.filter(service_type="repair").exists()


@pytest.mark.req("R99")
@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("language", "heading"), [("zh-hans", "这次服务怎么样"), ("en", "How was our service?")])
def test_the_customer_answers_on_his_phone_by_link_once_in_his_language(
    chromium: Any, live_server: Any, language: str, heading: str
) -> None:
    task = due(at=dt.datetime.now(dt.UTC) - 30 * HOUR)
    task.contact.language = language
    task.contact.save()
    with transaction.atomic():
        services.send_link(task.pk, actor=Actor.system(), at=dt.datetime.now(dt.UTC))
    task.refresh_from_db()
    token = services.token_of(task)
    url = live_server.url + reverse("feedback_public:form", args=[token])
    context = chromium.new_context(viewport={"width": 390, "height": 844}, is_mobile=True, has_touch=True)
    page = context.new_page()
    page.goto(url, wait_until="networkidle")
    assert page.evaluate("document.documentElement.scrollWidth <= 390")
    assert (heading in page.content(), page.evaluate("document.documentElement.lang")) == (True, language)
    assert "cl-nav" not in page.content()
    words = page.locator("textarea[name=verbatim]")
    words.fill("师傅讲得")
    with page.expect_response(lambda response: response.request.method == "POST"):
        words.blur()
    with page.expect_response(lambda response: response.request.method == "POST"):
        page.locator("label", has=page.locator("input[name=overall][value='4']")).first.click()
    page.close()

    page = context.new_page()  # later, on the same phone
    page.goto(url, wait_until="networkidle")
    assert page.locator("input[name=overall]:checked").get_attribute("value") == "4"
    assert page.locator("textarea[name=verbatim]").input_value() == "师傅讲得"
    for name, value in answers(task, 4).items():
        page.locator("label", has=page.locator(f"input[name='{name}'][value='{value}']")).first.click()
    page.locator("textarea[name=verbatim]").fill("师傅讲得很清楚")
    with page.expect_navigation():
        page.locator("button[form=answer-form]").click()
    answer = Answer.objects.get()
    assert (answer.overall, answer.verbatim, answer.channel, answer.finished_at is not None) == (
        4, "师傅讲得很清楚", "link", True,
    )  # fmt: skip
    changed = ("A" if token[0] != "A" else "B") + token[1:]
    for dead in (url, url.replace(token, changed)):
        response = page.goto(dead)
        assert (response.status, task.customer.name in page.content(), task.contact.name in page.content()) == (
            404, False, False,
        )  # fmt: skip
    context.close()
