"""A row written by `inserts.insert` is the row that `save` writes."""

from typing import Any

import pytest
from django.db import IntegrityError, connection, models, transaction
from django.test.utils import CaptureQueriesContext
from django.utils.translation import gettext_lazy, override

from careloop.cases.models import Case
from careloop.core import inserts
from careloop.core.models import Event
from tests.cases.factories import T0, Desk
from tests.factories import StationFactory

pytestmark = pytest.mark.django_db
UNIQUE = ("id", "number", "recorded_at")


def columns(obj: models.Model) -> dict[str, Any]:
    """Every column as the database holds it, but for those that no two rows share."""
    found = type(obj)._default_manager.filter(pk=obj.pk).values().get()
    return {name: value for name, value in found.items() if name not in UNIQUE}


def copy_of(case: Case, number: str) -> Case:
    names = [column.attname for column in Case._meta.concrete_fields if column.name not in UNIQUE]
    return Case(number=number, **{name: getattr(case, name) for name in names})


def test_every_column_is_the_one_that_save_writes() -> None:
    pattern = Desk().accept(verbatim="主轴 100% 停转，'异响'", is_safety=True, meter=1200)
    saved, inserted = copy_of(pattern, "FW-X-1"), copy_of(pattern, "FW-X-2")
    saved.save(force_insert=True)
    with CaptureQueriesContext(connection) as captured:
        inserts.insert(inserted)
    assert len(captured) == 1
    assert columns(inserted) == columns(saved)
    assert (inserted.pk, inserted._state.adding, inserted._state.db) == (saved.pk + 1, False, "default")


def test_constant_defaults_and_then_other_values(monkeypatch: pytest.MonkeyPatch) -> None:
    """Columns that were never said stand in the statement as text; once said they are sent for good."""
    pattern = Desk().accept()
    monkeypatch.setattr(inserts, "_KNOWN", {})
    for number, place in enumerate(("", "100% 'x' %s", "")):
        row = copy_of(pattern, f"FW-Y-{number}")
        row.place, row.readings, row.is_safety = place, [{"key": "t"}] if place else [], bool(place)
        other = copy_of(row, f"FW-Z-{number}")
        inserts.insert(row)
        other.save(force_insert=True)
        assert columns(row) == columns(other)
        assert columns(row)["place"] == place


def test_values_of_another_type_go_through_django() -> None:
    event = Event(
        kind="case.note", at=T0, actor_name="x", entrance="web", subject_type="case", subject_id="17",
        subject_label=gettext_lazy("Request"), data={"n": [1, None]}, text="é",
    )  # fmt: skip
    with override("en"):
        inserts.insert(event)
    found = Event.objects.get(pk=event.pk)
    assert (found.subject_id, found.at, found.data, found.actor_id) == (17, T0, {"n": [1, None]}, None)
    assert found.subject_label == "Request"
    assert found.recorded_at is not None


def test_the_database_refuses_as_it_does_with_save() -> None:
    known = Desk().accept()
    row = copy_of(known, known.number)
    with pytest.raises(IntegrityError), transaction.atomic():
        inserts.insert(row)
    assert row.pk is None
    assert Case.objects.count() == 1


def test_a_relation_without_id_is_refused() -> None:
    row = copy_of(Desk().accept(), "FW-X-1")
    row.station = StationFactory.build()
    with pytest.raises(ValueError, match="unsaved related object"):
        inserts.insert(row)


def test_several_rows_are_one_statement_and_keep_their_order() -> None:
    pattern = Desk().accept()
    rows = [copy_of(pattern, f"FW-X-{number}") for number in (3, 1, 2)]
    rows[1].place, rows[2].closed_at = "二号车间", T0
    with CaptureQueriesContext(connection) as captured:
        inserts.insert_all(rows)
        inserts.insert_all([])
    assert len(captured) == 1
    found = list(Case.objects.filter(number__startswith="FW-X-").order_by("pk").values_list("pk", "number", "place"))
    assert found == [(row.pk, row.number, row.place) for row in rows]
    assert [columns(row)["closed_at"] for row in rows] == [None, None, T0]
