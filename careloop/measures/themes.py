"""What customers talk about: key terms per segment against the rest, and themes without segments."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import sparse

from careloop.measures.errors import MeasureError
from careloop.measures.tokens import term_lists

Floats = npt.NDArray[np.float64]

PRIOR_WORDS = 500.0  # weight of the prior, in words
RARE = 3
LARGEST_VOCABULARY = 1500
ROUNDS = 100


@dataclass(frozen=True, slots=True)
class Term:
    """One term: z of its log-odds against the rest, texts that hold it here and elsewhere."""

    term: str
    z: float
    log_odds: float
    texts: int
    elsewhere: int


@dataclass(frozen=True, slots=True)
class SegmentTerms:
    """Key terms of a segment, strongest first, with the number of its texts."""

    segment: str
    n: int
    terms: tuple[Term, ...]


@dataclass(frozen=True, slots=True)
class Theme:
    """Terms that occur together, strongest first; texts for which the theme is the main one."""

    terms: tuple[str, ...]
    n: int
    texts: tuple[int, ...]


def segment_terms(
    texts: Sequence[str], segments: Sequence[str], *, top: int = 10, least_z: float = 1.96
) -> tuple[SegmentTerms, ...]:
    """Terms more usual in one segment than in the others, by log-odds with an informative prior.

    δ = ln((y + α)/(n + α₀ − y − α)) in the segment minus the same in the rest, α proportional to the
    term's frequency over all texts (α₀ = 500 words), z = δ/√(1/(y + α) + 1/(y_rest + α)). A term is
    counted once per text, so one long text cannot make a theme.

    Args:
        texts: verbatims.
        segments: segment of each text.
        top: terms per segment.
        least_z: smallest z shown.

    Raises:
        MeasureError: different lengths, fewer than two segments, no usable word.

    Source: Monroe, Colaresi & Quinn (2008), Political Analysis 16(4), 372–403.
    """
    if len(texts) != len(segments) or len(set(segments)) < 2:
        raise MeasureError("one segment per text and at least two segments are needed")
    lists = term_lists(texts)
    total: Counter[str] = Counter()
    own: dict[str, Counter[str]] = {segment: Counter() for segment in dict.fromkeys(segments)}
    for segment, found in zip(segments, lists, strict=True):
        once = set(found)
        own[segment].update(once)
        total.update(once)
    everything = sum(total.values())
    if not everything:
        raise MeasureError("no usable word was found in the texts")
    sizes = Counter(segments)
    return tuple(
        SegmentTerms(segment, sizes[segment], _key_terms(counts, total, everything, top=top, least_z=least_z))
        for segment, counts in own.items()
    )


def _key_terms(
    counts: Counter[str], total: Counter[str], everything: int, *, top: int, least_z: float
) -> tuple[Term, ...]:
    n = sum(counts.values())
    rest = everything - n
    found = []
    for term, count in counts.items():
        if total[term] < RARE:
            continue
        prior = PRIOR_WORDS * total[term] / everything
        other = total[term] - count
        here = np.log((count + prior) / (n + PRIOR_WORDS - count - prior))
        there = np.log((other + prior) / (rest + PRIOR_WORDS - other - prior))
        z = (here - there) / np.sqrt(1.0 / (count + prior) + 1.0 / (other + prior))
        if z >= least_z:
            found.append(Term(term, float(z), float(here - there), count, other))
    return tuple(sorted(found, key=lambda t: (-t.z, t.term))[:top])


def themes(texts: Sequence[str], *, count: int = 8, top: int = 8) -> tuple[Theme, ...]:
    """Themes of texts without segments: non-negative factors of the tf-idf table.

    The factors start from the singular vectors, not from random numbers, so the same texts give the
    same themes.

    Raises:
        MeasureError: fewer than two texts per theme, or too few words that occur three times.

    Source: Lee & Seung (1999), Nature 401; start: Boutsidis & Gallopoulos (2008).
    """
    if count < 2 or len(texts) < 2 * count:
        raise MeasureError("{count} themes need at least {least} texts", count=count, least=2 * count)
    table, vocabulary = _tf_idf(term_lists(texts))
    if len(vocabulary) < count:
        raise MeasureError("only {words} words occur in three texts; ask for fewer themes", words=len(vocabulary))
    left, right = _factors(table, count)
    main = np.where(left.max(axis=1) > 0, left.argmax(axis=1), -1)
    found = []
    for j in range(count):
        order = np.lexsort((np.arange(len(vocabulary)), -right[j]))[:top]
        members = tuple(int(i) for i in np.flatnonzero(main == j))
        found.append(Theme(tuple(vocabulary[i] for i in order if right[j, i] > 0), len(members), members))
    return tuple(sorted(found, key=lambda theme: -theme.n))


def _tf_idf(lists: Sequence[Sequence[str]]) -> tuple[Any, list[str]]:
    counts: Counter[str] = Counter(term for found in lists for term in set(found))
    usual = sorted((t for t, c in counts.items() if c >= RARE), key=lambda t: (-counts[t], t))
    vocabulary = usual[:LARGEST_VOCABULARY]
    place = {term: i for i, term in enumerate(vocabulary)}
    rows, columns, values = [], [], []
    for row, found in enumerate(lists):
        known = sorted(place[term] for term in set(found) if term in place)
        weights = np.array([np.log(len(lists) / counts[vocabulary[c]]) + 1.0 for c in known])
        rows += [row] * len(known)
        columns += known
        values += list(weights / np.sqrt((weights**2).sum())) if known else []
    shape = (len(lists), max(len(vocabulary), 1))
    return sparse.csr_matrix((values, (rows, columns)), shape=shape), vocabulary


def _factors(table: Any, count: int) -> tuple[Floats, Floats]:
    squared = np.asarray((table.T @ table).todense())
    values, vectors = np.linalg.eigh(squared)
    right = vectors[:, ::-1][:, :count].T
    singular = np.sqrt(np.maximum(values[::-1][:count], 1e-12))
    left = np.asarray(table @ right.T) / singular
    w, h = np.empty_like(left), np.empty_like(right)
    for j in range(count):
        a, b = left[:, j], right[j]
        plus = np.linalg.norm(np.maximum(a, 0)) * np.linalg.norm(np.maximum(b, 0))
        minus = np.linalg.norm(np.minimum(a, 0)) * np.linalg.norm(np.minimum(b, 0))
        sign = 1.0 if plus >= minus else -1.0
        w[:, j] = np.sqrt(singular[j]) * np.maximum(sign * a, 0)
        h[j] = np.sqrt(singular[j]) * np.maximum(sign * b, 0)
    w, h = w + 1e-6, h + 1e-6
    for _ in range(ROUNDS):
        h *= np.asarray((table.T @ w).T) / (w.T @ w @ h + 1e-12)
        w *= np.asarray(table @ h.T) / (w @ (h @ h.T) + 1e-12)
    w[np.diff(table.indptr) == 0] = 0.0
    return w, h
