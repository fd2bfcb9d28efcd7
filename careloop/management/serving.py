"""`up` and `web`: parents of the long-running parts. They load no Django app, so they stay small."""

import argparse
import contextlib
import errno
import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO, Any

from django.conf import settings

from careloop.core import lifeline
from careloop.management import words
from careloop.management.words import _

READY_WITHIN = 60.0
STOP_WITHIN = 15.0
LOOPBACK = ("127.0.0.1", "localhost", "::1")
LISTENING = "listening.json"  # where the web program was reachable at its last start


def up(options: argparse.Namespace) -> int:
    """Prepare, then run web and worker until Ctrl-C; when one of them dies, stop the other and say so (1)."""
    if not _is_free(options.host, options.port):
        print(
            _("Port %(port)d is taken, maybe by CareLoop itself. Stop that program, or choose: --port %(other)d")
            % {"port": options.port, "other": options.port + 1},
            file=sys.stderr,
        )
        return 1
    with running(settings.HOME):
        found = _prepared(is_demo=options.demo)
        if found is None:
            return 1
        if found["company"]:  # the demonstration signs its papers with its own name
            os.environ.setdefault("CARELOOP_COMPANY", found["company"])
        address = ["--host", options.host, "--port", str(options.port), "--workers", str(options.workers)]
        parts = {_("web"): _start("web", *address), _("worker"): _start("worker")}
        return Watch(parts).until_stopped(options.host, options.port, found.get("accounts", []))


def _is_free(host: str, port: int) -> bool:
    """granian shares ports (SO_REUSEPORT): without this look an old process would take half of the requests."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                return False
            raise
    return True


def _command(*words_: str) -> list[str]:
    return [sys.executable, "-m", "careloop.management.cli", *words_, "--lang", words.chosen()]


def _start(*words_: str, stdout: "int | IO[str] | None" = None) -> "subprocess.Popen[str]":
    """A child in a session of its own, so that Ctrl-C reaches only us, and that ends when we are gone."""
    return subprocess.Popen(
        _command(*words_), env={**os.environ, lifeline.MARK: "1"}, start_new_session=True, stdout=stdout, text=True
    )


def _prepared(*, is_demo: bool) -> dict[str, Any] | None:
    """Database and static files, at the same time; None when one of them failed (it has said why)."""
    static = _start("prepare", "--part", "static")
    base = _start("prepare", "--part", "database", *(["--demo"] if is_demo else []), stdout=subprocess.PIPE)
    try:
        output, _nothing = base.communicate()
        failed = [part for part in (base, static) if part.wait()]
    except KeyboardInterrupt:
        for part in (base, static):
            part.terminate()
        raise
    if failed:
        return None
    found: dict[str, Any] = json.loads(output.strip().splitlines()[-1])
    return found


class Watch:
    """Children under watch. Nobody is restarted silently: a part that dies ends the whole, with exit code 1."""

    def __init__(self, parts: "dict[str, subprocess.Popen[str]]"):
        self.parts = parts
        self.stop = threading.Event()

    def until_stopped(self, host: str, port: int, accounts: Sequence[dict[str, str]]) -> int:
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_args: self.stop.set())
        if self._wait_for(host, port):
            _greet(host, port, accounts)
        while not self.stop.is_set():
            dead = self._dead()
            if dead:
                self._say_dead(dead)
                self._end()
                return 1
            self.stop.wait(0.3)
        print(_("Stopping …"), flush=True)
        return self._end()

    def _dead(self) -> list[str]:
        return [name for name, part in self.parts.items() if part.poll() is not None]

    def _say_dead(self, names: Sequence[str]) -> None:
        for name in names:
            code = self.parts[name].returncode
            how = (
                _("by signal %(number)d") % {"number": -code}
                if code < 0
                else _("with exit code %(code)d") % {"code": code}
            )
            print(
                _("The part “%(name)s” ended %(how)s. CareLoop stops; what was saved is safe. Start again: careloop up")
                % {"name": name, "how": how},
                file=sys.stderr,
                flush=True,
            )

    def _wait_for(self, host: str, port: int) -> bool:
        """True when the web program answers a page; False when it died before, or we were asked to stop."""
        until = time.monotonic() + READY_WITHIN
        while time.monotonic() < until and not self.stop.is_set() and not self._dead():
            asked = http.client.HTTPConnection(_reachable(host), port, timeout=READY_WITHIN)
            try:
                asked.request("GET", "/accounts/login/")
                asked.getresponse().read()
                return True
            except (OSError, http.client.HTTPException):
                time.sleep(0.1)
            finally:
                asked.close()
        return False

    def _end(self) -> int:
        for part in self.parts.values():
            if part.poll() is None:
                part.terminate()
        until = time.monotonic() + STOP_WITHIN
        for part in self.parts.values():
            try:
                part.wait(max(0.1, until - time.monotonic()))
            except subprocess.TimeoutExpired:
                part.kill()
                part.wait()
        return 0


def _reachable(host: str) -> str:
    return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)


def _greet(host: str, port: int, accounts: Sequence[dict[str, str]]) -> None:
    shown = _reachable(host)
    place = f"[{shown}]" if ":" in shown else shown
    lines = ["", _("CareLoop is running: %(url)s") % {"url": f"http://{place}:{port}"}]
    if accounts:
        lines.append(_("Sign in with one of these accounts:"))
        width = max(len(row["user"]) for row in accounts)
        lines.extend(f"  {row['user']:<{width}}  {row['password']}  {row['name']}" for row in accounts)
    if host not in LOOPBACK and not settings.HTTPS:
        lines.append(_("Others can reach this address, and the connection is not encrypted. Put a TLS proxy in front."))
    lines.append(_("Stop: Ctrl-C"))
    print("\n".join(lines), flush=True)


@contextlib.contextmanager
def running(home: Path) -> Iterator[None]:
    """While this is open, `careloop restore` refuses to exchange the database underneath."""
    home.mkdir(parents=True, exist_ok=True, mode=0o700)
    with (home / "running.lock").open("a") as file:
        lock(file, is_shared=True)
        yield


def lock(file: "IO[str]", *, is_shared: bool) -> bool:
    """False when others hold it. On systems without file locks it is always free."""
    try:
        import fcntl  # optional: not on Windows
    except ImportError:
        return True
    try:
        fcntl.flock(file, (fcntl.LOCK_SH if is_shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def hold_on() -> None:
    """A child of `careloop up` ends with it."""
    if os.environ.get(lifeline.MARK) == "1":
        lifeline.hold()


def web(options: argparse.Namespace) -> int:
    """Serve pages and API until a signal comes."""
    from granian.constants import Interfaces  # slow: the server, for this command only
    from granian.log import LogLevels  # slow: as above
    from granian.server import Server  # slow: as above

    hold_on()
    if not _is_free(options.host, options.port):
        print(_("Port %(port)d is taken by another program.") % {"port": options.port}, file=sys.stderr)
        return 1
    os.environ[lifeline.MARK] = "1"  # granian's workers end with us
    with running(settings.HOME):
        (settings.HOME / LISTENING).write_text(json.dumps({"host": options.host, "port": options.port}))
        Server(
            "careloop.wsgi:application",
            address=options.host,
            port=options.port,
            interface=Interfaces.WSGI,
            workers=options.workers,
            blocking_threads=2,
            websockets=False,
            backlog=1024,
            log_level=LogLevels.warning,
            workers_kill_timeout=10,
        ).serve()
    return 0
