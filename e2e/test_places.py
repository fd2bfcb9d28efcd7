"""The list of pages is complete: a new page is a place, or it is written down why it is none."""

from typing import Any

import pytest

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
