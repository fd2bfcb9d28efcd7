"""The day on which the demonstration is opened: work in every step, requests on the desk, a complaint that is due.

Everything happens in working time, counted back from the end of the story, so that also somebody who starts the
program on a Sunday finds a shop in the middle of its work.
"""

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from careloop.cases import services as cases
from careloop.complaints import services as complaints
from careloop.complaints.models import Complaint
from careloop.core.actor import Actor
from careloop.management.demo import parties, things
from careloop.management.demo.register import Thing
from careloop.management.demo.shop import Visit
from careloop.management.demo.story import Story, photo
from careloop.management.demo.things import Fault
from careloop.staff.models import Department
from careloop.workorders import services as workorders
from careloop.workorders.models import WorkOrder

QUIET = dt.timedelta(days=21)  # so long before the end the chosen vehicles stay away from the random story
RATTLE, BRAKES, COOLING, RANGE, STARTING, BEARING = things.CAR_FAULTS
LEVEL_2, LEVEL_1 = things.MAINTENANCE

# fault, steps in their order, minutes from step to step, working minutes since the first, technician, bay
STANDING: tuple[tuple[Fault, tuple[str, ...], int, int, str, int], ...] = (
    (LEVEL_1, ("walk_in",), 10, 12, "wei", 1),
    (STARTING, ("walk_in", "offer"), 20, 95, "wei", 1),
    (COOLING, ("walk_in", "offer", "consent"), 15, 70, "han", 1),
    (RATTLE, ("walk_in", "offer", "consent", "assign", "measure", "find", "ask_added"), 15, 150, "zhou", 3),
    (BRAKES, ("walk_in", "offer", "consent", "assign"), 20, 160, "wei", 2),
    (LEVEL_2, ("walk_in", "offer", "consent", "assign", "wait_part"), 25, 310, "han", 1),
    (BEARING, ("walk_in", "offer", "consent", "assign", "finish"), 25, 190, "zhou", 4),
    (LEVEL_1, ("walk_in", "offer", "consent", "assign", "finish", "fail"), 25, 230, "wei", 5),
    (STARTING, ("walk_in", "offer", "consent", "assign", "finish", "inspect"), 25, 240, "zhou", 6),
    (LEVEL_2, ("walk_in", "offer", "consent", "assign", "finish", "inspect", "settle"), 25, 330, "han", 6),
)
# fault, minutes of working time until the appointment
BOOKED = ((LEVEL_2, 75), (BRAKES, 190))


class Standing(Visit):
    """A visit that goes its steps and stands where they end."""

    failing = 0.0

    def __init__(self, story: Story, thing: Thing, fault: Fault, *, steps: Sequence[str] = (), pace: int = 20,
                 technician: str = "wei", bay: int = 1):  # fmt: skip
        super().__init__(story, thing, fault)
        self.words, self.adviser, self.technician, self.bay = fault.words[0], "shao", technician, bay
        self.steps, self.pace = iter(steps), pace

    def go(self, at: dt.datetime) -> None:
        getattr(self, next(self.steps))(at)

    def _plan(self, at: dt.datetime, minutes: int, step: Any) -> None:
        if name := next(self.steps, ""):
            super()._plan(at, self.pace, getattr(self, name))

    def book_for(self, at: dt.datetime) -> None:
        slot = self.story.work_later(self.story.end, self.pace, self.thing.station)
        slot = slot.replace(minute=slot.minute // 30 * 30, second=0, microsecond=0)
        workorders.book_order(
            **self._parties(), booked_for=slot, booked_minutes=90, actor=self.story.who(self.desk), at=at,
            adviser_id=self.story.person(self.adviser), wanted=self.fault.title, work_class=self._work_class(),
            verify_channel_id=self._unverified(),
        )  # fmt: skip

    def assign(self, at: dt.datetime) -> None:
        workorders.assign_order(
            self.order_id, technician=self.story.person(self.technician), bay=self.bay,
            actor=self.story.who(self.foreman), at=at, accept_load=True,
        )  # fmt: skip
        self._plan(at, 0, None)

    def measure(self, at: dt.datetime) -> None:
        actor = self._as_technician()
        for name, value, unit, low, high in (
            ("右前轴向间隙", "0.18", "mm", None, "0.05"),
            ("前制动片厚度", "5.4", "mm", "3.0", "12"),
            ("四轮胎压", "2.4", "bar", "2.3", "2.5"),
        ):
            workorders.add_reading(
                self.order_id, name=name, value=Decimal(value), unit=unit, low=Decimal(low) if low else None,
                high=Decimal(high) if high else None, actor=actor, at=at,
            )  # fmt: skip
        workorders.advise(self.order_id, text="前轮胎磨损到 2.5 mm，下次保养时更换。", actor=actor, at=at)
        self._plan(at, 0, None)

    def find(self, at: dt.datetime) -> None:
        name, reason, hours, price, part = things.ADDED[0]
        more: dict[str, Any] = {"reason": reason, "photos": [photo(self.rng)], "actor": self._as_technician(), "at": at}
        workorders.find_item(
            self.order_id,
            name=name,
            kind="labour",
            quantity=Decimal(hours),
            unit="h",
            unit_price=Decimal(price),
            **more,
        )
        workorders.find_item(
            self.order_id, name=part[0], kind="material", part_no=part[1], quantity=Decimal(part[2]), unit="pc",
            unit_price=Decimal(part[3]), part_origin="oem", **more,
        )  # fmt: skip
        self._plan(at, 0, None)

    def ask_added(self, at: dt.datetime) -> None:
        actor = self._as_adviser()
        promise = self.story.work_later(self.story.end, 140, self.thing.station)
        workorders.ask_added(self.order_id, promised_at=max(promise, self.promise), actor=actor, at=at)
        workorders.create_link(self.order_id, actor=actor, at=at, sent_to=self.thing.contact.name)

    def fail(self, at: dt.datetime) -> None:
        workorders.fail_order(
            self.order_id, actor=self.story.who("meng"), at=at, reason_code="not_fixed",
            reason="路试 40 km/h 仍有轻微异响，返工检查",
        )  # fmt: skip


def reserve(found: Sequence[Thing]) -> list[Thing]:
    """The vehicles of the present day: one of each customer of the repair shop, in the order of the register."""
    chosen: dict[int, Thing] = {}
    for thing in found:
        if thing.station == parties.EAST and thing.asset.kind == "vehicle":
            chosen.setdefault(thing.customer.pk, thing)
    return list(chosen.values())[: len(STANDING) + len(BOOKED)]


def plan(story: Story, found: Sequence[Thing], cars: Sequence[Thing]) -> None:
    for thing, (fault, steps, pace, since, technician, bay) in zip(cars, STANDING, strict=False):
        visit = Standing(story, thing, fault, steps=steps, pace=pace, technician=technician, bay=bay)
        story.at(story.work_ago(since, thing.station), visit.go)
    for thing, (fault, ahead) in zip(cars[len(STANDING) :], BOOKED, strict=False):
        story.at(story.work_ago(260, thing.station), Standing(story, thing, fault, pace=ahead).book_for)
    machines = [thing for thing in found if thing.asset.kind == "machine"]
    for number, request in enumerate(REQUESTS):
        suits = [
            t for t in (cars if request["station"] == parties.EAST else machines) if t.station == request["station"]
        ]
        story.at(story.work_ago(request["since"], request["station"]), Call(story, suits[-1 - number], request).take)
    story.at(story.work_ago(210, parties.EAST), Grievances(story).take)


REQUESTS: tuple[dict[str, Any], ...] = (
    {
        "station": parties.EAST, "since": 50, "promise": 45, "channel": "phone", "kind": "fault", "urgency": "stopped",
        "title": "起动困难，停在路边", "verbatim": "车停在现代大道辅路，打不着火，车上有冷链货，下午要送到。",
        "circumstances": "早上已经费劲，刚停下来装货后再也打不着", "place": "现代大道与星湖街口",
    },
    {
        "station": parties.EAST, "since": 35, "promise": 60, "channel": "chat", "kind": "question", "urgency": "none",
        "title": "二级维护要多久", "verbatim": "周一来做二级维护，中午前能取车吗？", "place": "到店", "assign": "lin",
    },
    {
        "station": parties.EAST, "since": 170, "promise": 240, "channel": "sms", "kind": "fault", "urgency": "reduced",
        "title": "空调不制冷", "verbatim": "开了半小时还是热风。", "circumstances": "怠速和行驶都一样", "place": "到店",
        "assign": "lin", "wait": "请客户拍一张空调面板照片，并告知上次加冷媒的时间",
    },
    {
        "station": parties.WUXI, "since": 40, "promise": 60, "channel": "phone", "kind": "fault", "urgency": "stopped",
        "title": "中频电源报警 E27，停机", "verbatim": "早上一开机就报 E27，送不上功率，两条线都停着。",
        "circumstances": "开机自检后立即报警，昨晚正常停机", "place": "锻造车间 1 线",
    },
    {
        "station": parties.XIANGYANG, "since": 130, "promise": 150, "channel": "phone", "kind": "fault",
        "urgency": "reduced", "title": "冷却水流量偏低", "verbatim": "流量只有 18，水泵声音也不对，先降了功率在干。",
        "circumstances": "换过滤芯后两天又低", "place": "热处理车间", "assign": "jiang",
    },
)  # fmt: skip


class Call:
    """A request that is open now; some are with somebody, one waits for the customer."""

    def __init__(self, story: Story, thing: Thing, request: dict[str, Any]):
        self.story, self.thing, self.request = story, thing, request
        self.desk = "lin" if thing.station == parties.EAST else "qin"

    def take(self, at: dt.datetime) -> None:
        row = dict(self.request)
        station, assignee, question = row.pop("station"), row.pop("assign", ""), row.pop("wait", "")
        row.pop("since")
        promise = self.story.work_later(at, row.pop("promise"), station)
        if row["urgency"] == "stopped":
            row["stopped_since"] = at - dt.timedelta(minutes=25)
        if row["kind"] == "fault":
            self.thing.asset.refresh_from_db(fields=["meter"])
            row |= {"is_reading_unavailable": True, "meter": (self.thing.asset.meter or 0) + 120}
        actor = self.story.who(self.desk)
        case = cases.accept_case(
            actor=actor, at=at, station_id=self.story.stations[station], customer_id=self.thing.customer.pk,
            contact_id=self.thing.contact.pk, asset_id=self.thing.asset.pk, promise_at=promise, **row,
        )  # fmt: skip
        if assignee:
            cases.assign_case(case.pk, actor=actor, at=at, person_id=self.story.person(assignee))
        if question:
            cases.wait(case.pk, actor=self.story.who(assignee), at=at + dt.timedelta(minutes=6), waiting_for=question)


class Grievances:
    """Two complaints on the desk: one that nobody has confirmed yet, one that a department looks into."""

    def __init__(self, story: Story):
        self.story = story

    def take(self, at: dt.datetime) -> None:
        orders = (
            WorkOrder.objects.filter(state="archived", station__code=parties.EAST)
            .select_related("customer", "contact")
            .order_by("-pk")[:2]
        )
        rows = (
            ("说好下午四点交车，拖到六点多，没人提前告诉我，我要求说明原因并赔偿误工。", "late_delivery", "phone"),
            ("同样的响声又来了，等于没修，要求免费重新检查。", "not_fixed", "chat"),
        )
        second: Complaint | None = None
        for order, (words, category, source) in zip(orders, rows, strict=False):
            second = complaints.register_complaint(
                actor=self.story.who("lin"), at=at, customer_id=order.customer_id, contact_id=order.contact_id,
                words=words, source=source, station_id=order.station_id, asset_id=order.asset_id, order_id=order.pk,
                category=category, desired_remedy="书面说明原因",
            )  # fmt: skip
        if second is not None:
            self.look_into(second, self.story.who("cheng"), at)

    def look_into(self, complaint: Complaint, actor: Actor, at: dt.datetime) -> None:
        tomorrow = self.story.end + dt.timedelta(days=1)
        later = at + dt.timedelta(minutes=25)
        complaints.acknowledge(complaint.pk, actor=actor, at=at, next_contact_at=tomorrow)
        complaints.assess(
            complaint.pk, actor=actor, at=later, severity=complaint.severity, category=complaint.category,
            impact="客户三天内来了两次，车停用半天", step=complaint.step,
        )  # fmt: skip
        complaints.investigate(complaint.pk, actor=actor, at=later)
        complaints.give_task(
            complaint.pk, actor=actor, at=later, department=Department.objects.get(name="质量部").pk,
            text="核对两次维修记录和路试结果，判断是否同一原因", due_at=tomorrow,
        )  # fmt: skip
