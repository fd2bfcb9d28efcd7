"""Severity, clocks and authority of complaints. Pure calculation; nothing here knows the customer's grade (R129)."""

import datetime as dt
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from zoneinfo import ZoneInfo

from careloop.complaints.states import APPROVE, APPROVE_ANY, GRANT, Category, RemedyKind, Severity, Source
from careloop.measures.working_time import WorkingTime


# What the customer says → why it is urgent. A word right after one of NEGATIONS does not count.
# Latin words are whole words; with `*` they are beginnings.
def _words(*parts: str) -> tuple[str, ...]:
    return tuple("|".join(parts).split("|"))


URGENT_WORDS: dict[str, tuple[str, ...]] = {
    "injury": _words(
        "受伤|伤人|伤了|流血|骨折|住院|砸伤|烫伤|触电|夹到手|死亡",
        "injur*|hurt|bleeding|hospital|electric shock",
    ),
    "fire": _words("着火|起火|失火|火灾|冒烟|自燃|爆炸|燃烧", "on fire|caught fire|smoke|smoking|explo*"),
    "stop": _words(
        "停产|停线|停机损失|全线停|产线停|停工|生产停",
        "production stop*|line is down|production is down|line stopped|plant is down",
    ),
    "safety": _words(
        "刹车失灵|刹不住|制动失灵|转向失灵|方向失灵|掉轮|轮子掉|安全气囊",
        "brake failure|brakes failed|steering fail*|wheel came off",
    ),
    "authority": _words("12315|12345|市场监管|工商局|消协|消费者协会|交通局|监管局", "regulator|consumer association"),
    "legal": _words("律师|起诉|法院|诉讼|仲裁", "lawyer|lawsuit|court|sue"),
    "media": _words("媒体|记者|曝光|抖音|微博|电视台|小红书|发到网上", "newspaper|journalist|media|tv station"),
}
MAJOR_WORDS = _words(
    "赔偿|退货|退款|退车|换车|又坏|还是坏|还是老毛病|没修好|没有修好|修了三次|第二次|第三次|多次|反复",
    "骗|欺诈|乱收费|多收|划伤|碰伤车|丢了",
    "refund|again and again|third time|second time|cheat*|overcharged|compensation|still broken|not fixed",
)
NEGATIONS = _words("没有人|没人|没有|没|未|无人|无|不曾", "not |no |nobody was |nobody |without ")
MAJOR_KINDS = (Category.UNFAIR, Category.DAMAGE, Category.NOT_FIXED)
SAFETY_REASONS = frozenset({"injury", "fire", "safety"})

RANK = {Severity.ORDINARY: 0, Severity.MAJOR: 1, Severity.URGENT: 2}


def _places(words: str, needle: str) -> Iterator[int]:
    """Where `needle` begins in `words`."""
    pattern = re.escape(needle.rstrip("*"))
    if needle.isascii() and not needle.isdigit():
        pattern = rf"\b{pattern}" + ("" if needle.endswith("*") else r"\b")
    return (found.start() for found in re.finditer(pattern, words))


def _said(words: str, needle: str) -> bool:
    """`needle` stands in `words`, at least once not after a negation: “没有着火” is no fire."""
    return any(not any(words[:start].endswith(negation) for negation in NEGATIONS) for start in _places(words, needle))


def first_severity(
    words: str, *, category: str = Category.OTHER, source: str = Source.PHONE, is_stopped: bool = False
) -> tuple[Severity, list[str]]:
    """Severity from words and kind, with the reasons as codes (`injury`, `fire`, `stop`, …, `major_words`, `kind`).

    Injury, fire, safety, stop of production, authority, lawyer or media → urgent.
    """
    plain = re.sub(r"\s+", " ", words.lower())
    reasons = [reason for reason, needles in URGENT_WORDS.items() if any(_said(plain, needle) for needle in needles)]
    if source == Source.AUTHORITY and "authority" not in reasons:
        reasons.append("authority")
    if category == Category.SAFETY and "safety" not in reasons:
        reasons.append("safety")
    if is_stopped and "stop" not in reasons:
        reasons.append("stop")
    if reasons:
        return Severity.URGENT, reasons
    if category in MAJOR_KINDS:
        return Severity.MAJOR, ["kind"]
    if any(True for word in MAJOR_WORDS for _place in _places(plain, word)):
        return Severity.MAJOR, ["major_words"]
    return Severity.ORDINARY, []


def is_lower(proposed: str, present: str) -> bool:
    return RANK[Severity(proposed)] < RANK[Severity(present)]


@dataclass(frozen=True, slots=True)
class Limits:
    """Clock hours until the receipt is confirmed; then working days, or clock hours where days are 0."""

    ack_hours: int
    answer_days: int
    answer_hours: int
    solution_days: int
    solution_hours: int


LIMITS = {
    Severity.URGENT: Limits(2, 0, 24, 0, 24),
    Severity.MAJOR: Limits(12, 2, 0, 5, 0),
    Severity.ORDINARY: Limits(24, 0, 24, 3, 0),
}


def working_days_after(start: dt.datetime, days: int, calendar: WorkingTime, zone: str) -> dt.datetime:
    """The moment of the `days`-th working day after `start` at the same time of the clock; aware."""
    local = start.astimezone(ZoneInfo(zone))
    day = local.date()
    while days > 0:
        day += dt.timedelta(days=1)
        days -= calendar.is_working_day(day)
    return local.replace(year=day.year, month=day.month, day=day.day)


@dataclass(frozen=True, slots=True)
class Clocks:
    ack_due_at: dt.datetime
    answer_due_at: dt.datetime
    solution_due_at: dt.datetime


def clocks(severity: str, start: dt.datetime, calendar: WorkingTime, zone: str) -> Clocks:
    """Receipt by the clock (a fire does not wait for Monday); answer and solution in working days of the station."""
    limits = LIMITS[Severity(severity)]

    def due(days: int, hours: int) -> dt.datetime:
        return working_days_after(start, days, calendar, zone) if days else start + dt.timedelta(hours=hours)

    return Clocks(
        start + dt.timedelta(hours=limits.ack_hours),
        due(limits.answer_days, limits.answer_hours),
        due(limits.solution_days, limits.solution_hours),
    )


@dataclass(frozen=True, slots=True)
class Authority:
    """A right and what its holder may grant alone; `limit` None: any sum."""

    right: str
    kind: str
    limit: Decimal | None
    is_never: bool = False


DEFAULT_AUTHORITIES = (
    Authority(GRANT, "", Decimal(200)),
    Authority(GRANT, RemedyKind.CHECK, None),
    Authority(GRANT, RemedyKind.REWORK, None),
    Authority(GRANT, RemedyKind.EXCHANGE, Decimal(0), is_never=True),
    Authority(APPROVE, "", Decimal(5000)),
    Authority(APPROVE, RemedyKind.CHECK, None),
    Authority(APPROVE, RemedyKind.REWORK, None),
    Authority(APPROVE, RemedyKind.EXCHANGE, Decimal(0), is_never=True),
    Authority(APPROVE_ANY, "", None),
)


def may_grant(kind: str, cost: Decimal, rights: Iterable[str], table: Sequence[Authority]) -> bool:
    """Whether one of `rights` covers this remedy: the row of its kind decides, else the row without a kind (R16)."""
    held = set(rights)
    for right in {row.right for row in table if row.right in held}:
        own = [row for row in table if row.right == right]
        row = next((r for r in own if r.kind == kind), next((r for r in own if not r.kind), None))
        if row is not None and not row.is_never and (row.limit is None or cost <= row.limit):
            return True
    return False


FREE_KINDS = (RemedyKind.NONE, RemedyKind.APOLOGY)


def recovery(first: int | None, second: int | None, *, satisfied_from: int = 3) -> bool | None:
    """Risen from dissatisfied to satisfied after the remedy; None when one of the ratings is missing (R132)."""
    if first is None or second is None:
        return None
    return first < satisfied_from <= second
