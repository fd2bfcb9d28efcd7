"""Questionnaires, plans and goal as they come with the product (forms 2.1 and 2.2, windows of 3.11)."""

import datetime as dt
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

GOAL_FROM = dt.date(2000, 1, 1)
FIVE_LEVELS = {"5": 100, "4": 75, "3": 50, "2": 25, "1": 0}

INTRO_ZH = (
    "您好，我是{company}回访专员{caller}。请问是{contact}吗？您的{machine}，{day}在我们这里做了{work}。"
    "想占用您两分钟，听听您的感受，现在方便吗？"
)
INTRO_EN = (
    "Good day, this is {caller} from the follow-up team of {company}. Am I speaking with {contact}? On {day} we did "
    "{work} on your {machine}. May I take two minutes to hear how it went?"
)
PRIVACY_ZH = "您的回答只用于改进服务，24 小时后锁定，为您服务的同事在此之前看不到。"
PRIVACY_EN = (
    "Your answers are used only to improve our service; they are locked after 24 hours, and those who served you do "
    "not see them before."
)
CLOSING_ZH = "谢谢您。您说的话我们原样记下了。如果以后想起什么，随时打电话给我们。"
CLOSING_EN = (
    "Thank you. I have written down your words as you said them. If anything comes to mind later, please call us."
)


@dataclass(frozen=True, slots=True)
class Question:
    key: str
    role: str
    label_zh: str
    label_en: str
    text_zh: str
    text_en: str
    weight: str = ""
    step: str = ""
    norm: str = ""

    def fields(self, order: int) -> dict[str, Any]:
        return {
            "key": self.key, "role": self.role, "label_zh": self.label_zh, "label_en": self.label_en,
            "text_zh": self.text_zh, "text_en": self.text_en, "weight": Decimal(self.weight) if self.weight else None,
            "step": self.step, "norm": self.norm, "order": order,
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class DefaultQuestionnaire:
    code: str
    kind: str
    name_zh: str
    name_en: str
    questions: tuple[Question, ...]
    expectation_mode: str = "steps5"
    version: dict[str, Any] = field(default_factory=dict)

    def names(self) -> dict[str, Any]:
        return {"kind": self.kind, "name_zh": self.name_zh, "name_en": self.name_en}

    def version_fields(self) -> dict[str, Any]:
        return {
            "scale_map": FIVE_LEVELS, "expectation_mode": self.expectation_mode, "intro_zh": INTRO_ZH,
            "intro_en": INTRO_EN, "privacy_zh": PRIVACY_ZH, "privacy_en": PRIVACY_EN, "closing_zh": CLOSING_ZH,
            "closing_en": CLOSING_EN, **self.version,
        }  # fmt: skip

    def item_fields(self) -> list[dict[str, Any]]:
        return [question.fields(order) for order, question in enumerate(self.questions, 1)]


OVERALL = Question(
    "overall", "overall", "总体", "Overall", "总的来说，您对这次服务满意吗？",
    "Overall, how satisfied are you with this service?", "0.40",
)  # fmt: skip
FIXED = Question(
    "fixed_first", "fixed_first", "一次修好", "Fixed at once", "问题一次就解决了吗？",
    "Was it fixed at the first time?", step="repair", norm="一次修复，不返修",
)  # fmt: skip
ON_TIME = Question(
    "on_time", "on_time", "按时", "On time", "答应的时间做到了吗？", "Was the promised time kept?",
    step="settlement", norm="按承诺时间交付",
)  # fmt: skip
STEPS = (
    Question("appointment", "step", "预约", "Appointment", "预约方便吗，时间合您的意吗？",
             "Was it easy to make an appointment at a time that suited you?", "0.10", "appointment",
             "预约当场确认时间，提前一天提醒"),
    Question("reception", "step", "接待", "Reception", "接待您的同事认真听您说，把问题记下来了吗？",
             "Did the person who received you listen and write down your words?", "0.15", "reception",
             "三分钟内有人接待，记下客户原话，报价经客户同意"),
    Question("repair", "step", "维修", "Repair", "维修的质量您满意吗？",
             "How satisfied are you with the repair?", "0.15", "repair", "只做客户同意的项目，增项先征得同意"),
    Question("inspection", "step", "检验", "Inspection", "交到您手上时，设备是检查好、收拾干净的吗？",
             "Was it checked and clean when you got it back?", "0.10", "inspection",
             "由未参与维修的人检验，合格才交付"),
    Question("settlement", "step", "结算交付", "Bill and delivery", "费用和更换的零件给您讲清楚了吗？",
             "Were the bill and the replaced parts explained clearly?", "0.10", "settlement",
             "工时材料分开列，逐项讲解，旧件有交代"),
)  # fmt: skip
REMOTE_STEPS = (
    Question("request", "step", "受理", "Taking the request", "我们接到您的问题后，回应得及时吗？",
             "Did we respond to your question quickly?", "0.30", "request", "按承诺时限首次回应"),
    Question("remote", "step", "远程指导", "Remote help", "指导的内容您听得懂、用得上吗？",
             "Was the advice clear and useful?", "0.30", "remote", "一次讲清，问题解决后经客户确认"),
)  # fmt: skip
YEARLY = (
    Question("quality", "item", "产品质量", "Product quality", "您对我们产品的质量和可靠性满意吗？",
             "How satisfied are you with the quality and reliability of our products?", "0.30"),
    Question("response", "item", "响应速度", "Response", "您提出需求后，我们响应得快吗？",
             "How satisfied are you with the speed of our response?", "0.25"),
    Question("skill", "item", "技术水平", "Skill", "您对服务人员的技术水平满意吗？",
             "How satisfied are you with the skill of our service staff?", "0.20"),
    Question("parts", "item", "备件供应", "Parts supply", "您对备件供应满意吗？",
             "How satisfied are you with the supply of parts?", "0.15"),
    Question("attitude", "item", "服务态度", "Attitude", "您对服务态度满意吗？",
             "How satisfied are you with the attitude of our staff?", "0.10"),
)  # fmt: skip

# What the customer gets and what it costs him, each rated 1–10 (F10): they make the value ratio, never the index.
VALUE_AND_COST = (
    Question("value_product", "value", "产品价值", "Product", "我们的产品给您带来的价值，1–10 分打几分？",
             "How much value does our product give you, from 1 to 10?", "0.4"),
    Question("value_service", "value", "服务价值", "Service", "我们的服务给您带来的价值，1–10 分打几分？",
             "How much value does our service give you, from 1 to 10?", "0.3"),
    Question("value_staff", "value", "人员价值", "Staff", "我们的人员给您带来的价值，1–10 分打几分？",
             "How much value do our people give you, from 1 to 10?", "0.2"),
    Question("value_image", "value", "形象价值", "Image", "选用我们的品牌给您带来的价值，1–10 分打几分？",
             "How much value does our name give you, from 1 to 10?", "0.1"),
    Question("cost_money", "cost", "货币成本", "Money", "您花的钱，1 分很少、10 分很多，打几分？",
             "The money it cost you: from 1 very little to 10 very much?", "0.5"),
    Question("cost_time", "cost", "时间成本", "Time", "您花的时间，1 分很少、10 分很多，打几分？",
             "The time it cost you: from 1 very little to 10 very much?", "0.3"),
    Question("cost_effort", "cost", "精力成本", "Effort", "您花的精力，1 分很少、10 分很多，打几分？",
             "The effort it cost you: from 1 very little to 10 very much?", "0.2"),
)  # fmt: skip

QUESTIONNAIRES = (
    DefaultQuestionnaire(
        "service", "transaction", "服务回访问卷", "Follow-up after a service", (OVERALL, *STEPS, FIXED, ON_TIME)
    ),
    DefaultQuestionnaire(
        "remote", "transaction", "远程服务回访问卷", "Follow-up after remote help",
        (OVERALL, *REMOTE_STEPS, FIXED, ON_TIME),
    ),
    DefaultQuestionnaire(
        "yearly", "survey", "年度满意度调查表", "Yearly satisfaction survey", YEARLY, "pair10",
        {"step_items": 3},
    ),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class DefaultPlan:
    """Window in hours after the service, and the four points of a plan (R96)."""

    service_type: str
    not_before_hours: int
    due_hours: int
    content: str
    questionnaire: str = "service"
    persons: str = "回访专员（未参与该次服务）"
    method: str = "phone"

    def fields(self) -> dict[str, Any]:
        return {
            "not_before_hours": self.not_before_hours, "due_hours": self.due_hours, "persons": self.persons,
            "method": self.method, "content": self.content,
        }  # fmt: skip


PLANS = (
    DefaultPlan("safety", 2, 24, "安全相关维修：24 小时内确认一切正常，并完成问卷"),
    DefaultPlan("repair", 24, 72, "维修：交付后第 2–3 天电话回访"),
    DefaultPlan("maintenance", 24, 72, "保养：交付后第 2–3 天电话回访"),
    DefaultPlan("major", 72, 168, "大修、总成修理：交付后 7 天内电话回访"),
    DefaultPlan("installation", 72, 168, "安装调试：7 天内电话回访", "remote"),
    DefaultPlan("remote", 24, 72, "远程解决：72 小时内回访", "remote"),
    DefaultPlan("training", 24, 168, "培训：7 天内回访", "remote"),
)


def goal(code: str) -> dict[str, Any]:
    """Quality goal 75 (R115); the definition says what it is a percentage of (contradiction 5)."""
    definition = {
        "service": "满意度指数（0–100）：各题平均得分按权重加权（F1，题目均值法，同一公司先求平均）",
        "yearly": "年度满意度指数（0–100）：五项平均得分按权重 .30 .25 .20 .15 .10 加权（F1）",
    }[code]
    return {"value": Decimal(75), "definition": definition, "reason": "同行业一般水平，结合本公司条件"}
