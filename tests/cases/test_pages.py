"""The pages of service requests, as a person at the desk uses them."""

import datetime as dt
import json
import re

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from careloop.cases import services
from careloop.cases.models import Case, Promise
from careloop.core.models import AccessLog, Event
from careloop.management import cli
from tests.cases.factories import CLOSING, HOUR, MINUTE, Desk
from tests.factories import T0, VehicleFactory, client_of, user_with
from tests.workorders.factories import picture

pytestmark = pytest.mark.django_db
PARTIAL = {"HX-Request": "true", "HX-Request-Type": "partial"}


@pytest.fixture
def desk():
    with time_machine.travel(T0, tick=False):
        yield Desk()


@pytest.fixture
def client(desk: Desk) -> Client:
    return client_of(desk.user)


def url(name: str, *args) -> str:
    return reverse(f"cases:{name}", args=args)


def text_of(response) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


def form(desk: Desk, **changes) -> dict:
    return {
        "customer": desk.customer.code,
        "asset": desk.machine.code,
        "contact": desk.contact.pk,
        "channel": "phone",
        "kind": "fault",
        "urgency": "none",
        "verbatim": "启动就报警，加热不上去。",
        "circumstances": "冷机启动",
        "station": desk.station.pk,
        "save": "accept",
        **changes,
    }


# --- the register ------------------------------------------------------------------------------------------------


def test_a_caller_is_found_by_plate_phone_or_serial_and_the_register_is_filled_in(desk: Desk, client: Client) -> None:
    from careloop.assets.services.base import search_doc
    from careloop.core import search

    car = VehicleFactory(customer=desk.customer, station=desk.station, plate="苏E7K21Q")
    search.bulk_index([search_doc(car), search_doc(desk.machine)])

    by_plate = client.get(url("lookup"), {"q": "7K21Q"}, headers=PARTIAL)
    by_serial = client.get(url("lookup"), {"q": desk.machine.serial_no[-4:]}, headers=PARTIAL)
    page = client.get(url("create"), {"asset": desk.machine.code})

    assert f"?asset={car.code}" in by_plate.content.decode()
    assert f"?asset={desk.machine.code}" in by_serial.content.decode()
    assert "苏州恒力机械有限公司" in text_of(page)
    assert "没有查到“无此人”" in text_of(client.get(url("lookup"), {"q": "无此人"}, headers=PARTIAL))


def test_a_request_is_registered_on_one_screen(desk: Desk, client: Client) -> None:
    response = client.post(
        url("create"),
        form(
            desk,
            urgency="stopped",
            stopped_since="2026-11-19T09:30",
            promise_at="2026-11-19T11:00",
            promise_text="回电",
        ),
    )

    case = Case.objects.get()
    assert response.url == url("detail", case.number)
    assert (case.state, case.stopped_since, case.received_by_id) == ("accepted", T0 - 30 * MINUTE, desk.actor.person_id)
    assert Promise.objects.get().due_at == T0 + HOUR
    page = text_of(client.get(response.url))
    assert "已受理" in page and "停产" in page and "启动就报警" in page


def test_a_new_customer_in_passing_is_warned_about_a_likely_duplicate_and_taken_when_confirmed(
    desk: Desk, client: Client
) -> None:
    given = form(desk, customer="", asset="", contact="", kind="question", is_asset_unknown="on",
                 new_customer_name="苏州市恒力机械股份有限公司", new_contact_name="王芳", new_contact_phone="13700001111")  # fmt: skip

    warned = client.post(url("create"), given)
    assert (warned.status_code, Case.objects.count()) == (422, 0)
    assert "苏州恒力机械有限公司" in text_of(warned) and 'name="confirm_duplicates"' in warned.content.decode()
    assert client.post(url("create"), {**given, "confirm_duplicates": "on"}).status_code == 302
    assert Case.objects.get().customer_id != desk.customer.pk


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"verbatim": ""}, "客户原话"),
        ({"circumstances": ""}, "故障时情况"),
        ({"urgency": "stopped"}, "停机开始时间"),
        ({"customer": "", "asset": ""}, "请选择客户"),
        ({"new_contact_name": "王芳"}, "新联系人要有姓名和电话"),
        ({"promise_at": "2026-11-19T09:00"}, "承诺时间须在现在之后"),
        ({"channel": "pigeon"}, "pigeon"),
    ],
)
def test_what_is_missing_or_wrong_is_said_in_words_and_nothing_is_saved(desk, client, changes, words) -> None:
    response = client.post(url("create"), form(desk, **changes))

    assert (response.status_code, Case.objects.count()) == (422, 0)
    assert words in text_of(response)
    assert "启动就报警" in response.content.decode() or not changes.get("verbatim", "x")


def test_readings_of_the_family_are_typed_with_unit_and_range(desk: Desk, client: Client) -> None:
    family = desk.machine.model.family
    family.readings = [{"key": "pressure", "label": "压力", "unit": "MPa", "low": 0.2, "high": 0.3}]
    family.save()
    page = client.get(url("create"), {"asset": desk.machine.code}).content.decode()
    assert 'name="reading_pressure"' in page and "0.2–0.3" in page

    refused = client.post(url("create"), form(desk, reading_pressure="2.5", unit_pressure="kW"))
    assert refused.status_code == 422 and "不能用单位“kW”" in text_of(refused)
    client.post(url("create"), form(desk, reading_pressure="2.5", unit_pressure="bar"))

    case = Case.objects.get()
    assert (case.readings[0]["value"], case.readings[0]["unit"], case.readings[0]["mark"]) == ("0.25", "MPa", "")
    assert "0.25 MPa" in text_of(client.get(url("detail", case.number)))


def test_a_half_taken_call_is_kept_as_a_draft_and_finished_later(desk: Desk, client: Client) -> None:
    client.post(url("create"), form(desk, save="draft", customer="", asset="", verbatim="", circumstances=""))
    draft = Case.objects.get()
    assert (draft.state, draft.received_at) == ("draft", T0)

    opened = client.get(url("detail", draft.number))
    assert opened.url == f"{url('create')}?draft={draft.number}"
    client.post(url("create"), form(desk, draft=draft.number))

    case = Case.objects.get()
    assert (case.pk, case.state) == (draft.pk, "accepted")


def test_open_requests_of_the_same_machine_are_shown_before_a_second_one_is_registered(desk, client) -> None:
    first = desk.accept()

    page = text_of(client.get(url("create"), {"asset": desk.machine.code}))

    assert "是同一件事吗" in page and first.number in page


# --- the record --------------------------------------------------------------------------------------------------


@pytest.mark.req("R84")
def test_an_answer_written_on_the_page_stamps_the_first_response(desk: Desk, client: Client) -> None:
    case = desk.accept()
    due = case.response_due_at
    note = client.post(url("say", case.number), {"kind": "note", "text": "先查进水阀"})
    steps = (
        (10, "step", "assign", {"person_id": desk.engineer.person_id}),
        (30, "say", None, {"kind": "reply", "text": "请先关机。", "channel": "phone"}),
        (40, "step", "wait", {"waiting_for": "报警页照片"}),
        (100, "step", "resume", {}),
    )
    for minute, page, step, data in steps:
        with time_machine.travel(T0 + minute * MINUTE, tick=False):
            assert client.post(url(page, *filter(None, (case.number, step))), data).status_code == 302, step

    case.refresh_from_db()
    assert note.url == url("detail", case.number)
    assert (case.responded_at, case.response_minutes, case.response_due_at) == (T0 + 30 * MINUTE, 30, due)
    assert (case.assignee_id, case.paused_minutes) == (desk.engineer.person_id, 60)
    page = text_of(client.get(url("detail", case.number)))
    assert "请先关机。" in page and "首次响应" in page and "30 分" in page


@pytest.mark.req("R84")
def test_median_and_p90_of_the_first_response_stand_by_channel_on_the_page_and_the_command_line(desk, capsys) -> None:
    waits = {"phone": (10, 20, 25, 40, 110), "sms": (30, 60)}
    for channel, minutes in waits.items():
        for n in minutes:
            case = desk.accept(channel=channel)
            services.reply(case.pk, actor=desk.engineer, at=T0 + n * MINUTE, text="请先断电。")
            services.reply(case.pk, actor=desk.actor, at=T0 + 115 * MINUTE, text="好了吗？")
    desk.accept(channel="email")  # nobody has answered yet
    boss = client_of(user_with("insight.view_reports", "cases.view_case", stations=[desk.station]))

    with time_machine.travel(T0 + 3 * HOUR, tick=False):
        page = boss.get(url("report"))
    rows = [(row["name"], row["n"], row["median"], row["p90"]) for row in page.context["responses"]]
    assert rows == [("电话", 5, "25 分", "1 时 22 分"), ("短信", 2, "45 分", "57 分")]
    assert all(value in text_of(page) for row in rows for value in row[2:])

    assert cli.main(["report", "service-desk", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)["first_response_minutes"]
    assert {name: (row["n"], row["median"], round(row["p90"], 6)) for name, row in found.items()} == {
        "phone": (5, 25.0, 82.0), "sms": (2, 45.0, 57.0)}  # fmt: skip


def test_an_empty_answer_is_refused_beside_the_box_and_the_page_stays(desk: Desk, client: Client) -> None:
    case = desk.accept()

    response = client.post(url("say", case.number), {"kind": "reply", "text": "  "})

    assert response.status_code == 422
    assert Event.objects.filter(subject_id=case.pk, kind="case.reply").count() == 0


def test_a_step_opens_as_a_sheet_and_a_refused_one_says_why(desk: Desk, client: Client) -> None:
    case = desk.solved()
    sheet = client.get(url("step", case.number, "close"), headers=PARTIAL)
    assert (
        sheet.status_code == 200 and "我还能为客户做些什么" in text_of(sheet) and "<html" not in sheet.content.decode()
    )

    missing = client.post(url("step", case.number, "close"), {**CLOSING, "follow_up": "not_needed"}, headers=PARTIAL)
    assert missing.status_code == 422 and "为什么不需要回访" in text_of(missing)
    done = client.post(url("step", case.number, "close"), CLOSING, headers=PARTIAL)

    case.refresh_from_db()
    assert (done.status_code, done.headers["HX-Redirect"], case.state) == (204, url("detail", case.number), "closed")
    again = client.post(url("step", case.number, "close"), CLOSING, headers=PARTIAL)
    assert again.status_code == 409 and "已关闭" in text_of(again)


def test_a_running_order_leaves_the_closing_button_refused_with_its_reason(desk: Desk, client: Client) -> None:
    case = desk.accept()
    services.child_started(case.pk, actor=desk.actor, at=T0, number="WX-261119-001")

    page = text_of(client.get(url("detail", case.number)))

    assert "还有 1 张工单在进行" in page


def test_a_promise_shows_whether_it_was_kept_and_is_renewed_only_in_time(desk: Desk, client: Client) -> None:
    case = desk.accept(promise_at=T0 + HOUR)
    promise = Promise.objects.get()
    renew = url("promise-step", case.number, promise.pk, "renew")

    untold = client.post(renew, {"due_at": "2026-11-19T16:00", "reason": "等备件"}, headers=PARTIAL)
    assert untold.status_code == 422
    client.post(renew, {"due_at": "2026-11-19T16:00", "reason": "等备件", "is_told": "on"}, headers=PARTIAL)
    newer = Promise.objects.get(state="open")
    with time_machine.travel(newer.due_at + 10 * MINUTE, tick=False):
        late = client.post(
            url("promise-step", case.number, newer.pk, "renew"),
            {"due_at": "2026-11-19T18:00", "reason": "还等", "is_told": "on"},
            headers=PARTIAL,
        )
        client.post(url("promise-step", case.number, newer.pk, "keep"))

    promise.refresh_from_db()
    newer.refresh_from_db()
    assert (promise.state, newer.renewed_from_id, late.status_code, newer.state) == (
        "renewed",
        promise.pk,
        409,
        "made_good",
    )
    assert "补兑现" in text_of(client.get(url("detail", case.number)))


def test_a_photo_is_checked_kept_and_shown_and_a_program_is_refused(desk: Desk, client: Client) -> None:
    case = desk.accept()

    kept = client.post(url("file-add", case.number), {"file": SimpleUploadedFile("a.png", picture())}, headers=PARTIAL)
    refused = client.post(
        url("file-add", case.number), {"file": SimpleUploadedFile("a.exe", b"MZ\x90\x00")}, headers=PARTIAL
    )

    assert kept.status_code == 200 and "<img" in kept.content.decode()
    assert refused.status_code == 422 and "<" not in refused.content.decode()


def test_numbers_are_masked_for_those_who_need_not_see_them(desk: Desk) -> None:
    case = desk.accept()

    page = client_of(desk.engineer_user).get(url("detail", case.number)).content.decode()

    assert "138****5678" in page and "138 1234 5678" not in page


def test_a_request_of_another_station_does_not_exist(desk: Desk, client: Client) -> None:
    other = Desk()
    case = other.accept()

    assert client.get(url("detail", case.number)).status_code == 404
    assert client.post(url("step", case.number, "take")).status_code == 404


# --- paper --------------------------------------------------------------------------------------------------------


@pytest.mark.req("R156")
def test_form_4_saved_opened_printed_and_exported_carries_the_same_values(desk: Desk, client: Client) -> None:
    client.post(
        url("create"),
        form(
            desk,
            urgency="stopped",
            stopped_since="2026-11-19T09:30",
            symptom="E07",
            alarm_no="E07",
            place="2 号线",
            promise_at="2026-11-19T11:00",
            station=desk.station.pk,
            received_at="1999-01-01T00:00",
            number="X",
        ),
    )
    case = Case.objects.get()
    assert (case.number, case.received_at) == ("FW-261119-001", T0)  # what the program sets cannot be typed

    shown = text_of(client.get(url("detail", case.number)))
    paper = text_of(client.get(url("print", case.number)))
    table = b"".join(client.get(url("export", "csv"), {"view": "all"}).streaming_content).decode("utf-8-sig")
    blank = text_of(client.get(url("blank")))

    for words in ("启动就报警，加热不上去。", "停产", "电话", "报修", "FW-261119-001", "苏州恒力机械有限公司", "E07"):
        assert words in shown and words in paper
    for words in ("停产", "电话", "报修", "FW-261119-001", "苏州恒力机械有限公司", "2026-11-19 10:00"):
        assert words in table
    assert "2 号线" in paper and "冷机启动" in paper and "2026年11月19日 09:30" in paper
    assert "售后服务登记表" in blank and "启动就报警" not in blank
    assert list(AccessLog.objects.order_by("pk").values_list("what", flat=True)) == ["print", "export"]
    for name, wrong in (("verbatim", ""), ("circumstances", ""), ("kind", ""), ("channel", ""), ("urgency", "")):
        assert client.post(url("create"), form(desk, **{name: wrong})).status_code == 422
    assert Case.objects.count() == 1


# --- the list -----------------------------------------------------------------------------------------------------


def rows_in(response) -> list[str]:
    return re.findall(r"FW-\d{6}-\d{3}(?= ·)", text_of(response))


def test_saved_views_count_and_show_the_same_requests(desk: Desk, client: Client) -> None:
    mine, free, waiting = desk.accept(assignee_id=desk.actor.person_id), desk.accept(), desk.accept()
    services.wait(waiting.pk, actor=desk.actor, at=T0, waiting_for="照片")
    closed = desk.closed()

    def seen(**query) -> list[str]:
        return sorted(rows_in(client.get(url("list"), query)))

    assert seen(view="mine") == [mine.number]
    assert seen(view="unassigned") == [free.number, waiting.number]
    assert seen(view="waiting") == [waiting.number]
    assert seen() == [mine.number, free.number, waiting.number]
    assert seen(view="all", state="closed") == [closed.number]
    assert seen(view="all", customer="KH-nobody") == []
    page = text_of(client.get(url("list")))
    assert "我的 1" in page and "无人负责 2" in page and "等待中 1" in page and "全部未办结 3" in page


def test_the_page_is_walked_by_cursor_and_a_row_is_seen_once(desk: Desk, client: Client) -> None:
    numbers = [desk.accept().number for _ in range(53)]

    first = client.get(url("list"))
    older = re.search(r'href="(\?[^"]*before=\d+)"', first.content.decode())
    assert older is not None
    second = client.get(url("list") + older[1].replace("&amp;", "&"))

    assert rows_in(first) + rows_in(second) == numbers[::-1]
    newer = re.search(r'href="(\?[^"]*after=\d+)"', second.content.decode())
    assert newer is not None
    assert rows_in(client.get(url("list") + newer[1].replace("&amp;", "&"))) == rows_in(first)


@pytest.mark.parametrize("rows", (1, 3))
def test_list_and_record_ask_a_bounded_number_of_queries(desk, client, rows, django_assert_max_num_queries) -> None:
    for _ in range(rows):
        case = desk.accept(assignee_id=desk.actor.person_id)
        services.add_note(case.pk, actor=desk.actor, at=T0, text="备注")
    client.get(url("list"))

    with django_assert_max_num_queries(12):
        client.get(url("list"))
    with django_assert_max_num_queries(12):
        client.get(url("detail", case.number))
    with django_assert_max_num_queries(12):
        client.get(url("create"), {"asset": desk.machine.code})


def test_ticked_requests_are_assigned_in_one_go(desk: Desk, client: Client) -> None:
    cases = [desk.accept(), desk.accept()]

    client.post(url("assign-many"), {"pick": [c.number for c in cases], "person_id": desk.engineer.person_id})

    assert set(Case.objects.values_list("assignee_id", flat=True)) == {desk.engineer.person_id}


def test_a_cell_that_looks_like_a_formula_is_exported_as_text(desk: Desk, client: Client) -> None:
    desk.accept(title="=HYPERLINK(1)")

    table = b"".join(client.get(url("export", "csv"), {"view": "all"}).streaming_content).decode("utf-8-sig")

    assert "'=HYPERLINK(1)" in table


@pytest.mark.parametrize("query", ["?view=nonsense&before=x&assignee=zz&received_from=99", "?state=a&priority=9&q=%00"])
def test_a_spoilt_address_is_a_list_not_an_error(client: Client, query: str) -> None:
    assert client.get(url("list") + query).status_code == 200


def test_taking_a_request_is_offered_while_it_is_nobodys(desk: Desk, client: Client) -> None:
    case = desk.accept()
    take = url("step", case.number, "take")

    assert take in client.get(url("detail", case.number)).content.decode()
    services.take_case(case.pk, actor=desk.engineer, at=T0)
    assert take not in client.get(url("detail", case.number)).content.decode()


def test_figures_open_their_requests(desk: Desk, client: Client) -> None:
    role = desk.user.roles.first()
    role.permissions = [*role.permissions, "insight.view_reports"]
    role.save()
    desk.closed()
    late = desk.accept()
    with time_machine.travel(T0 + dt.timedelta(days=30), tick=False):
        services.solve_case(late.pk, actor=desk.actor, at=T0 + dt.timedelta(days=30), resolution="换件")

        client.force_login(desk.user)  # the first session has run out
        page = client.get(url("report"))
        words = text_of(page)
        link = re.search(r'href="([^"]*kept=0[^"]*)"', page.content.decode())

        assert "50.0" in words and "1 / 2" in words
        assert link is not None
        assert rows_in(client.get(link[1].replace("&amp;", "&"))) == [late.number]
