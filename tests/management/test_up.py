"""`careloop up`: web and worker together, with a database of its own."""

import http.client
import os
import signal
import subprocess
import threading
import time

import pytest

from tests.management.conftest import PROGRAM
from tools.postgres import free_port

WITHIN = 120


class Running:
    """`careloop up` as a process; `lines` is what it printed."""

    def __init__(self, env, port, *args):
        self.port = port
        self.process = subprocess.Popen(
            [*PROGRAM, "up", "--port", str(port), "--lang", "en", *args],
            env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        )  # fmt: skip
        self.lines = []
        self.reader = threading.Thread(target=lambda: self.lines.extend(self.process.stdout), daemon=True)
        self.reader.start()

    def wait_for(self, text):
        until = time.monotonic() + WITHIN
        while time.monotonic() < until:
            if any(text in line for line in list(self.lines)):
                return
            if self.process.poll() is not None:  # all that it printed has been read, or is now
                self.reader.join(10)
                assert any(text in line for line in self.lines), self.lines
            time.sleep(0.1)
        raise AssertionError(self.lines)

    def get(self, path):
        asked = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        asked.request("GET", path)
        return asked.getresponse().status

    def children(self):
        """Process ids below, by the command they run: web, worker, and granian's own worker."""
        found = {}
        for pid in below(self.process.pid):
            words = open(f"/proc/{pid}/cmdline").read().split("\0")  # noqa: SIM115  # reason: read once, closed with the process
            found.setdefault("worker" if "worker" in words else "web", []).append(pid)
        return found

    def stop(self):
        if self.process.poll() is None:
            self.process.terminate()
            self.process.wait(30)


def below(pid):
    done = subprocess.run(["ps", "--ppid", str(pid), "-o", "pid="], capture_output=True, text=True)
    direct = [int(word) for word in done.stdout.split()]
    return direct + [one for child in direct for one in below(child)]


def is_alive(pid):
    try:
        with open(f"/proc/{pid}/stat") as file:
            return file.read().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def all_gone(pids):
    until = time.monotonic() + 20
    while time.monotonic() < until:
        if not any(is_alive(pid) for pid in pids):
            return True
        time.sleep(0.1)
    return False


@pytest.fixture
def up(own_database):
    started = []

    def start(*args, port=None):
        one = Running(own_database, port or free_port(), *args)
        started.append(one)
        return one

    start.env = own_database
    yield start
    for one in started:
        one.stop()


def test_up_serves_tells_how_to_sign_in_and_ends_cleanly_on_a_signal(up):
    first = up()
    first.wait_for("Stop: Ctrl-C")

    text = "".join(first.lines)
    assert f"http://127.0.0.1:{first.port}" in text
    assert "admin  " in text
    assert (first.get("/accounts/login/"), first.get("/")) == (200, 302)
    other = subprocess.run(
        [*PROGRAM, "up", "--port", str(first.port), "--lang", "en"], env=up.env, capture_output=True, text=True
    )
    assert (other.returncode, "taken" in other.stderr) == (1, True)
    restore = subprocess.run(
        [*PROGRAM, "restore", "x.tar.gz", "--lang", "en"], env=up.env, capture_output=True, text=True
    )
    assert (restore.returncode, "running" in restore.stderr) == (1, True)

    pids = below(first.process.pid)
    first.process.send_signal(signal.SIGINT)

    assert first.process.wait(30) == 0
    first.wait_for("Stopping")
    assert len(pids) == 3
    assert all_gone(pids)


@pytest.mark.parametrize("part", ["worker", "web", "web's own worker"])
def test_when_a_part_dies_up_says_so_and_ends_the_other(part, up):
    one = up()
    one.wait_for("Stop: Ctrl-C")
    found = one.children()
    victim = found["worker"][0] if part == "worker" else found["web"][-1 if "own" in part else 0]

    os.kill(victim, signal.SIGKILL)

    assert one.process.wait(40) == 1
    one.wait_for("CareLoop stops; what was saved is safe.")
    assert f"“{part.split(chr(39))[0]}”" in "".join(one.lines)
    assert all_gone([pid for pids in found.values() for pid in pids])


def test_when_up_itself_is_killed_nothing_is_left_behind(up):
    one = up()
    one.wait_for("Stop: Ctrl-C")
    pids = below(one.process.pid)

    one.process.kill()

    assert all_gone(pids)
    again = up(port=one.port)
    again.wait_for("Stop: Ctrl-C")
    assert again.get("/accounts/login/") == 200
