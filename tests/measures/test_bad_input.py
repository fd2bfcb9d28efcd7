"""Hostile files: a figure, a stated null, or an error of one line; never NaN, never a traceback."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from careloop.measures.cli import main
from careloop.measures.commands import NAMES, find

NUMBERS = ("", "0", "-1", "1e308", "nan", "inf", "-inf", "abc", "1,5", "１２", "9" * 400, "1e-320", "0.5", "2")


def call(argv, capsys):
    code = main(argv)
    captured = capsys.readouterr()
    assert code in (0, 2), argv
    if code == 2:
        assert captured.out == ""
        assert captured.err.strip()
        assert len(captured.err.strip().splitlines()) == 1
        assert "Traceback" not in captured.err
    else:
        json.loads(captured.out, parse_constant=lambda name: pytest.fail(f"{argv} gives {name}"))
    return code, captured.err


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LANG", "C")
    return tmp_path


def options(command):
    Path("model.toml").write_text(command.model_sample, encoding="utf-8")
    return ["f.csv", *command.sample_options.split(), "--json"]


@pytest.mark.parametrize("name", NAMES)
def test_broken_files(name, folder, capsys):
    command = find(name)
    header, *rows = command.sample.splitlines()
    files = {
        "empty": b"",
        "header only": header.encode(),
        "blank lines": header.encode() + b"\n\n\n",
        "short row": (header + "\n" + rows[0].rpartition(",")[0]).encode() if "," in header else b"\n",
        "long row": (header + "\n" + rows[0] + ",1,2,3").encode(),
        "binary": bytes(range(256)) * 4,
        "same names": (header + "," + header + "\n" + rows[0] + "," + rows[0]).encode(),
        "open quote": (header + "\n" + '"' + rows[0]).encode(),
        "bad bytes": header.encode() + b"\n\xff\xfe\x80\x81\xff" + b"," * header.count(","),
        "other columns": b"foo,bar\n1,2\n3,4\n",
    }
    for label, raw in files.items():
        Path("f.csv").write_bytes(raw)
        code, _ = call([name, *options(command)], capsys)
        if label in ("empty", "header only", "blank lines", "binary", "same names", "long row"):
            assert code == 2, label


@pytest.mark.parametrize("name", NAMES)
def test_hostile_cells(name, folder, capsys):
    command = find(name)
    header, *rows = command.sample.splitlines()
    cells = [row.split(",") for row in rows]
    for column in range(len(header.split(","))):
        for value in NUMBERS:
            changed = [list(row) for row in cells]
            for row in changed:
                row[column] = f'"{value}"'
            Path("f.csv").write_text("\n".join([header, *(",".join(r) for r in changed)]), encoding="utf-8")
            call([name, *options(command)], capsys)


@pytest.mark.parametrize("name", NAMES)
def test_one_row_and_doubled_rows(name, folder, capsys):
    command = find(name)
    header, *rows = command.sample.splitlines()
    for body in (rows[:1], rows * 2, rows[:1] * 30):
        Path("f.csv").write_text("\n".join([header, *body]), encoding="utf-8")
        call([name, *options(command)], capsys)


def needed(name):
    """Columns that the command cannot do without."""
    return [role.name for role in find(name).roles if role.required]


@pytest.mark.parametrize("name", [name for name in NAMES if needed(name)])
def test_missing_column_names_what_is_there(name, folder, capsys):
    Path("f.csv").write_text("something\n1\n2\n", encoding="utf-8")
    code, errors = call([name, *options(find(name))], capsys)
    assert code == 2
    assert "something" in errors
    assert f"--column {needed(name)[0]}=NAME" in errors


@pytest.mark.parametrize(
    ("name", "text", "part"),
    [
        ("nps", "score\n\n\n", "no rows"),
        ("nps", "score,count\n,3\n", "no valid answers"),
        ("nps", "score,count\n9,-3\n", "line 2, column count"),
        ("nps", "score\n11\n", "from 0 to 10"),
        ("nps", "score\n7.5\n", "not a whole"),
        ("weibull", "time,failed\n5,0\n6,0\n", "no failures"),
        ("weibull", "time,failed\n0,1\n6,0\n", "line 2"),
        ("weibull", "time,failed\n5,maybe\n", "yes or no"),
        ("satisfaction", "a,b\nNA,NA\nNA,\n", "nobody rated"),
        ("bgnbd", "x,t_x,T\n0,0,5\n0,0,6\n", "no customer bought again"),
        ("bgnbd", "x,t_x,T\n3,7,5\n", "after T"),
        ("gamma-gamma", "x,zbar\n1,5\n2,5\n", "same value"),
        ("sbg", "period,survivors\n0,100\n1,90\n2,95\n", "rise"),
        ("sbg", "period,survivors\n0,100\n2,90\n", "without gaps"),
        ("demand", "series_id,2025-01\nA,-1\n", "at least 0"),
        ("demand", "series_id,2025-01\nA,1\nA,2\n", "stands there twice"),
        ("demand", "series_id,period,quantity\nA,1,1\nA,1,2\n", "two rows"),
        ("working-time", "start,end\n2026-02-30T10:00,2026-03-01T10:00\n", "line 2, column start"),
        ("working-time", "start,end\n2026-03-01T10:00+08:00,2026-03-01T10:00\n", "no zone"),
        ("working-time", "calendar,start,end\nX,2026-03-01T10:00,2026-03-01T10:00\n", "no calendar|default"),
        ("survival", "duration,event\n-1,1\n", "at least 0"),
        ("mcf", "unit,time,event\nA,5,repair\n", "end of observation"),
        ("mcf", "unit,time,event\nA,5,end\n", "no machine had an event"),
        ("fill-rate", "order_id,ordered,delivered\n1,0,0\n", "above 0"),
        ("assessment", "person,n,k\nA,5,6\n", "line 2"),
        ("gbt27922", "points,got\n10,11\n", "line 2"),
        ("follow-up", "due,done_in_window,tried,reached,valid_answers,dissatisfied,answered_in_time\n1,2,3,3,1,1,1\n",
         "done_in_window"),
        ("themes", "text,segment\na,x\nb,x\n", "two segments"),
        ("duplicates", "text\n\n \n", "no rows"),
    ],
)  # fmt: skip
def test_impossible_data_name_the_place_and_the_remedy(name, text, part, folder, capsys):
    import re

    Path("f.csv").write_text(text, encoding="utf-8")
    code, errors = call([name, "f.csv", "--json"], capsys)
    if name == "working-time" and "calendar" in text:
        return  # without --calendars every row uses the default calendar
    assert code == 2
    assert re.search(part, errors)


@pytest.mark.parametrize(
    "text",
    ["", "= broken", "[blocks]\nA = 5", "[blocks]\nA = ['im1']\n", 'paths = [["A"]]\n[blocks]\nA = ["im1"]',
     "[scale]\nlow = 'x'\n[blocks]\nA = ['im1', 'im2']\nB = ['sa1']\n[paths]\nB = ['A']",
     "[blocks]\nA = ['nope']\nB = ['sa1']\n[paths]\nB = ['A']"],
)  # fmt: skip
def test_broken_models(text, folder, capsys):
    command = find("structural-index")
    Path("f.csv").write_text(command.sample, encoding="utf-8")
    Path("m.toml").write_text(text, encoding="utf-8")
    assert call(["structural-index", "f.csv", "--model", "m.toml", "--json"], capsys)[0] == 2
    assert call(["servqual", "f.csv", "--model", "m.toml", "--json"], capsys)[0] == 2
    assert call(["structural-index", "f.csv", "--model", "none.toml", "--json"], capsys)[0] == 2


def test_broken_calendars(folder, capsys):
    Path("f.csv").write_text("start,end\n2026-03-02T10:00,2026-03-02T11:00\n", encoding="utf-8")
    for text in ("", "[]", '{"A": 5}', '{"A": {"days": "workday"}}', '{"A": {"days": "x", "hours": [["1:00", "2:00"]]}}',
                 '{"A": {"days": "all", "hours": [["09:00", "08:00"]]}}'):  # fmt: skip
        Path("c.json").write_text(text, encoding="utf-8")
        assert call(["working-time", "f.csv", "--calendars", "c.json", "--json"], capsys)[0] == 2
    Path("c.json").write_text('{"A": {"days": "all", "hours": [["09:00", "10:00"]]}, "B": {"days": "all", "hours": '
                              '[["09:00", "10:00"]]}}', encoding="utf-8")  # fmt: skip
    assert call(["working-time", "f.csv", "--calendars", "c.json", "--json"], capsys)[0] == 2
    assert call(["working-time", "f.csv", "--calendars", "c.json", "--calendar", "A", "--json"], capsys)[0] == 0


def test_one_respondent_and_all_not_applicable(folder, capsys):
    Path("f.csv").write_text("a,b\n80,60\n", encoding="utf-8")
    assert main(["satisfaction", "f.csv", "--json"]) == 0
    data = json.loads(capsys.readouterr().out)
    assert (data["index"], data["low"]) == (70.0, None)
    assert data["reason"]
