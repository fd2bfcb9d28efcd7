"""Every page of the company in the browser: accessible, inside the window, quiet, and reached by the keyboard."""

from collections.abc import Callable
from typing import Any

import pytest

from e2e import axe, places
from e2e.desk import Desk
from tools.shot import CUT, SIDEWAYS

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
SHIFT = 0.1  # what the measure itself calls good; a loaded machine paints late
FOCUSABLE = "a[href], button:not([disabled]), input:not([type=hidden]), select, textarea, summary"
HIDDEN_FROM_KEYS = """selector => [...document.querySelectorAll(selector)].filter(node => {
  const box = node.getBoundingClientRect();
  const is_shown = box.width && box.height && getComputedStyle(node).visibility === 'visible';
  const is_left_out = node.closest('[popover]:not(:popover-open), dialog:not([open]), .cl-scrim, [role=radiogroup]');
  return is_shown && !is_left_out && node.tabIndex < 0 && !node.matches('[role=option], .cl-scrim');
}).map(node => node.outerHTML.slice(0, 120))"""


def faults(desk: Desk, place: places.Place) -> list[str]:
    """What is wrong with one page; an empty list is good."""
    desk.said.clear()
    page = desk.page
    answer = page.goto(place.path)
    page.wait_for_timeout(200)  # parts that are loaded after the page
    found = [] if answer.status == place.status else [f"status {answer.status}"]
    if place.click:
        page.locator(place.click).locator("visible=true").first.click()
        page.keyboard.type(place.keys)
        page.wait_for_load_state("networkidle")
        page.wait_for_timeout(250)
    found += page.evaluate(SIDEWAYS)
    found += [f"cut: {line}" for line in page.evaluate(CUT)]
    found += [f"not reached by Tab: {line}" for line in page.evaluate(HIDDEN_FROM_KEYS, FOCUSABLE)]
    if (shift := page.evaluate("window.__shift")) > SHIFT:
        found.append(f"layout shift {shift:.3f}")
    found += axe.lines(page)
    refused = place.status >= 400  # the browser itself reports such a page as not loaded
    found += [line for line in desk.said if not (refused and line.startswith("Failed to load resource"))]
    return [f"{place.name}: {line}" for line in found]


@pytest.mark.parametrize(
    ("width", "language", "mode"), [(1440, "zh-hans", "light"), (390, "en", "dark")], ids=["desk", "phone"]
)
def test_every_page_is_accessible_stays_inside_and_is_quiet(
    company: Any, desk: Callable[..., Desk], settings: Any, width: int, language: str, mode: str
) -> None:
    settings.STYLEGUIDE = True
    found: list[str] = []
    for place in sorted(places.one_per_route(), key=lambda place: place.user):
        found += faults(desk(place.user, width=width, language=language, mode=mode), place)
    assert found == []


def test_the_keyboard_alone_takes_a_request_over(company: Any, desk: Callable[..., Desk]) -> None:
    """Skip link, palette, sheet: Ctrl+K finds the request, Tab reaches each step, Esc closes the sheet."""
    page = desk("lin").page
    page.goto("/", wait_until="networkidle")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.classList.contains('cl-skip')")
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"
    page.keyboard.press("Control+k")
    page.keyboard.type("停在路边")
    page.wait_for_selector("#palette [data-remote] [role=option]")
    page.keyboard.press("Enter")
    page.wait_for_url("**/cases/FW-*/")
    page.wait_for_load_state("networkidle")
    steps = page.locator(".cl-acts a, .cl-acts button").locator("visible=true")
    wanted = steps.evaluate_all("nodes => nodes.map(node => node.innerText)")
    seen: list[str] = []
    for _press in range(120):
        page.keyboard.press("Tab")
        seen.append(page.evaluate("document.activeElement.innerText ?? ''"))
        is_ringed = "document.activeElement === document.body || getComputedStyle(document.activeElement).outlineStyle"
        assert page.evaluate(is_ringed) != "none"
        if set(wanted) <= set(seen):
            break
    assert set(wanted) <= set(seen)
    page.locator(".cl-acts a[data-sheet]").first.focus()
    page.keyboard.press("Enter")
    page.wait_for_selector("#sheet-body form.cl-step-form")
    assert page.evaluate("document.querySelector('#sheet').contains(document.activeElement)")
    assert axe.lines(page, context="#sheet") == []
    page.keyboard.press("Escape")
    assert not page.locator("#sheet").is_visible()
    assert page.evaluate("document.activeElement.matches('.cl-acts a[data-sheet]')")
