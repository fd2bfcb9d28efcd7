"""The manual pages docs/measures.en.md and docs/measures.zh.md, made from the commands themselves.

`python -m careloop.measures.manual` writes both; a test compares them with the files.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from careloop.measures.cli import COMMON
from careloop.measures.command import Command, Option
from careloop.measures.commands import NAMES, find
from careloop.measures.manual_texts import METHODS
from careloop.measures.messages import Catalogue

DOCS = Path(__file__).resolve().parents[2] / "docs"
LABELS = {
    "en": ("column", "holds", "option", "meaning", "default", "Method", "Keys", "Source", "Example", "Model"),
    "zh": ("列", "内容", "选项", "含义", "默认", "方法", "JSON 键", "来源", "示例", "模型文件"),
}


def page(language: str) -> str:
    """Markdown of one language: introduction, common options, then one section per measure."""
    catalogue = Catalogue(language)
    word = catalogue.word
    lines = [INTRODUCTION[language].strip(), "", "| NAME | |", "|---|---|"]
    lines += [f"| [`{name}`](#{name}) | {word(find(name).summary)} |" for name in NAMES]
    lines += ["", *_common(language, word)]
    for name in NAMES:
        lines += ["", *_section(find(name), language, word)]
    return "\n".join(lines) + "\n"


def _common(language: str, word: Callable[[str], str]) -> list[str]:
    label = LABELS[language]
    lines = [f"| {label[2]} | {label[3]} |", "|---|---|"]
    return lines + [f"| `{flag}` | {word(meaning)} |" for flag, meaning in COMMON]


def _section(command: Command, language: str, word: Callable[[str], str]) -> list[str]:
    label = LABELS[language]
    lines = [f"## {command.name}", "", word(command.summary), "", f"| {label[0]} | {label[1]} |", "|---|---|"]
    for role in command.roles:
        optional = "" if role.required else f" ({word('optional')})"
        lines.append(f"| `{role.name}` | {_cell(word(role.meaning))}{optional} |")
    if command.options:
        lines += ["", f"| {label[2]} | {label[3]} | {label[4]} |", "|---|---|---|"]
        lines += [_option(option, word) for option in command.options]
    method = METHODS[command.name][0 if language == "en" else 1]
    lines += ["", f"**{label[5]}:** {method}", "", f"**{label[6]}:** `{command.keys}`"]
    lines += ["", f"**{label[7]}:** {command.source}", "", f"**{label[8]}:** `sample.csv`", ""]
    lines += ["```csv", command.sample.strip(), "```"]
    if command.model_sample:
        lines += ["", f"**{label[9]}:** `model.toml`", "", "```toml", command.model_sample.strip(), "```"]
    run = f"careloop measure {command.name} sample.csv {command.sample_options}".strip()
    return [*lines, "", "```sh", run, "```"]


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def _option(option: Option, word: Callable[[str], str]) -> str:
    choices = "\\|".join(option.choices) or option.kind.upper()
    value = "" if option.kind == "flag" else f" {choices}"
    default = "" if option.default is None else f"`{option.default}`"
    return f"| `{option.flag}{value}` | {_cell(word(option.meaning))} | {default} |"


INTRODUCTION = {
    "en": """
# careloop measure

The formulas of CareLoop on a file, without Django and without a database:
`careloop measure NAME FILE… [--option value] [--json] [--chart out.svg|png]`. This page is made from the
commands by `python -m careloop.measures.manual`.

Input is CSV (UTF-8 or GB18030, comma, semicolon or tab) or Parquet (extra `analytics`); several files with the
same columns are read as one. Blank cells and NA, N/A, ?, 无, 不适用 are missing: such rows are left out and counted
with the reason in the block `input`. Text in a number, a wrong date, a number beyond ±10¹⁵ or a broken row is an
error of one line with file, line and column (exit code 2). A figure that is not defined is `null` with a `reason`;
there is no NaN and no infinity. `--by NAME` adds one result per value under `groups`. Shares in `--json` are in
percent with `k`, `n`, `low`, `high`. The same data give the same result in every run: nothing starts at random.

## Text: how good it is

Measured on public reviews (not shipped) with
`careloop measure sentiment reviews.csv --column text=review` and
`careloop measure sentiment reviews.csv --column text=content --column label=sentiment_value`:

| data | words alone | learnt from the labels (five folds) |
|---|---|---|
| 4 973 product reviews, two labels | 80.7 % (79.6–81.8); 91.1 % of the 89 % with a decision | 92.0 % (91.2–92.7) |
| 5 968 car reviews, three labels, 67 % neutral | 48.9 %, balanced 53.6 % | 65.5 %, balanced 48.7 % |

Read the second row as a warning: one text there has several subjects with different labels, and most labels are
neutral. Always answering "neutral" would give 67.1 %. Use the words for praise and blame, not for neutrality.
Segmentation is rjieba's (dictionary with hidden Markov model); no word was added.

## Speed

`make bench-measures` (one core, processor time; reference libraries in their own environment):

@TABLE@
""",
    "zh": """
# careloop measure 指标命令

不用 Django、不用数据库，直接对文件计算 CareLoop 的全部公式：
`careloop measure 名称 文件… [--选项 值] [--json] [--chart out.svg|png]`。本页由
`python -m careloop.measures.manual` 从命令本身生成。

输入为 CSV（UTF-8 或 GB18030，逗号、分号或制表符）或 Parquet（需 `analytics` 附加包）；列相同的多个文件合并读取。
空格子以及 NA、N/A、?、无、不适用 视为缺失：相应的行不计入，并在 `input` 中给出原因和行数。数字列中的文字、错误的日期、
超出 ±10¹⁵ 的数、残缺的行，都给出一行错误信息，注明文件、行和列（退出码 2）。没有定义的数值为 `null` 并附 `reason`；
不会出现 NaN 或无穷大。`--by 列名` 在 `groups` 下给出每个取值的结果。`--json` 中的比例均为百分数，附 `k`、`n`、
`low`、`high`。同样的数据每次结果相同：没有随机起点。

## 文本：准确程度

在公开评论（不随产品分发）上测得，命令为
`careloop measure sentiment reviews.csv --column text=review` 和
`careloop measure sentiment reviews.csv --column text=content --column label=sentiment_value`：

| 数据 | 仅用词表 | 由标签学习（五折） |
|---|---|---|
| 4 973 条商品评论，两类标签 | 80.7 %（79.6–81.8）；其中 89 % 能判断，准确率 91.1 % | 92.0 %（91.2–92.7） |
| 5 968 条汽车评论，三类标签，67 % 为中性 | 48.9 %，均衡 53.6 % | 65.5 %，均衡 48.7 % |

第二行请当作提醒：同一条文本含多个主题、标签各异，且多数为中性；一律答“中性”也有 67.1 %。词表适合分褒贬，不适合判中性。
分词用 rjieba（词典加隐马尔可夫模型），未添加词条。

## 速度

`make bench-measures`（单核，按处理器时间；参照库装在单独环境中）：

@TABLE@
""",
}


def main() -> None:
    """Write both pages; the table of speeds is kept from the page there is."""
    for language in ("en", "zh"):
        path = DOCS / f"measures.{language}.md"
        path.write_text(page(language).replace("@TABLE@", speeds()), encoding="utf-8")


def speeds() -> str:
    """The table of the last benchmark, docs/measures.speed.md."""
    return (DOCS / "measures.speed.md").read_text(encoding="utf-8").strip()


if __name__ == "__main__":
    main()
