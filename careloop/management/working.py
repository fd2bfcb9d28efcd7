"""`worker`: delivers events and runs sweeps."""

import argparse
import signal
import threading

from django.conf import settings

from careloop.core import jobs
from careloop.management.serving import hold_on, running


def worker(options: argparse.Namespace) -> int:
    """Work until a signal comes; the round that is running ends first."""
    hold_on()
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_args: stop.set())
    with running(settings.HOME):
        jobs.work(stop)
    return 0
