"""The data of an event in the audit log: every name and value in words."""

import pytest
from django.utils import translation

from careloop.web.parts import audit


@pytest.mark.parametrize(
    ("kind", "data", "said"),
    [
        ("case.accept", {"warranty": "out", "contact": "verified"}, "质保：已过质保；联系人：已核实"),
        ("file.add", {"purpose": "consent-1"}, "用途：同意"),
        ("customer.confirm", {"fields": ["plate"]}, "字段：车牌号"),
        ("follow_up.waive_auto", {"why": "budget"}, "原因：近期已问过（联系次数上限）"),
    ],
)
def test_names_and_values_are_words_of_the_reader(kind: str, data: dict[str, object], said: str) -> None:
    with translation.override("zh-hans"):
        assert audit.change(kind, data) == said
