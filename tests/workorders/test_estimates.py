"""Versions of the estimate and consent to exactly one of them (R61), declined items as advice (R62)."""

import datetime as dt
from decimal import Decimal

import pytest

from careloop.core.errors import Conflict, DomainError, PermissionRefused, TransitionRefused
from careloop.core.models import Event
from careloop.workorders import services
from careloop.workorders.models import Advice, ConsentCode, EstimateConsent, OrderLine, WorkOrder
from careloop.workorders.queries import detail
from tests.factories import client_of
from tests.workorders.factories import MINUTE, SIGNATURE, api, make_shop, other_vehicle

pytestmark = pytest.mark.django_db


def fresh(order: WorkOrder) -> WorkOrder:
    return WorkOrder.objects.get(pk=order.pk)


def consents(order: WorkOrder) -> list[tuple[str, str]]:
    return list(order.lines.order_by("pk").values_list("name", "consent"))


@pytest.mark.req("R61")
def test_no_repair_without_consent_to_exactly_this_version_and_a_changed_price_asks_again() -> None:
    shop = make_shop()
    order = shop.brought_to("awaiting_consent")
    adviser, foreman = client_of(shop.users["adviser"]), client_of(shop.users["foreman"])
    url = f"/work-orders/{order.number}"
    technician = {"technician": shop.person("technician")}

    assert foreman.post(f"{url}/do/assign/", technician).status_code == 409  # no consent at all
    assert fresh(order).state == "awaiting_consent"

    # a new price makes the first version void: consent to it is refused, the second version asks
    line = order.lines.first()
    assert adviser.post(f"{url}/items/{line.pk}/change/", {"unit_price": "200.00"}).status_code == 302
    old = {"version": 1, "method": "signature", "given_by": "王伟", "signature": SIGNATURE}
    assert adviser.post(f"{url}/consent/", old).status_code == 409
    assert adviser.post(f"{url}/do/estimate/", {"promised_at": "2030-01-01T16:00"}).status_code == 302
    assert adviser.post(f"{url}/consent/", old).status_code == 409
    assert adviser.post(f"{url}/consent/", {**old, "version": 2}).status_code == 302
    assert (fresh(order).state, fresh(order).consented_amount) == ("to_assign", Decimal("360.00"))

    # after the consent: a changed price goes back and asks again
    assert adviser.post(f"{url}/items/{line.pk}/change/", {"unit_price": "210.00"}).status_code == 302
    assert (fresh(order).state, fresh(order).consented_version) == ("awaiting_consent", 0)
    assert foreman.post(f"{url}/do/assign/", technician).status_code == 409
    assert adviser.post(f"{url}/do/estimate/", {"promised_at": "2030-01-01T16:00"}).status_code == 302
    assert adviser.post(f"{url}/consent/", {**old, "version": 3}).status_code == 302
    assert foreman.post(f"{url}/do/assign/", technician).status_code == 302
    assert fresh(order).state == "in_repair"
    given = EstimateConsent.objects.get(estimate__version=3, estimate__order=order)
    assert (given.method, given.given_by, given.amount, given.file is not None) == (
        "signature", "王伟", Decimal("370.00"), True)  # fmt: skip


@pytest.mark.req("R61")
def test_an_item_more_or_less_after_the_consent_and_a_price_raised_in_repair_ask_again() -> None:
    shop = make_shop()
    order = shop.brought_to("to_assign")
    adviser, foreman = client_of(shop.users["adviser"]), client_of(shop.users["foreman"])
    url = f"/work-orders/{order.number}"

    def asks_again() -> bool:
        assign = foreman.post(f"{url}/do/assign/", {"technician": shop.person("technician")})
        row = fresh(order)
        return (assign.status_code, row.state, row.consented_version) == (409, "awaiting_consent", 0)

    more = {"kind": "labour", "name": "动平衡", "quantity": "1", "unit_price": "60"}
    assert adviser.post(f"{url}/items/", more).status_code == 302
    assert asks_again()
    shop.estimate(order)
    shop.consent(order)
    item = order.lines.get(name="动平衡")
    assert adviser.post(f"{url}/items/{item.pk}/change/?withdraw=1", {"reason": "客户不要"}).status_code == 302
    assert asks_again()
    shop.estimate(order)
    shop.consent(order)
    shop.assign(order)

    labour, oil = order.lines.get(name="差速器异响检查"), order.lines.get(name="差速器油")
    change = f"/work-orders/{order.number}/lines/{labour.pk}"
    assert api(shop, "adviser").patch(change, {"unit_price": "179.00"}).status_code == 200
    labour.refresh_from_db()
    assert labour.consent == "consented"  # nobody is asked about paying less
    assert api(shop, "adviser").patch(change, {"unit_price": "180.01"}).status_code == 200
    labour.refresh_from_db()
    assert labour.consent == "proposed"
    done = {f"done_{labour.pk}": "on", f"done_{oil.pk}": "on", f"old_{oil.pk}": "returned"}
    assert client_of(shop.users["technician"]).post(f"{url}/do/finish/", done).status_code == 409
    assert fresh(order).state == "in_repair"


def test_the_customer_chooses_items_and_declined_ones_stay_as_advice() -> None:
    shop = make_shop()
    order = shop.brought_to("awaiting_consent")
    labour = order.lines.get(kind="labour")

    shop.consent(order, accepted=[labour.pk])

    assert consents(order) == [("差速器异响检查", "consented"), ("差速器油", "declined")]
    assert fresh(order).consented_amount == Decimal("180.00")
    assert [a.text for a in Advice.objects.filter(order=order)] == ["差速器油"]
    next_visit = shop.walk_in(mileage=63000)
    shown = detail.advice(detail.side_notes(next_visit, [])["advice"], next_visit)
    assert [(a["text"], a["is_earlier"]) for a in shown] == [("差速器油", True)]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"version": 2}, "version"),
        ({"accepted": []}, "accepted"),
        ({"accepted": [10**9]}, "accepted"),
        ({"given_by": " "}, "given_by"),
        ({"signature": ""}, "signature"),
        ({"method": "recorded", "signature": ""}, "words"),
        ({"method": "code", "signature": "", "code": "000000"}, "code"),
        ({"method": "telepathy"}, "method"),
    ],
)
def test_a_consent_that_is_not_complete_is_refused_and_changes_nothing(change: dict[str, object], field: str) -> None:
    shop = make_shop()
    order = shop.brought_to("awaiting_consent")
    before = Event.objects.count()

    with pytest.raises((DomainError, Conflict)) as refused:
        shop.consent(order, **change)

    assert refused.value.field == field
    assert (fresh(order).state, Event.objects.count()) == ("awaiting_consent", before)
    assert not EstimateConsent.objects.exists()


def test_only_the_customer_himself_decides_by_link_and_only_with_the_right_by_signature() -> None:
    shop = make_shop()
    order = shop.brought_to("awaiting_consent")

    with pytest.raises(PermissionRefused):
        shop.consent(order, method="link")
    with pytest.raises(PermissionRefused):
        services.consent(order.pk, **shop.decision(order), actor=shop.actor("technician"), at=shop.at)
    assert fresh(order).state == "awaiting_consent"


def test_a_code_is_hashed_counts_once_ends_after_half_an_hour_and_after_five_tries() -> None:
    shop = make_shop()
    order = shop.brought_to("awaiting_consent")
    adviser = shop.actor("adviser")

    def decide(code: str, at: dt.datetime) -> WorkOrder:
        return services.consent(
            order.pk, **shop.decision(order, method="code", signature="", code=code), actor=adviser, at=at
        )

    first = services.issue_code(order.pk, sent_to="138", actor=adviser, at=shop.at)
    assert len(first) == 6 and first not in ConsentCode.objects.get().digest
    with pytest.raises(DomainError):
        decide(first, shop.at + 31 * MINUTE)
    second = services.issue_code(order.pk, sent_to="138", actor=adviser, at=shop.at)
    if first != second:
        with pytest.raises(DomainError):
            decide(first, shop.at)  # a new code ends the old one
    wrong = f"{(int(second) + 1) % 1_000_000:06d}"
    for _ in range(5):
        with pytest.raises(DomainError):
            decide(wrong, shop.at)
    assert ConsentCode.objects.get().tries == 5
    with pytest.raises(DomainError):
        decide(second, shop.at)

    third = services.issue_code(order.pk, sent_to="138", actor=adviser, at=shop.at)
    assert decide(third, shop.at + 29 * MINUTE).state == "to_assign"
    assert ConsentCode.objects.get().used_at is not None


def test_a_refused_estimate_charges_only_the_announced_fee_and_is_delivered_like_any_order() -> None:
    shop = make_shop()
    order = shop.brought_to("awaiting_consent", announced_fee=Decimal("100.00"))

    services.refuse(order.pk, version=1, given_by="王伟", reason="太贵", actor=shop.actor("adviser"), at=shop.later())

    assert (fresh(order).state, fresh(order).outcome, fresh(order).consented_amount) == ("to_settle", "refused", 100)
    assert [a.text for a in Advice.objects.filter(order=order)] == ["差速器异响检查", "差速器油"]
    shop.settle(order, next_service_on=None)
    assert fresh(order).bill.total_amount == Decimal("100.00")
    shop.pay(order)
    assert shop.deliver(order).state == "delivered"
    skipped = order.stamps.filter(is_skipped=True).order_by("pk").values_list("step", "skipped_reason")
    assert [step for step, reason in skipped if reason] == ["appointment", "repair", "inspection"]


def test_without_an_announced_fee_a_refusal_costs_nothing() -> None:
    shop = make_shop()
    order = shop.brought_to("awaiting_consent")
    services.refuse(order.pk, version=1, given_by="王伟", reason="再想想", actor=shop.actor("adviser"), at=shop.later())

    shop.settle(order, next_service_on=None)

    assert fresh(order).bill.total_amount == 0
    assert shop.deliver(order).state == "delivered"


def test_diagnosis_only_covers_labour_up_to_its_limit() -> None:
    shop = make_shop()
    order = shop.walk_in()
    shop.estimate(order, diagnosis_limit=Decimal("300.00"))
    shop.consent(order)
    shop.assign(order)

    within = shop.line(order, name="路试诊断", reason="找响声", unit_price=Decimal("300.00"))
    beyond = shop.line(order, name="拆检", reason="要拆开看", unit_price=Decimal("0.01"))

    assert [OrderLine.objects.get(pk=x.pk).consent for x in (within, beyond)] == ["consented", "proposed"]
    assert fresh(order).consented_amount == Decimal("300.00")
    with pytest.raises(TransitionRefused):
        shop.finish(order)


@pytest.mark.parametrize(
    ("estimate", "field"),
    [
        ({"old_part_wish": ""}, "old_part_wish"),
        ({"promised_at": dt.datetime(2026, 1, 1, tzinfo=dt.UTC)}, "promised_at"),
        ({"discount": Decimal("340.01")}, "discount"),
        ({"discount": Decimal("-1")}, "discount"),
        ({"diagnosis_limit": Decimal("100.00")}, "diagnosis_limit"),
    ],
)
def test_an_incomplete_estimate_is_refused(estimate: dict[str, object], field: str) -> None:
    shop = make_shop()
    order = shop.brought_to("received")

    with pytest.raises(DomainError) as refused:
        shop.estimate(order, **estimate)

    assert refused.value.field == field
    assert (fresh(order).state, order.estimates.count()) == ("received", 0)


def test_an_estimate_without_items_or_part_class_is_refused() -> None:
    shop = make_shop()
    order = shop.walk_in()

    with pytest.raises(TransitionRefused):
        shop.estimate(order)
    with pytest.raises(DomainError) as refused:
        shop.material(order, part_origin="")
    assert refused.value.field == "part_origin"
    assert other_vehicle(shop).brought_to("awaiting_consent").estimates.get().digest


def test_a_lower_price_in_repair_stays_consented_and_a_higher_one_asks_again_and_falls_back_when_declined() -> None:
    shop = make_shop()
    order = shop.brought_to("in_repair")
    line = order.lines.get(kind="labour")
    adviser = shop.actor("adviser")

    services.change_line(order.pk, line.pk, unit_price=Decimal("150.00"), actor=adviser, at=shop.at)
    line.refresh_from_db()
    assert (line.consent, line.amount) == ("consented", Decimal("150.00"))
    services.change_line(order.pk, line.pk, unit_price=Decimal("190.00"), actor=adviser, at=shop.at)
    line.refresh_from_db()
    assert line.consent == "proposed"
    with pytest.raises(TransitionRefused):
        shop.finish(order)

    services.ask_added(order.pk, promised_at=shop.at + 60 * MINUTE, actor=adviser, at=shop.later())
    services.consent_added(order.pk, **shop.decision(order, accepted=[]), actor=adviser, at=shop.later())
    line.refresh_from_db()
    assert (line.consent, line.amount) == ("consented", Decimal("180.00"))  # as in the version consented to
    assert fresh(order).consented_amount == Decimal("340.00")
