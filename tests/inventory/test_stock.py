"""Stock is counted, put aside, released and fitted; it never becomes less than none."""

import threading
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from careloop.core.errors import DomainError, PermissionRefused
from careloop.core.models import Event
from careloop.inventory import services
from careloop.inventory.models import Part, Reservation, Stock, StockMovement
from careloop.inventory.queries import held_for
from careloop.inventory.services import Shortage, Wanted
from tests.factories import T0, actor_with, client_of, user_with
from tests.workorders.factories import Api, make_shop

pytestmark = pytest.mark.django_db
RIGHTS = ("inventory.view_part", "inventory.change_stock")


def counted(shop: Any, number: str = "DF-75W", on_hand: int = 1) -> Stock:
    actor = actor_with(*RIGHTS)
    return services.count_stock(
        number=number, name="差速器油", on_hand=Decimal(on_hand), station_id=shop.station.pk, actor=actor, at=T0
    )


def hold(shop: Any, order: str, n: int = 1, *, accept: bool = False) -> list[Reservation]:
    return services.reserve(
        order_number=order, station_id=shop.station.pk, wanted=[Wanted("df-75w ", Decimal(n))],
        accept_shortage=accept, actor=shop.actor("desk"), at=T0,
    )  # fmt: skip


def state(stock: Stock) -> tuple[Decimal, Decimal]:
    stock.refresh_from_db()
    return stock.on_hand, stock.held


def test_a_count_makes_the_part_and_a_movement_and_is_refused_below_what_is_put_aside() -> None:
    shop = make_shop()
    stock = counted(shop, " df-75w", 3)

    assert (Part.objects.get().number, state(stock)) == ("DF-75W", (3, 0))
    hold(shop, "WX-1", 2)
    with pytest.raises(DomainError) as refused:
        counted(shop, on_hand=1)
    assert (refused.value.field, state(stock)) == ("on_hand", (3, 2))
    counted(shop, on_hand=2)
    assert list(StockMovement.objects.values_list("kind", "quantity")) == [("count", 3), ("count", -1)]
    with pytest.raises(PermissionRefused):
        services.count_stock(
            number="X", name="x", on_hand=Decimal(1), station_id=shop.station.pk, actor=shop.actor("desk"), at=T0
        )


def test_a_shortage_is_refused_as_a_whole_and_taken_only_when_accepted() -> None:
    shop = make_shop()
    stock = counted(shop)
    events = Event.objects.count()

    with pytest.raises(Shortage) as short:
        hold(shop, "WX-1", 2)
    assert (short.value.field, Reservation.objects.count(), Event.objects.count()) == ("accept_shortage", 0, events)
    hold(shop, "WX-1", 2, accept=True)
    assert ([(row.held, row.missing) for row in held_for("WX-1")], state(stock)) == ([(1, 1)], (1, 1))
    services.release("WX-1", actor=shop.actor("desk"), at=T0)
    assert (held_for("WX-1"), state(stock), Reservation.objects.get().outcome) == ([], (1, 0), "released")


def test_what_is_fitted_leaves_the_shelf_and_comes_back_when_the_hand_over_is_undone() -> None:
    shop = make_shop()
    stock = counted(shop, on_hand=5)
    hold(shop, "WX-1", 3)

    services.use("WX-1", {"DF-75W": Decimal(2)}, actor=shop.actor("adviser"), at=T0)
    assert (state(stock), Reservation.objects.get().outcome) == ((3, 0), "used")
    services.put_back("WX-1", actor=shop.actor("adviser"), at=T0)
    assert (state(stock), [row.held for row in held_for("WX-1")]) == ((5, 2), [2])


def test_the_database_refuses_more_put_aside_than_there_is() -> None:
    stock = counted(make_shop())

    with pytest.raises(IntegrityError), transaction.atomic():
        Stock.objects.filter(pk=stock.pk).update(held=2)
    with pytest.raises(IntegrityError), transaction.atomic():
        Stock.objects.filter(pk=stock.pk).update(on_hand=-1)


@pytest.mark.concurrency
@pytest.mark.django_db(transaction=True)
def test_two_people_want_the_last_part_and_one_gets_it() -> None:
    shop = make_shop()
    stock = counted(shop)
    gate, said = threading.Barrier(2), []

    def take(order: str) -> None:
        try:
            gate.wait()
            hold(shop, order)
            said.append("held")
        except Shortage:
            said.append("short")
        finally:
            connection.close()

    threads = [threading.Thread(target=take, args=(order,)) for order in ("WX-1", "WX-2")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert (sorted(said), state(stock), Reservation.objects.count()) == (["held", "short"], (1, 1), 1)


def test_page_and_api_show_and_enter_stock_of_the_own_station_only() -> None:
    shop = make_shop()
    clerk = client_of(shop.users["parts"])
    form = {"number": "DF-75W", "name": "差速器油", "on_hand": "4", "station": shop.station.pk}

    assert clerk.post("/parts/count/", {**form, "on_hand": "-1"}).status_code == 422
    assert clerk.post("/parts/count/", form).status_code == 302
    assert "DF-75W" in clerk.get("/parts/?q=df-75").content.decode()
    other = make_shop(code="other")
    assert "DF-75W" not in client_of(other.users["parts"]).get("/parts/").content.decode()
    program = Api(shop.users["parts"])
    made = program.post("/parts", {**form, "number": "B-1", "name": "刹车片"})
    assert (made.status_code, made.json()["free"]) == (201, "4.00")
    assert [row["number"] for row in program.get("/parts").json()["items"]] == ["B-1", "DF-75W"]
    assert Api(other.users["parts"]).post("/parts", form).status_code == 404
    assert Api(user_with("cases.view_case")).get("/parts").status_code == 403


@pytest.mark.parametrize("rows", [1, 3])
def test_the_list_asks_the_same_number_of_queries(rows: int, django_assert_max_num_queries: Any) -> None:
    shop = make_shop()
    for n in range(rows):
        counted(shop, f"P-{n}")
    client = client_of(shop.users["parts"])
    client.get("/parts/")

    with django_assert_max_num_queries(6):
        assert client.get("/parts/").status_code == 200
