"""Deterministic texts of the benchmark: half the cases in Chinese, half in English, rare words where the queries look.

`flywheel` stands in one case of a thousand, `漏油` in one of fifty; the rest is ordinary talk of the trade.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass

CASES_PER_CUSTOMER = 20
RARE_WORD, RARE_EVERY = "flywheel", 1000
HAN_WORD, HAN_EVERY = "漏油", 50

NOUNS_ZH = [
    "电源",
    "水泵",
    "感应器",
    "轴承",
    "滤芯",
    "阀门",
    "电机",
    "皮带",
    "触摸屏",
    "变压器",
    "控制板",
    "传感器",
    "齿轮箱",
    "散热器",
    "主轴",
    "夹具",
    "减振器",
    "制动盘",
]
FAULTS_ZH = [
    "报警",
    "停机",
    "不稳",
    "过热",
    "异响",
    "松动",
    "堵塞",
    "超差",
    "无显示",
    "磨损",
    "跳闸",
    "缺水",
    "打火",
    "抖动",
    "卡滞",
]
PLACES_ZH = ["一车间", "二车间", "淬火线", "锻造线", "装配线", "机加工段", "停车场", "冷库"]
WORDS_ZH = [
    "早班",
    "开机",
    "之后",
    "现场",
    "师傅",
    "已经",
    "检查",
    "水压",
    "正常",
    "温度",
    "偏高",
    "等待",
    "配件",
    "今天",
    "需要",
    "尽快",
    "处理",
    "客户",
    "要求",
    "说明",
    "原因",
    "费用",
]
NOUNS_EN = [
    "supply",
    "pump",
    "inductor",
    "bearing",
    "filter",
    "valve",
    "motor",
    "belt",
    "panel",
    "transformer",
    "board",
    "sensor",
    "gearbox",
    "cooler",
    "spindle",
]
FAULTS_EN = [
    "alarm",
    "stop",
    "unstable",
    "overheating",
    "noise",
    "loose",
    "blocked",
    "offset",
    "dark",
    "worn",
    "tripped",
    "dry",
    "sparking",
    "shaking",
    "stuck",
]
WORDS_EN = [
    "after",
    "start",
    "on",
    "the",
    "early",
    "shift",
    "the",
    "crew",
    "checked",
    "water",
    "and",
    "temperature",
    "which",
    "read",
    "normal",
    "while",
    "the",
    "line",
    "waits",
    "for",
    "parts",
    "and",
    "the",
    "customer",
    "asks",
    "when",
    "somebody",
    "comes",
    "and",
    "what",
    "it",
    "costs",
]


@dataclass(frozen=True, slots=True)
class Text:
    title: str
    body: str
    notes: tuple[str, str]


def texts(count: int, *, seed: int = 20_261_119) -> Iterator[Text]:
    """`count` cases, each with two messages; the same ones in every run."""
    rng = random.Random(seed)
    for number in range(count):
        yield chinese(rng, number) if number % 2 else english(rng, number)


def chinese(rng: random.Random, number: int) -> Text:
    noun, fault = rng.choice(NOUNS_ZH), rng.choice(FAULTS_ZH)
    extra = [HAN_WORD] if (number // 2) % (HAN_EVERY // 2) == 0 else []
    words = rng.sample(WORDS_ZH, 12) + extra
    body = f"{rng.choice(PLACES_ZH)}{noun}{fault}，{''.join(words[:7])}，{''.join(words[7:])}。"
    return Text(
        f"{noun}{fault}", body, (f"已联系客户，{rng.choice(NOUNS_ZH)}待查。", f"{''.join(rng.sample(WORDS_ZH, 6))}。")
    )


def english(rng: random.Random, number: int) -> Text:
    noun, fault = rng.choice(NOUNS_EN), rng.choice(FAULTS_EN)
    extra = [RARE_WORD] if number % RARE_EVERY == 0 else []
    words = rng.sample(WORDS_EN, 20) + extra
    body = f"The {noun} is {fault}: {' '.join(words)}."
    return Text(
        f"{noun} {fault}", body, (f"Called back about the {rng.choice(NOUNS_EN)}.", " ".join(rng.sample(WORDS_EN, 10)))
    )
