"""What happens to a machine: readings, stand-still, change of owner, retirement."""

import datetime as dt
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from careloop.assets import queries, rules
from careloop.assets.models import Asset, MeterReading, OwnerChange
from careloop.assets.services.base import decimal_of, derive, locked, recount
from careloop.assets.states import FLOW
from careloop.core import events, flow, words
from careloop.core.actor import Actor
from careloop.core.errors import DomainError
from careloop.customers import queries as customer_queries
from careloop.customers.models import Customer
from careloop.customers.rules import plausible_date


@transaction.atomic
def record_meter(
    asset_id: int,
    value: Any,
    *,
    actor: Actor,
    at: dt.datetime,
    source: str,
    reason: str = "",
    counter: str = "main",
) -> MeterReading:
    """Keep a reading of the hour meter, the odometer (`main`) or the piece counter (`output`) at the time `at`.

    A reading below an earlier one (meter replaced, typing error of the past) or impossibly far above it needs a
    reason. Anybody who sees the machine may write down what its meter shows.

    Raises:
        DomainError: no number, or an odd one without a reason.
    """
    asset = locked(asset_id, actor, permission="assets.view_asset")
    number = decimal_of(value, "meter").quantize(Decimal("0.1"))
    _refuse_odd(asset, number, at=at, counter=counter, reason=reason)
    reading = MeterReading.objects.create(
        asset=asset, counter=counter, value=number, read_at=at, source=source, person_name=actor.name, reason=reason
    )
    if counter == "main" and (asset.meter_at is None or at >= asset.meter_at):
        asset.meter, asset.meter_at = number, at
        asset.save(update_fields=["meter", "meter_at"])
        if asset.kind == "vehicle":
            derive(asset)
    data = {"value": str(number), "unit": asset.meter_unit if counter == "main" else "", "counter": counter}
    events.record("asset.meter", asset, actor=actor, at=at, data={**data, "reason": reason} if reason else data)
    return reading


def _refuse_odd(asset: Asset, number: Decimal, *, at: dt.datetime, counter: str, reason: str) -> None:
    if reason.strip():
        return
    before = queries.reading_before(asset.pk, at, counter=counter)
    after = queries.reading_after(asset.pk, at, counter=counter)
    unit = asset.meter_unit if counter == "main" else ""
    days = Decimal((at - before.read_at).total_seconds()) / 86400 if before else Decimal(0)
    doubt = (
        rules.doubt_reading(number, before=before.value if before else None, days=days, unit=unit)
        if (counter == "main" or (before and number < before.value))
        else ""
    )
    if doubt == "back" and before is not None:
        raise DomainError(
            _("The reading went back: it was %(before)s already. Check it, or say why (for example: meter replaced).")
            % {"before": words.plain(before.value)},
            field="meter",
        )
    if doubt == "jump" and before is not None:
        raise DomainError(
            _("From %(before)s to %(now)s in so short a time is hardly possible. Check it, or say why.")
            % {"before": words.plain(before.value), "now": words.plain(number)},
            field="meter",
        )
    if after is not None and number > after.value:
        raise DomainError(
            _("A later reading is lower: %(after)s. Check it, or say why.") % {"after": words.plain(after.value)},
            field="meter",
        )


@transaction.atomic
def stop_asset(asset_id: int, *, actor: Actor, at: dt.datetime, reason: str) -> Asset:
    asset = locked(asset_id, actor)
    flow.apply(FLOW, asset, "stop", actor=actor, at=at, reason=reason)
    return asset


@transaction.atomic
def start_asset(asset_id: int, *, actor: Actor, at: dt.datetime) -> Asset:
    asset = locked(asset_id, actor)
    flow.apply(FLOW, asset, "start", actor=actor, at=at)
    return asset


def _new_owner(customer_id: int | None, actor: Actor) -> Customer:
    customer = customer_queries.customer_by_id(customer_id) if customer_id else None
    if customer is None or not actor.sees_station(customer.station_id):
        raise DomainError(_("Choose a customer of your stations."), field="customer")
    if customer.closed_at is not None:
        raise DomainError(_("The file of this customer is closed."), field="customer")
    return customer


@transaction.atomic
def change_owner(asset_id: int, *, customer_id: int, actor: Actor, at: dt.datetime, reason: str) -> Asset:
    """The machine belongs to another customer from now on; its history stays with it."""
    asset = locked(asset_id, actor)
    new, old = _new_owner(customer_id, actor), asset.customer
    if new.pk == old.pk:
        raise DomainError(_("The machine belongs to this customer already."), field="customer")
    _tell_former_owner(asset, old, actor=actor, at=at, to=new.name)
    flow.apply(
        FLOW,
        asset,
        "change_owner",
        actor=actor,
        at=at,
        reason=reason,
        data={"before": old.name, "after": new.name},
        customer=new,
        site=None,
        responsible=None,
        location_text="",
        workshop_line="",
        department="",
    )
    _moved(asset, old, new, at=at, reason=reason)
    return asset


@transaction.atomic
def pass_on(asset_id: int, *, actor: Actor, at: dt.datetime, reason: str) -> Asset:
    """The machine went to somebody whom we do not know."""
    asset = locked(asset_id, actor)
    _count_open_work(asset)
    flow.apply(FLOW, asset, "pass_on", actor=actor, at=at, reason=reason)
    _moved(asset, asset.customer, None, at=at, reason=reason)
    return asset


@transaction.atomic
def readmit(asset_id: int, *, customer_id: int, actor: Actor, at: dt.datetime) -> Asset:
    """A machine that was passed on comes back, with the customer who has it now."""
    asset = locked(asset_id, actor)
    new, old = _new_owner(customer_id, actor), asset.customer
    flow.apply(FLOW, asset, "readmit", actor=actor, at=at, data={"after": new.name}, customer=new)
    if new.pk != old.pk:
        _moved(asset, old, new, at=at, reason="")
    else:
        recount([new.pk])
    return asset


@transaction.atomic
def retire(
    asset_id: int, *, actor: Actor, at: dt.datetime, reason: str, retired_on: dt.date, meter: Any = None
) -> Asset:
    """The machine is scrapped: day, reason and last reading are kept for its figures of life (R194)."""
    asset = locked(asset_id, actor)
    _count_open_work(asset)
    plausible_date(retired_on, today=at.date() + dt.timedelta(days=1))
    if meter not in (None, ""):
        record_meter(asset_id, meter, actor=actor, at=at, source="engineer")
        asset = Asset.objects.lock(asset_id)
        _count_open_work(asset)
    flow.apply(
        FLOW,
        asset,
        "retire",
        actor=actor,
        at=at,
        reason=reason,
        retired_on=retired_on,
        retired_reason=reason.strip()[:200],
    )
    recount([asset.customer_id])
    return asset


def _count_open_work(asset: Asset) -> None:
    asset.open_work_count = queries.open_work_count(asset.pk)  # type: ignore[attr-defined]  # reason: read by a guard


def _tell_former_owner(asset: Asset, old: Customer, *, actor: Actor, at: dt.datetime, to: str) -> None:
    data = {"asset": queries.label_of(asset), "code": asset.code, "to": to}
    events.record("customer.lost_asset", old, actor=actor, at=at, data=data)


def _moved(asset: Asset, old: Customer, new: Customer | None, *, at: dt.datetime, reason: str) -> None:
    OwnerChange.objects.create(
        asset=asset, from_customer=old, to_customer=new, changed_at=at, reason=reason.strip()[:200]
    )
    recount([old.pk, new.pk if new else None])
    derive(asset)
