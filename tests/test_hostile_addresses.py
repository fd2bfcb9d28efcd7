"""No address brings a traceback, whatever stands behind the question mark."""

import re
from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse

from tests.permission_rows import Row
from tests.test_permissions import ROWS, person_with

CODE = Path(__file__).parent.parent / "careloop"
NAMES = sorted(
    {
        name
        for path in CODE.rglob("*.py")
        for name in re.findall(r'\b(?:GET|given|get|query)\.(?:get|getlist)\("([a-z_]+)"', path.read_text("utf-8"))
    }
    - {"language"}
)
VALUES = ("9" * 30, "-1", "²", "x\0y", "%", "2026-99-99", "9999-12-31", "1e400", "")
PAGES = [row for row in ROWS if row.method == "get" and not row.public]


def test_the_names_are_found() -> None:
    assert {"station", "before", "q", "from", "customer", "view"} <= set(NAMES)


@pytest.mark.django_db
@pytest.mark.parametrize("row", PAGES, ids=lambda row: row.name)
def test_an_odd_address_is_answered(row: Row) -> None:
    client = Client(raise_request_exception=True)
    client.force_login(person_with({right for right in {row.permission, *row.also} if right}))
    url = reverse(row.name, kwargs=dict(row.arguments()))
    for value in VALUES:
        assert client.get(url, dict.fromkeys(NAMES, value)).status_code < 500, value


@pytest.mark.django_db
def test_the_sign_nul_is_dropped_or_refused_never_stored() -> None:
    client = Client()
    client.force_login(person_with({"customers.view_customer"}))
    assert client.get("/customers/%00/").status_code == 404
    assert client.get("/customers/?q=a%00b").context["request"].GET["q"] == "ab"
    kept = client.post("/views/", {"page": "/customers/", "name": "a\0b", "query": "q=1"})
    assert kept.status_code in (302, 404, 422)
