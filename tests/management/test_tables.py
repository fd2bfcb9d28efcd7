"""import, export and report through the command line, in this process."""

import csv
import json

import pytest

from careloop.core import exporting, importing, reporting
from careloop.core.importing import Done, Field, Rejected
from careloop.core.models import AccessLog, ImportKey
from careloop.staff.models import Department

pytestmark = pytest.mark.django_db


class Departments:
    kind = "departments"
    label = "Departments"
    permission = "staff.change_department"
    key = ("name",)
    fields = (Field("name", "name", is_required=True), Field("kind", "kind"), Field("station", "station"))

    def load(self, rows, *, actor, at, source):
        assert (actor.is_system, actor.entrance) == (True, "import")
        return [
            Rejected("name", "Not this one.")
            if row.values["name"] == "bad"
            else Done("created", Department.objects.create(name=row.values["name"]).pk)
            for row in rows
        ]


@pytest.fixture(autouse=True)
def registered(monkeypatch, tmp_path):
    monkeypatch.setattr(importing, "_PATHS", {"departments": f"{__name__}.Departments"})
    export = exporting.Export(
        "departments",
        "Departments",
        "staff.view_person",
        ("name", "kind"),
        lambda actor, filters: iter(Department.objects.filter(**filters).order_by("name").values_list("name", "kind")),
        ("kind",),
    )
    monkeypatch.setattr(exporting, "_EXPORTS", {"departments": export})
    report = reporting.Report(
        "sizes",
        "Sizes",
        "staff.view_person",
        lambda actor, *, since, until, options: {"n": 3, "share": 0.5, "since": since, "until": until, **options},
        ("station",),
    )
    monkeypatch.setattr(reporting, "_REPORTS", {"sizes": report})
    monkeypatch.chdir(tmp_path)
    (tmp_path / "d.csv").write_text("name,kind,more\n甲,workshop,1\nbad,,\n乙,,\n", "utf-8")


def test_an_import_prints_its_counts_as_json_and_ends_with_1_when_rows_were_rejected(run, tmp_path):
    code, out, err = run("import", "departments", "d.csv", "--json")

    assert code == 1
    assert json.loads(out) == {
        "read": 3, "created": 2, "updated": 0, "unchanged": 0, "rejected": 1, "rejected_file": "d.csv.rejected.csv",
    }  # fmt: skip
    assert "line 3, column “name”: Not this one." in err
    assert "more" in err
    assert (tmp_path / "d.csv.rejected.csv").exists()


def test_an_import_speaks_chinese(run):
    code, out, err = run("import", "departments", "d.csv", lang="zh-hans")

    assert code == 1
    assert "读取 3，新建 2，更新 0，未变 0，拒收 1。" in out
    assert "第 3 行" in err


def test_a_dry_run_writes_nothing(run, tmp_path):
    code, out, _err = run("import", "departments", "d.csv", "--dry-run")

    assert code == 1
    assert "dry run" in out
    assert (Department.objects.count(), ImportKey.objects.count()) == (0, 0)
    assert [p.name for p in tmp_path.iterdir()] == ["d.csv"]


def test_a_mapping_and_a_station_for_all_rows(run, tmp_path):
    (tmp_path / "m.toml").write_text('[source]\nname = "old"\n[columns]\nname = "more"\n', "utf-8")
    (tmp_path / "d.csv").write_text("name,more\nx,甲\n", "utf-8")

    code, _out, _err = run("import", "departments", "d.csv", "--mapping", "m.toml", "--station", "suzhou")

    assert code == 0
    assert Department.objects.get().name == "甲"
    assert ImportKey.objects.get().source == "old"


def test_a_station_is_refused_where_the_rows_have_none(run, monkeypatch):
    monkeypatch.setattr(Departments, "fields", Departments.fields[:2])

    code, _out, err = run("import", "departments", "d.csv", "--station", "suzhou")

    assert (code, Department.objects.count()) == (1, 0)
    assert "leave out --station" in err


def test_the_mappings_that_come_with_the_program_are_found_by_name(run):
    code, _out, err = run("import", "departments", "d.csv", "--mapping", "servicenow_incidents")

    assert code == 1
    assert "sys_updated_at" in err


def test_an_export_writes_exactly_the_filtered_rows_and_is_logged(run, tmp_path):
    Department.objects.create(name="=1+1", kind="workshop")
    Department.objects.create(name="乙", kind="sales")

    code, out, _err = run("export", "departments", "out.csv", "--filter", "kind=workshop", "--json")

    assert code == 0
    assert json.loads(out) == {"rows": 1, "file": "out.csv"}
    assert list(csv.reader((tmp_path / "out.csv").open(encoding="utf-8-sig"))) == [
        ["name", "kind"],
        ["'=1+1", "workshop"],
    ]
    log = AccessLog.objects.get()
    assert (log.what, log.rows, log.detail["filter"]) == ("export", 1, {"kind": "workshop"})


def test_a_report_prints_json_or_lines(run):
    code, out, _err = run(
        "report", "sizes", "--from", "2026-01-01", "--to", "2026-12-31", "--filter", "station=x", "--json"
    )
    assert code == 0
    assert json.loads(out) == {"n": 3, "share": 0.5, "since": "2026-01-01", "until": "2027-01-01", "station": "x"}

    assert run("report", "sizes")[1].splitlines()[:2] == ["n: 3", "share: 0.5"]
