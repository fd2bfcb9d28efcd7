"""Pictures of pages: `python tools/shot.py URL… [--width 1440 390] [--lang zh-hans en] [--user NAME] --out DIR`.

Signs in through the form (password from --password or CARELOOP_SHOT_PASSWORD), opens each page in Chromium at each
width, in each language and mode, and writes full-page PNGs. Says what a reader would not see in a picture: console
errors, policy violations, pages that scroll sideways, layout shift, controls below 44 px on the phone.
`--axe` runs the accessibility checks too. Exit code 1 when something was found.
"""

import argparse
import os
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Error, Page, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from e2e import axe  # noqa: E402  # reason: after the path is set

CHROMIUM = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
            "--disable-component-update", "--disable-sync", "--hide-scrollbars"]  # fmt: skip
WATCH = """
window.__shift = 0;
new PerformanceObserver(list => list.getEntries().forEach(e => { if (!e.hadRecentInput) window.__shift += e.value; }))
  .observe({ type: 'layout-shift', buffered: true });
document.addEventListener('securitypolicyviolation', e =>
  console.error(`policy: ${e.violatedDirective} ${e.blockedURI} ${e.sourceFile}:${e.lineNumber}`));
"""
SIDEWAYS = """() => {
  const apart = '.cl-scroll, .cl-views, .cl-kan, .cl-board, dialog, [popover], .cl-sr, .cl-nav';
  const name = e => `${e.tagName.toLowerCase()}.${e.className.baseVal ?? e.className}`;
  const wide = document.documentElement.scrollWidth - document.documentElement.clientWidth;
  const over = [...document.querySelectorAll('body *')].filter(e => {
    const box = e.getBoundingClientRect();
    return box.width && box.right > innerWidth + 1 && !e.closest(apart);
  }).slice(0, 4).map(name);
  return wide > 0 ? [`scrolls sideways by ${wide} px`, ...over] : over.map(name => `stands over the edge: ${name}`);
}"""
SMALL = """() => {
  const fields = 'select, input:not([type=hidden], [type=checkbox], [type=radio])';
  const controls = `button, a.btn, .cl-pill, .cl-tabbar a, ${fields}`;
  const left_out = '.cl-tip, .cl-link, .cl-eye, [type=file], .cl-skip';
  return [...document.querySelectorAll(controls)].filter(e => {
    const box = e.getBoundingClientRect();
    const is_free = !e.closest('dialog:not([open]), p, footer, .cl-keys') && !e.matches(left_out);
    return box.width && box.height && box.height < 43.5 && is_free;
  }).slice(0, 5).map(e => `${e.tagName.toLowerCase()}.${e.className} ${e.offsetHeight} px`);
}"""
CUT = """() => [...document.querySelectorAll('main *')].filter(e => {
  const apart = '.cl-sr, .cl-clip, svg, [popover], dialog, .cl-scroll, input, textarea, select';
  if (e.children.length || !e.textContent.trim() || e.closest(apart)) return false;
  return getComputedStyle(e).overflow !== 'visible' && e.clientWidth > 0 && e.scrollWidth > e.clientWidth + 1;
}).slice(0, 5).map(e => `${e.tagName.toLowerCase()}.${e.className}: ${e.textContent.trim().slice(0, 30)}`)"""


def main() -> int:
    options = parse()
    out = Path(options.out)
    out.mkdir(parents=True, exist_ok=True)
    found = 0
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=options.chromium, args=CHROMIUM)
        for lang in options.lang:
            for mode in options.mode:
                for width in options.width:
                    context = open_context(browser, options, lang, mode, width)
                    for url in options.urls:
                        for line in shoot(context, options, url, out / file_name(url, lang, mode, width)):
                            found += 1
                            print(f"{url} {lang} {mode} {width}: {line}")
                    context.close()
        browser.close()
    return 1 if found else 0


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("urls", nargs="+", help="paths or addresses")
    parser.add_argument("--base", default="http://127.0.0.1:8000")
    parser.add_argument("--width", nargs="+", type=int, default=[1440, 390])
    parser.add_argument("--lang", nargs="+", default=["zh-hans"])
    parser.add_argument("--mode", nargs="+", default=["light"], choices=["light", "dark"])
    parser.add_argument("--large", action="store_true", help="large text")
    parser.add_argument("--user", default="")
    parser.add_argument("--password", default=os.environ.get("CARELOOP_SHOT_PASSWORD", ""))
    parser.add_argument("--axe", action="store_true")
    parser.add_argument("--click", default="", help="selector to click before the picture")
    parser.add_argument("--viewport", action="store_true", help="only what the window shows, not the whole page")
    parser.add_argument("--chromium", default=os.environ.get("CARELOOP_CHROMIUM", "/usr/bin/chromium"))
    parser.add_argument("--out", required=True)
    return parser.parse_args()


def file_name(url: str, lang: str, mode: str, width: int) -> str:
    path = re.sub(r"^https?://[^/]+", "", url)
    name = re.sub(r"[^\w-]+", "-", path).strip("-") or "home"
    return f"{name}.{lang}{'' if mode == 'light' else '.' + mode}.{width}.png"


def open_context(browser: Browser, options: argparse.Namespace, lang: str, mode: str, width: int) -> BrowserContext:
    phone = width < 768
    context = browser.new_context(
        viewport={"width": width, "height": 844 if phone else 900},
        locale={"en": "en-US", "zh-hant": "zh-TW"}.get(lang, "zh-CN"),
        color_scheme=mode, has_touch=phone, is_mobile=phone, device_scale_factor=1, timezone_id="Asia/Shanghai",
    )  # fmt: skip
    context.add_init_script(WATCH)
    context.add_cookies([{"name": "careloop_language", "value": lang, "url": options.base}])
    if options.user:
        sign_in(context, options, lang)
    return context


def sign_in(context: BrowserContext, options: argparse.Namespace, lang: str) -> None:
    page = context.new_page()
    page.goto(urljoin(options.base, "/accounts/login/"))
    page.fill("[name=login]", options.user)
    page.fill("[name=password]", options.password)
    page.click("form .btn-primary")
    page.wait_for_load_state("networkidle")
    if "/accounts/login/" in page.url:
        sys.exit(f"{options.user} could not sign in: {page.inner_text('main')[:200]}")
    button = page.locator(f"#me-menu button[name=language][value={lang}]")
    if button.count() and button.get_attribute("aria-pressed") != "true":
        page.click(".cl-me" if page.locator(".cl-me").is_visible() else ".cl-tabbar [data-nav]")  # the drawer first
        if not button.is_visible():
            page.click(".cl-me")
        button.click()
        page.wait_for_load_state("networkidle")
    page.close()


def shoot(context: BrowserContext, options: argparse.Namespace, url: str, path: Path) -> Iterator[str]:
    page = context.pages[0] if context.pages else context.new_page()  # a new one costs as much as the picture
    size = page.viewport_size
    said: list[str] = []

    def on_console(message: ConsoleMessage) -> None:
        if message.type == "error":
            said.append(message.text)

    def on_error(error: Error) -> None:
        said.append(str(error))

    page.on("console", on_console)
    page.on("pageerror", on_error)
    answer = page.goto(urljoin(options.base, url), wait_until="networkidle")
    expected = getattr(options, "status", 0)
    if answer is not None and (answer.status >= 500 or expected not in (0, answer.status)):
        yield f"status {answer.status}"
    if expected >= 400:  # the browser says of such a page that it could not be loaded
        said[:] = [line for line in said if not line.startswith("Failed to load resource")]
    if options.click:
        page.locator(options.click).locator("visible=true").first.click()
        page.keyboard.type(getattr(options, "keys", ""))
        page.wait_for_timeout(500)
        page.wait_for_load_state("networkidle")
    if options.large:
        page.evaluate("document.documentElement.dataset.clText = 'large'")
    page.wait_for_timeout(150)
    yield from looked_at(page, said, context)
    if options.axe:
        yield from (f"axe: {line}" for line in axe.lines(page))
    if not options.viewport and not options.click:
        unstick(page)
    page.screenshot(path=str(path), full_page=not options.viewport and not options.click)
    page.remove_listener("console", on_console)
    page.remove_listener("pageerror", on_error)
    if size is not None and size != page.viewport_size:
        page.set_viewport_size(size)


def unstick(page: Page) -> None:
    """Bars that stick to the window would stand in the middle of a full-page picture."""
    height = page.evaluate("document.documentElement.scrollHeight")
    size = page.viewport_size or {"width": 1440, "height": 900}
    page.set_viewport_size({"width": size["width"], "height": min(max(int(height), size["height"]), 16000)})
    page.wait_for_timeout(150)


def looked_at(page: Page, said: list[str], context: BrowserContext) -> Iterator[str]:
    yield from said
    yield from page.evaluate(SIDEWAYS)
    shift: Any = page.evaluate("window.__shift")
    if shift > 0.02:
        yield f"layout shift {shift:.3f}"
    yield from (f"cut: {line}" for line in page.evaluate(CUT))
    if (page.viewport_size or {"width": 1440})["width"] < 768:
        yield from (f"small: {line}" for line in page.evaluate(SMALL))


if __name__ == "__main__":
    sys.exit(main())
