"""`backup` and `restore`: one file with everything that is kept, consistent while the program runs.

The file is a tar.gz: `manifest.json`, the database (`careloop.sqlite3`, or `careloop.dump` of pg_dump), `files/`,
`mail/` and the secret key. The database is copied first, uploaded files after it: they are only ever added, so each
file that the copy names is there. The backup holds secrets and is readable by its owner only.
"""

import argparse
import contextlib
import hashlib
import json
import os
import shutil
import sqlite3
import subprocess
import tarfile
import tempfile
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import IO, Any

from django.conf import settings
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone

from careloop.core.errors import DomainError
from careloop.management.cli import DONE, emit
from careloop.management.serving import lock
from careloop.management.words import _

SQLITE, DUMP, MANIFEST = "careloop.sqlite3", "careloop.dump", "manifest.json"
FOLDERS = ("files", "mail")
KEPT = (SQLITE, "secret_key", "first-password", *FOLDERS)
PIECE = 1 << 20


class Damaged(DomainError):
    code = "damaged-backup"


# --- backup -------------------------------------------------------------------------------------------------------


def backup(options: argparse.Namespace) -> int:
    """Raises DomainError: wrong ending, no folder, database damaged, pg_dump missing. No half file is left."""
    path: Path = options.file
    if not path.name.endswith((".tar.gz", ".tgz")):
        raise DomainError(_("The file must end in .tar.gz."), field="file")
    if not path.parent.is_dir():
        raise DomainError(_("There is no folder %(path)s.") % {"path": path.parent}, field="file")
    handle, draft = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")  # mode 0600
    try:
        with os.fdopen(handle, "wb") as file:
            count = _fill(file)
            file.flush()
            os.fsync(file.fileno())
        os.replace(draft, path)
    finally:
        Path(draft).unlink(missing_ok=True)
    size = path.stat().st_size
    emit(
        options,
        {"file": str(path), "bytes": size, "files": count},
        [
            _("Backup written to %(path)s (%(size).1f MB, %(count)d uploaded files).")
            % {"path": path, "size": size / 1e6, "count": count},
            _("It holds personal data and secrets: keep it locked away."),
        ],
    )
    return DONE


def _fill(file: "IO[bytes]") -> int:
    with tempfile.TemporaryDirectory(prefix="careloop-backup-", dir=_roomy()) as folder:
        copy = _copy_sqlite(Path(folder)) if connection.vendor == "sqlite" else _dump_postgresql(Path(folder))
        with tarfile.open(fileobj=file, mode="w:gz", compresslevel=3) as archive:
            _add_text(archive, MANIFEST, json.dumps(_manifest(copy), ensure_ascii=False, indent=1))
            archive.add(copy, copy.name)
            if settings.HOME.joinpath("secret_key").exists():
                archive.add(settings.HOME / "secret_key", "secret_key")
            return sum(_add_folder(archive, name) for name in FOLDERS)


def _roomy() -> Path:
    """The copy is as large as the database: /tmp may be memory, the home is not."""
    settings.HOME.mkdir(parents=True, exist_ok=True, mode=0o700)
    return Path(settings.HOME)


def _add_folder(archive: tarfile.TarFile, name: str) -> int:
    count = 0
    root = settings.HOME / name
    for path in sorted(root.rglob("*")) if root.is_dir() else ():
        if path.is_file() and "incoming" not in path.relative_to(root).parts:
            with contextlib.suppress(FileNotFoundError):  # a mail that was just sent away
                archive.add(path, f"{name}/{path.relative_to(root).as_posix()}", recursive=False)
                count += name == "files"
    return count


def _add_text(archive: tarfile.TarFile, name: str, text: str) -> None:
    with tempfile.TemporaryFile() as file:
        file.write(text.encode())
        file.seek(0)
        info = tarfile.TarInfo(name)
        info.size, info.mode = len(text.encode()), 0o600
        archive.addfile(info, file)


def _manifest(copy: Path) -> dict[str, Any]:
    executor = MigrationExecutor(connection)
    return {
        "product": "CareLoop",
        "version": _version(),
        "made_at": timezone.now().isoformat(timespec="seconds"),
        "database": connection.vendor,
        "name": copy.name,
        "sha256": _digest(copy),
        "migrations": sorted(f"{app}.{name}" for app, name in executor.loader.applied_migrations),
    }


def _version() -> str:
    try:
        return version("careloop")
    except PackageNotFoundError:
        return "0"


def _digest(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while piece := file.read(PIECE):
            digest.update(piece)
    return digest.hexdigest()


def _copy_sqlite(folder: Path) -> Path:
    """In one step: in several, every commit of somebody else would begin it anew."""
    target = folder / SQLITE
    connection.ensure_connection()
    copy = sqlite3.connect(target)
    try:
        connection.connection.backup(copy, pages=-1)
        copy.execute("PRAGMA journal_mode=DELETE")
    finally:
        copy.close()
    _check_sqlite(target)
    return target


def _check_sqlite(path: Path) -> None:
    with contextlib.closing(sqlite3.connect(path)) as copy:
        try:
            found = copy.execute("PRAGMA integrity_check").fetchone()[0]
        except sqlite3.DatabaseError as error:
            found = str(error)
    if found != "ok":
        raise Damaged(_("The database is damaged (%(what)s). Restore an earlier backup.") % {"what": str(found)[:200]})


def _dump_postgresql(folder: Path, name: str = DUMP) -> Path:
    target = folder / name
    _run("pg_dump", "--format=custom", "--compress=0", "--no-owner", "--no-privileges", f"--file={target}", *_place())
    return target


def _place() -> list[str]:
    given = connection.settings_dict
    return [f"--dbname={given['NAME']}", *(["--host", given["HOST"]] if given["HOST"] else []),
            *(["--port", given["PORT"]] if given["PORT"] else []),
            *(["--username", given["USER"]] if given["USER"] else [])]  # fmt: skip


def _run(program: str, *args: str) -> None:
    """The password goes through the environment, never onto the command line."""
    if shutil.which(program) is None:
        raise DomainError(
            _("%(program)s was not found. Install PostgreSQL's programs (Debian: apt-get install postgresql-client).")
            % {"program": program}
        )
    env = {**os.environ, "PGPASSWORD": connection.settings_dict["PASSWORD"] or ""}
    done = subprocess.run([program, *args], env=env, capture_output=True, text=True, errors="replace", check=False)
    if done.returncode:
        raise DomainError(_("%(program)s failed: %(why)s") % {"program": program, "why": done.stderr.strip()[-500:]})


# --- restore ------------------------------------------------------------------------------------------------------


def restore(options: argparse.Namespace) -> int:
    """Check the whole backup first, then put it in place; what was there is moved aside, not deleted.

    Raises:
        DomainError: not a backup, damaged, from a newer version, for another kind of database, the home is not empty,
            or CareLoop is running.
    """
    home: Path = settings.HOME
    home.mkdir(parents=True, exist_ok=True, mode=0o700)
    with (home / "running.lock").open("a") as guard:
        if not lock(guard, is_shared=False):
            raise DomainError(_("CareLoop is running in %(home)s. Stop it first.") % {"home": home})
        if not options.force and not _is_empty(home):
            raise DomainError(
                _("There is data already in %(home)s. With --force it is moved aside and replaced.") % {"home": home}
            )
        with tempfile.TemporaryDirectory(prefix=".restore-", dir=home) as name:
            manifest = _unpacked(options.file, Path(name))
            aside = _exchange(Path(name), home, manifest)
    lines = [_("Restored the backup of %(when)s. Start: careloop up") % {"when": manifest["made_at"]}]
    if aside is not None:
        lines.append(_("What was there is now in %(path)s") % {"path": aside})
    emit(options, {"made_at": manifest["made_at"], "moved_to": str(aside) if aside else None}, lines)
    return DONE


def _is_empty(home: Path) -> bool:
    if connection.vendor != "sqlite" and connection.introspection.table_names():
        return False
    return not (home / SQLITE).exists() and not any((home / "files").glob("*"))


def _unpacked(path: Path, folder: Path) -> dict[str, Any]:
    try:
        with tarfile.open(path, "r:gz") as archive:
            for member in _safe_members(archive):
                target = folder / member.name
                target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
                source = archive.extractfile(member)
                if source is not None:
                    with target.open("wb") as file:
                        shutil.copyfileobj(source, file, PIECE)
                    target.chmod(0o600)
        manifest: dict[str, Any] = json.loads((folder / MANIFEST).read_text())
        copy = folder / Path(str(manifest["name"])).name
        is_whole = manifest["product"] == "CareLoop" and _digest(copy) == manifest["sha256"]
    except (tarfile.TarError, EOFError, ValueError, KeyError, FileNotFoundError) as error:
        if not path.exists():
            raise DomainError(_("There is no file %(path)s.") % {"path": path}, field="file") from error
        raise Damaged(_("%(path)s is not a backup, or it is damaged.") % {"path": path.name}) from error
    if not is_whole:
        raise Damaged(_("%(path)s is not a backup, or it is damaged.") % {"path": path.name})
    _check_fits(manifest, copy)
    return manifest


def _safe_members(archive: tarfile.TarFile) -> Iterator[tarfile.TarInfo]:
    """Plain files under the names we write; a path that leads elsewhere is no backup of ours."""
    for member in archive:
        parts = Path(member.name).parts
        is_ours = parts and (parts[0] in (MANIFEST, SQLITE, DUMP, "secret_key") or parts[0] in FOLDERS)
        if not member.isfile() or not is_ours or member.name.startswith("/") or ".." in parts:
            raise tarfile.TarError(member.name)
        yield member


def _check_fits(manifest: dict[str, Any], copy: Path) -> None:
    if manifest["database"] != connection.vendor:
        raise DomainError(
            _("The backup is of %(theirs)s, this installation uses %(ours)s (CARELOOP_DATABASE_URL).")
            % {"theirs": manifest["database"], "ours": connection.vendor}
        )
    known = {f"{app}.{name}" for app, name in MigrationExecutor(connection).loader.disk_migrations or ()}
    ours = {name.split(".")[0] for name in known}
    newer = [name for name in manifest["migrations"] if name not in known and name.split(".")[0] in ours]
    if newer:
        raise DomainError(
            _("The backup was made by a newer version (%(version)s). Install that version first.")
            % {"version": manifest["version"]}
        )
    if connection.vendor == "sqlite":
        _check_sqlite(copy)


def _exchange(folder: Path, home: Path, manifest: dict[str, Any]) -> Path | None:
    """The database first: when it refuses, nothing else was touched."""
    aside = home / f"replaced-{timezone.now():%Y%m%d-%H%M%S}"
    if manifest["database"] != "sqlite":
        if connection.introspection.table_names():
            aside.mkdir(mode=0o700)
            os.replace(_dump_postgresql(folder, "before.dump"), aside / DUMP)
        connection.close()
        _refill_postgresql(folder / DUMP)
    connection.close()
    present = [name for name in (*KEPT, f"{SQLITE}-wal", f"{SQLITE}-shm") if (home / name).exists()]
    if set(present) - {"secret_key"}:
        aside.mkdir(mode=0o700, exist_ok=True)
        for name in present:
            os.replace(home / name, aside / name)
    for name in (SQLITE, "secret_key", *FOLDERS):
        if (folder / name).exists():
            os.replace(folder / name, home / name)
    return aside if aside.exists() else None


def _refill_postgresql(dump: Path) -> None:
    """In one transaction: all of it, or the database stays as it was."""
    _run(
        "pg_restore",
        "--clean",
        "--if-exists",
        "--no-owner",
        "--no-privileges",
        "--single-transaction",
        *_place(),
        str(dump),
    )
