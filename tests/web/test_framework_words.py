"""What fields of the framework refuse is said in the words of this product, in Chinese as in English."""

from typing import Any

import pytest
from django import forms
from django.utils import translation


class Sample(forms.Form):
    name = forms.CharField(max_length=3)
    count = forms.IntegerField(min_value=0, max_value=9)
    price = forms.DecimalField(max_digits=4, decimal_places=2)
    day = forms.DateField()
    kind = forms.ChoiceField(choices=[("a", "A")])
    mail = forms.EmailField()


@pytest.mark.parametrize(
    ("field", "typed", "said"),
    [
        ("name", " ", "请填写，不能空着。"),
        ("name", "abcd", "最多 3 个字，现在有 4 个。"),
        ("count", "x", "请填整数。"),
        ("count", "-1", "不能小于 0。"),
        ("count", "10", "不能大于 9。"),
        ("price", "1.234", "小数最多 2 位。"),
        ("price", "123", "数字太大，小数点前最多 2 位。"),
        ("price", "12345", "数字太长，最多 4 位（连小数）。"),
        ("day", "2026-13-45", "请填日期，例如 2026-11-19。"),
        ("kind", "b", "没有“b”这个选项，请从列表里选。"),
        ("mail", "x", "这不是邮件地址。请写成 name@example.com 的样子。"),
    ],
)
def test_a_refusal_of_a_field_is_a_plain_sentence(field: str, typed: Any, said: str) -> None:
    with translation.override("zh-hans"):
        assert str(Sample({field: typed}).errors[field][0]) == said
