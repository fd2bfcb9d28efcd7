"""The demonstration's customers with their contacts, machines and vehicles."""

import datetime as dt
import random
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from careloop.assets import rules as asset_rules
from careloop.assets import services as assets
from careloop.assets.models import Asset, ProductModel
from careloop.core.actor import Actor
from careloop.customers import rules as customer_rules
from careloop.customers import services as customers
from careloop.customers.models import Contact, Customer
from careloop.management.demo import parties, things
from careloop.management.demo.parties import CustomerRow
from careloop.management.demo.story import Story
from careloop.staff.models import Person

SYSTEM = Actor.system("演示公司")
USCC_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
PLATE_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ"


@dataclass(frozen=True, slots=True)
class Thing:
    """A machine or vehicle of the story, with whom one speaks about it."""

    asset: Asset
    customer: Customer
    contact: Contact
    station: str
    km_per_day: int


def build(story: Story) -> list[Thing]:
    maker = Maker(story)
    found: list[Thing] = []
    for row in parties.MAKERS:
        found += maker.firm(row, machines=maker.rng.randint(1, 4))
    for row in parties.FLEETS:
        found += maker.firm(row, vehicles=maker.rng.randint(4, 9))
    for number in range(parties.PERSONS):
        found += maker.car_owner(number)
    return found


class Maker:
    def __init__(self, story: Story):
        self.story, self.rng = story, random.Random(7)
        self.models = {model.name: model for model in ProductModel.objects.select_related("family")}
        self.serial = 317
        self.people = {person.name: person for person in Person.objects.all()}
        self.opened = story.start - dt.timedelta(days=3)

    def firm(self, row: CustomerRow, *, machines: int = 0, vehicles: int = 0) -> list[Thing]:
        self.opened += dt.timedelta(minutes=37)
        customer = self._customer(
            row.name, row.kind, row.station, row.region, row.address, [self._person(*c) for c in row.contacts],
            short_name=row.short, industry=row.industry, grade=row.grade,
            grade_reason="购买频度与配合度评定" if row.grade else "", uscc=self._uscc(row.region),
            loss_per_hour=Decimal(row.loss_per_hour) or None, loss_fixed=Decimal(2000) if row.loss_per_hour else None,
        )  # fmt: skip
        contact = Contact.objects.filter(customer=customer).order_by("pk")[0]
        made = [self._machine(customer) for _ in range(machines)] + [
            self._vehicle(customer, fleet=True) for _ in range(vehicles)
        ]
        return [Thing(asset, customer, contact, row.station, self.rng.randint(40, 160)) for asset in made]

    def car_owner(self, number: int) -> list[Thing]:
        self.opened += dt.timedelta(minutes=19)
        surname = parties.SURNAMES[(number * 7) % len(parties.SURNAMES)]
        given = parties.GIVEN[(number * 11) % len(parties.GIVEN)]
        salutation = self.rng.choice(["先生", "女士"])
        name = surname + given
        customer = self._customer(
            name, "person", parties.EAST, "320571", f"苏州工业园区现代大道 {100 + number} 号",
            [self._person(name, salutation, "", "user")], grade=(grade := self.rng.choice(["", "C", "C", "B"])),
            grade_reason="到店次数评定" if grade else "",
        )  # fmt: skip
        contact = Contact.objects.get(customer=customer)
        return [Thing(self._vehicle(customer, fleet=False), customer, contact, parties.EAST, self.rng.randint(15, 60))]

    def _customer(
        self, name: str, kind: str, station: str, region: str, address: str, contacts: list[dict[str, Any]], **more: Any
    ) -> Customer:
        values = {k: v for k, v in more.items() if v not in (None, "")}
        return customers.create_customer(
            actor=SYSTEM,
            at=self.opened,
            name=name,
            type=kind,
            station_id=self.story.stations[station],
            contacts=contacts,
            region=region,
            address=address,
            source=self.rng.choice(["visit", "fair", "referral", "web", "walk_in"]) if kind != "person" else "walk_in",
            sales_owner=self.people["谢远航"].pk,
            service_owner=self.people["林小满" if station == parties.EAST else "秦雨桐"].pk,
            confirm_duplicates=True,
            by_hand=False,
            **values,
        )

    def _person(self, name: str, salutation: str, post: str, role: str) -> dict[str, Any]:
        number = f"1{self.rng.choice([38, 39, 36, 58, 86, 77])}{self.rng.randint(10_000_000, 99_999_999)}"
        return {
            "name": name,
            "salutation": salutation,
            "post": post,
            "role": role,
            "channels": [{"kind": "mobile", "value": number, "verified": self.rng.random() < 0.9}],
            "consents": ["service", "survey"],
            "consent_channel": "phone",
        }

    def _uscc(self, region: str) -> str:
        body = f"91{region}MA" + "".join(self.rng.choice(USCC_ALPHABET) for _ in range(7))
        return body + customer_rules.uscc_check_sign(body)

    def _machine(self, customer: Customer) -> Asset:
        name = self.rng.choice(["GY-80", "GY-160", "GY-160", "GY-250", "CK-600", "CK-1200"])
        model = self.models[name]
        self.serial += self.rng.randint(3, 19)
        years = self.rng.uniform(0.2, 6)
        shipped = (self.story.start - dt.timedelta(days=int(365 * years))).date()
        serial = f"{shipped.year % 100}{self.rng.choice('ABCD')}-{self.serial:04d}"
        is_old = years > 5.3
        dates = {} if is_old else self._dates(shipped)
        specs = [{"key": key, "value": value} for key, value in things.SPECS[name].items()]
        return assets.create_asset(
            actor=SYSTEM, at=self.opened, kind="machine", customer_id=customer.pk, model=model, serial_no=serial,
            name="感应加热电源" if name.startswith("GY") else "数控淬火机床", application=self.rng.choice(things.APPLICATIONS),
            location_text=self.rng.choice(["一车间 2 线", "热处理车间", "锻造车间 1 线", "二车间"]), specs=specs,
            meter=self.rng.randint(200, 9000), is_old=is_old, by_hand=False, **dates,
        )  # fmt: skip

    def _dates(self, shipped: dt.date) -> dict[str, Any]:
        accepted = shipped + dt.timedelta(days=25)
        return {
            "produced_on": shipped - dt.timedelta(days=20), "shipped_on": shipped,
            "arrived_on": shipped + dt.timedelta(days=4), "installed_on": shipped + dt.timedelta(days=12),
            "pre_accepted_on": shipped - dt.timedelta(days=5), "accepted_on": accepted, "warranty_start": accepted,
        }  # fmt: skip

    def _vehicle(self, customer: Customer, *, fleet: bool) -> Asset:
        name = self.rng.choice(["EV 厢货", "T6 轻卡", "V3"] if fleet else ["R5", "R5", "V3", "S7"])
        model = self.models[name]
        bought = (self.story.start - dt.timedelta(days=self.rng.randint(60, 1900))).date()
        return assets.create_asset(
            actor=SYSTEM, at=self.opened, kind="vehicle", customer_id=customer.pk, model=model, plate=self._plate(name),
            vin=self._vin(), vehicle_class="car", usage="commercial" if fleet else "household", invoice_on=bought,
            delivered_on=bought, warranty_start=bought, meter=self.rng.randint(3000, 90_000), by_hand=False,
        )  # fmt: skip

    def _plate(self, model: str) -> str:
        head = "苏E" if self.rng.random() < 0.85 else self.rng.choice(things.PROVINCE_PLATES)
        if model.startswith("EV"):
            return f"{head}D{self.rng.randint(10_000, 99_999)}"
        letters = "".join(self.rng.choice(PLATE_LETTERS.replace("I", "").replace("O", "")) for _ in range(2))
        return f"{head}{self.rng.randint(1, 9)}{letters[0]}{self.rng.randint(10, 99)}{letters[1]}"

    def _vin(self) -> str:
        vin = f"{self.rng.choice(things.VIN_HEADS)[:8]}0NA{self.rng.randint(0, 999_999):06d}"
        return f"{vin[:8]}{asset_rules.vin_check_sign(vin)}{vin[9:]}"
