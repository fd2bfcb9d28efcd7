"""Sweeps: each at its interval, by one worker; a failing one says why and comes again."""

import datetime as dt

import pytest

from careloop.core.jobs import Sweep, run_due
from careloop.core.models import SweepRun

T0 = dt.datetime(2026, 11, 19, 2, 0, tzinfo=dt.UTC)
calls: list[dt.datetime] = []
SWEEP = Sweep("tests.core.test_jobs.work", every=dt.timedelta(minutes=5))
BROKEN = Sweep("tests.core.test_jobs.broken", every=dt.timedelta(minutes=5))


def work(*, now: dt.datetime) -> int:
    calls.append(now)
    return 4


def broken(*, now: dt.datetime) -> int:
    raise OSError("disk full")


@pytest.mark.django_db
def test_a_sweep_runs_at_its_interval():
    calls.clear()
    ran = [run_due(now=T0 + dt.timedelta(minutes=m), sweeps=[SWEEP]) for m in (0, 1, 5, 6, 10)]

    assert ran == [1, 0, 1, 0, 1]
    assert len(calls) == 3
    assert SweepRun.objects.get().last_count == 4


@pytest.mark.django_db
def test_a_sweep_held_by_another_worker_is_left_alone_until_its_lease_ends():
    SweepRun.objects.create(name=SWEEP.name, due_at=T0, leased_until=T0 + dt.timedelta(minutes=10))

    assert run_due(now=T0 + dt.timedelta(minutes=9), sweeps=[SWEEP]) == 0
    assert run_due(now=T0 + dt.timedelta(minutes=10), sweeps=[SWEEP]) == 1


@pytest.mark.django_db
def test_a_failing_sweep_keeps_its_reason_and_is_due_again():
    assert run_due(now=T0, sweeps=[BROKEN, SWEEP]) == 2

    row = SweepRun.objects.get(name=BROKEN.name)
    assert (row.error, row.due_at, row.leased_until) == ("OSError: disk full", T0 + BROKEN.every, None)
