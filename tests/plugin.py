"""What a test run needs before Django reads its settings; loaded by `-p tests.plugin` in pyproject.toml.

* `--db sqlite|postgresql` chooses the database. SQLite is a file; PostgreSQL is a throw-away server that is
  started once per run and shared by the xdist workers.
* Under `--db postgresql` tests without any database are left out: they have run on SQLite already.
* `CARELOOP_CI=1` (or `CI=1`): a skipped test is a failed test.
"""

import os
import shutil
import tempfile
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest

from tools.postgres import Cluster, ServerMissing

ROOT = Path(__file__).resolve().parent.parent
DATABASE_FIXTURES = {"db", "transactional_db", "live_server", "django_db_setup", "own_database"}
CHROMIUM = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")

home_key = pytest.StashKey[Path]()
cluster_key = pytest.StashKey[Cluster]()


def in_ci() -> bool:
    return "1" in (os.environ.get("CARELOOP_CI"), os.environ.get("CI")) or os.environ.get("CI") == "true"


def shared_data_folder() -> Path | None:
    """The public data sets: `CARELOOP_SHARED_DATA`, else `shared/data` beside the repository."""
    given = os.environ.get("CARELOOP_SHARED_DATA")
    folder = Path(given) if given else ROOT.parent / "shared" / "data"
    return folder if folder.is_dir() else None


def chromium_path() -> str | None:
    """Chromium on this machine: `CARELOOP_CHROMIUM`, a usual name on PATH, or what Playwright has fetched."""
    given = os.environ.get("CARELOOP_CHROMIUM")
    on_path = next((found for name in CHROMIUM if (found := shutil.which(name))), None)
    fetched = sorted(Path.home().glob(".cache/ms-playwright/chromium-*/chrome-linux*/chrome"))
    return given or on_path or (str(fetched[-1]) if fetched else None)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.getgroup("careloop").addoption(
        "--db",
        choices=("sqlite", "postgresql"),
        default="sqlite",
        help="database to run on: a SQLite file, or a throw-away PostgreSQL server",
    )


@pytest.hookimpl(wrapper=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> Generator[None, Any, Any]:
    """Set the environment; being a wrapper, this runs before pytest-django loads the settings.

    xdist workers load this module too late for that and inherit the environment of the first process.
    """
    if "PYTEST_XDIST_WORKER" not in os.environ:
        prepare(early_config)
    return (yield)


def prepare(config: pytest.Config) -> None:
    options = config.known_args_namespace
    for name in [name for name in os.environ if name.startswith("CARELOOP_")]:
        if name not in ("CARELOOP_CI", "CARELOOP_SHARED_DATA", "CARELOOP_CHROMIUM"):
            del os.environ[name]  # the developer's own installation must not leak into the tests
    home = config.stash[home_key] = Path(tempfile.mkdtemp(prefix="careloop-test-"))
    (home / "static").mkdir()
    os.environ["CARELOOP_HOME"] = str(home)
    if options.db == "postgresql" and not (options.help or options.collectonly):
        try:
            cluster = config.stash[cluster_key] = Cluster().start()
        except ServerMissing as error:
            shutil.rmtree(home, ignore_errors=True)
            raise pytest.UsageError(str(error)) from None
        os.environ["CARELOOP_DATABASE_URL"] = cluster.url()
    config.add_cleanup(lambda: clean_up(config))


def clean_up(config: pytest.Config) -> None:
    if cluster_key in config.stash:
        config.stash[cluster_key].stop()
    shutil.rmtree(config.stash[home_key], ignore_errors=True)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_setupnodes(config: pytest.Config, specs: list[Any]) -> None:
    """A home of its own for each worker."""
    for number, spec in enumerate(specs):
        home = config.stash[home_key] / f"worker{number}"
        (home / "static").mkdir(parents=True)
        spec.env["CARELOOP_HOME"] = str(home)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if config.getoption("db") != "postgresql":
        return
    needed = [item for item in items if uses_database(item)]
    if len(needed) < len(items):
        config.hook.pytest_deselected(items=[item for item in items if not uses_database(item)])
        items[:] = needed


def uses_database(item: pytest.Item) -> bool:
    if item.get_closest_marker("django_db") or item.get_closest_marker("concurrency"):
        return True
    if DATABASE_FIXTURES & set(getattr(item, "fixturenames", ())):
        return True
    return hasattr(getattr(item, "cls", None), "_pre_setup")  # Django's own test case classes


def pytest_runtest_setup(item: pytest.Item) -> None:
    if item.get_closest_marker("shared_data") and shared_data_folder() is None:
        missing("the public data sets were not found; set CARELOOP_SHARED_DATA to their folder")
    if item.get_closest_marker("browser") and chromium_path() is None:
        missing("Chromium was not found; apt-get install chromium, or set CARELOOP_CHROMIUM to its path")


def missing(what: str) -> None:
    if in_ci():
        pytest.fail(what, pytrace=False)
    pytest.skip(what)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, Any, Any]:
    return refuse_skip((yield))


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(collector: pytest.Collector) -> Generator[None, Any, Any]:
    return refuse_skip((yield))


def refuse_skip(report: Any) -> Any:
    """In CI nothing is skipped: a test that cannot run there is a fault of the set-up."""
    if in_ci() and report.skipped and not hasattr(report, "wasxfail"):
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr
        report.outcome, report.longrepr = "failed", f"skipped, which is not allowed in CI: {reason}"
    return report
