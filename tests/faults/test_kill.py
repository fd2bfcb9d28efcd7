"""kill -9 of the web program, the worker and an import at random moments: nothing committed is lost, nothing done twice."""

import http.client
import itertools
import json
import os
import random
import signal
import subprocess
import sys
import threading
import time

import pytest

from tests.management.conftest import PROGRAM
from tests.management.test_up import below
from tools.postgres import free_port

ROUNDS = 6
TRUTH = """
import json, django; django.setup()
from django.db import connection
from careloop.core.models import Delivery, Event, Numbering
counts = lambda kind: {int(n.period): n.last for n in Numbering.objects.filter(kind=kind)}
whole = "ok"
if connection.vendor == "sqlite":
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA integrity_check")
        whole = cursor.fetchone()[0]
print(json.dumps({
    "whole": whole,
    "facts": counts("fact"), "first": counts("first"), "second": counts("second"),
    "events": [e for e in Event.objects.filter(kind="fact.made").values_list("subject_id", flat=True)],
    "deliveries": Delivery.objects.count(), "waiting": Delivery.objects.filter(done_at=None).count(),
}))
"""


@pytest.fixture
def env(own_database):
    env = {**own_database, "DJANGO_SETTINGS_MODULE": "tests.faults.settings", "PYTHONPATH": os.getcwd()}
    prepared = subprocess.run(
        [*PROGRAM, "prepare", "--part", "database"], env=own_database, capture_output=True, text=True
    )
    assert prepared.returncode == 0, prepared.stderr
    return env


def truth(env):
    done = subprocess.run([sys.executable, "-c", TRUTH], env=env, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    return {
        key: {int(k): v for k, v in value.items()} if isinstance(value, dict) else value for key, value in found.items()
    }


@pytest.fixture
def start():
    """`start(env, "worker")` → the process; what still runs when the test ends is killed."""
    started = []

    def one(env, *args):
        process = subprocess.Popen([*PROGRAM, *args], env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        started.append(process)
        return process

    yield one
    for process in started:
        if process.poll() is None:
            kill(process)


def kill(process, *, everybody=True):
    for pid in [process.pid, *(below(process.pid) if everybody else [])]:
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            continue
    process.wait()


def settled(env, *workers, within):
    """The truth at rest: nothing waits and nobody works any more (each count is a statement of its own)."""
    until = time.monotonic() + within
    while truth(env)["waiting"] and time.monotonic() < until:
        time.sleep(0.5)
    for worker in workers:
        kill(worker, everybody=False)
    return truth(env)


class Clients:
    """Threads that commit facts over HTTP and remember those that were acknowledged."""

    def __init__(self, port, count=3):
        self.port = port
        self.numbers = itertools.count(1)
        self.acknowledged = []
        self.stop = threading.Event()
        self.threads = [threading.Thread(target=self.work) for _ in range(count)]
        for thread in self.threads:
            thread.start()

    def work(self):
        while not self.stop.is_set():
            number = next(self.numbers)
            try:
                asked = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
                asked.request("POST", f"/fact/{number}/")
                if asked.getresponse().status == 201:
                    self.acknowledged.append(number)
                asked.close()
            except (OSError, http.client.HTTPException):
                time.sleep(0.02)

    def wait_for(self, count, within=90):
        until = time.monotonic() + within
        while len(self.acknowledged) < count and time.monotonic() < until:
            time.sleep(0.02)
        assert len(self.acknowledged) >= count, "the web program does not answer"

    def end(self):
        self.stop.set()
        for thread in self.threads:
            thread.join()


@pytest.mark.concurrency
def test_killing_web_and_worker_loses_no_acknowledged_fact_and_does_nothing_twice(env, start):
    dice, port = random.Random(7), free_port()
    web, worker = start(env, "web", "--port", str(port), "--workers", "1"), start(env, "worker")
    clients = Clients(port)
    try:
        for round_ in range(ROUNDS):
            clients.wait_for(len(clients.acknowledged) + 15)
            time.sleep(dice.random())
            if round_ % 2:
                kill(web)
                web = start(env, "web", "--port", str(port), "--workers", "1")
            kill(worker, everybody=False)
            worker = start(env, "worker")
        clients.wait_for(len(clients.acknowledged) + 15)
    finally:
        clients.end()
        kill(web)
    found = settled(env, worker, within=300)

    assert found["whole"] == "ok"
    assert len(clients.acknowledged) >= 15 * ROUNDS
    assert set(clients.acknowledged) <= set(found["events"])
    assert sorted(found["events"]) == sorted(found["facts"])  # no half transaction: each number has its event
    assert set(found["facts"].values()) == {1}
    assert (found["waiting"], found["deliveries"]) == (0, 2 * len(found["events"]))
    assert found["first"] == found["second"] == dict.fromkeys(found["events"], 1)


@pytest.mark.concurrency
def test_two_workers_do_each_delivery_once(env, start):
    port = free_port()
    web, workers = start(env, "web", "--port", str(port), "--workers", "1"), [start(env, "worker") for _ in range(2)]
    clients = Clients(port)
    try:
        clients.wait_for(60)
    finally:
        clients.end()
        kill(web)
    found = settled(env, *workers, within=300)

    assert found["waiting"] == 0
    assert found["first"] == found["second"] == dict.fromkeys(found["events"], 1)


CUSTOMERS = (
    "import django; django.setup();"
    "from careloop.customers.models import Customer, Contact; from careloop.core.models import ImportKey, SearchDoc;"
    "print(Customer.objects.count(), Contact.objects.count(), ImportKey.objects.count(),"
    " SearchDoc.objects.filter(kind='customer').count())"
)


@pytest.mark.concurrency
def test_an_import_that_is_killed_can_be_run_again_to_its_end(own_database, start, tmp_path):
    file, total, dice = tmp_path / "c.csv", 2400, random.Random(3)
    lines = (f"X{n:05d},苏州恒久{n}机械有限公司,公司,王伟,139{n:08d}\n" for n in range(total))
    file.write_text("客户编号,客户名称,客户类型,联系人,手机\n" + "".join(lines), "utf-8")
    subprocess.run([*PROGRAM, "prepare", "--part", "database"], env=own_database, check=True, capture_output=True)

    def customers():
        done = subprocess.run([sys.executable, "-c", CUSTOMERS], env=own_database, capture_output=True, text=True)
        return [int(n) for n in done.stdout.split()]

    for _ in range(3):
        before = customers()[0]
        running = start(own_database, "import", "customers", str(file))
        until = time.monotonic() + 60
        while customers()[0] == before and running.poll() is None and time.monotonic() < until:
            time.sleep(0.05)
        time.sleep(dice.random() / 2)
        kill(running)
        assert len(set(customers())) == 1  # customer, contact, key and search entry: all four or none

    done = subprocess.run(
        [*PROGRAM, "import", "customers", str(file), "--json"], env=own_database, capture_output=True, text=True
    )
    counts = json.loads(done.stdout)

    assert done.returncode == 0
    assert counts["created"] + counts["unchanged"] == counts["read"] == total
    assert customers() == [total] * 4
