"""Languages, exit codes and refusals of the command line, without a database."""

import json
import os
import subprocess
import sys

import pytest

from careloop.management import cli, words

SHOW = ["prepare", "--help"]


@pytest.mark.parametrize(
    ("args", "environment", "language"),
    [
        ([], {}, "zh-hans"),
        ([], {"LANG": "C.UTF-8"}, "zh-hans"),
        ([], {"LANG": "POSIX"}, "zh-hans"),
        ([], {"LANG": "zh_CN.UTF-8"}, "zh-hans"),
        ([], {"LANG": "zh_TW.UTF-8"}, "zh-hant"),
        ([], {"LANG": "en_US.UTF-8"}, "en"),
        ([], {"LANG": "de_DE.UTF-8"}, "en"),
        ([], {"LANG": "zh_CN.UTF-8", "LC_ALL": "en_GB.UTF-8"}, "en"),
        (["--lang", "zh-hant"], {"LANG": "en_US.UTF-8"}, "zh-hant"),
        (["doctor", "--lang=en"], {}, "en"),
    ],
)
def test_the_language_is_the_option_then_the_environment_then_chinese(args, environment, language, monkeypatch):
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)

    assert words.language_of(args) == language


@pytest.mark.parametrize(
    ("args", "lang", "hint"),
    [
        (["bogus"], "en", "there is no command or choice 'bogus'"),
        (["bogus"], "zh-hans", "没有这个命令"),
        (["import"], "en", "missing: KIND, FILE"),
        (["import"], "zh-hans", "缺少：KIND, FILE"),
        (["import", "customers", "f.csv", "--station"], "zh-hans", "--station"),
        (["web", "--port", "0"], "en", "--port"),
        (["web", "--workers", "x"], "zh-hans", "--workers"),
        (["doctor", "--bogus"], "en", "unknown: --bogus"),
        ([], "en", "missing"),
    ],
)
def test_wrong_use_ends_with_2_and_says_what_is_wrong(args, lang, hint, run):
    code, out, err = run(*args, lang=None) if not args else run(*args[:1], "--lang", lang, *args[1:], lang=None)

    assert (code, out) == (2, "")
    assert hint in err or lang == "en"
    assert "Traceback" not in err


def test_help_lists_every_command_in_chinese(run):
    code, out, _err = run("--help", lang="zh-hans")

    assert code == 0
    for name in ("up", "demo", "web", "worker", "import", "export", "report", "backup", "restore", "doctor", "measure"):
        assert f"\n    {name} " in out
    assert "显示帮助" in out


def test_measure_runs_without_loading_django(tmp_path):
    check = (
        "import sys; from careloop.management import cli; code = cli.main(['measure', '--help']);"
        "sys.exit(code or 10 * ('django.db' in sys.modules))"
    )
    env = {**os.environ, "CARELOOP_HOME": str(tmp_path / "none")}

    done = subprocess.run([sys.executable, "-c", check], capture_output=True, text=True, env=env)

    assert done.returncode == 0, done.stderr
    assert not (tmp_path / "none").exists()


def test_the_parents_of_long_running_parts_load_no_app():
    check = (
        "import sys; from careloop.management import cli, serving; cli.parser();"
        "sys.exit(any(name.endswith('.models') for name in sys.modules))"
    )

    assert subprocess.run([sys.executable, "-c", check], env=os.environ).returncode == 0


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("args", "hint"),
    [
        (["import", "planets", "f.csv"], "planets"),
        (["import", "cases", "none.csv"], "none.csv"),
        (["import", "cases", "none.csv", "--mapping", "none.toml"], "none.toml"),
        (["export", "planets", "f.csv"], "planets"),
        (["export", "cases", "f.doc"], ".csv"),
        (["export", "cases", "f.csv", "--filter", "x"], "NAME=VALUE"),
        (["export", "cases", "f.csv", "--filter", "x=1"], "x"),
        (["report", "weather"], "weather"),
        (["report", "service-desk", "--from", "soon"], "--from"),
        (["report", "service-desk", "--from", "2026-02-01", "--to", "2026-01-01"], "period"),
        (["backup", "f.zip"], ".tar.gz"),
        (["backup", "none/f.tar.gz"], "none"),
    ],
)
def test_a_refusal_ends_with_1_as_a_sentence_and_as_json(args, hint, run, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    code, out, err = run(*args, "--json")

    assert code == 1
    assert hint in err
    assert json.loads(out)["error"] == err.strip()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.django_db
def test_the_database_error_of_an_operator_is_a_sentence(run, monkeypatch):
    from django.db import OperationalError

    def broken(*_args, **_options):
        raise OperationalError("connection refused")

    monkeypatch.setattr("careloop.core.reporting.run", broken)

    code, out, err = run("report", "service-desk", lang="zh-hans")

    assert (code, out) == (1, "")
    assert "连不上数据库：connection refused" in err


def test_help_of_a_command_is_in_the_language(run):
    assert "建立或升级数据库" in run(*SHOW, lang="zh-hans")[1]
    assert "create or migrate" in run(*SHOW)[1]
    assert cli.translated("something new") == "something new"
