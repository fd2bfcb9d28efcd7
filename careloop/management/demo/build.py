"""`careloop demo`: fills an empty database with two years of the demonstration company, the same every time."""

import datetime as dt
import random

from django.utils import translation

from careloop.accounts.models import User
from careloop.core.errors import Conflict
from careloop.management.demo import organisation, present, register, stock, things
from careloop.management.demo.aftercare import Aftercare, noon
from careloop.management.demo.desk import Request
from careloop.management.demo.office import Office
from careloop.management.demo.register import Thing
from careloop.management.demo.shop import Visit
from careloop.management.demo.story import Story, day_at

YEARS = dt.timedelta(days=730)


def is_empty() -> bool:
    return not User.objects.exists()


def build(now: dt.datetime, *, span: dt.timedelta = YEARS) -> Story:
    """Write the company as it stands at `now`.

    Raises:
        Conflict: there are accounts already; the demonstration is for an empty database.
    """
    if not is_empty():
        raise Conflict("The database is not empty; the demonstration company fills only an empty one.")
    with translation.override("zh-hans"):
        start = now - span
        organisation.build(start - dt.timedelta(days=5))
        story = Story(start, now)
        found = register.build(story)
        stock.build(story)
        story.at(start + span / 2, organisation.change_method)
        plan(story, found)
        story.run()
    return story


def plan(story: Story, found: list[Thing]) -> None:
    """What customers do on each day; the rest follows from it."""
    rng = story.rng
    cars = [thing for thing in found if thing.asset.kind == "vehicle"]
    machines = [thing for thing in found if thing.asset.kind == "machine"]
    kept = present.reserve(found)
    away = [thing for thing in cars if thing not in kept]
    present.plan(story, found, kept)
    care, office = Aftercare(story), Office(story)
    office.plan()
    day = story.start.date()
    while day <= story.end.date():
        pool = away if story.end.date() - day < present.QUIET else cars
        if day.weekday() < 5:
            care.day(noon(day))
            office.day(noon(day))
        if day.weekday() < 6:
            for _ in range(rng.choices((0, 1, 2), (77, 20, 3))[0]):
                fault = rng.choice([*things.CAR_FAULTS, *things.MAINTENANCE, *things.MAINTENANCE])
                story.at(hour(rng, day), Visit(story, rng.choice(pool), fault).start)
            if rng.random() < 0.05:
                story.at(hour(rng, day), Request(story, rng.choice(pool)).start)
        if day.weekday() < 5:
            if rng.random() < 0.12:
                fault = rng.choice(things.MACHINE_FAULTS)
                story.at(hour(rng, day), Request(story, rng.choice(machines), fault=fault).start)
            if rng.random() < 0.05:
                story.at(hour(rng, day), Request(story, rng.choice(machines)).start)
        day += dt.timedelta(days=1)


def hour(rng: random.Random, day: dt.date) -> dt.datetime:
    return day_at(day, rng.randint(8, 16), rng.randint(31, 59))
