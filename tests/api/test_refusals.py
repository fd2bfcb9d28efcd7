"""Whatever a program sends: each refusal is a problem of RFC 9457 in the reader's words, and the document says so."""

import json
from typing import Any

import pytest

from careloop.api.urls import api as document
from careloop.customers.models import Customer
from tests.workorders.factories import Api, Shop, api, make_shop

pytestmark = pytest.mark.django_db
PROBLEM = "application/problem+json"


@pytest.fixture
def shop() -> Shop:
    return make_shop()


@pytest.fixture
def adviser(shop: Shop) -> Api:
    found = api(shop, "adviser")
    found.headers["HTTP_ACCEPT_LANGUAGE"] = "zh-hans"
    return found


def customer(shop: Shop, **values: Any) -> dict[str, Any]:
    person = {
        "name": "周建国",
        "channels": [{"value": "13812340000"}],
        "consents": ["service"],
        "consent_channel": "face",
    }
    return {
        "name": "周建国", "type": "person", "station": shop.station.code, "source": "walk_in", "region": "320500",
        "service_owner": shop.person("adviser"), "contacts": [person], **values,
    }  # fmt: skip


def test_a_method_that_is_not_offered_is_a_problem_that_names_the_others(adviser: Api) -> None:
    answer = adviser.client.delete("/api/v1/customers", **adviser.headers)

    assert (answer.status_code, answer.headers["Content-Type"]) == (405, PROBLEM)
    assert set(answer.headers["Allow"].split(", ")) == {"GET", "POST"}
    assert answer.json()["title"].startswith("这里不能用 DELETE")


def test_a_body_that_is_no_json_is_told_with_the_place(adviser: Api) -> None:
    answer = adviser.client.post("/api/v1/customers", b"{bad", content_type="application/json", **adviser.headers)

    assert (answer.status_code, answer.headers["Content-Type"]) == (400, PROBLEM)
    assert answer.json()["title"].startswith("请求内容不是 JSON：")
    assert "column 2" in answer.json()["title"]


def test_wrong_values_are_told_in_the_readers_words(adviser: Api, shop: Shop) -> None:
    sent = customer(shop, type="firm", size="viele", latitude="north", contacts="x", first_contact_at="yesterday")
    del sent["name"]
    answer = adviser.post("/customers", sent)

    assert answer.status_code == 422
    assert {item["field"]: item["detail"] for item in answer.json()["errors"]} == {
        "name": "缺少这个值。",
        "type": "只能是：'company', 'dealer', 'agent', 'person', 'government'。",
        "size": "请写整数，不超过 15 位。",
        "latitude": "请写数字，例如 12.5。",
        "contacts": "请写列表。",
        "first_contact_at": "时间请写成 2026-11-19T14:30:00+08:00。",
    }


def test_a_number_that_no_column_holds_is_refused_and_nothing_kept(adviser: Api, shop: Shop) -> None:
    from_size = adviser.post("/customers", customer(shop, size=10**12))
    before = Customer.objects.count()
    vehicle = adviser.get("/machines").json()["items"][0]["code"]
    from_reading = adviser.post(f"/machines/{vehicle}/readings", {"value": 10**30})

    for answer in (from_size, from_reading):
        assert (answer.status_code, answer.headers["Content-Type"]) == (422, PROBLEM)
    assert Customer.objects.count() == before


def test_the_document_tells_of_every_refusal_that_can_come() -> None:
    schema = json.loads(json.dumps(document.get_openapi_schema()))
    create = schema["paths"]["/api/v1/customers"]["post"]["responses"]
    step = schema["paths"]["/api/v1/work-orders/{number}/transitions/settle"]["post"]["responses"]

    assert set(create) == {"201", "400", "401", "403", "409", "422"}
    assert set(step) == {"200", "400", "401", "403", "404", "409", "422"}
    assert create["409"] == {"$ref": "#/components/responses/Problem409"}
    parts = schema["components"]
    assert parts["responses"]["Problem409"]["content"][PROBLEM]["schema"] == {"$ref": "#/components/schemas/Problem"}
    assert parts["schemas"]["Problem"]["required"] == ["type", "title", "status", "detail"]
