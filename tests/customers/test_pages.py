"""The pages and routes of customers: what they show, refuse, log and ask of the database."""

import datetime as dt
import json
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from careloop.accounts import services as accounts
from careloop.api import auth
from careloop.core.actor import Actor
from careloop.core.models import AccessLog, Event
from careloop.customers import queries
from careloop.customers.models import Customer
from tests.factories import (
    T0,
    ContactChannelFactory,
    ContactFactory,
    CustomerFactory,
    PersonFactory,
    StationFactory,
    client_of,
    user_with,
)

pytestmark = pytest.mark.django_db
RIGHTS = (
    "customers.view_customer",
    "customers.change_customer",
    "customers.verify_contact",
    "customers.view_phone",
    "customers.export_customer",
)
NOW = time_machine.travel(T0, tick=False)


def typed(**changes: Any) -> dict[str, Any]:
    """What a clerk types into an empty form for a firm."""
    owner, station = PersonFactory(), StationFactory()
    return {
        "name": "苏州恒力机械有限公司", "type": "company", "station": station.pk, "country": "CN", "region": "320500",
        "address": "星湖街 218 号", "source": "visit", "service_owner": owner.pk, "sales_owner": owner.pk,
        "engineer_owner": owner.pk, "contact_name": "李强", "contact_role": "equipment", "phone": "13812345678",
        "is_phone_verified": "on", "consent_channel": "phone", "consents": ["service"], "language": "zh-hans",
        **changes,
    }  # fmt: skip


def test_the_form_makes_a_file_and_shows_its_page() -> None:
    client = client_of(user_with(*RIGHTS))

    response = client.post(reverse("customers:create"), typed())

    customer = Customer.objects.get()
    assert response.url == f"/customers/{customer.code}/"
    page = client.get(response.url).content.decode()
    assert "苏州恒力机械有限公司" in page and "138 1234 5678" in page


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({name: ""}, name)
        for name in (
            "name",
            "type",
            "station",
            "region",
            "address",
            "source",
            "service_owner",
            "sales_owner",
            "engineer_owner",
            "contact_name",
            "consent_channel",
            "phone",
        )
    ]
    + [
        ({"wants_invoice": "on"}, "invoice_title"),
        ({"wants_invoice": "on"}, "uscc"),
        ({"grade": "B"}, "grade_reason"),
        ({"grade": "A", "grade_reason": "x"}, "loss_per_hour"),
        ({"source": "referral"}, "referrer"),
        ({"uscc": "123"}, "uscc"),
    ],
)
def test_a_missing_or_wrong_field_is_refused_at_its_place(changes: dict[str, str], field: str) -> None:
    response = client_of(user_with(*RIGHTS)).post(reverse("customers:create"), typed(**changes))

    assert response.status_code == 422
    assert field in response.context["form"].errors
    assert Customer.objects.count() == 0


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"landline": "66"}, "landline"),
        ({"email": "li at hengli"}, "email"),
        ({"size": "99999999999999999999"}, "size"),
        ({"expected_price": "-1"}, "expected_price"),
        ({"country": "中国"}, "country"),
    ],
)
def test_a_value_that_cannot_be_is_refused_at_its_own_field(changes: dict[str, str], field: str) -> None:
    response = client_of(user_with(*RIGHTS)).post(reverse("customers:create"), typed(**changes))

    assert (response.status_code, list(response.context["form"].errors)) == (422, [field])
    assert not Customer.objects.exists()


def test_everything_that_is_missing_or_wrong_is_told_at_once() -> None:
    """What cannot be read, what the file lacks and what cannot be: one round, not three."""
    wrong = typed(name="", region="", sales_owner="", latitude="999", longitude="1", email="x")
    response = client_of(user_with(*RIGHTS)).post(reverse("customers:create"), wrong)

    assert set(response.context["form"].errors) == {"name", "region", "sales_owner", "latitude", "email"}


def test_an_automatic_field_cannot_be_typed() -> None:
    client_of(user_with(*RIGHTS)).post(
        reverse("customers:create"), typed(completeness="3", code="X", asset_count="9", credit_tier="A")
    )
    row = Customer.objects.get()
    assert (row.code, row.asset_count, row.credit_tier) == ("KH-000001", 0, "new")
    assert row.completeness == 100


def test_a_duplicate_is_shown_with_its_link_and_saved_only_when_confirmed() -> None:
    client = client_of(user_with(*RIGHTS))
    client.post(reverse("customers:create"), typed())
    again = typed(name="昆山精工轴承厂")

    response = client.post(reverse("customers:create"), again)

    assert response.status_code == 422
    assert 'href="/customers/KH-000001/"' in response.content.decode()
    assert client.post(reverse("customers:create"), {**again, "confirm_duplicates": "on"}).status_code == 302
    assert Customer.objects.count() == 2


def test_numbers_are_masked_until_a_logged_look() -> None:
    channel = ContactChannelFactory(value="+8613812345678")
    client = client_of(user_with("customers.view_customer"))
    code = channel.contact.customer.code

    page = client.get(reverse("customers:detail", args=[code])).content.decode()
    assert "138****5678" in page and "138 1234 5678" not in page and "13812345678" not in page

    shown = client.post(
        reverse("customers:channel-reveal", args=[code, channel.pk]), headers={"HX-Request-Type": "partial"}
    )
    assert "138 1234 5678" in shown.content.decode()
    assert AccessLog.objects.get().what == "reveal"


def test_a_customer_of_another_station_does_not_exist() -> None:
    customer = CustomerFactory()
    client = client_of(user_with(*RIGHTS, stations=[StationFactory()]))
    for name in ("detail", "edit", "sheet", "note", "confirm", "timeline"):
        assert client.get(reverse(f"customers:{name}", args=[customer.code])).status_code == 404


def asked(url: str, client: Client) -> int:
    with CaptureQueriesContext(connection) as found:
        assert client.get(url).status_code == 200
    return len(found)


def test_the_list_asks_at_most_12_queries_whatever_its_rows() -> None:
    client = client_of(user_with(*RIGHTS))
    CustomerFactory()
    one = asked("/customers/", client)
    CustomerFactory.create_batch(2)
    assert asked("/customers/", client) == one <= 12


def test_the_page_of_a_customer_asks_the_same_queries_for_1_and_3_persons() -> None:
    client, customer = client_of(user_with(*RIGHTS)), CustomerFactory()
    ContactChannelFactory(contact=ContactFactory(customer=customer))
    url = reverse("customers:detail", args=[customer.code])
    one = asked(url, client)
    for _n in range(2):
        ContactChannelFactory(contact=ContactFactory(customer=customer, is_primary=False))
    assert asked(url, client) == one


def test_the_export_holds_exactly_the_rows_of_the_filter_and_is_logged() -> None:
    kept, _other = CustomerFactory(grade="A", grade_reason="年服务额"), CustomerFactory()
    client = client_of(user_with(*RIGHTS))

    body = b"".join(client.get("/customers/export.csv?grade=A").streaming_content).decode("utf-8-sig")

    lines = body.splitlines()
    assert len(lines) == 2 and kept.code in lines[1]
    log = AccessLog.objects.get()
    assert (log.what, log.rows) == ("export", 1)


def test_outdated_fields_are_confirmed_without_changing_a_value() -> None:
    user = user_with(*RIGHTS)
    customer = CustomerFactory(
        grade="A",
        grade_reason="年服务额",
        created_at=T0 - dt.timedelta(days=200),
        service_owner=user.person,
        refresh_due_on=(T0 - dt.timedelta(days=20)).date(),
    )
    client = client_of(user)
    before = Customer.objects.filter(pk=customer.pk).values("name", "address", "grade").get()
    with NOW:
        assert customer.code in client.get("/customers/?view=stale").content.decode()
        response = client.post(
            reverse("customers:confirm", args=[customer.code]), {"fields_": ["name", "address"], "source": "电话核对"}
        )
        assert response.status_code == 302
        assert customer.code not in client.get("/customers/?view=stale").content.decode()
        assert "档案质量" in client.get("/customers/quality/").content.decode()

    customer.refresh_from_db()
    assert Customer.objects.filter(pk=customer.pk).values("name", "address", "grade").get() == before
    assert queries.stale_fields(customer, today=T0.date(), has_channels=False) == []


def test_a_warehouse_clerk_writes_a_note_with_at_most_three_mandatory_fields() -> None:
    from careloop.customers.forms import NoteForm

    customer = CustomerFactory()
    client = client_of(user_with("customers.view_customer", name="仓管老周"))

    client.post(reverse("customers:note", args=[customer.code]), {"kind": "need", "text": "想要第二台备用泵"})

    assert sum(field.required for field in NoteForm().fields.values()) <= 3
    assert Event.objects.get(kind="customer.note").actor_name == "仓管老周"
    assert "想要第二台备用泵" in client.get(reverse("customers:detail", args=[customer.code])).content.decode()


def test_the_printed_sheet_carries_the_values_of_the_file() -> None:
    customer = CustomerFactory(name="苏州恒力机械有限公司", address="星湖街 218 号")
    page = client_of(user_with(*RIGHTS)).get(reverse("customers:sheet", args=[customer.code])).content.decode()
    assert all(text in page for text in ("苏州恒力机械有限公司", "星湖街 218 号", "江苏省苏州市", customer.code))
    assert AccessLog.objects.get().what == "print"


# --- REST ---------------------------------------------------------------------------------------------------------


def token_of(*rights: str, stations: Any = None) -> dict[str, str]:
    auth.forget()
    user = user_with(*rights, stations=stations)
    _token, key = accounts.issue_token(user.pk, name="test", actor=Actor.system(), at=T0)
    return {"Authorization": f"Bearer {key}"}


def body(**changes: Any) -> str:
    owner = PersonFactory().pk
    return json.dumps({
        "name": "苏州恒力机械有限公司", "type": "company", "station": StationFactory().code, "region": "320500",
        "address": "星湖街 218 号", "source": "visit", "sales_owner": owner, "service_owner": owner,
        "engineer_owner": owner,
        "contacts": [{"name": "李强", "channels": [{"value": "13812345678"}], "consent_channel": "phone"}], **changes,
    })  # fmt: skip


def test_a_program_makes_reads_and_changes_a_customer_like_the_page() -> None:
    headers, client = token_of(*RIGHTS), Client()

    made = client.post("/api/v1/customers", body(), content_type="application/json", headers=headers)
    assert made.status_code == 201
    code = made.json()["code"]
    assert client.get(f"/api/v1/customers/{code}", headers=headers).json()["contacts"][0]["name"] == "李强"
    changed = client.patch(
        f"/api/v1/customers/{code}", '{"address": "星湖街 300 号"}', content_type="application/json", headers=headers
    )
    assert changed.json()["address"] == "星湖街 300 号"
    assert [row["code"] for row in client.get("/api/v1/customers", headers=headers).json()["items"]] == [code]


def test_a_program_is_refused_with_the_same_reasons() -> None:
    headers, client = token_of(*RIGHTS), Client()
    client.post("/api/v1/customers", body(), content_type="application/json", headers=headers)

    twice = client.post("/api/v1/customers", body(), content_type="application/json", headers=headers)
    empty = client.post("/api/v1/customers", body(address=""), content_type="application/json", headers=headers)

    assert (twice.status_code, twice.json()["errors"][0]["field"]) == (409, "confirm_duplicates")
    assert (empty.status_code, empty.json()["errors"][0]["field"]) == (422, "address")
    assert Customer.objects.count() == 1


def test_a_program_sees_masked_numbers_and_its_own_stations_only() -> None:
    channel = ContactChannelFactory(value="+8613812345678")
    code = channel.contact.customer.code

    seen = Client().get(f"/api/v1/customers/{code}", headers=token_of("customers.view_customer")).json()
    other = Client().get(
        f"/api/v1/customers/{code}", headers=token_of("customers.view_customer", stations=[StationFactory()])
    )

    assert seen["contacts"][0]["channels"][0]["value"] == "138****5678"
    assert other.status_code == 404
