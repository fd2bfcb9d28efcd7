"""Data grow old by the period of the grade, are asked again, and confirmed without being changed (R38, R160)."""

import datetime as dt
from typing import Any

import pytest
import time_machine
from django.urls import reverse

from careloop.assets import services as assets
from careloop.assets.models import Asset, AssetConfirmation
from careloop.core.actor import Actor
from careloop.core.models import Event
from careloop.customers import reports, services
from careloop.customers.models import Customer, RefreshPeriod
from careloop.customers.rules import Entered, entry_quality, percentile
from careloop.staff.actors import actor_for
from tests.factories import (
    T0,
    ContactChannelFactory,
    ContactFactory,
    CustomerFactory,
    StationFactory,
    VehicleFactory,
    client_of,
    user_with,
)

pytestmark = pytest.mark.django_db
RIGHTS = (
    "customers.view_customer",
    "customers.change_customer",
    "customers.verify_contact",
    "assets.view_asset",
    "assets.change_asset",
)
NOW = time_machine.travel(T0, tick=False)
DAY = dt.timedelta(days=1)


def months_ago(n: int, *, days: int = 0) -> dt.datetime:
    """T0 is the 19th: the same day `n` months ago, some days later."""
    years, month = divmod(T0.year * 12 + T0.month - 1 - n, 12)
    return T0.replace(year=years, month=month + 1) + days * DAY


def customer(grade: str, created_at: dt.datetime, **more: Any) -> Customer:
    row = CustomerFactory(
        grade=grade, grade_reason="年服务额" if grade else "", created_at=created_at, source="visit", **more
    )
    services.base.derive(row)
    return row


def vehicle(of: Customer, created_at: dt.datetime) -> Asset:
    row = VehicleFactory(customer=of, created_at=created_at)
    assets.derive_again(row.pk)
    row.refresh_from_db()
    return row


def values(row: Customer | Asset) -> dict[str, Any]:
    changing = {"refresh_due_on", "confirmed_since", "completeness", "is_incomplete"}
    found = type(row)._default_manager.filter(pk=row.pk).values().get()
    return {name: value for name, value in found.items() if name not in changing}


@pytest.mark.req("R38")
def test_old_fields_come_up_by_grade_are_confirmed_unchanged_and_the_shares_are_shown() -> None:
    user = user_with(*RIGHTS)
    own = {"service_owner": user.person}
    old = [customer(grade, months_ago(n), **own) for grade, n in (("A", 6), ("B", 12), ("C", 24))]
    fresh = [customer(grade, months_ago(n, days=1), **own) for grade, n in (("A", 6), ("B", 12), ("C", 24))]
    client = client_of(user)

    with NOW:
        # the refresh tasks: exactly the files beyond their period, on the list and among the day's duties
        page = client.get("/customers/?view=stale").content.decode()
        assert [row.code in page for row in (*old, *fresh)] == [True] * 3 + [False] * 3
        day = client.get("/?view=data").content.decode()
        assert [reverse("customers:confirm", args=[row.code]) in day for row in (*old, *fresh)] == [True] * 3 + [
            False
        ] * 3
        # each has two filled fields that are confirmed by date: name and address
        assert fresh_share(client, "/customers/quality/") == "50.0"

        before = [values(row) for row in old]
        for row in old:
            url = reverse("customers:confirm", args=[row.code])
            form = client.get(url).context["form"]
            assert form.fields["fields_"].initial == ["name", "address"]
            sent = client.post(url, {"fields_": ["name", "address"], "source": "电话核对"})
            assert sent.status_code == 302
        assert [values(row) for row in old] == before
        assert "/confirm/" not in client.get("/?view=data").content.decode()
        page = client.get("/customers/?view=stale").content.decode()
        assert not any(row.code in page for row in old)
        assert fresh_share(client, "/customers/quality/") == "100.0"

    # numbers found wrong, per month: one of five this month, one of four last month
    contact, new = (
        ContactFactory(customer=row, created_at=at) for row, at in ((old[0], months_ago(3)), (old[1], T0 - DAY))
    )
    channels = [ContactChannelFactory(contact=contact) for _n in range(4)]
    ContactChannelFactory(contact=new)
    actor = actor_for(user)
    services.mark_wrong(channels[0].pk, actor=actor, at=T0 - DAY)
    services.mark_wrong(channels[1].pk, actor=actor, at=months_ago(1))
    with NOW:
        months = reports.wrong_numbers(actor, today=T0.date())
        assert [(f"{row.month:%Y-%m}", row.wrong, row.numbers) for row in months[:3]] == [
            ("2026-11", 1, 5), ("2026-10", 1, 4), ("2026-09", 0, 4)]  # fmt: skip
        page = client.get("/customers/quality/").content.decode()
        assert "2026-10" in page and (page.count("20.0%"), page.count("25.0%")) == (1, 1)


def fresh_share(client: Any, page: str) -> str:
    """The figure “fresh fields” as the page shows it."""
    response = client.get(page)
    found = next(row for row in response.context["figures"] if row["label"] == "新鲜字段")
    assert found["text"] in response.content.decode()
    return str(found["value"])


@pytest.mark.req("R38")
def test_machine_data_come_up_by_the_grade_of_the_owner_and_are_confirmed_unchanged() -> None:
    user = user_with(*RIGHTS)
    own = {"service_owner": user.person}
    periods = (("A", 6), ("B", 12), ("C", 24))
    old = [vehicle(customer(grade, T0, **own), months_ago(n)) for grade, n in periods]
    new = [vehicle(customer(grade, T0, **own), months_ago(n, days=1)) for grade, n in periods]
    client = client_of(user)

    with NOW:
        page, day = (client.get(path).content.decode() for path in ("/machines/?view=stale", "/?view=data"))
        assert [row.code in page for row in (*old, *new)] == [True] * 3 + [False] * 3
        assert [f"/machines/{row.code}/confirm/" in day for row in (*old, *new)] == [True] * 3 + [False] * 3
        assert fresh_share(client, "/machines/quality/") == "50.0"
        before = [values(row) for row in old]
        for row in old:
            url = reverse("assets:confirm", args=[row.code])
            assert client.get(url).context["form"].fields["fields_"].initial == ["plate", "usage"]
            assert client.post(url, {"fields_": ["plate", "usage"], "source": "看车核对"}).status_code == 302
            assert client.get(url).status_code == 302  # nothing left to confirm
        assert [values(row) for row in old] == before
        page, day = (client.get(path).content.decode() for path in ("/machines/?view=stale", "/?view=data"))
        assert not any(row.code in page or f"/machines/{row.code}/confirm/" in day for row in old)
        assert fresh_share(client, "/machines/quality/") == "100.0"

    assert set(AssetConfirmation.objects.values_list("field", "source")) == {
        ("plate", "看车核对"),
        ("usage", "看车核对"),
    }
    assert Event.objects.filter(kind="asset.confirm").count() == 3


def test_a_changed_field_counts_as_confirmed_and_the_firm_sets_the_period() -> None:
    user = user_with(*RIGHTS)
    owner = customer("C", T0, service_owner=user.person)
    car = vehicle(owner, months_ago(20))
    assert car.confirmed_since == months_ago(20).date()

    assets.update_asset(car.pk, values={"plate": "苏E98765", "usage": "commercial"}, actor=Actor.system(), at=T0 - DAY)
    car.refresh_from_db()
    assert car.confirmed_since == (T0 - DAY).date()

    RefreshPeriod.objects.update_or_create(grade="C", defaults={"months": 1})
    with time_machine.travel(T0 + 40 * DAY, tick=False):
        assert car.code in client_of(user).get("/machines/?view=stale").content.decode()


def test_what_is_not_confirmed_is_refused_and_a_stranger_does_not_see_it() -> None:
    user = user_with(*RIGHTS)
    car = vehicle(customer("A", T0, service_owner=user.person), months_ago(7))
    url = reverse("assets:confirm", args=[car.code])

    with NOW:
        assert client_of(user).post(url, {"fields_": [], "source": ""}).status_code == 422
        assert client_of(user).post(url, {"fields_": ["vin"], "source": "x"}).status_code == 422
        assert client_of(user_with(*RIGHTS, stations=[StationFactory()])).get(url).status_code == 404
    assert not AssetConfirmation.objects.exists()


def test_delays_and_completeness_are_grouped_by_person_and_month() -> None:
    may, june = dt.date(2026, 5, 1), dt.date(2026, 6, 1)
    files = [
        Entered("甲", june, 80, 1.0),
        Entered("甲", june, 100, 3.0),
        Entered("甲", june, 90, None),
        Entered("乙", june, 50, None),
        Entered("甲", may, 70, 30.0),
    ]

    found = [(row.person, row.month, row.files, row.completeness, row.median, row.p90) for row in entry_quality(files)]

    assert found == [
        ("乙", june, 1, 50.0, None, None),
        ("甲", june, 3, 90.0, 1.0, 3.0),
        ("甲", may, 1, 70.0, 30.0, 30.0),
    ]
    assert [percentile([1, 2, 3, 4, 5, 6, 7, 8, 9, 10], p) for p in (50, 90, 91, 1)] == [5, 9, 10, 1]
