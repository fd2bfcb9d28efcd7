"""themes, sentiment, duplicates."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from careloop.measures.charts import Bar, Chart
from careloop.measures.command import (
    SHARE_HEADERS,
    Block,
    Command,
    Option,
    Options,
    Report,
    Role,
    share_data,
    share_row,
)
from careloop.measures.duplicates import near_duplicates
from careloop.measures.errors import MeasureError, Message
from careloop.measures.intervals import wilson
from careloop.measures.sentiment import LabelAccuracy, label_accuracy, learn, opinion
from careloop.measures.tables import Table
from careloop.measures.themes import segment_terms, themes

EXCERPT = 40
SIGNS = {
    "1": "positive", "pos": "positive", "positive": "positive", "正面": "positive", "好评": "positive",
    "-1": "negative", "neg": "negative", "negative": "negative", "负面": "negative", "差评": "negative",
    "neutral": "neutral", "中性": "neutral",
}  # fmt: skip


def _texts(table: Table) -> tuple[list[str], Table]:
    cells = table.texts("text")
    kept = [bool(cell.strip()) for cell in cells]
    part = table.select(kept, "blank text")
    if not len(part):
        raise MeasureError("there are no texts")
    return part.texts("text"), part


def run_themes(table: Table | None, options: Options) -> Report:
    assert table is not None
    texts, part = _texts(table)
    role = "segment" if part.has("segment") else "label" if part.has("label") else None
    if role is None:
        return _without_segments(texts, options)
    segments = [s.strip() or "–" for s in part.texts(role)]
    found = segment_terms(texts, segments, top=options.top)
    data = {
        "n": len(texts),
        "segments": {
            s.segment: {
                "n": s.n,
                "terms": [
                    {
                        "term": t.term,
                        "z": t.z,
                        "log_odds": t.log_odds,
                        "texts": t.texts,
                        "elsewhere": t.elsewhere,
                    }
                    for t in s.terms
                ],
            }
            for s in found
        },
    }
    rows = [(s.segment, s.n, t.term, t.z, t.texts, t.elsewhere) for s in found for t in s.terms]
    bars = [Bar(f"{s.segment}: {s.terms[0].term}", s.terms[0].z) for s in found if s.terms]
    chart = Chart("Key terms (z)", bars=bars) if bars else None
    notes = [] if rows else [Message("no term is more usual in one segment than in the others")]
    headers = ("segment", "n", "term", "z", "texts", "elsewhere")
    return Report(data, [Block("", headers, rows, 1)], notes, chart)


def _without_segments(texts: list[str], options: Options) -> Report:
    found = themes(texts, count=min(options.themes, max(2, len(texts) // 2)), top=options.top)
    data = {
        "n": len(texts),
        "themes": [{"n": t.n, "terms": list(t.terms), "texts": list(t.texts)} for t in found],
    }
    rows = [(i + 1, t.n, " ".join(t.terms)) for i, t in enumerate(found)]
    bars = [Bar(" ".join(t.terms[:3]), t.n) for t in found]
    return Report(data, [Block("", ("theme", "n", "terms"), rows)], chart=Chart("Themes", bars=bars, x_title="n"))


def run_sentiment(table: Table | None, options: Options) -> Report:
    assert table is not None
    texts, part = _texts(table)
    opinions = [opinion(text) for text in texts]
    labels = [o.label for o in opinions]
    counts = {name: labels.count(name) for name in ("positive", "neutral", "negative")}
    n = len(texts)
    shares = {name: wilson(count, n, level=options.level) for name, count in counts.items()}
    data: dict[str, Any] = {
        "n": n,
        "method": "words",
        **{name: share_data(share) for name, share in shares.items()},
        "accuracy": None,
        "learned": None,
    }
    blocks = [Block("", SHARE_HEADERS, [share_row(name, share) for name, share in shares.items()], 1)]
    if part.has("label"):
        given = _given(part)
        words = label_accuracy(given, labels, level=options.level)
        data["accuracy"] = _accuracy(words)
        accuracies = {"words": words}
        try:
            learned = learn(texts, given)
            data["learned"] = {**_accuracy(learned.accuracy), "predicted": list(learned.predicted)}
            accuracies["learned (5 folds)"] = learned.accuracy
        except MeasureError as error:
            data["learned"] = {"accuracy": None, "reason": error.message}
        rows = [(*share_row(name, a.accuracy), 100.0 * a.balanced) for name, a in accuracies.items()]
        blocks.append(Block("Accuracy against the labels", (*SHARE_HEADERS, "balanced %"), rows, 1))
    data["texts"] = [{"score": o.score, "label": o.label, "praise": o.praise, "blame": o.blame} for o in opinions]
    shown = [(t[:EXCERPT], o.label, o.score, " ".join(o.praise[:3]), " ".join(o.blame[:3]))
             for t, o in zip(texts, opinions, strict=True)]  # fmt: skip
    blocks.append(Block("Texts", ("text", "label", "score", "praise", "blame"), shown))
    bars = [Bar(name, s.percent, s.low_percent, s.high_percent) for name, s in shares.items()]
    return Report(data, blocks, chart=Chart("Sentiment", bars=bars, x_title="%"))


def _given(table: Table) -> list[str]:
    """Labels as positive, neutral, negative where they can be read so (0 is negative beside 1 only)."""
    cells = [cell.strip().lower() for cell in table.texts("label")]
    zero = "neutral" if "-1" in cells or "neg" in cells else "negative"
    signs: Mapping[str, str] = {**SIGNS, "0": zero}
    return [signs.get(cell, cell or "–") for cell in cells]


def _accuracy(value: LabelAccuracy) -> dict[str, Any]:
    return {
        "accuracy": share_data(value.accuracy),
        "balanced": 100.0 * value.balanced,
        "confusion": value.confusion,
    }


def run_duplicates(table: Table | None, options: Options) -> Report:
    assert table is not None
    texts, part = _texts(table)
    result = near_duplicates(texts, threshold=options.threshold)
    lines = [line for _, line in part.origin]
    data = {
        "n": result.n,
        "threshold": options.threshold,
        "pairs": [
            {"first": lines[p.first], "second": lines[p.second], "similarity": p.similarity} for p in result.pairs
        ],
        "groups": [[lines[i] for i in group] for group in result.groups],
        "without_words": result.without_text,
    }
    rows = [(lines[p.first], lines[p.second], p.similarity, texts[p.first][:EXCERPT]) for p in result.pairs]
    blocks = [
        Block("", ("texts", "pairs", "groups"), [(result.n, len(result.pairs), len(result.groups))]),
        Block("", ("line", "line", "similarity", "text"), rows, 3),
    ]
    return Report(data, blocks)


TEXT = (
    Role("text", "what the customer wrote"),
    Role("label", "label of the text, for accuracy and learning", required=False),
    Role("segment", "segment of the text", required=False),
)
SAMPLE = (
    "text,label,segment\n师傅很专业，修得很快，非常满意,1,维修\n等了三天没人来，态度很差,0,派工\n"
    "The technician was late and rude,0,派工\n空调噪音大，修了两次还是不好,0,维修"
)

COMMANDS = (
    Command(
        "themes",
        "key terms per segment, or themes without segments",
        TEXT,
        SAMPLE,
        run_themes,
        (
            Option("--top", "terms per segment or theme", "int", 10),
            Option("--themes", "themes, when the file has no segment and no label", "int", 8),
        ),
        keys="n segments: {n terms: [{term z log_odds texts elsewhere}]}; or themes: [{n terms texts}]",
        source="Monroe, Colaresi & Quinn (2008); Lee & Seung (1999)",
    ),
    Command(
        "sentiment",
        "praise and blame in texts, accuracy when labels are given",
        TEXT,
        SAMPLE,
        run_sentiment,
        keys="n positive neutral negative accuracy learned texts: [{score label praise blame}]",
        source="own word list; naive Bayes (Manning et al. 2008)",
    ),
    Command(
        "duplicates",
        "the same complaint sent twice",
        TEXT,
        "text\n空调不制冷，请尽快派人\n空调不制冷。请尽快派人！\n发票没有收到\n发动机异响",
        run_duplicates,
        (Option("--threshold", "smallest similarity 0–1", "float", 0.8),),
        keys="n pairs: [{first second similarity}] groups (line numbers) threshold",
        source="Bayardo, Ma & Srikant (2007)",
    ),
)
