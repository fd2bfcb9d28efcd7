"""Naive Bayes on words and word pairs (used by `sentiment.learn`)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import sparse

from careloop.measures.tokens import words

Floats = npt.NDArray[np.float64]

RARE = 2  # a feature must occur in that many texts


def features(texts: Sequence[str]) -> Any:
    """Sparse 0/1 table of texts × words and word pairs that occur in at least two texts."""
    place: dict[str, int] = {}
    rows, columns = [], []
    for row, text in enumerate(texts):
        tokens = words(text)
        pairs = [f"{a} {b}" for a, b in zip(tokens, tokens[1:], strict=False)]
        for token in {*tokens, *pairs}:
            rows.append(row)
            columns.append(place.setdefault(token, len(place)))
    counts = np.bincount(np.array(columns, dtype=np.int64), minlength=max(len(place), 1))
    kept = np.flatnonzero(counts >= RARE)
    shape = (len(texts), max(len(place), 1))
    table = sparse.csr_matrix((np.ones(len(rows)), (rows, columns)), shape=shape)
    return table[:, kept]


def class_scores(train: Any, own: npt.NDArray[np.bool_], test: Any) -> Floats:
    """Log-probability (up to a constant) of one class for each test text, add-one smoothing."""
    counts = 1.0 + np.asarray(train[own].sum(axis=0)).ravel()
    prior = np.log(max(float(own.mean()), 1e-12))
    result: Floats = test @ np.log(counts / counts.sum()) + prior
    return result
