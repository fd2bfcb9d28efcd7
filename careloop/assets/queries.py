"""Reads of machines and vehicles. Every read starts at what the actor may see."""

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from dateutil.relativedelta import relativedelta
from django.db.models import Count, OuterRef, Q, QuerySet, Subquery
from django.urls import reverse
from django.utils.translation import gettext as _

from careloop.assets import rules
from careloop.assets.models import (
    Asset,
    AssetConfirmation,
    AssetQuerySet,
    MaintenanceItem,
    MeterReading,
    OwnerChange,
    ProductFamily,
    ProductModel,
    WearPart,
)
from careloop.core import search
from careloop.core.actor import Actor
from careloop.core.models import Event, StoredFile
from careloop.customers.models import RefreshPeriod
from careloop.customers.queries import COUNT_LIMIT, Match, refresh_months, refresh_periods
from careloop.customers.rules import refresh_due

KIND = "asset"

OPEN_WORK: list[Callable[[int], int]] = []
"""Apps above add functions `asset_id → number of open requests or orders`."""

# --- lists ------------------------------------------------------------------------------------------------------


def assets(actor: Actor) -> AssetQuerySet:
    return Asset.objects.visible_to(actor)


def asset_by_code(actor: Actor, code: str) -> Asset | None:
    related = ("customer", "station", "model__family", "site", "responsible", "created_by")
    months = Subquery(RefreshPeriod.objects.filter(grade=OuterRef("customer__grade")).values("months")[:1])
    return assets(actor).select_related(*related).annotate(refresh_months=months).filter(code=code).first()


def asset_by_id(asset_id: int) -> Asset | None:
    """Without regard to rights: for services and handlers that hold the id from a visible record."""
    return Asset.objects.select_related("customer", "model__family").filter(pk=asset_id).first()


LIST_COLUMNS = (
    "id",
    "code",
    "kind",
    "name",
    "serial_no",
    "plate",
    "vin",
    "model_text",
    "model__brand",
    "model__name",
    "state",
    "customer__code",
    "customer__name",
    "customer__grade",
    "station__name",
    "meter",
    "meter_unit",
    "warranty_end",
    "warranty_meter",
    "is_incomplete",
    "completeness",
    "application",
    "location_text",
)


def asset_list(actor: Actor, filters: Mapping[str, Any], *, today: dt.date) -> "QuerySet[Asset, dict[str, Any]]":
    """Rows of the list, the export and the API as plain dicts."""
    rows: QuerySet[Asset, dict[str, Any]] = filtered(actor, filters, today=today).values(*LIST_COLUMNS)
    return rows


def filtered(actor: Actor, filters: Mapping[str, Any], *, today: dt.date) -> AssetQuerySet:
    rows = assets(actor)
    if q := str(filters.get("q") or "").strip():
        rows = rows.filter(pk__in=search.find_ids(q, actor=actor, kind=KIND))
    for name in ("state", "usage", "criticality", "vehicle_class"):
        if values := filters.get(name):
            rows = rows.filter(**{f"{name}__in": ["" if v == "none" else v for v in values]})
    for name, column in (
        ("kind", "kind"),
        ("station", "station"),
        ("family", "model__family"),
        ("model", "model"),
        ("customer", "customer__code"),
    ):
        if filters.get(name):
            rows = rows.filter(**{column: filters[name]})
    for name in ("application", "workpiece", "process"):
        if filters.get(name):
            rows = rows.filter(**{f"{name}__icontains": filters[name]})
    if filters.get("incomplete"):
        rows = rows.filter(is_incomplete=True)
    if filters.get("stale"):
        rows = rows.filter(outdated(today))
    return _by_warranty(rows, str(filters.get("warranty") or ""), today=today)


def _by_warranty(rows: AssetQuerySet, wanted: str, *, today: dt.date) -> AssetQuerySet:
    if wanted == "in":
        return rows.filter(warranty_end__gte=today)
    if wanted == "ending":
        return rows.filter(warranty_end__gte=today, warranty_end__lte=today + dt.timedelta(days=60))
    if wanted == "out":
        return rows.filter(warranty_end__lt=today)
    if wanted == "unknown":
        return rows.filter(warranty_end=None)
    return rows


def capped_count(rows: "QuerySet[Any, Any]") -> int:
    return rows.order_by()[: COUNT_LIMIT + 1].count()


def tab_counts(actor: Actor, *, today: dt.date) -> dict[str, int]:
    """Counters of the saved views, one query."""
    soon = today + dt.timedelta(days=60)
    found = (
        assets(actor)
        .in_hand()
        .aggregate(
            machines=Count("pk", filter=Q(kind="machine")),
            vehicles=Count("pk", filter=Q(kind="vehicle")),
            ending=Count("pk", filter=Q(warranty_end__gte=today, warranty_end__lte=soon)),
            incomplete=Count("pk", filter=Q(is_incomplete=True)),
        )
    )
    return {name: int(value or 0) for name, value in found.items()}


def assets_of_customer(customer_id: int, *, actor: Actor | None = None) -> AssetQuerySet:
    """In use first; those of the actor's stations when he is given."""
    rows = Asset.objects.visible_to(actor) if actor is not None else Asset.objects.all()
    return rows.filter(customer=customer_id).select_related("model").order_by("state", "-pk")


def families() -> QuerySet[ProductFamily]:
    return ProductFamily.objects.order_by("kind", "name")


def models() -> QuerySet[ProductModel]:
    return ProductModel.objects.select_related("family").order_by("brand", "name")


def applications(actor: Actor) -> list[str]:
    """The applications that are in the files, the most frequent first."""
    rows = assets(actor).exclude(application="").values_list("application").annotate(n=Count("pk"))
    return [name for name, _count in rows.order_by("-n", "application")[:50]]


# --- one machine ------------------------------------------------------------------------------------------------


def model_name(asset: Asset) -> str:
    return str(asset.model) if asset.model is not None else asset.model_text


def label_of(asset: Asset) -> str:
    """`苏E·7K21Q 远途 R5`, `GY-160 · 24A-0317`; the file number when nothing else is known."""
    return label_from(
        kind=asset.kind,
        plate=asset.plate,
        vin=asset.vin,
        model=model_name(asset),
        serial_no=asset.serial_no,
        name=asset.name,
        code=asset.code,
    )


def label_of_row(row: Mapping[str, Any]) -> str:
    """The same for a row of `asset_list`."""
    model = f"{row['model__brand'] or ''} {row['model__name'] or ''}".strip() or row["model_text"]
    return label_from(
        kind=row["kind"],
        plate=row["plate"],
        vin=row["vin"],
        model=model,
        serial_no=row["serial_no"],
        name=row["name"],
        code=row["code"],
    )


def label_from(*, kind: str, plate: str, vin: str, model: str, serial_no: str, name: str, code: str) -> str:
    if kind == "vehicle":
        return " ".join(part for part in (rules.show_plate(plate) or f"VIN {vin[-6:]}", model) if part)
    return " · ".join(part for part in (model or name, serial_no or code) if part)


def spec_keys(family: ProductFamily | None) -> list[str]:
    return [row["key"] for row in family.specs] if family is not None else []


def manual_count(asset_id: int) -> int:
    return StoredFile.objects.of(KIND, asset_id).filter(purpose="manual").count()


def readings_of(asset_id: int, *, counter: str = "main", limit: int = 50) -> list[MeterReading]:
    """The newest first."""
    rows = MeterReading.objects.filter(asset=asset_id, counter=counter).order_by("-read_at", "-pk")
    return list(rows[:limit])


def reading_before(asset_id: int, at: dt.datetime, *, counter: str = "main") -> MeterReading | None:
    rows = MeterReading.objects.filter(asset=asset_id, counter=counter, read_at__lte=at)
    return rows.order_by("-read_at", "-pk").first()


def reading_after(asset_id: int, at: dt.datetime, *, counter: str = "main") -> MeterReading | None:
    rows = MeterReading.objects.filter(asset=asset_id, counter=counter, read_at__gt=at)
    return rows.order_by("read_at", "pk").first()


def wear_parts_of(asset_id: int) -> list[WearPart]:
    return list(WearPart.objects.filter(asset=asset_id).order_by("pk"))


def maintenance_of(asset_id: int) -> list[MaintenanceItem]:
    return list(MaintenanceItem.objects.filter(asset=asset_id).order_by("pk"))


def owner_changes_of(asset_id: int) -> list[OwnerChange]:
    rows = OwnerChange.objects.filter(asset=asset_id).select_related("from_customer", "to_customer")
    return list(rows.order_by("-changed_at", "-pk"))


def confirmations_of(asset_id: int) -> dict[str, AssetConfirmation]:
    return {row.field: row for row in AssetConfirmation.objects.filter(asset=asset_id)}


@dataclass(frozen=True, slots=True)
class Stale:
    """A field whose last confirmation has lasted longer than the period of the owner's grade."""

    field: str
    confirmed_at: dt.datetime
    due_on: dt.date


def confirmable(asset: Asset) -> list[str]:
    """The filled fields of this machine that are confirmed from time to time."""
    return rules.confirmable({**vars(asset), "responsible": asset.responsible_id})


def stale_fields(asset: Asset, *, today: dt.date) -> list[Stale]:
    """Fields to compare again, the oldest first. Never confirmed counts from the day of the file (R38)."""
    known = confirmations_of(asset.pk)
    months = getattr(asset, "refresh_months", None) or refresh_months(asset.customer.grade)  # read with the file
    found = []
    for name in confirmable(asset):
        since = known[name].confirmed_at if name in known else asset.created_at
        if (due := refresh_due(since, months)) <= today:
            found.append(Stale(name, since, due))
    return sorted(found, key=lambda stale: stale.due_on)


def outdated(today: dt.date) -> Q:
    """Machines with a field beyond the period of their owner's grade."""
    wanted = Q(pk__in=[])
    for grade, months in refresh_periods().items():
        wanted |= Q(customer__grade=grade, confirmed_since__lte=today - relativedelta(months=months))
    return wanted


def due_for_refresh(actor: Actor, *, today: dt.date, limit: int) -> list[Asset]:
    """Machines of the actor's customers whose data are to be compared again, the oldest first. Two queries."""
    if actor.person_id is None or not actor.may("assets.change_asset"):
        return []
    mine = Q(customer__service_owner=actor.person_id) | Q(customer__engineer_owner=actor.person_id)
    rows = assets(actor).in_hand().filter(mine).filter(outdated(today)).select_related("customer", "model")
    return list(rows.order_by("confirmed_since", "pk")[:limit])


def open_work_count(asset_id: int) -> int:
    return sum(count(asset_id) for count in OPEN_WORK)


def last_change_id(asset_id: int) -> int:
    newest = Event.objects.filter(subject_type=KIND, subject_id=asset_id).order_by("-pk").values_list("pk").first()
    return int(newest[0]) if newest else 0


def change_after(asset_id: int, event_id: int) -> Event | None:
    rows = Event.objects.filter(subject_type=KIND, subject_id=asset_id, pk__gt=event_id, kind="asset.update")
    return rows.order_by("pk").first()


# --- duplicates -------------------------------------------------------------------------------------------------


def similar(
    *, plate: str = "", vin: str = "", serial_key: str = "", actor: Actor, exclude: int | None = None
) -> list[Match]:
    """Files with the same VIN or serial number (certain), or the same plate on another vehicle in use. One query."""
    wanted = Q(pk__in=[])
    if vin:
        wanted |= Q(vin=vin)
    if serial_key:
        wanted |= Q(serial_key=serial_key)
    if plate:
        wanted |= Q(plate=plate, state__in=["running", "stopped"])
    rows = Asset.objects.filter(wanted).select_related("model", "customer", "station")
    rows = rows.exclude(pk=exclude) if exclude else rows
    found = [_match(row, plate, vin, serial_key, actor=actor) for row in rows[:10]]
    return sorted(found, key=lambda match: not match.is_certain)


def _match(row: Asset, plate: str, vin: str, serial_key: str, *, actor: Actor) -> Match:
    if vin and row.vin == vin:
        reason, is_certain = _("same VIN"), True
    elif serial_key and row.serial_key == serial_key:
        reason, is_certain = _("same serial number"), True
    else:
        reason, is_certain = _("same number plate"), False
    if not actor.sees_station(row.station_id):
        label = _("a machine of station %(station)s") % {"station": row.station.name}
        return Match(reason, label, "", is_certain)
    url = reverse("assets:detail", kwargs={"code": row.code})
    return Match(reason, f"{label_of(row)} – {row.customer.name}", url, is_certain, row.customer_id)


@dataclass(frozen=True, slots=True)
class Known:
    """Machines on file, by what a row may name them with."""

    vins: Mapping[str, int]
    serials: Mapping[str, int]
    plates: Mapping[str, int]

    def find(self, values: Mapping[str, Any]) -> int | None:
        """By VIN, else by serial number, else by the plate of a vehicle in use."""
        serial = rules.serial_key(values.get("serial_no") or "")
        found = self.vins.get(values.get("vin") or "") or self.serials.get(serial)
        return found or (None if values.get("vin") else self.plates.get(values.get("plate") or ""))


def known_assets(rows: Sequence[Mapping[str, Any]]) -> Known:
    """Three queries over the numbers of a portion."""
    vins = {row["vin"] for row in rows if row.get("vin")}
    serials = {rules.serial_key(row["serial_no"]) for row in rows if row.get("serial_no")}
    plates = {row["plate"] for row in rows if row.get("plate")}
    every = Asset.objects.all()
    return Known(
        dict(every.filter(vin__in=vins).values_list("vin", "pk")) if vins else {},
        dict(every.filter(serial_key__in=serials).values_list("serial_key", "pk")) if serials else {},
        dict(every.in_hand().filter(plate__in=plates).values_list("plate", "pk")) if plates else {},
    )


def models_by_name() -> dict[str, int]:
    """`GY-160`, `远途 R5` → id."""
    return {text: row.pk for row in ProductModel.objects.all() for text in (row.name, str(row))}
