"""The command `careloop measure NAME FILE… [options]`, without Django and without a database."""

from __future__ import annotations

import argparse
import os
import re
import sys
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, NoReturn

from careloop.measures.charts import Chart, write_chart
from careloop.measures.command import Command, Report
from careloop.measures.commands import NAMES, find
from careloop.measures.errors import MeasureError, Message
from careloop.measures.messages import Catalogue
from careloop.measures.render import as_json, as_text
from careloop.measures.tables import Table, read_tables

BAD_INPUT = 2
INTERRUPTED = 130
KINDS: Mapping[str, Callable[[str], Any]] = {"int": int, "float": float, "str": str}


def main(argv: list[str]) -> int:
    """Run one measure and print its result; 0 done, 2 bad input (message on standard error)."""
    catalogue = Catalogue(_language(argv))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", RuntimeWarning)  # results are checked; null has its reason
            return _run(list(argv), catalogue)
    except MeasureError as error:
        print(catalogue.message(error.message), file=sys.stderr)
    except (OverflowError, MemoryError, ZeroDivisionError, FloatingPointError) as error:
        text = "the numbers are too large or too small to work with ({error})"
        print(catalogue.message(Message(text, {"error": type(error).__name__})), file=sys.stderr)
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    return BAD_INPUT


def _language(argv: Sequence[str]) -> str:
    for place, word in enumerate(argv):
        if word == "--lang" and place + 1 < len(argv):
            return argv[place + 1]
        if word.startswith("--lang="):
            return word.partition("=")[2]
    return next((os.environ[n] for n in ("LC_ALL", "LC_MESSAGES", "LANG") if os.environ.get(n)), "en")


class _Parser(argparse.ArgumentParser):
    """Reports wrong options as our own error, so that they are translated and end with 2."""

    def error(self, message: str) -> NoReturn:
        for pattern, template in USAGE:
            match = re.search(pattern, message)
            if match:
                raise MeasureError(template, **match.groupdict())
        raise MeasureError("{message}. See --help", message=message)


USAGE = (
    (r"arguments are required: files", "no file is given; see --help for a sample"),
    (r"unrecognized arguments: (?P<option>.+)", "unknown option {option}; see --help"),
    (
        r"argument (?P<option>\S+): invalid choice: (?P<value>.+?) \(choose from (?P<choices>.+)\)",
        "{option}: {value} is not one of {choices}",
    ),
    (r"argument (?P<option>\S+): invalid int value: (?P<value>.+)", "{option}: {value} is not a whole number"),
    (r"argument (?P<option>\S+): invalid float value: (?P<value>.+)", "{option}: {value} is not a number"),
    (r"argument (?P<option>\S+): expected one argument", "{option} wants a value"),
)


def _run(argv: list[str], catalogue: Catalogue) -> int:
    if argv[:1] == ["measure"]:
        argv = argv[1:]
    named = [word for word in argv if word in NAMES]
    if not argv or (argv[0] in ("-h", "--help") and not named) or argv[0].startswith("--lang"):
        print(_overview(catalogue))
        return 0
    if argv[0] not in NAMES:
        raise MeasureError("there is no measure “{name}”; choose from {names}", name=argv[0], names=" ".join(NAMES))
    command = find(argv[0])
    if "-h" in argv or "--help" in argv:
        print(help_text(command, catalogue))
        return 0
    options = _parser(command).parse_args(argv[1:])
    report = _report(command, options)
    if options.chart:
        if report.chart is None:
            raise MeasureError("there is no chart for this measure with these data")
        write_chart(_translated(report.chart, catalogue), options.chart)
    if options.json:
        print(as_json(report, catalogue.message))
    else:
        print(as_text(report, catalogue.message, catalogue.word))
    return 0


def _translated(chart: Chart, catalogue: Catalogue) -> Chart:
    word = catalogue.word
    return replace(
        chart,
        title=word(chart.title),
        x_title=word(chart.x_title),
        y_title=word(chart.y_title),
        bars=[replace(bar, name=word(bar.name)) for bar in chart.bars],
    )


def _parser(command: Command) -> _Parser:
    parser = _Parser(prog=f"careloop measure {command.name}", add_help=False, allow_abbrev=False)
    parser.add_argument("files", nargs="+" if command.needs_file else "*")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--chart")
    parser.add_argument("--column", action="append", default=[])
    parser.add_argument("--weight")
    parser.add_argument("--by")
    parser.add_argument("--lang")
    flags = {option.flag for option in command.options}
    if "--level" not in flags:
        parser.add_argument("--level", type=float, default=0.95)
    for option in command.options:
        if option.kind == "flag":
            parser.add_argument(option.flag, action="store_true")
        else:
            choices = option.choices or None
            parser.add_argument(option.flag, type=KINDS[option.kind], default=option.default, choices=choices)
    return parser


def _roles(command: Command, options: argparse.Namespace) -> dict[str, str]:
    roles = {}
    known = {role.name for role in command.roles}
    for pair in options.column:
        role, separator, name = pair.partition("=")
        if not separator or not name:
            raise MeasureError("--column wants role=name, not “{pair}”", pair=pair)
        if role not in known:
            raise MeasureError(
                "--column: there is no role “{role}”; roles are {roles}",
                role=role,
                roles=", ".join(sorted(known)),
            )
        roles[role] = name
    for option in command.options:  # --duration NAME is short for --column duration=NAME
        name = getattr(options, option.flag.removeprefix("--"), None)
        if option.flag.removeprefix("--") in known and isinstance(name, str):
            roles[option.flag.removeprefix("--")] = name
    if options.weight:
        if "weight" not in known:
            raise MeasureError("this measure takes no weights")
        roles["weight"] = options.weight
    return roles


def _report(command: Command, options: argparse.Namespace) -> Report:
    if not 0.0 < options.level < 1.0:
        raise MeasureError("the confidence level must be between 0 and 1, not {level}", level=options.level)
    table = read_tables(options.files, _roles(command, options)) if options.files else None
    if table is not None:
        for role in command.roles:
            if role.required:
                table.texts(role.name)
        if options.weight:
            table.texts("weight")
    if options.by and table is None:
        raise MeasureError("--by needs a file")
    report = command.run(table, options)
    if options.by and table is not None and not command.own_groups:
        _add_groups(report, command, table, options)
    if table is not None:
        report.data["input"] = {
            "files": list(table.files),
            "rows_read": table.read,
            "rows_used": table.read - sum(table.rejected.values()),
            "rows_rejected": sum(table.rejected.values()),
            "reasons": {reason: count for reason, count in sorted(table.rejected.items())},
        }
        for reason, count in sorted(table.rejected.items()):
            report.notes.append(
                Message("{count} of {rows} rows left out: {reason}",
                        {"count": count, "rows": table.read, "reason": Message(reason)})
            )  # fmt: skip
    return report


def _add_groups(report: Report, command: Command, table: Table, options: argparse.Namespace) -> None:
    """One result per group; a group that allows none gets its reason instead."""
    data: dict[str, Any] = {}
    reports: dict[str, Report] = {}
    for name, part in table.groups(options.by).items():
        try:
            reports[name] = command.run(part, options)
            data[name] = reports[name].data
        except MeasureError as error:
            data[name] = {"reason": error.message}
    report.data["groups"] = data
    for name, found in reports.items():
        for block in found.blocks[:1]:
            title = f"{options.by} = {name}"
            report.blocks.append(type(block)(title, block.headers, block.rows, block.digits))
    if command.compare is not None and len(reports) > 1:
        extra, blocks = command.compare(reports, options)
        report.data.update(extra)
        report.blocks += blocks


def _overview(catalogue: Catalogue) -> str:
    word = catalogue.word
    lines = [word("careloop measure NAME FILE… [--option value] [--json] [--chart out.svg|png]"), ""]
    for name in NAMES:
        lines.append(f"  {name:<18}{word(find(name).summary)}")
    lines += ["", word("careloop measure NAME --help shows columns, options and a sample file that runs.")]
    return "\n".join(lines)


def help_text(command: Command, catalogue: Catalogue) -> str:
    """Help of one measure: columns, options, output, and a sample file with the line that runs it."""
    word = catalogue.word
    file = "sample.csv" if command.sample else ""
    lines = [f"careloop measure {command.name} FILE… — {word(command.summary)}", "", word("Columns:")]
    for role in command.roles:
        optional = "" if role.required else f" ({word('optional')})"
        lines.append(f"  {role.name:<18}{word(role.meaning)}{optional}")
    lines += ["", word("Options:")]
    for option in command.options:
        lines.append(_option_line(option.flag, option.kind, option.default, option.choices, word(option.meaning)))
    for flag, meaning in COMMON:
        lines.append(f"  {flag:<28}{word(meaning)}")
    if command.keys:
        lines += ["", word("Keys of --json:"), f"  {command.keys}"]
    if command.source:
        lines += ["", word("Source:"), f"  {command.source}"]
    if command.sample:
        lines += ["", f"{word('Sample file')} sample.csv:", "", command.sample.strip()]
    if command.model_sample:
        lines += ["", f"{word('Sample model')} model.toml:", "", command.model_sample.strip()]
    run = " ".join(part for part in (f"careloop measure {command.name}", file, command.sample_options) if part)
    return "\n".join([*lines, "", f"  {run}"])


COMMON = (
    ("--level NUMBER", "confidence level (default 0.95)"),
    ("--column role=name", "use another column for a role"),
    ("--by NAME", "one result per value of this column"),
    ("--json", "one JSON object in full precision"),
    ("--chart FILE", "write a chart, .svg or .png"),
    ("--lang en|zh", "language of messages (default: LANG)"),
)


def _option_line(flag: str, kind: str, default: Any, choices: Sequence[str], meaning: str) -> str:
    if kind == "flag":
        return f"  {flag:<28}{meaning}"
    value = "|".join(choices) if choices else {"int": "N", "float": "NUMBER"}.get(kind, "TEXT")
    shown = "" if default is None else f" ({default})"
    return f"  {f'{flag} {value}':<28}{meaning}{shown}"
