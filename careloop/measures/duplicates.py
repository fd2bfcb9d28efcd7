"""Near-duplicate complaints: the same text sent twice, or copied with small changes."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from careloop.measures.errors import MeasureError
from careloop.measures.tokens import WORD, normalize


@dataclass(frozen=True, slots=True)
class Pair:
    """Two texts (numbers in the input, from 0) and their similarity 0–1."""

    first: int
    second: int
    similarity: float


@dataclass(frozen=True, slots=True)
class Duplicates:
    """Pairs at or above the threshold, and groups of texts connected by such pairs."""

    pairs: tuple[Pair, ...]
    groups: tuple[tuple[int, ...], ...]
    n: int
    without_text: int


def shingles(text: str) -> frozenset[str]:
    """Pairs of neighbouring Chinese characters, and English words, without blanks and marks."""
    found: set[str] = set()
    for part in WORD.findall(normalize(text)):
        if part.isascii():
            found.add(part)
        else:
            found.update(part[i : i + 2] for i in range(max(1, len(part) - 1)))
    return frozenset(found)


def near_duplicates(texts: Sequence[str], *, threshold: float = 0.8) -> Duplicates:
    """All pairs whose shingle sets have Jaccard similarity ≥ threshold, exactly.

    Only texts that share one of their rarest shingles can be similar enough (prefix filter), so the
    work does not grow with all pairs.

    Raises:
        MeasureError: a threshold outside (0, 1].

    Source: Bayardo, Ma & Srikant (2007), Scaling Up All Pairs Similarity Search, WWW.
    """
    if not 0.0 < threshold <= 1.0:
        raise MeasureError("the threshold must be above 0 and at most 1, not {value}", value=threshold)
    sets = [shingles(text) for text in texts]
    usual = Counter(item for found in sets for item in found)
    index: dict[str, list[int]] = defaultdict(list)
    pairs = []
    for number in sorted(range(len(sets)), key=lambda i: (len(sets[i]), i)):
        own = sets[number]
        ranked = sorted(own, key=lambda item: (usual[item], item))
        prefix = ranked[: len(ranked) - -(-int(threshold * len(ranked) * 1e9) // 10**9) + 1]
        candidates = {other for item in prefix for other in index[item]}
        for other in candidates:
            if len(sets[other]) < threshold * len(own) - 1e-9:
                continue
            shared = len(own & sets[other])
            similarity = shared / (len(own) + len(sets[other]) - shared)
            if similarity >= threshold - 1e-12:
                pairs.append(Pair(min(number, other), max(number, other), similarity))
        for item in prefix:
            index[item].append(number)
    pairs.sort(key=lambda pair: (pair.first, pair.second))
    empty = sum(not found for found in sets)
    return Duplicates(tuple(pairs), _groups(pairs), len(texts), empty)


def _groups(pairs: Sequence[Pair]) -> tuple[tuple[int, ...], ...]:
    parent: dict[int, int] = {}

    def root(number: int) -> int:
        while parent.setdefault(number, number) != number:
            parent[number] = parent[parent[number]]
            number = parent[number]
        return number

    for pair in pairs:
        first, second = sorted((root(pair.first), root(pair.second)))
        parent[second] = first
    members: dict[int, list[int]] = defaultdict(list)
    for number in sorted(parent):
        members[root(number)].append(number)
    return tuple(tuple(group) for group in members.values())
