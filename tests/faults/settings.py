"""The program with a wiring whose effects can be counted, and an entrance that commits one fact per request."""

from careloop.settings import *  # noqa: F403  # reason: the settings of the program, with one change

WIRING = "tests.faults.program.HANDLERS"
SCHEDULE = "tests.faults.program.sweeps"
ROOT_URLCONF = "tests.faults.urls"
MIDDLEWARE = [
    "django.contrib.sessions.middleware.SessionMiddleware",
    "allauth.account.middleware.AccountMiddleware",  # allauth does not start without it
]
