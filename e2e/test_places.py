"""The list of pages is complete: a new page is a place, or it is written down why it is none."""

import re
from collections import Counter
from html import unescape
from typing import Any
from urllib.parse import parse_qs

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import resolve

from careloop.accounts.models import User
from e2e import places

pytestmark = pytest.mark.django_db(transaction=True)


def test_every_page_of_the_product_has_a_place(company: Any, settings: Any) -> None:
    settings.STYLEGUIDE = True
    found = places.every()

    assert places.unlisted(found) == []
    assert sorted({place.name for place in found}) == sorted(place.name for place in found)


def test_exceptions_are_routes_that_exist_and_stand_once() -> None:
    names = [name for group in places.NOT_PAGES.values() for name in group]
    routes = set(places.get_routes())

    assert [name for name in names if not name.endswith("*") and name not in routes] == []
    assert len(names) == len(set(names))


MOST_QUERIES = 12
NOTHING_TO_CONFIRM = ("customers-confirm", "assets-confirm")  # a company of some weeks has no old data yet


def test_every_page_asks_few_queries_and_answers(company: Any, settings: Any, client: Any) -> None:
    """With the records of a working firm, where lists are full; the second look, as in a program that runs."""
    settings.STYLEGUIDE = True
    users = {user.username: user for user in User.objects.all()}
    refused: dict[str, Any] = {}
    for place in places.every():
        client.logout()
        if place.user:
            client.force_login(users[place.user])
        client.get(place.path)
        with CaptureQueriesContext(connection) as asked:
            answer = client.get(place.path)
        expected = 302 if place.name in NOTHING_TO_CONFIRM else place.status
        if answer.status_code != expected or len(asked) > MOST_QUERIES:
            refused[place.path] = (answer.status_code, len(asked))
    assert refused == {}


LINK = re.compile(r'(?:href|hx-get)="(/(?!static|/)[^"#]*|\?[^"#]*)"')
MOST_ALIKE = 2  # addresses of the same route and with the same names behind the question mark


def test_nobody_is_shown_a_link_that_is_refused(company: Any, client: Any) -> None:
    """One person of each set of roles walks along all links of his pages. A refused look at an answer is kept, so it
    must be meant."""
    refused = {}
    everybody = User.objects.filter(is_active=True).prefetch_related("roles")
    for user in {frozenset(role.code for role in user.roles.all()): user for user in everybody}.values():
        client.force_login(user)
        ahead, seen, alike = [("/", "")], set(), Counter[Any]()
        while ahead:
            path, source = ahead.pop(0)
            route, _mark, query = path.partition("?")
            kind = (resolve(route).view_name, tuple(sorted(parse_qs(query))))
            if path in seen or alike[kind] == MOST_ALIKE or "logout" in route:
                continue
            seen.add(path)
            alike[kind] += 1
            answer = client.get(path)
            if answer.status_code >= 400:
                refused[user.username, path] = (answer.status_code, source)
            if answer.status_code == 200 and not answer.streaming and "html" in answer["Content-Type"]:
                links = (unescape(link) for link in LINK.findall(answer.content.decode()))
                ahead += [(route + link if link.startswith("?") else link, path) for link in links]
    assert refused == {}
