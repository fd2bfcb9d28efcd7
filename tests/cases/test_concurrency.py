"""Two people at the same request at once: one wins, the other is told, nothing happens twice."""

import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection

from careloop.cases import services
from careloop.cases.models import Case
from careloop.core.errors import Conflict, DomainError, TransitionRefused
from careloop.core.models import Event, IdempotencyKey
from tests.cases.factories import CLOSING, HOUR, Desk
from tests.factories import T0

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.concurrency]


def at_once(*calls: Callable[[], Any]) -> list[Any]:
    """Run the calls in threads that start together; a result or the refusal of each."""
    barrier, results = threading.Barrier(len(calls)), [None] * len(calls)

    def run(place: int, call: Callable[[], Any]) -> None:
        barrier.wait()
        try:
            results[place] = call()
        except DomainError as error:
            results[place] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(calls)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def test_two_who_take_a_request_get_it_once() -> None:
    desk = Desk()
    case = desk.accept()

    results = at_once(
        lambda: services.take_case(case.pk, actor=desk.actor, at=T0),
        lambda: services.take_case(case.pk, actor=desk.engineer, at=T0),
    )

    refused = [r for r in results if isinstance(r, Conflict)]
    case.refresh_from_db()
    assert (len(refused), Event.objects.filter(kind="case.take").count(), case.handover_count) == (1, 1, 0)


def test_two_assignments_from_the_same_page_do_not_overwrite_each_other() -> None:
    desk = Desk()
    case = desk.accept()

    results = at_once(
        lambda: services.assign_case(case.pk, actor=desk.actor, at=T0, person_id=desk.actor.person_id, seen=None),
        lambda: services.assign_case(case.pk, actor=desk.actor, at=T0, person_id=desk.engineer.person_id, seen=None),
    )

    assert sum(isinstance(r, Conflict) for r in results) == 1
    assert Event.objects.filter(kind="case.assign").count() == 1


def test_two_clicks_close_a_request_once() -> None:
    desk = Desk()
    case = desk.solved()

    results = at_once(*[lambda: services.close_case(case.pk, actor=desk.actor, at=T0 + 2 * HOUR, **CLOSING)] * 2)

    assert sum(isinstance(r, TransitionRefused) for r in results) == 1
    assert Event.objects.filter(kind="case.close").count() == 1


def test_an_order_that_starts_while_the_request_is_closed_does_not_slip_in() -> None:
    desk = Desk()
    case = desk.accept()

    results = at_once(
        lambda: services.child_started(case.pk, actor=desk.actor, at=T0 + HOUR, number="WX-1"),
        lambda: services.cancel_case(case.pk, actor=desk.actor, at=T0 + HOUR, reason="客户撤回"),
    )

    case.refresh_from_db()
    assert sum(isinstance(r, TransitionRefused) for r in results) == 1
    assert (case.state, case.open_child_count) in {("converted", 1), ("cancelled", 0)}


def test_the_same_idempotency_key_at_once_registers_one_request() -> None:
    desk = Desk()

    def call() -> Case:
        return services.accept_once(key="k-1", digest="d", actor=desk.actor, at=T0, **desk.fields())

    results = at_once(call, call, call)

    assert {r.number for r in results} == {"FW-261119-001"}
    assert (Case.objects.count(), IdempotencyKey.objects.count()) == (1, 1)


def test_two_merges_into_each_other_leave_one_open() -> None:
    desk = Desk()
    a, b = desk.accept(), desk.accept()

    results = at_once(
        lambda: services.merge_case(a.pk, actor=desk.actor, at=T0 + HOUR, into=b.number),
        lambda: services.merge_case(b.pk, actor=desk.actor, at=T0 + HOUR, into=a.number),
    )

    assert sum(isinstance(r, DomainError) for r in results) == 1
    assert sorted(Case.objects.values_list("state", flat=True)) == ["accepted", "merged"]


def test_numbers_have_no_gaps_and_no_doubles_under_concurrent_acceptance() -> None:
    desk = Desk()

    at_once(*[desk.accept] * 6)

    assert sorted(Case.objects.values_list("number", flat=True)) == [f"FW-261119-{n:03d}" for n in range(1, 7)]
