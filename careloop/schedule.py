"""What the worker does, and how often. Each sweep finds its work in tables."""

import datetime as dt

from careloop.core.jobs import Sweep

SWEEPS = (Sweep("careloop.core.events.deliver_due", every=dt.timedelta(seconds=1)),)
