"""Sentiment of verbatims: by words without any labels, or learnt from the user's own labels."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from zlib import crc32

import numpy as np
import numpy.typing as npt

from careloop.measures.errors import MeasureError
from careloop.measures.intervals import Share, wilson
from careloop.measures.lexicon import CONTRAST, NEGATIONS, NEGATIVE, POSITIVE, STRONG
from careloop.measures.tokens import clauses, words

Floats = npt.NDArray[np.float64]

FOLDS = 5
PHRASE = 3  # words joined when the lexicon is asked
REACH = 3  # words back that a negation or an adverb acts on
SMALLEST_CLASS = 10


@dataclass(frozen=True, slots=True)
class Opinion:
    """Score of one text: above 0 positive, below 0 negative, 0 undecided; found words of each kind."""

    score: float
    label: str
    praise: tuple[str, ...]
    blame: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class LabelAccuracy:
    """Predicted against given labels; `confusion[given][predicted]` counts texts."""

    accuracy: Share
    balanced: float
    confusion: dict[str, dict[str, int]]


@dataclass(frozen=True, slots=True)
class Learned:
    """Out-of-fold predictions of a classifier learnt from labels, and their accuracy."""

    predicted: tuple[str, ...]
    accuracy: LabelAccuracy
    labels: tuple[str, ...]


def opinion(text: str) -> Opinion:
    """Sum of praise (+1) and blame (−1) words of a text, Chinese or English.

    A negation up to three words before turns a word round (×−0.8), an adverb of degree makes it
    count 1.5 times, and what follows "but" (但是, 不过) counts 1.3 times. The score is the sum over
    clauses; its size has no unit.
    """
    total = 0.0
    praise: list[str] = []
    blame: list[str] = []
    for clause in clauses(text):
        tokens = words(clause)
        factor, place = 1.0, 0
        while place < len(tokens):
            if tokens[place] in CONTRAST:
                factor = 1.3
            value, length, word = _lookup(tokens, place)
            if value:
                value *= _modifier(tokens[max(0, place - REACH) : place]) * factor
                total += value
                (praise if value > 0 else blame).append(word)
            place += length
    label = "positive" if total > 1e-9 else "negative" if total < -1e-9 else "neutral"
    return Opinion(total, label, tuple(praise), tuple(blame))


def _lookup(tokens: Sequence[str], place: int) -> tuple[float, int, str]:
    """Value, number of words and word of the longest entry that starts here."""
    for length in range(min(PHRASE, len(tokens) - place), 0, -1):
        word = "".join(tokens[place : place + length])
        if word in POSITIVE:
            return 1.0, length, word
        if word in NEGATIVE:
            return -1.0, length, word
    word = tokens[place]
    head, tail = word[:1], word[1:]
    if head in ("不", "没", "无", "未") and tail in POSITIVE:
        return -1.0, 1, word
    if head in ("很", "太", "挺", "真", "最", "更", "超") and (tail in POSITIVE or tail in NEGATIVE):
        return (1.5 if tail in POSITIVE else -1.5), 1, word
    return 0.0, 1, word


def _modifier(before: Sequence[str]) -> float:
    factor = 1.0
    for token in before:
        if token in NEGATIONS:
            factor *= -0.8
        elif token in STRONG:
            factor *= 1.5
        elif token in POSITIVE or token in NEGATIVE:
            factor = 1.0
    return factor


def label_accuracy(given: Sequence[str], predicted: Sequence[str], *, level: float = 0.95) -> LabelAccuracy:
    """Share of equal labels with Wilson's interval, and the mean of the shares per given label.

    Raises:
        MeasureError: no texts, or different lengths.
    """
    if not given or len(given) != len(predicted):
        raise MeasureError("one given and one predicted label per text are needed")
    confusion: dict[str, dict[str, int]] = {}
    for own, found in zip(given, predicted, strict=True):
        row = confusion.setdefault(own, {})
        row[found] = row.get(found, 0) + 1
    hits = {own: row.get(own, 0) / sum(row.values()) for own, row in confusion.items()}
    equal = sum(row.get(own, 0) for own, row in confusion.items())
    return LabelAccuracy(wilson(equal, len(given), level=level), sum(hits.values()) / len(hits), confusion)


def learn(texts: Sequence[str], labels: Sequence[str]) -> Learned:
    """Five-fold predictions of a naive Bayes classifier on words and word pairs.

    Features are 0/1 per text. Folds follow a checksum of the text, so copies of a text stay
    together and the order of rows does not matter.

    Raises:
        MeasureError: one label only, or a label with fewer than ten texts.

    Source: multinomial naive Bayes, Manning, Raghavan & Schütze (2008), ch. 13; word pairs: Wang &
        Manning (2012), Baselines and Bigrams, ACL.
    """
    if not texts or len(texts) != len(labels):
        raise MeasureError("one label per text is needed")
    counts = Counter(labels)
    rarest, count = min(counts.items(), key=lambda item: (item[1], item[0]))
    if len(counts) < 2 or count < SMALLEST_CLASS:
        raise MeasureError(
            "learning needs at least two labels with {least} texts each; “{name}” has {count}",
            least=SMALLEST_CLASS,
            name=rarest,
            count=count,
        )
    from careloop.measures.sentiment_model import class_scores, features  # slow: scipy.sparse

    names = tuple(sorted(counts))
    fold = np.array([crc32(text.encode()) % FOLDS for text in texts])
    own = np.array([names.index(label) for label in labels])
    table = features(texts)
    predicted = np.zeros(len(texts), dtype=np.int64)
    for part in range(FOLDS):
        test, train = np.flatnonzero(fold == part), np.flatnonzero(fold != part)
        if test.size and train.size:
            known, asked = table[train], table[test]
            scores = [class_scores(known, own[train] == j, asked) for j in range(len(names))]
            predicted[test] = np.argmax(scores, axis=0)
    found = tuple(names[p] for p in predicted)
    return Learned(found, label_accuracy(labels, found), names)
