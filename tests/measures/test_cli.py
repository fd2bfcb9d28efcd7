"""The command: samples of --help, stable keys, options, groups, charts, encodings."""

from __future__ import annotations

import json
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest

from careloop.measures.charts import ticks
from careloop.measures.cli import help_text, main
from careloop.measures.commands import NAMES, find
from careloop.measures.messages import Catalogue


@pytest.fixture
def run(tmp_path, capsys, monkeypatch):
    """Run a measure in an empty folder; gives (exit code, output, errors)."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LANG", "C.UTF-8")
    monkeypatch.delenv("LC_ALL", raising=False)
    monkeypatch.delenv("LC_MESSAGES", raising=False)

    def call(*argv: str, **files: str) -> tuple[int, str, str]:
        for name, text in files.items():
            Path(name.replace("__", ".")).write_text(text, encoding="utf-8")
        code = main(list(argv))
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return call


def sample(command):
    Path("sample.csv").write_text(command.sample + "\n", encoding="utf-8")
    Path("model.toml").write_text(command.model_sample, encoding="utf-8")
    return [command.name, "sample.csv", *command.sample_options.split()]


@pytest.mark.parametrize("name", NAMES)
def test_sample_of_the_help_runs_in_both_outputs_and_languages(run, name):
    command = find(name)
    argv = sample(command)
    code, plain, errors = run(*argv)
    assert (code, errors) == (0, "")
    assert plain.strip()
    code, output, errors = run(*argv, "--json", "--lang", "zh")
    assert (code, errors) == (0, "")
    data = json.loads(output)
    rows = len(command.sample.strip().splitlines()) - 1
    assert data["input"]["rows_read"] == rows <= 5
    for language in ("en", "zh"):
        text = help_text(command, Catalogue(language))
        assert command.sample.strip() in text
        assert all(role.name in text for role in command.roles)
        assert all(option.flag in text for option in command.options)


@pytest.mark.parametrize("name", NAMES)
def test_charts_are_valid_where_there_is_one(run, name):
    argv = sample(find(name))
    code, _, errors = run(*argv, "--chart", "out.svg")
    if code == 2:
        assert "no chart" in errors or "nothing to draw" in errors
        return
    root = ElementTree.parse("out.svg").getroot()
    assert root.tag.endswith("svg")
    assert "nan" not in Path("out.svg").read_text(encoding="utf-8").lower().replace("finance", "")


def test_png_chart_and_unknown_ending(run):
    argv = sample(find("kano"))
    assert run(*argv, "--chart", "out.png")[0] == 0
    assert Path("out.png").read_bytes()[:4] == b"\x89PNG"
    code, _, errors = run(*argv, "--chart", "out.pdf")
    assert code == 2
    assert ".pdf" in errors
    assert run(*argv, "--chart", "no/such/folder.svg")[0] == 2


STABLE = {
    "bgnbd": "r alpha a b log_likelihood n",
    "gamma-gamma": "p q v n",
    "sbg": "alpha beta",
    "working-time": "rows",
    "weibull": "beta eta log_likelihood n_failed n_censored",
    "structural-index": "paths r2 index",
    "satisfaction": "index low high n population goal_state items",
    "nps": "nps low high n",
    "survival": "times survival low high median",
    "demand": "series overall",
    "kano": "items",
}


@pytest.mark.parametrize("name", STABLE)
def test_stable_keys(run, name):
    data = json.loads(run(*sample(find(name)), "--json")[1])
    assert set(STABLE[name].split()) <= set(data)


def test_overview_names_every_measure(run):
    code, output, _ = run()
    assert code == 0
    assert all(f"  {name} " in output for name in NAMES)
    assert run("--help")[0] == 0
    assert run("measure", "nps", "--help")[0] == 0


@pytest.mark.parametrize(
    ("argv", "part"),
    [
        (["nonsense"], "choose from"),
        (["nps"], "no file is given"),
        (["nps", "s.csv", "--wrong"], "unknown option"),
        (["nps", "s.csv", "--level", "x"], "not a number"),
        (["nps", "s.csv", "--level", "1.5"], "between 0 and 1"),
        (["nps", "s.csv", "--population", "x"], "not a whole number"),
        (["nps", "s.csv", "--population", "2"], "smaller than"),
        (["nps", "s.csv", "--column", "score"], "role=name"),
        (["nps", "s.csv", "--column", "answer=score"], "no role"),
        (["nps", "s.csv", "--by", "region"], "for --by is missing"),
        (["nps", "s.csv", "--weight", "w"], "column “w” is missing"),
        (["kano", "s.csv", "--weight", "w"], "takes no weights"),
        (["nps", "s.csv", "--level"], "wants a value"),
        (["demand", "s.csv", "--method", "magic"], "not one of"),
        (["replacement"], "--beta and --eta"),
        (["structural-index", "s.csv"], "needs --model"),
    ],
)
def test_wrong_usage_says_what_to_do(run, argv, part):
    code, output, errors = run(*argv, s__csv="score,count\n10,3\n5,2\n")
    assert (code, output) == (2, "")
    assert part in errors
    assert len(errors.strip().splitlines()) == 1


def test_groups_have_their_own_figures_and_changes(run):
    text = "q,score,count\nA,10,30\nA,3,10\nB,10,10\nB,3,30\nC,abc,1\n".replace("C,abc,1\n", "C,,1\n")
    code, output, _ = run("nps", "s.csv", "--by", "q", "--json", s__csv=text)
    data = json.loads(output)
    assert code == 0
    assert (data["groups"]["A"]["nps"], data["groups"]["B"]["nps"]) == (50.0, -50.0)
    assert "no valid answers" in data["groups"]["C"]["reason"]
    assert data["changes"][0]["difference"] == -100.0
    assert data["input"]["rows_rejected"] == 1


def test_trend_between_years(run):
    text = "year,score\n" + "".join(f"2001,{s}\n" for s in (60, 80, 70)) + "".join(f"2002,{s}\n" for s in (75, 85, 80))
    data = json.loads(run("interval", "s.csv", "--by", "year", "--json", s__csv=text)[1])
    assert data["changes"][0]["trend"] == "rising_not_proven"


def test_columns_can_be_renamed_and_weights_named(run):
    text = "answer,w\n10,1\n10,1\n2,2\n"
    code, output, _ = run("nps", "s.csv", "--column", "score=answer", "--weight", "w", "--json", s__csv=text)
    assert code == 0
    assert json.loads(output)["nps"] == pytest.approx(0.0)


def test_gb18030_and_semicolons_and_several_files(run, tmp_path):
    Path("a.csv").write_bytes("题;分数\n甲;9\n乙;10\n".encode("gb18030"))
    Path("b.csv").write_bytes("题;分数\n丙;3\n".encode("gb18030"))
    code, output, _ = run("nps", "a.csv", "b.csv", "--column", "score=分数", "--json")
    data = json.loads(output)
    assert (code, data["n"]) == (0, 3)
    assert data["input"]["files"] == ["a.csv", "b.csv"]


def test_parquet_or_a_clear_message(run):
    parquet = pytest.importorskip("pyarrow.parquet")
    table = __import__("pyarrow").table({"score": [10, 9, None, 3]})
    parquet.write_table(table, "s.parquet")
    code, output, _ = run("nps", "s.parquet", "--json")
    data = json.loads(output)
    assert (code, data["n"], data["input"]["rows_rejected"]) == (0, 3, 1)


def test_parquet_without_the_library_says_what_to_install(run, monkeypatch):
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    monkeypatch.setitem(sys.modules, "pyarrow.parquet", None)
    code, _, errors = run("nps", "s.parquet", s__parquet="x")
    assert code == 2
    assert "careloop[analytics]" in errors


def test_long_and_wide_files_give_the_same_index(run):
    wide = "respondent,company,a,b\n1,X,80,60\n2,X,,40\n3,Y,90,\n"
    long = "respondent,company,item,score\n1,X,a,80\n1,X,b,60\n2,X,b,40\n3,Y,a,90\n"
    weights = ("--weights", "a=2,b=1", "--map", "none", "--json")
    first = json.loads(run("satisfaction", "s.csv", *weights, s__csv=wide)[1])
    second = json.loads(run("satisfaction", "s.csv", *weights, s__csv=long)[1])
    for key in ("index", "low", "high", "n"):
        assert first[key] == pytest.approx(second[key])
    assert [i["mean"] for i in first["items"]] == [85.0, 50.0]


def test_demand_in_long_files(run):
    wide = "series_id,2025-01,2025-02,2025-03\nA,0,3,0\nB,1,,2\n"
    long = "series_id,period,quantity\nA,2025-02,3\nB,2025-01,1\nB,2025-02,\nB,2025-03,2\n"
    options = ("--method", "croston", "--json")
    first = json.loads(run("demand", "s.csv", *options, s__csv=wide)[1])
    second = json.loads(run("demand", "s.csv", *options, s__csv=long)[1])
    assert first["series"] == second["series"]
    assert any("taken as 0" in note for note in second["notes"])


def test_working_time_without_a_list_warns(run):
    text = "start,end\n2031-03-03T09:00,2031-03-03T10:00\n"
    code, output, _ = run("working-time", "s.csv", "--json", s__csv=text)
    data = json.loads(output)
    assert (code, data["rows"], data["years_not_covered"]) == (0, [{"minutes": 60}], [2031])


def test_working_time_rows_keep_file_order_with_reasons(run):
    text = "start,target_minutes\n2026-03-06T16:30,60\n,60\n2026-03-06T17:30,0\n"
    data = json.loads(run("working-time", "s.csv", "--json", s__csv=text)[1])
    assert [row["due"] for row in data["rows"]] == ["2026-03-06T17:30", None, "2026-03-09T08:30"]
    assert data["input"]["reasons"] == {"blank start, end or target": 1}


def test_own_days_file_and_many_rows(run):
    days = "date,kind\n2026-03-09,statutory_off\n2026-03-08,makeup_workday\n"
    line = "2026-03-06T17:00,2026-03-10T09:00\n"
    code, output, _ = run(
        "working-time", "s.csv", "--days", "d.csv", "--json", s__csv="start,end\n" + line * 10_001, d__csv=days
    )
    rows = json.loads(output)["rows"]
    assert code == 0
    assert rows[0] == {"minutes": 30 + 480 + 30}
    assert rows.count(rows[0]) == 10_001


def test_round_ticks_cover_the_range():
    for low, high in ((0, 100), (-3.2, 0.01), (5, 5), (1e-9, 3e-9)):
        marks = ticks(low, high)
        assert marks[0] <= low
        assert marks[-1] >= high
        assert len(marks) <= 10


def test_command_runs_as_a_module_without_django(tmp_path):
    (tmp_path / "s.csv").write_text("score\n10\n3\n", encoding="utf-8")
    program = (
        "import sys; from careloop.measures.cli import main; code = main(['nps', 's.csv', '--json']); "
        "assert 'django' not in sys.modules; sys.exit(code)"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=tmp_path, capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (0, b"")
    assert json.loads(done.stdout)["n"] == 2
