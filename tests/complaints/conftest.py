from collections.abc import Iterator

import pytest
from django.utils import translation


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    """Refusals of services are compared by their source text; pages speak the language of their user."""
    with translation.override("en"):
        yield
