"""`careloop`: one command for everything an operator does. `main` is the console script.

Exit code 0: done; 1: refused, or rows rejected; 2: wrong use. With `--json` standard output holds one JSON object and
nothing else. The parser and the long-running parents load neither Django nor the database.
"""

import argparse
import contextlib
import json
import os
import re
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NoReturn

from careloop.management import words
from careloop.management.words import _

DONE, REFUSED, WRONG_USE, INTERRUPTED = 0, 1, 2, 130
Command = Callable[[argparse.Namespace], int]


def main(argv: Sequence[str] | None = None) -> int:
    args = list(sys.argv[1:] if argv is None else argv)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "careloop.settings")
    if "measure" in args and all(word.startswith("--lang") or previous == "--lang" for previous, word in pairs(args)):
        from careloop.measures import cli as measures  # slow: numpy and scipy, for this command only

        place = args.index("measure")
        return measures.main([*args[:place], *args[place + 1 :]])
    words.use(words.language_of(args))
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(AttributeError):
            stream.reconfigure(errors="replace")  # type: ignore[union-attr]  # reason: replaced streams may lack it
    try:
        options = parser().parse_args(args)
        return guarded(options)
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:  # the reader of our output went away
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return DONE


def pairs(args: Sequence[str]) -> list[tuple[str, str]]:
    """Each word before `measure`, with the word before it."""
    before = list(args[: args.index("measure")])
    return list(zip(["", *before], before, strict=False))


def guarded(options: argparse.Namespace) -> int:
    """Run the command; a refusal becomes a sentence, never a traceback."""
    from careloop.management import refusals  # slow: Django's exceptions

    try:
        if options.needs_program:
            load_program(everything=options.command in ("prepare", "demo"))
        return _named(options.path)(options)
    except refusals.EXPECTED as error:
        text = refusals.sentence(error)
        print(text, file=sys.stderr)
        if getattr(options, "json", False):
            print(json.dumps({"error": text}, ensure_ascii=False))
        return REFUSED


def load_program(*, everything: bool) -> None:
    """Django with all apps, speaking the language of the command line. `everything`: outdated catalogues first."""
    import django  # slow: all models, for commands that need them
    from django.utils import translation  # slow: as above

    from careloop.core import memory  # slow: nothing of the program before it is needed

    if everything:
        from careloop.core import catalogues  # slow: Babel, at a start only

        with contextlib.suppress(OSError):  # installed where we may not write: the package brings its catalogues
            catalogues.compile_catalogues()
    django.setup()
    translation.activate(words.chosen())
    memory.settle()


class Parser(argparse.ArgumentParser):
    """Says what is wrong in the user's language."""

    def error(self, message: str) -> NoReturn:
        print(f"{self.prog}: {translated(message)}", file=sys.stderr)
        print(_("Help: %(command)s --help") % {"command": self.prog}, file=sys.stderr)
        raise SystemExit(WRONG_USE)


def translated(message: str) -> str:
    """argparse words its complaints in English; these are the ones that users meet."""
    known = (
        (r"the following arguments are required: (.+)", _("missing: %s")),
        (r"unrecognized arguments: (.+)", _("unknown: %s")),
        (r"argument (?:.+?): invalid choice: (.+?) \(choose from .+\)", _("there is no command or choice %s")),
        (r"argument (.+?): expected one argument", _("%s needs a value")),
        (r"argument (.+?): invalid \w+ value: .+", _("the value of %s is not valid")),
        (r"argument (.+?): not allowed with argument .+", _("%s cannot be combined with what else was given")),
    )
    for pattern, text in known:
        if (found := re.fullmatch(pattern, message)) is not None:
            return text % found[1]
    return message


def parser() -> Parser:
    top = Parser(prog="careloop", description=_("CareLoop: after-sales service and customer relations"), add_help=False)
    _help(top)
    _lang(top)
    commands = top.add_subparsers(dest="command", metavar=_("COMMAND"), required=True, title=_("commands"))

    def add(name: str, path: str, text: str) -> Parser:
        made = commands.add_parser(name, help=text, description=text, add_help=False)
        _help(made)
        _lang(made)
        made.set_defaults(path=path, needs_program=not path.startswith("serving."))
        return made

    _running(add)
    _tables(add)
    _keeping(add)
    commands.add_parser("measure", help=_("compute a formula on a CSV file"), add_help=False)
    return top


def _named(path: str) -> Command:
    from importlib import import_module  # slow: only the module of the command that was asked for

    module, name = path.rsplit(".", 1)
    found: Command = getattr(import_module(f"careloop.management.{module}"), name)
    return found


def _help(made: argparse.ArgumentParser) -> None:
    made.add_argument("-h", "--help", action="help", help=_("show this help"))


def _lang(made: argparse.ArgumentParser) -> None:
    made.add_argument(
        "--lang", metavar="zh-hans|zh-hant|en", default=argparse.SUPPRESS, help=_("language of the output")
    )


Add = Callable[[str, str, str], Parser]


def _running(add: Add) -> None:
    up = add("up", "serving.up", _("create or migrate the database, then run web and worker"))
    up.add_argument("--demo", action="store_true", help=_("fill an empty database with the demonstration company"))
    _address(up)
    up.add_argument("--workers", type=_positive, default=1, help=_("web processes"))
    add("demo", "preparing.demo", _("fill an empty database with the demonstration company"))
    web = add("web", "serving.web", _("run the web program alone"))
    _address(web)
    web.add_argument("--workers", type=_positive, default=os.cpu_count() or 1, help=_("web processes"))
    add("worker", "working.worker", _("run the worker alone"))


def _address(made: argparse.ArgumentParser) -> None:
    made.add_argument("--host", default="127.0.0.1", help=_("address to listen on"))
    made.add_argument("--port", type=_port, default=8000, help=_("port to listen on"))


def _tables(add: Add) -> None:
    made = add("import", "tables.take_in", _("take over records from a CSV file or a workbook"))
    made.add_argument("kind", metavar="KIND", help=_("what the file holds, for instance customers"))
    made.add_argument("file", metavar="FILE", type=Path)
    made.add_argument("--dry-run", action="store_true", help=_("only say what would happen"))
    made.add_argument("--mapping", metavar="M.toml", help=_("whose columns are whose fields; a file or a name we ship"))
    made.add_argument("--station", metavar="CODE", help=_("station of all rows"))
    _json(made)
    made = add("export", "tables.give_out", _("write records to a .csv, .xlsx or .parquet file"))
    made.add_argument("kind", metavar="KIND", help=_("what to write, for instance customers"))
    made.add_argument("file", metavar="FILE", type=Path)
    _filters(made)
    _json(made)
    made = add("report", "tables.report", _("compute a figure from the database"))
    made.add_argument("name", metavar="NAME", help=_("name of the figure, for instance satisfaction"))
    made.add_argument("--from", dest="since", metavar="DATE", help=_("first day"))
    made.add_argument("--to", dest="until", metavar="DATE", help=_("last day"))
    _filters(made)
    _json(made)


def _keeping(add: Add) -> None:
    made = add("backup", "backups.backup", _("write everything that is kept to one file, also while running"))
    made.add_argument("file", metavar="FILE.tar.gz", type=Path)
    _json(made)
    made = add("restore", "backups.restore", _("put a backup into an empty home"))
    made.add_argument("file", metavar="FILE.tar.gz", type=Path)
    made.add_argument("--force", action="store_true", help=_("move aside what is there"))
    _json(made)
    made = add("doctor", "doctoring.doctor", _("check integrity and settings"))
    _json(made)
    made = add("prepare", "preparing.prepare", _("create or migrate the database without serving"))
    made.add_argument("--demo", action="store_true", help=_("fill an empty database with the demonstration company"))
    made.add_argument("--renew-search", action="store_true", help=_("write the search index again"))
    made.add_argument("--part", choices=("all", "database", "static"), default="all", help=argparse.SUPPRESS)


def _json(made: argparse.ArgumentParser) -> None:
    made.add_argument("--json", action="store_true", help=_("print one JSON object"))


def _filters(made: argparse.ArgumentParser) -> None:
    made.add_argument(
        "--filter", action="append", default=[], metavar="NAME=VALUE", help=_("narrow it; may be repeated")
    )


def _positive(text: str) -> int:
    value = int(text)
    if not 1 <= value <= 64:
        raise ValueError
    return value


def _port(text: str) -> int:
    value = int(text)
    if not 1 <= value <= 65535:
        raise ValueError
    return value


def emit(options: argparse.Namespace, data: Any, lines: Sequence[str]) -> None:
    """The answer of a command: one JSON object, or lines for people."""
    if getattr(options, "json", False):
        print(json.dumps(data, ensure_ascii=False, default=str))
    else:
        for line in lines:
            print(line)


if __name__ == "__main__":
    sys.exit(main())
