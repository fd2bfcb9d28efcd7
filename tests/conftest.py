"""The clock of the tests."""

from collections.abc import Iterator

import pytest
import time_machine

from tests.factories import TODAY


@pytest.fixture(autouse=True)
def clock_of_the_tests(request: pytest.FixtureRequest) -> Iterator[None]:
    """Every test runs on the same day, whenever it is run; programs and browsers of their own have the real clock."""
    if "own_database" in request.fixturenames or request.node.get_closest_marker("browser"):
        yield
        return
    with time_machine.travel(TODAY, tick=True):
        yield
