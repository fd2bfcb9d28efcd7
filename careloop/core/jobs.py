"""The worker: runs the sweeps of `schedule.py` at their intervals. A sweep finds its work in tables."""

import datetime as dt
import logging
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from django.conf import settings
from django.db import close_old_connections
from django.db.models import Q
from django.utils import timezone
from django.utils.module_loading import import_string

from careloop.core.models import SweepRun

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Sweep:
    """`path` names a function `(*, now) -> int` that returns how much it did; `lease` bounds one run."""

    path: str
    every: dt.timedelta
    lease: dt.timedelta = dt.timedelta(minutes=10)

    @property
    def name(self) -> str:
        return self.path.removeprefix("careloop.")


def run_due(*, now: dt.datetime, sweeps: Sequence[Sweep] | None = None) -> int:
    """Run each sweep whose time has come and that no other worker holds; return how many ran."""
    ran = 0
    for sweep in sweeps if sweeps is not None else import_string(settings.SCHEDULE):
        if _claim(sweep, now=now):
            _run(sweep, now=now)
            ran += 1
    return ran


def _claim(sweep: Sweep, *, now: dt.datetime) -> bool:
    free = SweepRun.objects.filter(Q(leased_until=None) | Q(leased_until__lte=now), name=sweep.name, due_at__lte=now)
    if free.update(leased_until=now + sweep.lease, last_started_at=now) == 1:
        return True
    if SweepRun.objects.filter(name=sweep.name).exists():
        return False
    _row, is_new = SweepRun.objects.get_or_create(
        name=sweep.name, defaults={"due_at": now, "leased_until": now + sweep.lease, "last_started_at": now}
    )
    return is_new


def _run(sweep: Sweep, *, now: dt.datetime) -> None:
    work: Callable[..., int] = import_string(sweep.path)
    count, error = 0, ""
    try:
        count = work(now=now)
    except Exception as failure:
        logger.exception("sweep %s failed", sweep.name)
        error = f"{type(failure).__name__}: {failure}"[:500]
    SweepRun.objects.filter(name=sweep.name).update(
        due_at=now + sweep.every, leased_until=None, last_done_at=timezone.now(), last_count=count, error=error
    )


def work(stop: threading.Event, *, pause: float = 0.5) -> None:
    """Run until `stop` is set. Nothing is kept in memory between rounds, so a kill loses nothing."""
    while not stop.is_set():
        close_old_connections()
        try:
            run_due(now=timezone.now())
        except Exception:  # the database may be away for a moment; the duties stay in it
            logger.exception("worker round failed")
            stop.wait(2)
        stop.wait(pause)
