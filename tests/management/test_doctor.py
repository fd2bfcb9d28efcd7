"""What `careloop doctor` calls wrong, unsafe or worth a look."""

import datetime as dt
import json

import pytest
from django.utils import timezone

from careloop.accounts.models import User
from careloop.core import events, search
from careloop.core.models import Delivery, Event, SearchDoc, StoredFile, SweepRun
from careloop.management import doctoring, preparing
from careloop.management.demo import people

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def home(settings, tmp_path):
    settings.HOME = tmp_path / "home"
    settings.HOME.mkdir(mode=0o700)
    (settings.HOME / "secret_key").write_text("x")
    (settings.HOME / "secret_key").chmod(0o600)
    settings.DEBUG = False
    settings.ALLOWED_HOSTS = ["127.0.0.1", "localhost"]
    kept = {**settings.STORAGES["default"], "OPTIONS": {"location": settings.HOME / "files"}}
    settings.STORAGES = {**settings.STORAGES, "default": kept}
    return settings.HOME


def levels():
    return {finding.check: finding.level for finding in doctoring.examine()}


def test_a_sound_installation_is_called_well(run):
    code, out, _err = run("doctor", "--json")

    found = json.loads(out)
    assert (code, found["ok"]) == (0, True), found
    assert {"modes", "debug", "https", "migrations", "integrity", "passwords", "search", "files", "calendar"} <= {
        one["check"] for one in found["findings"]
    }
    last = run("doctor", lang="zh-hans")[1].splitlines()[-1]
    is_calm = {one["level"] for one in found["findings"]} == {"ok"}
    assert last == ("一切正常。" if is_calm else "没有错误；有几条提醒请看一看。")


def test_developer_pages_and_any_host_are_unsafe(settings):
    settings.DEBUG = True
    settings.ALLOWED_HOSTS = ["*"]

    assert (levels()["debug"], levels()["hosts"]) == ("bad", "bad")


@pytest.mark.parametrize(
    ("hosts", "https", "level"), [(["service.example.cn"], False, "bad"), (["service.example.cn"], True, "ok")]
)
def test_an_outside_name_without_tls_is_unsafe(hosts, https, level, settings):
    settings.ALLOWED_HOSTS, settings.HTTPS = hosts, https

    assert levels()["https"] == level


def test_an_outside_address_without_tls_is_unsafe_while_it_is_listened_on(home):
    (home / "listening.json").write_text('{"host": "0.0.0.0", "port": 8000}')
    assert levels()["https"] == "ok"

    from careloop.management.serving import running

    with running(home):
        assert levels()["https"] == "bad"


def test_a_home_or_key_that_others_can_read_is_unsafe(home, run):
    (home / "secret_key").chmod(0o644)

    code, out, _err = run("doctor")

    assert code == 1
    assert f"✗ Others on this machine can read {home / 'secret_key'}." in out
    assert f"chmod 600 {home / 'secret_key'}" in out


def test_the_password_of_the_demonstration_is_unsafe_until_it_is_changed():
    user = User.objects.create_user("gu", password=people.PASSWORD)
    assert levels()["passwords"] == "bad"

    user.set_password("something-else-1")
    user.save()

    assert levels()["passwords"] == "ok"


def test_the_first_password_is_worth_a_look_until_it_is_changed(home):
    preparing.first_account()
    assert (home / preparing.FIRST_PASSWORD).stat().st_mode & 0o777 == 0o600
    assert levels()["passwords"] == "warn"

    user = User.objects.get(username="admin")
    user.set_password("something-else-1")
    user.save()

    assert levels()["passwords"] == "ok"
    assert not (home / preparing.FIRST_PASSWORD).exists()


def test_deliveries_that_fail_again_and_again_are_wrong():
    now = timezone.now()
    event = Event.objects.create(kind="x", at=now, subject_type="x", subject_id=1, entrance="system", actor_name="x")
    Delivery.objects.create(event=event, handler="x", due_at=now, tries=3)
    assert events.stuck(now=now) == 1

    assert levels()["deliveries"] == "bad"


def test_sweeps_that_did_not_run_or_failed_are_told():
    assert levels()["sweeps"] == "warn"

    now = timezone.now()
    SweepRun.objects.create(name="core.events.deliver_due", due_at=now, last_done_at=now, error="ValueError: x")

    assert [f.level for f in doctoring.sweeps()] == ["bad", "warn"]


def test_sweeps_that_ran_in_time_are_well(settings, monkeypatch):
    now = timezone.now()
    from careloop.schedule import SWEEPS

    SweepRun.objects.bulk_create(
        [SweepRun(name=s.name, due_at=now, last_done_at=now - dt.timedelta(seconds=1)) for s in SWEEPS]
    )

    assert levels()["sweeps"] == "ok"


def test_a_missing_content_is_wrong():
    StoredFile.objects.create(
        name="a.pdf", content_type="application/pdf", size=3, sha256="0" * 64, path="00/00/x.pdf", subject_type="case",
        subject_id=1, uploaded_at=timezone.now(), uploaded_by="x",
    )  # fmt: skip

    assert levels()["files"] == "bad"


def test_an_index_that_lost_an_entry_is_wrong_and_an_old_one_worth_a_look():
    search.index("case", 1, station_id=None, title="漏油", subtitle="", url="/", body="")
    SearchDoc.objects.update(version=0)
    assert levels()["search"] == "warn"

    SearchDoc.objects.create(kind="case", object_id=2, title="x", url="/", body="丢失", version=1)
    assert levels()["search"] == "bad"


def test_a_year_without_a_published_list_is_worth_a_look(monkeypatch):
    monkeypatch.setattr("careloop.core.calendar.uncovered_years", lambda now: [2031])

    (finding,) = doctoring.calendars()

    assert (finding.level, "2031" in finding.text) == ("warn", True)


def test_pending_migrations_are_wrong_and_end_the_examination(monkeypatch):
    class Waiting:
        def __init__(self, *_args):
            self.loader = self

        class graph:
            @staticmethod
            def leaf_nodes():
                return []

        def migration_plan(self, _nodes):
            return [1, 2]

    monkeypatch.setattr(doctoring, "MigrationExecutor", Waiting)

    assert (levels()["migrations"], "passwords" in levels()) == ("bad", False)
