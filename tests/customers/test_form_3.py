"""Form 3, the customer file: every field is asked, refused, kept, printed and exported as form 2.3 wants it (R155)."""

import csv
import html
import io
import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from careloop.core.models import AccessLog
from careloop.customers.forms import SECTIONS, CustomerForm
from careloop.customers.labels import field_label
from careloop.customers.models import Contact, Customer
from tests.customers.test_pages import RIGHTS, typed
from tests.factories import CustomerFactory, client_of, uscc, user_with

pytestmark = pytest.mark.django_db
MANDATORY = (
    "name", "type", "station", "region", "address", "service_owner", "sales_owner", "engineer_owner", "source",
    "contact_name", "contact_role", "phone", "consent_channel",
)  # fmt: skip
CONDITIONAL: tuple[tuple[dict[str, str], tuple[str, ...]], ...] = (
    ({"wants_invoice": "on"}, ("invoice_title", "uscc", "invoice_tax_no", "invoice_bank", "invoice_phone")),
    ({"grade": "B"}, ("grade_reason",)),
    ({"grade": "A", "grade_reason": "年服务额"}, ("loss_fixed", "loss_per_hour", "preference", "decision_traits")),
    ({"source": "referral"}, ("referrer",)),
    ({"credit_limit": "50000"}, ("payment_days", "credit_tier")),
    ({"payment_days": "30"}, ("credit_limit", "credit_tier")),
)
AUTOMATIC = {"code": "X-1", "asset_count": "9", "completeness": "3", "refresh_due_on": "2030-01-01",
             "created_at": "2001-01-01", "closed_reason": "x", "credit_score": "100"}  # fmt: skip


def filled(**changes: Any) -> dict[str, Any]:
    return typed(**{"credit_tier": "new", **changes})


def clerk() -> Client:
    return client_of(user_with(*RIGHTS, "customers.set_credit"))


def whole(referrer: Customer) -> dict[str, Any]:
    """Every field of the form, filled."""
    return typed(
        short_name="恒力", uscc=uscc(7), industry="machinery", size="120", latitude="31.299000", longitude="120.585000",
        source="referral", referrer=referrer.code, contact_salutation="mr", contact_department="设备科",
        contact_post="科长", landline="0512-66881234", email="li@example.com", wechat="li-qiang",
        preferred_channel="wechat", quiet_from="12:00", quiet_to="13:30", grade="A", grade_reason="年服务额前 10%",
        wants_invoice="on", invoice_title="苏州恒力机械有限公司", invoice_tax_no=uscc(7), invoice_bank="工商银行园区支行",
        invoice_account="1102020409000", invoice_address="星湖街 218 号", invoice_phone="0512-66881234",
        buying_frequency="每年两次", decision_traits="总经理定", tendency="要快", tendency_confidence="observed",
        preference="周末上门", expectation="当天修好", expected_price="3000.00", spending_power="high", potential="medium",
        capital_efficiency="现金充足", why="不能停线", loss_fixed="2000.00", loss_per_hour="8000.00", credit_tier="B",
        credit_limit="50000.00", payment_days="30", credit_score="82.5",
        competitor_equipment="海川 | HC-80 | 3 | 2027 年换新",
    )  # fmt: skip


def pairs_of(page: str) -> dict[str, str]:
    found = re.findall(r"<dt>(.*?)</dt><dd>(.*?)</dd>", page, re.DOTALL)
    return {html.unescape(label): html.unescape(value) for label, value in found}


@pytest.mark.req("R155")
def test_form_3_refuses_every_empty_mandatory_and_conditional_field_and_takes_no_automatic_one() -> None:
    client, url = clerk(), reverse("customers:create")
    for name in MANDATORY:
        response = client.post(url, filled(**{name: ""}))
        assert (response.status_code, Customer.objects.count()) == (422, 0), name
        assert name in response.context["form"].errors, name
    for given, due in CONDITIONAL:
        response = client.post(url, filled(**given))
        assert (response.status_code, Customer.objects.count()) == (422, 0), given
        assert set(due) <= set(response.context["form"].errors), given
    for name in set(AUTOMATIC) - {"credit_score"}:
        assert name not in CustomerForm.base_fields, name

    plain = client_of(user_with(*RIGHTS))  # without the right to set credit
    assert plain.post(url, typed(**AUTOMATIC)).status_code == 302
    row = Customer.objects.get()
    assert (row.code, row.asset_count, row.completeness, row.credit_score, row.closed_reason) == (
        "KH-000001", 0, 100, None, "")  # fmt: skip
    assert row.created_at.year > 2001


@pytest.mark.req("R155")
def test_form_3_saved_opened_printed_and_exported_carries_the_same_values_and_prints_blank() -> None:
    client = clerk()
    referrer = CustomerFactory()
    sent = whole(referrer)
    assert client.post(reverse("customers:create"), sent).status_code == 302
    customer = Customer.objects.exclude(pk=referrer.pk).get()
    contact = Contact.objects.get()

    opened = client.get(reverse("customers:edit", args=[customer.code])).context["form"]
    sheet = client.get(reverse("customers:sheet", args=[customer.code])).content.decode()
    printed = pairs_of(sheet[sheet.index("cl-p-pairs") :])
    address = reverse("customers:sheet-export", args=[customer.code, "csv"])
    assert address in client.get(reverse("customers:detail", args=[customer.code])).content.decode()
    response = client.get(address)
    rows = list(csv.reader(io.StringIO(b"".join(response.streaming_content).decode("utf-8-sig"))))
    exported = {row[1]: row[2] for row in rows[1:]}

    assert printed == {label: exported.get(label) for label in printed}
    columns = {field.name for field in Customer._meta.concrete_fields}
    own = [name for _title, names in SECTIONS for name in names if name in columns]
    for name in own:
        if name in ("why", "family", "first_contact_at"):
            continue  # what matters to the customer stays in the house; family is for persons
        label = str(field_label(name))
        assert printed[label] != "", name
    for name, value in sent.items():
        if name not in opened.fields or name in ("is_phone_verified", "consents"):
            continue
        shown = opened[name].value()
        wanted = {"wants_invoice": True, "invoice_phone": "+8651266881234"}.get(name, value)
        assert str(shown) == str(wanted), name
    people = " ".join(next(row for row in rows if row[1].startswith("李强")))
    for words in ("先生", "设备科", "科长", "12:00–13:30", "138 1234 5678", "li@example.com", "li-qiang"):
        assert words in people, words
    cells = re.findall(r"<td>(.*?)</td>", sheet)
    assert len(cells) == 5 and all(part in people for cell in cells for part in cell.split("<br>"))
    assert "服务与维修（" in cells[4]
    assert (contact.quiet_from.hour, contact.preferred_channel) == (12, "wechat")
    assert sorted(AccessLog.objects.values_list("what", flat=True)) == ["export", "print"]

    blank = client.get(reverse("customers:blank")).content.decode()
    labels = pairs_of(blank)
    assert {labels[str(field_label(name))] for name in own if name != "why"} == {""}


def test_the_export_of_one_file_needs_the_right_and_masks_numbers_without_the_other() -> None:
    client = clerk()
    client.post(reverse("customers:create"), filled())
    url = reverse("customers:sheet-export", args=[Customer.objects.get().code, "csv"])

    assert client_of(user_with("customers.view_customer")).get(url).status_code == 403
    some = client_of(user_with("customers.view_customer", "customers.export_customer")).get(url)
    text = b"".join(some.streaming_content).decode("utf-8-sig")
    assert "138****5678" in text and "138 1234 5678" not in text
    assert client.get(url.replace(".csv", ".pdf")).status_code == 404
