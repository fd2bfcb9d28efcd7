"""The customer's own page: no sign-in, exactly one order, exactly one version, nothing for a wrong address."""

import re
from decimal import Decimal

import pytest
from django.test import Client

from careloop.core.actor import Actor
from careloop.core.models import Event, StoredFile
from careloop.workorders import services
from careloop.workorders.models import EstimateConsent, OrderLink, WorkOrder
from tests.workorders.factories import HOUR, PHOTO, SIGNATURE, Shop, make_shop, other_vehicle

pytestmark = pytest.mark.django_db


def fresh(order: WorkOrder) -> WorkOrder:
    return WorkOrder.objects.get(pk=order.pk)


def page_of(shop: Shop, order: WorkOrder) -> str:
    return f"/s/{services.create_link(order.pk, actor=shop.actor('adviser'), at=shop.at)}/"


def asked(shop: Shop, order: WorkOrder) -> None:
    services.find_item(
        order.pk, kind="labour", name="轮毂轴承", quantity=Decimal(1), unit_price=Decimal("860"), reason="间隙超限",
        photos=[PHOTO], actor=shop.actor("technician"), at=shop.later(),
    )  # fmt: skip
    services.ask_added(order.pk, promised_at=shop.at + HOUR, actor=shop.actor("adviser"), at=shop.later())


def test_the_address_is_kept_as_a_digest_opened_once_noted_and_wrong_ones_show_nothing() -> None:
    shop = make_shop()
    order = shop.brought_to("received")
    url = page_of(shop, order)
    client = Client()

    first = client.get(url)
    client.get(url)

    assert (first.status_code, first.headers["Referrer-Policy"], first.headers["Cache-Control"]) == (
        200, "no-referrer", "no-store")  # fmt: skip
    assert OrderLink.objects.get().digest not in url and url.strip("/s") not in str(OrderLink.objects.values())
    assert Event.objects.filter(kind="workorder.link_open").count() == 1
    wrong = client.get("/s/" + "a" * 32 + "/")
    assert wrong.status_code == 404 and order.number not in wrong.content.decode()
    assert client.post("/s/" + "a" * 32 + "/decide/").status_code == 404


def test_the_page_ends_with_the_file() -> None:
    shop = make_shop()
    order = shop.brought_to("delivered")
    url = page_of(shop, order)
    assert Client().get(url).status_code == 200

    services.archive_order(order.pk, actor=Actor.system(), at=shop.at)

    assert Client().get(url).status_code == 404


@pytest.mark.parametrize("signature", ["", SIGNATURE])
def test_the_customer_agrees_to_chosen_items_of_the_version_he_saw(signature: str) -> None:
    shop = make_shop()
    order = shop.brought_to("awaiting_consent")
    url = page_of(shop, order)
    labour = order.lines.get(kind="labour")
    shown = Client().get(url).content.decode()
    assert "差速器油" in shown and 'name="version" value="1"' in shown

    form = {"version": "1", "given_by": "王伟", "accepted": [labour.pk], "answer": "yes", "signature": signature}
    assert Client().post(f"{url}decide/", {**form, "version": "2"}).status_code == 409
    assert Client().post(f"{url}decide/", {**form, "given_by": " "}).status_code == 422
    assert (fresh(order).state, EstimateConsent.objects.count()) == ("awaiting_consent", 0)
    response = Client().post(f"{url}decide/", form)

    assert (response.status_code, fresh(order).state) == (302, "to_assign")
    given = EstimateConsent.objects.get()
    assert (given.method, given.given_by, given.taken_by, given.amount) == (
        "signature" if signature else "link", "王伟", None, Decimal("180.00"))  # fmt: skip
    event = Event.objects.get(kind="workorder.consent")
    assert (event.entrance, event.actor_name) == ("link", "王伟")
    assert Client().post(f"{url}decide/", form).status_code == 409  # a second click decides nothing


def test_the_customer_refuses_the_estimate() -> None:
    shop = make_shop()
    order = shop.brought_to("awaiting_consent", announced_fee=Decimal("100"))
    url = page_of(shop, order)
    assert "100.00" in Client().get(url).content.decode()

    Client().post(f"{url}decide/", {"version": "1", "given_by": "王伟", "answer": "no"})

    assert (fresh(order).state, fresh(order).outcome, fresh(order).consented_amount) == ("to_settle", "refused", 100)


def test_added_items_are_shown_with_photo_and_decided() -> None:
    shop = make_shop()
    order = shop.brought_to("in_repair")
    asked(shop, order)
    url = page_of(shop, order)
    shown = Client().get(url).content.decode()

    photo = re.search(rf"{url}photo/[0-9a-f-]+/", shown)
    assert photo is not None
    assert Client().get(photo[0]).headers["Content-Type"] in ("image/webp", "image/png")
    signature = StoredFile.objects.get(purpose="reception")
    assert Client().get(f"{url}photo/{signature.key}/").status_code == 404
    other = page_of(shop, other_vehicle(shop).brought_to("received"))
    assert Client().get(photo[0].replace(url, other)).status_code == 404

    Client().post(f"{url}decide/", {"version": "2", "given_by": "王伟", "answer": "no"})
    assert (fresh(order).state, order.lines.get(is_added=True).consent) == ("in_repair", "declined")


def test_a_code_shown_on_the_page_lets_the_adviser_keep_the_consent() -> None:
    shop = make_shop()
    order = shop.brought_to("awaiting_consent")
    url = page_of(shop, order)

    shown = Client().post(f"{url}code/").content.decode()
    code = re.search(r'portal-code"[^>]*>(\d{6})<', shown)
    assert code is not None
    at = Event.objects.get(kind="workorder.code").at
    services.consent(
        order.pk, version=1, method="code", given_by="王伟", code=code[1], actor=shop.actor("adviser"), at=at
    )

    assert fresh(order).state == "to_assign"
    assert Client().post(f"{url}code/").status_code == 409


@pytest.mark.parametrize("state", ["received", "in_repair", "to_inspect", "to_settle", "ready", "delivered"])
def test_every_state_has_its_page_in_eleven_queries(state: str, django_assert_max_num_queries: object) -> None:
    shop = make_shop()
    order = shop.brought_to(state)
    url = page_of(shop, order)
    Client().get(url)

    with django_assert_max_num_queries(11):  # type: ignore[operator]  # reason: a fixture or a helper typed as object
        response = Client().get(url)

    assert response.status_code == 200
    assert "周以宁" not in response.content.decode() or state == "delivered"
    papers = re.findall(rf"{url}papers/\w+\.pdf", response.content.decode())
    assert [Client().get(paper).content[:5] for paper in papers] == [b"%PDF-"] * len(papers)
    assert len(papers) == {"received": 0, "ready": 2, "delivered": 3}.get(state, 1)
