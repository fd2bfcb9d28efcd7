"""Form 4, the service register: every field is asked, refused, kept, printed and exported as form 2.4 wants it (R156)."""

import csv
import html
import io
import re
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from careloop.cases import services
from careloop.cases.models import Case
from careloop.core.models import AccessLog
from tests.cases.factories import CLOSING, HOUR, Desk
from tests.cases.test_pages import form
from tests.factories import T0, VehicleFactory, client_of, user_with
from tests.workorders.factories import Api

pytestmark = pytest.mark.django_db
MANDATORY = {"channel": "channel", "kind": "kind", "urgency": "urgency", "verbatim": "verbatim"}
GUARDED = (  # what is empty, under which condition, and the words that ask for it
    ({"customer": "", "asset": ""}, "请选择客户"),
    ({"contact": ""}, "请选择联系人"),
    ({"asset": ""}, "请选择设备"),
    ({"circumstances": ""}, "故障时情况"),
    ({"urgency": "stopped"}, "停机开始时间"),
    ({"reading_pressure": ""}, "请询问故障时读数"),
)
AUTOMATIC = {"number": "X-1", "received_at": "1999-01-01T00:00", "received_by": "1", "warranty_state": "contract",
             "response_due_at": "2030-01-01T00:00", "closed_at": "2001-01-01T00:00", "state": "closed"}  # fmt: skip


@pytest.fixture
def desk() -> Any:
    with time_machine.travel(T0, tick=False):
        found = Desk()
        family = found.machine.model.family
        family.readings = [{"key": "pressure", "label": "压力", "unit": "MPa", "low": 0.2, "high": 0.3}]
        family.save()
        yield found


def filled(desk: Desk, **changes: Any) -> dict[str, Any]:
    """Every field of the register, filled."""
    return form(
        desk, urgency="stopped", stopped_since="2026-11-19T09:30", symptom="E07", alarm_no="A-12", place="2 号线",
        meter="1250", reading_pressure="2.5", unit_pressure="bar", requested_for="2026-11-20T08:00",
        promise_at="2026-11-19T11:00", promise_text="回电", charge_kind="contract", assignee=desk.engineer.person_id,
        **{"is_safety": "on", **changes},
    )  # fmt: skip


def text_of(page: str) -> str:
    return html.unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page)))


def pairs_of(page: str) -> dict[str, str]:
    sheet = page[page.index("cl-p-pairs") :]
    found = re.findall(r"<dt>(.*?)</dt><dd[^>]*>(.*?)</dd>", sheet, re.DOTALL)
    return {html.unescape(label): html.unescape(re.sub(r"<br>", "", value)) for label, value in found}


def exported(client: Client, case: Case) -> dict[str, str]:
    response = client.get(reverse("cases:sheet-export", args=[case.number, "csv"]))
    rows = csv.reader(io.StringIO(b"".join(response.streaming_content).decode("utf-8-sig")))  # type: ignore[attr-defined]  # reason: a file answer
    return {row[0]: row[1] for row in rows}


@pytest.mark.req("R156")
def test_form_4_refuses_every_empty_mandatory_and_conditional_field_and_takes_no_automatic_one(desk: Desk) -> None:
    client, url = client_of(desk.user), reverse("cases:create")
    for name, field in MANDATORY.items():
        response = client.post(url, form(desk, reading_pressure="0.25", **{name: ""}))
        assert (response.status_code, Case.objects.count()) == (422, 0), name
        assert field in response.context["form"].errors, name
    for empty, words in GUARDED:
        response = client.post(url, form(desk, **{"reading_pressure": "0.25", "unit_pressure": "MPa", **empty}))
        assert (response.status_code, Case.objects.count()) == (422, 0), empty
        assert words in text_of(response.content.decode()), empty
    car = VehicleFactory(customer=desk.customer, station=desk.station)
    response = client.post(url, form(desk, asset=car.code))
    assert (response.status_code, "里程" in text_of(response.content.decode())) == (422, True)
    assert Case.objects.count() == 0

    assert client.post(url, filled(desk, **AUTOMATIC)).status_code == 302
    case = Case.objects.get()
    assert (case.number, case.received_at, case.received_by_id, case.state, case.closed_at) == (
        "FW-261119-001", T0, desk.actor.person_id, "accepted", None)  # fmt: skip
    assert (case.warranty_state, case.response_due_at.year) == ("unknown", 2026)

    # the end of the form: what was done, and how the request is closed
    step = reverse("cases:step", args=[case.number, "solve"])
    assert "resolution" in client.post(step, {"resolution": ""}).context["form"].errors
    services.solve_case(case.pk, actor=desk.actor, at=T0, resolution="复位后正常。")
    step = reverse("cases:step", args=[case.number, "close"])
    for name in ("result", "cause_code", "follow_up", "extra_service", "extra_service_text"):
        refused = client.post(step, {**CLOSING, name: ""})
        assert (refused.status_code, name in refused.context["form"].errors) == (422, True), name
    no_call = client.post(step, {**CLOSING, "follow_up": "not_needed"})
    assert "follow_up_reason" in no_call.context["form"].errors
    case.refresh_from_db()
    assert case.state == "solved"


@pytest.mark.req("R156")
def test_form_4_opened_printed_and_exported_carries_every_value_and_prints_blank(desk: Desk) -> None:
    client = client_of(desk.user)
    assert client.post(reverse("cases:create"), filled(desk)).status_code == 302
    case = Case.objects.get()
    services.solve_case(case.pk, actor=desk.engineer, at=T0 + HOUR, resolution="水泵换向后正常。")
    desk.close(case)

    opened = client.get(reverse("cases:detail", args=[case.number])).content.decode()
    page = client.get(reverse("cases:print", args=[case.number])).content.decode()
    printed, table = pairs_of(page), exported(client, case)
    assert reverse("cases:sheet-export", args=[case.number, "csv"]) in opened
    assert printed == {label: table[label] for label in printed}
    assert {label: value for label, value in table.items() if label != "设备或车辆"} == {
        "字段": "内容", "编号": "FW-261119-001", "受理时间": "2026年11月19日 10:00", "受理人": "林小满", "渠道": "电话",
        "服务类别": "报修", "客户": "苏州恒力机械有限公司", "联系人、电话": "李强 138 1234 5678", "地点": "2 号线",
        "里程或工时": "1 250 h", "质保": "质保不明", "收费类别": "合同", "紧急度": "停产",
        "停机开始": "2026年11月19日 09:30", "故障现象、报警号": "E07 · A-12", "要求时间": "2026年11月20日 08:00",
        "承诺时间": "2026年11月19日 11:00 · 回电 (兑现)", "首次响应时限": "2026年11月19日 11:00",
        "首次响应": "2026年11月19日 11:00", "解决时限": "2026年11月23日 10:00", "解决时间": "2026年11月19日 11:00",
        "负责人": "高峰", "处理结果": "已修复", "故障原因": "操作", "关联工单": "", "回访": "安排回访",
        "关闭时间、人": "2026年11月19日 12:00 林小满", "客户原话": "启动就报警，加热不上去。", "故障时情况": "冷机启动",
        "压力": "0.25 MPa", "处理或答复内容": "水泵换向后正常。",
    }  # fmt: skip
    assert desk.machine.serial_no in table["设备或车辆"]
    words = text_of(page)
    assert all(part in words for part in ("FW-261119-001", "压力 0.25 MPa", "水泵换向后正常。"))
    shown = text_of(opened)
    for label in ("渠道", "紧急度", "停机开始", "故障时情况", "地点", "里程或工时", "要求时间", "收费类别", "处理结果",
                  "故障原因", "客户原话", "压力", "处理或答复内容"):  # fmt: skip
        assert table[label] in shown, label
    typed = Api(desk.user).get(f"/cases/{case.number}").json()
    assert [typed[name] for name in ("symptom", "alarm_no", "meter", "is_safety", "charge_kind")] == [
        "E07", "A-12", 1250, True, "contract"]  # fmt: skip
    assert sorted(AccessLog.objects.values_list("what", flat=True)) == ["export", "print"]

    blank = pairs_of(client.get(reverse("cases:blank")).content.decode())
    assert set(blank) == set(printed)
    assert {value.strip() for value in blank.values()} == {""}


def test_the_export_of_one_register_needs_the_right_and_masks_numbers_without_the_other(desk: Desk) -> None:
    case = desk.accept(is_reading_unavailable=True)
    reader = client_of(user_with("cases.view_case", stations=[desk.station]))
    url = reverse("cases:sheet-export", args=[case.number, "csv"])
    assert reader.get(url).status_code == 403
    assert url not in reader.get(reverse("cases:detail", args=[case.number])).content.decode()
    clerk = client_of(user_with("cases.view_case", "cases.export_case", stations=[desk.station]))
    assert exported(clerk, case)["联系人、电话"] == "李强 138****5678"
    assert clerk.get(url.replace(".csv", ".pdf")).status_code == 404
