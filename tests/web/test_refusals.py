"""A refusal for want of a right names the right in words, who has it, and who gives it."""

import re
from pathlib import Path

import pytest
from django.urls import reverse
from django.utils import translation

from careloop.accounts.models import Role
from careloop.accounts.rights import LABELS
from careloop.accounts.roles import DEFAULTS
from careloop.core import flow
from careloop.core.errors import PermissionRefused
from tests.factories import actor_with, client_of, user_with
from tests.workorders.factories import Api

pytestmark = pytest.mark.django_db
USED = re.compile(r'(?:may|require)\("([a-z]+\.[a-z_]+)"\)')


def test_the_page_names_the_right_the_roles_that_have_it_and_who_gives_roles() -> None:
    boss = user_with("accounts.manage_roles", language="zh-hans")
    boss.display_name = "许知远"
    boss.save()
    Role.objects.create(code="reader", name="报表员", permissions=["insight.view_reports"])
    for language, words in (
        ("zh-hans", ("查看报表", "有这项权限的岗位：报表员", "许知远")),
        ("en", ("see reports", "报表员")),
    ):
        response = client_of(user_with(language=language)).get(reverse("insight:satisfaction"))
        body = response.content.decode()
        assert response.status_code == 403
        assert [word in body for word in words] == [True] * len(words)
        assert "insight.view_reports" not in body


def test_a_program_reads_the_right_in_words_too() -> None:
    answer = Api(user_with(language="en")).get("/reports/satisfaction")
    assert answer.status_code == 403
    assert "查看报表" in answer.json()["title"] or "see reports" in answer.json()["title"]


def test_another_refusal_names_no_role() -> None:
    refusal = PermissionRefused("Another rule")
    assert refusal.right == ""


def test_the_refusal_carries_the_code_for_programs() -> None:
    with pytest.raises(PermissionRefused) as caught, translation.override("en"):
        actor_with().require("cases.close_case")
    assert caught.value.right == "cases.close_case"
    assert "“close requests”" in str(caught.value.message)


def test_every_right_that_is_asked_for_or_given_has_a_name() -> None:
    asked = {step.permission for table in flow.REGISTRY for step in table.transitions if step.permission}
    given = {right for role in DEFAULTS for right in role.permissions}
    written = {right for path in Path("careloop").rglob("*.py") for right in USED.findall(path.read_text())}
    assert (asked | given | written) - set(LABELS) == set()
