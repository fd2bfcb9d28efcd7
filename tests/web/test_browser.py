"""What only a browser shows: policy, accessibility, keyboard, drafts, sheets, popovers, charts."""

import time
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import override_settings

from e2e import axe
from tests.factories import PersonFactory, StationFactory, UserFactory, client_of
from tools.shot import CUT, SIDEWAYS, SMALL, WATCH

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
GUIDE = "/styleguide/"


class Tab:
    """A page of the style guide in the browser, with what the console said."""

    def __init__(self, page: Any, base: str):
        self.page, self.base, self.said = page, base, []
        page.on("console", lambda message: self.said.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: self.said.append(str(error)))

    def go(self, path: str = GUIDE) -> Any:
        self.page.goto(self.base + path, wait_until="networkidle")
        until(self.page, "!document.querySelector('script[src*=app]') || !!window.CareLoop", seconds=20)
        return self.page


def until(page: Any, script: str, seconds: float = 5) -> None:
    """Wait for a condition. `evaluate` goes past the page's policy, `wait_for_function` would need eval."""
    end = time.monotonic() + seconds
    while not page.evaluate(script):
        assert time.monotonic() < end, script
        page.wait_for_timeout(50)


@pytest.fixture(autouse=True)
def guide() -> Iterator[None]:
    with override_settings(STYLEGUIDE=True):
        yield


@pytest.fixture
def tab(chromium: Any, live_server: Any, request: pytest.FixtureRequest) -> Iterator[Tab]:
    options: dict[str, Any] = getattr(request, "param", {})
    width = options.get("width", 1440)
    context = chromium.new_context(
        viewport={"width": width, "height": 900}, color_scheme=options.get("mode", "light"),
        is_mobile=width < 768, has_touch=width < 768, locale="zh-CN",
    )  # fmt: skip
    context.set_default_timeout(10_000)
    context.set_default_navigation_timeout(40_000)
    context.add_init_script(WATCH)
    if options.get("signed_in", True):
        person = PersonFactory(user=UserFactory(language=options.get("lang", "zh-hans")), stations=[StationFactory()])
        cookie = client_of(person.user).cookies["sessionid"].value
        context.add_cookies([{"name": "sessionid", "value": cookie, "url": live_server.url}])
    yield Tab(context.new_page(), live_server.url)
    context.close()


LOOKS = [
    {"width": 1440, "mode": "light"},
    {"width": 1440, "mode": "dark", "lang": "en"},
    {"width": 900, "mode": "light"},
    {"width": 390, "mode": "light"},
    {"width": 390, "mode": "dark", "lang": "en"},
]


@pytest.mark.parametrize("tab", LOOKS, indirect=True, ids=str)
def test_every_component_is_accessible_obeys_the_policy_and_stays_inside(tab):
    page = tab.go()
    assert axe.lines(page) == []
    assert page.evaluate(SIDEWAYS) == []
    assert page.evaluate(CUT) == []
    assert page.evaluate("window.__shift") < 0.02
    assert tab.said == []


@pytest.mark.parametrize("tab", [{"width": 390}], indirect=True)
def test_controls_on_the_phone_are_large_enough_for_a_thumb(tab):
    assert tab.go().evaluate(SMALL) == []


@pytest.mark.parametrize("tab", [{"width": 1440}, {"width": 390, "mode": "dark"}], indirect=True, ids=str)
def test_large_text_breaks_nothing(tab):
    tab.page.context.add_init_script("localStorage.setItem('cl-text', 'large')")
    page = tab.go("/styleguide/public/")
    page.evaluate("document.documentElement.dataset.clText = 'large'")
    assert page.evaluate(SIDEWAYS) == []
    page = tab.go()
    page.evaluate("document.documentElement.dataset.clText = 'large'")
    assert page.evaluate(SIDEWAYS) == []
    assert axe.lines(page) == []


@pytest.mark.parametrize("tab", [{"signed_in": False, "width": 390}, {"signed_in": False}], indirect=True, ids=str)
@pytest.mark.parametrize(
    "path", ["/accounts/login/", "/accounts/password/reset/", "/styleguide/public/", "/styleguide/print/"]
)
def test_pages_of_visitors_are_accessible(tab, path):
    page = tab.go(path)
    assert axe.lines(page) == []
    assert page.evaluate(SIDEWAYS) == []
    assert tab.said == []


def test_the_palette_opens_finds_and_goes(tab):
    page = tab.go()
    page.keyboard.press("Control+k")
    page.keyboard.type("账号")
    page.wait_for_selector("#palette [data-remote] [role=option]")
    assert page.locator("#palette [aria-selected=true]").inner_text() == "我的账号"
    assert axe.lines(page, context="#palette") == []
    page.keyboard.press("Enter")
    page.wait_for_url("**/me/")


def test_letters_go_to_places_and_can_be_switched_off(tab):
    page = tab.go()
    page.keyboard.press("g")
    page.keyboard.press("h")
    page.wait_for_url(tab.base + "/")
    page = tab.go()
    page.evaluate("localStorage.setItem('cl-keys', '\"off\"')")
    page.keyboard.press("?")
    assert not page.locator("#help").is_visible()


def test_help_opens_by_key_and_closes_by_escape(tab):
    page = tab.go()
    page.keyboard.press("?")
    assert page.locator("#help").is_visible()
    assert axe.lines(page, context="#help") == []
    page.keyboard.press("Escape")
    assert not page.locator("#help").is_visible()


def test_letters_typed_into_a_field_are_only_letters(tab):
    page = tab.go()
    page.locator("#f-q").focus()
    page.keyboard.type("gh?jn")
    assert page.url.endswith(GUIDE)
    assert page.input_value("#f-q") == "gh?jn"


def test_j_and_k_walk_through_rows_and_enter_opens(tab):
    page = tab.go()
    for key in ("j", "j", "k", "j"):
        page.keyboard.press(key)
    assert page.evaluate("document.activeElement.textContent.slice(0, 13)") == "WX-261119-009"
    page.keyboard.press("Enter")
    assert page.url.endswith("#2")


def test_slash_goes_into_the_filter(tab):
    page = tab.go()
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.id") == "f-q"


def test_one_to_five_answer_the_present_question(tab):
    page = tab.go()
    page.keyboard.press("2")
    assert page.locator(".cl-ask.is-now [aria-checked=true]").get_attribute("data-key") == "2"


def test_a_step_opens_in_the_sheet_keeps_what_was_typed_and_goes_on_after_success(tab):
    page = tab.go()
    page.locator(".cl-acts a[data-sheet]").first.click()
    page.wait_for_selector("#sheet textarea[name=reason]")
    page.keyboard.type("短")  # the first field has the focus
    page.locator("#sheet .btn-primary").click()
    page.wait_for_selector("#sheet .cl-errors")
    assert page.input_value("#sheet [name=reason]") == "短"
    assert axe.lines(page, context="#sheet") == []
    page.fill("#sheet [name=reason]", "客户改到下午")
    page.locator("#sheet .btn-primary").click()
    page.wait_for_selector("#sheet", state="hidden")
    page.wait_for_load_state("networkidle")
    assert page.url == tab.base + GUIDE
    assert [line for line in tab.said if "422" not in line] == []


def test_escape_closes_the_sheet_and_the_focus_returns(tab):
    page = tab.go()
    page.locator(".cl-acts a[data-sheet]").first.click()
    page.wait_for_selector("#sheet textarea[name=reason]")
    page.keyboard.press("Escape")
    assert page.evaluate("document.activeElement.matches('.cl-acts a[data-sheet]')")


def test_a_draft_survives_leaving_and_can_be_dropped(tab):
    page = tab.go()
    page.fill("[data-draft=styleguide] [name=title]", "右前轮异响")
    until(page, "document.querySelector('[data-draft=styleguide] .state').textContent !== ''")
    page.locator("[data-draft=styleguide] input[value=sms]").check()
    page = tab.go()  # at once: the last word before leaving is kept too
    form = page.locator("[data-draft=styleguide]")
    assert form.locator("[name=title]").input_value() == "右前轮异响"
    assert form.locator("input[value=sms]").is_checked()
    form.locator(".cl-draft button").click()
    assert form.locator("[name=title]").input_value() == ""
    assert tab.go().locator("[data-draft=styleguide] [name=title]").input_value() == ""


def test_a_filter_stands_in_the_address_and_is_taken_off_by_its_pill(tab):
    page = tab.go()
    page.locator("button[popovertarget=f-station]").click()
    page.locator("#f-station input[value='2']").check()
    page.wait_for_url("**?station=2")
    assert page.locator("button[popovertarget=f-station]").inner_text().replace("\n", "") == "站点：苏州南站"
    page.locator("button[popovertarget=f-station]").click()
    page.locator("#f-station .foot a").click()
    page.wait_for_url("**" + GUIDE + "?")


def test_columns_are_chosen_into_the_address(tab):
    page = tab.go()
    page.locator("button[popovertarget=own-columns]").click()
    page.locator("#own-columns input[value=load]").check()
    page.locator("#own-columns .btn-primary").click()
    page.wait_for_url("**cols=number*load*")
    assert page.locator(".cl-list th", has_text="进度").count() == 1


def test_a_view_of_ones_own_is_kept_under_its_name(tab):
    page = tab.go(GUIDE + "?mine=1")
    page.locator("button[popovertarget=own-views]").click()
    page.fill("#own-view-name", "只看我的")
    page.locator("#own-views .btn-primary").click()
    page.locator("#own-views a", has_text="只看我的").wait_for()
    page = tab.go()
    page.locator("button[popovertarget=own-views]").click()
    page.locator("#own-views a", has_text="只看我的").click()
    page.wait_for_url("**?mine=1")


def test_menus_stand_beside_their_button_and_walk_by_arrows(tab):
    page = tab.go()
    page.locator(".cl-me").click()
    button, menu = page.locator(".cl-me").bounding_box(), page.locator("#me-menu").bounding_box()
    assert menu["y"] + menu["height"] <= button["y"]
    assert axe.lines(page, context="#me-menu") == []
    page.keyboard.press("ArrowDown")
    assert page.evaluate("document.activeElement.closest('#me-menu') !== null")


def test_the_chosen_mode_is_there_before_the_next_page_is_painted(tab):
    page = tab.go()
    page.locator("main [data-mode=dark]").click()
    page.goto(tab.base + "/me/", wait_until="commit")
    page.wait_for_selector("body", state="attached")
    assert page.evaluate("document.documentElement.dataset.bsTheme") == "dark"


def test_charts_are_drawn_in_both_modes_with_their_values_as_a_table(tab):
    page = tab.go()
    page.wait_for_selector("[data-chart=trend-data] svg")
    page.locator("main [data-mode=dark]").click()
    until(page, "document.querySelector('[data-chart=trend-data] svg').innerHTML.includes('rgb(124,198,221)')")
    page.locator(".cl-data summary").first.click()
    assert page.locator(".cl-data table").first.inner_text().count("–") >= 9
    assert tab.said == []


def test_a_signature_becomes_a_picture_and_can_be_drawn_again(tab):
    page = tab.go()
    box = page.locator(".cl-pad canvas")
    box.scroll_into_view_if_needed()
    at = box.bounding_box()
    page.mouse.move(at["x"] + 30, at["y"] + 60)
    page.mouse.down()
    page.mouse.move(at["x"] + 180, at["y"] + 90, steps=12)
    page.mouse.up()
    assert page.input_value("#id_signature").startswith("data:image/png;base64,")
    page.locator("[data-clear]").click()
    assert page.input_value("#id_signature") == ""


def test_a_toast_offers_the_way_back(tab):
    page = tab.go()
    page.locator("[data-toast]").click()
    toast = page.locator("#toasts .cl-toast")
    assert toast.locator("form").get_attribute("action") == "/styleguide/"
    assert axe.lines(page, context="#toasts") == []
    toast.locator(".x").click()
    assert toast.count() == 0


@pytest.mark.parametrize("tab", [{"width": 390}], indirect=True)
def test_on_the_phone_the_main_step_is_under_the_thumb_and_the_rest_one_tap_away(tab):
    page = tab.go()
    main = page.locator(".cl-acts > .btn-primary").bounding_box()
    assert 650 < main["y"] < 850
    assert not page.locator(".cl-refused").is_visible()
    page.locator("[data-acts]").click()
    assert page.locator(".cl-refused .why").is_visible()


@pytest.mark.parametrize("tab", [{"width": 390}], indirect=True)
def test_the_drawer_of_the_phone_opens_and_closes(tab):
    page = tab.go()
    page.locator(".cl-tabbar [data-nav]").click()
    until(page, "document.querySelector('.cl-nav').getBoundingClientRect().left === 0")
    assert axe.lines(page, context=".cl-nav") == []
    page.keyboard.press("Escape")
    until(page, "getComputedStyle(document.querySelector('.cl-nav')).visibility === 'hidden'")


def test_without_script_a_step_is_a_page_of_its_own(chromium, live_server):
    context = chromium.new_context(java_script_enabled=False, viewport={"width": 390, "height": 800})
    page = context.new_page()
    page.goto(live_server.url + "/styleguide/step/")
    page.fill("[name=reason]", "短")
    page.click("form.cl-step-form .btn-primary")
    assert "短" in page.input_value("[name=reason]")
    assert page.locator(".cl-errors").is_visible()
    context.close()
