"""Six-digit codes with which a customer consents on the telephone."""

import datetime as dt
import hmac
import secrets

from django.db import transaction
from django.db.models import F
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _

from careloop.core import events
from careloop.core.actor import Actor
from careloop.core.errors import DomainError, TransitionRefused
from careloop.workorders import rules
from careloop.workorders.models import ConsentCode
from careloop.workorders.services import loading
from careloop.workorders.states import OrderState


def _code_digest(estimate_id: int, code: str) -> str:
    return salted_hmac("careloop.workorders.code", f"{estimate_id}:{code}", algorithm="sha256").hexdigest()


@transaction.atomic
def issue_code(order_id: int, *, sent_to: str, actor: Actor, at: dt.datetime) -> str:
    """Six digits for the version in force, valid for 30 minutes; older codes end. Only a keyed digest is kept."""
    actor.require("workorders.consent")
    order = loading.lock(order_id)
    estimate = order.standing_estimate
    if estimate is None or order.state not in (OrderState.AWAITING_CONSENT, OrderState.AWAITING_ADDED):
        raise TransitionRefused(_("There is no estimate that waits for a decision."))
    ConsentCode.objects.filter(estimate__order=order, used_at=None).delete()
    code = f"{secrets.randbelow(1_000_000):06d}"
    ConsentCode.objects.create(
        estimate=estimate,
        digest=_code_digest(estimate.pk, code),
        sent_at=at,
        sent_to=sent_to[:40],
        expires_at=at + rules.CODE_VALID,
    )
    events.record("workorder.code", order, actor=actor, at=at, data={"version": estimate.version, "sent_to": sent_to})
    return code


@transaction.atomic
def _try_code(order_id: int, version: int, code: str, at: dt.datetime) -> int | None:
    order = loading.lock(order_id)
    row = ConsentCode.objects.filter(
        estimate__order=order,
        estimate__version=version,
        estimate__void_at=None,
        used_at=None,
        expires_at__gt=at,
        tries__lt=rules.CODE_TRIES,
    ).first()
    if row is None:
        return None
    if not hmac.compare_digest(row.digest, _code_digest(row.estimate_id, code.strip())):
        ConsentCode.objects.filter(pk=row.pk).update(tries=F("tries") + 1)
        return None
    return row.pk


def checked_code(order_id: int, version: int, code: str, *, at: dt.datetime) -> int:
    """A code counts once, for half an hour, for five tries, and for one version. Returns its id."""
    if not code.strip():
        raise DomainError(_("Enter the six digits that the customer reads from his page."), field="code")
    found = _try_code(order_id, version, code, at)
    if found is None:
        raise DomainError(
            _("The code is wrong, used or older than 30 minutes. Ask the customer for a new one."), field="code"
        )
    return found
