"""Every text has its Chinese, with the same places."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

from careloop.measures.commands import NAMES
from careloop.measures.errors import MeasureError, Message
from careloop.measures.manual import DOCS, page, speeds
from careloop.measures.manual_texts import METHODS
from careloop.measures.messages import Catalogue
from careloop.measures.messages_zh import ZH

sys.path.insert(0, str(Path(__file__).parent))
from catalogue_texts import texts

SAME = re.compile(r"[A-Z0-9/²χα\- ]+|[A-Z][A-Za-z/ α²]*|ses|sba|tsb|croston|naive|zero|centroid|factorial|sBG|"
                  r"library|first-interval|item_mean|B10|B50|R-F-M|χ²")  # fmt: skip


def test_every_text_is_translated():
    missing = sorted(text for text in texts() if text not in ZH and not SAME.fullmatch(text))
    assert missing == []


def test_places_are_the_same_in_both_languages():
    for english, chinese in ZH.items():
        assert sorted(re.findall(r"\{\w+\}", english)) == sorted(re.findall(r"\{\w+\}", chinese)), english


def test_language_is_chosen_and_messages_nest():
    message = Message(
        "{count} of {rows} rows left out: {reason}", {"count": 2, "rows": 9, "reason": Message("blank text")}
    )
    assert Catalogue("zh_CN.UTF-8").message(message) == "9 行中有 2 行未计入：文本为空"
    assert Catalogue("C").message(message) == "2 of 9 rows left out: blank text"
    assert Catalogue("en").message(message) == str(message)


def test_errors_are_value_errors_with_a_template():
    with pytest.raises(ValueError, match="must be between 0 and 1, not 1.5"):
        raise MeasureError("the confidence level must be between 0 and 1, not {level}", level=1.5)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_manual_pages_are_up_to_date(language):
    """`python -m careloop.measures.manual` writes them."""
    expected = page(language).replace("@TABLE@", speeds())
    assert (DOCS / f"measures.{language}.md").read_text(encoding="utf-8") == expected


def test_every_measure_has_its_method_in_both_languages():
    assert set(METHODS) == set(NAMES)
    assert all(english and chinese for english, chinese in METHODS.values())
