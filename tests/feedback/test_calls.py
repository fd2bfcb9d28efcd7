"""From the delivery to the locked answer, and every way a follow-up can end."""

import datetime as dt
import threading

import pytest
from django.db import IntegrityError, connection, transaction

from careloop.complaints.models import Complaint
from careloop.core.errors import Conflict, DomainError, PermissionRefused, TransitionRefused
from careloop.core.models import Event
from careloop.customers.models import ContactChannel
from careloop.feedback import jobs, queries, services
from careloop.feedback.models import Answer, AnswerItem, CallAttempt, FamilyCallers, FollowUpTask
from careloop.workorders.models import WorkOrder
from tests.factories import T0, ContactFactory, CustomerFactory, PersonFactory, ProductFamilyFactory, actor_with
from tests.feedback.factories import (
    BAD,
    CALLING,
    DAY,
    HOUR,
    SYSTEM,
    answers,
    caller,
    delivered,
    due,
    finished,
    head,
    in_call,
    planned,
)

pytestmark = pytest.mark.django_db
MINUTE = dt.timedelta(minutes=1)


# --- planning ----------------------------------------------------------------------------------------------------


def test_a_delivery_plans_one_follow_up_with_the_window_of_its_kind() -> None:
    services.ensure_defaults(actor=SYSTEM, at=T0)
    windows = {}
    for name, fields in {
        "repair": {"lines": ("更换机油",)},
        "safety": {"lines": ("更换前制动片",)},
        "major": {"work_class": "assembly"},
        "maintenance": {"work_class": "level2", "lines": ("二级维护",)},
    }.items():
        task = services.plan_for_order(delivered(at=T0, **fields).pk, actor=SYSTEM, at=T0)
        windows[name] = (task.service_type, (task.not_before - T0) / HOUR, (task.due_at - T0) / HOUR)

    assert windows == {
        "repair": ("repair", 24, 72),
        "safety": ("safety", 2, 24),
        "major": ("major", 72, 168),
        "maintenance": ("maintenance", 24, 72),
    }


def test_planning_again_gives_the_same_follow_up() -> None:
    task = planned()

    again = services.plan_for_order(task.order_id, actor=SYSTEM, at=T0 + HOUR)

    assert (again.pk, FollowUpTask.objects.count()) == (task.pk, 1)
    assert Event.objects.filter(kind="follow_up.plan").count() == 1


def test_an_undone_delivery_calls_it_off_and_a_second_one_plans_a_new_one() -> None:
    task = planned()
    services.cancel_for_order(task.order_id, actor=SYSTEM, at=T0 + 5 * MINUTE)
    task.refresh_from_db()
    assert (task.state, task.is_open) == ("cancelled", False)

    again = services.plan_for_order(task.order_id, actor=SYSTEM, at=T0 + 9 * MINUTE)

    assert (again.state, FollowUpTask.objects.filter(order=task.order_id).count()) == ("planned", 2)


def test_the_database_refuses_a_second_follow_up_of_an_order() -> None:
    task = planned()
    with pytest.raises(IntegrityError), transaction.atomic():
        FollowUpTask.objects.create(
            number="HF-1", service_type="repair", station=task.station, customer=task.customer, order=task.order,
            state="planned", service_done_at=T0, not_before=T0, due_at=T0 + HOUR,
        )  # fmt: skip


def test_a_service_while_another_follow_up_runs_is_asked_about_together() -> None:
    first = planned()
    order = delivered(at=T0 + HOUR, contact=first.contact)

    second = services.plan_for_order(order.pk, actor=SYSTEM, at=T0 + HOUR)

    assert (second.state, second.merged_into_id) == ("cancelled", first.pk)
    assert services.plan_for_order(order.pk, actor=SYSTEM, at=T0 + HOUR).pk == second.pk
    services.cancel_for_order(first.order_id, actor=SYSTEM, at=T0 + HOUR)
    assert queries.task_of_order(order.pk).state == "planned"


def test_three_step_questions_take_their_turn() -> None:
    keys = [planned().step_keys for _ in range(3)]

    assert keys == [
        ["reception", "repair", "inspection"],
        ["settlement", "reception", "repair"],
        ["inspection", "settlement", "reception"],
    ]  # a walk-in is not asked about an appointment


def test_a_planned_follow_up_is_due_when_its_window_opens() -> None:
    task = planned()
    assert jobs.open_windows(now=T0 + DAY - MINUTE) == 0

    assert jobs.open_windows(now=T0 + DAY) == 1

    task.refresh_from_db()
    assert (task.state, WorkOrder.objects.get(pk=task.order_id).state) == ("due", "follow_up")


# --- guards of the call ------------------------------------------------------------------------------------------


def refused_take(task: FollowUpTask, by: object, at: dt.datetime) -> str:
    before = FollowUpTask.objects.filter(pk=task.pk).values().get()
    with pytest.raises(TransitionRefused) as refused:
        services.take_call(task.pk, actor=by, at=at)
    assert FollowUpTask.objects.filter(pk=task.pk).values().get() == before
    return str(refused.value.message)


def test_not_before_the_window() -> None:
    assert "opens at 20 Nov 10:00" in refused_take(planned(), caller(), T0 + HOUR)


@pytest.mark.parametrize(
    ("local_hour", "allowed"), [("08:59", False), ("09:00", True), ("19:59", True), ("20:00", False), ("20:30", False)]
)
def test_quiet_hours(local_hour: str, allowed: bool) -> None:
    task = due()
    hour, minute = map(int, local_hour.split(":"))
    at = dt.datetime(2026, 11, 21, hour, minute, tzinfo=dt.timezone(8 * HOUR))
    if allowed:
        assert services.take_call(task.pk, actor=caller(), at=at).state == "in_call"
    else:
        assert "Quiet hours" in refused_take(task, caller(), at)


def test_the_hours_a_contact_asked_for_count_too() -> None:
    task = due()
    task.contact.quiet_from, task.contact.quiet_to = dt.time(9, 30), dt.time(11, 0)
    task.contact.save()

    assert "does not want calls between 09:30 and 11:00" in refused_take(task, caller(), T0 + DAY)


def test_do_not_call_is_refused_and_the_link_stays_possible() -> None:
    task = due()
    task.contact.do_not_call = True
    task.contact.save()
    assert "does not want calls" in refused_take(task, caller(), T0 + DAY)

    assert services.send_link(task.pk, actor=caller(), at=T0 + DAY).state == "link_sent"


def test_whoever_took_part_in_the_service_does_not_call() -> None:
    by = caller()
    person = PersonFactory._meta.model.objects.get(pk=by.person_id)

    task = due(worker=person)

    assert "took part" in refused_take(task, by, T0 + DAY)
    assert services.take_call(task.pk, actor=caller(), at=T0 + DAY).state == "in_call"


def test_without_the_competence_the_calls_of_a_product_leave_the_queue_at_once() -> None:
    """Checked through `queries.next_call`, which is what the desk shows; the page test is in test_desk."""
    family = ProductFamilyFactory()
    by, other = caller(), caller()
    rule = FamilyCallers.objects.create(family=family)
    rule.callers.set([by.person_id, other.person_id])
    from tests.factories import AssetFactory

    task = planned(asset=None)
    machine = AssetFactory(customer=task.customer, station=task.station)
    FollowUpTask.objects.filter(pk=task.pk).update(asset=machine)
    services.open_task(task.pk, at=T0 + DAY)
    assert queries.next_call(by, now=T0 + DAY) == task

    rule.callers.remove(by.person_id)

    assert queries.next_call(by, now=T0 + DAY) is None
    assert queries.next_call(other, now=T0 + DAY) == task
    assert "knowledge of the product" in refused_take(task, by, T0 + DAY)
    rule.callers.clear()
    assert list(queries.task_list(by, {"view": "nobody"}, now=T0 + DAY)) == [task]


# --- budget ------------------------------------------------------------------------------------------------------


def test_a_second_survey_inside_thirty_days_is_waived_with_a_thank_you() -> None:
    first = finished()
    order = delivered(at=T0 + 5 * DAY, contact=first.contact)
    task = services.plan_for_order(order.pk, actor=SYSTEM, at=T0 + 5 * DAY)
    assert task.state == "planned"

    jobs.open_windows(now=T0 + 6 * DAY)

    task.refresh_from_db()
    assert (task.state, task.waive_reason, task.thank_due_at) == ("waived", "budget", task.due_at)
    assert WorkOrder.objects.get(pk=order.pk).state == "archived"
    assert queries.thanks_due(caller(), limit=9) == [task]
    services.send_thanks(task.pk, actor=caller(), at=T0 + 6 * DAY)
    assert queries.thanks_due(caller(), limit=9) == []


def test_the_call_itself_is_refused_inside_the_budget_too() -> None:
    first = finished()
    task = services.plan_for_order(delivered(at=T0 + 5 * DAY, contact=first.contact).pk, actor=SYSTEM, at=T0 + 5 * DAY)

    assert "budget" in refused_take(task, caller(), T0 + 6 * DAY)


def test_after_thirty_days_the_person_may_be_asked_again() -> None:
    first = finished()
    later = T0 + 31 * DAY
    task = services.plan_for_order(delivered(at=later, contact=first.contact).pk, actor=SYSTEM, at=later)

    assert services.take_call(task.pk, actor=caller(), at=later + DAY).state == "in_call"


def test_four_surveys_a_year_are_enough() -> None:
    answer = finished()
    for n in range(1, 4):
        finished(at=T0 + n * 60 * DAY, contact=answer.contact)
    fifth = T0 + 240 * DAY
    task = services.plan_for_order(delivered(at=fifth, contact=answer.contact).pk, actor=SYSTEM, at=fifth)

    assert "4 a year" in refused_take(task, caller(), fifth + DAY)


def test_vain_attempts_do_not_use_the_budget() -> None:
    task, by = in_call()
    services.miss_call(task.pk, actor=by, at=T0 + DAY)
    other = services.plan_for_order(
        delivered(at=T0 + DAY, contact=ContactFactory(customer=task.customer, is_primary=False)).pk,
        actor=SYSTEM,
        at=T0 + DAY,
    )
    FollowUpTask.objects.filter(pk=other.pk).update(contact=task.contact_id)

    other.refresh_from_db()
    assert other.budget_refusal(T0 + 2 * DAY) is None


# --- attempts ----------------------------------------------------------------------------------------------------


def local(day: int, hour: int) -> dt.datetime:
    return dt.datetime(2026, 11, day, hour, 0, tzinfo=dt.timezone(8 * HOUR))


def test_three_attempts_on_other_days_and_times_of_day_then_the_link_then_unreachable() -> None:
    task, by = due(), caller()
    for moment, result in ((local(20, 10), "no_answer"), (local(21, 14), "busy")):
        services.take_call(task.pk, actor=by, at=moment)
        assert services.miss_call(task.pk, actor=by, at=moment, result=result).state == "due"
    assert "another day" in refused_take(task, by, local(21, 18))
    assert "another time of day" in refused_take(task, by, local(22, 15))

    services.take_call(task.pk, actor=by, at=local(22, 18))
    task = services.miss_call(task.pk, actor=by, at=local(22, 18))

    assert (task.state, task.attempt_count, task.confirm_contact) == ("link_sent", 3, True)
    assert [(a.day.day, a.daypart, a.result) for a in CallAttempt.objects.order_by("pk")] == [
        (20, "morning", "no_answer"),
        (21, "afternoon", "busy"),
        (22, "evening", "no_answer"),
    ]
    assert jobs.end_links(now=local(22, 18) + 14 * DAY - MINUTE) == 0
    assert jobs.end_links(now=local(22, 18) + 14 * DAY) == 1
    task.refresh_from_db()
    assert (task.state, WorkOrder.objects.get(pk=task.order_id).state) == ("unreachable", "archived")


def test_a_wrong_number_is_marked_at_the_customer() -> None:
    task, by = in_call()

    services.miss_call(task.pk, actor=by, at=T0 + DAY, result="wrong_number")

    assert ContactChannel.objects.get(contact=task.contact).wrong_since == T0 + DAY


def test_not_reached_is_tried_again_when_a_contact_is_verified_within_thirty_days() -> None:
    task, by = in_call()
    services.miss_call(task.pk, actor=by, at=T0 + DAY)
    FollowUpTask.objects.filter(pk=task.pk).update(state="unreachable", ended_at=T0 + 9 * DAY, attempt_count=3)
    with pytest.raises(TransitionRefused):
        services.recover(task.pk, actor=by, at=T0 + 40 * DAY)

    task = services.recover(task.pk, actor=by, at=T0 + 20 * DAY)

    assert (task.state, task.attempt_count) == ("due", 0)


def test_not_convenient_agrees_on_a_time_outside_quiet_hours() -> None:
    task, by = in_call()
    with pytest.raises(DomainError):
        services.reschedule(task.pk, actor=by, at=T0 + DAY, next_at=local(20, 21))

    task = services.reschedule(task.pk, actor=by, at=T0 + DAY, next_at=local(20, 15))

    assert (task.state, task.next_at) == ("rescheduled", local(20, 15))
    assert "later time is agreed" in refused_take(task, by, local(20, 12))
    assert services.take_call(task.pk, actor=by, at=local(20, 15)).state == "in_call"


def test_a_customer_may_refuse_and_counts_as_asked() -> None:
    task, by = in_call()
    with pytest.raises(DomainError):
        services.refuse_call(task.pk, actor=by, at=T0 + DAY, reason=" ")

    task = services.refuse_call(task.pk, actor=by, at=T0 + DAY, reason="没空，不想评价")

    assert (task.state, task.reason, task.asked_at) == ("refused", "没空，不想评价", T0 + DAY)


def test_a_waiver_needs_right_and_reason_and_stays_counted() -> None:
    task = due()
    with pytest.raises(PermissionRefused):
        services.waive(task.pk, actor=caller(), at=T0 + DAY, why="internal", reason="内部车")
    with pytest.raises(DomainError):
        services.waive(task.pk, actor=head(), at=T0 + DAY, why="internal", reason="  ")

    task = services.waive(task.pk, actor=head(), at=T0 + DAY, why="internal", reason="内部车")

    covered = queries.coverage(SYSTEM, T0 - DAY, T0 + DAY)
    assert (task.state, covered.eligible, covered.reasons) == ("waived", 1, {"internal": 1})
    assert services.take_back(task.pk, actor=head(), at=T0 + 2 * DAY, reason="弄错了").state == "planned"


def test_a_broken_line_keeps_the_answers_and_is_no_attempt() -> None:
    task, by = in_call()
    services.save_answer(task.pk, {"overall": 4}, actor=by, at=T0 + DAY + MINUTE)

    services.break_off(task.pk, actor=by, at=T0 + DAY + 2 * MINUTE)
    task = services.take_call(task.pk, actor=caller(), at=T0 + DAY + 9 * MINUTE)

    assert (task.state, task.attempt_count, task.answer_or_none.overall) == ("in_call", 0, 4)


def test_a_call_nobody_ended_goes_back_to_the_queue_after_two_hours() -> None:
    task, by = in_call()
    services.save_answer(task.pk, {"overall": 4}, actor=by, at=T0 + DAY)

    assert (jobs.tidy(now=T0 + DAY + HOUR), jobs.tidy(now=T0 + DAY + 3 * HOUR)) == (0, 1)

    task.refresh_from_db()
    assert (task.state, Answer.objects.get().overall) == ("due", 4)


# --- answers -----------------------------------------------------------------------------------------------------


def test_answers_are_kept_with_level_score_and_time_of_asking() -> None:
    task, by = in_call()

    services.save_answer(
        task.pk, {"overall": 4, "reception": "na", "comparison": "as_expected"}, actor=by, at=T0 + DAY + MINUTE
    )

    rows = {row.item.key: (row.raw, row.score, row.asked_at) for row in AnswerItem.objects.select_related("item")}
    assert rows == {"overall": (4, 75, T0 + DAY + MINUTE), "reception": (None, None, T0 + DAY + MINUTE)}
    answer = Answer.objects.get()
    assert (answer.overall, answer.expectation_state, answer.entered_by_id) == (4, "met", by.person_id)


@pytest.mark.parametrize("value", ["6", "0", "gut", "4.5"])
def test_a_level_outside_the_scale_is_refused_by_name(value: str) -> None:
    task, by = in_call()

    with pytest.raises(DomainError) as refused:
        services.save_answer(task.pk, {"overall": value}, actor=by, at=T0 + DAY)

    assert (refused.value.field, Answer.objects.count(), AnswerItem.objects.count()) == ("overall", 0, 0)


def test_only_the_caller_in_the_call_writes_answers() -> None:
    task, _by = in_call()

    with pytest.raises(TransitionRefused):
        services.save_answer(task.pk, {"overall": 5}, actor=caller(), at=T0 + DAY)

    assert Answer.objects.count() == 0


def test_the_call_is_not_finished_while_a_question_is_open() -> None:
    task, by = in_call()
    services.save_answer(task.pk, {"overall": 5}, actor=by, at=T0 + DAY)

    with pytest.raises(TransitionRefused) as refused:
        services.finish_call(task.pk, actor=by, at=T0 + DAY)

    assert "Still to ask" in str(refused.value.message)


def test_a_dissatisfied_answer_opens_its_complaint_before_the_call_is_finished() -> None:
    task, by = in_call()
    services.save_answer(task.pk, answers(task, 5, **BAD), actor=by, at=T0 + DAY)
    with pytest.raises(DomainError) as refused:
        services.finish_call(task.pk, actor=by, at=T0 + DAY)
    assert (refused.value.field, Complaint.objects.count()) == ("verbatim", 0)

    services.save_answer(task.pk, {"verbatim": "修了还是漏油，没修好"}, actor=by, at=T0 + DAY)
    task = services.finish_call(task.pk, actor=by, at=T0 + DAY + MINUTE)

    complaint = Complaint.objects.get()
    assert (complaint.words, complaint.source, complaint.severity, complaint.category, complaint.is_sealed) == (
        "修了还是漏油，没修好",
        "follow_up",
        "major",
        "not_fixed",
        True,
    )
    assert complaint.ack_due_at == T0 + DAY + MINUTE + 12 * HOUR
    assert (task.state, Answer.objects.get().complaint_id) == ("done_complaint", complaint.pk)
    assert complaint.involved_ids == task.served_ids


def test_the_complaint_button_opens_one_complaint_whatever_was_rated() -> None:
    task, by = in_call()
    services.save_answer(task.pk, answers(task), actor=by, at=T0 + DAY)
    services.register_call_complaint(task.pk, actor=by, at=T0 + DAY, words="多收了我 200 块", desired_remedy="退钱")
    with pytest.raises(DomainError):
        services.register_call_complaint(task.pk, actor=by, at=T0 + DAY, words="再说一次")

    task = services.finish_call(task.pk, actor=by, at=T0 + DAY + MINUTE)

    assert (task.state, Complaint.objects.get().desired_remedy, Answer.objects.get().verbatim) == (
        "done_complaint",
        "退钱",
        "多收了我 200 块",
    )


@pytest.mark.parametrize(
    ("values", "state"),
    [
        ({}, "done_satisfied"),
        ({"verbatim": "等得有点久"}, "done_remarks"),
        ({"on_time": "no"}, "done_remarks"),
        ({"comparison": "worse"}, "done_remarks"),
    ],
)
def test_how_the_call_ended(values: dict, state: str) -> None:
    task, by = in_call()
    services.save_answer(task.pk, answers(task, **values), actor=by, at=T0 + DAY)

    assert services.finish_call(task.pk, actor=by, at=T0 + DAY).state == state


def test_done_on_the_last_minute_is_in_time_and_one_minute_later_is_late() -> None:
    marks = []
    for late in (0, 1):
        task, by = in_call()
        services.save_answer(task.pk, answers(task), actor=by, at=T0 + DAY)
        marks.append(services.finish_call(task.pk, actor=by, at=task.due_at + late * MINUTE).is_late)

    assert marks == [False, True]
    covered = queries.coverage(SYSTEM, T0 - DAY, T0 + DAY)
    assert (covered.due, covered.done_in_window, covered.answered, covered.late) == (2, 1, 2, 1)


def test_expectation_and_experience_are_kept_as_a_pair_with_the_time_of_asking() -> None:
    task, by = in_call()
    type(task.version).objects.filter(pk=task.version_id).update(expectation_mode="pair10")
    services.save_answer(task.pk, {"expectation": 8, "perception": 6}, actor=by, at=T0 + DAY)

    answer = Answer.objects.get()
    assert (answer.expectation, answer.perception, answer.expectation_state, answer.expectation_asked_at) == (
        8,
        6,
        "below",
        T0 + DAY,
    )
    assert answer.is_expectation_after is True


# --- lock --------------------------------------------------------------------------------------------------------


def test_answers_are_locked_a_day_after_the_call_and_corrected_by_addendum_only() -> None:
    answer, by = finished(level=2, words="没修好"), caller()
    end = answer.finished_at
    assert (jobs.lock_answers(now=end + DAY - MINUTE), jobs.lock_answers(now=end + DAY)) == (0, 1)
    answer.refresh_from_db()
    assert answer.locked_at == end + DAY
    assert Complaint.objects.get().is_sealed is False
    with pytest.raises(TransitionRefused):
        services.save_answer(answer.task_id, {"overall": 5}, actor=by, at=end + 2 * DAY)

    services.add_addendum(answer.pk, actor=by, at=end + 2 * DAY, text="客户补充：已经修好了")

    answer.refresh_from_db()
    assert (answer.overall, answer.verbatim, [a.text for a in queries.addenda_of(answer)]) == (
        2,
        "没修好",
        ["客户补充：已经修好了"],
    )


def test_a_finished_answer_is_not_written_again_even_before_the_lock() -> None:
    answer = finished()
    with pytest.raises((Conflict, TransitionRefused)):
        services.save_answer(answer.task_id, {"overall": 1}, actor=caller(), at=answer.finished_at + MINUTE)

    answer.refresh_from_db()
    assert answer.overall == 5


def test_who_took_part_writes_no_addendum() -> None:
    by = caller()
    answer = finished(worker=PersonFactory._meta.model.objects.get(pk=by.person_id))

    with pytest.raises(DomainError):
        services.add_addendum(answer.pk, actor=by, at=answer.finished_at + DAY, text="其实很好")

    assert queries.addenda_of(answer) == []


@pytest.mark.concurrency
@pytest.mark.django_db(transaction=True)
def test_two_callers_taking_the_same_call_one_gets_it() -> None:
    task = due()
    callers = [actor_with(*CALLING) for _ in range(2)]
    results: list[str] = []
    gate = threading.Barrier(2)

    def take(by: object) -> None:
        gate.wait()
        try:
            services.take_call(task.pk, actor=by, at=T0 + DAY)
            results.append("taken")
        except TransitionRefused:
            results.append("refused")
        finally:
            connection.close()

    threads = [threading.Thread(target=take, args=(by,)) for by in callers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(results) == ["refused", "taken"]
    assert Event.objects.filter(kind="follow_up.take").count() == 1


def test_a_customer_without_contact_is_never_called_and_never_lost() -> None:
    customer = CustomerFactory()
    task = planned(contact=ContactFactory(customer=customer))
    FollowUpTask.objects.filter(pk=task.pk).update(contact=None)

    assert "No contact is known" in refused_take(task, caller(), T0 + DAY)
    assert queries.coverage(SYSTEM, T0 - DAY, T0 + DAY).eligible == 1
