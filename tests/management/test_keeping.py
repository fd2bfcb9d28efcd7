"""Backup and restore with a database of its own, as an operator runs them."""

import io
import json
import os
import shutil
import stat
import subprocess
import tarfile
import threading
from pathlib import Path

import pytest

from tests.management.conftest import PROGRAM

COUNT = (
    "import os, django; django.setup();"
    "from careloop.customers.models import Customer; from careloop.core.models import Event;"
    "from careloop.core import search; from careloop.core.actor import Actor;"
    "print(Customer.objects.count(), Event.objects.count(), len(search.find('恒久', actor=Actor.system(), limit=1000)))"
)
HEADER = "客户编号,客户名称,客户类型,联系人,手机\n"


def customers(first, last):
    return HEADER + "".join(f"X{n:04d},苏州恒久{n}机械有限公司,公司,王伟,139{n:08d}\n" for n in range(first, last))


def counted(env):
    import sys

    done = subprocess.run([sys.executable, "-c", COUNT], env=env, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    return [int(n) for n in done.stdout.split()]


def home_of(program):
    return Path(program.env["CARELOOP_HOME"])


def wipe(program):
    """As if on a new machine: the home is gone, the PostgreSQL database empty."""
    shutil.rmtree(home_of(program))
    url = program.env.get("CARELOOP_DATABASE_URL")
    if url:
        import psycopg

        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("DROP SCHEMA public CASCADE")
            connection.execute("CREATE SCHEMA public")


@pytest.fixture
def filled(program, tmp_path):
    program("prepare")
    (tmp_path / "c.csv").write_text(customers(0, 200), "utf-8")
    assert program.json("import", "customers", tmp_path / "c.csv")["created"] == 200
    (home_of(program) / "files" / "ab").mkdir(parents=True)
    (home_of(program) / "files" / "ab" / "photo.jpg").write_bytes(b"content")
    return program


def test_a_backup_made_while_others_write_is_whole_and_can_be_restored(filled, tmp_path):
    program, target = filled, tmp_path / "b.tar.gz"
    (tmp_path / "more.csv").write_text(customers(200, 1400), "utf-8")
    writer = threading.Thread(target=lambda: program("import", "customers", tmp_path / "more.csv"))
    writer.start()
    made = program.json("backup", target)
    writer.join()
    before = counted(program.env)
    key = (home_of(program) / "secret_key").read_text()

    assert made["files"] == 1
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    refused = program("restore", target, check=1)
    assert "--force" in refused.stderr
    assert counted(program.env) == before == [1400, before[1], 1000]

    wipe(program)
    program("restore", target)

    restored = counted(program.env)
    assert 200 <= restored[0] <= 1400
    assert restored[0] % 100 == 0  # whole portions only: 200 + n × 300
    assert restored[2] == min(1000, restored[0])
    assert (home_of(program) / "files" / "ab" / "photo.jpg").read_bytes() == b"content"
    assert (home_of(program) / "secret_key").read_text() == key
    checks = {one["check"]: one["level"] for one in program.json("doctor")["findings"]}
    assert checks["integrity"] == checks["search"] == checks["migrations"] == checks["modes"] == "ok"
    again = program.json("import", "customers", tmp_path / "more.csv")
    assert again["created"] + again["unchanged"] == 1200
    assert counted(program.env)[0] == 1400


def test_restoring_by_force_moves_the_present_data_aside(filled, tmp_path):
    program, target = filled, tmp_path / "b.tar.gz"
    program("backup", target)
    (tmp_path / "more.csv").write_text(customers(200, 250), "utf-8")
    program("import", "customers", tmp_path / "more.csv")

    moved = Path(program.json("restore", target, "--force")["moved_to"])

    assert counted(program.env)[0] == 200
    kept = {path.name for path in moved.iterdir()}
    assert ("careloop.sqlite3" in kept) or ("careloop.dump" in kept)
    assert (moved / "files" / "ab" / "photo.jpg").exists()


@pytest.mark.parametrize("kind", ["text", "cut", "foreign", "path", "link", "digest"])
def test_a_damaged_or_foreign_backup_is_refused_and_nothing_is_touched(kind, program, tmp_path):
    target = tmp_path / "b.tar.gz"
    program("prepare")
    program("backup", target)
    before = sorted(p.name for p in home_of(program).iterdir())
    damage(kind, target)

    refused = program("restore", target, "--force", check=1)

    assert "Traceback" not in refused.stderr
    assert sorted(p.name for p in home_of(program).iterdir()) == sorted({*before, "running.lock"})
    assert counted(program.env)[0] == 0


def damage(kind, target):
    content = target.read_bytes()
    if kind == "text":
        target.write_bytes(b"not an archive")
    elif kind == "cut":
        target.write_bytes(content[: len(content) // 2])
    else:
        with tarfile.open(target) as archive:
            parts = {m.name: archive.extractfile(m).read() for m in archive if m.isfile()}
        manifest = json.loads(parts["manifest.json"])
        if kind == "foreign":
            manifest["product"] = "Other"
        if kind == "digest":
            manifest["sha256"] = "0" * 64
        parts["manifest.json"] = json.dumps(manifest).encode()
        with tarfile.open(target, "w:gz") as archive:
            for name, data in parts.items():
                info = tarfile.TarInfo(name)
                info.size = len(data)
                archive.addfile(info, io.BytesIO(data))
            if kind == "path":
                archive.addfile(tarfile.TarInfo("files/../../evil"))
            if kind == "link":
                link = tarfile.TarInfo("files/link")
                link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
                archive.addfile(link)


def test_a_backup_of_a_newer_version_is_refused(program, tmp_path):
    target = tmp_path / "b.tar.gz"
    program("prepare")
    program("backup", target)
    with tarfile.open(target) as archive:
        parts = {m.name: archive.extractfile(m).read() for m in archive if m.isfile()}
    manifest = json.loads(parts["manifest.json"])
    manifest["migrations"].append("core.9999_future")
    parts["manifest.json"] = json.dumps(manifest).encode()
    with tarfile.open(target, "w:gz") as archive:
        for name, data in parts.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))

    assert "newer" in program("restore", target, "--force", check=1).stderr


def test_an_empty_home_is_prepared_once_and_the_second_time_nothing_changes(program):
    first = json.loads(program("prepare", "--part", "database").stdout)
    second = program("prepare", "--part", "database")

    assert [row["user"] for row in first["accounts"]] == ["admin"]
    assert json.loads(second.stdout) == first
    assert second.stderr == ""
    assert stat.S_IMODE(home_of(program).stat().st_mode) == 0o700
    assert os.listdir(home_of(program)) != []


def test_the_programs_of_postgresql_missing_is_a_sentence(own_database):
    if "CARELOOP_DATABASE_URL" not in own_database:
        return  # SQLite needs no program beside Python
    env = {**own_database, "PATH": "/nonexistent"}

    done = subprocess.run(
        [*PROGRAM, "backup", "/tmp/x.tar.gz", "--lang", "en"], env=env, capture_output=True, text=True
    )

    assert done.returncode == 1
    assert "pg_dump" in done.stderr
    assert not Path("/tmp/x.tar.gz").exists()
