"""The pages and routes of machines: what they show, refuse and ask of the database."""

import json
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from careloop.accounts import services as accounts
from careloop.api import auth
from careloop.assets.models import Asset
from careloop.core.actor import Actor
from careloop.core.models import AccessLog
from tests.factories import (
    T0,
    AssetFactory,
    CustomerFactory,
    ProductModelFactory,
    StationFactory,
    VehicleFactory,
    client_of,
    user_with,
    vin,
)

pytestmark = pytest.mark.django_db
RIGHTS = ("assets.view_asset", "assets.change_asset", "assets.export_asset", "customers.view_customer")


def new_vehicle(client: Client, **changes: Any) -> Any:
    customer = CustomerFactory(type="person")
    url = f"{reverse('assets:create')}?kind=vehicle&customer={customer.code}"
    return client.post(url, {
        "plate": "苏E·7K21Q", "vin": vin(7), "vehicle_class": "car", "model_text": "远途 R5",
        "station": customer.station_id, "meter": "42000", **changes,
    })  # fmt: skip


def test_the_form_makes_a_vehicle_and_shows_its_page() -> None:
    client = client_of(user_with(*RIGHTS))

    response = new_vehicle(client)

    asset = Asset.objects.get()
    assert response.url == f"/machines/{asset.code}/"
    page = client.get(response.url).content.decode()
    assert "苏E·7K21Q" in page and "远途 R5" in page and "质保未知" in page


def test_asking_whose_machine_it_is_answers_a_part_with_a_part_and_goes_on_as_a_page() -> None:
    """A whole page inside the form would show the frame twice."""
    client, customer = client_of(user_with(*RIGHTS)), CustomerFactory()
    url = f"{reverse('assets:create')}?kind=vehicle"
    part = {"HX-Request": "true", "HX-Request-Type": "partial"}

    refused = client.post(url, {"customer": ""}, headers=part)
    assert refused.status_code == 422
    text = refused.content.decode()
    assert "cl-errors" in text and "cl-nav" not in text

    taken = client.post(url, {"customer": customer.code}, headers=part)
    assert (taken.status_code, taken.headers["HX-Redirect"]) == (204, f"{url}&customer={customer.code}")
    assert client.post(url, {"customer": customer.code}).url == f"{url}&customer={customer.code}"


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"vin": "LSVAA41800000001"}, "vin"),
        ({"plate": "ABC"}, "plate"),
        ({"vehicle_class": ""}, "vehicle_class"),
        ({"model_text": ""}, "model"),
        ({"plate": "", "vin": ""}, "plate"),
    ],
)
def test_a_missing_or_wrong_field_is_refused_at_its_place(changes: dict[str, str], field: str) -> None:
    response = new_vehicle(client_of(user_with(*RIGHTS)), **changes)

    assert response.status_code == 422
    assert field in response.context["form"].errors
    assert Asset.objects.count() == 0


def test_an_old_machine_is_registered_with_one_tick() -> None:
    customer, client = CustomerFactory(), client_of(user_with(*RIGHTS))
    url = f"{reverse('assets:create')}?customer={customer.code}"
    values = {"name": "高频机床", "station": customer.station_id}

    assert client.post(url, values).status_code == 422
    assert client.post(url, {**values, "is_old": "on"}).status_code == 302

    asset = Asset.objects.get()
    assert (asset.is_incomplete, asset.warranty_end) == (True, None)
    assert "不要猜" in client.get(f"/machines/{asset.code}/").content.decode()


def test_the_model_fills_in_what_the_product_tells() -> None:
    customer, model = CustomerFactory(), ProductModelFactory()
    page = (
        client_of(user_with(*RIGHTS))
        .get(f"{reverse('assets:create')}?customer={customer.code}&model={model.pk}")
        .content.decode()
    )
    assert "额定功率" in page and "频率范围" in page


def test_a_step_back_of_the_meter_is_refused_on_the_page() -> None:
    client = client_of(user_with("assets.view_asset"))
    asset = AssetFactory(meter=None)
    url = reverse("assets:meter", args=[asset.code])
    assert client.post(url, {"value": "1200", "source": "customer", "counter": "main"}).status_code == 302

    response = client.post(url, {"value": "30", "source": "customer", "counter": "main"})

    assert response.status_code == 422
    assert "value" in response.context["form"].errors


def test_a_machine_of_another_station_does_not_exist() -> None:
    asset = AssetFactory()
    client = client_of(user_with(*RIGHTS, stations=[StationFactory()]))
    for name in ("detail", "edit", "sheet", "meter", "timeline"):
        assert client.get(reverse(f"assets:{name}", args=[asset.code])).status_code == 404


def asked(url: str, client: Client) -> int:
    with CaptureQueriesContext(connection) as found:
        assert client.get(url).status_code == 200
    return len(found)


def test_the_list_asks_at_most_12_queries_whatever_its_rows() -> None:
    client = client_of(user_with(*RIGHTS))
    AssetFactory()
    one = asked("/machines/", client)
    VehicleFactory.create_batch(2)
    assert asked("/machines/", client) == one <= 12


def test_machines_are_listed_by_application() -> None:
    wanted, other = AssetFactory(application="半轴淬火"), AssetFactory(application="齿轮淬火")
    page = client_of(user_with(*RIGHTS)).get("/machines/", {"application": "半轴淬火"}).content.decode()
    assert wanted.serial_no in page and other.serial_no not in page


def test_the_export_holds_exactly_the_rows_of_the_filter_and_is_logged() -> None:
    kept, _other = VehicleFactory(), AssetFactory()
    client = client_of(user_with(*RIGHTS))

    body = b"".join(client.get("/machines/export.csv?view=vehicles").streaming_content).decode("utf-8-sig")

    lines = body.splitlines()
    assert len(lines) == 2 and kept.code in lines[1]
    assert AccessLog.objects.get().rows == 1


def test_a_program_makes_stops_and_is_refused_like_the_page() -> None:
    auth.forget()
    _token, key = accounts.issue_token(user_with(*RIGHTS).pk, name="test", actor=Actor.system(), at=T0)
    headers, client = {"Authorization": f"Bearer {key}"}, Client()
    body = json.dumps(
        {
            "kind": "vehicle",
            "customer": CustomerFactory().code,
            "plate": "苏E·7K21Q",
            "vehicle_class": "car",
            "model_text": "远途 R5",
        }
    )

    made = client.post("/api/v1/machines", body, content_type="application/json", headers=headers)
    assert made.status_code == 201
    url = f"/api/v1/machines/{made.json()['code']}/transitions/stop"
    refused = client.post(url, "{}", content_type="application/json", headers=headers)
    stopped = client.post(url, '{"reason": "等备件"}', content_type="application/json", headers=headers)

    assert refused.status_code == 422
    assert (stopped.status_code, stopped.json()["state"]) == (200, "stopped")
