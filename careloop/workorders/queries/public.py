"""What a customer sees on his own page: nothing of other orders, nothing of the shop's inner notes."""

import datetime as dt
import hashlib

from careloop.workorders.models import OrderLink


def digest(token: str) -> str:
    """SHA-256 is enough: the tokens are random."""
    return hashlib.sha256(token.encode()).hexdigest()


def link_of(token: str, *, now: dt.datetime) -> OrderLink | None:
    """The link behind a token, with its order; None for a wrong, ended or revoked one."""
    if not 20 <= len(token) <= 64:
        return None
    rows = OrderLink.objects.valid(now).select_related(
        "order__station", "order__customer", "order__contact", "order__asset__model", "order__adviser", "order__bill"
    )
    return rows.filter(digest=digest(token)).first()
