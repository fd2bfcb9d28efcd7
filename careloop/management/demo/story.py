"""The clock of the demonstration: a queue of things that happen, each at its time, through the services.

What would happen after now is not done, and so work is open in every state when the story ends.
"""

import datetime as dt
import heapq
import io
import itertools
import logging
import random
from base64 import b64encode
from collections import Counter
from collections.abc import Callable
from zoneinfo import ZoneInfo

from PIL import Image, ImageDraw

from careloop.accounts.models import User
from careloop.core import calendar, events
from careloop.core.actor import Actor
from careloop.core.errors import DomainError
from careloop.feedback import jobs as feedback_jobs
from careloop.staff.actors import actor_for
from careloop.staff.models import Station

logger = logging.getLogger(__name__)
ZONE = ZoneInfo("Asia/Shanghai")
SEED = 20_261_119
Step = Callable[[dt.datetime], None]


class Story:
    """`at` runs a step at a moment; `work_later` finds the moment in the station's working time."""

    def __init__(self, start: dt.datetime, end: dt.datetime):
        self.start, self.end = start, end
        self.rng = random.Random(SEED)
        self.refusals: Counter[str] = Counter()
        self._queue: list[tuple[dt.datetime, int, Step]] = []
        self._order = itertools.count()
        self._actors: dict[str, Actor] = {}
        self._swept = start
        self._calendars = {
            station.code: calendar.working_time(station.calendar)
            for station in Station.objects.select_related("calendar")
        }
        self.stations = {station.code: station.pk for station in Station.objects.all()}

    def who(self, username: str) -> Actor:
        if username not in self._actors:
            self._actors[username] = actor_for(User.objects.get(username=username))
        return self._actors[username]

    def person(self, username: str) -> int:
        found = self.who(username).person_id
        assert found is not None
        return found

    def at(self, moment: dt.datetime, step: Step) -> None:
        if moment <= self.end:
            heapq.heappush(self._queue, (moment, next(self._order), step))

    def work_later(self, moment: dt.datetime, minutes: float, station: str) -> dt.datetime:
        """`minutes` of the station's working time after `moment`."""
        return calendar.add_minutes(self._calendars[station], moment, max(1, int(minutes)))

    def work_ago(self, minutes: int, station: str) -> dt.datetime:
        """The moment from which `minutes` of the station's working time were used at the end of the story."""
        clock, moment = self._calendars[station], self.end
        while calendar.minutes_between(clock, moment, self.end) < minutes:
            moment -= dt.timedelta(minutes=5)
        return moment

    def run(self) -> None:
        while self._queue:
            moment, _number, step = heapq.heappop(self._queue)
            self._sweep_until(moment)
            try:
                step(moment)
            except DomainError as error:
                # A chance of the story that a rule forbids (a colleague is busy, quiet hours) is simply not taken.
                self.refusals[f"{error.message}"] += 1
                logger.debug("refused: %s", error.message)
        self._sweep_until(self.end)

    def _sweep_until(self, moment: dt.datetime) -> None:
        """The worker of those days: once a day is enough for a story."""
        while self._swept + dt.timedelta(hours=24) <= moment:
            self._swept += dt.timedelta(hours=24)
            self._sweep(self._swept)
        self._deliver(moment)

    def _deliver(self, moment: dt.datetime) -> None:
        while events.deliver_due(now=moment):
            pass

    def _sweep(self, moment: dt.datetime) -> None:
        self._deliver(moment)
        feedback_jobs.open_windows(now=moment)
        feedback_jobs.lock_answers(now=moment)
        feedback_jobs.tidy(now=moment)


_SIGNATURES: list[str] = []


def signature(rng: random.Random) -> str:
    """One of six drawn signatures as a PNG data URL."""
    if not _SIGNATURES:
        drawing = random.Random(SEED)
        for _ in range(6):
            picture = Image.new("RGBA", (320, 110), (255, 255, 255, 0))
            pen = ImageDraw.Draw(picture)
            points = [(30 + i * 13 + drawing.randint(-6, 6), 55 + drawing.randint(-34, 34)) for i in range(20)]
            pen.line(points, fill=(20, 24, 40, 255), width=3, joint="curve")
            out = io.BytesIO()
            picture.save(out, "PNG")
            _SIGNATURES.append("data:image/png;base64," + b64encode(out.getvalue()).decode())
    return rng.choice(_SIGNATURES)


_PHOTOS: list[str] = []


def photo(rng: random.Random) -> str:
    """One of four plain pictures, standing for what a phone would take in the workshop."""
    if not _PHOTOS:
        drawing = random.Random(SEED)
        for tint in ((196, 178, 150), (150, 168, 178), (170, 160, 172), (160, 175, 155)):
            picture = Image.new("RGB", (480, 360), tint)
            pen = ImageDraw.Draw(picture)
            for _ in range(14):
                x, y, size = drawing.randint(0, 440), drawing.randint(0, 320), drawing.randint(20, 120)
                shade = tuple(max(0, part - drawing.randint(10, 90)) for part in tint)
                pen.ellipse((x, y, x + size, y + size // 2), fill=shade, outline=(60, 60, 60))
            pen.rectangle((170, 120, 330, 230), outline=(176, 31, 26), width=4)
            out = io.BytesIO()
            picture.save(out, "JPEG", quality=70)
            _PHOTOS.append("data:image/jpeg;base64," + b64encode(out.getvalue()).decode())
    return rng.choice(_PHOTOS)


def day_at(day: dt.date, hour: int, minute: int = 0) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(hour, minute), tzinfo=ZONE)
