"""A child process that must not outlive its parent: after `kill -9` of the parent nobody else would stop it."""

import contextlib
import ctypes
import os
import signal
import sys
import threading
import time

MARK = "CARELOOP_CHILD"  # environment of processes that `careloop up` and `careloop web` start
PR_SET_PDEATHSIG = 1
LOOK_EVERY = 1.0


def hold() -> None:
    """End this process when its parent is gone. Call it only when the parent asked for it (`MARK`)."""
    parent = os.getppid()
    if sys.platform == "linux":
        with contextlib.suppress(OSError, AttributeError):  # another libc: the thread below is enough
            ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
    threading.Thread(target=_watch, args=(parent,), name="lifeline", daemon=True).start()


def _watch(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(LOOK_EVERY)
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(5)
    os._exit(1)
