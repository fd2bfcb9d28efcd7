"""A second process that works out the words of a load while this one writes its rows.

Words are a third of the work of an import, and they need nothing but the text. `begin` hands a portion over and answers
with the way to fetch it; without a second processor, or when the helper is gone, the fetching does the work itself.
"""

import contextlib
import logging
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextvars import ContextVar
from multiprocessing.connection import Connection

from careloop.core.search_rows import Doc, Entry, Found, asked, entry_of, found

logger = logging.getLogger(__name__)

WORTHWHILE = 200  # documents: below it the way there and back costs more than it spares
OWN_SHARE = 6  # of so many documents this process does one itself: words take a little longer than rows
Fetch = Callable[[], list[Entry]]


class Helper:
    """The other process, started when it is first needed. Answers come in the order of the questions."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._pipe: Connection | None = None
        self._asked, self._answered = 0, 0

    def begin(self, docs: Sequence[Doc]) -> Fetch:
        number = self._asked = self._asked + 1
        theirs = len(docs) - len(docs) // OWN_SHARE
        try:
            self._read(number - 1)  # an answer that nobody fetched would block both sides
            self._connected().send([asked(doc) for doc in docs[:theirs]])
        except (OSError, EOFError):
            self._give_up()

        def fetch() -> list[Entry]:
            own = entries(docs[theirs:])
            try:
                answer = self._read(number)
            except (OSError, EOFError):
                self._give_up()
                answer = []
            return [*(map(entry_of, docs, answer) if answer else entries(docs[:theirs])), *own]

        return fetch

    def _read(self, number: int) -> list[Found]:
        """Empty: that answer was not to be had."""
        answer: list[Found] = []
        while self._pipe is not None and self._answered < number:
            answer = self._pipe.recv()
            self._answered += 1
        return answer

    def _connected(self) -> Connection:
        if self._process is None:
            ours, theirs = socket.socketpair()
            self._pipe = Connection(ours.detach())
            with theirs:
                self._process = subprocess.Popen(
                    [sys.executable, "-P", "-m", __name__, str(theirs.fileno())],
                    pass_fds=[theirs.fileno()],
                    stdin=subprocess.DEVNULL,
                )
        if self._pipe is None:
            raise EOFError
        return self._pipe

    def _give_up(self) -> None:
        if self._pipe is not None:
            logger.warning("the helper for the words of the search is gone; this process does its work")
            self._pipe.close()
            self._pipe = None

    def close(self) -> None:
        """Its input ends, and so does the helper; it ends too when this process is killed."""
        if self._pipe is not None:
            self._pipe.close()
            self._pipe = None
        if self._process is not None:
            self._process.wait()


_helper: ContextVar[Helper | None] = ContextVar("_helper", default=None)


@contextlib.contextmanager
def second_process() -> Iterator[None]:
    """For the length of a load. One within another shares it."""
    if _helper.get() is not None or (os.cpu_count() or 1) < 2:
        yield
        return
    token = _helper.set(Helper())
    try:
        yield
    finally:
        helper = _helper.get()
        _helper.reset(token)
        if helper is not None:
            helper.close()


def begin(docs: Iterable[Doc]) -> Fetch:
    """Start on these documents; the answer fetches their entries."""
    listed = list(docs)
    helper = _helper.get()
    if helper is None or len(listed) < WORTHWHILE:
        return lambda: entries(listed)
    return helper.begin(listed)


def entries(docs: Iterable[Doc]) -> list[Entry]:
    """The same at once, by this process."""
    return [entry_of(doc, found(*asked(doc))) for doc in docs]


def _serve(descriptor: int) -> None:
    """Until the asking side is gone. An interrupt is its affair: it closes our input."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with contextlib.suppress(EOFError, OSError), Connection(descriptor) as pipe:
        while True:
            pipe.send([found(*texts) for texts in pipe.recv()])


if __name__ == "__main__":
    _serve(int(sys.argv[1]))
