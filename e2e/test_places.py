"""The list of pages is complete: a new page is a place, or it is written down why it is none."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

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
        if answer.status_code not in (place.status, 302) or len(asked) > MOST_QUERIES:
            refused[place.path] = (answer.status_code, len(asked))
    assert refused == {}
