"""How orders look: states as signs, clocks, amounts and times as words. Pages, API rows and papers use the same."""

import datetime as dt
from typing import Any

from django.utils import formats, timezone
from django.utils.translation import gettext as _

from careloop.assets import rules as asset_rules
from careloop.assets.models import Asset
from careloop.assets.queries import label_of
from careloop.billing.models import Payer
from careloop.billing.queries import yuan
from careloop.core import calendar, words
from careloop.core.clock import Clock, clock_of
from careloop.staff.models import Station
from careloop.workorders.models import OrderLine, WorkOrder
from careloop.workorders.states import LineConsent, OrderState

Chip = dict[str, str]

TONES: dict[str, str] = {
    OrderState.BOOKED: "idle",
    OrderState.NO_SHOW: "warn",
    OrderState.RECEIVED: "act",
    OrderState.AWAITING_CONSENT: "wait",
    OrderState.TO_ASSIGN: "warn",
    OrderState.IN_REPAIR: "act",
    OrderState.WAITING_PART: "wait",
    OrderState.AWAITING_ADDED: "warn",
    OrderState.TO_INSPECT: "act",
    OrderState.REWORK: "bad",
    OrderState.TO_SETTLE: "act",
    OrderState.READY: "ok",
    OrderState.DELIVERED: "ok",
    OrderState.FOLLOW_UP: "act",
    OrderState.ARCHIVED: "idle",
    OrderState.CANCELLED: "idle",
}
LINE_TONES: dict[str, str] = {
    LineConsent.PROPOSED: "wait",
    LineConsent.CONSENTED: "ok",
    LineConsent.DECLINED: "idle",
    LineConsent.WITHDRAWN: "idle",
}


def state_chip(state: str) -> Chip:
    return {"label": str(OrderState(state).label), "tone": TONES[state]}


def payer_chip(payer: str) -> Chip:
    return {"label": str(Payer(payer).label), "tone": "idle" if payer == Payer.CUSTOMER else "ok"}


def plate(text: str) -> str:
    return asset_rules.show_plate(text)


def asset_label(asset: Asset) -> str:
    return label_of(asset)


def asset_words(asset: Asset) -> str:
    """The label without the plate, which is shown as a sign."""
    label = label_of(asset)
    return label.removeprefix(plate(asset.plate)).strip() if asset.plate else label


def meter(value: int | None, unit: str) -> str:
    return f"{value:,}".replace(",", chr(0x202F)) + f" {unit}" if value is not None else ""


def clock_time(moment: dt.datetime | None) -> str:
    return timezone.localtime(moment).strftime("%H:%M") if moment else ""


def when(moment: dt.datetime | None, now: dt.datetime) -> str:
    """`14:30` today, `11月18日 16:05` on another day."""
    if moment is None:
        return ""
    local, today = timezone.localtime(moment), timezone.localtime(now)
    if local.date() == today.date():
        return local.strftime("%H:%M")
    form = "MONTH_DAY_FORMAT" if local.year == today.year else "DATE_FORMAT"
    return f"{formats.date_format(local, form)} {local:%H:%M}"


def day(value: dt.date | None) -> str:
    return formats.date_format(value, "DATE_FORMAT") if value else ""


def promise_clock(
    *,
    promised_at: dt.datetime | None,
    received_at: dt.datetime | None,
    state: str,
    station: Station,
    delivered_at: dt.datetime | None,
    now: dt.datetime,
    lead: str = "",
) -> Clock | None:
    """The clock of the promised hand-over, in the working time of the station."""
    if promised_at is None or state in (OrderState.BOOKED, OrderState.NO_SHOW, OrderState.CANCELLED):
        return None
    return clock_of(
        promised_at,
        received_at,
        now=now,
        calendar=calendar.working_time(station.calendar),
        done_at=delivered_at,
        lead=lead,
    )


def next_step(state: str) -> tuple[str, str, str, str]:
    """(action, words, icon, right) of what usually comes next, for cards and lists."""
    return {
        "booked": ("receive", _("Receive"), "login", "workorders.receive"),
        "no_show": ("move", _("Call and rebook"), "phone", "workorders.book"),
        "received": ("estimate", _("Submit estimate"), "file-text", "workorders.estimate"),
        "awaiting_consent": ("consent", _("Get consent"), "signature", "workorders.consent"),
        "to_assign": ("assign", _("Assign technician"), "user-check", "workorders.assign"),
        "in_repair": ("finish", _("Send to inspection"), "clipboard-check", "workorders.repair"),
        "waiting_part": ("resume", _("Continue repair"), "player-play", "workorders.repair"),
        "awaiting_added": ("consent_added", _("Get consent"), "signature", "workorders.consent"),
        "to_inspect": ("pass", _("Inspect"), "clipboard-check", "workorders.inspect"),
        "rework": ("start_rework", _("Start rework"), "tool", "workorders.repair"),
        "to_settle": ("settle", _("Settle"), "receipt-yuan", "workorders.settle"),
        "ready": ("deliver", _("Deliver"), "key", "workorders.deliver"),
    }.get(state, ("", "", "", ""))


PAGES = {
    "receive": "receive/",
    "consent": "consent/",
    "consent_added": "consent/",
    "consent_bill": "consent/",
    "pass": "inspect/",
    "settle": "settle/",
    "deliver": "deliver/",
}


def step_url(number_: str, action: str) -> str:
    return f"/work-orders/{number_}/" + PAGES.get(action, f"do/{action}/")


def consent_words(line: OrderLine, *, asked_at: dt.datetime | None, consents: dict[int, Any], now: dt.datetime) -> Chip:
    """The last column of the items table: consented when and how, waiting since when, declined."""
    if line.consent == LineConsent.CONSENTED and line.consented_version is not None:
        given = consents.get(line.consented_version)
        if given is None:
            return {"label": _("within the diagnosis limit"), "tone": "ok"}
        return {
            "label": _("%(time)s %(way)s, version %(version)d")
            % {"time": when(given.given_at, now), "way": given.get_method_display(), "version": line.consented_version},
            "tone": "ok",
        }
    if line.consent == LineConsent.PROPOSED and asked_at is not None:
        return {"label": _("waiting, asked %(time)s") % {"time": when(asked_at, now)}, "tone": "wait"}
    if line.consent == LineConsent.PROPOSED:
        return {"label": _("not asked yet"), "tone": "warn"}
    return {"label": str(LineConsent(line.consent).label), "tone": LINE_TONES[line.consent]}


def line_row(line: OrderLine) -> dict[str, Any]:
    return {
        "quantity": f"{words.plain(line.quantity)} {words.unit(line.unit)}".strip(),
        "unit_price": yuan(line.unit_price),
        "amount": yuan(line.amount),
        "payer": payer_chip(line.payer),
    }


def damage(order: WorkOrder) -> str:
    """Marks of the walk-around in one line."""
    marks = (" ".join(part for part in (mark["place"], mark.get("note", "")) if part) for mark in order.damage)
    return "；".join(marks)


def people_of(order: WorkOrder) -> str:
    return " · ".join(person.name for person in (order.adviser, order.technician, order.inspector) if person)
