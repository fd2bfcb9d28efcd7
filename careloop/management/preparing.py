"""`prepare` and `demo`: from nothing to a database that can be used; harmless when all is there."""

import argparse
import hashlib
import json
import os
import secrets
import sys
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command
from django.db import connection, transaction
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone

from careloop.accounts import services as accounts
from careloop.accounts.models import User
from careloop.complaints import services as complaints
from careloop.core import search
from careloop.core.actor import Actor
from careloop.customers import services as customers
from careloop.entitlements import services as entitlements
from careloop.feedback import services as feedback
from careloop.management import words
from careloop.management.demo import build, people
from careloop.management.words import _
from careloop.staff.models import Department, Person, Station, WorkCalendar

STAMP = ".contents"
FIRST_PASSWORD = "first-password"
FIRST_ROLES = ("administrator", "general_manager", "front_desk", "adviser", "follow_up_head")


def prepare(options: argparse.Namespace) -> int:
    """Prints one JSON object as its last line: the accounts whose passwords are known to everybody or still new."""
    if options.part in ("all", "static"):
        collect_static()
    if options.part in ("all", "database"):
        found = database(is_demo=options.demo)
        if options.renew_search:
            search.rebuild()
        print(json.dumps(found, ensure_ascii=False))
    return 0


def demo(options: argparse.Namespace) -> int:
    for row in database(is_demo=True, must_be_empty=True)["accounts"]:
        print(f"{row['user']}  {row['password']}  {row['name']}")
    return 0


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def database(*, is_demo: bool, must_be_empty: bool = False) -> dict[str, Any]:
    """Migrate, fill in what every installation needs, make the first account or the demonstration company."""
    settings.HOME.mkdir(parents=True, exist_ok=True, mode=0o700)
    if _migrate():
        _defaults()
    _renew_search()
    if is_demo and (must_be_empty or build.is_empty()):
        say(_("Building the demonstration company (two years, about a minute) …"))
        build.build(timezone.now())
    elif not User.objects.exists():
        first_account()
    found = known_accounts()
    is_demo_firm = any(row["password"] == people.PASSWORD for row in found)
    return {"accounts": found, "company": people.COMPANY if is_demo_firm else ""}


def _migrate() -> bool:
    """True when there was something to do."""
    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if plan:
        is_new = not executor.loader.applied_migrations
        say(_("Creating the database …") if is_new else _("Bringing the database up to date …"))
        call_command("migrate", interactive=False, verbosity=0)
    call_command("createcachetable", verbosity=0)
    return bool(plan)


def _defaults() -> None:
    """Roles, settings and standards that an empty installation starts with. Existing ones stay as they are."""
    robot, at = Actor.system(), timezone.now()
    accounts.ensure_default_roles()
    customers.ensure_defaults()
    entitlements.ensure_defaults(actor=robot, at=at)
    complaints.ensure_limits()
    feedback.ensure_defaults(actor=robot, at=at)


def _renew_search() -> None:

    if search.is_outdated():
        say(_("Renewing the search index …"))
        search.rebuild()


def first_account() -> None:
    """An administrator with a password of his own, one station and one department: enough to begin with."""
    password = secrets.token_urlsafe(9)
    with transaction.atomic():
        user = accounts.create_user(
            "admin", password, display_name="管理员", roles=FIRST_ROLES, actor=Actor.system(), language=words.chosen()
        )
        calendar, _made = WorkCalendar.objects.get_or_create(
            code="office",
            defaults={"name": "办公时间", "days": "workday", "hours": [["08:30", "12:00"], ["13:00", "17:30"]]},
        )
        station, _made = Station.objects.get_or_create(code="main", defaults={"name": "总站", "calendar": calendar})
        department, _made = Department.objects.get_or_create(name="总部", defaults={"kind": "management"})
        Person.objects.create(user=user, name="管理员", department=department).stations.add(station)
    path = settings.HOME / FIRST_PASSWORD
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w") as file:
        file.write(password)


def known_accounts() -> list[dict[str, str]]:
    """Accounts that still have the demonstration's password, and the first one while its password is unchanged."""
    found = []
    rows = list(User.objects.filter(is_active=True).order_by("pk"))
    shared = {row.username for row in people.PEOPLE}
    checked: dict[str, bool] = {}  # many accounts share one hash
    for user in rows:
        if user.username in shared:
            if user.password not in checked:
                checked[user.password] = user.check_password(people.PASSWORD)
            if checked[user.password]:
                found.append({"user": user.username, "password": people.PASSWORD, "name": _described(user)})
    path = settings.HOME / FIRST_PASSWORD
    if path.exists():
        password = path.read_text().strip()
        first = next((user for user in rows if user.username == "admin"), None)
        if first is not None and first.check_password(password):
            found.append({"user": "admin", "password": password, "name": _described(first)})
        else:
            path.unlink()
    return found


def _described(user: Any) -> str:
    return f"{user.display_name} · {' / '.join(str(role) for role in user.roles.all())}"


def collect_static() -> bool:
    """Copy, name by content and compress the static files, when they are not those of the last time."""
    stamp = Path(settings.STATIC_ROOT) / STAMP
    wanted = _static_digest()
    if stamp.exists() and stamp.read_text() == wanted:
        return False
    call_command("collectstatic", interactive=False, clear=True, verbosity=0)
    stamp.parent.mkdir(parents=True, exist_ok=True)
    stamp.write_text(wanted)
    return True


def _static_digest() -> str:

    digest = hashlib.sha256()
    for finder in get_finders():
        for name, storage in sorted(finder.list([]), key=lambda pair: pair[0]):
            status = os.stat(storage.path(name))
            digest.update(f"{name} {status.st_size} {status.st_mtime_ns}\n".encode())
    return digest.hexdigest()
