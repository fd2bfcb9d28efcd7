"""The import engine, with an importer of departments (core and staff only)."""

import csv
import datetime as dt
import io
import time

import pytest
import xlsxwriter
from django.db import connection

from careloop.core import importing, mapping
from careloop.core.actor import Actor
from careloop.core.errors import DomainError, PermissionRefused
from careloop.core.importing import Done, Field, Incoming, Rejected
from careloop.core.models import ImportKey
from careloop.staff.models import Department

pytestmark = pytest.mark.django_db

T0 = dt.datetime(2026, 11, 19, 2, 0, tzinfo=dt.UTC)
ROBOT = Actor.system("import", entrance="import")


class Departments:
    """Takes over departments; remembers what it was given."""

    kind = "departments"
    label = "Departments"
    permission = "staff.change_department"
    key = ("name",)
    fields = (
        Field("name", "部门名称", is_required=True, longest=60, aliases=("department", "部门")),
        Field("kind", "类型", kind="choice", choices={"workshop": ("车间", "修理车间"), "sales": ("销售",)}),
        Field("opened_on", "成立日期", kind="date"),
        Field("people", "人数", kind="whole"),
        Field("parent", "上级"),
    )
    given: list[list[Incoming]] = []

    def load(self, rows, *, actor, at, source):
        self.given.append(list(rows))
        return [self.one(row) for row in rows]

    def one(self, row):
        values = row.values
        if values["name"] == "禁止":
            return Rejected("name", "This name is not allowed.", "Choose another.")
        if values["name"] == "炸":
            raise DomainError("It breaks.", field="people")
        if values["name"] == "bug":
            raise KeyError("bug")
        kind = values.get("kind") or "other"
        if row.object_id is None:
            made = Department.objects.create(
                name=values["name"], kind="impossible" if values["name"] == "违反" else kind
            )
            return Done("created", made.pk)
        Department.objects.filter(pk=row.object_id).update(name=values["name"], kind=kind)
        return Done("updated", row.object_id)


@pytest.fixture(autouse=True)
def registered(monkeypatch):
    monkeypatch.setattr(importing, "_PATHS", {"departments": f"{__name__}.Departments"})
    monkeypatch.setattr(Departments, "given", [])


def put(folder, text, name="t.csv", encoding="utf-8"):
    path = folder / name
    path.write_bytes(text.encode(encoding))
    return path


def run(path, toml="", **options):
    import tomllib

    mapped = mapping.parse(tomllib.loads(toml)) if toml else None
    return importing.run("departments", path, actor=ROBOT, at=T0, mapping=mapped, **options)


def counts(outcome):
    return (outcome.read, outcome.created, outcome.updated, outcome.unchanged, outcome.rejected)


def names():
    return sorted(Department.objects.values_list("name", flat=True))


FILE = '部门名称（必填）,类型,人数,备注\n维修一部,车间,"1,200",x\n销售部,sales,5,\n'


def test_columns_are_recognised_by_name_and_the_second_run_changes_nothing(tmp_path):
    path = put(tmp_path, FILE, encoding="gb18030")

    first, second = run(path), run(path)

    assert counts(first) == (2, 2, 0, 0, 0)
    assert first.ignored == ("备注",)
    assert first.rejected_file is None
    assert counts(second) == (2, 0, 0, 2, 0)
    assert [row.values for row in Departments.given[0]] == [
        {"name": "维修一部", "kind": "workshop", "people": 1200},
        {"name": "销售部", "kind": "sales", "people": 5},
    ]
    assert len(Departments.given) == 1
    assert ImportKey.objects.count() == 2


def test_a_changed_row_reaches_the_record_it_made(tmp_path):
    run(put(tmp_path, FILE))

    outcome = run(put(tmp_path, FILE.replace("车间", "销售")))

    assert counts(outcome) == (2, 0, 1, 1, 0)
    assert set(Department.objects.values_list("name", "kind")) == {("维修一部", "sales"), ("销售部", "sales")}


BAD = (
    "部门,类型,成立日期,人数\n"
    "甲,车间,2026-11-19,1\n"
    ",车间,,\n"
    "乙,没有这种,,\n"
    "丙,,2026-02-30,many\n"
    "丁,,11/12/2026,\n"
    "禁止,,,\n"
    "炸,,,\n"
    "违反,,,\n"
    "bug,,,\n"
    + "长" * 61 + ",,,\n"
    "戊,,,,,多了一格\n"
    "己,,,2.5\n"
    "=1+1,,,x\n"
    "庚,,2026年11月19日,3\n"
)  # fmt: skip


def test_bad_rows_are_listed_with_line_column_reason_and_remedy_and_the_good_ones_taken(tmp_path):
    path = put(tmp_path, BAD)

    outcome = run(path)

    assert counts(outcome) == (14, 2, 0, 0, 12)
    assert names() == ["庚", "甲"]
    assert outcome.rejected_file == str(tmp_path / "t.csv.rejected.csv")
    listed = list(csv.reader(io.StringIO((tmp_path / "t.csv.rejected.csv").read_text("utf-8-sig"))))
    assert listed[0][:4] == ["部门", "类型", "成立日期", "人数"]
    assert sorted(int(row[4]) for row in listed[1:]) == [3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14]
    reasons = {int(row[4]): row[5] for row in listed[1:]}
    assert reasons[5].count("; ") == 1  # two cells are wrong in this row
    assert "date_format" in reasons[6]
    assert "This name is not allowed. Choose another." in reasons[7]
    assert "人数: It breaks." in reasons[8]
    assert all(len(reason) > 10 for reason in reasons.values())
    assert {row[0] for row in listed[1:]} >= {"'=1+1", "禁止"}
    assert {problem.line for problem in outcome.problems} == set(reasons)


def test_the_rejected_rows_can_be_corrected_and_imported(tmp_path):
    outcome = run(put(tmp_path, "部门,人数\n甲,many\n乙,1\n"))
    path = tmp_path / "t.csv.rejected.csv"
    path.write_text(path.read_text("utf-8-sig").replace("many", "7"), "utf-8")

    again = run(path)

    assert counts(outcome) == (2, 1, 0, 0, 1)
    assert counts(again) == (1, 1, 0, 0, 0)
    assert names() == ["乙", "甲"]


def test_a_clean_run_removes_the_list_of_an_earlier_one(tmp_path):
    run(put(tmp_path, "部门,人数\n甲,many\n"))
    assert (tmp_path / "t.csv.rejected.csv").exists()

    run(put(tmp_path, "部门,人数\n甲,1\n"))

    assert not (tmp_path / "t.csv.rejected.csv").exists()


def test_a_dry_run_counts_and_writes_nothing(tmp_path):
    path = put(tmp_path, BAD)

    outcome = run(path, is_dry=True)

    assert counts(outcome) == (14, 2, 0, 0, 12)
    assert (outcome.rejected_file, len(outcome.problems)) == (None, 13)
    assert (Department.objects.count(), ImportKey.objects.count()) == (0, 0)
    assert [p.name for p in tmp_path.iterdir()] == ["t.csv"]


def test_the_same_key_twice_in_a_file(tmp_path):
    path = put(tmp_path, "部门,人数\n甲,1\n甲,1\n甲,2\n乙,1\n")

    first, second = run(path), run(path)

    assert counts(first) == (4, 2, 0, 1, 1)
    assert (first.problems[0].line, "2" in first.problems[0].reason) == (4, True)
    assert counts(second) == (4, 0, 0, 3, 1)


def test_a_key_whose_first_row_was_rejected_may_come_again(tmp_path):
    class Strict(Departments):
        pass

    outcome = run(put(tmp_path, "部门,人数,类型\n炸,1,\n甲,1,\n炸,2,\n"))

    assert counts(outcome) == (3, 1, 0, 0, 2)
    assert all("It breaks" in problem.reason for problem in outcome.problems)


def test_a_failing_row_spares_the_rest_of_its_portion(tmp_path):
    lines = [f"部{n},,,{n}" for n in range(700)]
    lines[350] = "炸,,,1"
    lines[351] = "违反,,,1"

    outcome = run(put(tmp_path, "部门,类型,成立日期,人数\n" + "\n".join(lines)))

    assert counts(outcome) == (700, 698, 0, 0, 2)
    assert Department.objects.count() == 698


def test_a_mapping_names_columns_words_constants_and_key(tmp_path):
    toml = """
    [source]
    name = "old"
    key = "{id}"
    date_format = "DMY"
    decimal = ","
    blanks = ["?", "N/A"]
    [columns]
    name = "{city} {unit}"
    kind = "art"
    opened_on = "since"
    people = "heads"
    [values.kind]
    "Werkstatt" = "workshop"
    "*" = "sales"
    [constants]
    parent = "总部"
    """
    path = put(tmp_path, "id;city;unit;art;since;heads\n1;苏州;一部;werkstatt;19.11.2026;1.200\n2;常州;N/A;x;?;\n")

    outcome = run(path, toml)

    assert counts(outcome) == (2, 2, 0, 0, 0)
    assert [row.values for row in Departments.given[0]] == [
        {"name": "苏州 一部", "kind": "workshop", "opened_on": dt.date(2026, 11, 19), "people": 1200, "parent": "总部"},
        {"name": "常州", "kind": "sales", "opened_on": None, "people": None, "parent": "总部"},
    ] or Departments.given[0][1].values["name"] == "常州 N/A"
    assert set(ImportKey.objects.values_list("source", "key")) == {("old", "1"), ("old", "2")}
    assert Departments.given[0][0].source_key == "old:1"


LOG = (
    "who,case,what,when,team\n"
    "li,A,open,2026-11-19 08:00,一组\n"
    "li,B,open,2026-11-19 08:30,一组\n"
    "wu,A,close,2026-11-19 10:00,二组\n"
    "wu,A,work,2026-11-19 09:00,二组\n"
    "li,B,open,2026-11-19 08:30,一组\n"
    "li,,open,2026-11-19 08:30,一组\n"
    "li,C,open,soon,一组\n"
    "li,C,close,2026-11-20,一组\n"
)
LOG_MAP = """
[source]
key = "{case}"
[columns]
name = "case"
parent = "who"
kind = "what"
[values.kind]
"close" = "sales"
"*" = "workshop"
[events]
at = "when"
activity = "what"
person = "who"
facts = { "Team" = "team" }
first = ["parent"]
[events.moments]
opened_on = "close"
"""


def test_a_log_becomes_one_record_per_key_with_its_events_in_order(tmp_path):
    path = put(tmp_path, LOG)

    outcome, again = run(path, LOG_MAP), run(path, LOG_MAP)

    assert counts(outcome) == (4, 2, 0, 0, 2)
    a, b = Departments.given[0]
    assert (a.key, a.line, a.values["parent"], a.values["kind"]) == ("A", 2, "li", "sales")
    assert [(e.activity, e.person, e.line) for e in a.events] == [
        ("open", "li", 2),
        ("work", "wu", 5),
        ("close", "wu", 4),
    ]
    assert [e.changes for e in a.events] == [[], [{"label": "Team", "before": "一组", "after": "二组"}], []]
    assert a.values["opened_on"] == a.events[-1].at == dt.datetime(2026, 11, 19, 2, tzinfo=dt.UTC)
    assert (b.key, [e.line for e in b.events], b.values["opened_on"]) == ("B", [3, 6], None)
    listed = list(csv.reader(io.StringIO((tmp_path / "t.csv.rejected.csv").read_text("utf-8-sig"))))
    assert [row[5] for row in listed[1:]] == ["7", "8", "9"]
    assert counts(again) == (4, 0, 0, 2, 2)


def test_a_log_with_one_more_event_updates_its_record(tmp_path):
    run(put(tmp_path, LOG), LOG_MAP)

    outcome = run(put(tmp_path, LOG + "wu,B,close,2026-11-21,一组\n"), LOG_MAP)

    assert counts(outcome) == (4, 0, 1, 1, 2)


@pytest.mark.parametrize(
    ("text", "toml", "hint"),
    [
        ("foo,bar\n1,2\n", "", "foo"),
        ("类型,人数\n车间,2\n", "", "name"),
        ("部门\n甲\n", "[columns]\nname = 'Name'", "Name"),
        ("部门\n甲\n", "[columns]\nname = '部门'\nfoo = '部门'", "foo"),
        ("部门\n甲\n", "[columns]\nname = '部门'\n[constants]\npeople = 'x'", "people"),
        ("部门\n甲\n", "[source]\nencodng = 'x'", "encodng"),
        ("部门\n甲\n", "[source]\ndate_format = 'x'", "date_format"),
        ("部门\n甲\n", "[source]\ntime_zone = 'Mars/Base'", "Mars"),
        ("部门\n甲\n", "[events]\nat = 'x'", "activity"),
        ("部门\n甲\n", "[columns]\nname = 5", "columns.name"),
    ],
)
def test_a_file_or_mapping_that_cannot_be_used_is_refused_before_anything_is_written(text, toml, hint, tmp_path):
    with pytest.raises(DomainError, match=hint):
        run(put(tmp_path, text), toml)

    assert Department.objects.count() == 0
    assert [p.name for p in tmp_path.iterdir()] == ["t.csv"]


def test_an_unclosed_quotation_mark_keeps_what_came_before(tmp_path, monkeypatch):
    monkeypatch.setattr("careloop.core.tabular.LONGEST_RECORD", 5_000)
    path = put(tmp_path, '部门,人数\n甲,1\n"乙,2\n' + "丙,3\n" * 5_000)

    outcome = run(path)

    assert counts(outcome) == (2, 1, 0, 0, 1)
    assert outcome.problems[0].line == 3


def test_a_cell_of_20_mb_is_rejected_with_its_reason(tmp_path):
    outcome = run(put(tmp_path, "部门,人数\n甲,1\n" + "乙" * 7_000_000 + ",2\n丙😀,3\n"))

    assert counts(outcome) == (3, 2, 0, 0, 1)
    assert names() == ["丙😀", "甲"]
    assert (tmp_path / "t.csv.rejected.csv").stat().st_size < 5_000


def test_a_workbook_with_title_and_merged_header_is_taken(tmp_path):
    path = tmp_path / "t.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        sheet = book.add_worksheet()
        sheet.merge_range("A1:D1", "部门一览表")
        sheet.write_row(2, 0, ["部门名称*", "类型", "成立日期", "人数"])
        sheet.write_row(3, 0, ["甲", "车间"])
        sheet.write_datetime(3, 2, dt.datetime(2026, 11, 19), book.add_format({"num_format": "yyyy-mm-dd"}))
        sheet.write_formula(3, 3, "=1+2", None, 3)
        sheet.write_row(4, 0, ["乙", "x", 46345])

    outcome = run(path)

    assert counts(outcome) == (2, 1, 0, 0, 1)
    assert Departments.given[0][0].values == {
        "name": "甲", "kind": "workshop", "opened_on": dt.date(2026, 11, 19), "people": 3,
    }  # fmt: skip
    assert outcome.problems[0].line == 5


def test_importing_needs_the_right_of_the_kind(tmp_path):
    with pytest.raises(PermissionRefused):
        importing.run("departments", put(tmp_path, FILE), actor=Actor.nobody(), at=T0)
    with pytest.raises(DomainError, match="departments"):
        importing.run("planets", put(tmp_path, FILE), actor=ROBOT, at=T0)


def test_rows_without_a_key_are_known_by_their_content(tmp_path, monkeypatch):
    monkeypatch.setattr(Departments, "key", ("parent",))
    path = put(tmp_path, "部门,人数\n甲,1\n乙,1\n")

    assert counts(run(path)) == (2, 2, 0, 0, 0)
    assert counts(run(path)) == (2, 0, 0, 2, 0)


def test_a_portion_costs_few_queries(tmp_path, django_assert_max_num_queries):
    path = put(tmp_path, "部门\n" + "\n".join(f"部{n}" for n in range(300)))
    run(path)

    with django_assert_max_num_queries(3):
        run(path)


def test_twenty_thousand_unchanged_rows_take_seconds(tmp_path, monkeypatch):
    def bulk(self, rows, *, actor, at, source):
        made = Department.objects.bulk_create([Department(name=row.values["name"], kind="other") for row in rows])
        return [Done("created", one.pk) for one in made]

    monkeypatch.setattr(Departments, "load", bulk)
    path = put(tmp_path, "部门,人数\n" + "\n".join(f"部{n},{n}" for n in range(20_000)))
    began = time.perf_counter()

    assert counts(run(path)) == (20_000, 20_000, 0, 0, 0)
    assert counts(run(path)) == (20_000, 0, 0, 20_000, 0)
    assert time.perf_counter() - began < 60
    assert connection.is_usable()
