"""Orders of the demonstration: from appointment or walk-in to delivery, with added items, rework and second thoughts."""

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from careloop.core.actor import Actor
from careloop.management.demo import people, things
from careloop.management.demo.register import Thing
from careloop.management.demo.story import Step, Story, photo, signature
from careloop.management.demo.things import Fault
from careloop.workorders import services
from careloop.workorders.models import OrderLine, WorkOrder

# station → (front desk, adviser, foreman, technicians, inspectors)
CREWS: dict[str, tuple[str, tuple[str, ...], str, tuple[str, ...], tuple[str, ...]]] = {
    "suzhou-east": ("lin", ("shao", "tang"), "meng", ("zhou", "wei", "han"), ("meng", "han")),
    "xiangyang": ("qin", ("fang",), "fang", ("jiang", "du"), ("pan",)),
    "wuxi": ("qin", ("shen",), "shen", ("lu",), ("bai",)),
}
BAYS = {code: min(bays, 4) for code, *_rest, bays in people.STATIONS}
METHODS = ("wechat", "cash", "card", "transfer")
CHECKS = ("items", "fluids", "torque", "road", "clean", "old_parts", "fault")
OLD_PART_WISHES = ("take", "leave", "leave")


class Visit:
    """One vehicle or machine in the workshop. Each method is a step at its time and plans the next one."""

    failing = 0.07  # share that the first inspection does not pass

    def __init__(self, story: Story, thing: Thing, fault: Fault, *, case_number: str = ""):
        self.story, self.thing, self.fault, self.case_number = story, thing, fault, case_number
        self.rng = story.rng
        self.desk, advisers, self.foreman, technicians, self.inspectors = CREWS[thing.station]
        self.adviser = self.rng.choice(advisers)
        self.technician = self.rng.choice(technicians)
        self.words = self.rng.choice(fault.words)
        self.order_id = 0
        self.after: Step | None = None  # what follows the delivery

    # --- arrival

    def start(self, at: dt.datetime) -> None:
        if self.rng.random() < 0.6:
            self.book(at)
        else:
            self.walk_in(at)

    def book(self, at: dt.datetime) -> None:
        slot = self.story.work_later(at, self.rng.randint(500, 1500), self.thing.station)
        slot = slot.replace(minute=slot.minute // 30 * 30, second=0, microsecond=0)
        order = services.book_order(
            **self._parties(), booked_for=slot, booked_minutes=90, actor=self.story.who(self.desk), at=at,
            adviser_id=self.story.person(self.adviser), wanted=self.fault.title, work_class=self._work_class(),
            case_number=self.case_number, verify_channel_id=self._unverified(),
        )  # fmt: skip
        self.order_id = order.pk
        chance = self.rng.random()
        if chance < 0.04:
            self.story.at(max(at, slot - dt.timedelta(hours=20)), self.remind)
            self.story.at(slot + dt.timedelta(minutes=35), self.miss)
        elif chance < 0.08:
            self.story.at(at + dt.timedelta(hours=3), self.cancel)
        else:
            self.story.at(slot + dt.timedelta(minutes=self.rng.randint(-10, 20)), self.receive)

    def remind(self, at: dt.datetime) -> None:
        services.remind_customer(self.order_id, channel="phone", actor=self.story.who(self.desk), at=at)

    def miss(self, at: dt.datetime) -> None:
        services.miss_order(self.order_id, actor=Actor.system(), at=at)
        self._plan(at, self.rng.randint(60, 400), self.give_up)

    def give_up(self, at: dt.datetime) -> None:
        services.cancel_order(
            self.order_id, reason="客户改期，下周再约", actor=self.story.who(self.desk), at=at, by="customer"
        )

    def cancel(self, at: dt.datetime) -> None:
        services.cancel_order(
            self.order_id, reason="客户临时出差，下月再约", actor=self.story.who(self.desk), at=at, by="customer"
        )

    def receive(self, at: dt.datetime) -> None:
        services.receive_order(self.order_id, actor=self._as_adviser(), at=at, **self._intake(at))
        self._plan(at, 15, self.offer)

    def walk_in(self, at: dt.datetime) -> None:
        order = services.receive_walk_in(
            **self._parties(), walk_in_reason=self.rng.choice(["路过，顺便来看", "突发故障", "没来得及预约"]),
            actor=self._as_adviser(), at=at, case_number=self.case_number, **self._intake(at),
        )  # fmt: skip
        self.order_id = order.pk
        self._plan(at, 20, self.offer)

    # --- offer and consent

    def offer(self, at: dt.datetime) -> None:
        actor = self._as_adviser()
        in_warranty = self._in_warranty(at)
        payer = "warranty" if in_warranty else "customer"
        for name, hours, price in self.fault.labour:
            self._line(actor, at, "labour", name, Decimal(hours), Decimal(price), "h", payer=payer)
        for name, part_no, quantity, price in self.fault.parts:
            self._line(
                actor, at, "material", name, Decimal(quantity), Decimal(price), "pc", part_no=part_no,
                part_origin="oem" if self.rng.random() < 0.8 else "aftermarket", payer=payer,
            )  # fmt: skip
        self.promise = self.story.work_later(at, self.rng.randint(240, 620), self.thing.station)
        services.submit_estimate(
            self.order_id, promised_at=self.promise, actor=actor, at=at,
            old_part_wish=self.rng.choice(OLD_PART_WISHES),
        )  # fmt: skip
        self._plan(at, self.rng.randint(5, 60), self.refuse if self.rng.random() < 0.03 else self.consent)

    def consent(self, at: dt.datetime) -> None:
        services.consent(self.order_id, actor=self._as_adviser(), at=at, **self._signed())
        self._plan(at, self.rng.randint(10, 50), self.assign)

    def refuse(self, at: dt.datetime) -> None:
        order = self._order()
        services.refuse(
            self.order_id, version=order.estimate_version, given_by=self.thing.contact.name,
            reason="价格高，想再比较一下", actor=self._as_adviser(), at=at, method="signature",
            signature=signature(self.rng),
        )  # fmt: skip
        self._plan(at, 20, self.settle)

    # --- repair

    def assign(self, at: dt.datetime) -> None:
        services.assign_order(
            self.order_id, technician=self.story.person(self.technician), bay=self._free_bay(),
            actor=self.story.who(self.foreman), at=at, accept_load=True,
        )  # fmt: skip
        chance = self.rng.random()
        if chance < 0.18:
            self._plan(at, 45, self.find)
        elif chance < 0.26:
            self._plan(at, 40, self.wait_part)
        else:
            self._plan(at, self.rng.randint(70, 240), self.finish)

    def _free_bay(self) -> int | None:
        bays = set(range(1, BAYS[self.thing.station] + 1))
        here = WorkOrder.objects.filter(station_id=self.story.stations[self.thing.station], state="in_repair")
        return min(bays - set(here.values_list("bay", flat=True)), default=None)

    def wait_part(self, at: dt.datetime) -> None:
        eta = self.story.work_later(at, self.rng.randint(480, 1400), self.thing.station)
        self.promise = self.story.work_later(eta, 300, self.thing.station)
        services.wait_part(
            self.order_id, part=self.fault.parts[0][0] if self.fault.parts else "密封件", eta=eta,
            told="已电话告知客户到件时间和新的交付时间", actor=self._as_technician(), at=at, promised_at=self.promise,
        )  # fmt: skip
        self.story.at(eta + dt.timedelta(minutes=12), self.resume)

    def resume(self, at: dt.datetime) -> None:
        services.resume_order(self.order_id, actor=self._as_technician(), at=at)
        self._plan(at, self.rng.randint(80, 200), self.finish)

    def find(self, at: dt.datetime) -> None:
        item, reason, hours, price, part = self.rng.choice(things.ADDED)
        actor = self._as_technician()
        services.find_item(
            self.order_id, name=item, reason=reason, kind="labour", quantity=Decimal(hours), unit="h",
            unit_price=Decimal(price), photos=[photo(self.rng)], actor=actor, at=at,
        )  # fmt: skip
        services.find_item(
            self.order_id, name=part[0], reason=reason, kind="material", part_no=part[1], quantity=Decimal(part[2]),
            unit="pc", unit_price=Decimal(part[3]), part_origin="oem", photos=[photo(self.rng)], actor=actor, at=at,
        )  # fmt: skip
        self._plan(at, 12, self.ask_added)

    def ask_added(self, at: dt.datetime) -> None:
        self.promise = max(self.promise, self.story.work_later(at, 200, self.thing.station))
        services.ask_added(self.order_id, promised_at=self.promise, actor=self._as_adviser(), at=at)
        self._plan(at, self.rng.randint(15, 90), self.decide_added)

    def decide_added(self, at: dt.datetime) -> None:
        decision = self._signed()
        if self.rng.random() < 0.3:
            decision["accepted"] = ()
        services.consent_added(self.order_id, actor=self._as_adviser(), at=at, **decision)
        self._plan(at, self.rng.randint(60, 150), self.finish)

    def finish(self, at: dt.datetime) -> None:
        items = [
            {"id": line.pk, "is_done": True, "old_part": self._old_part(line)}
            for line in OrderLine.objects.filter(order_id=self.order_id, consent="consented")
        ]
        services.finish_order(self.order_id, actor=self._as_technician(), at=at, items=items)
        self._plan(at, self.rng.randint(10, 40), self.inspect)

    # --- inspection, settlement, delivery

    def inspect(self, at: dt.datetime) -> None:
        inspector = next((who for who in self.inspectors if who != self.technician), None)
        if inspector is None:
            inspector = "pan" if self.thing.station == "xiangyang" else "bai"
        actor = self.story.who(inspector)
        order = self._order()
        points = [{"key": key, "result": "ok"} for key in CHECKS]
        if order.rework_count == 0 and self.rng.random() < self.failing:
            services.fail_order(
                self.order_id,
                actor=actor,
                at=at,
                reason_code="not_fixed",
                reason="路试仍有轻微异响，返工检查",
                checklist=[*points[:-1], {"key": "fault", "result": "bad", "note": "路试 40 km/h 有异响"}],
            )
            self._plan(at, 25, self.rework)
            return
        needs_paper = order.work_class in ("level2", "assembly", "whole")
        number = f"HG{at:%y%m%d}{self.order_id % 1000:03d}" if needs_paper else ""
        services.pass_order(self.order_id, actor=actor, at=at, checklist=points, certificate_no=number)
        self._plan(at, self.rng.randint(10, 60), self.settle)

    def rework(self, at: dt.datetime) -> None:
        services.start_rework(self.order_id, actor=self._as_technician(), at=at)
        self._plan(at, self.rng.randint(40, 90), self.finish)

    def settle(self, at: dt.datetime) -> None:
        meter = int(self._order().mileage_in or 0)
        services.settle_order(
            self.order_id, actor=self._as_adviser(), at=at, next_service_on=(at + dt.timedelta(days=180)).date(),
            next_service_meter=meter + (10_000 if self.thing.asset.kind == "vehicle" else 1000),
        )  # fmt: skip
        self._plan(at, self.rng.randint(20, 200), self.deliver)

    def deliver(self, at: dt.datetime) -> None:
        order = self._order()
        actor = self._as_adviser()
        if order.bill is not None and order.bill.total_amount > 0:
            services.pay_order(
                self.order_id, amount=order.bill.total_amount, method=self.rng.choice(METHODS), actor=actor, at=at
            )
        services.deliver_order(
            self.order_id, delivered_to=self.thing.contact.name, signature=signature(self.rng), actor=actor,
            at=at + dt.timedelta(minutes=4), explained="逐项说明了工时、材料、质保和下次保养", is_explained=True, old_parts_shown=True,
        )  # fmt: skip
        if self.after is not None:
            self.story.at(at + dt.timedelta(hours=1), self.after)

    # --- helpers

    def _plan(self, at: dt.datetime, minutes: int, step: Any) -> None:
        self.story.at(self.story.work_later(at, minutes, self.thing.station), step)

    def _order(self) -> WorkOrder:
        return WorkOrder.objects.select_related("bill").get(pk=self.order_id)

    def _parties(self) -> dict[str, Any]:
        return {
            "station_id": self.story.stations[self.thing.station],
            "customer_id": self.thing.customer.pk,
            "contact_id": self.thing.contact.pk,
            "asset_id": self.thing.asset.pk,
        }

    def _as_adviser(self) -> Actor:
        return self.story.who(self.adviser)

    def _as_technician(self) -> Actor:
        return self.story.who(self.technician)

    def _work_class(self) -> str:
        return {"二级维护": "level2", "一级维护": "level1"}.get(self.fault.title, "small")

    def _intake(self, at: dt.datetime) -> dict[str, Any]:
        asset = self.thing.asset
        asset.refresh_from_db(fields=["meter", "meter_at"])
        days = max(1, (at - (asset.meter_at or at)).days)
        intake: dict[str, Any] = {
            "is_identified": True,
            "received_from": self.thing.contact.name,
            "mileage": int(asset.meter or 0)
            + days * self.thing.km_per_day // (1 if asset.kind == "vehicle" else 8)
            + 1,
            "customer_words": self.words,
            "work_class": self._work_class(),
            "signature": signature(self.rng),
            "promised_at": self.story.work_later(at, 500, self.thing.station),
        }
        if (channel := self._unverified()) is not None:
            intake["verify_channel"] = channel
        if asset.kind == "vehicle":
            return {**intake, "reception_kind": "vehicle", "fuel": self.rng.choice([2, 4, 6]), "valuables": "无"}
        return {**intake, "reception_kind": "sent_in", "packing": "木箱，完好", "photos": [photo(self.rng)]}

    def _unverified(self) -> int | None:
        """The contact's number that nobody has called yet: verified on the spot (R35)."""
        channel = self.thing.contact.channels.order_by("pk").first()
        return channel.pk if channel is not None and channel.verified_at is None else None

    def _line(self, actor: Actor, at: dt.datetime, kind: str, name: str, quantity: Decimal, price: Decimal, unit: str,
              **more: Any) -> None:  # fmt: skip
        services.add_line(
            self.order_id,
            kind=kind,
            name=name,
            quantity=quantity,
            unit_price=price,
            unit=unit,
            actor=actor,
            at=at,
            **more,
        )

    def _signed(self) -> dict[str, Any]:
        return {
            "version": self._order().estimate_version,
            "method": "signature",
            "given_by": self.thing.contact.name,
            "signature": signature(self.rng),
        }

    def _in_warranty(self, at: dt.datetime) -> bool:
        asset = self.thing.asset
        inside = asset.warranty_end is not None and asset.warranty_end >= at.date()
        return bool(inside and self.fault.cause in ("component", "leak") and self.rng.random() < 0.7)

    def _old_part(self, line: OrderLine) -> str:
        return self.rng.choice(["returned", "kept", "scrapped"]) if line.kind == "material" else ""


def pick(story: Story, things_: Sequence[Thing]) -> Thing:
    return story.rng.choice(list(things_))
