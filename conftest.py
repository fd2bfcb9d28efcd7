"""Fixtures of every test, in tests/ and in e2e/. The environment is prepared earlier, in `tests/plugin.py`."""

import ipaddress
import os
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from hypothesis import settings as hypothesis_settings

from tests.plugin import chromium_path, in_ci, shared_data_folder

hypothesis_settings.register_profile("developer", deadline=None)
hypothesis_settings.register_profile("ci", deadline=None, derandomize=True)
hypothesis_settings.load_profile("ci" if in_ci() else "developer")

CHROMIUM_ARGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def pytest_configure(config: pytest.Config) -> None:
    """Passwords of tests protect nothing: half a second of hashing for each account would be most of the run."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


class NetworkRefused(RuntimeError):
    """A test tried to leave this machine."""


def is_local(address: Any) -> bool:
    """True for unix sockets and for addresses of this machine."""
    if not isinstance(address, tuple):
        return True
    host = str(address[0]).partition("%")[0]
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def guarded(original: Callable[..., Any]) -> Callable[..., Any]:
    def call(self: socket.socket, *args: Any) -> Any:
        if not is_local(args[-1]):
            raise NetworkRefused(f"tests do not use the network: {args[-1]}")
        return original(self, *args)

    return call


@pytest.fixture(scope="session", autouse=True)
def no_network() -> Iterator[None]:
    """Refuse every socket that leaves this machine (libpq and Chromium use their own, to 127.0.0.1)."""
    names = ("connect", "connect_ex", "sendto")
    patch = pytest.MonkeyPatch()
    for name in names:
        patch.setattr(socket.socket, name, guarded(getattr(socket.socket, name)))
    yield
    patch.undo()


@pytest.fixture(scope="session", autouse=True)
def nothing_is_kept() -> Iterator[None]:
    """Tests change rows without an event; tests/core/test_kept.py shows what is kept between requests."""
    from careloop.core.kept import Switch

    patch = pytest.MonkeyPatch()
    patch.setattr(Switch, "is_on", False)
    yield
    patch.undo()


@pytest.fixture(autouse=True)
def language_of_the_firm() -> Iterator[None]:
    """A request leaves its language in the thread; the next test begins with the default all the same."""
    from django.utils import translation

    translation.deactivate()
    yield
    translation.deactivate()


@pytest.fixture(scope="session", autouse=True)
def static_files_from_source() -> Iterator[None]:
    """Pages in tests take static files from the source folders; `careloop up` collects and hashes them."""
    from django.conf import settings
    from django.test import override_settings

    plain = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    with override_settings(
        STORAGES={**settings.STORAGES, "staticfiles": plain},
        WHITENOISE_USE_FINDERS=True,
        WHITENOISE_AUTOREFRESH=True,
    ):
        yield


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Folder of the public data sets; use together with the marker `shared_data`."""
    folder = shared_data_folder()
    assert folder is not None, "mark the test with @pytest.mark.shared_data"
    return folder


@pytest.fixture
def own_database(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[dict[str, str]]:
    """Environment of a fresh, empty installation for tests that start `careloop` as a process.

    It is on the kind of database of this run, migrations are not applied, and it is removed afterwards:
    `subprocess.run([...], env=own_database)`.
    """
    home = tmp_path / "home"
    env = {name: value for name, value in os.environ.items() if not name.startswith("CARELOOP_")}
    env |= {"CARELOOP_HOME": str(home), "DJANGO_SETTINGS_MODULE": "careloop.settings"}
    server = os.environ.get("CARELOOP_DATABASE_URL")
    if not server:
        yield env
        return
    import psycopg

    name = f"own_{os.getpid()}_{abs(hash(request.node.nodeid)):x}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')
    try:
        yield env | {"CARELOOP_DATABASE_URL": f"{server.rpartition('/')[0]}/{name}"}
    finally:
        with psycopg.connect(server, autocommit=True) as connection:
            connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    """A headless Chromium (Playwright's `Browser`) for tests marked `browser`."""
    from playwright.sync_api import sync_playwright

    # Playwright's sync API runs an event loop in this thread, which Django would take for async code.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium_path(), args=CHROMIUM_ARGS)
        yield browser
        browser.close()
