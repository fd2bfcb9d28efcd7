"""The list of orders opens on the unfinished ones; its views have counters; the export gives the same rows."""

import io
import re

import pytest
from django.urls import reverse
from python_calamine import CalamineWorkbook

from careloop.core.models import AccessLog
from tests.factories import client_of
from tests.workorders.factories import make_shop, other_vehicle

pytestmark = pytest.mark.django_db


def test_the_list_opens_on_the_unfinished_orders_and_all_is_one_view_of_it() -> None:
    shop = make_shop()
    done = shop.brought_to("delivered")
    running = other_vehicle(shop).brought_to("received")
    client = client_of(shop.users["adviser"])

    def numbers(query: str = "", name: str = "workorders:list") -> set[str]:
        response = client.get(reverse(name) + query)
        body = b"".join(response.streaming_content) if response.streaming else response.content
        return {order.number for order in (done, running) if order.number.encode() in body}

    both = {done.number, running.number}
    for place in ("workorders:list", "workorders:export"):
        assert numbers("", place) == {running.number}
        assert numbers("?view=open", place) == {running.number}
        assert numbers("?view=all", place) == both
        assert numbers("?view=ready", place) == set()
        assert numbers("?state=delivered", place) == {done.number}
        assert numbers(f"?q={done.number}", place) == {done.number}
        assert numbers(f"?customer={done.customer.code}", place) >= {done.number}
        assert numbers("?open=1&mine=1", place) <= {running.number}  # addresses kept from before
    assert numbers(f"?view=open&q={done.number}", "workorders:export") == set()


def test_views_show_counters_and_which_one_is_open() -> None:
    shop = make_shop()
    shop.brought_to("delivered")
    other_vehicle(shop).brought_to("received")
    client = client_of(shop.users["adviser"])
    plain = client.get(reverse("workorders:list"))
    views = {view["label"]: (view["count"], view["current"]) for view in plain.context["views"]}
    assert views["未完成"] == (1, True)
    assert views["全部"] == (None, False)
    assert [view["count"] for view in plain.context["saved"]][0] == 1
    chosen = client.get(reverse("workorders:list"), {"view": "all", "work_class": "small"})
    assert [view["label"] for view in chosen.context["views"] if view["current"]] == ["全部"]
    assert re.search(r'name="view" value="all"', chosen.content.decode())  # a filter keeps the view


def test_a_workbook_carries_the_same_orders_in_the_readers_language() -> None:
    shop = make_shop()
    order = shop.brought_to("delivered")
    client = client_of(shop.users["adviser"])
    response = client.get(reverse("workorders:export-xlsx") + "?view=all")
    book = CalamineWorkbook.from_filelike(io.BytesIO(b"".join(response.streaming_content)))
    head, row = book.get_sheet_by_index(0).to_python()
    assert (head[0], head[7], head[8]) == ("编号", "预约时间", "进厂时间")
    assert (row[0], row[2]) == (order.number, order.customer.name)
    assert AccessLog.objects.get(what="export").rows == 1
