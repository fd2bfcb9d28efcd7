"""F21 for millions of pairs: the day tables of `WorkingTime` as numpy arrays."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from careloop.measures.errors import MeasureError

if TYPE_CHECKING:
    from careloop.measures.working_time import WorkingTime

EPOCH = date(1970, 1, 1).toordinal()
SECOND_OF_DAY = 86_400
CHUNK = 1 << 18  # pairs a step, so that the temporary arrays stay in the cache


def minutes_between_many(
    calendar: WorkingTime,
    starts: npt.NDArray[np.datetime64],
    ends: npt.NDArray[np.datetime64],
) -> npt.NDArray[np.int64]:
    """Whole working minutes in [start, end) of each pair; times are taken to the second."""
    begin, finish = np.asarray(starts), np.asarray(ends)
    if begin.shape != finish.shape:
        raise MeasureError("{starts} starts and {ends} ends do not pair", starts=begin.size, ends=finish.size)
    if begin.size == 0:
        return np.zeros(begin.shape, dtype=np.int64)
    if bool(np.isnat(begin).any() or np.isnat(finish).any()):
        raise MeasureError("a start or an end is missing; leave such pairs out first")
    table = _Table(calendar, begin, finish)
    result = np.empty(begin.shape, dtype=np.int64)
    for place in range(0, begin.size, CHUNK):
        part = slice(place, place + CHUNK)
        gone = table.position(finish[part]) - table.position(begin[part])
        result[part] = np.maximum(gone, 0) // 60
    return result


class _Table:
    def __init__(
        self,
        calendar: WorkingTime,
        starts: npt.NDArray[np.datetime64],
        ends: npt.NDArray[np.datetime64],
    ) -> None:
        days = [np.array([a.min(), a.max()]).astype("datetime64[D]").astype(np.int64) for a in (starts, ends)]
        self.first = int(min(d[0] for d in days))
        last = int(max(d[1] for d in days))
        opened = [calendar.is_working_day(date.fromordinal(EPOCH + day)) for day in range(self.first, last + 1)]
        self.is_open = np.array(opened, dtype=np.int64)
        minute = np.zeros(24 * 60, dtype=np.int64)
        for opening, closing in calendar.hours:
            minute[opening:closing] = 60
        self.minute_open = minute // 60
        self.minute_before = np.concatenate([[0], np.cumsum(minute)[:-1]])
        daily = calendar.minutes_per_day * 60
        self.day_before = np.concatenate([[0], np.cumsum(self.is_open)[:-1]]) * daily

    def position(self, moments: npt.NDArray[np.datetime64]) -> npt.NDArray[np.int64]:
        seconds = moments.astype("datetime64[s]").astype(np.int64)
        day = seconds // SECOND_OF_DAY
        second = seconds - day * SECOND_OF_DAY
        day -= self.first
        minute = second // 60
        inside = self.minute_before[minute] + self.minute_open[minute] * (second - minute * 60)
        total: npt.NDArray[np.int64] = self.day_before[day] + self.is_open[day] * inside
        return total
