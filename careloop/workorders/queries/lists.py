"""The list and the board: rows as plain dicts, for page, export and API."""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Count, Q, QuerySet
from django.http import QueryDict
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from careloop.core import search
from careloop.core.actor import Actor
from careloop.core.address import number_of
from careloop.staff.models import Station
from careloop.workorders.models import WorkOrder, WorkOrderQuerySet
from careloop.workorders.queries import show
from careloop.workorders.states import STEP_OF, OrderState, Step

KIND = "workorder"
COLUMNS = (
    "id", "number", "state", "outcome", "work_class", "customer__code", "customer__name", "customer__grade",
    "asset__code", "asset__kind", "asset__plate", "asset__vin", "asset__serial_no", "asset__name",
    "asset__model__brand", "asset__model__name", "asset__model_text", "booked_for", "received_at", "promised_at",
    "delivered_at", "adviser__name", "technician__name", "inspector__name", "station_id", "part_waited_for",
    "part_eta", "rework_count", "rework_of__number", "reminded_at", "evidence_due_at", "bay", "is_asked_at_settlement",
    "technician_id", "adviser_id",
)  # fmt: skip

STATES_OF: dict[str, list[str]] = {
    step.value: [state for state, of in STEP_OF.items() if of == step and state != OrderState.CANCELLED]
    for step in Step
}


def order_list(
    actor: Actor, filters: Mapping[str, Any] | None = None, *, now: dt.datetime | None = None
) -> WorkOrderQuerySet:
    """Orders the actor may see.

    Filters: view (see `VIEWS`), q, state, step, station, adviser, technician, customer, machine, case, work_class,
    mine, open, late, rework.
    """
    rows = WorkOrder.objects.visible_to(actor)
    wanted = filters or {}
    if q := str(wanted.get("q") or "").strip():
        rows = rows.filter(pk__in=search.find_ids(q, actor=actor, kind=KIND))
    if states := [s for s in wanted.get("state") or [] if s in OrderState.values]:
        rows = rows.filter(state__in=states)
    if wanted.get("step") in STATES_OF:
        rows = rows.filter(state__in=STATES_OF[str(wanted["step"])])
    for name, column in (
        ("station", "station"),
        ("adviser", "adviser"),
        ("technician", "technician"),
        ("customer", "customer__code"),
        ("machine", "asset__code"),
        ("case", "case__number"),
        ("work_class", "work_class"),
    ):
        if wanted.get(name):
            rows = rows.filter(**{column: wanted[name]})
    return _by_situation(rows, wanted, actor, now)


VIEWS = ("open", "mine", "late", "consent", "ready", "all")
WAITS_FOR_CONSENT = ("awaiting_consent", "awaiting_added")
OF_VIEW: dict[str, dict[str, Any]] = {
    "mine": {"open": True, "mine": True},
    "late": {"late": True},
    "consent": {"state": WAITS_FOR_CONSENT},
    "ready": {"state": ("ready",)},
    "open": {"open": True},
}


def _by_situation(
    rows: WorkOrderQuerySet, wanted: Mapping[str, Any], actor: Actor, now: dt.datetime | None
) -> WorkOrderQuerySet:
    view = OF_VIEW.get(str(wanted.get("view") or ""), {})
    if view.get("state"):
        rows = rows.filter(state__in=view["state"])
    wanted = {**wanted, **view}
    if wanted.get("open"):
        rows = rows.open()
    if wanted.get("mine") and actor.person_id is not None:
        rows = rows.filter(Q(adviser=actor.person_id) | Q(technician=actor.person_id))
    if wanted.get("late") and now is not None:
        rows = rows.open().filter(promised_at__lt=now)
    if wanted.get("rework"):
        rows = rows.filter(Q(rework_count__gt=0) | Q(rework_of__isnull=False))
    return rows


def counts(actor: Actor, *, now: dt.datetime) -> dict[str, int]:
    """Counters of the saved views over the open orders: one grouped query."""
    mine = Q(adviser=actor.person_id) | Q(technician=actor.person_id) if actor.person_id else Q(pk=None)
    found = (
        WorkOrder.objects.visible_to(actor)
        .open()
        .aggregate(
            open=Count("pk"),
            mine=Count("pk", filter=mine),
            late=Count("pk", filter=Q(promised_at__lt=now)),
            consent=Count("pk", filter=Q(state__in=WAITS_FOR_CONSENT)),
            ready=Count("pk", filter=Q(state="ready")),
        )
    )
    return {name: int(value or 0) for name, value in found.items()}


def values(rows: WorkOrderQuerySet) -> "QuerySet[WorkOrder, dict[str, Any]]":
    found: QuerySet[WorkOrder, dict[str, Any]] = rows.values(*COLUMNS)
    return found


def label(row: Mapping[str, Any]) -> str:
    """Model and serial number of a row; the plate is shown as a sign of its own."""
    model = f"{row['asset__model__brand'] or ''} {row['asset__model__name'] or ''}".strip() or row["asset__model_text"]
    if row["asset__kind"] == "vehicle":
        return str(model or "")
    return " · ".join(
        part for part in (model or row["asset__name"], row["asset__serial_no"] or row["asset__code"]) if part
    )


def as_row(row: Mapping[str, Any], *, stations: Mapping[int, Station], now: dt.datetime) -> dict[str, Any]:
    """One order as the list shows it."""
    station = stations.get(row["station_id"])
    clock = (
        show.promise_clock(
            promised_at=row["promised_at"],
            received_at=row["received_at"],
            state=row["state"],
            station=station,
            delivered_at=row["delivered_at"],
            now=now,
        )
        if station
        else None
    )
    return {
        "id": row["id"],
        "number": row["number"],
        "url": f"/work-orders/{row['number']}/",
        "main": {"text": row["number"], "sub": why(row, now), "url": f"/work-orders/{row['number']}/"},
        "party": {
            "name": row["customer__name"],
            "url": f"/customers/{row['customer__code']}/",
            "grade": row["customer__grade"],
            "sub": label(row),
        },
        "plate": show.plate(row["asset__plate"]),
        "state": show.state_chip(row["state"]),
        "clock": clock,
        "adviser": row["adviser__name"] or "",
        "technician": row["technician__name"] or "",
        "received": _moment(row["received_at"]),
        "booked": _moment(row["booked_for"]),
        "delivered": _moment(row["delivered_at"]),
        "tone": "bad" if clock is not None and clock.state == "over" else "",
    }


def _moment(value: dt.datetime | None) -> str:
    return timezone.localtime(value).strftime("%m-%d %H:%M") if value else ""


def why(row: Mapping[str, Any], now: dt.datetime) -> str:
    """The one reason why the order stands where it stands."""
    state = row["state"]
    names = {
        "technician": row["technician__name"] or "—",
        "part": row["part_waited_for"],
        "eta": show.when(row["part_eta"], now),
        "time": show.when(row["booked_for"], now),
        "bay": row["bay"],
    }
    words: dict[str, str] = {
        "booked": _("comes %(time)s") % names,
        "no_show": _("was booked for %(time)s, not called yet") % names,
        "received": _("no estimate yet"),
        "awaiting_consent": _("customer has not decided on the estimate"),
        "to_assign": _("consented, nobody assigned"),
        "in_repair": _("%(technician)s, bay %(bay)s") % names if row["bay"] else str(names["technician"]),
        "waiting_part": _("%(part)s, expected %(eta)s") % names,
        "awaiting_added": _("customer has not decided on the added items"),
        "to_inspect": _("not by %(technician)s") % names,
        "rework": _("inspection not passed, loop %(n)d") % {"n": row["rework_count"]},
        "to_settle": _("passed, bill not issued"),
        "ready": _("customer can fetch it"),
        "delivered": _("follow-up not started"),
    }
    if row["rework_of__number"] and state not in ("delivered", "follow_up", "archived", "cancelled"):
        return _("rework of %(number)s") % {"number": row["rework_of__number"]} + " · " + words.get(state, "")
    return words.get(state, "")


# --- board ----------------------------------------------------------------------------------------------------------

BOARD = (Step.APPOINTMENT, Step.RECEPTION, Step.REPAIR, Step.INSPECTION, Step.SETTLEMENT)
BOARD_LIMIT = 300


def board(
    actor: Actor, *, stations: Sequence[Station], chosen: int | None, now: dt.datetime, mine: bool = False
) -> list[dict[str, Any]]:
    """Columns of open orders by step. Appointments until tomorrow evening. One query."""
    known = {station.pk: station for station in stations}
    zone = ZoneInfo(stations[0].time_zone) if stations else timezone.get_current_timezone()
    last = dt.datetime.combine(now.astimezone(zone).date() + dt.timedelta(days=2), dt.time.min, zone)
    rows = WorkOrder.objects.visible_to(actor).open().exclude(state="booked", booked_for__gte=last)
    if chosen:
        rows = rows.filter(station=chosen)
    if mine and actor.person_id is not None:
        rows = rows.filter(Q(adviser=actor.person_id) | Q(technician=actor.person_id))
    cards: dict[str, list[dict[str, Any]]] = {step: [] for step in BOARD}
    for row in rows.values(*COLUMNS).order_by("promised_at", "booked_for", "pk")[:BOARD_LIMIT]:
        cards[STEP_OF[row["state"]]].append(_card(row, actor, known, now))
    return [
        {"key": step.value, "label": capfirst(str(step.label)), "cards": cards[step], "count": len(cards[step])}
        for step in BOARD
    ]


def _card(row: Mapping[str, Any], actor: Actor, stations: Mapping[int, Station], now: dt.datetime) -> dict[str, Any]:
    shown = as_row(row, stations=stations, now=now)
    action, words, icon, right = show.next_step(row["state"])
    if action == "consent_added" and row["is_asked_at_settlement"]:
        action = "consent_bill"
    button = None
    if action and actor.may(right) and not _is_own_work(row, action, actor):
        url = show.step_url(row["number"], action)
        button = {"label": words, "icon": icon, "url": url, "sheet": "/do/" in url}
    return {
        **shown,
        "why": why(row, now),
        "button": button,
        "label": label(row),
        "person": row["technician__name"] or row["adviser__name"] or "",
        "time": show.when(row["booked_for"], now) if row["state"] in ("booked", "no_show") else "",
    }


def _is_own_work(row: Mapping[str, Any], action: str, actor: Actor) -> bool:
    """Nobody is offered to inspect what he repaired."""
    return action == "pass" and actor.person_id is not None and row["technician_id"] == actor.person_id


def read_filters(query: QueryDict) -> dict[str, Any]:
    """An address of the list as `order_list` takes it; what cannot be read is left out.

    Without a view the unfinished orders are meant; a search, a named state, customer or machine look at all of them.
    """
    return {
        "view": view_of(query),
        "q": query.get("q", ""),
        "state": query.getlist("state"),
        "step": query.get("step", ""),
        "station": number_of(query.get("station", "")),
        "work_class": query.get("work_class", ""),
        "customer": query.get("customer", ""),
        "machine": query.get("machine", ""),
        "mine": query.get("mine", ""),
        "late": query.get("late", ""),
        "open": query.get("open", ""),
        "rework": query.get("rework", ""),
    }


def view_of(query: QueryDict) -> str:
    if (view := query.get("view", "")) in VIEWS:
        return view
    return "all" if any(query.get(name) for name in ("q", "state", "customer", "machine")) else "open"
