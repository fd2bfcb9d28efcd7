"""Reading and writing tables."""

import csv
import datetime as dt
import tracemalloc
from decimal import Decimal

import pytest
import xlsxwriter

from careloop.core import tabular
from careloop.core.errors import DomainError
from careloop.core.tabular import Row, TableError, find_header, header_key, open_table, write_table

TEXT = '客户,电话\r\n苏州恒久,0512-66881234\r\n张伟😀,"a,b\nc"\r\n'


def rows(path, **options):
    return list(open_table(path, **options).rows())


def put(folder, content, name="t.csv"):
    path = folder / name
    path.write_bytes(content)
    return path


@pytest.mark.parametrize(
    ("encoding", "found"),
    [
        ("utf-8", "utf-8"),
        ("utf-8-sig", "utf-8-sig"),
        ("gb18030", "gb18030"),
        ("utf-16", "utf-16"),
        ("utf-16-le", "utf-16-le"),
        ("utf-16-be", "utf-16-be"),
    ],
)
def test_csv_is_read_in_its_encoding_with_line_numbers(encoding, found, tmp_path):
    path = put(tmp_path, TEXT.encode(encoding))

    table = open_table(path)

    assert table.encoding == found
    assert list(table.rows()) == [
        Row(1, ("客户", "电话")),
        Row(2, ("苏州恒久", "0512-66881234")),
        Row(3, ("张伟😀", "a,b\nc")),
    ]


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_the_separator_is_told_from_the_content(separator, tmp_path):
    text = separator.join(["a", "b", "c"]) + "\n" + separator.join(['"x,y;z"', "1", "2"]) + "\n"

    assert [row.cells for row in rows(put(tmp_path, text.encode()))] == [("a", "b", "c"), ("x,y;z", "1", "2")]


def test_one_column_without_any_separator(tmp_path):
    assert [row.cells for row in rows(put(tmp_path, b"name\nx\n"))] == [("name",), ("x",)]


def test_blank_lines_are_passed_over_and_lines_still_count(tmp_path):
    assert [row.line for row in rows(put(tmp_path, b"a,b\n\n,\n1,2\n\r\n3,4"))] == [1, 4, 6]


def test_a_cell_of_20_mb_is_a_fault_of_its_row_only(tmp_path):
    path = put(tmp_path, b"a,b\n1," + b"x" * 20_000_000 + b"\n2,3\n")

    found = rows(path)

    assert [(row.line, bool(row.fault)) for row in found] == [(1, False), (2, True), (3, False)]
    assert len(found[1].cells[1]) < 300


def test_a_quotation_mark_that_is_never_closed_ends_reading_with_its_line(tmp_path, monkeypatch):
    monkeypatch.setattr(tabular, "LONGEST_RECORD", 10_000)
    path = put(tmp_path, b'a,b\n1,2\n3,"4\n' + b"5,6\n" * 20_000)
    reading = open_table(path).rows()

    assert [next(reading).line, next(reading).line] == [1, 2]
    with pytest.raises(TableError) as refused:
        list(reading)
    assert refused.value.line == 3


def test_broken_bytes_in_utf8_are_a_fault_of_their_row(tmp_path):
    path = put(tmp_path, ("客户,电话\n" + "苏州恒久,1\n" * 50).encode() + b"\xff\xfe,2\n" + "常州,3\n".encode())

    found = rows(path)

    assert [row.line for row in found if row.fault] == [52]
    assert found[-1].cells == ("常州", "3")


def test_bytes_of_no_encoding_are_told_with_their_place(tmp_path):
    with pytest.raises(TableError, match="4"):
        open_table(put(tmp_path, b"a,b\xff\xff\xff\n" * 5))


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (b"", "t.csv"),
        (b"PK\x03\x04nothing", "t.csv"),
        (b"rubbish", "t.xlsx"),
        (b"\xd0\xcf\x11\xe0" + b"\0" * 600, "t.xls"),
    ],
)
def test_an_unreadable_file_is_refused_with_its_name(content, name, tmp_path):
    with pytest.raises(TableError) as refused:
        rows(put(tmp_path, content, name))
    assert name in str(refused.value.message)


def test_a_missing_file_and_an_unknown_encoding_are_refused(tmp_path):
    with pytest.raises(TableError):
        open_table(tmp_path / "none.csv")
    with pytest.raises(TableError):
        open_table(put(tmp_path, b"a,b\n"), encoding="klingon")


def test_nul_bytes_and_too_many_columns_do_not_crash(tmp_path):
    assert rows(put(tmp_path, b"a,b\n1\0,2\n"))[1].cells == ("1", "2")
    assert rows(put(tmp_path, b"a," * 2000 + b"\n"))[0].fault


def workbook(path, fill, **options):
    with xlsxwriter.Workbook(str(path), options) as book:
        fill(book)
    return path


def test_a_workbook_gives_values_of_formulas_dates_and_line_numbers(tmp_path):
    def fill(book):
        book.add_worksheet("空").hide()
        sheet = book.add_worksheet("客户")
        sheet.write_row(2, 1, ["名称", "数", "日期", "公式"])
        sheet.write_row(4, 1, ["苏州", 12.0])
        sheet.write_datetime(4, 3, dt.datetime(2026, 11, 19), book.add_format({"num_format": "yyyy-mm-dd"}))
        sheet.write_formula(4, 4, "=1+2", None, 3)
        sheet.activate()
        sheet.set_first_sheet()

    path = workbook(tmp_path / "t.xlsx", fill)

    table = open_table(path)
    assert table.sheet == "客户"
    assert list(table.rows()) == [
        Row(3, ("名称", "数", "日期", "公式")),
        Row(5, ("苏州", 12, dt.date(2026, 11, 19), 3)),
    ]
    with pytest.raises(TableError, match="客户"):
        open_table(path, sheet="没有")


def test_a_workbook_with_a_wrong_ending_is_read(tmp_path):
    path = workbook(tmp_path / "t.xlsx", lambda book: book.add_worksheet().write_row(0, 0, ["a", "b"]))
    path.rename(tmp_path / "t.csv")

    assert rows(tmp_path / "t.csv") == [Row(1, ("a", "b"))]


KNOWN = {"客户名称", "电话", "客户信息名称", "客户信息电话", "金额"}


def known(name):
    return header_key(name) in KNOWN


def test_titles_above_the_header_are_passed_over():
    first = [
        Row(1, ("2026年客户一览表", None, None)),
        Row(2, ("制表：李", None)),
        Row(4, ("客户名称（必填）*", "电 话", "备注")),
        Row(5, ("a", "b", "c")),
    ]

    header = find_header(first, known)

    assert header == tabular.Header(("客户名称（必填）*", "电 话", "备注"), 3)


def test_two_merged_header_rows_are_joined():
    first = [Row(1, ("客户信息", None, "费用")), Row(2, ("名称", "电话", "金额")), Row(3, ("a", "b", 1))]

    header = find_header(first, lambda name: header_key(name) in {"客户信息名称", "客户信息电话", "费用金额"})

    assert header == tabular.Header(("客户信息 名称", "客户信息 电话", "费用 金额"), 2)


def test_a_header_named_by_line_is_taken_as_it_is():
    first = [Row(1, ("x", "y")), Row(3, ("上", None)), Row(4, ("a", "b")), Row(5, ("1", "2"))]

    assert find_header(first, known, rows=(3, 4)) == tabular.Header(("上 a", "上 b"), 3)
    with pytest.raises(TableError):
        find_header(first, known, rows=(2,))


def test_a_file_without_any_known_column_says_what_it_found():
    with pytest.raises(TableError, match="foo"):
        find_header([Row(1, ("foo", "bar"))], known)


VALUES = [
    [
        "=1+1",
        Decimal("12.50"),
        dt.date(2026, 11, 19),
        dt.datetime(2026, 11, 19, 6, 30, tzinfo=dt.UTC),
        True,
        None,
        "+8613812345678",
        "苏州😀",
    ]
]
NAMES = ["公式", "数", "日", "时", "是", "空", "电话", "文"]


def test_csv_is_written_without_formulas_and_reads_back(tmp_path):
    path = tmp_path / "t.csv"

    assert write_table(path, NAMES, VALUES) == 1

    assert path.read_bytes().startswith(b"\xef\xbb\xbf")
    raw = list(csv.reader(path.open(encoding="utf-8-sig")))
    assert raw[1] == ["'=1+1", "12.50", "2026-11-19", "2026-11-19 14:30:00+08:00", "1", "", "+8613812345678", "苏州😀"]
    assert rows(path)[1].cells[0] == "=1+1"


def test_xlsx_is_written_without_formulas_and_reads_back(tmp_path):
    path = tmp_path / "t.xlsx"

    write_table(path, NAMES, VALUES)

    assert rows(path)[1].cells == (
        "=1+1",
        12.5,
        dt.date(2026, 11, 19),
        dt.datetime(2026, 11, 19, 14, 30),
        True,
        None,
        "+8613812345678",
        "苏州😀",
    )


def test_parquet_keeps_types(tmp_path):
    from pyarrow import parquet

    path = tmp_path / "t.parquet"

    write_table(path, NAMES, VALUES * 3)

    assert parquet.read_table(path).to_pylist()[0] == {
        "公式": "=1+1", "数": Decimal("12.5"), "日": dt.date(2026, 11, 19),
        "时": dt.datetime(2026, 11, 19, 6, 30, tzinfo=dt.UTC), "是": True, "空": None, "电话": "+8613812345678", "文": "苏州😀",
    }  # fmt: skip


@pytest.mark.parametrize("name", ["t.txt", "none/t.csv"])
def test_a_wrong_ending_or_folder_is_refused(name, tmp_path):
    with pytest.raises(DomainError):
        write_table(tmp_path / name, ["a"], [])


@pytest.mark.parametrize("name", ["t.csv", "t.xlsx", "t.parquet"])
def test_a_failure_in_the_middle_leaves_the_old_file(name, tmp_path):
    path = tmp_path / name
    path.write_bytes(b"old")

    def broken():
        yield ["1"]
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        write_table(path, ["a"], broken())
    assert path.read_bytes() == b"old"
    assert [p.name for p in tmp_path.iterdir()] == [name]


def test_many_rows_are_read_in_little_memory(tmp_path):
    path = tmp_path / "t.csv"
    with path.open("w", encoding="gb18030") as file:
        file.write("客户,电话,地址\n")
        file.writelines(f"苏州恒久机械{n},138{n:08d},工业园区星湖街{n}号\n" for n in range(100_000))
    tracemalloc.start()

    count = sum(1 for _ in open_table(path).rows())

    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert count == 100_001
    assert peak < 8_000_000


def test_a_file_of_blank_lines_is_told_as_such(tmp_path):
    with pytest.raises(TableError, match="文件里没有内容"):
        find_header(rows(put(tmp_path, b"\n\n  \n")), lambda name: True, wanted=["customer"])


def test_a_workbook_of_another_kind_is_told_what_to_do(tmp_path):
    with pytest.raises(TableError, match="另存为 .xlsx"):
        rows(put(tmp_path, b"\xd0\xcf\x11\xe0" + b"\0" * 600, "t.xlsx"))
