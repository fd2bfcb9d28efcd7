"""Requests of the demonstration: questions answered at the desk, faults diagnosed from afar or sent to the workshop."""

import datetime as dt
from typing import Any

from careloop.cases import services
from careloop.cases.models import Case
from careloop.management.demo import things
from careloop.management.demo.register import Thing
from careloop.management.demo.shop import CREWS, Visit
from careloop.management.demo.story import Story
from careloop.management.demo.things import Fault

CAUSES = {"component": "part", "maintenance": "maintenance", "wear": "wear", "leak": "part", "aging": "wear"}
CHANNELS = ("phone", "phone", "phone", "chat", "chat", "email", "sms", "face", "letter")


class Request:
    def __init__(self, story: Story, thing: Thing, *, fault: Fault | None = None):
        self.story, self.thing, self.fault = story, thing, fault
        self.rng = story.rng
        self.desk = CREWS[thing.station][0]
        self.engineer = self.rng.choice(CREWS[thing.station][3])
        self.case_id = 0
        self.resolution = ""

    def start(self, at: dt.datetime) -> None:
        if self.fault is None:
            self.ask(at)
        else:
            self.report(at, self.fault)

    def ask(self, at: dt.datetime) -> None:
        title, words, self.answer = self.rng.choice(things.QUESTIONS)
        case = self._accept(at, kind="question", urgency="none", title=title, verbatim=words)
        self.case_id = case.pk
        minutes = self.rng.choice([4, 8, 12, 20, 35, 55, 90, 160])
        self._plan(at, minutes, self.solve_at_desk)

    def solve_at_desk(self, at: dt.datetime) -> None:
        actor = self.story.who(self.desk)
        services.reply(self.case_id, actor=actor, at=at, text=self.answer)
        if self.rng.random() < 0.12:
            services.wait(self.case_id, actor=actor, at=at, waiting_for="请客户补充设备编号和照片")
            self._plan(at, self.rng.randint(200, 1500), self.resume)
            return
        services.solve_case(
            self.case_id, actor=actor, at=at, resolution=self.answer, knowledge="none", is_confirmed=True
        )
        self._plan(at, 30, self.close)

    def resume(self, at: dt.datetime) -> None:
        actor = self.story.who(self.desk)
        services.resume(self.case_id, actor=actor, at=at, reason="客户已补充")
        services.solve_case(
            self.case_id, actor=actor, at=at, resolution=self.answer, knowledge="none", is_confirmed=True
        )
        self._plan(at, 25, self.close)

    def report(self, at: dt.datetime, fault: Fault) -> None:
        fields: dict[str, Any] = {
            "kind": "fault", "urgency": fault.urgency, "title": fault.title, "verbatim": self.rng.choice(fault.words),
            "circumstances": "早班开机后出现，之前正常", "is_reading_unavailable": True,
        }  # fmt: skip
        if fault.urgency == "stopped":
            fields["stopped_since"] = at - dt.timedelta(minutes=self.rng.randint(5, 50))
        case = self._accept(at, **fields)
        self.case_id = case.pk
        self._plan(at, self.rng.choice([5, 9, 14, 25, 48, 75, 130]), self.diagnose)

    def diagnose(self, at: dt.datetime) -> None:
        engineer = self.story.who(self.engineer)
        services.reply(self.case_id, actor=engineer, at=at, text="已收到，先请确认水压和报警号，我十分钟后回电。")
        services.take_remote(self.case_id, actor=engineer, at=at)
        chance = self.rng.random()
        if chance < 0.45:
            self._plan(at, self.rng.randint(30, 200), self.solve_remotely)
        elif chance < 0.93:
            self._plan(at, self.rng.randint(20, 90), self.to_workshop)

    def solve_remotely(self, at: dt.datetime) -> None:
        services.solve_case(
            self.case_id, actor=self.story.who(self.engineer), at=at, knowledge="none", is_confirmed=True,
            resolution="电话指导清洗滤芯、复位报警后恢复正常，观察一小时无异常。",
        )  # fmt: skip
        self._plan(at, self.rng.randint(60, 600), self.close)

    def to_workshop(self, at: dt.datetime) -> None:
        assert self.fault is not None
        visit = Visit(self.story, self.thing, self.fault, case_number=Case.objects.get(pk=self.case_id).number)
        visit.after = self.close
        self.resolution = "到厂维修后恢复正常，客户已确认。"
        self._plan(at, self.rng.randint(60, 500), visit.walk_in)

    def close(self, at: dt.datetime) -> None:
        is_fault = self.fault is not None
        asked = self.rng.random() < (0.8 if is_fault else 0.35)
        services.close_case(
            self.case_id, actor=self.story.who(self.desk), at=at, result="repaired" if is_fault else "answered",
            cause_code=CAUSES.get(self.fault.cause, "other") if self.fault else "use_question", follow_up="call" if asked else "not_needed",
            follow_up_reason="" if asked else "一次性咨询，当场答复", extra_service="none",
            extra_service_text="客户没有其他需要", resolution=self.resolution,
        )  # fmt: skip

    def _accept(self, at: dt.datetime, **fields: Any) -> Case:
        return services.accept_case(
            actor=self.story.who(self.desk), at=at, station_id=self.story.stations[self.thing.station],
            customer_id=self.thing.customer.pk, contact_id=self.thing.contact.pk, asset_id=self.thing.asset.pk,
            channel=self.rng.choice(CHANNELS), place=self.thing.asset.location_text or "到店",
            promise_at=self.story.work_later(at, self.rng.choice([60, 120, 240, 480]), self.thing.station), **fields,
        )  # fmt: skip

    def _plan(self, at: dt.datetime, minutes: int, step: Any) -> None:
        self.story.at(self.story.work_later(at, minutes, self.thing.station), step)
