"""Every change of standards and guarantees. A running request keeps the version of the day it was accepted."""

import datetime as dt
from decimal import Decimal
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from careloop.core import events, flow
from careloop.core.actor import Actor
from careloop.core.errors import Conflict, DomainError
from careloop.entitlements import rules
from careloop.entitlements.defaults import FIRST_DAY, GUARANTEES, STANDARDS
from careloop.entitlements.models import RepairGuarantee, ServiceStandard
from careloop.entitlements.states import STANDARD_FLOW, StandardState

SCOPE = ("measure", "kind", "urgency", "station_id")


@transaction.atomic
def draft_standard(*, actor: Actor, at: dt.datetime, **fields: Any) -> ServiceStandard:
    """Write a new standard, or a new version of one (same code). Nothing changes for customers yet."""
    standard = ServiceStandard(**fields)
    _check_scope(standard)
    flow.start(STANDARD_FLOW, standard, "draft", actor=actor, at=at, data=_facts(standard))
    return standard


@transaction.atomic
def change_draft(standard_id: int, *, actor: Actor, at: dt.datetime, **fields: Any) -> ServiceStandard:
    """Change a draft. What is published is corrected (words) or gets a new version (limits)."""
    actor.require("entitlements.change_standard")
    standard = ServiceStandard.objects.lock(standard_id)
    if standard.state != StandardState.DRAFT:
        raise DomainError(_("This version is published. Correct its wording, or write a new version."))
    before = _facts(standard)
    for name, value in fields.items():
        setattr(standard, name, value)
    _check_scope(standard)
    standard.save(update_fields=list(fields))
    events.record("standard.change", standard, actor=actor, at=at, data={"before": before, "after": _facts(standard)})
    return standard


@transaction.atomic
def publish_standard(standard_id: int, *, actor: Actor, at: dt.datetime) -> ServiceStandard:
    """Publish a draft from its first day on; the version before it ends the day before.

    Raises:
        DomainError: the first day is past, a later or equal version exists, or another standard covers the same.
    """
    standard = ServiceStandard.objects.lock(standard_id)
    _check_days(standard, actor=actor, today=timezone.localtime(at).date())
    try:
        with transaction.atomic():
            ServiceStandard.objects.filter(code=standard.code, state=StandardState.PUBLISHED, valid_to=None).update(
                valid_to=standard.valid_from - dt.timedelta(days=1)
            )
            flow.apply(STANDARD_FLOW, standard, "publish", actor=actor, at=at, data=_facts(standard), published_at=at)
    except IntegrityError as error:
        raise Conflict(_("A colleague has just published a version of this standard. Reload and compare.")) from error
    return standard


@transaction.atomic
def correct_standard(
    standard_id: int, *, actor: Actor, at: dt.datetime, reason: str, text: str, text_en: str = "", name: str = ""
) -> ServiceStandard:
    """Mend a misprint in a published version; limit, scope and days stay."""
    standard = ServiceStandard.objects.lock(standard_id)
    facts = {"before": {"name": standard.name, "text": standard.text, "text_en": standard.text_en}}
    standard.text = text.strip()  # the guard looks at the new words
    standard.text_en, standard.name = text_en.strip(), name.strip() or standard.name
    flow.apply(STANDARD_FLOW, standard, "correct", actor=actor, at=at, reason=reason, data=facts)
    standard.save(update_fields=["text", "text_en", "name"])
    return standard


@transaction.atomic
def withdraw_standard(standard_id: int, *, actor: Actor, at: dt.datetime, reason: str) -> ServiceStandard:
    """End a standard with today as its last day. One that has not begun never holds; the one before it goes on."""
    standard = ServiceStandard.objects.lock(standard_id)
    today = timezone.localtime(at).date()
    has_begun = standard.state == StandardState.PUBLISHED and standard.valid_from <= today
    last_day = min(today, standard.valid_to or today) if has_begun else None
    flow.apply(STANDARD_FLOW, standard, "withdraw", actor=actor, at=at, reason=reason, valid_to=last_day)
    if not has_begun and standard.published_at is not None:
        ServiceStandard.objects.filter(
            code=standard.code, state=StandardState.PUBLISHED, valid_to=standard.valid_from - dt.timedelta(days=1)
        ).update(valid_to=None)
    return standard


@transaction.atomic
def set_guarantee(*, actor: Actor, at: dt.datetime, **fields: Any) -> RepairGuarantee:
    """The firm's own guarantee for a class of work from a day on: at least what the law demands.

    Raises:
        DomainError: less than the statutory period, or a second promise for the same day.
    """
    actor.require("entitlements.change_standard")
    row = RepairGuarantee(**fields, is_statutory=False)
    if not (row.days or row.months):
        raise DomainError(_("Give the period in days or in months."), field="days")
    least = (
        RepairGuarantee.objects.filter(
            vehicle_class=row.vehicle_class,
            work_class=row.work_class,
            is_statutory=True,
            valid_from__lte=row.valid_from,
        )
        .order_by("-valid_from")
        .first()
    )
    if least is not None and not rules.is_at_least(row, least):
        raise DomainError(
            _("The law demands at least %(km)s km or %(days)s days. Promise this or more.")
            % {"km": least.km, "days": least.days},
            field="days",
        )
    same = RepairGuarantee.objects.filter(
        vehicle_class=row.vehicle_class, work_class=row.work_class, valid_from=row.valid_from, is_statutory=False
    )
    if same.exists():
        raise DomainError(_("There is already a promise that begins on this day."), field="valid_from")
    row.save(force_insert=True)
    events.record("guarantee.set", row, actor=actor, at=at, data={k: str(v) for k, v in fields.items()})
    return row


@transaction.atomic
def ensure_defaults(*, actor: Actor, at: dt.datetime) -> int:
    """Write the standards and guarantees a new installation starts with; existing ones stay. Returns how many are new.

    The statutory guarantees on repairs come from the rules on vehicle repair; the response times are a proposal
    in the range of what firms of the trade promise.
    """
    known = set(ServiceStandard.objects.values_list("code", flat=True))
    created = 0
    for fields in STANDARDS:
        if fields["code"] in known:
            continue
        standard = ServiceStandard(**fields, valid_from=FIRST_DAY, goal_percent=Decimal("95"))
        flow.start(STANDARD_FLOW, standard, "draft", actor=actor, at=at, data=_facts(standard))
        flow.apply(STANDARD_FLOW, standard, "publish", actor=actor, at=at, data=_facts(standard), published_at=at)
        created += 1
    for row in GUARANTEES:
        _row, is_new = RepairGuarantee.objects.get_or_create(
            vehicle_class=row.vehicle_class,
            work_class=row.work_class,
            valid_from=FIRST_DAY,
            is_statutory=row.vehicle_class != "machine",
            defaults={"km": row.km, "hours": row.hours, "days": row.days, "months": row.months, "source": row.source},
        )
        created += is_new
    return created


def _facts(standard: ServiceStandard) -> dict[str, Any]:
    return {
        "code": standard.code,
        "target_minutes": standard.target_minutes,
        "valid_from": standard.valid_from.isoformat(),
        "measure": str(standard.measure),
        "kind": standard.kind,
        "urgency": standard.urgency,
        "station": standard.station_id,
    }


def _check_scope(standard: ServiceStandard) -> None:
    """All versions of a code speak of the same thing."""
    if standard.target_minutes < 1:
        raise DomainError(_("The limit must be at least one minute."), field="target_minutes")
    other = ServiceStandard.objects.filter(code=standard.code).exclude(pk=standard.pk).first()
    if other is not None and any(getattr(other, name) != getattr(standard, name) for name in SCOPE):
        raise DomainError(
            _("“%(code)s” is about something else in its earlier versions. Take another code.")
            % {"code": standard.code},
            field="code",
        )


def _check_days(standard: ServiceStandard, *, actor: Actor, today: dt.date) -> None:
    """Two versions never hold on the same day, and nothing is promised for days gone by."""
    if standard.valid_from < today and not actor.is_system:
        raise DomainError(
            _("The first day is past. A standard begins today or later, so that nobody is judged by it afterwards."),
            field="valid_from",
        )
    published = ServiceStandard.objects.published().exclude(pk=standard.pk)
    last = Q(valid_to=None) | Q(valid_to__gte=standard.valid_from)
    later = published.filter(
        Q(valid_from__gte=standard.valid_from) | Q(valid_to__gte=standard.valid_from), code=standard.code
    )
    if later.exists():
        raise DomainError(
            _("Another version of “%(code)s” holds on this day or begins later. Choose a later first day.")
            % {"code": standard.code},
            field="valid_from",
        )
    same = published.filter(last, **{name: getattr(standard, name) for name in SCOPE}).exclude(code=standard.code)
    if (other := same.first()) is not None:
        raise DomainError(
            _("“%(code)s” already promises this for the same requests. Withdraw it first, or write its next version.")
            % {"code": other.code},
            field="code",
        )
