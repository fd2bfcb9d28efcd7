"""What the pages of the desk say: nothing typed is lost, nothing mandatory is called optional, numbers explain themselves."""

from decimal import Decimal
from typing import Any

import pytest
import time_machine
from django.utils import translation

from careloop.core.errors import DomainError
from careloop.workorders import forms, queries, services
from careloop.workorders.actions import order_options
from careloop.workorders.models import WorkOrder
from careloop.workorders.services.codes import checked_code
from tests.factories import T0, client_of
from tests.workorders.factories import DAY, SIGNATURE, Shop, make_shop

pytestmark = pytest.mark.django_db
NOW = time_machine.travel(T0 + DAY, tick=False)


def typed(shop: Shop, **changes: Any) -> dict[str, Any]:
    return {
        "customer_words": "过坎时后面有金属响声", "is_identified": "on", "mileage": "62418", "fuel": "4", "valuables": "无",
        "contact": shop.contact.pk, "station": shop.station.pk, "walk_in_reason": "路过", "signature": SIGNATURE, **changes,
    }  # fmt: skip


@NOW
def test_a_damage_note_without_its_place_is_asked_for_and_never_dropped() -> None:
    shop = make_shop()
    page = client_of(shop.users["adviser"])

    refused = page.post(f"/work-orders/new/?asset={shop.asset.code}", typed(shop, damage_note="约 6 厘米划痕"))

    assert refused.status_code == 422
    assert list(refused.context["form"].errors) == ["damage_places"]
    assert "约 6 厘米划痕" in refused.content.decode()
    assert WorkOrder.objects.count() == 0


@NOW
def test_fuel_and_valuables_of_a_vehicle_carry_the_star() -> None:
    shop = make_shop()
    form = client_of(shop.users["adviser"]).get(f"/work-orders/new/?asset={shop.asset.code}").context["form"]

    assert {name for name in form.fields if "data-due" in form.fields[name].widget.attrs} == {"fuel", "valuables"}


def test_the_load_of_a_technician_is_a_number_with_its_meaning() -> None:
    shop = make_shop()

    with translation.override("zh-hans"):
        labels = [label for _pk, label in queries.technicians_with_load(shop.station.pk)]

    assert all(label.endswith("（在修 0 单）") for label in labels)


def test_an_empty_code_is_asked_for_and_is_no_wrong_code() -> None:
    shop = make_shop()
    order = shop.walk_in()

    with translation.override("zh-hans"), pytest.raises(DomainError, match="请填客户从自己页面上读出的六位数字"):
        checked_code(order.pk, 1, "  ", at=shop.later())


def test_the_list_of_points_has_a_name_in_the_readers_language() -> None:
    with translation.override("zh-hans"):
        assert str(forms.PassForm().fields["checklist"].label) == "检验项目"


def test_labour_and_parts_have_their_usual_unit() -> None:
    shop = make_shop()
    order = shop.walk_in()
    entered: dict[str, Any] = {"name": "检查", "quantity": Decimal(1), "unit_price": Decimal(180)}
    for kind, more in (("labour", {}), ("material", {"part_origin": "oem"}), ("other", {})):
        services.add_line(order.pk, actor=shop.actor("adviser"), at=shop.later(), kind=kind, **entered, **more)

    assert [line.unit for line in order.lines.order_by("pk")] == ["h", "pc", ""]


def test_while_the_customer_is_asked_his_decision_is_the_first_button() -> None:
    shop = make_shop()
    order = WorkOrder.objects.get(pk=shop.brought_to("awaiting_consent").pk)

    shown = [option.action for option in order_options(order, actor=shop.actor("adviser"), at=shop.later())]

    assert shown.index("consent") < shown.index("estimate")


def test_an_order_under_way_is_named_before_another_one_is_opened() -> None:
    shop = make_shop()
    client = client_of(shop.users["adviser"])
    for page in ("/work-orders/new/", "/work-orders/book/"):
        assert "同一次维修" not in client.get(f"{page}?asset={shop.asset.code}").content.decode()
    order = shop.brought_to("received")
    for page in ("/work-orders/new/", "/work-orders/book/"):
        body = client.get(f"{page}?asset={shop.asset.code}").content.decode()
        assert "已有未完的工单，是同一次维修吗？" in body and f'href="/work-orders/{order.number}/"' in body, page
