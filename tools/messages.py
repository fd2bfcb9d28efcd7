"""The message catalogues: `extract [APP…]`, `check`, `compile`.

extract  reads the English texts out of code and templates into careloop/<app>/locale/zh_Hans (needs GNU gettext)
check    nothing left to extract, nothing empty or fuzzy, placeholders kept, one wording per text, words to avoid
compile  writes the .mo files, 繁體中文 included (needs no GNU gettext)

Catalogues carry no dates and no line numbers, so that they change only when a text does.
"""

import argparse
import contextlib
import os
import re
import shutil
import sys
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from babel.messages.catalog import Message  # noqa: E402  # reason: after the path is set
from babel.messages.pofile import PoFileError  # noqa: E402  # reason: after the path is set

from careloop.core import catalogues  # noqa: E402  # reason: after the path is set

PACKAGE = ROOT / "careloop"
HEADER = """\
# 简体中文 texts of CareLoop.
# This file is distributed under the license of CareLoop.
msgid ""
msgstr ""
"Project-Id-Version: CareLoop\\n"
"Language: zh_Hans\\n"
"MIME-Version: 1.0\\n"
"Content-Type: text/plain; charset=UTF-8\\n"
"Content-Transfer-Encoding: 8bit\\n"
"Plural-Forms: nplurals=1; plural=0;\\n"
"""
LINE = re.compile(r'(#.*|((msgid|msgid_plural|msgctxt|msgstr(\[\d\])?) )?"([^"\\]|\\.)*")?')
PLACEHOLDER = re.compile(r"%\((\w+)\)[#0\- +]*[\d.]*[a-zA-Z]|(?<!%)%[sdfr]|\{(\w*)\}")
CJK = r"[\u3400-\u9fff]"


class Rule(tuple[str, str, str]):
    """Words to avoid: (pattern in the English text, pattern in the Chinese text, what is meant)."""


# Confusions named in the glossary; flagged only where the English text shows which of the two is meant.
WORDS = (
    Rule((r"\bwarranty\b", "保修", "a free warranty is 质保; 保修 is the paid promise after it")),
    Rule((r"\bindex\b", "满意率", "the index is 满意度（指数）; 满意率 is the share of satisfied answers")),
    Rule((r"\bshare (of )?satisfied\b|\bsatisfied share\b", "满意度", "a share of answers is 满意率")),
    Rule((r"\b(marketing|campaign|promotion)\b", "回访", "回访 is for follow-up after service only")),
    Rule((r"", r"(?<!《)顾客(?![^《]*》)", "pages say 客户; 顾客 belongs to titles of standards")),
    Rule((r"", "[!！]", "no exclamation marks")),
    Rule((r"", rf"{CJK}[\"']|[\"']{CJK}", "Chinese text takes “ ” and ‘ ’")),
    Rule((r"", rf"{CJK}[,;?]", "Chinese text takes ，；？")),
    Rule((r"", r"\.\.\.", "the ellipsis is ……")),
)


class ToolMissing(Exception):
    """A program outside Python is not installed; the text says what to do."""


def app_names(package: Path = PACKAGE) -> list[str]:
    return sorted(path.parent.name for path in package.glob("*/apps.py"))


def extract(app: str, package: Path = PACKAGE) -> str:
    """The catalogue of `app` as it should be: today's texts with yesterday's translations.

    Works on a copy, so the work tree is never in between.
    """
    if not shutil.which("xgettext") or not shutil.which("msgmerge"):
        raise ToolMissing("xgettext and msgmerge were not found; on Debian or Ubuntu: apt-get install gettext")
    with tempfile.TemporaryDirectory(prefix="careloop-messages-") as folder:
        copy = Path(folder) / app
        shutil.copytree(package / app, copy, ignore=only_texts)
        made = source_of(app, copy.parent)
        if not made.exists():  # an empty catalogue tells msgmerge the plural forms
            catalogues.write(made, HEADER.encode())
        with contextlib.chdir(copy):
            make_messages()
        return canonical(made.read_text("utf-8"))


def only_texts(folder: str, names: list[str]) -> set[str]:
    """Names that `copytree` leaves out: everything but code, templates and the catalogue."""
    left_out = {name for name in names if name in ("static", "migrations", "__pycache__", "zh_Hant")}
    is_file = {name for name in names if (Path(folder) / name).is_file()}
    return left_out | {name for name in is_file if not name.endswith((".py", ".html", ".txt", ".po"))}


def make_messages() -> None:
    from django.conf import settings  # slow: Django, not needed to compile
    from django.core.management import call_command
    from django.core.management.commands import makemessages

    if not settings.configured:
        settings.configure(USE_I18N=True)

    class Command(makemessages.Command):
        # Without fuzzy matching a new text is simply empty; a guess would have to be found and undone.
        msgmerge_options = ["-q", "--backup=none", "--update", "--no-fuzzy-matching"]
        # `_l` is gettext_lazy and `_p` pgettext in modules that need both kinds.
        xgettext_options = [*makemessages.Command.xgettext_options, "--keyword=_l", "--keyword=_p:1c,2"]

    call_command(
        Command(),
        locale=["zh_Hans"],
        extensions=["html", "txt", "py"],
        no_location=True,
        no_wrap=True,
        no_obsolete=True,
        verbosity=0,
    )


def canonical(text: str) -> str:
    """`text` with our fixed header instead of dates and names."""
    _, _, rest = text.partition("\n\n")
    entries = rest.strip("\n")
    return HEADER + (f"\n{entries}\n" if entries else "")


def source_of(app: str, package: Path = PACKAGE) -> Path:
    return package / app / "locale" / "zh_Hans" / catalogues.PO


def run_extract(apps: list[str], package: Path = PACKAGE) -> int:
    for app in apps:
        text, path = extract(app, package), source_of(app, package)
        if text.count("\nmsgid ") <= 1:
            continue
        before = path.read_text("utf-8") if path.exists() else ""
        if text != before:
            catalogues.write(path, text.encode())
            print(f"{app}: written")
        empty = sum(not catalogues.is_finished(message) for message in catalogues.read(path) if message.id)
        if empty:
            print(f"{app}: {empty} texts wait for a translation in {path.relative_to(package.parent)}")
    return 0


def run_check(apps: list[str], package: Path = PACKAGE) -> int:
    found = [*outdated(apps, package), *faults(apps, package)]
    for line in found:
        print(line)
    print(f"messages: {len(found)} to mend" if found else f"messages: {len(apps)} apps are in order")
    return int(bool(found))


def outdated(apps: list[str], package: Path = PACKAGE) -> Iterator[str]:
    for app in apps:
        text, path = extract(app, package), source_of(app, package)
        present = path.read_text("utf-8") if path.exists() else ""
        if text.count("\nmsgid ") > 1 and text != present:
            yield f"{app}: texts changed; run: python tools/messages.py extract {app}"


def faults(apps: list[str], package: Path = PACKAGE) -> Iterator[str]:
    """Everything wrong inside the catalogues, one line each."""
    wordings: dict[tuple[str, str], dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for app in apps:
        path = source_of(app, package)
        if not path.exists():
            continue
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
            if not LINE.fullmatch(line):
                yield f"{app}: line {number} of the catalogue is broken: {line}"
        try:
            messages = [message for message in catalogues.read(path) if message.id]
        except PoFileError as error:
            yield f"{app}: {error}"
            continue
        for message in messages:
            source = source_text(message)
            for fault in faults_of(message):
                yield f"{app}: “{source}”: {fault}"
            if catalogues.is_finished(message):
                key = (message.context or "", source)
                wordings[key][catalogues.forms(message)[0]].append(app)
    for (_, source), by_text in wordings.items():
        if len(by_text) > 1:
            ways = "; ".join(f"{text} ({', '.join(where)})" for text, where in by_text.items())
            yield f"“{source}” is worded in {len(by_text)} ways: {ways}"


def source_text(message: Message) -> str:
    return message.id if isinstance(message.id, str) else message.id[0]


def faults_of(message: Message) -> Iterator[str]:
    if message.fuzzy:
        yield "fuzzy; confirm the translation and remove the mark"
    if not catalogues.forms(message) or not all(catalogues.forms(message)):
        yield "not translated"
        return
    sources = (message.id,) if isinstance(message.id, str) else tuple(message.id)
    for text in catalogues.forms(message):
        if placeholders(text) not in [placeholders(source) for source in sources]:
            yield f"placeholders differ: {text}"
        if ends(text) != ends(sources[0]):
            yield f"line breaks or spaces at the ends differ: {text!r}"
        for english, chinese, meaning in WORDS:
            if re.search(english, sources[0], re.IGNORECASE) and re.search(chinese, text):
                yield f"{meaning}: {text}"


def placeholders(text: str) -> Counter[str]:
    return Counter(match.group() for match in PLACEHOLDER.finditer(text))


def ends(text: str) -> tuple[bool, bool]:
    return text[:1].isspace(), text[-1:].isspace()


def run_compile(*, everything: bool) -> int:
    try:
        done = catalogues.compile_catalogues(PACKAGE, everything=everything)
    except PoFileError as error:
        print(f"a catalogue is not valid: {error}", file=sys.stderr)
        return 1
    print(f"messages: compiled {', '.join(done)}" if done else "messages: up to date")
    return 0


def main() -> int:
    parser = argparse.ArgumentParser(prog="tools/messages.py", description=__doc__.split("\n")[0])
    commands = parser.add_subparsers(dest="command", required=True)
    for name in ("extract", "check"):
        sub = commands.add_parser(name)
        sub.add_argument("apps", nargs="*", metavar="APP", help="names of apps; all of them when left out")
    commands.add_parser("compile").add_argument("--all", action="store_true", help="not only what has changed")
    options = parser.parse_args()
    if options.command == "compile":
        return run_compile(everything=options.all)
    apps = options.apps or app_names()
    unknown = sorted(set(apps) - set(app_names()))
    if unknown:
        parser.error(f"no such app: {', '.join(unknown)}; there are {', '.join(app_names())}")
    os.environ["LC_ALL"] = "C.UTF-8"
    try:
        return run_extract(apps) if options.command == "extract" else run_check(apps)
    except ToolMissing as error:
        print(error, file=sys.stderr)
        return 2


if __name__ == "__main__":
    raise SystemExit(main())
