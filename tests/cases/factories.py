"""A service desk with people, a customer on the line, and requests brought to any state."""

import datetime as dt
from dataclasses import dataclass, field
from typing import Any

from careloop.accounts.models import User
from careloop.assets.models import Asset
from careloop.cases import services
from careloop.cases.models import Case
from careloop.core.actor import Actor
from careloop.customers.models import Contact, Customer
from careloop.entitlements import services as entitlements
from careloop.staff.actors import actor_for
from careloop.staff.models import Station
from tests.factories import (
    T0,
    AssetFactory,
    ContactChannelFactory,
    ContactFactory,
    CustomerFactory,
    StationFactory,
    user_with,
)

MINUTE, HOUR, DAY = dt.timedelta(minutes=1), dt.timedelta(hours=1), dt.timedelta(days=1)
DESK = (
    "customers.view_customer",
    "customers.change_customer",
    "customers.view_phone",
    "assets.view_asset",
    "assets.change_asset",
    "cases.view_case",
    "cases.create_case",
    "cases.add_note",
    "cases.work_case",
    "cases.assign_case",
    "cases.close_case",
    "cases.merge_case",
    "cases.export_case",
    "core.upload_file",
)


@dataclass
class Desk:
    """One station with its desk; `at` T0 is Thursday 10:00."""

    station: Station = field(default_factory=StationFactory)
    user: User = field(init=False)
    actor: Actor = field(init=False)
    engineer_user: User = field(init=False)
    engineer: Actor = field(init=False)
    customer: Customer = field(init=False)
    contact: Contact = field(init=False)
    machine: Asset = field(init=False)

    def __post_init__(self) -> None:
        entitlements.ensure_defaults(actor=Actor.system(), at=T0)
        self.user = user_with(*DESK, stations=[self.station], name="林小满")
        self.actor = actor_for(self.user)
        self.engineer_user = user_with(
            "cases.view_case",
            "cases.work_case",
            "cases.add_note",
            "cases.create_case",
            stations=[self.station],
            name="高峰",
        )
        self.engineer = actor_for(self.engineer_user)
        self.customer = CustomerFactory(station=self.station, name="苏州恒力机械有限公司")
        self.contact = ContactFactory(customer=self.customer, name="李强")
        ContactChannelFactory(contact=self.contact, value="+8613812345678")
        self.machine = AssetFactory(customer=self.customer, station=self.station)

    def fields(self, **changes: Any) -> dict[str, Any]:
        return {
            "customer_id": self.customer.pk,
            "contact_id": self.contact.pk,
            "asset_id": self.machine.pk,
            "channel": "email",
            "kind": "fault",
            "urgency": "none",
            "verbatim": "电源报警，加热不上去。",
            "circumstances": "连续运行三小时后出现。",
            **changes,
        }

    def accept(self, *, at: dt.datetime = T0, actor: Actor | None = None, **changes: Any) -> Case:
        return services.accept_case(actor=actor or self.actor, at=at, **self.fields(**changes))

    def solved(self, **changes: Any) -> Case:
        case = self.accept(**changes)
        return services.solve_case(case.pk, actor=self.actor, at=T0 + HOUR, resolution="复位后正常。")

    def closed(self, **changes: Any) -> Case:
        case = self.solved(**changes)
        return self.close(case)

    def close(self, case: Case, *, at: dt.datetime = T0 + 2 * HOUR, **changes: Any) -> Case:
        return services.close_case(case.pk, actor=self.actor, at=at, **{**CLOSING, **changes})


CLOSING: dict[str, Any] = {
    "result": "repaired",
    "cause_code": "operation",
    "follow_up": "call",
    "extra_service": "none",
    "extra_service_text": "客户赶时间，未提供。",
}
