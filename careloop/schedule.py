"""What the worker does, and how often. Each sweep finds its work in tables."""

import datetime as dt

from careloop.core.jobs import Sweep

SWEEPS = (
    Sweep("careloop.core.events.deliver_due", every=dt.timedelta(seconds=1)),
    Sweep("careloop.feedback.jobs.open_windows", every=dt.timedelta(minutes=1)),
    Sweep("careloop.feedback.jobs.lock_answers", every=dt.timedelta(minutes=1)),
    Sweep("careloop.feedback.jobs.end_links", every=dt.timedelta(minutes=10)),
    Sweep("careloop.feedback.jobs.tidy", every=dt.timedelta(minutes=10)),
    Sweep("careloop.complaints.jobs.escalate", every=dt.timedelta(minutes=1)),
)
