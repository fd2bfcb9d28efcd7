"""Follow-up calls and complaints of the demonstration. Who calls took no part in the service; the rules see to it."""

import datetime as dt
from decimal import Decimal
from typing import Any

from careloop.assets import queries as asset_queries
from careloop.assets import services as assets
from careloop.complaints import services as complaints
from careloop.complaints.models import Complaint
from careloop.core.actor import Actor
from careloop.customers import services as customers
from careloop.customers.models import Customer
from careloop.feedback import queries, services
from careloop.feedback.models import FollowUpTask
from careloop.management.demo import things
from careloop.management.demo.story import Story, day_at

CALLERS = ("ye", "song")
UNCALLED = dt.timedelta(days=5)
LEVEL_NAMES = {1: "much_worse", 2: "worse", 3: "as_expected", 4: "better", 5: "much_better"}


class Aftercare:
    """Each working day the callers work their queue; each complaint goes its way."""

    def __init__(self, story: Story):
        self.story, self.rng = story, story.rng
        self.known: set[int] = set()

    def day(self, at: dt.datetime) -> None:
        """Plan the calls of a day, some more than there will be duties; those of the last days are still to be made."""
        for place in range(4 if self.story.end - at > UNCALLED else 0):
            moment = at + dt.timedelta(minutes=67 * place + self.rng.randint(0, 19))
            self.story.at(moment, self.call)
        self.story.at(at + dt.timedelta(hours=5), self.officer)
        self.story.at(at + dt.timedelta(hours=6), self.confirm)
        self.story.at(at + dt.timedelta(hours=7), self.thank)

    def thank(self, at: dt.datetime) -> None:
        """Who was asked lately is thanked instead; the last few still wait."""
        caller = self.story.who("ye")
        for task in list(FollowUpTask.objects.filter(thank_due_at__lte=at, thanked_at=None).order_by("pk"))[:-1]:
            services.send_thanks(task.pk, actor=caller, at=at)

    def confirm(self, at: dt.datetime) -> None:
        """The desk asks again what was told long ago, and leaves a few for tomorrow."""
        due = Customer.objects.filter(refresh_due_on__lte=at.date()).order_by("refresh_due_on")[:20]
        for customer in list(due)[:-3]:
            desk = "lin" if customer.station_id == self.story.stations["suzhou-east"] else "qin"
            customers.confirm_fields(customer.pk, actor=self.story.who(desk), at=at, source="电话核对")
        for user in ("lin", "qin"):
            actor = self.story.who(user)
            for asset in asset_queries.due_for_refresh(actor, today=at.date(), limit=20)[:-2]:
                stale = asset_queries.stale_fields(asset, today=at.date())
                assets.confirm_fields(asset.pk, [row.field for row in stale], actor=actor, at=at, source="到厂核对")

    def call(self, at: dt.datetime) -> None:
        caller = self.story.who(self.rng.choice(CALLERS))
        if not FollowUpTask.objects.filter(state__in=("due", "rescheduled"), not_before__lte=at).exists():
            return
        task = queries.next_call(caller, now=at)
        if task is None or self.rng.random() < 0.06:
            return
        services.take_call(task.pk, actor=caller, at=at)
        if self.rng.random() < 0.17 and task.attempt_count == 0:
            services.miss_call(task.pk, actor=caller, at=at + dt.timedelta(minutes=1), result="no_answer")
            return
        if self.rng.random() < 0.02:
            services.refuse_call(task.pk, actor=caller, at=at, reason="客户说正在开会，不想回答")
            return
        self.answer(task, caller, at + dt.timedelta(minutes=4))

    def answer(self, task: FollowUpTask, caller: Actor, at: dt.datetime) -> None:
        task = FollowUpTask.objects.select_related("version", "station").get(pk=task.pk)
        services.save_answer(task.pk, self.values(task, at), actor=caller, at=at)
        services.finish_call(task.pk, actor=caller, at=at + dt.timedelta(minutes=1))

    def values(self, task: FollowUpTask, at: dt.datetime) -> dict[str, Any]:
        """Levels that rise over the two years; the workshop in Xiangyang began low, waiting for parts hurts."""
        years = (at - self.story.start).days / 365
        mood = 3.72 + 0.26 * years + self.rng.gauss(0, 0.62)
        mood -= 0.35 if task.station.code == "xiangyang" and years < 1 else 0
        values: dict[str, Any] = {}
        assert task.version is not None
        for item in task.version.active_items:
            if item.role == "step" and item.key not in task.step_keys:
                continue
            if item.is_scored:
                values[item.key] = self.level(mood + (0.25 if item.key == "attitude" else 0))
        overall = min((v for v in values.values() if isinstance(v, int)), default=4)
        values["fixed_first"] = "yes" if mood > 3 else self.rng.choice(["yes", "no", "unsure"])
        values["on_time"] = "yes" if mood > 2.9 else "no"
        values["comparison"] = LEVEL_NAMES[self.level(mood - 0.35)]
        if overall <= 2:
            values["verbatim"] = self.rng.choice(things.BAD)
            for key, level in list(values.items()):
                if isinstance(level, int) and level <= 2:
                    values[f"reason_{key}"] = values["verbatim"]
        elif self.rng.random() < 0.6:
            values["verbatim"] = self.rng.choice(things.PRAISE if mood > 4 else things.NEUTRAL)
        return values

    def level(self, mood: float) -> int:
        return max(1, min(5, round(mood + self.rng.gauss(0, 0.35))))

    # --- complaints

    def officer(self, at: dt.datetime) -> None:
        for complaint in Complaint.objects.filter(state="registered").exclude(pk__in=self.known).order_by("pk"):
            self.known.add(complaint.pk)
            Way(self.story, complaint.pk).start(at)


class Way:
    """A complaint from receipt to the re-rating by somebody else."""

    def __init__(self, story: Story, pk: int):
        self.story, self.pk, self.rng = story, pk, story.rng
        self.actor = story.who("cheng")

    def start(self, at: dt.datetime) -> None:
        complaints.acknowledge(self.pk, actor=self.actor, at=at, next_contact_at=at + dt.timedelta(days=1))
        self._next(at, 90, self.assess)

    def assess(self, at: dt.datetime) -> None:
        complaint = Complaint.objects.get(pk=self.pk)
        complaints.assess(
            self.pk, actor=self.actor, at=at, severity=complaint.severity,
            category=self.rng.choice(["quality", "delay", "attitude", "price"]) if False else complaint.category,
            impact="客户用车或生产受影响", step=complaint.step,
        )  # fmt: skip
        complaints.investigate(self.pk, actor=self.actor, at=at + dt.timedelta(minutes=2))
        self._next(at, 300, self.facts)

    def facts(self, at: dt.datetime) -> None:
        complaints.record_facts(
            self.pk,
            actor=self.actor,
            at=at,
            facts="核对工单时间戳与派工记录，客户所说属实。",
            cause="备件到货晚，未及时告知客户",
        )
        self._next(at, 120, self.decide)

    def decide(self, at: dt.datetime) -> None:
        complaints.decide(
            self.pk, actor=self.actor, at=at, kind="check", cost=Decimal(160), is_justified=True,
            remedy="免费检查一次，并当面说明", answer="向您致歉：到货晚没有提前告诉您。下次到店免费检查一次。", fault_share=100,
        )  # fmt: skip
        self._next(at, 60, self.accept)

    def accept(self, at: dt.datetime) -> None:
        complaints.accept_decision(self.pk, actor=self.actor, at=at, execution_due_at=at + dt.timedelta(days=7))
        self._next(at, 900, self.execute)

    def execute(self, at: dt.datetime) -> None:
        complaints.record_execution(self.pk, actor=self.actor, at=at, execution="已到店免费检查并说明，客户认可。")
        self._next(at, 700, self.rerate)

    def rerate(self, at: dt.datetime) -> None:
        complaints.record_rerating(
            self.pk, actor=self.story.who("song"), at=at, rating=self.rng.choice([3, 4, 4, 5]), was_friendly=True,
            was_respected=True, is_solved=True, in_time=self.rng.random() < 0.8, words="这次处理得可以。",
        )  # fmt: skip

    def _next(self, at: dt.datetime, minutes: int, step: Any) -> None:
        self.story.at(self.story.work_later(at, minutes, "xiangyang"), step)


def noon(day: dt.date) -> dt.datetime:
    return day_at(day, 9, 10)
