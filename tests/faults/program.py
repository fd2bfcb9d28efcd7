"""Handlers that count how often they took effect, in the transaction of the effect."""

import datetime as dt
import time

from careloop.core import events, numbering
from careloop.core.jobs import Sweep

events.LEASE = dt.timedelta(seconds=1)  # a killed worker's claim ends soon, so that the test does
KIND = "fact.made"
HANDLERS = {KIND: ("tests.faults.program.first", "tests.faults.program.second")}
sweeps = (Sweep("careloop.core.events.deliver_due", every=dt.timedelta(0), lease=dt.timedelta(seconds=1)),)


def first(event, *, now):
    numbering.next_value("first", str(event.subject_id))
    time.sleep(0.002)


def second(event, *, now):
    time.sleep(0.002)
    numbering.next_value("second", str(event.subject_id))
