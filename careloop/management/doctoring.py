"""`doctor`: is everything whole, and is it safe? Reads only. Exit code 1 when something is wrong or unsafe."""

import argparse
import contextlib
import json
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone
from django.utils.module_loading import import_string

from careloop.core import calendar, events, files, search
from careloop.core.jobs import Sweep
from careloop.core.models import StoredFile, SweepRun
from careloop.management import preparing
from careloop.management.cli import DONE, REFUSED, emit
from careloop.management.demo import people
from careloop.management.serving import LISTENING, LOOPBACK, lock
from careloop.management.words import _

Level = Literal["ok", "warn", "bad"]
SIGNS = {"ok": "✓", "warn": "!", "bad": "✗"}
SAMPLE = 100
LITTLE_SPACE = 1 << 30
LOCAL_NAMES = frozenset({*LOOPBACK, "[::1]", ""})


@dataclass(frozen=True, slots=True)
class Finding:
    """`level`: ok; warn: look at it; bad: wrong or unsafe. `remedy`: what to do."""

    check: str
    level: Level
    text: str
    remedy: str = ""


def doctor(options: argparse.Namespace) -> int:
    found = list(examine())
    is_sound = all(finding.level != "bad" for finding in found)
    lines = [f"{SIGNS[one.level]} {one.text}" + (f"\n    → {one.remedy}" if one.remedy else "") for one in found]
    lines.append(_verdict({finding.level for finding in found}))
    emit(options, {"ok": is_sound, "findings": [asdict(one) for one in found]}, lines)
    return DONE if is_sound else REFUSED


def _verdict(levels: set[Level]) -> str:
    if "bad" in levels:
        return _("Something is wrong or unsafe; see ✗.")
    return _("Nothing is wrong; some notes ask for a look.") if "warn" in levels else _("All is well.")


def examine() -> Iterator[Finding]:
    for check in (modes, switches, exposure, mail, space):
        yield from check()
    pending = list(migrations())
    yield from pending
    if pending[0].level == "ok":
        for check in (integrity, passwords, deliveries, sweeps, contents, findable, calendars):
            yield from _guarded(check)


def _guarded(check: Callable[[], Iterator[Finding]]) -> Iterator[Finding]:
    """A check that the database refuses is a finding too; the others still run."""
    try:
        yield from list(check())
    except (DatabaseError, sqlite3.DatabaseError) as error:
        yield Finding(
            check.__name__, "bad", _("The database refused a check: %(why)s") % {"why": str(error).strip()[:200]},
            _("Restore the last backup, or ask for help with this message."),
        )  # fmt: skip


# --- settings -----------------------------------------------------------------------------------------------------


def modes() -> Iterator[Finding]:
    """Others on the same machine must not read customers' data or the signing key."""
    open_ones = [
        path
        for path in (settings.HOME, settings.HOME / "secret_key", settings.HOME / preparing.FIRST_PASSWORD)
        if path.exists() and path.stat().st_mode & 0o077
    ]
    for path in open_ones:
        yield Finding(
            "modes", "bad", _("Others on this machine can read %(path)s.") % {"path": path},
            f"chmod {'700' if path.is_dir() else '600'} {path}",
        )  # fmt: skip
    if not open_ones:
        yield Finding("modes", "ok", _("Home and signing key are readable by their owner only."))


def switches() -> Iterator[Finding]:
    if settings.DEBUG:
        yield Finding("debug", "bad", _("Developer pages are on."), _("Unset CARELOOP_DEBUG."))
    else:
        yield Finding("debug", "ok", _("Developer pages are off."))
    if "*" in settings.ALLOWED_HOSTS:
        yield Finding(
            "hosts", "bad", _("Any host name is accepted."),
            _("Name yours in CARELOOP_HOSTS, for instance service.example.cn."),
        )  # fmt: skip


def exposure() -> Iterator[Finding]:
    """Reachable from outside without encryption?"""
    hosts = [host for host in settings.ALLOWED_HOSTS if host not in LOCAL_NAMES and host != "*"]
    listening = _listening()
    is_open = bool(hosts) or (listening not in LOCAL_NAMES)
    if settings.HTTPS:
        yield Finding("https", "ok", _("Cookies travel over TLS only."))
    elif is_open:
        where = listening if listening not in LOCAL_NAMES else ", ".join(hosts)
        yield Finding(
            "https", "bad", _("CareLoop is reachable as %(where)s without TLS.") % {"where": where},
            _("Put a TLS proxy in front, then set CARELOOP_HTTPS=1 and CARELOOP_ORIGINS."),
        )  # fmt: skip
    else:
        yield Finding("https", "ok", _("Only this machine reaches CareLoop, so no TLS is needed."))


def _listening() -> str:
    """The address a running web program listens on; empty when none runs."""
    with contextlib.suppress(OSError, ValueError), (settings.HOME / "running.lock").open("a") as guard:
        if not lock(guard, is_shared=False):
            return str(json.loads((settings.HOME / LISTENING).read_text())["host"])
    return ""


def mail() -> Iterator[Finding]:
    if settings.EMAIL_BACKEND.endswith("filebased.EmailBackend"):
        yield Finding(
            "mail", "warn", _("Mails are kept as files and not sent."), _("Set CARELOOP_MAIL_URL=smtp://user:password@host:587")
        )  # fmt: skip
    else:
        yield Finding("mail", "ok", _("Mails are sent through %(host)s.") % {"host": settings.EMAIL_HOST})


def space() -> Iterator[Finding]:
    free = shutil.disk_usage(settings.HOME if Path(settings.HOME).exists() else ".").free
    text = _("%(free).1f GB are free where the data lie.") % {"free": free / 1e9}
    yield Finding("space", "warn" if free < LITTLE_SPACE else "ok", text)


# --- database -----------------------------------------------------------------------------------------------------


def migrations() -> Iterator[Finding]:
    try:
        executor = MigrationExecutor(connection)
        waiting = len(executor.migration_plan(executor.loader.graph.leaf_nodes()))
    except (DatabaseError, sqlite3.DatabaseError) as error:
        why = str(error).strip()[:200]
        yield Finding("migrations", "bad", _("The database cannot be read: %(why)s") % {"why": why})
        return
    if waiting:
        yield Finding(
            "migrations", "bad", _("Changes of the tables that wait: %(count)d.") % {"count": waiting},
            _("Make a backup, then start once: careloop up"),
        )  # fmt: skip
    else:
        yield Finding("migrations", "ok", _("The tables are those of this version."))


def integrity() -> Iterator[Finding]:
    if connection.vendor != "sqlite":
        yield Finding("integrity", "ok", _("PostgreSQL answers; it checks its pages itself."))
        return
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA integrity_check(3)")
        found = [row[0] for row in cursor.fetchall()]
        cursor.execute("PRAGMA foreign_key_check")
        orphans = len(cursor.fetchmany(1000))
    if found != ["ok"] or orphans:
        said, lost = "; ".join(found)[:200], _("rows that point to nothing: %(count)d") % {"count": orphans}
        what = said if found != ["ok"] else lost
        yield Finding(
            "integrity", "bad", _("The database is damaged: %(what)s") % {"what": what},
            _("Stop CareLoop and restore the last backup."),
        )  # fmt: skip
    else:
        yield Finding("integrity", "ok", _("The database is whole."))


def passwords() -> Iterator[Finding]:
    known = preparing.known_accounts()
    shared = [row["user"] for row in known if row["password"] == people.PASSWORD]
    if shared:
        yield Finding(
            "passwords", "bad",
            _("Accounts with the password of the demonstration (%(count)d): %(names)s") % {
                "count": len(shared), "names": ", ".join(shared[:5]),
            },
            _("Change the passwords or switch the accounts off."),
        )  # fmt: skip
    elif known:
        yield Finding(
            "passwords", "warn", _("The first account still has its first password, kept in %(path)s") % {
                "path": settings.HOME / preparing.FIRST_PASSWORD,
            }, _("Sign in and change it."),
        )  # fmt: skip
    else:
        yield Finding("passwords", "ok", _("No known default password works."))


def deliveries() -> Iterator[Finding]:
    count = events.stuck(now=timezone.now())
    if count:
        yield Finding(
            "deliveries", "bad",
            _("Reactions to events that failed three times or more: %(count)d.") % {"count": count},
            _("The worker's log tells why; they are tried again every hour."),
        )  # fmt: skip
    else:
        yield Finding("deliveries", "ok", _("No reaction to an event is stuck."))


def sweeps() -> Iterator[Finding]:
    """A sweep that is late by many intervals: the worker does not run, or the sweep fails."""
    now = timezone.now()
    runs = {run.name: run for run in SweepRun.objects.all()}
    planned: list[Sweep] = list(import_string(settings.SCHEDULE))
    late = [
        sweep.name
        for sweep in planned
        if (run := runs.get(sweep.name)) is None
        or run.last_done_at is None
        or now - run.last_done_at > 10 * sweep.every + sweep.lease
    ]
    failed = [f"{name} ({runs[name].error[:80]})" for name in runs if runs[name].error]
    if failed:
        yield Finding(
            "sweeps", "bad", _("Sweeps fail: %(names)s") % {"names": "; ".join(failed)}, _("See the worker's log.")
        )
    if late:
        yield Finding(
            "sweeps", "warn",
            _("Sweeps that have not run for long: %(count)d of %(all)d.") % {"count": len(late), "all": len(planned)},
            _("Is the worker running? careloop up, or careloop worker"),
        )  # fmt: skip
    elif not failed:
        yield Finding("sweeps", "ok", _("All sweeps run in time."))


def contents() -> Iterator[Finding]:
    """The newest files and a spread of the others still have their hashes."""
    rows = list(StoredFile.objects.order_by("-pk")[: SAMPLE // 2])
    rows += list(StoredFile.objects.order_by("?")[: SAMPLE // 2]) if len(rows) == SAMPLE // 2 else []
    broken = sorted({file.name for file in rows if not files.is_intact(file)})
    if broken:
        yield Finding(
            "files", "bad", _("%(count)d of %(all)d uploaded files looked at are missing or changed: %(names)s") % {
                "count": len(broken), "all": len(rows), "names": ", ".join(broken[:5]),
            }, _("Restore the folder “files” from a backup."),
        )  # fmt: skip
    else:
        yield Finding("files", "ok", _("%(count)d uploaded files looked at: all whole.") % {"count": len(rows)})


def findable() -> Iterator[Finding]:
    report = search.check()
    if report.missing:
        yield Finding(
            "search", "bad", _("Entries of a sample that search cannot find: %(count)d.") % {"count": report.missing},
            _("The index is renewed by: careloop prepare --renew-search"),
        )  # fmt: skip
    elif report.outdated:
        yield Finding(
            "search", "warn", _("The search index is of an older version."), _("It is renewed at the next start.")
        )
    else:
        yield Finding("search", "ok", _("The search index is whole (%(count)d entries).") % {"count": report.entries})


def calendars() -> Iterator[Finding]:
    years = calendar.uncovered_years(timezone.now())
    if years:
        yield Finding(
            "calendar", "warn",
            _("There is no published list of days off for %(years)s; weekdays are taken instead.") % {
                "years": ", ".join(map(str, years)),
            },
            _("Update the package chinesecalendar when the list is out (usually in November)."),
        )  # fmt: skip
    else:
        yield Finding("calendar", "ok", _("The published days off are known for the time to come."))
