"""The second process gives the same entries as this one, whatever becomes of it."""

import os
import signal
from dataclasses import replace

import pytest

from careloop.core import search, search_aside
from careloop.core.models import SearchDoc
from careloop.core.search_rows import Doc, Entry


def docs(first: int, count: int = search_aside.WORTHWHILE) -> list[Doc]:
    return [
        Doc(
            "customer",
            n,
            1,
            f"苏州第{n}机械厂",
            f"KH-{n:06d}",
            f"/customers/{n}/",
            f"138{n:08d}\n粤B·{n:05d}",
            "机械厂",
        )
        for n in range(first, first + count)
    ]


@pytest.fixture(autouse=True)
def two_processors(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "cpu_count", lambda: 2)


def as_sets(entries: list[Entry]) -> list[Entry]:
    """The order of the words means nothing and differs between processes."""
    return [replace(entry, words=" ".join(sorted(entry.words.split(" ")))) for entry in entries]


def same(begun: search_aside.Fetch, wanted: list[Doc]) -> bool:
    return as_sets(begun()) == as_sets(search_aside.entries(wanted))


def helper() -> search_aside.Helper:
    found = search_aside._helper.get()
    assert found is not None
    return found


def test_the_entries_are_those_of_this_process() -> None:
    with search_aside.second_process():
        begun = search_aside.begin(docs(1))
        assert same(begun, docs(1))
        process = helper()._process
    assert process is not None
    assert process.returncode == 0  # it ends with the load


def test_few_documents_need_no_process() -> None:
    with search_aside.second_process():
        assert same(search_aside.begin(docs(1, 3)), docs(1, 3))
        assert helper()._process is None
    assert same(search_aside.begin(docs(1)), docs(1))  # outside of a load: never


def test_answers_that_nobody_fetched_hold_nothing_up_and_are_not_mixed() -> None:
    with search_aside.second_process():
        for first in (1, 1001, 2001):
            search_aside.begin(docs(first, 2000))  # more than the pipe holds
        late, last = search_aside.begin(docs(5001)), search_aside.begin(docs(9001))
        assert same(last, docs(9001))
        assert same(late, docs(5001))


@pytest.mark.parametrize("is_asked", [True, False])
def test_a_killed_helper_costs_time_but_no_entry(is_asked: bool) -> None:
    with search_aside.second_process():
        assert len(search_aside.begin(docs(1))()) == 200
        process = helper()._process
        assert process is not None
        begun = search_aside.begin(docs(1001)) if is_asked else None
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
        begun = begun or search_aside.begin(docs(1001))
        assert same(begun, docs(1001))
        assert same(search_aside.begin(docs(2001)), docs(2001))


@pytest.mark.django_db
def test_what_was_begun_is_found_when_it_is_finished() -> None:
    from careloop.core.actor import Actor

    with search_aside.second_process():
        search.finish(search.begin(docs(1)))
    assert SearchDoc.objects.count() == 200
    assert search.find_ids("13800000117", actor=Actor.system("test"), kind="customer") == [117]
    assert search.check().is_sound
