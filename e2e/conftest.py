"""Fixtures of the browser's tests of whole pages: the demonstration company of some weeks, persons at its pages."""

import datetime as dt
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import time_machine

from careloop.management.demo import build
from careloop.management.demo.people import PASSWORD
from e2e.desk import Desk
from tools.shot import WATCH

SPAN = dt.timedelta(days=130)
NOW = dt.datetime(2026, 11, 18, 10, 0, tzinfo=dt.timezone(dt.timedelta(hours=8)))  # a Wednesday, work before and after


@pytest.fixture
def clock() -> Iterator[Any]:
    """The time of the server: a fixed Wednesday, running; `clock.shift(…)` lets hours pass."""
    with time_machine.travel(NOW, tick=True) as traveller:
        yield traveller


@pytest.fixture
def company(transactional_db: None, clock: Any) -> Any:
    """The demonstration company after some weeks."""
    return build.build(dt.datetime.now(dt.UTC), span=SPAN)


@pytest.fixture
def desk(chromium: Any, live_server: Any) -> Iterator[Callable[..., Desk]]:
    """`desk("shao")` gives a signed-in person at a browser of his own; the second call the same one."""
    open_: dict[Any, Desk] = {}

    def sit_down(user: str, *, width: int = 1440, language: str = "zh-hans", mode: str = "light") -> Desk:
        key = (user, width, language, mode)
        if key not in open_:
            context = chromium.new_context(
                viewport={"width": width, "height": 900}, color_scheme=mode, is_mobile=width < 768,
                has_touch=width < 768, locale="zh-CN" if language.startswith("zh") else "en-US",
                timezone_id="Asia/Shanghai", base_url=live_server.url,
            )  # fmt: skip
            context.set_default_timeout(25_000)
            context.set_default_navigation_timeout(40_000)
            context.add_init_script(WATCH)
            open_[key] = Desk(context, user, PASSWORD, language=language)
        return open_[key]

    yield sit_down
    for one in open_.values():
        one.context.close()
