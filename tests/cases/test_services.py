"""Service requests: clocks, first response, waiting, ending, coming back; a refusal changes nothing."""

import datetime as dt
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction

from careloop.cases import services
from careloop.cases.models import Case, Pause, Promise
from careloop.core import search
from careloop.core.actor import Actor
from careloop.core.errors import Conflict, DomainError, NotFound, PermissionRefused, TransitionRefused
from careloop.core.models import Event
from tests.cases.factories import CLOSING, DAY, HOUR, MINUTE, Desk
from tests.factories import T0, AssetFactory, CustomerFactory, PersonFactory, StationFactory, VehicleFactory, actor_with

pytestmark = pytest.mark.django_db
SYSTEM = Actor.system()


@pytest.fixture
def desk() -> Desk:
    return Desk()


def kinds(case: Case) -> list[str]:
    return list(
        Event.objects.filter(subject_type="case", subject_id=case.pk).order_by("pk").values_list("kind", flat=True)
    )


def snapshot(case: Case) -> dict:
    return {**Case.objects.filter(pk=case.pk).values().get(), "events": Event.objects.count()}


# --- acceptance ---------------------------------------------------------------------------------------------------


def test_an_accepted_request_has_number_clocks_promise_warranty_and_search_entry(desk: Desk) -> None:
    case = desk.accept(urgency="stopped", stopped_since=T0 - HOUR)

    case.refresh_from_db()
    promise = Promise.objects.get(case=case)
    assert (case.number, case.state, case.priority, case.is_open) == ("FW-261119-001", "accepted", 2, True)
    assert (case.response_standard, case.response_due_at) == ("xy-01", T0 + HOUR)
    assert (case.resolution_standard, case.resolution_due_at) == ("xf-01", T0 + 4 * DAY)  # two working days, weekend
    assert (case.warranty_state, case.charge_kind) == ("unknown", "")
    assert (promise.due_at, promise.state, promise.given_by_id) == (T0 + HOUR, "open", desk.actor.person_id)
    assert kinds(case) == ["case.accept"]
    assert [hit.object_id for hit in search.find("加热", actor=desk.actor, kinds=["case"])] == [case.pk]


def test_the_clocks_count_working_time_of_the_station(desk: Desk) -> None:
    friday = dt.datetime(2026, 3, 6, 8, 30, tzinfo=dt.UTC)  # 16:30

    case = desk.accept(at=friday, urgency="reduced")

    assert case.response_due_at == dt.datetime(2026, 3, 9, 1, 30, tzinfo=dt.UTC)  # Monday 09:30: 60 + 60 min


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"customer_id": None, "asset_id": None, "is_asset_unknown": True}, "客户"),
        ({"asset_id": None}, "设备"),
        ({"verbatim": " "}, "原话"),
        ({"urgency": "stopped"}, "停机"),
        ({"circumstances": ""}, "故障"),
    ],
    ids=["customer", "machine", "words", "stop time", "circumstances"],
)
def test_the_register_refuses_what_is_mandatory_and_empty(desk: Desk, changes, words) -> None:
    changes = {"station_id": desk.station.pk, **changes}

    with pytest.raises(TransitionRefused):
        desk.accept(**changes)

    assert (Case.objects.count(), Event.objects.filter(kind__startswith="case").count()) == (0, 0)


def test_the_mileage_of_a_vehicle_is_asked_for_and_kept_in_its_file(desk: Desk) -> None:
    car = VehicleFactory(customer=desk.customer, station=desk.station)

    with pytest.raises(TransitionRefused):
        desk.accept(asset_id=car.pk)
    case = desk.accept(asset_id=car.pk, meter=42_500)

    car.refresh_from_db()
    assert (case.meter, car.meter) == (42_500, Decimal("42500.0"))


def test_a_mileage_that_went_back_is_refused_and_nothing_is_registered(desk: Desk) -> None:
    car = VehicleFactory(customer=desk.customer, station=desk.station)
    desk.accept(asset_id=car.pk, meter=42_500)

    with pytest.raises(DomainError) as refused:
        desk.accept(at=T0 + DAY, asset_id=car.pk, meter=41_000)

    assert (refused.value.field, Case.objects.count()) == ("meter", 1)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"received_at": T0 + HOUR}, "received_at"),
        ({"urgency": "stopped", "stopped_since": T0 + HOUR}, "stopped_since"),
        ({"promise_at": T0 - MINUTE}, "promise_at"),
        ({"assignee_id": 0}, "person_id"),
    ],
)
def test_impossible_entries_are_named(desk: Desk, changes, field) -> None:
    with pytest.raises(DomainError) as refused:
        desk.accept(**changes)

    assert (refused.value.field, Case.objects.count()) == (field, 0)


def test_a_machine_of_another_customer_is_refused(desk: Desk) -> None:
    other = AssetFactory(customer=CustomerFactory(station=desk.station), station=desk.station)

    with pytest.raises(DomainError) as refused:
        desk.accept(asset_id=other.pk)

    assert refused.value.field == "asset"


def test_customers_machines_and_requests_of_other_stations_do_not_exist(desk: Desk) -> None:
    elsewhere = CustomerFactory(station=StationFactory())

    with pytest.raises(NotFound):
        desk.accept(customer_id=elsewhere.pk, contact_id=None, asset_id=None, is_asset_unknown=True)
    case = desk.accept()
    stranger = actor_with("cases.view_case", stations=[StationFactory()])
    assert not Case.objects.visible_to(stranger).filter(pk=case.pk).exists()


def test_a_contact_that_nobody_reached_yet_is_marked(desk: Desk) -> None:
    case = desk.accept(contact_id=None, new_contact={"name": "王芳", "phone": "139 8765 4321"})

    assert (case.contact.name, case.is_contact_unverified) == ("王芳", True)
    assert desk.accept().is_contact_unverified is False


def test_a_new_customer_with_a_new_machine_is_written_down_in_passing(desk: Desk) -> None:
    case = services.accept_case(
        actor=desk.actor,
        at=T0,
        channel="phone",
        kind="question",
        verbatim="怎么换水？",
        new_customer={"name": "无锡新客户机械厂"},
        new_contact={"name": "周磊", "phone": "13700001111"},
        new_asset={"serial_no": "25B-0001", "model_text": "GY-80"},
    )

    assert (case.customer.name, case.asset.serial_no, case.asset.is_incomplete) == (
        "无锡新客户机械厂",
        "25B-0001",
        True,
    )


def test_readings_are_stored_in_the_unit_of_the_family_and_marked(desk: Desk) -> None:
    family = desk.machine.model.family
    family.readings = [
        {"key": "pressure", "label": "压力", "unit": "MPa", "low": 0.2, "high": 0.3},
        {"key": "flow", "label": "流量", "unit": "L/min", "low": 30, "high": None},
        {"key": "power", "label": "功率", "unit": "kW", "low": None, "high": None},
    ]
    family.save()
    desk.machine.baseline = [{"key": "power", "value": 100, "unit": "kW"}]
    desk.machine.save()

    case = desk.accept(
        readings=[
            {"key": "pressure", "value": "2.5", "unit": "bar"},
            {"key": "flow", "value": "12", "unit": "L/min"},
            {"key": "power", "value": "70", "unit": "kW"},
        ]
    )

    assert [(r["key"], r["value"], r["unit"], r["mark"]) for r in case.readings] == [
        ("pressure", "0.25", "MPa", ""),
        ("flow", "12", "L/min", "low"),
        ("power", "70", "kW", "deviates"),
    ]
    with pytest.raises(TransitionRefused):
        desk.accept()
    assert desk.accept(is_reading_unavailable=True).readings == []
    for wrong in ({"unit": ""}, {"unit": "kW"}, {"value": "viel"}):
        with pytest.raises(DomainError) as refused:
            desk.accept(readings=[{"key": "pressure", "value": "2.5", "unit": "bar", **wrong}])
        assert refused.value.field == "readings"


# --- first response (R84) -----------------------------------------------------------------------------------------


@pytest.mark.req("R84")
def test_the_first_answer_of_a_human_is_stamped_in_working_minutes_and_nothing_stops_that_clock(desk: Desk) -> None:
    friday = dt.datetime(2026, 3, 6, 8, 30, tzinfo=dt.UTC)
    monday = dt.datetime(2026, 3, 9, 1, 10, tzinfo=dt.UTC)
    case = desk.accept(at=friday)

    services.add_note(case.pk, actor=desk.actor, at=friday + MINUTE, text="内部：查一下图纸")
    services.reply(case.pk, actor=SYSTEM, at=friday + MINUTE, text="您的请求已收到。")
    services.assign_case(case.pk, actor=desk.actor, at=friday + 2 * MINUTE, person_id=desk.engineer.person_id)
    case.refresh_from_db()
    assert case.responded_at is None
    services.reply(case.pk, actor=desk.engineer, at=monday, text="请先断电。")
    services.reply(case.pk, actor=desk.engineer, at=monday + HOUR, text="好了吗？")

    case.refresh_from_db()
    assert (case.responded_at, case.responded_by_id, case.response_minutes) == (monday, desk.engineer.person_id, 100)


@pytest.mark.req("R84")
def test_a_make_up_sunday_counts_and_the_spring_festival_does_not(desk: Desk) -> None:
    sunday = dt.datetime(2025, 1, 26, 8, 0, tzinfo=dt.UTC)
    case = desk.accept(at=sunday)

    services.reply(case.pk, actor=desk.actor, at=dt.datetime(2025, 2, 5, 1, 0, tzinfo=dt.UTC), text="已安排。")

    case.refresh_from_db()
    assert case.response_minutes == 600


def test_an_answer_on_the_spot_is_the_first_response_and_keeps_the_promise(desk: Desk) -> None:
    case = desk.accept(is_answered=True)

    case.refresh_from_db()
    assert (case.responded_at, case.response_minutes, case.promise_at) == (T0, 0, None)
    assert Promise.objects.get(case=case).state == "kept"


# --- waiting ------------------------------------------------------------------------------------------------------


def test_waiting_pauses_the_repair_clock_with_its_reason_and_the_due_time_moves(desk: Desk) -> None:
    case = desk.accept()
    due = case.resolution_due_at

    services.wait(case.pk, actor=desk.actor, at=T0 + 30 * MINUTE, waiting_for="报警页照片")
    waiting = Case.objects.get(pk=case.pk)
    services.resume(case.pk, actor=desk.actor, at=T0 + 90 * MINUTE)

    case.refresh_from_db()
    pause = Pause.objects.get(case=case)
    assert (waiting.state, waiting.waiting_for, waiting.responded_at) == ("waiting", "报警页照片", T0 + 30 * MINUTE)
    assert (pause.reason, pause.minutes, case.paused_minutes) == ("报警页照片", 60, 60)
    assert (case.state, case.resolution_due_at, case.response_due_at) == ("accepted", due + HOUR, T0 + 5 * HOUR)


def test_waiting_goes_back_to_the_state_it_came_from_and_the_customers_word_ends_it(desk: Desk) -> None:
    case = desk.accept()
    services.take_remote(case.pk, actor=desk.engineer, at=T0)
    services.wait(case.pk, actor=desk.engineer, at=T0 + MINUTE, waiting_for="读数")

    services.hear(case.pk, actor=desk.engineer, at=T0 + HOUR, text="压力 0.1", channel="phone")

    case.refresh_from_db()
    assert (case.state, case.waiting_for, case.assignee_id) == ("remote", "", desk.engineer.person_id)
    assert kinds(case)[-3:] == ["case.wait", "case.hear", "case.resume_remote"]


def test_a_silent_customer_is_closed_after_two_questions_only(desk: Desk) -> None:
    case = desk.accept()
    services.wait(case.pk, actor=desk.actor, at=T0, waiting_for="序列号")
    before = snapshot(case)

    with pytest.raises(TransitionRefused):
        services.close_unanswered(case.pk, actor=desk.actor, at=T0 + DAY)
    assert snapshot(case) == before
    services.remind(case.pk, actor=desk.actor, at=T0 + 3 * DAY)
    services.close_unanswered(case.pk, actor=desk.actor, at=T0 + 14 * DAY)

    case.refresh_from_db()
    assert (case.state, case.result, case.follow_up, case.is_sla_kept) == ("closed", "no_answer", "not_needed", None)


@pytest.mark.parametrize("changes", [{"is_safety": True}, {"kind": "complaint"}], ids=["safety", "complaint"])
def test_safety_and_complaints_are_never_closed_for_want_of_an_answer(desk: Desk, changes) -> None:
    case = desk.accept(**changes)
    services.wait(case.pk, actor=desk.actor, at=T0, waiting_for="照片")
    services.remind(case.pk, actor=desk.actor, at=T0 + 3 * DAY)
    before = snapshot(case)

    with pytest.raises(TransitionRefused):
        services.close_unanswered(case.pk, actor=desk.actor, at=T0 + 14 * DAY)

    assert snapshot(case) == before


# --- solving and closing --------------------------------------------------------------------------------------------


def test_a_solved_request_says_whether_its_standards_were_kept(desk: Desk) -> None:
    in_time = desk.solved()
    late = desk.accept()
    late = services.solve_case(late.pk, actor=desk.actor, at=T0 + 30 * DAY, resolution="更换模块。")

    assert (in_time.state, in_time.is_sla_kept, late.is_sla_kept) == ("solved", True, False)
    assert in_time.responded_at == T0 + HOUR


def test_closing_records_result_cause_follow_up_and_the_extra_service(desk: Desk) -> None:
    case = desk.close(
        desk.solved(), extra_service="given", extra_service_text="赠送滤芯", extra_service_cost=Decimal("35.00")
    )

    assert (case.state, case.result, case.cause_code, case.follow_up) == ("closed", "repaired", "operation", "call")
    assert (case.extra_service, case.extra_service_cost, case.closed_by_id) == (
        "given",
        Decimal("35.00"),
        desk.actor.person_id,
    )


@pytest.mark.parametrize(
    ("missing", "field"),
    [
        ({"result": ""}, "result"),
        ({"cause_code": ""}, "cause_code"),
        ({"follow_up": ""}, "follow_up"),
        ({"follow_up": "not_needed"}, "follow_up_reason"),
        ({"extra_service": ""}, "extra_service"),
        ({"extra_service_text": " "}, "extra_service_text"),
        ({"extra_service": "given"}, "extra_service_cost"),
    ],
)
def test_closing_without_a_complete_record_is_refused_and_changes_nothing(desk: Desk, missing, field) -> None:
    case = desk.solved()
    before = snapshot(case)

    with pytest.raises(DomainError) as refused:
        services.close_case(case.pk, actor=desk.actor, at=T0 + 2 * HOUR, **{**CLOSING, **missing})

    assert field in (refused.value.field, *refused.value.details)
    assert snapshot(case) == before


def test_an_accepted_request_is_not_closed_and_an_engineer_may_not_close(desk: Desk) -> None:
    case = desk.accept()

    with pytest.raises(TransitionRefused):
        desk.close(case)
    with pytest.raises(PermissionRefused):
        services.close_case(desk.solved().pk, actor=desk.engineer, at=T0 + 2 * HOUR, **CLOSING)


@pytest.mark.parametrize(
    "values",
    [
        {"state": "closed", "closed_at": T0, "result": "", "cause_code": "wear", "follow_up": "call"},
        {"state": "closed", "closed_at": T0, "result": "repaired", "cause_code": "wear", "follow_up": "not_needed"},
        {
            "state": "closed",
            "closed_at": T0,
            "result": "repaired",
            "cause_code": "wear",
            "follow_up": "call",
            "open_child_count": 1,
        },
        {"state": "merged"},
        {"state": "waiting"},
        {"urgency": "stopped"},
        {"resolved_at": T0 - HOUR},
        {"customer_id": None},
        {"asset_id": None},
    ],
)
def test_the_database_refuses_impossible_rows(desk: Desk, values) -> None:
    case = desk.accept()

    with pytest.raises(IntegrityError), transaction.atomic():
        Case.objects.filter(pk=case.pk).update(**values)


# --- orders -------------------------------------------------------------------------------------------------------


def test_a_request_with_a_running_order_can_neither_be_closed_nor_cancelled(desk: Desk) -> None:
    case = desk.accept()
    services.child_started(case.pk, actor=desk.actor, at=T0, number="WX-261119-001")
    services.child_started(case.pk, actor=desk.actor, at=T0, number="WX-261119-002")
    before = snapshot(case)

    for refused in (
        lambda: desk.close(case),
        lambda: services.cancel_case(case.pk, actor=desk.actor, at=T0, reason="x"),
    ):
        with pytest.raises(TransitionRefused):
            refused()
    assert snapshot(case) == before
    services.child_finished(case.pk, actor=desk.engineer, at=T0 + HOUR, number="WX-261119-001", done=False)
    services.child_finished(case.pk, actor=desk.engineer, at=T0 + 2 * HOUR, number="WX-261119-002", done=True)

    case.refresh_from_db()
    assert (case.state, case.open_child_count, case.finished_child_count, case.resolved_at) == (
        "converted",
        0,
        1,
        T0 + 2 * HOUR,
    )
    assert desk.close(case, at=T0 + 3 * HOUR, resolution="换泵").state == "closed"


def test_a_request_whose_last_order_brought_nothing_is_open_again(desk: Desk) -> None:
    case = desk.accept()
    services.child_started(case.pk, actor=desk.actor, at=T0, number="WX-261119-001")

    services.child_finished(case.pk, actor=desk.actor, at=T0 + HOUR, number="WX-261119-001", done=False, reason="拒修")

    case.refresh_from_db()
    assert (case.state, case.resolved_at) == ("accepted", None)
    assert kinds(case)[-2:] == ["case.child_finish", "case.child_fail"]
    assert Event.objects.get(kind="case.child_finish").actor_name == desk.actor.name
    with pytest.raises(TransitionRefused):
        services.child_finished(case.pk, actor=desk.actor, at=T0 + HOUR, number="WX-261119-001", done=True)


# --- coming back --------------------------------------------------------------------------------------------------


def test_reopening_within_30_days_counts_as_a_repeat_and_later_a_new_request_follows(desk: Desk) -> None:
    case = desk.closed()

    services.reopen_case(case.pk, actor=desk.actor, at=T0 + 20 * DAY, reason="又报警")
    case.refresh_from_db()
    assert (case.state, case.reopen_count, case.closed_at, case.result, case.follow_up) == ("accepted", 1, None, "", "")
    assert case.number == "FW-261119-001"
    services.solve_case(case.pk, actor=desk.actor, at=T0 + 20 * DAY + HOUR, resolution="再次复位")
    desk.close(case, at=T0 + 21 * DAY)
    before = snapshot(case)

    with pytest.raises(TransitionRefused):
        services.reopen_case(case.pk, actor=desk.actor, at=T0 + 52 * DAY, reason="又报警")
    assert snapshot(case) == before
    follower = desk.accept(at=T0 + 52 * DAY, repeat_of_id=case.pk)
    assert follower.repeat_of_id == case.pk


def test_what_was_late_once_stays_late(desk: Desk) -> None:
    case = desk.accept()
    services.solve_case(case.pk, actor=desk.actor, at=T0 + 30 * DAY, resolution="换件")

    services.not_solved(case.pk, actor=desk.actor, at=T0 + 31 * DAY, reason="没好", is_remote=True)
    case.refresh_from_db()
    assert (case.state, case.is_sla_kept, case.reopen_count) == ("remote", False, 1)


def test_a_cancelled_request_gives_promises_back_and_can_be_taken_back_for_30_days(desk: Desk) -> None:
    case = desk.accept()

    services.cancel_case(case.pk, actor=desk.actor, at=T0 + MINUTE, reason="客户自己修好了")
    case.refresh_from_db()
    assert (case.state, Promise.objects.get(case=case).state) == ("cancelled", "released")
    services.take_back(case.pk, actor=desk.actor, at=T0 + 29 * DAY, reason="误操作")
    services.cancel_case(case.pk, actor=desk.actor, at=T0 + 29 * DAY, reason="还是不修")
    with pytest.raises(TransitionRefused):
        services.take_back(case.pk, actor=desk.actor, at=T0 + 60 * DAY, reason="再来")


def test_cancelling_needs_a_reason(desk: Desk) -> None:
    case = desk.accept()

    with pytest.raises(DomainError) as refused:
        services.cancel_case(case.pk, actor=desk.actor, at=T0, reason=" ")

    assert refused.value.field == "reason"


# --- merging ------------------------------------------------------------------------------------------------------


def test_merging_keeps_the_earliest_clock_and_promise_and_both_callers(desk: Desk) -> None:
    first = desk.accept(urgency="stopped", stopped_since=T0)
    second = desk.accept(at=T0 + HOUR, promise_at=T0 + 90 * MINUTE, channel="phone", verbatim="又打来：停机了")

    services.merge_case(first.pk, actor=desk.actor, at=T0 + 2 * HOUR, into=second.number)

    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.state, first.merged_into_id) == ("merged", second.pk)
    assert (second.response_due_at, second.promise_at) == (T0 + HOUR, T0 + HOUR)
    assert sorted(Promise.objects.filter(case=second).values_list("due_at", flat=True)) == [T0 + HOUR, T0 + 90 * MINUTE]
    assert kinds(second)[-1] == "case.absorb"


def test_a_wrong_merge_is_taken_back_and_each_clock_goes_on_from_its_own_start(desk: Desk) -> None:
    first = desk.accept(urgency="stopped", stopped_since=T0)
    second = desk.accept(at=T0 + HOUR)
    own = second.response_due_at
    services.merge_case(first.pk, actor=desk.actor, at=T0 + 2 * HOUR, into=second.number)

    services.unmerge_case(first.pk, actor=desk.actor, at=T0 + 3 * HOUR, reason="不是同一故障")

    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.state, first.merged_into_id, first.response_due_at) == ("accepted", None, T0 + HOUR)
    assert second.response_due_at == own
    assert Promise.objects.get(case=first).due_at == T0 + HOUR


def test_different_machines_closed_requests_and_oneself_are_no_duplicates(desk: Desk) -> None:
    case = desk.accept()
    other_machine = desk.accept(asset_id=AssetFactory(customer=desk.customer, station=desk.station).pk)
    closed = desk.closed()
    before = snapshot(case)

    for number in (other_machine.number, closed.number, case.number):
        with pytest.raises(DomainError) as refused:
            services.merge_case(case.pk, actor=desk.actor, at=T0 + HOUR, into=number)
        assert refused.value.field == "into"
    with pytest.raises(NotFound):
        services.merge_case(case.pk, actor=desk.actor, at=T0 + HOUR, into="FW-000000-999")
    assert snapshot(case) == before


# --- people -------------------------------------------------------------------------------------------------------


def test_each_change_of_person_is_a_hand_over(desk: Desk) -> None:
    case = desk.accept()

    services.assign_case(case.pk, actor=desk.actor, at=T0, person_id=desk.actor.person_id)
    services.assign_case(case.pk, actor=desk.actor, at=T0, person_id=desk.engineer.person_id)
    services.take_remote(case.pk, actor=desk.engineer, at=T0)
    services.hand_on(case.pk, actor=desk.engineer, at=T0, reason="需要主任工程师", person_id=desk.actor.person_id)

    case.refresh_from_db()
    assert (case.handover_count, case.support_level, case.assignee_id, case.state) == (
        2,
        2,
        desk.actor.person_id,
        "accepted",
    )


def test_nobody_is_assigned_who_does_not_work_there_or_has_no_right(desk: Desk) -> None:
    case = desk.accept()
    for person in (PersonFactory(stations=[StationFactory()]), PersonFactory(stations=[desk.station])):
        with pytest.raises(DomainError) as refused:
            services.assign_case(case.pk, actor=desk.actor, at=T0, person_id=person.pk)
        assert refused.value.field == "person_id"


def test_an_assignment_based_on_an_old_page_is_refused(desk: Desk) -> None:
    case = desk.accept()
    services.take_case(case.pk, actor=desk.engineer, at=T0)

    with pytest.raises(Conflict):
        services.assign_case(case.pk, actor=desk.actor, at=T0, person_id=desk.actor.person_id, seen=None)
    with pytest.raises(Conflict):
        services.take_case(case.pk, actor=desk.actor, at=T0)


def test_bulk_assignment_names_those_it_refused(desk: Desk) -> None:
    cases = [desk.accept(), desk.accept(), desk.closed()]

    refused = services.assign_many(
        [case.number for case in cases], actor=desk.actor, at=T0 + 3 * HOUR, person_id=desk.engineer.person_id
    )

    assert [number for number, _reason in refused] == [cases[2].number]
    assert Case.objects.filter(assignee_id=desk.engineer.person_id).count() == 2


# --- entries ------------------------------------------------------------------------------------------------------


def test_a_changed_charge_needs_a_reason_and_leaves_before_and_after(desk: Desk) -> None:
    case = desk.accept()
    services.edit_case(case.pk, actor=desk.actor, at=T0, charge_kind="paid")  # decided for the first time
    Event.objects.filter(kind="case.edit").delete()

    with pytest.raises(DomainError):
        services.edit_case(case.pk, actor=desk.actor, at=T0, charge_kind="free")
    services.edit_case(case.pk, actor=desk.actor, at=T0, charge_kind="free", symptom="报警 E07", reason="善意处理")

    event = Event.objects.get(kind="case.edit")
    assert (event.data["before"]["charge_kind"], event.data["after"]["charge_kind"]) == ("paid", "free")
    assert (event.data["after"]["symptom"], event.data["reason"]) == ("报警 E07", "善意处理")


def test_a_draft_is_its_writers_for_one_working_day_and_keeps_its_clock(desk: Desk) -> None:
    from careloop.cases import jobs

    draft = services.draft_case(
        actor=desk.actor, at=T0, station_id=desk.station.pk, channel="phone", kind="fault", verbatim="喂？"
    )

    assert not Case.objects.visible_to(desk.engineer).filter(pk=draft.pk).exists()
    with pytest.raises(TransitionRefused):
        services.accept_draft(draft.pk, actor=desk.engineer, at=T0)
    assert jobs.list_old_drafts(now=T0 + 4 * HOUR) == 0
    assert jobs.list_old_drafts(now=T0 + DAY) == 1
    assert jobs.list_old_drafts(now=T0 + DAY) == 0
    assert Case.objects.visible_to(desk.engineer).filter(pk=draft.pk).exists()
    case = services.accept_draft(draft.pk, actor=desk.actor, at=T0 + DAY, **desk.fields())
    assert (case.state, case.response_due_at) == ("accepted", T0 + 5 * HOUR)


def test_a_system_reply_is_no_promise_kept_by_a_person_but_is_recorded(desk: Desk) -> None:
    case = desk.accept()

    services.reply(case.pk, actor=SYSTEM, at=T0 + MINUTE, text="已收到")

    case.refresh_from_db()
    assert (case.responded_at, kinds(case)) == (None, ["case.accept", "case.reply"])
