"""What requests ask of a person today, each with its reason; and what time alone brings about."""

import datetime as dt

import pytest

from careloop.cases import jobs, services, today
from careloop.cases.models import Case, Promise
from careloop.core import timeline
from careloop.core.models import Event
from tests.cases.factories import DAY, HOUR, MINUTE, Desk
from tests.factories import T0

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk() -> Desk:
    return Desk()


def duties(desk: Desk, at: dt.datetime) -> dict[str, today.Duty]:
    return {duty.key.split(":")[0]: duty for duty in today.due(desk.actor, now=at)}


def test_an_unclaimed_request_is_one_row_that_names_its_standard(desk: Desk) -> None:
    case = desk.accept(urgency="stopped", stopped_since=T0)

    found = duties(desk, T0 + MINUTE)

    assert list(found) == ["unclaimed"]
    assert (found["unclaimed"].due_at, "XY-01" in found["unclaimed"].why) == (case.response_due_at, True)


def test_a_promise_is_a_duty_of_its_giver_until_it_is_kept_and_broken_when_late(desk: Desk) -> None:
    case = desk.accept(promise_at=T0 + HOUR, promise_text="回电")

    assert duties(desk, T0)["promise"].due_at == T0 + HOUR
    assert (jobs.break_promises(now=T0 + HOUR), jobs.break_promises(now=T0 + HOUR + MINUTE)) == (0, 1)
    assert jobs.break_promises(now=T0 + 2 * HOUR) == 0
    assert duties(desk, T0 + 2 * HOUR)["promise"].clock.state == "over"
    services.reply(case.pk, actor=desk.actor, at=T0 + 2 * HOUR, text="已说明。")

    assert "promise" not in duties(desk, T0 + 2 * HOUR)
    assert Promise.objects.get(case=case).state == "made_good"


def test_a_waiting_request_is_asked_again_after_3_working_days_and_closing_is_proposed_after_10(desk: Desk) -> None:
    case = desk.accept(assignee_id=desk.actor.person_id)
    services.wait(case.pk, actor=desk.actor, at=T0, waiting_for="照片")

    first = duties(desk, T0 + HOUR)["waiting"]
    services.remind(case.pk, actor=desk.actor, at=T0 + 5 * DAY)
    later = duties(desk, T0 + 15 * DAY)["waiting"]

    assert (first.due_at, first.clock.state) == (T0 + 5 * DAY, "paused")  # Thursday + 3 working days = Tuesday
    assert later.action_url.endswith("/do/close_unanswered/")


@pytest.mark.parametrize("rows", (1, 3))
def test_duties_ask_two_queries_whatever_their_number(desk: Desk, rows: int, django_assert_num_queries) -> None:
    for _ in range(rows):
        desk.accept(assignee_id=desk.actor.person_id)

    with django_assert_num_queries(2):
        assert len(today.due(desk.actor, now=T0)) >= rows


def test_who_may_not_work_on_requests_has_no_duties(desk: Desk) -> None:
    desk.accept()
    from tests.factories import actor_with

    assert today.due(actor_with("cases.view_case", stations=[desk.station]), now=T0) == []


def test_every_fact_of_a_long_story_is_told_on_the_timeline(desk: Desk) -> None:
    case = desk.accept(promise_at=T0 + HOUR)
    services.take_case(case.pk, actor=desk.actor, at=T0)
    services.take_remote(case.pk, actor=desk.engineer, at=T0 + MINUTE)
    services.wait(case.pk, actor=desk.engineer, at=T0 + 2 * MINUTE, waiting_for="照片")
    services.hear(case.pk, actor=desk.engineer, at=T0 + 3 * MINUTE, text="已发")
    services.hand_on(case.pk, actor=desk.engineer, at=T0 + 4 * MINUTE, reason="需上级")
    services.edit_case(case.pk, actor=desk.actor, at=T0 + 5 * MINUTE, symptom="E07")
    services.solve_case(case.pk, actor=desk.actor, at=T0 + 6 * MINUTE, resolution="复位")
    desk.close(Case.objects.get(pk=case.pk), at=T0 + 7 * MINUTE)

    told = timeline.shown(Event.objects.filter(customer_id=case.customer_id).order_by("-pk"), now=T0 + HOUR)

    assert all(entry["title"] and "." not in str(entry["title"]) for entry in told)
