"""The small signs: words, escaping, what a screen reader hears."""

import pytest
from django.template import Context, Template
from django.test import RequestFactory
from django.utils import translation

from careloop.core.clock import Clock
from careloop.web.parts import signs


@pytest.fixture(autouse=True)
def english():
    with translation.override("en"):
        yield


@pytest.mark.parametrize(
    ("clock", "words"),
    [
        (Clock("ample", 80, 0.2), "Ample, 1 h 20 min left"),
        (Clock("near", 20, 0.9), "Soon, 20 min left"),
        (Clock("over", 40, 1.0), "Overdue by 40 min"),
        (Clock("over", 0, 1.0), "Due now"),  # due outside working hours: no working minute has passed
        (Clock("paused", 0, 0.5, note="customer"), "Paused, customer"),
        (Clock("paused", 0, 0.5), "Paused"),
        (Clock("met", 0, 1.0), "In time"),
        (Clock("missed", 75, 1.0), "Late by 1 h 15 min"),
        (Clock("near", 140, 0.8, lead="Hand-over 16:30"), "Hand-over 16:30, 2 h 20 min left"),
    ],
)
def test_a_clock_says_its_state_in_words(clock, words):
    assert f"<span>{words}</span>" in signs.clock(clock)


def test_a_clock_in_chinese_says_it_as_a_colleague_would():
    with translation.override("zh-hans"):
        assert signs.clock_text({"state": "near", "minutes": 20}) == "临近，剩 20 分"
        assert signs.clock_text({"state": "over", "minutes": 100}) == "超时 1 时 40 分"
        assert signs.clock_text({"state": "paused", "note": "等客户"}) == "已暂停，等客户"


def test_the_pie_fills_with_the_used_share():
    assert 'stroke-dasharray="7.85 15.708"' in signs.clock({"state": "ample", "minutes": 5, "used": 0.5})
    assert 'stroke-dasharray="15.71 15.708"' in signs.clock({"state": "near", "minutes": 5, "used": 9})


@pytest.mark.parametrize("value", [None, {}, {"state": ""}, {"state": "unknown"}])
def test_no_clock_shows_nothing(value):
    assert signs.clock(value) == ""


@pytest.mark.parametrize("tone", ["ok", "warn", "bad", "act", "wait", "idle"])
def test_a_state_has_sign_word_and_color(tone):
    made = signs.chip({"label": "待检验", "tone": tone})
    assert f"cl-chip is-{tone}" in made
    assert f"#i-{signs.TONE_ICONS[tone]}" in made
    assert "待检验" in made


def test_values_of_users_are_escaped_everywhere():
    bad = '<img src=x onerror="alert(1)">'
    made = [
        signs.chip({"label": bad, "tone": bad, "icon": bad}),
        signs.clock({"state": "paused", "note": bad, "due": bad, "lead": bad}),
        signs.grade(bad),
        signs.plate(bad),
        signs.avatar(bad),
        signs.kbd(bad),
        signs.button({"label": bad, "url": bad, "hint": bad, "key": bad, "icon": bad}),
        signs.button({"label": bad, "url": bad, "method": "post", "data": {bad: bad}}),
    ]
    assert [html for html in made if "<img" in html or 'onerror="' in html] == []


def test_a_posting_button_carries_the_token_and_its_data():
    request = RequestFactory().get("/")
    made = signs.button(
        {"label": "Remind", "url": "/x/", "method": "post", "data": {"step": "remind"}}, request=request
    )
    assert made.startswith('<form method="post" action="/x/"><input type="hidden" name="csrfmiddlewaretoken" value="')
    assert '<input type="hidden" name="step" value="remind">' in made
    assert request.META["CSRF_COOKIE"]


def test_a_grade_is_named_for_screen_readers():
    assert signs.grade("A") == '<span class="cl-grade is-a">A<span class="cl-sr"> grade</span></span> '
    assert signs.grade("") == ""


def test_one_person_always_stands_on_the_same_ground():
    assert signs.avatar("周以宁") == signs.avatar("周以宁")
    assert ">周</span>" in signs.avatar("周以宁")
    assert ">LW</span>" in signs.avatar("Li Wei")


def test_tags_need_no_load():
    page = Template(
        '{% icon "phone" %}{% chip label="x" tone="ok" %}{{ 1240.5|money }}{{ 140|hm }}{% url_or_none "no:such" %}'
    )
    assert page.render(Context()).endswith("¥1\u202f240.502 h 20 min")
