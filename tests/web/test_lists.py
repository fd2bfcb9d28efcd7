"""Lists: cells, cards, the filter bar and the queue."""

from decimal import Decimal

import pytest
from django.http import QueryDict
from django.template import Context, Template
from django.test import RequestFactory
from django.utils import translation

from careloop.web.parts import lists
from tests.cases.factories import Desk
from tests.factories import client_of

BAD = '<img src=x onerror="alert(1)">'
COLUMNS = [
    {"key": "number", "label": "工单", "kind": "main"},
    {"key": "party", "label": "客户", "kind": "party"},
    {"key": "state", "label": "状态", "kind": "state"},
    {"key": "amount", "label": "金额", "kind": "money", "optional": True},
]


@pytest.fixture(autouse=True)
def english():
    with translation.override("en"):
        yield


def asked(query: str):
    return RequestFactory().get("/list/?" + query)


def test_every_cell_but_the_first_names_its_column_for_the_card_on_the_phone():
    made = lists.table(COLUMNS[:2], [{"url": "/w/1/", "number": "WX-1", "party": {"name": "禾木", "grade": "B"}}])
    assert '<td><a class="row" href="/w/1/">WX-1</a></td>' in made
    assert '<td data-l="客户"><div class="v"><span class="cl-grade">B' in made


def test_an_empty_cell_is_a_dash_on_the_desk_and_left_out_on_the_phone():
    made = lists.table(COLUMNS, [{"number": "WX-1", "party": None, "state": None, "amount": ""}])
    assert made.count('class="is-void"') == 2
    assert made.count('class="num is-void"') == 1


@pytest.mark.parametrize("kind", sorted(lists.CELLS))
def test_no_kind_of_cell_lets_markup_through(kind):
    value = {
        "main": {"text": BAD, "sub": BAD, "url": BAD}, "two": {"text": BAD, "sub": BAD}, "link": {"text": BAD, "url": BAD},
        "party": {"name": BAD, "sub": BAD, "grade": BAD, "url": BAD}, "state": {"label": BAD, "tone": "ok"},
        "states": [{"label": BAD, "tone": "ok"}], "clock": {"state": "paused", "note": BAD}, "tags": [BAD],
        "bar": {"value": 0.5, "text": BAD, "tone": BAD}, "buttons": [{"label": BAD, "url": BAD}],
    }.get(kind, BAD)  # fmt: skip
    made = lists.table([{"key": "x", "label": BAD, "kind": kind}], [{"x": value, "tone": BAD}], caption=BAD)
    assert "<img" not in made
    assert 'onerror="' not in made


def test_columns_of_the_address_are_shown_and_the_first_always_stays():
    keys = [c["key"] for c in lists.shown_columns(COLUMNS, QueryDict("cols=amount,unknown"))]
    assert keys == ["number", "amount"]


def test_without_a_choice_the_optional_columns_stay_away():
    assert [c["key"] for c in lists.shown_columns(COLUMNS, QueryDict(""))] == ["number", "party", "state"]


@pytest.mark.parametrize(
    ("value", "shown"),
    [(Decimal("1240"), "¥1\u202f240.00"), (0, "¥0.00"), (Decimal("-3.5"), "−¥3.50"), (None, ""), ("¥5 起", "¥5 起")],
)
def test_money_is_read_at_a_glance(value, shown):
    assert lists.money(value) == shown


FIELDS = [
    {"name": "q", "label": "搜索", "kind": "search"},
    {"name": "state", "label": "状态", "kind": "multi", "options": [("new", "新"), ("run", "进行中")]},
    {"name": "day", "label": "日期", "kind": "range"},
    {"name": "mine", "label": "我的", "kind": "check"},
]


def test_active_filters_become_pills_that_remove_only_themselves():
    made = lists.filter_context(asked("q=漏油&state=new&state=run&day_from=2026-11-01&mine=1&cols=a&before=77"), FIELDS)
    assert [(pill["label"], pill["text"]) for pill in made["pills"]] == [
        ("状态", "新, 进行中"), ("日期", "2026-11-01 – "), ("我的", "我的"),
    ]  # fmt: skip
    assert made["pills"][0]["url"] == "?q=%E6%BC%8F%E6%B2%B9&day_from=2026-11-01&mine=1&cols=a"
    assert made["kept"] == [("cols", "a")]
    assert made["reset_url"] == "?cols=a"


def test_a_new_filter_starts_at_the_first_page():
    assert "before" not in dict(lists.filter_context(asked("before=9&q=x"), FIELDS)["kept"])


def test_the_filter_form_works_without_script():
    page = Template("{% filters fields %}").render(Context({"fields": FIELDS, "request": asked("state=new")}))
    assert '<form class="cl-filter" method="get"' in page
    assert 'name="state" value="new" checked' in page
    assert '<button class="btn btn-primary btn-sm">Apply</button>' in page


def test_a_queue_row_says_when_what_why_who_and_what_to_do():
    row = {
        "time": "14:30", "title": "回电", "url": "/c/1/", "why": "答应 14:30 前回电", "who": "禾木", "grade": "B",
        "plate": "苏E·7K21Q", "clock": {"state": "near", "minutes": 20}, "action": {"label": "回电", "url": "/c/1/call/"},
    }  # fmt: skip
    made = lists.queue_row(row, because="because")
    for part in ("14:30", '<a href="/c/1/">回电</a>', '<span class="k">because</span>答应', "苏E·7K21Q", "Soon, 20 min left",
                 'href="/c/1/call/"'):  # fmt: skip
        assert part in made


def test_a_list_without_rows_says_why_and_offers_the_next_step():
    page = Template("{% listing columns page empty=empty %}").render(
        Context(
            {
                "columns": COLUMNS,
                "page": [],
                "empty": {"title": "没有工单", "action": {"label": "接车", "url": "/new/"}},
                "request": asked(""),
            }
        )  # fmt: skip
    )
    assert "没有工单" in page
    assert 'href="/new/"' in page
    assert "<table" not in page


def test_a_list_without_a_filter_match_says_so():
    page = Template("{% listing columns page %}").render(
        Context({"columns": COLUMNS, "page": [], "request": asked("")})
    )
    assert "No row fits this filter." in page


def test_pages_of_a_list_are_linked_both_ways():
    page = {"rows": [{"number": "WX-1"}], "newer": "?after=1", "older": None}
    made = Template("{% listing columns page %}").render(
        Context({"columns": COLUMNS, "page": page, "request": asked("")})
    )
    assert 'href="?after=1" rel="prev"' in made
    assert 'rel="next"' not in made


def test_an_empty_list_says_the_sentence_as_it_was_written():
    page = Template("{% listing columns rows empty=said %}").render(
        Context({"columns": COLUMNS, "rows": [], "said": "No deviation in this period."})
    )
    assert "<b>No deviation in this period.</b>" in page


@pytest.mark.parametrize(
    ("query", "wide"),
    [
        ("view=open&q=x&before=9", "?view=open"),
        ("state=open&state=closed&cols=a", "?cols=a"),
        ("view=open&q=&days=30", ""),
    ],
)
def test_the_address_without_what_narrows_the_list(query, wide):
    assert lists.widened(QueryDict(query)) == wide


@pytest.mark.django_db
def test_an_empty_list_under_a_filter_offers_to_clear_it():
    desk = Desk()
    client = client_of(desk.user)
    page = client.get("/cases/?view=all&q=zzzz").content.decode()
    assert "没有符合筛选条件的记录" in page and 'href="?view=all"' in page
    assert "没有符合筛选条件的记录" not in client.get("/cases/?view=all").content.decode()


def test_an_export_takes_the_filter_along_whatever_its_address_looks_like():
    export = [{"label": "XLSX", "url": "?format=xlsx"}, {"label": "CSV", "url": "/rows.csv"}]
    tag = "{% filters fields export=export %}"
    page = Template(tag).render(Context({"fields": FIELDS, "export": export, "request": asked("state=new")}))
    assert 'href="?format=xlsx&amp;state=new"' in page
    assert 'href="/rows.csv?state=new"' in page
