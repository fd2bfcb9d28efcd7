"""`make bench`: builds the data, drives the program, the limit and the peer, writes bench/README.md.

python -m bench.run [--sizes 20000 1000000] [--engines sqlite postgresql] [--seconds 3] [--no-peer]

The PostgreSQL server is one of its own, with durable commits, gone afterwards. `--server URL` takes a running one on
this machine instead (a role that may create databases); databases bench_N are made there once and kept.
"""

import argparse
import json
import os
import secrets
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.request import urlopen

from bench import imported, report
from bench.load import Call, Result, measure, memory
from bench.texts import HAN_WORD, RARE_WORD
from tools.postgres import Cluster, free_port

ROOT = Path(__file__).resolve().parent.parent
WORK = ROOT / "bench" / "work"
BIN = Path(sys.executable).parent
PEER_VENV = WORK / "peer-venv"
PEER_PACKAGES = ("django-helpdesk==2.6.1", "psycopg[binary]", "granian", "django-bootstrap4-form", "packaging")
CLIENTS = (1, 8)
ROUNDS = 3
# The throw-away server of the tests flushes nothing; a shop's server does.
DURABLE = "-c fsync=on -c synchronous_commit=on -c full_page_writes=on"
Servers = dict[str, Any]


def child(command: list[str], env: dict[str, str]) -> str:
    done = subprocess.run(command, env=env, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"{' '.join(command)} failed:\n{done.stdout[-2000:]}\n{done.stderr[-4000:]}")
    return done.stdout


def wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    for _ in range(300):
        if process.poll() is not None:
            sys.exit(f"the server on port {port} ended with {process.returncode}")
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    sys.exit(f"nothing listens on port {port}")


@contextmanager
def serving(command: list[str], env: dict[str, str], port: int) -> Iterator[int]:
    log = (WORK / f"server-{port}.log").open("wb")
    process = subprocess.Popen(command, env=env, cwd=ROOT, stdout=log, stderr=log)
    try:
        wait_for(port, process)
        time.sleep(1)
        yield process.pid
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
        log.close()


def environment(home: Path, database: str | None) -> dict[str, str]:
    env = {k: v for k, v in os.environ.items() if not k.startswith("CARELOOP_")}
    env |= {"CARELOOP_HOME": str(home), "CARELOOP_HOSTS": "127.0.0.1", "PYTHONPATH": str(ROOT)}
    return env | ({"CARELOOP_DATABASE_URL": database} if database else {})


def calls(client: dict[str, Any]) -> dict[str, Call]:
    auth = {"Authorization": f"Bearer {client['token']}", "Content-Type": "application/json"}
    page = {"Cookie": f"sessionid={client['session']}; csrftoken={secrets.token_hex(16)}"}  # as a browser has them
    new = {
        "station": client["station"], "customer": client["customer"], "contact": client["contact"],
        "channel": "phone", "kind": "question", "urgency": "none", "title": "Bench @N@",
        "verbatim": "How much coolant does the generator need? @N@", "is_asset_unknown": True,
    }  # fmt: skip
    from urllib.parse import quote

    return {
        "create": Call("POST", "/api/v1/cases", auth, json.dumps(new)),
        "list": Call("GET", "/api/v1/cases?limit=50", auth),
        "open": Call("GET", f"/api/v1/cases/{client['case']}", auth),
        "search word": Call("GET", f"/api/v1/search?q={RARE_WORD}&limit=25", auth),
        "search 2 characters": Call("GET", f"/api/v1/search?q={quote(HAN_WORD)}&limit=25", auth),
        "page of 50": Call("GET", "/cases/", page),
    }


def drive(port: int, found: dict[str, Call], *, seconds: int, servers: list[int], database: list[int]) -> Servers:
    """Each call in several rounds, the others between, and of its rounds the one in the middle: the processor of a
    shared machine changes its speed from minute to minute, and a ratio of two calls would measure that."""
    rounds: dict[tuple[str, int], list[Result]] = {}
    for _round in range(ROUNDS):
        for name, call in found.items():
            for clients in CLIENTS:
                result = measure(port, call, clients=clients, seconds=seconds, servers=servers, database=database)
                rounds.setdefault((name, clients), []).append(result)
    results: Servers = {}
    for (name, clients), several in rounds.items():
        result = sorted(several, key=lambda one: one.p50)[len(several) // 2]
        results.setdefault(name, []).append(result.as_dict())
        print(f"    {name:20s} {clients} clients  p50 {result.p50:8.2f} ms  p95 {result.p95:8.2f} ms  "
              f"{result.per_second:8.1f}/s  {result.cpu_ms:6.2f} ms CPU", flush=True)  # fmt: skip
    return results


def careloop(
    home: Path, database: str | None, size: int, seconds: int, pids: list[int]
) -> tuple[Servers, dict[str, Any]]:
    env = environment(home, database)
    print(f"  CareLoop, {size} cases: building", flush=True)
    client = json.loads(child([str(BIN / "python"), "-m", "bench.build", str(size)], env).splitlines()[-1])
    child([str(BIN / "python"), "manage.py", "collectstatic", "--noinput", "-v0"], env)
    port = free_port()
    command = [str(BIN / "careloop"), "web", "--workers", "2", "--port", str(port)]
    with serving(command, env, port) as pid:
        results = drive(port, calls(client), seconds=seconds, servers=[pid], database=pids)
    return results, client


def limit(home: Path, database: str, client: dict[str, Any], seconds: int, pids: list[int]) -> Servers:
    record = home / "record.pickle"
    wanted = {k: (c.method, c.path, c.body) for k, c in calls(client).items() if not k.startswith("page")}
    arguments = [str(record), client["token"], json.dumps(wanted)]
    child([str(BIN / "python"), "-m", "bench.record", *arguments], environment(home, database))
    env = {**os.environ, "LIMIT_RECORD": str(record), "LIMIT_DATABASE_URL": database, "PYTHONPATH": str(ROOT)}
    port = free_port()
    command = [
        str(BIN / "granian"),
        "--interface",
        "asginl",
        "--workers",
        "2",
        "--port",
        str(port),
        "bench.limit:application",
    ]
    print("  limit: the same SQL without the program", flush=True)
    with serving(command, env, port) as pid:
        paths = {name: Call("GET", f"/{name.replace(' ', '%20')}", {}) for name in wanted}
        return drive(port, paths, seconds=seconds, servers=[pid], database=pids)


def idle() -> dict[str, float]:
    """MiB of web and worker together, half a minute after the start of an empty firm, and seconds until it answers."""
    home = WORK / "idle"
    shutil.rmtree(home, ignore_errors=True)
    port, started = free_port(), time.monotonic()
    with serving([str(BIN / "careloop"), "up", "--port", str(port)], environment(home, None), port) as pid:
        answered = time.monotonic() - started - 1  # `serving` waits a second more
        urlopen(f"http://127.0.0.1:{port}/health/", timeout=30).close()
        time.sleep(30)
        found = {"seconds until it answers": answered, "MiB idle": memory([pid])}
    shutil.rmtree(home)
    return found


def imported_files() -> dict[str, float]:
    """Seconds for 100 000 customers with contact person and machine, and for the same files again."""
    home = WORK / "import"
    shutil.rmtree(home, ignore_errors=True)
    env = environment(home, None)
    child([str(BIN / "python"), "-m", "bench.build", "0"], env)
    found = imported.measure(BIN / "python", home, 100_000, env)
    shutil.rmtree(home)
    return found


def peer(database: str, size: int, seconds: int, pids: list[int]) -> Servers:
    if not (PEER_VENV / "bin" / "granian").exists():
        print("  peer: installing django-helpdesk into its own environment", flush=True)
        subprocess.run([sys.executable, "-m", "venv", str(PEER_VENV)], check=True)
        subprocess.run([str(PEER_VENV / "bin" / "pip"), "install", "-q", *PEER_PACKAGES], check=True)
    env = {**os.environ, "PEER_DATABASE_URL": database, "PYTHONPATH": str(ROOT)}
    print(f"  django-helpdesk, {size} tickets: building", flush=True)
    out = child([str(PEER_VENV / "bin" / "python"), "-m", "bench.peer.build", str(size)], env)
    client = json.loads(out.splitlines()[-1])
    port = free_port()
    command = [str(PEER_VENV / "bin" / "granian"), "--interface", "wsgi", "--workers", "2", "--port", str(port),
               "bench.peer.wsgi:application"]  # fmt: skip
    with serving(command, env, port) as pid:
        return drive(port, peer_calls(client), seconds=seconds, servers=[pid], database=pids)


def peer_calls(client: dict[str, Any]) -> dict[str, Call]:
    """Its list and search as its own page asks for them; open and create through its API."""
    from base64 import b64encode
    from urllib.parse import quote

    def query(text: str) -> str:
        asked = {
            "filtering": {},
            "filtering_null": {},
            "sorting": "created",
            "sortreverse": True,
            "search_string": text,
        }
        return quote(b64encode(json.dumps(asked).encode()).decode())

    def table(text: str, length: int) -> str:
        order = "order[0][column]=5&order[0][dir]=desc"
        return f"/datatables_ticket_list/{query(text)}?draw=1&start=0&length={length}&{order}"

    secret = "a" * 32
    cookie = {"Cookie": f"sessionid={client['session']}; csrftoken={secret}"}
    new = {"queue": client["queue"], "title": "Bench @N@", "description": "How much coolant? @N@",
           "submitter_email": "bench@example.com", "priority": 3, "status": 1}  # fmt: skip
    headers = {**cookie, "X-CSRFToken": secret, "Content-Type": "application/json"}
    return {
        "create": Call("POST", "/api/tickets/", headers, json.dumps(new)),
        "list": Call("GET", table("", 50), cookie),
        "open": Call("GET", f"/tickets/{client['ticket']}/", cookie),
        "search word": Call("GET", table(RARE_WORD, 25), cookie),
        "search 2 characters": Call("GET", table(HAN_WORD, 25), cookie),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=[20_000, 1_000_000])
    parser.add_argument("--engines", nargs="+", default=["sqlite", "postgresql"], choices=["sqlite", "postgresql"])
    parser.add_argument("--seconds", type=int, default=3)
    parser.add_argument("--no-peer", action="store_true")
    parser.add_argument("--no-limit", action="store_true")
    parser.add_argument("--no-alone", action="store_true", help="neither idle memory nor the import")
    parser.add_argument("--server", default="", help="a running PostgreSQL, e.g. postgresql://me@127.0.0.1:5432")
    parser.add_argument("--keep", action="store_true", help="keep the SQLite homes for the next run")
    chosen = parser.parse_args()
    WORK.mkdir(parents=True, exist_ok=True)
    results: dict[str, Any] = {}
    if "sqlite" in chosen.engines:
        for size in chosen.sizes:
            home = WORK / f"sqlite-{size}"
            print(f"SQLite, {size} cases", flush=True)
            results[f"sqlite {size} careloop"], _client = careloop(home, None, size, chosen.seconds, [])
            if not chosen.keep:
                shutil.rmtree(home)
    if "postgresql" in chosen.engines:
        if chosen.server:
            on_postgresql(chosen.server.rstrip("/"), chosen, results)
        else:
            with Cluster(options=f"-c shared_buffers=2GB -c work_mem=32MB {DURABLE}") as cluster:
                on_postgresql(cluster.url("").rstrip("/"), chosen, results)
    (WORK / "results.json").write_text(json.dumps(results, indent=1))
    alone = {} if chosen.no_alone else {"idle": idle(), "import": imported_files()}
    report.write(results, alone, " ".join(["python -m bench.run", *sys.argv[1:]]))


def database_of(server: str, name: str) -> str:
    """URL of the database `name`, made when the server has none."""
    import psycopg

    with psycopg.connect(f"{server}/postgres", autocommit=True) as connection:
        if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchall():
            connection.execute(f'CREATE DATABASE "{name}"')
    return f"{server}/{name}"


def postmaster(server: str) -> int:
    """Process of the server: the parent of the one that answers us."""
    import psycopg

    with psycopg.connect(f"{server}/postgres") as connection:
        row = connection.execute("SELECT pg_backend_pid()").fetchone()
        assert row is not None
        status = Path(f"/proc/{row[0]}/status").read_text()
    return int(status.split("PPid:")[1].split()[0])


def on_postgresql(server: str, chosen: argparse.Namespace, results: dict[str, Any]) -> None:
    pids = [postmaster(server)]
    for size in chosen.sizes:
        print(f"PostgreSQL, {size} cases", flush=True)
        home = WORK / f"postgresql-{size}"
        database = database_of(server, f"bench_{size}")
        results[f"postgresql {size} careloop"], client = careloop(home, database, size, chosen.seconds, pids)
        if not chosen.no_limit:
            results[f"postgresql {size} limit"] = limit(home, database, client, chosen.seconds, pids)
        if not chosen.no_peer and size == min(chosen.sizes):
            other = database_of(server, "bench_peer")
            results[f"postgresql {size} peer"] = peer(other, size, chosen.seconds, pids)
        shutil.rmtree(home)


if __name__ == "__main__":
    main()
