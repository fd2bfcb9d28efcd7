"""The complaint's way from the receipt to the record, and what is refused on it."""

import datetime as dt
import threading
from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction

from careloop.complaints import queries, services
from careloop.complaints.models import Complaint, ComplaintTask
from careloop.core.actor import Actor
from careloop.core.errors import Conflict, DomainError, PermissionRefused, TransitionRefused
from careloop.core.models import Event
from careloop.staff.models import Person
from tests.complaints.factories import HANDLING, HOUR, SYSTEM, brought_to, complaint, officer, unit, worker
from tests.factories import T0, CustomerFactory, StationFactory, actor_with

pytestmark = pytest.mark.django_db


def person_of(actor: Actor) -> Person:
    return Person.objects.get(pk=actor.person_id)


# --- registration ------------------------------------------------------------------------------------------------


def test_registration_writes_words_severity_clocks_and_one_event() -> None:
    row = complaint("修好第二天又冒烟", at=T0)

    assert (row.state, row.severity, row.first_severity, row.severity_reasons) == (
        "registered",
        "urgent",
        "urgent",
        ["fire"],
    )
    assert (row.ack_due_at - T0, row.solution_due_at - T0) == (2 * HOUR, 24 * HOUR)
    assert row.number.startswith("TS-261119-")
    assert [(e.kind, e.text) for e in Event.objects.filter(subject_type="complaint")] == [
        ("complaint.register", "修好第二天又冒烟")
    ]


def test_an_a_customer_and_a_c_customer_are_treated_alike() -> None:
    station = StationFactory()
    rows = [
        complaint(
            "等了三天没有人回电话", customer=CustomerFactory(station=station, grade=grade, grade_reason="按规则"), at=T0
        )
        for grade in ("C", "A")
    ]

    assert {(r.severity, r.ack_due_at, r.answer_due_at, r.solution_due_at) for r in rows} == {
        (rows[0].severity, rows[0].ack_due_at, rows[0].answer_due_at, rows[0].solution_due_at)
    }
    assert [r.pk for r in queries.place_in_queue(reversed(rows))] == [rows[0].pk, rows[1].pk]


def test_a_complaint_without_words_is_refused() -> None:
    with pytest.raises(DomainError) as refused:
        complaint("   ")

    assert (refused.value.field, Complaint.objects.count(), Event.objects.count()) == ("words", 0, 0)


def test_without_a_demand_it_is_a_grumble_that_becomes_a_complaint_when_a_result_is_demanded() -> None:
    row = complaint("前台说话不太客气", demands_result=False)
    assert (row.state, row.is_open) == ("reclassified", False)

    later = T0 + dt.timedelta(days=2)
    row = services.demand(row.pk, actor=officer(), at=later, reason="要求道歉", desired_remedy="书面道歉")

    assert (row.state, row.registered_at, row.first_registered_at) == ("registered", later, T0)
    assert row.ack_due_at == later + 24 * HOUR


# --- independence ------------------------------------------------------------------------------------------------


def test_nobody_handles_a_complaint_about_himself() -> None:
    by = officer()
    row = complaint(accused_id=by.person_id)

    with pytest.raises(TransitionRefused):
        services.acknowledge(row.pk, actor=by, at=T0 + HOUR, next_contact_at=T0 + 2 * HOUR, owner=officer().person_id)

    assert Complaint.objects.get(pk=row.pk).ack_at is None


def test_nobody_handles_a_service_that_he_took_part_in() -> None:
    by = officer()
    row = complaint(involved={by.person_id})

    with pytest.raises(DomainError):
        services.acknowledge(row.pk, actor=by, at=T0 + HOUR, next_contact_at=T0 + 2 * HOUR)

    assert Complaint.objects.get(pk=row.pk).state == "registered"


def test_an_officer_of_the_rated_unit_is_refused_while_an_independent_one_is_there() -> None:
    technician = worker(department="维修车间")
    insider = officer(name="车间主管", department="维修车间")
    outsider = officer(name="客户关系", department="客户关系部")
    row = complaint(involved={technician.pk})

    with pytest.raises(DomainError) as refused:
        services.acknowledge(row.pk, actor=insider, at=T0 + HOUR, next_contact_at=T0 + 2 * HOUR)
    assert "客户关系" in str(refused.value.message)

    row = services.acknowledge(row.pk, actor=outsider, at=T0 + HOUR, next_contact_at=T0 + 2 * HOUR)
    assert row.owner_id == outsider.person_id
    assert Event.objects.get(kind="complaint.acknowledge").data["owner"] == "客户关系"  # a name, as the log shows it


def test_in_a_team_of_one_unit_the_uninvolved_one_may_own_it() -> None:
    technician = worker(department="服务部")
    colleague = officer(department="服务部")
    row = complaint(involved={technician.pk})

    row = services.acknowledge(row.pk, actor=colleague, at=T0 + HOUR, next_contact_at=T0 + 2 * HOUR)

    assert row.owner_id == colleague.person_id


def test_the_database_refuses_an_accused_owner() -> None:
    row, by = brought_to("acknowledged")

    with pytest.raises(IntegrityError), transaction.atomic():
        Complaint.objects.filter(pk=row.pk).update(accused=by.person_id)


def test_a_sealed_complaint_is_hidden_from_the_rated_unit_until_it_is_opened() -> None:
    station = StationFactory()
    manager = actor_with("complaints.view_complaint", stations=[station])
    row = complaint(customer=CustomerFactory(station=station), source="follow_up", is_sealed=True)
    assert queries.complaint_by_number(manager, row.number) is None
    assert Event.objects.visible_to(manager).count() == 0

    services.unseal_complaint(row.pk, actor=SYSTEM, at=T0 + HOUR)

    assert queries.complaint_by_number(manager, row.number) == row
    assert [e.kind for e in Event.objects.visible_to(manager)] == ["complaint.unseal"]


# --- the way to the decision -------------------------------------------------------------------------------------


def test_lowering_the_severity_needs_a_second_person() -> None:
    first, second = officer(), officer()
    row = complaint("机器冒烟了")
    services.acknowledge(row.pk, actor=first, at=T0 + HOUR, next_contact_at=T0 + 2 * HOUR)
    row = services.assess(row.pk, actor=first, at=T0 + HOUR, severity="ordinary", category="product")
    assert (row.severity, row.proposed_severity) == ("urgent", "ordinary")
    with pytest.raises(TransitionRefused):
        services.confirm_severity(row.pk, actor=first, at=T0 + HOUR)
    with pytest.raises(TransitionRefused):
        services.investigate(row.pk, actor=first, at=T0 + HOUR)

    row = services.confirm_severity(row.pk, actor=second, at=T0 + 2 * HOUR)

    assert (row.severity, row.first_severity, row.proposed_severity) == ("ordinary", "urgent", "")
    assert row.solution_due_at > T0 + 24 * HOUR


def test_raising_the_severity_counts_at_once() -> None:
    row, by = brought_to("acknowledged")

    row = services.assess(row.pk, actor=by, at=T0 + 2 * HOUR, severity="urgent", category="safety")

    assert (row.severity, row.solution_due_at) == ("urgent", T0 + 24 * HOUR)


def test_a_hand_over_counts_when_the_other_accepts_by_name() -> None:
    row, first = brought_to("acknowledged")
    second, third = officer(), officer()
    services.hand_over(row.pk, actor=first, at=T0 + 2 * HOUR, owner=second.person_id)
    assert Complaint.objects.get(pk=row.pk).owner_id == first.person_id
    with pytest.raises(TransitionRefused):
        services.accept_owner(row.pk, actor=third, at=T0 + 3 * HOUR)

    due = Complaint.objects.get(pk=row.pk).solution_due_at
    row = services.accept_owner(row.pk, actor=second, at=T0 + 3 * HOUR)

    assert (row.owner_id, row.first_owner_id, row.handover_count, row.solution_due_at) == (
        second.person_id,
        first.person_id,
        1,
        due,
    )


def test_only_the_solution_clock_pauses_while_the_customer_is_asked() -> None:
    row, by = brought_to("facts")
    before = (row.ack_due_at, row.answer_due_at, row.solution_due_at)
    services.ask_customer(row.pk, actor=by, at=T0 + 10 * HOUR, reason="等照片")

    row = services.resume(row.pk, actor=by, at=T0 + 15 * HOUR, answer="照片已发")

    assert (row.ack_due_at, row.answer_due_at) == before[:2]
    assert (row.solution_due_at - before[2], row.paused_minutes) == (5 * HOUR, 300)


def test_without_facts_there_is_no_decision() -> None:
    row, by = brought_to("investigating")

    with pytest.raises(TransitionRefused):
        services.decide(row.pk, actor=by, at=T0 + 9 * HOUR, kind="apology", cost=Decimal(0), answer="致歉")

    assert Complaint.objects.get(pk=row.pk).state == "investigating"


@pytest.mark.parametrize(("cost", "allowed"), [("200", True), ("201", False)])
def test_two_hundred_yuan_at_once_and_one_more_to_the_next_level(cost: str, allowed: bool) -> None:
    row, by = brought_to("facts")
    arguments = {"actor": by, "at": T0 + 9 * HOUR, "kind": "compensation", "cost": Decimal(cost), "answer": "赔偿"}
    if allowed:
        assert services.decide(row.pk, **arguments).state == "communicated"
        return
    with pytest.raises(DomainError):
        services.decide(row.pk, **arguments)

    row = services.propose_remedy(
        row.pk, actor=by, at=T0 + 9 * HOUR, kind="compensation", cost=Decimal(cost), remedy="赔偿", is_justified=True
    )

    assert (row.state, row.approval_due_at) == ("pending", T0 + 33 * HOUR)


def test_the_proposer_does_not_approve_and_a_manager_stays_within_his_limit() -> None:
    row, by = brought_to("facts", handler=officer("complaints.approve_remedy"))
    services.propose_remedy(
        row.pk, actor=by, at=T0 + 9 * HOUR, kind="refund", cost=Decimal(5001), remedy="退款", is_justified=True
    )
    manager = actor_with("complaints.view_complaint", "complaints.approve_remedy")
    boss = actor_with("complaints.view_complaint", "complaints.approve_remedy", "complaints.approve_any")
    with pytest.raises(TransitionRefused):
        services.approve_remedy(row.pk, actor=by, at=T0 + 10 * HOUR, answer="退款")
    with pytest.raises(DomainError):
        services.approve_remedy(row.pk, actor=manager, at=T0 + 10 * HOUR, answer="退款")

    assert services.approve_remedy(row.pk, actor=boss, at=T0 + 10 * HOUR, answer="退款").state == "communicated"


def test_after_an_objection_another_person_decides() -> None:
    row, by = brought_to("communicated")
    services.object_to_decision(row.pk, actor=by, at=T0 + 9 * HOUR, reason="要求退全款")
    again = {"at": T0 + 10 * HOUR, "kind": "check", "cost": Decimal(0), "answer": "再查一次"}
    with pytest.raises(TransitionRefused):
        services.decide(row.pk, actor=by, **again)

    assert services.decide(row.pk, actor=officer(), **again).state == "communicated"


@pytest.mark.parametrize("step", ["decide", "propose_remedy"])
def test_a_remedy_that_nobody_knows_is_refused(step: str) -> None:
    row, by = brought_to("facts")
    said = {"answer": "换车"} if step == "decide" else {"remedy": "换车", "is_justified": True}

    with pytest.raises(DomainError) as refused:
        getattr(services, step)(row.pk, actor=by, at=T0 + 9 * HOUR, kind="yacht", cost=Decimal(0), **said)

    assert (refused.value.field, Complaint.objects.get(pk=row.pk).state) == ("kind", row.state)


def test_a_final_refusal_names_alternatives() -> None:
    row, by = brought_to("communicated")
    with pytest.raises(DomainError) as refused:
        services.refuse_decision(row.pk, actor=by, at=T0 + 9 * HOUR)
    assert refused.value.field == "alternatives"

    row = services.refuse_decision(row.pk, actor=by, at=T0 + 9 * HOUR, alternatives="消协调解，12315")

    assert (row.state, row.closed_at) == ("closed_not_accepted", T0 + 9 * HOUR)


# --- closing -----------------------------------------------------------------------------------------------------


def rater(*extra: str) -> Actor:
    return actor_with("complaints.view_complaint", "complaints.rerate", *extra)


@pytest.mark.parametrize("field", ["facts", "decision", "execution", "cause"])
def test_closing_is_refused_while_facts_answer_action_or_record_are_missing(field: str) -> None:
    row, _by = brought_to("confirming")
    Complaint.objects.filter(pk=row.pk).update(**{field: ""})

    with pytest.raises(TransitionRefused):
        services.record_rerating(row.pk, actor=rater(), at=T0 + 20 * HOUR, rating=5)

    assert Complaint.objects.get(pk=row.pk).state == "confirming"


def test_the_database_refuses_a_closed_complaint_without_record() -> None:
    row, _by = brought_to("confirming")

    with pytest.raises(IntegrityError), transaction.atomic():
        Complaint.objects.filter(pk=row.pk).update(state="closed", closed_at=T0, cause="")


def test_who_handled_it_or_granted_the_remedy_does_not_ask_the_rerating() -> None:
    row, by = brought_to("confirming", handler=officer("complaints.rerate"))
    with pytest.raises(TransitionRefused):
        services.record_rerating(row.pk, actor=by, at=T0 + 20 * HOUR, rating=5)

    row = services.record_rerating(row.pk, actor=rater(), at=T0 + 20 * HOUR, rating=4, is_solved=True, words="这次很快")

    assert (row.state, row.rerating, row.rerating_details["solved"]) == ("closed", 4, True)
    assert Event.objects.get(kind="complaint.rerate").text == "这次很快"


def test_three_attempts_without_answer_close_it_as_not_confirmed() -> None:
    row, _by = brought_to("confirming")
    caller = rater()
    for hour in (20, 44):
        services.try_rerating(row.pk, actor=caller, at=T0 + hour * HOUR)
    with pytest.raises(TransitionRefused):
        services.close_unconfirmed(row.pk, actor=caller, at=T0 + 45 * HOUR)

    services.try_rerating(row.pk, actor=caller, at=T0 + 68 * HOUR)
    row = services.close_unconfirmed(row.pk, actor=caller, at=T0 + 69 * HOUR)

    assert (row.state, row.is_unconfirmed, row.rerating) == ("closed", True, None)


def test_reopening_keeps_the_number_within_ninety_days_and_needs_a_second_officer() -> None:
    row, first = brought_to("confirming")
    services.record_rerating(row.pk, actor=rater(), at=T0 + 20 * HOUR, rating=4)
    with pytest.raises(TransitionRefused):
        services.reopen_complaint(row.pk, actor=first, at=T0 + dt.timedelta(days=92), reason="又坏了")

    row = services.reopen_complaint(row.pk, actor=first, at=T0 + dt.timedelta(days=30), reason="又坏了")
    assert (row.state, row.reopen_count) == ("reopened", 1)
    with pytest.raises(TransitionRefused):
        services.take_up(row.pk, actor=first, at=T0 + dt.timedelta(days=30))

    services.assign_second(row.pk, actor=first, at=T0 + dt.timedelta(days=30), owner=officer().person_id)
    assert services.take_up(row.pk, actor=first, at=T0 + dt.timedelta(days=30)).state == "investigating"


def test_merging_takes_the_earliest_clock_and_can_be_parted_again() -> None:
    by = officer()
    customer = CustomerFactory()
    early = complaint("等了三天", customer=customer, at=T0)
    late = complaint("等了三天，还没回", customer=customer, at=T0 + 5 * HOUR)
    for row in (early, late):
        services.acknowledge(row.pk, actor=by, at=T0 + 6 * HOUR, next_contact_at=T0 + 9 * HOUR)

    merged = services.merge_complaint(early.pk, actor=by, at=T0 + 7 * HOUR, into=late.number)

    late.refresh_from_db()
    assert (merged.state, late.solution_due_at) == ("merged", early.solution_due_at)
    parted = services.unmerge_complaint(early.pk, actor=by, at=T0 + 8 * HOUR, reason="不是一回事")
    assert (parted.state, parted.merged_into_id) == ("acknowledged", None)


def test_an_unconfirmed_receipt_is_not_merged() -> None:
    by, customer = officer(), CustomerFactory()
    one, other = complaint("慢", customer=customer), complaint("慢", customer=customer)

    with pytest.raises(DomainError):
        services.merge_complaint(one.pk, actor=by, at=T0 + HOUR, into=other.number)

    assert Complaint.objects.get(pk=one.pk).state == "registered"


def test_from_outside_it_comes_back_to_the_state_before() -> None:
    row, by = brought_to("facts")
    services.go_outside(
        row.pk,
        actor=by,
        at=T0 + 9 * HOUR,
        authority="12315",
        reason="客户已投诉到市场监管",
        authority_number="3205-88",
        authority_due_at=T0 + dt.timedelta(days=7),
    )
    assert Complaint.objects.get(pk=row.pk).state == "external"

    row = services.back_inside(row.pk, actor=by, at=T0 + 10 * HOUR, reason="转回企业处理")

    assert (row.state, row.authority_number) == ("investigating", "3205-88")


# --- one call, tasks, clocks -------------------------------------------------------------------------------------


def test_one_call_settlement_writes_every_step_and_leaves_the_rating_to_somebody_else() -> None:
    caller = actor_with(
        "complaints.view_complaint",
        "complaints.view_sealed",
        "complaints.grant_remedy",
        "complaints.rerate",
        "complaints.register_complaint",
    )
    row = complaint("洗车没洗干净")

    row = services.settle_at_once(
        row.pk,
        actor=caller,
        at=T0 + HOUR,
        facts="照片可见泥点",
        cause="漏洗",
        kind="compensation",
        cost=Decimal(100),
        answer="致歉并补偿 100 元",
        execution="当场转账",
    )

    assert row.state == "confirming"
    assert [e.kind.split(".")[1] for e in Event.objects.filter(subject_type="complaint").order_by("pk")] == [
        "register",
        "acknowledge",
        "assess",
        "investigate",
        "record_facts",
        "decide",
        "accept",
        "executed",
    ]
    with pytest.raises(TransitionRefused):
        services.record_rerating(row.pk, actor=caller, at=T0 + 2 * HOUR, rating=5)


def test_one_call_settlement_beyond_the_authority_changes_nothing() -> None:
    caller = actor_with("complaints.view_complaint", "complaints.grant_remedy")
    row = complaint("洗车没洗干净")

    with pytest.raises(DomainError):
        services.settle_at_once(
            row.pk, actor=caller, at=T0 + HOUR, facts="x", cause="y", kind="compensation", cost=Decimal(201), answer="z"
        )

    assert (Complaint.objects.get(pk=row.pk).state, Event.objects.filter(subject_type="complaint").count()) == (
        "registered",
        1,
    )


def test_a_department_gets_a_task_and_an_overdue_one_goes_to_the_level_above_once() -> None:
    row, by = brought_to("facts")
    above, below = unit("售后部", "after_sales"), unit("钣金组")
    below.parent = above
    below.save()
    task = services.give_task(
        row.pk, actor=by, at=T0 + 9 * HOUR, department=below.pk, text="查谁交的车", due_at=T0 + 12 * HOUR
    )
    with pytest.raises(PermissionRefused):
        services.finish_task(task.pk, actor=actor_with("cases.view_case"), at=T0 + 10 * HOUR, result="没有")

    late = T0 + 13 * HOUR
    assert services.escalate_overdue(actor=SYSTEM, now=late) == 1
    assert services.escalate_overdue(actor=SYSTEM, now=late) == 0
    task.refresh_from_db()
    assert (task.department_id, task.escalated_at) == (above.pk, late)

    ended = services.finish_task(task.pk, actor=by, at=late, result="张师傅交的车")
    assert ended.state == "done"
    with pytest.raises(Conflict):
        services.refuse_task(task.pk, actor=by, at=late, result="重复")


def test_when_the_head_is_accused_the_next_level_gets_the_task() -> None:
    head = worker(department="钣金组")
    above, below = unit("售后部", "after_sales"), unit("钣金组")
    below.parent, below.head = above, head
    below.save()
    row, by = brought_to("facts", accused_id=head.pk)

    task = services.give_task(
        row.pk, actor=by, at=T0 + 9 * HOUR, department=below.pk, text="核实", due_at=T0 + 12 * HOUR
    )

    assert task.department_id == above.pk


def test_an_open_task_keeps_the_complaint_from_closing() -> None:
    row, by = brought_to("facts")
    services.give_task(
        row.pk, actor=by, at=T0 + 9 * HOUR, department=unit("钣金组").pk, text="核实", due_at=T0 + 12 * HOUR
    )
    services.decide(row.pk, actor=by, at=T0 + 10 * HOUR, kind="check", cost=Decimal(0), answer="致歉")
    services.accept_decision(row.pk, actor=by, at=T0 + 10 * HOUR)
    services.record_execution(row.pk, actor=by, at=T0 + 11 * HOUR, execution="已检查")

    with pytest.raises(TransitionRefused):
        services.record_rerating(row.pk, actor=rater(), at=T0 + 12 * HOUR, rating=5)

    assert ComplaintTask.objects.get().state == "open"


def test_a_late_receipt_is_passed_up_once_and_stays_counted_after_closing() -> None:
    row = complaint("机器冒烟了", at=T0)
    assert services.escalate_overdue(actor=SYSTEM, now=T0 + 2 * HOUR) == 0

    assert services.escalate_overdue(actor=SYSTEM, now=T0 + 3 * HOUR) == 1

    row.refresh_from_db()
    assert row.ack_escalated_at == T0 + 3 * HOUR
    assert Event.objects.filter(kind="complaint.receipt_overdue").count() == 1


@pytest.mark.concurrency
@pytest.mark.django_db(transaction=True)
def test_two_officers_deciding_the_same_complaint_one_wins() -> None:
    row, first = brought_to("facts")
    second = actor_with(*HANDLING)
    results: list[str] = []
    gate = threading.Barrier(2)

    def decide(actor: Actor) -> None:
        gate.wait()
        try:
            services.decide(row.pk, actor=actor, at=T0 + 10 * HOUR, kind="check", cost=Decimal(0), answer="致歉")
            results.append("decided")
        except TransitionRefused:
            results.append("refused")
        finally:
            connection.close()

    threads = [threading.Thread(target=decide, args=(actor,)) for actor in (first, second)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(results) == ["decided", "refused"]
    assert Event.objects.filter(kind="complaint.decide").count() == 1
