"""Sweeps of work orders."""

import datetime as dt
import logging

from careloop.core.actor import Actor
from careloop.core.errors import DomainError
from careloop.workorders import services

logger = logging.getLogger(__name__)


def mark_missed(*, now: dt.datetime) -> int:
    """Appointments whose customer has not come half an hour after the slot; each in its own transaction."""
    done = 0
    for order_id in services.missed_ids(now=now):
        try:
            services.miss_order(order_id, actor=Actor.system(), at=now)
        except DomainError:  # received or moved since it was read
            logger.info("order %s is no longer waiting for its customer", order_id)
            continue
        done += 1
    return done
