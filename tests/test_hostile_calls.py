"""No call of the API brings a traceback, whatever stands in its address: problems are told as RFC 9457 has it."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from careloop.accounts import services as accounts
from careloop.api.urls import api
from careloop.staff.actors import actor_for
from tests.test_hostile_addresses import VALUES
from tests.test_permissions import every_right, person_with


def reads() -> Iterator[tuple[str, dict[str, Any]]]:
    """Address and operation of every route that reads."""
    for path, methods in api.get_openapi_schema()["paths"].items():
        if "get" in methods:
            yield path, methods["get"]


READS = dict(reads())


@pytest.mark.django_db
@pytest.mark.parametrize("path", READS)
def test_an_odd_address_is_answered(path: str) -> None:
    user = person_with(every_right())
    _token, key = accounts.issue_token(user.pk, name="odd", actor=actor_for(user), at=timezone.now())
    client = Client(HTTP_AUTHORIZATION=f"Bearer {key}")
    for value in VALUES:
        address, query = path, {}
        for parameter in READS[path].get("parameters", []):
            if parameter["in"] == "path":
                address = address.replace(f"{{{parameter['name']}}}", value.replace("\0", "") or "x")
            elif parameter["in"] == "query":
                query[parameter["name"]] = value
        for asked in ({}, query, *({name: value} for name in query)):
            answer = client.get(address, asked)
            assert answer.status_code < 500, (address, asked)
            if answer.status_code >= 400:
                assert answer.headers["Content-Type"].startswith("application/problem+json"), (address, asked)


WORDS = [
    ("cases", "view", "mine"), ("cases", "state", "accepted"), ("cases", "kind", "fault"), ("cases", "channel", "phone"),
    ("cases", "urgency", "stopped"), ("customers", "type", "dealer"), ("customers", "grade", "none"),
    ("machines", "kind", "vehicle"), ("machines", "state", "running"), ("machines", "warranty", "ending"),
    ("work-orders", "state", "booked"), ("work-orders", "step", "reception"), ("complaints", "state", "open"),
    ("complaints", "severity", "ordinary"), ("complaints", "category", "attitude"), ("follow-ups", "view", "late"),
    ("follow-ups", "state", "due"), ("reports/satisfaction", "kind", "vehicle"),
]  # fmt: skip


@pytest.mark.django_db
@pytest.mark.parametrize(("path", "name", "known"), WORDS)
def test_an_unknown_word_in_a_filter_is_named_and_the_known_ones_are_told(path: str, name: str, known: str) -> None:
    """An empty list would read as “there are none”."""
    user = person_with(every_right())
    _token, key = accounts.issue_token(user.pk, name="odd", actor=actor_for(user), at=timezone.now())
    client = Client(HTTP_AUTHORIZATION=f"Bearer {key}")
    answer = client.get(f"/api/v1/{path}", {name: "zz"})
    assert answer.status_code == 422, answer.content
    (error,) = answer.json()["errors"]
    assert error["field"].endswith(name)
    assert known in re.findall(r"\w+", error["detail"])
    assert client.get(f"/api/v1/{path}", {name: known}).status_code == 200
