"""F19, F21, F24, F25 and F33: first-time fix, response times, repeat repairs, technicians, plans."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from careloop.measures.errors import MeasureError, Message
from careloop.measures.intervals import Share, wilson

CAR, MOTORCYCLE, OTHER_VEHICLE = "car", "motorcycle", "other_vehicle"
MAJOR, LEVEL_2, MINOR = "whole_or_assembly", "level_2", "minor"

GUARANTEES: dict[tuple[str, str], tuple[int, float]] = {
    (CAR, MAJOR): (100, 20_000.0),
    (CAR, LEVEL_2): (30, 5_000.0),
    (CAR, MINOR): (10, 2_000.0),
    (MOTORCYCLE, MAJOR): (80, 7_000.0),
    (MOTORCYCLE, MINOR): (10, 800.0),
    (OTHER_VEHICLE, MAJOR): (60, 6_000.0),
    (OTHER_VEHICLE, MINOR): (7, 700.0),
}


@dataclass(frozen=True, slots=True)
class RepairJob:
    """One closed repair job as the first-time-fix rate sees it.

    `fault` identifies machine and component, so that "same fault" is decided by codes. Remote
    fixes and agreed diagnosis-only visits are counted apart.
    """

    fault: Hashable
    closed_on: date
    visits: int
    is_diagnosis_only: bool = False
    is_remote: bool = False


@dataclass(frozen=True, slots=True)
class FirstTimeFix:
    """Share of jobs done in one visit without the same fault in the window, and the jobs beside it."""

    share: Share
    several_visits: int
    came_back: int
    too_young: int
    diagnosis_only: int
    remote: int


@dataclass(frozen=True, slots=True)
class Times:
    """Minutes (or another unit): median and P90 are shown, the mean only beside them."""

    n: int
    median: float | None
    p90: float | None
    mean: float | None
    reason: Message | None = None


@dataclass(frozen=True, slots=True)
class TechnicianFigures:
    """Fractions: utilization on jobs/available, efficiency sold/on jobs, productivity sold/available.

    A figure without hours to divide by is None.
    """

    utilization: float | None
    efficiency: float | None
    productivity: float | None
    travel: float | None


def first_time_fix(jobs: int, several_visits: int, came_back: int, *, level: float = 0.95) -> Share:
    """F19 from counts: jobs old enough, minus more than one visit, minus same fault within the window.

    Raises:
        MeasureError: a negative count, or more exceptions than jobs.
    """
    if min(jobs, several_visits, came_back) < 0 or several_visits + came_back > jobs:
        raise MeasureError("several visits and came back must be parts of the {jobs} jobs", jobs=jobs)
    return wilson(jobs - several_visits - came_back, jobs, level=level)


def first_time_fix_of_jobs(
    jobs: Sequence[RepairJob], *, until: date, window_days: int = 30, level: float = 0.95
) -> FirstTimeFix:
    """F19 from jobs: closed repair jobs at least `window_days` old on `until`.

    A later job on the same fault, closed within the window, makes the earlier one "came back".

    Raises:
        MeasureError: a job without a visit that is not remote, or closed after `until`.
    """
    for place, job in enumerate(jobs, start=1):
        if job.closed_on > until or (job.visits < 1 and not job.is_remote):
            raise MeasureError(
                "job {place} needs a closing day up to {until} and at least one visit",
                place=place,
                until=until,
            )
    diagnosis = sum(job.is_diagnosis_only for job in jobs)
    remote = sum(job.is_remote and not job.is_diagnosis_only for job in jobs)
    days: dict[Hashable, list[date]] = {}
    for job in jobs:
        days.setdefault(job.fault, []).append(job.closed_on)
    window = timedelta(days=window_days)
    counted = [job for job in jobs if not job.is_diagnosis_only and not job.is_remote]
    old = [job for job in counted if job.closed_on + window <= until]
    several = [job for job in old if job.visits > 1]
    back = [
        job
        for job in old
        if job.visits == 1
        and (
            any(job.closed_on < day <= job.closed_on + window for day in days[job.fault])
            or days[job.fault].count(job.closed_on) > 1
        )
    ]
    share = first_time_fix(len(old), len(several), len(back), level=level)
    return FirstTimeFix(share, len(several), len(back), len(counted) - len(old), diagnosis, remote)


def summarize_times(times: Sequence[float]) -> Times:
    """F21: median, P90 (linear between order statistics) and mean of durations ≥ 0.

    Raises:
        MeasureError: a negative or missing duration.
    """
    values = np.asarray(times, dtype=np.float64)
    if not np.isfinite(values).all() or bool((values < 0).any()):
        raise MeasureError("durations must be numbers of at least 0")
    if not values.size:
        return Times(0, None, None, None, Message("there are no durations"))
    median, p90 = np.quantile(values, [0.5, 0.9])
    return Times(int(values.size), float(median), float(p90), float(values.mean()))


def is_within_guarantee(
    vehicle: str,
    repair: str,
    *,
    left_on: date,
    left_at_km: float,
    back_on: date,
    back_at_km: float,
) -> bool:
    """F24: the vehicle came back inside days and kilometers of the repair class; day 0 = leaving day.

    Classes: whole_or_assembly, level_2 (cars), minor (level-1 maintenance, small and special repair).

    Raises:
        MeasureError: unknown class, or back before it left.

    Source: 机动车维修管理规定 art. 37 (2015 text); a shop may promise more, never less.
    """
    limits = GUARANTEES.get((vehicle, repair))
    if limits is None:
        raise MeasureError("no guarantee period is known for {repair} on {vehicle}", repair=repair, vehicle=vehicle)
    if back_on < left_on or back_at_km < left_at_km:
        raise MeasureError("the vehicle came back before it left; check dates and kilometers")
    return (back_on - left_on).days <= limits[0] and back_at_km - left_at_km <= limits[1]


def repeat_repair(returns: int, jobs: int, *, level: float = 0.95) -> Share:
    """F24: returns inside the guarantee for the same item ÷ jobs of that class."""
    return wilson(returns, jobs, level=level)


def plan_compliance(done_in_window: int, planned: int, *, level: float = 0.95) -> Share:
    """F33: planned maintenance done inside its window ÷ planned."""
    return wilson(done_in_window, planned, level=level)


def technician_figures(
    available_hours: float, job_hours: float, sold_hours: float, travel_hours: float | None = None
) -> TechnicianFigures:
    """F25; never reward productivity without the first-time-fix rate.

    Raises:
        MeasureError: negative hours, or more hours on jobs and travel than available.
    """
    travel = travel_hours or 0.0
    if not min(available_hours, job_hours, sold_hours, travel) >= 0:
        raise MeasureError("hours must be numbers of at least 0")
    if job_hours + travel > available_hours:
        raise MeasureError(
            "{hours} hours on jobs and travel are more than the {available} available",
            hours=job_hours + travel,
            available=available_hours,
        )

    def ratio(part: float, whole: float) -> float | None:
        return part / whole if whole > 0 else None

    return TechnicianFigures(
        ratio(job_hours, available_hours),
        ratio(sold_hours, job_hours),
        ratio(sold_hours, available_hours),
        None if travel_hours is None else ratio(travel_hours, available_hours),
    )
