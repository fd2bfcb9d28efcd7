"""What the worker does, and how often. Each sweep finds its work in tables."""

import datetime as dt

from careloop.core.jobs import Sweep

SECOND, MINUTE = dt.timedelta(seconds=1), dt.timedelta(minutes=1)

SWEEPS = (
    # A killed worker holds its sweep until the lease ends; deliveries are claimed one by one, so two may run at once.
    Sweep("careloop.core.events.deliver_due", every=SECOND, lease=30 * SECOND),
    Sweep("careloop.feedback.jobs.open_windows", every=MINUTE),
    Sweep("careloop.feedback.jobs.lock_answers", every=5 * MINUTE),
    Sweep("careloop.feedback.jobs.end_links", every=10 * MINUTE),
    Sweep("careloop.feedback.jobs.tidy", every=10 * MINUTE),
    Sweep("careloop.workorders.jobs.mark_missed", every=MINUTE),
    Sweep("careloop.cases.jobs.break_promises", every=MINUTE),
    Sweep("careloop.cases.jobs.escalate_further", every=MINUTE),
    Sweep("careloop.cases.jobs.list_old_drafts", every=60 * MINUTE),
    Sweep("careloop.complaints.jobs.escalate", every=5 * MINUTE),
)
