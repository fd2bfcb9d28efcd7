"""Machine files: mandatory fields, old machines, duplicates, readings, owners, retirement."""

import datetime as dt
import threading
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection

from careloop.assets import queries, services
from careloop.assets.models import Asset, AssetConfirmation, MaintenanceItem, MeterReading, OwnerChange, WearPart
from careloop.core import search
from careloop.core.errors import DomainError, NotFound, PermissionRefused, TransitionRefused
from careloop.core.models import Event
from careloop.customers.services import DuplicateWarning
from tests.factories import (
    T0,
    AssetFactory,
    ContactFactory,
    CustomerFactory,
    ProductModelFactory,
    StationFactory,
    VehicleFactory,
    actor_with,
    vin,
)

pytestmark = pytest.mark.django_db
RIGHTS = ("assets.view_asset", "assets.change_asset", "customers.view_customer")
LIFE = {
    "produced_on": dt.date(2025, 6, 1),
    "shipped_on": dt.date(2025, 8, 2),
    "installed_on": dt.date(2025, 9, 1),
    "accepted_on": dt.date(2025, 10, 10),
    "warranty_start": dt.date(2025, 10, 10),
}


def machine(**changes: Any) -> Asset:
    """A machine with all that the form asks."""
    contact = ContactFactory()
    values: dict[str, Any] = {
        "customer_id": contact.customer_id, "responsible": contact.pk, "serial_no": "24A-0317", "name": "感应加热电源",
        "model": ProductModelFactory().pk, "application": "半轴淬火", "location_text": "二车间", "workshop_line": "2 号线",
        "department": "设备科", "software_version": "3.2.1", "configuration": [{"name": "控制柜"}],
        "specs": [{"key": "power", "value": "160"}, {"key": "frequency", "value": "4–8"}],
        "utilities": [{"label": "水压", "low": "0.2", "high": "0.35", "unit": "MPa"}],
        "baseline": [{"label": "功率", "value": "158"}], "operators": [{"name": "孙伟"}, {"name": "钱进"}],
        "wear_parts": [{"name": "水泵机封"}], "maintenance": [{"item": "清洗换热器", "interval_days": 180}],
        **LIFE, **changes,
    }  # fmt: skip
    return services.create_asset(actor=actor_with(*RIGHTS), at=T0, kind="machine", **values)


def vehicle(**changes: Any) -> Asset:
    values: dict[str, Any] = {
        "plate": "苏E·7K21Q",
        "vin": vin(7),
        "vehicle_class": "car",
        "model_text": "远途 R5",
        **changes,
    }
    values.setdefault("customer_id", CustomerFactory(type="person").pk)
    return services.create_asset(actor=actor_with(*RIGHTS), at=T0, kind="vehicle", **values)


def test_a_complete_machine_misses_only_its_manual_and_knows_its_warranty_from_its_family() -> None:
    asset = machine()

    assert (asset.code, asset.state, asset.warranty_end) == ("SB-000001", "running", dt.date(2026, 10, 10))
    assert (asset.is_incomplete, asset.completeness) == (True, 95)
    asset.customer.refresh_from_db()
    assert asset.customer.asset_count == 1
    assert list(Event.objects.values_list("kind", "asset_id", "customer_id")) == [
        ("asset.create", asset.pk, asset.customer_id)
    ]


@pytest.mark.parametrize(
    "field",
    [
        "serial_no",
        "name",
        "model",
        "application",
        "location_text",
        "workshop_line",
        "department",
        "responsible",
        "specs",
        "configuration",
        "software_version",
        "utilities",
        "wear_parts",
        "maintenance",
        "baseline",
        "operators",
        "accepted_on",
        "warranty_start",
    ],
)
def test_an_empty_mandatory_field_is_refused_and_nothing_is_saved(field: str) -> None:
    empty: Any = (
        []
        if field in ("specs", "configuration", "utilities", "wear_parts", "maintenance", "baseline", "operators")
        else None
        if field.endswith(("_on", "start", "model", "ible"))
        else ""
    )
    with pytest.raises(DomainError) as refused:
        machine(**{field: empty})

    assert field in refused.value.details
    assert (Asset.objects.count(), Event.objects.count()) == (0, 0)


def test_tooling_is_due_only_for_machines_that_work_with_it() -> None:
    model = ProductModelFactory()
    model.family.has_tooling = True
    model.family.save()
    with pytest.raises(DomainError) as refused:
        machine(model=model.pk)
    assert list(refused.value.details) == ["tooling"]


def test_an_old_machine_is_kept_as_incomplete_and_its_warranty_is_not_guessed() -> None:
    customer = CustomerFactory()
    asset = services.create_asset(
        actor=actor_with(*RIGHTS), at=T0, kind="machine", customer_id=customer.pk, name="高频机床", is_old=True
    )

    assert (asset.is_incomplete, asset.serial_no, asset.warranty_start, asset.warranty_end) == (True, "", None, None)
    assert {"serial_no", "accepted_on", "warranty_end"} <= set(asset.unknown)


def test_what_must_be_known_cannot_be_declared_unknown() -> None:
    with pytest.raises(DomainError) as refused:
        machine(name="", unknown=["name"])
    assert "unknown" in refused.value.details


def test_a_field_that_is_answered_later_is_no_longer_unknown() -> None:
    asset = services.create_asset(
        actor=actor_with(*RIGHTS), at=T0, kind="machine", customer_id=CustomerFactory().pk, name="高频机床", is_old=True
    )
    before = asset.completeness

    changed = services.update_asset(asset.pk, actor=actor_with(*RIGHTS), at=T0, values={"serial_no": "98-044"})

    assert "serial_no" not in changed.unknown
    assert changed.completeness > before


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"plate": "ABC"}, "plate"),
        ({"vin": "LSVAA41800000001"}, "vin"),
        ({"vehicle_class": ""}, "vehicle_class"),
        ({"plate": "", "vin": ""}, "plate"),
        ({"model_text": ""}, "model"),
        ({"insurance_until": dt.date(1900, 1, 1)}, "insurance_until"),
        ({"invoice_on": dt.date(2030, 1, 1)}, "invoice_on"),
    ],
)
def test_a_vehicle_with_a_wrong_or_missing_field_is_refused_there(values: dict[str, Any], field: str) -> None:
    with pytest.raises(DomainError) as refused:
        vehicle(**values)
    assert field in refused.value.details
    assert Asset.objects.count() == 0


def test_a_person_of_another_customer_cannot_be_in_charge() -> None:
    with pytest.raises(DomainError) as refused:
        machine(responsible=ContactFactory().pk)
    assert refused.value.field == "responsible"


# --- duplicates ---------------------------------------------------------------------------------------------------


def test_a_serial_number_in_another_spelling_is_the_same_and_cannot_be_confirmed_away() -> None:
    machine()
    with pytest.raises(DuplicateWarning) as refused:
        machine(serial_no="24a 0317", confirm_duplicates=True)
    assert refused.value.is_certain
    assert Asset.objects.count() == 1


def test_a_vin_is_on_one_file_only() -> None:
    vehicle()
    with pytest.raises(DuplicateWarning) as refused:
        vehicle(plate="苏E·11111", confirm_duplicates=True)
    assert refused.value.is_certain


def test_a_plate_on_another_vehicle_warns_with_a_link_and_can_be_confirmed() -> None:
    first = vehicle()
    with pytest.raises(DuplicateWarning) as warned:
        vehicle(vin=vin(8))
    assert warned.value.matches[0].url == f"/machines/{first.code}/"
    vehicle(vin=vin(8), confirm_duplicates=True)
    assert Asset.objects.count() == 2


@pytest.mark.concurrency
@pytest.mark.django_db(transaction=True)
def test_two_clerks_registering_one_vehicle_at_once_get_one_file() -> None:
    actor, customer = actor_with(*RIGHTS), CustomerFactory()
    barrier, outcomes = threading.Barrier(2), []

    def register() -> None:
        barrier.wait()
        try:
            services.create_asset(
                actor=actor,
                at=T0,
                kind="vehicle",
                customer_id=customer.pk,
                plate="苏E·7K21Q",
                vehicle_class="car",
                model_text="远途 R5",
            )
            outcomes.append("created")
        except DuplicateWarning:
            outcomes.append("warned")
        finally:
            connection.close()

    threads = [threading.Thread(target=register) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(outcomes) == ["created", "warned"]
    assert Asset.objects.count() == 1


# --- readings -----------------------------------------------------------------------------------------------------


def test_a_reading_goes_back_only_with_a_reason() -> None:
    asset = AssetFactory(meter=None)
    actor = actor_with("assets.view_asset")
    services.record_meter(asset.pk, 1200, actor=actor, at=T0, source="customer")
    later = T0 + dt.timedelta(days=10)

    with pytest.raises(DomainError) as refused:
        services.record_meter(asset.pk, 30, actor=actor, at=later, source="customer")
    assert refused.value.field == "meter"
    assert MeterReading.objects.count() == 1

    services.record_meter(asset.pk, 30, actor=actor, at=later, source="engineer", reason="换了新表")
    asset.refresh_from_db()
    assert (asset.meter, asset.meter_at) == (Decimal("30.0"), later)


def test_a_reading_that_comes_late_does_not_replace_a_newer_one() -> None:
    asset = AssetFactory(meter=None)
    actor = actor_with("assets.view_asset")
    services.record_meter(asset.pk, 1200, actor=actor, at=T0, source="customer")
    services.record_meter(asset.pk, 1100, actor=actor, at=T0 - dt.timedelta(days=30), source="engineer")
    asset.refresh_from_db()
    assert asset.meter == Decimal("1200.0")


@pytest.mark.parametrize("value", ["abc", "-1", "NaN"])
def test_what_is_no_reading_is_refused(value: str) -> None:
    with pytest.raises(DomainError):
        services.record_meter(AssetFactory().pk, value, actor=actor_with("assets.view_asset"), at=T0, source="customer")
    assert MeterReading.objects.count() == 0


# --- life ---------------------------------------------------------------------------------------------------------


def test_a_machine_takes_its_history_to_its_new_owner() -> None:
    asset = machine()
    old, new = asset.customer, CustomerFactory(name="无锡宏远轴承有限公司")

    services.change_owner(asset.pk, customer_id=new.pk, actor=actor_with(*RIGHTS), at=T0, reason="设备转卖")

    asset.refresh_from_db()
    old.refresh_from_db()
    new.refresh_from_db()
    assert (asset.customer_id, asset.responsible_id, asset.state) == (new.pk, None, "running")
    assert (old.asset_count, new.asset_count) == (0, 1)
    assert OwnerChange.objects.values_list("from_customer", "to_customer", "reason").get() == (
        old.pk,
        new.pk,
        "设备转卖",
    )
    assert Event.objects.get(kind="customer.lost_asset").customer_id == old.pk


def test_a_scrapped_machine_has_day_and_reason_and_never_returns() -> None:
    asset, actor = AssetFactory(), actor_with(*RIGHTS)
    with pytest.raises(DomainError):
        services.retire(asset.pk, actor=actor, at=T0, reason=" ", retired_on=T0.date())
    services.retire(asset.pk, actor=actor, at=T0, reason="大修不划算", retired_on=T0.date())
    asset.refresh_from_db()
    assert (asset.state, asset.retired_on, asset.retired_reason) == ("scrapped", T0.date(), "大修不划算")
    with pytest.raises(TransitionRefused):
        services.start_asset(asset.pk, actor=actor, at=T0)


def test_a_machine_with_open_work_is_not_scrapped(monkeypatch: pytest.MonkeyPatch) -> None:
    asset = AssetFactory()
    monkeypatch.setattr(queries, "OPEN_WORK", [lambda asset_id: 1])
    with pytest.raises(TransitionRefused):
        services.retire(asset.pk, actor=actor_with(*RIGHTS), at=T0, reason="报废", retired_on=T0.date())
    asset.refresh_from_db()
    assert asset.state == "running"


def test_other_stations_and_other_rights_change_nothing() -> None:
    asset = AssetFactory()
    with pytest.raises(NotFound):
        services.stop_asset(asset.pk, actor=actor_with(*RIGHTS, stations=[StationFactory()]), at=T0, reason="x")
    with pytest.raises(PermissionRefused):
        services.stop_asset(asset.pk, actor=actor_with("assets.view_asset"), at=T0, reason="x")
    asset.refresh_from_db()
    assert asset.state == "running"


# --- search and bulk ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("q", ["0317", "24A-0317", "24a0317"])
def test_a_machine_is_found_by_the_end_of_its_serial_number(q: str) -> None:
    asset = machine()
    assert [hit.object_id for hit in search.find(q, actor=actor_with("assets.view_asset"))] == [asset.pk]
    assert search.find(q, actor=actor_with("assets.view_asset", stations=[StationFactory()])) == []


@pytest.mark.parametrize("q", ["苏E·7K21Q", "苏e7k21q", "7K21Q", "21Q"])
def test_a_vehicle_is_found_by_parts_of_its_plate(q: str) -> None:
    asset = vehicle()
    assert [hit.object_id for hit in search.find(q, actor=actor_with("assets.view_asset"))] == [asset.pk]


def test_many_machines_are_written_like_single_ones() -> None:
    customer = CustomerFactory()
    rows = [
        services.AssetRow(
            "machine",
            customer.pk,
            customer.name,
            {"serial_no": f"24A-{n:04d}", "name": "电源", "station": customer.station_id},
            meter=100,
        )
        for n in range(3)
    ]

    made = services.create_many(rows, actor=actor_with(*RIGHTS), at=T0)

    assert [code for _pk, code in made] == ["SB-000001", "SB-000002", "SB-000003"]
    assert list(Asset.objects.order_by("pk").values_list("serial_key", "state", "is_incomplete", "meter")) == [
        (f"24A{n:04d}", "running", True, Decimal("100.0")) for n in range(3)
    ]
    customer.refresh_from_db()
    assert customer.asset_count == 3
    assert Event.objects.filter(kind="asset.create").count() == 3


@pytest.mark.parametrize(
    ("factory", "values", "label"),
    [
        (AssetFactory, {"serial_no": "24A-0317"}, "GY-160 · 24A-0317"),
        (VehicleFactory, {"plate": "苏E7K21Q"}, "苏E·7K21Q 远途 R5"),
    ],
)
def test_a_machine_is_called_by_what_people_read_on_it(factory: Any, values: dict[str, str], label: str) -> None:
    assert queries.label_of(factory(**values)) == label


def test_lists_of_the_file_are_replaced_by_name_and_keep_the_dates_of_the_last_work() -> None:
    asset, actor = machine(), actor_with(*RIGHTS)
    done = dt.date(2026, 5, 1)
    WearPart.objects.filter(asset=asset).update(replaced_on=done)

    services.update_asset(
        asset.pk,
        actor=actor,
        at=T0,
        values={},
        wear_parts=[{"name": "水泵机封", "interval_days": 540}, {"name": "IGBT 模块"}],
        maintenance=[{"item": "紧固铜排", "interval_days": 365}],
    )

    assert sorted(WearPart.objects.values_list("name", "interval_days", "replaced_on")) == [
        ("IGBT 模块", None, None),
        ("水泵机封", 540, done),
    ]
    assert list(MaintenanceItem.objects.values_list("item", flat=True)) == ["紧固铜排"]
    assert [row["field"] for row in Event.objects.get(kind="asset.update").data["changes"]] == [
        "wear_parts",
        "maintenance",
    ]


def test_compared_fields_keep_who_compared_them() -> None:
    asset = AssetFactory()
    services.confirm_fields(asset.pk, ["serial_no"], actor=actor_with(*RIGHTS, name="何工"), at=T0, source="对照铭牌")
    assert AssetConfirmation.objects.values_list("field", "confirmed_by", "source").get() == (
        "serial_no",
        "何工",
        "对照铭牌",
    )
