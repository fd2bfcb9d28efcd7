"""What the offices of the demonstration have on the desk: plans, measures, recoveries, a questionnaire in the making.

None of it rolls dice, so the story of the workshops stays the same with it.
"""

import datetime as dt
from decimal import Decimal

from careloop.core import saved_views
from careloop.core.actor import Actor
from careloop.feedback import services
from careloop.feedback.models import ContactPolicy, FollowUpPlan, Questionnaire, Recovery
from careloop.feedback.states import RecoveryState
from careloop.management.demo.story import Story
from careloop.staff.models import Department

VALUABLE = Decimal(3000)  # the shop's usual customer spends a few thousand a year
TURNED = ("met", "above")


class Office:
    """Recoveries day by day; plans and measures in the last two weeks."""

    def __init__(self, story: Story):
        self.story = story
        ContactPolicy.objects.update_or_create(pk=1, defaults={"risk_value": VALUABLE})

    def day(self, at: dt.datetime) -> None:
        self.story.at(at + dt.timedelta(hours=1), self.act)
        self.story.at(at + dt.timedelta(hours=6, minutes=20), self.ask_again)

    def act(self, at: dt.datetime) -> None:
        """Something is done for each disappointed customer but the last."""
        for row in list(Recovery.objects.filter(state=RecoveryState.OPEN).order_by("pk"))[:-1]:
            services.act_on(
                row.pk, actor=self.story.who("song"), at=at, kind="check", cost=Decimal(80),
                text="当面说明原因并致歉，下次到店优先安排",
            )  # fmt: skip

    def ask_again(self, at: dt.datetime) -> None:
        """Another person asks each of them again; two of three find it as good as expected now."""
        for row in list(Recovery.objects.filter(state=RecoveryState.ACTED).order_by("pk"))[:-1]:
            after = "below" if row.pk % 3 == 0 else TURNED[row.pk % 2]
            words = "比上次好，有人管了。" if after != "below" else "检查了，还是有点响。"
            services.ask_again(row.pk, actor=self.story.who("ye"), at=at, state_after=after, words=words)

    def plan(self) -> None:
        """The desk of the last two weeks."""
        end = self.story.end
        self.story.at(end - dt.timedelta(days=13), self.measures)
        self.story.at(end - dt.timedelta(days=5), self.plans)
        self.story.at(end - dt.timedelta(days=4), self.questionnaire)
        self.story.at(end - dt.timedelta(days=20), self.views)

    def measures(self, at: dt.datetime) -> None:
        song = self.story.who("song")
        for department, title, problem, action, is_approved in (
            ("备件与物流部", "到货晚先告知客户", "三个月里多位客户说等备件时没有人告知。", "备件晚到当天由备件员通知服务顾问，顾问两小时内告知客户新的交付时间。", True),
            ("城东修理厂", "交车时逐项讲清费用", "解释清楚一项连续两个月低于目标。", "交车前由顾问对照结算单逐项说明，客户在结算单上签字。", False),
        ):  # fmt: skip
            measure = services.draft_measure(
                actor=song, at=at, title=title, problem=problem, action=action,
                department_id=Department.objects.get(name=department).pk, due_on=(at + dt.timedelta(days=30)).date(),
            )  # fmt: skip
            services.move_measure(measure.pk, "issue", actor=song, at=at + dt.timedelta(minutes=5))
            if is_approved:
                services.move_measure(measure.pk, "approve", actor=self.story.who("gu"), at=at + dt.timedelta(hours=2))

    def plans(self, at: dt.datetime) -> None:
        """A plan that management is to approve, and a draft that lacks its persons."""
        running = FollowUpPlan.objects.filter(state="approved", measure=None, service_type="repair").get()
        common = {
            "questionnaire_id": running.questionnaire_id, "not_before_hours": 24, "due_hours": 72, "method": "phone",
        }  # fmt: skip
        song = self.story.who("song")
        sent = services.draft_plan(
            actor=song, at=at, title="维修后回访（第二年）", service_type="repair", persons="客户关系部回访员",
            content="问卷各项、是否一次修好、有无异议", **common,
        )  # fmt: skip
        services.submit_plan(sent.pk, actor=song, at=at + dt.timedelta(minutes=10))
        services.draft_plan(
            actor=song, at=at + dt.timedelta(minutes=30), title="保养后回访", service_type="maintenance",
            content="等候时间、费用说明", **common,
        )  # fmt: skip

    def questionnaire(self, at: dt.datetime) -> None:
        """The survey of next year, not published yet."""
        row = Questionnaire.objects.get(kind="survey")
        services.new_version(
            row.pk, actor=self.story.who("luo"), at=at, valid_from=dt.date(self.story.end.year + 1, 1, 1),
            note="明年起增加备件供应一项，权重待定。",
        )  # fmt: skip

    def views(self, at: dt.datetime) -> None:
        lin: Actor = self.story.who("lin")
        saved_views.keep(page="/cases/", name="等客户答复", query="view=all&state=waiting", is_shared=False, role="",
                         actor=lin)  # fmt: skip
