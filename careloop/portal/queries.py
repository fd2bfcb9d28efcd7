"""What a customer sees of his order: progress like a parcel, what waits for him, fees, papers. No inner notes."""

import datetime as dt
import uuid
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from careloop.billing.queries import yuan
from careloop.core.models import StoredFile
from careloop.workorders import queries
from careloop.workorders.models import WorkOrder
from careloop.workorders.queries import sheets, show
from careloop.workorders.queries.detail import Whole
from careloop.workorders.states import LineConsent, OrderState, Outcome

DECIDING = (OrderState.AWAITING_CONSENT, OrderState.AWAITING_ADDED)


def page(order: WorkOrder, token: str, *, now: dt.datetime) -> dict[str, Any]:
    """Six queries."""
    whole = queries.whole(order)
    estimate = order.standing_estimate if order.state in DECIDING else None
    asked = [line for line in order.open_lines if line.consent == LineConsent.PROPOSED]
    photos = _photos(whole, token)
    return {
        "order": order,
        "firm": order.station.name,
        "phone": order.station.phone,
        "plate": show.plate(order.asset.plate),
        "label": show.asset_words(order.asset),
        "headline": headline(order, bool(estimate)),
        "promised": show.when(order.promised_at, now) if order.delivered_at is None else "",
        "steps": progress(order, whole, now=now),
        "estimate": _estimate(order, estimate, asked, photos, now) if estimate is not None else None,
        "accepted": [_line(line) for line in order.open_lines if line.consent == LineConsent.CONSENTED],
        "declined": [line.name for line in whole.lines if line.consent == LineConsent.DECLINED],
        "fees": fees(order),
        "after": after(order),
        "papers": papers(order, token),
        "is_added": order.state == OrderState.AWAITING_ADDED,
    }


def headline(order: WorkOrder, is_deciding: bool) -> str:
    if is_deciding:
        return _("Something waits for your decision")
    return {
        OrderState.BOOKED: _("Your appointment is booked"),
        OrderState.NO_SHOW: _("You missed your appointment; please call us"),
        OrderState.RECEIVED: _("We have received your vehicle"),
        OrderState.AWAITING_CONSENT: _("We are changing the estimate"),
        OrderState.TO_ASSIGN: _("Your order is being assigned"),
        OrderState.IN_REPAIR: _("Your vehicle is being repaired"),
        OrderState.WAITING_PART: _("We are waiting for a part"),
        OrderState.AWAITING_ADDED: _("We are changing the estimate"),
        OrderState.TO_INSPECT: _("Your vehicle is being inspected"),
        OrderState.REWORK: _("We are improving something before you get it back"),
        OrderState.TO_SETTLE: _("We are making the bill"),
        OrderState.READY: _("Your vehicle is ready"),
        OrderState.CANCELLED: _("The appointment was cancelled"),
    }.get(OrderState(order.state), _("Your vehicle has been handed over"))


STEPS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("booked", ("booked", "no_show")),
    ("received", ("received",)),
    ("agreed", ("awaiting_consent",)),
    ("repaired", ("to_assign", "in_repair", "waiting_part", "awaiting_added", "rework")),
    ("inspected", ("to_inspect",)),
    ("ready", ("to_settle", "ready")),
    ("handed_over", ()),
)


def progress(order: WorkOrder, whole: Whole, *, now: dt.datetime) -> list[dict[str, Any]]:
    """`[{label, state: done|now|todo, text}]`; what was left out is not shown."""
    labels = {
        "booked": _("Booked"),
        "received": _("Taken in"),
        "agreed": _("Checked and agreed"),
        "repaired": _("Repair"),
        "inspected": _("Inspection"),
        "ready": _("Bill and hand-over"),
        "handed_over": _("Handed over"),
    }
    skipped = {stamp.step for stamp in whole.stamps if stamp.is_skipped}
    shown = [key for key, _states in STEPS if not _is_left_out(key, skipped)]
    place = next((key for key, states in STEPS if order.state in states), "handed_over")
    position = shown.index(place) if place in shown else 0
    is_over = order.delivered_at is not None
    return [
        {
            "label": labels[key],
            "text": _step_text(key, order, now),
            "state": "done" if index < position or is_over else "now" if index == position else "todo",
        }
        for index, key in enumerate(shown)
    ]


def _is_left_out(key: str, skipped: set[str]) -> bool:
    return {"booked": "appointment", "repaired": "repair", "inspected": "inspection"}.get(key) in skipped


def _step_text(key: str, order: WorkOrder, now: dt.datetime) -> str:
    if key == "booked":
        return show.when(order.booked_for, now)
    if key == "received":
        adviser = order.adviser.name if order.adviser else ""
        return " · ".join(part for part in (show.when(order.received_at, now), adviser) if part)
    if key == "repaired" and order.state == OrderState.WAITING_PART:
        return _("%(part)s, expected %(eta)s") % {"part": order.part_waited_for, "eta": show.when(order.part_eta, now)}
    if key == "handed_over":
        if order.delivered_at:
            return show.when(order.delivered_at, now)
        return _("promised %(time)s") % {"time": show.when(order.promised_at, now)} if order.promised_at else ""
    return ""


def _line(line: Any) -> dict[str, Any]:
    row = show.line_row(line)
    return {
        "id": line.pk,
        "name": line.name,
        "quantity": row["quantity"],
        "amount": row["amount"],
        "payer": row["payer"] if line.payer != "customer" else None,
        "reason": line.reason,
        "origin": str(line.get_part_origin_display()) if line.part_origin else "",
        "is_added": line.is_added,
    }


def _estimate(
    order: WorkOrder, estimate: Any, asked: list[Any], photos: dict[int, list[str]], now: dt.datetime
) -> dict[str, Any]:
    return {
        "version": estimate.version,
        "rows": [{**_line(line), "photos": photos.get(line.pk, [])} for line in asked],
        "total": yuan(estimate.amount),
        "free": yuan(estimate.free_amount) if estimate.free_amount else "",
        "discount": yuan(estimate.discount_amount) if estimate.discount_amount else "",
        "limit": yuan(estimate.diagnosis_limit) if estimate.diagnosis_limit is not None else "",
        "promised": show.when(estimate.promised_at, now),
        "fee": yuan(order.announced_fee) if order.announced_fee else "",
    }


def _photos(whole: Whole, token: str) -> dict[int, list[str]]:
    found: dict[int, list[str]] = {}
    for row in whole.notes.get("file", []):
        if row["e"] == "orderline":
            found.setdefault(row["ref"], []).append(reverse("portal:photo", args=[token, uuid.UUID(row["c"])]))
    return found


def fees(order: WorkOrder) -> list[tuple[str, str]]:
    if order.bill is not None:
        bill = order.bill
        rows = [
            (_("Labour fee"), bill.labour_amount),
            (_("Material fee"), bill.material_amount),
            (_("Other fees"), bill.other_amount),
            (_("Discount"), -bill.discount_amount),
            (_("To pay"), bill.total_amount),
            (_("Paid"), bill.paid_amount),
        ]
        return [(label, yuan(value)) for label, value in rows if value or label == _("To pay")]
    if order.consented_version:
        return [(_("Agreed, at most"), yuan(order.consented_amount))]
    return []


def after(order: WorkOrder) -> list[tuple[str, str]]:
    """Guarantee and next service, once the order is settled."""
    if order.outcome != Outcome.DONE or order.repair_until is None:
        return []
    unit = order.asset.meter_unit
    limit = show.meter(order.repair_km, unit)
    until = show.day(order.repair_until)
    rows = [
        (_("Repair guarantee"), _("until %(date)s or %(limit)s") % {"date": until, "limit": limit} if limit else until)
    ]
    parts = [show.day(order.next_service_on), show.meter(order.next_service_meter, unit)]
    rows.append((_("Next service"), " / ".join(part for part in parts if part)))
    return rows


def papers(order: WorkOrder, token: str) -> list[dict[str, str]]:
    return [
        {"label": label, "url": reverse("portal:paper", args=[token, name])}
        for name, label in sheets.paper_names().items()
        if not sheets.missing(name, order)
    ]


def photo_of(order: WorkOrder, key: Any) -> StoredFile | None:
    """A photo of an item of this order; signatures and other papers are not given out here."""
    file = StoredFile.objects.filter(key=key, subject_type="orderline", removed_at=None).first()
    if file is None or not order.lines.filter(pk=file.subject_id).exists():
        return None
    return file
