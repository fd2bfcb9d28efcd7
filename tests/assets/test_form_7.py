"""Form 7, the equipment file: every field is asked, refused, kept, printed and exported as form 2.7 wants it (R159)."""

import csv
import html
import io
import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from careloop.assets.forms import MACHINE_SECTIONS, VEHICLE_SECTIONS, AssetForm
from careloop.assets.labels import field_label
from careloop.assets.models import Asset, MaintenanceItem, WearPart
from careloop.core.models import AccessLog
from careloop.customers.models import Contact, Customer, Site
from tests.factories import (
    ContactFactory,
    CustomerFactory,
    ProductFamilyFactory,
    ProductModelFactory,
    client_of,
    user_with,
    vin,
)

pytestmark = pytest.mark.django_db
RIGHTS = ("assets.view_asset", "assets.change_asset", "assets.export_asset", "customers.view_customer")
MANDATORY = (
    "serial_no", "name", "model", "application", "location_text", "workshop_line", "department", "responsible",
    "specs", "configuration", "software_version", "wear_parts", "maintenance", "utilities", "accepted_on",
    "warranty_start", "warranty_end", "baseline", "operators", "station",
)  # fmt: skip
AUTOMATIC = {"code": "X-1", "state": "scrapped", "completeness": "3", "is_incomplete": "", "meter_at": "2001-01-01",
             "retired_on": "2001-01-01", "retired_reason": "x", "confirmed_since": "2001-01-01"}  # fmt: skip
NOT_A_LINE = ("is_old", "unknown", "wear_parts", "maintenance", "meter")


def clerk() -> Client:
    return client_of(user_with(*RIGHTS))


def machine(**changes: Any) -> tuple[str, dict[str, Any]]:
    """The address of the form and every field of it, filled."""
    customer = Customer.objects.first() or CustomerFactory()
    contact = Contact.objects.filter(customer=customer).first() or ContactFactory(customer=customer, name="王海")
    site, _new = Site.objects.get_or_create(customer=customer, name="二厂")
    data = {
        "serial_no": "24A-0317", "name": "中频感应加热电源", "model": ProductModelFactory().pk, "model_text": "GY-160 改",
        "application": "轴类淬火", "workpiece": "半轴", "process": "中频淬火", "station": customer.station_id,
        "site": site.pk, "location_text": "二车间北", "workshop_line": "3 号线", "department": "热处理车间",
        "responsible": contact.pk, "specs": "额定功率 | 160 | kW\n频率范围 | 8 | kHz", "configuration": "电源柜 | GY-160 | 1",
        "software_version": "V2.3", "produced_on": "2024-01-10", "shipped_on": "2024-02-01", "arrived_on": "2024-02-05",
        "installed_on": "2024-02-20", "pre_accepted_on": "2024-01-20", "accepted_on": "2024-03-01",
        "warranty_start": "2024-03-01", "warranty_end": "2027-03-01", "warranty_meter": "6000",
        "warranty_terms": "易损件除外", "contract_no": "HT-2024-018", "contract_amount": "368000.00",
        "wear_parts": "感应器 | GY-K12 | 工位 1 | 180 |  | 2", "maintenance": "换冷却水 | 90 |  | 2026-08-01 | 2026-10-30",
        "utilities": "冷却水压 | 0.2 | 0.3 | MPa", "baseline": "额定功率 | 158 | kW",
        "operators": "王海 | 3 | 2024-03-01\n李强 | 2 | 2024-03-01", "training_waiver": "已有证书",
        "tooling": "GY-K12 | 半轴 | 更换前断电", "calibrations": "功率表 | 2026-12-01 | JZ-881", "criticality": "A",
        "loss_fixed": "2000.00", "loss_per_hour": "8000.00", "target_years": "12", "target_meter": "60000",
        "modifications": "2025-05-06 | 升级 | 更换驱动板", "meter": "1200.0", **changes,
    }  # fmt: skip
    return f"{reverse('assets:create')}?customer={customer.code}", data


def pairs_of(page: str) -> dict[str, str]:
    found = re.findall(r"<dt>(.*?)</dt><dd>(.*?)</dd>", page, re.DOTALL)
    return {html.unescape(label): html.unescape(value) for label, value in found}


def exported(client: Client, asset: Asset) -> list[list[str]]:
    response = client.get(reverse("assets:sheet-export", args=[asset.code, "csv"]))
    return list(csv.reader(io.StringIO(b"".join(response.streaming_content).decode("utf-8-sig"))))


@pytest.mark.req("R159")
def test_form_7_refuses_every_empty_mandatory_and_conditional_field_and_takes_no_automatic_one() -> None:
    client = clerk()
    own_end = ProductModelFactory(family=ProductFamilyFactory(name="无质保期", warranty_months=None), name="X")
    for name in MANDATORY:
        empty = {name: "", **({"model_text": ""} if name == "model" else {}),
                 **({"training_waiver": ""} if name == "operators" else {})}  # fmt: skip
        model = {"model": own_end.pk} if name == "warranty_end" else {}  # other models tell the end themselves
        url, data = machine(**model, **empty)
        response = client.post(url, data)
        assert (response.status_code, Asset.objects.count()) == (422, 0), name
        assert name in response.context["form"].errors, name

    # conditional: tooling of a machine that works with it; two operators or a waiver; a vehicle's plate or VIN
    family = ProductFamilyFactory(name="感应器机床", has_tooling=True, specs=[])
    url, data = machine(model=ProductModelFactory(family=family, name="GCK").pk, tooling="")
    assert "tooling" in client.post(url, data).context["form"].errors
    url, data = machine(operators="王海 | 3 | 2024-03-01", training_waiver="")
    assert "operators" in client.post(url, data).context["form"].errors
    vehicle = {"plate": "", "vin": "", "vehicle_class": "car", "model_text": "远途 R5", "station": data["station"]}
    assert "plate" in client.post(f"{url}&kind=vehicle", vehicle).context["form"].errors
    assert "vehicle_class" in client.post(
        f"{url}&kind=vehicle", {**vehicle, "plate": "苏E7K21Q", "vehicle_class": ""}
    ).context["form"].errors  # fmt: skip
    assert Asset.objects.count() == 0

    # automatic fields are no fields of the form, and what is sent under their names is not taken
    assert not set(AUTOMATIC) & set(AssetForm.base_fields)
    url, data = machine(**AUTOMATIC)
    assert client.post(url, data).status_code == 302
    row = Asset.objects.get()
    assert (row.code, row.state, row.retired_on, row.retired_reason) == ("SB-000001", "running", None, "")
    assert row.completeness > 90  # the manual is a file that comes later
    assert (
        client.post(reverse("assets:step", args=[row.code, "retire"]), {"retired_on": "2026-01-01"}).status_code == 422
    )
    row.refresh_from_db()
    assert row.state == "running"


@pytest.mark.req("R159")
def test_form_7_saved_opened_printed_and_exported_carries_the_same_values_and_prints_blank() -> None:
    client = clerk()
    url, sent = machine()
    assert client.post(url, sent).status_code == 302
    asset = Asset.objects.get()

    opened = client.get(reverse("assets:edit", args=[asset.code])).context["form"]
    page = client.get(reverse("assets:sheet", args=[asset.code])).content.decode()
    printed, rows = pairs_of(page[page.index("cl-p-pairs") :]), exported(client, asset)
    values = {row[1]: row[2] for row in rows[1:]}
    link = reverse("assets:sheet-export", args=[asset.code, "csv"])
    assert link in client.get(reverse("assets:detail", args=[asset.code])).content.decode()
    assert printed == {label: values.get(label) for label in printed}

    own = [name for _title, names in MACHINE_SECTIONS for name in names if name not in NOT_A_LINE]
    for name in own:
        label = str(field_label(name))
        assert printed[label] != "", name
    for name, value in sent.items():
        if name not in opened.fields:
            continue
        shown = opened[name].value()
        text = opened.fields[name].prepare_value(shown) if hasattr(opened.fields[name], "columns") else shown
        assert squeezed(text) == squeezed(value), name
    wear, plan = WearPart.objects.get(), MaintenanceItem.objects.get()
    assert (wear.name, wear.part_no, wear.in_stock, plan.item, plan.interval_days) == (
        "感应器",
        "GY-K12",
        2,
        "换冷却水",
        90,
    )
    lines = [re.findall(r"<td[^>]*>(.*?)</td>", line) for line in re.findall(r"<tr>(.*?)</tr>", page)]
    for block, cells in (
        ("易损件", ["感应器", "GY-K12", "工位 1", "180", "", "2"]),
        ("保养计划", ["换冷却水", "90", "", "2026-08-01", "2026-10-30"]),
    ):
        assert cells in lines and [block, cells[0], " | ".join(cells[1:])] in rows, block
    assert "1200.0 h" in str(rows) and "1200.0 h" in page
    assert sorted(AccessLog.objects.values_list("what", flat=True)) == ["export", "print"]

    for query, sections in (("", MACHINE_SECTIONS), ("?kind=vehicle", VEHICLE_SECTIONS)):
        blank = pairs_of(client.get(reverse("assets:blank") + query).content.decode())
        names = [name for _title, names in sections for name in names if name not in NOT_A_LINE]
        assert {blank[str(field_label(name))] for name in names} == {""}


def squeezed(value: Any) -> str:
    """A line of a table with or without its empty columns at the end is the same."""
    return re.sub(r"[\s|]+", " ", "" if value is None else str(value)).strip()


@pytest.mark.req("R159")
def test_the_vehicle_variant_carries_the_same_values_too() -> None:
    client, customer = clerk(), CustomerFactory()
    url = f"{reverse('assets:create')}?kind=vehicle&customer={customer.code}"
    sent = {
        "plate": "苏E·7K21Q", "vin": vin(7), "vehicle_class": "car", "model_text": "远途 R5", "engine_no": "4G15-88",
        "color": "白", "usage": "household", "meter": "42000", "station": customer.station_id, "produced_on": "2023-01-02",
        "invoice_on": "2023-03-01", "delivered_on": "2023-03-05", "insurance_until": "2027-03-01",
        "inspection_until": "2027-03-31", "warranty_start": "2023-03-05", "warranty_end": "2026-03-05",
        "warranty_meter": "100000", "warranty_terms": "整车", "guarantee_card_no": "SB-77", "criticality": "C",
        "loss_fixed": "100.00", "loss_per_hour": "20.00", "modifications": "2024-01-01 | 召回 | 气囊",
    }  # fmt: skip
    assert client.post(url, sent).status_code == 302
    asset = Asset.objects.get()

    opened = client.get(reverse("assets:edit", args=[asset.code])).context["form"]
    printed = pairs_of(client.get(reverse("assets:sheet", args=[asset.code])).content.decode())
    values = {row[1]: row[2] for row in exported(client, asset)[1:]}

    for name, value in sent.items():
        if name == "meter":
            continue
        label = str(field_label(name))
        assert printed[label] == values[label] != "", name
        text = (
            opened.fields[name].prepare_value(opened[name].value()) if name == "modifications" else opened[name].value()
        )
        assert squeezed(text) == squeezed(value), name


def test_the_export_of_one_file_needs_the_right() -> None:
    client = clerk()
    url, data = machine()
    client.post(url, data)
    path = reverse("assets:sheet-export", args=[Asset.objects.get().code, "csv"])

    assert client_of(user_with("assets.view_asset")).get(path).status_code == 403
    assert client.get(path.replace(".csv", ".txt")).status_code == 404
