"""The frame over HTTP: sign-in, languages, refusals, steps, counters."""

import re

import pytest
from django.template.loader import get_template
from django.test import override_settings
from django.urls import reverse

from careloop.web import context
from tests.factories import PersonFactory, StationFactory, UserFactory, client_of, user_with
from tests.web.test_assets import ROOT

pytestmark = pytest.mark.django_db
PARTIAL = {"HX-Request": "true", "HX-Request-Type": "partial"}
TEMPLATES = sorted(
    str(path.relative_to(ROOT / "careloop/web/templates")) for path in (ROOT / "careloop/web/templates").rglob("*.html")
)


@pytest.fixture
def guide():
    with override_settings(STYLEGUIDE=True):
        yield


@pytest.mark.parametrize("name", TEMPLATES)
def test_every_template_can_be_read(name):
    get_template(name)


@pytest.mark.parametrize(("code", "word"), [("zh-hans", "登录"), ("en", "Sign in")])
def test_signing_in_speaks_the_visitors_language(client, code, word):
    client.cookies["careloop_language"] = code
    page = client.get(reverse("account_login")).content.decode()
    assert f"<h1>{word}</h1>" in page
    assert f'<html lang="{code}"' in page


def test_a_visitor_changes_the_language_and_stays_on_the_page(client):
    answer = client.post(reverse("web:language"), {"language": "en", "next": "/accounts/login/"})
    assert (answer.status_code, answer.url) == (302, "/accounts/login/")
    assert answer.cookies["careloop_language"].value == "en"


def test_the_language_switch_leads_to_no_other_site(client):
    answer = client.post(reverse("web:language"), {"language": "xx", "next": "https://evil.example/"})
    assert answer.url == "/"
    assert "careloop_language" not in answer.cookies


def test_a_refusal_keeps_the_frame_and_says_what_to_do():
    answer = client_of(UserFactory()).get("/no/such/page/")
    page = answer.content.decode()
    assert answer.status_code == 404
    assert 'class="cl-nav"' in page
    assert "这个地址没有内容" in page


def test_a_visitor_who_is_lost_sees_no_navigation(client):
    page = client.get("/no/such/page/").content.decode()
    assert 'class="cl-nav"' not in page


def test_the_style_guide_is_for_development_only():
    assert client_of(UserFactory()).get(reverse("web:styleguide")).status_code == 404


@pytest.mark.usefixtures("guide")
@pytest.mark.parametrize("name", ["web:styleguide", "web:styleguide-print", "web:styleguide-public"])
def test_pages_obey_the_strict_policy(name):
    page = client_of(UserFactory()).get(reverse(name)).content.decode()
    assert ' style="' not in page
    assert "<style" not in page
    assert ' onclick="' not in page
    assert "javascript:" not in page


@pytest.mark.usefixtures("guide")
def test_a_step_is_a_page_without_script_and_a_part_of_one_with_it(client):
    url = reverse("web:styleguide-step")
    assert client.get(url).content.decode().lstrip().startswith("<!doctype html>")
    part = client.get(url, headers=PARTIAL)
    assert part.content.decode().lstrip().startswith('<form class="cl-step-form"')
    assert "HX-Request-Type" in part.headers["Vary"]


@pytest.mark.usefixtures("guide")
def test_a_refused_step_comes_back_with_what_was_typed(client):
    answer = client.post(reverse("web:styleguide-step"), {"reason": "短"}, headers=PARTIAL)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "短</textarea>" in page
    assert "data-refused" in page
    assert 'class="cl-errors"' in page


def test_the_numbers_of_the_navigation_come_as_data():
    answer = client_of(UserFactory()).get(reverse("web:counts"))
    assert answer.json()["today"] == [0, False]
    assert not {"cases", "workorders"} & set(answer.json())  # no right, no number


def test_open_requests_and_orders_are_counted_for_those_who_see_them():
    counts = client_of(user_with("cases.view_case", "workorders.view_workorder")).get(reverse("web:counts")).json()
    assert (counts["cases"], counts["workorders"]) == ([0, False], [0, False])


def test_a_name_that_the_firm_changed_stays_as_the_firm_wrote_it():
    from careloop.accounts.roles import role_label

    assert role_label("front_desk", "贵宾接待") == "贵宾接待"


def test_the_frame_costs_no_query_of_its_own(django_assert_num_queries):
    client = client_of(PersonFactory(user=UserFactory(), stations=[StationFactory()]).user)
    client.get(reverse("web:settings"))
    with django_assert_num_queries(6):  # session, account, roles, person, stations; the page's own: tokens
        client.get(reverse("web:settings"))


def test_the_kept_frame_belongs_to_one_person_and_carries_the_token_of_the_request():
    first, second = (client_of(PersonFactory(user=UserFactory(), name=name).user) for name in ("顾云舟", "林小满"))
    pages = [client.get(reverse("web:settings") + '?x="><b>').content.decode() for client in (first, second, first)]
    assert ["顾云舟" in page for page in pages] == [True, False, True]
    tokens = [set(re.findall(r'csrfmiddlewaretoken" value="(\w+)"', page)) for page in pages]
    assert tokens[0].isdisjoint(tokens[2])
    assert all("careloop-token" not in page and "careloop-path" not in page and '"><b>' not in page for page in pages)


def test_a_component_is_made_once_for_the_same_values_and_anew_for_others(monkeypatch):
    made = []
    monkeypatch.setattr(context, "_kept", {})
    monkeypatch.setattr(context, "render_part", lambda name, own, extra: made.append(extra) or f"{name} {extra}")
    for count in (1, 1, 2):
        context.part("tabs", None, None, {"views": [{"label": "未办结", "count": count}]})
    assert [views["views"][0]["count"] for views in made] == [1, 2]


def test_what_is_told_by_its_address_only_is_never_kept(monkeypatch):
    monkeypatch.setattr(context, "_kept", {})
    context.part("tabs", None, None, {"views": [], "label": object()})
    assert context._kept == {}


def test_the_parts_that_were_asked_for_last_are_kept(monkeypatch):
    monkeypatch.setattr(context, "_kept", {})
    monkeypatch.setattr(context, "MOST_KEPT", 2)
    monkeypatch.setattr(context, "render_part", lambda name, own, extra: name)
    for name in ("tabs", "pager", "tabs", "filters"):
        context.part(name, None, None, {})
    assert [key[0] for key in context._kept] == ["tabs", "filters"]
