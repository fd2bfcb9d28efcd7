"""A person at a browser: signs in, opens pages, fills forms and draws signatures as people do."""

import io
import re
import time
from typing import Any

from PIL import Image
from playwright.sync_api import Error

PICTURE = io.BytesIO()
Image.new("RGB", (64, 48), (150, 120, 90)).save(PICTURE, "JPEG")


class Desk:
    """`said`: what the console complained about; a test that walks through pages ends with `said == []`."""

    def __init__(self, context: Any, user: str, password: str, *, language: str = "zh-hans"):
        self.context, self.user, self.said = context, user, []
        self.page = context.new_page()
        self.page.on("console", lambda message: self.said.append(message.text) if message.type == "error" else None)
        self.page.on("pageerror", lambda error: self.said.append(str(error)))
        if user:
            self.sign_in(password)
        if user and not language.startswith("zh"):
            self.page.locator("#me-menu").evaluate("menu => menu.showPopover()")
            self.page.locator(f"#me-menu button[name=language][value={language}]").click()
            self.page.wait_for_load_state("networkidle")

    def sign_in(self, password: str) -> None:
        self.page.goto("/accounts/login/")
        self.page.fill("[name=login]", self.user)
        self.page.fill("[name=password]", password)
        self.page.click("form .btn-primary")
        self.page.wait_for_url(re.compile(r"^(?!.*login).*$"))

    def go(self, path: str) -> Any:
        self.page.goto(path, wait_until="networkidle")
        return self.page

    def fill(self, **values: Any) -> None:
        """Fields by name: text, choices, ticks (True), files (bytes)."""
        form = self.page.locator("dialog[open] form, main form[method=post]").last
        for name, value in values.items():
            field = form.locator(f"[name={name}]:not([type=hidden])")
            kind = field.first.evaluate("node => node.type")
            if kind in ("radio", "checkbox") and value is not True:
                form.locator(f"[name={name}][value='{value}']").check(force=True)
            elif kind == "checkbox":
                field.first.check(force=True)
            elif kind == "file":
                field.set_input_files([{"name": "photo.jpg", "mimeType": "image/jpeg", "buffer": PICTURE.getvalue()}])
            elif kind.startswith("select"):
                options = field.evaluate("node => [...node.options].map(option => [option.value, option.label])")
                field.select_option(next(code for code, label in options if value == code or value in label))
            else:
                field.fill(str(value))

    def sign(self) -> None:
        """Draw on the pad with the mouse."""
        pad = self.page.locator(".cl-pad canvas")
        pad.scroll_into_view_if_needed()
        box = pad.bounding_box()
        mouse = self.page.mouse
        mouse.move(box["x"] + 40, box["y"] + 90)
        mouse.down()
        for x, y in ((90, 40), (130, 100), (180, 50), (240, 95)):
            mouse.move(box["x"] + x, box["y"] + y, steps=6)
        mouse.up()

    def press(self, label: str) -> None:
        """The button or link with this label, in the open sheet if there is one."""
        part = self.page.locator("dialog[open]").or_(self.page.locator("main")).last
        found = part.get_by_role("button", name=label, exact=True).or_(part.get_by_role("link", name=label, exact=True))
        button = found.locator("visible=true").first
        assert button.get_attribute("aria-disabled") != "true", self.page.locator(".cl-refused").all_inner_texts()
        button.click()
        self.page.wait_for_load_state("networkidle")

    def submit(self) -> None:
        """Send the form of the sheet or page and wait for what follows."""
        button = self.page.locator("dialog[open] .cl-step-f .btn-primary, main form[method=post] .btn-primary").last
        self.page.evaluate("window.__before = true")
        button.click()
        self.until_new_page()

    def until_new_page(self, seconds: float = 40) -> None:
        """What was refused is said at once, with the words of the page."""
        end = time.monotonic() + seconds
        while self.still_here():
            refused = self.page.locator(".cl-errors")
            assert not refused.count(), refused.first.inner_text()
            assert time.monotonic() < end, self.page.url
            self.page.wait_for_timeout(50)
        self.page.wait_for_load_state("networkidle")
        refused = self.page.locator("main .cl-errors")
        assert not refused.count(), refused.first.inner_text()

    def still_here(self) -> bool:
        try:
            return bool(self.page.evaluate("window.__before === true"))
        except Error:  # the page is just being exchanged
            return True

    def step(self, label: str, **values: Any) -> None:
        """A step of the record: press its button, fill its sheet, send it."""
        self.press(label)
        self.page.wait_for_selector("dialog[open] .cl-step-f")
        self.fill(**values)
        self.submit()

    @property
    def text(self) -> str:
        return str(self.page.inner_text("main"))

    @property
    def state(self) -> str:
        return str(self.page.locator(".cl-head h1 .cl-chip").first.inner_text()).strip()
