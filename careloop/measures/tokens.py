"""Words of Chinese and English verbatims (segmentation by rjieba)."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

import rjieba

from careloop.measures.lexicon import STOP_WORDS

WORD = re.compile(r"[a-z][a-z0-9]*|[㐀-鿿豈-﫿]+")
HAN = re.compile(r"[㐀-鿿豈-﫿]")
BREAK = re.compile(r"[,，.。!！?？;；:：\n\r…~～]+")


def normalize(text: str) -> str:
    """Full-width to half-width, lower case, apostrophes dropped (don't → dont)."""
    return unicodedata.normalize("NFKC", text).lower().replace("'", "").replace("’", "")


def clauses(text: str) -> list[str]:
    """Parts of a text between marks of punctuation."""
    return [part for part in BREAK.split(normalize(text)) if part.strip()]


def words(text: str) -> list[str]:
    """All words of a text in order: Chinese by dictionary, English by letters; numbers are left out."""
    return [token for token in rjieba.cut(normalize(text), True) if WORD.fullmatch(token)]


def terms(text: str) -> list[str]:
    """Words that can name a theme: no stop words, no single characters or letters."""
    return [word for word in words(text) if len(word) > 1 and word not in STOP_WORDS]


def term_lists(texts: Iterable[str]) -> list[list[str]]:
    """`terms` of each text."""
    return [terms(text) for text in texts]
