"""Arithmetic of follow-up: quiet hours, contact budget, attempts, publishing checks, F6 states. No database."""

import datetime as dt
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal, Protocol, TypeVar
from zoneinfo import ZoneInfo

from careloop.measures.expectation import (
    FIVE_STEPS,
    TEN_STEPS,
    ExpectationRule,
    ExpectationState,
    expectation_state,
    met_kind,
    state_of_answer,
)

Daypart = Literal["morning", "afternoon", "evening"]
DAYPARTS: tuple[Daypart, ...] = ("morning", "afternoon", "evening")
MAX_STEP_ITEMS = 3


@dataclass(frozen=True, slots=True)
class Policy:
    """The firm's rules of contact; defaults as proposed in domain file 5.5."""

    quiet_from: dt.time = dt.time(20, 0)
    quiet_to: dt.time = dt.time(9, 0)
    budget_days: int = 30
    budget_per_year: int = 4
    lock_hours: int = 24
    link_days: int = 14
    max_attempts: int = 3


def in_quiet_hours(at: dt.datetime, zone: str, quiet_from: dt.time, quiet_to: dt.time) -> bool:
    """True in [quiet_from, quiet_to), over midnight when needed, on the clock of `zone`."""
    now = at.astimezone(ZoneInfo(zone)).time().replace(tzinfo=None)
    if quiet_from <= quiet_to:
        return quiet_from <= now < quiet_to
    return now >= quiet_from or now < quiet_to


def daypart(at: dt.datetime, zone: str) -> Daypart:
    """Before noon, until 17:00, after."""
    hour = at.astimezone(ZoneInfo(zone)).hour
    return "morning" if hour < 12 else "afternoon" if hour < 17 else "evening"


@dataclass(frozen=True, slots=True)
class BudgetUse:
    """Surveys and calls that reached the same person: the last one, and how many within a year."""

    last_at: dt.datetime | None
    in_year: int


def budget_use(asked: Iterable[dt.datetime], at: dt.datetime) -> BudgetUse:
    """`asked` are the moments the person was really asked; attempts without answer are none of them (R103)."""
    past = [moment for moment in asked if moment <= at]
    year = at - dt.timedelta(days=365)
    return BudgetUse(max(past, default=None), sum(moment > year for moment in past))


def budget_allows(use: BudgetUse, at: dt.datetime, policy: Policy) -> bool:
    if use.last_at is not None and at - use.last_at < dt.timedelta(days=policy.budget_days):
        return False
    return use.in_year < policy.budget_per_year


def attempt_allowed(
    earlier: Sequence[tuple[dt.date, str]], day: dt.date, part: str
) -> Literal["ok", "same_day", "same_part"]:
    """Three attempts on three different days and times of day; `earlier` holds day and daypart of those that failed."""
    if any(date == day for date, _part in earlier):
        return "same_day"
    return "same_part" if any(old == part for _date, old in earlier) else "ok"


def expectation_of(
    *, comparison: str = "", expectation: int | None = None, perception: int | None = None, steps: int = 5
) -> ExpectationState | None:
    """F6 from the five-step question or from a pair on a scale of 5 or 10; None when neither was answered."""
    if comparison:
        return state_of_answer(comparison)
    if expectation is None or perception is None:
        return None
    rule: ExpectationRule = TEN_STEPS if steps == 10 else FIVE_STEPS
    return expectation_state(perception, expectation, rule)


def kind_of_met(overall: int, lowest: int, highest: int) -> str:
    """`fairly_satisfied` from 7 of 10 on (mapped to the scale used), else `ordinary`."""
    return met_kind(overall, lowest=lowest, highest=highest).value


LEAST_ANSWERS = 5


def verdict_of(
    n: int, mean: float | None, low: float | None, target: float
) -> Literal["effective", "not_effective", "too_few"]:
    """Whether answers show that a measure works: the lower bound of the mean reaches the target.

    A mean below the target is not effective; one above it with a lower bound below needs more answers.
    """
    if n < LEAST_ANSWERS or mean is None or low is None:
        return "too_few"
    if low >= target:
        return "effective"
    return "not_effective" if mean < target else "too_few"


# --- questionnaire ---------------------------------------------------------------------------------------

OFFER_WORDS = "|".join(
    (
        "优惠|促销|特价|折扣|打折|满减|代金券|抽奖|赠送|赠品|礼品|限时|推荐您购买|办卡|充值|续保|新车|以旧换新",
        "活动价|免费升级|团购|套餐",
        "discount|coupon|special offer|promotion|voucher|free gift|buy one|limited time|trade-in|sale price",
    )
).split("|")


def offers_in(text: str) -> list[str]:
    """Advertising words in a script: a follow-up call holds no offer (R103)."""
    plain = re.sub(r"\s+", " ", text.lower())
    return [word for word in OFFER_WORDS if word in plain]


def normalised(weights: Sequence[Decimal]) -> list[Decimal]:
    """Weights divided by their sum, to six places, the rest on the largest, so that they sum to exactly 1."""
    total = sum(weights, Decimal(0))
    if total <= 0 or any(weight <= 0 for weight in weights):
        raise ValueError("weights must be above 0")
    scaled = [(weight / total).quantize(Decimal("0.000001")) for weight in weights]
    largest = max(range(len(scaled)), key=lambda index: scaled[index])
    scaled[largest] += Decimal(1) - sum(scaled, Decimal(0))
    return scaled


def score_of(raw: int | None, scale_map: Mapping[str, float]) -> Decimal | None:
    """Mapped score 0–100 of an answer level; None stays None (not applicable)."""
    if raw is None:
        return None
    return Decimal(str(scale_map[str(raw)]))


def scale_problem(scale_map: Mapping[str, object]) -> str | None:
    """`empty`, `level`, `score`, `order`: what is wrong with a scale map, None when nothing."""
    if len(scale_map) < 2:
        return "empty"
    pairs: list[tuple[int, float]] = []
    for level, score in scale_map.items():
        if not str(level).isdecimal():
            return "level"
        if isinstance(score, bool) or not isinstance(score, int | float) or not 0 <= score <= 100:
            return "score"
        pairs.append((int(level), float(score)))
    ordered = sorted(pairs)
    rising = all(a[1] < b[1] for a, b in zip(ordered, ordered[1:], strict=False))
    return None if rising else "order"


def rotating(keys: Sequence[str], *, count: int, turn: int) -> list[str]:
    """`count` keys, another selection each turn, so that every step question is asked in its time."""
    if len(keys) <= count:
        return list(keys)
    return [keys[(turn * count + i) % len(keys)] for i in range(count)]


class Question(Protocol):
    key: str
    role: str
    weight: Decimal | None
    step: str
    text_zh: str
    text_en: str

    @property
    def is_scored(self) -> bool: ...

    @property
    def is_rating(self) -> bool: ...


AnyQuestion = TypeVar("AnyQuestion", bound=Question)


class Version(Protocol):
    """What the publishing checks read of a questionnaire version."""

    version: int
    scale_map: Mapping[str, Any]
    dissatisfied_from: int
    expectation_mode: str
    step_items: int
    note: str
    intro_zh: str
    intro_en: str
    closing_zh: str
    closing_en: str
    privacy_zh: str
    privacy_en: str

    @property
    def active_items(self) -> Sequence[Any]: ...

    @property
    def levels(self) -> Sequence[int]: ...

    @property
    def is_transaction(self) -> bool: ...


def publishing_problems(version: Version) -> list[str]:
    """Codes of what keeps a draft from being published; empty when nothing does. `offer:words` names the words."""
    found = [*_scale_problems(version), *_weight_problems(version.active_items)]
    if version.is_transaction:
        found += _transaction_problems(version)
    if version.version > 1 and not version.note.strip():
        found.append("note")
    return [*found, *_script_problems(version)]


def _scale_problems(version: Version) -> list[str]:
    if scale_problem(version.scale_map):
        return ["scale"]
    return [] if version.levels[0] <= version.dissatisfied_from < version.levels[-1] else ["dissatisfied"]


def _weight_problems(items: Sequence[Question]) -> list[str]:
    """The index and each side of the value ratio have weights of their own, which sum to 1."""
    groups = weight_groups(items)
    if not any(item.is_scored for item in items):
        return ["no_weight"]
    if any(item.weight is None or item.weight <= 0 for group in groups for item in group):
        return ["weight"]
    sums = [sum((item.weight or Decimal(0) for item in group), Decimal(0)) for group in groups]
    found = ["sum"] if any(abs(total - 1) > Decimal("0.000001") for total in sums) else []
    sides = {item.role for item in items if item.is_rating}
    return [*found, "one_side"] if len(sides) == 1 else found


def weight_groups(items: Sequence[AnyQuestion]) -> list[list[AnyQuestion]]:
    """Questions whose weights belong together: those of the index, of value, of cost; empty groups are left out."""
    keys = [("scored" if item.is_scored else item.role, item) for item in items if item.is_scored or item.is_rating]
    found = [[item for key, item in keys if key == wanted] for wanted in ("scored", "value", "cost")]
    return [group for group in found if group]


def _transaction_problems(version: Version) -> list[str]:
    found = []
    if any(item.role == "step" and not item.step for item in version.active_items):
        found.append("step")
    roles = {item.role for item in version.active_items}
    if not {"overall", "fixed_first", "on_time"} <= roles or version.expectation_mode == "none":
        found.append("roles")
    if version.step_items > MAX_STEP_ITEMS:
        found.append("too_long")
    return found


def _script_problems(version: Version) -> list[str]:
    texts = [
        version.intro_zh,
        version.intro_en,
        version.closing_zh,
        version.closing_en,
        version.privacy_zh,
        version.privacy_en,
    ]
    texts += [text for item in version.active_items for text in (item.text_zh, item.text_en)]
    words = sorted({word for text in texts for word in offers_in(text)})
    return [f"offer:{', '.join(words)}"] if words else []


# --- kinds of service ------------------------------------------------------------------------------------

SAFETY_WORK = ("制动", "刹车", "转向", "安全气囊", "急停", "防护", "brake", "steering", "airbag", "emergency stop")
TYPE_OF_CLASS = {"level1": "maintenance", "level2": "maintenance", "assembly": "major", "whole": "major"}
TYPE_OF_CASE = {
    "installation": "installation", "commissioning": "installation", "maintenance": "maintenance",
    "training": "training",
}  # fmt: skip


def service_type_of(work_class: str, names: Sequence[str]) -> str:
    """Kind of follow-up of a work order: large repairs by class, else safety-relevant when an item says so."""
    kind = TYPE_OF_CLASS.get(work_class, "repair")
    if kind != "major" and any(word in name.lower() for name in names for word in SAFETY_WORK):
        return "safety"
    return kind


def service_type_of_case(kind: str) -> str:
    return TYPE_OF_CASE.get(kind, "remote")


# --- answers ---------------------------------------------------------------------------------------------


def is_dissatisfied(levels: Sequence[int | None], dissatisfied_from: int) -> bool:
    """One rated question at or below the questionnaire's level is enough (form 2.1)."""
    return any(level is not None and level <= dissatisfied_from for level in levels)


def outcome_of(
    *, is_dissatisfied: bool, has_complaint: bool, words: str, fixed_first: str, on_time: str, state: str
) -> Literal["satisfied", "remarks", "complaint"]:
    """How a conversation ended: a complaint, something to note, or content."""
    if is_dissatisfied or has_complaint:
        return "complaint"
    if words.strip() or fixed_first in ("no", "unsure") or on_time == "no" or state == "below":
        return "remarks"
    return "satisfied"


def complaint_category(*, fixed_first: str, on_time: str, step: str) -> str:
    """First sorting of a complaint that comes out of an answer; the officer may change it."""
    if fixed_first == "no":
        return "not_fixed"
    if on_time == "no":
        return "promise"
    return {"parts": "parts", "settlement": "price"}.get(step, "other")
