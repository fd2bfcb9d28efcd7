"""A PostgreSQL server of its own for one run: made in a temporary folder, gone afterwards.

Used by the tests (`pytest --db postgresql`) and by the benchmarks. Nothing is kept and nothing is flushed to
disk (`fsync` off), so it is fast and worthless as a real server. It listens on 127.0.0.1 only. PostgreSQL
refuses to run as root, therefore root starts it as the system user `postgres`.
"""

import contextlib
import os
import pwd
import random
import re
import shutil
import socket
import subprocess
import tempfile
from pathlib import Path
from typing import Any, Self

PREFIX = "careloop-pg-"
ADVICE = (
    "PostgreSQL's programs (initdb, pg_ctl) were not found. "
    "On Debian or Ubuntu: apt-get install postgresql. Elsewhere: put them on PATH."
)
FAST = (
    "-c fsync=off -c synchronous_commit=off -c full_page_writes=off -c wal_level=minimal "
    "-c max_wal_senders=0 -c listen_addresses=127.0.0.1 -c timezone=UTC "
    "-c max_connections=200 -c shared_buffers=256MB"
)


class ServerMissing(RuntimeError):
    """PostgreSQL is not installed, or did not start; the text says what to do."""


def binaries() -> Path:
    """Folder with `initdb` and `pg_ctl`; the newest version where several are installed.

    Raises:
        ServerMissing: no server programs on this machine.
    """
    found = [path.parent for path in Path("/usr/lib/postgresql").glob("*/bin/initdb")]
    if found:
        return max(found, key=lambda path: [int(n) for n in re.findall(r"\d+", path.parent.name)])
    on_path = shutil.which("initdb")
    if on_path:
        return Path(on_path).resolve().parent
    raise ServerMissing(ADVICE)


def free_port() -> int:
    """A port nobody listens on, below those that the kernel hands to outgoing connections (32768 and above).

    Such a connection cannot take it in the moments before the server that asked for it listens.
    """
    while True:
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", random.randrange(15000, 32000)))
            return int(probe.getsockname()[1])


def run_as() -> dict[str, Any]:
    """Arguments for `subprocess` that drop root; empty for everybody else."""
    if os.geteuid() != 0:
        return {}
    try:
        account = pwd.getpwnam("postgres")
    except KeyError:
        raise ServerMissing("Root cannot run PostgreSQL and there is no user `postgres`. " + ADVICE) from None
    return {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}


class Cluster:
    """One server. Use as a context manager, or call `start` and `stop`."""

    def __init__(self, *, options: str = "") -> None:
        self.options = options
        self.folder: Path | None = None
        self.port = 0

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> Self:
        """Make and start the server.

        Raises:
            ServerMissing: programs absent, or the server does not come up; with the end of its log.
        """
        sweep()
        self.bin, self.identity = binaries(), run_as()
        self.folder = Path(tempfile.mkdtemp(prefix=f"{PREFIX}{os.getpid()}-"))
        if self.identity:
            os.chown(self.folder, self.identity["user"], self.identity["group"])
        self._run("initdb", "-U", "careloop", "-A", "trust", "-E", "UTF8", "--no-locale", "-N", "-D", "data")
        for _ in range(3):  # a port that was free a moment ago may be taken
            self.port = free_port()
            options = f"{FAST} {self.options} -p {self.port} -k {self.folder}"
            done = self._run("pg_ctl", "-D", "data", "-l", "log", "-w", "-t", "60", "-o", options, "start", check=False)
            if done.returncode == 0:
                return self
        log = self.folder / "log"
        tail = log.read_text(errors="replace")[-2000:] if log.exists() else done.stdout
        self.stop()
        raise ServerMissing(f"PostgreSQL did not start:\n{tail}")

    def stop(self) -> None:
        """Stop the server and remove its folder; harmless when called twice."""
        if self.folder is None:
            return
        self._run("pg_ctl", "-D", "data", "-m", "immediate", "-w", "stop", check=False)
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder = None

    def url(self, name: str = "postgres") -> str:
        return f"postgresql://careloop@127.0.0.1:{self.port}/{name}"

    def _run(self, program: str, *args: str, check: bool = True) -> "subprocess.CompletedProcess[str]":
        # A file, not a pipe: the server inherits it and would keep a pipe open for ever.
        with tempfile.TemporaryFile("w+", errors="replace") as output:
            done = subprocess.run(
                [str(self.bin / program), *args],
                cwd=self.folder,
                env={"PATH": os.environ.get("PATH", ""), "LC_ALL": "C", "TZ": "UTC"},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                text=True,
                **self.identity,
            )
            output.seek(0)
            done.stdout = output.read()
        if check and done.returncode:
            raise ServerMissing(f"{program} failed:\n{done.stdout}")
        return done


def sweep() -> None:
    """Stop and remove servers whose owner was killed before it could do so."""
    for folder in Path(tempfile.gettempdir()).glob(f"{PREFIX}*-*"):
        owner = folder.name.removeprefix(PREFIX).partition("-")[0]
        if not owner.isdigit() or _alive(int(owner)):
            continue
        with contextlib.suppress(OSError, ServerMissing):
            cluster = Cluster()
            cluster.bin, cluster.identity, cluster.folder = binaries(), run_as(), folder
            cluster.stop()


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
