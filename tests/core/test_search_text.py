"""Normal form, tokens and queries: pure."""

import pytest

from careloop.core.search_text import document, initials, normal, parse, tokens


def test_full_width_capitals_and_traditional_characters_have_one_normal_form():
    assert normal("ＡＢＣ１２３ 漏油 維修服務") == "abc123 漏油 维修服务"


@pytest.mark.parametrize(
    "spelling",
    ["13812345678", "138 1234 5678", "138-1234-5678", "+86 138 1234 5678", "+8613812345678", "0086-13812345678"],
)
def test_a_mobile_number_is_kept_in_one_spelling_beside_the_written_one(spelling):
    assert "13812345678" in document(f"电话 {spelling}")
    assert parse(spelling) == parse("13812345678")


@pytest.mark.parametrize(
    "spelling", ["0512-66881234", "(0512) 66881234", "0512 6688 1234", "+8651266881234", "+86 512 6688 1234"]
)
def test_a_line_number_is_kept_with_and_without_trunk_prefix(spelling):
    text = document(spelling)
    assert "51266881234" in text
    assert "051266881234" in text


def test_two_endings_side_by_side_are_not_taken_for_a_telephone_number():
    assert len(parse("4321 1234").terms) == 2


def test_a_date_is_no_code():
    assert tokens("2026-11-19", "", kind="case", station_id=None) == {"_kcase", "2026", "11", "19"}


def test_tokens_of_a_plate_hold_its_parts():
    found = tokens(document("苏E·7K21Q"), "", kind="asset", station_id=3)
    assert {"_kasset", "_s3", "e7k21q", "7k21q", "_z21q", "_zk21q", "_z7k21q", "_p苏e"} <= found


def test_initials_know_second_readings():
    assert set(initials("重庆")) == {"zq", "cq"}
    assert initials("苏州恒久") == ["szhj"]
    assert len(initials("长重行乐曾单")) == 4


def test_no_query_reaches_the_marks():
    texts = str(parse("_s1 _kcase \"x' OR 1:* & | !"))
    assert "_s1" not in texts
    assert "_kcase" not in texts


def test_an_absurdly_long_query_is_cut():
    assert len(parse("漏油 " * 10_000).terms) == 8
