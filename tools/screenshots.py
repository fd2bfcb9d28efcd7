"""Pictures of every page of the demonstration company, into docs/screenshots: `make screenshots`.

Starts CareLoop in a home of its own and goes along e2e/places.py, in 简体中文 and English, at 1440 and 390 px. Names
what the pictures do not show (errors in the console, sideways scrolling, layout shift, cut text), and the pages that
are in the product but not in the list. `--axe` checks accessibility too.

While working on pages: `--home DIR --base URL` uses a company and a server that are there, `--only NAME…` takes the
places whose name begins so, `--lang`, `--width`, `--mode` and `--out` narrow it further.
"""

import argparse
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from PIL import Image
from playwright.sync_api import sync_playwright

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tests.plugin import chromium_path  # noqa: E402  # reason: after the path is set
from tools import shot  # noqa: E402  # reason: after the path is set

if TYPE_CHECKING:
    from e2e.places import Place

OUT = ROOT / "docs" / "screenshots"
TALLEST = {1440: 1100, 390: 1300}  # px; below that lies more of the same
COLORS = 128


def prepare(home: Path) -> None:
    os.environ.pop("CARELOOP_DATABASE_URL", None)  # never somebody's real data
    os.environ |= {"CARELOOP_HOME": str(home), "DJANGO_SETTINGS_MODULE": "careloop.settings"}
    os.environ |= {"CARELOOP_COMPANY": "启衡集团", "CARELOOP_STYLEGUIDE": "1"}
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"  # Playwright's loop runs here
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


def shares(places: list["Place"], number: int) -> list[list["Place"]]:
    """Whole persons to each share: the language of a page is a setting of the account."""
    found: list[list[Place]] = [[] for _ in range(number)]
    for user in dict.fromkeys(place.user for place in places):
        min(found, key=len).extend(place for place in places if place.user == user)
    return [share for share in found if share]


def take(base: str, places: list["Place"], password: str, options: argparse.Namespace) -> list[str]:
    found: list[str] = []
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=chromium_path(), args=shot.CHROMIUM)
        for user in dict.fromkeys(place.user for place in places):
            mine = [place for place in places if place.user == user]
            for lang in options.lang:
                for mode in options.mode:
                    for width in options.width:
                        who = argparse.Namespace(base=base, user=user, password=password, large=False, viewport=False,
                                                 axe=options.axe)  # fmt: skip
                        context = shot.open_context(browser, who, lang, mode, width)
                        for place in mine:
                            file = (
                                options.out / f"{place.name}.{lang}.{'' if mode == 'light' else mode + '.'}{width}.png"
                            )
                            if not (options.missing and file.exists()):
                                lines = picture(context, who, place, file, width)
                                found += [f"{file.name}: {line}" for line in lines]
                        context.close()
        browser.close()
    return found


def picture(context: shot.BrowserContext, who: argparse.Namespace, place: "Place", file: Path, width: int) -> list[str]:
    options = argparse.Namespace(
        **{**vars(who), "viewport": bool(place.click)}, click=place.click, keys=place.keys, status=place.status
    )
    try:
        found = list(shot.shoot(context, options, place.path, file))
        shrink(file, TALLEST.get(width, 2600))
    except Exception as error:  # one page must not stop the others; it is named at the end
        return [f"no picture: {str(error).splitlines()[0]}"]
    return found


def shrink(file: Path, tallest: int) -> None:
    """Fewer colors: a page of text keeps its look in half of the bytes, and small signs keep their tone."""
    with Image.open(file) as image:
        cut = image.convert("RGB").crop((0, 0, image.width, min(image.height, tallest)))
        small = cut.quantize(COLORS, kmeans=1, dither=Image.Dither.NONE)
    small.save(file, optimize=True)


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--home", type=Path)
    parser.add_argument("--base", default="")
    parser.add_argument("--only", nargs="*", default=[], metavar="NAME")
    parser.add_argument("--lang", nargs="+", default=["zh-hans", "en"])
    parser.add_argument("--width", nargs="+", type=int, default=[1440, 390])
    parser.add_argument("--mode", nargs="+", default=["light"], choices=["light", "dark"])
    parser.add_argument("--out", type=Path, default=OUT)
    parser.add_argument("--missing", action="store_true", help="go on where a run was broken off")
    parser.add_argument("--jobs", type=int, default=2, help="browsers at the same time")
    parser.add_argument("--axe", action="store_true")
    return parser.parse_args()


def main() -> int:
    options = parse()
    home = (options.home or Path(tempfile.mkdtemp(prefix="careloop-screenshots-"))).resolve()
    prepare(home)
    options.out.mkdir(parents=True, exist_ok=True)
    try:
        if options.base:
            return report(options.base, options)
        with server(home) as base:
            return report(base, options)
    finally:
        if options.home is None:
            shutil.rmtree(home, ignore_errors=True)


def report(base: str, options: argparse.Namespace) -> int:
    from careloop.management.demo.people import PASSWORD  # app ready: after prepare()
    from e2e import places  # app ready: after prepare()

    every = places.every()
    chosen = [p for p in every if not options.only or any(p.name.startswith(name) for name in options.only)]
    if not options.only and not options.missing:
        for old in options.out.glob("*.png"):
            if old.name.split(".")[1] in options.lang and int(old.stem.split(".")[-1]) in options.width:
                old.unlink()  # a page that was renamed or is gone
    with ThreadPoolExecutor(options.jobs) as pool:
        parts = pool.map(lambda share: take(base, share, PASSWORD, options), shares(chosen, options.jobs))
        found = [line for part in parts for line in part]
    print("\n".join(found))
    print(f"{len(chosen)} places; pages that are not in the list: {', '.join(places.unlisted(every)) or 'none'}")
    return int(bool(found))


if __name__ == "__main__":
    raise SystemExit(main())
