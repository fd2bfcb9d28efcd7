"""Deliveries: each handler once per event, tried again after a failure, delaying nobody else."""

import datetime as dt
from types import SimpleNamespace

import pytest
from django.test import override_settings

from careloop.core import events
from careloop.core.actor import Actor
from careloop.core.models import Delivery, Event

T0 = dt.datetime(2026, 11, 19, 2, 0, tzinfo=dt.UTC)
SYSTEM = Actor.system()
seen: list[tuple[str, int]] = []

WIRES = {"thing.done": ("tests.core.test_events.good", "tests.core.test_events.bad")}


def good(event: Event, *, now: dt.datetime) -> None:
    seen.append(("good", event.pk))


def bad(event: Event, *, now: dt.datetime) -> None:
    seen.append(("bad", event.pk))
    raise ValueError("no")


def thing(pk: int = 7, station: int | None = 3) -> SimpleNamespace:
    return SimpleNamespace(
        pk=pk,
        _meta=SimpleNamespace(model_name="thing"),
        event_refs=lambda: {"customer": 1, "asset": None, "station": station},
        event_label=lambda: f"T-{pk}",
    )


@pytest.fixture(autouse=True)
def wires(settings):
    seen.clear()
    settings.WIRING = "tests.core.test_events.WIRES"


@pytest.mark.django_db
def test_an_event_names_its_subject_and_has_one_delivery_a_handler():
    event = events.record("thing.done", thing(), actor=SYSTEM, at=T0, data={"a": 1}, text="原话")

    assert (event.subject_type, event.subject_id, event.subject_label) == ("thing", 7, "T-7")
    assert (event.customer_id, event.asset_id, event.station_id, event.text) == (1, None, 3, "原话")
    assert set(Delivery.objects.values_list("handler", flat=True)) == set(WIRES["thing.done"])


@pytest.mark.django_db
def test_a_failing_handler_is_tried_again_and_the_other_is_not():
    event = events.record("thing.done", thing(), actor=SYSTEM, at=T0)

    assert events.deliver_due(now=T0) == 1
    assert events.deliver_due(now=T0) == 0
    assert events.deliver_due(now=T0 + dt.timedelta(minutes=5)) == 0

    assert seen == [("good", event.pk), ("bad", event.pk), ("bad", event.pk)]
    failed = Delivery.objects.get(done_at=None)
    assert (failed.tries, failed.error) == (2, "ValueError: no")


@pytest.mark.django_db
@override_settings(WIRING="tests.core.test_events.WIRES")
def test_a_lease_keeps_other_workers_away_until_it_ends():
    events.record("thing.done", thing(), actor=SYSTEM, at=T0)
    first = Delivery.objects.order_by("pk")[0]

    assert Delivery.objects.claim(first.pk, now=T0, lease=events.LEASE) is True
    assert Delivery.objects.claim(first.pk, now=T0, lease=events.LEASE) is False
    assert Delivery.objects.claim(first.pk, now=T0 + events.LEASE, lease=events.LEASE) is True


@pytest.mark.django_db
def test_events_of_other_stations_and_sealed_ones_are_not_seen():
    open_here = events.record("thing.other", thing(1), actor=SYSTEM, at=T0)
    events.record("thing.other", thing(2, station=9), actor=SYSTEM, at=T0)
    sealed = events.record("thing.other", thing(3), actor=SYSTEM, at=T0, sealed="feedback.view_answer")
    adviser = Actor(1, 1, "邵明禾", frozenset({"cases.view_case"}), frozenset({3}))
    caller = Actor(2, 2, "回访员", frozenset({"feedback.view_answer"}), frozenset({3}))

    assert list(Event.objects.visible_to(adviser)) == [open_here]
    assert list(Event.objects.visible_to(caller).order_by("pk")) == [open_here, sealed]


@pytest.mark.django_db
def test_events_of_one_block_are_written_together_in_their_order(django_assert_num_queries):
    with django_assert_num_queries(2), events.together():  # the events, their deliveries
        first = events.record("thing.seen", thing(), actor=SYSTEM, at=T0, text="第一")
        with events.together():
            second = events.record("thing.done", thing(8), actor=SYSTEM, at=T0, data={"a": 1}, text="第二")
        third = events.record("thing.seen", thing(9, station=None), actor=SYSTEM, at=T0, text="第三")
        assert first.pk is second.pk is None

    found = list(Event.objects.order_by("pk").values_list("pk", "subject_id", "station_id", "data", "text"))
    assert found == [
        (first.pk, 7, 3, {}, "第一"),
        (second.pk, 8, 3, {"a": 1}, "第二"),
        (third.pk, 9, None, {}, "第三"),
    ]
    assert set(Delivery.objects.values_list("event_id", "handler")) == {
        (second.pk, wire) for wire in WIRES["thing.done"]
    }


@pytest.mark.django_db
def test_a_block_that_fails_writes_no_event_and_leaves_the_next_one_alone():
    with pytest.raises(ValueError, match="no"), events.together():
        events.record("thing.done", thing(), actor=SYSTEM, at=T0)
        raise ValueError("no")
    assert not Event.objects.exists()
    assert events.record("thing.done", thing(), actor=SYSTEM, at=T0).pk == Event.objects.get().pk


@pytest.mark.django_db
def test_a_block_without_events_asks_nothing(django_assert_num_queries):
    with django_assert_num_queries(0), events.together():
        pass
