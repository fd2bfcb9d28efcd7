"""A prepared read gives what the same queryset gives, for every value and every actor."""

import datetime as dt
import threading

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from careloop.cases.models import Case
from careloop.core.actor import Actor
from careloop.core.prepared import Prepared
from tests.cases.factories import Desk
from tests.factories import StationFactory, actor_with

pytestmark = pytest.mark.django_db
AT = dt.datetime(2026, 3, 2, 1, 30, tzinfo=dt.UTC)


def numbers(rows):
    return [row["number"] for row in rows]


def test_each_call_is_filled_in_anew():
    desk = Desk()
    first, second = desk.accept(), desk.accept()
    read = Prepared(lambda *, number: Case.objects.filter(number=number).values("number", "station__code"))
    with CaptureQueriesContext(connection) as asked:
        assert numbers(read(number=first.number)) == [first.number]
        assert numbers(read(number=second.number)) == [second.number]
        assert read(number="FW-000000-000") == [] and read.first(number="FW-000000-000") is None
    assert len(asked) == 4 and len(read.statements) == 1


def test_an_instance_comes_with_its_relations_in_one_query():
    desk = Desk()
    case = desk.accept()
    read = Prepared(lambda *, pk: Case.objects.select_related("station", "customer").filter(pk=pk))
    with CaptureQueriesContext(connection) as asked:
        found = read.first(pk=case.pk)
        assert (found, found.station.code, found.customer) == (case, case.station.code, case.customer)
    assert len(asked) == 1


def test_every_actor_sees_his_own_stations_and_drafts_only():
    here, there = Desk(), Desk(station=StationFactory())
    mine, other = here.accept(), there.accept()
    read = Prepared(lambda *, actor: Case.objects.visible_to(actor).order_by("pk").values("number"))
    right = "cases.view_case"
    assert numbers(read(actor=actor_with(right, stations=[here.station]))) == [mine.number]
    assert numbers(read(actor=actor_with(right, stations=[there.station]))) == [other.number]
    assert numbers(read(actor=actor_with(right, stations=[here.station, there.station]))) == [mine.number, other.number]
    assert numbers(read(actor=Actor.system())) == [mine.number, other.number]
    assert read(actor=actor_with(right, stations=[])) == []
    assert read(actor=actor_with("customers.view_customer", stations=[here.station])) == []


def test_none_and_the_shape_have_statements_of_their_own():
    desk = Desk()
    first, second = desk.accept(), desk.accept()

    def build(descending, *, before):
        rows = Case.objects.order_by("-pk" if descending else "pk").values("number")
        return rows if before is None else rows.filter(pk__lt=before)

    read = Prepared(build)
    assert numbers(read(True, before=None)) == [second.number, first.number]
    assert numbers(read(True, before=second.pk)) == [first.number]
    assert numbers(read(False, before=None)) == [first.number, second.number]
    assert len(read.statements) == 3


def test_several_values_of_one_argument():
    desk = Desk()
    cases = [desk.accept() for _ in range(3)]
    read = Prepared(lambda *, ids: Case.objects.filter(pk__in=ids).order_by("pk").values("number"))
    assert numbers(read(ids=(cases[0].pk, cases[2].pk))) == [cases[0].number, cases[2].number]
    assert numbers(read(ids=(cases[1].pk,))) == [cases[1].number]


def test_a_value_that_does_not_stand_in_the_statement_is_a_mistake_of_the_programmer():
    part = Prepared(lambda *, text: Case.objects.filter(number__contains=text))
    with pytest.raises(RuntimeError, match="text is not in the statement"):
        part(text="FW")
    with pytest.raises(TypeError, match="cannot be filled in"):
        Prepared(lambda *, flag: Case.objects.filter(is_open=flag))(flag=True)


@pytest.mark.django_db(transaction=True)
def test_threads_read_through_connections_of_their_own():
    desk = Desk()
    cases = [desk.accept() for _ in range(2)]
    read = Prepared(lambda *, pk: Case.objects.filter(pk=pk).values("number"))
    found: dict[int, list[str]] = {}

    def work(case):
        for _ in range(20):
            found[case.pk] = numbers(read(pk=case.pk))
        connection.close()

    threads = [threading.Thread(target=work, args=[case]) for case in cases]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == {case.pk: [case.number] for case in cases}


def test_rows_are_left_unread_until_somebody_wants_one():
    """Among them moments with and without a fraction, none at all, yes and no, and JSON."""
    desk = Desk()
    desk.accept()
    Case.objects.filter(pk=desk.accept().pk).update(
        received_at=AT, closed_at=AT.replace(microsecond=120), is_safety=True, readings=[{"key": "a", "value": 1}]
    )
    columns = ("id", "number", "received_at", "closed_at", "responded_at", "is_safety", "readings", "customer__name")
    read = Prepared(lambda *, actor: Case.objects.visible_to(actor).order_by("-pk").values(*columns))
    with CaptureQueriesContext(connection) as asked:
        rows = read.unread(actor=Actor.system())
        found = [row.read() for row in rows]
    assert len(asked) == 1
    assert found == read(actor=Actor.system()) == list(Case.objects.order_by("-pk").values(*columns))
    assert [row.pk for row in rows] == [row["id"] for row in found]
    assert [row.key for row in rows] == [row.key for row in read.unread(actor=Actor.system())]
    assert len({row.key for row in rows}) == 2
    assert read.unread(actor=actor_with("cases.view_case", stations=[])) == []


def test_shared_rows_are_the_same_objects_until_a_value_changes():
    desk = Desk()
    station = desk.station
    read = Prepared(lambda *, code: type(station).objects.filter(code=code).select_related("calendar"))
    (first,) = read.shared(code=station.code)
    (again,) = read.shared(code=station.code)
    assert first is again and (first, first.calendar) == (station, station.calendar)
    type(station.calendar).objects.filter(pk=station.calendar_id).update(name="夜班")
    (changed,) = read.shared(code=station.code)
    assert changed is not first and changed.calendar.name == "夜班"
    assert read.shared(code="no such") == []
