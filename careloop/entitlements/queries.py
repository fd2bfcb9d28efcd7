"""Reads: the clocks of a request, the state of a warranty, the guarantee on a repair, attainment."""

import datetime as dt
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Q, QuerySet
from django.utils import formats, timezone
from django.utils.translation import gettext as _

from careloop.core import calendar
from careloop.core.actor import Actor
from careloop.core.prepared import Prepared
from careloop.entitlements import rules
from careloop.entitlements.models import RepairGuarantee, ServiceStandard, StandardQuerySet
from careloop.entitlements.rules import NO_GUARANTEE, Guarantee, Warranty
from careloop.entitlements.states import Measure, StandardState
from careloop.measures.sla import Attainment, attainment
from careloop.measures.working_time import WorkingTime
from careloop.staff.models import Station, WorkCalendar


@dataclass(frozen=True, slots=True)
class Limit:
    """One clock of a request: the standard it comes from, its minutes, and the working time they are counted in."""

    code: str
    name: str
    minutes: int
    calendar: WorkingTime
    zone: str

    def due_at(self, start: dt.datetime) -> dt.datetime:
        return calendar.add_minutes(self.calendar, start, self.minutes, zone=self.zone)


@dataclass(frozen=True, slots=True)
class Clocks:
    """The clocks that start with the acceptance of a request; None where nothing was promised."""

    response: Limit | None
    arrival: Limit | None
    resolution: Limit | None

    @property
    def response_minutes(self) -> int | None:
        return self.response.minutes if self.response else None

    @property
    def resolution_minutes(self) -> int | None:
        return self.resolution.minutes if self.resolution else None

    @property
    def calendar(self) -> WorkingTime | None:
        return self.response.calendar if self.response else None

    @property
    def codes(self) -> tuple[str, ...]:
        return tuple(limit.code for limit in (self.response, self.arrival, self.resolution) if limit)


class StandardBook:
    """The standards of some days, read once; for many requests (imports, bulk) as for one."""

    def __init__(self, rows: Iterable[ServiceStandard]):
        self.rows = list(rows)

    @classmethod
    def of(
        cls, first: dt.date, last: dt.date | None = None, *, station_ids: Iterable[int] | None = None
    ) -> "StandardBook":
        """One query: versions that hold on a day from `first` to `last`."""
        return cls(_holding(first, last or first, station_ids))

    def clocks(self, *, kind: str, urgency: str, station: Station, at: dt.datetime) -> Clocks:
        """`station` with its calendar; the day is the local one of the station."""
        day = timezone.localtime(at).date()
        found = {
            measure: rules.best_match(
                self.rows, measure=measure, kind=kind, urgency=urgency, station_id=station.pk, day=day
            )
            for measure in Measure.values
        }
        return Clocks(**{measure: _limit(row, station) for measure, row in found.items()})


def _limit(row: ServiceStandard | None, station: Station) -> Limit | None:
    if row is None:
        return None
    hours: WorkCalendar = row.calendar or station.calendar
    return Limit(row.code, row.name, row.target_minutes, calendar.working_time(hours), station.time_zone)


def _holding(first: dt.date, last: dt.date, station_ids: Iterable[int] | None) -> StandardQuerySet:
    rows = ServiceStandard.objects.published().filter(Q(valid_to=None) | Q(valid_to__gte=first), valid_from__lte=last)
    if station_ids is not None:
        rows = rows.filter(Q(station=None) | Q(station_id__in=list(station_ids)))
    return rows.select_related("calendar")


_standards = Prepared(
    lambda day, *, station_id, kind, urgency: _holding(day, day, [station_id]).filter(
        kind__in=["", kind], urgency__in=["", urgency]
    )
)


def clocks_for(*, kind: str, urgency: str, station: Station, at: dt.datetime) -> Clocks:
    """The clocks of a request accepted at `at`, by the versions valid on that day."""
    day = timezone.localtime(at).date()
    book = StandardBook(_standards.shared(day, station_id=station.pk, kind=kind, urgency=urgency))
    return book.clocks(kind=kind, urgency=urgency, station=station, at=at)


def working_time_of(station: Station) -> WorkingTime:
    return calendar.working_time(station.calendar)


def stations() -> QuerySet[Station]:
    return Station.objects.filter(is_active=True)


def calendars() -> QuerySet[WorkCalendar]:
    return WorkCalendar.objects.all()


def standards(actor: Actor) -> StandardQuerySet:
    return ServiceStandard.objects.visible_to(actor)


def standards_on(actor: Actor, day: dt.date) -> list[ServiceStandard]:
    """What holds on `day`, in the order of the page."""
    rows = standards(actor).holding_on(day).select_related("station", "calendar")
    order = list(Measure.values)
    return sorted(rows, key=lambda row: (order.index(row.measure), row.code))


def names_of(codes: Iterable[str], day: dt.date) -> dict[str, str]:
    """Code → name, for the reasons on Today and on the request."""
    wanted = {code for code in codes if code}
    if not wanted:
        return {}
    return dict(ServiceStandard.objects.holding_on(day).filter(code__in=wanted).values_list("code", "name"))


# --- warranty ----------------------------------------------------------------------------------------------------


def warranty_of(asset: Any, *, on: dt.date, meter: int | None = None) -> Warranty:
    """F30 for a machine; without a reading of its own the last stored one counts, if there is one."""
    return rules.warranty_of(asset, on=on, meter=meter if meter is not None else asset.meter)


def warranty_words(warranty: Warranty, *, unit: str = "") -> dict[str, str]:
    """`{"label", "tone", "text"}`: the state as a chip, and its basis in a sentence."""
    date = formats.date_format(warranty.until, "DATE_FORMAT") if warranty.until else ""
    limit = f"{warranty.until_meter:,} {unit}".replace(",", " ").strip() if warranty.until_meter else ""
    label, tone = {
        "in": (_("in warranty"), "ok"),
        "out": (_("warranty over, paid repair"), "idle"),
        "unknown": (_("warranty not known"), "warn"),
        "contract": (_("by service contract"), "act"),
    }[warranty.state]
    both = _("until %(date)s or %(limit)s, whichever comes first") % {"date": date, "limit": limit}
    text = {
        "date": _("until %(date)s") % {"date": date}
        if warranty.state == "in"
        else _("ended on %(date)s") % {"date": date},
        "meter": _("until %(limit)s") % {"limit": limit}
        if warranty.state == "in"
        else _("ended at %(limit)s") % {"limit": limit},
        "contract": _("by service contract"),
        "no_data": _("Ask for the delivery date, or look at the name plate."),
        "no_meter": _("Ask for the reading: the warranty ends at %(limit)s.") % {"limit": limit},
    }[warranty.basis]
    if warranty.state == "in" and date and limit:
        text = both
    return {"label": label, "tone": tone, "text": text}


# --- guarantee on repairs ----------------------------------------------------------------------------------------


def repair_guarantee(asset: Any, work_class: str, on: dt.date) -> Guarantee:
    """The guarantee on a repair of this class that leaves on `on`: the firm's own promise, else the law's.

    `asset`: with `kind` (`machine` or `vehicle`) and `vehicle_class`.
    """
    return guarantee_for(vehicle_class_of(asset), work_class, on)


def vehicle_class_of(asset: Any) -> str:
    return (asset.vehicle_class or "other") if asset.kind == "vehicle" else "machine"


def guarantee_for(vehicle_class: str, work_class: str, on: dt.date) -> Guarantee:
    row = (
        RepairGuarantee.objects.filter(vehicle_class=vehicle_class, work_class=work_class, valid_from__lte=on)
        .order_by("is_statutory", "-valid_from")
        .first()
    )
    return rules.guarantee_from(row, on) if row else NO_GUARANTEE


def guarantees_on(day: dt.date) -> list[RepairGuarantee]:
    """One row for each class of vehicle and work: the one that counts on `day`."""
    rows = RepairGuarantee.objects.filter(valid_from__lte=day).order_by("is_statutory", "-valid_from")
    best: dict[tuple[str, str], RepairGuarantee] = {}
    for row in rows:
        best.setdefault((row.vehicle_class, row.work_class), row)
    return [best[key] for key in sorted(best)]


# --- attainment --------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Counts:
    """How the requests of one standard stand: done in time, done late, open and late, open in time."""

    met: int = 0
    breached: int = 0
    open_overdue: int = 0
    open_not_due: int = 0


Source = Callable[..., Mapping[str, Counts]]
ATTAINMENT_SOURCES: list[Source] = []


def register_attainment(source: Source) -> None:
    """Apps above, whose records carry a standard's code, say how they stand: `(actor, *, since, until, now)`."""
    if source not in ATTAINMENT_SOURCES:
        ATTAINMENT_SOURCES.append(source)


def attainment_of(actor: Actor, *, since: dt.datetime, until: dt.datetime, now: dt.datetime) -> dict[str, Attainment]:
    """F22 for each standard: met / (met + missed + open and overdue); what is not yet due stands beside it."""
    total: dict[str, Counts] = {}
    for source in ATTAINMENT_SOURCES:
        for code, part in source(actor, since=since, until=until, now=now).items():
            before = total.get(code, Counts())
            total[code] = Counts(
                before.met + part.met,
                before.breached + part.breached,
                before.open_overdue + part.open_overdue,
                before.open_not_due + part.open_not_due,
            )
    return {
        code: attainment(met=c.met, breached=c.breached, open_overdue=c.open_overdue, open_not_due=c.open_not_due)
        for code, c in total.items()
    }


# --- versions ----------------------------------------------------------------------------------------------------

FIELDS = (
    "code",
    "name",
    "text",
    "text_en",
    "measure",
    "target_minutes",
    "goal_percent",
    "urgency",
    "kind",
    "station",
    "calendar",
    "valid_from",
)


def drafts(actor: Actor) -> list[ServiceStandard]:
    return list(standards(actor).filter(state=StandardState.DRAFT).select_related("station"))


def versions(actor: Actor, code: str) -> list[ServiceStandard]:
    return list(standards(actor).versions_of(code).select_related("station", "calendar"))


def version_for_copy(actor: Actor, code: str) -> ServiceStandard | None:
    return standards(actor).versions_of(code).first() if code else None


def fields_of(row: ServiceStandard) -> dict[str, Any]:
    return {name: getattr(row, name) for name in FIELDS}


def copy_of(row: ServiceStandard | None, today: dt.date) -> dict[str, Any]:
    """What a new version starts from; it begins tomorrow unless somebody says otherwise."""
    first = today + dt.timedelta(days=1)
    return {**(fields_of(row) if row else {}), "valid_from": first}


def calendar_of(code: str, station: Station, day: dt.date) -> tuple[WorkingTime, str]:
    """Working time in which the standard `code` of that day counts, with its zone; the station's when it is gone."""
    row = ServiceStandard.objects.holding_on(day).filter(code=code).select_related("calendar").first() if code else None
    hours: WorkCalendar = row.calendar if row is not None and row.calendar is not None else station.calendar
    return calendar.working_time(hours), station.time_zone
