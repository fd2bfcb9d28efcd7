"""Records for tests, with the data of a firm in Suzhou. Each app may add its own in tests/<app>/factories.py."""

import datetime as dt
from collections.abc import Iterable
from decimal import Decimal
from typing import Any, ClassVar

import factory
from django.test import Client
from factory.django import DjangoModelFactory

from careloop.accounts.models import Role, User
from careloop.assets import rules as asset_rules
from careloop.assets.models import Asset, ProductFamily, ProductModel
from careloop.core.actor import Actor
from careloop.customers import rules as customer_rules
from careloop.customers.models import Consent, Contact, ContactChannel, Customer
from careloop.staff.actors import actor_for
from careloop.staff.models import Department, Person, Station, WorkCalendar

T0 = dt.datetime(2026, 11, 19, 2, 0, tzinfo=dt.UTC)  # Thursday 10:00 in Shanghai
TODAY = T0 + dt.timedelta(days=4)  # when the tests run, a Monday: what happened at T0 is not old and not in the future
SURNAMES = "王李张刘陈杨赵黄周吴"
GIVEN = ("伟", "芳", "建国", "秀英", "磊", "静", "志强", "丽", "军", "洋")


def chinese_name(n: int) -> str:
    return SURNAMES[n % 10] + GIVEN[n // 10 % 10]


def uscc(n: int) -> str:
    """The n-th valid unified social credit code of a firm in Suzhou."""
    first = f"91320594MA{n:07d}"
    return first + customer_rules.uscc_check_sign(first)


def vin(n: int) -> str:
    """The n-th VIN of a vehicle made in China, with a valid check digit."""
    raw = f"LSVAA4180{n:08d}"
    return raw[:8] + asset_rules.vin_check_sign(raw) + raw[9:]


# --- staff ------------------------------------------------------------------------------------------------------


class WorkCalendarFactory(DjangoModelFactory[WorkCalendar]):
    class Meta:
        model = WorkCalendar
        django_get_or_create = ("code",)

    code = "office"
    name = "办公时间"
    days = "workday"
    hours: ClassVar[list[list[str]]] = [["08:30", "12:00"], ["13:00", "17:30"]]


class StationFactory(DjangoModelFactory[Station]):
    class Meta:
        model = Station

    code = factory.Sequence(lambda n: f"station-{n}")
    name = factory.Sequence(lambda n: f"苏州{n}号服务站")
    calendar = factory.SubFactory(WorkCalendarFactory)
    bays = 4


class DepartmentFactory(DjangoModelFactory[Department]):
    class Meta:
        model = Department
        django_get_or_create = ("name",)

    name = "客户服务部"
    kind = "service"


class UserFactory(DjangoModelFactory[User]):
    class Meta:
        model = User
        skip_postgeneration_save = True

    username = factory.Sequence(lambda n: f"user{n}")
    display_name = factory.Sequence(chinese_name)
    password = factory.django.Password("correct horse battery")


class PersonFactory(DjangoModelFactory[Person]):
    class Meta:
        model = Person
        skip_postgeneration_save = True

    name = factory.Sequence(chinese_name)
    department = factory.SubFactory(DepartmentFactory)
    user = factory.SubFactory(UserFactory)

    @factory.post_generation
    def stations(self, create: bool, extracted: Iterable[Station] | None, **_: Any) -> None:
        if create and extracted:
            self.stations.set(extracted)  # type: ignore[attr-defined]  # reason: the factory passes the person as self


# --- customers --------------------------------------------------------------------------------------------------


class CustomerFactory(DjangoModelFactory[Customer]):
    class Meta:
        model = Customer

    code = factory.Sequence(lambda n: f"KH-9{n:05d}")
    name = factory.Sequence(lambda n: f"苏州{SURNAMES[n % 10]}{'甲乙丙丁戊己庚辛'[n // 10 % 8]}机械有限公司{n}")
    name_key = factory.LazyAttribute(lambda c: customer_rules.name_key(c.name))
    type = "company"
    region = "320500"
    address = "工业园区星湖街 218 号"
    station = factory.SubFactory(StationFactory)
    source = "visit"
    created_at = T0


class ContactFactory(DjangoModelFactory[Contact]):
    class Meta:
        model = Contact

    customer = factory.SubFactory(CustomerFactory)
    name = factory.Sequence(chinese_name)
    role = "equipment"
    is_primary = True
    created_at = T0


class ContactChannelFactory(DjangoModelFactory[ContactChannel]):
    class Meta:
        model = ContactChannel

    contact = factory.SubFactory(ContactFactory)
    kind = "mobile"
    value = factory.Sequence(lambda n: f"+86138{n:08d}")
    verified_at = T0


class ConsentFactory(DjangoModelFactory[Consent]):
    class Meta:
        model = Consent

    contact = factory.SubFactory(ContactFactory)
    purpose = "service"
    given_at = T0
    text_version = "2026-1"
    channel = "phone"


# --- machines and vehicles --------------------------------------------------------------------------------------


class ProductFamilyFactory(DjangoModelFactory[ProductFamily]):
    class Meta:
        model = ProductFamily
        django_get_or_create = ("name",)

    name = "感应加热电源"
    kind = "machine"
    specs: ClassVar[list[dict[str, Any]]] = [
        {"key": "power", "label": "额定功率", "unit": "kW"},
        {"key": "frequency", "label": "频率范围", "unit": "kHz"},
    ]
    warranty_months = 12


class ProductModelFactory(DjangoModelFactory[ProductModel]):
    class Meta:
        model = ProductModel
        django_get_or_create = ("brand", "name")

    family = factory.SubFactory(ProductFamilyFactory)
    brand = ""
    name = "GY-160"


class AssetFactory(DjangoModelFactory[Asset]):
    """A machine in use."""

    class Meta:
        model = Asset

    code = factory.Sequence(lambda n: f"SB-9{n:05d}")
    kind = "machine"
    name = "中频感应加热电源"
    serial_no = factory.Sequence(lambda n: f"24A-{n:04d}")
    serial_key = factory.LazyAttribute(lambda a: asset_rules.serial_key(a.serial_no))
    model = factory.SubFactory(ProductModelFactory)
    customer = factory.SubFactory(CustomerFactory)
    station = factory.SelfAttribute("customer.station")
    meter = Decimal("1200")
    meter_unit = "h"
    state = "running"
    created_at = T0


class VehicleFactory(AssetFactory):
    kind = "vehicle"
    name = ""
    serial_no = ""
    model = None
    model_text = "远途 R5"
    plate = factory.Sequence(lambda n: f"苏E{n:05d}")
    vin = factory.Sequence(vin)
    vehicle_class = "car"
    usage = "household"
    meter = Decimal("42000")
    meter_unit = "km"


# --- who acts ---------------------------------------------------------------------------------------------------


def user_with(
    *permissions: str, stations: Iterable[Station] | None = None, language: str = "zh-hans", name: str = ""
) -> User:
    """An account with exactly these rights. `stations` None: all of them."""
    user = UserFactory(language=language)
    role = Role.objects.create(
        code=f"role-{user.pk}", name="测试", permissions=sorted(permissions), all_stations=stations is None
    )
    user.roles.add(role)
    PersonFactory(user=user, name=name or user.display_name, stations=list(stations or []))
    return user


def actor_with(*permissions: str, stations: Iterable[Station] | None = None, name: str = "") -> Actor:
    return actor_for(user_with(*permissions, stations=stations, name=name))


def client_of(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client
