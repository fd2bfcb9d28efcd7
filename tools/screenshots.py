"""Pictures of every page of the demonstration company, into docs/screenshots: `make screenshots`.

Starts CareLoop in a home of its own, signs in as one person after the other, follows the links of the pages, and takes
each route where it is first met, in 简体中文 and English, at 1440 and 390 px. Names what the pictures do not show
(errors in the console, sideways scrolling, layout shift, cut text) and the routes that no link leads to.
`--home DIR` uses an installation that is there, `--only NAME…` takes some routes, `--axe` checks accessibility too.
"""

import argparse
import http.cookiejar
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from PIL import Image
from playwright.sync_api import sync_playwright

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tests.plugin import chromium_path  # noqa: E402  # reason: after the path is set
from tools import shot  # noqa: E402  # reason: after the path is set

OUT = ROOT / "docs" / "screenshots"
PEOPLE = ("he", "lin", "shao", "zhou", "meng", "song", "cheng", "luo", "gu", "admin")
LANGUAGES, WIDTHS = ("zh-hans", "en"), (1440, 390)
LINK = re.compile(r'\bhref="(/[^"#]*)')
NOT_PAGES = re.compile(r"^/(static|files|api)/|/logout/|/export|\.(pdf|xlsx|csv|parquet|json)\b")


class Reader:
    """A signed-in person who follows links."""

    def __init__(self, base: str, user: str, password: str) -> None:
        self.base, self.user = base, user
        self.jar = http.cookiejar.CookieJar()
        self.opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(self.jar))
        self.get("/accounts/login/")
        token = next(cookie.value for cookie in self.jar if cookie.name == "csrftoken")
        form = {"login": user, "password": password, "csrfmiddlewaretoken": token}
        answer = self.opener.open(f"{base}/accounts/login/", urllib.parse.urlencode(form).encode(), timeout=60)
        if "/accounts/login/" in answer.geturl():
            raise SystemExit(f"{user} could not sign in")

    def get(self, path: str) -> str:
        """The page at `path`; "" for anything but a page."""
        try:
            with self.opener.open(self.base + path, timeout=60) as answer:
                if answer.headers.get_content_type() != "text/html":
                    return ""
                return str(answer.read().decode("utf-8"))
        except urllib.error.HTTPError as error:
            if error.code >= 500:
                print(f"{path}: status {error.code} for {self.user}")
            return ""

    def routes(self) -> Iterator[tuple[str, str]]:
        """Name and address of each route that can be reached from the first page, nearest first."""
        from django.urls import Resolver404, resolve  # app ready: after prepare()

        waiting, met = ["/"], set()
        while waiting:
            path = waiting.pop(0)
            try:
                name = resolve(urllib.parse.urlsplit(path).path).view_name
            except Resolver404:
                print(f"{path}: a link of {self.user} leads nowhere")
                continue
            if name in met:
                continue
            met.add(name)
            if text := self.get(path):
                yield name, path
                found = [link.replace("&amp;", "&") for link in LINK.findall(text)]
                waiting += [link for link in found if not NOT_PAGES.search(link)]


def prepare(home: Path) -> None:
    os.environ.pop("CARELOOP_DATABASE_URL", None)  # never somebody's real data
    os.environ |= {"CARELOOP_HOME": str(home), "DJANGO_SETTINGS_MODULE": "careloop.settings"}
    import django  # app ready: only after the environment is set

    django.setup()


@contextmanager
def server(home: Path) -> Iterator[str]:
    """CareLoop with the demonstration company in `home`; gives its address."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    base = f"http://127.0.0.1:{port}"
    program = Path(sys.executable).with_name("careloop")
    log = (home / "screenshots.log").open("wb")
    with log, subprocess.Popen([program, "up", "--demo", "--port", str(port)], stdout=log, stderr=log) as running:
        try:
            wait_for(base, running, home / "screenshots.log")
            yield base
        finally:
            running.terminate()
            running.wait(30)


def wait_for(base: str, running: "subprocess.Popen[bytes]", log: Path, seconds: float = 900) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end and running.poll() is None:
        try:
            urllib.request.urlopen(f"{base}/accounts/login/", timeout=5).close()
            return
        except OSError:
            time.sleep(0.5)
    raise SystemExit(f"CareLoop did not come up:\n{log.read_text(errors='replace')[-3000:]}")


def plan(base: str, password: str) -> dict[str, tuple[str, str]]:
    """Route → (person, address): each route belongs to the first person who meets it."""
    routes: dict[str, tuple[str, str]] = {}
    for user in PEOPLE:
        for name, path in Reader(base, user, password).routes():
            routes.setdefault(name, (user, path))
    return routes


def unreached(routes: dict[str, tuple[str, str]]) -> list[str]:
    from django.urls import URLPattern, get_resolver  # app ready: after prepare()

    def names(resolver: object, space: str = "") -> Iterator[str]:
        for pattern in getattr(resolver, "url_patterns", ()):
            if isinstance(pattern, URLPattern):
                if pattern.name:
                    yield f"{space}{pattern.name}"
            else:
                yield from names(pattern, f"{space}{pattern.namespace}:" if pattern.namespace else space)

    return sorted({name for name in names(get_resolver()) if name not in routes and not name.startswith("api:")})


def take(base: str, routes: dict[str, tuple[str, str]], password: str, *, axe: bool) -> list[str]:
    found: list[str] = []
    by_user: dict[str, list[tuple[str, str]]] = {}
    for name, (user, path) in routes.items():
        by_user.setdefault(user, []).append((name, path))
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=chromium_path(), args=shot.CHROMIUM)
        for user, pages in by_user.items():
            options = argparse.Namespace(
                base=base, user=user, password=password, large=False, click="", viewport=False, axe=axe
            )
            for lang in LANGUAGES:
                for width in WIDTHS:
                    context = shot.open_context(browser, options, lang, "light", width)
                    for name, path in pages:
                        file = OUT / f"{name.replace(':', '-')}.{lang}.{width}.png"
                        found += [f"{file.name}: {line}" for line in shot.shoot(context, options, path, file)]
                        shrink(file)
                    context.close()
        browser.close()
    return found


def shrink(file: Path) -> None:
    """Fewer colors: a page of text keeps its look in a third of the bytes."""
    with Image.open(file) as picture:
        small = picture.convert("RGB").quantize(256, dither=Image.Dither.NONE)
    small.save(file, optimize=True)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--home", type=Path)
    parser.add_argument("--only", nargs="*", metavar="NAME", help="routes, for instance cases:detail")
    parser.add_argument("--axe", action="store_true")
    options = parser.parse_args()
    home = options.home or Path(tempfile.mkdtemp(prefix="careloop-screenshots-"))
    prepare(home.resolve())
    from careloop.management.demo.people import PASSWORD  # app ready: after prepare()

    OUT.mkdir(parents=True, exist_ok=True)
    try:
        with server(home.resolve()) as base:
            routes = plan(base, PASSWORD)
            if options.only:
                routes = {name: place for name, place in routes.items() if name in options.only}
            else:
                for old in OUT.glob("*.png"):
                    old.unlink()
            found = take(base, routes, PASSWORD, axe=options.axe)
    finally:
        if options.home is None:
            shutil.rmtree(home, ignore_errors=True)
    print("\n".join(found))
    print(f"{len(routes)} pages; no link leads to: {', '.join(unreached(routes)) or 'none'}")
    return int(bool(found))


if __name__ == "__main__":
    raise SystemExit(main())
