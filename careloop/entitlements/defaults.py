"""What a new installation starts with (data, changed later on the page of standards)."""

import datetime as dt
from typing import Any, NamedTuple

FIRST_DAY = dt.date(2020, 1, 1)


def _standard(
    code: str, measure: str, minutes: int, name: str, text: str, text_en: str, **scope: str
) -> dict[str, Any]:
    return {
        "code": code,
        "measure": measure,
        "target_minutes": minutes,
        "name": name,
        "text": text,
        "text_en": text_en,
        **scope,
    }


# Wording is data in the language of the firm's customers, with the English beside it.
STANDARDS: tuple[dict[str, Any], ...] = (
    _standard(
        "xy-01",
        "response",
        60,
        "停机首次响应",
        "设备停机的报修，工作时间内 1 小时内由工作人员答复。",
        "If production stands still, a person answers within 1 working hour.",
        urgency="stopped",
    ),
    _standard(
        "xy-02",
        "response",
        120,
        "降产首次响应",
        "设备降产的报修，工作时间内 2 小时内由工作人员答复。",
        "If output is reduced, a person answers within 2 working hours.",
        urgency="reduced",
    ),
    _standard(
        "xy-03",
        "response",
        240,
        "一般首次响应",
        "一般服务请求，工作时间内 4 小时内由工作人员答复。",
        "Any other request is answered by a person within 4 working hours.",
    ),
    _standard(
        "dc-01",
        "arrival",
        960,
        "停机到场",
        "需要到场处理的停机报修，2 个工作日内到达现场。",
        "If production stands still and a visit is needed, we are on site within 2 working days.",
        urgency="stopped",
    ),
    _standard(
        "xf-01",
        "resolution",
        960,
        "停机修复",
        "设备停机的报修，2 个工作日内修复或提供替代方案。",
        "If production stands still, it runs again or has a substitute within 2 working days.",
        urgency="stopped",
    ),
    _standard(
        "xf-02",
        "resolution",
        1440,
        "降产修复",
        "设备降产的报修，3 个工作日内修复。",
        "If output is reduced, the fault is repaired within 3 working days.",
        urgency="reduced",
    ),
    _standard(
        "xf-03",
        "resolution",
        2400,
        "一般处理",
        "一般服务请求，5 个工作日内办结。",
        "Any other request is settled within 5 working days.",
    ),
    _standard(
        "xf-04",
        "resolution",
        480,
        "咨询答复",
        "使用咨询，1 个工作日内给出完整答复。",
        "A question on use is answered completely within 1 working day.",
        kind="question",
    ),
    _standard(
        "xf-05",
        "resolution",
        480,
        "资料提供",
        "产品资料，1 个工作日内提供。",
        "Product documents are sent within 1 working day.",
        kind="document",
    ),
)

RULES_ON_VEHICLE_REPAIR = "机动车维修管理规定"
HOUSE_PROMISE = "本厂承诺"


class GuaranteeDefault(NamedTuple):
    vehicle_class: str
    work_class: str
    km: int | None
    days: int | None
    hours: int | None = None
    months: int | None = None
    source: str = RULES_ON_VEHICLE_REPAIR


_CAR = (
    ("whole", 20_000, 100),
    ("assembly", 20_000, 100),
    ("level2", 5_000, 30),
    ("level1", 2_000, 10),
    ("small", 2_000, 10),
    ("special", 2_000, 10),
)
_MOTORCYCLE = (
    ("whole", 7_000, 80),
    ("assembly", 7_000, 80),
    ("level1", 800, 10),
    ("level2", 800, 10),
    ("small", 800, 10),
    ("special", 800, 10),
)
_OTHER = (
    ("whole", 6_000, 60),
    ("assembly", 6_000, 60),
    ("level1", 700, 7),
    ("level2", 700, 7),
    ("small", 700, 7),
    ("special", 700, 7),
)

GUARANTEES: tuple[GuaranteeDefault, ...] = (
    *(GuaranteeDefault("car", *row) for row in _CAR),
    *(GuaranteeDefault("motorcycle", *row) for row in _MOTORCYCLE),
    *(GuaranteeDefault("other", *row) for row in _OTHER),
    *(
        GuaranteeDefault("machine", work, None, None, hours=1_000, months=12, source=HOUSE_PROMISE)
        for work in ("small", "assembly", "whole", "special")
    ),
)
