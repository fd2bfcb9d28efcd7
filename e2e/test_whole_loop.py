"""One turn of the loop through the pages, in Chinese: a vehicle comes in without appointment, and the index moves."""

import datetime as dt
import re
from collections.abc import Callable
from typing import Any

import pytest
from django.utils import timezone
from django.utils.module_loading import import_string

from careloop.assets import rules
from careloop.feedback.models import FollowUpTask
from careloop.schedule import SWEEPS
from e2e.desk import Desk
from tools.shot import SIDEWAYS

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
PLATE, OWNER, PHONE = "苏E8K66T", "周海燕", "13912345678"
WORDS = "说好上午交车，等到下午也没人告诉我，响声还在。"


def work() -> None:
    """What the worker does until nothing is left to do."""
    for _round in range(3):
        for sweep in SWEEPS:
            import_string(sweep.path)(now=timezone.now())


def vin() -> str:
    body = "LSVAA4187N2{}00123"
    return next(text for sign in "0123456789X" if rules.is_vin(text := body.replace("7N2{}", f"{sign}N2") + "4"))


def local(moment: dt.datetime) -> str:
    return timezone.localtime(moment).strftime("%Y-%m-%dT%H:%M")


def index_of(head: Desk) -> str:
    head.go("/insight/satisfaction/")
    return str(head.page.locator(".cl-fig .v").first.inner_text())


def register(front: Desk) -> None:
    """Customer and vehicle are new; both come from the page where one looks for them."""
    front.go("/customers/new/")
    front.fill(
        name=OWNER, type="person", region="320500", address="苏州工业园区现代大道 301 号", source="walk_in",
        contact_name=OWNER, phone=PHONE, is_phone_verified=True, consent_channel="face", consents="service",
    )  # fmt: skip
    front.fill(consents="survey")
    front.submit()
    assert OWNER in front.text
    front.page.get_by_role("link", name="车辆", exact=True).click()
    front.page.wait_for_url("**/machines/new/**")
    day = timezone.localdate() - dt.timedelta(days=400)
    front.fill(plate=PLATE, vin=vin(), vehicle_class="car", usage="household", model_text="远途 R5", meter="62000",
               invoice_on=day.isoformat(), delivered_on=day.isoformat())  # fmt: skip
    front.submit()
    assert "苏E·8K66T" in front.text


def receive(adviser: Desk) -> str:
    """Walk-around, words, damage with photo, signature; gives the number of the order."""
    adviser.go("/work-orders/new/")
    adviser.page.fill("#q", "8K66T")
    adviser.page.get_by_role("link", name="选择", exact=True).click()
    adviser.page.wait_for_url("**/work-orders/new/?**")
    adviser.fill(
        customer_words="过坎后面咣当一声，先把响声弄好。", is_identified=True, mileage="62418", fuel="4",
        damage_note="约 6 厘米划痕", photos=True, valuables="无", walk_in_reason="路过，顺便来看",
    )  # fmt: skip
    adviser.page.locator(".shop-zone").first.click()
    adviser.sign()
    adviser.submit()
    assert adviser.state == "已接待"
    return adviser.page.url.rstrip("/").rsplit("/", 1)[-1]


def estimate(adviser: Desk) -> None:
    adviser.step("新增项目", kind="labour", name="底盘异响检查", quantity="1.0", unit="h", unit_price="180")
    adviser.step("新增项目", kind="material", name="后减振器", quantity="2", unit="pc", unit_price="420",
                 part_origin="oem", part_no="SA-4410")  # fmt: skip
    adviser.step("提交报价", promised_at=local(timezone.now() + dt.timedelta(hours=5)), old_part_wish="take")
    assert adviser.state == "待报价确认"


def consent(adviser: Desk, step: str) -> None:
    """The customer draws his signature on the adviser's screen."""
    adviser.press(step)
    adviser.sign()
    adviser.submit()


def settle_and_deliver(adviser: Desk, order: str) -> None:
    adviser.go(f"/work-orders/{order}/settle/")
    next_service = timezone.localdate() + dt.timedelta(days=180)
    adviser.fill(next_service_on=next_service.isoformat(), next_service_meter="72418", guarantee_days="100",
                 guarantee_km="20000")  # fmt: skip
    adviser.submit()
    assert adviser.state == "待交付"
    adviser.step("收款")
    adviser.go(f"/work-orders/{order}/deliver/")
    assert "72\u202f418 km" in adviser.text
    adviser.fill(is_explained=True, explained="逐项说明了工时、材料、质保和下次保养")
    adviser.sign()
    adviser.submit()
    assert adviser.state == "已交付"


def question(caller: Desk) -> str:
    """The one in front; empty when all are answered."""
    return str(caller.page.evaluate("document.querySelector('.cl-ask.is-now .q')?.innerText ?? ''"))


def answer_all(caller: Desk, key: str) -> None:
    """The same key for question after question; where it is no choice, the first one."""
    for _question in range(30):
        asked = question(caller)
        if not asked:
            return
        keys = caller.page.locator(".cl-ask.is-now .cl-key").evaluate_all("nodes => nodes.map(n => n.dataset.key)")
        caller.page.keyboard.press(key if key in keys else keys[0])
        for _wait in range(300):
            if question(caller) != asked:
                break
            caller.page.wait_for_timeout(50)
    raise AssertionError("the questions do not end")


def test_a_vehicle_without_appointment_is_followed_until_the_index_moves(
    company: Any, clock: Any, desk: Callable[..., Desk]
) -> None:
    lin, shao, zhou, meng = desk("lin"), desk("shao"), desk("zhou"), desk("meng")
    register(lin)
    order = receive(shao)
    estimate(shao)
    consent(shao, "客户同意")
    assert shao.state == "待派工"

    address = f"/work-orders/{order}/"
    meng.go(address)
    meng.step("派工", technician="周以宁", bay="5")
    zhou.go(address)
    zhou.step("报增项", name="右前轮毂轴承更换", reason="手转有沙沙声，间隙 0.18 mm，限值 0.05 mm", photos=True,
              kind="labour", quantity="1.2", unit="h", unit_price="180")  # fmt: skip
    shao.go(address)
    shao.step("请客户确认增项", promised_at=local(timezone.now() + dt.timedelta(hours=7)))
    assert shao.state == "待增项确认"
    consent(shao, "客户决定增项")
    assert shao.state == "维修中"

    clock.shift(dt.timedelta(minutes=80))
    zhou.go(address)
    zhou.step("送检验")
    zhou.go(f"{address}inspect/")
    assert "你没有这项权限" in zhou.text
    zhou.said.clear()  # the browser reports a refused page as one that could not be loaded
    meng.go(f"{address}inspect/")
    for point in meng.page.locator(".shop-tri").all():
        point.locator("input[value=ok]").check(force=True)
    meng.page.get_by_role("button", name="合格", exact=True).click()
    meng.page.wait_for_url(f"**{address}")
    assert meng.state == "待结算"
    settle_and_deliver(shao, order)

    work()
    clock.shift(dt.timedelta(hours=24))
    work()
    task = FollowUpTask.objects.get(order__number=order).number
    gu = desk("gu")
    before = index_of(gu)
    ye = desk("ye")
    ye.go("/follow-up/queue/")
    ye.page.get_by_role("link", name=re.compile(task)).first.click()
    ye.go(f"/follow-up/?task={task}")
    ye.page.locator(".cl-acts .btn-primary").click()
    ye.page.wait_for_selector(".cl-ask.is-now")
    answer_all(ye, "2")
    ye.page.locator("button[name=do][value=finish]").click()
    ye.page.wait_for_selector("[role=alert]")
    assert "投诉" in ye.page.inner_text("[role=alert]")
    ye.said.clear()  # the refusal itself is reported as an answer with status 422
    ye.page.fill("#call-words", WORDS)
    ye.page.locator("button[name=do][value=finish]").click()
    ye.page.wait_for_url(f"**/follow-up/?done={task}")

    cheng = desk("cheng")
    cheng.go("/complaints/")
    row = cheng.page.locator("tr", has_text=OWNER)
    assert row.count() == 1
    row.locator("a.row").click()
    cheng.page.wait_for_load_state("networkidle")
    assert WORDS in cheng.text
    assert cheng.page.locator(".cl-head .cl-clock").count() >= 1

    clock.shift(dt.timedelta(hours=25))
    work()
    song = desk("song")
    song.go(f"/follow-up/answers/{task}/")
    assert "已锁定" in song.text
    after = index_of(gu)
    assert re.match(r"\d+\.\d", before)
    assert after != before
    gu.page.wait_for_selector("[data-chart] svg")
    for one in (lin, shao, zhou, meng, gu, ye, cheng, song):
        assert one.said == []
        assert one.page.evaluate(SIDEWAYS) == []
