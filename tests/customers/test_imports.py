"""Taking over customers, contact persons and machines from files."""

from pathlib import Path

import pytest

from careloop.assets.models import Asset
from careloop.core import importing
from careloop.core.actor import Actor
from careloop.core.models import Event
from careloop.customers.models import Contact, Customer
from tests.factories import T0, StationFactory

pytestmark = pytest.mark.django_db
ACTOR = Actor.system("import", entrance="import")


def take(kind: str, path: Path, text: str) -> importing.Outcome:
    path.write_text(text, encoding="gb18030")
    return importing.run(kind, path, actor=ACTOR, at=T0)


CUSTOMERS = "客户编号,客户名称,客户类型,地区,联系人,手机\nC001,苏州恒力机械有限公司,企业,苏州,李强,13812345678\n"


def test_a_file_in_chinese_makes_customers_and_the_second_time_nothing(tmp_path: Path) -> None:
    StationFactory()
    first = take("customers", tmp_path / "c.csv", CUSTOMERS)
    second = take("customers", tmp_path / "c.csv", CUSTOMERS)

    customer = Customer.objects.get()
    assert (first.created, second.created, second.unchanged) == (1, 0, 1)
    assert (customer.code, customer.region, customer.contacts.get().name) == ("C001", "320500", "李强")
    assert customer.contacts.get().channels.get().verified_at is None
    assert Event.objects.filter(kind="customer.create").count() == 1


def test_a_changed_row_changes_the_customer(tmp_path: Path) -> None:
    StationFactory()
    take("customers", tmp_path / "c.csv", CUSTOMERS)
    outcome = take("customers", tmp_path / "c.csv", CUSTOMERS.replace("苏州恒力", "江苏恒力"))
    assert outcome.updated == 1
    assert Customer.objects.get().name == "江苏恒力机械有限公司"


def test_a_wrong_row_is_rejected_whole_and_the_others_are_taken(tmp_path: Path) -> None:
    StationFactory()
    rows = CUSTOMERS + "C002,无锡宏远轴承有限公司,企业,无锡,王芳,12\nC003,昆山精工轴承厂,企业,火星,陈伟,13900001111\n"
    outcome = take("customers", tmp_path / "c.csv", rows)
    assert (outcome.created, outcome.rejected) == (1, 2)
    assert Customer.objects.count() == Contact.objects.count() == 1


def test_machines_find_their_customer_and_unknown_ones_are_rejected(tmp_path: Path) -> None:
    StationFactory()
    take("customers", tmp_path / "c.csv", CUSTOMERS)
    rows = "客户编号,出厂编号,设备名称,质保截止\nC001,24A-0317,电源,2027-01-10\nC999,24A-0318,电源,\n"
    outcome = take("machines", tmp_path / "m.csv", rows)

    asset = Asset.objects.get()
    assert (outcome.created, outcome.rejected) == (1, 1)
    assert (asset.customer.code, asset.serial_no, asset.is_incomplete) == ("C001", "24A-0317", True)
    asset.customer.refresh_from_db()
    assert asset.customer.asset_count == 1


def test_further_persons_are_added_to_their_customer(tmp_path: Path) -> None:
    StationFactory()
    take("customers", tmp_path / "c.csv", CUSTOMERS)
    outcome = take("contacts", tmp_path / "p.csv", "客户,联系人,手机\nC001,王芳,13900001111\n")
    assert outcome.created == 1
    assert sorted(Contact.objects.values_list("name", "is_primary")) == [("李强", True), ("王芳", False)]


def test_a_station_that_does_not_exist_is_named_with_those_that_do(tmp_path: Path) -> None:
    station = StationFactory()
    text = CUSTOMERS.replace("手机", "手机,站点").replace("13812345678", "13812345678,月球站")
    outcome = take("customers", tmp_path / "c.csv", text)

    assert (outcome.created, outcome.rejected) == (0, 1)
    reason = (tmp_path / "c.csv.rejected.csv").read_text(encoding="utf-8-sig")
    assert "月球站" in reason.rsplit(",", 1)[1]
    assert station.name in reason.rsplit(",", 1)[1]
