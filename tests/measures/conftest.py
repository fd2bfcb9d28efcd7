"""Public data sets that stay outside the repository."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def shared_data_folder() -> Path:
    """Folder of the public data sets: CARELOOP_SHARED_DATA, else ../shared/data beside the repository."""
    configured = os.environ.get("CARELOOP_SHARED_DATA")
    return Path(configured) if configured else ROOT.parent / "shared" / "data"


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "shared_data: needs the public data sets outside the repository")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    if shared_data_folder().is_dir():
        return
    skip = pytest.mark.skip(reason="public data sets not found; set CARELOOP_SHARED_DATA")
    for item in items:
        if item.get_closest_marker("shared_data"):
            item.add_marker(skip)


@pytest.fixture
def shared_data() -> Path:
    """Folder of the public data sets."""
    return shared_data_folder()
