"""Sweeps of follow-up: open windows, end links and stale calls, lock answers."""

import datetime as dt

from careloop.feedback import queries, services


def open_windows(*, now: dt.datetime) -> int:
    """Planned follow-ups whose window has come are due, or waived because of the budget."""
    return services.open_due(now=now)


def lock_answers(*, now: dt.datetime) -> int:
    return services.lock_due(now=now)


def end_links(*, now: dt.datetime) -> int:
    return services.expire_links(now=now)


def tidy(*, now: dt.datetime) -> int:
    """Calls nobody ended go back to the queue; files of waived follow-ups go to the archive."""
    done = services.release_stale(now=now)
    waived = queries.ids_of_waived_to_archive(now, 200)
    for pk in waived:
        services.archive_waived(pk, at=now)
    return done + len(waived)
