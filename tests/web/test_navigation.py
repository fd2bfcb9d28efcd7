"""Who sees which place, in which order."""

import pytest
from django.test import RequestFactory
from django.utils import translation

from careloop.accounts.roles import DEFAULTS
from careloop.core.actor import Actor
from careloop.web import navigation

RIGHTS = {default.code: frozenset(default.permissions) for default in DEFAULTS}


def actor_of(*roles: str) -> Actor:
    rights = frozenset(right for role in roles for right in RIGHTS[role])
    return Actor(1, 1, "x", permissions=rights, stations=None, roles=roles)


def asked(path: str = "/", role: str = ""):
    request = RequestFactory().get(path)
    request.session = {"role": role} if role else {}
    return request


@pytest.fixture
def all_built(monkeypatch):
    """As if every place had its page."""
    monkeypatch.setattr(
        navigation, "address", lambda name: "/" if name == "web:today" else f"/{name.replace(':', '/')}/"
    )


def names(role: str, path: str = "/") -> list[str]:
    groups = navigation.groups(asked(path, role), actor_of(role))
    return [item["url"] for group in groups for item in group["items"]]


@pytest.mark.parametrize(
    ("role", "first"),
    [
        ("front_desk", "/customers/list/"),
        ("adviser", "/workorders/list/"),
        ("technician", "/workorders/list/"),
        ("follow_up_caller", "/feedback/desk/"),
        ("complaint_officer", "/complaints/list/"),
        ("general_manager", "/complaints/list/"),
        ("administrator", "/staff/people/"),
    ],
)
@pytest.mark.usefixtures("all_built")
def test_after_today_comes_what_the_role_looks_at_first(role, first):
    assert names(role)[:2] == ["/", first]


@pytest.mark.usefixtures("all_built")
def test_a_place_without_the_right_is_not_there():
    assert "/feedback/answers/" not in names("technician")
    assert "/web/audit/" not in names("front_desk")


def test_a_place_that_nobody_has_built_is_left_out(monkeypatch):
    monkeypatch.setattr(navigation, "address", lambda name: "/" if name == "web:today" else "")
    assert names("general_manager") == ["/"]


@pytest.mark.usefixtures("all_built")
def test_the_page_belongs_to_the_place_with_the_longest_address():
    groups = navigation.groups(asked("/workorders/board/day/"), actor_of("adviser"))
    assert [i["url"] for g in groups for i in g["items"] if i["current"]] == ["/workorders/board/"]


@pytest.mark.usefixtures("all_built")
def test_the_phone_shows_today_and_the_two_places_of_the_role():
    bar = navigation.bar(asked(role="follow_up_caller"), actor_of("follow_up_caller"))
    assert [item["url"] for item in bar] == ["/", "/feedback/desk/", "/feedback/answers/"]


def test_the_chosen_role_orders_and_gives_no_rights():
    actor = actor_of("technician")
    assert navigation.role_of(asked(role="general_manager"), actor) == "technician"


def test_letters_and_names_are_used_once():
    keys = [place.key for place in navigation.PLACES if place.key]
    assert len(keys) == len(set(keys))
    assert {place.group for place in navigation.PLACES} <= set(navigation.GROUPS)


def test_every_role_that_orders_the_navigation_exists():
    used = set(navigation.ORDER) | {role for place in navigation.PLACES for role in place.roles}
    assert used <= set(RIGHTS)


@pytest.mark.usefixtures("all_built")
def test_the_palette_finds_places_in_the_readers_language():
    request = asked()
    request.actor = actor_of("adviser")
    with translation.override("zh-hans"):
        assert [hit["label"] for hit in navigation.matching(request, "看板")] == ["车间看板"]


def test_the_bar_of_the_phone_uses_words_that_fit_under_a_sign(all_built):
    """Four columns and the menu share 390 px: what is longer than a dozen letters is cut there."""
    with translation.override("en"):
        for role in RIGHTS:
            for item in navigation.bar(asked("/", role), actor_of(role)):
                assert len(str(item["short"])) <= 12, item["short"]
