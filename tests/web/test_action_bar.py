"""The bar of steps: which button is filled, that is, where the page leads the hand."""

import re

import pytest
from django.template import Context, Template
from django.test import RequestFactory


def bar(*options: dict[str, object]) -> list[str]:
    """Labels of the filled buttons."""
    page = Template("{% load careloop %}{% action_bar options %}").render(
        Context({"options": options, "request": RequestFactory().get("/")})
    )
    return re.findall(r'class="btn btn-primary"[^>]*>(?:<svg.*?</svg>)?([^<]+)<', page)


MAIN = {"action": "estimate", "label": "提交报价", "is_primary": True}
SIDE = {"action": "take_back", "label": "客户取回"}


@pytest.mark.parametrize(
    ("options", "filled"),
    [
        ((MAIN, SIDE), ["提交报价"]),
        (({**MAIN, "allowed": False, "refusal": "先录入项目"}, SIDE), []),
        ((SIDE,), ["客户取回"]),
    ],
)
def test_a_side_step_is_not_filled_while_the_main_one_waits(
    options: tuple[dict[str, object], ...], filled: list[str]
) -> None:
    assert bar(*options) == filled
