"""Form fields: label, hint, error and the wiring for screen readers."""

import pytest
from django import forms
from django.template import Context, Template
from django.utils import translation

from careloop.web.parts import fields


class Sample(forms.Form):
    layout = (("What", ["title"]),)
    title = forms.CharField(label="Title", help_text="In a few words")
    day = forms.DateField(label="Day", required=False)
    kind = forms.ChoiceField(label="Kind", choices=[("a", "A"), ("b", "B")], widget=forms.RadioSelect)
    score = forms.ChoiceField(
        label="Score",
        choices=[(str(i), f"step {i}") for i in range(1, 6)],
        widget=forms.RadioSelect(attrs={"data-keys": ""}),
    )
    tick = forms.BooleanField(label="Tick", required=False)
    secret = forms.CharField(required=False, widget=forms.HiddenInput)


@pytest.fixture(autouse=True)
def english():
    with translation.override("en"):
        yield


def test_label_hint_and_error_belong_to_the_input():
    made = fields.field(Sample({})["title"])
    assert '<label class="form-label" for="id_title">' in made
    assert 'aria-describedby="id_title-hint id_title-error"' in made
    assert 'aria-invalid="true"' in made
    assert '<div class="form-hint" id="id_title-hint">In a few words</div>' in made
    assert 'id="id_title-error"' in made


def test_a_field_that_may_stay_empty_says_so_and_a_required_one_is_marked():
    form = Sample()
    assert '<span class="opt">optional</span>' in fields.field(form["day"])
    assert 'class="req"' in fields.field(form["title"])
    assert 'aria-required="true"' in fields.field(form["title"])


def test_the_server_checks_not_the_browser():
    assert "required>" not in fields.field(Sample()["title"])


def test_days_use_the_browsers_picker_with_iso_values():
    made = fields.field(Sample(initial={"day": __import__("datetime").date(2026, 11, 19)})["day"])
    assert 'type="date"' in made
    assert 'value="2026-11-19"' in made


def test_choices_are_one_group_with_one_name():
    made = fields.field(Sample()["kind"])
    assert made.startswith('<fieldset class="cl-field" id="id_kind" tabindex="-1" role="radiogroup"')
    assert made.count('type="radio"') == 2


def test_five_steps_answer_to_the_keys_one_to_five():
    made = fields.field(Sample()["score"])
    assert [f'data-key="{n}"' in made for n in range(1, 6)] == [True] * 5


def test_a_hidden_field_is_only_itself():
    assert fields.field(Sample()["secret"]) == '<input type="hidden" name="secret" id="id_secret">'


def test_the_summary_links_each_refusal_to_its_field():
    form = Sample({"kind": "x", "score": "3"})
    form.add_error(None, "The order is closed.")
    made = fields.errors(form)
    assert "<li>The order is closed.</li>" in made
    assert '<a href="#id_title">Title</a>: This field is required.' in made
    assert 'role="alert"' in made


def test_a_good_form_has_no_summary():
    assert fields.errors(Sample()) == ""


def test_what_the_layout_forgets_is_still_shown():
    names = [bound.name for group in fields.grouped(Sample()) for bound in group["fields"]]
    assert names == ["title", "day", "kind", "score", "tick", "secret"]


def test_what_a_person_typed_is_escaped_when_it_comes_back():
    made = fields.field(Sample({"title": '"><script>alert(1)</script>'})["title"])
    assert "<script>" not in made


def test_a_whole_form_posts_without_script_and_keeps_a_draft_under_its_key():
    page = Template('{% form form submit="Save" cancel="/back/" key="case-new" %}').render(
        Context({"form": Sample(), "csrf_token": "t"})
    )
    assert '<form class="cl-form" method="post" action="" data-draft="case-new" novalidate>' in page
    assert 'name="csrfmiddlewaretoken"' in page
    assert '<a class="btn" href="/back/">' in page
