"""A shop with its people, a customer at the counter, and an order brought to any step of the flow."""

import base64
import datetime as dt
import io
import json
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

from django.test import Client
from PIL import Image, ImageDraw

from careloop.accounts.models import Role, User
from careloop.accounts.roles import DEFAULTS
from careloop.accounts.services import issue_token
from careloop.core.actor import Actor
from careloop.entitlements.models import RepairGuarantee
from careloop.staff.actors import actor_for
from careloop.staff.models import Station
from careloop.workorders import services
from careloop.workorders.models import WorkOrder
from tests.factories import (
    T0,
    ContactChannelFactory,
    ContactFactory,
    CustomerFactory,
    PersonFactory,
    StationFactory,
    UserFactory,
    VehicleFactory,
)

HOUR = dt.timedelta(hours=1)
MINUTE = dt.timedelta(minutes=1)
DAY = dt.timedelta(days=1)


def picture(color: str = "white", *, line: bool = True) -> bytes:
    image = Image.new("RGB", (120, 60), color)
    if line:
        ImageDraw.Draw(image).line([(10, 40), (60, 15), (110, 45)], fill="black", width=3)
    buffer = io.BytesIO()
    image.save(buffer, "PNG")
    return buffer.getvalue()


def data_url(content: bytes | None = None) -> str:
    return "data:image/png;base64," + base64.b64encode(content or picture()).decode()


SIGNATURE = data_url()
PHOTO = data_url(picture("gray"))


def ensure_guarantees() -> None:
    """The statutory periods of table 3.5 that these tests need."""
    table = {
        "small": (2000, 10),
        "level1": (2000, 10),
        "special": (2000, 10),
        "level2": (5000, 30),
        "assembly": (20000, 100),
        "whole": (20000, 100),
    }
    for work_class, (km, days) in table.items():
        RepairGuarantee.objects.get_or_create(
            vehicle_class="car",
            work_class=work_class,
            valid_from=dt.date(2006, 8, 1),
            is_statutory=True,
            defaults={"km": km, "days": days, "source": "机动车维修管理规定"},
        )


def user_as(*codes: str, name: str, stations: list[Station]) -> User:
    """An account with default roles, at these stations only."""
    user = UserFactory(display_name=name, password=None)
    for code in codes:
        default = next(row for row in DEFAULTS if row.code == code)
        role, _new = Role.objects.get_or_create(
            code=code,
            defaults={
                "name": str(default.name),
                "permissions": sorted(set(default.permissions)),
                "all_stations": default.all_stations,
            },
        )
        user.roles.add(role)
    PersonFactory(user=user, name=name, stations=stations)
    return user


@dataclass
class Shop:
    """One station and the people of the six steps. `at` moves on with every step."""

    station: Station
    users: dict[str, User]
    at: dt.datetime = T0
    asset: Any = None
    contact: Any = None
    orders: list[WorkOrder] = field(default_factory=list)

    def actor(self, name: str) -> Actor:
        return actor_for(self.users[name])

    def person(self, name: str) -> int:
        return self.users[name].person.pk

    def later(self, minutes: int = 10) -> dt.datetime:
        self.at += minutes * MINUTE
        return self.at

    # --- steps, each by the person whose work it is

    def intake(self, **changes: Any) -> dict[str, Any]:
        return {
            "customer_words": "过坎时后面有金属响声",
            "is_identified": True,
            "mileage": 62418,
            "fuel": 4,
            "valuables": "无",
            "signature": SIGNATURE,
            **changes,
        }

    def walk_in(self, **changes: Any) -> WorkOrder:
        order = services.receive_walk_in(
            station_id=self.station.pk,
            customer_id=self.asset.customer_id,
            contact_id=self.contact.pk,
            asset_id=self.asset.pk,
            **{"walk_in_reason": "路过", **self.intake(**changes)},
            actor=self.actor("adviser"),
            at=self.later(),
        )
        self.orders.append(order)
        return order

    def book(self, when: dt.datetime | None = None, **changes: Any) -> WorkOrder:
        return services.book_order(
            **{
                "station_id": self.station.pk,
                "customer_id": self.asset.customer_id,
                "contact_id": self.contact.pk,
                "asset_id": self.asset.pk,
                "booked_for": when or T0 + DAY,
                "booked_minutes": 60,
                "wanted": "二级维护",
                **changes,
            },
            actor=self.actor("desk"),
            at=self.at,
        )

    def line(self, order: WorkOrder, **changes: Any) -> Any:
        return services.add_line(
            order.pk,
            **{
                "kind": "labour",
                "name": "差速器异响检查",
                "quantity": Decimal(1),
                "unit": "时",
                "unit_price": Decimal("180.00"),
                **changes,
            },
            actor=self.actor("adviser"),
            at=self.later(1),
        )

    def material(self, order: WorkOrder, **changes: Any) -> Any:
        return self.line(
            order,
            **{
                "kind": "material",
                "name": "差速器油",
                "quantity": Decimal(2),
                "unit": "升",
                "unit_price": Decimal("80.00"),
                "part_origin": "oem",
                "part_no": "DF-75W",
                **changes,
            },
        )

    def estimate(self, order: WorkOrder, **changes: Any) -> Any:
        return services.submit_estimate(
            order.pk,
            **{"promised_at": self.at + 6 * HOUR, "old_part_wish": "take", **changes},
            actor=self.actor("adviser"),
            at=self.later(2),
        )

    def decision(self, order: WorkOrder, **changes: Any) -> dict[str, Any]:
        order.refresh_from_db()
        return {
            "version": order.estimate_version,
            "method": "signature",
            "given_by": "王伟",
            "signature": SIGNATURE,
            **changes,
        }

    def consent(self, order: WorkOrder, **changes: Any) -> WorkOrder:
        return services.consent(
            order.pk, **self.decision(order, **changes), actor=self.actor("adviser"), at=self.later(3)
        )

    def assign(self, order: WorkOrder, who: str = "technician") -> WorkOrder:
        return services.assign_order(
            order.pk, technician=self.person(who), accept_load=True, actor=self.actor("foreman"), at=self.later(5)
        )

    def finish(self, order: WorkOrder, who: str = "technician") -> WorkOrder:
        fresh = WorkOrder.objects.get(pk=order.pk)
        items = [
            {"id": line.pk, "is_done": True, **({"old_part": "returned"} if line.kind == "material" else {})}
            for line in fresh.open_lines
            if line.consent == "consented"
        ]
        return services.finish_order(order.pk, items=items, actor=self.actor(who), at=self.later(60))

    def inspect(self, order: WorkOrder, who: str = "inspector", **changes: Any) -> WorkOrder:
        return services.pass_order(
            order.pk, checklist=[{"key": "items", "result": "ok"}], **changes, actor=self.actor(who), at=self.later(10)
        )

    def settle(self, order: WorkOrder, **changes: Any) -> WorkOrder:
        return services.settle_order(
            order.pk,
            **{"next_service_on": dt.date(2027, 5, 19), **changes},
            actor=self.actor("adviser"),
            at=self.later(5),
        )

    def pay(self, order: WorkOrder) -> None:
        fresh = WorkOrder.objects.get(pk=order.pk)
        services.pay_order(
            order.pk, amount=fresh.unpaid_amount, method="wechat", actor=self.actor("adviser"), at=self.later(1)
        )

    def deliver(self, order: WorkOrder, **changes: Any) -> WorkOrder:
        return services.deliver_order(
            order.pk,
            **{"delivered_to": "王伟", "signature": SIGNATURE, "is_explained": True, **changes},
            actor=self.actor("adviser"),
            at=self.later(5),
        )

    def brought_to(self, state: str, **intake: Any) -> WorkOrder:
        """A walk-in with labour and material, at the given state."""
        order = self.walk_in(**intake)
        path = [
            ("received", lambda: (self.line(order), self.material(order))),
            ("awaiting_consent", lambda: self.estimate(order)),
            ("to_assign", lambda: self.consent(order)),
            ("in_repair", lambda: self.assign(order)),
            ("to_inspect", lambda: self.finish(order)),
            ("to_settle", lambda: self.inspect(order, certificate_no="JS2026-0001")),
            ("ready", lambda: self.settle(order)),
            ("paid", lambda: self.pay(order)),
            ("delivered", lambda: self.deliver(order)),
        ]
        for name, take in path:
            take()
            if name == state:
                break
        return WorkOrder.objects.get(pk=order.pk)


def make_shop(**station: Any) -> Shop:
    ensure_guarantees()
    place = StationFactory(bays=3, **station)
    names = {
        "desk": ("front_desk", "林小满"),
        "adviser": ("adviser", "邵明禾"),
        "technician": ("technician", "周以宁"),
        "second": ("technician", "何志远"),
        "inspector": ("inspector", "沈清和"),
        "foreman": ("foreman", "郑大勇"),
        "parts": ("parts_clerk", "陶晚晴"),
        "manager": ("service_manager", "顾承宇"),
        "both": ("technician", "罗一鸣"),
    }
    users = {key: user_as(code, name=name, stations=[place]) for key, (code, name) in names.items()}
    users["both"].roles.add(Role.objects.get(code="inspector"), Role.objects.get(code="adviser"))
    customer = CustomerFactory(station=place)
    contact = ContactFactory(customer=customer, name="王伟")
    ContactChannelFactory(contact=contact)
    return Shop(station=place, users=users, asset=VehicleFactory(customer=customer), contact=contact)


def other_vehicle(shop: Shop) -> Shop:
    """The same shop with another customer at the counter."""
    customer = CustomerFactory(station=shop.station)
    contact = ContactFactory(customer=customer)
    ContactChannelFactory(contact=contact)
    return replace(shop, asset=VehicleFactory(customer=customer), contact=contact)


class Api:
    """Requests of a program with the token of one person; paths start after `/api/v1/work-orders`."""

    def __init__(self, user: User):
        actor = actor_for(user)
        _token, key = issue_token(user.pk, name="test", actor=actor, at=T0)
        self.client, self.headers = Client(), {"HTTP_AUTHORIZATION": f"Bearer {key}"}

    def path(self, path: str) -> str:
        return path if path.startswith("/api/") else f"/api/v1{path}"

    def get(self, path: str, **query: Any) -> Any:
        return self.client.get(self.path(path), query, **self.headers)

    def post(self, path: str, data: dict[str, Any] | None = None) -> Any:
        return self.client.post(
            self.path(path), json.dumps(data or {}, default=str), content_type="application/json", **self.headers
        )

    def put(self, path: str, data: dict[str, Any]) -> Any:
        return self.client.put(
            self.path(path), json.dumps(data, default=str), content_type="application/json", **self.headers
        )

    def patch(self, path: str, data: dict[str, Any]) -> Any:
        return self.client.patch(
            self.path(path), json.dumps(data, default=str), content_type="application/json", **self.headers
        )


def api(shop: Shop, name: str) -> Api:
    return Api(shop.users[name])
