"""Copy the browser libraries from node_modules into careloop/web/static, with their licences.

Run `npm ci` first, then `python tools/vendor.py`. What it writes is committed, so a user needs no npm.

Four kinds of output, all reproducible from package-lock.json:
  * plain copies (htmx, signature_pad, axe-core for the tests);
  * a slice of Tabler: only the rules of the class families listed in TABLER_KEEP (a tenth of the whole);
  * a slim ECharts, bundled from its own modules by esbuild (what careloop/web/static/js/charts.js draws);
  * icons.svg: one symbol for each name in tools/icons.txt.
It also takes the download addresses out of package-lock.json: the lock holds for every registry.
"""

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
MODULES = ROOT / "node_modules"
STATIC = ROOT / "careloop" / "web" / "static"
VENDOR = STATIC / "vendor"
TESTS = ROOT / "e2e" / "vendor"

COPIES = (  # package, file in it, name here
    ("htmx.org", "dist/htmx.min.js", VENDOR / "htmx.min.js"),
    ("htmx.org", "dist/ext/hx-sse.min.js", VENDOR / "hx-sse.min.js"),
    ("signature_pad", "dist/signature_pad.umd.min.js", VENDOR / "signature_pad.min.js"),
    ("axe-core", "axe.min.js", TESTS / "axe.min.js"),
)
LICENCES = (  # package, files that hold its licence
    ("@tabler/core", ("../icons/LICENSE",)),  # the package of the style sheet brings no file of its own
    ("@tabler/icons", ("LICENSE",)),
    ("htmx.org", ("LICENSE",)),
    ("signature_pad", ("LICENSE",)),
    ("echarts", ("LICENSE", "NOTICE")),
    ("zrender", ("LICENSE",)),
    ("tslib", ("LICENSE.txt",)),
)
# Class families of Tabler that the product uses. A selector stays when every class in it is one of these.
TABLER_KEEP = re.compile(
    r"^(btn|btn-(primary|icon|sm|lg|list|check)|card|card-(header|body|footer|title)|"
    r"form-(control|select|label|check|check-input|check-label|check-inline|hint|text|fieldset|control-sm)|"
    r"input-group|input-group-text|is-(in)?valid|was-validated|(in)?valid-feedback|"
    r"table|table-(responsive|sm)|visually-hidden|visually-hidden-focusable|"
    r"d-(none|flex|grid|block|inline|inline-block|inline-flex)|m[tblrxyse]?-[0-4]|p[tblrxyse]?-[0-4]|ms-auto|me-auto|"
    r"w-100|h-100|text-(start|center|end|nowrap|wrap|truncate|break)|flex-(wrap|column|fill)|"
    r"align-items-(start|center|end|baseline)|justify-content-(start|center|end|between)|gap-[0-4]|"
    r"disabled|active|show|required|collapsed)$"
)
CLASS = re.compile(r"\.(-?[A-Za-z_][\w-]*)")
ECHARTS_ENTRY = """
export { init, use, getInstanceByDom, dispose } from 'echarts/core';
import { use } from 'echarts/core';
import { LineChart, ScatterChart, BarChart } from 'echarts/charts';
import { GridComponent, TooltipComponent, LegendComponent, MarkLineComponent, MarkAreaComponent,
         DataZoomComponent, AriaComponent } from 'echarts/components';
import { SVGRenderer } from 'echarts/renderers';
use([LineChart, ScatterChart, BarChart, GridComponent, TooltipComponent, LegendComponent,
     MarkLineComponent, MarkAreaComponent, DataZoomComponent, AriaComponent, SVGRenderer]);
"""


def main() -> None:
    if not MODULES.is_dir():
        sys.exit("node_modules is missing: run `npm ci` first")
    for folder in (VENDOR, TESTS):
        folder.mkdir(parents=True, exist_ok=True)
    for package, source, target in COPIES:
        text = (MODULES / package / source).read_text(encoding="utf-8")
        target.write_text(without_source_map(text), encoding="utf-8")
    for name in ("LICENSE", "LICENSE-3RD-PARTY.txt"):
        text = (MODULES / "axe-core" / name).read_text(encoding="utf-8")
        (TESTS / f"axe-core-{name.removesuffix('.txt')}.txt").write_text(text, encoding="utf-8")
    whole = (MODULES / "@tabler/core/dist/css/tabler.min.css").read_text(encoding="utf-8")
    (VENDOR / "tabler.min.css").write_text(slice_of_tabler(whole), encoding="utf-8")
    build_echarts(VENDOR / "echarts.min.js")
    (STATIC / "icons.svg").write_text(sprite(), encoding="utf-8")
    (VENDOR / "LICENSES.txt").write_text(licences(), encoding="utf-8")
    strip_lock(ROOT / "package-lock.json")
    for path in sorted([*VENDOR.iterdir(), STATIC / "icons.svg"]):
        print(f"{path.stat().st_size:9,d}  {path.relative_to(ROOT)}")


def without_source_map(text: str) -> str:
    """A source map that is not shipped would break the hashing of static files."""
    return re.sub(r"\n?/[/*]# sourceMappingURL=\S+( \*/)?\s*$", "\n", text)


def build_echarts(target: Path) -> None:
    banner = f"/*! Apache ECharts {version('echarts')}, own selection of modules, see LICENSES.txt */"
    command = [
        str(MODULES / ".bin" / "esbuild"), "--bundle", "--minify", "--format=iife", "--global-name=echarts",
        "--target=es2020", "--charset=utf8", "--legal-comments=none",
        '--define:process.env.NODE_ENV="production"',
        f"--banner:js={banner}", f"--outfile={target}",
    ]  # fmt: skip
    subprocess.run(command, input=ECHARTS_ENTRY.encode(), cwd=ROOT, check=True)


# ---- icons


def icon_names() -> list[str]:
    lines = (ROOT / "tools" / "icons.txt").read_text(encoding="utf-8").splitlines()
    return sorted({line.strip() for line in lines if line.strip() and not line.startswith("#")})


def sprite() -> str:
    symbols = [symbol(name) for name in icon_names()]
    return '<svg xmlns="http://www.w3.org/2000/svg">\n' + "\n".join(symbols) + "\n</svg>\n"


def symbol(name: str) -> str:
    """One <symbol>. Stroke and fill come from the page, so that one drawing serves light and dark."""
    filled = name.startswith("f-")
    folder = "filled" if filled else "outline"
    path = MODULES / "@tabler/icons/icons" / folder / f"{name.removeprefix('f-')}.svg"
    if not path.exists():
        sys.exit(f"tools/icons.txt: @tabler/icons has no {folder} icon {name.removeprefix('f-')!r}")
    drawing = path.read_text(encoding="utf-8").split(">", 1)[1].rsplit("</svg>", 1)[0]
    drawing = re.sub(r'<path stroke="none" d="M0 0h24v24H0z" fill="none"\s*/>', "", drawing)
    drawing = re.sub(r"\s+", " ", drawing).replace("> <", "><").replace(" />", "/>").replace(" -", "-").strip()
    paint = ' fill="currentColor" stroke="none"' if filled else ""
    return f'<symbol id="i-{name}" viewBox="0 0 24 24"><g{paint}>{drawing}</g></symbol>'


# ---- Tabler


def slice_of_tabler(css: str) -> str:
    head = f"/*! Slice of Tabler {version('@tabler/core')}, MIT, see LICENSES.txt */\n"
    body = re.sub(r"/\*.*?\*/", "", css, flags=re.S).replace('@charset "UTF-8";', "")
    kept = "".join(kept_rules(body))
    return '@charset "UTF-8";\n' + head + without_dead_variables(kept) + "\n"


def blocks(css: str) -> Iterator[tuple[str, str]]:
    """Top-level (prelude, body) pairs of minified CSS; a statement without a body has the body ''."""
    start = depth = opened = 0
    for index, char in enumerate(css):
        if char == "{":
            depth += 1
            opened = index if depth == 1 else opened
        elif char == "}":
            depth -= 1
            if depth == 0:
                yield css[start:opened].strip(), css[opened + 1 : index]
                start = index + 1
        elif char == ";" and depth == 0:
            yield css[start:index].strip(), ""
            start = index + 1


def kept_rules(css: str) -> Iterator[str]:
    for prelude, body in blocks(css):
        if prelude.startswith(("@media", "@supports", "@layer", "@container")):
            inner = "".join(kept_rules(body))
            if inner and "print" not in prelude:  # the product has its own rules for paper
                yield f"{prelude}{{{inner}}}"
        elif not prelude.startswith("@") and body:
            selectors = [one for one in split_selectors(prelude) if is_kept(one)]
            if selectors:
                yield f"{','.join(selectors)}{{{body}}}"


def split_selectors(prelude: str) -> list[str]:
    """Split at commas outside brackets: `:is(a, b)` stays one selector."""
    parts, depth, current = [], 0, ""
    for char in prelude:
        depth += (char in "([") - (char in ")]")
        if char == "," and depth == 0:
            parts.append(current.strip())
            current = ""
        else:
            current += char
    return [*parts, current.strip()]


def is_kept(selector: str) -> bool:
    if "::-moz" in selector or "data-vc" in selector:  # data-vc: a calendar widget that is not used
        return False
    return all(TABLER_KEEP.match(name) for name in CLASS.findall(selector))


def without_dead_variables(css: str) -> str:
    """Drop custom properties nobody reads, until nothing more falls away."""
    while True:
        used = set(re.findall(r"var\((--[\w-]+)", css))
        smaller = re.sub(
            r"(?<=[{;])(--[\w-]+):((?:[^;{}()]|\((?:[^()]|\((?:[^()]|\([^()]*\))*\))*\))*);?",
            partial(kept_declaration, used=used),
            css,
        )
        smaller = re.sub(r"[^{};]+\{\}", "", smaller)
        if smaller == css:
            return css
        css = smaller


def kept_declaration(match: re.Match[str], *, used: set[str]) -> str:
    return match[0] if match[1] in used else ""


# ---- licences and the lock


def version(package: str) -> str:
    return str(json.loads((MODULES / package / "package.json").read_text(encoding="utf-8"))["version"])


def licences() -> str:
    parts = ["Libraries in this folder, with their licences. Written by tools/vendor.py.\n"]
    for package, files in LICENCES:
        info = json.loads((MODULES / package / "package.json").read_text(encoding="utf-8"))
        texts = [(MODULES / package / name).read_text(encoding="utf-8").strip() for name in files]
        title = f"{package} {info['version']} · {info['license']} · {info.get('homepage', '')}".rstrip(" ·")
        parts.append("=" * 100 + f"\n{title}\n" + "=" * 100 + "\n\n" + "\n\n".join(texts) + "\n")
    return "\n".join(parts)


def strip_lock(path: Path) -> None:
    lock = json.loads(path.read_text(encoding="utf-8"))
    for entry in lock["packages"].values():
        entry.pop("resolved", None)
    path.write_text(json.dumps(lock, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
