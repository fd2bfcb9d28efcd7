"""A visitor without account is spoken to in a language that the program knows, whatever his cookie says."""

import pytest
from django.test import RequestFactory

from careloop.core.http import visitors_language


@pytest.mark.parametrize(
    ("cookie", "otherwise", "expected"),
    [
        ("en", "zh-hans", "en"),
        ("", "en", "en"),
        ("xx", "en", "en"),
        ("../../etc", "", "zh-hans"),
        ("", "klingon", "zh-hans"),
    ],
)
def test_only_a_known_language_is_taken(cookie: str, otherwise: str, expected: str) -> None:
    request = RequestFactory().get("/s/request/x/")
    request.COOKIES["careloop_language"] = cookie
    assert visitors_language(request, otherwise) == expected
