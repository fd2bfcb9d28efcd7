"""The database itself refuses what must not be, whoever writes to it."""

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from careloop.core import flow
from careloop.workorders.actions import ACTIONS
from careloop.workorders.models import Inspection, OrderLine, OrderPerson, Stamp, WorkOrder
from careloop.workorders.queries.report import p90
from careloop.workorders.rules import customer_amount, delay_notice, digest
from careloop.workorders.states import FLOW, OrderState
from tests.factories import T0
from tests.workorders.factories import make_shop

pytestmark = pytest.mark.django_db


def refused(query: Any) -> bool:
    try:
        with transaction.atomic():
            query()
    except IntegrityError:
        return True
    return False


@pytest.mark.parametrize(
    "change",
    [
        {"state": "nonsense"},
        {"billed_amount": Decimal("340.01")},
        {"consented_version": 2},
        {"bill": None},
        {"outcome": ""},
        {"delivered_at": None},
        {"next_service_on": None, "next_service_meter": None},
        {"repair_until": None},
        {"mileage_in": None},
        {"received_at": None},
        {"walk_in_reason": ""},
        {"fuel": 9},
        {"consented_amount": Decimal("-1")},
        {"delivered_at": dt.datetime(2020, 1, 1, tzinfo=dt.UTC)},
    ],
    ids=lambda change: next(iter(change)),
)
def test_impossible_delivered_orders(change: dict[str, Any]) -> None:
    order = make_shop().brought_to("delivered")

    assert refused(lambda: WorkOrder.objects.filter(pk=order.pk).update(**change))


def test_impossible_rows_around_an_order() -> None:
    shop = make_shop()
    order = shop.brought_to("to_inspect")
    technician, line = order.technician_id, order.lines.first()

    assert refused(
        lambda: Inspection.objects.create(
            order=order, inspector_id=technician, technician_id=technician, at=T0, passed=True
        )
    )
    assert refused(
        lambda: Inspection.objects.create(order=order, inspector_id=shop.person("inspector"), at=T0, passed=False)
    )
    assert refused(lambda: OrderPerson.objects.create(order=order, person_id=technician, role="inspector"))
    assert refused(lambda: WorkOrder.objects.filter(pk=order.pk).update(inspector_id=technician))
    assert refused(lambda: WorkOrder.objects.filter(pk=order.pk).update(consented_version=0))
    assert refused(lambda: Stamp.objects.create(order=order, step="inspection", started_at=T0))
    assert refused(lambda: Stamp.objects.create(order=order, step="repair", started_at=T0, done_at=T0, is_skipped=True))
    lines = OrderLine.objects.filter(pk=line.pk)
    assert refused(lambda: lines.update(consent="declined"))  # it is done
    assert refused(lambda: lines.update(consented_version=None))
    assert refused(lambda: lines.update(amount=Decimal("-0.01")))
    assert refused(lambda: lines.update(quantity=0))
    assert refused(lambda: order.estimates.create(version=1, created_at=T0))
    assert refused(lambda: order.estimates.create(version=2, created_at=T0))  # one version stands at a time


def test_every_step_that_people_take_has_a_button_and_no_button_leads_nowhere() -> None:
    people = {row.action for row in FLOW.transitions if not row.auto}

    assert people - {"book"} == set(ACTIONS)
    assert {row.action for row in FLOW.transitions if row.auto} == {"miss", "start_follow_up", "archive", "late_answer"}
    reachable = {row.target for row in FLOW.transitions if row.target}
    assert reachable - {flow.UNDONE} == set(OrderState.values)
    final = {s for s in OrderState.values if not [t for t in FLOW.from_state(s) if t.target not in (None, s)]}
    assert final == {"cancelled"}  # an archived order can still take a late answer


def test_small_calculations() -> None:
    line = {"id": 1, "amount": "100.00", "payer": "customer"}

    assert customer_amount([line, {**line, "payer": "warranty"}], Decimal("10")) == Decimal("90.00")
    assert customer_amount([line], Decimal("200")) == Decimal("0.00")
    assert digest([line], Decimal(0), None) != digest([{**line, "amount": "100.01"}], Decimal(0), None)
    assert digest([line], Decimal(0), None) != digest([line], Decimal(1), None)
    assert (delay_notice("small"), delay_notice("whole")) == (dt.timedelta(hours=1), dt.timedelta(days=1))
    assert (p90(list(range(1, 11))), p90([5])) == (9, 5)
