"""Each house rule is broken on purpose once, to see that the check would tell."""

from pathlib import Path, PurePosixPath

import pytest

from tools.check_rules import check, main

LONG = "def long():\n" + "    x = 1\n" * 60
BREACHES = {
    "entrance reads rows": ("cases/views.py", "Case.objects.all()", "entrances read through queries.py"),
    "second view module": ("cases/views_desk.py", "Case.objects.all()", "entrances read through"),
    "module of a views package": ("cases/views/desk.py", "Case.objects.all()", "entrances read through"),
    "entrance saves": ("cases/forms.py", "form.save()", ".save(): entrances write"),
    "entrance creates": ("cases/imports.py", "Case.rows.get_or_create(pk=1)", ".get_or_create(): entrances"),
    "entrance writes SQL": ("cases/jobs.py", "connection.cursor()", ".cursor(): entrances"),
    "lock that may never run": ("cases/services.py", "rows.select_for_update()", "lock rows with"),
    "state written by hand": ("cases/services.py", "case.state = 'new'", "a state is written by"),
    "state written in bulk": ("cases/services.py", "rows.update(state='new')", "a state is written by"),
    "service asks the time": ("cases/services.py", "timezone.now()", "timezone.now: the time is an argument"),
    "model asks the time": ("cases/models.py", "at = Field(default=timezone.now)", "timezone.now: the time"),
    "rule asks the time": ("cases/rules.py", "dt.datetime.now(tz=UTC)", "datetime.now: the time"),
    "service asks the day": ("cases/services.py", "timezone.localdate()", "localdate(): the time"),
    "environment read": ("cases/services.py", "os.environ['X']", "settings.py is the only reader"),
    "unescaped text": ("cases/a.py", "from x import mark_safe", "mark_safe: use format_html"),
    "not Python": ("cases/a.py", "def f(:", "not Python 3"),
    "long function": ("cases/services.py", LONG, "long has 61 lines"),
    "long module": ("cases/services.py", "x = 1\n" * 501, "501 lines; a module has at most 500"),
    "late import": ("cases/services.py", "def f():\n    import numpy", "late import without a reason"),
    "ignore without a reason": ("cases/a.py", "x = 1  # type: ignore[misc]", "an ignore needs a reason"),
    "noqa without a reason": ("cases/a.py", "x = 1  # noqa: E501", "an ignore needs a reason"),
    "ignore of everything": ("cases/a.py", "x = 1  # noqa  # reason: so", "name what is ignored"),
    "empty reason": ("cases/a.py", "x = 1  # noqa: E501  # reason:", "an ignore needs a reason"),
}
FINE = {
    "query reads rows": ("cases/queries.py", "Case.objects.all()"),
    "service writes": ("cases/services.py", "case.save()"),
    "module beginning like an entrance": ("cases/jobs_state.py", "Case.objects.all()"),
    "core's lock": ("core/models.py", "self.select_for_update().get(pk=pk)"),
    "core's state": ("core/flow.py", "obj.state = target"),
    "core's sweeps": ("core/jobs.py", "SweepRun.objects.get_or_create(name=timezone.now())"),
    "state read": ("cases/services.py", "if case.state == 'new': pass"),
    "other update": ("cases/services.py", "rows.update(seen=True)"),
    "entrance asks the time": ("cases/views.py", "timezone.now()"),
    "command asks the time": ("management/cli.py", "timezone.now(), os.environ"),
    "time turned into a day": ("cases/rules.py", "timezone.localdate(at)"),
    "cleaned text": ("cases/a.py", "from x import mark_safe  # reason: cleaned by nh3"),
    "layout kept": ("cases/a.py", "x = (1,\n     2)  # fmt: skip"),
    "long contract": ("cases/a.py", 'def f():\n    """a\n' + "    b\n" * 60 + '    """\n    return 1'),
    "longest function": ("cases/services.py", LONG.removesuffix("    x = 1\n")),
    "late import with a reason": ("cases/a.py", "def f():\n    import numpy  # slow: half a second"),
    "two late imports": ("cases/a.py", "def f():\n    # slow: half a second\n    import numpy\n    import scipy"),
    "ignore with a reason": ("cases/a.py", "x = 1  # type: ignore[misc]  # reason: no types there"),
    "ignore in a text": ("cases/a.py", "x = '# noqa'"),
}
TEMPLATE_BREACHES = {
    "{% blocktranslate %}a{% endblocktranslate %}": "blocktranslate takes `trimmed`",
    "{% blocktrans count n=n %}a{% endblocktrans %}": "blocktranslate takes `trimmed`",
    '<p style="color:red">': "no style attribute",
    "<style>p {}</style>": "no style element",
    '<button onclick="go()">': "no on… attribute",
    '<button hx-on:click="go()">': "no hx-on",
    "<button hx-vals='js:{a: 1}'>": "no js: in hx-vals",
    '<a href="javascript:go()">': "no javascript: address",
    "{{ text|safe }}": "no |safe",
    "{% autoescape off %}": "no autoescape off",
    "<script>go()</script>": "no script without src",
    '<script type="module">go()</script>': "no script without src",
}
GOOD_TEMPLATE = """\
{# onclick="…" and style="…" may be spoken of in comments #}
{% comment %}<script>also here</script>{% endcomment %}
{% blocktranslate trimmed count n=rows %}{{ n }} row{% plural %}{{ n }} rows{% endblocktranslate %}
<script src="{% static 'a.js' %}" defer></script>
<script type="application/json" id="figures">{}</script>
<section data-style="wide" aria-label="{{ label }}" hx-vals='{"a": 1}'>{{ text|safe_name }}</section>
"""


@pytest.mark.parametrize(("path", "source", "message"), BREACHES.values(), ids=BREACHES)
def test_a_breach_is_found(path, source, message):
    (finding,) = check(PurePosixPath("careloop", path), source)
    assert finding[1].startswith(message)


@pytest.mark.parametrize(("path", "source"), FINE.values(), ids=FINE)
def test_what_is_allowed_stays_silent(path, source):
    assert check(PurePosixPath("careloop", path), source) == []


@pytest.mark.parametrize("path", ["tests/cases/views.py", "tools/services.py", "bench/services.py"])
def test_rules_of_the_product_do_not_bind_its_tests_and_tools(path):
    assert check(PurePosixPath(path), "Case.objects.create(at=timezone.now()); case.state = 1") == []


@pytest.mark.parametrize(("source", "message"), TEMPLATE_BREACHES.items())
def test_a_breach_in_a_template_is_found(source, message):
    findings = check(PurePosixPath("careloop/web/templates/a.html"), f"<p>\n{source}")
    assert [(line, text[: len(message)]) for line, text in findings] == [(2, message)]


def test_a_good_template_stays_silent():
    assert check(PurePosixPath("careloop/web/templates/a.html"), GOOD_TEMPLATE) == []


def test_the_command_names_file_and_line_and_fails(capsys):
    assert main([str(Path(__file__))]) == 0
    assert capsys.readouterr().out == "rules: 1 files follow them\n"


def test_the_command_fails_on_a_breach(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr("tools.check_rules.ROOT", tmp_path)
    (tmp_path / "careloop" / "cases").mkdir(parents=True)
    (tmp_path / "careloop" / "cases" / "views.py").write_text("\nCase.objects.all()\n")
    assert main([]) == 1
    assert capsys.readouterr().out == (
        "careloop/cases/views.py:2: entrances read through queries.py, not .objects\nrules: 1 to mend\n"
    )
