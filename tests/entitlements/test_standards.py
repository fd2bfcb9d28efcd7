"""Service standards: versions that never overlap, clocks by the version of the day, attainment."""

import datetime as dt

import pytest
from django.db import IntegrityError, transaction

from careloop.core.errors import DomainError, PermissionRefused, TransitionRefused
from careloop.core.models import Event
from careloop.entitlements import queries, services
from careloop.entitlements.models import RepairGuarantee, ServiceStandard
from careloop.entitlements.states import StandardState
from tests.factories import T0, Actor, StationFactory, VehicleFactory, actor_with

pytestmark = pytest.mark.django_db
RIGHT = "entitlements.change_standard"
TODAY = dt.date(2026, 11, 19)
DAY = dt.timedelta(days=1)


def fields(**changes):
    return {
        "code": "xy-09",
        "name": "停机首次响应",
        "text": "1 小时内答复。",
        "measure": "response",
        "target_minutes": 60,
        "urgency": "stopped",
        "valid_from": TODAY,
        **changes,
    }


def publish(actor: Actor, **changes) -> ServiceStandard:
    draft = services.draft_standard(actor=actor, at=T0, **fields(**changes))
    return services.publish_standard(draft.pk, actor=actor, at=T0)


def test_defaults_are_written_once_and_follow_table_3_5() -> None:
    system = Actor.system()

    first = services.ensure_defaults(actor=system, at=T0)
    again = services.ensure_defaults(actor=system, at=T0)

    assert (first, again) == (31, 0)
    assert list(
        RepairGuarantee.objects.filter(vehicle_class="car")
        .order_by("work_class")
        .values_list("work_class", "km", "days")
    ) == [
        ("assembly", 20000, 100),
        ("level1", 2000, 10),
        ("level2", 5000, 30),
        ("small", 2000, 10),
        ("special", 2000, 10),
        ("whole", 20000, 100),
    ]
    clocks = queries.clocks_for(kind="fault", urgency="stopped", station=StationFactory(), at=T0)
    assert (clocks.response_minutes, clocks.resolution_minutes, clocks.codes) == (60, 960, ("xy-01", "dc-01", "xf-01"))


def test_a_new_version_ends_the_one_before_it_the_day_before() -> None:
    actor = actor_with(RIGHT)
    old = publish(actor)

    new = publish(actor, valid_from=TODAY + 10 * DAY, target_minutes=45)

    old.refresh_from_db()
    assert (old.valid_to, new.valid_to) == (TODAY + 9 * DAY, None)
    assert [v.target_minutes for v in ServiceStandard.objects.holding_on(TODAY + 9 * DAY)] == [60]
    assert [v.target_minutes for v in ServiceStandard.objects.holding_on(TODAY + 10 * DAY)] == [45]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"valid_from": TODAY - DAY}, "valid_from"),
        ({"valid_from": TODAY, "target_minutes": 30}, "valid_from"),
        ({"code": "xy-10"}, "code"),
    ],
    ids=["begins in the past", "same day as the present version", "same scope under another code"],
)
def test_two_versions_never_hold_for_the_same_day(changes, field) -> None:
    actor = actor_with(RIGHT)
    publish(actor)
    draft = services.draft_standard(actor=actor, at=T0, **fields(**changes))
    events = Event.objects.count()

    with pytest.raises(DomainError) as refused:
        services.publish_standard(draft.pk, actor=actor, at=T0)

    draft.refresh_from_db()
    assert (refused.value.field, draft.state, Event.objects.count()) == (field, StandardState.DRAFT, events)
    assert ServiceStandard.objects.holding_on(TODAY).count() == 1


def test_the_database_refuses_two_versions_open_to_the_future() -> None:
    actor = actor_with(RIGHT)
    publish(actor)

    with pytest.raises(IntegrityError), transaction.atomic():
        ServiceStandard.objects.create(**fields(valid_from=TODAY + DAY), state="published", published_at=T0)


def test_a_code_speaks_of_one_thing_for_ever() -> None:
    actor = actor_with(RIGHT)
    publish(actor)

    with pytest.raises(DomainError) as refused:
        services.draft_standard(actor=actor, at=T0, **fields(measure="resolution"))

    assert refused.value.field == "code"


def test_a_misprint_is_corrected_in_words_and_stays_on_record() -> None:
    actor = actor_with(RIGHT)
    row = publish(actor)

    services.correct_standard(row.pk, actor=actor, at=T0, reason="错字", text="1 小时内由人答复。")

    row.refresh_from_db()
    assert (row.text, row.target_minutes, row.state) == ("1 小时内由人答复。", 60, "published")
    event = Event.objects.get(kind="standard.correct")
    assert (event.data["before"]["text"], event.data["reason"]) == ("1 小时内答复。", "错字")


def test_withdrawing_a_version_that_has_not_begun_brings_the_one_before_it_back() -> None:
    actor = actor_with(RIGHT)
    old = publish(actor)
    new = publish(actor, valid_from=TODAY + 10 * DAY)

    services.withdraw_standard(new.pk, actor=actor, at=T0, reason="不成熟")

    old.refresh_from_db()
    assert old.valid_to is None
    assert [v.pk for v in ServiceStandard.objects.holding_on(TODAY + 20 * DAY)] == [old.pk]


def test_a_withdrawn_standard_held_until_its_last_day() -> None:
    actor = actor_with(RIGHT)
    row = publish(actor)

    services.withdraw_standard(row.pk, actor=actor, at=T0 + 3 * DAY, reason="改由合同约定")

    assert ServiceStandard.objects.holding_on(TODAY + 3 * DAY).count() == 1
    assert ServiceStandard.objects.holding_on(TODAY + 4 * DAY).count() == 0


@pytest.mark.parametrize(
    ("measure", "kind", "urgency", "station", "expected"),
    [
        ("response", "fault", "stopped", True, 30),
        ("response", "fault", "stopped", False, 60),
        ("response", "question", "none", False, 240),
    ],
    ids=["own station first", "by urgency", "any request"],
)
def test_the_most_special_standard_counts(measure, kind, urgency, station, expected) -> None:
    actor = actor_with(RIGHT)
    here, there = StationFactory(), StationFactory()
    publish(actor)
    publish(actor, code="xy-10", target_minutes=30, station=here)
    publish(actor, code="xy-11", target_minutes=240, urgency="")

    clocks = queries.clocks_for(kind=kind, urgency=urgency, station=here if station else there, at=T0)

    assert clocks.response_minutes == expected


def test_without_the_right_nothing_is_written() -> None:
    with pytest.raises(PermissionRefused):
        services.draft_standard(actor=actor_with("cases.view_case"), at=T0, **fields())

    assert (ServiceStandard.objects.count(), Event.objects.count()) == (0, 0)


def test_a_standard_without_words_is_not_published() -> None:
    actor = actor_with(RIGHT)
    draft = services.draft_standard(actor=actor, at=T0, **fields(text="  "))

    with pytest.raises(TransitionRefused):
        services.publish_standard(draft.pk, actor=actor, at=T0)


def test_the_firms_own_guarantee_must_reach_the_law() -> None:
    actor = actor_with(RIGHT)
    services.ensure_defaults(actor=Actor.system(), at=T0)
    own = {"vehicle_class": "car", "work_class": "small", "valid_from": TODAY}

    with pytest.raises(DomainError):
        services.set_guarantee(actor=actor, at=T0, km=1999, days=10, **own)
    services.set_guarantee(actor=actor, at=T0, km=3000, months=1, **own)

    car = VehicleFactory()
    found = queries.repair_guarantee(car, "small", dt.date(2026, 11, 30))
    assert (found.km, found.until) == (3000, dt.date(2026, 12, 30))
    assert queries.repair_guarantee(car, "small", TODAY - DAY).days == 10
